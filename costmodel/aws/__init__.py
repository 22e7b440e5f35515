"""The domain: one file per AWS service, holding its kinds of resource and their charge rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.aws.elb import (
    GatewayLoadBalancer,
    GatewayLoadBalancerUnits,
    NetworkLoadBalancer,
    NetworkLoadBalancerUnits,
)
from costmodel.aws.hybrid import DirectConnectPort, DirectConnectTransfer, VpnConnection
from costmodel.aws.lattice import LatticeResource, LatticeService, ResourceGateway
from costmodel.aws.nat import NatGateway, PublicIpv4, RegionalNatGateway
from costmodel.aws.peering import RemoteVpcPeering, VpcPeering
from costmodel.aws.privatelink import (
    CrossRegionInterfaceEndpoint,
    EndpointService,
    GatewayEndpoint,
    GatewayLoadBalancerEndpoint,
    InterfaceEndpoint,
    ResourceEndpoint,
    ServiceNetworkEndpoint,
)
from costmodel.aws.resource import Resource
from costmodel.aws.route53 import PrivateHostedZone, ResolverEndpoint, ResolverProfile, ResolverProfileAssociation
from costmodel.aws.transfer import InternetEgress, InterRegionTransfer, InterZoneTransfer
from costmodel.aws.transit_gateway import (
    ConnectAttachment,
    DirectConnectAttachment,
    PeeringAttachment,
    RemotePeeringAttachment,
    VpcAttachment,
    VpnAttachment,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.meters import Meter

KINDS: tuple[type[Resource], ...] = (
    InterfaceEndpoint,
    CrossRegionInterfaceEndpoint,
    GatewayEndpoint,
    GatewayLoadBalancerEndpoint,
    ResourceEndpoint,
    ServiceNetworkEndpoint,
    EndpointService,
    NetworkLoadBalancer,
    NetworkLoadBalancerUnits,
    GatewayLoadBalancer,
    GatewayLoadBalancerUnits,
    LatticeService,
    LatticeResource,
    ResourceGateway,
    NatGateway,
    RegionalNatGateway,
    VpcAttachment,
    VpnAttachment,
    DirectConnectAttachment,
    PeeringAttachment,
    RemotePeeringAttachment,
    ConnectAttachment,
    VpcPeering,
    RemoteVpcPeering,
    PublicIpv4,
    ResolverEndpoint,
    PrivateHostedZone,
    ResolverProfile,
    ResolverProfileAssociation,
    VpnConnection,
    DirectConnectPort,
    DirectConnectTransfer,
    InternetEgress,
    InterZoneTransfer,
    InterRegionTransfer,
)

METERS: dict[str, Meter] = {m.id: m for kind in KINDS for m in kind.meters()}

VARIANTS: dict[str, list[type[Resource]]] = {}
for _kind in KINDS:
    VARIANTS.setdefault(_kind.kind, []).append(_kind)


def variant_of(entry: Mapping[str, Any]) -> type[Resource] | None:
    """Return the variant of its kind that a network file's entry is, by the keys it has; None where it is none."""
    kinds = VARIANTS.get(str(entry.get("kind")), [])
    fit = [v for v in kinds if v.when is None or entry.get(v.when[0]) == v.when[1]]
    given = (v for v in fit if v.given is not None and v.given in entry)
    return next(given, next((v for v in fit if v.given is None), None))


__all__ = [
    "KINDS",
    "METERS",
    "VARIANTS",
    "ConnectAttachment",
    "CrossRegionInterfaceEndpoint",
    "DirectConnectAttachment",
    "DirectConnectPort",
    "DirectConnectTransfer",
    "EndpointService",
    "GatewayEndpoint",
    "GatewayLoadBalancer",
    "GatewayLoadBalancerEndpoint",
    "GatewayLoadBalancerUnits",
    "InterRegionTransfer",
    "InterZoneTransfer",
    "InterfaceEndpoint",
    "InternetEgress",
    "LatticeResource",
    "LatticeService",
    "NatGateway",
    "NetworkLoadBalancer",
    "NetworkLoadBalancerUnits",
    "PeeringAttachment",
    "PrivateHostedZone",
    "PublicIpv4",
    "RegionalNatGateway",
    "RemotePeeringAttachment",
    "RemoteVpcPeering",
    "ResolverEndpoint",
    "ResolverProfile",
    "ResolverProfileAssociation",
    "Resource",
    "ResourceEndpoint",
    "ResourceGateway",
    "ServiceNetworkEndpoint",
    "VpcAttachment",
    "VpcPeering",
    "VpnAttachment",
    "VpnConnection",
    "variant_of",
]
