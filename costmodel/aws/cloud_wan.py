"""AWS Cloud WAN: edges of a core network by the hour, attachments by hour and GB."""

from __future__ import annotations

from costmodel.aws.resource import Charges, Resource, make_gb_column
from costmodel.core.meters import BilledService, Meter
from costmodel.core.units import round_up_hours

CLOUD_WAN = BilledService("AWSCloudWAN", "AWS Cloud WAN", "Networking", "Network Connectivity")
_PRICING = "https://aws.amazon.com/cloud-wan/pricing/"


def _make_hour_meter(
    name: str, title: str, operation: str | None, usage_type: str | None = "CloudWAN-Attachment-Hours"
) -> Meter:
    return Meter(
        f"cloudwan_{name}_hour",
        f"Cloud WAN {title} hours",
        CLOUD_WAN,
        usage_type,
        "Hours",
        rule="each hour of each one",
        url=_PRICING,
        operation=operation,
    )


def _make_gb_meter(name: str, title: str, operation: str) -> Meter:
    return Meter(
        f"cloudwan_{name}_gb",
        f"Cloud WAN data processing, {title}",
        CLOUD_WAN,
        "CloudWAN-Bytes",
        "GB",
        rule="each GB sent into the core network by this attachment; the receiver pays nothing",
        url=_PRICING,
        operation=operation,
    )


class CloudWanCoreNetworkEdge(Resource):
    """A core network's edge in one Region."""

    HOURS = _make_hour_meter("core_network_edge", "core network edge", None, None)

    def compute_charges(self) -> Charges:
        """Hours only."""
        return {CloudWanCoreNetworkEdge.HOURS: round_up_hours(self.hours)}


class CloudWanVpcAttachment(Resource):
    """A VPC attached to a core network; ``gb_sent`` is what it sends into it."""

    HOURS = _make_hour_meter("vpc_attachment", "VPC attachment", "CloudWANVPC")
    BYTES = _make_gb_meter("vpc", "VPC", "CloudWANVPC")
    kind = "CloudWanAttachment"
    when = ("attachment", "vpc")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours once, GB to the sender."""
        return {CloudWanVpcAttachment.HOURS: round_up_hours(self.hours), CloudWanVpcAttachment.BYTES: self.gb_sent}


class CloudWanVpnAttachment(Resource):
    """A Site-to-Site VPN on a core network; the connection's own hours are VpnConnection's."""

    HOURS = _make_hour_meter("vpn_attachment", "VPN attachment", "CloudWANVPN")
    BYTES = _make_gb_meter("vpn", "VPN", "CloudWANVPN")
    kind = "CloudWanAttachment"
    when = ("attachment", "vpn")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours once, GB to the sender."""
        return {CloudWanVpnAttachment.HOURS: round_up_hours(self.hours), CloudWanVpnAttachment.BYTES: self.gb_sent}


class CloudWanConnectAttachment(Resource):
    """A Connect attachment: hours; its data is processed by the attachment it travels on."""

    HOURS = _make_hour_meter("connect_attachment", "Connect attachment", "CloudWANConnect")
    kind = "CloudWanAttachment"
    when = ("attachment", "connect")

    def compute_charges(self) -> Charges:
        """Hours only."""
        return {CloudWanConnectAttachment.HOURS: round_up_hours(self.hours)}


class CloudWanTransitGatewayPeering(Resource):
    """A peering of a core network's edge with a Transit Gateway."""

    HOURS = _make_hour_meter("tgw_peering", "Transit Gateway peering", None, None)
    kind = "CloudWanAttachment"
    when = ("attachment", "transit-gateway")

    def compute_charges(self) -> Charges:
        """Hours only; data is processed where it entered."""
        return {CloudWanTransitGatewayPeering.HOURS: round_up_hours(self.hours)}
