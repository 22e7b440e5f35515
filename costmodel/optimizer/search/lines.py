"""The best over straight lines: a concave price is the least of them, so the optimum is the best over one each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.optimizer.clock import Clock
from costmodel.optimizer.model.problem import Problem, Row, Solution
from costmodel.optimizer.search.place import place_flows
from costmodel.optimizer.search.ties import Ties

if TYPE_CHECKING:
    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.optimizer.model.columns import Pool
    from costmodel.optimizer.model.instance import Instance


_PROVEN = 1e-7


class Found(NamedTuple):
    """The best placement: its bound and value, the candidate of each flow, how many problems, and by which solvers."""

    bound: float
    value: float
    chosen: IntArray | None
    problems: int
    solvers: frozenset[str]


class Lines:
    """The search over lines, for an instance and the rows that bind.

    Args:
        instance: the numbers.
        rows: limits beside those of the instance.
        keys: columns of keys beside those of the instance, free but for the rows (candidates, more).
        free: how many such keys there are.
        clock: when to stop.
        cost: cost of each column; default the instance's.
    """

    def __init__(
        self,
        instance: Instance,
        rows: list[Row],
        *,
        keys: IntArray | None = None,
        free: int = 0,
        clock: Clock | None = None,
        cost: FloatArray | None = None,
        only_highs: bool = False,
    ) -> None:
        """Gather the problem; its costs change from line to line."""
        self.instance, self.clock, self.only_highs = instance, clock or Clock(), only_highs
        whole = instance.build_problem(instance.cost if cost is None else cost)
        if keys is not None:
            n, k = len(whole.cost), len(whole.key_cost)
            moved = [
                Row(np.where(r.columns >= n + k, r.columns + free, r.columns), r.values, r.high) for r in whole.rows
            ]
            whole = Problem(
                whole.flow, whole.cost, np.column_stack([whole.keys, keys]), np.r_[whole.key_cost, np.zeros(free)],
                moved, whole.extra_cost, whole.extra_high,
            )  # fmt: skip
        whole.rows = [*whole.rows, *rows]
        self.whole, self.free = whole, free
        self.problems = 0
        self.solvers: set[str] = set()

    def solve_lines(self) -> Found:
        """Solve every group of flows that nothing connects with the others, each at the lines that matter to it.

        Raises:
            InfeasibleError: what has a price leaves a flow without a candidate.
        """
        pools = [pool for pool in self.instance.pools if len(pool.lines) > 1]
        ties = Ties(self.whole, [self._widen_quantity(pool.quantity) for pool in pools if pool.quantity is not None])
        best = self._solve_groups(self.whole, ties, pools, list(range(len(pools))), self.clock)
        return Found(best.bound, best.value, best.chosen, self.problems, frozenset(self.solvers))

    def _widen_quantity(self, quantity: FloatArray) -> FloatArray:
        """Return a pool's quantity per column with the free keys among them."""
        n, k = len(self.instance.flow), self.instance.size
        out = np.zeros(self.whole.width)
        out[: n + k] = quantity[: n + k]
        out[n + k + self.free : len(quantity) + self.free] = quantity[n + k :]
        return out

    def _solve_groups(self, p: Problem, ties: Ties, pools: list[Pool], some: list[int], clock: Clock) -> Solution:
        """Return the best over the lines of some pools: group by group of what these, keys and rows connect."""
        if not some:
            self.problems += 1
            clock.start_step(f"placement problem {self.problems:,}")
            only = place_flows(p, clock=clock, only_highs=self.only_highs)
            self.solvers |= only.solvers
            return only
        groups = ties.group_parts(some)
        if len(groups) == 1:
            return self._solve_line_by_line(p, ties, pools, some, clock)
        flows = ties.flows
        chosen = np.full(flows, -1)
        bound = value = 0.0
        for done, (names, mine) in enumerate(groups):
            part, inside, candidates, mask = ties.extract_parts(p, names)
            share = clock.split_time(len(groups) - done)
            solve = self._solve_line_by_line if mine else self._solve_groups
            best = solve(part, inside, pools, mine, share)
            bound, value = bound + best.bound, value + best.value
            if best.chosen is not None:
                chosen[mask] = candidates[best.chosen]
        every = chosen[np.unique(p.flow)] if np.isfinite(value) else None
        return Solution(bound, every, value, frozenset())

    def _solve_line_by_line(self, p: Problem, ties: Ties, pools: list[Pool], some: list[int], clock: Clock) -> Solution:
        """Return the best over the lines of pools that belong together: one pool's line is fixed, then they part again.

        The quantity on a pool can only grow from a more expensive line to a cheaper one. If the optimum at one line is
        on another line, no line between the two is better, nor any beyond: they need not be solved.
        """
        first = ties.pick_first_pool(some, [len(pool.lines) for pool in pools])
        pool, rest = pools[first], [i for i in some if i != first]
        quantity = ties.quantities[first]
        most = _bound_quantity(p, quantity, pool)
        scan = _LineScan(len(pool.lines))
        best: Solution | None = None
        bound = np.inf
        solved: dict[int, float] = {}
        while scan.left:
            at = scan.next_line
            line, constant = _fix_line(p, pool, at, quantity)
            found = self._solve_fixed_line(line, ties, pools, rest, (clock, scan.left))

            # The bound at this line; at a line that was not solved, other lines may give a higher one.
            known = found.bound + constant
            if found.chosen is None and solved:
                known = max(known, _bound_by_other_lines(pool, at, solved, most))
            else:
                solved[at] = known
            bound = min(bound, known)

            # The plan's cost on the schedule, and the line that its quantity really lies on.
            lies = at
            if found.chosen is not None:
                value, lies = _price_on_schedule(p, pool, at, quantity, found)
                if best is None or value < best.value:
                    best = found._replace(value=value)
            scan.skip_lines(at, lies)
        if best is None:
            return Solution(bound, None, np.inf, frozenset())
        return best._replace(bound=bound)

    def _solve_fixed_line(
        self, line: Problem, ties: Ties, pools: list[Pool], rest: list[int], time: tuple[Clock, int]
    ) -> Solution:
        """Return the best at a line of one pool over the lines of the others; a bound alone where no time is left."""
        clock, lines_left = time
        if clock.should_stop():  # there may be more lines than time to look at them
            return Solution(_compute_floor(line, ties, pools, rest), None, np.inf, frozenset())
        return self._solve_groups(line, ties, pools, rest, clock.split_time(lines_left))


class _LineScan:
    """The lines of a pool that may still be the best, looked at from the two ends in turn."""

    def __init__(self, count: int) -> None:
        """Begin at the first line, with all lines left."""
        self._low = 0
        self._high = count - 1
        self._upwards = True

    @property
    def left(self) -> int:
        """How many lines are left."""
        return max(self._high - self._low + 1, 0)

    @property
    def next_line(self) -> int:
        """The line to look at next."""
        return self._low if self._upwards else self._high

    def skip_lines(self, at: int, lies: int) -> None:
        """Leave out a line, and those between it and the line on which its optimum lies; go on from the other end."""
        if self._upwards:
            self._low = max(lies, at + 1)
        else:
            self._high = min(lies, at - 1)
        self._upwards = not self._upwards


def _fix_line(p: Problem, pool: Pool, at: int, quantity: FloatArray) -> tuple[Problem, float]:
    """Return a problem with a pool's price at one of its lines, and what that line costs whatever is chosen."""
    intercept, slope = pool.lines[at]
    n, k = len(p.cost), len(p.key_cost)
    with np.errstate(invalid="ignore"):
        line = Problem(
            p.flow, p.cost + slope * quantity[:n], p.keys, p.key_cost + slope * quantity[n : n + k],
            p.rows, p.extra_cost + slope * quantity[n + k :], p.extra_high,
        )  # fmt: skip
    return line, intercept + slope * pool.constant


def _price_on_schedule(p: Problem, pool: Pool, at: int, quantity: FloatArray, found: Solution) -> tuple[float, int]:
    """Return what a plan found at a line costs on the schedule, and on which line it lies, if it is the best there."""
    n, k = len(p.cost), len(p.key_cost)
    intercept, slope = pool.lines[at]
    value, lies = found.value + intercept + slope * pool.constant, at
    if found.chosen is not None and not quantity[n + k :].any():
        used = np.flatnonzero(p.mark_used_keys(found.chosen))
        total = pool.constant + float(quantity[found.chosen].sum() + quantity[n + used].sum())
        costs = [a + s * total for a, s in pool.lines]
        value += min(costs) - costs[at]  # at its own line, which a search that was stopped may not reach
        if found.value - found.bound <= _PROVEN * max(1.0, abs(found.value)):
            lies = int(np.argmin(costs))
    return value, lies


def _bound_quantity(p: Problem, quantity: FloatArray, pool: Pool) -> float:
    """Return what a pool holds at most."""
    n, k = len(p.cost), len(p.key_cost)
    if not n:
        return pool.constant
    return float(pool.constant + np.maximum.reduceat(quantity[:n], p.starts).sum() + quantity[n : n + k].sum())


def _compute_floor(p: Problem, ties: Ties, pools: list[Pool], some: list[int]) -> float:
    """Return what no plan costs less than at any lines of some pools: each unit at the least slope."""
    n, k = len(p.cost), len(p.key_cost)
    cost, constant = np.r_[p.cost, p.key_cost, p.extra_cost], 0.0
    for i in some:
        slopes = [slope for _, slope in pools[i].lines]
        constant += min(a + s * pools[i].constant for a, s in pools[i].lines)
        cost = cost + np.minimum(min(slopes) * ties.quantities[i], max(slopes) * ties.quantities[i])
    return constant + Problem(p.flow, cost[:n], p.keys, cost[n : n + k], [], cost[n + k :], p.extra_high).floor


def _bound_by_other_lines(pool: Pool, at: int, solved: dict[int, float], most: float) -> float:
    """Return a bound at a line that was not solved: that of another line, less what the two differ by at most.

    Only quantities count for which the line is the least of all.
    """
    (a, s), lines = pool.lines[at], pool.lines
    low = (a - lines[at - 1][0]) / (lines[at - 1][1] - s) if at else 0.0
    high = min((lines[at + 1][0] - a) / (s - lines[at + 1][1]), most) if at + 1 < len(lines) else most
    if high < low:
        return float(np.inf)  # the line is out of reach
    found = []
    for other, bound in solved.items():
        b, t = lines[other]
        found.append(bound - max((b + t * q) - (a + s * q) for q in (low, high)))
    return max(found)
