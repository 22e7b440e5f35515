"""AWS Network Firewall: endpoints by the hour and GB, which waive those of NAT gateways chained to them."""

from __future__ import annotations

from costmodel.aws.resource import (
    Charges,
    Resource,
    make_count_column,
    make_flag_column,
    make_gb_column,
    make_name_column,
)
from costmodel.core.meters import BilledService, Meter
from costmodel.core.units import round_up_hours

NETWORK_FIREWALL = BilledService("AWSNetworkFirewall", "AWS Network Firewall", "Networking", "Network Security")
_PRICING = "https://aws.amazon.com/network-firewall/pricing/"


def _make_meter(name: str, title: str, usage_type: str | None, unit: str, rule: str) -> Meter:
    return Meter(
        f"network_firewall_{name}", title, NETWORK_FIREWALL, usage_type, unit, rule=rule, url=_PRICING,
        owner="firewall",
    )  # fmt: skip


class NetworkFirewall(Resource):
    """A Network Firewall with an endpoint in each of ``zones`` zones, and ``secondary_endpoints`` beside them.

    A NAT gateway that is chained to it names it as its ``firewall``: each endpoint hour and each GB of the firewall
    waives one of the gateway's. Secondary endpoints are not taken to waive anything, for AWS does not say so.
    """

    HOURS = _make_meter(
        "endpoint_hour",
        "Network Firewall endpoint hours",
        "Endpoint-Hour",
        "Hours",
        "each hour of each endpoint, one in each Availability Zone",
    )
    BYTES = _make_meter(
        "gb",
        "Network Firewall data processing",
        "Traffic-GB-Processed",
        "GB",
        "each GB through an endpoint, regardless of its source or destination",
    )
    SECONDARY_HOURS = _make_meter(
        "secondary_endpoint_hour",
        "Network Firewall secondary endpoint hours",
        None,
        "Hours",
        "each hour of each endpoint in addition to the primary one of its Availability Zone",
    )
    SECONDARY_BYTES = _make_meter(
        "secondary_endpoint_gb",
        "Network Firewall secondary endpoint data processing",
        None,
        "GB",
        "each GB through a secondary endpoint",
    )
    ADVANCED_HOURS = _make_meter(
        "advanced_inspection_endpoint_hour",
        "Network Firewall advanced inspection hours",
        None,
        "Hours",
        "each hour of each endpoint with advanced inspection, on top of the endpoint's hour",
    )
    ADVANCED_BYTES = _make_meter(
        "advanced_inspection_gb",
        "Network Firewall advanced inspection data processing",
        "Advanced-Inspection-Traffic-GB-Processed",
        "GB",
        "each GB through an endpoint with advanced inspection, on top of the endpoint's GB",
    )
    level = "zones"

    firewall = make_name_column("name", required=False)
    zones = make_count_column()
    gb_processed = make_gb_column()
    secondary_endpoints = make_count_column()
    gb_secondary = make_gb_column()
    advanced_inspection = make_flag_column()

    def compute_charges(self) -> Charges:
        """Hours per endpoint and GB, and what advanced inspection adds to both."""
        hours = round_up_hours(self.hours)
        advanced = self.advanced_inspection.match_word("true")
        return {
            NetworkFirewall.HOURS: self.zones * hours,
            NetworkFirewall.BYTES: self.gb_processed,
            NetworkFirewall.SECONDARY_HOURS: self.secondary_endpoints * hours,
            NetworkFirewall.SECONDARY_BYTES: self.gb_secondary,
            NetworkFirewall.ADVANCED_HOURS: self.zones * hours * advanced,
            NetworkFirewall.ADVANCED_BYTES: self.gb_processed * advanced,
        }
