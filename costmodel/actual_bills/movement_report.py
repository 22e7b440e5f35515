"""Two bills against each other, for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.rerated import round_amount
from costmodel.reporting.model import Cell, Report, Table
from costmodel.reporting.text import format_plain_number, render_rows_csv

if TYPE_CHECKING:
    from costmodel.actual_bills.movement import Moved, Movement

MOST = 40  # lines of a table for people
_WHOLE = 10_000  # of a quantity: above it nobody reads decimals
_DIGITS = 10  # as AWS writes amounts
_LEAST = Decimal(5).scaleb(-3)


def compute_cost_change(found: Movement) -> Decimal:
    """Return by how much more expensive the network became, to the cent as both totals are shown."""
    one, other = found.totals
    return round_amount(other) - round_amount(one)


def build_movement_json(found: Movement) -> dict[str, Any]:
    """Return what ``diff --format json`` prints of two bills: numbers are decimal strings."""
    one, other = found.totals
    return {
        "before": {"total": f"{round_amount(one):f}", "period": found.before.months},
        "after": {"total": f"{round_amount(other):f}", "period": found.after.months},
        "difference": f"{compute_cost_change(found):f}",
        "currency": found.after.currency,
        "charges": [
            {
                "x_Meter": m.meter,
                "RegionId": m.region,
                "counterpart": m.counterpart or None,
                "before": _format_number(m.costs[0]),
                "after": _format_number(m.costs[1]),
                "difference": _format_number(m.difference),
                "by_quantity": _format_number(m.by_quantity),
                "by_price": _format_number(m.by_price),
                "quantity": {
                    "before": _format_number(m.quantities[0]),
                    "after": _format_number(m.quantities[1]),
                    "unit": m.unit,
                },
            }
            for m in found.charges
        ],
        "accounts": _build_pairs_json(found.accounts),
        "resources": None if found.resources is None else _build_pairs_json(found.resources),
        "notes": found.notes,
    }


def _build_pairs_json(found: dict[str, tuple[float, float]]) -> list[dict[str, str]]:
    return [
        {"name": name, "before": _format_number(a), "after": _format_number(b), "difference": _format_number(b - a)}
        for name, (a, b) in found.items()
    ]


def _format_number(value: float) -> str:
    return format_plain_number(round(Decimal(repr(value)), _DIGITS) + 0)  # no zero has a sign


def build_movement_tables(found: Movement) -> Report:
    """Return two bills as tables: what moved and by what, then accounts and resources."""
    one, other = (round_amount(total) for total in found.totals)
    sign = "+" if other >= one else "−"
    currency = found.after.currency
    title = f"Network spend: {one:,f} → {other:,f} {currency} a month ({sign}{abs(other - one):,f})"
    names = ["", "Charge", "Region", "Before", "After", "Difference", "by quantity", "by price", "Quantity"]
    lines = [_build_charge_row(m) for m in found.charges if abs(round_amount(m.difference)) > _LEAST]
    rest = found.charges[len(lines) :] if len(lines) <= MOST else []
    if len(lines) > MOST:
        lines = [*lines[:MOST], ["·", f"{len(lines) - MOST:,} more", *[""] * 7]]
    elif not lines:
        lines = [["", "nothing moved", *[""] * 7]]
    elif rest:
        lines.append(["·", f"{len(rest):,} unchanged", *[""] * 7])
    out = Report([Table("charges", title, names, lines)])
    for what, pairs in (("account", found.accounts), ("resource", found.resources or {})):
        if pairs:
            rows: list[list[Cell]] = [
                [n, round_amount(a), round_amount(b), round_amount(b) - round_amount(a)]
                for n, (a, b) in list(pairs.items())[:MOST]
            ]
            names = [what.title(), "Before", "After", "Difference"]
            out.add(Table(f"by_{what}", f"By {what}", names, rows))
    return out


def _build_charge_row(m: Moved) -> list[Any]:
    before, after = m.costs
    mark = "+" if not before else "−" if not after else "~"
    costs = [
        round_amount(before),
        round_amount(after),
        round_amount(after) - round_amount(before),
        round_amount(m.by_quantity),
        round_amount(m.by_price),
    ]
    costs = [cost + 0 for cost in costs]  # no zero has a sign
    one, other = (f"{q:,.0f}" if abs(q) >= _WHOLE else f"{q:,.6g}" for q in m.quantities)
    quantity = f"{one} → {other} {m.unit}".rstrip()
    return [mark, m.title, f"{m.region} → {m.counterpart}" if m.counterpart else m.region, *costs, quantity]


def render_movement_csv(found: Movement) -> str:
    """Return every charge of two bills as CSV, exact."""
    rows = [
        {**c, **{f"quantity_{k}": v for k, v in c["quantity"].items()}} for c in build_movement_json(found)["charges"]
    ]
    for row in rows:
        del row["quantity"]
    names = list(rows[0]) if rows else ["x_Meter", "RegionId", "before", "after", "difference"]
    return render_rows_csv(names, [[_parse_cell(v) for v in row.values()] for row in rows])


def _parse_cell(value: Any) -> Any:
    try:
        return Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        return value
