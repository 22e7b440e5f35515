"""What AWS describes of an account as the plan that would make it: in Terraform's types, whose kinds are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.network.reading.account.calls import ATTRIBUTES, CAPACITY
from costmodel.network.reading.account.services import GONE, get_state, iterate_services

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.core.json_types import FileContent
    from costmodel.network.reading.account.asking import Asked

_NOT_CONNECTED = GONE | {"requested", "ordering"}
UNKNOWN_ATTACHMENT = "aws_ec2_transit_gateway_attachment"
"""The type of an attachment to something that is not known here."""
BILLED_ALTHOUGH = {"pendingacceptance", "rejected", "failed", "expired", "partial", "pending", "available"}
"""States of endpoints whose hours AWS bills until they are deleted."""

_ATTACHMENTS = {
    "vpc": "aws_ec2_transit_gateway_vpc_attachment",
    "connect": "aws_ec2_transit_gateway_connect",
    "peering": "aws_ec2_transit_gateway_peering_attachment",
    "tgw-peering": "aws_ec2_transit_gateway_peering_attachment",
    "direct-connect-gateway": "aws_dx_gateway_association",
    "vpn-concentrator": "aws_vpn_concentrator",
    "client-vpn": "aws_ec2_transit_gateway_client_vpn_attachment",
    "network-function": "aws_ec2_transit_gateway_network_function_attachment",
}
_NAMED_APART = {"vpn"}
"""Attachments that the resource behind them represents."""

Values = dict[str, Any]


def iterate_plan_resources(asked: Asked) -> Iterator[FileContent]:
    """Go through an account's resources as a plan lists them; of several accounts each says its own."""
    for region in asked.regions:
        seen = _Region(asked, region)
        for type_, id_, values in (*seen.iterate_resources(), *iterate_services(asked, region)):
            about = {"id": id_, "region": region, "account": asked.account}
            yield {"address": id_, "type": type_, "name": id_, "values": {**about, **values}}


class _Region:
    """What is in one Region of an account."""

    def __init__(self, asked: Asked, region: str) -> None:
        self.asked, self.region = asked, region
        self.interfaces = self._get_resources("describe_network_interfaces")

    def _get_resources(self, operation: str) -> list[dict[str, Any]]:
        return self.asked.get_resources(operation, self.region)

    def _is_owned(self, owner: object) -> bool:
        """Tell whether something is this account's, and not another's that it can see."""
        return owner in (None, "", self.asked.account)

    def iterate_resources(self) -> Iterator[tuple[str, str, Values]]:
        yield from self._iterate_vpcs()
        yield from self._iterate_route_tables()
        yield from self._iterate_endpoints()
        yield from self._iterate_nat_gateways()
        yield from self._iterate_addresses()
        yield from self._iterate_connections()
        yield from self._iterate_load_balancers()
        yield from self._iterate_dns_and_lattice()

    def _iterate_vpcs(self) -> Iterator[tuple[str, str, Values]]:
        for r in self._get_resources("describe_vpcs"):
            if self._is_owned(r.get("OwnerId")):
                yield (
                    "aws_vpc",
                    r["VpcId"],
                    {
                        "cidr_block": r.get("CidrBlock"),
                        "tags": _parse_tags(r),
                        "is_default": bool(r.get("IsDefault")),
                    },
                )
        for r in self._get_resources("describe_subnets"):
            zone = r.get("AvailabilityZoneId") or r.get("AvailabilityZone")
            yield "aws_subnet", r["SubnetId"], {"vpc_id": r.get("VpcId"), "availability_zone": zone}
        for r in self._get_resources("describe_internet_gateways"):
            vpcs = [a.get("VpcId") for a in r.get("Attachments") or ()]
            if vpcs and self._is_owned(r.get("OwnerId")):
                yield "aws_internet_gateway", r["InternetGatewayId"], {"vpc_id": vpcs[0]}

    def _iterate_route_tables(self) -> Iterator[tuple[str, str, Values]]:
        """Route tables with their routes: they tell which VPCs use the NAT gateways of another one."""
        for r in self._get_resources("describe_route_tables"):
            routes = [
                {"cidr_block": route.get("DestinationCidrBlock"), "transit_gateway_id": route.get("TransitGatewayId")}
                for route in r.get("Routes") or ()
            ]
            yield "aws_route_table", r["RouteTableId"], {"vpc_id": r.get("VpcId"), "route": routes}

    def _iterate_endpoints(self) -> Iterator[tuple[str, str, Values]]:
        for r in self._get_resources("describe_vpc_endpoints"):
            if str(r.get("State", "available")).lower() not in BILLED_ALTHOUGH or not self._is_owned(r.get("OwnerId")):
                continue
            yield "aws_vpc_endpoint", r["VpcEndpointId"], {
                "vpc_endpoint_type": r.get("VpcEndpointType") or "Gateway",
                "vpc_id": r.get("VpcId"),
                "service_name": r.get("ServiceName") or r.get("ServiceNetworkArn") or r.get("ResourceConfigurationArn"),
                "service_region": r.get("ServiceRegion"),
                "subnet_ids": list(r.get("SubnetIds") or ()),
            }  # fmt: skip
        for r in self._get_resources("describe_vpc_endpoint_service_configurations"):
            away = [s.get("Region") for s in r.get("SupportedRegions") or ()]
            yield "aws_vpc_endpoint_service", r["ServiceId"], {"service_name": r.get("ServiceName"),
                                                               "supported_regions": away}  # fmt: skip

    def _iterate_nat_gateways(self) -> Iterator[tuple[str, str, Values]]:
        for r in self._get_resources("describe_nat_gateways"):
            if str(r.get("State", "available")).lower() in GONE:
                continue
            values: Values = {
                "connectivity_type": r.get("ConnectivityType") or "public",
                "vpc_id": r.get("VpcId"),
                "subnet_id": r.get("SubnetId"),
                **_extract_nat_addresses(r),
            }
            yield "aws_nat_gateway", r["NatGatewayId"], values

    def _iterate_addresses(self) -> Iterator[tuple[str, str, Values]]:
        """Public addresses: Elastic ones, used or not, and those that AWS lends to network interfaces."""
        for r in self._get_resources("describe_addresses"):
            pool = r.get("PublicIpv4Pool") or "amazon"
            number = r.get("AllocationId") or r["PublicIp"]
            yield "aws_eip", number, {"public_ipv4_pool": pool}
        for r in self.interfaces:
            lent = (r.get("Association") or {}).get("IpOwnerId") in ("amazon", "amazon-elb")
            if lent and not _is_load_balancer_interface(r) and self._is_owned(r.get("OwnerId")):
                yield "aws_eip", f"{r['NetworkInterfaceId']} ({r['Association'].get('PublicIp')})", {}

    def _iterate_connections(self) -> Iterator[tuple[str, str, Values]]:
        yield from self._iterate_attachments()
        yield from self._iterate_peerings()
        yield from self._iterate_vpn_connections()
        yield from self._iterate_direct_connect()

    def _iterate_attachments(self) -> Iterator[tuple[str, str, Values]]:
        """Attachments of Transit Gateways, without the ones that the resource behind them represents."""
        for r in self._get_resources("describe_transit_gateway_attachments"):
            sort = str(r.get("ResourceType"))
            if sort in _NAMED_APART or get_state(r, "State") in GONE or not self._is_owned(r.get("ResourceOwnerId")):
                continue
            type_ = _ATTACHMENTS.get(sort, UNKNOWN_ATTACHMENT)
            values: Values = {"transit_gateway_id": r.get("TransitGatewayId")}
            if sort == "vpc":
                values["vpc_id"] = r.get("ResourceId")
            if type_ == "aws_dx_gateway_association":
                values["associated_gateway_id"] = r.get("TransitGatewayId")
            yield type_, r["TransitGatewayAttachmentId"], values

    def _iterate_peerings(self) -> Iterator[tuple[str, str, Values]]:
        """VPC peering connections that this account requested in this Region."""
        for r in self._get_resources("describe_vpc_peering_connections"):
            requester, accepter = r.get("RequesterVpcInfo") or {}, r.get("AccepterVpcInfo") or {}
            is_requester = self._is_owned(requester.get("OwnerId"))
            if not is_requester or requester.get("Region", self.region) != self.region:
                continue
            if get_state(r.get("Status") or {}, "Code", "active") not in GONE:
                values = {"vpc_id": requester.get("VpcId"), "peer_region": accepter.get("Region")}
                yield "aws_vpc_peering_connection", r["VpcPeeringConnectionId"], values

    def _iterate_vpn_connections(self) -> Iterator[tuple[str, str, Values]]:
        for r in self._get_resources("describe_vpn_connections"):
            if get_state(r, "State") in GONE:
                continue
            values: Values = {
                "transit_gateway_id": r.get("TransitGatewayId"),
                "vpn_gateway_id": r.get("VpnGatewayId"),
                "vpn_concentrator_id": r.get("VpnConcentratorId"),
                **_extract_vpn_options(r.get("Options") or {}),
            }
            yield "aws_vpn_connection", r["VpnConnectionId"], values

    def _iterate_direct_connect(self) -> Iterator[tuple[str, str, Values]]:
        """Direct Connect connections, and virtual interfaces with SiteLink."""
        for r in self._get_resources("describe_connections"):
            if get_state(r, "connectionState") not in _NOT_CONNECTED:
                values = {"bandwidth": r.get("bandwidth"), "billing_mode": r.get("billingMode")}
                yield "aws_dx_connection", r["connectionId"], values
        for r in self._get_resources("describe_virtual_interfaces"):
            if get_state(r, "virtualInterfaceState") not in GONE and r.get("siteLinkEnabled"):
                yield "aws_dx_private_virtual_interface", r["virtualInterfaceId"], {"sitelink_enabled": True}

    def _iterate_load_balancers(self) -> Iterator[tuple[str, str, Values]]:
        """Load balancers; of public ones the network interfaces say how many addresses they have."""
        public = [
            r
            for r in self.interfaces
            if _is_load_balancer_interface(r) and (r.get("Association") or {}).get("PublicIp")
        ]
        for r in self._get_resources("describe_load_balancers"):
            zones = r.get("AvailabilityZones") or ()
            type_ = str(r.get("Type") or "application").replace("gateway_load", "gateway")
            values: Values = {
                "load_balancer_type": type_,
                "internal": r.get("Scheme") == "internal" or type_ == "gateway",
                "subnets": [z.get("SubnetId") for z in zones],
                "vpc_id": r.get("VpcId"),
            }
            if public:
                values["internal"] = True
            values |= self._get_balancer_settings(str(r["LoadBalancerArn"]))
            yield "aws_lb", r["LoadBalancerArn"], values
        for r in public:
            yield "aws_eip", f"{r['NetworkInterfaceId']} ({r['Association'].get('PublicIp')})", {}

    def _get_balancer_settings(self, arn: str) -> Values:
        """Return what decides a load balancer's price beside its type."""
        across = "load_balancing.cross_zone.enabled"
        said = [a.get("Value") for a in self._get_resources(f"{ATTRIBUTES.operation} {arn}") if a.get("Key") == across]
        units = [c.get("CapacityUnits") for c in self._get_resources(f"{CAPACITY.operation} {arn}")]
        out: Values = {"enable_cross_zone_load_balancing": str(said[0]).lower() == "true"} if said else {}
        return out | {"minimum_load_balancer_capacity": [{"capacity_units": u} for u in units if u]}

    def _iterate_dns_and_lattice(self) -> Iterator[tuple[str, str, Values]]:
        for r in self._get_resources("list_resolver_endpoints"):
            values: Values = {"ip_address": [{}] * int(r.get("IpAddressCount") or 0)}
            yield "aws_route53_resolver_endpoint", r["Id"], values
        for r in self._get_resources("list_hosted_zones"):
            if (r.get("Config") or {}).get("PrivateZone"):
                yield "aws_route53_zone", r["Id"].rpartition("/")[2], {"vpc": [{}]}
        for r in self._get_resources("list_profiles"):
            if r.get("ShareStatus") != "SHARED_WITH_ME":
                yield "aws_route53profiles_profile", r["Id"], {}
        for r in self._get_resources("list_profile_associations"):
            yield "aws_route53profiles_association", r["Id"], {}
        for r in self._get_resources("list_services"):
            yield "aws_vpclattice_service", r["id"], {}
        for r in self._get_resources("list_service_network_resource_associations"):
            yield "aws_vpclattice_service_network_resource_association", r["id"], {}


def _extract_nat_addresses(nat: Mapping[str, Any]) -> Values:
    """Return the addresses of a NAT gateway: of a regional one by zone, of a zonal one the first and the others."""
    if str(nat.get("AvailabilityMode") or "zonal").lower() == "regional":
        by_zone = _group_addresses_by_zone(nat)
        blocks = [{"availability_zone_id": zone, "allocation_ids": ids} for zone, ids in by_zone.items()]
        return {"availability_mode": "regional", "availability_zone_address": blocks}
    allocations = [a["AllocationId"] for a in nat.get("NatGatewayAddresses") or () if a.get("AllocationId")]
    if not allocations:
        return {}
    return {"allocation_id": allocations[0], "secondary_allocation_ids": allocations[1:]}


def _extract_vpn_options(options: Mapping[str, Any]) -> Values:
    """Return what decides the price of a VPN connection."""
    return {
        "enable_acceleration": options.get("EnableAcceleration"),
        "tunnel_bandwidth": options.get("TunnelBandwidth"),
        "outside_ip_address_type": options.get("OutsideIpAddressType"),
    }


def _group_addresses_by_zone(r: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the addresses of a regional NAT gateway by zone."""
    out: dict[str, list[str]] = {}
    for address in r.get("NatGatewayAddresses") or ():
        zone = address.get("AvailabilityZoneId") or address.get("AvailabilityZone") or ""
        out.setdefault(zone, []).extend([address["AllocationId"]] if address.get("AllocationId") else [])
    return out


def _is_load_balancer_interface(r: Mapping[str, Any]) -> bool:
    return str(r.get("Description") or "").startswith("ELB ") or r.get("InterfaceType") == "network_load_balancer"


def _parse_tags(r: Mapping[str, Any]) -> dict[str, str]:
    return {str(t.get("Key")): str(t.get("Value")) for t in r.get("Tags") or ()}
