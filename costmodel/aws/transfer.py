"""Data transfer across zones, between Regions and to the internet."""

from __future__ import annotations

from costmodel.aws.resource import Charges, Resource, make_gb_column, make_location_column
from costmodel.core.meters import BilledService, Meter

DATA_TRANSFER = BilledService("AWSDataTransfer", "AWS Data Transfer", "Networking", "Network Infrastructure")
CROSS_ZONE = Meter(
    "cross_az_gb_each_direction",
    "Data transfer between Availability Zones",
    DATA_TRANSFER,
    "DataTransfer-Regional-Bytes",
    "GB",
    rule="each GB that crosses zones of a Region, once for each of its two sides",
    url="https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html",
)
INTER_REGION = Meter(
    "inter_region_out_gb",
    "Data transfer out to another Region",
    DATA_TRANSFER,
    "AWS-Out-Bytes",
    "GB",
    rule="each GB that leaves a Region for another, to the sender; what arrives is free",
    url="https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html",
)
INTERNET_OUT = Meter(
    "internet_out_gb",
    "Data transfer out to the internet",
    DATA_TRANSFER,
    "DataTransfer-Out-Bytes",
    "GB",
    rule="each GB sent to the internet, tiers over all of a Region's egress; what arrives is free",
    url="https://aws.amazon.com/ec2/pricing/on-demand/",
    allowance="internet_out_free_gb",
)


class InterZoneTransfer(Resource):
    """Traffic between Availability Zones of one Region; ``gb`` is each GB that crosses, charged on both sides."""

    BOTH_SIDES = CROSS_ZONE

    gb = make_gb_column()

    def compute_charges(self) -> Charges:
        """Two sides per GB."""
        return {CROSS_ZONE: 2 * self.gb}


class InterRegionTransfer(Resource):
    """Traffic from a Region to another, ``gb_sent`` of it."""

    OUT = INTER_REGION.with_region_pair("location", "to_region")
    ids = "vpc-region"

    to_region = make_location_column()
    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Sender pays."""
        return {InterRegionTransfer.OUT: self.gb_sent}


class InternetEgress(Resource):
    """Traffic sent to the internet."""

    OUT = INTERNET_OUT

    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """Sender pays, in tiers."""
        return {INTERNET_OUT: self.gb_sent}
