"""What a plan costs as a function of its GB, and where the cheapest of several changes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.bill import meter, price
from costmodel.paths import build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from costmodel.compare.options import Option
    from costmodel.demand import Demand
    from costmodel.prices import PriceBook
    from costmodel.tiers import Tiers


@dataclass(frozen=True, eq=False)
class CostFunction:
    """What a plan costs as all its GB are scaled: the sum over pools of tiers.cost(constant + θ · coefficient).

    Attributes:
        name: the architecture.
        pools: (schedule, constant, coefficient), one per pool.
        allowances: (free quantity, numbers of the pools that share it, dearest first tier first).
    """

    name: str
    pools: list[tuple[Tiers, float, float]]
    allowances: list[tuple[float, list[int]]] = field(default_factory=list)

    def __call__(self, theta: Any) -> Any:
        """Return the cost at each θ (an array of factors on the GB), in the bill's currency."""
        theta = np.asarray(theta, dtype=np.float64)
        total = 0 * theta
        for tiers, constant, coefficient in self.pools:
            total = total + tiers.cost(constant + coefficient * theta)
        for free, numbers in self.allowances:
            left = free + 0 * theta
            for tiers, constant, coefficient in (self.pools[n] for n in numbers):
                used = np.minimum(left, np.minimum(constant + coefficient * theta, _first_edge(tiers)))
                total, left = total - used * float(tiers.prices[0]), left - used
        return total

    def knots(self, top: float) -> list[float]:
        """Return the θ in (0, top) where a pool enters another tier, or an allowance is used up."""
        lines = [(float(start), c, k) for tiers, c, k in self.pools for start in tiers.starts[1:]]
        for free, numbers in self.allowances:
            constant = coefficient = 0.0
            for n in numbers:
                constant, coefficient = constant + self.pools[n][1], coefficient + self.pools[n][2]
                lines.append((free, constant, coefficient))
        return sorted({t for edge, c, k in lines if k and 0 < (t := (edge - c) / k) < top})

    @property
    def end(self) -> float:
        """The θ above which a pool leaves its schedule."""
        ends = [(float(t.end) - c) / k for t, c, k in self.pools if k > 0]
        return min(ends, default=np.inf)


def compiled(demand: Demand, book: PriceBook, option: Option, *, on: date | None = None) -> CostFunction:
    """Compile an architecture's cost as a function of a factor on all GB.

    Raises:
        UnpricedError: a pool has no price.
    """
    low = price(meter(build(demand, option.plan, scale=0.0)), book, on=on)
    high = price(meter(build(demand, option.plan)), book, on=on)
    constants = {
        (p.meter.id, p.location, p.counterpart, o): float(q)
        for p in low.pools
        for o, q in zip(p.owners, p.quantity, strict=True)
    }
    pools: list[tuple[Tiers, float, float]] = []
    shared: dict[tuple[str, str], tuple[float, list[int]]] = {}
    for p in high.pools:
        for owner, quantity in zip(p.owners, p.quantity, strict=True):
            constant = constants.get((p.meter.id, p.location, p.counterpart, owner), 0.0)
            if quantity and p.ladder:
                row = book.ladder(p.meter.allowance, p.location, "", high.on) if p.meter.allowance else None
                if row is not None and demand.assumptions["free-egress"] == "counted":
                    key = (row.rows[0].meter, owner)
                    shared.setdefault(key, (float(row.tiers.end), []))[1].append(len(pools))
                pools.append((p.ladder.tiers, constant, float(quantity) - constant))
    for _, numbers in shared.values():
        numbers.sort(key=lambda n: -pools[n][0].prices[0])
    return CostFunction(option.name, pools, list(shared.values()))


def _first_edge(tiers: Tiers) -> float:
    return float(tiers.starts[1] if len(tiers.starts) > 1 else tiers.end)


def crossings(functions: Sequence[CostFunction], top: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return where the cheapest of some architectures changes between θ = 0 and ``top``.

    Costs are piecewise linear, so the crossings are exact: between two knots each is a straight line.

    Returns:
        Intervals {from, to, cheapest} and crossings {at, total, from, to}.
    """
    edges = sorted({0.0, top, *(k for f in functions for k in f.knots(top))})
    points = {0.0, top}
    for low, high in itertools.pairwise(edges):
        lines = [(float(f(low)), float(f(high))) for f in functions]
        for i, (a0, a1) in enumerate(lines):
            for b0, b1 in lines[:i]:
                if (a0 - b0) * (a1 - b1) < 0:
                    points.add(low + (high - low) * (a0 - b0) / ((a0 - b0) - (a1 - b1)))
    points |= set(edges)
    ordered = sorted(points)
    intervals: list[dict[str, Any]] = []
    for low, high in itertools.pairwise(ordered):
        middle = (low + high) / 2
        best = min(functions, key=lambda f: float(f(middle)))
        if intervals and intervals[-1]["cheapest"] == best.name:
            intervals[-1]["to"] = high
        else:
            intervals.append({"from": low, "to": high, "cheapest": best.name})
    by_name: Mapping[str, CostFunction] = {f.name: f for f in functions}
    changes = [
        {"at": b["from"], "total": float(by_name[b["cheapest"]](b["from"])), "from": a["cheapest"], "to": b["cheapest"]}
        for a, b in itertools.pairwise(intervals)
    ]
    return intervals, changes
