"""Priced usage: pools, totals and resource costs, without the tables and explanations that a bill adds to them."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
from costmodel.core.errors import CurrencyError
from costmodel.network.network import find_column_meters
from costmodel.network.shares import split_groups_by_tier
from costmodel.pricing.rows import INFERRED, OF_CONTRACT, parse_first_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from costmodel.core.arrays import QuantityArray
    from costmodel.core.errors import Remedy
    from costmodel.network.pools import Group, Pool
    from costmodel.network.shares import TieredRows
    from costmodel.network.usage import Block, Usage
    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import PriceRow, PriceSchedule

_OLD = 365
_ZERO = Decimal(0)


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


class MeterCost(NamedTuple):
    """What one meter costs in one Region.

    Attributes:
        meter: the meter's id.
        region: FOCUS's RegionId.
        quantity: how much of it, in the meter's unit, priced or not.
        cost: in the currency of the Region; None if any of the quantity is unpriced.
    """

    meter: str
    region: str
    quantity: Decimal
    cost: Decimal | None


def format_doubts(doubts: Mapping[str, set[str]]) -> list[str]:
    """Return doubts as sentences: each text, then the sorted names that it is true of."""
    return [f"{text}: {', '.join(sorted(names))}." for text, names in sorted(doubts.items())]


class PricedUsage:
    """What usage costs: totals of its pools, and the cost of each resource.

    Attributes:
        usage: what was priced.
        book: the prices.
        on: the price date that was asked for, or None for the newest prices.
    """

    def __init__(self, usage: Usage, book: PriceBook, on: date | None, groups: list[Group]) -> None:
        """Store what :func:`costmodel.price` computed."""
        self.usage = usage
        self.book = book
        self.on = on
        self._groups = groups

    # ------------------------------------------------------------ pools and their prices
    @cached_property
    def pools(self) -> list[Pool]:
        """Every pool that has a price schedule."""
        return [pool for pool in self._iterate_pools() if pool.ladder is not None]

    def _iterate_pools(self) -> Iterable[Pool]:
        return (pool for group in self._groups for pool in group.pools)

    @cached_property
    def unpriced(self) -> list[Unpriced]:
        """Quantities that have no price, exceed the end of their schedule, or are unknown."""
        unknown = [
            Unpriced(m.id, self.book.get_region_and_zone(u.location)[0], None, u.what, u.remedy)
            for u in self.usage.network.unknown
            for m in find_column_meters(u.kind, u.column, self.usage.network.assumptions)
        ]
        return unknown + [
            Unpriced(
                pool.meter.id,
                pool.region,
                _sum_quantities(pool.beyond),
                pool.explain_unpriced_pool(self.book, self.on),
            )
            for pool in self._iterate_pools()
            if pool.beyond.any()
        ]

    @property
    def price_date(self) -> date:
        """The date whose prices apply: ``on``, or the newest date of the price book."""
        return self.on or self.book.newest

    @cached_property
    def price_rows(self) -> set[PriceRow]:
        """The price rows that set the cost: of each schedule, the rows of the tiers that a quantity reaches."""
        used: set[PriceRow] = set()
        for pool in self.pools:
            if pool.quantity.any():
                schedule = pool.schedule
                highest_tier = schedule.tiers.find_tier(to_decimal(pool.quantity.max()))
                used.update(schedule.rows[: highest_tier + 1])
        return used

    @property
    def assumptions(self) -> dict[str, str]:
        """The assumptions that changed this bill, and their values."""
        return {name: self.usage.network.assumptions[name] for name in self.usage.used}

    @property
    def contract(self) -> str | None:
        """The name of the contract whose terms apply; None if prices are list prices."""
        return self.book.contract.name if self.book.contract else None

    @property
    def terms(self) -> list[str]:
        """The terms of the contract that set any of its prices."""
        agreed = (pool.schedule.agreed for pool in self.pools if pool.quantity.any())
        return list(dict.fromkeys(name for a in agreed if a is not None for name in a.terms))

    # ------------------------------------------------------------ totals
    @cached_property
    def totals(self) -> dict[str, Decimal]:
        """Exact total per currency of what is priced, at contracted prices; currencies without a charge are absent."""
        return self._compute_totals(at_list=False)

    @cached_property
    def list_totals(self) -> dict[str, Decimal]:
        """Exact total per currency at list prices: what it would cost without a contract."""
        return self._compute_totals(at_list=True)

    @with_exact_decimals
    def _compute_totals(self, *, at_list: bool) -> dict[str, Decimal]:
        totals: dict[str, Decimal] = {}
        for pool in self.pools:
            if pool.quantity.any():
                currency = pool.schedule.currency
                totals[currency] = totals.get(currency, _ZERO) + pool.compute_total(at_list=at_list)
        return totals or {self._local_currency: _ZERO}

    @property
    def _local_currency(self) -> str:
        """The currency of the first resource's location, for a bill without a charge."""
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
            message = f"The bill contains {' and '.join(sorted(totals))}: amounts of different currencies do not add."
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
        """The total rounded half-up to cents.

        Raises:
            CurrencyError: the bill has several currencies.
        """
        return round_to_cents(self.total_exact)

    # ------------------------------------------------------------ doubts
    @property
    def doubts(self) -> dict[str, set[str]]:
        """What a reader needs to know about its prices → the meters and locations that it is true of."""
        doubts: dict[str, set[str]] = {}
        for pool in self.pools:
            if pool.quantity.any():
                for text, name in self._list_pool_doubts(pool):
                    doubts.setdefault(text, set()).add(name)
        return doubts

    def _list_pool_doubts(self, pool: Pool) -> list[tuple[str, str]]:
        """Return (text, the meter and its location) of each doubt about the price of a pool."""
        schedule = pool.schedule
        name = f"{pool.meter.id} in {pool.location}"
        dated_name = f"{name} ({schedule.date or 'undated'})"
        doubts = []
        if schedule.early:
            doubts.append(("There is no price as early as the requested date; the earliest price is used", dated_name))
        elif schedule.rows[0].confidence == OF_CONTRACT:
            doubts.append(("There is no list price; the contract's price is used instead", name))
        elif self._is_old(schedule):
            doubts.append((f"Read more than a year before {self.price_date}", dated_name))
        if any(row.confidence == INFERRED for row in schedule.rows):
            doubts.append(("The price is from AWS, but its meaning was inferred, not read", name))
        return doubts

    def _is_old(self, schedule: PriceSchedule) -> bool:
        return (self.price_date - parse_first_day(schedule.date)).days > _OLD

    @property
    def warnings(self) -> list[str]:
        """What a reader of the total needs to know about its prices, as sentences."""
        return format_doubts(self.doubts)

    # ------------------------------------------------------------ costs of meters and resources
    @with_exact_decimals
    def list_meter_costs(self, *, at_list: bool = False) -> list[MeterCost]:
        """Return the cost of every meter used in a Region: unpriced meters first, then the most expensive first.

        Args:
            at_list: at list prices instead of contracted prices.
        """
        sums: dict[tuple[str, str], MeterCost] = {}
        for pool in self._iterate_pools():
            if pool.quantity.any() or pool.beyond.any():
                key = (pool.meter.id, pool.region)
                before = sums.get(key, MeterCost(*key, _ZERO, _ZERO))
                cost = None
                if before.cost is not None and not pool.beyond.any():
                    cost = before.cost + pool.compute_total(at_list=at_list)
                more = _sum_quantities(pool.quantity) + _sum_quantities(pool.beyond)
                sums[key] = MeterCost(*key, before.quantity + more, cost)
        return sorted(sums.values(), key=lambda line: (line.cost is not None, -(line.cost or 0)))

    def compute_resource_costs(self) -> list[tuple[Block, QuantityArray]]:
        """Return each block with the cost of each of its rows, an array of shape (rows,).

        A resource pays its share of its pool's cost, in proportion to its quantity.
        """
        costs = []
        for group in self._groups:
            used = np.concatenate([pool.metered for pool in group.pools])
            cost = np.concatenate([pool.cost for pool in group.pools])
            cost_per_unit = np.divide(cost, used, out=np.zeros_like(cost), where=used != 0)
            for block, pool_numbers in zip(group.blocks, group.rows, strict=True):
                costs.append((block, np.take(cost_per_unit, pool_numbers) * block.quantity))
        return costs

    def split_rows_by_tier(self) -> list[TieredRows]:
        """Return the rows of each block and pool, with their quantities per tier.

        In the audit mode the last row of a pool takes the remainder of each tier, so that the rows of a pool sum to it
        exactly.
        """
        return split_groups_by_tier(self._groups, exact=self.usage.exact)


def _sum_quantities(quantity: QuantityArray) -> Decimal:
    return sum(map(to_decimal, quantity), _ZERO)
