"""A bill by resource, put on a month: what findings look at."""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from costmodel.prices import PriceBook
    from costmodel.reconcile.actual import ActualBill
    from costmodel.reconcile.rerate import Rerating

_HOURS_A_DAY = 24
_DAY = len("2026-11-01")


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

    def used(self, meter: str) -> float:
        """What was used of a meter, over all months."""
        return self.quantity.get(meter, 0.0)

    def a_month(self, meter: str) -> float:
        """What was used of a meter a month."""
        return self.used(meter) / self.months

    def monthly(self, meter: str) -> float:
        """Dollars a month."""
        return self.cost.get(meter, 0.0) / self.months

    def at_once(self, meter: str) -> int:
        """How many hours ran in each hour: the zones of an endpoint, rounded, at least 1."""
        return max(1, round(self.used(meter) / self.days / _HOURS_A_DAY))


def resources(actual: ActualBill) -> Iterator[Resource]:
    """Sum a bill by resource; rows that name none, or no known meter, are left out."""
    table = actual.resources
    if table is None:
        return
    rows = table[(table["resource"] != "") & (table["meter"] != "")]
    for (name, account, region), group in rows.groupby(["resource", "account", "location"], sort=False):
        months = max(1, len({m for m in group["month"] if m}))
        one = Resource(str(name), str(account), str(region), _days(group), months)
        for meter, part in group.groupby("meter"):
            one.quantity[str(meter)] = math.fsum(part["quantity"][~part["discount"]].fillna(0))
            one.cost[str(meter)] = math.fsum(part["cost"])
        yield one


def _days(group: pd.DataFrame) -> float:
    """Return on how many days a resource was seen; a whole month where a bill names no days."""
    out = 0.0
    for month, part in group.groupby("month"):
        first, last = (str(v)[:_DAY] for v in (min(part["first"]), max(part["last"])))
        try:
            out += (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        except ValueError:
            out += _length(str(month))
    return max(1.0, out)


def _length(month: str) -> int:
    try:
        year, number = map(int, month.split("-"))
        return calendar.monthrange(year, number)[1]
    except ValueError:
        return 30


def by_place(found: Iterable[Resource], meter: str) -> dict[tuple[str, str], list[Resource]]:
    """Return the resources that cost something of a meter, by account and Region."""
    out: dict[tuple[str, str], list[Resource]] = {}
    for one in found:
        if one.cost.get(meter, 0.0) > 0:
            out.setdefault((one.account, one.region), []).append(one)
    return out


class Prices:
    """Unit prices as billed; where the bill has no row, list prices."""

    def __init__(self, rerating: Rerating, book: PriceBook) -> None:
        """Keep what was billed, and the book."""
        self._billed = {
            (p.meter, p.region): p.billed / p.quantity for p in rerating.pools if p.quantity > 0 and p.billed > 0
        }
        self._book = book

    def of(self, meter: str, region: str) -> float | None:
        """Return the price of one unit, None where neither the bill nor the price table has one."""
        if (meter, region) in self._billed:
            return self._billed[meter, region]
        ladder = self._book.ladder(meter, region) if region in self._book.locations else None
        return float(ladder.tiers.prices[0]) if ladder else None
