"""Two bills against each other: why the network costs more or less, by quantity and by price."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.aws import METERS
from costmodel.core.errors import CurrencyError, InputError

if TYPE_CHECKING:
    import pandas as pd

    from costmodel.actual_bills.actual_bill import ActualBill

_LEAST = 5e-3  # half a cent


class Moved(NamedTuple):
    """A charge of one Region, a month, on two bills.

    Attributes:
        meter: the price table's name, or AWS's usage type where no meter is known.
        title: what people call it.
        region: where; ``counterpart`` is the other Region of a pair.
        unit: what one of the quantity is; "" where no meter is known.
        quantities: on either bill.
        costs: on either bill.
    """

    meter: str
    title: str
    region: str
    counterpart: str
    unit: str
    quantities: tuple[float, float]
    costs: tuple[float, float]

    @property
    def difference(self) -> float:
        """How much more expensive it became."""
        return self.costs[1] - self.costs[0]

    @property
    def by_quantity(self) -> float:
        """What more or fewer of it did, at the price before; all of it where there was or is none."""
        before, after = self.quantities
        if before <= 0 or after <= 0:
            return self.difference
        return (after - before) * self.costs[0] / before

    @property
    def by_price(self) -> float:
        """What another price of one did: tiers, discounts and price changes."""
        return self.difference - self.by_quantity


@dataclass(frozen=True)
class Movement:
    """Two bills against each other, a month: the largest difference first.

    Attributes:
        before: the first bill.
        after: the second.
        charges: charge by charge; their differences sum to the total's.
        accounts: account → cost on either bill.
        resources: resource → cost on either bill; None where a bill names none.
        notes: what a reader should know.
    """

    before: ActualBill
    after: ActualBill
    charges: list[Moved]
    accounts: dict[str, tuple[float, float]]
    resources: dict[str, tuple[float, float]] | None
    notes: list[str]

    @property
    def totals(self) -> tuple[float, float]:
        """The network's cost a month on either bill."""
        one, other = (math.fsum(m.costs[side] for m in self.charges) for side in (0, 1))
        return one, other


def split_last_months(bill: ActualBill) -> tuple[ActualBill, ActualBill]:
    """Return the last two months of a bill as two.

    Raises:
        InputError: it has one month only.
    """
    if len(bill.months) < 2:  # noqa: PLR2004 - one before and one after
        only = bill.months[0] if bill.months else "no month"
        message = f"This bill has {only} only: name a second bill to compare it with."
        raise InputError(message)
    one, other = (_select_month(bill, month) for month in bill.months[-2:])
    return one, other


def _select_month(bill: ActualBill, month: str) -> ActualBill:
    rows = bill.resources
    return replace(
        bill,
        groups=bill.groups[bill.groups["month"] == month],
        resources=None if rows is None else rows[rows["month"] == month],
    )


def compare_actual_bills(before: ActualBill, after: ActualBill) -> Movement:
    """Hold two bills against each other, charge by charge; of several months each represents its average.

    Raises:
        CurrencyError: they are in two currencies.
    """
    if before.currency != after.currency:
        message = (
            f"The bills are in {before.currency} and {after.currency}: amounts of different currencies do not add."
        )
        raise CurrencyError(message)
    known = METERS
    sides = [_sum_charges(bill) for bill in (before, after)]
    charges = []
    for key in {**sides[0], **sides[1]}:
        name, region, counterpart = key
        (q1, c1), (q2, c2) = (side.get(key, (0.0, 0.0)) for side in sides)
        meter = known.get(name)
        title, unit = (meter.title, meter.unit) if meter else (name, "")
        charges.append(Moved(name, title, region, counterpart, unit, (q1, q2), (c1, c2)))
    told = None if before.resources is None or after.resources is None else _pair_sums(before, after, "resource")
    return Movement(
        before,
        after,
        sorted(charges, key=lambda m: (-round(abs(m.difference), 6), m.meter, m.region, m.counterpart)),
        _pair_sums(before, after, "account"),
        told,
        _list_notes(before, after),
    )


def _sum_charges(bill: ActualBill) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Return quantity and cost a month by meter (or usage type), Region and counterpart."""
    rows, months = bill.network, max(1, len(bill.months))
    names = rows["meter"].where(rows["meter"] != "", rows["usage_type"])
    counted = rows["quantity"].where(rows["charged"] & ~rows["discount"], 0.0)
    keyed = rows.assign(name=names, counted=counted)
    out: dict[tuple[str, str, str], tuple[float, float]] = {}
    for key, rows_ in keyed.groupby(["name", "region", "counterpart"]):
        name, region, counterpart = map(str, key)
        out[name, region, counterpart] = (math.fsum(rows_["counted"]) / months, math.fsum(rows_["cost"]) / months)
    return out


def _pair_sums(before: ActualBill, after: ActualBill, side: str) -> dict[str, tuple[float, float]]:
    old, new = (_compute_monthly_costs(bill, side) for bill in (before, after))
    found = {name: (old.get(name, 0.0), new.get(name, 0.0)) for name in {**old, **new}}
    moved = {name: pair for name, pair in found.items() if abs(pair[1] - pair[0]) >= _LEAST}
    return dict(sorted(moved.items(), key=lambda e: (-round(abs(e[1][1] - e[1][0]), 6), e[0])))


def _compute_monthly_costs(bill: ActualBill, side: str) -> dict[str, float]:
    sums: pd.Series = bill.by(side)
    return {str(name): cost / max(1, len(bill.months)) for name, cost in sums.to_dict().items()}


def _list_notes(before: ActualBill, after: ActualBill) -> list[str]:
    out: list[str] = []
    days: list[Any] = [bill.network["day"] for bill in (before, after)]
    counts = [len({d for d in some if d}) for some in days]
    if all(counts) and counts[0] != counts[1]:
        out.append(
            f"The first bill covers {counts[0]} days, the second {counts[1]}: hours and GB differ for that "
            f"reason alone."
        )
    for bill in (before, after):
        if len(bill.months) > 1:
            out.append(f"{', '.join(bill.months)}: the average of {len(bill.months)} months.")
    return out
