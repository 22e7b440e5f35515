"""The cheapest architecture over two quantities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.comparison.breakeven import compile_gb_cost_functions
from costmodel.comparison.cost_function import find_first_minimum
from costmodel.comparison.quantities import Quantity, parse_varied_quantity, with_value
from costmodel.comparison.sweep import evaluate_at_values, select_architectures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

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
        totals: (ys, xs) what it costs.
        assumptions: what was assumed.
        open: architectures without a price that may be cheaper at one pair of values or more.
    """

    x: Quantity
    y: Quantity
    xs: Any
    ys: Any
    architectures: list[str]
    cheapest: Any
    totals: Any
    assumptions: dict[str, str]
    open: Sequence[str] = ()


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
    one, other = parse_varied_quantity(demand, x), parse_varied_quantity(demand, y)
    across = np.asarray(xs, dtype=float)
    costs = np.full((len(ys), len(names), len(across)), np.inf)
    floors = np.full(costs.shape, np.inf)
    bounds = book.with_unknown_at_zero()
    assumed: set[str] = set()
    for row, value in enumerate(ys):
        d = with_value(demand, other, value)
        if one.kind == "gb":
            functions, tried = compile_gb_cost_functions(d, book, one, names, on)
            for f in functions:
                some = across <= f.end
                costs[row, names.index(f.name), some] = f(across[some])
            priced = {f.name for f in functions}
            lacking = [o.name for o in tried if o.feasible and o.name not in priced]
            for f in compile_gb_cost_functions(d, bounds, one, lacking, on)[0]:
                floors[row, names.index(f.name)] = f(across)
        else:
            found = evaluate_at_values(d, book, one, list(xs), names, on)
            costs[row], tried = np.where(np.isnan(found.costs), np.inf, found.costs), found.options
            floors[row] = np.where(np.isnan(found.floors), np.inf, found.floors)
        assumed |= {a for o in tried for a in o.assumed}
    least = costs.min(axis=1)
    best = np.stack([find_first_minimum(each) for each in costs])
    held = {k: v for k, v in demand.assumptions.items() if k in assumed}
    totals = np.where(np.isfinite(least), least, np.nan)
    below = floors < (least - _CLOSE * np.maximum(1.0, np.where(np.isfinite(least), least, 0.0)))[:, None, :]
    below &= np.isfinite(least)[:, None, :]
    open_ = [name for name, some in zip(names, below.any(axis=(0, 2)), strict=True) if some]
    best = np.where(np.isfinite(least), best, -1)
    return Phase(one, other, across, np.asarray(ys), names, best, totals, held, open_)
