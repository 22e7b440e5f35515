"""The VPCs of a plan: which one a resource is in, and how many zones it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.terraform.model import SUBNETS, get_zone

if TYPE_CHECKING:
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

VPCS = ("aws_vpc", "aws_default_vpc")
_SUBNET_ATTRIBUTES = ("subnet_id", "subnet_ids", "subnets")


class Vpcs:
    """Finds the VPC of a resource and the number of zones of a VPC.

    Attributes:
        planned: the VPCs in the plan.
    """

    def __init__(self, model: PlanModel) -> None:
        self.model = model
        self.planned = model.plan.get_resources(*VPCS)
        self._subnets = model.plan.get_resources(*SUBNETS)
        self._address_by_id = {id_: vpc.address for vpc in self.planned if (id_ := vpc.get_text("id"))}
        self._subnet_by_id = {id_: subnet for subnet in self._subnets if (id_ := subnet.get_text("id"))}
        self._by_module: dict[str, list[PlannedResource]] = {}
        for vpc in self.planned:
            self._by_module.setdefault(vpc.module, []).append(vpc)
        self._vpc_by_resource: dict[str, str | None] = {}
        self._zone_counts: dict[str, int] | None = None

    def find_vpc(self, resource: PlannedResource) -> str | None:
        """Return the address of a resource's VPC, or its id where the VPC is not in the plan; None if not known."""
        if resource.address not in self._vpc_by_resource:
            self._vpc_by_resource[resource.address] = self._resolve_vpc(resource)
        return self._vpc_by_resource[resource.address]

    def get_address(self, id_: str) -> str:
        """Return the address of the VPC that has an id; the id where the VPC is not in the plan."""
        return self._address_by_id.get(id_, id_)

    def count_subnet_zones(self, vpc: str) -> int:
        """Return how many zones the subnets of a VPC are in; 0 where the plan does not tell."""
        if self._zone_counts is None:
            self._zone_counts = self._count_all_zones()
        return self._zone_counts.get(vpc, 0)

    def _resolve_vpc(self, resource: PlannedResource) -> str | None:
        """Return the VPC of a resource: by its own attribute, by its subnets, or the only one near it."""
        known = resource.get_text("vpc_id")
        if known:
            return self.get_address(known)
        referenced = self._follow_vpc(resource)
        if referenced is not None:
            return referenced
        subnet = self._find_first_subnet(resource)
        return self._find_only_vpc(resource) if subnet is None else self.find_vpc(subnet)

    def _follow_vpc(self, resource: PlannedResource) -> str | None:
        """Return the VPC that the expression behind ``vpc_id`` leads to."""
        targets = self.model.follow_attribute(resource, "vpc_id")
        found = targets.filter_by_type(*VPCS)
        if len(found) > 1:
            found = [vpc for vpc in found if vpc.index == resource.index] or found
        if found:
            return found[0].address
        ids = [value for value in targets.values if isinstance(value, str) and value.startswith("vpc-")]
        return self.get_address(ids[0]) if ids else None

    def _find_first_subnet(self, resource: PlannedResource) -> PlannedResource | None:
        """Return the first subnet of the plan that a resource is in."""
        if resource.type in SUBNETS:
            return None
        for attribute in _SUBNET_ATTRIBUTES:
            subnets = self._find_subnets(resource, attribute)
            if subnets:
                return subnets[0]
        return None

    def _find_subnets(self, resource: PlannedResource, attribute: str) -> list[PlannedResource]:
        """Return the subnets of the plan that an attribute names by id, or leads to."""
        value = resource.values.get(attribute)
        ids = value if isinstance(value, list) else [value]
        known = [self._subnet_by_id[id_] for id_ in ids if isinstance(id_, str) and id_ in self._subnet_by_id]
        return known or self.model.follow_attribute(resource, attribute).filter_by_type(*SUBNETS)

    def _find_only_vpc(self, resource: PlannedResource) -> str | None:
        """Return the only VPC in a resource's module, or the only one in the plan."""
        for vpcs in (self._by_module.get(resource.module, []), self.planned):
            if len(vpcs) == 1:
                return vpcs[0].address
        return None

    def _count_all_zones(self) -> dict[str, int]:
        """Return the number of zones by VPC.

        Subnets whose zones are not known yet are taken to be in a zone each, if they are instances of one resource.
        """
        zones: dict[str, set[str]] = {}
        instances: dict[tuple[str, str, str], int] = {}
        for subnet in self._subnets:
            vpc = self.find_vpc(subnet)
            if vpc is None:
                continue
            zone = get_zone(subnet)
            if zone:
                zones.setdefault(vpc, set()).add(zone)
            else:
                key = (vpc, subnet.module, subnet.name)
                instances[key] = instances.get(key, 0) + 1
        counts = {vpc: len(known) for vpc, known in zones.items()}
        for (vpc, _, _), number in instances.items():
            counts[vpc] = max(counts.get(vpc, 0), number)
        return counts
