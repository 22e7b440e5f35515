"""Architectures side by side: what each costs, which are feasible, and what each means for security."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, overload

import numpy as np

from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_plan_by_preference, make_todays_plan
from costmodel.architectures.quotas import (
    Candidates,
    compute_peak_loads,
    count_by_place,
    decode_resource_id,
    get_quota_limit,
    get_quota_rule,
    is_hard_quota,
    list_hosted_zone_uses,
)
from costmodel.architectures.routing import find_clashing_flows
from costmodel.core.errors import InfeasibleError
from costmodel.network.bill import Bill, price
from costmodel.network.price_dates import summarize_bill_dates
from costmodel.network.priced_usage import format_doubts
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from costmodel.architectures.paths.base import Path
    from costmodel.aws.rules import Quota
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.network.network import Network
    from costmodel.network.price_dates import PriceDates
    from costmodel.pricing.book import PriceBook

_TIE = Decimal("1e-9")
"""Totals that differ by less are equal: what lies beyond is float64's."""
_FULL = 1e-9
"""How far a shared resource may be above its bandwidth: float64's error."""

Reason: TypeAlias = tuple[str, str, str | None]
"""Why a plan is infeasible: the rule, the VPC or other place, and the service where the rule is about one."""


PostureShare: TypeAlias = Literal["aws_network", "private", "endpoint_policy", "on_premises", "hub"]
"""A key of a posture that is a share of the GB."""


class Posture(TypedDict, total=False):
    """What a plan means for security; empty for an infeasible plan.

    Keys:
        aws_network, private, endpoint_policy, on_premises, hub: the share of the GB (0 to 1) that stays on AWS's
            network, that uses private addresses, that passes an endpoint policy, that takes a way that sites on
            premises can take too, and that passes a hub.
        routed_flows: how many flows are routed between VPCs.
        single_points: what all flows depend on.
        resources: how many resources the plan builds.
    """

    aws_network: float
    private: float
    endpoint_policy: float
    on_premises: float
    hub: float
    routed_flows: int
    single_points: list[str]
    resources: float


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
    option.quotas, option.why_not = _check_quotas(demand, plan, option.network)
    option.why_not += _find_overloads(demand, plan)
    option.why_not += _find_clashes(demand, offered, plan)
    unpriced = dict.fromkeys(u.region for u in option.bill.unpriced if not book.is_offered(u.meter, u.region))
    option.why_not += [("not-offered", region, None) for region in unpriced]
    option.posture = evaluate_posture(demand, plan, option.network)
    return option


def _find_clashes(demand: Demand, offered: list[Path], plan: IntArray) -> list[Reason]:
    """Return the flows whose routes clash: VPCs that share an address are routed to one counterpart."""
    clash = find_clashing_flows(demand, offered, plan)
    vpcs = demand.vpcs.name[demand.flows.vpc[clash]]
    services = demand.services.name[demand.flows.service[clash]]
    return [("cidr-overlap", str(vpc), str(service)) for vpc, service in zip(vpcs, services, strict=True)]


def _check_quotas(demand: Demand, plan: IntArray, network: Network) -> tuple[list[str], list[Reason]]:
    """Return warnings of adjustable quotas, and reasons of hard ones."""
    warnings: list[str] = []
    hard: list[Reason] = []
    for quota in demand.quotas:
        counts = _count_towards_quota(demand, quota, plan, network)
        most = get_quota_limit(demand, quota)
        exceeded = {place: count for place, count in counts.items() if count > most}
        if is_hard_quota(demand, quota):
            hard += [(get_quota_rule(quota), place, None) for place in exceeded]
        else:
            warnings += [
                f"{place} would have {count:.0f}: the quota is {most:g} ({quota.text}), and AWS raises it on request."
                for place, count in exceeded.items()
            ]
    return warnings, hard


def _count_towards_quota(demand: Demand, quota: Quota, plan: IntArray, network: Network) -> dict[str, int]:
    """Return how many of what a quota limits a plan has, by the name of the place."""
    if quota.per == "hosted-zone":
        return _count_hosted_zone_vpcs(demand, plan)
    return count_by_place(demand, quota, network)


def _find_overloads(demand: Demand, plan: IntArray) -> list[Reason]:
    """Return the shared resources whose flows have peaks that together exceed what it carries."""
    reasons: list[Reason] = []
    for load in compute_peak_loads(demand, _list_plan_candidates(demand, plan)):
        total = np.bincount(load.ids, weights=load.share)
        reasons += [("bandwidth", *decode_resource_id(demand, int(i))) for i in np.flatnonzero(total > 1 + _FULL)]
    return reasons


def _count_hosted_zone_vpcs(demand: Demand, plan: IntArray) -> dict[str, int]:
    """Return how many VPCs each hosted zone of a hub serves: those whose flow needs it."""
    uses = list_hosted_zone_uses(demand, _list_plan_candidates(demand, plan))
    zones, counts = np.unique(uses.ids, return_counts=True)
    return {
        ", ".join(part for part in decode_resource_id(demand, int(zone)) if part): int(count)
        for zone, count in zip(zones, counts, strict=True)
    }


def _list_plan_candidates(demand: Demand, plan: IntArray) -> Candidates:
    """Return each flow on the path that the plan gives it."""
    return Candidates(list_paths(demand), np.arange(len(plan)), plan)


def evaluate_posture(demand: Demand, plan: IntArray, network: Network) -> Posture:
    """Return what a plan means for security.

    Args:
        demand: what must flow.
        plan: (flows) the number of each flow's path.
        network: what the plan builds.
    """
    offered = list_paths(demand)
    gb = demand.gb + 1e-12  # flows without GB count too, where no flow has any
    total = gb.sum() or 1.0

    def get_share(flows: BoolArray) -> float:
        return float((gb * flows).sum() / total)

    def mark_flows(name: str) -> BoolArray:
        by_path = np.array([getattr(path.posture, name) for path in offered], dtype=bool)
        marked: BoolArray = by_path[plan]
        return marked

    singles = []
    if mark_flows("single_zone").any():
        singles.append("one zone's NAT gateway")
    if mark_flows("hub").any():
        singles.append("the hub")
    return {
        "aws_network": get_share(~demand.internet & mark_flows("aws_network")),
        "private": get_share(mark_flows("private") & ~demand.internet),
        "endpoint_policy": get_share(mark_flows("endpoint_policy") & ~demand.internet),
        "on_premises": get_share(mark_flows("on_premises") & ~demand.internet),
        "hub": get_share(mark_flows("hub")),
        "routed_flows": int(mark_flows("routed").sum()),
        "single_points": singles,
        "resources": sum(float(table.count.sum()) for _, table in network),
    }


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
