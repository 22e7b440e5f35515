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
    "AWS::NetworkFirewall::FirewallPolicy": "aws_networkfirewall_firewall_policy",
    "AWS::NetworkFirewall::VpcEndpointAssociation": "aws_networkfirewall_vpc_endpoint_association",
    "AWS::EC2::ClientVpnEndpoint": "aws_ec2_client_vpn_endpoint",
    "AWS::EC2::ClientVpnTargetNetworkAssociation": "aws_ec2_client_vpn_network_association",
    "AWS::EC2::VPNConcentrator": "aws_vpn_concentrator",
    "AWS::EC2::VPCEncryptionControl": "aws_vpc_encryption_control",
    "AWS::EC2::VerifiedAccessEndpoint": "aws_verifiedaccess_endpoint",
    "AWS::EC2::RouteServerEndpoint": "aws_vpc_route_server_endpoint",
    "AWS::EC2::NetworkInsightsPath": "aws_ec2_network_insights_path",
    "AWS::EC2::NetworkInsightsAnalysis": "aws_ec2_network_insights_analysis",
    "AWS::EC2::TransitGatewayMulticastDomain": "aws_ec2_transit_gateway_multicast_domain",
    "AWS::DirectConnect::Connection": "aws_dx_connection",
    "AWS::DirectConnect::PrivateVirtualInterface": "aws_dx_private_virtual_interface",
    "AWS::DirectConnect::TransitVirtualInterface": "aws_dx_transit_virtual_interface",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": "aws_route53_resolver_firewall_rule_group_association",
    "AWS::Route53Resolver::FirewallDomainList": "aws_route53_resolver_firewall_domain_list",
    "AWS::Route53GlobalResolver::GlobalResolver": "aws_route53globalresolver_global_resolver",
    "AWS::NetworkManager::ConnectAttachment": "aws_networkmanager_connect_attachment",
    "AWS::NetworkManager::SiteToSiteVpnAttachment": "aws_networkmanager_site_to_site_vpn_attachment",
    "AWS::NetworkManager::TransitGatewayPeering": "aws_networkmanager_transit_gateway_peering",
    "AWS::NetworkManager::TransitGatewayRouteTableAttachment": (
        "aws_networkmanager_transit_gateway_route_table_attachment"
    ),
    "AWS::NetworkManager::DirectConnectGatewayAttachment": "aws_networkmanager_dx_gateway_attachment",
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
    "aws_networkfirewall_firewall": {"subnet_mappings": "subnet_mapping"},
    "aws_dx_private_virtual_interface": {"enable_site_link": "sitelink_enabled"},
    "aws_dx_transit_virtual_interface": {"enable_site_link": "sitelink_enabled"},
    "aws_lb": {"type": "load_balancer_type", "subnet_mappings": "subnet_mapping"},
    "aws_nat_gateway": {"availability_zone_addresses": "availability_zone_address"},
    "aws_route53_resolver_endpoint": {"ip_addresses": "ip_address"},
    "aws_route53_zone": {"vp_cs": "vpc", "vpcs": "vpc"},
    "aws_vpc_endpoint_service": {"supported_regions": "supported_regions"},
}


def to_snake_case(name: str) -> str:
    """Return a property's name as Terraform writes it: VpcEndpointType is vpc_endpoint_type."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return name.lower()


def translate_properties(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's properties as Terraform's attributes."""
    out = {}
    renamed = _RENAMED.get(type_, {})
    for name, value in properties.items():
        name_ = to_snake_case(name)
        out[renamed.get(name_, name_)] = _translate_value(value)
    if type_ == "aws_lb":
        out["internal"] = properties.get("Scheme") == "internal" if "Scheme" in properties else None
    if type_ == "aws_lb":
        _set_balancer_attributes(out, properties)
    if type_ == "aws_elb":
        out["internal"] = properties.get("Scheme") == "internal" if "Scheme" in properties else None
    if type_ == "aws_instance":
        _set_instance_interface(out)
    tags = properties.get("Tags")
    if isinstance(tags, list):
        out["tags"] = {str(t.get("Key")): str(t.get("Value")) for t in tags if isinstance(t, dict)}
    return {k: v for k, v in out.items() if v is not None}


def _set_balancer_attributes(out: dict[str, Any], properties: Mapping[str, Any]) -> None:
    """Take what decides a load balancer's price from its list of attributes."""
    listed = properties.get("LoadBalancerAttributes")
    for a in (a for a in (listed if isinstance(listed, list) else ()) if isinstance(a, dict)):
        if a.get("Key") == "load_balancing.cross_zone.enabled":
            out["enable_cross_zone_load_balancing"] = str(a.get("Value")).lower() == "true"
    capacity = properties.get("MinimumLoadBalancerCapacity")
    if isinstance(capacity, dict):
        out["minimum_load_balancer_capacity"] = [{"capacity_units": capacity.get("CapacityUnits")}]


def _set_instance_interface(out: dict[str, Any]) -> None:
    """Take an instance's first network interface for the instance's own."""
    first = next((i for i in out.get("network_interfaces") or () if isinstance(i, dict)), {})
    for name in ("subnet_id", "associate_public_ip_address"):
        if name in first:
            out[name] = first[name]


def _translate_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {to_snake_case(str(k)): _translate_value(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_translate_value(v) for v in value]
    return value
