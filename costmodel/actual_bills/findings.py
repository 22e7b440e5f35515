"""What a bill shows to be wasted, or worth another design."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.finding import Finding, ranked
from costmodel.actual_bills.resources import Prices, Resource, by_place, resources
from costmodel.core.certainty import LIKELY, RANGE, SURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.actual_bills.actual_bill import ActualBill
    from costmodel.actual_bills.rerate import Rerating
    from costmodel.pricing.book import PriceBook

_KEPT_ZONES = 2  # in fewer, an endpoint is not available when a zone is not
_WORTH = 1.0  # dollars a month below which nothing is said
_IDLE_GB = 1 / 100  # GB for each of its hours, below which an endpoint or a gateway carries next to nothing
_SHOWN = 20  # ids that evidence lists

_ENDPOINT = ("interface_endpoint_hour", "interface_endpoint_gb")
_BALANCED = ("gwlb_endpoint_hour", "gwlb_endpoint_gb")
_NAT = ("nat_gateway_hour", "nat_gateway_gb")
_IDLE_ADDRESS, _CROSSING, _HUB_GB = "public_ipv4_idle_hour", "cross_az_gb_each_direction", "tgw_vpc_gb"


def findings(actual: ActualBill, rerating: Rerating, book: PriceBook) -> list[Finding]:
    """Return what a bill shows, the largest first.

    Args:
        actual: the bill, read with its resources; one without has findings about pools alone.
        rerating: its quantities priced again, for unit prices as billed.
        book: list prices, for alternatives that the bill has no row of.
    """
    prices, rows = Prices(rerating, book), list(resources(actual))
    looks = (_idle_endpoints, _zones, _nat_gateways, _idle_addresses, _crossing, _gateway_endpoints, _central)
    return ranked([*(f for look in looks for f in look(rows, prices)), *_tiers(rerating)])


def _one(  # noqa: PLR0913, PLR0917 - a finding's parts, named
    kind: str,
    title: str,
    of: list[Resource],
    meter: str,
    removes: Mapping[tuple[str, str], float],
    confidence: str,
    evidence: Mapping[str, Any],
    then: str,
    *,
    what: str = "resources",
) -> Iterator[Finding]:
    """Make a finding about resources of one Region, if it is worth a word."""
    dollars = math.fsum(removes.values())
    if dollars < _WORTH:
        return
    accounts = {r.account for r in of}
    about = of[0].id if len(of) == 1 else f"{len(of)} {what}"
    seen = dict(evidence) | ({"ids": [r.id for r in of[:_SHOWN]]} if len(of) > 1 else {})
    seen["billed a month"] = math.fsum(r.monthly(meter) for r in of)
    account = accounts.pop() if len(accounts) == 1 else ""
    yield Finding(kind, title, about, account, of[0].region, dollars, confidence, seen, then, removes)


def _idle(r: Resource, hour: str, gb: str) -> bool:
    return r.used(gb) <= _IDLE_GB * r.used(hour)


def _idle_endpoints(rows: list[Resource], prices: Prices) -> Iterator[Finding]:
    """Endpoints whose hours cost more than they save: dearer per GB than a NAT gateway that runs anyway."""
    for r in rows:
        for hour, gb in (_ENDPOINT, _BALANCED):
            if r.used(hour) <= 0:
                continue
            own, nat = r.monthly(hour) + r.monthly(gb), prices.of(_NAT[1], r.region)
            evidence: dict[str, Any] = {"endpoint hours": r.used(hour), "GB": r.used(gb)}
            if r.used(gb) > 0:
                evidence["dollars per GB"] = own / r.a_month(gb)
            if _idle(r, hour, gb):
                title, sure, saved = "endpoint that carries next to nothing", SURE, r.monthly(hour)
                then = "Find who still resolves its name (DNS query logs), then delete it."
            elif nat is not None and hour == _ENDPOINT[0]:
                title, sure = "endpoint dearer per GB than a NAT gateway", LIKELY
                saved = min(r.monthly(hour), own - nat * r.a_month(gb))
                evidence["dollars per GB by NAT gateway"] = nat
                then = "Where a NAT gateway runs anyway and policy allows, use that; or share an endpoint among VPCs."
            else:
                continue
            yield from _one("idle-endpoint", title, [r], hour, {(r.id, hour): saved}, sure, evidence, then)


def _zones(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """Endpoints in more zones than availability asks for."""
    hour, gb = _ENDPOINT
    for r in rows:
        zones = r.at_once(hour)
        if r.used(hour) <= 0 or zones <= _KEPT_ZONES:
            continue
        saved = r.monthly(hour) * (zones - _KEPT_ZONES) / zones
        evidence = {"zones": zones, "endpoint hours": r.used(hour), "GB": r.used(gb)}
        then = (
            f"Keep {_KEPT_ZONES} zones: clients of the others reach it there; AWS charges no crossing to an endpoint."
        )
        title = f"endpoint in {zones} zones"
        yield from _one("endpoint-zones", title, [r], hour, {(r.id, hour): saved}, LIKELY, evidence, then)


def _nat_gateways(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """NAT gateways that carry nothing, and more of them in an account and Region than one."""
    hour, gb = _NAT
    for gateways in by_place(rows, hour).values():
        for r in gateways:
            if _idle(r, hour, gb):
                evidence = {"gateway hours": r.used(hour), "GB": r.used(gb)}
                then = "Look for route tables that point to it; if none has clients, delete it and release its address."
                title = "NAT gateway that carries next to nothing"
                removes = {(r.id, hour): r.monthly(hour)}
                yield from _one("idle-nat-gateway", title, [r], hour, removes, SURE, evidence, then)
        busy = sorted((r for r in gateways if not _idle(r, hour, gb)), key=lambda r: r.monthly(hour))
        if len(busy) > 1:
            removes = {(r.id, hour): r.monthly(hour) for r in busy[:-1]}
            evidence = {"NAT gateways": len(busy), "GB": math.fsum(r.used(gb) for r in busy)}
            then = (
                "`aws ec2 describe-nat-gateways` says which VPC each is of; a bill does not. Several of one VPC can "
                "become one, at the price of crossing zones and of that zone's failure."
            )
            title = f"{len(busy)} NAT gateways in one account and Region"
            yield from _one("nat-gateways", title, busy, hour, removes, RANGE, evidence, then, what="NAT gateways")


def _idle_addresses(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """Public IPv4 addresses that nothing uses."""
    for idle in by_place(rows, _IDLE_ADDRESS).values():
        removes = {(r.id, _IDLE_ADDRESS): r.monthly(_IDLE_ADDRESS) for r in idle}
        evidence = {"idle hours": math.fsum(r.used(_IDLE_ADDRESS) for r in idle)}
        then = "Release them (`aws ec2 release-address`)."
        title = "idle public IPv4 address" if len(idle) == 1 else "idle public IPv4 addresses"
        yield from _one("idle-public-ipv4", title, idle, _IDLE_ADDRESS, removes, SURE, evidence, then, what="addresses")


def _crossing(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """Traffic between zones."""
    for crossing in by_place(rows, _CROSSING).values():
        removes = {(r.id, _CROSSING): r.monthly(_CROSSING) for r in crossing}
        evidence = {"GB, each side counted": math.fsum(r.used(_CROSSING) for r in crossing)}
        then = "Flow logs with az-id show the pairs. Keep clients on endpoints, targets and gateways of their own zone."
        largest = sorted(crossing, key=lambda r: -r.cost[_CROSSING])
        yield from _one("cross-zone", "traffic between zones", largest, _CROSSING, removes, RANGE, evidence, then)


def _gateway_endpoints(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """What NAT gateways carry to S3 and DynamoDB would be free; how much of it that is, a bill does not say."""
    gb = _NAT[1]
    for gateways in by_place(rows, gb).values():
        removes = {(r.id, gb): r.monthly(gb) for r in gateways}
        most = math.fsum(removes.values())
        evidence = {"GB through NAT gateways": math.fsum(r.used(gb) for r in gateways), "between": [0.0, most]}
        then = "Add the free gateway endpoints for S3 and DynamoDB to each VPC. Flow logs say how many GB go there."
        title = "NAT traffic: what goes to S3 and DynamoDB could be free"
        yield from _one("gateway-endpoint", title, gateways, gb, removes, RANGE, evidence, then, what="NAT gateways")


def _central(rows: list[Resource], prices: Prices) -> Iterator[Finding]:
    """Endpoints that accounts of a Region repeat, and that one set in a hub could replace."""
    hour, gb = _ENDPOINT
    regions: dict[str, dict[str, list[Resource]]] = {}
    for (account, region), owned in by_place(rows, hour).items():
        regions.setdefault(region, {})[account] = owned
    for region, accounts in regions.items():
        carried = prices.of(_HUB_GB, region)
        if len(accounts) == 1 or carried is None:
            continue
        kept = max(accounts, key=lambda a: math.fsum(r.monthly(hour) for r in accounts[a]))
        moved = [r for account, owned in accounts.items() if account != kept for r in owned]
        hours = math.fsum(r.monthly(hour) for r in moved)
        transit = carried * math.fsum(r.a_month(gb) for r in moved)
        evidence = {"accounts": len(accounts), "hours of the copies": hours, "Transit Gateway for their GB": transit}
        then = (
            "A bill does not say which service an endpoint is of. Where accounts repeat each other's, describe them "
            "as a demand and run `costmodel optimize`. Attachments, if there are none yet, are not in this figure."
        )
        title = f"endpoints repeated over {len(accounts)} accounts"
        removes = {(r.id, hour): r.monthly(hour) * max(0.0, 1 - transit / hours) for r in moved}
        yield from _one("centralize", title, moved, hour, removes, RANGE, evidence, then, what="endpoints")


def _tiers(rerating: Rerating) -> Iterator[Finding]:
    """Where the next unit of a pool has another price than the first: a change is worth its margin, not the average."""
    for p in rerating.pools:
        if p.tier is not None and p.tier > 1 and p.marginal is not None and p.quantity > 0:
            evidence = {"quantity": p.quantity, "tier": p.tier, "average billed": p.billed / p.quantity}
            title = f"{p.meter} fills tier {p.tier}: the next unit costs {p.marginal}"
            then = "Count a GB saved or added at this price; keep what fills the pool under one payer."
            yield Finding("tier-position", title, p.meter, p.payer, p.region, 0.0, SURE, evidence, then, {})
