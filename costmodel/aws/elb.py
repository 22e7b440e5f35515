"""Network and Gateway Load Balancers, and their capacity units."""

from __future__ import annotations

from typing import Any

import numpy as np

from costmodel.aws.resource import Resource, make_count_column, make_gb_column, make_number_column
from costmodel.aws.transfer import CROSS_ZONE
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/elasticloadbalancing/pricing/"

# What one capacity unit holds: (new connections or flows a second, active ones, GB an hour), by the pricing page.
TCP_UNIT = (800, 100_000, 1)
UDP_UNIT = (400, 50_000, 1)
TLS_UNIT = (50, 3_000, 1)
GATEWAY_UNIT = (600, 60_000, 1)


def _compute_unit_hours(unit: tuple[int, int, int], new: Any, active: Any, gb: Any, hours: Any) -> Any:
    """LCU-hours of one protocol: the dimension that asks for most, averaged over the hours; fractions count."""
    return np.maximum(np.maximum(new * hours / unit[0], active * hours / unit[1]), gb / unit[2])


class NetworkLoadBalancer(Resource):
    """A Network Load Balancer: hours, and per protocol the capacity units of its largest dimension.

    ``reserved_lcus`` are its reserved capacity; units above them are charged as used. ``gb_cross_zone`` is what it
    sends to targets of other zones and gets from them.
    """

    HOURS = Meter(
        "nlb_hour",
        "Network Load Balancer hours",
        "AWSELB",
        "LoadBalancerUsage",
        "Hours",
        rule="each hour or part of one",
        url=_PRICING,
        operation="LoadBalancing:Network",
    )
    UNITS = Meter(
        "nlb_lcu_hour",
        "Network Load Balancer capacity units",
        "AWSELB",
        "LCUUsage",
        "LCU-Hours",
        rule="per protocol the largest of new connections, active connections and GB an hour; protocols add up",
        url=_PRICING,
        operation="LoadBalancing:Network",
    )

    RESERVED = Meter(
        "nlb_reserved_lcu_hour",
        "Network Load Balancer capacity units, reserved",
        "AWSELB",
        "ReservedLCUUsage",
        "LCU-Hours",
        rule="each hour of each unit that is reserved, used or not, until the reservation is removed",
        url="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/capacity-unit-reservation.html",
        operation="LoadBalancing:Network",
    )
    CROSSING = CROSS_ZONE

    tcp_new_connections_per_second = make_number_column("protocols", "tcp", "new_connections_per_second")
    tcp_active_connections = make_number_column("protocols", "tcp", "active_connections")
    tcp_gb_processed = make_gb_column("protocols", "tcp", "gb_processed")
    udp_new_connections_per_second = make_number_column("protocols", "udp", "new_connections_per_second")
    udp_active_connections = make_number_column("protocols", "udp", "active_connections")
    udp_gb_processed = make_gb_column("protocols", "udp", "gb_processed")
    tls_new_connections_per_second = make_number_column("protocols", "tls", "new_connections_per_second")
    tls_active_connections = make_number_column("protocols", "tls", "active_connections")
    tls_gb_processed = make_gb_column("protocols", "tls", "gb_processed")
    reserved_lcus = make_number_column()
    gb_cross_zone = make_gb_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """The sum over protocols of the maximum over dimensions."""
        h = round_up_hours(r.hours)
        tcp = _compute_unit_hours(
            TCP_UNIT, r.tcp_new_connections_per_second, r.tcp_active_connections, r.tcp_gb_processed, h
        )
        udp = _compute_unit_hours(
            UDP_UNIT, r.udp_new_connections_per_second, r.udp_active_connections, r.udp_gb_processed, h
        )
        tls = _compute_unit_hours(
            TLS_UNIT, r.tls_new_connections_per_second, r.tls_active_connections, r.tls_gb_processed, h
        )
        return _compute_network_charges(r, h, tcp + udp + tls)


def _compute_network_charges(r: Any, h: Any, units: Any) -> dict[Meter, Any]:
    """Hours, units above those reserved, those reserved, and both sides of what crosses zones."""
    reserved = r.reserved_lcus * h
    return {
        NetworkLoadBalancer.HOURS: h,
        NetworkLoadBalancer.UNITS: np.maximum(units - reserved, 0 * units),
        NetworkLoadBalancer.RESERVED: reserved,
        CROSS_ZONE: 2 * r.gb_cross_zone,
    }


class NetworkLoadBalancerUnits(Resource):
    """A Network Load Balancer whose average capacity units an hour are known."""

    HOURS = NetworkLoadBalancer.HOURS
    UNITS = NetworkLoadBalancer.UNITS
    RESERVED = NetworkLoadBalancer.RESERVED
    CROSSING = CROSS_ZONE
    kind = "NetworkLoadBalancer"
    given = "lcus"

    lcus = make_number_column()
    reserved_lcus = make_number_column()
    gb_cross_zone = make_gb_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Units an hour times hours."""
        h = round_up_hours(r.hours)
        return _compute_network_charges(r, h, r.lcus * h)


class GatewayLoadBalancer(Resource):
    """A Gateway Load Balancer in ``zones`` zones."""

    HOURS = Meter(
        "gwlb_hour",
        "Gateway Load Balancer hours, per Availability Zone",
        "AWSELB",
        "LoadBalancerUsage",
        "Hours",
        rule="each hour in each Availability Zone",
        url=_PRICING,
        operation="LoadBalancing:Gateway",
    )
    UNITS = Meter(
        "gwlb_lcu_hour",
        "Gateway Load Balancer capacity units",
        "AWSELB",
        "LCUUsage",
        "LCU-Hours",
        rule="the largest of new flows, active flows and GB an hour",
        url=_PRICING,
        operation="LoadBalancing:Gateway",
    )
    level = "zones"
    assumes = {"gwlb-hours=balancer": lambda r: {"zones": 0 * r.zones + 1}}

    zones = make_count_column()
    new_connections_per_second = make_number_column()
    active_connections = make_number_column()
    gb_processed = make_gb_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Hours per zone, and the maximum over dimensions."""
        h = round_up_hours(r.hours)
        units = _compute_unit_hours(GATEWAY_UNIT, r.new_connections_per_second, r.active_connections, r.gb_processed, h)
        return {GatewayLoadBalancer.HOURS: r.zones * h, GatewayLoadBalancer.UNITS: units}


class GatewayLoadBalancerUnits(Resource):
    """A Gateway Load Balancer whose average capacity units an hour are known."""

    HOURS = GatewayLoadBalancer.HOURS
    UNITS = GatewayLoadBalancer.UNITS
    kind = "GatewayLoadBalancer"
    given = "lcus"
    level = "zones"
    assumes = GatewayLoadBalancer.assumes

    zones = make_count_column()
    lcus = make_number_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Hours per zone, units an hour times hours."""
        h = round_up_hours(r.hours)
        return {GatewayLoadBalancer.HOURS: r.zones * h, GatewayLoadBalancer.UNITS: r.lcus * h}
