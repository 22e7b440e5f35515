"""VPN: Site-to-Site connections, concentrators of many small sites, and Client VPN."""

from __future__ import annotations

from costmodel.aws.nat import PublicIpv4
from costmodel.aws.resource import (
    Charges,
    Resource,
    make_choice_column,
    make_count_column,
    make_flag_column,
    make_gb_column,
    make_number_column,
)
from costmodel.aws.services import VPC
from costmodel.aws.transit_gateway import make_attachment_gb_meter, make_attachment_hour_meter
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/vpn/pricing/"


def _make_connection_meter(name: str, title: str, usage_type: str, rule: str) -> Meter:
    operation = "CreateVpnConnection"
    return Meter(name, title, VPC, usage_type, "Hours", rule=rule, url=_PRICING, operation=operation)


class VpnConnection(Resource):
    """A Site-to-Site VPN connection with two tunnels; what leaves over it is internet egress.

    Each tunnel has a public IPv4 address that AWS provides; tunnels over private or IPv6 addresses have none
    (``public_ips: 0``). A connection on a concentrator has its own, smaller price.
    """

    HOURS = _make_connection_meter(
        "site_to_site_vpn_hour",
        "Site-to-Site VPN connection hours",
        "VPN-Usage-Hours:ipsec.1",
        "each hour a connection is provisioned and available",
    )
    LARGE = _make_connection_meter(
        "site_to_site_vpn_large_bandwidth_hour",
        "Site-to-Site VPN connection hours, large tunnels",
        "VPN-large-Usage-Hours:ipsec.1",
        "each hour a connection with large tunnels is provisioned and available, in place of the usual hour",
    )
    SITE = _make_connection_meter(
        "vpn_concentrator_connection_hour",
        "Site-to-Site VPN connection hours, on a concentrator",
        "VPN-concentrator-site-Usage-Hours:ipsec.1",
        "each hour a connection on a concentrator is provisioned and available, in place of the usual hour",
    )
    ADDRESSES = PublicIpv4.HOURS

    public_ips = make_count_column(2)
    bandwidth = make_choice_column("standard", "large", default="standard")
    concentrator = make_flag_column()

    def compute_charges(self) -> Charges:
        """The hours of one of three sorts, and its addresses; a concentrator has no large tunnels."""
        hours = round_up_hours(self.hours)
        large = self.bandwidth.match_word("large")
        site = self.concentrator.match_word("true") & ~large
        return {
            VpnConnection.HOURS: hours * (~large & ~site),
            VpnConnection.LARGE: hours * large,
            VpnConnection.SITE: hours * site,
            PublicIpv4.HOURS: self.public_ips * self.hours,
        }


class VpnConcentrator(Resource):
    """A VPN concentrator with its attachment to a Transit Gateway; ``gb_sent`` is what its sites send into it."""

    HOURS = Meter(
        "vpn_concentrator_hour",
        "VPN concentrator hours",
        VPC,
        None,
        "Hours",
        rule="each hour a concentrator is provisioned",
        url=_PRICING,
    )
    ATTACHMENT = make_attachment_hour_meter("vpn_concentrator", "VPN concentrator", "TransitGatewayVPNConcentrator")
    BYTES = make_attachment_gb_meter("vpn_concentrator", "VPN concentrator", "TransitGatewayVPNConcentrator")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Its own hours, those of its attachment, and the GB to the sender."""
        hours = round_up_hours(self.hours)
        return {VpnConcentrator.HOURS: hours, VpnConcentrator.ATTACHMENT: hours, VpnConcentrator.BYTES: self.gb_sent}


class ClientVpnEndpoint(Resource):
    """A Client VPN endpoint with ``associations`` subnets; ``connection_hours`` are all its clients' together."""

    HOURS = Meter(
        "client_vpn_endpoint_hour",
        "Client VPN endpoint association hours",
        VPC,
        "ClientVPN-EndpointHours",
        "Hours",
        rule="each hour of each subnet that the endpoint is associated with",
        url=_PRICING,
    )
    CONNECTIONS = Meter(
        "client_vpn_connection_hour",
        "Client VPN connection hours",
        VPC,
        "ClientVPN-ConnectionHours",
        "Hours",
        rule="each hour of each client's connection",
        url=_PRICING,
    )
    level = "associations"

    associations = make_count_column()
    connection_hours = make_number_column()

    def compute_charges(self) -> Charges:
        """Hours per association, and the clients'."""
        return {
            ClientVpnEndpoint.HOURS: self.associations * round_up_hours(self.hours),
            ClientVpnEndpoint.CONNECTIONS: 1 * self.connection_hours,
        }
