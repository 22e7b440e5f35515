"""Architectures side by side: what each costs, which are feasible, and what each means for security."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_plan_by_preference, make_todays_plan
from costmodel.architectures.quotas import (
    ZONES,
    compute_peak_loads,
    decode_resource_id,
    get_quota_limit,
    get_quota_rule,
    is_hard_quota,
    locate_counted_rows,
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

    from costmodel.demand.demand import Demand
    from costmodel.network.network import Network
    from costmodel.network.price_dates import PriceDates
    from costmodel.pricing.book import PriceBook

_TIE = Decimal("1e-9")
_FULL = 1e-9


@dataclass
class Option:
    """One architecture for a demand.

    Attributes:
        name: the architecture.
        plan: a path number per flow; None where infeasible.
        network: what it builds.
        bill: what that costs.
        why_not: (rule, VPC, service or None) of what makes it infeasible.
        breaks: the same of the demand's constraints that what is built today does not keep to; it stands and is paid.
        quotas: warnings of adjustable quotas that it exceeds.
        assumed: the assumptions that its paths and charge rules read.
        posture: what it means for security.
    """

    name: str
    plan: Any = None
    network: Network | None = None
    bill: Bill | None = None
    why_not: list[tuple[str, str, str | None]] = field(default_factory=list)
    breaks: list[tuple[str, str, str | None]] = field(default_factory=list)
    quotas: list[str] = field(default_factory=list)
    assumed: frozenset[str] = frozenset()
    posture: dict[str, Any] = field(default_factory=dict)

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
        """What it costs at least: its total, or its priced part, since no price is negative; None in two currencies."""
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

    def __getitem__(self, key: Any) -> Any:
        """Return an architecture by number or by name."""
        if isinstance(key, str):
            return next(o for o in self.options if o.name == key)
        return self.options[key]

    @cached_property
    def cheapest(self) -> Option | None:
        """The cheapest architecture that has a total and keeps to the constraints; of equal ones the first."""
        best: Option | None = None
        for option in (o for o in self.options if not o.breaks):
            if option.total is not None and (best is None or best.total is None or option.total < best.total - _TIE):
                best = option
        return best

    @cached_property
    def open(self) -> list[Option]:
        """The architectures without a price that may cost less than the cheapest; all of them where there is none."""
        least = self.cheapest.total if self.cheapest is not None else None
        lacking = (o for o in self.options if o.feasible and not o.breaks and o.bill is not None and o.bill.unpriced)
        return [o for o in lacking if least is None or o.at_least is None or o.at_least < least - _TIE]

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
        """What a reader should know: quotas that are exceeded, and of the prices of all architectures together."""
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
        rows: list[tuple[Any, ...]] = []
        contract = False
        for o in self.options:
            if o.bill is None:
                continue
            contract = contract or o.bill.contract is not None
            paid = {(m, r): cost for m, r, _, cost in o.bill.list_meter_costs()} if o.bill.contract else {}
            for m, r, quantity, cost in o.bill.list_meter_costs(at_list=True):
                costs = (cost, paid[m, r]) if paid else (cost,)
                rows.append((o.name, m, r, float(quantity), *(np.nan if c is None else float(c) for c in costs)))
        return pd.DataFrame(rows, columns=[*names, *(["ContractedCost"] if contract else [])])


def price_architectures(
    demand: Demand, book: PriceBook, *, on: date | None = None, names: Sequence[str] = tuple(PATTERNS)
) -> Comparison:
    """Build and price architectures.

    Args:
        demand: what must flow.
        book: the prices.
        on: the price date; default the demand's, else the newest prices.
        names: which architectures; default all.
    """
    return Comparison(demand, [_price_architecture(demand, book, name, on) for name in names])


def compare(demand: Demand, book: PriceBook, *, on: date | None = None) -> pd.DataFrame:
    """Return every architecture's charges as a tidy table.

    Returns:
        A pandas DataFrame: architecture, x_Meter, RegionId, PricingQuantity (in the meter's unit, a billing month),
        ListCost (in the Region's currency; NaN where no price is held). Infeasible architectures have no rows.
    """
    return price_architectures(demand, book, on=on).frame


def _price_architecture(d: Demand, book: PriceBook, name: str, on: date | None) -> Option:
    option = Option(name)
    try:
        option.plan = make_plan_by_preference(d, PATTERNS[name])
        return evaluate_option(d, book, option, on)
    except InfeasibleError as error:
        option.why_not = list(error.reasons)
        return option


def evaluate_option(d: Demand, book: PriceBook, option: Option, on: date | None = None) -> Option:
    """Build, price and judge an option's plan.

    Raises:
        InfeasibleError: the plan mixes paths that exclude each other.
    """
    option.network = build_network(d, option.plan)
    option.bill = price(meter(option.network), book, on=on, partial=True)
    used = [p for number, p in enumerate(list_paths(d)) if (option.plan == number).any()]
    option.assumed = frozenset(option.bill.usage.used).union(*(p.assumes for p in used))
    option.quotas, option.why_not = _check_quotas(d, option.plan, option.network)
    option.why_not += _find_overloads(d, option.plan)
    clash = find_clashing_flows(d, list_paths(d), option.plan)
    vpcs, services = d.vpcs.name[d.flows.vpc[clash]], d.services.name[d.flows.service[clash]]
    option.why_not += [("cidr-overlap", str(v), str(s)) for v, s in zip(vpcs, services, strict=True)]
    lacking = dict.fromkeys(u.region for u in option.bill.unpriced if not book.is_offered(u.meter, u.region))
    option.why_not += [("not-offered", region, None) for region in lacking]
    option.posture = evaluate_posture(d, option.plan, option.network)
    return option


def _check_quotas(d: Demand, plan: Any, network: Network) -> tuple[list[str], list[tuple[str, str, str | None]]]:
    """Return warnings of adjustable quotas, and reasons of hard ones."""
    warnings: list[str] = []
    hard: list[tuple[str, str, str | None]] = []
    for quota in d.quotas:
        sums: dict[str, float] = _count_hosted_zone_vpcs(d, plan) if quota.per == "hosted-zone" else {}
        for kind, table in network:
            found = locate_counted_rows(d, quota, kind, table)
            for i, number in enumerate(np.bincount(found.number, minlength=1)) if found else ():
                if found and number:
                    sums[found.names[i]] = sums.get(found.names[i], 0) + float(number)
        most = get_quota_limit(d, quota)
        for place, n in sums.items():
            if n > most and is_hard_quota(d, quota):
                hard.append((get_quota_rule(quota), place, None))
            elif n > most:
                warnings.append(
                    f"{place} would have {n:.0f}: the quota is {most:g} ({quota.text}), and AWS raises it on request."
                )
    return warnings, hard


def _find_overloads(d: Demand, plan: Any) -> list[tuple[str, str, str | None]]:
    """Return what flows share whose peaks together are above what it carries."""
    sums: dict[str, Any] = {}
    for number, path in enumerate(list_paths(d)):
        for quota, load in compute_peak_loads(d, path, np.flatnonzero(plan == number)).items():
            total = sums.setdefault(quota, np.zeros(d.count_ids("service")))
            np.add.at(total, load.ids, load.share)
    full = [int(i) for total in sums.values() for i in np.flatnonzero(total > 1 + _FULL)]
    return [("bandwidth", *decode_resource_id(d, i)) for i in full]


def _count_hosted_zone_vpcs(d: Demand, plan: Any) -> dict[str, float]:
    """Return how many VPCs each hosted zone of a hub serves: those whose flow needs it."""
    sums: dict[str, float] = {}
    for number, path in enumerate(list_paths(d)):
        flows = np.flatnonzero(plan == number) if path.hubbed else ()
        for need in path.list_needs(d, flows) if len(flows) else ():
            if need.kind is ZONES:
                hub, service = path.find_hub(d, flows), d.flows.service[flows]
                for h, s in zip(hub[need.level > 0], service[need.level > 0], strict=True):
                    zone = f"{d.vpcs.name[h]}, {d.services.name[s]}"
                    sums[zone] = sums.get(zone, 0) + 1
    return sums


def evaluate_posture(d: Demand, plan: Any, network: Network) -> dict[str, Any]:
    """Return what a plan means for security.

    Returns:
        Shares of the GB (0 to 1): on AWS's network, by private addresses, under an endpoint policy, by a way that sites
        on premises can take too, through a hub; how many flows are routed between VPCs; what it depends on; how many
        resources it builds.
    """
    offered = list_paths(d)
    gb = d.gb + 1e-12
    total = gb.sum() or 1.0

    def share(flags: Any) -> float:
        return float((gb * flags).sum() / total)

    def per_flow(name: str) -> Any:
        return np.array([getattr(p.posture, name) for p in offered], dtype=bool)[plan]

    singles = []
    if per_flow("single_zone").any():
        singles.append("one zone's NAT gateway")
    if per_flow("hub").any():
        singles.append("the hub")
    routed = per_flow("routed")
    return {
        "aws_network": share(~d.internet & per_flow("aws_network")),
        "private": share(per_flow("private") & ~d.internet),
        "endpoint_policy": share(per_flow("endpoint_policy") & ~d.internet),
        "on_premises": share(per_flow("on_premises") & ~d.internet),
        "hub": share(per_flow("hub")),
        "routed_flows": int(routed.sum()),
        "single_points": singles,
        "resources": sum(float(t.count.sum()) for _, t in network),
    }


def build_todays_option(demand: Demand, book: PriceBook, *, on: date | None = None) -> Option | None:
    """Return what is built today as an option beside the architectures; None where nothing is said of today.

    It stands as it was built, in every zone of its VPC: where the constraints want an architecture otherwise, what is
    built today is none of those compared.
    """
    if demand.today is None:
        return None
    try:
        plan, breaks = make_todays_plan(demand, PATTERNS[demand.today] if isinstance(demand.today, str) else None)
    except InfeasibleError:
        return None
    return evaluate_option(demand, book, Option("today", plan=plan, breaks=breaks), on)


def add_todays_option(comparison: Comparison, book: PriceBook) -> tuple[Comparison, Option | None]:
    """Return a comparison that holds what is built today too, and that option; None where nothing is said of today."""
    demand = comparison.demand
    today = build_todays_option(demand, book, on=next((o.bill.on for o in comparison if o.bill), None))
    if isinstance(demand.today, str):
        same = next((o for o in comparison if o.name == demand.today), None)
        if today is None or (same is not None and np.array_equal(same.plan, today.plan)):
            return comparison, same
    return (comparison, None) if today is None else (Comparison(demand, [*comparison, today]), today)
