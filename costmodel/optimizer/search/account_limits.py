"""What each account may pay, as limits that hold for a part of the plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.core.errors import InfeasibleError
from costmodel.demand.constraints.fairness import NoAccountPaysMore
from costmodel.network.bill import price
from costmodel.network.usage import meter
from costmodel.optimizer.model.limits import Sums
from costmodel.optimizer.model.problem import Row
from costmodel.optimizer.today import get_todays_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.core.tiers import Tiers
    from costmodel.network.bill import Bill
    from costmodel.optimizer.model.columns import Pool
    from costmodel.optimizer.model.instance import Instance
    from costmodel.pricing.book import PriceBook


_SLACK = 1e-6
"""An account may pay so much more, in the bill's currency: what float64 adds up differently."""


_CLOSE = 1e-9
"""Relative difference of float64 sums of the same amounts."""
_WIDTH = 1e-5
"""Relative width of the interval around a plan's own quantity, above a solver's feasibility tolerance."""


def price_todays_plan(i: Instance, book: PriceBook, on: date | None) -> Bill:
    """Return what is built today, priced.

    Raises:
        InfeasibleError: the demand does not state what is built today.
        UnpricedError: that has no price.
    """
    today = get_todays_plan(i.d)
    if today is None:
        message = "No account may pay more than today, but the demand does not say what is built today."
        raise InfeasibleError(message, [])
    return price(meter(build_network(i.d, today)), book, on=on)


def find_accounts_paying_more(before: Bill, after: Bill) -> dict[str, float]:
    """Return by how much accounts pay more, at the real prices."""
    old = before.by("SubAccountId")
    more = {str(name): float(cost - old.get(name, 0)) for name, cost in after.by("SubAccountId").items()}
    return {name: much for name, much in more.items() if much > _SLACK}


Interval = tuple[float, float]


@dataclass(frozen=True)
class Node:
    """A part of the plans.

    Attributes:
        intervals: number of a pool → the quantity it may hold; pools that are not in it may hold any.
        accounts: numbers of the accounts whose limit binds.
        excluded: plans (candidates) that are left out one at a time.
    """

    intervals: Mapping[int, Interval] = field(default_factory=dict)
    accounts: frozenset[int] = frozenset()
    excluded: tuple[IntArray, ...] = ()


class Use(NamedTuple):
    """What accounts put on a pool: account numbers, columns (None: in every plan), amounts."""

    accounts: IntArray
    columns: IntArray | None
    amounts: FloatArray


class AccountLimits:
    """What each account may pay, as limits on columns that hold for the plans of a node.

    Attributes:
        instance: the numbers; it was made with ``accounts``.
        today: the bill that no account may exceed.
        pools: the pools of which it is known which account puts what.
    """

    def __init__(self, instance: Instance, today: Bill) -> None:
        """Group the shares by pool."""
        self.instance, self.today = instance, today
        self.pools: list[Pool] = []
        self._uses: list[list[Use]] = []
        number: dict[int, int] = {}
        for share in instance.pools.shares:
            at = number.setdefault(id(share.pool), len(self.pools))
            if at == len(self.pools):
                self.pools.append(share.pool)
                self._uses.append([])
            self._uses[at].append(Use(share.accounts, share.columns, share.amounts))
        self._free = {
            id(pool): most for most, shared in instance.allowances for pool in shared
        }  # of several Regions only one can have it all: a bound for each
        costs = today.by("SubAccountId")
        self._most = np.array([float(costs.get(name, 0)) for name in instance.accounts])

    def build_limit_rows(self, node: Node) -> list[Row]:
        """Return the limits that hold for every plan of a node that keeps to today."""
        out = []
        for at, (low, high) in node.intervals.items():
            columns, amounts = self._sum_quantities(at)
            constant = self._sum_constants(at)
            if np.isfinite(high):
                out.append(_scale_row(columns, amounts, high - constant, high))
            out.append(_scale_row(columns, -amounts, constant - low, low))  # by its own bound: a tolerance is relative
            out += self._forbid_unneeded_keys(columns)
        out += [self._build_account_row(account, node) for account in sorted(node.accounts)]
        ones = [(chosen, np.ones(len(chosen))) for chosen in node.excluded]
        return [*out, *(Row(chosen, each, len(chosen) - 1.0) for chosen, each in ones)]

    def _forbid_unneeded_keys(self, columns: IntArray) -> list[Row]:
        """Return rows that leave out each key that no candidate needs: else it could fill an interval from below."""
        n, out = len(self.instance.flow), []
        for column in columns[(columns >= n) & (columns < n + self.instance.size)]:
            users = np.flatnonzero((self.instance.keys == column - n).any(axis=1))
            out.append(Row(np.r_[column, users], np.r_[1.0, -np.ones(len(users))], 0.0))
        return out

    def build_account_sums(self, bill: Bill) -> Sums:
        """Return what each account may pay at the average prices of a plan, as sums of candidates and keys."""
        every = frozenset(self.instance.accounts.values())
        node = Node({at: (quantity, quantity) for at, quantity, _ in self._iterate_tiered_pools(bill, every)})
        rows = [self._build_account_row(account, node) for account in range(len(self._most))]
        width = len(self.instance.flow) + self.instance.size
        parts = [(row.columns[row.columns < width], row.values[row.columns < width]) for row in rows]
        columns, values = (np.concatenate([part[i] for part in parts]) for i in range(2))
        place = np.repeat(np.arange(len(rows)), [len(part[0]) for part in parts])
        names: list[tuple[str, str | None]] = [(name, None) for name in self.instance.accounts]
        return Sums(NoAccountPaysMore.key, columns, values, place, np.array([row.high for row in rows]), names)

    def _build_account_row(self, account: int, node: Node) -> Row:
        columns, values, left = [], [], float(self._most[account])
        left += _CLOSE * max(1.0, left)
        for at, uses in enumerate(self._uses):
            each = self.compute_lowest_price(at, node)
            for use in uses:
                mine = np.flatnonzero(use.accounts == account)
                if use.columns is None:
                    left -= each * float(use.amounts[mine].sum())
                elif len(mine) and each:
                    columns.append(use.columns[mine])
                    values.append(each * use.amounts[mine])
        none = np.zeros(0, dtype=np.int64)
        every, inverse = np.unique(np.concatenate([none, *columns]), return_inverse=True)
        return Row(every, np.bincount(inverse, np.concatenate([none, *values]), len(every)).astype(float), left)

    def compute_lowest_price(self, at: int, node: Node) -> float:
        """Return what a unit on a pool costs on average at least, in the plans of a node."""
        low, high = self.get_pool_interval(at, node)
        return compute_lowest_average(self.pools[at].tiers, low, high, self._free.get(id(self.pools[at]), 0.0))

    def get_pool_interval(self, at: int, node: Node) -> Interval:
        """Return the least and the most that a pool holds in the plans of a node."""
        pool = self.pools[at]
        return node.intervals.get(at, (0.0, np.inf) if pool.flat else (pool.low, pool.high))

    def _sum_quantities(self, at: int) -> tuple[IntArray, FloatArray]:
        """Return the columns of a pool and what each puts on it, whoever pays."""
        parts = [use for use in self._uses[at] if use.columns is not None]
        every, inverse = np.unique(np.concatenate([use.columns for use in parts]), return_inverse=True)
        amounts = np.concatenate([use.amounts for use in parts])
        return every, np.bincount(inverse, amounts, len(every)).astype(float)

    def _sum_constants(self, at: int) -> float:
        return sum(float(use.amounts.sum()) for use in self._uses[at] if use.columns is None)

    def split_node(self, node: Node, chosen: IntArray, bill: Bill, more: Mapping[str, float]) -> list[Node]:
        """Return parts of a node that hold all its plans but those that pay as a plan that breaks the limit does.

        Args:
            node: the node.
            chosen: the candidates of a plan of it.
            bill: what that costs.
            more: by how much accounts pay more than today.
        """
        broken = frozenset(self.instance.accounts[name] for name in more)
        if not broken <= node.accounts:
            return [Node(node.intervals, node.accounts | broken, node.excluded)]
        at, quantity = self._find_loosest_pool(node, bill, broken)
        if at is None:
            return [Node(node.intervals, node.accounts, (*node.excluded, chosen))]
        low, high = self.get_pool_interval(at, node)
        half = _WIDTH * max(1.0, quantity)
        parts = [
            (low, quantity - half),
            (max(low, quantity - half), min(high, quantity + half)),
            (quantity + half, high),
        ]
        return [
            Node({**node.intervals, at: part}, node.accounts, node.excluded) for part in parts if part[0] <= part[1]
        ]

    def _find_loosest_pool(self, node: Node, bill: Bill, broken: frozenset[int]) -> tuple[int | None, float]:
        """Return the pool whose lowest average price is furthest below what its accounts really pay; its quantity."""
        best: tuple[int | None, float] = (None, 0.0)
        least = _SLACK
        for at, quantity, cost in self._iterate_tiered_pools(bill, broken):
            low, high = self.get_pool_interval(at, node)
            loose = cost - self.compute_lowest_price(at, node) * quantity
            inside = low <= quantity <= high  # a solver's tolerance may leave it: then splitting makes no progress
            if inside and loose > least and high - low > 2 * _WIDTH * max(1.0, quantity) * (1 + _CLOSE):
                best, least = (at, quantity), loose
        return best

    def _iterate_tiered_pools(self, bill: Bill, accounts: frozenset[int]) -> Iterator[tuple[int, float, float]]:
        """Go through the tiered pools that some accounts use: number, quantity and cost in a bill."""
        number = {
            pool.key: at
            for at, pool in enumerate(self.pools)
            if not (pool.flat or pool.meter.once or pool.meter.includes)
            and any(np.isin(use.accounts, list(accounts)).any() for use in self._uses[at])
        }
        for pool in bill.pools:
            for row in np.flatnonzero(pool.quantity).tolist():
                at = number.get((pool.meter.id, pool.location, pool.counterpart or "", pool.owners[row]))
                if at is not None:
                    yield at, float(pool.metered[row]), float(pool.compute_row_cost(row))


def _scale_row(columns: IntArray, amounts: FloatArray, high: float, by: float) -> Row:
    scale = max(abs(by), 1.0)
    return Row(columns, amounts / scale, high / scale)


def compute_lowest_average(tiers: Tiers, low: float, high: float, free: float) -> float:
    """Return the least that a unit of a schedule costs on average, for quantities between ``low`` and ``high``.

    Args:
        tiers: the schedule; its prices fall.
        low: the least quantity.
        high: the greatest; infinity only of a schedule of one price.
        free: a quantity of the first tier that may be free.
    """
    first = float(tiers.prices[0])
    if len(tiers.prices) == 1 and not free:
        return first
    high = min(high, float(tiers.end), 1e18)
    edges = [*map(float, tiers.starts[1:]), free]
    inside = [edge for edge in edges if low < edge < high]
    averages = []
    for quantity in (low, *inside, high):
        if quantity > 0:
            saved = min(free, quantity, tiers.first_edge) * first
            averages.append((float(tiers.cost(quantity)) - saved) / quantity)
        else:
            averages.append(0.0 if free else first)
    return max(min(averages), 0.0)
