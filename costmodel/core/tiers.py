"""Tiered prices: what a quantity costs by a schedule of unit prices."""

from __future__ import annotations

import itertools
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, overload

import numpy as np

from costmodel.core.errors import InputError, UnpricedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.arrays import AnyArray, FloatArray, ObjectArray

_BLOCK = 16_384
_INFINITY = Decimal("Infinity")
_ZERO: ObjectArray = np.array(Decimal(0), dtype=object)


def _parse_decimal(value: object, what: str) -> Decimal:
    if isinstance(value, float):
        message = f"{what} {value!r} is a float; give it as a string or a Decimal, so that it stays exact."
        raise InputError(message)
    try:
        return Decimal(str(value))
    except InvalidOperation:
        message = f"{what} {value!r} is not a number."
        raise InputError(message) from None


class Tiers:
    """A schedule of unit prices: each quantity between two starts costs the price of the lower one.

    ``cost(q) = p0·q + Σ (pₖ − pₖ₋₁) · max(q − startₖ, 0)``, for prices that fall and for prices that rise. A quantity
    above ``end``, which is usually infinite, has no price and is an error.

    Args:
        starts: where each tier begins, rising from 0, in the meter's unit.
        prices: the unit price of each tier, in currency per unit.
        end: the last quantity that is priced; None is infinity.

    Raises:
        InputError: the schedule is empty, does not rise from 0, or has a price that is negative or not finite.
    """

    __slots__ = ("_deltas", "_ends", "_first", "_starts", "_widths", "end", "prices", "starts")

    def __init__(self, starts: Sequence[object], prices: Sequence[object], end: object = None) -> None:
        """Check the schedule, and keep it as Decimals and as floats."""
        self.starts = tuple(_parse_decimal(s, "Tier start") for s in starts)
        self.prices = tuple(_parse_decimal(p, "Unit price") for p in prices)
        self.end = _INFINITY if end is None else _parse_decimal(end, "End of the schedule")
        edges = (*self.starts, self.end)
        if not self.starts or len(self.starts) != len(self.prices):
            message = f"A schedule needs one price per start: {len(self.starts)} starts, {len(self.prices)} prices."
            raise InputError(message)
        if self.starts[0] != 0 or any(not low < high for low, high in itertools.pairwise(edges)):
            message = f"Tier starts must rise from 0 to the end: {', '.join(map(str, edges))}."
            raise InputError(message)
        if not all(price.is_finite() and price >= 0 for price in self.prices):
            message = f"Unit prices must be finite and not negative: {', '.join(map(str, self.prices))}."
            raise InputError(message)
        self._first = float(self.prices[0])
        self._ends = float(self.end)
        self._starts = [float(s) for s in self.starts[1:]]
        self._deltas = [float(next_price - price) for price, next_price in itertools.pairwise(self.prices)]
        self._widths = [high - low for low, high in itertools.pairwise(edges)]

    def __repr__(self) -> str:
        """Show starts and prices."""
        return f"Tiers({list(map(str, self.starts))}, {list(map(str, self.prices))}, end={self.end})"

    def __eq__(self, other: object) -> bool:
        """Tell whether two schedules have the same starts, prices and end."""
        return isinstance(other, Tiers) and (self.starts, self.prices, self.end) == (
            other.starts,
            other.prices,
            other.end,
        )

    def __hash__(self) -> int:
        """Hash what equality compares."""
        return hash((self.starts, self.prices, self.end))

    @overload
    def cost(self, quantity: Decimal | int) -> Decimal: ...

    @overload
    def cost(self, quantity: float) -> float: ...

    @overload
    def cost(self, quantity: FloatArray) -> FloatArray: ...

    @overload
    def cost(self, quantity: ObjectArray) -> ObjectArray: ...

    def cost(self, quantity: Decimal | float | FloatArray | ObjectArray) -> Decimal | float | FloatArray | ObjectArray:
        """Return what a quantity costs: each part of it at the price of its tier.

        Args:
            quantity: float, int or Decimal, or an array of them (float64, or object for Decimals); not negative.

        Returns:
            The cost in the schedule's currency, of the same shape: Decimal for Decimals (exact), else float64.

        Raises:
            InputError: a quantity is negative, NaN or infinite.
            UnpricedError: a quantity is above the end of the schedule.
        """
        if isinstance(quantity, (Decimal, int)):
            exact: Decimal = self._compute_exact_cost(np.array([Decimal(quantity)], dtype=object))[0]
            return exact
        array: AnyArray = np.asarray(quantity)
        if array.dtype == object:
            return self._compute_exact_cost(array)
        array = np.asarray(array, dtype=np.float64)
        costs = self._compute_float_costs(np.ascontiguousarray(array).reshape(-1))
        return costs.reshape(array.shape) if array.ndim else float(costs[0])

    def _compute_float_costs(self, quantities: FloatArray) -> FloatArray:
        """Return (n,) the costs of (n,) quantities, block by block: a block fits the processor's cache."""
        costs = np.empty_like(quantities)
        scratch = np.empty(min(_BLOCK, quantities.size))
        for begin in range(0, quantities.size, _BLOCK):
            block = quantities[begin : begin + _BLOCK]
            low = block.min()
            high = block.max()
            if not (low >= 0 and high <= self._ends and high < np.inf):
                self._refuse_quantities(block)
            total = costs[begin : begin + _BLOCK]
            part = scratch[: block.size]
            # The whole quantity at the first price, and above each start the difference of the two prices.
            np.multiply(block, self._first, out=total)
            for start, delta in zip(self._starts, self._deltas, strict=True):
                if high > start:
                    np.subtract(block, start, out=part)
                    np.maximum(part, 0.0, out=part)
                    np.multiply(part, delta, out=part)
                    np.add(total, part, out=total)
        return costs

    def split_by_tier(self, quantity: FloatArray | ObjectArray | float) -> FloatArray:
        """Return how much of a quantity is in each tier.

        Args:
            quantity: as for :meth:`cost`.

        Returns:
            An array of shape (*quantity.shape, tiers) that sums to the quantity; Decimals stay Decimals.
        """
        array: AnyArray = np.asarray(quantity)
        exact = array.dtype == object or isinstance(quantity, int)
        array = np.asarray(array, dtype=object if exact else np.float64)
        if array.size:
            self._check_quantities(array)
        starts: AnyArray = np.array(self.starts, dtype=array.dtype)
        widths: AnyArray = np.array(self._widths, dtype=array.dtype)
        above: AnyArray = np.maximum(array[..., np.newaxis] - starts, _ZERO if exact else 0.0)
        return np.minimum(above, widths)

    def find_tier(self, quantity: Decimal | float) -> int:
        """Return the number, from 0, of the tier of the next unit after ``quantity``.

        Raises:
            InputError: the quantity is negative or not a number.
        """
        number = Decimal(str(quantity))
        if not number >= 0:
            self._refuse_quantities(np.array([number], dtype=object))
        return max(k for k, start in enumerate(self.starts) if number >= start)

    def find_marginal_price(self, quantity: Decimal | float) -> Decimal:
        """Return the price of one more unit after ``quantity``, in currency per unit.

        Raises:
            InputError: the quantity is negative or not a number.
            UnpricedError: the quantity is at the end of the schedule or above it.
        """
        if Decimal(str(quantity)) >= self.end:
            message = f"This schedule has no price above {self.end}."
            raise UnpricedError(message)
        return self.prices[self.find_tier(quantity)]

    @property
    def first_edge(self) -> float:
        """Where the first tier ends."""
        return float(self.starts[1] if len(self.starts) > 1 else self.end)

    def compute_cost_lines(self, low: float, high: float) -> list[tuple[float, float]]:
        """Return straight lines whose minimum is the cost between ``low`` and ``high``.

        Returns:
            (intercept, slope) of each tier in the range, in currency and in currency per unit.

        Raises:
            InputError: a price rises in the range, so that the cost is not a minimum of lines.
        """
        lines: list[tuple[float, float]] = []
        intercept = Decimal(0)
        edges = (*self.starts, self.end)
        for tier, price in enumerate(self.prices):
            # The line of a tier meets the line of the one before it where the tier starts.
            if tier:
                intercept += (self.prices[tier - 1] - price) * self.starts[tier]
            in_range = edges[tier] < Decimal(high) and edges[tier + 1] > Decimal(low)
            if in_range or (tier == 0 and high <= 0):
                if lines and float(price) > lines[-1][1]:
                    message = (
                        f"Prices rise between {low:g} and {high:g}. The optimizer needs prices that do not rise. "
                        "`costmodel compare` accepts any schedule."
                    )
                    raise InputError(message)
                lines.append((float(intercept), float(price)))
        return lines or [(float(intercept), float(self.prices[-1]))]

    def _compute_exact_cost(self, array: ObjectArray) -> ObjectArray:
        """Return the costs of Decimals, in the same shape."""
        if array.size:
            self._check_quantities(array)
        total: ObjectArray = array * self.prices[0]
        for tier in range(1, len(self.starts)):
            delta = self.prices[tier] - self.prices[tier - 1]
            total = total + np.maximum(array - self.starts[tier], _ZERO) * delta
        return total

    def _check_quantities(self, array: FloatArray | ObjectArray) -> None:
        """Raise an error if a quantity is negative, not finite, or above the end."""
        if array.dtype == object:
            valid = all(Decimal(q).is_finite() and 0 <= q <= self.end for q in array.reshape(-1))
        else:
            low = array.min()
            high = array.max()
            valid = bool(low >= 0 and high <= self._ends and high < np.inf)
        if not valid:
            self._refuse_quantities(array)

    def _refuse_quantities(self, array: FloatArray | ObjectArray) -> None:
        """Raise an error that names the first quantity that is not valid."""
        for value in array.reshape(-1):
            number = Decimal(str(value))
            if not number.is_finite() or number < 0:
                message = f"Quantity {value} is not a finite number of at least 0."
                raise InputError(message)
            if number > self.end:
                message = (
                    f"Quantity {number.normalize():f} is above {self.end}, where this schedule ends. "
                    "There is no price above it."
                )
                raise UnpricedError(message)
