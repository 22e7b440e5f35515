"""The FinOps Open Cost and Usage Specification (FOCUS) 1.2: a bill's rows under its names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.core.decimals import with_exact_decimals

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from costmodel.network.bill import Bill

VERSION = "1.2"

COLUMNS = (
    "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType",
    "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "CapacityReservationId", "CapacityReservationStatus",
    "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart",
    "CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus", "CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedQuantity",
    "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "EffectiveCost", "InvoiceId", "InvoiceIssuerName",
    "ListCost", "ListUnitPrice", "PricingCategory", "PricingCurrency", "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "ProviderName",
    "PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory",
    "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId",
    "SubAccountName", "SubAccountType", "Tags",
)  # fmt: skip

OURS = ("x_ServiceCode", "x_Meter", "x_Operation", "x_Counterpart", "x_Tier", "x_Count", "x_PriceDate", "x_Confidence")

NUMBERS = (
    "BilledCost", "ConsumedQuantity", "ContractedCost", "ContractedUnitPrice", "EffectiveCost", "ListCost",
    "ListUnitPrice", "PricingQuantity",
)  # fmt: skip


def get_billing_period(on: date) -> tuple[str, str]:
    """Return the billing month that a date lies in, as FOCUS writes it: begin, and end (exclusive), in UTC."""
    begin = datetime(on.year, on.month, 1, tzinfo=UTC)
    end = datetime(on.year + on.month // 12, on.month % 12 + 1, 1, tzinfo=UTC)
    return begin.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ")


@with_exact_decimals
def build_focus_columns(bill: Bill) -> dict[str, list[Any]]:
    """Return a bill's rows as columns: one row per resource and tier touched, FOCUS's columns and ours."""
    out: dict[str, list[Any]] = {name: [] for name in COLUMNS + OURS}
    begin, end = get_billing_period(bill.price_date)
    size = 0
    for block, pool, rows, quantity in bill.split_rows_by_tier():
        ladder = pool.ladder
        assert ladder is not None  # noqa: S101 - parts are of priced pools
        exact = quantity.dtype == object
        prices = zip((Decimal(0), *ladder.tiers.prices), (Decimal(0), *ladder.list.prices), strict=True)
        table = block.table
        names, payers, accounts = table.name[rows], table.payer[rows].decode_words(), block.account[rows].decode_words()
        counts = table.count[rows]
        place = bill.book.get_location(pool.region)
        service = pool.meter.service
        for tier, unit_prices in enumerate(prices):
            some = np.flatnonzero(quantity[:, tier])
            if not len(some):
                continue
            amount = quantity[some, tier]
            paid, listed = unit_prices if exact else map(float, unit_prices)
            cost = (amount * paid).tolist()
            at_list = cost if ladder.agreed is None else (amount * listed).tolist()
            n = len(some)
            size += n
            row = ladder.rows[max(tier - 1, 0)]
            texts = {
                "BillingAccountType": "Organization",
                "BillingCurrency": ladder.currency,
                "BillingPeriodEnd": end,
                "BillingPeriodStart": begin,
                "ChargeCategory": "Usage",
                "ChargeDescription": pool.meter.title if tier else f"{pool.meter.title}, {pool.meter.covered}",
                "ChargeFrequency": "Usage-Based",
                "ChargePeriodEnd": end,
                "ChargePeriodStart": begin,
                "ConsumedUnit": pool.meter.unit,
                "InvoiceIssuerName": "Amazon Web Services",
                "PricingCategory": "Standard",
                "PricingCurrency": ladder.currency,
                "PricingUnit": pool.meter.unit,
                "ProviderName": "Amazon Web Services",
                "PublisherName": "Amazon Web Services",
                "AvailabilityZone": pool.zone,
                "RegionId": pool.region,
                "RegionName": place.name,
                "ResourceType": block.kind.kind,
                "ServiceCategory": service.category,
                "ServiceName": service.name,
                "ServiceSubcategory": service.subcategory,
                "SkuId": row.rate_code.split(".")[0] or f"{row.meter}/{row.location}",
                "SkuMeter": row.usage_type or None,
                "SkuPriceId": row.rate_code or f"{row.meter}/{row.location}/{row.tier_from}",
                "SubAccountType": "Account",
                "x_ServiceCode": service.code,
                "x_Meter": pool.meter.id,
                "x_Operation": pool.meter.operation,
                "x_Counterpart": pool.counterpart or None,
                "x_Tier": tier,
                "x_PriceDate": ladder.date or None,
                "x_Confidence": row.confidence,
            }
            for name, text in texts.items():
                out[name] += [text] * n
            for name in ("BilledCost", "ContractedCost", "EffectiveCost"):
                out[name] += cost
            out["ListCost"] += at_list
            for name in ("ConsumedQuantity", "PricingQuantity"):
                out[name] += amount.tolist()
            for name, price in (("ListUnitPrice", listed), ("ContractedUnitPrice", paid)):
                out[name] += [price] * n
            for name, words in (("BillingAccountId", payers), ("SubAccountId", accounts)):
                out[name] += words[some].tolist()
            for name in ("ResourceId", "ResourceName"):
                out[name] += names[some].tolist()
            out["x_Count"] += counts[some].astype(int).tolist()
    return {name: column or [None] * size for name, column in out.items()}


def iterate_focus_rows(bill: Bill) -> Iterator[dict[str, Any]]:
    """Go through a bill's rows as mappings."""
    cells = build_focus_columns(bill)
    for values in zip(*cells.values(), strict=True):
        yield dict(zip(cells, values, strict=True))


def build_focus_frame(bill: Bill) -> pd.DataFrame:
    """Return a bill as a FOCUS 1.2 table; money and quantities are float64, or Decimals in the audit mode."""
    import pandas as pd

    return pd.DataFrame(build_focus_columns(bill))


def validate_focus_table(table: pd.DataFrame) -> list[str]:
    """Return what a table lacks of FOCUS 1.2: columns, and values that must not be null. Quick, not the validator."""
    problems = [f"column {name} is missing" for name in COLUMNS if name not in table.columns]
    for name in ("BilledCost", "BillingAccountId", "BillingCurrency", "ChargeCategory", "ListCost", "ServiceName"):
        if name in table.columns and table[name].isna().any():
            problems.append(f"column {name} has nulls")
    return problems
