"""Open items for people and for programs, and a total between its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.core.decimals import round_to_cents
from costmodel.reporting.model import Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from costmodel.core.open_items import OpenItem
    from costmodel.network.open_items import Openness
    from costmodel.reporting.model import Cell

OPEN_TITLE = "Open items"
"""The title of the table of open items."""


def build_total_json(openness: Openness, totals: Mapping[str, Decimal]) -> dict[str, object]:
    """Return a total as JSON: null while anything is open, with its bounds and what is priced of it.

    Args:
        openness: what is open.
        totals: currency → the exact total of what is priced.
    """
    is_open = bool(openness.items)
    out: dict[str, object] = {"total": None, "total_exact": None, "currency": None}
    if len(totals) != 1:
        out["totals_priced" if is_open else "totals"] = _format_totals(totals)
    else:
        currency, exact = next(iter(totals.items()))
        out["currency"] = currency
        if is_open:
            out["total_priced"] = _format_amount(exact)
        else:
            out["total"], out["total_exact"] = _format_amount(exact), f"{exact.normalize():f}"
    return out | (build_bounds_json(openness) if is_open else {})


def build_bounds_json(openness: Openness) -> dict[str, object]:
    """Return the bounds of a total as JSON: of one currency, or by currency."""
    least, most = openness.at_least, openness.at_most
    if len(least) == 1:
        (currency,) = least
        at_most = None if most is None else most.get(currency)
        return {
            "total_at_least": _format_amount(least[currency]),
            "total_at_most": None if at_most is None else _format_amount(at_most),
        }
    return {
        "totals_at_least": _format_totals(least),
        "totals_at_most": None if most is None else _format_totals(most),
    }


def build_total_rows(openness: Openness, totals: Mapping[str, Decimal]) -> list[list[Cell]]:
    """Return the rows of a total: one per currency, or two where it lies between bounds."""
    if not openness.items:
        return [["Total", round_to_cents(total), currency] for currency, total in totals.items()]
    rows: list[list[Cell]] = [
        ["Total, at least", round_to_cents(total), currency] for currency, total in openness.at_least.items()
    ]
    rows += [
        ["Total, at most", round_to_cents(total), currency] for currency, total in (openness.at_most or {}).items()
    ]
    return rows


def build_open_item_tables(items: Iterable[OpenItem]) -> Report:
    """Return open items as a table; no table where there is none."""
    rows: list[list[Cell]] = [build_open_item_row(item) for item in items]
    names = ["Resource", "What is open", "At least", "At most", "Why, and what to do"]
    return Report([Table("open", OPEN_TITLE, names, rows)] if rows else [])


def build_open_item_row(item: OpenItem) -> list[Cell]:
    """Return the cells of an open item: where, what, its bounds, and why with the remedy."""
    return [
        item.where,
        item.what,
        _format_bound(item.at_least),
        _format_bound(item.at_most),
        f"{item.why} {item.remedy.cli}" if item.remedy else item.why,
    ]


def format_bounds(least: Decimal, most: Decimal | None) -> str:
    """Return an amount between bounds in words: ``at least X``, ``X to Y``, or ``X`` where both are the same."""
    low, high = round_to_cents(least), None if most is None else round_to_cents(most)
    if high is None:
        return f"at least {low:,f}"
    return f"{low:,f}" if low == high else f"{low:,f} to {high:,f}"


def count_open_items(number: int) -> str:
    """Return how many items are open, in words: ``1 open item``, ``2 open items``."""
    return f"{number:,} open item{'s' * (number != 1)}"


def _format_bound(amount: Decimal | None) -> Cell:
    return "?" if amount is None else round_to_cents(amount)


def _format_amount(amount: Decimal) -> str:
    return f"{round_to_cents(amount):f}"


def _format_totals(totals: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: _format_amount(total) for currency, total in totals.items()}
