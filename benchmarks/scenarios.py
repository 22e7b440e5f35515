"""What architectures cost at 100,000 draws of each service's GB, against numpy alone on the same lines."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import costmodel as cm
from benchmarks.timing import Result, in_turns, within
from costmodel.comparison.options import price_architectures
from costmodel.comparison.surface import Surface, compile_cost_surface
from costmodel.comparison.uncertainty import Range, evaluate_uncertainty
from costmodel.demand.reading.load import read_demand

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIOS = 100_000
ARCHITECTURES = 10
MOST = 20.0
HIGHEST = 20_000.0
"""Times today's GB: far enough that every tier of the example's prices is reached."""


def bare(one: Surface) -> Callable[[Any], Any]:
    """Return the same cost by numpy alone: a product for flat prices, the least of a few lines for tiered ones."""
    flat, tiered = [], []
    for pool, (tiers, constant, slopes) in enumerate(zip(one.tiers, one.constants, one.coefficients, strict=True)):
        lines = np.array(tiers.compute_cost_lines(0.0, constant + slopes.sum() * HIGHEST))
        if len(lines) == 1:
            flat.append((pool, *lines[0]))
        else:
            tiered.append((pool, lines[:, 0], lines[:, 1]))
    numbers = [pool for pool, _, _ in flat]
    intercepts, prices = (np.array([line[i] for line in flat]) for i in (1, 2))
    constant = float(intercepts.sum() + prices @ one.constants[numbers])
    weights = prices @ one.coefficients[numbers]

    def cost(factors: Any) -> Any:
        out = constant + factors @ weights
        for pool, first, each in tiered:
            quantity = one.constants[pool] + factors @ one.coefficients[pool]
            out += functools.reduce(np.minimum, (a + s * quantity for a, s in zip(first, each, strict=True)))
        return out

    return cost


def results() -> list[Result]:
    """Return the figure, both sides having found the same costs."""
    book = cm.load_prices()
    d = read_demand(Path(__file__).parents[1] / "data" / "examples" / "estate.yaml")
    masks = [d.flows.service == s for s in np.unique(d.flows.service)]
    priced = [o for o in price_architectures(d, book) if o.total is not None][:ARCHITECTURES]
    surfaces = [compile_cost_surface(d, book, option, masks) for option in priced]
    alone = [bare(one) for one in surfaces]
    factors = (
        np.random.default_rng(0).uniform(0, 1, (SCENARIOS, len(masks))) * np.geomspace(1, HIGHEST, SCENARIOS)[:, None]
    )
    for one, other in zip(surfaces, alone, strict=True):
        np.testing.assert_allclose(one(factors), other(factors), rtol=1e-9)
    times = in_turns(lambda: [one(factors) for one in surfaces], lambda: [one(factors) for one in alone], 7)
    tiered = sum(len(t.prices) > 1 for one in surfaces for t in one.tiers)
    name = f"{SCENARIOS:,} scenarios × {len(surfaces)} architectures × {len(masks)} services"
    whole = in_turns(
        lambda: evaluate_uncertainty(d, book, Range(0, HIGHEST, "uniform"), scenarios=SCENARIOS),
        lambda: [one(factors) for one in alone],
        5,
    )
    return [
        within(name, times, MOST, "numpy alone on the same lines", f"{tiered} tiered pools"),
        within("uncertainty() whole, from a demand in memory", whole, MOST, "numpy alone on the same lines"),
    ]
