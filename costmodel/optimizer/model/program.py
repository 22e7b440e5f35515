"""A placement problem as a program for HiGHS, and what can be said of it without HiGHS: a safe bound, a plan's cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.optimizer.model.problem import Problem, Row, Solution

if TYPE_CHECKING:
    from highspy import Highs, HighsLp

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray

SOLVER = frozenset({"HiGHS"})
NONE = Solution(-np.inf, None, np.inf, SOLVER)
"""No plan, and no bound."""
_KEPT = 1e-6
"""By so much, relative to it, may a plan go beyond a row."""
_LARGEST = 1e4
"""The largest coefficient of a row, once scaled."""


def build_program(p: Problem) -> tuple[HighsLp, BoolArray]:
    """Return a problem as an ``highspy.HighsLp`` without integrality, and which columns are whole numbers.

    One row per flow: its candidates sum to 1. One per flow and key: the sum of those that need it is at most the key;
    never one per candidate, whose relaxation is fractional. Then the rows of the problem.
    """
    import highspy

    n, k, e = len(p.cost), len(p.key_cost), len(p.extra_cost)
    number, pair, link, at = pair_flows_and_keys(p)
    flows = int(number[-1]) + 1 if n else 0
    rows = [number, flows + link, flows + np.arange(len(pair))]
    columns = [np.arange(n), at, n + pair % max(k, 1)]
    values = [np.ones(n), np.ones(len(at)), -np.ones(len(pair))]
    low = [np.ones(flows), np.full(len(pair), -np.inf)]
    high = [np.ones(flows), np.zeros(len(pair))]
    for i, limit in enumerate(p.rows):
        rows.append(np.full(len(limit.columns), flows + len(pair) + i))
        columns.append(np.asarray(limit.columns))
        values.append(np.asarray(limit.values, dtype=float))
    low.append(np.full(len(p.rows), -np.inf))
    high.append(np.array([limit.high for limit in p.rows]))
    row, column, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
    order = np.argsort(column, kind="stable")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n + k + e, flows + len(pair) + len(p.rows)
    cost, upper = np.r_[p.cost, p.key_cost, p.extra_cost], np.r_[np.ones(n + k), p.extra_high]
    priced = np.isfinite(cost)  # what has no price can be no part of a plan
    lp.col_cost_ = np.where(priced, cost, 0.0)
    lp.col_lower_, lp.col_upper_ = np.zeros(n + k + e), np.where(priced, upper, 0.0)
    lp.row_lower_, lp.row_upper_ = np.concatenate(low), np.concatenate(high)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(n + k + e + 1)).astype(np.int32)
    lp.a_matrix_.index_ = row[order].astype(np.int32)
    lp.a_matrix_.value_ = value[order]
    return lp, np.r_[np.ones(n + k, dtype=bool), np.zeros(e, dtype=bool)]


def pair_flows_and_keys(p: Problem) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return each candidate's flow, counted from 0; pairs of flow and key; and of each need its pair and candidate."""
    n, k = len(p.cost), len(p.key_cost)
    number = np.cumsum(np.r_[True, p.flow[1:] != p.flow[:-1]]) - 1 if n else np.zeros(0, dtype=np.int64)
    at, slot = np.nonzero(p.keys >= 0) if p.keys.shape[1] else (np.zeros(0, int), np.zeros(0, int))
    pair, link = np.unique(number[at] * max(k, 1) + p.keys[at, slot], return_inverse=True)
    return number, pair, link, at


def scale_problem(p: Problem) -> Problem:
    """Return a problem whose extra columns cost about 1 each, and whose rows have no coefficient above 10,000.

    HiGHS takes a cost below 1e-7 for none, and a row as kept that is broken by less: a column of single requests at
    1e-7 USD would be free.
    """
    n = len(p.cost) + len(p.key_cost)
    dear = np.isfinite(p.extra_cost) & (p.extra_cost != 0)
    unit = np.ones(len(p.extra_cost))
    unit[dear] = 1 / np.abs(p.extra_cost[dear])
    rows = []
    for row in p.rows:
        columns, place = np.unique(row.columns, return_inverse=True)  # HiGHS refuses a column that is named twice
        values = np.bincount(place, weights=row.values, minlength=len(columns)).astype(float)
        extra = columns >= n
        values[extra] *= unit[columns[extra] - n]
        base = np.abs(values[extra]).max() if extra.any() else 1.0
        factor = min(1.0 / base, _LARGEST / max(np.abs(values).max(initial=0.0), 1e-300))
        rows.append(Row(columns, values * factor, row.high * factor))
    return Problem(p.flow, p.cost, p.keys, p.key_cost, rows, p.extra_cost * unit, p.extra_high / unit)


def compute_safe_bound(p: Problem, duals: FloatArray) -> float:
    """Return a lower bound from dual values, whatever they are worth: those of the program's rows, in its order.

    Every flow takes its cheapest candidate at the duals' prices; a key, or an extra column, is taken where that pays.
    """
    number, pair, link, at = pair_flows_and_keys(p)
    flows = int(number[-1]) + 1 if len(number) else 0
    if len(duals) != flows + len(pair) + len(p.rows):
        return -np.inf
    n, k = len(p.cost), len(p.key_cost)
    share = np.maximum(-duals[flows : flows + len(pair)], 0.0)
    price = np.maximum(-duals[flows + len(pair) :], 0.0)
    cost = np.r_[p.cost, p.key_cost, p.extra_cost]
    np.add.at(cost, at, share[link])
    cost[n : n + k] -= np.bincount(pair % max(k, 1), weights=share, minlength=k)[:k]
    for row, much in zip(p.rows, price, strict=True):
        if much:
            np.add.at(cost, row.columns, much * np.asarray(row.values, dtype=float))
    least = np.minimum.reduceat(cost[:n], p.starts).sum() if n else 0.0
    most = np.r_[np.ones(k), _bound_extra_columns(p)]
    taken = np.where(np.isfinite(cost[n:]), np.minimum(cost[n:], 0.0), 0.0)
    with np.errstate(invalid="ignore"):
        gained = np.where(taken < 0, taken * most, 0.0).sum()
    return float(least + gained - price @ np.array([row.high for row in p.rows]))


def _bound_extra_columns(p: Problem) -> FloatArray:
    """Return how much each extra column can be in an optimum: no more than the rows that hold it up ask for."""
    n = len(p.cost) + len(p.key_cost)
    out = np.array(p.extra_high, dtype=float)
    asked = np.zeros(len(out))
    for row in p.rows:
        values = np.asarray(row.values, dtype=float)
        for i in np.flatnonzero((np.asarray(row.columns) >= n) & (values < 0)):
            most = np.maximum(values, 0.0).sum() - row.high
            asked[row.columns[i] - n] = max(asked[row.columns[i] - n], most / -values[i])
    endless = ~np.isfinite(out) & (p.extra_cost >= 0)
    out[endless] = asked[endless]
    return out


def evaluate_choice(q: Problem, chosen: IntArray | None) -> Solution:
    """Return a choice of candidates with its cost, without a bound; none where it breaks a row."""
    if chosen is None:
        return NONE
    rest = _solve_extra_columns(q, chosen)
    value = q.compute_choice_cost(chosen) + (0.0 if rest is None else float(q.extra_cost @ rest))
    return NONE if rest is None else Solution(-np.inf, chosen, value, SOLVER)


def round_solution(q: Problem, value: FloatArray) -> IntArray:
    """Return the candidate of each flow that is cheapest with the keys open that a solution has at 1/2 or more."""
    n = len(q.cost)
    half = np.r_[value[n : n + len(q.key_cost)] >= 1 / 2 - 1e-9, True]
    missing = np.where(half, 0.0, np.r_[q.key_cost, 0.0])
    cost = q.cost + missing[q.keys].sum(axis=1)  # a flow that no open key serves opens its cheapest
    order = np.lexsort((cost, q.flow))
    return order[q.starts]


def build_plan_columns(q: Problem, chosen: IntArray | None) -> FloatArray | None:
    """Return the columns of a plan; None where there is none."""
    if chosen is None:
        return None
    rest = _solve_extra_columns(q, chosen)
    return None if rest is None else np.r_[_mark_taken(q, chosen), rest]


def _mark_taken(q: Problem, chosen: IntArray) -> FloatArray:
    out = np.zeros(len(q.cost) + len(q.key_cost))
    out[chosen] = 1.0
    out[len(q.cost) :] = q.mark_used_keys(chosen)
    return out


def _solve_extra_columns(q: Problem, chosen: IntArray) -> FloatArray | None:
    """Return the cheapest extra columns beside a choice of candidates; None where it breaks a row."""
    import highspy

    taken, n = _mark_taken(q, chosen), len(q.cost) + len(q.key_cost)
    rows = []
    for row in q.rows:
        columns, values = np.asarray(row.columns), np.asarray(row.values, dtype=float)
        extra = columns >= n
        left = row.high - float(values[~extra] @ taken[columns[~extra]])
        if extra.any():
            rows.append(Row(columns[extra] - n, values[extra], left))
        elif left < -_KEPT * max(1.0, abs(row.high)):
            return None
    if not len(q.extra_cost):
        return np.zeros(0)
    none = np.zeros(0, dtype=np.int64)
    some = Problem(none, np.zeros(0), none.reshape(0, 0), np.zeros(0), rows, q.extra_cost, q.extra_high)
    solver = create_silent_solver()
    solver.passModel(build_program(some)[0])
    solver.run()
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return np.array(solver.getSolution().col_value) if optimal else None


def create_silent_solver() -> Highs:
    """Return a solver that writes nothing: HiGHS 1.16 prints its banner as it is made, unless it is told before.

    The number of threads stays as it is: HiGHS keeps one scheduler for a process, and runs nothing at another number.
    """
    import highspy

    class Silent(highspy.Highs):
        """HiGHS, told before its banner."""

        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's name
            self.setOptionValue("output_flag", False)  # noqa: FBT003
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver = Silent()  # type: ignore[no-untyped-call]
    for name, setting in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-7)):
        solver.setOptionValue(name, setting)
    return solver
