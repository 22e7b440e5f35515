"""Break-evens for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import round_to_cents
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.comparison.breakeven_answer import Breakeven
    from costmodel.comparison.cost_function import Crossing
    from costmodel.comparison.phase import Phase
    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.reporting.model import Cell

_PLACES = 9
"""Decimal places of a value: further ones are float64's errors."""


def _format_json_value(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return format_plain_number(round(Decimal(repr(float(value))), _PLACES))


def _round_money(value: float) -> Decimal:
    return round_to_cents(Decimal(repr(float(value))))


def build_breakeven_json(b: Breakeven) -> dict[str, Any]:  # Any: values of JSON
    """Return what ``breakeven --format json`` prints: values and totals as decimal strings."""
    return {
        "vary": b.vary,
        "unit": b.unit,
        "now": None if b.now is None else _format_json_value(b.now),
        "intervals": [
            {
                "from": _format_json_value(i["from"]),
                "to": _format_json_value(i["to"]),
                "cheapest": i["cheapest"],
                "total": f"{_round_money(i['total']):f}",
                **({"currency": i["currency"]} if "currency" in i else {}),
            }
            for i in b.intervals
        ],
        "crossings": [
            {
                "at": _format_json_value(c["at"]),
                "total": _format_json_value(c["total"]),
                "from": c["from"],
                "to": c["to"],
            }
            for c in b.crossings
        ],
        "flips": {
            side: {"at": _format_json_value(c["at"]), "to": get_flip_winner(side, c)} for side, c in b.flips.items()
        },
        "architectures": b.architectures,
        "left_out": b.left_out,
        "proof": b.proof,
        "open": [make_breakeven_open_item(name, b.left_out.get(name)) for name in b.open],
        "price_date": str(b.price_date) if b.price_date else None,
        "price_dates": b.price_dates.to_json() if b.price_dates else None,
        "assumptions": b.assumptions,
        "notes": b.notes,
    }


def make_breakeven_open_item(name: str, why: str | None = None) -> dict[str, str | None]:
    """Return an architecture that may be cheaper, though it has no price, as an open item."""
    return {
        "what": name,
        "where": None,
        "why": why or "It has no price at some of the values.",
        "remedy": "Run `costmodel prices refresh` to fetch AWS's prices.",
        "kind": "price",
        "at_least": None,
        "at_most": None,
    }


def _build_open_table(names: Sequence[str]) -> Report:
    table = Table("open", "Not proven", ["May be cheaper somewhere in this range"], [[name] for name in names])
    return Report([table] if names else [])


def build_breakeven_tables(b: Breakeven) -> Report:
    """Return intervals and their winner, the value at each crossing, and every assumption, as tables."""
    tables = Report([_build_value_table(b) if b.is_table else _build_interval_table(b)])
    if b.crossings:
        rows: list[list[Cell]] = [
            [_format_table_value(c["at"]), _round_money(c["total"]), c["from"], c["to"]] for c in b.crossings
        ]
        names = [f"At, {b.unit}", "Cost a month there", "From", "To"]
        tables.add(Table("crossings", "Where it changes", names, rows))
    if not b.is_table:
        tables.add(Table("flips", "", ["What would change the answer", ""], _list_flip_rows(b)))
    tables += _build_open_table(b.open)
    if b.left_out:
        reasons = [[name, reason] for name, reason in b.left_out.items()]
        tables.add(Table("left_out", "Not compared", ["Architecture", "Because"], reasons))
    assumed = build_price_date_rows(b.on, b.price_dates) + build_assumption_rows(b.assumptions)
    tables.add(Table("assumed", "", ["Assumed", "Value"], assumed))
    return tables


def _build_interval_table(b: Breakeven) -> Table:
    rows: list[list[Cell]] = [
        [_format_table_value(i["from"]), _format_table_value(i["to"]), i["cheapest"], _round_money(i["total"])]
        for i in b.intervals
    ]
    title = f"The cheapest as {b.vary} varies ({b.unit})"
    return Table("intervals", title, ["From", "To", "Cheapest", "Cost a month at its start"], rows)


def _build_value_table(b: Breakeven) -> Table:
    rows: list[list[Cell]] = [
        [i["from"], i["cheapest"], _round_money(i["total"]), i.get("currency")] for i in b.intervals
    ]
    return Table("intervals", f"The cheapest by {b.vary}", [b.unit, "Cheapest", "A month", ""], rows)


def _list_flip_rows(b: Breakeven) -> list[list[str]]:
    if not isinstance(b.now, float):
        return [["now", "not one number: the flows differ"]]
    here = [["now", _format_table_value(b.now)]]
    for side, c in b.flips.items():
        here.append([f"{side} {_format_table_value(c['at'])}", f"{get_flip_winner(side, c)} is cheaper"])
    nothing = "nothing with a price" if b.open else "nothing"
    return here if len(here) > 1 else [*here, [nothing, "within this range"]]


def get_flip_winner(side: str, crossing: Crossing) -> str:
    """Return the architecture that is the cheapest beyond a crossing on one side (``above`` or ``below``) of now."""
    return crossing["to"] if side == "above" else crossing["from"]


def _format_table_value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{float(value):,.9g}"


def build_phase_json(p: Phase) -> dict[str, Any]:  # Any: values of JSON
    """Return what ``breakeven --phase`` prints as JSON: for each pair of values the cheapest and its total."""
    return {
        "x": {"vary": str(p.x), "unit": p.x.unit, "values": [_format_json_value(v) for v in p.xs]},
        "y": {"vary": str(p.y), "unit": p.y.unit, "values": [_format_json_value(v) for v in p.ys]},
        "cheapest": [_list_winners(p, row, None) for row in p.cheapest],
        "totals": [_format_totals(best, totals) for best, totals in zip(p.cheapest, p.totals, strict=True)],
        "proof": "priced-only" if p.open else "whole",
        "open": [make_breakeven_open_item(name) for name in p.open],
        "assumptions": p.assumptions,
    }


def _list_winners(p: Phase, numbers: IntArray, missing: str | None) -> list[str | None]:
    """Return the names of a row of architectures; ``missing`` where none has a total (-1)."""
    return [missing if number < 0 else p.architectures[number] for number in numbers]


def _format_totals(numbers: IntArray, totals: FloatArray) -> list[str | None]:
    """Return a row of totals, None where no architecture has one (its number is -1)."""
    pairs = zip(numbers, totals, strict=True)
    return [None if number < 0 else f"{_round_money(total):f}" for number, total in pairs]


def build_phase_tables(p: Phase) -> Report:
    """Return the cheapest architecture for each pair of values as a table."""
    rows = [[_format_table_value(y), *_list_winners(p, row, "–")] for y, row in zip(p.ys, p.cheapest, strict=True)]
    names = [f"{p.y} \\ {p.x}", *(_format_table_value(x) for x in p.xs)]
    assumed = build_assumption_rows(p.assumptions)
    return Report(
        [
            Table("phase", f"The cheapest by {p.y} and {p.x}", names, rows),
            *_build_open_table(p.open),
            Table("assumed", "", ["Assumed", "Value"], assumed),
        ]
    )
