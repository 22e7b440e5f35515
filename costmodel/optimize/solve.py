"""The cheapest plan of a demand, and its certificate. Solvers see numbers only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.bill import Bill, meter, price
from costmodel.errors import CostmodelError, InfeasibleError, StoppedError, several
from costmodel.optimize.accounts import accounts_of, paying_more
from costmodel.optimize.clock import Clock
from costmodel.optimize.instance import Instance
from costmodel.optimize.limits import Limits, limits_of
from costmodel.optimize.lines import Found, Lines
from costmodel.paths import build
from costmodel.paths import chosen as by_preference
from costmodel.patterns import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from costmodel.demand import Demand
    from costmodel.network import Network
    from costmodel.prices import PriceBook

TOLERANCE = 1e-6
"""Largest difference between the objective and the engine's bill, relative to the bill."""
ROUNDING = 1e-8
"""A gap below it is what costs are rounded by on their way to whole numbers, and none."""


@dataclass(frozen=True)
class Best:
    """The cheapest plan.

    Attributes:
        plan: a path number per flow.
        network: what it builds.
        bill: what that costs, by the engine.
        lower_bound: no plan costs less, in the bill's currency.
        certificate: the objective, the gap, the size of the instance, the solver and the seconds it took.
        instance: the numbers it was chosen by.
        chosen: the candidate of each flow among them.
    """

    plan: Any
    network: Network
    bill: Bill
    lower_bound: float
    certificate: Mapping[str, Any]
    instance: Instance = field(repr=False)
    chosen: Any = field(repr=False)


def optimize(
    d: Demand,
    book: PriceBook,
    *,
    time_limit: float | None = None,
    on: date | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
) -> Best:
    """Find the cheapest plan.

    A schedule of falling prices is the minimum of straight lines, so the cheapest plan is the best over one placement
    problem per line: exact, and proven by a minimum cut or by HiGHS. Limits (quotas, changes, zones, modes) bind only
    once a plan would break them.

    Args:
        d: the demand.
        book: the prices.
        time_limit: seconds; the plan may then be short of the optimum, by the certificate's gap.
        on: the price date; default the demand's, else the newest prices.
        progress: called with seconds and what is being done; True stops, as the time limit does.

    Raises:
        InfeasibleError: a flow has no path, or the constraints leave no plan; its ``conflict`` names constraints that
            cannot all be kept.
        StoppedError: the time limit left no plan.
        CostmodelError: the objective and the engine's bill differ.
    """
    clock = Clock(None, time_limit, progress)
    try:
        return cheapest(d, book, clock, on=on)
    except InfeasibleError as error:
        from costmodel.optimize.conflict import conflict

        clock.say("which constraints conflict")
        error.conflict = conflict(d, book, on, error.reasons, clock)
        if error.conflict:
            error.args = (f"{error.args[0]} These cannot all be kept: {several(error.conflict, 5)}.",)
        raise


def cheapest(d: Demand, book: PriceBook, clock: Clock, *, on: date | None = None) -> Best:
    """Find the cheapest plan, as ``optimize`` does; an error does not say which constraints conflict.

    Raises:
        InfeasibleError: a flow has no path, or the constraints leave no plan.
        StoppedError: the clock left no plan.
        CostmodelError: the objective and the engine's bill differ.
    """
    clock.say("what every path costs")
    instance = Instance(d, book, on, accounts=d.constraints.no_account_pays_more)
    limits = limits_of(instance)
    if not d.constraints.no_account_pays_more:
        return _finished(instance, limits, search(instance, limits, clock), book, on, clock)
    accounts, today = accounts_of(instance, book, on)
    limits.sums.append(accounts)
    bound = None
    while True:
        found = search(instance, limits, clock)
        bound = found.bound if bound is None else bound
        best = _finished(instance, limits, found._replace(bound=bound), book, on, clock)
        more = paying_more(today, best.bill)
        if not more:
            return best
        for name, much in more.items():  # its average price moved: leave it so much less
            accounts.high[instance.accounts[name]] -= much + TOLERANCE


def _finished(instance: Instance, limits: Limits, found: Found, book: PriceBook, on: date | None, clock: Clock) -> Best:
    """Return what was found, certified; an architecture where nothing was."""
    if found.chosen is None:
        chosen = fallback(instance, limits, book, on)
        if chosen is None:
            message = "No plan was found before the time limit. Give it more time, or fewer constraints."
            raise StoppedError(message)
        found = found._replace(chosen=chosen, value=np.nan, solvers=found.solvers | {"an architecture"})
    return certified(instance, found, book, on, clock)


def search(instance: Instance, limits: Limits, clock: Clock, *, cost: Any = None, only_highs: bool = False) -> Found:
    """Find the best placement that keeps to the limits: those that one breaks bind in the next.

    Raises:
        InfeasibleError: there is none.
    """
    problems, solvers, floor = 0, frozenset[str](), -np.inf
    while True:
        bound = limits.bound(instance)
        lines = Lines(
            instance, bound.rows, keys=bound.keys, free=bound.free, clock=clock, cost=cost, only_highs=only_highs
        )
        try:
            found = lines.run()
        except InfeasibleError as error:
            message = " ".join([str(error), *instance.pools.missing])
            raise InfeasibleError(message, []) from None
        floor = max(floor, found.bound)
        problems, solvers = problems + found.problems, solvers | found.solvers
        found = found._replace(bound=floor, problems=problems, solvers=solvers)
        if floor == np.inf:
            message = "The constraints leave no plan."
            raise InfeasibleError(message, [])
        if found.chosen is not None and not limits.add_broken(instance, found.chosen):
            return found
        if clock.over():
            return found._replace(chosen=None, value=np.inf)
        if found.chosen is None:  # asked again, it would say the same
            message = "The solver ended without a plan and without a proof that there is none: a fault of ours."
            raise CostmodelError(message)


def fallback(instance: Instance, limits: Limits, book: PriceBook, on: date | None) -> Any:
    """Return the candidates of the cheapest architecture that keeps to the limits; None where none does."""
    best, least = None, np.inf
    for names in PATTERNS.values():
        try:
            plan = by_preference(instance.d, names)
        except InfeasibleError:
            continue
        chosen = instance.chosen_of(plan)
        if chosen is None or limits.broken(instance, chosen):
            continue
        bill = price(meter(build(instance.d, plan)), book, on=on, partial=True)
        if not bill.unpriced and float(bill.total_exact) < least:
            best, least = chosen, float(bill.total_exact)
    return best


def certified(instance: Instance, found: Found, book: PriceBook, on: date | None, clock: Clock) -> Best:
    """Build and bill what was found, and hold the objective against the bill.

    Raises:
        CostmodelError: they differ, a fault of ours.
    """
    d = instance.d
    plan = np.full(len(d.flows), -1)
    plan[instance.flow[found.chosen]] = instance.path[found.chosen]
    network = build(d, plan)
    bill = price(meter(network), book, on=on)
    total = float(bill.total_exact)
    objective = total if np.isnan(found.value) else found.value + instance.constant
    if abs(total - objective) > TOLERANCE * max(1.0, total):
        message = f"The objective {objective:.6f} differs from the bill of its plan, {total:.6f}: a fault of ours."
        raise CostmodelError(message)
    lower = float(min(found.bound + instance.constant, total))
    gap = (total - lower) / total if total else 0.0
    certificate = {
        "objective": float(objective),
        "gap": gap if gap > ROUNDING else 0.0,
        "flows": len(d.flows),
        "candidates": len(instance.flow),
        "keys": instance.size,
        "problems": found.problems,
        "solver": " and ".join(sorted(found.solvers, key=lambda name: (len(name), name))),
        "seconds": clock.gone,
        "bill": bill.total_exact,
    }
    return Best(plan, network, bill, lower, certificate, instance, found.chosen)
