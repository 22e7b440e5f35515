"""Own services: through VPC Lattice, or routed to their VPC."""

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

LATTICE_PROTOCOLS = ("", "http", "https", "grpc", "tls")
"""Protocols that a VPC Lattice service carries; "" is a service whose protocol nobody named."""
LATTICE_GBPS = "bandwidth-lattice-service"


class Lattice(Path):
    """An own service through VPC Lattice, its clients' VPCs associated with the service network."""

    name = "lattice"
    posture = Posture(vpc_policy=False, on_premises=False)

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """In its Region, from VPCs, and for protocols that Lattice carries; a resource is TCP."""
        service = d.flows.service
        carried = np.isin(d.services.protocol.decode_words(), LATTICE_PROTOCOLS)[service]
        return [
            (~d.own, "own-service"),
            (d.services.provider[service] < 0, "routed-provider"),
            (~carried & ~d.is_offered_as("resource"), "lattice-protocol"),
            (d.is_offered_as("resource") & d.services.protocol.match_word("udp")[service], "resource-protocol"),
            (d.on_premises, "on-premises-endpoint"),
            (d.remote, "lattice-region"),
        ]

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """One Lattice service, or one resource in the service network; associations are free."""
        ids = d.get_resource_id(d.services.provider[d.flows.service[flows]], d.flows.service[flows])
        resource = d.services.own.match_word("resource")[d.flows.service[flows]]
        return [
            Need(aws.LatticeService, ids, (~resource).astype(float)),
            Need(aws.LatticeResource, ids, resource.astype(float)),
        ]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """GB and requests; TLS listeners count connections instead."""
        service = d.flows.service[flows]
        ids = d.get_resource_id(d.services.provider[service], service)
        resource = d.services.own.match_word("resource")[service]
        tls = d.services.protocol.match_word("tls")[service]
        requests = d.flows.requests_per_hour[flows] * ~resource
        return [
            Put(aws.LatticeService, ids, "gb_processed", d.gb[flows] * ~resource),
            Put(aws.LatticeService, ids, "requests_per_hour", requests * ~tls),
            Put(aws.LatticeService, ids, "connections_per_hour", requests * tls),
            Put(aws.LatticeResource, ids, "gb_processed", d.gb[flows] * resource),
            Put(aws.LatticeResource, ids, "gb_provided", d.gb[flows] * resource),
        ]

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:
        """The zones of the client's VPC."""
        provider = np.maximum(d.services.provider[d.flows.service], 0)
        return [(LATTICE_GBPS, d.vpcs.zones[d.flows.vpc], d.get_resource_id(provider, d.flows.service))]


class _Routed(Path):
    """What routed paths to an own service's VPC share."""

    posture = Posture(endpoint_policy=False, vpc_policy=False, routed=True)

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """The provider's VPC must be in the demand, and its CIDRs and other clients' clear of the client's."""
        provider = d.services.provider[d.flows.service]
        return [
            (~d.own, "own-service"),
            (provider < 0, "routed-provider"),
            (d.on_premises, "on-premises-endpoint"),
            (self.has_overlap(d, provider), "cidr-overlap"),
        ]

    def route_flows(self, d: Demand, flows: IntArray) -> IntArray:
        """The provider's VPC."""
        vpc, provider = d.flows.vpc[flows], d.services.provider[d.flows.service[flows]]
        return np.where(vpc != provider, provider, -1)

    def locate_ends(self, d: Demand, flows: IntArray) -> tuple[IntArray, IntArray, BoolArray, BoolArray]:
        """Return (client, provider, other VPC, other Region) of the flows."""
        vpc = d.flows.vpc[flows]
        provider = d.services.provider[d.flows.service[flows]]
        return vpc, provider, vpc != provider, d.remote[flows]


class RoutedTransitGateway(_Routed):
    """An own service reached over Transit Gateway, peered with another one where it is in another Region."""

    name = "routed-transit-gateway"
    assumes = ("cross-zone-transit-gateway", "endpoint-dns", PAYER)

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """An attachment at each end; both sides of a peering between Regions."""
        vpc, provider, away, remote = self.locate_ends(d, flows)
        out = [
            Need(aws.VpcAttachment, d.get_resource_id(vpc), away.astype(float)),
            Need(aws.VpcAttachment, d.get_resource_id(provider), away.astype(float)),
        ]
        if remote.any():
            here, there = d.client_region[flows], d.target_region[flows]
            for one, other in ((here, there), (there, here)):
                out.append(Need(aws.RemotePeeringAttachment, d.get_region_pair_id(one, other), remote.astype(float)))
        return out

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """Each GB once, on its sender; transfer between Regions to the sending side."""
        vpc, provider, away, remote = self.locate_ends(d, flows)
        sent, received = d.flows.gb_sent[flows], d.flows.gb_received[flows]
        out = list_transit_puts(d, aws.VpcAttachment, (vpc, provider), (sent * away, received * away))
        if remote.any():
            here, there = d.client_region[flows], d.target_region[flows]
            kind = aws.RemotePeeringAttachment
            out.append(Put(kind, d.get_region_pair_id(here, there), "gb_sent", sent * remote))
            out.append(Put(kind, d.get_region_pair_id(there, here), "gb_sent", received * remote))
        return out + list_crossing_puts(d, flows, "cross-zone-transit-gateway", d.vpcs.zones[provider], away & ~remote)

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:
        """The zones of the client's attachment."""
        return [(ATTACHMENT_GBPS, d.vpcs.zones[d.flows.vpc], d.get_resource_id(d.flows.vpc))]


class RoutedPeering(_Routed):
    """An own service reached over VPC peering; what crosses zones is charged, as no endpoint is reached."""

    name = "routed-peering"
    posture = Posture(endpoint_policy=False, vpc_policy=False, routed=True, on_premises=False)
    assumes = ("endpoint-dns",)

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """A peering connection, inside a Region or between two."""
        vpc, provider, away, remote = self.locate_ends(d, flows)
        ids, _ = d.get_link_id(vpc, provider)
        return [
            Need(aws.VpcPeering, ids, (away & ~remote).astype(float)),
            Need(aws.RemoteVpcPeering, ids, (away & remote).astype(float)),
        ]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """What crosses zones on both sides, or what crosses Regions to its sender."""
        vpc, provider, away, remote = self.locate_ends(d, flows)
        ids, turned = d.get_link_id(vpc, provider)
        sent, received = d.flows.gb_sent[flows] * remote, d.flows.gb_received[flows] * remote
        share = d.compute_crossing_share(d.vpcs.zones[vpc], d.vpcs.zones[provider]) * (away & ~remote)
        return [
            Put(aws.VpcPeering, ids, "gb_cross_zone", d.gb[flows] * share),
            Put(aws.RemoteVpcPeering, ids, "gb_sent", np.where(turned, received, sent)),
            Put(aws.RemoteVpcPeering, ids, "gb_received", np.where(turned, sent, received)),
        ]
