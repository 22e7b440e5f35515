"""The optimum by HiGHS: a mixed integer program, or its relaxation where that comes out whole.

What HiGHS reports is not taken on trust. A plan's cost is computed from its candidates, the relaxation's bound from
its dual values; where the reported objective is another, the program is solved again without presolve, and a bound
that stays in doubt gives way to the relaxation's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.core.errors import CostmodelError
from costmodel.optimizer.model.program import (
    NONE,
    build_plan_columns,
    build_program,
    compute_safe_bound,
    create_silent_solver,
    evaluate_choice,
    round_solution,
    scale_problem,
)

if TYPE_CHECKING:
    from highspy import HighsLp, HighsModelStatus

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.model.problem import Problem, Solution

_WHOLE = 1e-6
_AGREES = 1e-7
"""Largest difference between a reported objective and the cost of its columns, relative to it."""
_PRESOLVED = 20_000
"""Candidates beyond which a limited program is branched without presolve, in which HiGHS hears no clock."""
_LEAST_SECONDS = 0.1


class _Run(NamedTuple):
    """What HiGHS reports of a run: how it ended, and its figures."""

    status: HighsModelStatus
    value: FloatArray
    duals: FloatArray
    objective: float
    bound: float
    feasible: bool


def solve_with_highs(p: Problem, *, clock: Clock, start: IntArray | None = None) -> Solution:
    """Find the optimum: of the relaxation first, which mostly comes out whole, else by branching.

    Args:
        p: the problem.
        clock: when to stop.
        start: the candidate of each flow of a plan that is known, where one is.

    Returns:
        The bound, and the candidate of each flow; infinite and None where no plan keeps to the rows.

    Raises:
        CostmodelError: HiGHS cannot start, or ends with an error.
    """
    q = scale_problem(p)
    lp, whole = build_program(q)
    known = evaluate_choice(q, start)
    run = _run_highs(lp, clock)
    if _is_infeasible(run.status):
        run = _run_highs(lp, clock, presolve=False)
    if _is_infeasible(run.status):
        return known._replace(bound=np.inf if known.chosen is None else p.floor)
    floor = max(p.floor, compute_safe_bound(q, run.duals))
    if not _is_optimal(run.status):
        return known._replace(bound=min(floor, known.value))
    if np.abs(run.value[whole] - np.round(run.value[whole])).max(initial=0) <= _WHOLE:
        found = evaluate_choice(q, _extract_candidates(q, run.value))
        if _is_consistent(found.value, run.objective):
            return _pick_better(found, known, floor)
    known = min(known, evaluate_choice(q, round_solution(q, run.value)), key=lambda plan: plan.value)
    return _branch_and_bound(q, lp, whole, _pick_better(known, known, floor), clock)


def _branch_and_bound(q: Problem, lp: HighsLp, whole: BoolArray, known: Solution, clock: Clock) -> Solution:
    """Find the optimum by branching, twice where the first figures are in doubt: ``known`` is a bound and a plan."""
    import highspy

    kinds = np.where(whole, int(highspy.HighsVarType.kInteger), int(highspy.HighsVarType.kContinuous))
    lp.integrality_ = [highspy.HighsVarType(int(kind)) for kind in kinds]
    quick = clock.until is None or len(q.cost) <= _PRESOLVED
    for presolve in (True, False) if quick else (False,):
        if clock.should_stop():
            return known
        run = _run_highs(lp, clock, presolve=presolve, start=build_plan_columns(q, known.chosen))
        if not _is_infeasible(run.status):
            known, trusted = _update_known(q, known, run)
            if trusted:
                return known
        elif known.chosen is None and not presolve:
            return known._replace(bound=np.inf)
    return known


def _update_known(q: Problem, known: Solution, run: _Run) -> tuple[Solution, bool]:
    """Return the better of the plan known and a run's, and whether the run's figures agree with its columns."""
    if not run.feasible:
        return _pick_better(NONE, known, max(known.bound, run.bound)), True
    found = evaluate_choice(q, _extract_candidates(q, run.value))
    if not _is_consistent(found.value, run.objective):
        return _pick_better(found, known, known.bound), False
    return _pick_better(found, known, max(known.bound, run.bound)), True


def _pick_better(one: Solution, other: Solution, bound: float) -> Solution:
    """Return the cheaper of two plans, with a bound that lies no higher."""
    best = min(one, other, key=lambda found: found.value)
    return best._replace(bound=min(bound, best.value))


def _is_consistent(value: float, reported: float) -> bool:
    return bool(abs(value - reported) <= _AGREES * max(1.0, abs(value)))


def _is_infeasible(status: HighsModelStatus) -> bool:
    """Whether a status says that nothing keeps to the rows; costs have an end."""
    import highspy

    return status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}


def _is_optimal(status: HighsModelStatus) -> bool:
    import highspy

    return bool(status == highspy.HighsModelStatus.kOptimal)


def _run_highs(lp: HighsLp, clock: Clock, *, presolve: bool = True, start: FloatArray | None = None) -> _Run:
    """Run a solver of its own within the time that is left: one that ran before may report what was true then.

    Raises:
        CostmodelError: it ends with an error, with presolve and without.
    """
    import highspy

    solver = create_silent_solver()
    solver.passModel(lp)
    solver.setOptionValue("presolve", "choose" if presolve else "off")
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solver.setSolution(solution)
    for event in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        event.subscribe(lambda told: told.interrupt(clock.should_stop()))
    if clock.left is not None:
        solver.setOptionValue("time_limit", max(clock.left, _LEAST_SECONDS))
    solver.run()
    status, info, solution = solver.getModelStatus(), solver.getInfo(), solver.getSolution()
    stopped = {highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt}
    if not (_is_optimal(status) or _is_infeasible(status) or status in stopped):
        if presolve:
            return _run_highs(lp, clock, presolve=False, start=start)
        message = f"HiGHS cannot solve a placement problem: it ends with {solver.modelStatusToString(status)!r}."
        raise CostmodelError(message)
    return _Run(
        status,
        np.array(solution.col_value),
        np.array(solution.row_dual),
        info.objective_function_value,
        info.mip_dual_bound,
        info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible,
    )


def _extract_candidates(p: Problem, value: FloatArray) -> IntArray:
    """Return the candidate of each flow that a solution holds."""
    n = len(p.cost)
    order = np.lexsort((-value[:n], p.flow))
    return order[p.starts]
