"""Building a network in an account that moto pretends to have, by the calls a person would make."""

from __future__ import annotations

import itertools
from typing import Any

SERVICES = ("kms", "sqs", "sns", "logs", "monitoring", "sts")
HELD = (
    "InterfaceEndpoint", "GatewayEndpoint", "NatGateway", "TransitGatewayAttachment", "VpcPeering", "VpnConnection",
    "NetworkLoadBalancer", "GatewayLoadBalancer", "EndpointService", "PublicIpv4", "ResolverEndpoint",
    "PrivateHostedZone",
)  # fmt: skip
"""The kinds that moto holds. It lacks regional NAT gateways, endpoints of resources and of service networks, the
consumers of endpoint services and Route 53 Profiles, and gives Gateway Load Balancer endpoints no type."""


class Cloud:
    """Makes resources in one Region of an account.

    Args:
        client: makes a client of a service.
        region: the Region.
    """

    def __init__(self, client: Any, region: str) -> None:
        """Make two VPCs of three subnets each, one in each of three zones."""
        self.ec2, self.elb = client("ec2"), client("elbv2")
        self.resolver, self.dns = client("route53resolver"), client("route53")
        self.region = region
        self.number = itertools.count()
        zones = [z["ZoneName"] for z in self.ec2.describe_availability_zones()["AvailabilityZones"]][:3]
        self.vpcs, self.subnets = [], []
        for n in range(2):
            vpc = self.ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"]
            self.vpcs.append(vpc)
            self.subnets.append([
                self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{n}.{z}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
                for z, zone in enumerate(zones)
            ])  # fmt: skip
        self.transit = None

    def make(self, entry: dict[str, Any]) -> str:
        """Make an entry of a network file; return its id."""
        made: str = getattr(self, f"_{entry['kind']}")(entry)
        return made

    def _InterfaceEndpoint(self, entry: dict[str, Any]) -> str:  # noqa: N802 - the kind's name
        service = SERVICES[next(self.number) % len(SERVICES)]
        return str(self.ec2.create_vpc_endpoint(
            VpcId=self.vpcs[0], VpcEndpointType="Interface", ServiceName=f"com.amazonaws.{self.region}.{service}",
            SubnetIds=self.subnets[0][: entry["zones"]])["VpcEndpoint"]["VpcEndpointId"])  # fmt: skip

    def _GatewayEndpoint(self, entry: dict[str, Any]) -> str:  # noqa: N802
        service = ("s3", "dynamodb")[next(self.number) % 2]
        return str(self.ec2.create_vpc_endpoint(
            VpcId=self.vpcs[0], ServiceName=f"com.amazonaws.{self.region}.{service}")["VpcEndpoint"]["VpcEndpointId"]
        )  # fmt: skip

    def _NatGateway(self, entry: dict[str, Any]) -> str:  # noqa: N802
        subnet = self.subnets[0][next(self.number) % 3]
        if not entry["public_ips"]:
            made = self.ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
        else:
            address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
            made = self.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        return str(made["NatGateway"]["NatGatewayId"])

    def _TransitGatewayAttachment(self, entry: dict[str, Any]) -> str:  # noqa: N802
        self.transit = self.transit or self.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        vpc = self.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
        made = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=self.transit, VpcId=vpc, SubnetIds=[subnet]
        )
        return str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])

    def _VpcPeering(self, entry: dict[str, Any]) -> str:  # noqa: N802
        made = self.ec2.create_vpc_peering_connection(VpcId=self.vpcs[0], PeerVpcId=self.vpcs[1])
        number = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=number)
        return str(number)

    def _VpnConnection(self, entry: dict[str, Any]) -> str:  # noqa: N802
        here = self.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        there = self.ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.9", BgpAsn=65000)
        made = self.ec2.create_vpn_connection(
            Type="ipsec.1", CustomerGatewayId=there["CustomerGateway"]["CustomerGatewayId"], VpnGatewayId=here
        )
        return str(made["VpnConnection"]["VpnConnectionId"])

    def _balancer(self, type_: str, zones: int) -> str:
        name = f"lb-{next(self.number)}"
        made = self.elb.create_load_balancer(
            Name=name, Type=type_, Subnets=self.subnets[0][:zones], **({"Scheme": "internal"} if type_ == "network" else {})
        )  # fmt: skip
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def _NetworkLoadBalancer(self, entry: dict[str, Any]) -> str:  # noqa: N802
        return self._balancer("network", 2)

    def _GatewayLoadBalancer(self, entry: dict[str, Any]) -> str:  # noqa: N802
        return self._balancer("gateway", entry["zones"])

    def _EndpointService(self, entry: dict[str, Any]) -> str:  # noqa: N802
        arn = self._balancer("network", 1)  # taken away again: it is no part of the entry
        made = self.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[arn])
        self.elb.delete_load_balancer(LoadBalancerArn=arn)
        return str(made["ServiceConfiguration"]["ServiceId"])

    def _PublicIpv4(self, entry: dict[str, Any]) -> str:  # noqa: N802
        return str(self.ec2.allocate_address(Domain="vpc")["AllocationId"])

    def _ResolverEndpoint(self, entry: dict[str, Any]) -> str:  # noqa: N802
        group = self.ec2.create_security_group(
            GroupName=f"g{next(self.number)}", Description="-", VpcId=self.vpcs[0]
        )["GroupId"]  # fmt: skip
        made = self.resolver.create_resolver_endpoint(
            Name=f"n{next(self.number)}", CreatorRequestId=f"r{next(self.number)}", SecurityGroupIds=[group], Direction="INBOUND",
            IpAddresses=[{"SubnetId": self.subnets[0][n % 3]} for n in range(entry["ips"])])  # fmt: skip
        return str(made["ResolverEndpoint"]["Id"])

    def _PrivateHostedZone(self, entry: dict[str, Any]) -> str:  # noqa: N802
        number = next(self.number)
        made = self.dns.create_hosted_zone(
            Name=f"z{number}.internal", CallerReference=str(number), HostedZoneConfig={"PrivateZone": True},
            VPC={"VPCRegion": self.region, "VPCId": self.vpcs[0]})  # fmt: skip
        return str(made["HostedZone"]["Id"]).rpartition("/")[2]
