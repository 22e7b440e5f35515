"""What a VPC is billed for beside its traffic: addresses managed, traffic mirrored, paths analyzed, access verified."""

from __future__ import annotations

from costmodel.aws.resource import Charges, Resource, make_choice_column, make_count_column, make_gb_column
from costmodel.aws.services import VPC
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_VPC = "https://aws.amazon.com/vpc/pricing/"
_VERIFIED_ACCESS = "https://aws.amazon.com/verified-access/pricing/"


def _make_meter(name: str, title: str, usage_type: str | None, unit: str, rule: str, url: str = _VPC) -> Meter:
    return Meter(name, title, VPC, usage_type, unit, rule=rule, url=url)


class Ipam(Resource):
    """IP Address Manager in its advanced tier, with ``active_ips`` addresses in use."""

    HOURS = _make_meter(
        "ipam_active_ip_hour",
        "IPAM active IP address hours",
        "IPAddressManager-IP-Hours",
        "Hours",
        "each hour of each address that is in use, in the advanced tier",
    )

    active_ips = make_count_column()

    def compute_charges(self) -> Charges:
        """Hours per address."""
        return {Ipam.HOURS: self.active_ips * round_up_hours(self.hours)}


class TrafficMirrorSession(Resource):
    """A network interface whose traffic is mirrored."""

    HOURS = _make_meter(
        "traffic_mirroring_eni_hour",
        "Traffic mirroring hours, per network interface",
        "ENI-Mirror",
        "Hours",
        "each hour of each network interface that is mirrored",
    )

    def compute_charges(self) -> Charges:
        """Hours only."""
        return {TrafficMirrorSession.HOURS: round_up_hours(self.hours)}


class ReachabilityAnalyzer(Resource):
    """Reachability Analyzer, with ``analyses`` a month."""

    ANALYSES = _make_meter(
        "reachability_analysis", "Reachability Analyzer analyses", None, "Analyses", "each analysis that is run"
    )

    analyses = make_count_column()

    def compute_charges(self) -> Charges:
        """One charge an analysis."""
        return {ReachabilityAnalyzer.ANALYSES: 1 * self.analyses}


class NetworkAccessAnalyzer(Resource):
    """Network Access Analyzer; ``interfaces_assessed`` are those of all assessments of a month together."""

    ASSESSED = _make_meter(
        "network_access_analyzer_eni",
        "Network Access Analyzer assessments, per network interface",
        None,
        "Assessments",
        "each network interface of each assessment",
    )

    interfaces_assessed = make_count_column()

    def compute_charges(self) -> Charges:
        """One charge an interface and assessment."""
        return {NetworkAccessAnalyzer.ASSESSED: 1 * self.interfaces_assessed}


class VpcEncryptionControl(Resource):
    """Encryption controls of one VPC."""

    HOURS = _make_meter(
        "vpc_encryption_control_hour",
        "VPC encryption control hours",
        "VpcEncryptionControl-Hours",
        "Hours",
        "each hour of each VPC with encryption controls",
    )

    def compute_charges(self) -> Charges:
        """Hours only."""
        return {VpcEncryptionControl.HOURS: round_up_hours(self.hours)}


class RouteServerEndpoint(Resource):
    """An endpoint of a VPC Route Server."""

    HOURS = _make_meter(
        "vpc_route_server_endpoint_hour",
        "Route Server endpoint hours",
        None,
        "Hours",
        "each hour of each endpoint",
    )

    def compute_charges(self) -> Charges:
        """Hours only."""
        return {RouteServerEndpoint.HOURS: round_up_hours(self.hours)}


class VerifiedAccessEndpoint(Resource):
    """An application behind Verified Access.

    AWS lowers the price above a number of application hours, which the price list that was read does not say: at which
    of the two prices an application is, ``tier`` says.
    """

    FIRST = _make_meter(
        "verified_access_application_hour_tier1",
        "Verified Access application hours",
        None,
        "Hours",
        "each hour of each application, in the first tier",
        _VERIFIED_ACCESS,
    )
    SECOND = _make_meter(
        "verified_access_application_hour_tier2",
        "Verified Access application hours, second tier",
        None,
        "Hours",
        "each hour of each application, in the second tier",
        _VERIFIED_ACCESS,
    )
    BYTES = _make_meter(
        "verified_access_gb",
        "Verified Access data processing",
        None,
        "GB",
        "each GB through an endpoint",
        _VERIFIED_ACCESS,
    )

    tier = make_choice_column("first", "second", default="first")
    gb_processed = make_gb_column()

    def compute_charges(self) -> Charges:
        """The hours of one tier, and GB."""
        hours = round_up_hours(self.hours)
        second = self.tier.match_word("second")
        return {
            VerifiedAccessEndpoint.FIRST: hours * ~second,
            VerifiedAccessEndpoint.SECOND: hours * second,
            VerifiedAccessEndpoint.BYTES: self.gb_processed,
        }


class TransitGatewayMulticast(Resource):
    """Multicast over a Transit Gateway; ``gb_received`` is what all receivers get, together."""

    BYTES = Meter(
        "tgw_multicast_gb",
        "Transit Gateway multicast data processing",
        VPC,
        "TGW-Multicast-Consumer-Bytes",
        "GB",
        rule="each GB to each receiver of a multicast group",
        url="https://aws.amazon.com/transit-gateway/pricing/",
    )

    gb_received = make_gb_column()

    def compute_charges(self) -> Charges:
        """Each receiver's GB."""
        return {TransitGatewayMulticast.BYTES: self.gb_received}


class TunnelEndpoint(Resource):
    """A tunnel endpoint of PrivateLink; the price of its GB is not held."""

    HOURS = _make_meter(
        "privatelink_tunnel_endpoint_hour",
        "PrivateLink tunnel endpoint hours",
        None,
        "Hours",
        "each hour an endpoint is provisioned",
        "https://aws.amazon.com/privatelink/pricing/",
    )
    BYTES = _make_meter(
        "privatelink_tunnel_endpoint_gb",
        "PrivateLink tunnel endpoint data processing",
        None,
        "GB",
        "each GB through an endpoint",
        "https://aws.amazon.com/privatelink/pricing/",
    )

    gb_processed = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours and GB."""
        return {TunnelEndpoint.HOURS: round_up_hours(self.hours), TunnelEndpoint.BYTES: self.gb_processed}
