"""AWS Network Firewall: endpoints by the hour and GB, which waive those of NAT gateways chained to them."""

from __future__ import annotations

from typing import Any

from costmodel.aws.resource import Column, Resource, count, flag, gigabytes
from costmodel.core.meters import Meter
from costmodel.core.units import whole_hours

_PRICING = "https://aws.amazon.com/network-firewall/pricing/"


def _meter(name: str, title: str, usage_type: str | None, unit: str, rule: str) -> Meter:
    return Meter(
        f"network_firewall_{name}", title, "AWSNetworkFirewall", usage_type, unit, rule=rule, url=_PRICING,
        owner="firewall",
    )  # fmt: skip


class NetworkFirewall(Resource):
    """A Network Firewall with an endpoint in each of ``zones`` zones, and ``secondary_endpoints`` beside them.

    A NAT gateway that is chained to it names it as its ``firewall``: each endpoint hour and each GB of the firewall
    waives one of the gateway's. Secondary endpoints are not taken to waive anything, for AWS does not say so.
    """

    HOURS = _meter(
        "endpoint_hour",
        "Network Firewall endpoint hours",
        "Endpoint-Hour",
        "Hours",
        "each hour of each endpoint, one in each Availability Zone",
    )
    BYTES = _meter(
        "gb",
        "Network Firewall data processing",
        "Traffic-GB-Processed",
        "GB",
        "each GB through an endpoint, whatever its source or destination",
    )
    SECONDARY_HOURS = _meter(
        "secondary_endpoint_hour",
        "Network Firewall secondary endpoint hours",
        None,
        "Hours",
        "each hour of each endpoint beside the primary one of its Availability Zone",
    )
    SECONDARY_BYTES = _meter(
        "secondary_endpoint_gb",
        "Network Firewall secondary endpoint data processing",
        None,
        "GB",
        "each GB through a secondary endpoint",
    )
    ADVANCED_HOURS = _meter(
        "advanced_inspection_endpoint_hour",
        "Network Firewall advanced inspection hours",
        None,
        "Hours",
        "each hour of each endpoint with advanced inspection, on top of the endpoint's hour",
    )
    ADVANCED_BYTES = _meter(
        "advanced_inspection_gb",
        "Network Firewall advanced inspection data processing",
        "Advanced-Inspection-Traffic-GB-Processed",
        "GB",
        "each GB through an endpoint with advanced inspection, on top of the endpoint's GB",
    )
    level = "zones"

    firewall = Column("name", path=("name",))
    zones = count()
    gb_processed = gigabytes()
    secondary_endpoints = count()
    gb_secondary = gigabytes()
    advanced_inspection = flag()

    @staticmethod
    def charges(r: Any) -> dict[Meter, Any]:
        """Hours per endpoint and GB, and what advanced inspection adds to both."""
        h = whole_hours(r.hours)
        advanced = r.advanced_inspection.equal("true")
        return {
            NetworkFirewall.HOURS: r.zones * h,
            NetworkFirewall.BYTES: r.gb_processed,
            NetworkFirewall.SECONDARY_HOURS: r.secondary_endpoints * h,
            NetworkFirewall.SECONDARY_BYTES: r.gb_secondary,
            NetworkFirewall.ADVANCED_HOURS: r.zones * h * advanced,
            NetworkFirewall.ADVANCED_BYTES: r.gb_processed * advanced,
        }
