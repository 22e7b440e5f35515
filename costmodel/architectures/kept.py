"""What stays in every plan: what it costs whatever is decided, and the demand in which it is free to go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.build import build_network, list_paths
from costmodel.aws import VpnConnection
from costmodel.network.bill import price
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from costmodel.core.arrays import IntArray
    from costmodel.demand.demand import Demand, Need
    from costmodel.network.bill import Bill
    from costmodel.network.network import Network
    from costmodel.pricing.book import PriceBook

PLAN = "the cheapest plan"


@dataclass(frozen=True)
class Kept:
    """What a demand keeps, beside an answer to it.

    What is kept costs what the engine bills for those resources alone, without a GB: they fill the first tiers of their
    pools. No price is negative, so every plan pays at least that. What freeing them saves is another figure: the
    difference of two totals, each of the cheapest answer, since the flows need something in their place.

    Attributes:
        network: the kept resources alone.
        bill: what they cost.
        name: the answer: an architecture, or the cheapest plan.
        whole: its total, exact; None where it has none.
        freed: the cheapest answer to the same demand with all of it free to go.
        if_freed: its total, exact; None where it has none.
        proven: whether both answers are the cheapest there are: the search had its time, and no price is missing.
    """

    network: Network
    bill: Bill
    name: str
    whole: Decimal | None
    freed: str
    if_freed: Decimal | None
    proven: bool = True

    @property
    def total(self) -> Decimal | None:
        """What the kept resources cost alone; None where some has no price, or they are billed in two currencies."""
        return get_single_total(self.bill)


def get_single_total(bill: Bill) -> Decimal | None:
    """Return the one total of a bill, exact; None where it has none."""
    return None if bill.unpriced or len(bill.totals) > 1 else bill.total_exact


def price_kept_resources(d: Demand, book: PriceBook, on: date | None = None) -> tuple[Network, Bill] | None:
    """Build and bill what a demand keeps, and nothing else; None where it keeps nothing."""
    if not d.existing and not d.fixed:
        return None
    network = build_network(d, np.full(len(d.flows), -1))
    return network, price(meter(network), book, on=on, partial=True)


def free_kept_resources(d: Demand) -> Demand | None:
    """Return a demand with what it keeps free to go; None where nothing of it is.

    A site's VPN connections and Direct Connect ports stay where flows come from the site: nothing takes their place.
    """
    flowing = np.zeros(len(d.vpcs), dtype=bool)
    flowing[d.flows.vpc] = True
    width = len(d.services) + 1
    existing: list[Need] = [n for n in d.existing if n.kind is VpnConnection and flowing[n.ids // width].all()]
    fixed = {kind: table.take_rows(np.flatnonzero(flowing[table.vpc])) for kind, table in d.fixed.items()}
    fixed = {kind: table for kind, table in fixed.items() if len(table)}
    if len(existing) == len(d.existing) and sum(map(len, fixed.values())) == sum(map(len, d.fixed.values())):
        return None
    return replace(d, existing=existing, fixed=fixed, transit_gateway=False)


def price_freed_plan(
    d: Demand, free: Demand, plan: IntArray, book: PriceBook, on: date | None = None
) -> Decimal | None:
    """Return what a plan of a demand costs where what is kept is free to go; None where it cannot be or has no total.

    Args:
        d: the demand that the plan was made for.
        free: the same with what is kept free to go.
        plan: a path number per flow.
        book: the prices.
        on: the price date.
    """
    if [(p.name, p.rank, p.width) for p in list_paths(d)] != [(p.name, p.rank, p.width) for p in list_paths(free)]:
        return None
    return get_single_total(price(meter(build_network(free, plan)), book, on=on, partial=True))
