"""A hub's endpoints, over Transit Gateway, peering, a virtual private gateway, or in a shared VPC."""

from __future__ import annotations

from typing import Any

import numpy as np

from costmodel import aws
from costmodel.demand import Demand, Need, Put
from costmodel.paths.endpoints import balancer_needs, endpoint_puts
from costmodel.paths.path import Path, Posture


def _attached(d: Demand, vpc: Any, away: Any) -> list[Need]:
    """Return the Transit Gateway attachments of clients: of their VPC, or of a site's VPN or Direct Connect."""
    site = d.vpcs.on_premises[vpc]
    direct = site & d.vpcs.connection.equal("direct-connect")[vpc]
    kinds = {aws.VpcAttachment: ~site, aws.VpnAttachment: site & ~direct, aws.DirectConnectAttachment: direct}
    return [Need(kind, d.id(vpc), (mask & away).astype(float)) for kind, mask in kinds.items() if mask.any()]


def _sent(d: Demand, vpc: Any, gb: Any) -> list[Put]:
    """GB that clients send into a Transit Gateway, on their attachment."""
    site = d.vpcs.on_premises[vpc]
    direct = site & d.vpcs.connection.equal("direct-connect")[vpc]
    kinds = {aws.VpcAttachment: ~site, aws.VpnAttachment: site & ~direct, aws.DirectConnectAttachment: direct}
    return [Put(kind, d.id(vpc), "gb_sent", gb * mask) for kind, mask in kinds.items() if mask.any()]


def _leaves_aws(d: Demand, flows: Any) -> list[Put]:
    """What a site receives leaves AWS: internet egress over VPN, or data out over Direct Connect."""
    vpc = d.flows.vpc[flows]
    site = d.vpcs.on_premises[vpc]
    if not site.any():
        return []
    direct = site & d.vpcs.connection.equal("direct-connect")[vpc]
    gb = d.flows.gb_received[flows]
    return [
        Put(aws.InternetEgress, d.id(vpc), "gb_sent", gb * (site & ~direct)),
        Put(aws.DirectConnectTransfer, d.id(vpc), "gb_sent", gb * direct),
    ]


def _hub_names(d: Demand, flows: Any, hub: Any) -> list[Need]:
    """How clients resolve a hub's endpoints: zones or a Profile for VPCs, an inbound Resolver endpoint for sites."""
    vpc, service = d.flows.vpc[flows], d.flows.service[flows]
    site = d.vpcs.on_premises[vpc]
    away = ((vpc != hub) & ~site).astype(float)
    out: list[Need] = []
    if d.assumptions["hub-dns"] == "hosted-zones":
        out.append(Need(aws.PrivateHostedZone, d.id(hub, service), away))
    elif d.assumptions["hub-dns"] == "profile":
        out.append(Need(aws.ResolverProfile, d.id(hub), away))
        out.append(Need(aws.ResolverProfileAssociation, d.id(vpc), away))
    if site.any():
        out.append(Need(aws.ResolverEndpoint, d.id(hub), 2.0 * site))
    return out


class _Hub(Path):
    """What paths over a hub's interface endpoint share."""

    hubbed = True
    posture = Posture(vpc_policy=False, hub=True)

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """The hub must exist, in the service's Region, and the service must have an interface endpoint."""
        hub = self.hub(d, np.arange(len(d.flows)))
        return [
            (d.internet, "internet-needs-nat"),
            (hub < 0, "no-hub"),
            (d.own & ~d.offered("endpoint-service"), "own-service-endpoint"),
            (~d.services.interface[d.flows.service] & ~d.own, "interface-service"),
            (d.remote, "interface-region"),
        ]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """The hub's endpoint in the hub's zones, and names for it."""
        hub = self.hub(d, flows)
        endpoint = Need(aws.InterfaceEndpoint, d.id(hub, d.flows.service[flows]), d.vpcs.zones[hub])
        return [endpoint, *_hub_names(d, flows, hub), *balancer_needs(d, flows)]

    def puts(self, d: Demand, flows: Any) -> list[Put]:
        """GB on the hub's endpoint; what a site receives leaves AWS."""
        hub = self.hub(d, flows)
        return [*endpoint_puts(d, flows, hub, d.vpcs.zones[hub]), *_leaves_aws(d, flows)]


class HubTransitGateway(_Hub):
    """A hub's interface endpoint over Transit Gateway; the hub's own flows do without it."""

    name = "hub-transit-gateway"

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """Routed, so CIDRs must not overlap."""
        hub = self.hub(d, np.arange(len(d.flows)))
        return [*super().rules(d), (self.overlaps(d, hub), "cidr-overlap")]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """An attachment at each end."""
        vpc, hub = d.flows.vpc[flows], self.hub(d, flows)
        away = vpc != hub
        ends = [*_attached(d, vpc, away), Need(aws.VpcAttachment, d.id(hub), away.astype(float))]
        return [*ends, *super().needs(d, flows)]

    def puts(self, d: Demand, flows: Any) -> list[Put]:
        """Each GB once, on the attachment that sends it."""
        vpc, hub = d.flows.vpc[flows], self.hub(d, flows)
        away = vpc != hub
        out = [
            *_sent(d, vpc, d.flows.gb_sent[flows] * away),
            Put(aws.VpcAttachment, d.id(hub), "gb_sent", d.flows.gb_received[flows] * away),
            *super().puts(d, flows),
        ]
        if d.assumptions["cross-zone-transit-gateway"] == "charged":
            share = d.crossing(d.vpcs.zones[vpc], d.vpcs.zones[hub]) * away * ~d.vpcs.on_premises[vpc]
            out.append(Put(aws.InterZoneTransfer, d.id(vpc), "gb", d.gb[flows] * share))
        return out


class HubPeering(_Hub):
    """A hub's interface endpoint over VPC peering."""

    name = "hub-peering"
    posture = Posture(vpc_policy=False, hub=True, routed=True)

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """Peering is between VPCs, and routed."""
        hub = self.hub(d, np.arange(len(d.flows)))
        return [(d.on_premises, "on-premises-endpoint"), *super().rules(d), (self.overlaps(d, hub), "cidr-overlap")]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """A peering connection, which is free."""
        vpc, hub = d.flows.vpc[flows], self.hub(d, flows)
        return [Need(aws.VpcPeering, d.pair(vpc, hub), (vpc != hub).astype(float)), *super().needs(d, flows)]

    def puts(self, d: Demand, flows: Any) -> list[Put]:
        """What crosses zones is charged on both sides, unless assumed free."""
        vpc, hub = d.flows.vpc[flows], self.hub(d, flows)
        out = super().puts(d, flows)
        if d.assumptions["cross-zone-peered"] == "charged":
            share = d.crossing(d.vpcs.zones[vpc], d.vpcs.zones[hub]) * (vpc != hub)
            out.append(Put(aws.VpcPeering, d.pair(vpc, hub), "gb_cross_zone", d.gb[flows] * share))
        return out


class HubVirtualPrivateGateway(_Hub):
    """A site on premises reaches its hub's interface endpoint through the hub's virtual private gateway."""

    name = "hub-virtual-private-gateway"

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """For sites only, and only where no Transit Gateway exists."""
        exists = np.full(len(d.flows), d.transit_gateway)
        return [(~d.on_premises, "not-on-premises"), (exists, "on-premises-transit-gateway"), *super().rules(d)]


class SharedVpc(_Hub):
    """The workload moves into subnets of one shared VPC (its hub), whose endpoints it uses."""

    name = "shared-vpc"
    default = False
    posture = Posture(vpc_policy=False, hub=True, routed=True)

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """A site cannot move into a VPC."""
        return [(d.on_premises, "on-premises-endpoint"), *super().rules(d)]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """The shared endpoint alone: its clients are in its VPC."""
        hub = self.hub(d, flows)
        endpoint = Need(aws.InterfaceEndpoint, d.id(hub, d.flows.service[flows]), d.vpcs.zones[hub])
        return [endpoint, *balancer_needs(d, flows)]
