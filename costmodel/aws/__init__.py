"""The domain: one file per AWS service, holding its kinds of resource and their charge rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.aws.application_elb import ApplicationLoadBalancer, ApplicationLoadBalancerUnits, ClassicLoadBalancer
from costmodel.aws.cloud_wan import (
    CloudWanConnectAttachment,
    CloudWanCoreNetworkEdge,
    CloudWanTransitGatewayPeering,
    CloudWanVpcAttachment,
    CloudWanVpnAttachment,
)
from costmodel.aws.elb import (
    GatewayLoadBalancer,
    GatewayLoadBalancerUnits,
    NetworkLoadBalancer,
    NetworkLoadBalancerUnits,
)
from costmodel.aws.firewall import NetworkFirewall
from costmodel.aws.hybrid import DirectConnectPort, DirectConnectTransfer
from costmodel.aws.lattice import LatticeResource, LatticeService, ResourceGateway
from costmodel.aws.nat import ChainedNatGateway, ChainedRegionalNatGateway, NatGateway, PublicIpv4, RegionalNatGateway
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
from costmodel.aws.route53 import (
    DnsFirewall,
    PrivateHostedZone,
    ResolverEndpoint,
    ResolverProfile,
    ResolverProfileAssociation,
)
from costmodel.aws.transfer import InternetEgress, InterRegionTransfer, InterZoneTransfer
from costmodel.aws.transit_gateway import (
    ConnectAttachment,
    DirectConnectAttachment,
    DirectConnectData,
    PeeringAttachment,
    RemotePeeringAttachment,
    VpcAttachment,
    VpcData,
    VpnAttachment,
    VpnData,
)
from costmodel.aws.vpc_features import (
    Ipam,
    NetworkAccessAnalyzer,
    ReachabilityAnalyzer,
    RouteServerEndpoint,
    TrafficMirrorSession,
    TransitGatewayMulticast,
    TunnelEndpoint,
    VerifiedAccessEndpoint,
    VpcEncryptionControl,
)
from costmodel.aws.vpn import ClientVpnEndpoint, VpnConcentrator, VpnConnection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.meters import Meter

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
    ApplicationLoadBalancer,
    ApplicationLoadBalancerUnits,
    ClassicLoadBalancer,
    NetworkFirewall,
    ChainedNatGateway,
    ChainedRegionalNatGateway,
    CloudWanCoreNetworkEdge,
    CloudWanVpcAttachment,
    CloudWanVpnAttachment,
    CloudWanConnectAttachment,
    CloudWanTransitGatewayPeering,
    VpnConcentrator,
    ClientVpnEndpoint,
    DnsFirewall,
    Ipam,
    TrafficMirrorSession,
    ReachabilityAnalyzer,
    NetworkAccessAnalyzer,
    VpcEncryptionControl,
    RouteServerEndpoint,
    VerifiedAccessEndpoint,
    TransitGatewayMulticast,
    TunnelEndpoint,
    VpcData,
    VpnData,
    DirectConnectData,
)

METERS: dict[str, Meter] = {m.id: m for kind in reversed(KINDS) for m in kind.list_meters()}
"""Every meter by id; of one that several kinds have the first kind's."""

VARIANTS: dict[str, list[type[Resource]]] = {}
for _kind in KINDS:
    VARIANTS.setdefault(_kind.kind, []).append(_kind)


def pick_variant(entry: Mapping[str, Any]) -> type[Resource] | None:
    """Return the variant of its kind that a network file's entry is, by the keys it has; None where it is none."""
    kinds = VARIANTS.get(str(entry.get("kind")), [])
    fit = [v for v in kinds if v.when is None or entry.get(v.when[0]) == v.when[1]]
    given = (v for v in fit if v.given is not None and v.given in entry)
    return next(given, next((v for v in fit if v.given is None), None))


__all__ = [
    "KINDS",
    "METERS",
    "VARIANTS",
    "ApplicationLoadBalancer",
    "ChainedNatGateway",
    "ChainedRegionalNatGateway",
    "ClassicLoadBalancer",
    "ClientVpnEndpoint",
    "CloudWanCoreNetworkEdge",
    "CloudWanVpcAttachment",
    "ConnectAttachment",
    "CrossRegionInterfaceEndpoint",
    "DirectConnectAttachment",
    "DirectConnectData",
    "DirectConnectPort",
    "DirectConnectTransfer",
    "DnsFirewall",
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
    "NetworkFirewall",
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
    "VpcData",
    "VpcPeering",
    "VpnAttachment",
    "VpnConcentrator",
    "VpnConnection",
    "VpnData",
    "pick_variant",
]
