"""VPN: Site-to-Site connections, concentrators of many small sites, and Client VPN."""

from __future__ import annotations

from typing import Any

from costmodel.aws.nat import PublicIpv4
from costmodel.aws.resource import (
    Resource,
    make_choice_column,
    make_count_column,
    make_flag_column,
    make_gb_column,
    make_number_column,
)
from costmodel.aws.transit_gateway import make_attachment_gb_meter, make_attachment_hour_meter
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/vpn/pricing/"


def _make_connection_meter(name: str, title: str, usage_type: str, rule: str) -> Meter:
    operation = "CreateVpnConnection"
    return Meter(name, title, "AmazonVPC", usage_type, "Hours", rule=rule, url=_PRICING, operation=operation)


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

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """The hours of one of three sorts, and its addresses; a concentrator has no large tunnels."""
        h = round_up_hours(r.hours)
        large = r.bandwidth.match_word("large")
        site = r.concentrator.match_word("true") & ~large
        return {
            VpnConnection.HOURS: h * (~large & ~site),
            VpnConnection.LARGE: h * large,
            VpnConnection.SITE: h * site,
            PublicIpv4.HOURS: r.public_ips * r.hours,
        }


class VpnConcentrator(Resource):
    """A VPN concentrator with its attachment to a Transit Gateway; ``gb_sent`` is what its sites send into it."""

    HOURS = Meter(
        "vpn_concentrator_hour",
        "VPN concentrator hours",
        "AmazonVPC",
        None,
        "Hours",
        rule="each hour a concentrator is provisioned",
        url=_PRICING,
    )
    ATTACHMENT = make_attachment_hour_meter("vpn_concentrator", "VPN concentrator", "TransitGatewayVPNConcentrator")
    BYTES = make_attachment_gb_meter("vpn_concentrator", "VPN concentrator", "TransitGatewayVPNConcentrator")

    gb_sent = make_gb_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Its own hours, those of its attachment, and the GB to the sender."""
        h = round_up_hours(r.hours)
        return {VpnConcentrator.HOURS: h, VpnConcentrator.ATTACHMENT: h, VpnConcentrator.BYTES: r.gb_sent}


class ClientVpnEndpoint(Resource):
    """A Client VPN endpoint with ``associations`` subnets; ``connection_hours`` are all its clients' together."""

    HOURS = Meter(
        "client_vpn_endpoint_hour",
        "Client VPN endpoint association hours",
        "AmazonVPC",
        "ClientVPN-EndpointHours",
        "Hours",
        rule="each hour of each subnet that the endpoint is associated with",
        url=_PRICING,
    )
    CONNECTIONS = Meter(
        "client_vpn_connection_hour",
        "Client VPN connection hours",
        "AmazonVPC",
        "ClientVPN-ConnectionHours",
        "Hours",
        rule="each hour of each client's connection",
        url=_PRICING,
    )
    level = "associations"

    associations = make_count_column()
    connection_hours = make_number_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Hours per association, and the clients'."""
        return {
            ClientVpnEndpoint.HOURS: r.associations * round_up_hours(r.hours),
            ClientVpnEndpoint.CONNECTIONS: 1 * r.connection_hours,
        }
