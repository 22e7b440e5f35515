"""What a bill shows to be wasted, or worth another design."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.finding import Finding, rank_findings
from costmodel.actual_bills.rerated import AGREED, ALLOWANCE, DISCOUNT, LIST, ROUNDING
from costmodel.actual_bills.resources import Prices, Resource, group_by_place, sum_by_resource
from costmodel.core.certainty import LIKELY, RANGE, SURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.actual_bills.actual_bill import ActualBill
    from costmodel.actual_bills.rerated import Rerated, Rerating
    from costmodel.pricing.book import PriceBook

_KEPT_ZONES = 2  # in fewer, an endpoint is not available when a zone is not
_WORTH = 1.0  # dollars a month below which nothing is said
_IDLE_GB = 1 / 100  # GB for each of its hours, below which an endpoint or a gateway carries next to nothing
_SHOWN = 20  # ids that evidence lists

_ENDPOINT = ("interface_endpoint_hour", "interface_endpoint_gb")
_BALANCED = ("gwlb_endpoint_hour", "gwlb_endpoint_gb")
_NAT = ("nat_gateway_hour", "nat_gateway_gb")
_IDLE_ADDRESS, _CROSSING, _HUB_GB = "public_ipv4_idle_hour", "cross_az_gb_each_direction", "tgw_vpc_gb"


def list_findings(actual: ActualBill, rerating: Rerating, book: PriceBook) -> list[Finding]:
    """Return what a bill shows, the largest first.

    Args:
        actual: the bill, read with its resources; one without has findings about pools alone.
        rerating: its quantities priced again, for unit prices as billed.
        book: list prices, for alternatives that the bill has no row of.
    """
    prices, rows = Prices(rerating, book, actual.currency), list(sum_by_resource(actual))
    looks = (
        _find_idle_endpoints,
        _find_extra_zones,
        _find_spare_nat_gateways,
        _find_idle_addresses,
        _find_zone_crossing,
        _find_free_gateway_endpoints,
        _find_repeated_endpoints,
    )
    return rank_findings([*(f for look in looks for f in look(rows, prices)), *_find_filled_tiers(rerating)])


def _make_finding(  # noqa: PLR0913, PLR0917 - a finding's parts, named
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
    seen["billed a month"] = math.fsum(r.get_monthly_cost(meter) for r in of)
    account = accounts.pop() if len(accounts) == 1 else ""
    yield Finding(kind, title, about, account, of[0].region, dollars, confidence, seen, then, removes)


def _is_idle(r: Resource, hour: str, gb: str) -> bool:
    return r.get_quantity(gb) <= _IDLE_GB * r.get_quantity(hour)


def _find_idle_endpoints(rows: list[Resource], prices: Prices) -> Iterator[Finding]:
    """Endpoints whose hours cost more than they save: more expensive per GB than a NAT gateway that runs anyway."""
    for r in rows:
        for hour, gb in (_ENDPOINT, _BALANCED):
            if r.get_quantity(hour) <= 0:
                continue
            own, nat = r.get_monthly_cost(hour) + r.get_monthly_cost(gb), prices.get_unit_price(_NAT[1], r.region)
            evidence: dict[str, Any] = {"endpoint hours": r.get_quantity(hour), "GB": r.get_quantity(gb)}
            if r.get_quantity(gb) > 0:
                evidence["dollars per GB"] = own / r.get_monthly_quantity(gb)
            if _is_idle(r, hour, gb):
                title, sure, saved = "endpoint with almost no traffic", SURE, r.get_monthly_cost(hour)
                then = "Find who still resolves its name (DNS query logs), then delete it."
            elif nat is not None and hour == _ENDPOINT[0]:
                title, sure = "endpoint that costs more per GB than a NAT gateway", LIKELY
                saved = min(r.get_monthly_cost(hour), own - nat * r.get_monthly_quantity(gb))
                evidence["dollars per GB by NAT gateway"] = nat
                then = "Where a NAT gateway runs anyway and policy allows, use that; or share an endpoint among VPCs."
            else:
                continue
            yield from _make_finding("idle-endpoint", title, [r], hour, {(r.id, hour): saved}, sure, evidence, then)


def _find_extra_zones(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """Endpoints in more zones than availability asks for."""
    hour, gb = _ENDPOINT
    for r in rows:
        zones = r.count_concurrent(hour)
        if r.get_quantity(hour) <= 0 or zones <= _KEPT_ZONES:
            continue
        saved = r.get_monthly_cost(hour) * (zones - _KEPT_ZONES) / zones
        evidence = {"zones": zones, "endpoint hours": r.get_quantity(hour), "GB": r.get_quantity(gb)}
        then = (
            f"Keep {_KEPT_ZONES} zones: clients of the others reach it there; AWS charges no crossing to an endpoint."
        )
        title = f"endpoint in {zones} zones"
        yield from _make_finding("endpoint-zones", title, [r], hour, {(r.id, hour): saved}, LIKELY, evidence, then)


def _find_spare_nat_gateways(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """Yield the NAT gateways without traffic, and the accounts and Regions that have several with traffic."""
    hour, gb = _NAT
    for gateways in group_by_place(rows, hour).values():
        idle = [gateway for gateway in gateways if _is_idle(gateway, hour, gb)]
        busy = [gateway for gateway in gateways if not _is_idle(gateway, hour, gb)]
        for gateway in idle:
            yield from _report_idle_nat_gateway(gateway)
        if len(busy) > 1:
            yield from _report_several_nat_gateways(busy)


def _report_idle_nat_gateway(gateway: Resource) -> Iterator[Finding]:
    hour, gb = _NAT
    evidence = {"gateway hours": gateway.get_quantity(hour), "GB": gateway.get_quantity(gb)}
    then = "Look for route tables that point to it; if none has clients, delete it and release its address."
    removes = {(gateway.id, hour): gateway.get_monthly_cost(hour)}
    title = "NAT gateway with almost no traffic"
    yield from _make_finding("idle-nat-gateway", title, [gateway], hour, removes, SURE, evidence, then)


def _report_several_nat_gateways(busy: list[Resource]) -> Iterator[Finding]:
    """Yield a finding for NAT gateways of one account and Region; the one that costs the most is counted as needed."""
    hour, gb = _NAT
    busy = sorted(busy, key=lambda gateway: gateway.get_monthly_cost(hour))
    removes = {(gateway.id, hour): gateway.get_monthly_cost(hour) for gateway in busy[:-1]}
    evidence = {"NAT gateways": len(busy), "GB": math.fsum(gateway.get_quantity(gb) for gateway in busy)}
    then = (
        "`aws ec2 describe-nat-gateways` shows the VPC of each one; a bill does not. Several in one VPC can be merged "
        "into one, which adds cross-zone traffic and the risk that its zone fails."
    )
    title = f"{len(busy)} NAT gateways in one account and Region"
    yield from _make_finding("nat-gateways", title, busy, hour, removes, RANGE, evidence, then, what="NAT gateways")


def _find_idle_addresses(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """Public IPv4 addresses that nothing uses."""
    for idle in group_by_place(rows, _IDLE_ADDRESS).values():
        removes = {(r.id, _IDLE_ADDRESS): r.get_monthly_cost(_IDLE_ADDRESS) for r in idle}
        evidence = {"idle hours": math.fsum(r.get_quantity(_IDLE_ADDRESS) for r in idle)}
        then = "Release them (`aws ec2 release-address`)."
        title = "idle public IPv4 address" if len(idle) == 1 else "idle public IPv4 addresses"
        yield from _make_finding(
            "idle-public-ipv4", title, idle, _IDLE_ADDRESS, removes, SURE, evidence, then, what="addresses"
        )


def _find_zone_crossing(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """Traffic between zones."""
    for crossing in group_by_place(rows, _CROSSING).values():
        removes = {(r.id, _CROSSING): r.get_monthly_cost(_CROSSING) for r in crossing}
        evidence = {"GB, each side counted": math.fsum(r.get_quantity(_CROSSING) for r in crossing)}
        then = "Flow logs with az-id show the pairs. Keep clients on endpoints, targets and gateways of their own zone."
        largest = sorted(crossing, key=lambda r: -r.cost[_CROSSING])
        yield from _make_finding(
            "cross-zone", "traffic between zones", largest, _CROSSING, removes, RANGE, evidence, then
        )


def _find_free_gateway_endpoints(rows: list[Resource], _: Prices) -> Iterator[Finding]:
    """What NAT gateways carry to S3 and DynamoDB would be free; how much of it that is, a bill does not say."""
    gb = _NAT[1]
    for gateways in group_by_place(rows, gb).values():
        removes = {(r.id, gb): r.get_monthly_cost(gb) for r in gateways}
        most = math.fsum(removes.values())
        evidence = {"GB through NAT gateways": math.fsum(r.get_quantity(gb) for r in gateways), "between": [0.0, most]}
        then = "Add the free gateway endpoints for S3 and DynamoDB to each VPC. Flow logs say how many GB go there."
        title = "NAT traffic: the part to S3 and DynamoDB could be free"
        yield from _make_finding(
            "gateway-endpoint", title, gateways, gb, removes, RANGE, evidence, then, what="NAT gateways"
        )


def _find_repeated_endpoints(rows: list[Resource], prices: Prices) -> Iterator[Finding]:
    """Endpoints that accounts of a Region repeat, and that one set in a hub could replace."""
    hour, gb = _ENDPOINT
    regions: dict[str, dict[str, list[Resource]]] = {}
    for (account, region), owned in group_by_place(rows, hour).items():
        regions.setdefault(region, {})[account] = owned
    for region, accounts in regions.items():
        carried = prices.get_unit_price(_HUB_GB, region)
        if len(accounts) == 1 or carried is None:
            continue
        kept = max(accounts, key=lambda a: math.fsum(r.get_monthly_cost(hour) for r in accounts[a]))
        moved = [r for account, owned in accounts.items() if account != kept for r in owned]
        hours = math.fsum(r.get_monthly_cost(hour) for r in moved)
        transit = carried * math.fsum(r.get_monthly_quantity(gb) for r in moved)
        evidence = {"accounts": len(accounts), "hours of the copies": hours, "Transit Gateway for their GB": transit}
        then = (
            "A bill does not show which service an endpoint is for. Where accounts have endpoints for the same "
            "services, describe them "
            "as a demand and run `costmodel optimize`. Attachments, if there are none yet, are not in this figure."
        )
        title = f"endpoints repeated over {len(accounts)} accounts"
        removes = {(r.id, hour): r.get_monthly_cost(hour) * max(0.0, 1 - transit / hours) for r in moved}
        yield from _make_finding("centralize", title, moved, hour, removes, RANGE, evidence, then, what="endpoints")


def _find_filled_tiers(rerating: Rerating) -> Iterator[Finding]:
    """Where the next unit of a pool has another price than the first: a change is worth its margin, not the average.

    Each pool is one finding, of its newest month. The margin is the billed one; where the bill does not show it (a flat
    contract price, what list prices do not explain), there is no finding.
    """
    newest: dict[tuple[str, str, str, str], Rerated] = {}
    for p in rerating.pools:
        key = (p.payer, p.region, p.counterpart, p.meter)
        if key not in newest or p.month > newest[key].month:
            newest[key] = p
    for p in newest.values():
        margin = _find_billed_margin(p)
        if p.tier is not None and p.tier > 1 and margin is not None and p.quantity > 0:
            average = p.billed / p.quantity
            evidence = {"month": p.month, "quantity": p.quantity, "tier": p.tier, "average billed": average}
            title = f"{p.meter} fills tier {p.tier}: the next unit costs {margin:f}"
            then = "Count a GB saved or added at this price; keep what fills the pool under one payer."
            yield Finding("tier-position", title, p.meter, p.payer, p.region, 0.0, SURE, evidence, then, {})


def _find_billed_margin(p: Rerated) -> Decimal | None:
    """Return what the next unit of a pool costs at the bill's own prices; None where the bill does not show it."""
    if p.why == AGREED:
        return p.marginal
    if p.list_marginal is None:
        return None
    if p.why in {LIST, ROUNDING, ALLOWANCE}:
        return p.list_marginal
    if p.why == DISCOUNT and p.discount is not None:
        return (p.list_marginal * (1 - Decimal(str(round(p.discount, 6))))).normalize()
    return None
