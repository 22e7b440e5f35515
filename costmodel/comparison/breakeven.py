"""Where the cheapest architecture changes as one quantity varies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.comparison.breakeven_answer import Breakeven, PricedInterval
from costmodel.comparison.cost_function import CostFunction, build_cost_function, find_crossings
from costmodel.comparison.flow_gb import with_gb
from costmodel.comparison.options import Option, price_architectures
from costmodel.comparison.quantity import Quantity, TableQuantity, WholeQuantity
from costmodel.comparison.sweep import (
    evaluate_at_values,
    evaluate_piecewise_linear,
    explain_missing_total,
    explain_missing_totals,
    find_cheapest_architecture,
    find_open_architectures,
    select_architectures,
)
from costmodel.comparison.varied_quantity import parse_varied_quantity
from costmodel.core.errors import CostmodelError, InputError, UnpricedError
from costmodel.network.bill import price
from costmodel.network.price_dates import summarize_bill_dates
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from costmodel.comparison.cost_function import Crossing
    from costmodel.comparison.sweep import Sweep
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_FAR = 1e7
"""GB of a flow up to which crossings are looked for, where the user names no end."""
_USUAL_GB = 1_000.0
"""GB of a flow up to which a break-even without crossings and without GB goes."""
_MOST = 5_000
"""Whole numbers that one answer may try."""


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
        progress: called with the number of values that are done and the number of all values.

    Raises:
        InputError: what is to vary, the range or an architecture is wrong.
        CostmodelError: none of the architectures has a total.
    """
    task = _Task(demand, book, parse_varied_quantity(demand, vary), select_architectures(between), on)
    quantity = task.quantity
    if isinstance(quantity, TableQuantity):
        if low is not None or high is not None:
            message = f"{vary!r} has no range: its answer is a table of values."
            raise InputError(message)
        return _find_table_breakeven(task, quantity, progress)
    if isinstance(quantity, WholeQuantity):
        return _find_integer_breakeven(task, quantity, (low, high), progress)
    return _find_gb_breakeven(task, (low, high))


@dataclass(frozen=True)
class _Task:
    """What a break-even is asked: of which demand, at which prices, along what, between which architectures."""

    demand: Demand
    book: PriceBook
    quantity: Quantity
    names: list[str]
    on: date | None

    def check_range(self, low: float, high: float) -> None:
        """Check that a range rises from at least 0.

        Raises:
            InputError: it does not.
        """
        if not 0 <= low < high or not np.isfinite(high):
            message = (
                f"The range of {self.quantity} must be rising and start at 0 or more: {low:g} to {high:g} does not."
            )
            raise InputError(message)

    def assemble_answer(
        self,
        options: Sequence[Option],
        priced: Sequence[str],
        intervals: list[PricedInterval],
        crossings: list[Crossing],
    ) -> Breakeven:
        """Return the answer, as far as all quantities have it.

        Args:
            options: one for each architecture that was tried.
            priced: the architectures that have a total.
            intervals: ranges and the cheapest in each.
            crossings: where the cheapest changes.
        """
        used = {name for option in options if option.name in priced for name in option.assumed}
        if isinstance(self.quantity, TableQuantity):
            used |= self.quantity.list_assumptions()
        bills = [option.bill for option in options if option.bill is not None]
        return Breakeven(
            quantity=self.quantity,
            intervals=intervals,
            crossings=crossings,
            architectures=list(priced),
            left_out={option.name: explain_missing_total(option) for option in options if option.name not in priced},
            assumptions={name: value for name, value in self.demand.assumptions.items() if name in used},
            now=self.quantity.get_current_value(self.demand),
            price_date=max((bill.price_date for bill in bills), default=None),
            price_dates=summarize_bill_dates(bills),
            on=self.demand.on,
            notes=list(self.demand.notes),
        )

    def assemble_sweep_answer(
        self, sweep: Sweep, intervals: list[PricedInterval], crossings: list[Crossing], notes: Sequence[str] = ()
    ) -> Breakeven:
        """Return the answer along values that were tried one at a time."""
        priced = [name for name, has_total in zip(self.names, sweep.priced, strict=True) if has_total]
        answer = self.assemble_answer(sweep.options, priced, intervals, crossings)
        answer.notes.extend(notes)
        return replace(
            answer,
            values=sweep.values,
            tried=self.names,
            costs=sweep.costs,
            open=find_open_architectures(sweep, self.names),
        )


# ---------------------------------------------------------------- tables
def _find_table_breakeven(
    task: _Task, quantity: TableQuantity, progress: Callable[[int, int], None] | None
) -> Breakeven:
    """Return the cheapest at each value of a quantity whose values have no order."""
    values = quantity.list_values(task.book)
    sweep = evaluate_at_values(task.demand, task.book, quantity, values, task.names, task.on, progress)
    best = find_cheapest_architecture(sweep.costs)
    intervals: list[PricedInterval] = []
    without: list[str] = []
    for number, value in enumerate(values):
        if not sweep.has_total(number):
            without.append(value)
            continue
        winner = int(best[number])
        total = float(sweep.costs[winner, number])
        intervals.append({
            "from": value, "to": value, "cheapest": task.names[winner], "total": total,
            "currency": sweep.currencies[number],
        })  # fmt: skip
    notes = [f"Without a total: {', '.join(without)}."] if without else []
    return task.assemble_sweep_answer(sweep, intervals, [], notes)


# ---------------------------------------------------------------- GB
def compile_gb_cost_functions(
    demand: Demand, book: PriceBook, quantity: Quantity, names: Sequence[str], on: date | None = None
) -> tuple[list[CostFunction], list[Option]]:
    """Return the cost of architectures along the GB of some flows, in GB a month of each flow.

    Args:
        demand: the demand.
        book: the prices.
        quantity: the GB that vary; its target names the flows.
        names: the architectures.
        on: the price date.

    Returns:
        A function for each architecture that has a total, and all options tried.
    """
    options = list(price_architectures(demand, book, on=on, names=names))
    at_zero = with_gb(demand, quantity.target, 0.0)
    at_one = with_gb(demand, quantity.target, 1.0)
    counted = demand.assumptions["free-egress"] == "counted"
    functions = []
    for option in options:
        if not option.feasible:
            continue
        try:
            low = price(meter(build_network(at_zero, option.require_plan())), book, on=on)
            high = price(meter(build_network(at_one, option.require_plan())), book, on=on)
        except UnpricedError:
            continue
        if len({*low.totals, *high.totals}) == 1:
            functions.append(build_cost_function(option.name, low, high, book, counted=counted))
    return functions, options


def _find_gb_breakeven(task: _Task, span: tuple[float | None, float | None]) -> Breakeven:
    """Return the crossings along GB; each end of ``span`` is None where the user names none."""
    demand = task.demand
    functions, options = compile_gb_cost_functions(demand, task.book, task.quantity, task.names, task.on)
    if not functions:
        raise CostmodelError(explain_missing_totals(options))
    # A schedule of prices may end: no cost is known above.
    end = min(function.end for function in functions)
    low = span[0] or 0.0
    high = _choose_gb_end(demand, functions, end) if span[1] is None else min(span[1], end)
    task.check_range(low, high)
    unpriced_intervals, crossings = find_crossings(functions, high, low=low)
    by_name = {function.name: function for function in functions}
    intervals: list[PricedInterval] = [
        {
            "from": interval["from"],
            "to": interval["to"],
            "cheapest": interval["cheapest"],
            "total": float(by_name[interval["cheapest"]](interval["from"])),
        }
        for interval in unpriced_intervals
    ]
    answer = task.assemble_answer(options, list(by_name), intervals, crossings)
    if span[1] is not None and high < span[1]:
        answer.notes.append(f"Above {end:,.6g} GB a price schedule ends, so costs are not known.")
    if answer.now is None:
        answer.notes.append("The flows have different GB today; here all of them get the same number.")
    return replace(
        answer,
        functions=functions,
        tried=list(by_name),
        costs=np.array([[float(function(low))] for function in functions]),
        open=_find_open_in_gb_range(task, functions, options, (low, high)),
    )


def _choose_gb_end(demand: Demand, functions: Sequence[CostFunction], end: float) -> float:
    """Return the end of a range of GB that a user leaves open: twice the last crossing or the largest flow."""
    _, crossings = find_crossings(functions, min(_FAR, end))
    last = max([crossing["at"] for crossing in crossings] + [demand.gb.max(initial=0.0)])
    return min(end, 2 * last if last else _USUAL_GB)


def _find_open_in_gb_range(
    task: _Task, functions: Sequence[CostFunction], options: Sequence[Option], span: tuple[float, float]
) -> list[str]:
    """Return the architectures without a price that may be cheaper than the cheapest somewhere in a range of GB."""
    priced = {function.name for function in functions}
    names = [o.name for o in options if o.feasible and not o.breaks and o.name not in priced]
    # With each unknown price at 0, an architecture costs at least this much.
    bounds = task.book.with_unknown_at_zero()
    floors, _ = compile_gb_cost_functions(task.demand, bounds, task.quantity, names, task.on)
    low, high = span
    open_names = []
    for floor in floors:
        intervals, _ = find_crossings([*functions, floor], high, low=low)
        if any(i["cheapest"] == floor.name and i["to"] > i["from"] for i in intervals):
            open_names.append(floor.name)
    return open_names


# ---------------------------------------------------------------- whole numbers
def _find_integer_breakeven(
    task: _Task,
    quantity: WholeQuantity,
    span: tuple[float | None, float | None],
    progress: Callable[[int, int], None] | None,
) -> Breakeven:
    """Return the cheapest at each whole number; each end of ``span`` is None where the user names none."""
    values = _list_whole_numbers(task, quantity, span)
    if quantity.piecewise_linear:
        sweep = evaluate_piecewise_linear(task.demand, task.book, quantity, values, task.names, task.on)
    else:
        sweep = evaluate_at_values(task.demand, task.book, quantity, values, task.names, task.on, progress)
    intervals, crossings = _merge_equal_winners(sweep, values, task.names)
    return task.assemble_sweep_answer(sweep, intervals, crossings)


def _list_whole_numbers(task: _Task, quantity: WholeQuantity, span: tuple[float | None, float | None]) -> list[int]:
    """Return the whole numbers of a range; each end is the usual one where ``span`` has None.

    Raises:
        InputError: the range does not rise, an end is not a whole number, or there are too many numbers.
    """
    usual_low, usual_high = quantity.get_default_range(task.demand)
    low = usual_low if span[0] is None else span[0]
    high = quantity.limit_maximum(task.demand, usual_high if span[1] is None else span[1])
    if low == high == 1:
        high = 2
    task.check_range(low, high)
    if low != int(low) or high != int(high) or high - low >= _MOST:
        message = f"{quantity} takes whole numbers, at most {_MOST:,} of them: {low:g} to {high:g} is not that."
        raise InputError(message)
    return list(range(int(low), int(high) + 1))


def _merge_equal_winners(
    sweep: Sweep, values: Sequence[int], names: Sequence[str]
) -> tuple[list[PricedInterval], list[Crossing]]:
    """Return the ranges of neighbouring numbers with one cheapest architecture, and the crossings between them."""
    best = find_cheapest_architecture(sweep.costs)
    intervals: list[PricedInterval] = []
    crossings: list[Crossing] = []
    for number, value in enumerate(values):
        if not sweep.has_total(number):
            continue
        name = names[best[number]]
        total = float(sweep.costs[best[number], number])
        if intervals:
            last = intervals[-1]
            if last["cheapest"] == name and last["to"] == value - 1:
                last["to"] = value
                continue
            crossings.append({"at": value, "total": total, "from": last["cheapest"], "to": name})
        intervals.append({"from": value, "to": value, "cheapest": name, "total": total})
    return intervals, crossings
