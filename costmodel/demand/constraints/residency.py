"""Residency: the bytes of a VPC stay in its Region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.demand.constraints.vpcs import VpcConstraint

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray
    from costmodel.demand.constraints.base import ConstrainedPath
    from costmodel.demand.demand import Demand


class Residency(VpcConstraint):
    """VPCs whose traffic must stay in their Region."""

    key = "residency"
    description = "VPCs whose traffic must stay in their Region"

    def list_rules(self, path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:  # noqa: ARG002 - whatever the path
        """Return the flows to services in another Region, for every path."""
        resident = self.get_value(demand)
        if not resident.any():
            return []
        return [(resident[demand.flows.vpc] & demand.remote, "residency")]
