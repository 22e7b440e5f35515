"""What a plan costs as a function of its GB, and where the cheapest of several changes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypedDict

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.network.bill import price
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.comparison.options import Option
    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.core.tiers import Tiers
    from costmodel.demand.demand import Demand
    from costmodel.network.bill import Bill
    from costmodel.pricing.book import PriceBook

_TIE = 1e-9

PoolKey: TypeAlias = tuple[str, str, str, str]
"""What tells pools of a bill apart: meter, location, counterpart and owner."""

Interval = TypedDict("Interval", {"from": float, "to": float, "cheapest": str})
"""A range of θ (factors on the GB, or GB) and the architecture that is the cheapest in all of it."""

Crossing = TypedDict("Crossing", {"at": float, "total": float, "from": str, "to": str})
"""A value above which (from which on, for whole numbers) another architecture is the cheapest, and its cost there."""


class Allowance(NamedTuple):
    """A free quantity that pools share.

    Attributes:
        free: the quantity, in the unit of the pools.
        pools: the numbers of the pools, the one with the most expensive first tier first: it takes the quantity first.
    """

    free: float
    pools: list[int]


class PoolQuantities(NamedTuple):
    """What a bill has on each pool.

    Attributes:
        pools: pool → its price schedule and its quantity, in the unit of the meter.
        allowances: (meter of the allowance, owner) → the free quantity and the pools that share it.
    """

    pools: dict[PoolKey, tuple[Tiers, float]]
    allowances: dict[tuple[str, str], tuple[float, list[PoolKey]]]

    def make_allowances(self, number: dict[PoolKey, int]) -> list[Allowance]:
        """Return the allowances with pools as numbers, which ``number`` gives."""
        return [
            Allowance(free, [number[key] for key in sorted(keys, key=lambda key: -self.pools[key][0].prices[0])])
            for free, keys in self.allowances.values()
        ]


@dataclass(frozen=True, eq=False)
class CostFunction:
    """What a plan costs as its GB vary: the sum over pools of ``tiers.cost(constant + θ · coefficient)``.

    Attributes:
        name: the architecture.
        pools: price schedule, constant and coefficient of each pool, in the unit of the meter.
        allowances: free quantities that pools share.
    """

    name: str
    pools: list[tuple[Tiers, float, float]]
    allowances: list[Allowance] = field(default_factory=list)

    def __call__(self, theta: float | FloatArray) -> FloatArray:
        """Return the cost at each θ (factors on the GB, or GB), in the bill's currency.

        The answer has the shape of θ: the cost of what is free is an array of zeros.
        """
        factors = np.asarray(theta, dtype=np.float64)
        quantities = [(tiers, constant + coefficient * factors) for tiers, constant, coefficient in self.pools]
        return np.zeros(factors.shape) + compute_pool_cost(quantities, self.allowances)

    def find_knots(self, top: float) -> list[float]:
        """Return the θ in (0, top), in order, where a pool enters another tier or an allowance is used up."""
        # Each edge is a quantity that a line (constant + θ · coefficient) crosses: the starts of the tiers …
        edges = [
            (float(start), constant, coefficient)
            for tiers, constant, coefficient in self.pools
            for start in tiers.starts[1:]
        ]
        # … and, of pools that share an allowance, the free quantity, which each pool in turn may use up.
        for allowance in self.allowances:
            constant = 0.0
            coefficient = 0.0
            for number in allowance.pools:
                constant += self.pools[number][1]
                coefficient += self.pools[number][2]
                edges.append((allowance.free, constant, coefficient))
        knots = {(edge - constant) / coefficient for edge, constant, coefficient in edges if coefficient}
        return sorted(knot for knot in knots if 0 < knot < top)

    @property
    def end(self) -> float:
        """The θ above which a pool leaves its price schedule."""
        ends = [
            (float(tiers.end) - constant) / coefficient
            for tiers, constant, coefficient in self.pools
            if coefficient > 0
        ]
        return min(ends, default=np.inf)


def compute_pool_cost(
    pools: Sequence[tuple[Tiers, float | FloatArray]], allowances: Sequence[Allowance]
) -> float | FloatArray:
    """Return what quantities on pools cost, less what allowances make free.

    Args:
        pools: price schedule, and the quantity or an array of quantities, of each pool. All arrays have one shape.
        allowances: free quantities that the pools share.

    Returns:
        The cost in the currency of the price schedules, in the shape of the quantities; 0.0 without pools.
    """
    total: float | FloatArray = 0.0
    for tiers, quantity in pools:
        total = total + tiers.cost(quantity)
    for allowance in allowances:
        left: float | FloatArray = allowance.free
        for tiers, quantity in (pools[number] for number in allowance.pools):
            used = np.minimum(left, np.minimum(quantity, tiers.first_edge))
            total = total - used * float(tiers.prices[0])
            left = left - used
    return total


def extract_pool_quantities(bill: Bill, book: PriceBook, *, counted: bool) -> PoolQuantities:
    """Return what a bill has on each pool, and the allowances that pools share.

    Args:
        bill: a bill in which everything has a price.
        book: its prices.
        counted: whether the payer's free egress counts.
    """
    out = PoolQuantities({}, {})
    for pool in bill.pools:
        row = None
        if counted and pool.meter.allowance:
            row = book.find_allowance(pool.meter.allowance, pool.location, bill.on)
        for owner, quantity in zip(pool.owners, pool.quantity, strict=True):
            if not quantity or not pool.ladder:
                continue
            key = (pool.meter.id, pool.location, pool.counterpart, owner)
            out.pools[key] = (pool.ladder.tiers, float(quantity))
            if row is not None:
                shared = out.allowances.setdefault((row.rows[0].meter, owner), (float(row.tiers.end), []))
                shared[1].append(key)
    return out


def build_cost_function(name: str, low: Bill, high: Bill, book: PriceBook, *, counted: bool) -> CostFunction:
    """Return the cost along the line between two bills.

    Args:
        name: the architecture.
        low: the bill at θ = 0.
        high: the bill at θ = 1.
        book: the prices of both.
        counted: whether the payer's free egress counts.
    """
    at_low = extract_pool_quantities(low, book, counted=counted).pools
    at_high = extract_pool_quantities(high, book, counted=counted)
    pools = []
    for key, (tiers, quantity) in at_high.pools.items():
        constant = at_low[key][1] if key in at_low else 0.0
        pools.append((tiers, constant, quantity - constant))
    number = {key: i for i, key in enumerate(at_high.pools)}
    return CostFunction(name, pools, at_high.make_allowances(number))


def compile_cost_function(demand: Demand, book: PriceBook, option: Option, *, on: date | None = None) -> CostFunction:
    """Compile an architecture's cost as a function of a factor on all GB.

    Args:
        demand: the demand.
        book: the prices.
        option: the architecture, with a plan.
        on: the price date.

    Raises:
        UnpricedError: a pool has no price.
    """
    low = price(meter(build_network(demand, option.require_plan(), scale=0.0)), book, on=on)
    high = price(meter(build_network(demand, option.require_plan())), book, on=on)
    return build_cost_function(option.name, low, high, book, counted=demand.assumptions["free-egress"] == "counted")


def find_crossings(
    functions: Sequence[CostFunction], top: float, *, low: float = 0.0
) -> tuple[list[Interval], list[Crossing]]:
    """Return where the cheapest of some architectures changes between two θ; of equally cheap ones the first counts.

    Costs are piecewise linear, so the crossings are exact: between two knots each cost is a straight line.

    Args:
        functions: the costs.
        top: the highest θ.
        low: the lowest.

    Returns:
        The intervals in order, and the crossings between them.
    """
    points = _find_candidate_points(functions, low, top)
    middles = np.array([(start + end) / 2 for start, end in itertools.pairwise(points)])
    best = find_first_minimum(np.array([function(middles) for function in functions]))
    intervals: list[Interval] = []
    for (start, end), number in zip(itertools.pairwise(points), best, strict=True):
        name = functions[number].name
        if intervals and intervals[-1]["cheapest"] == name:
            intervals[-1]["to"] = end
        else:
            intervals.append({"from": start, "to": end, "cheapest": name})
    by_name = {function.name: function for function in functions}
    crossings: list[Crossing] = []
    for before, after in itertools.pairwise(intervals):
        at = after["from"]
        total = float(by_name[after["cheapest"]](at))
        crossings.append({"at": at, "total": total, "from": before["cheapest"], "to": after["cheapest"]})
    return intervals, crossings


def _find_candidate_points(functions: Sequence[CostFunction], low: float, top: float) -> list[float]:
    """Return every θ, in order, at which the cheapest may change: the ends, all knots, and where two costs cross."""
    knots = {knot for function in functions for knot in function.find_knots(top) if knot > low}
    edges = sorted({low, top, *knots})
    at = np.array(edges)
    values = np.array([function(at) for function in functions]).reshape(len(functions), len(edges))
    points = set(edges)
    for i in range(len(functions)):
        # The gap to each function before this one changes its sign where the two cross between neighbouring edges.
        gap = values[i] - values[:i]
        gap_left, gap_right = gap[:, :-1], gap[:, 1:]
        rows, cells = np.nonzero(gap_left * gap_right < 0)
        left = at[cells]
        width = at[cells + 1] - left
        first, last = gap_left[rows, cells], gap_right[rows, cells]
        points |= set((left + width * first / (first - last)).tolist())
    return sorted(points)


def find_first_minimum(costs: FloatArray) -> IntArray:
    """Return (columns) the number of the least row of each column; of rows within a billionth of it, the first.

    Args:
        costs: (rows, columns), without NaN.
    """
    least = costs.min(axis=0)
    first: IntArray = np.argmax(costs <= least + _TIE * np.maximum(1.0, np.abs(least)), axis=0)
    return first
