"""The answer to a break-even: intervals with their winner, and the values where it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NotRequired, TypedDict

import numpy as np

from costmodel.comparison.quantity import Quantity, TableQuantity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.comparison.cost_function import CostFunction, Crossing
    from costmodel.core.arrays import FloatArray
    from costmodel.network.price_dates import PriceDates


PricedInterval = TypedDict(
    "PricedInterval",
    {"from": float | str, "to": float | str, "cheapest": str, "total": float, "currency": NotRequired[str | None]},
)
"""A range of values (or one value of a table), the cheapest architecture in it, and its cost at ``from`` a month."""


@dataclass(frozen=True)
class Breakeven:
    """Where the cheapest of some architectures changes.

    Attributes:
        quantity: what varies.
        intervals: ranges of values and the cheapest in each, in order; one for each value of a table.
        crossings: where the cheapest changes, in order.
        architectures: those compared.
        left_out: those that are not, and why.
        assumptions: what they assumed.
        now: what the quantity is in the demand as it is; None where it is not one number.
        price_date: of the prices.
        price_dates: when the prices of all that was tried were read.
        on: the price date asked for, None for the newest.
        notes: what a reader should know.
        functions: along GB, the cost of each; () otherwise.
        values: along whole numbers and tables, the values tried.
        tried: the architectures of the rows of ``costs``.
        costs: (tried, values) their costs, NaN where there is no total; along GB one value, the lowest.
        open: architectures without a price that may be cheaper than the cheapest somewhere in the range.
    """

    quantity: Quantity
    intervals: list[PricedInterval]
    crossings: list[Crossing]
    architectures: list[str]
    left_out: dict[str, str]
    assumptions: dict[str, str]
    now: float | str | None
    price_date: date | None
    price_dates: PriceDates | None
    on: date | None
    notes: list[str] = field(default_factory=list)
    functions: Sequence[CostFunction] = ()
    values: Sequence[float | str] = ()
    tried: Sequence[str] = ()
    costs: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    open: Sequence[str] = ()

    @property
    def vary(self) -> str:
        """What varies, as a user writes it."""
        return str(self.quantity)

    @property
    def unit(self) -> str:
        """What the values count."""
        return self.quantity.unit

    @property
    def is_table(self) -> bool:
        """Whether the values have no order: each interval is one value, and there are no crossings."""
        return isinstance(self.quantity, TableQuantity)

    @property
    def proof(self) -> str:
        """``whole``: no architecture is cheaper anywhere in the range; ``priced-only``: none of those with a total."""
        return "priced-only" if self.open else "whole"

    @property
    def flips(self) -> dict[str, Crossing]:
        """The crossings nearest to the demand as it is: ``below`` and ``above`` it, where there are any."""
        if not isinstance(self.now, float):
            return {}
        nearest: dict[str, Crossing] = {}
        for crossing in self.crossings:
            if crossing["at"] <= self.now:
                nearest["below"] = crossing
            else:
                nearest.setdefault("above", crossing)
        return nearest
