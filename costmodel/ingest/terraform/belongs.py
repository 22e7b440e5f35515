"""What belongs together in a plan: subnets to endpoints, Elastic IPs to NAT gateways and instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.network import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.ingest.terraform.plan import Planned
    from costmodel.ingest.terraform.read import Reader

_OF_NAT = ("secondary_allocation_ids", "availability_zone_address", "regional_nat_gateway_address")


def associations(x: Reader) -> tuple[dict[str, list[str | None]], list[LeftOut]]:
    """Return the subnets (None: not known yet) that associations add, by endpoint, and associations of no endpoint."""
    out: dict[str, list[str | None]] = {}
    left: list[LeftOut] = []
    ids = {r.values["id"]: r for r in x.plan.of.get("aws_vpc_endpoint", ()) if r.values.get("id")}
    for a in x.plan.of.get("aws_vpc_endpoint_subnet_association", ()):
        endpoint = ids.get(a.values.get("vpc_endpoint_id")) or x.one(a, "vpc_endpoint_id", "aws_vpc_endpoint")
        if endpoint is None:
            why = "it adds a zone to an endpoint that the plan does not name; price that endpoint with its own plan"
            left.append(LeftOut(a.address, a.type, why))
            continue
        out.setdefault(endpoint.address, []).append(a.values.get("subnet_id"))
    return out, left


def addresses(x: Reader) -> tuple[set[str], set[str]]:
    """Return the Elastic IPs that are on a NAT gateway's bill, and the instances that have one.

    An address behind a local value, which no plan tells, is taken to be one of the same module that nothing else uses.
    """
    eips = x.plan.of.get("aws_eip", [])
    busy, held = _attached(x, eips)
    taken: set[str] = set()
    asking: list[Planned] = []
    ids = {e.values["id"]: e for e in eips if e.values.get("id")}
    for nat in x.plan.of.get("aws_nat_gateway", ()):
        if (nat.values.get("connectivity_type") or "public") != "public":
            continue
        eip = ids.get(nat.values.get("allocation_id")) or x.one(nat, "allocation_id", "aws_eip")
        taken.update({eip.address} if eip else ())
        for attribute in _OF_NAT:
            taken.update(ids[text].address for text in _texts(nat.values.get(attribute)) if text in ids)
            taken.update(e.address for e in x.leads_to(nat, attribute).of("aws_eip"))
        zonal = nat.values.get("availability_mode") != "regional"
        if eip is None and zonal and not nat.values.get("allocation_id"):
            asking.append(nat)
    free: dict[str, list[Planned]] = {}
    for e in reversed(eips):
        if e.address not in taken and e.address not in busy:
            free.setdefault(e.module, []).append(e)
    for nat in asking:
        if free.get(nat.module):
            taken.add(free[nat.module].pop().address)
            x.counted.setdefault("allocation_id", []).append(nat.address)
    return taken, held


def _attached(x: Reader, eips: list[Planned]) -> tuple[set[str], set[str]]:
    """Return the Elastic IPs that are attached to something, and the instances that one is attached to."""
    ends = ("instance", "network_interface")
    busy = {e.address for e in eips for end in ends if e.values.get(end) or x.plan.unknown(e, end)}
    held = {r.address for e in eips for r in x.leads_to(e, "instance").of("aws_instance")}
    for type_ in ("aws_eip_association", "aws_nat_gateway_eip_association"):
        for a in x.plan.of.get(type_, ()):
            busy.update(e.address for e in x.leads_to(a, "allocation_id").of("aws_eip"))
            held.update(r.address for r in x.leads_to(a, "instance_id").of("aws_instance"))
    return busy, held


def _texts(value: Any) -> Iterator[str]:
    """Go through the texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
