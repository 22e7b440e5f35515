"""The cheapest plan of an instance, and its certificate. Solvers see numbers only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.bill import Bill, meter, price
from costmodel.errors import CostmodelError, InfeasibleError
from costmodel.optimize.instance import Instance
from costmodel.paths import build

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from costmodel.demand import Demand
    from costmodel.network import Network
    from costmodel.optimize.program import Program
    from costmodel.prices import PriceBook

TOLERANCE = 1e-6
"""Largest difference between the objective and the engine's bill, relative to the bill."""


@dataclass(frozen=True)
class Best:
    """The cheapest plan.

    Attributes:
        plan: a path number per flow.
        network: what it builds.
        bill: what that costs, by the engine.
        lower_bound: no plan costs less, in the bill's currency.
        certificate: the objective, the gap, the size of the instance, the solver and the seconds it took.
    """

    plan: Any
    network: Network
    bill: Bill
    lower_bound: float
    certificate: Mapping[str, Any]


def optimize(d: Demand, book: PriceBook, *, time_limit: float | None = None, on: date | None = None) -> Best:
    """Find the cheapest plan.

    A schedule of falling prices is the minimum of straight lines, so the cheapest plan is the best over one mixed
    integer program per combination of lines: exact, and proven by the solver's bound.

    Args:
        d: the demand.
        book: the prices.
        time_limit: seconds; the plan may then be short of the optimum, by the certificate's gap.
        on: the price date; default the demand's, else the newest prices.

    Raises:
        InfeasibleError: a flow has no path, or the constraints leave no plan.
        CostmodelError: the objective and the engine's bill differ.
    """
    begin = time.monotonic()
    instance = Instance(d, book, on)
    found: tuple[float, Any] | None = None
    bound = np.inf
    lines = instance.pools.lines(instance.flow)
    for constant, cost in lines:
        left = None if time_limit is None else max(time_limit - (time.monotonic() - begin), 0.1)
        objective, lower, values = _solve(instance.program, cost, left)
        bound = min(bound, lower + constant)
        if values is not None and (found is None or objective + constant < found[0]):
            found = (objective + constant, values)
    if found is None:
        message = "The constraints leave no plan, or the time limit ended before one was found."
        if instance.pools.missing:
            message = f"No plan is made of what is priced. {' '.join(instance.pools.missing)}"
        raise InfeasibleError(message, [])
    n = len(instance.flow)
    plan = np.full(len(d.flows), -1)
    order = np.argsort(found[1][:n], kind="stable")
    plan[instance.flow[order]] = instance.path[order]
    network = build(d, plan)
    bill = price(meter(network), book, on=on)
    total = float(bill.total_exact)
    if abs(total - found[0]) > TOLERANCE * max(1.0, total):
        message = (
            f"The optimizer's objective {found[0]:.6f} differs from the bill of its plan, {total:.6f}: a fault of ours."
        )
        raise CostmodelError(message)
    lower = min(bound, total)
    certificate = {
        "objective": found[0],
        "gap": max(0.0, (total - lower) / total) if total else 0.0,
        "flows": len(d.flows),
        "candidates": n,
        "columns": instance.program.width,
        "rows": instance.program.size,
        "lines": len(lines),
        "solver": "HiGHS",
        "seconds": time.monotonic() - begin,
        "bill": bill.total_exact,
    }
    return Best(plan, network, bill, lower, certificate)


def _solve(program: Program, cost: Any, time_limit: float | None) -> tuple[float, float, Any]:
    """Solve one mixed integer program; return (objective, lower bound, values), infinite and None if infeasible."""
    import highspy

    row, column, value = (np.concatenate(part) for part in (program.row, program.column, program.value))
    order = np.argsort(column, kind="stable")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.width, program.size
    lp.col_cost_ = cost
    upper = np.ones(program.width)
    upper[~np.array(program.whole, dtype=bool)] = np.inf
    if program.shut:
        upper[np.concatenate(program.shut)] = 0
    lp.col_lower_, lp.col_upper_ = np.zeros(program.width), upper
    lp.row_lower_, lp.row_upper_ = np.concatenate(program.low), np.concatenate(program.high)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(program.width + 1)).astype(np.int32)
    lp.a_matrix_.index_ = row[order].astype(np.int32)
    lp.a_matrix_.value_ = value[order]
    integer, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    lp.integrality_ = [integer if w else real for w in program.whole]

    class Silent(highspy.Highs):
        """HiGHS 1.16 writes its banner to standard output as it is made, unless it is told before."""

        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's name
            self.setOptionValue("output_flag", False)  # noqa: FBT003
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver = Silent()  # type: ignore[no-untyped-call]
    for name, setting in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-7), ("threads", 2)):
        solver.setOptionValue(name, setting)
    if time_limit is not None:
        solver.setOptionValue("time_limit", float(time_limit))
    solver.passModel(lp)
    solver.run()
    info = solver.getInfo()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return np.inf, np.inf, None
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return np.inf, info.mip_dual_bound, None
    return info.objective_function_value, info.mip_dual_bound, np.array(solver.getSolution().col_value)
