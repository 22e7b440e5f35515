"""A placement problem in numbers: flows, candidates, keys and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray


class Row(NamedTuple):
    """A limit: the sum of values times columns is at most ``high``."""

    columns: IntArray
    values: FloatArray
    high: float


@dataclass(eq=False)
class Problem:
    """Each flow takes one of its candidates; a candidate costs something, and so does every key that some need.

    Columns are numbered candidates first, then keys, then extras: numbers from 0 to a bound, bound by rows.

    Attributes:
        flow: of each candidate, the flow it serves; sorted.
        cost: of each candidate.
        keys: (candidates, most keys of one) the keys that each needs, -1 where there are no more.
        key_cost: of each key.
        rows: limits.
        extra_cost: of each extra column.
        extra_high: the most that it can be.
    """

    flow: IntArray
    cost: FloatArray
    keys: IntArray
    key_cost: FloatArray
    rows: list[Row] = field(default_factory=list)
    extra_cost: FloatArray = field(default_factory=lambda: np.zeros(0))
    extra_high: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def width(self) -> int:
        """How many columns."""
        return len(self.cost) + len(self.key_cost) + len(self.extra_cost)

    @property
    def starts(self) -> IntArray:
        """The first candidate of each flow that has one."""
        return np.flatnonzero(np.r_[True, self.flow[1:] != self.flow[:-1]]) if len(self.flow) else np.zeros(0, int)

    def mark_used_keys(self, chosen: IntArray) -> BoolArray:
        """Return which keys some candidates need."""
        out = np.zeros(len(self.key_cost) + 1, dtype=bool)
        out[self.keys[chosen].reshape(-1)] = True
        return out[:-1]

    def compute_choice_cost(self, chosen: IntArray) -> float:
        """Return what a choice of candidates costs, rows and extras apart."""
        return float(self.cost[chosen].sum() + self.key_cost[self.mark_used_keys(chosen)].sum())

    @property
    def floor(self) -> float:
        """What no choice of candidates costs less than: every flow's least, no key that costs."""
        least = np.minimum.reduceat(self.cost, self.starts).sum() if len(self.cost) else 0.0
        paid = self.extra_cost < 0
        extras = self.extra_cost[paid] * self.extra_high[paid]
        return float(least + np.minimum(self.key_cost, 0.0).sum() + extras.sum())

    def extract_subproblem(
        self, flows: BoolArray, keys: BoolArray | None = None, extras: BoolArray | None = None
    ) -> tuple[Problem, IntArray]:
        """Return the problem of some flows, and which of the candidates it has.

        Args:
            flows: whether each flow is in it.
            keys: whether each key is, rows and all; by default those that its candidates need, without rows.
            extras: whether each extra column is.
        """
        at = np.flatnonzero(flows[self.flow])
        some = self.keys[at]
        if keys is None:
            used = np.zeros(len(self.key_cost) + 1, dtype=bool)
            used[some.reshape(-1)] = True
            keys = used[:-1]
        number = np.full(len(keys) + 1, -1, dtype=np.int32)
        number[np.flatnonzero(keys)] = np.arange(np.count_nonzero(keys))
        out = Problem(self.flow[at], self.cost[at], number[some], self.key_cost[keys])
        if extras is not None:
            kept = np.flatnonzero(np.r_[flows[self.flow], keys, extras])
            column = np.full(self.width, -1, dtype=np.int64)
            column[kept] = np.arange(len(kept))
            out.rows = [
                Row(column[row.columns], row.values, row.high)
                for row in self.rows
                if (column[row.columns] >= 0).any() or not len(row.columns)  # a sum of nothing may be too much
            ]
            out.extra_cost, out.extra_high = self.extra_cost[extras], self.extra_high[extras]
        return out, at

    def label_connected_columns(self, flows: int) -> tuple[IntArray, IntArray, IntArray]:
        """Return a label per flow, key and extra column: equal where keys or rows connect them.

        Args:
            flows: how many flows there are.
        """
        k, e = len(self.key_cost), len(self.extra_cost)
        node = np.concatenate([self.flow, flows + np.arange(k + e)])
        ends = [(self.flow[at], flows + column[at]) for column in self.keys.T for at in [np.flatnonzero(column >= 0)]]
        for row in self.rows:
            some = node[np.asarray(row.columns, dtype=np.int64)]
            ends.append((some[:-1], some[1:]))
        none = np.zeros(0, dtype=np.int64)
        one, other = (np.concatenate([none, *(pair[i] for pair in ends)]) for i in range(2))
        label = label_components(one, other, flows + k + e)
        return label[:flows], label[flows : flows + k], label[flows + k :]


class Solution(NamedTuple):
    """What a solver found: a lower bound, the candidate of each flow (None: none), what it costs, by which solvers."""

    bound: float
    chosen: IntArray | None
    value: float
    solvers: frozenset[str]


def label_components(a: IntArray, b: IntArray, nodes: int) -> IntArray:
    """Return a label per node: the least node that edges between ``a`` and ``b`` connect it with."""
    label = np.arange(nodes)
    while len(a):
        least = np.minimum(label[a], label[b])
        np.minimum.at(label, label[a], least)
        np.minimum.at(label, label[b], least)
        while True:
            up = label[label]
            if np.array_equal(up, label):
                break
            label = up
        differ = label[a] != label[b]
        a, b = a[differ], b[differ]
    return label
