"""The answer of the optimizer: the cheapest plan, its bill, and the certificate that proves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.core.errors import CostmodelError
from costmodel.network.bill import Bill, price
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from costmodel.core.arrays import IntArray
    from costmodel.network.network import Network
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.model.instance import Instance
    from costmodel.optimizer.search.lines import Found
    from costmodel.optimizer.unpriced_path import UnpricedPath
    from costmodel.pricing.book import PriceBook

TOLERANCE = 1e-6
"""Largest difference between the objective and the engine's bill, relative to the bill."""
ROUNDING = 1e-8
"""A gap below it is what costs are rounded by on their way to whole numbers, and none."""
NOISE = 1e-5
"""A gap of less money, in the bill's currency, comes from a solver's tolerances, and is none."""


@dataclass(frozen=True)
class Best:
    """The cheapest plan.

    Attributes:
        plan: a path number per flow.
        network: what it builds.
        bill: what that costs, by the engine.
        lower_bound: no plan costs less, in the bill's currency.
        certificate: the objective, the gap, the size of the instance, the solver and the seconds it took.
        instance: the numbers it was chosen by.
        chosen: the candidate of each flow among them.
        today: today's bill, where no account may pay more than it.
        unpriced: paths that need a price that is not held; see :mod:`costmodel.optimizer.unpriced`.
    """

    plan: IntArray
    network: Network
    bill: Bill
    lower_bound: float
    certificate: Mapping[str, Any]  # numbers, Decimals and words; build_answer_json prints it
    instance: Instance = field(repr=False)
    chosen: IntArray = field(repr=False)
    today: Bill | None = field(default=None, repr=False)
    unpriced: tuple[UnpricedPath, ...] = ()

    @property
    def proof(self) -> str:
        """``whole``: no plan costs less than the bound; ``priced-only``: none of those whose prices are held."""
        return "priced-only" if any(not path.ruled_out for path in self.unpriced) else "whole"


def build_verified_plan(instance: Instance, found: Found, book: PriceBook, on: date | None, clock: Clock) -> Best:
    """Build and bill what was found, and hold the objective against the bill.

    Raises:
        CostmodelError: they differ, this is a bug in costmodel.
    """
    assert found.chosen is not None  # noqa: S101 - the callers build only what was found
    d = instance.d
    plan = np.full(len(d.flows), -1)
    plan[instance.flow[found.chosen]] = instance.path[found.chosen]
    network = build_network(d, plan)
    bill = price(meter(network), book, on=on)
    total = float(bill.total_exact)
    objective = total if np.isnan(found.value) else found.value + instance.constant
    if abs(total - objective) > TOLERANCE * max(1.0, total):
        message = (
            f"The objective {objective:.6f} differs from the bill of its plan, {total:.6f}: this is a bug in costmodel."
        )
        raise CostmodelError(message)
    lower = float(min(max(found.bound + instance.constant, 0.0), total))  # no price is negative
    gap = (total - lower) / total if total - lower > NOISE else 0.0
    certificate = {
        "objective": float(objective),
        "gap": gap if gap > ROUNDING else 0.0,
        "flows": len(d.flows),
        "candidates": len(instance.flow),
        "keys": instance.size,
        "problems": found.problems,
        "solver": " and ".join(sorted(found.solvers, key=lambda name: (len(name), name))),
        "seconds": clock.gone,
        "bill": bill.total_exact,
        "proof": "whole",
    }
    return Best(plan, network, bill, lower, certificate, instance, found.chosen)
