"""GB and growth that are known within ranges only: how likely each architecture is cheapest, and its regret."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.comparison.cost_function import find_first_minimum
from costmodel.comparison.flow_gb import select_named_flows
from costmodel.comparison.options import price_architectures
from costmodel.comparison.surface import compile_cost_surface
from costmodel.comparison.sweep import explain_missing_totals, select_architectures
from costmodel.core.errors import CostmodelError, InputError, UnpricedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

SHAPES = ("uniform", "triangular", "lognormal")
_TENTH = 1.2815515655446004
"""How many standard deviations below the mean a normal variable is in one of ten cases."""


class Range(NamedTuple):
    """How many times today's GB some flows may have.

    Attributes:
        low: at least; of a lognormal distribution, what one of ten cases lies below.
        high: at most; of a lognormal distribution, what one of ten cases lies above.
        shape: uniform, triangular (most likely as today, or in the middle where that is outside) or lognormal.
    """

    low: float
    high: float
    shape: str = "triangular"

    @property
    def middle(self) -> float:
        """What it is taken to be where others vary: today's GB, or the middle where that is outside."""
        return 1.0 if self.low <= 1.0 <= self.high else (self.low + self.high) / 2

    def draw_samples(self, random: np.random.Generator, size: int) -> Any:
        """Return so many draws."""
        if self.low == self.high:
            return np.full(size, self.low)
        if self.shape == "uniform":
            return random.uniform(self.low, self.high, size)
        if self.shape == "triangular":
            return random.triangular(self.low, self.middle, self.high, size)
        logs = np.log(self.low), np.log(self.high)
        return random.lognormal(sum(logs) / 2, (logs[1] - logs[0]) / (2 * _TENTH), size)


def _validate_range(name: str, r: Range) -> Range:
    if not (np.isfinite([r.low, r.high]).all() and 0 <= r.low <= r.high):
        message = f"The range of {name} must rise from at least 0: {r.low:g} to {r.high:g} does not."
        raise InputError(message)
    if r.shape not in SHAPES:
        message = f"Unknown shape {r.shape!r} of {name}. Known: {', '.join(SHAPES)}."
        raise InputError(message)
    if r.shape == "lognormal" and r.low == 0:
        message = f"A lognormal range begins above 0; that of {name} does not."
        raise InputError(message)
    return r


class Swing(NamedTuple):
    """What one factor alone does to the cheapest total: at its low and at its high end, and which is cheapest there."""

    driver: str
    low: float
    high: float
    cheapest_low: str
    cheapest_high: str


@dataclass(frozen=True)
class Uncertainty:
    """Costs over many scenarios.

    Attributes:
        architectures: those compared.
        drivers: what varies, in the order of the factors' columns.
        factors: (scenarios, drivers) how many times today's GB.
        costs: (scenarios, architectures) the cost of a month, or of the months together.
        swings: of each driver, widest first (the tornado).
        middle: the cheapest total with every driver in its middle.
        left_out: architectures without a total.
        assumptions: what was assumed.
        currency: of the costs.
    """

    architectures: list[str]
    drivers: list[str]
    factors: Any
    costs: Any
    swings: list[Swing]
    middle: float
    left_out: list[str]
    assumptions: dict[str, str]
    currency: str

    @property
    def probability(self) -> dict[str, float]:
        """How often each architecture is cheapest, 0 to 1; of equal ones the first counts."""
        best = np.bincount(find_first_minimum(self.costs.T), minlength=len(self.architectures))
        return dict(zip(self.architectures, (best / len(self.costs)).tolist(), strict=True))

    @property
    def expected(self) -> dict[str, float]:
        """The mean cost of each."""
        return dict(zip(self.architectures, self.costs.mean(axis=0).tolist(), strict=True))

    def compute_quantiles(self, *shares: float) -> dict[str, list[float]]:
        """Return the cost of each that so many of the scenarios do not exceed."""
        found = np.quantile(self.costs, shares, axis=0).T
        return dict(zip(self.architectures, found.tolist(), strict=True))

    @property
    def regret(self) -> dict[str, tuple[float, float]]:
        """The mean and the greatest cost of each above the cheapest of its scenario."""
        much = self.costs - self.costs.min(axis=1, keepdims=True)
        pairs = zip(much.mean(axis=0).tolist(), much.max(axis=0).tolist(), strict=True)
        return dict(zip(self.architectures, pairs, strict=True))

    @property
    def safest(self) -> str:
        """The architecture with the least greatest regret."""
        return min(self.regret.items(), key=lambda one: one[1][1])[0]


def evaluate_uncertainty(
    demand: Demand,
    book: PriceBook,
    ranges: Mapping[str, Range] | Range,
    *,
    growth: tuple[Range, int] | None = None,
    scenarios: int = 20_000,
    seed: int = 0,
    between: Sequence[str] | None = None,
    on: date | None = None,
) -> Uncertainty:
    """Return what architectures cost where GB and growth are known within ranges only.

    Args:
        demand: the demand.
        book: the prices.
        ranges: a VPC, or ``vpc/service`` → how many times today's GB its flows may have, each drawn on its own; or one
            range, drawn on its own for every service.
        growth: how many times the GB of a month the next has, such as 1.01 to 1.05, and how many months are added up,
            each with pools of its own.
        scenarios: how many are drawn.
        seed: of the draws: the same seed draws the same.
        between: architectures; default all.
        on: the price date.

    Raises:
        InputError: a range is wrong, names no flow, or two name the same one.
        CostmodelError: no architecture has a total.
    """
    names, masks, each = _list_drivers(demand, ranges)
    rates, months = growth or (Range(1.0, 1.0), 1)
    if growth is not None and not np.any(masks, axis=0)[demand.gb > 0].all():
        message = "Growth applies to flows that vary: give a range for every flow, 1 to 1 where it is known."
        raise InputError(message)
    if scenarios < 1 or months < 1:
        message = f"It takes at least one scenario and one month, not {scenarios} and {months}."
        raise InputError(message)
    tried = list(price_architectures(demand, book, on=on, names=select_architectures(between)))
    held = [o for o in tried if o.total is not None and o.bill is not None]
    currencies = {o.bill.currency for o in held if o.bill}
    if not held or len(currencies) > 1:
        raise CostmodelError(explain_missing_totals(tried))
    surfaces = []
    for option in held:
        try:
            surfaces.append(compile_cost_surface(demand, book, option, masks, on=on))
        except UnpricedError:
            continue
    drawn = np.random.default_rng(seed)
    factors = np.column_stack([r.draw_samples(drawn, scenarios) for r in each])
    grown = _validate_range("growth", rates).draw_samples(drawn, scenarios)
    costs = np.zeros((scenarios, len(surfaces)))
    for month in range(months):
        scaled = factors * (grown**month)[:, None]
        for i, one in enumerate(surfaces):
            costs[:, i] += one(scaled)
    middles = np.array([r.middle for r in each])

    def cheapest(at: Any, speed: float) -> tuple[float, str]:
        totals = [sum(float(s(at[None] * speed**m)[0]) for m in range(months)) for s in surfaces]
        return min(totals), surfaces[int(np.argmin(totals))].name

    swings = []
    for i, (name, r) in enumerate(zip(names, each, strict=True)):
        (low, at_low), (high, at_high) = (
            cheapest(_replace_value(middles, i, end), rates.middle) for end in (r.low, r.high)
        )
        swings.append(Swing(name, low, high, at_low, at_high))
    if months > 1:
        (low, at_low), (high, at_high) = (cheapest(middles, end) for end in (rates.low, rates.high))
        swings.append(Swing("growth a month", low, high, at_low, at_high))
    swings.sort(key=lambda s: -abs(s.high - s.low))
    used = {a for o in held for a in o.assumed}
    return Uncertainty(
        [s.name for s in surfaces],
        names,
        factors,
        costs,
        swings,
        cheapest(middles, rates.middle)[0],
        [o.name for o in tried if o.name not in {s.name for s in surfaces}],
        {k: v for k, v in demand.assumptions.items() if k in used},
        next(iter(currencies)),
    )


def _replace_value(values: Any, i: int, value: float) -> Any:
    out = values.copy()
    out[i] = value
    return out


def _list_drivers(demand: Demand, ranges: Mapping[str, Range] | Range) -> tuple[list[str], list[Any], list[Range]]:
    """Return the names of what varies, the flows of each, and its range."""
    if isinstance(ranges, Range):
        busy = np.unique(demand.flows.service[demand.gb > 0])
        names = [str(demand.services.name[s]) for s in busy]
        return names, [demand.flows.service == s for s in busy], [_validate_range("GB", ranges)] * len(busy)
    if not ranges:
        message = "Nothing varies: name a VPC, or a VPC and a service, and its range."
        raise InputError(message)
    masks = [select_named_flows(demand, name) for name in ranges]
    for (one, a), (other, b) in itertools.combinations(zip(ranges, masks, strict=True), 2):
        if (a & b).any():
            message = f"{one!r} and {other!r} both name some flow: give each flow one range."
            raise InputError(message)
    return list(ranges), masks, [_validate_range(name, r) for name, r in ranges.items()]
