"""What belongs together in a plan: subnets to endpoints, Elastic IPs to NAT gateways and instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.network.network import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.terraform.plan import Planned
    from costmodel.network.reading.terraform.read import Reader

_OF_NAT = ("secondary_allocation_ids", "availability_zone_address", "regional_nat_gateway_address")


def link_subnets(x: Reader) -> tuple[dict[str, list[str | None]], list[LeftOut]]:
    """Return the subnets (None: not known yet) that associations add, by endpoint, and associations of no endpoint."""
    out: dict[str, list[str | None]] = {}
    left: list[LeftOut] = []
    ids = {r.values["id"]: r for r in x.plan.of.get("aws_vpc_endpoint", ()) if r.values.get("id")}
    for a in x.plan.of.get("aws_vpc_endpoint_subnet_association", ()):
        endpoint = ids.get(a.values.get("vpc_endpoint_id")) or x.resolve_reference(
            a, "vpc_endpoint_id", "aws_vpc_endpoint"
        )
        if endpoint is None:
            why = "it adds a zone to an endpoint that the plan does not name; price that endpoint with its own plan"
            left.append(LeftOut(a.address, a.type, why))
            continue
        out.setdefault(endpoint.address, []).append(a.values.get("subnet_id"))
    return out, left


def link_elastic_ips(x: Reader) -> tuple[dict[str, set[str]], set[str]]:
    """Return the Elastic IPs on each NAT gateway's bill, and the instances that have one.

    An address behind a local value, which no plan tells, is taken to be one that the NAT gateway's module was handed,
    or one of that module, that nothing else uses.
    """
    eips = x.plan.of.get("aws_eip", [])
    busy, held = _find_attached_ips(x, eips)
    found: dict[str, set[str]] = {}
    asking: list[tuple[Planned, int]] = []
    ids = {e.values["id"]: e.address for e in eips if e.values.get("id")}
    for nat in x.plan.of.get("aws_nat_gateway", ()):
        if (nat.values.get("connectivity_type") or "public") != "public":
            continue
        known = nat.values.get("allocation_id")
        eip = ids.get(known) or getattr(x.resolve_reference(nat, "allocation_id", "aws_eip"), "address", None)
        zonal = nat.values.get("availability_mode") != "regional"
        mine = found.setdefault(nat.address, {eip or known or nat.address} if zonal else set())
        for attribute in _OF_NAT:
            texts = list(_iterate_allocations(nat.values.get(attribute)))
            named = x.resolve_references(nat, attribute, "aws_eip")
            mine.update(ids.get(t, t) for t in texts)
            mine.update(e.address for e in named if e.values.get("id") not in texts)
        if zonal:
            asking += [] if eip or known else [(nat, 1)]
        elif not mine:
            asking += [(nat, zones)] if (zones := len(x.get_blocks(nat, *_OF_NAT[1:]))) else []
    busy.update(a for mine in found.values() for a in mine)
    for nat, number in asking:
        pools = (x.resolve_module_arguments(nat, "aws_eip"), (e for e in eips if e.module == nat.module))
        free = [e.address for pool in pools for e in pool if e.address not in busy][:number]
        if free:
            busy.update(free)
            found[nat.address] = found[nat.address] - {nat.address} | set(free)
            x.add_note(nat, "its address is taken to be one in its module, or handed to it, that nothing else uses")
    return found, held


def _find_attached_ips(x: Reader, eips: list[Planned]) -> tuple[set[str], set[str]]:
    """Return the Elastic IPs that are attached to something, and the instances that one is attached to."""
    ends = ("instance", "network_interface")
    busy = {e.address for e in eips for end in ends if e.values.get(end) or x.plan.is_unknown(e, end)}
    held = {r.address for e in eips for r in x.follow_attribute(e, "instance").filter_by_type("aws_instance")}
    for type_ in ("aws_eip_association", "aws_nat_gateway_eip_association"):
        for a in x.plan.of.get(type_, ()):
            busy.update(e.address for e in x.follow_attribute(a, "allocation_id").filter_by_type("aws_eip"))
            held.update(r.address for r in x.follow_attribute(a, "instance_id").filter_by_type("aws_instance"))
    return busy, held


def _iterate_allocations(value: Any) -> Iterator[str]:
    """Go through the allocations in a list of them, or in blocks that have one."""
    for part in value if isinstance(value, list) else ():
        if isinstance(part, dict):
            yield from _iterate_allocations(part.get("allocation_ids"))
        else:
            yield str(part)
