"""Architectures priced at several values of one quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.patterns import PATTERNS
from costmodel.comparison.cost_function import find_first_minimum
from costmodel.comparison.options import Option, price_architectures
from costmodel.comparison.quantity import TableQuantity
from costmodel.core.errors import CostmodelError, InputError, format_suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from costmodel.comparison.options import Comparison
    from costmodel.comparison.quantity import Quantity
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_STRAIGHT = 1e-9
"""The relative error up to which costs are on a straight line, and up to which two costs are equal."""


def select_architectures(between: Sequence[str] | None) -> list[str]:
    """Return names of architectures in the order of the list of architectures; all where none is named.

    Raises:
        InputError: there is no architecture of a name.
    """
    names = list(dict.fromkeys(between)) if between else list(PATTERNS)
    for name in names:
        if name not in PATTERNS:
            message = f"Unknown architecture {name!r}.{format_suggestion(name, PATTERNS)} Known: {', '.join(PATTERNS)}."
            raise InputError(message)
    return [name for name in PATTERNS if name in names]


@dataclass(frozen=True)
class Sweep:
    """The costs of architectures at several values of a quantity, a month.

    Attributes:
        values: the values.
        costs: (architectures, values) totals in the currency of the value; NaN where there is no total.
        options: one option for each architecture, with a total where it has one at any value.
        currencies: the currency of each value; None where no architecture has a total.
        floors: (architectures, values) the least that an architecture without a price costs; NaN elsewhere.
    """

    values: Sequence[float | str]
    costs: FloatArray
    options: Sequence[Option]
    currencies: Sequence[str | None]
    floors: FloatArray

    @property
    def priced(self) -> BoolArray:
        """A mask (architectures): those that have a total at one value or more."""
        return np.asarray(np.isfinite(self.costs).any(axis=1))

    def has_total(self, number: int) -> bool:
        """Tell whether any architecture has a total at the value of a number."""
        return bool(np.isfinite(self.costs[:, number]).any())


def evaluate_at_values(
    demand: Demand,
    book: PriceBook,
    quantity: Quantity,
    values: Sequence[float | str],
    names: Sequence[str],
    on: date | None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Price architectures at each value of a quantity.

    Args:
        demand: the demand.
        book: the prices.
        quantity: what varies.
        values: its values.
        names: the architectures.
        on: the price date.
        progress: called with the number of values that are done and the number of all values.

    Raises:
        CostmodelError: no architecture has a total at any value.
    """
    recorder = _Recorder(names, values)
    for number, value in enumerate(values):
        try:
            comparison = price_architectures(quantity.with_value(demand, value), book, on=on, names=names)
        except CostmodelError:
            # A Region may lack a service that the demand needs, an assumption a price: the table leaves it out.
            if not isinstance(quantity, TableQuantity):
                raise
            continue
        recorder.record_comparison(number, comparison)
        if progress is not None:
            progress(number + 1, len(values))
    return recorder.build_sweep()


class _Recorder:
    """Collects the costs of a sweep, one value after another."""

    def __init__(self, names: Sequence[str], values: Sequence[float | str]) -> None:
        self.values = values
        self.costs = np.full((len(names), len(values)), np.nan)
        self.floors = np.full(self.costs.shape, np.nan)
        self.currencies: list[str | None] = [None] * len(values)
        self.shown: dict[str, Option] = {}

    def record_comparison(self, number: int, comparison: Comparison) -> None:
        """Record what each architecture costs at the value of a number."""
        for row, option in enumerate(comparison):
            if option.name not in self.shown or option.total is not None:
                self.shown[option.name] = option
            if option.total is None:
                if option.at_least is not None:
                    self.floors[row, number] = float(option.at_least)
                continue
            self.costs[row, number] = float(option.total)
            if option.bill is not None:
                self.currencies[number] = option.bill.currency

    def build_sweep(self) -> Sweep:
        """Return the sweep.

        Raises:
            CostmodelError: no architecture has a total at any value.
        """
        options = list(self.shown.values())
        if not np.isfinite(self.costs).any():
            raise CostmodelError(explain_missing_totals(options))
        return Sweep(self.values, self.costs, options, self.currencies, self.floors)


def evaluate_piecewise_linear(
    demand: Demand, book: PriceBook, quantity: Quantity, values: Sequence[int], names: Sequence[str], on: date | None
) -> Sweep:
    """Price architectures at whole numbers of a quantity along which costs are straight lines between few numbers.

    The ends of a range and three numbers between them are priced. Where all five are on a straight line, so are the
    numbers between them; where they are not, the range is halved.

    Args:
        demand: the demand.
        book: the prices.
        quantity: what varies.
        values: whole numbers, each one more than the one before.
        names: the architectures.
        on: the price date.

    Raises:
        CostmodelError: no architecture has a total at a number that is priced.
    """
    line = _PiecewiseLine(lambda value: evaluate_at_values(demand, book, quantity, [value], names, on))
    line.fill_between(values[0], values[-1])
    costs, floors = np.split(np.array([line.known[value] for value in values]).T, 2)
    return Sweep(values, costs, line.options, [line.currency] * len(values), floors)


class _PiecewiseLine:
    """Costs and floors by whole number, priced where no straight line tells them.

    Attributes:
        known: number → (2 · architectures) the costs, then the floors.
        options: those of the sweep that was priced last.
        currency: that of the sweep that was priced last.
    """

    def __init__(self, evaluate: Callable[[int], Sweep]) -> None:
        self.evaluate = evaluate
        self.known: dict[int, FloatArray] = {}
        self.options: Sequence[Option] = ()
        self.currency: str | None = None

    def price_value(self, value: int) -> FloatArray:
        """Return the costs and floors at a number."""
        if value not in self.known:
            sweep = self.evaluate(value)
            self.options = sweep.options
            self.currency = sweep.currencies[0]
            self.known[value] = np.concatenate([sweep.costs[:, 0], sweep.floors[:, 0]])
        return self.known[value]

    def fill_between(self, low: int, high: int) -> None:
        """Fill in the costs and floors of every number from ``low`` to ``high``."""
        first = self.price_value(low)
        last = self.price_value(high)
        if high - low <= 1:
            return
        step = (last - first) / (high - low)
        middle = (low + high) // 2
        checked = {low + (high - low) // 3, middle, high - 1} - {low}
        if all(self._is_on_line(value, first + step * (value - low)) for value in checked):
            for value in range(low + 1, high):
                self.known.setdefault(value, first + step * (value - low))
        else:
            self.fill_between(low, middle)
            self.fill_between(middle, high)

    def _is_on_line(self, value: int, expected: FloatArray) -> bool:
        actual = self.price_value(value)
        return np.allclose(actual, expected, rtol=_STRAIGHT, atol=_STRAIGHT, equal_nan=True)


def find_cheapest_architecture(costs: FloatArray) -> IntArray:
    """Return (values) the number of the cheapest architecture at each value; ``costs`` is (architectures, values)."""
    return find_first_minimum(np.where(np.isnan(costs), np.inf, costs))


def find_open_architectures(sweep: Sweep, names: Sequence[str]) -> list[str]:
    """Return the architectures without a price that may cost less than the cheapest at one value or more.

    A value at which no architecture has a total has no cheapest architecture, and is left out.
    """
    least = np.where(np.isnan(sweep.costs), np.inf, sweep.costs).min(axis=0)
    known = np.isfinite(least)
    below = sweep.floors[:, known] < least[known] - _STRAIGHT * np.maximum(1.0, least[known])
    return [names[int(i)] for i in np.flatnonzero(below.any(axis=1))]


def explain_missing_totals(options: Sequence[Option]) -> str:
    """Return why no architecture has a total."""
    reasons = "; ".join(f"{option.name}: {explain_missing_total(option)}" for option in options)
    return f"No architecture has a total: {reasons}."


def explain_missing_total(option: Option) -> str:
    """Return why an architecture has no total."""
    if option.why_not:
        rule, vpc, service = option.why_not[0]
        return f"{rule} ({vpc} to {service})" if service else f"{rule} ({vpc})"
    if option.bill is None:
        return "no plan"
    if option.bill.unpriced:
        return f"unpriced: {option.bill.unpriced[0].meter}"
    return "its charges are in two currencies"
