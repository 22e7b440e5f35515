"""VPC endpoints and endpoint services (AWS PrivateLink)."""

from __future__ import annotations

from costmodel.aws.resource import Charges, Resource, make_count_column, make_gb_column, make_location_column
from costmodel.aws.services import VPC
from costmodel.aws.transfer_meters import INTER_REGION
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/privatelink/pricing/"
_RESOURCES = "https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-resources.html"


class InterfaceEndpoint(Resource):
    """An interface endpoint: ``zones`` it has network interfaces in, GB in either direction."""

    HOURS = Meter(
        "interface_endpoint_hour",
        "Interface endpoint hours, per Availability Zone",
        VPC,
        "VpcEndpoint-Hours",
        "Hours",
        rule="each hour in each Availability Zone, used or not",
        url=_PRICING,
        operation="VpcEndpoint",
    )
    BYTES = Meter(
        "interface_endpoint_gb",
        "Interface endpoint data processing",
        VPC,
        "VpcEndpoint-Bytes",
        "GB",
        rule="each GB, in either direction; tiers over all interface endpoints of a Region",
        url=_PRICING,
        operation="VpcEndpoint",
    )
    level = "zones"

    zones = make_count_column()
    gb_processed = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours per zone, GB in either direction."""
        return {
            InterfaceEndpoint.HOURS: self.zones * round_up_hours(self.hours),
            InterfaceEndpoint.BYTES: self.gb_processed,
        }


class CrossRegionInterfaceEndpoint(Resource):
    """An interface endpoint to a service in another Region: the endpoint's charges, and transfer both ways."""

    HOURS = InterfaceEndpoint.HOURS
    BYTES = InterfaceEndpoint.BYTES
    SENT = INTER_REGION.with_region_pair("location", "service_region")
    RECEIVED = INTER_REGION.with_region_pair("service_region", "location")
    kind = "InterfaceEndpoint"
    given = "service_region"
    level = "zones"
    assumes = {
        "cross-region-rate=endpoint-region": lambda r: {
            "gb_sent": r.gb_sent + r.gb_received,
            "gb_received": 0 * r.gb_received,
        },
    }

    zones = make_count_column()
    service_region = make_location_column()
    gb_sent = make_gb_column()
    gb_received = make_gb_column()

    def compute_charges(self) -> Charges:
        """Transfer between the Regions is the consumer's, in both directions."""
        return {
            InterfaceEndpoint.HOURS: self.zones * round_up_hours(self.hours),
            InterfaceEndpoint.BYTES: self.gb_sent + self.gb_received,
            CrossRegionInterfaceEndpoint.SENT: self.gb_sent,
            CrossRegionInterfaceEndpoint.RECEIVED: self.gb_received,
        }


class GatewayEndpoint(Resource):
    """A gateway endpoint (S3, DynamoDB): no charge for hours or data."""

    free = "no additional charge (https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html)"

    gb_processed = make_gb_column()

    def compute_charges(self) -> Charges:
        """Nothing."""
        return {}


class GatewayLoadBalancerEndpoint(Resource):
    """A Gateway Load Balancer endpoint; the load balancer itself is billed apart."""

    HOURS = Meter(
        "gwlb_endpoint_hour",
        "Gateway Load Balancer endpoint hours, per Availability Zone",
        VPC,
        "VpcEndpoint-GWLBE-Hours",
        "Hours",
        rule="each hour in each Availability Zone",
        url=_PRICING,
        operation="VpcEndpoint",
    )
    BYTES = Meter(
        "gwlb_endpoint_gb",
        "Gateway Load Balancer endpoint data processing",
        VPC,
        "VpcEndpoint-GWLBE-Bytes",
        "GB",
        rule="each GB, in either direction, one price",
        url=_PRICING,
        operation="VpcEndpoint",
    )
    level = "zones"

    zones = make_count_column()
    gb_processed = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours per zone, GB in either direction."""
        return {
            GatewayLoadBalancerEndpoint.HOURS: self.zones * round_up_hours(self.hours),
            GatewayLoadBalancerEndpoint.BYTES: self.gb_processed,
        }


class ResourceEndpoint(Resource):
    """A resource endpoint: TCP to one resource behind a resource gateway of another VPC."""

    HOURS = Meter(
        "resource_endpoint_hour",
        "Resource endpoint hours",
        VPC,
        "VpcEndpoint-Resource-Hours",
        "Hours",
        rule="each hour an endpoint is provisioned",
        url=_RESOURCES,
    )
    BYTES = Meter(
        "resource_endpoint_gb",
        "Resource endpoint data processing",
        VPC,
        "VpcResource-Consumer-Bytes",
        "GB",
        rule="each GB, in either direction; tiers over all resource endpoints of a Region, in a separate pool",
        url=_PRICING,
    )
    level = "zones"
    assumes = {
        "resource-endpoint-hours=endpoint": lambda r: {"zones": 0 * r.zones + 1},
    }

    zones = make_count_column(1)
    gb_processed = make_gb_column()

    def compute_charges(self) -> Charges:
        """``zones`` is 1 unless hours are assumed to be per zone."""
        return {
            ResourceEndpoint.HOURS: self.zones * round_up_hours(self.hours),
            ResourceEndpoint.BYTES: self.gb_processed,
        }


class ServiceNetworkEndpoint(Resource):
    """An endpoint to a VPC Lattice service network: no charge of its own."""

    free = "no additional charge (https://aws.amazon.com/vpc/lattice/pricing/)"
    level = "zones"

    zones = make_count_column()

    def compute_charges(self) -> Charges:
        """Nothing."""
        return {}


class EndpointService(Resource):
    """An endpoint service: free for its provider, but for each other Region that consumers connect from."""

    REMOTE_HOURS = Meter(
        "privatelink_cross_region_service_hour",
        "Endpoint service hours, per active remote Region",
        VPC,
        "VpcEndpoint-Service-Hours",
        "Hours",
        rule="each hour for each remote Region with at least one endpoint connected, regardless of their number",
        url=_PRICING,
    )
    level = "remote_regions"
    ids = "service-region"

    remote_regions = make_count_column()

    def compute_charges(self) -> Charges:
        """Per remote Region."""
        return {EndpointService.REMOTE_HOURS: self.remote_regions * round_up_hours(self.hours)}
