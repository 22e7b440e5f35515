"""Terraform's resource types → entries of a network file, a function each, by the AWS provider's documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.network.reading.terraform.services import (
    SERVICES,
    add_reserved_capacity,
    build_nlb_entry,
    make_simple_converter,
)

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


def _convert_endpoint(x: Reader, r: Planned) -> Iterator[Entry]:
    """A VPC endpoint; without a type it is a gateway endpoint; its zones are its subnets, associations included."""
    if x.plan.is_unknown(r, "vpc_endpoint_type"):
        unsaid: Entry = {"kind": "InterfaceEndpoint"}
        x.set_or_unknown(r, unsaid, "zones", None, "zones (none, if it is a gateway endpoint)")
        yield unsaid
        return
    type_ = r.values.get("vpc_endpoint_type") or "Gateway"
    kind = ENDPOINTS.get(type_)
    if kind is None:
        x.mark_unpriced(r, f"endpoints of type {type_} are not priced here")
        return
    entry: Entry = {"kind": kind}
    away = r.values.get("service_region")
    if kind == "InterfaceEndpoint" and away and away != x.get_region(r):
        entry["service_region"] = away
    elif kind == "InterfaceEndpoint" and x.plan.is_unknown(r, "service_region"):
        x.add_note(r, f"whether its service is in another Region {x.speech.later}; taken to be in its own")
    if kind in ZONED:
        zones = x.count_resource_zones(r, "subnet_ids", x.count_associations(r))
        x.set_or_unknown(r, entry, "zones", zones, "subnets")
        if zones == 0:
            x.add_note(r, "it has no subnet, so it stands in no zone, and nothing is billed of it")
    yield entry


def _convert_nat_gateway(x: Reader, r: Planned) -> Iterator[Entry]:
    """A NAT gateway: zonal with its addresses, private without, or regional in so many zones."""
    public = (r.values.get("connectivity_type") or "public") == "public"
    if x.plan.is_unknown(r, "availability_mode"):
        either: Entry = {"kind": "RegionalNatGateway"}
        x.set_or_unknown(r, either, "zones", None, "zones (1, if it is zonal)")
        yield either
        return
    if (r.values.get("availability_mode") or "zonal") != "regional":
        zonal: Entry = {"kind": "NatGateway"}
        unsaid = x.plan.is_unknown(r, "connectivity_type")
        number = len(x.of_nat[r.address]) if public else 0
        x.set_or_unknown(r, zonal, "public_ips", None if unsaid else number, "public addresses")
        yield zonal
        return
    entry: Entry = {"kind": "RegionalNatGateway"}
    blocks = x.get_blocks(r, "availability_zone_address", "regional_nat_gateway_address")
    if blocks:
        names = ("availability_zone", "availability_zone_id")
        entry["zones"] = len(
            {next((b[k] for k in names if isinstance(b.get(k), str)), n) for n, b in enumerate(blocks)}
        )
        entry["public_ips"] = max(len(blocks), len(x.of_nat.get(r.address, ())))
    else:
        x.set_or_unknown(r, entry, "zones", x.count_vpc_zones(r), "zones")
    yield entry


def _convert_elastic_ip(x: Reader, r: Planned) -> Iterator[Entry]:
    """An Elastic IP address: on the bill of its NAT gateway where it has one, free if it is the customer's own."""
    pool = r.values.get("public_ipv4_pool") or "amazon"
    if pool == "amazon" and r.address not in x.taken:
        yield {"kind": "PublicIpv4"}


def _convert_load_balancer(x: Reader, r: Planned) -> Iterator[Entry]:
    """A load balancer: billed by hour and LCU, a gateway one by zone; public ones have addresses."""
    type_ = r.values.get("load_balancer_type") or "application"
    zones = x.count_resource_zones(r, "subnets", 0) or len(r.values.get("subnet_mapping") or ()) or None
    if type_ == "gateway":
        entry: Entry = {"kind": "GatewayLoadBalancer"}
        x.set_or_unknown(r, entry, "zones", zones, "subnets")
        yield entry
        return
    if x.plan.is_unknown(r, "load_balancer_type"):
        x.mark_unpriced(r, f"its type (load_balancer_type) {x.speech.later}")
        return
    if type_ == "network":
        yield build_nlb_entry(x, r, zones)
    else:
        yield add_reserved_capacity(x, r, {"kind": "ApplicationLoadBalancer"})
    unsaid = x.plan.is_unknown(r, "internal")
    if r.values.get("ip_address_type") == "dualstack-without-public-ipv4":
        return
    if unsaid or not r.values.get("internal"):
        facing: Entry = {"kind": "PublicIpv4"}
        number = None if unsaid or zones is None else max(zones - x.count_mapped_ips(r), 0)
        x.set_or_unknown(r, facing, "count", number, "public addresses")
        if facing["count"] or zones is None or unsaid:
            yield facing


def _convert_instance(x: Reader, r: Planned) -> Iterator[Entry]:
    """An instance's public address, where the plan says that it gets one and no Elastic IP takes its place."""
    if r.values.get("associate_public_ip_address") is True:
        if r.address not in x.with_address:
            yield {"kind": "PublicIpv4"}
    elif r.values.get("associate_public_ip_address") is None and x.plan.get_expression(
        r, "associate_public_ip_address"
    ):
        x.mark_unpriced(r, f"{_ADDRESS} {x.speech.later}")
    elif r.values.get("associate_public_ip_address") is None and r.address not in x.with_address:
        subnets = x.resolve_references(r, "subnet_id", "aws_subnet", "aws_default_subnet")
        public = [bool(s.values.get("map_public_ip_on_launch")) or s.type == "aws_default_subnet" for s in subnets]
        if public and all(public):
            yield {"kind": "PublicIpv4"}
        elif not public or any(public):
            x.add_note(r, f"{_ADDRESS} depends on its subnet, which the plan does not say; not counted")


def _convert_endpoint_service(x: Reader, r: Planned) -> Iterator[Entry]:
    """An endpoint service: which of the Regions it is offered in use it no plan knows."""
    yield {"kind": "EndpointService"}
    if set(r.values.get("supported_regions") or ()) - {x.get_region(r)}:
        x.add_note(r, "consumers in other Regions cost it by the hour, a Region; say how many with remote_regions")


def _make_attachment_converter(attachment: str) -> Callable[[Reader, Planned], Iterator[Entry]]:
    def one(x: Reader, r: Planned) -> Iterator[Entry]:  # noqa: ARG001 - alike for all
        """One attachment, whatever its subnets."""
        yield {"kind": "TransitGatewayAttachment", "attachment": attachment}

    return one


def _convert_tgw_peering(x: Reader, r: Planned) -> Iterator[Entry]:
    """One side of a peering between Transit Gateways."""
    entry: Entry = {"kind": "TransitGatewayAttachment", "attachment": "peering"}
    region = r.values.get("peer_region")
    if region and region != x.get_region(r):
        entry["peer_region"] = region
    yield entry


def _convert_dx_association(x: Reader, r: Planned) -> Iterator[Entry]:
    """A Direct Connect gateway on a Transit Gateway is an attachment; on a virtual private gateway it is free."""
    behind = x.follow_attribute(r, "associated_gateway_id").resources
    known = str(r.values.get("associated_gateway_id") or "")
    if known.startswith("tgw-") or any(b.type == "aws_ec2_transit_gateway" for b in behind):
        yield {"kind": "TransitGatewayAttachment", "attachment": "direct-connect"}
    elif not known and not behind and not r.values.get("vpn_gateway_id"):
        unsaid: Entry = {"kind": "TransitGatewayAttachment", "attachment": "direct-connect"}
        x.set_or_unknown(
            r, unsaid, "count", None, "attachments (1 on a Transit Gateway, 0 on a virtual private gateway)"
        )
        yield unsaid


def _convert_vpc_peering(x: Reader, r: Planned) -> Iterator[Entry]:
    """A VPC peering connection: no hours; what crosses zones or Regions is usage."""
    region = r.values.get("peer_region")
    yield {"kind": "VpcPeering", **({"peer_region": region} if region and region != x.get_region(r) else {})}


def _convert_resolver(x: Reader, r: Planned) -> Iterator[Entry]:
    """A Resolver endpoint: an address each block."""
    entry: Entry = {"kind": "ResolverEndpoint"}
    x.set_or_unknown(r, entry, "ips", len(x.get_blocks(r, "ip_address")) or None, "addresses")
    yield entry


def _convert_hosted_zone(x: Reader, r: Planned) -> Iterator[Entry]:
    """A hosted zone with a VPC is private; a public one is no private networking."""
    if r.values.get("vpc") or x.plan.get_expression(r, "vpc"):
        yield {"kind": "PrivateHostedZone"}
    else:
        x.mark_unpriced(r, "a public hosted zone is billed by zone and query, apart from private networking")


def _make_unpriced_converter(attribute: str, why: str) -> Callable[[Reader, Planned], Iterator[Entry]]:
    def one(x: Reader, r: Planned) -> Iterator[Entry]:
        """What may have public addresses that no plan counts: said where an attribute says so, in whatever block."""
        if attribute in _iterate_true_attributes(r.values):
            x.mark_unpriced(r, why)
        yield from ()

    return one


def _iterate_true_attributes(value: Any) -> Iterator[str]:
    """Go through the names of attributes that are true, however deep."""
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if inner is True or str(inner).lower() == "true":
            yield str(name)
        elif isinstance(inner, dict | list):
            yield from _iterate_true_attributes(inner)


TYPES: dict[str, Callable[[Reader, Planned], Iterator[Entry]]] = {
    "aws_vpc_endpoint": _convert_endpoint,
    "aws_vpc_endpoint_service": _convert_endpoint_service,
    "aws_nat_gateway": _convert_nat_gateway,
    "aws_eip": _convert_elastic_ip,
    "aws_lb": _convert_load_balancer,
    "aws_alb": _convert_load_balancer,
    "aws_instance": _convert_instance,
    "aws_spot_instance_request": _convert_instance,
    "aws_launch_template": _make_unpriced_converter(
        "associate_public_ip_address", "each instance it starts has a public IPv4 address"
    ),
    "aws_launch_configuration": _make_unpriced_converter(
        "associate_public_ip_address", "each instance it starts has a public IPv4 address"
    ),
    "aws_ecs_service": _make_unpriced_converter("assign_public_ip", "each of its tasks has a public IPv4 address"),
    "aws_db_instance": _make_unpriced_converter("publicly_accessible", "it has a public IPv4 address"),
    "aws_rds_cluster_instance": _make_unpriced_converter("publicly_accessible", "it has a public IPv4 address"),
    "aws_redshift_cluster": _make_unpriced_converter(
        "publicly_accessible", "each of its nodes has a public IPv4 address"
    ),
    "aws_dms_replication_instance": _make_unpriced_converter("publicly_accessible", "it has a public IPv4 address"),
    "aws_internet_gateway": make_simple_converter("InternetEgress"),
    "aws_ec2_transit_gateway_vpc_attachment": _make_attachment_converter("vpc"),
    "aws_ec2_transit_gateway_connect": _make_attachment_converter("connect"),
    "aws_ec2_transit_gateway_peering_attachment": _convert_tgw_peering,
    "aws_ec2_transit_gateway_peering_attachment_accepter": _convert_tgw_peering,
    "aws_dx_gateway_association": _convert_dx_association,
    "aws_vpc_peering_connection": _convert_vpc_peering,
    "aws_route53_resolver_endpoint": _convert_resolver,
    "aws_route53_zone": _convert_hosted_zone,
    "aws_route53profiles_profile": make_simple_converter("ResolverProfile"),
    "aws_route53profiles_association": make_simple_converter("ResolverProfileAssociation"),
    "aws_vpclattice_service": make_simple_converter("LatticeService"),
    "aws_vpclattice_service_network_resource_association": make_simple_converter("LatticeResource"),
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
