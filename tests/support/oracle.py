"""Ten lines of rational arithmetic that the engine is held against. Nothing here imports the engine."""

from __future__ import annotations

import itertools
from fractions import Fraction


def tier_parts(starts, quantity):
    """How much of a quantity lies in each tier, walking them one by one."""
    quantity, edges = Fraction(quantity), [*map(Fraction, starts), None]
    parts = []
    for low, high in itertools.pairwise(edges):
        top = quantity if high is None else min(quantity, high)
        parts.append(max(top - low, Fraction(0)))
    return parts


def tier_cost(starts, prices, quantity):
    """What a quantity costs, tier by tier."""
    return sum(
        (part * Fraction(price) for part, price in zip(tier_parts(starts, quantity), prices, strict=True)), Fraction(0)
    )


def pooled_cost(rows, schedules):
    """What rows (owner, location, quantity) of one meter cost: each owner's quantity in a location fills the tiers once."""
    sums = {}
    for owner, location, quantity in rows:
        sums[owner, location] = sums.get((owner, location), Fraction(0)) + Fraction(quantity)
    return sum((tier_cost(*schedules[location], quantity) for (_, location), quantity in sums.items()), Fraction(0))
