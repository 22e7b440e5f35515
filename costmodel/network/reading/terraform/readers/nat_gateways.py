"""NAT gateways, and Elastic IP addresses that are not on a NAT gateway's bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.resource_types import cloudformation, terraform
from costmodel.network.reading.terraform.model import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource


@cloudformation(
    "AWS::EC2::NatGateway",
    reads_as="aws_nat_gateway",
    renamed={"availability_zone_addresses": "availability_zone_address"},
)
@terraform("aws_nat_gateway", kinds=("NatGateway", "RegionalNatGateway"))
def read_nat_gateway(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a NAT gateway: zonal with its addresses, private without addresses, or regional by its zones."""
    if model.plan.is_unknown(resource, "availability_mode"):
        either: Entry = {"kind": "RegionalNatGateway"}
        model.set_or_unknown(resource, either, "zones", None, "zones (1, if it is zonal)", model.bound_zones(resource))
        yield either
    elif resource.get_text("availability_mode") == "regional":
        yield _build_regional_entry(model, resource)
    else:
        zonal: Entry = {"kind": "NatGateway"}
        is_public = (resource.get_text("connectivity_type") or "public") == "public"
        number: int | None = len(model.links.nat_ips[resource.address]) if is_public else 0
        if model.plan.is_unknown(resource, "connectivity_type"):
            number = None
        most = max(len(model.links.nat_ips.get(resource.address, ())), 1)
        model.set_or_unknown(resource, zonal, "public_ips", number, "public addresses", Bounds(0, most))
        yield zonal


def _build_regional_entry(model: PlanModel, resource: PlannedResource) -> Entry:
    """Return the entry of a regional NAT gateway: in the zones that it lists, else in the zones of its VPC."""
    entry: Entry = {"kind": "RegionalNatGateway"}
    blocks = model.get_blocks(resource, "availability_zone_address", "regional_nat_gateway_address")
    if blocks:
        entry["zones"] = _count_block_zones(blocks)
        entry["public_ips"] = max(len(blocks), len(model.links.nat_ips.get(resource.address, ())))
        return entry
    zones = model.links.count_vpc_zones(resource) or None
    if zones:
        model.add_note(resource, "as many zones as its VPC has subnets in")
    model.set_or_unknown(resource, entry, "zones", zones, "zones", model.bound_zones(resource))
    return entry


def _count_block_zones(blocks: Sequence[Json]) -> int:
    """Return how many zones blocks of addresses name; a block without a known zone is in a zone of its own."""
    zones: set[str | int] = set()
    for number, block in enumerate(blocks):
        fields = block if isinstance(block, dict) else {}
        names = [fields.get("availability_zone"), fields.get("availability_zone_id")]
        zones.add(next((name for name in names if isinstance(name, str)), number))
    return len(zones)


@cloudformation("AWS::EC2::EIP", reads_as="aws_eip", renamed={"instance_id": "instance"})
@terraform("aws_eip", kinds=("PublicIpv4",))
def read_elastic_ip(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read an Elastic IP address: on the bill of its NAT gateway if it has one, free if the customer owns it."""
    pool = resource.get_text("public_ipv4_pool") or "amazon"
    if pool == "amazon" and resource.address not in model.links.ips_of_nat:
        yield {"kind": "PublicIpv4"}
