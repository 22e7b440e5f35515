"""Problems that fall into small blocks once a few keys are settled: bounded with prices on their rows, then narrowed.

With a price on each row instead of its limit, and keys that blocks share for free unless they are known to be open,
each block is best by itself: all sets of its own keys are tried at once. Their sum is a lower bound at any prices
(Lagrange's).
What cannot be part of a plan as cheap as the best one found is dropped, and HiGHS solves what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.optimizer.model import program
from costmodel.optimizer.model.problem import Problem, Row, Solution
from costmodel.optimizer.search import highs
from costmodel.optimizer.search.blocks import Blocks
from costmodel.optimizer.search.presolve import presolve_problem

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.optimizer.clock import Clock

LEAST = 1_000
"""Flows of a problem that HiGHS solves sooner."""
_ROUNDS = 150
_PATIENCE = 8
"""So many rounds without a better bound before prices move half as far."""
_TRIED = 8
"""So many keys left undecided are tried closed, with prices of their own."""
_SLACK = 1e-9
_SEEN = 6
_MOST = 20.0
"""Seconds that plans seen on the way may take to be put together."""
SOLVER = frozenset({"Lagrangian bounds"})


class Priced(NamedTuple):
    """A bound with prices on rows: prices, costs with them, tables, what each row has too much, and the candidates."""

    bound: float
    prices: FloatArray
    cost: FloatArray
    key_cost: FloatArray
    least: FloatArray
    totals: FloatArray
    excess: FloatArray
    chosen: IntArray | None


class Search:
    """The bounds and the best plan found of a problem in blocks."""

    def __init__(self, blocks: Blocks, clock: Clock) -> None:
        """Begin with every shared key undecided."""
        p = blocks.p
        self.blocks, self.clock, self.p = blocks, clock, p
        k = len(p.key_cost)
        self.closed, self.open = np.zeros(k, dtype=bool), np.zeros(k, dtype=bool)
        p.rows = [Row(np.asarray(row.columns), np.asarray(row.values, dtype=float), row.high) for row in p.rows]
        self.high = np.array([row.high for row in p.rows])
        self.best: IntArray | None = None
        self.value = np.inf
        self.seen: list[IntArray] = []
        self.mended = -np.inf

    def bound_at_prices(self, prices: FloatArray) -> Priced:
        """Return the bound at some prices, and look at the plan that comes with it."""
        p, n = self.p, len(self.p.cost)
        extra = np.zeros(p.width)
        for price, row in zip(prices, p.rows, strict=True):
            if price:
                np.add.at(extra, row.columns, price * np.asarray(row.values, dtype=float))
        cost, key_cost = p.cost + extra[:n], p.key_cost + extra[n:]
        least, totals = self.blocks.compute_cost_tables(cost, key_cost, self.closed)
        paid = key_cost[self.open].sum()
        bound = float(totals.min(axis=1).sum() + paid - prices @ self.high)
        chosen = self.blocks.pick_candidates(least, totals, cost, self.closed) if np.isfinite(bound) else None
        excess = np.zeros(len(p.rows))
        if chosen is not None:
            excess = self._compute_excess(chosen)
            self._record_plan(chosen, excess)
        priced = Priced(bound, prices, cost, key_cost, least, totals, excess, chosen)
        if chosen is not None and bound > self.mended + self._hair and (excess > 0).any():
            self.mended = bound
            self._repair_plan(chosen, excess, priced)
        return priced

    def _repair_plan(self, chosen: IntArray, excess: FloatArray, priced: Priced) -> None:
        """Make a plan keep to the rows that it breaks: those do without that lose least by it."""
        b, p, n = self.blocks, self.p, len(self.p.cost)
        bound = np.zeros(n, dtype=bool)
        for row in p.rows:
            bound[row.columns[row.columns < n]] = True
        _, without = b.compute_cost_tables(np.where(bound, np.inf, p.cost), p.key_cost, self.closed)
        totals = priced.totals
        worth = without.min(axis=1) - totals.min(axis=1)
        worth[~np.isfinite(worth)] = np.inf
        cost, bar = np.where(bound, np.inf, p.cost), np.zeros((b.count, 1 << b.bits), dtype=bool)
        cost[chosen] = p.cost[chosen]
        for row, much in zip(p.rows, excess, strict=True):
            mine = np.flatnonzero(np.isin(chosen, row.columns[row.columns < n]))
            if much > 0 and len(mine):
                order = np.argsort(worth[b.block[mine]], kind="stable")
                cost[chosen[mine[order[: int(np.ceil(much))]]]] = np.inf
            where, bit = np.nonzero(np.isin(b.own, row.columns[row.columns >= n] - n) & (b.own >= 0))
            if not len(where):
                continue
            needs = b.sets[bit].astype(bool)
            best = totals[where].argmin(axis=1)
            users = needs[np.arange(len(where)), best]
            lost = np.where(needs, np.inf, totals[where]).min(axis=1) - totals[where].min(axis=1)
            order = np.argsort(np.where(users, -lost, np.inf), kind="stable")
            rest = order[max(int(np.count_nonzero(users) - np.ceil(max(much, 0.0))), 0) :]
            bar[where[rest]] |= needs[rest]
        least, totals = b.compute_cost_tables(cost, p.key_cost, self.closed)
        totals = np.where(bar, np.inf, totals)
        if np.isfinite(totals.min(axis=1)).all():
            chosen = b.pick_candidates(least, totals, cost, self.closed)
            self._record_plan(chosen, self._compute_excess(chosen))

    def _compute_excess(self, chosen: IntArray) -> FloatArray:
        taken = np.zeros(self.p.width)
        taken[chosen] = 1.0
        taken[len(self.p.cost) :] = self.p.mark_used_keys(chosen)
        sums = np.array([taken[row.columns] @ np.asarray(row.values, dtype=float) for row in self.p.rows])
        return np.asarray(sums - self.high)

    def _record_plan(self, chosen: IntArray, excess: FloatArray) -> None:
        """Keep a plan that keeps to the rows if it is the cheapest so far."""
        self.seen = [*self.seen[-_SEEN:], chosen]
        if (excess <= _SLACK * np.maximum(1.0, np.abs(self.high))).all():
            value = self.p.compute_choice_cost(chosen)
            if value < self.value:
                self.best, self.value = chosen, value

    def optimize_prices(self) -> Priced:
        """Return the best bound found over prices."""
        p = self.p
        best = self.bound_at_prices(np.zeros(len(p.rows)))
        if not len(p.rows):
            return best
        dear = float(best.cost.max() + p.key_cost.sum())
        if len(p.rows) == 1:
            self.bound_at_prices(np.array([dear]))
            return self._search_one_price(best, dear)
        self.bound_at_prices(np.full(len(p.rows), dear))
        return self._search_prices(best)

    def _search_prices(self, best: Priced) -> Priced:
        """Return the best bound found by steps along what rows have too much (Polyak's), halved where it stays."""
        step = 1.0
        idle = 0
        now = best
        for _ in range(_ROUNDS):
            top = self.value if np.isfinite(self.value) else abs(now.bound) * 1.01
            move = np.where((now.prices <= 0) & (now.excess < 0), 0.0, now.excess)
            length = float(move @ move)
            if self.clock.should_stop() or not length or top - best.bound <= 1e-9 * abs(top):
                break
            now = self.bound_at_prices(np.maximum(0.0, now.prices + step * max(top - now.bound, 0.0) / length * move))
            if now.bound > best.bound:
                best = now
                idle = 0
                continue
            idle += 1
            if idle >= _PATIENCE:
                step /= 2
                idle = 0
                now = best
        return best

    def _search_one_price(self, low: Priced, dear: float) -> Priced:
        """Return the best bound along one price: two lines bound it from above, and cross where to look next."""
        best, high = low, self.bound_at_prices(np.array([dear]))
        best = max(low, high, key=lambda one: one.bound)
        for _ in range(_ROUNDS):
            g, h = float(low.excess[0]), float(high.excess[0])
            if g <= 0 or h >= 0 or self.clock.should_stop():
                break
            a, b = low.bound - g * low.prices[0], high.bound - h * high.prices[0]
            price = (b - a) / (g - h)
            now = self.bound_at_prices(np.array([price]))
            best = max(best, now, key=lambda one: one.bound)
            if a + g * price - now.bound <= 1e-9 * abs(now.bound):
                break
            if now.excess[0] > 0:
                low = now
            else:
                high = now
        return best

    def fix_shared_keys(self, priced: Priced) -> Priced:
        """Open shared keys that a plan as cheap as the best cannot lack, close those that it cannot pay."""
        while np.isfinite(self.value) and not self.clock.should_stop():
            undecided = self._list_undecided_keys()
            for key in undecided:
                self._fix_key(int(key), priced)
                if self.clock.should_stop():
                    break
            priced = self.bound_at_prices(priced.prices)
            left = self._list_undecided_keys()
            if len(left) == len(undecided):
                opened = [self._try_closing_key(int(key)) for key in left[:_TRIED]]
                if not any(opened):
                    break
            priced = max(priced, self.bound_at_prices(priced.prices), key=lambda one: one.bound)
        return priced

    def _list_undecided_keys(self) -> IntArray:
        return np.flatnonzero(self.blocks.shared[:-1] & ~self.open & ~self.closed)

    def _fix_key(self, key: int, priced: Priced) -> None:
        """Close a shared key, or open it, if no plan as cheap as the best can be without that."""
        if priced.bound + priced.key_cost[key] > self.value + self._hair:
            self.closed[key] = True
            return
        shut = self.closed.copy()
        shut[key] = True
        _, totals = self.blocks.compute_cost_tables(priced.cost, priced.key_cost, shut)
        paid = priced.key_cost[self.open].sum() - priced.prices @ self.high
        if totals.min(axis=1).sum() + paid > self.value + self._hair:
            self.open[key] = True

    def _try_closing_key(self, key: int) -> bool:
        """Open a shared key if no prices let a plan without it be as cheap as the best; return whether it was."""
        self.closed[key] = True
        self.open[key] = self.optimize_prices().bound > self.value + self._hair
        self.closed[key] = False
        return bool(self.open[key])

    def is_proven(self, priced: Priced) -> bool:
        """Whether nothing is cheaper than the best plan found."""
        return bool(self.value - priced.bound <= self._hair)

    @property
    def _hair(self) -> float:
        return 1e-9 * max(1.0, abs(self.value))

    def find_remaining_candidates(self, priced: Priced) -> BoolArray:
        """Return which candidates a plan cheaper than the best may hold."""
        b, p = self.blocks, self.p
        room = self.value + self._hair - priced.bound
        above = priced.totals - priced.totals.min(axis=1, keepdims=True)  # (blocks, sets)
        keep = np.zeros(len(p.cost), dtype=bool)
        shut = np.r_[self.closed, False][p.keys].any(axis=1)
        above_flow = above[b.block]
        for some in range(1 << b.bits):
            here = ((b.mask & ~some) == 0) & ~shut & ~keep
            at = np.flatnonzero(here)
            more = above_flow[b.number[at], some] + priced.cost[at] - priced.least[b.number[at], some]
            keep[at[more <= room]] = True
        return keep


def solve_by_lagrangian(p: Problem, *, clock: Clock) -> Solution:
    """Find the optimum of a problem in blocks; of any other, or a small one, by HiGHS alone.

    Args:
        p: the problem.
        clock: when to stop.
    """
    flows = np.count_nonzero(np.diff(p.flow)) + 1 if len(p.flow) else 0
    if flows < LEAST or len(p.extra_cost) or not p.keys.shape[1]:
        return highs.solve_with_highs(p, clock=clock)
    blocks = Blocks(p)
    if not blocks.found:
        return highs.solve_with_highs(p, clock=clock)
    search = Search(blocks, clock)
    priced = search.optimize_prices()
    if search.seen and not search.is_proven(priced):
        solve_restricted(search, np.unique(np.concatenate(search.seen)), clock.with_limit(_MOST))
    priced = search.fix_shared_keys(priced)
    if search.best is None:
        found = highs.solve_with_highs(p, clock=clock)
        return found._replace(bound=max(found.bound, priced.bound))
    if search.is_proven(priced) or clock.should_stop():
        return Solution(min(priced.bound, search.value), search.best, search.value, SOLVER)
    rest = solve_restricted(search, np.flatnonzero(search.find_remaining_candidates(priced)), clock)
    return Solution(min(max(priced.bound, rest), search.value), search.best, search.value, SOLVER | program.SOLVER)


def solve_restricted(search: Search, at: IntArray, clock: Clock) -> float:
    """Solve a problem with some of its candidates only; keep the plan if it is the best so far; return the bound."""
    p = search.p
    n = len(p.cost)
    column = np.full(p.width, -1, dtype=np.int64)
    column[at] = np.arange(len(at))
    column[n:] = len(at) + np.arange(p.width - n)
    rows = []
    for row in p.rows:
        some = column[row.columns] >= 0
        rows.append(Row(column[row.columns][some], np.asarray(row.values)[some], row.high))
    small, back = presolve_problem(Problem(p.flow[at], p.cost[at], p.keys[at], p.key_cost, rows))
    found = highs.solve_with_highs(small, clock=clock)
    if found.chosen is not None and found.value < search.value:
        search.best, search.value = at[back[found.chosen]], found.value
    return found.bound
