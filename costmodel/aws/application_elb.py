"""Application and Classic Load Balancers."""

from __future__ import annotations

from typing import Any

import numpy as np

from costmodel.aws.resource import Resource, make_count_column, make_gb_column, make_number_column
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/elasticloadbalancing/pricing/"
_RESERVED = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/capacity-unit-reservation.html"

APPLICATION_UNIT = (25, 3_000, 1, 1_000)
"""What one unit holds: new connections a second, active ones, GB an hour, rule evaluations a second."""


def _make_meter(name: str, title: str, usage_type: str, unit: str, rule: str, url: str = _PRICING) -> Meter:
    operation = "LoadBalancing" if name.startswith("clb") else "LoadBalancing:Application"
    return Meter(name, title, "AWSELB", usage_type, unit, rule=rule, url=url, operation=operation)


class ApplicationLoadBalancer(Resource):
    """An Application Load Balancer: hours, and the capacity units of its largest dimension.

    Of ``rule_evaluations_per_second`` each request's first ten rules do not count. ``reserved_lcus`` are reserved
    capacity; units above them are charged as used. ``trust_stores`` are those of mutual TLS.
    """

    HOURS = _make_meter(
        "alb_hour", "Application Load Balancer hours", "LoadBalancerUsage", "Hours", "each hour or part of one"
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

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """The maximum over dimensions, less what is reserved."""
        h = round_up_hours(r.hours)
        new, active, gb, rules = APPLICATION_UNIT
        opened = np.maximum(r.new_connections_per_second * h / new, r.active_connections * h / active)
        units = np.maximum(np.maximum(opened, r.gb_processed / gb), r.rule_evaluations_per_second * h / rules)
        return _compute_charges(r, h, units)


def _compute_charges(r: Any, h: Any, units: Any) -> dict[Meter, Any]:
    reserved = r.reserved_lcus * h
    return {
        ApplicationLoadBalancer.HOURS: h,
        ApplicationLoadBalancer.UNITS: np.maximum(units - reserved, 0 * units),
        ApplicationLoadBalancer.RESERVED: reserved,
        ApplicationLoadBalancer.TRUST_STORES: r.trust_stores * h,
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

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Units an hour times hours, less what is reserved."""
        h = round_up_hours(r.hours)
        return _compute_charges(r, h, r.lcus * h)


class ClassicLoadBalancer(Resource):
    """A Classic Load Balancer: hours and GB."""

    HOURS = _make_meter(
        "clb_hour", "Classic Load Balancer hours", "LoadBalancerUsage", "Hours", "each hour or part of one"
    )
    BYTES = _make_meter(
        "clb_gb", "Classic Load Balancer data processing", "DataProcessing-Bytes", "GB", "each GB through the balancer"
    )

    gb_processed = make_gb_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Hours and GB."""
        return {ClassicLoadBalancer.HOURS: round_up_hours(r.hours), ClassicLoadBalancer.BYTES: r.gb_processed}
