"""What VPCs reach through another VPC, by what a plan routes: central NAT gateways, and endpoints of a hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from costmodel.aws.catalogue import load_catalogue
from costmodel.core.errors import InputError
from costmodel.network.reading.json_shapes import EMPTY, iterate_objects
from costmodel.network.reading.terraform.vpcs import VPCS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from costmodel.network.reading.json_shapes import Json, JsonObject
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource
    from costmodel.network.reading.terraform.vpcs import Vpcs

_EVERYWHERE = "0.0.0.0/0"
_ATTACHMENT, _GATEWAY = "aws_ec2_transit_gateway_vpc_attachment", "aws_ec2_transit_gateway"
_ONLY = "?"  # a Transit Gateway that the plan does not name


class HubEndpoint(NamedTuple):
    """An endpoint of a hub that another VPC uses, because the VPC is associated with the endpoint's hosted zone."""

    vpc: str
    service: str
    hub: str
    path: str


def find_central_egress(model: PlanModel, vpcs: Vpcs, hosts: Collection[str]) -> dict[str, str]:
    """Return the VPCs that reach the internet through another VPC's NAT gateways → that VPC.

    Such a VPC has a default route to a Transit Gateway, to which exactly one VPC with public NAT gateways is attached.

    Args:
        model: the plan.
        vpcs: its VPCs.
        hosts: the VPCs that have public NAT gateways.
    """
    attached = _list_attached(model, vpcs)
    out: dict[str, str] = {}
    for vpc in dict.fromkeys(_iterate_spokes(model, vpcs)):
        if vpc in hosts:
            continue
        gateways = [gateway for gateway, members in attached.items() if vpc in members]
        hubs = {host for gateway in gateways for host in attached[gateway] if host in hosts}
        if len(hubs) == 1:
            out[vpc] = hubs.pop()
    return out


def find_hub_endpoints(model: PlanModel, vpcs: Vpcs, services: Mapping[tuple[str, str], str]) -> list[HubEndpoint]:
    """Return the endpoints of hubs that other VPCs use by name: their VPC is associated with the service's hosted zone.

    Args:
        model: the plan.
        vpcs: its VPCs.
        services: (VPC, service) of each interface endpoint → its path.
    """
    links = _Links(_list_attached(model, vpcs), _list_peered(model, vpcs))
    return [
        endpoint
        for zone in model.plan.get_resources("aws_route53_zone")
        if (service := _find_named_service(zone)) is not None
        for endpoint in _list_zone_endpoints(service, set(_iterate_zone_vpcs(model, vpcs, zone)), services, links)
    ]


def _list_zone_endpoints(
    service: str, members: set[str], services: Mapping[tuple[str, str], str], links: _Links
) -> list[HubEndpoint]:
    """Return which VPCs of a hosted zone use the one endpoint among them."""
    hubs = [vpc for vpc in members if (vpc, service) in services]
    if len(hubs) != 1:
        return []
    found = ((vpc, links.find_path(vpc, hubs[0])) for vpc in sorted(members - set(hubs)))
    return [HubEndpoint(vpc, service, hubs[0], path) for vpc, path in found if path is not None]


class _Links(NamedTuple):
    """What links VPCs: Transit Gateway → the VPCs that are attached, and the pairs that are peered."""

    attached: Mapping[str, Collection[str]]
    peered: Collection[frozenset[str]]

    def find_path(self, vpc: str, hub: str) -> str | None:
        """Return the path from a VPC to the endpoints of a hub; None where nothing links the two."""
        if any(vpc in members and hub in members for members in self.attached.values()):
            return "hub-transit-gateway"
        return "hub-peering" if frozenset((vpc, hub)) in self.peered else None


def _list_attached(model: PlanModel, vpcs: Vpcs) -> dict[str, list[str]]:
    """Return the VPCs that are attached to each Transit Gateway."""
    out: dict[str, list[str]] = {}
    for attachment in model.plan.get_resources(_ATTACHMENT):
        vpc = vpcs.find_vpc(attachment)
        gateway = model.resolve_reference(attachment, "transit_gateway_id", _GATEWAY)
        name = gateway.address if gateway else attachment.get_text("transit_gateway_id") or _ONLY
        if vpc is not None:
            out.setdefault(name, []).append(vpc)
    return out


def _list_peered(model: PlanModel, vpcs: Vpcs) -> set[frozenset[str]]:
    """Return the pairs of VPCs that peering connections link."""
    pairs = set()
    for peering in model.plan.get_resources("aws_vpc_peering_connection"):
        one = vpcs.find_vpc(peering)
        peer = model.resolve_reference(peering, "peer_vpc_id", "aws_vpc")
        other = peer.address if peer else peering.get_text("peer_vpc_id")
        if one and other:
            pairs.add(frozenset((one, other)))
    return pairs


def _iterate_spokes(model: PlanModel, vpcs: Vpcs) -> Iterator[str]:
    """Yield the VPCs that have a default route to a Transit Gateway."""
    tables = [table for table in model.plan.get_resources("aws_route_table") if _has_default_route(model, table)]
    for route in model.plan.get_resources("aws_route"):
        is_default = route.get_text("destination_cidr_block") == _EVERYWHERE
        if is_default and _has_gateway_target(route.values, model.plan.get_expressions(route)):
            table = model.resolve_reference(route, "route_table_id", "aws_route_table")
            tables += [table] if table else []
    yield from filter(None, map(vpcs.find_vpc, tables))


def _has_default_route(model: PlanModel, table: PlannedResource) -> bool:
    """Tell whether a route table has a default route to a Transit Gateway among its own routes."""
    planned = iterate_objects(table.values.get("route"))
    configured = iterate_objects(model.plan.get_expression(table, "route"))
    return any(
        _get_constant(block, "cidr_block") == _EVERYWHERE and _has_gateway_target(block, EMPTY)
        for block in (*planned, *configured)
    )


def _get_constant(block: JsonObject, name: str) -> Json:
    """Return a value of a block, planned or configured."""
    value = block.get(name)
    return value.get("constant_value") if isinstance(value, dict) else value


def _has_gateway_target(values: JsonObject, expressions: JsonObject) -> bool:
    """Tell whether a route's target is a Transit Gateway: its id, or a reference to one."""
    return bool(values.get("transit_gateway_id") or expressions.get("transit_gateway_id"))


def _iterate_zone_vpcs(model: PlanModel, vpcs: Vpcs, zone: PlannedResource) -> Iterator[str]:
    """Yield the VPCs that a private hosted zone is associated with."""
    for block in iterate_objects(zone.values.get("vpc")):
        if isinstance(block.get("vpc_id"), str):
            yield vpcs.get_address(str(block["vpc_id"]))
    yield from (vpc.address for vpc in model.follow_attribute(zone, "vpc").filter_by_type(*VPCS))
    for association in model.plan.get_resources("aws_route53_zone_association"):
        if model.resolve_reference(association, "zone_id", "aws_route53_zone") is zone:
            vpc = vpcs.find_vpc(association)
            if vpc:
                yield vpc


def _find_named_service(zone: PlannedResource) -> str | None:
    """Return the AWS service whose API host names a hosted zone has; None for any other zone.

    The parts of an endpoint's service name are the other way round in DNS: ecr.api is api.ecr.REGION.amazonaws.com.
    """
    name = zone.get_text("name").rstrip(".")
    head, found, _ = name.partition(".amazonaws.com")
    parts = head.split(".")[:-1]
    if not found or not parts:
        return None
    for words in (parts[::-1], parts):
        try:
            return load_catalogue().resolve_service(".".join(words)).name
        except InputError:
            continue
    return None
