"""What a live account is billed for although nothing uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.finding import Finding, rank_findings
from costmodel.core.certainty import LIKELY, RANGE, SURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from costmodel.network.live_resource import Seen

_STATES = {
    "pendingacceptance": ("endpoint-pending", "An endpoint is waiting for acceptance and is billed by the hour",
                          "Ask the provider to accept it, or delete it."),
    "rejected": ("endpoint-rejected", "An endpoint that its provider rejected is billed by the hour", "Delete it."),
    "failed": ("endpoint-failed", "An endpoint that failed is billed by the hour", "Delete it and create it again."),
    "expired": ("endpoint-expired", "An endpoint whose offer expired is billed by the hour", "Delete it."),
}  # fmt: skip


def find_waste(
    seen: Sequence[Seen], monthly: Callable[[str], Mapping[str, float]], gateways: Sequence[str] = ()
) -> list[Finding]:
    """Return what bills although it is useless, the largest first.

    Args:
        seen: resources of the accounts.
        monthly: a resource's id → meter → what it costs a month.
        gateways: the services that gateway endpoints take from NAT gateways.
    """
    found = [f for one in seen for f in _check_resource(one, monthly(one.id))]
    return rank_findings([*found, *_find_free_gateway_endpoints(seen, monthly, gateways)])


def _check_resource(one: Seen, costs: Mapping[str, float]) -> Iterator[Finding]:
    look = {"endpoint": _check_endpoint, "nat-gateway": _check_nat_gateway, "address": _check_address}
    found = look.get(one.kind, _check_idle)(one)
    if found is None:
        return
    kind, title, confidence, evidence, then = found
    removes = {(one.id, meter): dollars for meter, dollars in costs.items()}
    yield Finding(
        kind, title, one.id, one.account, one.region, sum(costs.values()), confidence, evidence, then, removes
    )


_Found = tuple[str, str, str, dict[str, Any], str]


def _check_endpoint(one: Seen) -> _Found | None:
    evidence: dict[str, Any] = {"service": one.service, "state": one.state}
    state = _STATES.get(one.state.lower())
    if state is not None:
        return (*state[:2], SURE, evidence, state[2])
    if one.type == "Gateway":
        if one.routed is False:
            return ("gateway-endpoint-no-route", "A gateway endpoint that no route table uses: free, but unused",
                    SURE, evidence, "Associate it with the route tables of the private subnets.")  # fmt: skip
        return None
    if one.bytes == 0 and one.days:
        return ("endpoint-no-traffic", f"An endpoint that carried nothing in {one.days:g} days", LIKELY,
                evidence | {"days": one.days}, "Delete it, if nothing needs it."
                )  # fmt: skip
    return None


def _check_nat_gateway(one: Seen) -> _Found | None:
    evidence: dict[str, Any] = {"vpc": one.vpc}
    if one.routed is False:
        return ("nat-gateway-no-route", "A NAT gateway that no route uses", LIKELY, evidence, "Delete it.")
    if one.bytes == 0 and one.days:
        return ("nat-gateway-no-traffic", f"A NAT gateway that carried nothing in {one.days:g} days", LIKELY,
                evidence | {"days": one.days}, "Delete it, if nothing needs it.")  # fmt: skip
    return None


def _check_address(one: Seen) -> _Found | None:
    if one.used:
        return None
    return ("idle-address", "A public IPv4 address that nothing uses", SURE, {}, "Release it.")


_IDLE = {
    "attachment": ("attachment-no-traffic", "A Transit Gateway attachment that carried nothing"),
    "load-balancer": ("load-balancer-no-traffic", "A load balancer that processed nothing"),
    "vpn-connection": ("vpn-no-traffic", "A VPN connection that carried nothing"),
    "client-vpn": ("client-vpn-no-traffic", "An association of a Client VPN endpoint that carried nothing"),
    "resolver-endpoint": ("resolver-endpoint-no-queries", "A Resolver endpoint that answered no query"),
    "firewall": ("firewall-no-traffic", "A firewall that received nothing"),
}
"""Kind → the finding where CloudWatch counts nothing, and its title."""


def _check_idle(one: Seen) -> _Found | None:
    if one.bytes != 0 or not one.days:
        return None
    kind, title = _IDLE[one.kind]
    evidence: dict[str, Any] = {"days": one.days, **({"type": one.type} if one.type else {})}
    return (kind, f"{title} in {one.days:g} days", LIKELY, evidence, "Delete it, if nothing needs it.")


def _find_free_gateway_endpoints(
    seen: Sequence[Seen], monthly: Callable[[str], Mapping[str, float]], gateways: Sequence[str]
) -> list[Finding]:
    """Return the VPCs that pay NAT gateways by the GB and do not have all gateway endpoints, which are free."""
    busy_nats: dict[str, list[Seen]] = {}
    existing: dict[str, set[str]] = {}
    for one in seen:
        if one.kind == "nat-gateway" and one.vpc and one.bytes:
            busy_nats.setdefault(one.vpc, []).append(one)
        elif one.kind == "endpoint" and one.type == "Gateway":
            existing.setdefault(one.vpc, set()).add(one.service)
    out = []
    for vpc, nats in busy_nats.items():
        lacks = [service for service in gateways if service not in existing.get(vpc, set())]
        removes = _collect_gb_costs(nats, monthly)
        if lacks and sum(removes.values()) > 0:
            out.append(_report_missing_gateway_endpoint(vpc, nats[0], lacks, removes))
    return out


def _collect_gb_costs(
    nats: Sequence[Seen], monthly: Callable[[str], Mapping[str, float]]
) -> dict[tuple[str, str], float]:
    """Return what each NAT gateway costs a month by the GB: (its id, the meter) → cost."""
    return {(nat.id, meter): cost for nat in nats for meter, cost in monthly(nat.id).items() if meter.endswith("_gb")}


def _report_missing_gateway_endpoint(
    vpc: str, nat: Seen, lacks: list[str], removes: dict[tuple[str, str], float]
) -> Finding:
    return Finding(
        "gateway-endpoint-missing",
        f"No gateway endpoint for {' and '.join(lacks)} next to the NAT gateway",
        vpc,
        nat.account,
        nat.region,
        sum(removes.values()),
        RANGE,
        {"lacks": lacks},
        "Create it: it is free. Flow logs (costmodel flows) show how many of these GB it carries.",
        removes,
    )
