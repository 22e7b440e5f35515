"""Totals under a contract and in a currency of the user's, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.core.decimals import round_to_cents
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from costmodel.core.currency import Display
    from costmodel.network.bill import Bill


def build_contract_json(bill: Bill | None) -> dict[str, Any]:
    """Return the list totals beside those of a contract; nothing where prices are list prices."""
    if bill is None or bill.contract is None:
        return {}
    listed = {c: f"{round_to_cents(v):f}" for c, v in bill.list_totals.items()}
    one = next(iter(listed.values())) if len(listed) == 1 and not bill.unpriced else None
    return {"list_total": one, "list_totals": listed, "contract": {"name": bill.contract, "terms": bill.terms}}


def compute_contract_savings(bill: Bill | None) -> list[tuple[str, Decimal, Decimal]]:
    """Return currency, total at list prices and what the contract saves, rounded as totals are; [] without one."""
    if bill is None or bill.contract is None:
        return []
    paid = bill.totals
    return [
        (c, round_to_cents(v), round_to_cents(v) - round_to_cents(paid.get(c, 0 * v)))
        for c, v in bill.list_totals.items()
    ]


def build_contract_tables(bill: Bill | None) -> Report:
    """Return the same as a table."""
    if bill is None or bill.contract is None:
        return Report()
    lines: list[list[Any]] = [
        [f"At list prices, {c}", listed, saved] for c, listed, saved in compute_contract_savings(bill)
    ]
    terms = "; ".join(bill.terms) or "none of its terms applies here"
    return Report(
        [
            Table("contract", f"Contract: {bill.contract}", ["", "A month", "Saved"], lines),
            Table("contract_terms", "", ["Terms used"], [[terms]]),
        ]
    )


def build_display_json(display: Display | None, totals: Mapping[str, Decimal] | None) -> dict[str, Any]:
    """Return totals in the currency to show; nothing where none is asked for."""
    if display is None:
        return {}
    return {
        "display": {
            "currency": display.currency,
            "total": None if totals is None else f"{round_to_cents(display.convert_totals(totals)):f}",
            "rates": {name: format_plain_number(rate) for name, rate in display.rates.items()},
            "date": str(display.on),
        }
    }


def build_display_tables(display: Display | None, shown: Mapping[str, Mapping[str, Decimal]]) -> Report:
    """Return totals by what they are of as a table in the currency to show."""
    if display is None or not shown:
        return Report()
    lines: list[list[Any]] = [[name, round_to_cents(display.convert_totals(totals))] for name, totals in shown.items()]
    title = f"In {display.currency}: {display.rate_note}"
    return Report([Table("display", title, ["", f"{display.currency} a month"], lines)])
