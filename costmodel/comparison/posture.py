"""What a plan means for security: private paths, policies, single points of failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

import numpy as np

from costmodel.architectures.build import list_paths

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.network.network import Network


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
