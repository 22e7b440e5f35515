"""Endpoints in the client's own VPC."""

from __future__ import annotations

from typing import Any

import numpy as np

from costmodel import aws
from costmodel.demand import Demand, Need, Put
from costmodel.paths.path import Path, Posture

ENDPOINT_GBPS = "bandwidth-interface-endpoint-burst"


class GatewayEndpoint(Path):
    """A gateway endpoint in the client's VPC (S3, DynamoDB)."""

    name = "gateway-endpoint"
    posture = Posture(private=False, on_premises=False)

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """Same Region, from inside the VPC, and only for services that have one."""
        return [
            (~d.services.gateway[d.flows.service], "gateway-service"),
            (d.on_premises, "gateway-in-vpc"),
            (d.remote, "gateway-region"),
        ]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """The endpoint."""
        return [Need(aws.GatewayEndpoint, d.id(d.flows.vpc[flows], d.flows.service[flows]), np.ones(len(flows)))]

    def puts(self, d: Demand, flows: Any) -> list[Put]:
        """GB that cost nothing."""
        ids = d.id(d.flows.vpc[flows], d.flows.service[flows])
        return [Put(aws.GatewayEndpoint, ids, "gb_processed", d.gb[flows])]


def provider_front(d: Demand, flows: Any, how: str) -> tuple[Any, Any]:
    """Return which flows go to an own service offered in this way by a known VPC, and the id of its front there."""
    service = d.flows.service[flows]
    vpc = d.services.provider[service]
    mine = d.services.own.equal(how)[service] & (vpc >= 0)
    return mine, d.id(np.maximum(vpc, 0), service)


def balancer_needs(d: Demand, flows: Any) -> list[Need]:
    """Return the Network Load Balancer of an own endpoint service, one a service."""
    if not d.has_own:
        return []
    mine, ids = provider_front(d, flows, "endpoint-service")
    return [Need(aws.NetworkLoadBalancer, ids, mine.astype(float))]


def balancer_puts(d: Demand, flows: Any) -> list[Put]:
    """GB on that balancer, by protocol; what is no UDP or TLS counts as TCP."""
    if not d.has_own:
        return []
    mine, ids = provider_front(d, flows, "endpoint-service")
    spoken = d.services.protocol
    service = d.flows.service[flows]
    udp, tls = spoken.equal("udp")[service], spoken.equal("tls")[service]
    masks = {"tcp": ~udp & ~tls, "udp": udp, "tls": tls}
    return [
        Put(aws.NetworkLoadBalancer, ids, f"{protocol}_gb_processed", d.gb[flows] * (mine & mask))
        for protocol, mask in masks.items()
    ]


def crossing_puts(d: Demand, flows: Any, assumption: str, server_zones: Any, some: Any) -> list[Put]:
    """GB that cross zones inside a Region on the way to a server, where the assumption says they are charged.

    A hop is governed by one assumption only: in the client's VPC ``cross-zone-endpoint``, over Transit Gateway
    ``cross-zone-transit-gateway``, over peering ``cross-zone-peered`` (whose bytes have usage types of their own).
    ``some`` is 1 for the flows that make the hop, 0 for others.
    """
    if d.assumptions[assumption] == "free":
        return []
    vpc = d.flows.vpc[flows]
    share = d.crossing(d.vpcs.zones[vpc], server_zones) * ~d.vpcs.on_premises[vpc] * some
    return [Put(aws.InterZoneTransfer, d.id(vpc), "gb", d.gb[flows] * share)]


def too_few_zones(d: Demand, vpc: Any) -> Any:
    """Return where a host VPC has fewer zones than every endpoint must have."""
    return d.vpcs.zones[vpc] < (d.constraints.min_zones or 0)


class OwnEndpoint(Path):
    """An interface endpoint in the client's VPC."""

    name = "own-endpoint"
    assumes = ("cross-zone-endpoint", "endpoint-dns")

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """Of the client's Region; an own service must be an endpoint service."""
        return [
            (d.internet, "internet-needs-nat"),
            (d.on_premises, "on-premises-endpoint"),
            (d.own & ~d.offered("endpoint-service"), "own-service-endpoint"),
            (~d.services.interface[d.flows.service] & ~d.own, "interface-service"),
            (d.remote, "interface-region"),
            (too_few_zones(d, d.flows.vpc), "min-zones"),
        ]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """The endpoint, in as many zones as its VPC's endpoints have."""
        vpc = d.flows.vpc[flows]
        ids = d.id(vpc, d.flows.service[flows])
        return [Need(aws.InterfaceEndpoint, ids, d.endpoint_zones[vpc]), *balancer_needs(d, flows)]

    def puts(self, d: Demand, flows: Any) -> list[Put]:
        """GB in both directions."""
        vpc = d.flows.vpc[flows]
        return [
            Put(aws.InterfaceEndpoint, d.id(vpc, d.flows.service[flows]), "gb_processed", d.gb[flows]),
            *crossing_puts(d, flows, "cross-zone-endpoint", d.endpoint_zones[vpc], 1),
            *balancer_puts(d, flows),
        ]

    def carriers(self, d: Demand) -> list[tuple[str, Any]]:
        """The endpoint's zones."""
        return [(ENDPOINT_GBPS, d.endpoint_zones[d.flows.vpc])]


class CrossRegionEndpoint(Path):
    """An interface endpoint in the client's VPC to a service in another Region."""

    name = "cross-region-endpoint"
    assumes = ("cross-zone-endpoint", "endpoint-dns")

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """Only for AWS services enabled for it, and own endpoint services."""
        service = d.flows.service
        return [
            (d.internet, "internet-needs-nat"),
            (d.on_premises, "on-premises-endpoint"),
            (~d.remote, "cross-region-same"),
            (d.own & ~d.offered("endpoint-service"), "own-service-endpoint"),
            (~d.own & ~d.services.cross_region[service], "cross-region-service"),
            (too_few_zones(d, d.flows.vpc), "min-zones"),
        ]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """The endpoint; the provider's load balancer, and this Region among its active ones."""
        vpc, service = d.flows.vpc[flows], d.flows.service[flows]
        out = [Need(aws.CrossRegionInterfaceEndpoint, d.id(vpc, service), d.endpoint_zones[vpc])]
        if d.has_own:
            mine, _ = provider_front(d, flows, "endpoint-service")
            ids = d.service_region(service, d.client_region[flows])
            out.append(Need(aws.EndpointService, ids, mine.astype(float)))
        return out + balancer_needs(d, flows)

    def puts(self, d: Demand, flows: Any) -> list[Put]:
        """GB by direction: each pays transfer between the Regions."""
        vpc = d.flows.vpc[flows]
        ids = d.id(vpc, d.flows.service[flows])
        kind = aws.CrossRegionInterfaceEndpoint
        return [
            Put(kind, ids, "gb_sent", d.flows.gb_sent[flows]),
            Put(kind, ids, "gb_received", d.flows.gb_received[flows]),
            *crossing_puts(d, flows, "cross-zone-endpoint", d.endpoint_zones[vpc], 1),
            *balancer_puts(d, flows),
        ]

    def carriers(self, d: Demand) -> list[tuple[str, Any]]:
        """The endpoint's zones."""
        return [(ENDPOINT_GBPS, d.endpoint_zones[d.flows.vpc])]


class ResourceEndpoint(Path):
    """A resource endpoint in the client's VPC to an own resource behind a resource gateway."""

    name = "resource-endpoint"
    assumes = ("cross-zone-endpoint", "endpoint-dns")

    def rules(self, d: Demand) -> list[tuple[Any, str]]:
        """TCP, in the client's Region."""
        return [
            (~d.own, "own-service"),
            (~d.offered("resource"), "resource-service"),
            (d.services.protocol.equal("udp")[d.flows.service], "resource-protocol"),
            (d.on_premises, "on-premises-endpoint"),
            (d.remote, "interface-region"),
            (too_few_zones(d, d.flows.vpc), "min-zones"),
        ]

    def needs(self, d: Demand, flows: Any) -> list[Need]:
        """The endpoint, and its owner's resource gateway."""
        vpc, service = d.flows.vpc[flows], d.flows.service[flows]
        mine, front = provider_front(d, flows, "resource")
        return [
            Need(aws.ResourceEndpoint, d.id(vpc, service), d.endpoint_zones[vpc]),
            Need(aws.ResourceGateway, front, mine.astype(float)),
        ]

    def puts(self, d: Demand, flows: Any) -> list[Put]:
        """Both sides pay per GB."""
        vpc = d.flows.vpc[flows]
        mine, front = provider_front(d, flows, "resource")
        return [
            Put(aws.ResourceEndpoint, d.id(vpc, d.flows.service[flows]), "gb_processed", d.gb[flows]),
            Put(aws.ResourceGateway, front, "gb_provided", d.gb[flows] * mine),
            *crossing_puts(d, flows, "cross-zone-endpoint", d.endpoint_zones[vpc], 1),
        ]
