"""A bill by the modules of a plan, and what one more GB would cost."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
from costmodel.core.table import Codes
from costmodel.network.focus import iterate_focus_rows
from costmodel.network.network import find_column_meters
from costmodel.network.report import build_bill_tables
from costmodel.network.unit_prices import compute_unit_prices
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_cell, format_plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from costmodel.core.json_types import JsonAnswer
    from costmodel.network.bill import Bill
    from costmodel.network.focus import FocusRow

_MODULE = re.compile(r"^((?:module\.[^.\[]+(?:\[[^\]]*\])?\.)*)")


def extract_module_address(name: str) -> str:
    """Return the module that a resource's address lies in; "" is the root, or no module at all."""
    found = _MODULE.match(name)
    return found.group(1).removesuffix(".") if found else ""


def _format_kind(kind: Any) -> str:
    return f"{kind.kind} ({kind.when[1]})" if kind.when else kind.kind


def build_unit_prices_json(bill: Bill) -> list[JsonAnswer]:
    """Return what one more GB costs of each quantity: numbers are decimal strings, null is unpriced."""
    return [
        {
            "kind": u.kind.kind,
            **({u.kind.when[0]: u.kind.when[1]} if u.kind.when else {}),
            "quantity": u.column,
            "RegionId": u.location,
            "resources": u.resources,
            "given": format_plain_number(u.given),
            "ContractedUnitPrice" if bill.contract else "ListUnitPrice": None
            if u.price is None
            else format_plain_number(u.price),
            "BillingCurrency": u.currency,
        }
        for u in compute_unit_prices(bill)
    ]


def build_network_json(bill: Bill) -> JsonAnswer:
    """Return what is known of a network that was read from a plan: cost by module, what is open, what is left out."""
    network = bill.usage.network
    return {
        "modules": [
            {"module": name, "total": f"{round_to_cents(cost):f}", "currency": currency}
            for (name, currency), cost in sum_by_module(bill).items()
        ],
        "unit_prices": build_unit_prices_json(bill),
        "left_out": [entry._asdict() for entry in network.left_out],
    }


class Piece(NamedTuple):
    """A part of a bill: what one resource pays for one charge; ``open``: some of it is unknown or has no price."""

    module: str
    kind: str
    name: str
    charge: str
    currency: str
    cost: Decimal
    open: bool = False


@with_exact_decimals
def list_bill_pieces(bill: Bill) -> list[Piece]:
    """Return what each resource pays for each charge; a resource without a charge has one piece with none."""
    assumptions = bill.usage.network.assumptions
    unknown = {
        (u.kind.kind, u.name, m.id)
        for u in bill.usage.network.unknown
        for m in find_column_meters(u.kind, u.column, assumptions)
    }
    pieces = _list_charged_pieces(bill, unknown)
    charged = {(piece.kind, piece.name) for piece in pieces}
    return pieces + _list_free_pieces(bill, charged, {(kind, name) for kind, name, _ in unknown})


def _list_charged_pieces(bill: Bill, unknown: set[tuple[str, str, str]]) -> list[Piece]:
    """Return a piece per resource and charge; ``unknown`` has (kind, name, meter) of unknown quantities."""
    unpriced = {(u.meter, u.region) for u in bill.unpriced if u.quantity is not None}
    pieces = []
    for block, costs in bill.compute_resource_costs():
        kind, title, meter = block.kind.kind, block.meter.title, block.meter.id
        places = block.at
        currencies = Codes(places.codes, [bill.book.get_location(label).currency for label in places.labels])
        label_unpriced = [(meter, bill.book.get_region_and_zone(label)[0]) in unpriced for label in places.labels]
        row_unpriced = np.array(label_unpriced, dtype=bool)[places.codes] & (block.quantity != 0)
        rows = zip(block.table.name, currencies.decode_words(), costs, row_unpriced, strict=True)
        for name, currency, cost, is_unpriced in rows:
            is_open = bool(is_unpriced) or (kind, name, meter) in unknown
            module = extract_module_address(str(name))
            pieces.append(Piece(module, kind, str(name), title, currency, to_decimal(cost), is_open))
    return pieces


def _list_free_pieces(bill: Bill, charged: set[tuple[str, str]], unknown: set[tuple[str, str]]) -> list[Piece]:
    """Return a piece per resource that no charge names; both sets have (kind, name)."""
    pieces = []
    for kind, table in bill.usage.network:
        for row_name, place in zip(table.name, table.location.decode_words(), strict=True):
            name = str(row_name)
            if (kind.kind, name) not in charged:
                currency = bill.book.get_location(place).currency
                is_open = (kind.kind, name) in unknown
                pieces.append(Piece(extract_module_address(name), kind.kind, name, "", currency, Decimal(0), is_open))
    return pieces


@with_exact_decimals
def sum_pieces(parts: Iterable[Piece], *fields: str) -> dict[tuple[str, ...], Decimal]:
    """Add up parts by some of their fields, most expensive first."""
    out: dict[tuple[str, ...], Decimal] = {}
    for part in parts:
        key = tuple(getattr(part, f) for f in fields)
        out[key] = out.get(key, Decimal(0)) + part.cost
    return dict(sorted(out.items(), key=lambda item: -item[1]))


def find_open_groups(parts: Iterable[Piece], *fields: str) -> set[tuple[str, ...]]:
    """Return the sums by some fields that are lower bounds only: some of their parts is open."""
    return {tuple(getattr(part, f) for f in fields) for part in parts if part.open}


def sum_by_module(bill: Bill) -> dict[tuple[str, ...], Decimal]:
    """Return the cost of each (module, currency), most expensive first."""
    return sum_pieces(list_bill_pieces(bill), "module", "currency")


@with_exact_decimals
def build_plan_tables(bill: Bill) -> Report:
    """Return a plan's bill as tables: charges by module and resource, most expensive first; then what is open."""
    rows: dict[str, dict[str, list[FocusRow]]] = {}
    for row in iterate_focus_rows(bill):
        name = row["ResourceName"]
        rows.setdefault(extract_module_address(name), {}).setdefault(name, []).append(row)
    lines: list[list[Any]] = []
    for (module, currency), cost in sum_by_module(bill).items():
        if module:
            shown_currency = currency if len(bill.totals) > 1 else ""
            lines.append([module, "", "", shown_currency, round_to_cents(cost)])
        lines += _build_module_lines(module, currency, rows.get(module, {}))
    tables = build_bill_tables(bill)
    if lines:
        names = ["Resource", "Region", "Charge", "Quantity", "Cost"]
        tables = Report([Table("charges", "", names, lines)]) + tables.exclude("charges")
    return tables + build_network_tables(bill)


def _build_module_lines(module: str, currency: str, resources: Mapping[str, list[FocusRow]]) -> list[list[Any]]:
    """Return a line per charge of a module's resources that are billed in a currency, most expensive resource first."""
    costs = {
        name: sum((to_decimal(row["ContractedCost"]) for row in rows), Decimal(0))
        for name, rows in resources.items()
        if rows[0]["BillingCurrency"] == currency
    }
    indent = "  " if module else ""
    lines = []
    for name in sorted(costs, key=lambda name: -costs[name]):
        shown_name = indent + name.removeprefix(f"{module}.")
        for row in resources[name]:
            quantity = f"{format_cell(to_decimal(row['PricingQuantity']).normalize())} {row['PricingUnit']}"
            cost = round_to_cents(to_decimal(row["ContractedCost"]))
            lines.append([shown_name, row["RegionId"], row["ChargeDescription"], quantity, cost])
            shown_name = ""  # only the first charge of a resource shows its name
    return lines


def build_network_tables(bill: Bill) -> Report:
    """Return as a table what a GB more of each traffic would cost; no table where nothing carries traffic."""
    tables = Report()
    units = [u for u in compute_unit_prices(bill) if u.price is None or u.price]
    if units:
        names = ["Kind", "Quantity", "Region", "Resources", "Given, GB", "One GB more"]
        lines = [
            [
                _format_kind(u.kind),
                u.column,
                u.location,
                Decimal(u.resources),
                u.given,
                "–" if u.price is None else u.price,
            ]
            for u in units
        ]
        tables.add(Table("unit_prices", "What traffic would cost", names, lines))
    return tables
