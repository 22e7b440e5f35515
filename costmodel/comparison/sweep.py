"""Architectures priced at several values of one quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.patterns import PATTERNS
from costmodel.comparison.cost_function import find_first_minimum
from costmodel.comparison.options import Option, price_architectures
from costmodel.comparison.quantities import Quantity, with_value
from costmodel.core.errors import CostmodelError, InputError, format_suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_STRAIGHT = 1e-9


def select_architectures(between: Sequence[str] | None) -> list[str]:
    """Return names of architectures in their usual order; all where none is named.

    Raises:
        InputError: there is none of that name.
    """
    names = list(dict.fromkeys(between)) if between else list(PATTERNS)
    for name in names:
        if name not in PATTERNS:
            message = f"Unknown architecture {name!r}.{format_suggestion(name, PATTERNS)} Known: {', '.join(PATTERNS)}."
            raise InputError(message)
    return [name for name in PATTERNS if name in names]


@dataclass(frozen=True)
class Tried:
    """The costs of architectures at some values.

    Attributes:
        values: the values.
        costs: (architectures, values) their totals; NaN without one.
        options: one option for each architecture.
        on: the price date.
        currencies: of each value.
        floors: (architectures, values) what those that have no price cost at least; NaN elsewhere.
    """

    values: Sequence[Any]
    costs: Any
    options: list[Option]
    on: date | None
    currencies: Sequence[str | None] = ()
    floors: Any = None


def evaluate_at_values(
    demand: Demand,
    book: PriceBook,
    q: Quantity,
    values: Sequence[Any],
    names: list[str],
    on: date | None,
    progress: Callable[[int, int], None] | None = None,
) -> Tried:
    """Price architectures at each value.

    Raises:
        CostmodelError: none of them has a total at any.
    """
    costs = np.full((len(names), len(values)), np.nan)
    floors = np.full(costs.shape, np.nan)
    shown: dict[str, Option] = {}
    currencies: list[str | None] = [None] * len(values)
    for j, value in enumerate(values):
        try:
            each = price_architectures(with_value(demand, q, value), book, on=on, names=names)
        except CostmodelError:
            if q.kind not in ("region", "assumption"):
                raise
            continue
        for i, option in enumerate(each):
            costs[i, j] = np.nan if option.total is None else float(option.total)
            if option.total is None and option.at_least is not None:
                floors[i, j] = float(option.at_least)
            if option.total is not None and option.bill is not None:
                currencies[j] = option.bill.currency
            if option.name not in shown or option.total is not None:
                shown[option.name] = option
        if progress is not None:
            progress(j + 1, len(values))
    if not np.isfinite(costs).any():
        raise CostmodelError(explain_missing_totals(list(shown.values())))
    return Tried(values, costs, list(shown.values()), on, currencies, floors)


def evaluate_piecewise_linear(
    demand: Demand, book: PriceBook, q: Quantity, values: list[int], names: list[str], on: date | None
) -> Tried:
    """Try the ends of a range and what lies between; where that is on a straight line, so is all between."""
    known: dict[int, Any] = {}
    seen: list[Tried] = []

    def cost(value: int) -> Any:
        """Return the costs at a value, then the floors."""
        if value not in known:
            seen.append(evaluate_at_values(demand, book, q, [value], names, on))
            known[value] = np.concatenate([seen[-1].costs[:, 0], seen[-1].floors[:, 0]])
        return known[value]

    def fill(low: int, high: int) -> None:
        if high - low < 2:  # noqa: PLR2004 - nothing between
            return
        one, other = cost(low), cost(high)
        checks = {low + (high - low) // 3, (low + high) // 2, high - 1} - {low}
        step = (other - one) / (high - low)
        straight = all(
            np.allclose(cost(v), one + step * (v - low), rtol=_STRAIGHT, atol=_STRAIGHT, equal_nan=True) for v in checks
        )
        if straight:
            for v in range(low + 1, high):
                known.setdefault(v, one + step * (v - low))
        else:
            fill(low, (low + high) // 2)
            fill((low + high) // 2, high)

    cost(values[0])
    cost(values[-1])
    fill(values[0], values[-1])
    costs, floors = np.split(np.array([known[v] for v in values]).T, 2)
    return Tried(values, costs, seen[-1].options, on, floors=floors)


def find_cheapest_architecture(costs: Any) -> Any:
    """Return the number of the cheapest architecture at each value."""
    return find_first_minimum(np.where(np.isnan(costs), np.inf, costs))


def find_open_architectures(found: Tried, names: Sequence[str]) -> list[str]:
    """Return the architectures without a price that may cost less than the cheapest at one value or more.

    Values at which no architecture has a total have no cheapest: they are said apart.
    """
    if found.floors is None:
        return []
    least = np.where(np.isnan(found.costs), np.inf, found.costs).min(axis=0)
    known = np.isfinite(least)
    below = found.floors[:, known] < least[known] - _STRAIGHT * np.maximum(1.0, least[known])
    return [name for name, some in zip(names, below.any(axis=1), strict=True) if some]


def explain_missing_totals(tried: Sequence[Option]) -> str:
    """Return why no architecture has a total."""
    return "No architecture has a total: " + "; ".join(f"{o.name}: {explain_missing_total(o)}" for o in tried) + "."


def explain_missing_total(option: Option) -> str:
    """Return why an architecture has no total."""
    if option.why_not:
        rule, vpc, service = option.why_not[0]
        return f"{rule} ({vpc}{' to ' + service if service else ''})"
    if option.bill is not None and option.bill.unpriced:
        return f"unpriced: {option.bill.unpriced[0].meter}"
    return "its charges are in two currencies" if option.bill is not None else "no plan"
