"""Through NAT gateways to public endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel import aws
from costmodel.architectures.paths.base import Path
from costmodel.architectures.paths.endpoints import list_crossing_puts
from costmodel.architectures.paths.hubs import ATTACHMENT_GBPS
from costmodel.architectures.paths.transit import PAYER, list_transit_puts
from costmodel.demand.constraints.base import Posture
from costmodel.demand.demand import Demand, Need, Put

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray

NAT_GBPS = "bandwidth-nat-gateway-burst"


class _Nat(Path):
    """What paths through a NAT gateway share."""

    mode = "nat"
    posture = Posture(private=False, endpoint_policy=False, vpc_policy=False, on_premises=False)

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """To public endpoints, from inside a VPC."""
        return [
            (d.on_premises, "nat-on-premises"),
            (d.own, "nat-own-service"),
            (~d.services.public[d.flows.service] & ~d.own, "nat-public"),
        ]

    def is_outside_partition(self, d: Demand) -> BoolArray:
        """Return which flows AWS does not sell transfer for in both directions: those between two currencies."""
        return d.other_partition & d.other_currency

    def find_host_vpc(self, d: Demand, flows: IntArray) -> IntArray:
        """Return the VPC whose NAT gateways each flow uses."""
        return d.flows.vpc[flows]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """GB sent to the internet, or to and from another Region, beside what the NAT gateway processes.

        Its owner's account pays both: the NAT gateway is who sends and receives.
        """
        host = self.find_host_vpc(d, flows)
        net, remote = d.internet[flows], d.remote[flows] & ~d.internet[flows]
        out = []
        if net.any():
            out.append(Put(aws.InternetEgress, d.get_resource_id(host), "gb_sent", d.flows.gb_sent[flows] * net))
        if remote.any():
            there, kind = d.target_region[flows], aws.InterRegionTransfer
            for gb, received in ((d.flows.gb_sent, False), (d.flows.gb_received, True)):
                ids = d.get_vpc_region_id(host, there, received=received)
                out.append(Put(kind, ids, "gb_sent", gb[flows] * remote))
        return out

    def count_gateways(self, d: Demand, flows: IntArray) -> FloatArray:
        """Return how many NAT gateways serve each flow, one a zone."""
        return d.vpcs.zones[self.find_host_vpc(d, flows)]

    def count_serving_zones(self, d: Demand, flows: IntArray) -> FloatArray:
        """Those that gateways stand in."""
        return self.count_gateways(d, flows)

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:
        """The gateways."""
        every = np.arange(len(d.flows))
        return [(NAT_GBPS, self.count_gateways(d, every), d.get_resource_id(self.find_host_vpc(d, every)))]


class NatPerZone(_Nat):
    """A NAT gateway in each zone of the client's VPC."""

    name = "nat-per-zone"

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """As many as the VPC has zones."""
        return [Need(aws.NatGateway, d.get_resource_id(d.flows.vpc[flows]), self.count_gateways(d, flows))]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """Traffic stays in its zone."""
        nat = Put(aws.NatGateway, d.get_resource_id(d.flows.vpc[flows]), "gb_processed", d.gb[flows])
        return [nat, *super().list_puts(d, flows)]


class NatSingle(_Nat):
    """One NAT gateway for all zones of the client's VPC."""

    name = "nat-single"
    posture = Posture(private=False, endpoint_policy=False, vpc_policy=False, on_premises=False, single_zone=True)

    def count_gateways(self, d: Demand, flows: IntArray) -> FloatArray:  # noqa: ARG002 - one, whatever the demand
        """Return one a flow."""
        return np.ones(len(flows))

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """One."""
        return [Need(aws.NatGateway, d.get_resource_id(d.flows.vpc[flows]), self.count_gateways(d, flows))]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """Clients of the other zones cross over to it, and back."""
        vpc = d.flows.vpc[flows]
        crossing = d.gb[flows] * (1 - 1 / d.vpcs.zones[vpc])
        return [
            Put(aws.NatGateway, d.get_resource_id(vpc), "gb_processed", d.gb[flows]),
            Put(aws.NatGateway, d.get_resource_id(vpc), "gb_cross_zone", crossing),
            *super().list_puts(d, flows),
        ]


class NatRegional(_Nat):
    """One regional NAT gateway, active in each zone of the client's VPC."""

    name = "nat-regional"

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """One, in all zones."""
        return [Need(aws.RegionalNatGateway, d.get_resource_id(d.flows.vpc[flows]), self.count_gateways(d, flows))]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """Traffic stays in its zone."""
        nat = Put(aws.RegionalNatGateway, d.get_resource_id(d.flows.vpc[flows]), "gb_processed", d.gb[flows])
        return [nat, *super().list_puts(d, flows)]


class NatCentralized(_Nat):
    """The NAT gateways of a hub, over Transit Gateway."""

    name = "nat-centralized"
    hubbed = True
    posture = Posture(private=False, endpoint_policy=False, vpc_policy=False, on_premises=False, hub=True)
    assumes = ("cross-zone-transit-gateway", "endpoint-dns", PAYER)

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """A hub, and CIDRs that overlap neither with it nor with others that it may serve."""
        hub = self.find_hub(d, np.arange(len(d.flows)))
        return [*super().list_rules(d), (hub < 0, "no-hub"), (self.has_overlap(d, hub), "cidr-overlap")]

    def find_host_vpc(self, d: Demand, flows: IntArray) -> IntArray:
        """The hub."""
        return self.find_hub(d, flows)

    def route_flows(self, d: Demand, flows: IntArray) -> IntArray:
        """The hub."""
        vpc, hub = d.flows.vpc[flows], self.find_hub(d, flows)
        return np.where(vpc != hub, hub, -1)

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """An attachment at each end, and the hub's NAT gateways."""
        vpc, hub = d.flows.vpc[flows], self.find_hub(d, flows)
        away = (vpc != hub).astype(float)
        return [
            Need(aws.VpcAttachment, d.get_resource_id(vpc), away),
            Need(aws.VpcAttachment, d.get_resource_id(hub), away),
            Need(aws.NatGateway, d.get_resource_id(hub), self.count_gateways(d, flows)),
        ]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """Each GB once through the Transit Gateway, on its sender, and once through the NAT gateway."""
        vpc, hub = d.flows.vpc[flows], self.find_hub(d, flows)
        away = vpc != hub
        return [
            *list_transit_puts(
                d, aws.VpcAttachment, (vpc, hub), (d.flows.gb_sent[flows] * away, d.flows.gb_received[flows] * away)
            ),
            Put(aws.NatGateway, d.get_resource_id(hub), "gb_processed", d.gb[flows]),
            *list_crossing_puts(d, flows, "cross-zone-transit-gateway", self.count_gateways(d, flows), away),
            *super().list_puts(d, flows),
        ]

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:
        """The zones of the client's attachment, as well as the gateways."""
        return [*super().list_carriers(d), (ATTACHMENT_GBPS, d.vpcs.zones[d.flows.vpc], d.get_resource_id(d.flows.vpc))]


class NatCentralizedSingle(NatCentralized):
    """One NAT gateway of a hub, over Transit Gateway: the hub's attachment stands in its zone, where all arrive."""

    name = "nat-centralized-single"
    variant_of = "nat-centralized"
    posture = NatCentralized.posture._replace(single_zone=True)

    def count_gateways(self, d: Demand, flows: IntArray) -> FloatArray:  # noqa: ARG002 - one, whatever the demand
        """Return one a flow."""
        return np.ones(len(flows))

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """The hub's own flows of other zones cross over to it inside the hub, and back."""
        vpc, hub = d.flows.vpc[flows], self.find_hub(d, flows)
        crossing = d.gb[flows] * (1 - 1 / d.vpcs.zones[vpc]) * (vpc == hub)
        return [*super().list_puts(d, flows), Put(aws.NatGateway, d.get_resource_id(hub), "gb_cross_zone", crossing)]
