"""Transit Gateway attachments: hours to the attachment's owner, each GB once, to the one who sends it in."""

from __future__ import annotations

from dataclasses import replace

from costmodel.aws.resource import Charges, Resource, make_gb_column, make_location_column
from costmodel.aws.services import VPC
from costmodel.aws.transfer_meters import INTER_REGION
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/transit-gateway/pricing/"
_PROCESSED = "each GB sent into the Transit Gateway by this attachment; the receiver pays nothing"


def make_attachment_hour_meter(name: str, title: str, operation: str) -> Meter:
    """Return the meter of an attachment's hours."""
    return Meter(
        f"tgw_{name}_attachment_hour",
        f"Transit Gateway attachment hours, {title}",
        VPC,
        "TransitGateway-Hours",
        "Hours",
        rule="each hour of an attachment, regardless of its zones",
        url=_PRICING,
        operation=operation,
    )


def make_attachment_gb_meter(name: str, title: str, operation: str) -> Meter:
    """Return the meter of what an attachment sends."""
    return Meter(
        f"tgw_{name}_gb",
        f"Transit Gateway data processing, {title}",
        VPC,
        "TransitGateway-Bytes",
        "GB",
        rule=_PROCESSED,
        url=_PRICING,
        operation=operation,
    )


class VpcAttachment(Resource):
    """A VPC attached to a Transit Gateway; ``gb_sent`` is what the VPC sends into it."""

    HOURS = make_attachment_hour_meter("vpc", "VPC", "TransitGatewayVPC")
    BYTES = make_attachment_gb_meter("vpc", "VPC", "TransitGatewayVPC")
    kind = "TransitGatewayAttachment"
    when = ("attachment", "vpc")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours once, GB to the sender."""
        return {VpcAttachment.HOURS: round_up_hours(self.hours), VpcAttachment.BYTES: self.gb_sent}


class VpnAttachment(Resource):
    """A Site-to-Site VPN on a Transit Gateway; the connection's own hours are VpnConnection's."""

    HOURS = make_attachment_hour_meter("vpn", "VPN", "TransitGatewayVPN")
    BYTES = make_attachment_gb_meter("vpn", "VPN", "TransitGatewayVPN")
    kind = "TransitGatewayAttachment"
    when = ("attachment", "vpn")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours once, GB to the sender."""
        return {VpnAttachment.HOURS: round_up_hours(self.hours), VpnAttachment.BYTES: self.gb_sent}


class DirectConnectAttachment(Resource):
    """A Direct Connect gateway on a Transit Gateway."""

    HOURS = make_attachment_hour_meter("dx", "Direct Connect", "TransitGatewayDirectConnect")
    BYTES = make_attachment_gb_meter("dx", "Direct Connect", "TransitGatewayDirectConnect")
    kind = "TransitGatewayAttachment"
    when = ("attachment", "direct-connect")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours once, GB to the sender."""
        return {DirectConnectAttachment.HOURS: round_up_hours(self.hours), DirectConnectAttachment.BYTES: self.gb_sent}


class PeeringAttachment(Resource):
    """One side of a Transit Gateway peering inside a Region: hours; data that arrives over it is not processed."""

    HOURS = make_attachment_hour_meter("peering", "peering", "TransitGatewayPeering")
    kind = "TransitGatewayAttachment"
    when = ("attachment", "peering")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours; transfer between zones over a Transit Gateway is free."""
        return {PeeringAttachment.HOURS: round_up_hours(self.hours)}


class RemotePeeringAttachment(Resource):
    """One side of a Transit Gateway peering with another Region: hours, and transfer for what this side sends."""

    HOURS = PeeringAttachment.HOURS
    OUT = INTER_REGION.with_region_pair("location", "peer_region")
    kind = "TransitGatewayAttachment"
    when = ("attachment", "peering")
    given = "peer_region"
    ids = "regions"

    peer_region = make_location_column()
    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Processing was charged where the data entered the first Transit Gateway."""
        return {PeeringAttachment.HOURS: round_up_hours(self.hours), RemotePeeringAttachment.OUT: self.gb_sent}


class ConnectAttachment(Resource):
    """A Connect attachment: hours; its data is processed by the attachment it travels on."""

    HOURS = make_attachment_hour_meter("connect", "Connect", "TransitGatewayConnect")
    kind = "TransitGatewayAttachment"
    when = ("attachment", "connect")

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours only."""
        return {ConnectAttachment.HOURS: round_up_hours(self.hours)}


class VpcData(Resource):
    """What a VPC sends to another one over a Transit Gateway, and receives, where a metering policy says who pays."""

    SENT = replace(VpcAttachment.BYTES, charged="sent_account")
    RECEIVED = replace(VpcAttachment.BYTES, charged="received_account", at="peer_region")
    ids = "pair"

    peer_region = make_location_column()
    gb_sent = make_gb_column()
    gb_received = make_gb_column()

    def compute_charges(self) -> Charges:
        """Each GB once, at its sender's price."""
        return {VpcData.SENT: self.gb_sent, VpcData.RECEIVED: self.gb_received}


class VpnData(VpcData):
    """The same of a site behind a Site-to-Site VPN."""

    SENT = replace(VpnAttachment.BYTES, charged="sent_account")

    def compute_charges(self) -> Charges:
        """Each GB once, at its sender's price."""
        return {VpnData.SENT: self.gb_sent, VpcData.RECEIVED: self.gb_received}


class DirectConnectData(VpcData):
    """The same of a site behind Direct Connect."""

    SENT = replace(DirectConnectAttachment.BYTES, charged="sent_account")

    def compute_charges(self) -> Charges:
        """Each GB once, at its sender's price."""
        return {DirectConnectData.SENT: self.gb_sent, VpcData.RECEIVED: self.gb_received}
