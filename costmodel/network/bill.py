"""What usage costs: totals from its pools, rows when asked."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
from costmodel.core.errors import CurrencyError, InputError, UnpricedError, format_suggestion
from costmodel.network.explain import explain_pools
from costmodel.network.network import find_column_meters
from costmodel.network.pools import Group, Pool, price_pools
from costmodel.network.price_dates import PriceDates, summarize_row_dates
from costmodel.network.shares import split_groups_by_tier
from costmodel.pricing.book import INFERRED, OF_CONTRACT, PriceBook, parse_first_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import pandas as pd

    from costmodel.core.errors import Remedy
    from costmodel.network.usage import Block, Usage
    from costmodel.pricing.book import PriceRow

_OLD = 365


class Unpriced(NamedTuple):
    """A quantity without a price.

    Attributes:
        meter: its meter.
        region: its Region.
        quantity: how much of it, in the meter's unit; None if unknown.
        what: why it has no price.
        remedy: what to do about it; None if ``what`` contains it.
    """

    meter: str
    region: str
    quantity: Decimal | None
    what: str
    remedy: Remedy | None = None

    @property
    def why(self) -> str:
        """Why it has no price, and what to do about it on the command line."""
        return f"{self.what} {self.remedy.cli}" if self.remedy else self.what


@with_exact_decimals
def price(usage: Usage, book: PriceBook, *, on: date | None = None, partial: bool = False) -> Bill:
    """Price usage: pool it, find each pool's schedule, fill the tiers.

    Args:
        usage: what :func:`costmodel.meter` counted.
        book: the prices.
        on: the price date; default the network's, else the newest prices.
        partial: keep unpriced pools aside instead of raising.

    Raises:
        UnpricedError: a quantity has no price, is unknown, or lies above the end of its schedule, and ``partial`` is
            off.
    """
    on = on or usage.network.on
    if usage.network.unknown and not partial:
        first = usage.network.unknown[0]
        raise UnpricedError(first.what, remedy=first.remedy)
    return Bill(usage, book, on, price_pools(usage, book, on, partial=partial))


def _sum_quantities(quantity: Any) -> Decimal:
    return sum(map(to_decimal, quantity), Decimal(0))


def format_doubts(doubts: Mapping[str, set[str]]) -> list[str]:
    """Return doubts as sentences."""
    return [f"{text}: {', '.join(sorted(names))}." for text, names in sorted(doubts.items())]


class Bill:
    """What usage costs: totals from its pools, rows when asked.

    Attributes:
        usage: what was priced.
        book: the prices.
        on: the price date asked for, or None for the newest.
    """

    def __init__(self, usage: Usage, book: PriceBook, on: date | None, groups: list[Group]) -> None:
        """Keep what :func:`price` made."""
        self.usage = usage
        self.book = book
        self.on = on
        self._groups = groups

    @cached_property
    def pools(self) -> list[Pool]:
        """Every priced pool."""
        return [p for group in self._groups for p in group.pools if p.ladder is not None]

    @cached_property
    def unpriced(self) -> list[Unpriced]:
        """What has no price, lies above the end of its schedule, or is in no file."""
        unknown = [
            Unpriced(m.id, self.book.get_region_and_zone(u.location)[0], None, u.what, u.remedy)
            for u in self.usage.network.unknown
            for m in find_column_meters(u.kind, u.column, self.usage.network.assumptions)
        ]
        return unknown + [
            Unpriced(p.meter.id, p.region, _sum_quantities(p.beyond), p.explain_unpriced_pool(self.book, self.on))
            for group in self._groups
            for p in group.pools
            if p.beyond.any()
        ]

    @property
    def price_date(self) -> date:
        """The date whose prices were asked for: ``on``, else the newest held."""
        return self.on or self.book.newest

    @cached_property
    def price_rows(self) -> set[PriceRow]:
        """The price rows that it was reckoned with: of each schedule those of the tiers that a quantity reaches."""
        used: set[PriceRow] = set()
        for pool in self.pools:
            assert pool.ladder is not None  # noqa: S101 - priced pools have a schedule
            if pool.quantity.any():
                used.update(pool.ladder.rows[: pool.ladder.tiers.find_tier(to_decimal(pool.quantity.max())) + 1])
        return used

    @property
    def price_dates(self) -> PriceDates:
        """When the prices it used were read."""
        return summarize_row_dates(self.price_rows, self.book.published, self.price_date)

    @property
    def assumptions(self) -> dict[str, str]:
        """The assumptions that this bill used, and their values."""
        return {name: self.usage.network.assumptions[name] for name in self.usage.used}

    @cached_property
    def totals(self) -> dict[str, Decimal]:
        """Exact total per currency of what is priced, as contracted; a quantity of 0 has none."""
        return self._compute_totals(at_list=False)

    @cached_property
    def list_totals(self) -> dict[str, Decimal]:
        """The same at list prices: what it would cost without a contract."""
        return self._compute_totals(at_list=True)

    @with_exact_decimals
    def _compute_totals(self, *, at_list: bool) -> dict[str, Decimal]:
        out: dict[str, Decimal] = {}
        for pool in self.pools:
            if pool.ladder is not None and pool.quantity.any():
                out[pool.ladder.currency] = out.get(pool.ladder.currency, Decimal(0)) + pool.compute_total(
                    at_list=at_list
                )
        return out or {self._local_currency: Decimal(0)}

    @property
    def contract(self) -> str | None:
        """The name of the contract whose terms it follows; None where prices are list prices."""
        return self.book.contract.name if self.book.contract else None

    @property
    def terms(self) -> list[str]:
        """The terms of the contract that made any of its prices."""
        agreed = (p.ladder.agreed for p in self.pools if p.ladder is not None and p.quantity.any())
        return list(dict.fromkeys(name for a in agreed if a is not None for name in a.terms))

    @property
    def _local_currency(self) -> str:
        """Where nothing is charged, the currency of the first place that something stands in."""
        places = (table.location.labels[table.location.codes[0]] for _, table in self.usage.network if len(table))
        return next((self.book.get_location(place).currency for place in places), "USD")

    @property
    def currency(self) -> str:
        """The one currency of the bill.

        Raises:
            CurrencyError: it has several.
        """
        totals = self.totals
        if len(totals) > 1:
            message = f"The bill holds {' and '.join(sorted(totals))}: amounts of different currencies do not add."
            raise CurrencyError(message)
        return next(iter(totals))

    @property
    def total_exact(self) -> Decimal:
        """The total, not rounded.

        Raises:
            CurrencyError: the bill has several currencies.
        """
        return self.totals[self.currency]

    @property
    def total(self) -> Decimal:
        """The total rounded half-up to cents."""
        return round_to_cents(self.total_exact)

    @property
    def doubts(self) -> dict[str, set[str]]:
        """What a reader should know of its prices → the meters and places it is true of."""
        out: dict[str, set[str]] = {}
        for pool in self.pools:
            if pool.ladder is None or not pool.quantity.any():
                continue
            name, dated = f"{pool.meter.id} in {pool.location}", pool.ladder.date or "undated"
            if pool.ladder.early:
                text = "No price is held as early as the date asked for; the earliest is used"
                out.setdefault(text, set()).add(f"{name} ({dated})")
            elif pool.ladder.rows[0].confidence == OF_CONTRACT:
                text = "No list price is held; the contract's is taken for it"
                out.setdefault(text, set()).add(f"{pool.meter.id} in {pool.location}")
            elif (self.price_date - parse_first_day(pool.ladder.date)).days > _OLD:
                out.setdefault(f"Read more than a year before {self.price_date}", set()).add(f"{name} ({dated})")
            if any(row.confidence == INFERRED for row in pool.ladder.rows):
                text = "The price is AWS's, but what it is the price of was worked out, not read"
                out.setdefault(text, set()).add(name)
        return out

    @property
    def warnings(self) -> list[str]:
        """What a reader of the total should know of its prices, in sentences."""
        return format_doubts(self.doubts)

    @with_exact_decimals
    def by(self, column: str) -> dict[str | None, Decimal]:
        """Return the cost as contracted by a column of the bill, dearest first.

        Args:
            column: x_Meter, SkuMeter, RegionId, BillingAccountId, SubAccountId, ServiceName, ResourceId or another
                FOCUS column.
        """
        whole = {
            "x_Meter": lambda p: p.meter.id,
            "RegionId": lambda p: p.region,
            "SkuMeter": lambda p: p.ladder.usage_type,
            "x_ServiceCode": lambda p: p.meter.service.code,
            "ChargeDescription": lambda p: p.meter.title,
        }
        out: dict[str | None, Decimal] = {}
        if column in whole:
            for pool in self.pools:
                if pool.quantity.any():
                    key = whole[column](pool)
                    out[key] = out.get(key, Decimal(0)) + pool.compute_total()
        else:
            from costmodel.network.focus import COLUMNS, OURS, iterate_focus_rows

            if column not in (*COLUMNS, *OURS):
                message = f"A bill has no column {column!r}.{format_suggestion(column, (*COLUMNS, *OURS))}"
                raise InputError(message)
            for row in iterate_focus_rows(self):
                out[row[column]] = out.get(row[column], Decimal(0)) + to_decimal(row["ContractedCost"])
        return dict(sorted(out.items(), key=lambda item: -item[1]))

    @with_exact_decimals
    def list_meter_costs(self, *, at_list: bool = False) -> list[tuple[str, str, Decimal, Decimal | None]]:
        """Return (meter, RegionId, quantity, cost) of every meter used in a Region, dearest first; None is unpriced.

        Args:
            at_list: at list prices, in place of as contracted.
        """
        sums: dict[tuple[str, str], tuple[Decimal, Decimal | None]] = {}
        for group in self._groups:
            for pool in group.pools:
                if pool.quantity.any() or pool.beyond.any():
                    key = (pool.meter.id, pool.region)
                    quantity, cost = sums.get(key, (Decimal(0), Decimal(0)))
                    known = cost is not None and not pool.beyond.any()
                    more = _sum_quantities(pool.quantity) + _sum_quantities(pool.beyond)
                    total = cost + pool.compute_total(at_list=at_list) if known and cost is not None else None
                    sums[key] = (quantity + more, total)
        ordered = sorted(sums.items(), key=lambda item: (item[1][1] is not None, -(item[1][1] or 0)))
        return [(*key, quantity, cost) for key, (quantity, cost) in ordered]

    def compute_resource_costs(self) -> list[tuple[Block, Any]]:
        """Each block with the cost of each of its rows (an array): a resource pays its share of its pool's tiers."""
        out = []
        for blocks, pools, numbers in self._groups:
            used = np.concatenate([p.metered for p in pools])
            cost = np.concatenate([p.cost for p in pools])
            share = np.divide(cost, used, out=np.zeros_like(cost), where=used != 0)
            out += [(b, np.take(share, ids) * b.quantity) for b, ids in zip(blocks, numbers, strict=True)]
        return out

    def split_rows_by_tier(self) -> list[tuple[Block, Pool, Any, Any]]:
        """Per block and pool: the rows of it, and their quantities per tier, an array of shape (rows, 1 + tiers).

        The first column, of price 0, holds what an allowance or another meter covers. In the audit mode the last row of
        a pool takes the remainder of each tier, so that the rows of a pool sum to it exactly.
        """
        return split_groups_by_tier(self._groups, exact=self.usage.exact)

    @property
    def frame(self) -> pd.DataFrame:
        """The bill as FOCUS 1.2: one row per resource and tier touched (pandas)."""
        from costmodel.network.focus import build_focus_frame

        return build_focus_frame(self)

    def explain(self, where: Callable[[Pool], bool] | None = None) -> list[dict[str, Any]]:
        """Explain each pool: the rule, its citation, the price rows, the tier reached and the next unit's price."""
        return explain_pools(self, where)
