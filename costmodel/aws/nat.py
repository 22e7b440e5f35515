"""NAT gateways, zonal and regional, and public IPv4 addresses."""

from __future__ import annotations

from dataclasses import replace

from costmodel.aws.firewall import NetworkFirewall
from costmodel.aws.resource import (
    Charges,
    Resource,
    make_choice_column,
    make_count_column,
    make_gb_column,
    make_name_column,
)
from costmodel.aws.services import EC2, VPC
from costmodel.aws.transfer_meters import CROSS_ZONE
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/vpc/pricing/"
_NAT = "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html"


def _make_address_hour_meter(name: str, title: str, usage_type: str) -> Meter:
    return Meter(
        f"public_ipv4_{name}_hour",
        title,
        VPC,
        usage_type,
        "Hours",
        rule="each hour of each address, by the second",
        url=_PRICING,
    )


class PublicIpv4(Resource):
    """A public IPv4 address that AWS provides; billed by the second, so hours are not rounded up."""

    HOURS = _make_address_hour_meter("in_use", "Public IPv4 address in use", "PublicIPv4:InUseAddress")
    IDLE = _make_address_hour_meter("idle", "Public IPv4 address, idle", "PublicIPv4:IdleAddress")
    CONTIGUOUS = _make_address_hour_meter(
        "contiguous", "Public IPv4 address of a contiguous block", "PublicIPv4:ContiguousBlock"
    )

    state = make_choice_column("in-use", "idle", "contiguous", default="in-use")

    def compute_charges(self) -> Charges:
        """Hours as they are, of one of three sorts."""
        return {
            PublicIpv4.HOURS: self.hours * self.state.match_word("in-use"),
            PublicIpv4.IDLE: self.hours * self.state.match_word("idle"),
            PublicIpv4.CONTIGUOUS: self.hours * self.state.match_word("contiguous"),
        }


class NatGateway(Resource):
    """A zonal NAT gateway; ``gb_cross_zone`` is what clients of other zones send and receive through it."""

    HOURS = Meter(
        "nat_gateway_hour",
        "NAT gateway hours",
        EC2,
        "NatGateway-Hours",
        "Hours",
        rule="each hour a gateway is provisioned and available",
        url=_NAT,
        operation="NatGateway",
    )
    BYTES = Meter(
        "nat_gateway_gb",
        "NAT gateway data processing",
        EC2,
        "NatGateway-Bytes",
        "GB",
        rule="each GB, in either direction, regardless of its source or destination",
        url=_NAT,
        operation="NatGateway",
    )
    ADDRESSES = PublicIpv4.HOURS
    CROSSING = CROSS_ZONE
    assumes = {"nat-crossing-sides=1": lambda r: {"gb_cross_zone": r.gb_cross_zone / 2}}

    gb_processed = make_gb_column()
    public_ips = make_count_column(1)
    gb_cross_zone = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours, GB, its addresses, and both sides of what crosses zones."""
        return {
            NatGateway.HOURS: round_up_hours(self.hours),
            NatGateway.BYTES: self.gb_processed,
            PublicIpv4.HOURS: self.public_ips * self.hours,
            CROSS_ZONE: 2 * self.gb_cross_zone,
        }


_WAIVED = "waived by Network Firewall"


class ChainedNatGateway(Resource):
    """A zonal NAT gateway chained to the Network Firewall that ``firewall`` names.

    Each endpoint hour and each GB of the firewall waives one of its gateways'.
    """

    HOURS = replace(NatGateway.HOURS, owner="firewall", includes=(NetworkFirewall.HOURS, 1), covered=_WAIVED)
    BYTES = replace(NatGateway.BYTES, owner="firewall", includes=(NetworkFirewall.BYTES, 1), covered=_WAIVED)
    ADDRESSES = PublicIpv4.HOURS
    CROSSING = CROSS_ZONE
    kind = "NatGateway"
    given = "firewall"
    assumes = NatGateway.assumes

    firewall = make_name_column()
    gb_processed = make_gb_column()
    public_ips = make_count_column(1)
    gb_cross_zone = make_gb_column()

    def compute_charges(self) -> Charges:
        """As any NAT gateway's; what the firewall waives is taken off the pool of its gateways."""
        return {
            ChainedNatGateway.HOURS: round_up_hours(self.hours),
            ChainedNatGateway.BYTES: self.gb_processed,
            PublicIpv4.HOURS: self.public_ips * self.hours,
            CROSS_ZONE: 2 * self.gb_cross_zone,
        }


class RegionalNatGateway(Resource):
    """A regional NAT gateway, active in ``zones`` zones."""

    HOURS = Meter(
        "regional_nat_gateway_hour",
        "Regional NAT gateway hours, per Availability Zone",
        EC2,
        "RegionalNatGateway-Hours",
        "Hours",
        rule="each hour in each Availability Zone the gateway is active in",
        url="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html",
        operation="RegionalNatGateway",
    )
    BYTES = Meter(
        "regional_nat_gateway_gb",
        "Regional NAT gateway data processing",
        EC2,
        "RegionalNatGateway-Bytes",
        "GB",
        rule="each GB, in either direction",
        url="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html",
        operation="RegionalNatGateway",
    )
    ADDRESSES = PublicIpv4.HOURS
    level = "zones"
    assumes = {"regional-nat-hours=gateway": lambda r: {"zones": 0 * r.zones + 1}}

    zones = make_count_column()
    gb_processed = make_gb_column()
    public_ips = make_count_column("zones")

    def compute_charges(self) -> Charges:
        """Hours per zone, GB, at least an address per zone."""
        return {
            RegionalNatGateway.HOURS: self.zones * round_up_hours(self.hours),
            RegionalNatGateway.BYTES: self.gb_processed,
            PublicIpv4.HOURS: self.public_ips * self.hours,
        }


class ChainedRegionalNatGateway(Resource):
    """A regional NAT gateway chained to the Network Firewall that ``firewall`` names."""

    HOURS = replace(RegionalNatGateway.HOURS, owner="firewall", includes=(NetworkFirewall.HOURS, 1), covered=_WAIVED)
    BYTES = replace(RegionalNatGateway.BYTES, owner="firewall", includes=(NetworkFirewall.BYTES, 1), covered=_WAIVED)
    ADDRESSES = PublicIpv4.HOURS
    kind = "RegionalNatGateway"
    given = "firewall"
    level = "zones"
    assumes = RegionalNatGateway.assumes

    firewall = make_name_column()
    zones = make_count_column()
    gb_processed = make_gb_column()
    public_ips = make_count_column("zones")

    def compute_charges(self) -> Charges:
        """As any regional NAT gateway's; what the firewall waives is taken off the pool of its gateways."""
        return {
            ChainedRegionalNatGateway.HOURS: self.zones * round_up_hours(self.hours),
            ChainedRegionalNatGateway.BYTES: self.gb_processed,
            PublicIpv4.HOURS: self.public_ips * self.hours,
        }
