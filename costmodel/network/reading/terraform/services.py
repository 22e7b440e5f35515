"""Terraform's types of VPN, Direct Connect, Cloud WAN, firewalls, load balancers and VPC features → entries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from costmodel.aws.hybrid import SPEEDS
from costmodel.pricing.reading.regions import load_direct_connect_areas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from costmodel.network.reading.terraform.plan import Planned
    from costmodel.network.reading.terraform.read import Reader

Entry = dict[str, Any]


def make_simple_converter(kind: str, **columns: Any) -> Callable[[Reader, Planned], Iterator[Entry]]:
    """Return what makes one entry of a kind of each resource."""

    def one(x: Reader, r: Planned) -> Iterator[Entry]:  # noqa: ARG001 - alike for all
        """One of its kind."""
        yield {"kind": kind, **columns}

    return one


# ---------------------------------------------------------------- VPN and Direct Connect
def convert_vpn(x: Reader, r: Planned) -> Iterator[Entry]:
    """A VPN connection by its tunnels and addresses, and its attachment where it ends on a Transit Gateway."""
    entry: Entry = {"kind": "VpnConnection"}
    on_concentrator = bool(r.values.get("vpn_concentrator_id")) or x.plan.is_unknown(r, "vpn_concentrator_id")
    if on_concentrator:
        entry["concentrator"] = True
    bandwidth = str(r.values.get("tunnel_bandwidth") or "standard").lower()
    if x.plan.is_unknown(r, "tunnel_bandwidth") or bandwidth not in ("standard", "large"):
        said = x.speech.later if x.plan.is_unknown(r, "tunnel_bandwidth") else f"is {bandwidth!r}"
        x.mark_unpriced(r, f"the bandwidth of its tunnels {said}, and with it its price; standard or large is priced")
        return
    if bandwidth == "large":
        entry["bandwidth"] = "large"
    outside = str(r.values.get("outside_ip_address_type") or "PublicIpv4").lower()
    if x.plan.is_unknown(r, "outside_ip_address_type"):
        x.set_or_unknown(r, entry, "public_ips", None, "public addresses (0 where those outside are private or IPv6)")
    elif outside != "publicipv4":
        entry["public_ips"] = 0
    yield entry
    if (r.values.get("transit_gateway_id") or x.plan.is_unknown(r, "transit_gateway_id")) and not on_concentrator:
        yield {"kind": "TransitGatewayAttachment", "attachment": "vpn"}
    if r.values.get("enable_acceleration"):
        x.mark_unpriced(r, "its acceleration (AWS Global Accelerator) is billed apart")


def make_port_converter(type_: str) -> Callable[[Reader, Planned], Iterator[Entry]]:
    """Return what makes a Direct Connect port of one type."""

    def one(x: Reader, r: Planned) -> Iterator[Entry]:
        """A Direct Connect port, by its bandwidth; its location's area is taken from the Region."""
        mode = str(r.values.get("billing_mode") or "PayAsYouGo")
        if mode.lower() != "payasyougo" or x.plan.is_unknown(r, "billing_mode"):
            said = x.speech.later if x.plan.is_unknown(r, "billing_mode") else f"is {mode}"
            x.mark_unpriced(r, f"its billing mode {said}; the prices of flat rates are not held")
            return
        words = re.fullmatch(
            r"(\d+)\s*([MG])bps", str(r.values.get("bandwidth") or r.values.get("connections_bandwidth"))
        )
        speed = f"{words[1]}{words[2]}" if words else ""
        if speed not in SPEEDS:
            x.mark_unpriced(r, f"its bandwidth {r.values.get('bandwidth')!r} is none that is priced")
            return
        area = load_direct_connect_areas().get(x.get_region(r) or "") or "other"
        yield {"kind": "DirectConnectPort", "speed": speed, "type": type_, "location": area}

    return one


def convert_virtual_interface(x: Reader, r: Planned) -> Iterator[Entry]:
    """A virtual interface is free but for SiteLink."""
    unsaid = x.plan.is_unknown(r, "sitelink_enabled")
    if unsaid or r.values.get("sitelink_enabled"):
        said = f"whether it uses SiteLink {x.speech.later}; " if unsaid else ""
        x.mark_unpriced(r, f"{said}SiteLink is billed by the hour and GB, and its prices are not held")
    yield from ()


def convert_client_vpn(x: Reader, r: Planned) -> Iterator[Entry]:  # noqa: ARG001 - alike for all
    """A Client VPN endpoint without its associations, which are resources of their own: clients' hours are usage."""
    yield {"kind": "ClientVpnEndpoint", "associations": 0}


# ---------------------------------------------------------------- load balancers
def add_reserved_capacity(x: Reader, r: Planned, entry: Entry) -> Entry:
    """Return a load balancer's entry with the capacity units that are reserved for it."""
    blocks = x.get_blocks(r, "minimum_load_balancer_capacity")
    units = next((b.get("capacity_units") for b in blocks if isinstance(b, dict)), None)
    if isinstance(units, int | float | str) and str(units).isdigit():
        entry["reserved_lcus"] = int(units)
    elif blocks:
        x.set_or_unknown(r, entry, "reserved_lcus", None, "reserved capacity units")
    return entry


def build_nlb_entry(x: Reader, r: Planned, zones: int | None) -> Entry:
    """Return a Network Load Balancer's entry: what it sends across zones is asked for where it may."""
    entry = add_reserved_capacity(x, r, {"kind": "NetworkLoadBalancer"})
    attribute = "enable_cross_zone_load_balancing"
    if (r.values.get(attribute) or x.plan.is_unknown(r, attribute)) and zones != 1:
        x.mark_unknown(
            r, entry, "gb_cross_zone", "it balances across zones: how many GB go to targets of other zones is not known"
        )
    return entry


def convert_classic_balancer(x: Reader, r: Planned) -> Iterator[Entry]:
    """A Classic Load Balancer, and a public address a zone where it faces the internet."""
    yield {"kind": "ClassicLoadBalancer"}
    unsaid = x.plan.is_unknown(r, "internal")
    if r.values.get("internal") and not unsaid:
        return
    zones = x.count_resource_zones(r, "subnets", 0) or len(r.values.get("availability_zones") or ()) or None
    facing: Entry = {"kind": "PublicIpv4"}
    x.set_or_unknown(r, facing, "count", None if unsaid else zones, "public addresses")
    yield facing


# ---------------------------------------------------------------- Network Firewall
def convert_firewall(x: Reader, r: Planned) -> Iterator[Entry]:
    """A firewall by its subnets; which NAT gateways are chained to it, no plan says."""
    entry: Entry = {"kind": "NetworkFirewall"}
    x.set_or_unknown(r, entry, "zones", len(x.get_blocks(r, "subnet_mapping")) or None, "subnets")
    policy = x.resolve_reference(r, "firewall_policy_arn", "aws_networkfirewall_firewall_policy")
    if policy is None:
        x.add_note(r, "whether its policy inspects TLS (advanced inspection, billed on top) is not known; not counted")
    elif "tls_inspection_configuration_arn" in _collect_set_attributes(policy.values.get("firewall_policy")):
        entry["advanced_inspection"] = True
    if x.plan.of.get("aws_nat_gateway"):
        chained = f"NAT_GATEWAY.firewall={r.address}"
        x.add_note(
            r,
            "its hours and GB waive those of NAT gateways chained to it, one for one; the plan does not say which are, "
            f"so all of them are charged: say it with --set '{chained}', or in a usage file",
        )
    yield entry


def _collect_set_attributes(value: Any) -> set[str]:
    """Return the names of attributes that hold something, however deep."""
    if isinstance(value, dict):
        return {k for k, v in value.items() if v} | {
            name for v in value.values() for name in _collect_set_attributes(v)
        }
    return {name for v in value for name in _collect_set_attributes(v)} if isinstance(value, list) else set()


# ---------------------------------------------------------------- Cloud WAN
def convert_core_network(x: Reader, r: Planned) -> Iterator[Entry]:
    """A core network has an edge in each Region that its policy names."""
    regions = list(r.values.get("base_policy_regions") or ())
    if r.values.get("base_policy_region"):
        regions.append(r.values["base_policy_region"])
    for policy in x.plan.of.get("aws_networkmanager_core_network_policy_attachment", ()):
        regions = _parse_edge_regions(policy.values.get("policy_document")) or regions
    known = [region for region in dict.fromkeys(regions) if region in x.places]
    for region in known:
        yield {"kind": "CloudWanCoreNetworkEdge", "region": region}
    if not known:
        entry: Entry = {"kind": "CloudWanCoreNetworkEdge"}
        x.set_or_unknown(r, entry, "count", None, "edges")
        yield entry


def _parse_edge_regions(document: Any) -> list[str]:
    """Return the Regions of a core network's policy; none where it is not known."""
    try:
        parts = json.loads(document)["core-network-configuration"]["edge-locations"]
        return [str(part["location"]) for part in parts]
    except (TypeError, ValueError, KeyError):
        return []


# ---------------------------------------------------------------- names, addresses, analyses
def convert_domain_list(x: Reader, r: Planned) -> Iterator[Entry]:
    """A list of DNS Firewall is billed by its domains."""
    entry: Entry = {"kind": "DnsFirewall"}
    unsaid = x.plan.is_unknown(r, "domains")
    x.set_or_unknown(r, entry, "domains", None if unsaid else len(r.values.get("domains") or ()), "domains")
    yield entry


def convert_ipam(x: Reader, r: Planned) -> Iterator[Entry]:
    """IPAM's advanced tier is billed by the addresses in use, which no plan knows; its free tier is not billed."""
    if str(r.values.get("tier") or "advanced").lower() != "free":
        entry: Entry = {"kind": "Ipam"}
        x.set_or_unknown(r, entry, "active_ips", None, "active IP addresses")
        yield entry


SERVICES: dict[str, Callable[[Reader, Planned], Iterator[Entry]]] = {
    "aws_vpn_connection": convert_vpn,
    "aws_vpn_concentrator": make_simple_converter("VpnConcentrator"),
    "aws_dx_connection": make_port_converter("dedicated"),
    "aws_dx_hosted_connection": make_port_converter("hosted"),
    "aws_dx_private_virtual_interface": convert_virtual_interface,
    "aws_dx_transit_virtual_interface": convert_virtual_interface,
    "aws_ec2_client_vpn_endpoint": convert_client_vpn,
    "aws_ec2_client_vpn_network_association": make_simple_converter("ClientVpnEndpoint", associations=1),
    "aws_elb": convert_classic_balancer,
    "aws_networkfirewall_firewall": convert_firewall,
    "aws_networkfirewall_vpc_endpoint_association": make_simple_converter(
        "NetworkFirewall", zones=0, secondary_endpoints=1
    ),
    "aws_networkmanager_core_network": convert_core_network,
    "aws_networkmanager_vpc_attachment": make_simple_converter("CloudWanAttachment", attachment="vpc"),
    "aws_networkmanager_connect_attachment": make_simple_converter("CloudWanAttachment", attachment="connect"),
    "aws_networkmanager_site_to_site_vpn_attachment": make_simple_converter("CloudWanAttachment", attachment="vpn"),
    "aws_networkmanager_transit_gateway_peering": make_simple_converter(
        "CloudWanAttachment", attachment="transit-gateway"
    ),
    "aws_route53_resolver_firewall_rule_group_association": make_simple_converter("DnsFirewall"),
    "aws_route53_resolver_firewall_domain_list": convert_domain_list,
    "aws_vpc_ipam": convert_ipam,
    "aws_ec2_traffic_mirror_session": make_simple_converter("TrafficMirrorSession"),
    "aws_ec2_network_insights_path": make_simple_converter("ReachabilityAnalyzer"),
    "aws_ec2_network_insights_analysis": make_simple_converter("ReachabilityAnalyzer", analyses=1),
    "aws_verifiedaccess_endpoint": make_simple_converter("VerifiedAccessEndpoint"),
    "aws_ec2_transit_gateway_multicast_domain": make_simple_converter("TransitGatewayMulticast"),
    "aws_vpc_route_server_endpoint": make_simple_converter("RouteServerEndpoint"),
    "aws_vpc_encryption_control": make_simple_converter("VpcEncryptionControl"),
}
"""Types of these services."""
