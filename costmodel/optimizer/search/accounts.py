"""No account pays more than today: a bound at the lowest average prices, tightened where a plan breaks the limit.

What an account pays for a pool is its share of the pool's cost, so it depends on what all others put on the pool. A
search node holds an interval for the quantity of each tiered pool. Inside it no unit costs less on average than the
lowest average price of the interval, so limits at those prices cut off no plan that keeps to today: the bound is valid.
A plan that breaks the limit at the real prices splits the intervals at its own quantities, until its prices are exact.
"""

from __future__ import annotations

import copy
import heapq
import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.search.account_limits import AccountLimits, Node, find_accounts_paying_more
from costmodel.optimizer.search.lines import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from costmodel.core.arrays import IntArray
    from costmodel.network.bill import Bill
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.model.instance import Instance

_CLOSE = 1e-9


class KnownPlan(NamedTuple):
    """A plan that keeps to today: its candidates and what it costs, less what every plan does."""

    chosen: IntArray
    value: float


class AccountSearch:
    """The search for the cheapest plan in which no account pays more than today, best bound first.

    Args:
        limits: what each account may pay.
        find: solves an instance with all other limits.
        bill_of: bills the candidates of a plan.
        known: plans that are known to keep to today.
    """

    def __init__(
        self,
        limits: AccountLimits,
        find: Callable[[Instance], Found],
        bill_of: Callable[[IntArray], Bill],
        known: Sequence[KnownPlan],
    ) -> None:
        """Begin with the node of all plans."""
        self.limits, self._find, self._bill_of = limits, find, bill_of
        self.best = min(known, key=lambda one: one.value, default=None)
        self.problems = 0
        self.solvers: frozenset[str] = frozenset()
        self._turn = itertools.count(1)
        self._open: list[tuple[float, int, Node]] = [(-np.inf, 0, Node())]
        self._unproven = np.inf  # the least bound of nodes that a solver left with a gap

    @property
    def bound(self) -> float:
        """What no plan that keeps to today costs less than."""
        least = min(self._unproven, self._open[0][0] if self._open else np.inf)
        return least if self.best is None else min(least, self.best.value)

    def search_nodes(self, clock: Clock, *, any_plan: bool = False) -> Found:
        """Search until the bound meets the best plan, or time is up.

        Args:
            clock: when to stop.
            any_plan: whether one plan that keeps to today is enough.

        Raises:
            InfeasibleError: no plan keeps to today.
        """
        while self._open and not self._is_proven() and not (any_plan and self.best is not None):
            if clock.should_stop():
                break
            self._expand_node(heapq.heappop(self._open))
        if self.best is None and self.bound == np.inf:
            message = "No plan keeps every account at or below what it pays today."
            raise InfeasibleError(message, [])
        chosen, value = (None, np.inf) if self.best is None else self.best
        return Found(self.bound, value, chosen, self.problems, self.solvers or frozenset({"a known plan"}))

    def _is_proven(self) -> bool:
        return self.best is not None and self.bound >= self.best.value - _CLOSE * max(1.0, abs(self.best.value))

    def _expand_node(self, entry: tuple[float, int, Node]) -> None:
        """Solve a node; keep what it finds, or split it where that breaks the limit at the real prices."""
        bound, _, node = entry
        part = copy.copy(self.limits.instance)
        part.rows = [*part.rows, *self.limits.build_limit_rows(node)]
        try:
            found = self._find(part)
        except InfeasibleError:
            return
        self.problems, self.solvers = self.problems + found.problems, self.solvers | found.solvers
        below = max(bound, found.bound)
        if found.chosen is None:  # stopped before it found a plan
            self._unproven = min(self._unproven, below)
            return
        bill = self._bill_of(found.chosen)
        value = float(bill.total_exact) - self.limits.instance.constant
        more = find_accounts_paying_more(self.limits.today, bill)
        if more:
            for child in self.limits.split_node(node, found.chosen, bill, more):
                heapq.heappush(self._open, (below, next(self._turn), child))
            return
        if self.best is None or value < self.best.value:
            self.best = KnownPlan(found.chosen, value)
        if value - below > _CLOSE * max(1.0, abs(value)):
            self._unproven = min(self._unproven, below)
