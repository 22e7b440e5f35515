"""Network and Gateway Load Balancers, and their capacity units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.aws.resource import Charges, Resource, make_count_column, make_gb_column, make_number_column
from costmodel.aws.services import ELB
from costmodel.aws.transfer_meters import CROSS_ZONE
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

if TYPE_CHECKING:
    from costmodel.core.arrays import FloatArray

_PRICING = "https://aws.amazon.com/elasticloadbalancing/pricing/"


class CapacityUnit(NamedTuple):
    """What one load balancer capacity unit (LCU) covers, by the pricing page."""

    new_connections_per_second: int
    active_connections: int
    gb_per_hour: int

    def compute_unit_hours(
        self, new_connections: FloatArray, active_connections: FloatArray, gb: FloatArray, hours: FloatArray
    ) -> FloatArray:
        """Return the LCU-hours of one protocol: those of its largest dimension, averaged over the hours.

        Args:
            new_connections: new connections or flows a second.
            active_connections: active connections or flows at a time.
            gb: GB processed in the billing month.
            hours: hours of the billing month.

        Returns:
            An array of the arguments' shape; parts of a unit count.
        """
        connections: FloatArray = np.maximum(
            new_connections * hours / self.new_connections_per_second,
            active_connections * hours / self.active_connections,
        )
        unit_hours: FloatArray = np.maximum(connections, gb / self.gb_per_hour)
        return unit_hours


TCP_UNIT = CapacityUnit(800, 100_000, 1)
UDP_UNIT = CapacityUnit(400, 50_000, 1)
TLS_UNIT = CapacityUnit(50, 3_000, 1)
GATEWAY_UNIT = CapacityUnit(600, 60_000, 1)


class NetworkLoadBalancer(Resource):
    """A Network Load Balancer: hours, and per protocol the capacity units of its largest dimension.

    ``reserved_lcus`` are its reserved capacity; units above them are charged as used. ``gb_cross_zone`` is what it
    sends to targets of other zones and gets from them.
    """

    HOURS = Meter(
        "nlb_hour",
        "Network Load Balancer hours",
        ELB,
        "LoadBalancerUsage",
        "Hours",
        rule="each hour or part of an hour",
        url=_PRICING,
        operation="LoadBalancing:Network",
    )
    UNITS = Meter(
        "nlb_lcu_hour",
        "Network Load Balancer capacity units",
        ELB,
        "LCUUsage",
        "LCU-Hours",
        rule="per protocol the largest of new connections, active connections and GB an hour; protocols add up",
        url=_PRICING,
        operation="LoadBalancing:Network",
    )

    RESERVED = Meter(
        "nlb_reserved_lcu_hour",
        "Network Load Balancer capacity units, reserved",
        ELB,
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

    def compute_charges(self) -> Charges:
        """The sum over protocols of the maximum over dimensions."""
        hours = round_up_hours(self.hours)
        tcp = TCP_UNIT.compute_unit_hours(
            self.tcp_new_connections_per_second, self.tcp_active_connections, self.tcp_gb_processed, hours
        )
        udp = UDP_UNIT.compute_unit_hours(
            self.udp_new_connections_per_second, self.udp_active_connections, self.udp_gb_processed, hours
        )
        tls = TLS_UNIT.compute_unit_hours(
            self.tls_new_connections_per_second, self.tls_active_connections, self.tls_gb_processed, hours
        )
        return _compute_network_charges(self, hours, tcp + udp + tls)


def _compute_network_charges(
    balancer: NetworkLoadBalancer | NetworkLoadBalancerUnits, hours: FloatArray, unit_hours: FloatArray
) -> Charges:
    """Return hours, LCU-hours above those reserved, those reserved, and both sides of what crosses zones."""
    reserved = balancer.reserved_lcus * hours
    return {
        NetworkLoadBalancer.HOURS: hours,
        NetworkLoadBalancer.UNITS: np.maximum(unit_hours - reserved, 0 * unit_hours),
        NetworkLoadBalancer.RESERVED: reserved,
        CROSS_ZONE: 2 * balancer.gb_cross_zone,
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

    def compute_charges(self) -> Charges:
        """Units an hour times hours."""
        hours = round_up_hours(self.hours)
        return _compute_network_charges(self, hours, self.lcus * hours)


class GatewayLoadBalancer(Resource):
    """A Gateway Load Balancer in ``zones`` zones."""

    HOURS = Meter(
        "gwlb_hour",
        "Gateway Load Balancer hours, per Availability Zone",
        ELB,
        "LoadBalancerUsage",
        "Hours",
        rule="each hour in each Availability Zone",
        url=_PRICING,
        operation="LoadBalancing:Gateway",
    )
    UNITS = Meter(
        "gwlb_lcu_hour",
        "Gateway Load Balancer capacity units",
        ELB,
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

    def compute_charges(self) -> Charges:
        """Hours per zone, and the maximum over dimensions."""
        hours = round_up_hours(self.hours)
        units = GATEWAY_UNIT.compute_unit_hours(
            self.new_connections_per_second, self.active_connections, self.gb_processed, hours
        )
        return {GatewayLoadBalancer.HOURS: self.zones * hours, GatewayLoadBalancer.UNITS: units}


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

    def compute_charges(self) -> Charges:
        """Hours per zone, units an hour times hours."""
        hours = round_up_hours(self.hours)
        return {GatewayLoadBalancer.HOURS: self.zones * hours, GatewayLoadBalancer.UNITS: self.lcus * hours}
