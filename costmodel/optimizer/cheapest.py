"""The search for the cheapest plan of a demand among the paths whose prices are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.core.errors import CostmodelError, StoppedError
from costmodel.network.bill import Bill, price
from costmodel.network.usage import meter
from costmodel.optimizer.best import TOLERANCE, Best, build_verified_plan
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import Limits, build_limits
from costmodel.optimizer.search.account_limits import AccountLimits, find_accounts_paying_more, price_todays_plan
from costmodel.optimizer.search.accounts import AccountSearch, KnownPlan
from costmodel.optimizer.search.anytime import list_architecture_plans
from costmodel.optimizer.search.repair import compute_plan_value
from costmodel.optimizer.search.search import LARGE, search_placement, search_placement_in_time
from costmodel.optimizer.today import get_todays_plan

if TYPE_CHECKING:
    from datetime import date

    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.search.lines import Found
    from costmodel.pricing.book import PriceBook


def find_cheapest_plan(d: Demand, book: PriceBook, clock: Clock, *, on: date | None = None) -> Best:
    """Find the cheapest plan, as ``optimize`` does; an error does not say which constraints conflict.

    Raises:
        InfeasibleError: a flow has no path, or the constraints leave no plan.
        StoppedError: the clock left no plan.
        CostmodelError: the objective and the engine's bill differ.
    """
    clock.start_step("what every path costs")
    instance = Instance(d, book, on, accounts=d.constraints.no_account_pays_more)
    limits = build_limits(instance)
    found, today = search_with_all_limits(instance, limits, book, on, clock)
    return _compare_with_architectures(instance, limits, found, book, on, clock, today)


def search_with_all_limits(
    instance: Instance,
    limits: Limits,
    book: PriceBook,
    on: date | None,
    clock: Clock,
    *,
    cost: FloatArray | None = None,
    any_plan: bool = False,
) -> tuple[Found, Bill | None]:
    """Find the best placement that keeps to every limit, also to what each account pays today where that is asked for.

    Args:
        instance: the numbers.
        limits: limits that are sums or choices of columns.
        book: the prices.
        on: the price date.
        clock: when to stop.
        cost: of each column; default the instance's.
        any_plan: whether any plan that keeps to the limits is enough.

    Returns:
        What was found, and today's bill where no account may pay more than it.

    Raises:
        InfeasibleError: no plan keeps to the limits.
    """
    if not instance.d.constraints.no_account_pays_more:
        if cost is None and not any_plan:
            return search_placement_in_time(instance, limits, clock, book, on), None
        return search_placement(instance, limits, clock, cost=cost), None

    def bill_of(chosen: IntArray) -> Bill:
        return price(meter(build_network(instance.d, instance.path[chosen])), book, on=on)

    def find(part: Instance) -> Found:
        return search_placement(part, limits, clock, cost=cost)

    today = price_todays_plan(instance, book, on)
    known = []
    for plan in (get_todays_plan(instance.d), *list_architecture_plans(instance.d)):
        chosen = None if plan is None else instance.find_plan_candidates(plan)
        if chosen is None or limits.find_broken_limits(instance, chosen):
            continue
        bill = price(meter(build_network(instance.d, instance.path[chosen])), book, on=on, partial=True)
        if not bill.unpriced and not find_accounts_paying_more(today, bill):
            known.append(KnownPlan(chosen, float(bill.total_exact) - instance.constant))
    bounds = AccountLimits(instance, today)
    return AccountSearch(bounds, find, bill_of, known).search_nodes(clock, any_plan=any_plan), today


def _compare_with_architectures(
    instance: Instance,
    limits: Limits,
    found: Found,
    book: PriceBook,
    on: date | None,
    clock: Clock,
    today: Bill | None,
) -> Best:
    """Return what was found, certified and held against every architecture that keeps to the limits."""
    beside = find_best_architecture(instance, limits, book, on, today, than=found.chosen)
    if found.chosen is None:
        if beside is None and not clock.should_stop():
            message = (
                "The solver ended without a plan and without a proof that there is none: this is a bug in costmodel."
            )
            raise CostmodelError(message)
        if beside is None:
            message = "No plan was found before the time limit. Allow more time, or use fewer constraints."
            raise StoppedError(message)
        found = found._replace(chosen=beside.chosen, value=np.nan, solvers=found.solvers | {"an architecture"})
    best = build_verified_plan(instance, found, book, on, clock)
    best = replace(best, today=today)
    if beside is None or beside.value >= float(best.bill.total_exact) * (1 - TOLERANCE) - TOLERANCE:
        return best
    return _replace_by_architecture(best, beside, found, book, on, clock)


def _replace_by_architecture(
    best: Best, beside: KnownPlan, found: Found, book: PriceBook, on: date | None, clock: Clock
) -> Best:
    """Return a cheaper architecture as the plan; a bound that it contradicts is withdrawn."""
    if found.bound + best.instance.constant > beside.value + TOLERANCE * max(1.0, beside.value):
        found = found._replace(bound=-np.inf)
    taken = found._replace(chosen=beside.chosen, value=np.nan, solvers=found.solvers | {"an architecture"})
    return replace(build_verified_plan(best.instance, taken, book, on, clock), today=best.today)


def find_best_architecture(
    instance: Instance,
    limits: Limits,
    book: PriceBook,
    on: date | None,
    today: Bill | None = None,
    *,
    than: IntArray | None = None,
) -> KnownPlan | None:
    """Return the cheapest architecture that keeps to the limits, and what it costs; None where none does.

    Args:
        instance: the numbers.
        limits: limits that are sums or choices of columns.
        book: the prices.
        on: the price date.
        today: the bill that no account may exceed; None where any may.
        than: the candidate of each flow of a plan: of a large demand, only what its numbers call cheaper is billed.
    """
    best: KnownPlan | None = None
    most = np.inf
    if than is not None and len(instance.d.flows) >= LARGE:
        most = compute_plan_value(instance, than)
    for plan in list_architecture_plans(instance.d):
        chosen = instance.find_plan_candidates(plan)
        if chosen is None or limits.find_broken_limits(instance, chosen):
            continue
        if np.isfinite(most) and compute_plan_value(instance, chosen) >= most:
            continue
        total = _price_allowed_plan(instance, plan, book, on, today)
        if total is not None and (best is None or total < best.value):
            best = KnownPlan(chosen, total)
    return best


def _price_allowed_plan(
    instance: Instance, plan: IntArray, book: PriceBook, on: date | None, today: Bill | None
) -> float | None:
    """Return what a plan costs; None if a charge has no price, or an account pays more than today."""
    bill = price(meter(build_network(instance.d, plan)), book, on=on, partial=True)
    if bill.unpriced or (today is not None and find_accounts_paying_more(today, bill)):
        return None
    return float(bill.total_exact)
