"""Network Firewall, Cloud WAN, DNS Firewall, IPAM and other services of VPCs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import iterate_objects
from costmodel.network.reading.resource_types import cloudformation, register_fixed_entry, terraform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource


# ---------------------------------------------------------------- Network Firewall
@cloudformation(
    "AWS::NetworkFirewall::Firewall",
    reads_as="aws_networkfirewall_firewall",
    renamed={"subnet_mappings": "subnet_mapping"},
)
@terraform("aws_networkfirewall_firewall", kinds=("NetworkFirewall",))
def read_firewall(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a firewall by its subnets; a plan does not tell which NAT gateways are chained to it."""
    entry: Entry = {"kind": "NetworkFirewall"}
    subnets = len(model.get_blocks(resource, "subnet_mapping")) or None
    model.set_or_unknown(resource, entry, "zones", subnets, "subnets", model.bound_zones(resource))
    policy = model.resolve_reference(resource, "firewall_policy_arn", "aws_networkfirewall_firewall_policy")
    if policy is None:
        text = "whether its policy inspects TLS (advanced inspection, billed on top) is not known; not counted"
        model.add_note(resource, text)
    elif "tls_inspection_configuration_arn" in _collect_set_attributes(policy.values.get("firewall_policy")):
        entry["advanced_inspection"] = True
    if model.plan.get_resources("aws_nat_gateway"):
        chained = f"NAT_GATEWAY.firewall={resource.address}"
        text = (
            "its hours and GB waive those of NAT gateways chained to it, one for one; the plan does not say which are, "
            f"so all of them are charged: name the firewall with --set '{chained}', or in a usage file"
        )
        model.add_note(resource, text)
    yield entry


def _collect_set_attributes(value: Json) -> set[str]:
    """Return the names of the attributes that have a value, at any depth."""
    names: set[str] = set()
    if isinstance(value, dict):
        names |= {name for name, inner in value.items() if inner}
        for inner in value.values():
            names |= _collect_set_attributes(inner)
    elif isinstance(value, list):
        for inner in value:
            names |= _collect_set_attributes(inner)
    return names


register_fixed_entry(
    "aws_networkfirewall_vpc_endpoint_association",
    "NetworkFirewall",
    "AWS::NetworkFirewall::VpcEndpointAssociation",
    zones=0,
    secondary_endpoints=1,
)


# ---------------------------------------------------------------- Cloud WAN
@cloudformation("AWS::NetworkManager::CoreNetwork", reads_as="aws_networkmanager_core_network")
@terraform("aws_networkmanager_core_network", kinds=("CloudWanCoreNetworkEdge",))
def read_core_network(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a core network: it has an edge in each Region that its policy names."""
    regions = [str(region) for region in resource.get_list("base_policy_regions")]
    base = resource.get_text("base_policy_region")
    if base:
        regions.append(base)
    for policy in model.plan.get_resources("aws_networkmanager_core_network_policy_attachment"):
        regions = _parse_edge_regions(policy.values.get("policy_document")) or regions
    known = [region for region in dict.fromkeys(regions) if region in model.locations]
    for region in known:
        yield {"kind": "CloudWanCoreNetworkEdge", "region": region}
    if not known:
        entry: Entry = {"kind": "CloudWanCoreNetworkEdge"}
        model.set_or_unknown(resource, entry, "count", None, "edges")
        yield entry


def _parse_edge_regions(document: Json) -> list[str]:
    """Return the Regions of a core network's policy; none where the policy is not known."""
    try:
        policy = json.loads(document) if isinstance(document, str) else None
    except ValueError:
        return []
    configuration = policy.get("core-network-configuration") if isinstance(policy, dict) else None
    locations = configuration.get("edge-locations") if isinstance(configuration, dict) else None
    return [str(edge["location"]) for edge in iterate_objects(locations) if "location" in edge]


register_fixed_entry(
    "aws_networkmanager_vpc_attachment", "CloudWanAttachment", "AWS::NetworkManager::VpcAttachment", attachment="vpc"
)
register_fixed_entry(
    "aws_networkmanager_connect_attachment",
    "CloudWanAttachment",
    "AWS::NetworkManager::ConnectAttachment",
    attachment="connect",
)
register_fixed_entry(
    "aws_networkmanager_site_to_site_vpn_attachment",
    "CloudWanAttachment",
    "AWS::NetworkManager::SiteToSiteVpnAttachment",
    attachment="vpn",
)
register_fixed_entry(
    "aws_networkmanager_transit_gateway_peering",
    "CloudWanAttachment",
    "AWS::NetworkManager::TransitGatewayPeering",
    attachment="transit-gateway",
)

# ---------------------------------------------------------------- names, addresses, analyses
register_fixed_entry(
    "aws_route53_resolver_firewall_rule_group_association",
    "DnsFirewall",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
)


@cloudformation("AWS::Route53Resolver::FirewallDomainList", reads_as="aws_route53_resolver_firewall_domain_list")
@terraform("aws_route53_resolver_firewall_domain_list", kinds=("DnsFirewall",))
def read_domain_list(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a domain list of DNS Firewall, billed by its domains."""
    entry: Entry = {"kind": "DnsFirewall"}
    number = None
    if not model.plan.is_unknown(resource, "domains"):
        number = len(resource.get_list("domains"))
    model.set_or_unknown(resource, entry, "domains", number, "domains")
    yield entry


@cloudformation("AWS::EC2::IPAM", reads_as="aws_vpc_ipam")
@terraform("aws_vpc_ipam", kinds=("Ipam",))
def read_ipam(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read IPAM: its advanced tier is billed by addresses in use, which a plan does not tell; its free tier is not."""
    if (resource.get_text("tier") or "advanced").lower() != "free":
        entry: Entry = {"kind": "Ipam"}
        model.set_or_unknown(resource, entry, "active_ips", None, "active IP addresses")
        yield entry


register_fixed_entry("aws_ec2_traffic_mirror_session", "TrafficMirrorSession", "AWS::EC2::TrafficMirrorSession")
register_fixed_entry("aws_ec2_network_insights_path", "ReachabilityAnalyzer", "AWS::EC2::NetworkInsightsPath")
register_fixed_entry(
    "aws_ec2_network_insights_analysis", "ReachabilityAnalyzer", "AWS::EC2::NetworkInsightsAnalysis", analyses=1
)
register_fixed_entry("aws_verifiedaccess_endpoint", "VerifiedAccessEndpoint", "AWS::EC2::VerifiedAccessEndpoint")
register_fixed_entry(
    "aws_ec2_transit_gateway_multicast_domain",
    "TransitGatewayMulticast",
    "AWS::EC2::TransitGatewayMulticastDomain",
)
register_fixed_entry("aws_vpc_route_server_endpoint", "RouteServerEndpoint", "AWS::EC2::RouteServerEndpoint")
register_fixed_entry("aws_vpc_encryption_control", "VpcEncryptionControl", "AWS::EC2::VPCEncryptionControl")
