"""The cheapest architecture over two quantities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.compare.breakevens import lines
from costmodel.compare.cost import first_least
from costmodel.compare.tried import architectures, tried_at
from costmodel.compare.vary import Quantity, at, quantity_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.demand import Demand
    from costmodel.prices import PriceBook


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
    """

    x: Quantity
    y: Quantity
    xs: Any
    ys: Any
    architectures: list[str]
    cheapest: Any
    totals: Any
    assumptions: dict[str, str]


def phase(
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
    names = architectures(between)
    one, other = quantity_of(demand, x), quantity_of(demand, y)
    across = np.asarray(xs, dtype=float)
    costs = np.full((len(ys), len(names), len(across)), np.inf)
    assumed: set[str] = set()
    for row, value in enumerate(ys):
        d = at(demand, other, value)
        if one.kind == "gb":
            functions, tried = lines(d, book, one, names, on)
            for f in functions:
                some = across <= f.end
                costs[row, names.index(f.name), some] = f(across[some])
        else:
            found = tried_at(d, book, one, list(xs), names, on)
            costs[row], tried = np.where(np.isnan(found.costs), np.inf, found.costs), found.options
        assumed |= {a for o in tried for a in o.assumed}
    least = costs.min(axis=1)
    best = np.stack([first_least(each) for each in costs])
    held = {k: v for k, v in demand.assumptions.items() if k in assumed}
    totals = np.where(np.isfinite(least), least, np.nan)
    return Phase(one, other, across, np.asarray(ys), names, np.where(np.isfinite(least), best, -1), totals, held)
