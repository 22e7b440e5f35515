"""What AWS describes of services that one operation lists: a row for each, and what it is as a resource of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.network.reading.account.calls import ASSOCIATIONS, CORE_NETWORK, DOMAINS, FIREWALL, IDS, POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from costmodel.network.reading.account.asking import Asked
    from costmodel.network.reading.account.aws_client import Answer

GONE = {"deleted", "deleting", "failed", "terminated", "rejected", "expired", "delete-complete", "delete-in-progress"}
"""States of what AWS does not bill any more."""

Values = dict[str, Any]


class Listed(NamedTuple):
    """How what an operation lists is a resource of a plan.

    Attributes:
        answer: what the operation's answer is filed under.
        type: the Terraform type.
        state: the key of its state; "A.B" is a key in another one.
        owner: the key of the account that owns it; "" where an account lists only its own.
        values: makes the attributes that decide its price.
    """

    answer: str
    type: str
    state: str = "State"
    owner: str = ""
    values: Callable[[Mapping[str, Any]], Values] = lambda _: {}


LISTED = (
    Listed("list_vpc_endpoint_associations", "aws_networkfirewall_vpc_endpoint_association"),
    Listed("describe_client_vpn_endpoints", "aws_ec2_client_vpn_endpoint", "Status.Code"),
    Listed("describe_traffic_mirror_sessions", "aws_ec2_traffic_mirror_session", owner="OwnerId"),
    Listed("describe_route_server_endpoints", "aws_vpc_route_server_endpoint"),
    Listed("describe_verified_access_endpoints", "aws_verifiedaccess_endpoint", "Status.Code"),
    Listed("describe_vpc_encryption_controls", "aws_vpc_encryption_control"),
    Listed(
        "describe_transit_gateway_multicast_domains",
        "aws_ec2_transit_gateway_multicast_domain",
        owner="OwnerId",
    ),
    Listed("describe_ipams", "aws_vpc_ipam", owner="OwnerId", values=lambda r: {"tier": r.get("Tier")}),
    Listed("describe_carrier_gateways", "aws_ec2_carrier_gateway", owner="OwnerId"),
    Listed("describe_secondary_networks", "aws_ec2_secondary_network", owner="OwnerId"),
    Listed("describe_flow_logs", "aws_flow_log"),
    Listed("list_firewall_rule_group_associations", "aws_route53_resolver_firewall_rule_group_association", "Status"),
    Listed("list_resolver_query_log_configs", "aws_route53_resolver_query_log_config", "Status", owner="OwnerId"),
    Listed("list_outpost_resolvers", "aws_route53_resolver_outpost", "Status"),
    Listed("describe_trust_stores", "aws_lb_trust_store", "Status"),
    Listed("list_traffic_policy_instances", "aws_route53_traffic_policy_instance"),
    Listed("list_clusters", "aws_route53recoverycontrolconfig_cluster", "Status"),
    Listed("list_readiness_checks", "aws_route53recoveryreadiness_readiness_check"),
    Listed("list_accelerators", "aws_globalaccelerator_accelerator", "Status"),
    Listed(
        "list_custom_routing_accelerators",
        "aws_globalaccelerator_custom_routing_accelerator",
        "Status",
    ),
)
"""The resources about which one operation shows everything that is needed."""

_CLOUD_WAN_ATTACHMENTS = {
    "VPC": "aws_networkmanager_vpc_attachment",
    "CONNECT": "aws_networkmanager_connect_attachment",
    "SITE_TO_SITE_VPN": "aws_networkmanager_site_to_site_vpn_attachment",
    "TRANSIT_GATEWAY_ROUTE_TABLE": "aws_networkmanager_transit_gateway_route_table_attachment",
    "DIRECT_CONNECT_GATEWAY": "aws_networkmanager_dx_gateway_attachment",
}


def iterate_services(asked: Asked, region: str) -> Iterator[tuple[str, str, Values]]:
    """Yield the resources of a Region as a plan lists them: type, id, attributes."""
    for row in LISTED:
        for r in asked.get_resources(row.answer, region):
            if get_state(r, row.state) not in GONE and (not row.owner or r.get(row.owner) in (None, asked.account)):
                yield row.type, str(r[IDS[row.answer]]), row.values(r)
    yield from _iterate_concentrators(asked, region)
    yield from _iterate_classic_balancers(asked, region)
    yield from _iterate_firewalls(asked, region)
    yield from _iterate_client_vpn_associations(asked, region)
    yield from _iterate_domain_lists(asked, region)
    yield from _iterate_cloud_wan(asked, region)


def get_state(r: Answer, key: str, default: str = "available") -> str:
    """Return the state of a resource in small letters; "A.B" is a key in another one."""
    outer, _, inner = key.partition(".")
    found = r.get(outer)
    value = found.get(inner) if inner and isinstance(found, dict) else found
    return str(value or default).lower()


def _iterate_concentrators(asked: Asked, region: str) -> Iterator[tuple[str, str, Values]]:
    """Yield VPN concentrators, but those that are listed as attachments of a Transit Gateway."""
    attachments = asked.get_resources("describe_transit_gateway_attachments", region)
    attached = {r.get("TransitGatewayAttachmentId") for r in attachments}
    for r in asked.get_resources("describe_vpn_concentrators", region):
        if get_state(r, "State") not in GONE and r.get("TransitGatewayAttachmentId") not in attached:
            yield "aws_vpn_concentrator", str(r["VpnConcentratorId"]), {}


def _iterate_classic_balancers(asked: Asked, region: str) -> Iterator[tuple[str, str, Values]]:
    """Yield Classic Load Balancers; their public addresses are those of their network interfaces."""
    for r in asked.get_resources("describe_classic_load_balancers", region):
        yield "aws_elb", str(r["LoadBalancerName"]), {"internal": True, "subnets": list(r.get("Subnets") or ())}


def _iterate_firewalls(asked: Asked, region: str) -> Iterator[tuple[str, str, Values]]:
    """Yield firewalls with their subnets, and their policies."""
    policies = dict[str, None]()
    for item in asked.get_resources("list_firewalls", region):
        for r in asked.get_resources(f"{FIREWALL.operation} {item['FirewallArn']}", region):
            policies[str(r.get("FirewallPolicyArn"))] = None
            mappings = [{"subnet_id": m.get("SubnetId")} for m in r.get("SubnetMappings") or ()]
            policy = r.get("FirewallPolicyArn")
            values: Values = {"subnet_mapping": mappings, "vpc_id": r.get("VpcId"), "firewall_policy_arn": policy}
            yield "aws_networkfirewall_firewall", str(item["FirewallArn"]), values
    for arn in policies:
        for r in asked.get_resources(f"{POLICY.operation} {arn}", region):
            inspection = r.get("TLSInspectionConfigurationArn")
            values = {"arn": arn, "firewall_policy": [{"tls_inspection_configuration_arn": inspection}]}
            yield "aws_networkfirewall_firewall_policy", arn, values


def _iterate_client_vpn_associations(asked: Asked, region: str) -> Iterator[tuple[str, str, Values]]:
    for endpoint in asked.get_resources("describe_client_vpn_endpoints", region):
        for r in asked.get_resources(f"{ASSOCIATIONS.operation} {endpoint['ClientVpnEndpointId']}", region):
            if get_state(r, "Status.Code") not in GONE | {"disassociated", "disassociating", "association-failed"}:
                yield "aws_ec2_client_vpn_network_association", str(r["AssociationId"]), {}


def _iterate_domain_lists(asked: Asked, region: str) -> Iterator[tuple[str, str, Values]]:
    """Yield the account's own domain lists with their number of domains."""
    for item in asked.get_resources("list_firewall_domain_lists", region):
        for r in asked.get_resources(f"{DOMAINS.operation} {item['Id']}", region):
            domains = [""] * int(r.get("DomainCount") or 0)
            yield "aws_route53_resolver_firewall_domain_list", str(item["Id"]), {"domains": domains}


def _iterate_cloud_wan(asked: Asked, region: str) -> Iterator[tuple[str, str, Values]]:
    """Yield core networks with their edges, and attachments and peerings, each in the Region of its edge."""
    for item in _iterate_own(asked, region, "list_core_networks"):
        for r in asked.get_resources(f"{CORE_NETWORK.operation} {item['CoreNetworkId']}", region):
            edges = [edge.get("EdgeLocation") for edge in r.get("Edges") or ()]
            yield "aws_networkmanager_core_network", str(item["CoreNetworkId"]), {"base_policy_regions": edges}
    for attachment in _iterate_own(asked, region, "list_attachments"):
        type_ = _CLOUD_WAN_ATTACHMENTS.get(str(attachment.get("AttachmentType")), "aws_ec2_transit_gateway_attachment")
        yield type_, str(attachment["AttachmentId"]), {"region": attachment.get("EdgeLocation") or region}
    for peering in _iterate_own(asked, region, "list_peerings"):
        values = {"region": peering.get("EdgeLocation") or region}
        yield "aws_networkmanager_transit_gateway_peering", str(peering["PeeringId"]), values


def _iterate_own(asked: Asked, region: str, answer: str) -> Iterator[Mapping[str, Any]]:
    """Yield what exists of an answer, and belongs to the account."""
    for r in asked.get_resources(answer, region):
        if get_state(r, "State") not in GONE and r.get("OwnerAccountId") in (None, asked.account):
            yield r
