"""Where the parts of pictures are: numbers only, whatever draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

WIDE = 760
"""The width of a picture, in its own units."""


class StackedPart(NamedTuple):
    """A part of a stacked bar: the number of its charge, its left end, and its width."""

    number: int
    x: float
    width: float


def place_stacked_parts(costs: Sequence[Decimal], most: Decimal) -> Iterator[StackedPart]:
    """Yield the parts of a stacked bar from left to right; costs that are not above 0 have none.

    Args:
        costs: the cost of each charge.
        most: the cost that fills the whole width.
    """
    x = 0.0
    for number, cost in enumerate(costs):
        width = float(max(cost, 0 * cost) / most) * WIDE
        if width:
            yield StackedPart(number, x, width)
        x += width


class Curve(NamedTuple):
    """A line that leaves one box and enters another one horizontally: a cubic Bézier curve between two points."""

    x0: float
    y0: float
    x1: float
    y1: float

    def to_path(self) -> str:
        """Return the curve as the data of an SVG path."""
        middle = (self.x0 + self.x1) / 2
        return f"M{self.x0} {self.y0:.0f}C{middle:.0f} {self.y0:.0f} {middle:.0f} {self.y1:.0f} {self.x1} {self.y1:.0f}"

    def find_point(self, at: float) -> tuple[float, float]:
        """Return the point of the curve at a share of its way, from 0 to 1."""
        return self.x0 + (self.x1 - self.x0) * at, self.y0 + (self.y1 - self.y0) * (3 - 2 * at) * at * at
