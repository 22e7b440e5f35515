"""Data transfer across zones, between Regions and to the internet."""

from __future__ import annotations

from costmodel.aws.resource import Charges, Resource, make_gb_column, make_location_column
from costmodel.aws.transfer_meters import CROSS_ZONE, INTER_REGION, INTERNET_OUT


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
