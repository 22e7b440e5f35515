"""The calls that the reader makes, and the least that AWS must allow for them; nothing else is ever called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costmodel.core.json_types import JsonAnswer

from typing import Any, NamedTuple


class Call(NamedTuple):
    """An operation that lists something.

    Attributes:
        service: boto3's name of the service.
        operation: boto3's name of the operation.
        key: where its answer holds the list.
        of: what it lists, for people.
        arguments: what it is asked with.
        world: whether one Region answers for all.
    """

    service: str
    operation: str
    key: str
    of: str
    arguments: tuple[tuple[str, Any], ...] = ()
    world: bool = False

    @property
    def action(self) -> str:
        """The action that an IAM policy names."""
        prefix = _PREFIXES.get(self.service, self.service)
        return f"{prefix}:{''.join(_WORDS.get(w, w.title()) for w in self.operation.split('_'))}"


_PREFIXES = {"elbv2": "elasticloadbalancing"}
_WORDS = {"vpcs": "Vpcs"}

CALLS = (
    Call("ec2", "describe_vpcs", "Vpcs", "VPCs"),
    Call("ec2", "describe_subnets", "Subnets", "subnets"),
    Call("ec2", "describe_route_tables", "RouteTables", "route tables"),
    Call("ec2", "describe_internet_gateways", "InternetGateways", "internet gateways"),
    Call("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VPC endpoints"),
    Call("ec2", "describe_vpc_endpoint_service_configurations", "ServiceConfigurations", "endpoint services"),
    Call("ec2", "describe_vpc_endpoint_connections", "VpcEndpointConnections", "consumers of endpoint services"),
    Call("ec2", "describe_nat_gateways", "NatGateways", "NAT gateways"),
    Call("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments", "Transit Gateway attachments"),
    Call("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", "peerings"),
    Call("ec2", "describe_vpn_connections", "VpnConnections", "VPN connections"),
    Call("ec2", "describe_addresses", "Addresses", "Elastic IP addresses"),
    Call("ec2", "describe_network_interfaces", "NetworkInterfaces", "network interfaces and their public addresses"),
    Call("elbv2", "describe_load_balancers", "LoadBalancers", "load balancers"),
    Call("route53resolver", "list_resolver_endpoints", "ResolverEndpoints", "Resolver endpoints"),
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
    Call("directconnect", "describe_connections", "connections", "Direct Connect connections"),
    Call("directconnect", "describe_virtual_interfaces", "virtualInterfaces", "Direct Connect virtual interfaces"),
)
"""What is listed of every Region."""

REGIONS = Call("ec2", "describe_regions", "Regions", "the account's Regions")
ATTRIBUTES = Call(
    "elbv2", "describe_load_balancer_attributes", "Attributes", "whether load balancers balance across zones"
)
CAPACITY = Call(
    "elbv2", "describe_capacity_reservation", "MinimumLoadBalancerCapacity", "reserved capacity of load balancers"
)
OF_BALANCERS = (ATTRIBUTES, CAPACITY)
"""Asked of each load balancer but gateway ones: what decides its price, and stands in no list."""

METRICS = Call("cloudwatch", "list_metrics", "Metrics", "CloudWatch metrics")
DATA = Call("cloudwatch", "get_metric_data", "MetricDataResults", "CloudWatch data")
IDENTITY = Call("sts", "get_caller_identity", "Account", "the account's number")
ASSUME = Call("sts", "assume_role", "Credentials", "a role in each account")
ACCOUNTS = Call("organizations", "list_accounts", "Accounts", "the organization's accounts")

MINIMUM = (*CALLS, *OF_BALANCERS, REGIONS, METRICS, DATA, IDENTITY)


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
