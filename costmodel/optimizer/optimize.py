"""The cheapest plan of a demand, with the proof that no other plan costs less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.core.errors import InfeasibleError, UnpricedError
from costmodel.optimizer.cheapest import find_cheapest_plan
from costmodel.optimizer.clock import Clock
from costmodel.optimizer.conflict import find_conflict
from costmodel.optimizer.unpriced import add_unpriced_paths, explain_unpriced

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from costmodel.demand.demand import Demand
    from costmodel.optimizer.best import Best
    from costmodel.pricing.book import PriceBook


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
    once a plan would break them. Paths whose price is not held are in ``unpriced``; the lower bound holds for them too.

    Args:
        d: the demand.
        book: the prices.
        time_limit: seconds; the plan may then be short of the optimum, by the certificate's gap.
        on: the price date; default the demand's, else the newest prices.
        progress: called with seconds and what is being done; True stops, as the time limit does.

    Raises:
        InfeasibleError: a flow has no path, or the constraints leave no plan; its ``conflict`` names constraints that
            cannot all be kept.
        NothingPricedError: every plan needs a price that is not held.
        StoppedError: the time limit left no plan.
        CostmodelError: the objective and the engine's bill differ.
    """
    clock = Clock(None, time_limit, progress)
    try:
        return add_unpriced_paths(find_cheapest_plan(d, book, clock, on=on), book, on, clock)
    except (InfeasibleError, UnpricedError) as error:
        why = explain_unpriced(d, book, on, clock)
        if why is not None:
            raise why from None
        if not isinstance(error, InfeasibleError):
            raise
        clock.start_step("which constraints conflict")
        error.conflict = find_conflict(d, book.with_unknown_at_zero(), on, error.reasons, clock)
        raise
