"""A bill priced again: each pool with what list prices explain, and what they do not."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.decimals import round_to_cents

if TYPE_CHECKING:
    from costmodel.network.price_dates import PriceDates

CENT = 1 / 200


EVEN = 5e-4
"""How far apart discounts of several meters may be and still be one percentage."""


LIST, ROUNDING, FREE, ALLOWANCE = "list price", "rounding", "free", "free allowance"


DISCOUNT, CONTRACT, FLAT, ELSEWHERE = "discount", "contract price", "flat contract price", "tiers filled elsewhere"


AGREED = "the contract you gave"


ABOVE = "above list price"


DATED, UNPRICED, UNEXPLAINED = "list price of the bill", "unpriced", "not explained by list prices"


_DECIMALS = 6
"""To which amounts are compared for an order: what differs by less is a tie."""


class Rerated(NamedTuple):
    """A meter's pool of a month, priced again.

    Attributes:
        payer: whose pool it is: the payer, or the account where AWS pools by account.
        region: whose price applies; ``counterpart`` is the other Region of a pair.
        month: the billing month, YYYY-MM.
        meter: the price table's name.
        quantity: of all rows, in the meter's unit.
        unit: what one is.
        list: at list prices, pooled; None where no price is held.
        contracted: as the contract that was given has it; None where none was, or none of its terms holds.
        billed: what was charged, discounts in.
        stated: the list cost that the bill itself states; None where it does not.
        discount: 1 − billed / list; None where list is unknown or 0.
        tier: the number of the tier that the next unit falls in, from 1.
        marginal: the price of the next unit; None where unknown.
        why: what explains billed against list.
        detail: that in words, with its figures.
        price_date: of the list prices used.
        sources: of the list prices used, by id.
        list_marginal: the list price of the next unit; None where unknown.
    """

    payer: str
    region: str
    counterpart: str
    month: str
    meter: str
    quantity: float
    unit: str
    list: float | None
    contracted: float | None
    billed: float
    stated: float | None
    discount: float | None
    tier: int | None
    marginal: Decimal | None
    why: str
    detail: str
    price_date: str
    sources: str
    list_marginal: Decimal | None = None

    @property
    def residual(self) -> float | None:
        """Billed less list."""
        return None if self.list is None else self.billed - self.list


class Rerating(NamedTuple):
    """Every pool of a bill, most expensive first.

    Attributes:
        pools: the pools.
        discounts: the percentages that several meters share, by payer and month.
        price_dates: when the list prices used were read; each schedule counts once.
    """

    pools: list[Rerated]
    discounts: dict[tuple[str, str], float]
    price_dates: PriceDates

    @property
    def residuals(self) -> list[Rerated]:
        """The pools whose billed cost is not the list cost, or has none, the largest difference first."""
        apart = [p for p in self.pools if p.why not in {LIST, ROUNDING, AGREED}]
        return sorted(
            apart,
            key=lambda p: (-round(abs(p.billed if p.residual is None else p.residual), _DECIMALS), *rank_pool(p)[1:]),
        )


def round_amount(value: float) -> Decimal:
    """Return an amount rounded to cents, as totals are shown."""
    return round_to_cents(Decimal(repr(value)))


def rank_pool(pool: Rerated) -> tuple[float, str, str, str, str, str]:
    """Return what pools are ordered by: the most expensive first, those of equal cost by their names."""
    return (
        -round(abs(pool.billed), _DECIMALS),
        pool.meter,
        pool.region,
        pool.counterpart,
        pool.month,
        pool.payer,
    )
