"""Application and Classic Load Balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.aws.elb import CapacityUnit
from costmodel.aws.resource import Charges, Resource, make_count_column, make_gb_column, make_number_column
from costmodel.aws.services import ELB
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

if TYPE_CHECKING:
    from costmodel.core.arrays import FloatArray

_PRICING = "https://aws.amazon.com/elasticloadbalancing/pricing/"
_RESERVED = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/capacity-unit-reservation.html"

APPLICATION_UNIT = CapacityUnit(25, 3_000, 1)
RULE_EVALUATIONS_PER_SECOND = 1_000
"""The fourth dimension of an Application Load Balancer's capacity unit."""


def _make_meter(name: str, title: str, usage_type: str, unit: str, rule: str, url: str = _PRICING) -> Meter:
    operation = "LoadBalancing" if name.startswith("clb") else "LoadBalancing:Application"
    return Meter(name, title, ELB, usage_type, unit, rule=rule, url=url, operation=operation)


class ApplicationLoadBalancer(Resource):
    """An Application Load Balancer: hours, and the capacity units of its largest dimension.

    Of ``rule_evaluations_per_second`` each request's first ten rules do not count. ``reserved_lcus`` are reserved
    capacity; units above them are charged as used. ``trust_stores`` are those of mutual TLS.
    """

    HOURS = _make_meter(
        "alb_hour", "Application Load Balancer hours", "LoadBalancerUsage", "Hours", "each hour or part of an hour"
    )
    UNITS = _make_meter(
        "alb_lcu_hour",
        "Application Load Balancer capacity units",
        "LCUUsage",
        "LCU-Hours",
        "the largest of new connections, active connections, GB an hour and rule evaluations, above what is reserved",
    )
    RESERVED = _make_meter(
        "alb_reserved_lcu_hour",
        "Application Load Balancer capacity units, reserved",
        "ReservedLCUUsage",
        "LCU-Hours",
        "each hour of each unit that is reserved, used or not, until the reservation is removed",
        _RESERVED,
    )
    TRUST_STORES = _make_meter(
        "alb_trust_store_hour",
        "Application Load Balancer trust store hours",
        "TS-LoadBalancerUsage",
        "Hours",
        "each hour of each trust store of mutual TLS",
    )

    new_connections_per_second = make_number_column()
    active_connections = make_number_column()
    gb_processed = make_gb_column()
    rule_evaluations_per_second = make_number_column()
    reserved_lcus = make_number_column()
    trust_stores = make_count_column()

    def compute_charges(self) -> Charges:
        """The maximum over dimensions, less what is reserved."""
        hours = round_up_hours(self.hours)
        traffic = APPLICATION_UNIT.compute_unit_hours(
            self.new_connections_per_second, self.active_connections, self.gb_processed, hours
        )
        rules = self.rule_evaluations_per_second * hours / RULE_EVALUATIONS_PER_SECOND
        return _compute_application_charges(self, hours, np.maximum(traffic, rules))


def _compute_application_charges(
    balancer: ApplicationLoadBalancer | ApplicationLoadBalancerUnits, hours: FloatArray, unit_hours: FloatArray
) -> Charges:
    """Return hours, LCU-hours above those reserved, those reserved, and the hours of trust stores."""
    reserved = balancer.reserved_lcus * hours
    return {
        ApplicationLoadBalancer.HOURS: hours,
        ApplicationLoadBalancer.UNITS: np.maximum(unit_hours - reserved, 0 * unit_hours),
        ApplicationLoadBalancer.RESERVED: reserved,
        ApplicationLoadBalancer.TRUST_STORES: balancer.trust_stores * hours,
    }


class ApplicationLoadBalancerUnits(Resource):
    """An Application Load Balancer whose average capacity units an hour are known."""

    HOURS = ApplicationLoadBalancer.HOURS
    UNITS = ApplicationLoadBalancer.UNITS
    RESERVED = ApplicationLoadBalancer.RESERVED
    TRUST_STORES = ApplicationLoadBalancer.TRUST_STORES
    kind = "ApplicationLoadBalancer"
    given = "lcus"

    lcus = make_number_column()
    reserved_lcus = make_number_column()
    trust_stores = make_count_column()

    def compute_charges(self) -> Charges:
        """Units an hour times hours, less what is reserved."""
        hours = round_up_hours(self.hours)
        return _compute_application_charges(self, hours, self.lcus * hours)


class ClassicLoadBalancer(Resource):
    """A Classic Load Balancer: hours and GB."""

    HOURS = _make_meter(
        "clb_hour", "Classic Load Balancer hours", "LoadBalancerUsage", "Hours", "each hour or part of an hour"
    )
    BYTES = _make_meter(
        "clb_gb", "Classic Load Balancer data processing", "DataProcessing-Bytes", "GB", "each GB through the balancer"
    )

    gb_processed = make_gb_column()

    def compute_charges(self) -> Charges:
        """Hours and GB."""
        return {ClassicLoadBalancer.HOURS: round_up_hours(self.hours), ClassicLoadBalancer.BYTES: self.gb_processed}
