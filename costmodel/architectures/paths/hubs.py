"""A hub's endpoints, over Transit Gateway, peering, a virtual private gateway, or in a shared VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from costmodel import aws
from costmodel.architectures.paths.base import Path
from costmodel.architectures.paths.endpoints import (
    ENDPOINT_GBPS,
    has_too_few_zones,
    list_balancer_needs,
    list_balancer_puts,
    list_crossing_puts,
)
from costmodel.architectures.paths.transit import PAYER, list_transit_puts
from costmodel.demand.constraints.base import Posture
from costmodel.demand.demand import Demand, Need, Put

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray

ATTACHMENT_GBPS = "bandwidth-transit-gateway-attachment"
ADDRESSES = 2.0  # of an inbound Resolver endpoint: AWS asks for two at the least


class _Ends(NamedTuple):
    """Both ends of a block of flows: clients' VPCs, their hubs, and whether a client is in another VPC than its hub."""

    vpc: IntArray
    hub: IntArray
    away: BoolArray


def _list_attachments(d: Demand, ends: _Ends) -> list[tuple[type[Resource], BoolArray]]:
    """Return the kinds of Transit Gateway attachment that clients have, and which of them need it."""
    if not d.has_sites:
        return [(aws.VpcAttachment, ends.away)]
    site = d.vpcs.on_premises[ends.vpc]
    direct = d.vpcs.connection.match_word("direct-connect")[ends.vpc]
    return [
        (aws.VpcAttachment, ends.away & ~site),
        (aws.VpnAttachment, ends.away & site & ~direct),
        (aws.DirectConnectAttachment, ends.away & site & direct),
    ]


def _list_egress_puts(d: Demand, flows: IntArray, vpc: IntArray) -> list[Put]:
    """What a site receives leaves AWS: internet egress over VPN, or data out over Direct Connect."""
    if not d.has_sites:
        return []
    site, direct = d.vpcs.on_premises[vpc], d.vpcs.connection.match_word("direct-connect")[vpc]
    gb = d.flows.gb_received[flows]
    return [
        Put(aws.InternetEgress, d.get_resource_id(vpc), "gb_sent", gb * (site & ~direct)),
        Put(aws.DirectConnectTransfer, d.get_resource_id(vpc), "gb_sent", gb * (site & direct)),
    ]


def _list_dns_needs(d: Demand, flows: IntArray, ends: _Ends) -> list[Need]:
    """How clients resolve a hub's endpoints: zones or a Profile for VPCs, an inbound Resolver endpoint for sites."""
    vpc, hub, away = ends
    out: list[Need] = []
    if d.has_sites:
        site = d.vpcs.on_premises[vpc]
        out.append(Need(aws.ResolverEndpoint, d.get_resource_id(hub), ADDRESSES * site.astype(np.float64)))
        away = away & ~site
    if d.assumptions["hub-dns"] == "hosted-zones":
        out.append(Need(aws.PrivateHostedZone, d.get_resource_id(hub, d.flows.service[flows]), away.astype(np.float64)))
    elif d.assumptions["hub-dns"] == "profile":
        out.append(Need(aws.ResolverProfile, d.get_resource_id(hub), away.astype(np.float64)))
        out.append(Need(aws.ResolverProfileAssociation, d.get_pair_id(vpc, hub), away.astype(np.float64)))
    return out


class _Hub(Path):
    """A hub's interface endpoint; how clients get there, and whether they need routes and names, is each path's own."""

    hubbed = True
    named: ClassVar[bool] = True
    routes: ClassVar[bool] = True
    posture = Posture(vpc_policy=False, hub=True)

    @classmethod
    def list_widths(cls, d: Demand) -> Iterable[int]:
        """Fewer zones than the hub has, down to ``min_zones``."""
        least, most = d.constraints.min_zones, d.vpcs.zones[d.vpcs.hub].max(initial=0)
        return () if least is None else range(max(least, 1), int(most))

    def count_serving_zones(self, d: Demand, flows: IntArray) -> FloatArray:
        """The hub's."""
        hub = self.find_hub(d, flows)
        zones = d.vpcs.zones[hub] if self.width is None else np.full(len(flows), float(self.width))
        return d.widen_zones(aws.InterfaceEndpoint, d.get_resource_id(hub, d.flows.service[flows]), zones)

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """A hub in the service's Region, an interface endpoint of the service, CIDRs clear of others where routed."""
        every = np.arange(len(d.flows))
        hub = self.find_hub(d, every)
        wide = (
            self.width is not None and self.count_serving_zones(d, every) > self.width
        )  # as another width stands there already
        return [
            (d.internet & d.on_premises, "nat-on-premises"),
            (d.internet, "internet-needs-nat"),
            (hub < 0, "no-hub"),
            (d.own & ~d.is_offered_as("endpoint-service"), "own-service-endpoint"),
            (~d.services.interface[d.flows.service] & ~d.own, "interface-service"),
            (d.remote, "interface-region"),
            (self.has_overlap(d, hub) & self.routes, "cidr-overlap"),
            (has_too_few_zones(d, hub) | (d.vpcs.zones[hub] <= (self.width or 0)) | wide, "min-zones"),
        ]

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """The hub's endpoint in the hub's zones, what leads there, and names for it."""
        ends = self._locate_ends(d, flows)
        endpoint = Need(
            aws.InterfaceEndpoint,
            d.get_resource_id(ends.hub, d.flows.service[flows]),
            self.count_serving_zones(d, flows),
        )
        names = _list_dns_needs(d, flows, ends) if self.named else []
        return [*self.list_link_needs(d, ends), endpoint, *list_balancer_needs(d, flows), *names]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """GB on what leads there and on the hub's endpoint; what a site receives leaves AWS."""
        ends = self._locate_ends(d, flows)
        return [
            *self.list_link_puts(d, flows, ends),
            Put(
                aws.InterfaceEndpoint, d.get_resource_id(ends.hub, d.flows.service[flows]), "gb_processed", d.gb[flows]
            ),
            *list_crossing_puts(
                d, flows, "cross-zone-endpoint", self.count_serving_zones(d, flows), self.is_in_endpoint_vpc(ends)
            ),
            *list_balancer_puts(d, flows),
            *_list_egress_puts(d, flows, ends.vpc),
        ]

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:
        """The zones of the hub's endpoint."""
        every = np.arange(len(d.flows))
        return [
            (
                ENDPOINT_GBPS,
                self.count_serving_zones(d, every),
                d.get_resource_id(self.find_hub(d, every), d.flows.service),
            )
        ]

    def route_flows(self, d: Demand, flows: IntArray) -> IntArray:
        """The hub, but for what moves into it."""
        ends = self._locate_ends(d, flows)
        return np.where(ends.away & self.routes, ends.hub, -1)

    def list_link_needs(self, d: Demand, ends: _Ends) -> list[Need]:  # noqa: ARG002 - nothing, unless a path says so
        """Return what clients need to get to the hub."""
        return []

    def list_link_puts(self, d: Demand, flows: IntArray, ends: _Ends) -> list[Put]:  # noqa: ARG002 - as links
        """Return what flows put on that."""
        return []

    def is_in_endpoint_vpc(self, ends: _Ends) -> BoolArray:
        """Return which clients are in the endpoint's VPC."""
        return ~ends.away

    def _locate_ends(self, d: Demand, flows: IntArray) -> _Ends:
        vpc, hub = d.flows.vpc[flows], self.find_hub(d, flows)
        return _Ends(vpc, hub, vpc != hub)


class HubTransitGateway(_Hub):
    """A hub's interface endpoint over Transit Gateway; the hub's own flows do without it."""

    name = "hub-transit-gateway"
    assumes = ("hub-dns", "cross-zone-endpoint", "cross-zone-transit-gateway", "endpoint-dns", PAYER)

    def list_link_needs(self, d: Demand, ends: _Ends) -> list[Need]:
        """An attachment at each end."""
        clients = [
            Need(kind, d.get_resource_id(ends.vpc), some.astype(np.float64))
            for kind, some in _list_attachments(d, ends)
        ]
        return [*clients, Need(aws.VpcAttachment, d.get_resource_id(ends.hub), ends.away.astype(np.float64))]

    def list_link_puts(self, d: Demand, flows: IntArray, ends: _Ends) -> list[Put]:
        """Each GB once, on the attachment that sends it."""
        sent, received = d.flows.gb_sent[flows], d.flows.gb_received[flows]
        return [
            *(
                put
                for kind, some in _list_attachments(d, ends)
                for put in list_transit_puts(d, kind, (ends.vpc, ends.hub), (sent * some, received * some))
            ),
            *list_crossing_puts(d, flows, "cross-zone-transit-gateway", d.vpcs.zones[ends.hub], ends.away),
        ]

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:
        """The zones of the client's attachment, as well as the endpoint's."""
        zones = np.where(d.on_premises, np.inf, d.vpcs.zones[d.flows.vpc])
        return [*super().list_carriers(d), (ATTACHMENT_GBPS, zones, d.get_resource_id(d.flows.vpc))]


class HubPeering(_Hub):
    """A hub's interface endpoint over VPC peering."""

    name = "hub-peering"
    posture = Posture(vpc_policy=False, hub=True, routed=True)
    assumes = ("hub-dns", "cross-zone-endpoint", "cross-zone-peered", "endpoint-dns")

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """Peering is between VPCs."""
        return [(d.on_premises, "on-premises-endpoint"), *super().list_rules(d)]

    def list_link_needs(self, d: Demand, ends: _Ends) -> list[Need]:
        """A peering connection, which is free."""
        return [Need(aws.VpcPeering, d.get_link_id(ends.vpc, ends.hub)[0], ends.away.astype(np.float64))]

    def list_link_puts(self, d: Demand, flows: IntArray, ends: _Ends) -> list[Put]:
        """What crosses zones is charged on both sides, unless assumed free."""
        if d.assumptions["cross-zone-peered"] == "free":
            return []
        share = d.compute_crossing_share(d.vpcs.zones[ends.vpc], self.count_serving_zones(d, flows)) * ends.away
        return [Put(aws.VpcPeering, d.get_link_id(ends.vpc, ends.hub)[0], "gb_cross_zone", d.gb[flows] * share)]


class HubVirtualPrivateGateway(_Hub):
    """A site on premises reaches its hub's interface endpoint through the hub's virtual private gateway."""

    name = "hub-virtual-private-gateway"

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """For sites only, and only where no Transit Gateway exists."""
        exists = np.full(len(d.flows), d.transit_gateway)
        return [(~d.on_premises, "not-on-premises"), (exists, "on-premises-transit-gateway"), *super().list_rules(d)]


class SharedVpc(_Hub):
    """The workload moves into subnets of one shared VPC (its hub), whose endpoints it uses without other names."""

    name = "shared-vpc"
    default = False
    named = False
    routes = False
    posture = Posture(vpc_policy=False, hub=True, routed=True)
    assumes = ("cross-zone-endpoint", "endpoint-dns")

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """A site cannot move into a VPC."""
        return [(d.on_premises, "on-premises-endpoint"), *super().list_rules(d)]

    def is_in_endpoint_vpc(self, ends: _Ends) -> BoolArray:
        """All of them."""
        return np.ones_like(ends.away)
