"""What constraints on some VPCs share: their value is a list of names, or ``true`` for all VPCs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from costmodel.demand.constraints.base import Constraint, ConstraintItem
from costmodel.demand.fields import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.core.arrays import BoolArray
    from costmodel.demand.constraints.base import FileReader
    from costmodel.demand.demand import Demand


class VpcConstraint(Constraint["BoolArray"]):
    """A constraint on some VPCs; its value says of each VPC whether it is one of them.

    Attributes:
        posture: the name of the posture in which it holds for all VPCs; "" where there is none.
        posture_keys: the keys of other constraints that hold for all VPCs in that posture.
    """

    file_type = Words | bool
    file_default: ClassVar[object] = []
    names_vpcs = True
    posture: ClassVar[str] = ""
    posture_keys: ClassVar[tuple[str, ...]] = ()

    def make_unlimited(self, vpc_count: int) -> BoolArray:
        """Return False for every VPC."""
        return np.zeros(vpc_count, dtype=bool)

    def resolve_value(self, given: Sequence[str] | Literal[True, False], reader: FileReader) -> BoolArray:
        """Return a boolean per VPC."""
        mask = np.zeros(reader.vpc_count, dtype=bool)
        if isinstance(given, bool):
            mask[:] = given
            return mask
        for name in given:
            mask[reader.resolve_vpcs(name, self.key)] = True
        return mask

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return one item per VPC that has a flow."""
        with_flows = set(demand.flows.vpc.tolist())
        return [
            ConstraintItem(self.key, str(demand.vpcs.name[vpc]), number=vpc)
            for vpc in np.flatnonzero(self.get_value(demand)).tolist()
            if vpc in with_flows
        ]

    def keep_items(self, demand: Demand, items: Sequence[ConstraintItem]) -> BoolArray:
        """Return the constraint for the VPCs of some items."""
        mask = self.make_unlimited(len(demand.vpcs))
        mask[[item.number for item in items]] = True
        return mask

    def list_postures(self, demand: Demand) -> Mapping[str, Mapping[str, object]]:
        """Return the posture in which the constraint holds for all VPCs."""
        if not self.posture:
            return {}
        every_vpc = np.ones(len(demand.vpcs), dtype=bool)
        return {self.posture: dict.fromkeys((*self.posture_keys, self.key), every_vpc)}
