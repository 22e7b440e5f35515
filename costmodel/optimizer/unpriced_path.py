"""A path that needs a price that is not in the price tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costmodel.core.errors import UnpricedError

if TYPE_CHECKING:
    from datetime import date

    from costmodel.pricing.book import PriceBook

EVERY_PATH = "every path"
"""What is said in place of a path where all plans need the price."""
TODAY = "what is built today"
"""What is said in place of a path where what each account pays today is not known without the price."""


@dataclass(frozen=True)
class UnpricedPath:
    """A path that needs a price that is not held.

    Attributes:
        path: its name.
        meter: the meter's id.
        location: the place whose price it would be.
        counterpart: the other Region of a pair, or "".
        above: the quantity above which no price is held; 0 where none is held at all.
        vpcs: names of the VPCs whose flows could take it.
        flows: how many flows could take it.
        at_least: no plan that takes it costs less, in the bill's currency a month.
        ruled_out: whether that is no less than what the cheapest plan costs, whatever the price is.
        why: which price is not held and what to do, where that is known in words alone.
    """

    path: str
    meter: str
    location: str
    counterpart: str
    above: float
    vpcs: tuple[str, ...]
    flows: int
    at_least: float
    ruled_out: bool = False
    why: str = ""

    def explain_price_gap(self, book: PriceBook, on: date | None) -> str:
        """Say which price is not held, and what to do."""
        if self.why:
            return self.why
        if self.above:
            return book.explain_schedule_end(self.meter, self.location, self.counterpart, self.above)
        return book.explain_missing_price(self.meter, self.location, self.counterpart, on)


class NothingPricedError(UnpricedError):
    """Every plan needs a price that is not held, or today's bill does, which no account may exceed.

    Attributes:
        unpriced: the paths and prices.
        at_least: no plan costs less; not a number where its places have several currencies.
        currency: of that; None where there are several.
    """

    def __init__(self, message: str, unpriced: tuple[UnpricedPath, ...], at_least: float, currency: str | None) -> None:
        """Keep what is unpriced beside the message."""
        super().__init__(message)
        self.unpriced = unpriced
        self.at_least = at_least
        self.currency = currency
