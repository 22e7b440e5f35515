"""CloudFormation's resource types as Terraform's, whose kinds are known: the names of types and of properties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES = {
    "AWS::EC2::VPC": "aws_vpc",
    "AWS::EC2::Subnet": "aws_subnet",
    "AWS::EC2::VPCEndpoint": "aws_vpc_endpoint",
    "AWS::EC2::VPCEndpointService": "aws_vpc_endpoint_service",
    "AWS::EC2::NatGateway": "aws_nat_gateway",
    "AWS::EC2::EIP": "aws_eip",
    "AWS::EC2::EIPAssociation": "aws_eip_association",
    "AWS::EC2::Instance": "aws_instance",
    "AWS::EC2::LaunchTemplate": "aws_launch_template",
    "AWS::AutoScaling::LaunchConfiguration": "aws_launch_configuration",
    "AWS::ECS::Service": "aws_ecs_service",
    "AWS::RDS::DBInstance": "aws_db_instance",
    "AWS::Redshift::Cluster": "aws_redshift_cluster",
    "AWS::DMS::ReplicationInstance": "aws_dms_replication_instance",
    "AWS::EC2::InternetGateway": "aws_internet_gateway",
    "AWS::EC2::TransitGateway": "aws_ec2_transit_gateway",
    "AWS::EC2::TransitGatewayAttachment": "aws_ec2_transit_gateway_vpc_attachment",
    "AWS::EC2::TransitGatewayVpcAttachment": "aws_ec2_transit_gateway_vpc_attachment",
    "AWS::EC2::TransitGatewayConnect": "aws_ec2_transit_gateway_connect",
    "AWS::EC2::TransitGatewayPeeringAttachment": "aws_ec2_transit_gateway_peering_attachment",
    "AWS::EC2::VPCPeeringConnection": "aws_vpc_peering_connection",
    "AWS::EC2::VPNConnection": "aws_vpn_connection",
    "AWS::EC2::VPNGateway": "aws_vpn_gateway",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "aws_lb",
    "AWS::Route53Resolver::ResolverEndpoint": "aws_route53_resolver_endpoint",
    "AWS::Route53::HostedZone": "aws_route53_zone",
    "AWS::Route53Profiles::Profile": "aws_route53profiles_profile",
    "AWS::Route53Profiles::ProfileAssociation": "aws_route53profiles_association",
    "AWS::VpcLattice::Service": "aws_vpclattice_service",
    "AWS::VpcLattice::ServiceNetworkResourceAssociation": "aws_vpclattice_service_network_resource_association",
    "AWS::ElasticLoadBalancing::LoadBalancer": "aws_elb",
    "AWS::NetworkFirewall::Firewall": "aws_networkfirewall_firewall",
    "AWS::EC2::ClientVpnEndpoint": "aws_ec2_client_vpn_endpoint",
    "AWS::GlobalAccelerator::Accelerator": "aws_globalaccelerator_accelerator",
    "AWS::NetworkManager::CoreNetwork": "aws_networkmanager_core_network",
    "AWS::NetworkManager::VpcAttachment": "aws_networkmanager_vpc_attachment",
    "AWS::CloudFront::Distribution": "aws_cloudfront_distribution",
    "AWS::EC2::FlowLog": "aws_flow_log",
    "AWS::EC2::TrafficMirrorSession": "aws_ec2_traffic_mirror_session",
    "AWS::Route53::HealthCheck": "aws_route53_health_check",
    "AWS::EC2::IPAM": "aws_vpc_ipam",
}
"""Types that matter here → Terraform's, by the resource reference of CloudFormation and the AWS provider's."""

NESTED = re.compile(r"^AWS::CloudFormation::(Stack|StackSet|CustomResource|Macro)$|::MODULE$|^Rain::|^Custom::")
"""Types that make resources of their own, which no template says."""

_RENAMED: Mapping[str, Mapping[str, str]] = {
    "aws_eip": {"instance_id": "instance"},
    "aws_lb": {"type": "load_balancer_type", "subnet_mappings": "subnet_mapping"},
    "aws_nat_gateway": {"availability_zone_addresses": "availability_zone_address"},
    "aws_route53_resolver_endpoint": {"ip_addresses": "ip_address"},
    "aws_route53_zone": {"vp_cs": "vpc", "vpcs": "vpc"},
    "aws_vpc_endpoint_service": {"supported_regions": "supported_regions"},
}


def snake(name: str) -> str:
    """Return a property's name as Terraform writes it: VpcEndpointType is vpc_endpoint_type."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return name.lower()


def translated(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's properties as Terraform's attributes."""
    out = {}
    renamed = _RENAMED.get(type_, {})
    for name, value in properties.items():
        name_ = snake(name)
        out[renamed.get(name_, name_)] = _inner(value)
    if type_ == "aws_lb":
        out["internal"] = properties.get("Scheme") == "internal" if "Scheme" in properties else None
    if type_ == "aws_instance":
        _of_instance(out)
    tags = properties.get("Tags")
    if isinstance(tags, list):
        out["tags"] = {str(t.get("Key")): str(t.get("Value")) for t in tags if isinstance(t, dict)}
    return {k: v for k, v in out.items() if v is not None}


def _of_instance(out: dict[str, Any]) -> None:
    """Take an instance's first network interface for the instance's own."""
    first = next((i for i in out.get("network_interfaces") or () if isinstance(i, dict)), {})
    for name in ("subnet_id", "associate_public_ip_address"):
        if name in first:
            out[name] = first[name]


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake(str(k)): _inner(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_inner(v) for v in value]
    return value
