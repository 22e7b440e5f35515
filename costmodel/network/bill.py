"""A bill: priced usage, with its FOCUS rows, its explanations and the age of its prices."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from costmodel.core.decimals import to_decimal, with_exact_decimals
from costmodel.core.errors import InputError, UnpricedError, format_suggestion
from costmodel.network.explain import explain_pools
from costmodel.network.open_items import find_open_items
from costmodel.network.pools import price_pools
from costmodel.network.price_dates import PriceDates, summarize_row_dates
from costmodel.network.priced_usage import PricedUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import pandas as pd

    from costmodel.core.open_items import OpenItem
    from costmodel.network.explain import PoolExplanation
    from costmodel.network.open_items import Openness
    from costmodel.network.pools import Pool
    from costmodel.network.usage import Usage
    from costmodel.pricing.book import PriceBook

_POOL_COLUMNS: dict[str, Callable[[Pool], str | None]] = {
    "x_Meter": lambda pool: pool.meter.id,
    "RegionId": lambda pool: pool.region,
    "SkuMeter": lambda pool: pool.schedule.usage_type,
    "x_ServiceCode": lambda pool: pool.meter.service.code,
    "ChargeDescription": lambda pool: pool.meter.title,
}
"""Columns that have one value in a whole pool, so that its cost needs no rows."""


@with_exact_decimals
def price(usage: Usage, book: PriceBook, *, on: date | None = None, partial: bool = False) -> Bill:
    """Price usage: add it up in pools, find the schedule of each pool, and fill its tiers.

    Args:
        usage: what :func:`costmodel.meter` counted.
        book: the prices.
        on: the price date; the default is the network's date, then the newest prices.
        partial: list unpriced quantities in the bill instead of raising an error.

    Raises:
        UnpricedError: a quantity has no price, is unknown, or exceeds the end of its schedule, and ``partial`` is off.
    """
    on = on or usage.network.on
    if usage.network.unknown and not partial:
        first = usage.network.unknown[0]
        raise UnpricedError(first.what, remedy=first.remedy)
    return Bill(usage, book, on, price_pools(usage, book, on, partial=partial))


class Bill(PricedUsage):
    """What usage costs: totals of its pools, rows of the FOCUS specification, and why each pool costs what it does.

    Attributes:
        usage: what was priced.
        book: the prices.
        on: the price date that was asked for, or None for the newest prices.
    """

    @cached_property
    def openness(self) -> Openness:
        """What is open about the bill, and between which amounts its total lies."""
        return find_open_items(self)

    @property
    def open(self) -> tuple[OpenItem, ...]:
        """What is not known, not decided or not priced; the total is whole only where nothing is."""
        return self.openness.items

    @property
    def price_dates(self) -> PriceDates:
        """When the prices it used were read."""
        return summarize_row_dates(self.price_rows, self.book.published, self.price_date)

    @with_exact_decimals
    def by(self, column: str) -> dict[str | None, Decimal]:
        """Return the contracted cost by the values of a column of the bill, most expensive first.

        Args:
            column: x_Meter, SkuMeter, RegionId, BillingAccountId, SubAccountId, ServiceName, ResourceId or another
                FOCUS column.

        Raises:
            InputError: a bill has no such column.
        """
        costs: dict[str | None, Decimal] = {}
        for value, cost in self._iterate_costs(column):
            costs[value] = costs.get(value, Decimal(0)) + cost
        return dict(sorted(costs.items(), key=lambda item: -item[1]))

    def _iterate_costs(self, column: str) -> Iterator[tuple[str | None, Decimal]]:
        """Yield a column's value and the cost of each pool, or of each row if the pool's rows differ."""
        from costmodel.network.focus import COLUMNS, OURS, iterate_focus_rows

        if column in _POOL_COLUMNS:
            read_value = _POOL_COLUMNS[column]
            for pool in self.pools:
                if pool.quantity.any():
                    yield read_value(pool), pool.compute_total()
            return
        if column not in (*COLUMNS, *OURS):
            message = f"A bill has no column {column!r}.{format_suggestion(column, (*COLUMNS, *OURS))}"
            raise InputError(message)
        for row in iterate_focus_rows(self):
            yield row[column], to_decimal(row["ContractedCost"])

    @property
    def frame(self) -> pd.DataFrame:
        """The bill as FOCUS 1.2: one row per resource and tier that it uses (pandas)."""
        from costmodel.network.focus import build_focus_frame

        return build_focus_frame(self)

    def explain(self, where: Callable[[Pool], bool] | None = None) -> list[PoolExplanation]:
        """Explain each pool: the rule, its citation, the price rows, the tier it reaches, and the next unit's price.

        Args:
            where: tells whether to explain a pool; the default explains all of them.
        """
        return explain_pools(self, where)
