"""Architectures side by side: what each costs, which are feasible, and what each means for security."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_plan_by_preference, make_todays_plan
from costmodel.comparison.plan_limits import Reason, check_quotas, find_clashes, find_overloads
from costmodel.comparison.posture import Posture, evaluate_posture
from costmodel.core.errors import InfeasibleError
from costmodel.network.bill import Bill, price
from costmodel.network.price_dates import summarize_bill_dates
from costmodel.network.priced_usage import format_doubts
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from costmodel.core.arrays import IntArray
    from costmodel.demand.demand import Demand
    from costmodel.network.network import Network
    from costmodel.network.price_dates import PriceDates
    from costmodel.pricing.book import PriceBook

_TIE = Decimal("1e-9")
"""Totals that differ by less are equal: smaller differences come from rounding in float64."""


@dataclass
class Option:
    """One architecture for a demand.

    Attributes:
        name: the architecture.
        plan: (flows) the number of each flow's path; None where infeasible.
        network: what it builds.
        bill: what that costs.
        why_not: what makes it infeasible.
        breaks: the demand's constraints that what is built today breaks; it exists and is paid.
        quotas: warnings of adjustable quotas that it exceeds.
        assumed: the assumptions that its paths and charge rules read.
        posture: what it means for security.
    """

    name: str
    plan: IntArray | None = None
    network: Network | None = None
    bill: Bill | None = None
    why_not: list[Reason] = field(default_factory=list)
    breaks: list[Reason] = field(default_factory=list)
    quotas: list[str] = field(default_factory=list)
    assumed: frozenset[str] = frozenset()
    posture: Posture = field(default_factory=Posture)

    def require_plan(self) -> IntArray:
        """Return the plan of a feasible architecture.

        Raises:
            ValueError: the architecture is not feasible, and so has no plan.
        """
        if self.plan is None:
            message = f"{self.name} is not feasible, so it has no plan."
            raise ValueError(message)
        return self.plan

    @property
    def feasible(self) -> bool:
        """Whether every flow has a path and no hard quota is exceeded."""
        return self.plan is not None and not self.why_not

    @property
    def priced(self) -> bool:
        """Whether it has one total: feasible, nothing unpriced, one currency."""
        return self.feasible and self.bill is not None and not self.bill.unpriced and len(self.bill.totals) == 1

    @property
    def total(self) -> Decimal | None:
        """Its total, exact; None where it has none."""
        return self.bill.total_exact if self.bill is not None and self.priced else None

    @property
    def at_least(self) -> Decimal | None:
        """The least that it costs: its total or its priced part, since no price is negative; None in two currencies."""
        if self.bill is None or not self.feasible or len(self.bill.totals) > 1:
            return None
        return self.bill.total_exact


class Comparison(Sequence[Option]):
    """Every architecture of a demand, in the order of the list of architectures."""

    def __init__(self, demand: Demand, options: list[Option]) -> None:
        """Keep the options and their demand."""
        self.demand = demand
        self.options = options

    def __len__(self) -> int:
        """Return how many architectures there are."""
        return len(self.options)

    @overload
    def __getitem__(self, key: int | str) -> Option: ...

    @overload
    def __getitem__(self, key: slice) -> list[Option]: ...

    def __getitem__(self, key: int | str | slice) -> Option | list[Option]:
        """Return an architecture by number or by name, or several by a slice."""
        if isinstance(key, str):
            return next(option for option in self.options if option.name == key)
        return self.options[key]

    @cached_property
    def cheapest(self) -> Option | None:
        """The cheapest architecture that has a total and keeps to the constraints; of equal ones the first."""
        best: Option | None = None
        least: Decimal | None = None
        for option in self.options:
            total = option.total
            if option.breaks or total is None:
                continue
            if least is None or total < least - _TIE:
                best = option
                least = total
        return best

    @cached_property
    def open(self) -> list[Option]:
        """The architectures without a price that may cost less than the cheapest; all of them where there is none."""
        least = self.cheapest.total if self.cheapest is not None else None
        unpriced = (o for o in self.options if o.feasible and not o.breaks and o.bill is not None and o.bill.unpriced)
        return [o for o in unpriced if least is None or o.at_least is None or o.at_least < least - _TIE]

    @property
    def proof(self) -> str:
        """``whole``: no architecture costs less than the cheapest; ``priced-only``: none of those with a total."""
        return "priced-only" if self.open else "whole"

    @cached_property
    def ranked(self) -> list[Option]:
        """Cheapest first; then those without a total, infeasible ones last."""
        return sorted(self.options, key=lambda o: (o.total is None, not o.feasible, o.total or Decimal(0)))

    @property
    def warnings(self) -> list[str]:
        """Warnings: quotas that are exceeded, and doubts about the prices of all architectures together."""
        doubts: dict[str, set[str]] = {}
        for option in self.options:
            for text, names in option.bill.doubts.items() if option.bill else ():
                doubts.setdefault(text, set()).update(names)
        return [*dict.fromkeys(w for o in self.options for w in o.quotas), *format_doubts(doubts)]

    @property
    def price_dates(self) -> PriceDates | None:
        """When the prices that any of the architectures used were read; None where nothing is built."""
        return summarize_bill_dates(o.bill for o in self.options if o.bill is not None)

    @property
    def assumptions(self) -> dict[str, str]:
        """Assumptions that any of the architectures used."""
        used = {name for option in self.options for name in option.assumed}
        return {name: value for name, value in self.demand.assumptions.items() if name in used}

    @property
    def frame(self) -> pd.DataFrame:
        """A tidy table: architecture, x_Meter, RegionId, PricingQuantity, ListCost (NaN where unpriced).

        Under a contract it has ContractedCost too.
        """
        import pandas as pd

        names = ["architecture", "x_Meter", "RegionId", "PricingQuantity", "ListCost"]
        bills = {option.name: option.bill for option in self.options if option.bill is not None}
        if any(bill.contract is not None for bill in bills.values()):
            names.append("ContractedCost")
        rows = [(name, *row) for name, bill in bills.items() for row in _list_frame_rows(bill)]
        return pd.DataFrame(rows, columns=names)


def _list_frame_rows(bill: Bill) -> list[tuple[str | float, ...]]:
    """Return meter, Region, quantity and list cost of each charge; under a contract its contracted cost too."""
    contracted = None
    if bill.contract is not None:
        contracted = {(meter_id, region): cost for meter_id, region, _, cost in bill.list_meter_costs()}
    rows: list[tuple[str | float, ...]] = []
    for meter_id, region, quantity, cost in bill.list_meter_costs(at_list=True):
        costs = [cost] if contracted is None else [cost, contracted[meter_id, region]]
        numbers = (np.nan if each is None else float(each) for each in costs)
        rows.append((meter_id, region, float(quantity), *numbers))
    return rows


def price_architectures(
    demand: Demand, book: PriceBook, *, on: date | None = None, names: Sequence[str] = tuple(PATTERNS)
) -> Comparison:
    """Build and price architectures.

    Args:
        demand: what must flow.
        book: the prices.
        on: the price date; default the demand's, else the newest prices.
        names: which architectures; default all.

    Returns:
        The architectures in the order of ``names``; each that has a plan has a bill, of which parts may lack a price.
    """
    return Comparison(demand, [_price_architecture(demand, book, name, on) for name in names])


def compare(demand: Demand, book: PriceBook, *, on: date | None = None) -> pd.DataFrame:
    """Return every architecture's charges as a tidy table.

    Args:
        demand: what must flow.
        book: the prices.
        on: the price date; default the demand's, else the newest prices.

    Returns:
        A pandas DataFrame: architecture, x_Meter, RegionId, PricingQuantity (in the meter's unit, a billing month),
        ListCost (in the Region's currency; NaN where no price is held). Infeasible architectures have no rows.
    """
    return price_architectures(demand, book, on=on).frame


def _price_architecture(demand: Demand, book: PriceBook, name: str, on: date | None) -> Option:
    option = Option(name)
    try:
        option.plan = make_plan_by_preference(demand, PATTERNS[name])
        return evaluate_option(demand, book, option, on)
    except InfeasibleError as error:
        option.why_not = list(error.reasons)
        return option


def evaluate_option(demand: Demand, book: PriceBook, option: Option, on: date | None = None) -> Option:
    """Build and price an option's plan, and check quotas, routes and what AWS offers; return the same option.

    Args:
        demand: what must flow.
        book: the prices.
        option: an option with a plan; everything else is set here.
        on: the price date; default the demand's, else the newest prices.

    Raises:
        InfeasibleError: the plan mixes paths that exclude each other.
    """
    if option.plan is None:
        message = f"The option {option.name} has no plan."
        raise ValueError(message)
    plan, offered = option.plan, list_paths(demand)
    option.network = build_network(demand, plan)
    option.bill = price(meter(option.network), book, on=on, partial=True)
    used = [path for number, path in enumerate(offered) if (plan == number).any()]
    option.assumed = frozenset(option.bill.usage.used).union(*(path.assumes for path in used))
    option.quotas, option.why_not = check_quotas(demand, plan, option.network)
    option.why_not += find_overloads(demand, plan)
    option.why_not += find_clashes(demand, offered, plan)
    unpriced = dict.fromkeys(u.region for u in option.bill.unpriced if not book.is_offered(u.meter, u.region))
    option.why_not += [("not-offered", region, None) for region in unpriced]
    option.posture = evaluate_posture(demand, plan, option.network)
    return option


def build_todays_option(demand: Demand, book: PriceBook, *, on: date | None = None) -> Option | None:
    """Return what is built today as an option; None where the demand does not name it.

    What is built today is as it was built, in every zone of its VPC. Where the constraints ask an architecture for
    other zones, what is built today differs from each architecture.
    """
    if demand.today is None:
        return None
    pattern = PATTERNS[demand.today] if isinstance(demand.today, str) else None
    try:
        plan, breaks = make_todays_plan(demand, pattern)
    except InfeasibleError:
        return None
    return evaluate_option(demand, book, Option("today", plan=plan, breaks=breaks), on)


def add_todays_option(comparison: Comparison, book: PriceBook) -> tuple[Comparison, Option | None]:
    """Return a comparison that has what is built today too, and that option.

    The option is None where the demand does not name what is built today. Where that is one of the architectures, the
    comparison stays as it is, and the option is that architecture.
    """
    demand = comparison.demand
    today = build_todays_option(demand, book, on=next((o.bill.on for o in comparison if o.bill), None))
    if isinstance(demand.today, str):
        same = next((o for o in comparison if o.name == demand.today), None)
        if today is None or (same is not None and _is_same_plan(same, today)):
            return comparison, same
    if today is None:
        return comparison, None
    return Comparison(demand, [*comparison, today]), today


def _is_same_plan(one: Option, other: Option) -> bool:
    if one.plan is None or other.plan is None:
        return one.plan is other.plan
    return np.array_equal(one.plan, other.plan)
