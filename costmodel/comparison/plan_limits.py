"""What rules out a whole plan although each path is feasible: quotas, bandwidth and clashing routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from costmodel.architectures.build import list_paths
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

if TYPE_CHECKING:
    from costmodel.architectures.paths.base import Path
    from costmodel.aws.rules import Quota
    from costmodel.core.arrays import IntArray
    from costmodel.demand.demand import Demand
    from costmodel.network.network import Network


Reason: TypeAlias = tuple[str, str, str | None]
"""Why a plan is infeasible: the rule, the VPC or other place, and the service where the rule is about one."""

_FULL = 1e-9
"""How far a shared resource may be above its bandwidth: float64's error."""


def find_clashes(demand: Demand, offered: list[Path], plan: IntArray) -> list[Reason]:
    """Return the flows whose routes clash: VPCs that share an address are routed to one counterpart."""
    clash = find_clashing_flows(demand, offered, plan)
    vpcs = demand.vpcs.name[demand.flows.vpc[clash]]
    services = demand.services.name[demand.flows.service[clash]]
    return [("cidr-overlap", str(vpc), str(service)) for vpc, service in zip(vpcs, services, strict=True)]


def check_quotas(demand: Demand, plan: IntArray, network: Network) -> tuple[list[str], list[Reason]]:
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


def find_overloads(demand: Demand, plan: IntArray) -> list[Reason]:
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
