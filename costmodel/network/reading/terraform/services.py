"""Terraform's types of VPN, Direct Connect, Cloud WAN, firewalls, load balancers and VPC features → entries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from costmodel.aws.hybrid import SPEEDS
from costmodel.pricing.reading.regions import direct_connect_areas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from costmodel.network.reading.terraform.plan import Planned
    from costmodel.network.reading.terraform.read import Reader

Entry = dict[str, Any]


def alike(kind: str, **columns: Any) -> Callable[[Reader, Planned], Iterator[Entry]]:
    """Return what makes one entry of a kind of each resource."""

    def one(x: Reader, r: Planned) -> Iterator[Entry]:  # noqa: ARG001 - alike for all
        """One of its kind."""
        yield {"kind": kind, **columns}

    return one


# ---------------------------------------------------------------- VPN and Direct Connect
def vpn(x: Reader, r: Planned) -> Iterator[Entry]:
    """A VPN connection by its tunnels and addresses, and its attachment where it ends on a Transit Gateway."""
    entry: Entry = {"kind": "VpnConnection"}
    on_concentrator = bool(r.values.get("vpn_concentrator_id")) or x.plan.unknown(r, "vpn_concentrator_id")
    if on_concentrator:
        entry["concentrator"] = True
    bandwidth = str(r.values.get("tunnel_bandwidth") or "standard").lower()
    if x.plan.unknown(r, "tunnel_bandwidth") or bandwidth not in ("standard", "large"):
        said = x.speech.later if x.plan.unknown(r, "tunnel_bandwidth") else f"is {bandwidth!r}"
        x.leave(r, f"the bandwidth of its tunnels {said}, and with it its price; standard or large is priced")
        return
    if bandwidth == "large":
        entry["bandwidth"] = "large"
    outside = str(r.values.get("outside_ip_address_type") or "PublicIpv4").lower()
    if x.plan.unknown(r, "outside_ip_address_type"):
        x.fill(r, entry, "public_ips", None, "public addresses (0 where those outside are private or IPv6)")
    elif outside != "publicipv4":
        entry["public_ips"] = 0
    yield entry
    if (r.values.get("transit_gateway_id") or x.plan.unknown(r, "transit_gateway_id")) and not on_concentrator:
        yield {"kind": "TransitGatewayAttachment", "attachment": "vpn"}
    if r.values.get("enable_acceleration"):
        x.leave(r, "its acceleration (AWS Global Accelerator) is billed apart")


def port(type_: str) -> Callable[[Reader, Planned], Iterator[Entry]]:
    """Return what makes a Direct Connect port of one type."""

    def one(x: Reader, r: Planned) -> Iterator[Entry]:
        """A Direct Connect port, by its bandwidth; its location's area is taken from the Region."""
        mode = str(r.values.get("billing_mode") or "PayAsYouGo")
        if mode.lower() != "payasyougo" or x.plan.unknown(r, "billing_mode"):
            said = x.speech.later if x.plan.unknown(r, "billing_mode") else f"is {mode}"
            x.leave(r, f"its billing mode {said}; the prices of flat rates are not held")
            return
        words = re.fullmatch(
            r"(\d+)\s*([MG])bps", str(r.values.get("bandwidth") or r.values.get("connections_bandwidth"))
        )
        speed = f"{words[1]}{words[2]}" if words else ""
        if speed not in SPEEDS:
            x.leave(r, f"its bandwidth {r.values.get('bandwidth')!r} is none that is priced")
            return
        area = direct_connect_areas().get(x.region(r) or "") or "other"
        yield {"kind": "DirectConnectPort", "speed": speed, "type": type_, "location": area}

    return one


def virtual_interface(x: Reader, r: Planned) -> Iterator[Entry]:
    """A virtual interface is free but for SiteLink."""
    unsaid = x.plan.unknown(r, "sitelink_enabled")
    if unsaid or r.values.get("sitelink_enabled"):
        said = f"whether it uses SiteLink {x.speech.later}; " if unsaid else ""
        x.leave(r, f"{said}SiteLink is billed by the hour and GB, and its prices are not held")
    yield from ()


def client_vpn(x: Reader, r: Planned) -> Iterator[Entry]:  # noqa: ARG001 - alike for all
    """A Client VPN endpoint without its associations, which are resources of their own: clients' hours are usage."""
    yield {"kind": "ClientVpnEndpoint", "associations": 0}


# ---------------------------------------------------------------- load balancers
def reserved(x: Reader, r: Planned, entry: Entry) -> Entry:
    """Return a load balancer's entry with the capacity units that are reserved for it."""
    blocks = x.blocks(r, "minimum_load_balancer_capacity")
    units = next((b.get("capacity_units") for b in blocks if isinstance(b, dict)), None)
    if isinstance(units, int | float | str) and str(units).isdigit():
        entry["reserved_lcus"] = int(units)
    elif blocks:
        x.fill(r, entry, "reserved_lcus", None, "reserved capacity units")
    return entry


def network_balancer(x: Reader, r: Planned, zones: int | None) -> Entry:
    """Return a Network Load Balancer's entry: what it sends across zones is asked for where it may."""
    entry = reserved(x, r, {"kind": "NetworkLoadBalancer"})
    attribute = "enable_cross_zone_load_balancing"
    if (r.values.get(attribute) or x.plan.unknown(r, attribute)) and zones != 1:
        x.ask(
            r, entry, "gb_cross_zone", "it balances across zones: how many GB go to targets of other zones is not known"
        )
    return entry


def classic_balancer(x: Reader, r: Planned) -> Iterator[Entry]:
    """A Classic Load Balancer, and a public address a zone where it faces the internet."""
    yield {"kind": "ClassicLoadBalancer"}
    unsaid = x.plan.unknown(r, "internal")
    if r.values.get("internal") and not unsaid:
        return
    zones = x.zones(r, "subnets", 0) or len(r.values.get("availability_zones") or ()) or None
    facing: Entry = {"kind": "PublicIpv4"}
    x.fill(r, facing, "count", None if unsaid else zones, "public addresses")
    yield facing


# ---------------------------------------------------------------- Network Firewall
def firewall(x: Reader, r: Planned) -> Iterator[Entry]:
    """A firewall by its subnets; which NAT gateways are chained to it, no plan says."""
    entry: Entry = {"kind": "NetworkFirewall"}
    x.fill(r, entry, "zones", len(x.blocks(r, "subnet_mapping")) or None, "subnets")
    policy = x.one(r, "firewall_policy_arn", "aws_networkfirewall_firewall_policy")
    if policy is None:
        x.note(r, "whether its policy inspects TLS (advanced inspection, billed on top) is not known; not counted")
    elif "tls_inspection_configuration_arn" in _said(policy.values.get("firewall_policy")):
        entry["advanced_inspection"] = True
    if x.plan.of.get("aws_nat_gateway"):
        chained = f"NAT_GATEWAY.firewall={r.address}"
        x.note(
            r,
            "its hours and GB waive those of NAT gateways chained to it, one for one; the plan does not say which are, "
            f"so all of them are charged: say it with --set '{chained}', or in a usage file",
        )
    yield entry


def _said(value: Any) -> set[str]:
    """Return the names of attributes that hold something, however deep."""
    if isinstance(value, dict):
        return {k for k, v in value.items() if v} | {name for v in value.values() for name in _said(v)}
    return {name for v in value for name in _said(v)} if isinstance(value, list) else set()


# ---------------------------------------------------------------- Cloud WAN
def core_network(x: Reader, r: Planned) -> Iterator[Entry]:
    """A core network has an edge in each Region that its policy names."""
    regions = list(r.values.get("base_policy_regions") or ())
    if r.values.get("base_policy_region"):
        regions.append(r.values["base_policy_region"])
    for policy in x.plan.of.get("aws_networkmanager_core_network_policy_attachment", ()):
        regions = _edges(policy.values.get("policy_document")) or regions
    known = [region for region in dict.fromkeys(regions) if region in x.places]
    for region in known:
        yield {"kind": "CloudWanCoreNetworkEdge", "region": region}
    if not known:
        entry: Entry = {"kind": "CloudWanCoreNetworkEdge"}
        x.fill(r, entry, "count", None, "edges")
        yield entry


def _edges(document: Any) -> list[str]:
    """Return the Regions of a core network's policy; none where it is not known."""
    try:
        parts = json.loads(document)["core-network-configuration"]["edge-locations"]
        return [str(part["location"]) for part in parts]
    except (TypeError, ValueError, KeyError):
        return []


# ---------------------------------------------------------------- names, addresses, analyses
def domain_list(x: Reader, r: Planned) -> Iterator[Entry]:
    """A list of DNS Firewall is billed by its domains."""
    entry: Entry = {"kind": "DnsFirewall"}
    unsaid = x.plan.unknown(r, "domains")
    x.fill(r, entry, "domains", None if unsaid else len(r.values.get("domains") or ()), "domains")
    yield entry


def ipam(x: Reader, r: Planned) -> Iterator[Entry]:
    """IPAM's advanced tier is billed by the addresses in use, which no plan knows; its free tier is not billed."""
    if str(r.values.get("tier") or "advanced").lower() != "free":
        entry: Entry = {"kind": "Ipam"}
        x.fill(r, entry, "active_ips", None, "active IP addresses")
        yield entry


SERVICES: dict[str, Callable[[Reader, Planned], Iterator[Entry]]] = {
    "aws_vpn_connection": vpn,
    "aws_vpn_concentrator": alike("VpnConcentrator"),
    "aws_dx_connection": port("dedicated"),
    "aws_dx_hosted_connection": port("hosted"),
    "aws_dx_private_virtual_interface": virtual_interface,
    "aws_dx_transit_virtual_interface": virtual_interface,
    "aws_ec2_client_vpn_endpoint": client_vpn,
    "aws_ec2_client_vpn_network_association": alike("ClientVpnEndpoint", associations=1),
    "aws_elb": classic_balancer,
    "aws_networkfirewall_firewall": firewall,
    "aws_networkfirewall_vpc_endpoint_association": alike("NetworkFirewall", zones=0, secondary_endpoints=1),
    "aws_networkmanager_core_network": core_network,
    "aws_networkmanager_vpc_attachment": alike("CloudWanAttachment", attachment="vpc"),
    "aws_networkmanager_connect_attachment": alike("CloudWanAttachment", attachment="connect"),
    "aws_networkmanager_site_to_site_vpn_attachment": alike("CloudWanAttachment", attachment="vpn"),
    "aws_networkmanager_transit_gateway_peering": alike("CloudWanAttachment", attachment="transit-gateway"),
    "aws_route53_resolver_firewall_rule_group_association": alike("DnsFirewall"),
    "aws_route53_resolver_firewall_domain_list": domain_list,
    "aws_vpc_ipam": ipam,
    "aws_ec2_traffic_mirror_session": alike("TrafficMirrorSession"),
    "aws_ec2_network_insights_path": alike("ReachabilityAnalyzer"),
    "aws_ec2_network_insights_analysis": alike("ReachabilityAnalyzer", analyses=1),
    "aws_verifiedaccess_endpoint": alike("VerifiedAccessEndpoint"),
    "aws_ec2_transit_gateway_multicast_domain": alike("TransitGatewayMulticast"),
    "aws_vpc_route_server_endpoint": alike("RouteServerEndpoint"),
    "aws_vpc_encryption_control": alike("VpcEncryptionControl"),
}
"""Types of these services."""
