"""Where a quantity is in the tiers of its price: which tier, how far the next one is, and what its units cost."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costmodel.aws import METERS
from costmodel.pricing.rows import parse_first_day

if TYPE_CHECKING:
    from costmodel.actual_bills.report import BillReport
    from costmodel.core.tiers import Tiers
    from costmodel.network.bill import Bill
    from costmodel.pricing.book import PriceBook


class Position(NamedTuple):
    """A pool of a tiered price.

    Attributes:
        title: what people call the meter.
        place: whose pool it is and where.
        quantity: of the whole pool.
        unit: what one is.
        starts: where tiers begin; the first at 0.
        prices: of a unit in each tier.
        tier: the number of the tier that the next unit falls in, from 0.
        currency: of the prices.
    """

    title: str
    place: str
    quantity: float
    unit: str
    starts: tuple[float, ...]
    prices: tuple[Decimal, ...]
    tier: int
    currency: str

    @property
    def left(self) -> float:
        """How much is left to the next tier; infinite in the last."""
        return self.starts[self.tier + 1] - self.quantity if self.tier + 1 < len(self.starts) else math.inf


def _make_position(title: str, place: str, quantity: float, unit: str, tiers: Tiers, currency: str) -> Position:
    starts = tuple(float(s) for s in tiers.starts)
    return Position(
        title, place, quantity, unit, starts, tuple(tiers.prices), tiers.find_tier(Decimal(repr(quantity))), currency
    )


def list_tier_positions(bill: Bill) -> list[Position]:
    """Return the tiered pools of an estimate, the one nearest to its next tier first."""
    out = []
    for pool in bill.pools:
        if pool.ladder is None or len(pool.ladder.tiers.starts) == 1:
            continue
        for i, owner in enumerate(pool.owners):
            quantity = float(pool.quantity[i])
            if quantity:
                place = f"{pool.region}, {pool.meter.owner} {owner}"
                unit = pool.meter.unit
                out.append(
                    _make_position(pool.meter.title, place, quantity, unit, pool.ladder.tiers, pool.ladder.currency)
                )
    return sorted(out, key=lambda p: (p.left / max(p.quantity, 1e-9), p.title))


def list_actual_tier_positions(of: BillReport, book: PriceBook) -> list[Position]:
    """Return the tiered pools of a real bill, of each month and payer, the most expensive first."""
    known, out = METERS, []
    for p in of.rerating.pools:
        if p.tier is None or math.isnan(p.quantity) or not p.quantity:
            continue
        ladder = book.find_schedule(
            p.meter, p.region, p.counterpart, parse_first_day(p.price_date) if p.price_date else None
        )
        if ladder is None or len(ladder.tiers.starts) == 1:
            continue
        place = f"{p.region}, {p.payer}, {p.month}"
        out.append(_make_position(known[p.meter].title, place, p.quantity, p.unit, ladder.tiers, ladder.currency))
    return out
