"""Zones: how many Availability Zones an endpoint must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.demand.constraints.base import Constraint, ConstraintItem, Widget
from costmodel.demand.fields import Positive

if TYPE_CHECKING:
    from costmodel.demand.demand import Demand


class MinZones(Constraint["int | None"]):
    """The zones that an endpoint must have; None is all zones of its VPC.

    Paths have the rule ``min-zones`` among their own rules, since it depends on where their endpoint is.
    """

    key = "min_zones"
    description = "zones an endpoint must have; without it, all of its VPC's"
    file_type = Positive | None
    widget = Widget(
        "number",
        "Zones an endpoint must have",
        "If empty, as many as its VPC has.",
        column=1,
        placeholder="all of its VPC's",
        low=1,
        high=6,
    )

    def make_unlimited(self, vpc_count: int) -> int | None:  # noqa: ARG002 - the same for any number
        """Return None."""
        return None

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return the number of zones as one item."""
        least = self.get_value(demand)
        return [] if least is None else [ConstraintItem(self.key, value=str(least))]
