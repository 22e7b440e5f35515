"""What a path is: it answers for a whole column of flows, and keeps no state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from costmodel.demand.constraints.base import Posture
from costmodel.demand.constraints.registry import list_constraint_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.demand.demand import Demand, Need, Put

OPEN = 0


class Path:
    """One way to reach a service. It answers for a whole column of flows, and keeps no state.

    Attributes:
        name: what plans and constraints call it.
        mode: paths of one mode may not mix in a VPC; "" mixes freely.
        variant_of: the path that it is a sort of: who forbids that forbids this too.
        default: whether it is offered without ``constraints.allow``.
        posture: what it means for security.
        assumes: the assumptions that its needs and puts read.
        hubbed: whether there is one per hub.
        rank: which of a VPC's hubs it uses, from 0; paths without a hub have rank 0 only.
        width: in how many zones its endpoint stands; None: as many as architectures give it.
    """

    name: ClassVar[str] = ""
    mode: ClassVar[str] = ""
    variant_of: ClassVar[str] = ""
    default: ClassVar[bool] = True
    posture: ClassVar[Posture] = Posture()
    assumes: ClassVar[tuple[str, ...]] = ()
    hubbed: ClassVar[bool] = False

    def __init__(self, rank: int = 0, width: int | None = None) -> None:
        """Choose the hub by its rank, and the endpoint's zones where they are a choice."""
        self.rank, self.width = rank, width

    @classmethod
    def list_widths(cls, d: Demand) -> Iterable[int]:  # noqa: ARG003 - most paths have no endpoint
        """Return in how many zones its endpoint may stand, beside as many as architectures give it."""
        return ()

    def count_serving_zones(self, d: Demand, flows: IntArray) -> FloatArray | None:  # noqa: ARG002 - most paths stand in none
        """Return in how many zones what serves each flow stands; None where it stands in none."""
        return None

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """(boolean per flow, rule id): the first that holds is why the path is out."""
        raise NotImplementedError

    def is_outside_partition(self, d: Demand) -> BoolArray:
        """Return which flows go to an AWS partition that the path does not reach: nothing private links two."""
        return d.other_partition

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """Return what the flows (an index array) need."""
        raise NotImplementedError

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """Return what the flows put on what."""
        raise NotImplementedError

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:  # noqa: ARG002 - most paths know no limit
        """(quota of a bandwidth, how many of its carriers serve each flow, whose), for every hop that has one.

        Flows of one id share carriers: the dense id of a VPC and service, or of a VPC.
        """
        return []

    def check_feasibility(self, d: Demand) -> IntArray:
        """Return a rule number per flow (in the order of ``d.rules``), 0 where the path is open."""
        numbers = {rule: i + 1 for i, rule in enumerate(d.rules)}
        out = np.zeros(len(d.flows), dtype=np.int16)
        for mask, rule in [
            (self.is_outside_partition(d), "partition"),
            *self.list_rules(d),
            *self._list_constraint_rules(d),
        ]:
            np.copyto(out, numbers[rule], where=mask & (out == OPEN))
        return out

    def find_hub(self, d: Demand, flows: IntArray) -> IntArray:
        """Return the VPC number of the hub each flow would use; -1 where there is none."""
        if self.rank >= d.hubs.shape[1]:
            return np.full(len(flows), -1)
        hubs: IntArray = d.flow_hubs[self.rank][flows]
        return hubs

    def is_in_every_zone(self, d: Demand, flows: IntArray) -> BoolArray:  # noqa: ARG002 - most paths have no endpoint
        """Tell where this width, of several, is what stands if nobody asks for fewer zones."""
        return np.zeros(len(flows), dtype=bool)

    def route_flows(self, d: Demand, flows: IntArray) -> IntArray:  # noqa: ARG002 - most paths route nothing to another VPC
        """Return the number of the VPC that each flow is routed to, and back from; -1 where none."""
        return np.full(len(flows), -1)

    def has_overlap(self, d: Demand, other: IntArray) -> BoolArray:
        """Return which flows' VPCs are known to overlap with a counterpart."""
        known = np.maximum(other, 0)
        return (other >= 0) & d.overlap[d.flows.vpc, d.counterpart_number[known]]

    def _list_constraint_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        out = list_constraint_rules(self, d)
        if d.flows.peak_gbps.any():
            out += [
                (d.flows.peak_gbps > d.get_carrier_gbps(quota) * number, "bandwidth")
                for quota, number, _ in self.list_carriers(d)
            ]
        return out
