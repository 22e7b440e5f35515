"""What changes between two networks, for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import round_to_cents
from costmodel.core.open_items import TYPE
from costmodel.network.diff import ADDED, REMOVED, SHARED, Change, Difference
from costmodel.network.diff_modules import build_module_json, build_module_table, sum_module_changes
from costmodel.network.open_items_report import (
    OPEN_TITLE,
    build_bounds_json,
    build_open_item_row,
    count_open_items,
    format_bounds,
)
from costmodel.network.price_dates import summarize_bill_dates
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.network.report import build_unpriced_json
from costmodel.network.unit_prices import compute_unit_prices
from costmodel.reporting.model import DetailTable, Report, Table
from costmodel.reporting.text import format_plain_number, render_rows_csv

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.json_types import JsonAnswer
    from costmodel.network.bill import Bill
    from costmodel.network.price_dates import PriceDates

_SIGNS = {"added": "+", "removed": "−", "changed": "~", "shared": "·"}
MOST = 100  # changes that a table for people lists


def build_diff_json(found: Difference, warnings: list[str]) -> JsonAnswer:
    """Return what ``diff --format json`` prints: numbers are decimal strings."""
    unpriced = {"before": build_unpriced_json(found.before), "after": build_unpriced_json(found.after)}
    whole = found.whole
    return {
        "before": _build_total_json(found.before),
        "after": _build_total_json(found.after),
        "difference": f"{found.total:f}" if whole else None,
        **({} if whole else _build_difference_bounds(found)),
        "currency": found.currency,
        "price_date": str(found.after.price_date),
        "price_dates": _get_price_dates(found).to_json(),
        "resources": [_build_change_json(change) for change in found.changes],
        "left_out": [{**entry._asdict(), "change": side or "none"} for side, entry in found.left_out],
        "open": [{**item.to_json(), "change": side or "none"} for side, item in found.open],
        "modules": build_module_json(sum_module_changes(found)),
        "unpriced": unpriced,
        "warnings": warnings,
        "assumptions": found.before.assumptions | found.after.assumptions,
    }


def _build_change_json(c: Change) -> dict[str, Any]:
    amounts = {"before": c.before, "after": c.after, "difference": c.difference}
    quantities = {n: {"before": _format_number(a), "after": _format_number(b)} for n, (a, b) in c.quantities.items()}
    return {
        "name": c.name,
        "kind": c.kind,
        "region": c.region,
        "change": c.change,
        **{side: None if amount is None else format_plain_number(amount) for side, amount in amounts.items()},
        **({"unknown": list(c.unknown)} if c.unknown else {}),
        "quantities": quantities,
    }


def _build_difference_bounds(found: Difference) -> dict[str, str | None]:
    return {
        "difference_priced": f"{found.known:f}",
        "difference_at_least": None if found.at_least is None else f"{found.at_least:f}",
        "difference_at_most": None if found.at_most is None else f"{found.at_most:f}",
    }


def _build_total_json(bill: Bill) -> dict[str, Any]:
    """Return the total of one side: null while anything is open, with its bounds and what is priced of it."""
    if not bill.open:
        return {"total": f"{bill.total:f}"}
    return {"total": None, "total_priced": f"{bill.total:f}", **build_bounds_json(bill.openness)}


def _format_number(value: Any) -> Any:
    return format_plain_number(value) if isinstance(value, int | float | Decimal) else value


def describe_removed_traffic(found: Difference) -> list[str]:
    """Say where GB go with the resources that go: what still flows must be said of what carries it then."""
    gb = sum((c.carried for c in found.changes if c.change == REMOVED), Decimal(0))
    if not gb:
        return []
    much = f"{gb.normalize():,f} GB"
    return [
        (
            f"{much} are carried by resources that are removed. If the traffic continues, pass its GB with --usage for "
            "the resources that remain."
        )
    ]


def format_diff_headline(found: Difference) -> str:
    """Return the change in one line: before, after, and by how much."""
    before, after = (_format_side(bill) for bill in (found.before, found.after))
    return f"Network cost: {before} → {after} {found.currency} a month ({_format_difference(found)})"


def _format_side(bill: Bill) -> str:
    most = bill.openness.at_most
    return format_bounds(bill.total_exact, None if most is None else most.get(bill.currency, Decimal(0)))


def _format_difference(found: Difference) -> str:
    """Return the difference in words: an amount, a range, or what is priced of it with the number of open items."""
    if found.whole:
        return f"{_format_signed(found.total)}{_format_percentage(found)}"
    low, high = found.at_least, found.at_most
    if low is not None and high is not None:
        span = _format_signed(low) if low == high else f"{_format_signed(low)} to {_format_signed(high)}"
        return f"{span}, with {count_open_items(len(found.open))}"
    types = sum(item.kind == TYPE for _, item in found.open)
    others = len(found.open) - types
    words = [count_open_items(others)] if others else []
    if types:
        words.append("1 resource that is not priced" if types == 1 else f"{types:,} resources that are not priced")
    return f"{_format_signed(found.known)}, and {' and '.join(words)}"


def _format_percentage(found: Difference) -> str:
    """Return how much the cost changes in percent of what it was; nothing where it was nothing."""
    before = found.before.total
    if not before or not found.total:
        return ""
    percent = (found.total / before * 100).quantize(Decimal("0.1"))
    return f", {'+' if percent >= 0 else '−'}{abs(percent):,f} %"


def _format_signed(amount: Decimal) -> str:
    return f"{'+' if amount >= 0 else '−'}{abs(amount):,f}"


_DETAILS = "What changes, by resource"
"""The title of the changes by resource, where those by module come first."""


def build_diff_tables(found: Difference) -> Report:
    """Return the change as tables: by module where there are several, by resource, and then what it depends on."""
    names = ["", "Resource", "Kind", "Region", "Before", "After", "Difference", "What changes"]
    modules = sum_module_changes(found)
    headline = format_diff_headline(found)
    summed = [build_module_table(modules, headline)] if len(modules) > 1 else []
    make_changes = DetailTable if summed else Table
    known = build_price_date_rows(found.after.on, _get_price_dates(found))
    known += build_assumption_rows(found.before.assumptions | found.after.assumptions)
    rows = [[_SIGNS.get(side, ""), *build_open_item_row(item)] for side, item in found.open]
    open_names = ["", "Resource", "What is open", "At least", "At most", "Why, and what to do"]
    apart = [Table("open", OPEN_TITLE, open_names, rows)] if rows else []
    return Report(
        [
            *summed,
            make_changes("changes", _DETAILS if summed else headline, names, _build_change_lines(found)),
            *apart,
            Table("assumed", "", ["Assumed", "Value"], known),
        ]
    )


def _build_change_lines(found: Difference) -> list[list[Any]]:
    """Return a line per change, then one for the changes that are not listed, and one for unchanged resources."""
    prices = _list_gb_prices(found.after)
    changes = [c for c in found.changes if c.change != SHARED]
    shared = [c for c in found.changes if c.change == SHARED]
    lines: list[list[Any]] = [
        [_SIGNS[c.change], c.name, c.kind, c.region, *_format_amounts(c), _describe_change(c, prices)]
        for c in changes[:MOST]
    ]
    more = changes[MOST:]
    if more:
        lines.append(_sum_changes(f"{len(more):,} more", more))
    if shared:
        lines.append(_sum_changes("unchanged resources, by their share of the tiers", shared))
    if lines:
        return lines
    return [["", "nothing that is priced changes" if found.open else "nothing changes", *[""] * 6]]


def _sum_changes(title: str, changes: list[Change]) -> list[Any]:
    """Return one line with the sums of several changes; what is unknown counts as 0."""
    before = sum((c.before or Decimal(0) for c in changes), Decimal(0))
    after = sum((c.after or Decimal(0) for c in changes), Decimal(0))
    return ["·", title, "", "", *map(round_to_cents, (before, after, after - before)), ""]


def render_diff_csv(found: Difference) -> str:
    """Return every resource that differs as CSV: exact, blank where it is not there, ? where not known."""
    names = ["change", "name", "kind", "region", "before", "after", "difference", "what"]
    rows = [
        [
            c.change,
            c.name,
            c.kind,
            c.region,
            *(
                "" if v == "–" else v if v == "?" else Decimal(format_plain_number(v))
                for v in _format_amounts(c, exact=True)
            ),
            _describe_change(c, {}),
        ]
        for c in found.changes
    ]
    return render_rows_csv(names, rows)


def _format_amounts(c: Change, *, exact: bool = False) -> list[Any]:
    """Return before, after and the difference: – where it is not there, ? where it is not known."""
    out: list[Any] = [
        "?" if side in c.unknown else "–" if (v := getattr(c, side)) is None else v for side in ("before", "after")
    ]
    out.append("?" if c.difference is None else c.difference)
    return out if exact else [v if isinstance(v, str) else round_to_cents(v) for v in out]


def _describe_change(c: Change, prices: Mapping[tuple[str, str, str], Decimal]) -> str:
    """Return the quantities that change; of a new resource the GB that are counted, and what a GB costs.

    Args:
        c: the change.
        prices: kind, quantity and Region → the price of one GB more.
    """
    if c.change != ADDED:
        return ", ".join(f"{n} {_format_value(a)} → {_format_value(b)}" for n, (a, b) in c.quantities.items())
    parts = []
    for number, (name, gb) in enumerate(c.traffic.items()):
        price = prices.get((c.kind, name, c.region))
        if price and (gb or number == 0):  # the first is the one that every resource of the kind has
            counted = "0 GB counted" if not gb else f"{_format_number(gb)} GB"
            parts.append(f"{name} {counted}, {format_plain_number(price)} for each GB more")
    return "; ".join(parts)


def _list_gb_prices(bill: Bill) -> dict[tuple[str, str, str], Decimal]:
    """Return kind, quantity and Region → the price of one GB more, where it has one."""
    units = compute_unit_prices(bill)
    return {(u.kind.kind, u.column, u.location): u.price for u in units if u.price is not None}


def _format_value(value: Any) -> Any:
    return "?" if value is None else _format_number(value)


def _get_price_dates(found: Difference) -> PriceDates:
    """Return when the prices of both sides were read."""
    dates = summarize_bill_dates([found.before, found.after])
    assert dates is not None  # noqa: S101 - of two bills
    return dates
