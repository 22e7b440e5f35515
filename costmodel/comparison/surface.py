"""What a plan costs as several factors vary, compiled once for many scenarios."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.comparison.cost_function import (
    Allowance,
    PoolQuantities,
    compute_pool_cost,
    extract_pool_quantities,
)
from costmodel.network.bill import price
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.comparison.options import Option
    from costmodel.core.arrays import BoolArray, FloatArray
    from costmodel.core.tiers import Tiers
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_BLOCK = 16_384
"""Scenarios whose tiered pools are computed at once, so that the arrays stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Surface:
    """What a plan costs as several factors vary: every pool's quantity is a straight line in each of them.

    Attributes:
        name: the architecture.
        tiers: the price schedule of each pool.
        constants: (pools) the quantity on each where all factors are 0, in the unit of the meter.
        coefficients: (pools, factors) what a factor of 1 adds.
        allowances: free quantities that pools share.
    """

    name: str
    tiers: list[Tiers]
    constants: FloatArray
    coefficients: FloatArray
    allowances: list[Allowance]

    def __call__(self, factors: FloatArray) -> FloatArray:
        """Return (scenarios) the cost of each scenario, a row of ``factors`` (scenarios, factors)."""
        factors = np.asarray(factors, dtype=float)
        # Pools with one price cost their quantity times the price: one product for all of them.
        flat = self._mark_flat_pools()
        prices = np.array([float(tiers.prices[0]) for tiers in self.tiers])
        weights = prices[flat] @ self.coefficients[flat] if flat.any() else np.zeros(self.coefficients.shape[1])
        costs: FloatArray = np.full(len(factors), float(prices[flat] @ self.constants[flat]))
        # The others go through their tiers, a block of scenarios after another.
        tiered = np.flatnonzero(~flat)
        number = {int(pool): i for i, pool in enumerate(tiered)}
        allowances = [Allowance(free, [number[pool] for pool in pools]) for free, pools in self.allowances]
        for begin in range(0, len(factors), _BLOCK):
            block = factors[begin : begin + _BLOCK]
            quantities = [(self.tiers[i], self.constants[i] + block @ self.coefficients[i]) for i in tiered]
            costs[begin : begin + _BLOCK] += block @ weights
            costs[begin : begin + _BLOCK] += compute_pool_cost(quantities, allowances)
        return costs

    def _mark_flat_pools(self) -> BoolArray:
        """Return a mask (pools): those with one price without an end, and no part in an allowance."""
        shared = {pool for allowance in self.allowances for pool in allowance.pools}
        flat = [
            len(tiers.prices) == 1 and not tiers.end.is_finite() and i not in shared
            for i, tiers in enumerate(self.tiers)
        ]
        return np.array(flat, dtype=bool)


def compile_cost_surface(
    demand: Demand, book: PriceBook, option: Option, masks: Sequence[BoolArray], *, on: date | None = None
) -> Surface:
    """Compile an architecture's cost over factors on the GB of several sets of flows.

    Args:
        demand: the demand.
        book: the prices.
        option: the architecture, with a plan.
        masks: of each factor, a mask (flows): which flows it multiplies; flows in no mask stay as they are.
        on: the price date.

    Raises:
        UnpricedError: a pool has no price.
    """
    # All factors at 0, then each of them at 1 with the others at 0.
    varied = np.any(masks, axis=0) if len(masks) else np.zeros(len(demand.flows), dtype=bool)
    base = _price_kept_flows(demand, book, option, ~varied, on)
    ends = [_price_kept_flows(demand, book, option, ~varied | mask, on) for mask in masks]
    every = _merge_pools([base, *ends])
    number = {key: i for i, key in enumerate(every.pools)}
    constants = np.array([base.pools[key][1] if key in base.pools else 0.0 for key in every.pools])
    coefficients = np.zeros((len(number), len(masks)))
    for factor, end in enumerate(ends):
        for key, (_, quantity) in end.pools.items():
            coefficients[number[key], factor] = quantity - constants[number[key]]
    schedules = [tiers for tiers, _ in every.pools.values()]
    return Surface(option.name, schedules, constants, coefficients, every.make_allowances(number))


def _price_kept_flows(
    demand: Demand, book: PriceBook, option: Option, kept: BoolArray, on: date | None
) -> PoolQuantities:
    """Return what the plan puts on each pool where only the kept flows have GB."""
    gb = {"gb_sent": demand.flows.gb_sent * kept, "gb_received": demand.flows.gb_received * kept}
    some = replace(demand, flows=demand.flows.with_columns(gb))
    bill = price(meter(build_network(some, option.require_plan())), book, on=on)
    return extract_pool_quantities(bill, book, counted=demand.assumptions["free-egress"] == "counted")


def _merge_pools(parts: Sequence[PoolQuantities]) -> PoolQuantities:
    """Return every pool and every allowance of several bills; the quantities are those of one of the bills."""
    merged = PoolQuantities({}, {})
    for part in parts:
        merged.pools.update(part.pools)
        for name, (free, keys) in part.allowances.items():
            shared = merged.allowances.setdefault(name, (free, []))[1]
            shared += [key for key in keys if key not in shared]
    return merged
