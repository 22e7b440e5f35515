"""What a plan's quantities cost: pools over candidates and keys, and the straight lines under their prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.optimizer.model.problem import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.core.meters import Meter
    from costmodel.core.table import Table
    from costmodel.core.tiers import Tiers
    from costmodel.pricing.book import PriceBook

_Key = tuple[str, str, str, str]
_NOISE = 1e-12  # of a pool's largest quantity: differences below are float64's


@dataclass(eq=False)
class Pool:
    """One pool: its schedule, what every plan puts on it, and what each column would.

    Attributes:
        meter: what it counts.
        tiers: its schedule.
        key: meter, location, counterpart and owner.
        constant: what is on it in every plan.
        parts: (columns, amounts) put on it.
        quantity: amount per column, once closed and only where a price depends on it; None otherwise.
        lines: (intercept, slope) of the straight lines reachable.
        low: the least that any plan puts on it, once closed.
        high: the most that any plan puts on it, once closed.
    """

    meter: Meter
    tiers: Tiers
    key: _Key
    constant: float = 0.0
    parts: list[tuple[IntArray, FloatArray]] = field(default_factory=list)
    quantity: FloatArray | None = None
    lines: list[tuple[float, float]] = field(default_factory=list)
    low: float = 0.0
    high: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether each unit costs the same, however many there are."""
        return len(self.tiers.prices) == 1 and not self.tiers.end.is_finite() and not self.meter.allowance

    def sum_columns(self, width: int) -> FloatArray:
        """Return (width,) what each column puts on it."""
        out = np.zeros(width)
        for columns, amounts in self.parts:
            np.add.at(out, columns, amounts)
        return out

    def add_flat_cost(self, cost: FloatArray) -> float:
        """Add a flat pool's price to the cost of each column, in place; return what every plan pays for it."""
        price = float(self.tiers.prices[0])
        for columns, amounts in self.parts:
            np.add.at(cost, columns, price * amounts)
        return price * self.constant

    def measure_reach(self, flow: IntArray, starts: IntArray, width: int) -> tuple[FloatArray, float]:
        """Move what every plan puts on the pool to its constant; set the least that any plan puts on it.

        Args:
            flow: (candidates,) the flow of each, sorted.
            starts: (flows,) the first candidate of each flow.
            width: how many columns there are.

        Returns:
            What each column puts on the pool beyond the constant, and the most that any plan puts on it.
        """
        quantity = self.sum_columns(width)
        n = len(flow)
        if n:
            least = np.minimum.reduceat(quantity[:n], starts)
            self.constant += float(least.sum())
            quantity[:n] -= least[flow]
            quantity[:n][np.abs(quantity[:n]) <= _NOISE * max(1.0, float(least.max()))] = 0.0
        high = self.constant + float(np.maximum(quantity[n:], 0).sum())
        low = self.constant + float(np.minimum(quantity[n:], 0).sum())
        if n:
            high += float(np.maximum.reduceat(quantity[:n], starts).sum())
        self.low = max(low, 0.0)
        return quantity, high


class Gap(NamedTuple):
    """A price that is not held, and the columns that would need it.

    Attributes:
        meter: the meter's id.
        location: whose price it would be.
        counterpart: the other Region of a pair, or "".
        columns: candidates, keys and extras that need it; None where every plan does.
        above: the quantity above which no price is held; 0 where none is held at all.
    """

    meter: str
    location: str
    counterpart: str
    columns: IntArray | None
    above: float = 0.0


class Share(NamedTuple):
    """What an account puts on a pool: the pool, the account's number, columns (None: in every plan), amounts."""

    pool: Pool
    accounts: IntArray
    columns: IntArray | None
    amounts: FloatArray


class Put(NamedTuple):
    """Amounts for one pool, in its meter's unit, and the column of each (None: in every plan)."""

    amounts: FloatArray
    columns: IntArray | None


class Pools:
    """The pools of an instance.

    Attributes:
        gaps: prices that are not held, of what AWS sells.
        shut: columns that no plan can take: they have no price, or AWS does not sell them there.
        bought: (key column, the key of a charge that falls due once a pool): one needs the other.
        shares: who puts what, where accounts are asked for.
    """

    def __init__(self, book: PriceBook, on: date | None, *, accounts: dict[str, int] | None = None) -> None:
        """Begin without a pool; with ``accounts`` (name → number), keep who puts what."""
        self.book, self.on = book, on
        self.gaps: list[Gap] = []
        self.shut: list[IntArray] = []
        self.bought: list[tuple[IntArray, int]] = []
        self.shares: list[Share] = []
        self._accounts = accounts
        self._pools: dict[_Key, Pool] = {}
        self._once: dict[_Key, tuple[int, float]] = {}
        self._extra: dict[_Key, tuple[Meter, list[IntArray], list[FloatArray]]] = {}

    def __iter__(self) -> Iterator[Pool]:
        """Go through the pools."""
        return iter(self._pools.values())

    def add_quantities(
        self,
        meter: Meter,
        table: Table,
        amount: FloatArray,
        columns: IntArray | None = None,
        rows: IntArray | None = None,
    ) -> None:
        """Put a meter's quantities on their pools.

        Args:
            meter: the meter.
            table: resources, whose places and owners say which pools.
            amount: (quantities,) in the meter's unit.
            columns: (quantities,) the column that each is multiplied by; None if every plan has it.
            rows: (quantities,) the table's row of each; None if there is one for each row.
        """
        some = np.flatnonzero(amount)
        if not len(some):
            return
        for key, at in self._split_by_pool(meter, table, some if rows is None else rows[some]):
            which = some if at is None else some[at]
            put = Put(amount[which], None if columns is None else columns[which])
            pool = self._require_pool(meter, key, put)
            if pool is None:
                continue
            self._put_on_pool(pool, put)
            if self._accounts is not None and not meter.once and meter.includes is None:
                place = which if rows is None else rows[which]
                account = getattr(table, meter.charged)
                number = np.array(account.index_labels(self._accounts))
                self.shares.append(Share(pool, number[account.codes[place]], put.columns, put.amounts))

    def _require_pool(self, meter: Meter, key: _Key, put: Put) -> Pool | None:
        """Return the pool of a key; note a price that is missing. None if no plan can take the columns for that."""
        schedule = self.book.find_schedule(*key[:3], self.on)
        if self.book.is_offered(*key[:2]) and (schedule is None or not schedule.known_up_to):
            self.gaps.append(Gap(*key[:3], put.columns))
        if schedule is None and put.columns is not None:
            self.shut.append(put.columns)
            return None
        return self._get_pool(meter, key)

    def _put_on_pool(self, pool: Pool, put: Put) -> None:
        """Put amounts on a pool: in every plan, for each column, once, or against an inclusion."""
        if put.columns is None:
            pool.constant += float(put.amounts.sum())
        elif pool.meter.once:
            self._add_one_time_charge(pool, put.columns, put.amounts)
        elif pool.meter.includes is not None:
            _, columns, amounts = self._extra.setdefault(pool.key, (pool.meter, [], []))
            columns.append(put.columns)
            amounts.append(put.amounts)
        else:
            pool.parts.append((put.columns, put.amounts))

    def _split_by_pool(self, m: Meter, table: Table, rows: IntArray) -> Iterator[tuple[_Key, IntArray | None]]:
        """Go through the pools that some rows of a table are on: each with its key and which they are; None is all."""
        at, owner = getattr(table, m.at), m.get_owners(table)
        to = getattr(table, m.to) if m.to else None
        span, other = len(owner.labels), len(to.labels) if to is not None else 1
        code = (at.codes.astype(np.int64) * other + (to.codes if to is not None else 0)) * span + owner.codes
        values, inverse = np.unique(code, return_inverse=True)
        number = inverse[rows]
        used = np.bincount(number, minlength=len(values))
        order = np.argsort(number, kind="stable") if np.count_nonzero(used) > 1 else None
        ends = np.cumsum(used)
        for i in np.flatnonzero(used):
            pair, who = divmod(int(values[i]), span)
            place, there = divmod(pair, other)
            where = at.labels[place]
            where = self.book.get_pool_location(where) if m.everywhere else where
            key = (m.id, where, to.labels[there] if to is not None else "", owner.labels[who])
            yield key, None if order is None else order[ends[i] - used[i] : ends[i]]

    def _get_pool(self, m: Meter, key: _Key) -> Pool:
        if key not in self._pools:
            self._pools[key] = Pool(m, self.book.require_schedule(*key[:3], self.on).tiers, key)
        return self._pools[key]

    def _add_one_time_charge(self, pool: Pool, columns: IntArray, amounts: FloatArray) -> None:
        """Charge the longest of some keys once, through a key of its own that they all need."""
        if pool.constant:
            return  # what exists already pays it
        key = pool.key
        number, most = self._once.get(key, (len(self._once), 0.0))
        self._once[key] = (number, max(most, float(np.max(amounts))))
        self.bought.append((columns, number))

    def create_one_time_columns(self, first: int) -> int:
        """Give the keys of charges that fall due once their columns, from ``first``; return how many."""
        for key, (number, amount) in self._once.items():
            self._pools[key].parts.append((np.array([first + number]), np.array([amount])))
            self._add_account_share(key, first + number, amount)
        return len(self._once)

    def _add_account_share(self, key: _Key, column: int, amount: float) -> None:
        """Keep that one account pays for a column, where the pool is an account's own."""
        pool = self._pools[key]
        if self._accounts is not None and pool.meter.owner == pool.meter.charged:
            account = self._accounts.setdefault(key[3], len(self._accounts))
            self.shares.append(Share(pool, np.array([account]), np.array([column]), np.array([amount])))

    def add_overage_columns(self, first: int) -> list[Row]:
        """Charge what exceeds another meter's inclusion: a column each, at least the sum less what is included."""
        rows = []
        for number, (key, (m, columns, amounts)) in enumerate(self._extra.items()):
            assert m.includes is not None  # noqa: S101 - that is what put it here
            base, each = m.includes
            pool = self._pools.get((base.id, *key[1:]))
            cols, vals = [*columns, np.array([first + number])], [*amounts, np.array([-1.0])]
            for some, amount in pool.parts if pool is not None else ():
                cols.append(some)
                vals.append(-each * amount)
            constant = each * pool.constant if pool is not None else 0.0
            rows.append(Row(np.concatenate(cols), np.concatenate(vals), constant))
            self._pools[key].parts.append((np.array([first + number]), np.array([1.0])))
            self._add_account_share(key, first + number, 1.0)
        return rows

    def collect_flat_costs(self, width: int) -> tuple[FloatArray, float]:
        """Turn flat pools into costs; keep a quantity per column, and no lines, where a schedule is not flat.

        Returns:
            The cost of each column and what every plan costs, the other pools apart.
        """
        cost, constant = np.zeros(width), 0.0
        for pool in self:
            if pool.flat:
                constant += pool.add_flat_cost(cost)
            else:
                pool.quantity = pool.sum_columns(width)
        return cost, constant

    def build_column_costs(self, flow: IntArray, starts: IntArray, width: int) -> tuple[FloatArray, float, list[Row]]:
        """Turn flat pools into costs; keep a quantity per column where a schedule has several lines in reach.

        What every candidate of a flow puts on a pool is there in every plan, and counts as its constant.

        Args:
            flow: (candidates,) the flow of each; candidates are the first columns, sorted by flow.
            starts: (flows,) the first candidate of each flow.
            width: how many columns there are.

        Returns:
            The cost of each column, what every plan costs, and rows that keep pools below the end of their schedules.
        """
        cost, constant = np.zeros(width), 0.0
        rows: list[Row] = []
        for pool in self:
            if pool.flat:
                constant += pool.add_flat_cost(cost)
                continue
            quantity, high = pool.measure_reach(flow, starts, width)
            rows += self._limit_to_schedule(pool, quantity, high)

            # One line, or none: the pool's cost is a constant and a price for each column.
            pool.quantity = quantity if quantity.any() else None
            if pool.quantity is None:
                pool.lines = [(float(pool.tiers.cost(pool.constant)), 0.0)]
                constant += pool.lines[0][0]
                continue
            pool.lines = pool.tiers.compute_cost_lines(pool.low, pool.high)
            if len(pool.lines) == 1:
                intercept, slope = pool.lines[0]
                constant += intercept + slope * pool.constant
                cost += slope * quantity
        return cost, constant, rows

    def _limit_to_schedule(self, pool: Pool, quantity: FloatArray, high: float) -> list[Row]:
        """Set the most that a pool can hold; return the row that holds it below the end of its schedule, if any."""
        schedule = self.book.find_schedule(*pool.key[:3], self.on)
        end = float(pool.tiers.end)
        known = end if schedule is None else float(schedule.known_up_to)
        if known and high > known:
            columns = None if pool.constant > known else np.flatnonzero(quantity)
            self.gaps.append(Gap(*pool.key[:3], columns, known))
        pool.high = max(min(high, end), 0.0)
        if high <= end:
            return []
        columns = np.flatnonzero(quantity)
        return [Row(columns, quantity[columns], end - pool.constant)]

    @property
    def allowances(self) -> list[tuple[float, list[Pool]]]:
        """Quantities that a payer gets free, each with the pools whose first tier it covers, most expensive first."""
        shared: dict[tuple[str, str], tuple[float, list[Pool]]] = {}
        for key, pool in self._pools.items():
            row = self.book.find_allowance(pool.meter.allowance, key[1], self.on) if pool.meter.allowance else None
            if row is not None:
                shared.setdefault((row.rows[0].meter, key[3]), (float(row.tiers.end), []))[1].append(pool)
        for _, pools in shared.values():
            pools.sort(key=lambda p: -p.tiers.prices[0])
        return list(shared.values())

    def apply_allowances(
        self, allowances: list[tuple[float, list[Pool]]], first: int
    ) -> tuple[list[Row], list[float], list[float], float]:
        """Give each payer's free quantity to its pools, inside their first tier.

        Where all of a payer's pools are the same in every plan it is a constant; else a column of negative cost each.

        Returns:
            Rows, the cost and the upper bound of each new column, from ``first``, and what it saves in every plan.
        """
        rows: list[Row] = []
        costs: list[float] = []
        bounds: list[float] = []
        saved = 0.0
        for most, pools in allowances:
            if all(pool.quantity is None for pool in pools):
                saved += _spend_allowance(most, pools)
                continue
            columns = first + len(costs) + np.arange(len(pools))
            for column, pool in zip(columns, pools, strict=True):
                rows.append(_limit_freed_quantity(int(column), pool))
                costs.append(-float(pool.tiers.prices[0]))
                bounds.append(pool.tiers.first_edge)
            rows.append(Row(columns, np.ones(len(columns)), most))
        return rows, costs, bounds, saved


def _spend_allowance(most: float, pools: list[Pool]) -> float:
    """Return what a free quantity saves on pools that are the same in every plan, the most expensive first."""
    left = most
    saved = 0.0
    for pool in pools:
        used = min(left, pool.constant, pool.tiers.first_edge)
        saved += used * float(pool.tiers.prices[0])
        left -= used
    return saved


def _limit_freed_quantity(column: int, pool: Pool) -> Row:
    """Return the row that a column of free quantity is at most what its pool holds."""
    if pool.quantity is None:
        return Row(np.array([column]), np.ones(1), pool.constant)
    columns = np.flatnonzero(pool.quantity)
    return Row(np.r_[column, columns], np.r_[1.0, -pool.quantity[columns]], pool.constant)
