"""The cheapest architecture over two quantities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.comparison.breakeven import compile_gb_cost_functions
from costmodel.comparison.cost_function import find_first_minimum
from costmodel.comparison.quantities import GbQuantity
from costmodel.comparison.sweep import evaluate_at_values, select_architectures
from costmodel.comparison.varied_quantity import parse_varied_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.comparison.quantity import Quantity
    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_CLOSE = 1e-9


@dataclass(frozen=True)
class Phase:
    """The cheapest architecture over two quantities.

    Attributes:
        x: what varies along a row; its values are ``xs``.
        y: what varies from row to row; its values are ``ys``.
        architectures: those compared.
        cheapest: (ys, xs) the number of the cheapest; -1 where none has a total.
        totals: (ys, xs) what it costs a month; NaN where none has a total.
        assumptions: what was assumed.
        open: architectures without a price that may be cheaper at one pair of values or more.
    """

    x: Quantity
    y: Quantity
    xs: FloatArray
    ys: FloatArray
    architectures: list[str]
    cheapest: IntArray
    totals: FloatArray
    assumptions: dict[str, str]
    open: Sequence[str] = ()


class _Row(NamedTuple):
    """One row of a phase diagram.

    Attributes:
        costs: (architectures, xs) totals; infinite where there is none.
        floors: (architectures, xs) the least that an architecture without a price costs; infinite elsewhere.
        assumed: the assumptions that any of the architectures read.
    """

    costs: FloatArray
    floors: FloatArray
    assumed: set[str]


def compute_phase_diagram(
    demand: Demand,
    book: PriceBook,
    *,
    x: str,
    xs: Sequence[float],
    y: str,
    ys: Sequence[float],
    between: Sequence[str] | None = None,
    on: date | None = None,
) -> Phase:
    """Return the cheapest architecture at each pair of values of two quantities.

    Args:
        demand: the demand.
        book: the prices.
        x: what varies along a row: quickest in GB, whose costs are compiled once a row.
        xs: its values.
        y: what varies from row to row.
        ys: its values.
        between: architectures; default all.
        on: the price date.

    Raises:
        InputError: what is to vary, or an architecture, is wrong.
    """
    names = select_architectures(between)
    along_row = parse_varied_quantity(demand, x)
    across_rows = parse_varied_quantity(demand, y)
    values = np.asarray(xs, dtype=float)
    bounds = book.with_unknown_at_zero()
    rows = []
    for value in ys:
        row_demand = across_rows.with_value(demand, value)
        if isinstance(along_row, GbQuantity):
            rows.append(_evaluate_gb_row(row_demand, (book, bounds), along_row, values, names, on))
        else:
            rows.append(_evaluate_row(row_demand, book, along_row, xs, names, on))
    costs = np.stack([row.costs for row in rows])
    floors = np.stack([row.floors for row in rows])
    assumed = set[str]().union(*(row.assumed for row in rows))
    least = costs.min(axis=1)
    has_total = np.isfinite(least)
    cheapest = np.stack([find_first_minimum(row.costs) for row in rows])
    return Phase(
        x=along_row,
        y=across_rows,
        xs=values,
        ys=np.asarray(ys),
        architectures=names,
        cheapest=np.where(has_total, cheapest, -1),
        totals=np.where(has_total, least, np.nan),
        assumptions={name: value for name, value in demand.assumptions.items() if name in assumed},
        open=_find_open_in_diagram(floors, least, names),
    )


def _evaluate_gb_row(
    demand: Demand,
    books: tuple[PriceBook, PriceBook],
    quantity: GbQuantity,
    values: FloatArray,
    names: list[str],
    on: date | None,
) -> _Row:
    """Return a row along GB, from cost functions compiled once.

    Args:
        demand: the demand of the row.
        books: the prices, and the same with each unknown price at 0.
        quantity: the GB that vary.
        values: (xs) GB a month of each flow.
        names: the architectures.
        on: the price date.
    """
    book, bounds = books
    costs = np.full((len(names), len(values)), np.inf)
    floors = np.full(costs.shape, np.inf)
    functions, options = compile_gb_cost_functions(demand, book, quantity, names, on)
    for function in functions:
        within = values <= function.end
        costs[names.index(function.name), within] = function(values[within])
    priced = {function.name for function in functions}
    lacking = [option.name for option in options if option.feasible and option.name not in priced]
    for function in compile_gb_cost_functions(demand, bounds, quantity, lacking, on)[0]:
        floors[names.index(function.name)] = function(values)
    return _Row(costs, floors, {name for option in options for name in option.assumed})


def _evaluate_row(
    demand: Demand, book: PriceBook, quantity: Quantity, values: Sequence[float], names: list[str], on: date | None
) -> _Row:
    """Return a row along a quantity whose values are priced one at a time."""
    sweep = evaluate_at_values(demand, book, quantity, list(values), names, on)
    costs = np.where(np.isnan(sweep.costs), np.inf, sweep.costs)
    floors = np.where(np.isnan(sweep.floors), np.inf, sweep.floors)
    return _Row(costs, floors, {name for option in sweep.options for name in option.assumed})


def _find_open_in_diagram(floors: FloatArray, least: FloatArray, names: list[str]) -> list[str]:
    """Return the architectures without a price that may be cheaper than the cheapest at one pair of values or more.

    Args:
        floors: (ys, architectures, xs) the least that an architecture without a price costs.
        least: (ys, xs) the total of the cheapest; infinite where none has a total.
        names: the architectures.
    """
    has_total = np.isfinite(least)
    finite = np.where(has_total, least, 0.0)
    below = floors < (finite - _CLOSE * np.maximum(1.0, finite))[:, None, :]
    below &= has_total[:, None, :]
    return [names[i] for i in np.flatnonzero(below.any(axis=(0, 2)))]
