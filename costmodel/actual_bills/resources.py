"""A bill by resource, put on a month: what findings look at."""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from costmodel.actual_bills.actual_bill import ActualBill
    from costmodel.actual_bills.rerated import Rerating
    from costmodel.pricing.book import PriceBook

_HOURS_A_DAY = 24


@dataclass
class Resource:
    """One resource of one account and Region.

    Attributes:
        id: as the bill names it.
        account: whose.
        region: where.
        days: on how many days it was seen, at least 1.
        months: in how many billing months.
        quantity: meter → what was used over those months.
        cost: meter → what was billed over those months, discounts in.
    """

    id: str
    account: str
    region: str
    days: float
    months: int
    quantity: dict[str, float] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)

    def get_quantity(self, meter: str) -> float:
        """What was used of a meter, over all months."""
        return self.quantity.get(meter, 0.0)

    def get_monthly_quantity(self, meter: str) -> float:
        """What was used of a meter a month."""
        return self.get_quantity(meter) / self.months

    def get_monthly_cost(self, meter: str) -> float:
        """Dollars a month."""
        return self.cost.get(meter, 0.0) / self.months

    def count_concurrent(self, meter: str) -> int:
        """How many hours ran in each hour: the zones of an endpoint, rounded, at least 1."""
        return max(1, round(self.get_quantity(meter) / self.days / _HOURS_A_DAY))


def sum_by_resource(actual: ActualBill) -> Iterator[Resource]:
    """Sum a bill by resource; rows that name none, or no known meter, are left out."""
    table = actual.resources
    if table is None:
        return
    rows = table[(table["resource"] != "") & (table["meter"] != "")]
    place = ["resource", "account", "location"]
    used = rows.assign(quantity=rows["quantity"].where(~rows["discount"], 0.0).fillna(0.0))
    sums = used.groupby([*place, "meter"])[["quantity", "cost"]].sum()
    seen = rows.groupby([*place, "month"], sort=False).agg(first=("first", "min"), last=("last", "max"))
    days: dict[tuple[Any, ...], list[float]] = {}
    for (*key, month), first, last in zip(seen.index, seen["first"], seen["last"], strict=True):
        days.setdefault(tuple(key), []).append(_count_days(str(month), str(first), str(last)))
    one: Resource | None = None
    for (name, account, region, meter), quantity, cost in zip(sums.index, sums["quantity"], sums["cost"], strict=True):
        if one is None or (one.id, one.account, one.region) != (name, account, region):
            if one is not None:
                yield one
            months = days[name, account, region]
            one = Resource(name, account, region, max(1.0, math.fsum(months)), len(months))
        one.quantity[meter], one.cost[meter] = float(quantity), float(cost)
    if one is not None:
        yield one


def _count_days(month: str, first: str, last: str) -> float:
    """Return on how many days of a month a resource was seen; the whole month where a bill names no days."""
    try:
        return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1.0
    except ValueError:
        return _count_month_days(month)


def _count_month_days(month: str) -> int:
    try:
        year, number = map(int, month.split("-"))
        return calendar.monthrange(year, number)[1]
    except ValueError:
        return 30


def group_by_place(found: Iterable[Resource], meter: str) -> dict[tuple[str, str], list[Resource]]:
    """Return the resources that cost something of a meter, by account and Region."""
    out: dict[tuple[str, str], list[Resource]] = {}
    for one in found:
        if one.cost.get(meter, 0.0) > 0:
            out.setdefault((one.account, one.region), []).append(one)
    return out


class Prices:
    """Unit prices as billed; where the bill has no row, list prices."""

    def __init__(self, rerating: Rerating, book: PriceBook, currency: str) -> None:
        """Keep what was billed, the book, and the currency of the bill: prices in another one do not compare."""
        self._currency = currency
        self._billed = {
            (p.meter, p.region): p.billed / p.quantity for p in rerating.pools if p.quantity > 0 and p.billed > 0
        }
        self._book = book

    def get_unit_price(self, meter: str, region: str) -> float | None:
        """Return the price of one unit, None where neither the bill nor the price table has one."""
        if (meter, region) in self._billed:
            return self._billed[meter, region]
        ladder = self._book.find_schedule(meter, region) if region in self._book.locations else None
        return float(ladder.tiers.prices[0]) if ladder and ladder.currency == self._currency else None
