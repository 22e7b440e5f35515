"""Where the cheapest architecture changes as one quantity varies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.comparison.cost_function import CostFunction, build_cost_function, find_crossings
from costmodel.comparison.options import Option, price_architectures
from costmodel.comparison.quantities import (
    WHOLE,
    Quantity,
    get_current_value,
    get_default_range,
    parse_varied_quantity,
    with_gb,
)
from costmodel.comparison.sweep import (
    Tried,
    evaluate_at_values,
    evaluate_piecewise_linear,
    explain_missing_total,
    explain_missing_totals,
    find_cheapest_architecture,
    find_open_architectures,
    select_architectures,
)
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.errors import CostmodelError, InputError, UnpricedError
from costmodel.network.bill import price
from costmodel.network.price_dates import summarize_bill_dates
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from costmodel.demand.demand import Demand
    from costmodel.network.price_dates import PriceDates
    from costmodel.pricing.book import PriceBook

_FAR = 1e7
"""GB of a flow up to which crossings are looked for, where the user names no end."""
_MOST = 5_000
"""Whole numbers that one answer may try."""
_STRAIGHT = 1e-9


@dataclass(frozen=True)
class Breakeven:
    """Where the cheapest of some architectures changes.

    Attributes:
        vary: what varies.
        unit: what its values count.
        intervals: {from, to, cheapest, total}, in order; of a table (Regions, assumptions) one per value.
        crossings: {at, total, from, to}: above ``at`` (from it on, for whole numbers) another is cheapest.
        architectures: those compared.
        left_out: those that are not, and why.
        assumptions: what they assumed.
        now: what the quantity is in the demand as it stands; None where it is not one number.
        price_date: of the prices.
        price_dates: when the prices of all that was tried were read.
        on: the price date asked for, None for the newest.
        notes: what a reader should know.
        functions: along GB, the cost of each; () otherwise.
        values: along whole numbers and tables, the values tried.
        tried: along whole numbers and tables, the architectures of the rows of ``costs``.
        costs: (tried, values) their costs; NaN where there is no total.
        open: architectures without a price that may be cheaper than the cheapest somewhere in the range.
    """

    vary: str
    unit: str
    intervals: list[dict[str, Any]]
    crossings: list[dict[str, Any]]
    architectures: list[str]
    left_out: dict[str, str]
    assumptions: dict[str, str]
    now: float | str | None
    price_date: date | None
    price_dates: PriceDates | None
    on: date | None
    notes: list[str] = field(default_factory=list)
    functions: Sequence[CostFunction] = ()
    values: Sequence[Any] = ()
    tried: Sequence[str] = ()
    costs: Any = None
    open: Sequence[str] = ()

    @property
    def proof(self) -> str:
        """``whole``: no architecture is cheaper anywhere in the range; ``priced-only``: none of those with a total."""
        return "priced-only" if self.open else "whole"

    @property
    def flips(self) -> dict[str, dict[str, Any]]:
        """The crossings nearest to the demand as it stands: ``below`` and ``above`` it, where there are any."""
        if not isinstance(self.now, float):
            return {}
        here: float = self.now
        below = [c for c in self.crossings if float(c["at"]) <= here]
        above = [c for c in self.crossings if float(c["at"]) > here]
        return ({"below": below[-1]} if below else {}) | ({"above": above[0]} if above else {})


def breakeven(
    demand: Demand,
    book: PriceBook,
    *,
    vary: str = "gb",
    low: float | None = None,
    high: float | None = None,
    between: Sequence[str] | None = None,
    on: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Breakeven:
    """Find where the cheapest architecture changes as one quantity varies.

    In GB costs are straight lines between tiers, so crossings are exact. Of VPCs, zones, services and hours every whole
    number is tried. Regions and the values of an assumption make a table.

    Args:
        demand: the demand.
        book: the prices.
        vary: gb[:vpc/service] (GB of each flow, sent and received in their proportion), vpcs[:name], zones[:name],
            services (the first n that the file names), hours, region or assumption:NAME.
        low: where the range begins.
        high: where it ends.
        between: architectures; default all.
        on: the price date.
        progress: called with how many values are done, and of how many.

    Raises:
        InputError: what is to vary, the range or an architecture is wrong.
        CostmodelError: none of the architectures has a total.
    """
    names = select_architectures(between)
    q = parse_varied_quantity(demand, vary)
    if q.kind == "gb":
        return _find_gb_breakeven(demand, book, q, (low, high), names, on)
    if q.kind in WHOLE:
        return _find_integer_breakeven(demand, book, q, (low, high), names, on, progress)
    if low is not None or high is not None:
        message = f"{vary!r} has no range: it is a table of values."
        raise InputError(message)
    values = list(ASSUMPTIONS[q.of].meanings) if q.kind == "assumption" else book.regions
    found = evaluate_at_values(demand, book, q, values, names, on, progress)
    intervals = [
        {"from": v, "to": v, "cheapest": names[i], "total": float(found.costs[i, j]), "currency": found.currencies[j]}
        for j, v in enumerate(values)
        if np.isfinite(found.costs[:, j]).any()
        for i in [int(find_cheapest_architecture(found.costs[:, [j]])[0])]
    ]
    answer = _assemble_breakeven(demand, q, found, names, intervals, [])
    without = [str(v) for j, v in enumerate(values) if not np.isfinite(found.costs[:, j]).any()]
    if without:
        answer.notes.append(f"Without a total: {', '.join(without)}.")
    return answer


def _validate_range(low: float, high: float, q: Quantity) -> None:
    if not 0 <= low < high or not np.isfinite(high):
        message = f"The range of {q} must rise from at least 0: {low:g} to {high:g} does not."
        raise InputError(message)


# ---------------------------------------------------------------- GB
def compile_gb_cost_functions(
    demand: Demand, book: PriceBook, q: Quantity, names: Sequence[str], on: date | None = None
) -> tuple[list[CostFunction], list[Option]]:
    """Return the cost of architectures along the GB of the flows that a quantity names, and all options tried."""
    tried = list(price_architectures(demand, book, on=on, names=names))
    none, one = with_gb(demand, q.of, 0.0), with_gb(demand, q.of, 1.0)
    counted = demand.assumptions["free-egress"] == "counted"
    functions = []
    for option in tried:
        if option.plan is None or option.why_not:
            continue
        try:
            low, high = (price(meter(build_network(each, option.plan)), book, on=on) for each in (none, one))
            if len({*low.totals, *high.totals}) == 1:
                functions.append(build_cost_function(option.name, low, high, book, counted=counted))
        except UnpricedError:
            continue
    return functions, tried


def _find_gb_breakeven(
    demand: Demand, book: PriceBook, q: Quantity, span: tuple[float | None, float | None], names: list[str], on: Any
) -> Breakeven:
    functions, tried = compile_gb_cost_functions(demand, book, q, names, on)
    if not functions:
        raise CostmodelError(explain_missing_totals(tried))
    notes = []
    end = min(f.end for f in functions)
    low = span[0] or 0.0
    today = get_current_value(demand, q)
    if span[1] is None:
        _, every = find_crossings(functions, min(_FAR, end))
        last = max([c["at"] for c in every] + [demand.gb.max(initial=0.0)])
        high = min(end, 2 * last if last else 1_000.0)
    else:
        high = min(span[1], end)
        if high < span[1]:
            notes.append(f"Above {end:,.6g} GB a schedule of prices ends: nothing is known there.")
    _validate_range(low, high, q)
    intervals, changes = find_crossings(functions, high, low=low)
    by_name = {f.name: f for f in functions}
    for interval in intervals:
        interval["total"] = float(by_name[interval["cheapest"]](interval["from"]))
    costs, shown = np.array([float(f(low)) for f in functions]), [f.name for f in functions]
    found = Tried([], costs, tried, on)
    if today is None:
        notes.append("The flows differ in their GB now: each is set to the same number here.")
    answer = _assemble_breakeven(demand, q, found, shown, intervals, changes)
    answer.notes.extend(notes)
    object.__setattr__(answer, "functions", functions)
    object.__setattr__(answer, "open", find_open_in_gb_range(demand, book, q, functions, tried, (low, high), on))
    return answer


def find_open_in_gb_range(
    demand: Demand,
    book: PriceBook,
    q: Quantity,
    functions: Sequence[CostFunction],
    tried: Sequence[Option],
    span: tuple[float, float],
    on: date | None,
) -> list[str]:
    """Return the architectures without a price that may be cheaper than the cheapest somewhere in a range of GB."""
    priced = {f.name for f in functions}
    names = [o.name for o in tried if o.feasible and not o.breaks and o.name not in priced]
    out = []
    for floor in compile_gb_cost_functions(demand, book.with_unknown_at_zero(), q, names, on)[0]:
        intervals, _ = find_crossings([*functions, floor], span[1], low=span[0])
        if any(i["cheapest"] == floor.name and i["to"] > i["from"] for i in intervals):
            out.append(floor.name)
    return out


# ---------------------------------------------------------------- whole numbers
def _find_integer_breakeven(
    demand: Demand,
    book: PriceBook,
    q: Quantity,
    span: tuple[float | None, float | None],
    names: list[str],
    on: date | None,
    progress: Callable[[int, int], None] | None,
) -> Breakeven:
    first, last = get_default_range(demand, q)
    low, high = (first if span[0] is None else span[0]), (last if span[1] is None else span[1])
    if q.kind == "services":
        high = min(high, last)
    if low == high == 1:
        high = 2
    _validate_range(low, high, q)
    if low != int(low) or high != int(high) or high - low >= _MOST:
        message = f"{q} takes whole numbers, at most {_MOST:,} of them: {low:g} to {high:g} is not that."
        raise InputError(message)
    values = list(range(int(low), int(high) + 1))
    if q.kind == "hours":
        found = evaluate_piecewise_linear(demand, book, q, values, names, on)
    else:
        found = evaluate_at_values(demand, book, q, values, names, on, progress)
    best = find_cheapest_architecture(found.costs)
    intervals: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for j, value in enumerate(values):
        if not np.isfinite(found.costs[:, j]).any():
            continue
        name = names[best[j]]
        if intervals and intervals[-1]["cheapest"] == name and intervals[-1]["to"] == value - 1:
            intervals[-1]["to"] = value
            continue
        if intervals:
            changes.append({
                "at": value, "total": float(found.costs[best[j], j]), "from": intervals[-1]["cheapest"], "to": name,
            })  # fmt: skip
        intervals.append({"from": value, "to": value, "cheapest": name, "total": float(found.costs[best[j], j])})
    return _assemble_breakeven(demand, q, found, names, intervals, changes)


def _assemble_breakeven(
    demand: Demand,
    q: Quantity,
    found: Tried,
    names: list[str],
    intervals: list[dict[str, Any]],
    changes: list[dict[str, Any]],
) -> Breakeven:
    have = [n for i, n in enumerate(names) if np.isfinite(np.atleast_2d(found.costs.T).T[i]).any()]
    used = {a for o in found.options if o.name in have for a in o.assumed}
    used |= {q.of} if q.kind == "assumption" else set()
    dates = [o.bill.price_date for o in found.options if o.bill is not None]
    return Breakeven(
        vary=str(q),
        unit=q.unit,
        intervals=intervals,
        crossings=changes,
        architectures=have,
        left_out={o.name: explain_missing_total(o) for o in found.options if o.name not in have},
        assumptions={k: v for k, v in demand.assumptions.items() if k in used},
        now=get_current_value(demand, q),
        price_date=max(dates, default=None),
        price_dates=summarize_bill_dates(o.bill for o in found.options if o.bill is not None),
        on=demand.on,
        notes=list(demand.notes),
        values=found.values,
        tried=names,
        costs=found.costs,
        open=find_open_architectures(found, names),
    )
