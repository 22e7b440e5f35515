"""The optimum of a placement problem at given costs: reduced, then cut where it can be, else by HiGHS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.clock import OutOfTime
from costmodel.optimizer.model.problem import Problem, Solution
from costmodel.optimizer.search import highs, lagrangian
from costmodel.optimizer.search.min_cut import SOLVER, Rivals, assign_key_colours, solve_by_min_cut
from costmodel.optimizer.search.persistency import fix_key
from costmodel.optimizer.search.presolve import presolve_problem

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.optimizer.clock import Clock

_SMALL = 200
"""Flows of a problem that HiGHS solves sooner than several cuts."""
_DEEP = 3
"""So many keys are tried open and closed, one after the other, before a problem is left to HiGHS."""
_TRIED = 8
"""Of so many keys, those with the most flows, each is tried."""


def place_flows(p: Problem, *, clock: Clock, only_highs: bool = False) -> Solution:
    """Find the optimum of a problem.

    What keys and rows connect is solved together: by a minimum cut where there are no rows and two colours do, else by
    HiGHS. Where a few keys stand in the colours' way, each is tried open and closed.

    Args:
        p: the problem.
        clock: when to stop.
        only_highs: leave the cut out.

    Raises:
        InfeasibleError: what has a price leaves a flow without a candidate.
    """
    if clock.should_stop():
        return Solution(p.floor, None, np.inf, frozenset())
    if any(not len(row.columns) and row.high < 0 for row in p.rows):
        return Solution(np.inf, None, np.inf, SOLVER)  # nothing can keep to a limit
    if not len(p.cost):
        return Solution(0.0, np.zeros(0, dtype=np.int64), 0.0, SOLVER)
    try:
        return _presolve_and_place(p, clock, only_highs=only_highs)
    except OutOfTime:
        return Solution(p.floor, None, np.inf, frozenset())


def _presolve_and_place(p: Problem, clock: Clock, *, only_highs: bool) -> Solution:
    small, at = presolve_problem(p, clock)
    if only_highs:
        found = highs.solve_with_highs(small, clock=clock)
        return found._replace(chosen=None if found.chosen is None else at[found.chosen])
    if any(not len(row.columns) for row in small.rows):
        return Solution(np.inf, None, np.inf, SOLVER)  # nothing can keep to a limit
    found = _solve_parts(small, clock, _DEEP)
    return found._replace(chosen=None if found.chosen is None else at[found.chosen])


def _solve_parts(p: Problem, clock: Clock, deep: int) -> Solution:
    """Solve the parts of a reduced problem, each as it can be."""
    colour, twisted = assign_key_colours(p, clock)
    if not p.rows and not twisted.any():
        return solve_by_min_cut(p, colour, clock)
    n = len(p.cost)
    of_flow, of_key, of_extra = p.label_connected_columns(int(p.flow[-1]) + 1 if n else 0)
    label = np.concatenate([of_flow[p.flow], of_key, of_extra])
    here = np.zeros(len(of_flow), dtype=bool)
    here[p.flow] = True
    tied = np.unique(label[[int(row.columns[0]) for row in p.rows]])
    odd = np.setdiff1d(np.unique(of_key[twisted]), tied)
    flows = np.bincount(of_flow[here], minlength=1)
    wide = [one for one in odd if deep and one < len(flows) and flows[one] > _SMALL]
    rest = np.concatenate([tied, np.setdiff1d(odd, wide)])
    parts: list[Solution] = []
    chosen = np.full(len(here), -1)

    def add(which: BoolArray, found: Solution, mine: IntArray) -> None:
        parts.append(found)
        if found.chosen is not None:
            chosen[which] = mine[found.chosen]

    easy = here & ~np.isin(of_flow, np.concatenate([tied, odd]))
    if easy.any():
        part, mine = p.extract_subproblem(easy)
        some = part.keys >= 0
        part_colour = np.zeros(len(part.key_cost), dtype=bool)
        part_colour[part.keys[some]] = colour[p.keys[mine][some]]
        add(easy, solve_by_min_cut(part, part_colour, clock), mine)
    for one in wide:
        which = here & (of_flow == one)
        part, mine = p.extract_subproblem(which)
        add(which, _branch_on_key(part, clock, deep), mine)
    hard = here & np.isin(of_flow, rest)
    if len(rest):
        part, mine = p.extract_subproblem(hard, np.isin(of_key, rest), np.isin(of_extra, rest))
        add(hard, lagrangian.solve_by_lagrangian(part, clock=clock), mine)
    value = sum(one.value for one in parts)
    solvers = frozenset[str]().union(*(one.solvers for one in parts))
    every = chosen[here] if np.isfinite(value) else None
    return Solution(sum(one.bound for one in parts), every, value, solvers)


def _branch_on_key(p: Problem, clock: Clock, deep: int) -> Solution:
    """Solve a problem with the key in the colours' way open, and closed; leave it to HiGHS where no key helps."""
    key = _find_blocking_key(p, clock)
    if key < 0:
        return lagrangian.solve_by_lagrangian(p, clock=clock)
    both = []
    for is_open in (False, True):
        if clock.should_stop():
            both.append(Solution(p.floor, None, np.inf, frozenset()))
            continue
        try:
            part, at = fix_key(p, key, is_open=is_open)
            small, more = presolve_problem(part, clock)
        except InfeasibleError:
            continue
        found = _solve_parts(small, clock, deep - 1)
        chosen = None if found.chosen is None else at[more[found.chosen]]
        both.append(found._replace(chosen=chosen))
    best = min(both, key=lambda one: one.value)
    solvers = frozenset[str]().union(*(one.solvers for one in both))
    return best._replace(bound=min(one.bound for one in both), solvers=solvers)


def _find_blocking_key(p: Problem, clock: Clock) -> int:
    """Return the key without which the fewest others are in the colours' way; -1 where none makes a difference."""
    users = np.bincount(p.keys[p.keys >= 0], minlength=len(p.key_cost))
    rivals = Rivals(p, clock)
    least, best = int(np.count_nonzero(rivals.assign_colours()[1])), -1
    for key in np.argsort(-users, kind="stable")[:_TRIED]:
        clock.raise_if_stopped()
        _, twisted = rivals.assign_colours(int(key))
        if np.count_nonzero(twisted) < least:
            least, best = int(np.count_nonzero(twisted)), int(key)
        if not least:
            break
    return best
