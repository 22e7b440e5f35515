"""Tiered prices: the one place where a schedule meets a quantity."""

from __future__ import annotations

import itertools
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.core.errors import InputError, UnpricedError

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK = 16_384
_INFINITY = Decimal("Infinity")
_ZERO: Any = Decimal(0)


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

    ``cost(q) = p0·q + Σ (pₖ − pₖ₋₁) · max(q − startₖ, 0)``: any schedule, whether its prices fall or rise. It ends at
    ``end``, mostly infinite; above the end a quantity has no price and is refused, never extended.

    Args:
        starts: where each tier begins, rising from 0, in the meter's unit.
        prices: the unit price of each tier, in currency per unit.
        end: the last quantity that is priced; None is infinity.

    Raises:
        InputError: the schedule is empty, does not rise from 0, or holds something that is not a finite price.
    """

    __slots__ = ("_deltas", "_ends", "_first", "_starts", "_widths", "end", "prices", "starts")

    def __init__(self, starts: Sequence[object], prices: Sequence[object], end: object = None) -> None:
        """Check the schedule and keep it as Decimals and as floats."""
        self.starts = tuple(_parse_decimal(s, "Tier start") for s in starts)
        self.prices = tuple(_parse_decimal(p, "Unit price") for p in prices)
        self.end = _INFINITY if end is None else _parse_decimal(end, "End of the schedule")
        edges = (*self.starts, self.end)
        if not self.starts or len(self.starts) != len(self.prices):
            message = f"A schedule needs one price per start: {len(self.starts)} starts, {len(self.prices)} prices."
            raise InputError(message)
        if self.starts[0] != 0 or any(not a < b for a, b in itertools.pairwise(edges)):
            message = f"Tier starts must rise from 0 to the end: {', '.join(map(str, edges))}."
            raise InputError(message)
        if not all(p.is_finite() and p >= 0 for p in self.prices):
            message = f"Unit prices must be finite and not negative: {', '.join(map(str, self.prices))}."
            raise InputError(message)
        self._first = float(self.prices[0])
        self._ends = float(self.end)
        self._starts = [float(s) for s in self.starts[1:]]
        self._deltas = [float(b - a) for a, b in zip(self.prices, self.prices[1:], strict=False)]
        self._widths = [b - a for a, b in itertools.pairwise(edges)]

    def __repr__(self) -> str:
        """Show starts and prices."""
        return f"Tiers({list(map(str, self.starts))}, {list(map(str, self.prices))}, end={self.end})"

    def __eq__(self, other: object) -> bool:
        """Two schedules are equal if every start, price and end is."""
        return isinstance(other, Tiers) and (self.starts, self.prices, self.end) == (
            other.starts,
            other.prices,
            other.end,
        )

    def __hash__(self) -> int:
        """Hash what equality compares."""
        return hash((self.starts, self.prices, self.end))

    def cost(self, quantity: Any) -> Any:
        """What a quantity costs, walking the tiers from 0.

        Args:
            quantity: float, int or Decimal, or an array of them (float64, or object for Decimals); not negative.

        Returns:
            The cost in the schedule's currency, of the same shape: Decimal for Decimals (exact), else float64.

        Raises:
            InputError: a quantity is negative, NaN or infinite.
            UnpricedError: a quantity lies above the end of the schedule.
        """
        if isinstance(quantity, (Decimal, int)):
            return self._compute_exact_cost(np.array([Decimal(quantity)], dtype=object))[0]
        array = np.asarray(quantity)
        if array.dtype == object:
            return self._compute_exact_cost(array)
        array = np.asarray(array, dtype=np.float64)
        flat = np.ascontiguousarray(array).reshape(-1)
        out = np.empty_like(flat)
        scratch = np.empty(min(_BLOCK, flat.size))
        for begin in range(0, flat.size, _BLOCK):
            block = flat[begin : begin + _BLOCK]
            low, high = block.min(), block.max()
            if not (low >= 0 and high <= self._ends and high < np.inf):
                self._refuse_quantities(block)
            total, part = out[begin : begin + _BLOCK], scratch[: block.size]
            np.multiply(block, self._first, out=total)
            for start, delta in zip(self._starts, self._deltas, strict=True):
                if high > start:
                    np.subtract(block, start, out=part)
                    np.maximum(part, 0.0, out=part)
                    np.multiply(part, delta, out=part)
                    np.add(total, part, out=total)
        return out.reshape(array.shape) if array.ndim else float(out[0])

    def split_by_tier(self, quantity: Any) -> Any:
        """How much of a quantity lies in each tier.

        Args:
            quantity: as for :meth:`cost`.

        Returns:
            An array of shape (*quantity.shape, tiers) that sums to the quantity; Decimals stay Decimals.
        """
        array: Any = np.asarray(quantity)
        exact = array.dtype == object or isinstance(quantity, int)
        array = np.asarray(array, dtype=object if exact else np.float64)
        if array.size:
            self._check_quantities(array)
        number: Any = Decimal if exact else float
        parts = [
            np.minimum(np.maximum(array - number(start), number(0)), number(width))
            for start, width in zip(self.starts, self._widths, strict=True)
        ]
        return np.stack(parts, axis=-1)

    def find_tier(self, quantity: Any) -> int:
        """Return the number of the tier that the next unit after ``quantity`` falls in, from 0."""
        number = Decimal(str(quantity))
        if not number >= 0:
            self._refuse_quantities(np.array([number], dtype=object))
        return max(k for k, start in enumerate(self.starts) if number >= start)

    def find_marginal_price(self, quantity: Any) -> Decimal:
        """Return the price of one more unit after ``quantity``, in currency per unit."""
        if Decimal(str(quantity)) >= self.end:
            message = f"Nothing above {self.end} is priced by this schedule."
            raise UnpricedError(message)
        return self.prices[self.find_tier(quantity)]

    @property
    def first_edge(self) -> float:
        """Where the first tier ends."""
        return float(self.starts[1] if len(self.starts) > 1 else self.end)

    @property
    def falling(self) -> bool:
        """Whether no price is above the one before it (the cost is concave)."""
        return all(b <= a for a, b in zip(self.prices, self.prices[1:], strict=False))

    def compute_cost_lines(self, low: float, high: float) -> list[tuple[float, float]]:
        """Straight lines whose minimum is the cost between ``low`` and ``high``.

        Returns:
            (intercept, slope) per tier reachable in the range, in currency and currency per unit.

        Raises:
            InputError: a price rises in the range, so the cost is no minimum of lines.
        """
        lines: list[tuple[float, float]] = []
        intercept = Decimal(0)
        edges = (*self.starts, self.end)
        for k, price in enumerate(self.prices):
            if k:
                intercept += (self.prices[k - 1] - price) * self.starts[k]
            if (edges[k] < Decimal(high) and edges[k + 1] > Decimal(low)) or (k == 0 and high <= 0):
                if lines and float(price) > lines[-1][1]:
                    message = (
                        f"Prices rise between {low:g} and {high:g}: the cost there is no minimum of lines, which the "
                        "optimizer needs. `costmodel compare` takes any schedule."
                    )
                    raise InputError(message)
                lines.append((float(intercept), float(price)))
        return lines or [(float(intercept), float(self.prices[-1]))]

    def _compute_exact_cost(self, array: Any) -> Any:
        if array.size:
            self._check_quantities(array)
        total = array * self.prices[0]
        for k in range(1, len(self.starts)):
            total = total + np.maximum(array - self.starts[k], _ZERO) * (self.prices[k] - self.prices[k - 1])
        return total

    def _check_quantities(self, array: Any) -> None:
        top = self.end if array.dtype == object else self._ends
        if array.dtype == object:
            good = all(Decimal(q).is_finite() and 0 <= q <= top for q in array.reshape(-1))
        else:
            low, high = array.min(), array.max()
            good = bool(low >= 0 and high <= top and high < np.inf)
        if not good:
            self._refuse_quantities(array)

    def _refuse_quantities(self, array: Any) -> None:
        for value in array.reshape(-1):
            number = Decimal(str(value))
            if not number.is_finite() or number < 0:
                message = f"Quantity {value} is not a finite number of at least 0."
                raise InputError(message)
            if number > self.end:
                message = (
                    f"Quantity {number.normalize():f} lies above {self.end}, where this schedule ends: "
                    "no price is held beyond it, and none is invented."
                )
                raise UnpricedError(message)
