"""Endpoint policies: paths must carry one, and it may have to be the VPC's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.demand.constraints.base import Widget
from costmodel.demand.constraints.vpcs import VpcConstraint

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray
    from costmodel.demand.constraints.base import ConstrainedPath
    from costmodel.demand.demand import Demand


class EndpointPolicy(VpcConstraint):
    """VPCs whose paths to AWS services must carry an endpoint policy."""

    key = "endpoint_policy"
    description = "VPCs whose paths must carry an endpoint policy"
    posture = "endpoint policies everywhere"
    widget = Widget(
        "vpcs",
        "Endpoint policies",
        "These VPCs reach AWS services through endpoints with a policy.",
        placeholder="none",
    )

    def list_rules(self, path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:
        """Return the flows to AWS services, for paths that cannot carry an endpoint policy."""
        limited = self.get_value(demand)
        if path.posture.endpoint_policy or not limited.any():
            return []
        return [(limited[demand.flows.vpc] & demand.to_aws_service, "endpoint-policy")]


class VpcPolicy(VpcConstraint):
    """VPCs whose endpoint policy must be their own."""

    key = "vpc_policy"
    description = "VPCs whose endpoint policy must be their own: no hub"
    posture = "each VPC's own endpoint policies"
    posture_keys = ("endpoint_policy",)
    widget = Widget(
        "vpcs",
        "Own policies",
        "These VPCs reach AWS services through endpoints in the VPC itself, with a policy of the VPC.",
        placeholder="none",
    )

    def list_rules(self, path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:
        """Return the flows to AWS services, for paths without a policy of the VPC's own."""
        limited = self.get_value(demand)
        if path.posture.vpc_policy or not limited.any():
            return []
        return [(limited[demand.flows.vpc] & demand.to_aws_service, "vpc-policy")]
