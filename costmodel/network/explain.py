"""Why each pool costs what it does: the rule, its citation, the price rows, the tier reached, the next unit's price."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from costmodel.core.decimals import to_decimal, with_exact_decimals

if TYPE_CHECKING:
    from collections.abc import Callable

    from costmodel.network.pools import Pool
    from costmodel.network.priced_usage import PricedUsage


class PoolExplanation(TypedDict):
    """Why one owner's quantity of a meter in a location costs what it does; amounts are for the billing month.

    ``covered`` is the quantity that an allowance or another meter covers, ``covered_by`` what covers it. ``tier`` and
    ``tiers`` count from 1. ``marginal`` is the price of the next unit, None above the end of the schedule.
    """

    x_Meter: str
    ChargeDescription: str
    rule: str
    url: str
    RegionId: str
    counterpart: str | None
    pool: str
    quantity: Decimal
    covered: Decimal
    covered_by: str
    unit: str
    ListCost: Decimal
    ContractedCost: Decimal
    tier: int
    tiers: int
    marginal: Decimal | None
    BillingCurrency: str
    x_PriceDate: str | None
    confidence: str
    sources: dict[str, str]
    rate_codes: list[str]
    SkuMeter: str | None
    terms: list[str]


@with_exact_decimals
def explain_pools(bill: PricedUsage, where: Callable[[Pool], bool] | None = None) -> list[PoolExplanation]:
    """Return an explanation of each pool with a quantity.

    Args:
        bill: the priced pools.
        where: tells whether to explain a pool; the default explains all of them.
    """
    return [
        _explain_owner(pool, row, bill.book.sources)
        for pool in bill.pools
        if where is None or where(pool)
        for row in range(len(pool.owners))
        if to_decimal(pool.metered[row])
    ]


def _explain_owner(pool: Pool, row: int, titles: dict[str, str]) -> PoolExplanation:
    """Return the explanation of one owner's row of a pool; ``titles`` names the sources of prices."""
    schedule = pool.schedule
    tiers = schedule.tiers
    quantity = to_decimal(pool.quantity[row])
    source_ids = [s for price_row in schedule.rows for s in price_row.source_ids.split(";") if s]
    return {
        "x_Meter": pool.meter.id,
        "ChargeDescription": pool.meter.title,
        "rule": pool.meter.rule,
        "url": pool.meter.url,
        "RegionId": pool.region,
        "counterpart": pool.counterpart or None,
        "pool": f"{pool.meter.owner} {pool.owners[row]}, {pool.location}",
        "quantity": quantity,
        "covered": to_decimal(pool.free[row]) + to_decimal(pool.included[row]),
        "covered_by": pool.meter.covered,
        "unit": pool.meter.unit,
        "ListCost": pool.compute_row_cost(row, at_list=True),
        "ContractedCost": pool.compute_row_cost(row),
        "tier": tiers.find_tier(quantity) + 1,
        "tiers": len(tiers.starts),
        "marginal": _find_next_price(pool, row),
        "BillingCurrency": schedule.currency,
        "x_PriceDate": schedule.date or None,
        "confidence": ", ".join(sorted({price_row.confidence for price_row in schedule.rows})),
        "sources": {source: titles.get(source, "") for source in source_ids},
        "rate_codes": [price_row.rate_code for price_row in schedule.rows if price_row.rate_code],
        "SkuMeter": schedule.usage_type,
        "terms": list(schedule.agreed.terms) if schedule.agreed else [],
    }


def _find_next_price(pool: Pool, row: int) -> Decimal | None:
    """Return the price of the next unit: 0 while an allowance is left, None above the end of the schedule."""
    tiers = pool.schedule.tiers
    quantity = to_decimal(pool.quantity[row])
    if quantity >= tiers.end:
        return None
    if pool.spare[row] > 0:
        return Decimal(0)
    return tiers.find_marginal_price(quantity)
