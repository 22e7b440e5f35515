"""What a plan costs as a function of its GB, and where the cheapest of several changes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.network.bill import price
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from costmodel.comparison.options import Option
    from costmodel.core.tiers import Tiers
    from costmodel.demand.demand import Demand
    from costmodel.network.bill import Bill
    from costmodel.pricing.book import PriceBook

_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class CostFunction:
    """What a plan costs as its GB vary: the sum over pools of tiers.cost(constant + θ · coefficient).

    Attributes:
        name: the architecture.
        pools: (schedule, constant, coefficient), one per pool.
        allowances: (free quantity, numbers of the pools that share it, dearest first tier first).
    """

    name: str
    pools: list[tuple[Tiers, float, float]]
    allowances: list[tuple[float, list[int]]] = field(default_factory=list)

    def __call__(self, theta: Any) -> Any:
        """Return the cost at each θ (an array: factors on the GB, or GB), in the bill's currency.

        The answer has the shape of θ: what costs nothing is an array of zeros.
        """
        theta = np.asarray(theta, dtype=np.float64)
        quantities = [(t, constant + coefficient * theta) for t, constant, coefficient in self.pools]
        return np.zeros(theta.shape) + compute_pool_cost(quantities, self.allowances)

    def find_knots(self, top: float) -> list[float]:
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


def compute_pool_cost(pools: Sequence[tuple[Tiers, Any]], allowances: Sequence[tuple[float, list[int]]]) -> Any:
    """Return what quantities on some pools cost, of which a part is free.

    Args:
        pools: (schedule, quantity or an array of them).
        allowances: (free quantity, numbers of the pools that share it, dearest first tier first).
    """
    total: Any = 0.0
    for tiers, quantity in pools:
        total = total + tiers.cost(quantity)
    for free, numbers in allowances:
        left: Any = free
        for tiers, quantity in (pools[n] for n in numbers):
            used = np.minimum(left, np.minimum(quantity, tiers.first_edge))
            total, left = total - used * float(tiers.prices[0]), left - used
    return total


def extract_pool_quantities(
    bill: Bill, book: PriceBook, *, counted: bool
) -> tuple[dict[Any, tuple[Tiers, float]], dict[Any, Any]]:
    """Return what a bill has on each pool, and the allowances that pools share.

    Args:
        bill: all of it priced.
        book: its prices.
        counted: whether free egress counts.

    Returns:
        Pool (meter, location, counterpart, owner) → schedule and quantity; allowance → free quantity and its pools.
    """
    out: dict[Any, tuple[Tiers, float]] = {}
    shared: dict[Any, tuple[float, list[Any]]] = {}
    for p in bill.pools:
        row = book.find_allowance(p.meter.allowance, p.location, bill.on) if counted and p.meter.allowance else None
        for owner, quantity in zip(p.owners, p.quantity, strict=True):
            if quantity and p.ladder:
                key = (p.meter.id, p.location, p.counterpart, owner)
                out[key] = (p.ladder.tiers, float(quantity))
                if row is not None:
                    shared.setdefault((row.rows[0].meter, owner), (float(row.tiers.end), []))[1].append(key)
    return out, shared


def build_cost_function(name: str, low: Bill, high: Bill, book: PriceBook, *, counted: bool) -> CostFunction:
    """Return the cost along the line of two bills: at θ = 0 and at θ = 1."""
    constants, _ = extract_pool_quantities(low, book, counted=counted)
    ends, shared = extract_pool_quantities(high, book, counted=counted)
    pools = {
        key: (tiers, constants[key][1] if key in constants else 0.0, quantity)
        for key, (tiers, quantity) in ends.items()
    }
    number = {key: i for i, key in enumerate(pools)}
    allowances = []
    for free, keys in shared.values():
        keys.sort(key=lambda key: -ends[key][0].prices[0])
        allowances.append((free, [number[key] for key in keys]))
    return CostFunction(name, [(t, constant, at - constant) for t, constant, at in pools.values()], allowances)


def compile_cost_function(demand: Demand, book: PriceBook, option: Option, *, on: date | None = None) -> CostFunction:
    """Compile an architecture's cost as a function of a factor on all GB.

    Raises:
        UnpricedError: a pool has no price.
    """
    low = price(meter(build_network(demand, option.plan, scale=0.0)), book, on=on)
    high = price(meter(build_network(demand, option.plan)), book, on=on)
    return build_cost_function(option.name, low, high, book, counted=demand.assumptions["free-egress"] == "counted")


def find_crossings(
    functions: Sequence[CostFunction], top: float, *, low: float = 0.0
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return where the cheapest of some architectures changes between two θ; of equally cheap ones the first counts.

    Costs are piecewise linear, so the crossings are exact: between two knots each is a straight line.

    Args:
        functions: the costs.
        top: the highest θ.
        low: the lowest.

    Returns:
        Intervals {from, to, cheapest} and crossings {at, total, from, to}.
    """
    edges = sorted({low, top, *(k for f in functions for k in f.find_knots(top) if k > low)})
    at = np.array(edges)
    values = np.array([f(at) for f in functions]).reshape(len(functions), len(edges))
    points = set(edges)
    for i in range(len(functions)):
        gap = values[i] - values[:i]
        a, b = gap[:, :-1], gap[:, 1:]
        rows, cells = np.nonzero(a * b < 0)
        left, right = at[cells], at[cells + 1]
        points |= set((left + (right - left) * a[rows, cells] / (a[rows, cells] - b[rows, cells])).tolist())
    ordered = sorted(points)
    middles = np.array([(a + b) / 2 for a, b in itertools.pairwise(ordered)])
    best = find_first_minimum(np.array([f(middles) for f in functions]))
    intervals: list[dict[str, Any]] = []
    for (start, end), number in zip(itertools.pairwise(ordered), best, strict=True):
        name = functions[number].name
        if intervals and intervals[-1]["cheapest"] == name:
            intervals[-1]["to"] = end
        else:
            intervals.append({"from": start, "to": end, "cheapest": name})
    by_name: Mapping[str, CostFunction] = {f.name: f for f in functions}
    changes = [
        {"at": b["from"], "total": float(by_name[b["cheapest"]](b["from"])), "from": a["cheapest"], "to": b["cheapest"]}
        for a, b in itertools.pairwise(intervals)
    ]
    return intervals, changes


def find_first_minimum(costs: Any) -> Any:
    """Return per column the number of the least row; of those within a billionth of it, the first."""
    least = costs.min(axis=0)
    return np.argmax(costs <= least + _TIE * np.maximum(1.0, np.abs(least)), axis=0)
