"""What architectures cost as GB grow from month to month, and for how many hours a schedule lets resources stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from costmodel.comparison.cost_function import find_first_minimum
from costmodel.comparison.options import price_architectures
from costmodel.comparison.surface import compile_cost_surface
from costmodel.comparison.sweep import explain_missing_totals, select_architectures
from costmodel.core.errors import CostmodelError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_WEEKS = 365 / 7 / 12
"""Weeks in a month of a year's twelfth, as AWS's 730 hours count it."""
_WEEK, _DAY = 7, 24


@dataclass(frozen=True)
class Growth:
    """What architectures cost month by month as GB grow.

    Attributes:
        months: from 0, the demand as it is.
        costs: architecture → what each month costs.
        cheapest: the cheapest of each month.
    """

    months: list[int]
    costs: dict[str, list[float]]
    cheapest: list[str]

    @property
    def totals(self) -> dict[str, float]:
        """What all months cost together."""
        return {name: sum(costs) for name, costs in self.costs.items()}

    @property
    def changes(self) -> list[tuple[int, str, str]]:
        """(month, from, to) where the cheapest changes."""
        pairs = zip(self.months[1:], self.cheapest, self.cheapest[1:], strict=False)
        return [(month, one, other) for month, one, other in pairs if one != other]


def evaluate_growth(
    demand: Demand,
    book: PriceBook,
    monthly: float,
    months: int,
    *,
    between: Sequence[str] | None = None,
    on: date | None = None,
) -> Growth:
    """Return what architectures cost over months in which all GB grow by a factor each, every month pooled on its own.

    Args:
        demand: the first month.
        book: the prices.
        monthly: how many times the GB of a month the next has, such as 1.05.
        months: how many, the first included.
        between: architectures; default all.
        on: the price date.

    Raises:
        InputError: the factor is not positive, or there is no month.
        CostmodelError: no architecture has a total, or a schedule of prices ends.
    """
    if not (0 < monthly < np.inf) or months < 1:
        message = f"Growth needs a factor above 0 and at least one month, not {monthly:g} and {months}."
        raise InputError(message)
    tried = list(price_architectures(demand, book, on=on, names=select_architectures(between)))
    held = [o for o in tried if o.total is not None]
    if not held:
        raise CostmodelError(explain_missing_totals(tried))
    every = [np.ones(len(demand.flows), dtype=bool)]
    factors = np.power(monthly, np.arange(months), dtype=np.float64)[:, None]
    costs = {o.name: compile_cost_surface(demand, book, o, every, on=on)(factors) for o in held}
    best = find_first_minimum(np.array(list(costs.values())))
    names = list(costs)
    return Growth(list(range(months)), {n: c.tolist() for n, c in costs.items()}, [names[i] for i in best])


def compute_monthly_hours(days: float, hours: float) -> float:
    """Return the hours of a month in which resources exist so many hours a day, so many days a week.

    Each hour is a full one: a resource that exists for part of an hour is charged for all of it.

    Raises:
        InputError: a week has no such days, or a day no such hours.
    """
    if not (0 <= days <= _WEEK and 0 <= hours <= _DAY):
        message = f"A week has 7 days and a day 24 hours: {days:g} days of {hours:g} hours are none."
        raise InputError(message)
    return _WEEKS * days * float(np.ceil(hours))
