"""What a cheapest plan keeps whatever is decided, and what the cheapest would cost without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.architectures.kept import PLAN, Kept, free_kept_resources, price_freed_plan, price_kept_resources
from costmodel.core.errors import CostmodelError
from costmodel.optimizer.cheapest import find_cheapest_plan
from costmodel.optimizer.clock import Clock
from costmodel.optimizer.unpriced import add_unpriced_paths

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from costmodel.demand.demand import Demand
    from costmodel.optimizer.best import Best
    from costmodel.pricing.book import PriceBook


def evaluate_kept_resources(
    best: Best,
    book: PriceBook,
    *,
    on: date | None = None,
    time_limit: float | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
) -> Kept | None:
    """Return what a plan's demand keeps, and the cheapest plan without it; None where the demand keeps nothing.

    The second search has the time that the first one left. Where that is less than the first one took, or it ends
    without a plan, the plan itself without what is kept represents the cheapest: it costs no more than the plan does.

    Args:
        best: the cheapest plan of the demand.
        book: its prices.
        on: its price date.
        time_limit: seconds of both searches together.
        progress: as ``optimize`` calls it.
    """
    d = best.instance.d
    alone = price_kept_resources(d, book, on)
    if alone is None:
        return None
    whole, proven = best.bill.total_exact, _is_proven(best)
    free = free_kept_resources(d)
    if free is None:
        return Kept(*alone, PLAN, whole, PLAN, whole, proven)
    mine = price_freed_plan(d, free, best.plan, book, on)
    gone = float(best.certificate["seconds"])
    left = None if time_limit is None else time_limit - gone

    def told(seconds: float, doing: str) -> bool | None:
        return (
            None
            if progress is None
            else progress(gone + seconds, f"what removing the kept resources would save: {doing}")
        )

    enough = left is None or left >= gone  # as long as the first one took: what a search does first hears no clock
    found = (
        _search_without_kept(free, book, Clock(None, left, told), on) if enough and not told(0.0, "begins") else None
    )
    if found is None or (mine is not None and mine < found.bill.total_exact):
        return Kept(*alone, PLAN, whole, PLAN, mine, proven=False)
    return Kept(*alone, PLAN, whole, PLAN, found.bill.total_exact, proven and _is_proven(found))


def _is_proven(best: Best) -> bool:
    return bool(best.certificate["gap"] == 0) and best.proof == "whole"


def _search_without_kept(free: Demand, book: PriceBook, clock: Clock, on: date | None) -> Best | None:
    try:
        return add_unpriced_paths(find_cheapest_plan(free, book, clock, on=on), book, on, clock)
    except CostmodelError:  # no plan in time, or none at all: the answer to the demand stands without it
        return None
