"""GB and growth that are known within ranges only: how likely each architecture is cheapest, and its regret."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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

    from costmodel.comparison.options import Option
    from costmodel.comparison.surface import Surface
    from costmodel.core.arrays import BoolArray, FloatArray
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

SHAPES = ("uniform", "triangular", "lognormal")
_TENTH = 1.2815515655446004
"""How many standard deviations below the mean a normal variable is in one of ten cases."""


class Range(NamedTuple):
    """How many times today's GB some flows may have.

    Attributes:
        low: the least; of a lognormal distribution, one of ten draws is below.
        high: the most; of a lognormal distribution, one of ten draws is above.
        shape: uniform, triangular (most likely as today, or in the middle where today is outside) or lognormal.
    """

    low: float
    high: float
    shape: str = "triangular"

    @property
    def middle(self) -> float:
        """The factor where other drivers vary: 1 (today's GB), or the middle of the range where 1 is outside."""
        return 1.0 if self.low <= 1.0 <= self.high else (self.low + self.high) / 2

    def draw_samples(self, random: np.random.Generator, size: int) -> FloatArray:
        """Return ``size`` random factors."""
        if self.low == self.high:
            return np.full(size, self.low)
        if self.shape == "uniform":
            return random.uniform(self.low, self.high, size)
        if self.shape == "triangular":
            return random.triangular(self.low, self.middle, self.high, size)
        log_low, log_high = np.log([self.low, self.high])
        return random.lognormal((log_low + log_high) / 2, (log_high - log_low) / (2 * _TENTH), size)


def _validate_range(name: str, range_: Range) -> Range:
    low, high, shape = range_
    if not (np.isfinite([low, high]).all() and 0 <= low <= high):
        message = f"The range of {name} must be rising and start at 0 or more: {low:g} to {high:g} does not."
        raise InputError(message)
    if shape not in SHAPES:
        message = f"Unknown shape {shape!r} of {name}. Known: {', '.join(SHAPES)}."
        raise InputError(message)
    if shape == "lognormal" and low == 0:
        message = f"A lognormal range must start above 0; that of {name} does not."
        raise InputError(message)
    return range_


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
    factors: FloatArray
    costs: FloatArray
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
        """Return the cost of each architecture that these shares of the scenarios (0 to 1) do not exceed."""
        quantiles = np.quantile(self.costs, shares, axis=0).T
        return dict(zip(self.architectures, quantiles.tolist(), strict=True))

    @property
    def regret(self) -> dict[str, tuple[float, float]]:
        """The mean and the greatest cost of each above the cheapest of its scenario."""
        regret = self.costs - self.costs.min(axis=1, keepdims=True)
        pairs = zip(regret.mean(axis=0).tolist(), regret.max(axis=0).tolist(), strict=True)
        return dict(zip(self.architectures, pairs, strict=True))

    @property
    def safest(self) -> str:
        """The architecture with the least greatest regret."""
        regret = self.regret
        return min(regret, key=lambda name: regret[name][1])


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
    drivers = _list_drivers(demand, ranges)
    rates, months = growth or (Range(1.0, 1.0), 1)
    _validate_range("growth", rates)
    if growth is not None:
        _check_growth_applies(demand, drivers)
    if scenarios < 1 or months < 1:
        message = f"At least one scenario and one month are needed, not {scenarios} and {months}."
        raise InputError(message)
    # Price each architecture once, then compile its cost as a function of the factors.
    options = list(price_architectures(demand, book, on=on, names=select_architectures(between)))
    priced = [option for option in options if option.total is not None]
    currencies = {option.bill.currency for option in priced if option.bill is not None}
    if len(currencies) != 1:
        raise CostmodelError(explain_missing_totals(options))
    model = _CostModel(_compile_surfaces(demand, book, priced, drivers, on), drivers, rates, months)
    # Draw the scenarios.
    random = np.random.default_rng(seed)
    factors = np.column_stack([driver.range.draw_samples(random, scenarios) for driver in drivers])
    growth_rates = rates.draw_samples(random, scenarios)
    used = {name for option in priced for name in option.assumed}
    names = [surface.name for surface in model.surfaces]
    return Uncertainty(
        architectures=names,
        drivers=[driver.name for driver in drivers],
        factors=factors,
        costs=model.compute_costs(factors, growth_rates),
        swings=model.compute_swings(),
        middle=model.find_cheapest(model.middles, rates.middle)[0],
        left_out=[option.name for option in options if option.name not in names],
        assumptions={name: value for name, value in demand.assumptions.items() if name in used},
        currency=next(iter(currencies)),
    )


class _Driver(NamedTuple):
    """One thing that varies: its name, a mask (flows) of the flows it multiplies, and its range."""

    name: str
    mask: BoolArray
    range: Range


@dataclass(frozen=True)
class _CostModel:
    """What architectures cost as the drivers and the growth vary.

    Attributes:
        surfaces: the cost of each architecture over the drivers' factors.
        drivers: what varies.
        rates: how many times the GB of a month the next month has.
        months: how many months are added up.
    """

    surfaces: list[Surface]
    drivers: list[_Driver]
    rates: Range
    months: int

    @property
    def middles(self) -> FloatArray:
        """(drivers) the factor of each in the middle of its range."""
        return np.array([driver.range.middle for driver in self.drivers])

    def compute_costs(self, factors: FloatArray, growth_rates: FloatArray) -> FloatArray:
        """Return (scenarios, architectures) the cost of all months together.

        Args:
            factors: (scenarios, drivers) how many times today's GB.
            growth_rates: (scenarios) how many times the GB of a month the next month has.
        """
        costs = np.zeros((len(factors), len(self.surfaces)))
        for month in range(self.months):
            scaled = factors * (growth_rates**month)[:, None]
            for i, surface in enumerate(self.surfaces):
                costs[:, i] += surface(scaled)
        return costs

    def find_cheapest(self, factors: FloatArray, growth_rate: float) -> tuple[float, str]:
        """Return the least cost of one scenario, and the architecture that has it."""
        costs = self.compute_costs(factors[None], np.array([growth_rate]))[0]
        best = int(np.argmin(costs))
        return float(costs[best]), self.surfaces[best].name

    def compute_swings(self) -> list[Swing]:
        """Return what each driver, and the growth, does alone while all others are in their middle; widest first."""
        swings = []
        for i, driver in enumerate(self.drivers):
            at_low = self.middles
            at_high = self.middles
            at_low[i] = driver.range.low
            at_high[i] = driver.range.high
            low, cheapest_low = self.find_cheapest(at_low, self.rates.middle)
            high, cheapest_high = self.find_cheapest(at_high, self.rates.middle)
            swings.append(Swing(driver.name, low, high, cheapest_low, cheapest_high))
        if self.months > 1:
            low, cheapest_low = self.find_cheapest(self.middles, self.rates.low)
            high, cheapest_high = self.find_cheapest(self.middles, self.rates.high)
            swings.append(Swing("growth a month", low, high, cheapest_low, cheapest_high))
        return sorted(swings, key=lambda swing: -abs(swing.high - swing.low))


def _check_growth_applies(demand: Demand, drivers: list[_Driver]) -> None:
    """Check that every flow with GB varies: growth multiplies the drivers' factors."""
    varied = np.any([driver.mask for driver in drivers], axis=0)
    if not varied[demand.gb > 0].all():
        message = "Growth applies to flows that vary: give every flow a range, 1 to 1 where it is known."
        raise InputError(message)


def _compile_surfaces(
    demand: Demand, book: PriceBook, options: list[Option], drivers: list[_Driver], on: date | None
) -> list[Surface]:
    """Return the cost of each option over the drivers' factors; one that has no price at some factor is left out."""
    masks = [driver.mask for driver in drivers]
    surfaces = []
    for option in options:
        try:
            surfaces.append(compile_cost_surface(demand, book, option, masks, on=on))
        except UnpricedError:
            continue
    return surfaces


def _list_drivers(demand: Demand, ranges: Mapping[str, Range] | Range) -> list[_Driver]:
    """Return what varies.

    Raises:
        InputError: a range is wrong or names no flow, two name the same flow, or there is none.
    """
    if isinstance(ranges, Range):
        _validate_range("GB", ranges)
        services = np.unique(demand.flows.service[demand.gb > 0])
        return [_Driver(str(demand.services.name[s]), demand.flows.service == s, ranges) for s in services]
    if not ranges:
        message = "Nothing varies: name a VPC, or a VPC and a service, and its range."
        raise InputError(message)
    drivers = [
        _Driver(name, select_named_flows(demand, name), _validate_range(name, range_))
        for name, range_ in ranges.items()
    ]
    for one, other in itertools.combinations(drivers, 2):
        if (one.mask & other.mask).any():
            message = f"{one.name!r} and {other.name!r} both contain the same flow: give each flow one range."
            raise InputError(message)
    return drivers
