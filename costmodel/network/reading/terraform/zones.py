"""Between which numbers the zones of a resource lie, where a plan does not list its subnets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from costmodel.network.reading.terraform.model import Bounds
from costmodel.network.reading.terraform.vpcs import Vpcs
from costmodel.pricing.reading.regions import load_zone_counts

if TYPE_CHECKING:
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.plan import PlannedResource

ASSUMPTION = "zones-unknown=vpc"
"""The assumption under which a resource is in no more zones than the subnets of its VPC."""
_VPCS: WeakKeyDictionary[PlanModel, Vpcs] = WeakKeyDictionary()


def bound_zones(model: PlanModel, resource: PlannedResource, least: int = 1) -> Bounds:
    """Return the bounds of a resource's zones: at most those of its VPC's subnets, or those of its Region.

    A resource has at most one network interface in each zone.

    Args:
        model: the plan.
        resource: the resource.
        least: the least number of zones that it can be in.
    """
    if model not in _VPCS:
        _VPCS[model] = Vpcs(model)
    vpc = _VPCS[model].find_vpc(resource)
    number = _VPCS[model].count_subnet_zones(vpc) if vpc else 0
    if number >= max(least, 1):
        return Bounds(least, number, ASSUMPTION)
    region = load_zone_counts().get(model.get_region(resource) or "")
    return Bounds(least, max(region, least) if region else None, ASSUMPTION)
