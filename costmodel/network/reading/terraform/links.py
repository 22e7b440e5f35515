"""Which resources of a plan belong together: subnets of endpoints, Elastic IP addresses of NAT gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.terraform.model import Links
from costmodel.network.reading.terraform.vpcs import Vpcs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from costmodel.network.reading.json_shapes import Json
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

_ZONAL_BLOCKS = ("availability_zone_address", "regional_nat_gateway_address")
_ALLOCATIONS = ("secondary_allocation_ids", *_ZONAL_BLOCKS)
_PROVISIONAL_NOTE = "its address is assumed to be one of its module, or passed to it, that nothing else uses"


def link_resources(model: PlanModel) -> Links:
    """Return which resources of a plan belong together; an association with an unknown endpoint is left out."""
    nat_ips, instances_with_ip = link_elastic_ips(model)
    return Links(
        endpoint_subnets=link_subnets(model),
        nat_ips=nat_ips,
        instances_with_ip=instances_with_ip,
        ips_of_nat={address for addresses in nat_ips.values() for address in addresses},
        count_vpc_zones=_make_zone_counter(model),
    )


def link_subnets(model: PlanModel) -> dict[str, list[Json]]:
    """Return the subnets (None: not known yet) that associations add, by endpoint."""
    subnets: dict[str, list[Json]] = {}
    endpoints = _index_by_id(model.plan.get_resources("aws_vpc_endpoint"))
    for association in model.plan.get_resources("aws_vpc_endpoint_subnet_association"):
        endpoint = endpoints.get(association.get_text("vpc_endpoint_id")) or model.resolve_reference(
            association, "vpc_endpoint_id", "aws_vpc_endpoint"
        )
        if endpoint is None:
            why = "it adds a zone to an endpoint that the plan does not name; price that endpoint with its own plan"
            model.mark_unpriced(association, why)
            continue
        subnets.setdefault(endpoint.address, []).append(association.values.get("subnet_id"))
    return subnets


def link_elastic_ips(model: PlanModel) -> tuple[dict[str, set[str]], set[str]]:
    """Return the Elastic IP addresses of each public NAT gateway, and the instances that have one.

    A plan does not resolve a local value. A NAT gateway whose address is one is assigned an address that nothing else
    uses: one that its module was passed, or one in its module.
    """
    elastic_ips = model.plan.get_resources("aws_eip")
    used, instances = _find_attached_ips(model, elastic_ips)
    by_allocation = {id_: eip.address for id_, eip in _index_by_id(elastic_ips).items()}
    nat_ips: dict[str, set[str]] = {}
    unresolved: list[tuple[PlannedResource, int]] = []
    for nat in model.plan.get_resources("aws_nat_gateway"):
        if (nat.get_text("connectivity_type") or "public") != "public":
            continue
        nat_ips[nat.address], missing = _find_nat_ips(model, nat, by_allocation)
        if missing:
            unresolved.append((nat, missing))
    used.update(address for addresses in nat_ips.values() for address in addresses)
    for nat, number in unresolved:
        free = _find_free_ips(model, nat, elastic_ips, used)[:number]
        if free:
            used.update(free)
            nat_ips[nat.address] = nat_ips[nat.address] - {nat.address} | set(free)
            model.add_note(nat, _PROVISIONAL_NOTE)
    return nat_ips, instances


def _find_nat_ips(model: PlanModel, nat: PlannedResource, by_allocation: dict[str, str]) -> tuple[set[str], int]:
    """Return the Elastic IP addresses of a NAT gateway, and how many more it has that the plan does not resolve.

    The address of a zonal NAT gateway that is not resolved is represented by the gateway's own address.
    """
    allocation = nat.get_text("allocation_id")
    resolved = model.resolve_reference(nat, "allocation_id", "aws_eip")
    primary = by_allocation.get(allocation) or (resolved.address if resolved else None) or allocation
    is_zonal = nat.get_text("availability_mode") != "regional"
    addresses = {primary or nat.address} if is_zonal else set()
    for attribute in _ALLOCATIONS:
        known = list(_iterate_allocations(nat.values.get(attribute)))
        addresses.update(by_allocation.get(id_, id_) for id_ in known)
        referenced = model.resolve_references(nat, attribute, "aws_eip")
        addresses.update(eip.address for eip in referenced if eip.values.get("id") not in known)
    if is_zonal:
        return addresses, 0 if primary else 1
    return addresses, 0 if addresses else len(model.get_blocks(nat, *_ZONAL_BLOCKS))


def _find_free_ips(
    model: PlanModel, nat: PlannedResource, elastic_ips: list[PlannedResource], used: set[str]
) -> list[str]:
    """Return the unused Elastic IP addresses near a NAT gateway: passed to its module, then in its module."""
    passed = model.resolve_module_arguments(nat, "aws_eip")
    in_module = [eip for eip in elastic_ips if eip.module == nat.module]
    return [eip.address for eip in (*passed, *in_module) if eip.address not in used]


def _find_attached_ips(model: PlanModel, elastic_ips: list[PlannedResource]) -> tuple[set[str], set[str]]:
    """Return the Elastic IP addresses that are attached to something, and the instances that one is attached to."""
    used = {
        eip.address
        for eip in elastic_ips
        for attribute in ("instance", "network_interface")
        if eip.values.get(attribute) or model.plan.is_unknown(eip, attribute)
    }
    instances = {
        instance.address
        for eip in elastic_ips
        for instance in model.follow_attribute(eip, "instance").filter_by_type("aws_instance")
    }
    for association in model.plan.get_resources("aws_eip_association", "aws_nat_gateway_eip_association"):
        attached = model.follow_attribute(association, "allocation_id").filter_by_type("aws_eip")
        used.update(eip.address for eip in attached)
        holders = model.follow_attribute(association, "instance_id").filter_by_type("aws_instance")
        instances.update(instance.address for instance in holders)
    return used, instances


def _make_zone_counter(model: PlanModel) -> Callable[[PlannedResource], int]:
    """Return what counts the zones of the subnets of a resource's VPC; 0 where the plan does not tell."""
    vpcs = Vpcs(model)

    def count_zones(resource: PlannedResource) -> int:
        vpc = vpcs.find_vpc(resource)
        return vpcs.count_subnet_zones(vpc) if vpc is not None else 0

    return count_zones


def _iterate_allocations(value: Json) -> Iterator[str]:
    """Iterate over the allocations in a list of them, or in a list of blocks that have some."""
    for part in value if isinstance(value, list) else ():
        if isinstance(part, dict):
            yield from _iterate_allocations(part.get("allocation_ids"))
        else:
            yield str(part)


def _index_by_id(resources: list[PlannedResource]) -> dict[str, PlannedResource]:
    """Return resources by their id, where it is known."""
    return {id_: resource for resource in resources if (id_ := resource.get_text("id"))}
