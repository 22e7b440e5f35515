"""What bills in a live account although it is useless: endpoints nobody accepted, gateways nothing goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.finding import Finding, rank_findings
from costmodel.core.certainty import LIKELY, RANGE, SURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from costmodel.network.live_resource import Seen

_STATES = {
    "pendingacceptance": ("endpoint-pending", "An endpoint waits for its provider to accept it, and bills its hours",
                          "Ask the provider to accept it, or delete it."),
    "rejected": ("endpoint-rejected", "An endpoint that its provider rejected bills its hours", "Delete it."),
    "failed": ("endpoint-failed", "An endpoint that failed bills its hours", "Delete it and make it anew."),
    "expired": ("endpoint-expired", "An endpoint whose offer expired bills its hours", "Delete it."),
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
    look = {"endpoint": _check_endpoint, "nat-gateway": _check_nat_gateway, "address": _check_address}[one.kind]
    found = look(one)
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
            return ("gateway-endpoint-no-route", "A gateway endpoint that no route table leads to: free, and unused",
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
        return ("nat-gateway-no-route", "A NAT gateway that no route leads to", LIKELY, evidence, "Delete it.")
    if one.bytes == 0 and one.days:
        return ("nat-gateway-no-traffic", f"A NAT gateway that carried nothing in {one.days:g} days", LIKELY,
                evidence | {"days": one.days}, "Delete it, if nothing needs it.")  # fmt: skip
    return None


def _check_address(one: Seen) -> _Found | None:
    if one.used:
        return None
    return ("idle-address", "A public IPv4 address that nothing uses", SURE, {}, "Release it.")


def _find_free_gateway_endpoints(
    seen: Sequence[Seen], monthly: Callable[[str], Mapping[str, float]], gateways: Sequence[str]
) -> list[Finding]:
    """Return VPCs that pay a NAT gateway by the GB and lack gateway endpoints, which are free."""
    out = []
    for vpc in dict.fromkeys(one.vpc for one in seen if one.kind == "nat-gateway" and one.vpc):
        nats = [one for one in seen if one.kind == "nat-gateway" and one.vpc == vpc and one.bytes]
        has = {one.service for one in seen if one.kind == "endpoint" and one.type == "Gateway" and one.vpc == vpc}
        lacks = [s for s in gateways if s not in has]
        removes = {(n.id, m): d for n in nats for m, d in monthly(n.id).items() if m.endswith("_gb")}
        if nats and lacks and sum(removes.values()) > 0:
            out.append(
                Finding("gateway-endpoint-missing", f"No gateway endpoint for {' and '.join(lacks)} beside its NAT",
                        vpc, nats[0].account, nats[0].region, sum(removes.values()), RANGE, {"lacks": lacks},
                        "Make it: it is free. Flow logs (costmodel flows) say how much of these GB it takes.", removes)
            )  # fmt: skip
    return out
