"""The search for the best placement that keeps the limits, and for a good one where time is short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.search.anytime import Known, bound_by_limit_prices
from costmodel.optimizer.search.lines import Found, Lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.model.instance import Instance
    from costmodel.optimizer.model.limits import Limits
    from costmodel.pricing.book import PriceBook

LARGE = 1_000
"""Flows from which plans are sought by several ways at once, whatever the time."""
_PATIENCE = 60.0
"""Seconds that one way to a plan may take, where there is no limit."""
_HUBS, _EXACT, _NEAR = 0.5, 0.8, 0.75
"""Under a limit, the parts of what is left for plans by hubs, then for the search that proves, then for a repair."""
_CLOSE = 1e-8
"""A gap below it, relative to the total, is none."""


def search_placement_in_time(
    instance: Instance, limits: Limits, clock: Clock, book: PriceBook, on: date | None
) -> Found:
    """Find the best placement that keeps to the limits, as ``search`` does, and a good one where time is short.

    Raises:
        InfeasibleError: there is none.
    """
    if clock.until is None and len(instance.d.flows) < LARGE:
        return search_placement(instance, limits, clock)
    known = Known(instance, limits)
    if clock.until is not None and len(instance.d.flows) >= LARGE:
        known.add_hub_plans(book, on, clock.with_limit(_get_time_share(clock, _HUBS)))
    first = clock if clock.until is None else clock.with_limit(_get_time_share(clock, _EXACT))
    found = search_placement(instance, limits, first, seen=known.add_repaired_plan)
    if (found.chosen is not None and not first.should_stop()) or known.compute_gap(found.bound) <= _CLOSE:
        return known.pick_cheaper_plan(found)
    known.add_architecture_plans()
    known.add_nearby_plan(clock.with_limit(_get_time_share(clock, _NEAR)))
    found = found._replace(
        bound=max(found.bound, bound_by_limit_prices(known, clock.with_limit(_get_time_share(clock, 1.0))))
    )
    return known.pick_cheaper_plan(found)


def _get_time_share(clock: Clock, share: float) -> float:
    """Return the seconds of what is left that one way to a plan may take."""
    return _PATIENCE if clock.left is None else clock.left * share


def search_placement(
    instance: Instance,
    limits: Limits,
    clock: Clock,
    *,
    cost: FloatArray | None = None,
    only_highs: bool = False,
    seen: Callable[[IntArray, Clock], None] | None = None,
) -> Found:
    """Find the best placement that keeps to the limits: those that one breaks bind in the next.

    Args:
        instance: the numbers.
        limits: what to keep to; those that bind are noted.
        clock: when to stop.
        cost: cost of each column; default the instance's.
        only_highs: leave the cut out.
        seen: told the first placement that breaks a limit.

    Returns:
        What was found; its ``chosen`` is None where the clock, or the solver, ended the search without a plan.

    Raises:
        InfeasibleError: there is none.
    """
    problems, solvers, floor = 0, frozenset[str](), -np.inf
    while True:
        bound = limits.collect_binding_limits(instance)
        lines = Lines(
            instance, bound.rows, keys=bound.keys, free=bound.free, clock=clock, cost=cost, only_highs=only_highs
        )
        found = lines.solve_lines()
        floor = max(floor, found.bound)
        problems, solvers = problems + found.problems, solvers | found.solvers
        found = found._replace(bound=floor, problems=problems, solvers=solvers)
        if floor == np.inf:
            message = "The constraints leave no plan."
            raise InfeasibleError(message, [])
        if found.chosen is not None and not limits.bind_broken_limits(instance, found.chosen):
            return found
        if seen is not None and found.chosen is not None:
            seen(found.chosen, clock)
            seen = None
        if clock.should_stop() or found.chosen is None:
            return found._replace(chosen=None, value=np.inf)
