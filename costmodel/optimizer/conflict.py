"""Why a demand has no plan: constraints that cannot all be kept, none of which can be left out of the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.core.errors import InfeasibleError, UnpricedError
from costmodel.demand.constraints.registry import keep_constraint_items, list_constraint_items
from costmodel.optimizer.cheapest import search_with_all_limits
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import build_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from costmodel.core.arrays import IntArray
    from costmodel.demand.constraints.base import ConstraintItem
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.clock import Clock
    from costmodel.pricing.book import PriceBook


def find_conflict(
    d: Demand, book: PriceBook, on: date | None, reasons: Sequence[tuple[str, str, str | None]], clock: Clock
) -> list[ConstraintItem]:
    """Return an irreducible set of constraints that conflict; empty where the demand has no plan even without any.

    Args:
        d: a demand without a plan.
        book: the prices.
        on: the price date.
        reasons: (rule, VPC, service) of flows without a path; the first of them is then enough.
        clock: when to stop; what was found by then may not be irreducible.
    """
    if reasons:
        _, vpc, service = reasons[0]
        vpcs, services = d.vpcs.name[d.flows.vpc], d.services.name[d.flows.service]
        d = _select_flows(d, np.flatnonzero((vpcs == vpc) & (services == service)))
    items = list_constraint_items(d)

    def impossible(some: Sequence[ConstraintItem]) -> bool:
        some_constraints = replace(d, constraints=keep_constraint_items(d, some))
        return not clock.should_stop() and not _has_plan(some_constraints, book, on, clock)

    if not items or impossible([]):
        return []
    return _find_smallest_conflict([], items, impossible, changed=False)


def _find_smallest_conflict(
    held: list[ConstraintItem],
    items: list[ConstraintItem],
    impossible: Callable[[Sequence[ConstraintItem]], bool],
    *,
    changed: bool,
) -> list[ConstraintItem]:
    """QuickXplain: return the fewest of some items that are impossible with those held; none where those are already.

    Junker, U. (2004): QuickXplain: preferred explanations and relaxations for over-constrained problems.
    """
    if changed and impossible(held):
        return []
    if len(items) == 1:
        return items
    one, other = items[: len(items) // 2], items[len(items) // 2 :]
    second = _find_smallest_conflict(held + one, other, impossible, changed=True)
    first = _find_smallest_conflict(held + second, one, impossible, changed=bool(second))
    return first + second


def _select_flows(d: Demand, flows: IntArray) -> Demand:
    """Return a demand with some of its flows."""
    today = [d.today[f] for f in flows] if isinstance(d.today, list) else d.today
    hubs = None if d.today_hubs is None else d.today_hubs[flows]
    zones = None if d.today_zones is None else d.today_zones[flows]
    return replace(d, flows=d.flows.take_rows(flows), today=today, today_hubs=hubs, today_zones=zones)


def _has_plan(d: Demand, book: PriceBook, on: date | None, clock: Clock) -> bool:
    """Return whether a demand has a plan, whatever it costs."""
    try:
        instance = Instance(d, book, on, accounts=d.constraints.no_account_pays_more)
        limits = build_limits(instance)
        free = np.where(np.isfinite(instance.cost), 0.0, np.inf)
        search_with_all_limits(instance, limits, book, on, clock, cost=free, any_plan=True)
    except InfeasibleError:
        return False
    except UnpricedError:
        return True
    return True
