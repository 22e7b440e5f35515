"""From what AWS described to what findings look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.aws.catalogue import resolve_endpoint_service
from costmodel.network.live_resource import Seen
from costmodel.network.reading.account.calls import ASSOCIATIONS, IDS
from costmodel.network.reading.account.services import GONE, get_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.account import Account
    from costmodel.network.reading.account.asking import Asked

_HOURS = 24


def collect_seen_resources(account: Account) -> list[Seen]:
    """Return the resources of an account that findings look at."""
    return [
        seen
        for asked in account.described
        for region in asked.regions
        for seen in _iterate_region(account, asked, region)
    ]


def _iterate_region(account: Account, asked: Asked, region: str) -> Iterator[Seen]:
    """Yield the resources of a Region that findings look at."""
    yield from _iterate_endpoints(account, asked, region)
    yield from _iterate_nat_gateways(account, asked, region)
    yield from _iterate_addresses(asked, region)
    yield from _iterate_others(account, asked, region)


_OTHERS = (
    ("attachment", "describe_transit_gateway_attachments", "ResourceType"),
    ("load-balancer", "describe_load_balancers", "Type"),
    ("load-balancer", "describe_classic_load_balancers", ""),
    ("vpn-connection", "describe_vpn_connections", ""),
    ("resolver-endpoint", "list_resolver_endpoints", "Direction"),
    ("firewall", "list_firewalls", ""),
)
"""Kinds of which it matters alone whether they are used: kind, what the answer is filed under, key of the type."""


def _iterate_others(account: Account, asked: Asked, region: str) -> Iterator[Seen]:
    """Yield the resources of which it matters alone whether they are used."""
    for kind, answer, type_key in _OTHERS:
        for r in asked.get_resources(answer, region):
            owner = r.get("ResourceOwnerId")
            if get_state(r, "State") in GONE or owner not in (None, asked.account) or r.get("ResourceType") == "vpn":
                continue
            id_ = str(r[IDS[answer]])
            traffic, days = _get_traffic(account, id_)
            type_ = str(r.get(type_key) or "") if type_key else ""
            yield Seen(id_, asked.account, region, kind=kind, type=type_, bytes=traffic, days=days)
    for endpoint in asked.get_resources("describe_client_vpn_endpoints", region):
        traffic, days = _get_traffic(account, endpoint["ClientVpnEndpointId"])
        for r in asked.get_resources(f"{ASSOCIATIONS.operation} {endpoint['ClientVpnEndpointId']}", region):
            yield Seen(str(r["AssociationId"]), asked.account, region, kind="client-vpn", bytes=traffic, days=days)


def _iterate_endpoints(account: Account, asked: Asked, region: str) -> Iterator[Seen]:
    """Yield VPC endpoints; of a gateway endpoint it matters whether a route table leads to it."""
    for r in asked.get_resources("describe_vpc_endpoints", region):
        if str(r.get("State", "")).lower() in ("deleted", "deleting"):
            continue
        type_ = r.get("VpcEndpointType") or "Gateway"
        traffic, days = _get_traffic(account, r["VpcEndpointId"])
        yield Seen(
            r["VpcEndpointId"],
            asked.account,
            region,
            kind="endpoint",
            type=type_,
            state=str(r.get("State") or "available"),
            service=resolve_endpoint_service(r.get("ServiceName") or ""),
            routed=bool(r.get("RouteTableIds")) if type_ == "Gateway" else None,
            vpc=r.get("VpcId") or "",
            bytes=traffic,
            days=days,
        )


def _iterate_nat_gateways(account: Account, asked: Asked, region: str) -> Iterator[Seen]:
    """Yield the NAT gateways that are available, and whether a route leads to each."""
    tables = asked.get_resources("describe_route_tables", region)
    targets = {str(value) for table in tables for route in table.get("Routes") or () for value in route.values()}
    are_routes_known = not any(
        u.account == asked.account and u.region == region and u.what == "route tables" for u in account.unread
    )
    for r in asked.get_resources("describe_nat_gateways", region):
        if str(r.get("State", "available")).lower() != "available":
            continue
        traffic, days = _get_traffic(account, r["NatGatewayId"])
        yield Seen(
            r["NatGatewayId"],
            asked.account,
            region,
            kind="nat-gateway",
            type=r.get("ConnectivityType") or "public",
            routed=r["NatGatewayId"] in targets if are_routes_known else None,
            vpc=r.get("VpcId") or "",
            bytes=traffic,
            days=days,
        )


def _iterate_addresses(asked: Asked, region: str) -> Iterator[Seen]:
    """Yield Elastic IP addresses, and whether something uses each."""
    nat_gateways = asked.get_resources("describe_nat_gateways", region)
    of_nat = {a.get("AllocationId") for nat in nat_gateways for a in nat.get("NatGatewayAddresses") or ()}
    for r in asked.get_resources("describe_addresses", region):
        is_associated = bool(r.get("AssociationId") or r.get("InstanceId") or r.get("NetworkInterfaceId"))
        id_ = r.get("AllocationId") or r["PublicIp"]
        yield Seen(id_, asked.account, region, kind="address", used=is_associated or id_ in of_nat)


def _get_traffic(account: Account, id_: str) -> tuple[float | None, float]:
    """Return the bytes that CloudWatch has of a resource (None: no data), and of how many days."""
    metered = account.metered.get(id_)
    if metered is None:
        return None, 0.0
    return sum(metered.bytes.values()), metered.hours / _HOURS
