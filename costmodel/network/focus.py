"""The FinOps Open Cost and Usage Specification (FOCUS) 1.2: a bill's rows under its names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from costmodel.core.decimals import with_exact_decimals

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from costmodel.network.pools import Pool
    from costmodel.network.priced_usage import PricedUsage
    from costmodel.network.shares import TieredRows
    from costmodel.pricing.book import PriceBook

FocusRow: TypeAlias = dict[str, Any]
"""One row: column → text, date as text, float, Decimal (audit mode), int or None, as FOCUS says for each column."""

FocusColumns: TypeAlias = dict[str, list[Any]]
"""Column → its values, one a row; of the types that :data:`FocusRow` names."""

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
    """Return the billing month of a date as FOCUS writes it: the begin and the exclusive end, in UTC."""
    begin = datetime(on.year, on.month, 1, tzinfo=UTC)
    end = datetime(on.year + on.month // 12, on.month % 12 + 1, 1, tzinfo=UTC)
    return begin.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ")


@with_exact_decimals
def build_focus_columns(bill: PricedUsage) -> FocusColumns:
    """Return a bill's rows as columns: one row per resource and tier that it uses, FOCUS's columns and ours.

    Quantities and costs are floats, or Decimals in the audit mode. A column that a bill never fills holds only None.
    """
    columns: FocusColumns = {name: [] for name in COLUMNS + OURS}
    period = get_billing_period(bill.price_date)
    size = 0
    for tiered in bill.split_rows_by_tier():
        pool_values = _build_pool_values(tiered, bill.book, period)
        for tier in range(tiered.quantity.shape[1]):
            size += _append_tier(columns, tiered, tier, pool_values)
    return {name: column or [None] * size for name, column in columns.items()}


def _build_pool_values(tiered: TieredRows, book: PriceBook, period: tuple[str, str]) -> FocusRow:
    """Return the values that all rows of a pool share."""
    pool, meter = tiered.pool, tiered.pool.meter
    begin, end = period
    service = meter.service
    currency = pool.schedule.currency
    return {
        "AvailabilityZone": pool.zone,
        "BillingAccountType": "Organization",
        "BillingCurrency": currency,
        "BillingPeriodEnd": end,
        "BillingPeriodStart": begin,
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": end,
        "ChargePeriodStart": begin,
        "ConsumedUnit": meter.unit,
        "InvoiceIssuerName": "Amazon Web Services",
        "PricingCategory": "Standard",
        "PricingCurrency": currency,
        "PricingUnit": meter.unit,
        "ProviderName": "Amazon Web Services",
        "PublisherName": "Amazon Web Services",
        "RegionId": pool.region,
        "RegionName": book.get_location(pool.region).name,
        "ResourceType": tiered.block.kind.kind,
        "ServiceCategory": service.category,
        "ServiceName": service.name,
        "ServiceSubcategory": service.subcategory,
        "SubAccountType": "Account",
        "x_ServiceCode": service.code,
        "x_Meter": meter.id,
        "x_Operation": meter.operation,
        "x_Counterpart": pool.counterpart or None,
        "x_PriceDate": pool.schedule.date or None,
    }


def _build_tier_values(pool: Pool, tier: int) -> FocusRow:
    """Return the values that all rows of a tier share, without its prices; tier 0 is what an allowance covers."""
    price_row = pool.schedule.rows[max(tier - 1, 0)]
    title = pool.meter.title
    return {
        "ChargeDescription": title if tier else f"{title}, {pool.meter.covered}",
        "SkuId": price_row.rate_code.split(".")[0] or f"{price_row.meter}/{price_row.location}",
        "SkuMeter": price_row.usage_type or None,
        "SkuPriceId": price_row.rate_code or f"{price_row.meter}/{price_row.location}/{price_row.tier_from}",
        "x_Tier": tier,
        "x_Confidence": price_row.confidence,
    }


def _append_tier(columns: FocusColumns, tiered: TieredRows, tier: int, pool_values: FocusRow) -> int:
    """Append the rows of one tier that have a quantity to the columns, and return how many they are."""
    filled = np.flatnonzero(tiered.quantity[:, tier])
    if not len(filled):
        return 0
    schedule = tiered.pool.schedule
    quantity = tiered.quantity[filled, tier]
    paid: Decimal | float = schedule.tiers.prices[tier - 1] if tier else Decimal(0)
    listed: Decimal | float = schedule.list.prices[tier - 1] if tier else Decimal(0)
    if quantity.dtype != object:
        paid, listed = float(paid), float(listed)
    cost = (quantity * paid).tolist()
    list_cost = cost if schedule.agreed is None else (quantity * listed).tolist()
    # What all rows of the tier share.
    size = len(filled)
    shared = pool_values | _build_tier_values(tiered.pool, tier)
    shared |= {"ListUnitPrice": listed, "ContractedUnitPrice": paid}
    for name, value in shared.items():
        columns[name] += [value] * size
    # What each row has of its own.
    rows = tiered.rows[filled]
    table = tiered.block.table
    names = table.name[rows].tolist()
    amounts = quantity.tolist()
    own: FocusColumns = {
        "BilledCost": cost,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "ListCost": list_cost,
        "ConsumedQuantity": amounts,
        "PricingQuantity": amounts,
        "BillingAccountId": table.payer[rows].decode_words().tolist(),
        "SubAccountId": tiered.block.account[rows].decode_words().tolist(),
        "ResourceId": names,
        "ResourceName": names,
        "x_Count": table.count[rows].astype(int).tolist(),
    }
    for name, values in own.items():
        columns[name] += values
    return size


def iterate_focus_rows(bill: PricedUsage) -> Iterator[FocusRow]:
    """Yield the rows of a bill: FOCUS's columns and ours → value."""
    columns = build_focus_columns(bill)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def build_focus_frame(bill: PricedUsage) -> pd.DataFrame:
    """Return a bill as a FOCUS 1.2 table; money and quantities are float64, or Decimals in the audit mode."""
    import pandas as pd

    return pd.DataFrame(build_focus_columns(bill))


def validate_focus_table(table: pd.DataFrame) -> list[str]:
    """Return the columns of FOCUS 1.2 that a table lacks, and those with nulls that may have none.

    This is a quick check. It does not replace the FOCUS validator.
    """
    problems = [f"column {name} is missing" for name in COLUMNS if name not in table.columns]
    for name in ("BilledCost", "BillingAccountId", "BillingCurrency", "ChargeCategory", "ListCost", "ServiceName"):
        if name in table.columns and table[name].isna().any():
            problems.append(f"column {name} has nulls")
    return problems
