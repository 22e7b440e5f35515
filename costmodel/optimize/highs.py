"""The optimum by HiGHS: a mixed integer program, or its relaxation where that comes out whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.optimize.problem import Best, Problem

if TYPE_CHECKING:
    from costmodel.optimize.clock import Clock

SOLVER = frozenset({"HiGHS"})
_WHOLE = 1e-6
_LEAST_SECONDS = 0.1


def program(p: Problem) -> tuple[Any, Any]:
    """Return a problem as an ``highspy.HighsLp`` without integrality, and which columns are whole numbers.

    One row per flow: its candidates sum to 1. One per flow and key: the sum of those that need it is at most the key;
    never one per candidate, whose relaxation is fractional. Then the rows of the problem.
    """
    import highspy

    n, k, e = len(p.cost), len(p.key_cost), len(p.extra_cost)
    number = np.cumsum(np.r_[True, p.flow[1:] != p.flow[:-1]]) - 1 if n else np.zeros(0, dtype=np.int64)
    flows = int(number[-1]) + 1 if n else 0
    at, slot = np.nonzero(p.keys >= 0) if p.keys.shape[1] else (np.zeros(0, int), np.zeros(0, int))
    pair, link = np.unique(number[at] * max(k, 1) + p.keys[at, slot], return_inverse=True)
    rows = [number, flows + link, flows + np.arange(len(pair))]
    columns = [np.arange(n), at, n + pair % max(k, 1)]
    values = [np.ones(n), np.ones(len(at)), -np.ones(len(pair))]
    low, high = [np.ones(flows), np.full(len(pair), -np.inf)], [np.ones(flows), np.zeros(len(pair))]
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


def solve(p: Problem, *, clock: Clock) -> Best:
    """Find the optimum: of the relaxation first, which mostly comes out whole, else by branching.

    Args:
        p: the problem.
        clock: when to stop.

    Returns:
        The bound, and the candidate of each flow; infinite and None where no plan keeps to the rows.
    """
    import highspy

    lp, whole = program(p)
    solver = silent()
    solver.passModel(lp)
    solver.cbMipInterrupt += lambda event: event.interrupt(clock.over())
    solver.cbSimplexInterrupt += lambda event: event.interrupt(clock.over())
    impossible = {
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    }  # costs have an end
    done, value = _run(solver, clock)
    status, info = solver.getModelStatus(), solver.getInfo()
    if status in impossible:
        return Best(np.inf, None, np.inf, SOLVER)
    if not done:
        return Best(p.floor, None, np.inf, SOLVER)
    bound = info.objective_function_value
    if np.abs(value[whole] - np.round(value[whole])).max(initial=0) <= _WHOLE:
        return Best(bound, _chosen(p, value), bound, SOLVER)
    kinds = np.where(whole, int(highspy.HighsVarType.kInteger), int(highspy.HighsVarType.kContinuous))
    solver.changeColsIntegrality(len(whole), np.arange(len(whole), dtype=np.int32), kinds.astype(np.uint8))
    _, value = _run(solver, clock)
    info = solver.getInfo()
    if solver.getModelStatus() in impossible:
        return Best(np.inf, None, np.inf, SOLVER)
    bound = max(bound, info.mip_dual_bound)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Best(bound, None, np.inf, SOLVER)
    return Best(bound, _chosen(p, value), info.objective_function_value, SOLVER)


def _run(solver: Any, clock: Clock) -> tuple[bool, Any]:
    """Run a solver within the time that is left; return whether it came to an end, and the columns' values."""
    import highspy

    if clock.left is not None:
        solver.setOptionValue("time_limit", solver.getRunTime() + max(clock.left, _LEAST_SECONDS))
    solver.run()
    done = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return done, np.array(solver.getSolution().col_value)


def _chosen(p: Problem, value: Any) -> Any:
    """Return the candidate of each flow that a solution holds."""
    n = len(p.cost)
    order = np.lexsort((-value[:n], p.flow))
    return order[p.starts]


def silent() -> Any:
    """Return a solver that writes nothing: HiGHS 1.16 prints its banner as it is made, unless it is told before."""
    import highspy

    class Silent(highspy.Highs):
        """HiGHS, told before its banner."""

        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's name
            self.setOptionValue("output_flag", False)  # noqa: FBT003
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver = Silent()  # type: ignore[no-untyped-call]
    for name, setting in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-7), ("threads", 2)):
        solver.setOptionValue(name, setting)
    return solver
