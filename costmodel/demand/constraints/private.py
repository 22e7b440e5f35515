"""Private VPCs: they reach AWS services without NAT gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.demand.constraints.base import Widget
from costmodel.demand.constraints.vpcs import VpcConstraint

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray
    from costmodel.demand.constraints.base import ConstrainedPath
    from costmodel.demand.demand import Demand


class Private(VpcConstraint):
    """VPCs that reach AWS services without a NAT gateway."""

    key = "private"
    description = "VPCs that reach AWS services without a NAT gateway; `true` is all"
    posture = "AWS services at private addresses"
    widget = Widget("vpcs", "Private", "These VPCs reach AWS services without NAT gateways.", placeholder="none")

    def list_rules(self, path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:
        """Return the flows to AWS services, for paths through a NAT gateway."""
        private = self.get_value(demand)
        if path.mode != "nat" or not private.any():
            return []
        return [(private[demand.flows.vpc] & demand.to_aws_service, "nat-private")]
