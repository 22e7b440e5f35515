"""Endpoints in the client's own VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from costmodel import aws
from costmodel.architectures.paths.base import Path
from costmodel.demand.constraints.base import Posture
from costmodel.demand.demand import Demand, Need, Put

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray

ENDPOINT_GBPS = "bandwidth-interface-endpoint-burst"


class GatewayEndpoint(Path):
    """A gateway endpoint in the client's VPC (S3, DynamoDB)."""

    name = "gateway-endpoint"
    posture = Posture(private=False, on_premises=False)

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """Same Region, from inside the VPC, and only for services that have one."""
        return [
            (~d.services.gateway[d.flows.service], "gateway-service"),
            (d.on_premises, "gateway-in-vpc"),
            (d.remote, "gateway-region"),
        ]

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """The endpoint."""
        return [
            Need(
                aws.GatewayEndpoint, d.get_resource_id(d.flows.vpc[flows], d.flows.service[flows]), np.ones(len(flows))
            )
        ]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """GB that cost nothing."""
        ids = d.get_resource_id(d.flows.vpc[flows], d.flows.service[flows])
        return [Put(aws.GatewayEndpoint, ids, "gb_processed", d.gb[flows])]


def find_provider_front(d: Demand, flows: IntArray, how: str) -> tuple[BoolArray, IntArray]:
    """Return which flows go to an own service offered in this way by a known VPC, and the id of its front there."""
    service = d.flows.service[flows]
    vpc = d.services.provider[service]
    mine = d.services.own.match_word(how)[service] & (vpc >= 0)
    return mine, d.get_resource_id(np.maximum(vpc, 0), service)


def list_balancer_needs(d: Demand, flows: IntArray) -> list[Need]:
    """Return the Network Load Balancer of an own endpoint service, one a service."""
    if not d.has_own:
        return []
    mine, ids = find_provider_front(d, flows, "endpoint-service")
    return [Need(aws.NetworkLoadBalancer, ids, mine.astype(float))]


def list_balancer_puts(d: Demand, flows: IntArray) -> list[Put]:
    """GB on that balancer, by protocol; what is no UDP or TLS counts as TCP."""
    if not d.has_own:
        return []
    mine, ids = find_provider_front(d, flows, "endpoint-service")
    spoken = d.services.protocol
    service = d.flows.service[flows]
    udp, tls = spoken.match_word("udp")[service], spoken.match_word("tls")[service]
    masks = {"tcp": ~udp & ~tls, "udp": udp, "tls": tls}
    return [
        Put(aws.NetworkLoadBalancer, ids, f"{protocol}_gb_processed", d.gb[flows] * (mine & mask))
        for protocol, mask in masks.items()
    ]


def list_crossing_puts(
    d: Demand, flows: IntArray, assumption: str, server_zones: FloatArray, some: BoolArray | int
) -> list[Put]:
    """GB that cross zones inside a Region on the way to a server, where the assumption says they are charged.

    A hop is governed by one assumption only: in the client's VPC ``cross-zone-endpoint``, over Transit Gateway
    ``cross-zone-transit-gateway``, over peering ``cross-zone-peered`` (whose bytes have usage types of their own).
    ``some`` is 1 for the flows that make the hop, 0 for others.
    """
    if d.assumptions[assumption] == "free":
        return []
    vpc = d.flows.vpc[flows]
    share = d.compute_crossing_share(d.vpcs.zones[vpc], server_zones) * ~d.vpcs.on_premises[vpc] * some
    return [Put(aws.InterZoneTransfer, d.get_resource_id(vpc), "gb", d.gb[flows] * share)]


def has_too_few_zones(d: Demand, vpc: IntArray) -> BoolArray:
    """Return where a host VPC has fewer zones than every endpoint must have."""
    return d.vpcs.zones[vpc] < (d.constraints.min_zones or 0)


def _is_width_rewarded(d: Demand) -> bool:
    """Tell whether more zones of an endpoint are worth something: crossing is charged, or there are peaks."""
    return bool(d.assumptions["cross-zone-endpoint"] == "charged" or d.flows.peak_gbps.any())


class _Own(Path):
    """What paths through an endpoint in the client's VPC share."""

    endpoint: ClassVar[type[Resource]] = aws.InterfaceEndpoint

    @classmethod
    def list_widths(cls, d: Demand) -> Iterable[int]:
        """More zones than ``min_zones``, where something rewards them or they may be built today."""
        least = d.constraints.min_zones
        some = np.unique(d.flows.vpc)
        if not (_is_width_rewarded(d) or d.today is not None):
            some = some[d.vpcs.hub[some]]
        return () if least is None else range(max(least, 1) + 1, int(d.vpcs.zones[some].max(initial=0)) + 1)

    def count_serving_zones(self, d: Demand, flows: IntArray) -> FloatArray:
        """The endpoint's."""
        vpc = d.flows.vpc[flows]
        zones = d.endpoint_zones[vpc] if self.width is None else np.full(len(vpc), float(self.width))
        return d.widen_zones(self.endpoint, d.get_resource_id(vpc, d.flows.service[flows]), zones)

    def has_unfit_zones(self, d: Demand) -> BoolArray:
        """Return which flows' VPCs have too few zones, or none beyond those it must stand in."""
        vpc = d.flows.vpc
        few = has_too_few_zones(d, vpc)
        if self.width is None:
            return few
        usual = d.widen_zones(self.endpoint, d.get_resource_id(vpc, d.flows.service), d.endpoint_zones[vpc])
        few |= (usual >= self.width) | (d.vpcs.zones[vpc] < self.width)
        if not _is_width_rewarded(d):
            few |= ~(d.vpcs.hub[vpc] | self.is_in_every_zone(d, np.arange(len(vpc))))
        return few

    def is_in_every_zone(self, d: Demand, flows: IntArray) -> BoolArray:
        """Tell where it is in every zone of the client's VPC."""
        in_every_zone: BoolArray = d.vpcs.zones[d.flows.vpc[flows]] == self.width
        return in_every_zone

    def list_carriers(self, d: Demand) -> list[tuple[str, FloatArray, IntArray]]:
        """The endpoint's zones."""
        ids = d.get_resource_id(d.flows.vpc, d.flows.service)
        return [(ENDPOINT_GBPS, self.count_serving_zones(d, np.arange(len(d.flows))), ids)]


class OwnEndpoint(_Own):
    """An interface endpoint in the client's VPC."""

    name = "own-endpoint"
    assumes = ("cross-zone-endpoint", "endpoint-dns")

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """Of the client's Region; an own service must be an endpoint service."""
        return [
            (d.internet, "internet-needs-nat"),
            (d.on_premises, "on-premises-endpoint"),
            (d.own & ~d.is_offered_as("endpoint-service"), "own-service-endpoint"),
            (~d.services.interface[d.flows.service] & ~d.own, "interface-service"),
            (d.remote, "interface-region"),
            (self.has_unfit_zones(d), "min-zones"),
        ]

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """The endpoint, in as many zones as its VPC's endpoints have."""
        vpc = d.flows.vpc[flows]
        ids = d.get_resource_id(vpc, d.flows.service[flows])
        return [Need(aws.InterfaceEndpoint, ids, self.count_serving_zones(d, flows)), *list_balancer_needs(d, flows)]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """GB in both directions."""
        vpc = d.flows.vpc[flows]
        return [
            Put(aws.InterfaceEndpoint, d.get_resource_id(vpc, d.flows.service[flows]), "gb_processed", d.gb[flows]),
            *list_crossing_puts(d, flows, "cross-zone-endpoint", self.count_serving_zones(d, flows), 1),
            *list_balancer_puts(d, flows),
        ]


class CrossRegionEndpoint(_Own):
    """An interface endpoint in the client's VPC to a service in another Region."""

    name = "cross-region-endpoint"
    endpoint = aws.CrossRegionInterfaceEndpoint
    assumes = ("cross-zone-endpoint", "endpoint-dns")

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """Only for AWS services enabled for it, and own endpoint services."""
        service = d.flows.service
        return [
            (d.internet, "internet-needs-nat"),
            (d.on_premises, "on-premises-endpoint"),
            (~d.remote, "cross-region-same"),
            (d.own & ~d.is_offered_as("endpoint-service"), "own-service-endpoint"),
            (~d.own & ~d.services.cross_region[service], "cross-region-service"),
            (self.has_unfit_zones(d), "min-zones"),
        ]

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """The endpoint; the provider's load balancer, and this Region among its active ones."""
        vpc, service = d.flows.vpc[flows], d.flows.service[flows]
        out = [
            Need(aws.CrossRegionInterfaceEndpoint, d.get_resource_id(vpc, service), self.count_serving_zones(d, flows))
        ]
        if d.has_own:
            mine, _ = find_provider_front(d, flows, "endpoint-service")
            ids = d.get_service_region_id(service, d.client_region[flows])
            out.append(Need(aws.EndpointService, ids, mine.astype(float)))
        return out + list_balancer_needs(d, flows)

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """GB by direction: each pays transfer between the Regions."""
        vpc = d.flows.vpc[flows]
        ids = d.get_resource_id(vpc, d.flows.service[flows])
        kind = aws.CrossRegionInterfaceEndpoint
        return [
            Put(kind, ids, "gb_sent", d.flows.gb_sent[flows]),
            Put(kind, ids, "gb_received", d.flows.gb_received[flows]),
            *list_crossing_puts(d, flows, "cross-zone-endpoint", self.count_serving_zones(d, flows), 1),
            *list_balancer_puts(d, flows),
        ]


class ResourceEndpoint(_Own):
    """A resource endpoint in the client's VPC to an own resource behind a resource gateway."""

    name = "resource-endpoint"
    endpoint = aws.ResourceEndpoint
    assumes = ("cross-zone-endpoint", "endpoint-dns")

    def list_rules(self, d: Demand) -> list[tuple[BoolArray, str]]:
        """TCP, in the client's Region."""
        return [
            (~d.own, "own-service"),
            (~d.is_offered_as("resource"), "resource-service"),
            (d.services.protocol.match_word("udp")[d.flows.service], "resource-protocol"),
            (d.on_premises, "on-premises-endpoint"),
            (d.remote, "interface-region"),
            (self.has_unfit_zones(d), "min-zones"),
        ]

    def list_needs(self, d: Demand, flows: IntArray) -> list[Need]:
        """The endpoint, and its owner's resource gateway."""
        vpc, service = d.flows.vpc[flows], d.flows.service[flows]
        mine, front = find_provider_front(d, flows, "resource")
        return [
            Need(aws.ResourceEndpoint, d.get_resource_id(vpc, service), self.count_serving_zones(d, flows)),
            Need(aws.ResourceGateway, front, mine.astype(float)),
        ]

    def list_puts(self, d: Demand, flows: IntArray) -> list[Put]:
        """Both sides pay per GB."""
        vpc = d.flows.vpc[flows]
        mine, front = find_provider_front(d, flows, "resource")
        return [
            Put(aws.ResourceEndpoint, d.get_resource_id(vpc, d.flows.service[flows]), "gb_processed", d.gb[flows]),
            Put(aws.ResourceGateway, front, "gb_provided", d.gb[flows] * mine),
            *list_crossing_puts(d, flows, "cross-zone-endpoint", self.count_serving_zones(d, flows), 1),
        ]
