"""Terraform's resource types → entries of a network file, a function each, by the AWS provider's documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.network.reading.terraform.services import SERVICES, alike, network_balancer, reserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from costmodel.network.reading.terraform.plan import Planned
    from costmodel.network.reading.terraform.read import Reader

Entry = dict[str, Any]

ENDPOINTS = {
    "Interface": "InterfaceEndpoint",
    "Gateway": "GatewayEndpoint",
    "GatewayLoadBalancer": "GatewayLoadBalancerEndpoint",
    "Resource": "ResourceEndpoint",
    "ServiceNetwork": "ServiceNetworkEndpoint",
}
_ADDRESS = "whether it gets a public IPv4 address"
ZONED = ("InterfaceEndpoint", "GatewayLoadBalancerEndpoint", "ServiceNetworkEndpoint", "ResourceEndpoint")


def _endpoint(x: Reader, r: Planned) -> Iterator[Entry]:
    """A VPC endpoint; without a type it is a gateway endpoint; its zones are its subnets, associations included."""
    if x.plan.unknown(r, "vpc_endpoint_type"):
        unsaid: Entry = {"kind": "InterfaceEndpoint"}
        x.fill(r, unsaid, "zones", None, "zones (none, if it is a gateway endpoint)")
        yield unsaid
        return
    type_ = r.values.get("vpc_endpoint_type") or "Gateway"
    kind = ENDPOINTS.get(type_)
    if kind is None:
        x.leave(r, f"endpoints of type {type_} are not priced here")
        return
    entry: Entry = {"kind": kind}
    away = r.values.get("service_region")
    if kind == "InterfaceEndpoint" and away and away != x.region(r):
        entry["service_region"] = away
    elif kind == "InterfaceEndpoint" and x.plan.unknown(r, "service_region"):
        x.note(r, f"whether its service is in another Region {x.speech.later}; taken to be in its own")
    if kind in ZONED:
        zones = x.zones(r, "subnet_ids", x.associated(r))
        x.fill(r, entry, "zones", zones, "subnets")
        if zones == 0:
            x.note(r, "it has no subnet, so it stands in no zone, and nothing is billed of it")
    yield entry


def _nat(x: Reader, r: Planned) -> Iterator[Entry]:
    """A NAT gateway: zonal with its addresses, private without, or regional in so many zones."""
    public = (r.values.get("connectivity_type") or "public") == "public"
    if x.plan.unknown(r, "availability_mode"):
        either: Entry = {"kind": "RegionalNatGateway"}
        x.fill(r, either, "zones", None, "zones (1, if it is zonal)")
        yield either
        return
    if (r.values.get("availability_mode") or "zonal") != "regional":
        zonal: Entry = {"kind": "NatGateway"}
        unsaid = x.plan.unknown(r, "connectivity_type")
        number = len(x.of_nat[r.address]) if public else 0
        x.fill(r, zonal, "public_ips", None if unsaid else number, "public addresses")
        yield zonal
        return
    entry: Entry = {"kind": "RegionalNatGateway"}
    blocks = x.blocks(r, "availability_zone_address", "regional_nat_gateway_address")
    if blocks:
        names = ("availability_zone", "availability_zone_id")
        entry["zones"] = len(
            {next((b[k] for k in names if isinstance(b.get(k), str)), n) for n, b in enumerate(blocks)}
        )
        entry["public_ips"] = max(len(blocks), len(x.of_nat.get(r.address, ())))
    else:
        x.fill(r, entry, "zones", x.vpc_zones(r), "zones")
    yield entry


def _address(x: Reader, r: Planned) -> Iterator[Entry]:
    """An Elastic IP address: on the bill of its NAT gateway where it has one, free if it is the customer's own."""
    pool = r.values.get("public_ipv4_pool") or "amazon"
    if pool == "amazon" and r.address not in x.taken:
        yield {"kind": "PublicIpv4"}


def _balancer(x: Reader, r: Planned) -> Iterator[Entry]:
    """A load balancer: billed by hour and LCU, a gateway one by zone; public ones have addresses."""
    type_ = r.values.get("load_balancer_type") or "application"
    zones = x.zones(r, "subnets", 0) or len(r.values.get("subnet_mapping") or ()) or None
    if type_ == "gateway":
        entry: Entry = {"kind": "GatewayLoadBalancer"}
        x.fill(r, entry, "zones", zones, "subnets")
        yield entry
        return
    if x.plan.unknown(r, "load_balancer_type"):
        x.leave(r, f"its type (load_balancer_type) {x.speech.later}")
        return
    if type_ == "network":
        yield network_balancer(x, r, zones)
    else:
        yield reserved(x, r, {"kind": "ApplicationLoadBalancer"})
    unsaid = x.plan.unknown(r, "internal")
    if r.values.get("ip_address_type") == "dualstack-without-public-ipv4":
        return
    if unsaid or not r.values.get("internal"):
        facing: Entry = {"kind": "PublicIpv4"}
        number = None if unsaid or zones is None else max(zones - x.mapped(r), 0)
        x.fill(r, facing, "count", number, "public addresses")
        if facing["count"] or zones is None or unsaid:
            yield facing


def _instance(x: Reader, r: Planned) -> Iterator[Entry]:
    """An instance's public address, where the plan says that it gets one and no Elastic IP takes its place."""
    if r.values.get("associate_public_ip_address") is True:
        if r.address not in x.with_address:
            yield {"kind": "PublicIpv4"}
    elif r.values.get("associate_public_ip_address") is None and x.plan.expression(r, "associate_public_ip_address"):
        x.leave(r, f"{_ADDRESS} {x.speech.later}")
    elif r.values.get("associate_public_ip_address") is None and r.address not in x.with_address:
        subnets = x.many(r, "subnet_id", "aws_subnet", "aws_default_subnet")
        public = [bool(s.values.get("map_public_ip_on_launch")) or s.type == "aws_default_subnet" for s in subnets]
        if public and all(public):
            yield {"kind": "PublicIpv4"}
        elif not public or any(public):
            x.note(r, f"{_ADDRESS} depends on its subnet, which the plan does not say; not counted")


def _service(x: Reader, r: Planned) -> Iterator[Entry]:
    """An endpoint service: which of the Regions it is offered in use it no plan knows."""
    yield {"kind": "EndpointService"}
    if set(r.values.get("supported_regions") or ()) - {x.region(r)}:
        x.note(r, "consumers in other Regions cost it by the hour, a Region; say how many with remote_regions")


def _attached(attachment: str) -> Callable[[Reader, Planned], Iterator[Entry]]:
    def one(x: Reader, r: Planned) -> Iterator[Entry]:  # noqa: ARG001 - alike for all
        """One attachment, whatever its subnets."""
        yield {"kind": "TransitGatewayAttachment", "attachment": attachment}

    return one


def _peered(x: Reader, r: Planned) -> Iterator[Entry]:
    """One side of a peering between Transit Gateways."""
    entry: Entry = {"kind": "TransitGatewayAttachment", "attachment": "peering"}
    region = r.values.get("peer_region")
    if region and region != x.region(r):
        entry["peer_region"] = region
    yield entry


def _gateway_association(x: Reader, r: Planned) -> Iterator[Entry]:
    """A Direct Connect gateway on a Transit Gateway is an attachment; on a virtual private gateway it is free."""
    behind = x.leads_to(r, "associated_gateway_id").resources
    known = str(r.values.get("associated_gateway_id") or "")
    if known.startswith("tgw-") or any(b.type == "aws_ec2_transit_gateway" for b in behind):
        yield {"kind": "TransitGatewayAttachment", "attachment": "direct-connect"}
    elif not known and not behind and not r.values.get("vpn_gateway_id"):
        unsaid: Entry = {"kind": "TransitGatewayAttachment", "attachment": "direct-connect"}
        x.fill(r, unsaid, "count", None, "attachments (1 on a Transit Gateway, 0 on a virtual private gateway)")
        yield unsaid


def _peering(x: Reader, r: Planned) -> Iterator[Entry]:
    """A VPC peering connection: no hours; what crosses zones or Regions is usage."""
    region = r.values.get("peer_region")
    yield {"kind": "VpcPeering", **({"peer_region": region} if region and region != x.region(r) else {})}


def _resolver(x: Reader, r: Planned) -> Iterator[Entry]:
    """A Resolver endpoint: an address each block."""
    entry: Entry = {"kind": "ResolverEndpoint"}
    x.fill(r, entry, "ips", len(x.blocks(r, "ip_address")) or None, "addresses")
    yield entry


def _zone(x: Reader, r: Planned) -> Iterator[Entry]:
    """A hosted zone with a VPC is private; a public one is no private networking."""
    if r.values.get("vpc") or x.plan.expression(r, "vpc"):
        yield {"kind": "PrivateHostedZone"}
    else:
        x.leave(r, "a public hosted zone is billed by zone and query, apart from private networking")


def _open(attribute: str, why: str) -> Callable[[Reader, Planned], Iterator[Entry]]:
    def one(x: Reader, r: Planned) -> Iterator[Entry]:
        """What may have public addresses that no plan counts: said where an attribute says so, in whatever block."""
        if attribute in _true(r.values):
            x.leave(r, why)
        yield from ()

    return one


def _true(value: Any) -> Iterator[str]:
    """Go through the names of attributes that are true, however deep."""
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if inner is True or str(inner).lower() == "true":
            yield str(name)
        elif isinstance(inner, dict | list):
            yield from _true(inner)


TYPES: dict[str, Callable[[Reader, Planned], Iterator[Entry]]] = {
    "aws_vpc_endpoint": _endpoint,
    "aws_vpc_endpoint_service": _service,
    "aws_nat_gateway": _nat,
    "aws_eip": _address,
    "aws_lb": _balancer,
    "aws_alb": _balancer,
    "aws_instance": _instance,
    "aws_spot_instance_request": _instance,
    "aws_launch_template": _open("associate_public_ip_address", "each instance it starts has a public IPv4 address"),
    "aws_launch_configuration": _open(
        "associate_public_ip_address", "each instance it starts has a public IPv4 address"
    ),
    "aws_ecs_service": _open("assign_public_ip", "each of its tasks has a public IPv4 address"),
    "aws_db_instance": _open("publicly_accessible", "it has a public IPv4 address"),
    "aws_rds_cluster_instance": _open("publicly_accessible", "it has a public IPv4 address"),
    "aws_redshift_cluster": _open("publicly_accessible", "each of its nodes has a public IPv4 address"),
    "aws_dms_replication_instance": _open("publicly_accessible", "it has a public IPv4 address"),
    "aws_internet_gateway": alike("InternetEgress"),
    "aws_ec2_transit_gateway_vpc_attachment": _attached("vpc"),
    "aws_ec2_transit_gateway_connect": _attached("connect"),
    "aws_ec2_transit_gateway_peering_attachment": _peered,
    "aws_ec2_transit_gateway_peering_attachment_accepter": _peered,
    "aws_dx_gateway_association": _gateway_association,
    "aws_vpc_peering_connection": _peering,
    "aws_route53_resolver_endpoint": _resolver,
    "aws_route53_zone": _zone,
    "aws_route53profiles_profile": alike("ResolverProfile"),
    "aws_route53profiles_association": alike("ResolverProfileAssociation"),
    "aws_vpclattice_service": alike("LatticeService"),
    "aws_vpclattice_service_network_resource_association": alike("LatticeResource"),
    **SERVICES,
}
"""Terraform's types that are priced."""

CONTEXT = (
    "aws_vpc",
    "aws_default_vpc",
    "aws_subnet",
    "aws_default_subnet",
    "aws_vpc_endpoint_subnet_association",
    "aws_eip_association",
    "aws_nat_gateway_eip_association",
    "aws_ec2_transit_gateway",
    "aws_vpn_gateway",
    "aws_security_group",
    "aws_networkfirewall_firewall_policy",
    "aws_networkmanager_core_network_policy_attachment",
)
"""Types without a charge that others refer to."""
