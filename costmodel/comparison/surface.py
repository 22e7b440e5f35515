"""What a plan costs as several factors vary, compiled once for many scenarios."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.comparison.cost_function import compute_pool_cost, extract_pool_quantities
from costmodel.network.bill import price
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.comparison.options import Option
    from costmodel.core.tiers import Tiers
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_BLOCK = 16_384


@dataclass(frozen=True, eq=False)
class Surface:
    """What a plan costs as several factors vary: every pool's quantity is a straight line in each of them.

    Attributes:
        name: the architecture.
        tiers: the schedule of each pool.
        constants: (pools) what is on each at 0.
        coefficients: (pools, factors) what a factor of 1 adds.
        allowances: (free quantity, numbers of the pools that share it, dearest first tier first).
    """

    name: str
    tiers: list[Tiers]
    constants: Any
    coefficients: Any
    allowances: list[tuple[float, list[int]]]

    def __call__(self, factors: Any) -> Any:
        """Return the cost of each scenario, a row of factors: flat prices in one product, tiers in blocks."""
        factors = np.asarray(factors, dtype=float)
        shared = {n for _, numbers in self.allowances for n in numbers}
        flat = np.array([
            len(t.prices) == 1 and not t.end.is_finite() and i not in shared for i, t in enumerate(self.tiers)
        ], dtype=bool)  # fmt: skip
        prices = np.array([float(t.prices[0]) for t in self.tiers])
        weights = prices[flat] @ self.coefficients[flat] if flat.any() else np.zeros(self.coefficients.shape[1])
        out = np.full(len(factors), float(prices[flat] @ self.constants[flat]))
        rest = np.flatnonzero(~flat)
        number = {int(n): i for i, n in enumerate(rest)}
        allowances = [(free, [number[n] for n in numbers]) for free, numbers in self.allowances]
        for begin in range(0, len(factors), _BLOCK):
            some = factors[begin : begin + _BLOCK]
            block = out[begin : begin + _BLOCK]
            block += some @ weights
            pools = [(self.tiers[i], self.constants[i] + some @ self.coefficients[i]) for i in rest]
            block += compute_pool_cost(pools, allowances)
        return out


def compile_cost_surface(
    demand: Demand, book: PriceBook, option: Option, masks: Sequence[Any], *, on: date | None = None
) -> Surface:
    """Compile an architecture's cost over factors on the GB of several sets of flows.

    Args:
        demand: the demand.
        book: the prices.
        option: the architecture, with a plan.
        masks: of each factor, which flows it multiplies; flows in none stay as they are.
        on: the price date.

    Raises:
        UnpricedError: a pool has no price.
    """
    counted = demand.assumptions["free-egress"] == "counted"

    def at(kept: Any) -> tuple[dict[Any, tuple[Tiers, float]], dict[Any, Any]]:
        gb = {"gb_sent": demand.flows.gb_sent * kept, "gb_received": demand.flows.gb_received * kept}
        d = replace(demand, flows=demand.flows.with_columns(gb))
        return extract_pool_quantities(price(meter(build_network(d, option.plan)), book, on=on), book, counted=counted)

    varied = np.any(masks, axis=0) if len(masks) else np.zeros(len(demand.flows), dtype=bool)
    base, shared = at(~varied)
    ends = [at(~varied | mask) for mask in masks]
    for _, more in ends:
        for name, (free, keys) in more.items():
            known = shared.setdefault(name, (free, []))[1]
            known += [key for key in keys if key not in known]
    schedules = {key: tiers for held, _ in [(base, None), *ends] for key, (tiers, _) in held.items()}
    number = {key: i for i, key in enumerate(schedules)}
    constants = np.array([base[key][1] if key in base else 0.0 for key in schedules])
    coefficients = np.zeros((len(schedules), len(masks)))
    for j, (held, _) in enumerate(ends):
        for key, (_, quantity) in held.items():
            coefficients[number[key], j] = quantity - constants[number[key]]
    allowances = [
        (free, [number[key] for key in sorted(keys, key=lambda key: -schedules[key].prices[0])])
        for free, keys in shared.values()
    ]
    return Surface(option.name, list(schedules.values()), constants, coefficients, allowances)
