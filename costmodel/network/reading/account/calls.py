"""The calls that the reader makes, and the least that AWS must allow for them; nothing else is ever called."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from costmodel.core.json_types import JsonAnswer


class Call(NamedTuple):
    """An operation that lists something.

    Attributes:
        service: boto3's name of the service.
        operation: boto3's name of the operation.
        key: where its answer holds the list.
        of: what it lists, for people.
        arguments: what it is asked with.
        world: whether one Region answers for all.
        id: where each thing that it lists has its id; "" where nobody asks for it.
        alias: what its answer is filed under, where another service has an operation of the same name.
    """

    service: str
    operation: str
    key: str
    of: str
    arguments: tuple[tuple[str, Any], ...] = ()
    world: bool = False
    id: str = ""
    alias: str = ""

    @property
    def answer(self) -> str:
        """What its answer is filed under."""
        return self.alias or self.operation

    @property
    def action(self) -> str:
        """The action that an IAM policy names."""
        prefix = _PREFIXES.get(self.service, self.service)
        return f"{prefix}:{''.join(_WORDS.get(w, w.title()) for w in self.operation.split('_'))}"


class ItemCall(NamedTuple):
    """An operation that is asked of each thing that another one lists.

    Attributes:
        call: the operation.
        parent: what the other one's answer is filed under.
        argument: the argument that takes the id.
        applies: whether it is asked of a thing.
    """

    call: Call
    parent: str
    argument: str
    applies: Callable[[Mapping[str, Any]], bool] = lambda _: True


_PREFIXES = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}
_WORDS = {"vpcs": "Vpcs"}

CALLS = (
    Call("ec2", "describe_vpcs", "Vpcs", "VPCs"),
    Call("ec2", "describe_subnets", "Subnets", "subnets"),
    Call("ec2", "describe_route_tables", "RouteTables", "route tables"),
    Call("ec2", "describe_internet_gateways", "InternetGateways", "internet gateways", id="InternetGatewayId"),
    Call("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VPC endpoints", id="VpcEndpointId"),
    Call(
        "ec2",
        "describe_vpc_endpoint_service_configurations",
        "ServiceConfigurations",
        "endpoint services",
        id="ServiceId",
    ),
    Call("ec2", "describe_vpc_endpoint_connections", "VpcEndpointConnections", "consumers of endpoint services"),
    Call("ec2", "describe_nat_gateways", "NatGateways", "NAT gateways", id="NatGatewayId"),
    Call(
        "ec2",
        "describe_transit_gateway_attachments",
        "TransitGatewayAttachments",
        "Transit Gateway attachments",
        id="TransitGatewayAttachmentId",
    ),
    Call("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", "peerings", id="VpcPeeringConnectionId"),
    Call("ec2", "describe_vpn_connections", "VpnConnections", "VPN connections", id="VpnConnectionId"),
    Call("ec2", "describe_addresses", "Addresses", "Elastic IP addresses", id="AllocationId"),
    Call("ec2", "describe_network_interfaces", "NetworkInterfaces", "network interfaces and their public addresses"),
    Call("elbv2", "describe_load_balancers", "LoadBalancers", "load balancers", id="LoadBalancerArn"),
    Call("route53resolver", "list_resolver_endpoints", "ResolverEndpoints", "Resolver endpoints", id="Id"),
    Call("route53", "list_hosted_zones", "HostedZones", "hosted zones", world=True),
    Call("route53profiles", "list_profiles", "ProfileSummaries", "Route 53 Profiles"),
    Call("route53profiles", "list_profile_associations", "ProfileAssociations", "associations of Route 53 Profiles"),
    Call("vpc-lattice", "list_services", "items", "VPC Lattice services"),
    Call(
        "vpc-lattice",
        "list_service_network_resource_associations",
        "items",
        "VPC Lattice resources",
    ),
    Call("directconnect", "describe_connections", "connections", "Direct Connect connections", id="connectionId"),
    Call("directconnect", "describe_virtual_interfaces", "virtualInterfaces", "Direct Connect virtual interfaces"),
    Call(
        "elb",
        "describe_load_balancers",
        "LoadBalancerDescriptions",
        "Classic Load Balancers",
        alias="describe_classic_load_balancers",
        id="LoadBalancerName",
    ),
    Call("network-firewall", "list_firewalls", "Firewalls", "firewalls of AWS Network Firewall", id="FirewallArn"),
    Call(
        "network-firewall",
        "list_vpc_endpoint_associations",
        "VpcEndpointAssociations",
        "firewall endpoints in other VPCs",
        id="VpcEndpointAssociationArn",
    ),
    Call(
        "ec2", "describe_client_vpn_endpoints", "ClientVpnEndpoints", "Client VPN endpoints", id="ClientVpnEndpointId"
    ),
    Call("ec2", "describe_vpn_concentrators", "VpnConcentrators", "VPN concentrators", id="VpnConcentratorId"),
    Call(
        "ec2",
        "describe_traffic_mirror_sessions",
        "TrafficMirrorSessions",
        "sessions of Traffic Mirroring",
        id="TrafficMirrorSessionId",
    ),
    Call(
        "ec2",
        "describe_route_server_endpoints",
        "RouteServerEndpoints",
        "endpoints of VPC Route Server",
        id="RouteServerEndpointId",
    ),
    Call(
        "ec2",
        "describe_verified_access_endpoints",
        "VerifiedAccessEndpoints",
        "Verified Access endpoints",
        id="VerifiedAccessEndpointId",
    ),
    Call(
        "ec2",
        "describe_vpc_encryption_controls",
        "VpcEncryptionControls",
        "VPC encryption controls",
        id="VpcEncryptionControlId",
    ),
    Call(
        "ec2",
        "describe_transit_gateway_multicast_domains",
        "TransitGatewayMulticastDomains",
        "multicast domains",
        id="TransitGatewayMulticastDomainId",
    ),
    Call("ec2", "describe_ipams", "Ipams", "IPAMs", id="IpamId"),
    Call("ec2", "describe_carrier_gateways", "CarrierGateways", "carrier gateways", id="CarrierGatewayId"),
    Call("ec2", "describe_secondary_networks", "SecondaryNetworks", "secondary networks", id="SecondaryNetworkId"),
    Call("ec2", "describe_flow_logs", "FlowLogs", "flow logs", id="FlowLogId"),
    Call(
        "route53resolver",
        "list_firewall_rule_group_associations",
        "FirewallRuleGroupAssociations",
        "associations of DNS Firewall",
        id="Id",
    ),
    Call(
        "route53resolver", "list_firewall_domain_lists", "FirewallDomainLists", "domain lists of DNS Firewall", id="Id"
    ),
    Call(
        "route53resolver",
        "list_resolver_query_log_configs",
        "ResolverQueryLogConfigs",
        "query logs of Resolver",
        id="Id",
    ),
    Call("route53resolver", "list_outpost_resolvers", "OutpostResolvers", "Resolvers on Outposts", id="Id"),
    Call("elbv2", "describe_trust_stores", "TrustStores", "trust stores", id="TrustStoreArn"),
    Call(
        "route53",
        "list_traffic_policy_instances",
        "TrafficPolicyInstances",
        "traffic policy records",
        world=True,
        id="Id",
    ),
    Call(
        "route53-recovery-control-config",
        "list_clusters",
        "Clusters",
        "clusters of routing controls",
        world=True,
        id="ClusterArn",
    ),
    Call(
        "route53-recovery-readiness",
        "list_readiness_checks",
        "ReadinessChecks",
        "readiness checks",
        world=True,
        id="ReadinessCheckArn",
    ),
    Call(
        "networkmanager",
        "list_core_networks",
        "CoreNetworks",
        "core networks of Cloud WAN",
        world=True,
        id="CoreNetworkId",
    ),
    Call(
        "networkmanager", "list_attachments", "Attachments", "attachments of Cloud WAN", world=True, id="AttachmentId"
    ),
    Call("networkmanager", "list_peerings", "Peerings", "peerings of Cloud WAN", world=True, id="PeeringId"),
    Call("globalaccelerator", "list_accelerators", "Accelerators", "accelerators", world=True, id="AcceleratorArn"),
    Call(
        "globalaccelerator",
        "list_custom_routing_accelerators",
        "Accelerators",
        "custom routing accelerators",
        world=True,
        id="AcceleratorArn",
    ),
)
"""What is listed of every Region."""

REGIONS = Call("ec2", "describe_regions", "Regions", "the account's Regions")
ATTRIBUTES = Call(
    "elbv2", "describe_load_balancer_attributes", "Attributes", "whether load balancers balance across zones"
)
CAPACITY = Call(
    "elbv2", "describe_capacity_reservation", "MinimumLoadBalancerCapacity", "reserved capacity of load balancers"
)
FIREWALL = Call("network-firewall", "describe_firewall", "Firewall", "the subnets of firewalls")
POLICY = Call("network-firewall", "describe_firewall_policy", "FirewallPolicy", "firewall policies")
ASSOCIATIONS = Call(
    "ec2", "describe_client_vpn_target_networks", "ClientVpnTargetNetworks", "associations of Client VPN endpoints"
)
DOMAINS = Call(
    "route53resolver", "get_firewall_domain_list", "FirewallDomainList", "the number of domains in domain lists"
)
CORE_NETWORK = Call("networkmanager", "get_core_network", "CoreNetwork", "the edges of core networks")


def _has_capacity(balancer: Mapping[str, Any]) -> bool:
    return balancer.get("Type") != "gateway"


ITEM_CALLS = (
    ItemCall(ATTRIBUTES, "describe_load_balancers", "LoadBalancerArn", _has_capacity),
    ItemCall(CAPACITY, "describe_load_balancers", "LoadBalancerArn", _has_capacity),
    ItemCall(FIREWALL, "list_firewalls", "FirewallArn"),
    ItemCall(ASSOCIATIONS, "describe_client_vpn_endpoints", "ClientVpnEndpointId"),
    ItemCall(DOMAINS, "list_firewall_domain_lists", "FirewallDomainListId", lambda r: not r.get("ManagedOwnerName")),
    ItemCall(CORE_NETWORK, "list_core_networks", "CoreNetworkId"),
)
"""What is asked of each thing: what decides its price, and is in no list."""

METRICS = Call("cloudwatch", "list_metrics", "Metrics", "CloudWatch metrics")
DATA = Call("cloudwatch", "get_metric_data", "MetricDataResults", "CloudWatch data")
IDENTITY = Call("sts", "get_caller_identity", "Account", "the account's number")
ASSUME = Call("sts", "assume_role", "Credentials", "a role in each account")
ACCOUNTS = Call("organizations", "list_accounts", "Accounts", "the organization's accounts")

MINIMUM = (*CALLS, *(one.call for one in ITEM_CALLS), POLICY, REGIONS, METRICS, DATA, IDENTITY)


@cache
def load_sdk_regions() -> dict[tuple[str, str], str]:
    """Return (service, partition) → the Region whose endpoint answers, of services that have one endpoint."""
    return {
        (row["service"], row["partition"]): row["region"] for row in read_data_table("catalogue", "sdk_regions.csv")
    }


IDS = {call.answer: call.id for call in CALLS if call.id} | {
    ASSOCIATIONS.answer: "AssociationId",
    FIREWALL.answer: "FirewallArn",
}
"""What an answer is filed under → the key of the id of each thing in it."""


def build_iam_policy(*, organization: bool = False) -> JsonAnswer:
    """Return the least IAM policy: every call that is made, no other; ``organization``: those of many accounts too."""
    wanted = MINIMUM + ((ASSUME, ACCOUNTS) if organization else ())
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "CostmodelReads",
                "Effect": "Allow",
                "Action": sorted({call.action for call in wanted}),
                "Resource": "*",
            }
        ],
    }
