"""A bill for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import round_to_cents, to_decimal
from costmodel.network.focus import NUMBERS, build_focus_columns, iterate_focus_rows
from costmodel.network.network import find_shared_names
from costmodel.network.open_items_report import build_open_item_tables, build_total_json, build_total_rows
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.reporting.currency import build_contract_json, build_contract_tables
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_plain_number, render_rows_csv

if TYPE_CHECKING:
    from costmodel.core.json_types import JsonAnswer
    from costmodel.network.bill import Bill
    from costmodel.network.explain import PoolExplanation


def build_unpriced_json(bill: Bill) -> list[dict[str, str | None]]:
    """Return what a bill has no price for; a quantity of null is unknown, and ``why`` says what to do."""
    out: list[dict[str, str | None]] = []
    for u in bill.unpriced:
        out.append({"x_Meter": u.meter, "RegionId": u.region, "quantity": None, "why": u.why})
        if u.quantity is not None:
            out[-1] = {"x_Meter": u.meter, "RegionId": u.region, "quantity": format_plain_number(u.quantity)}
    return out


def build_bill_json(bill: Bill, warnings: list[str]) -> JsonAnswer:
    """Return the bill as ``estimate --format json`` prints it: numbers are decimal strings."""
    charges = [
        {k: format_plain_number(v) if k in NUMBERS else v for k, v in row.items() if v is not None}
        for row in iterate_focus_rows(bill)
    ]
    for charge in charges:
        charge.setdefault("SkuMeter", None)
    return (build_total_json(bill.openness, bill.totals) | build_contract_json(bill)) | {
        "price_date": str(bill.price_date),
        "price_dates": bill.price_dates.to_json(),
        "charges": charges,
        "open": [item.to_json() for item in bill.open],
        "unpriced": build_unpriced_json(bill),
        "warnings": warnings,
        "assumptions": bill.assumptions,
    }


def build_explanation_json(bill: Bill) -> list[JsonAnswer]:
    """Return why each charge is what it is, pool by pool, most expensive first: numbers are decimal strings."""
    return [
        {k: format_plain_number(v) if isinstance(v, Decimal) else v for k, v in line.items()}
        for line in sorted(bill.explain(), key=lambda line: -line["ContractedCost"])
    ]


def build_explanation_tables(bill: Bill) -> Report:
    """Return the same as a table: how it is counted, in which pool, by which price, and what one more unit costs."""
    names = ["Charge", "Region", "Quantity", "Covered", "Unit", "Cost", "Next unit", "Tier", "Pool", "Price of"]
    names += ["Usage type"]
    names += ["Known from", "Counted", "Source"]
    lines = [
        [
            why["ChargeDescription"], why["RegionId"], why["quantity"].normalize(), _describe_coverage(why),
            why["unit"],
            round_to_cents(why["ContractedCost"]),
            "–" if why["marginal"] is None else format_plain_number(why["marginal"]),
            f"{why['tier']} of {why['tiers']}", why["pool"],
            why["x_PriceDate"] or "undated", why["SkuMeter"], f"{why['confidence']}: {', '.join(why['sources'])}",
            why["rule"], why["url"],
        ]
        for why in sorted(bill.explain(), key=lambda line: -line["ContractedCost"])
    ]  # fmt: skip
    return Report([Table("why", "Why", names, lines)] if lines else [])


def _describe_coverage(why: PoolExplanation) -> str:
    """Return how much of a pool an allowance or another meter covers, and which of them."""
    return f"{format_plain_number(why['covered'])}, {why['covered_by']}" if why["covered"] else ""


def render_bill_csv(bill: Bill) -> str:
    """Return the bill as a FOCUS 1.2 CSV file; numbers have a decimal point, so that none is read as a count."""
    cells = build_focus_columns(bill)
    for name in NUMBERS:
        cells[name] = [_ensure_decimal_point(format_plain_number(v)) for v in cells[name]]
    return render_rows_csv(list(cells), zip(*cells.values(), strict=True))


def _ensure_decimal_point(number: str) -> str:
    return number if "." in number else f"{number}.0"


def list_price_columns(bill: Bill) -> list[tuple[str, str]]:
    """Return the columns of prices and costs that a reader sees, and their titles: under a contract, list beside."""
    if bill.contract is None:
        return [("ListUnitPrice", "Unit price"), ("ListCost", "Cost")]
    return [
        ("ListUnitPrice", "List price"),
        ("ContractedUnitPrice", "Your price"),
        ("ListCost", "At list"),
        ("ContractedCost", "Cost"),
    ]


def build_bill_tables(bill: Bill) -> Report:
    """Return the bill's charges, its total, its assumptions and the date of its prices as tables."""
    shown = list_price_columns(bill)
    shared = find_shared_names(bill.usage.network)
    lines: list[list[Any]] = []
    for row in iterate_focus_rows(bill):
        amounts = {c: to_decimal(row[c]) for c, _ in shown}
        name = row["ResourceName"]
        name = f"{row['ResourceType']}:{name}" if name in shared else name
        lines.append([
            name, row["x_Count"], row["RegionId"], row["ChargeDescription"],
            to_decimal(row["PricingQuantity"]).normalize(), row["PricingUnit"],
            *(round_to_cents(v) if c.endswith("Cost") else v for c, v in amounts.items()),
        ])  # fmt: skip
    names = ["Resource", "Count", "Region", "Charge", "Quantity", "Unit", *(title for _, title in shown)]
    tables = Report([Table("charges", "", names, lines)] if lines else [])
    for kind, table in bill.usage.network:
        if kind.free and len(table):
            tables.add(Table(f"free_{kind.kind}", "", ["Free", "Why"], [[f"{len(table)} {kind.kind}", kind.free]]))
    totals = build_total_rows(bill.openness, bill.totals)
    tables.add(Table("total", "", ["", "A month", "Currency"], totals))
    tables += build_open_item_tables(bill.open)
    known = [*build_price_date_rows(bill.on, bill.price_dates), *build_assumption_rows(bill.assumptions)]
    return tables + build_contract_tables(bill) + [Table("assumed", "", ["Assumed", "Value"], known)]
