"""Load balancers, and the public addresses of the internet-facing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import iterate_objects
from costmodel.network.reading.resource_types import cloudformation, terraform
from costmodel.network.reading.terraform.model import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json, JsonObject
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource


def adjust_scheme(attributes: dict[str, Json], properties: JsonObject) -> None:
    """Set ``internal`` by the property Scheme of CloudFormation."""
    if "Scheme" in properties:
        attributes["internal"] = _compare_word(properties["Scheme"], "internal")


def _compare_word(value: Json, word: str) -> Json:
    """Return whether a value is a word; a value that the template does not determine stays as it is."""
    return str(value).lower() == word if isinstance(value, str | bool) else value


def adjust_balancer(attributes: dict[str, Json], properties: JsonObject) -> None:
    """Set the attributes that decide a load balancer's price from CloudFormation's list of attributes."""
    adjust_scheme(attributes, properties)
    for attribute in iterate_objects(properties.get("LoadBalancerAttributes")):
        if attribute.get("Key") == "load_balancing.cross_zone.enabled":
            attributes["enable_cross_zone_load_balancing"] = _compare_word(attribute.get("Value"), "true")
    capacity = properties.get("MinimumLoadBalancerCapacity")
    if isinstance(capacity, dict):
        attributes["minimum_load_balancer_capacity"] = [{"capacity_units": capacity.get("CapacityUnits")}]


@cloudformation(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    reads_as="aws_lb",
    renamed={"type": "load_balancer_type", "subnet_mappings": "subnet_mapping"},
    adjust=adjust_balancer,
)
@terraform(
    "aws_lb",
    "aws_alb",
    kinds=("ApplicationLoadBalancer", "NetworkLoadBalancer", "GatewayLoadBalancer", "PublicIpv4"),
)
def read_load_balancer(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a load balancer: billed by hour and capacity unit, a gateway one by zone; public ones have addresses."""
    type_ = resource.get_text("load_balancer_type") or "application"
    mapped = len(resource.get_list("subnet_mapping"))
    zones = model.count_resource_zones(resource, "subnets") or mapped or None
    if type_ == "gateway":
        entry: Entry = {"kind": "GatewayLoadBalancer"}
        model.set_or_unknown(resource, entry, "zones", zones, "subnets", model.bound_zones(resource))
        yield entry
        return
    if model.plan.is_unknown(resource, "load_balancer_type"):
        model.mark_unpriced(resource, f"its type (load_balancer_type) {model.explain_unknown(resource)}")
        return
    if type_ == "network":
        yield _build_network_balancer(model, resource, zones)
    else:
        yield _add_reserved_capacity(model, resource, {"kind": "ApplicationLoadBalancer"})
    if resource.get_text("ip_address_type") != "dualstack-without-public-ipv4":
        yield from _iterate_balancer_ips(model, resource, zones)


def _iterate_balancer_ips(model: PlanModel, resource: PlannedResource, zones: int | None) -> Iterator[Entry]:
    """Yield the public addresses of a load balancer: one for each zone, without the Elastic IP addresses it maps."""
    is_unknown = model.plan.is_unknown(resource, "internal")
    if resource.values.get("internal") and not is_unknown:
        return
    addresses: Entry = {"kind": "PublicIpv4"}
    number = None
    if zones is not None and not is_unknown:
        number = max(zones - model.count_mapped_ips(resource), 0)
    bounds = _bound_addresses(model, resource, zones, is_unknown=is_unknown)
    model.set_or_unknown(resource, addresses, "count", number, "public addresses", bounds)
    if number != 0:
        yield addresses


def _bound_addresses(model: PlanModel, resource: PlannedResource, zones: int | None, *, is_unknown: bool) -> Bounds:
    """Return the bounds of a load balancer's public addresses: one for each zone at most, none if it is internal."""
    bounds = model.bound_zones(resource, 0)
    return bounds if zones is None or not is_unknown else Bounds(0, zones)


def _build_network_balancer(model: PlanModel, resource: PlannedResource, zones: int | None) -> Entry:
    """Return the entry of a Network Load Balancer; its GB across zones are unknown where it balances across zones."""
    entry = _add_reserved_capacity(model, resource, {"kind": "NetworkLoadBalancer"})
    attribute = "enable_cross_zone_load_balancing"
    if (resource.values.get(attribute) or model.plan.is_unknown(resource, attribute)) and zones != 1:
        text = "it balances across zones: how many GB go to targets of other zones is not known"
        model.mark_unknown(resource, entry, "gb_cross_zone", text)
    return entry


def _add_reserved_capacity(model: PlanModel, resource: PlannedResource, entry: Entry) -> Entry:
    """Return a load balancer's entry with the capacity units that are reserved for it."""
    blocks = model.get_blocks(resource, "minimum_load_balancer_capacity")
    units = next((block.get("capacity_units") for block in iterate_objects(blocks)), None)
    if isinstance(units, int | float | str) and str(units).isdigit():
        entry["reserved_lcus"] = int(units)
    elif blocks:
        model.set_or_unknown(resource, entry, "reserved_lcus", None, "reserved capacity units")
    return entry


@cloudformation("AWS::ElasticLoadBalancing::LoadBalancer", reads_as="aws_elb", adjust=adjust_scheme)
@terraform("aws_elb", kinds=("ClassicLoadBalancer", "PublicIpv4"))
def read_classic_balancer(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a Classic Load Balancer, with a public address for each zone where it is internet-facing."""
    yield {"kind": "ClassicLoadBalancer"}
    is_unknown = model.plan.is_unknown(resource, "internal")
    if resource.values.get("internal") and not is_unknown:
        return
    listed = len(resource.get_list("availability_zones"))
    zones = model.count_resource_zones(resource, "subnets") or listed or None
    addresses: Entry = {"kind": "PublicIpv4"}
    bounds = _bound_addresses(model, resource, zones, is_unknown=is_unknown)
    model.set_or_unknown(resource, addresses, "count", None if is_unknown else zones, "public addresses", bounds)
    yield addresses
