"""What a comparison keeps whatever is decided, and what its cheapest architecture would save without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.architectures.kept import Kept, free_kept_resources, price_freed_plan, price_kept_resources
from costmodel.architectures.patterns import PATTERNS
from costmodel.comparison.options import price_architectures

if TYPE_CHECKING:
    from datetime import date

    from costmodel.comparison.options import Comparison
    from costmodel.pricing.book import PriceBook


def evaluate_kept_in_comparison(comparison: Comparison, book: PriceBook, *, on: date | None = None) -> Kept | None:
    """Return what a comparison's demand keeps, beside its cheapest architecture; None where it keeps nothing.

    Args:
        comparison: every architecture of the demand.
        book: its prices.
        on: its price date.
    """
    d, best = comparison.demand, comparison.cheapest
    alone = price_kept_resources(d, book, on)
    if alone is None:
        return None
    name, whole = (best.name, best.total) if best is not None else ("", None)
    free = free_kept_resources(d)
    proven = comparison.proof == "whole"
    if free is None or best is None:
        return Kept(*alone, name, whole, name, whole, proven)
    freely = price_architectures(free, book, on=on, names=[o.name for o in comparison if o.name in PATTERNS])
    cheapest = freely.cheapest
    found = [(cheapest.total, cheapest.name)] if cheapest is not None else []
    found += [(price_freed_plan(d, free, best.require_plan(), book, on), name)]
    priced = [(total, of) for total, of in found if total is not None]
    if_freed, freed = min(priced, key=lambda one: one[0], default=(None, name))
    return Kept(*alone, name, whole, freed, if_freed, proven and freely.proof == "whole")
