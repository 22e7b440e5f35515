"""Plans by preference, and the plan that is built today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.build import list_paths
from costmodel.architectures.paths.base import OPEN
from costmodel.architectures.routing import find_clashing_flows
from costmodel.core.errors import InfeasibleError
from costmodel.demand.constraints.registry import make_unconstrained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.architectures.paths.base import Path
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.demand.demand import Demand

Broken = tuple[str, str, "str | None"]
"""Rule, VPC and service of what is not kept."""
_CONSTRAINT, _FACT, _NONE = 1, 2, 3
"""How a path fails a flow, after open: a wish is not kept; it cannot carry the flow; it is not the path named."""


class _Verdicts:
    """What each path says of each flow, asked once; and what routes that overlap have closed since."""

    def __init__(self, d: Demand) -> None:
        self.d, self.offered = d, list_paths(d)
        self.overlap = 1 + list(d.rules).index("cidr-overlap") if "cidr-overlap" in d.rules else 0
        self._known: dict[int, IntArray] = {}

    def __getitem__(self, number: int) -> IntArray:
        """Return a rule number per flow, 0 where the path is open."""
        if number not in self._known:
            self._known[number] = self.offered[number].check_feasibility(self.d)
        return self._known[number]

    def close_paths(self, plan: IntArray, flows: IntArray) -> None:
        """Close the paths that some flows (an index array) take in a plan: their routes clash."""
        for number in np.unique(plan[flows]):
            self[int(number)][flows[plan[flows] == number]] = self.overlap


def make_plan_by_preference(d: Demand, names: Mapping[str, Sequence[str]]) -> IntArray:
    """Return a plan by preference: each flow takes the first feasible path of its list; a pinned one its own path.

    Of VPCs that overlap and would be routed to one hub or provider nothing says which would be, so none is: they take
    the next path.

    Args:
        d: the demand.
        names: aws, internet, own, lattice, on-premises → names of paths in order of preference.

    Raises:
        InfeasibleError: a flow has no feasible path; the reasons name the rule that tells most of each, a constraint
            before a fact of the flow before what the path is for, and of equal ones the last.
    """
    verdicts = _Verdicts(d)
    while True:
        plan, why = _pick_preferred_paths(verdicts, names)
        clash = find_clashing_flows(d, verdicts.offered, plan)
        if not len(clash):
            break
        verdicts.close_paths(plan, clash)
    left = np.flatnonzero(plan < 0)
    if len(left):
        raise _make_unserved_error(d, left, why)
    return plan


def _pick_preferred_paths(verdicts: _Verdicts, names: Mapping[str, Sequence[str]]) -> tuple[IntArray, IntArray]:
    """Return the first open path of each flow's list (-1: none), and the rule that tells most of why there is none."""
    d, offered = verdicts.d, verdicts.offered
    sorts = {
        "on-premises": d.on_premises,
        "internet": d.internet & ~d.on_premises,
        "own": d.own & ~d.on_premises & ~d.is_offered_as("lattice"),
        "lattice": d.own & ~d.on_premises & d.is_offered_as("lattice"),
        "aws": ~d.internet & ~d.own & ~d.on_premises,
    }
    plan = np.full(len(d.flows), -1)
    why = np.zeros(len(d.flows), dtype=np.int16)
    weight = np.array([-1, *(rule.weight for rule in d.rules.values())])
    for sort, mask in sorts.items():
        for number in _list_path_numbers(offered, names[sort]) if mask.any() else ():
            if not (mask & (plan < 0)).any():
                break
            verdict, path = verdicts[number], offered[number]
            plan[mask & (plan < 0) & (verdict == OPEN)] = number
            heard = mask & (plan < 0) & (verdict != OPEN)
            if path.rank:  # a hub that is not there says less than the one before it
                heard &= path.find_hub(d, np.arange(len(d.flows))) >= 0
            np.copyto(why, verdict, where=heard & (weight[verdict] >= weight[why]))
    for v, s, name in d.constraints.pin:
        for number in _list_path_numbers(offered, [name]):
            flow = (d.flows.vpc == v) & (d.flows.service == s) & (plan < 0)
            plan[flow & (verdicts[number] == OPEN)] = number
            np.copyto(why, verdicts.overlap, where=flow & (plan < 0) & (verdicts[number] == verdicts.overlap))
    return plan, why


def _list_path_numbers(offered: Sequence[Path], names: Sequence[str]) -> list[int]:
    """Return the numbers of paths in order of preference, hub by hub, in the zones that architectures give them."""
    return [i for name in names for i, p in enumerate(offered) if p.name == name and p.width is None]


def _make_unserved_error(d: Demand, left: IntArray, why: IntArray) -> InfeasibleError:
    ids = list(d.rules)
    reasons = [
        (
            ids[why[f] - 1] if why[f] else "no-path",
            str(d.vpcs.name[d.flows.vpc[f]]),
            str(d.services.name[d.flows.service[f]]),
        )
        for f in left
    ]
    rule, vpc, service = reasons[0]
    text = d.rules[rule].text if rule in d.rules else "no path of the architecture reaches it"
    message = f"{len(left)} flow{'s' * (len(left) > 1)} cannot be served; {vpc} to {service}: {text}"
    return InfeasibleError(message, reasons)


def make_plan_by_names(
    d: Demand, names: Sequence[str], hubs: IntArray | None = None, zones: IntArray | None = None
) -> tuple[IntArray, list[Broken]]:
    """Return the plan in which each flow takes the path named for it, and (rule, VPC, service) of constraints broken.

    What is built stays, whatever the demand's constraints want, in every zone of its VPC where nothing else is said;
    but no flow can take a path that cannot carry it. Of several hubs a flow uses the one named, else the first that
    keeps the constraints.

    Args:
        d: the demand.
        names: a path's name per flow.
        hubs: the VPC number of each flow's hub, -1 where any will do; default any.
        zones: how many zones the endpoint of each flow stands in, 0 for every one; default every one.

    Raises:
        InfeasibleError: a flow cannot take its path, or routes clash.
    """
    verdicts = _Verdicts(d)
    rules, every = list(d.rules.values()), np.arange(len(d.flows))
    wanted = np.array(names, dtype=object)
    plan, why = np.full(len(d.flows), -1), np.zeros(len(d.flows), dtype=np.int16)
    fails = np.array([OPEN, *(_CONSTRAINT if rule.constraint else _FACT for rule in rules)])
    best = np.full(len(d.flows), _NONE)
    for number, path in enumerate(verdicts.offered):
        mask = (wanted == path.name) & (path.width is None)
        if path.hubbed and hubs is not None:
            mask &= (hubs < 0) | (path.find_hub(d, every) == hubs)
        if mask.any():
            verdict = verdicts[number]
            mask &= fails[verdict] < best
            np.copyto(plan, number, where=mask)
            np.copyto(why, verdict, where=mask)
            np.copyto(best, fails[verdict], where=mask)
    why[find_clashing_flows(d, verdicts.offered, plan)] = verdicts.overlap
    vpcs, services = d.vpcs.name[d.flows.vpc], d.services.name[d.flows.service]
    for f in np.flatnonzero(fails[why] == _FACT)[:1]:
        rule = rules[why[f] - 1]
        message = f"{names[f]} cannot carry {vpcs[f]} to {services[f]}: {rule.text}"
        raise InfeasibleError(message, [(rule.id, str(vpcs[f]), str(services[f]))])
    broken: list[Broken] = [(rules[why[f] - 1].id, str(vpcs[f]), str(services[f])) for f in np.flatnonzero(why)]
    return _widen_endpoints(d, verdicts.offered, plan, zones), broken


def _widen_endpoints(d: Demand, offered: Sequence[Path], plan: IntArray, zones: IntArray | None) -> IntArray:
    """Return a plan whose endpoints stand in so many zones, 0 for all, whatever ``min_zones`` asks of new ones."""
    usual = {(p.name, p.rank): number for number, p in enumerate(offered) if p.width is None}
    out = plan.copy()
    for number, path in enumerate(offered):
        narrow = usual[path.name, path.rank]
        flows = np.flatnonzero((plan == narrow) & (path.width is not None))
        if len(flows):
            wide = path.is_in_every_zone(d, flows) if zones is None else _is_in_zones(path, d, flows, zones[flows])
            zones_now, zones_before = path.count_serving_zones(d, flows), offered[narrow].count_serving_zones(d, flows)
            if zones_now is not None and zones_before is not None:
                out[flows[wide & (zones_now > zones_before)]] = number
    return out


def _is_in_zones(path: Path, d: Demand, flows: IntArray, zones: IntArray) -> BoolArray:
    """Tell where a path's endpoint stands in the zones that are said, or in every zone where none are."""
    return np.where(zones > 0, path.width == zones, path.is_in_every_zone(d, flows))


def make_todays_plan(d: Demand, names: Mapping[str, Sequence[str]] | None) -> tuple[IntArray, list[Broken]]:
    """Return the plan that is built today, and (rule, VPC, service) of constraints that it breaks.

    Args:
        d: the demand, which lists what is built path by path, or names an architecture.
        names: the paths of that architecture, as ``chosen`` takes them; None where the demand lists paths.

    Raises:
        InfeasibleError: it cannot be, whatever the constraints.
    """
    if names is None:
        return make_plan_by_names(d, d.today or [], d.today_hubs, d.today_zones)
    loose = replace(d, constraints=make_unconstrained(len(d.vpcs)))
    offered = list_paths(loose)
    return make_plan_by_names(d, [offered[number].name for number in make_plan_by_preference(loose, names)])
