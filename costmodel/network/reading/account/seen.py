"""From what AWS described to what findings look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.aws.catalogue import resolve_endpoint_service
from costmodel.network.live_resource import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.account import Account
    from costmodel.network.reading.account.asking import Asked

_HOURS = 24


def collect_seen_resources(of: Account) -> list[Seen]:
    """Return the resources of an account that findings look at."""
    return [one for asked in of.described for region in asked.regions for one in _iterate_region(of, asked, region)]


def _iterate_region(of: Account, asked: Asked, region: str) -> Iterator[Seen]:
    where: dict[str, Any] = {"account": asked.account, "region": region}
    tables = asked.get_resources("describe_route_tables", region)
    known = not any(u.account == asked.account and u.region == region and u.what == "route tables" for u in of.unread)
    targets = {str(v) for t in tables for r in t.get("Routes") or () for v in r.values()}

    def metered(id_: str) -> dict[str, Any]:
        one = of.metered.get(id_)
        return {} if one is None else {"bytes": sum(one.bytes.values()), "days": one.hours / _HOURS}

    for r in asked.get_resources("describe_vpc_endpoints", region):
        if str(r.get("State", "")).lower() in ("deleted", "deleting"):
            continue
        type_ = r.get("VpcEndpointType") or "Gateway"
        routed = bool(r.get("RouteTableIds")) if type_ == "Gateway" else None
        yield Seen(r["VpcEndpointId"], **where, kind="endpoint", type=type_, state=str(r.get("State") or "available"),
                   service=resolve_endpoint_service(r.get("ServiceName") or ""), routed=routed,
                   vpc=r.get("VpcId") or "",
                   **metered(r["VpcEndpointId"]))  # fmt: skip
    for r in asked.get_resources("describe_nat_gateways", region):
        if str(r.get("State", "available")).lower() != "available":
            continue
        routed = r["NatGatewayId"] in targets if known else None
        yield Seen(r["NatGatewayId"], **where, kind="nat-gateway", type=r.get("ConnectivityType") or "public",
                   routed=routed, vpc=r.get("VpcId") or "", **metered(r["NatGatewayId"]))  # fmt: skip
    for r in asked.get_resources("describe_addresses", region):
        used = bool(r.get("AssociationId") or r.get("InstanceId") or r.get("NetworkInterfaceId"))
        of_nat = {a.get("AllocationId") for n in asked.get_resources("describe_nat_gateways", region)
                  for a in n.get("NatGatewayAddresses") or ()}  # fmt: skip
        number = r.get("AllocationId") or r["PublicIp"]
        yield Seen(number, **where, kind="address", used=used or number in of_nat)
