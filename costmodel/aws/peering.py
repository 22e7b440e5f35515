"""VPC peering: the connection is free, what crosses zones or Regions is not; each side's account pays its own."""

from __future__ import annotations

from dataclasses import replace

from costmodel.aws.resource import Charges, Resource, make_gb_column, make_location_column
from costmodel.aws.services import VPC
from costmodel.aws.transfer_meters import INTER_REGION
from costmodel.core.meters import Meter

_GUIDE = "https://docs.aws.amazon.com/vpc/latest/peering/what-is-vpc-peering.html"


def _make_cross_zone_meter(side: str, charged: str = "account") -> Meter:
    return Meter(
        f"vpc_peering_cross_az_gb_{side}",
        "VPC peering data transfer between Availability Zones",
        VPC,
        None,
        "GB",
        rule="each GB that crosses zones over peering, on this of its two sides; within a zone it is free",
        url=_GUIDE,
        charged=charged,
    )


class VpcPeering(Resource):
    """A peering connection inside a Region; ``gb_cross_zone`` is each GB that crosses zones, charged on both sides."""

    ONE_SIDE = _make_cross_zone_meter("a")
    OTHER_SIDE = _make_cross_zone_meter("b", "peer_account")
    ids = "pair"

    gb_cross_zone = make_gb_column()

    def compute_charges(self) -> Charges:
        """Both sides."""
        return {VpcPeering.ONE_SIDE: self.gb_cross_zone, VpcPeering.OTHER_SIDE: self.gb_cross_zone}


class RemoteVpcPeering(Resource):
    """A peering connection with another Region: each side pays what it sends."""

    SENT = INTER_REGION.with_region_pair("location", "peer_region")
    RECEIVED = replace(INTER_REGION.with_region_pair("peer_region", "location"), charged="peer_account")
    kind = "VpcPeering"
    given = "peer_region"
    ids = "pair"

    peer_region = make_location_column()
    gb_sent = make_gb_column()
    gb_received = make_gb_column()

    def compute_charges(self) -> Charges:
        """The sender's pair price, each way."""
        return {RemoteVpcPeering.SENT: self.gb_sent, RemoteVpcPeering.RECEIVED: self.gb_received}
