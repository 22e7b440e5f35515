"""Why each pool costs what it does: the rule, its citation, the price rows, the tier reached, the next unit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.core.decimals import to_decimal, with_exact_decimals

if TYPE_CHECKING:
    from collections.abc import Callable

    from costmodel.network.bill import Bill
    from costmodel.network.pools import Pool


@with_exact_decimals
def explain_pools(bill: Bill, where: Callable[[Pool], bool] | None = None) -> list[dict[str, Any]]:
    """Explain each pool of a bill that ``where`` lets through, or all; see :meth:`Bill.explain`."""
    out = []
    for pool in bill.pools:
        if pool.ladder is None or (where and not where(pool)):
            continue
        for i, owner in enumerate(pool.owners):
            quantity = to_decimal(pool.quantity[i])
            if not to_decimal(pool.metered[i]):
                continue
            tiers, rows = pool.ladder.tiers, pool.ladder.rows
            end = quantity >= tiers.end
            marginal = Decimal(0) if pool.spare[i] > 0 else tiers.find_marginal_price(quantity)
            out.append(
                {
                    "x_Meter": pool.meter.id,
                    "ChargeDescription": pool.meter.title,
                    "rule": pool.meter.rule,
                    "url": pool.meter.url,
                    "RegionId": pool.region,
                    "counterpart": pool.counterpart or None,
                    "pool": f"{pool.meter.owner} {owner}, {pool.location}",
                    "quantity": quantity,
                    "covered": to_decimal(pool.free[i]) + to_decimal(pool.included[i]),
                    "covered_by": pool.meter.covered,
                    "unit": pool.meter.unit,
                    "ListCost": pool.compute_row_cost(i, at_list=True),
                    "ContractedCost": pool.compute_row_cost(i),
                    "tier": tiers.find_tier(quantity) + 1,
                    "tiers": len(tiers.starts),
                    "marginal": None if end else marginal,
                    "BillingCurrency": pool.ladder.currency,
                    "x_PriceDate": pool.ladder.date or None,
                    "confidence": ", ".join(sorted({r.confidence for r in rows})),
                    "sources": {s: bill.book.sources.get(s, "") for r in rows for s in r.source_ids.split(";") if s},
                    "rate_codes": [r.rate_code for r in rows if r.rate_code],
                    "SkuMeter": pool.ladder.usage_type,
                    "terms": list(pool.ladder.agreed.terms) if pool.ladder.agreed else [],
                }
            )
    return out
