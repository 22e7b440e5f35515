"""No account pays more than today: at today's average price of each pool, then checked at the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.bill import meter, price
from costmodel.errors import InfeasibleError
from costmodel.optimize.limits import Sums
from costmodel.optimize.today import today_of
from costmodel.paths import build

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from costmodel.bill import Bill
    from costmodel.optimize.instance import Instance
    from costmodel.prices import PriceBook

NAME = "no_account_pays_more"
_SLACK = 1e-6


def accounts_of(i: Instance, book: PriceBook, on: date | None) -> tuple[Sums, Bill]:
    """Return what each account may pay as a limit, and today's bill.

    Raises:
        InfeasibleError: the demand does not say what is built today.
        UnpricedError: that has no price.
    """
    today = today_of(i.d)
    if today is None:
        message = "No account may pay more than today, but the demand does not say what is built today."
        raise InfeasibleError(message, [])
    bill = price(meter(build(i.d, today)), book, on=on)
    average = {
        (p.meter.id, p.location, p.counterpart or "", owner): float(p.exact_cost(row)) / float(q)
        for p in bill.pools
        for row, (owner, q) in enumerate(zip(p.owners, p.quantity, strict=True))
        if q
    }
    names = list(i.accounts)
    left = np.array([float(bill.by("SubAccountId").get(name, 0)) for name in names])
    columns, values, place = [], [], []
    for share in i.pools.shares:
        each = average.get(share.pool.key, float(share.pool.tiers.prices[0]))
        if share.columns is None:
            left -= np.bincount(share.accounts, weights=each * share.amounts, minlength=len(names))
        else:
            columns.append(share.columns)
            values.append(each * share.amounts)
            place.append(share.accounts)
    none = np.zeros(0, dtype=np.int64)
    every, much, where = (np.concatenate([none, *parts]) for parts in (columns, values, place))
    code, inverse = np.unique(every * len(names) + where, return_inverse=True)
    sums = np.bincount(inverse, weights=much, minlength=len(code))
    pairs: list[tuple[str, str | None]] = [(name, None) for name in names]
    return Sums(NAME, code // len(names), sums, code % len(names), left + _SLACK, pairs), bill


def paying_more(before: Bill, after: Bill) -> dict[str, float]:
    """Return by how much accounts pay more, at the real prices."""
    old: dict[Any, Decimal] = before.by("SubAccountId")
    more = {str(name): float(cost - old.get(name, 0)) for name, cost in after.by("SubAccountId").items()}
    return {name: much for name, much in more.items() if much > _SLACK}
