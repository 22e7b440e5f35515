"""Random demands that an oracle can solve by trying everything, with all that a demand, a contract and a price book may
hold: accounts and a payer, hubs, Regions, sites, own services, alike VPCs, CIDRs, peaks, requests, what exists, what is
built today, every constraint, free egress, contracts with tiers of few units, and meters without a price. One a seed.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

REGIONS = ["us-east-1"] * 5 + ["eu-west-1", "ap-southeast-2", "sa-east-1", "us-gov-west-1"]
ACCOUNTS = ["111111111111", "222222222222", "333333333333"]
SERVICES = ["kms", "sqs", "logs", "s3", "internet", "internet", "dynamodb"]
KINDS = ["endpoint-service", "endpoint-service", "lattice", "resource"]
CIDRS = ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.0.128.0/20", "10.0.0.0/14"]
LOSSES = ["interface_endpoint_hour", "nat_gateway_hour", "tgw_vpc_attachment_hour", "vpc_peering_cross_az_gb_a"]
LOSSES += ["regional_nat_gateway_hour", "route53_hosted_zone_month", "interface_endpoint_gb"]
TIERED = {"interface_endpoint_gb": 0.01, "nat_gateway_gb": 0.05, "tgw_vpc_gb": 0.02}
HOURLY = {"interface_endpoint_hour": 0.01, "nat_gateway_hour": 0.05}
ARCHITECTURES = ["nat-for-everything", "per-vpc-endpoints", "nat-single", "centralized-peering", "nat-centralized"]
ARCHITECTURES += ["centralized-transit-gateway", "lattice"]
ASSUMPTIONS = {
    "free-egress": ["counted", "counted", "excluded"],
    "hub-dns": ["hosted-zones", "profile", "none"],
    "endpoint-dns": ["regional", "zonal"],
    "cross-zone-endpoint": ["free", "charged"],
    "cross-zone-peered": ["charged", "free"],
    "cross-zone-transit-gateway": ["free", "charged"],
    "nat-crossing-sides": [2, 1],
    "resource-endpoint-hours": ["endpoint", "zone"],
    "regional-nat-hours": ["zone", "gateway"],
    "cross-region-rate": ["source", "endpoint-region"],
}
MOST = 5
"""Flows, once counts are expanded."""


class Rich(NamedTuple):
    """A demand's mapping, the terms of a contract, and the meters whose prices are taken away."""

    document: dict[str, Any]
    terms: list[dict[str, Any]]
    lost: list[str]


def make(seed: int) -> Rich:
    """Draw a demand."""
    r = random.Random(f"rich {seed}")  # noqa: S311 - no secrets
    document: dict[str, Any] = {"region": r.choice(REGIONS), "payer": r.choice(["999999999999", *ACCOUNTS])}
    regions = [document["region"], *([r.choice(REGIONS)] if r.random() < 0.3 else [])]
    names = _vpcs(r, document, regions)
    _services(r, document, names)
    scale = r.choice([1, 30, 1_000, 30_000])
    _flows(r, document, names, scale)
    _existing(r, document, names)
    _today(r, document)
    _constraints(r, document, names)
    document["assumptions"] = {k: r.choice(v) for k, v in ASSUMPTIONS.items() if r.random() < 0.25}
    terms = _terms(r, document, scale) if r.random() < 0.35 else []
    lost = [r.choice(LOSSES)] if not terms and r.random() < 0.15 else []
    return Rich(document, terms, lost)


def _vpcs(r: Any, document: dict[str, Any], regions: list[str]) -> list[str]:
    vpcs = [{"name": n, "count": r.choice([1, 1, 1, 2])} for n in "abc"[: r.randint(1, 3)]]
    vpcs += [{"name": f"h{i}", "hub": True} for i in range(r.choice([0, 1, 1, 2]))]
    vpcs += [{"name": "o", "on_premises": True, "connection": r.choice(["vpn", "direct-connect"])}] * (r.random() < 0.2)
    domains = r.random() < 0.15
    for v in vpcs:
        v |= {"zones": r.randint(1, 3), "account": r.choice(ACCOUNTS)}
        if len(regions) > 1 and r.random() < 0.5:
            v["region"] = regions[1]
        if domains and r.random() < 0.7:
            v["domain"] = r.choice(["prod", "dev"])
    if r.random() < 0.25:
        for v in vpcs:
            if r.random() < 0.8:
                v["cidrs"] = r.sample(CIDRS, r.choice([1, 1, 2]))
    document["vpcs"] = vpcs
    return [v["name"] for v in vpcs]


def _services(r: Any, document: dict[str, Any], names: list[str]) -> None:
    single = [v["name"] for v in document["vpcs"] if v.get("count", 1) == 1 and not v.get("on_premises")]
    services: list[dict[str, Any]] = []
    for i in range(r.choice([0, 0, 1, 2]) if single else 0):
        service = {"name": f"x{i}", "kind": r.choice(KINDS), "protocol": r.choice(["tcp", "https", "https", "tls"])}
        services.append(service | ({"vpc": r.choice(single)} if r.random() < 0.9 else {}))
    if r.random() < 0.2:
        services.append({"name": r.choice(["kms", "sqs", "s3"]), "region": r.choice(REGIONS)})
    if services:
        document["services"] = services


def _flows(r: Any, document: dict[str, Any], names: list[str], scale: float) -> None:
    own = [s["name"] for s in document.get("services", ()) if "kind" in s]
    sites = {v["name"] for v in document["vpcs"] if v.get("on_premises")}
    many = {v["name"]: v.get("count", 1) for v in document["vpcs"]}
    offered = [s["name"] for s in document.get("services", ()) if s.get("kind") == "endpoint-service"]
    peaks, left, flows, seen = r.random() < 0.15, MOST, [], set()
    for _ in range(r.randint(2, MOST + 1)):
        v = r.choice(names)
        s = r.choice(["kms", "s3", *offered] if v in sites else [*SERVICES, *own * 3])
        if (v, s) in seen or many[v] > left:
            continue
        seen.add((v, s))
        left -= many[v]
        flow = {"from": v, "to": s, "gb_sent": _gb(r, scale), "gb_received": _gb(r, scale)}
        if s in own and r.random() < 0.6:
            flow["requests_per_hour"] = r.choice([1000, 150_000, 300_000, 1_000_000])
        if peaks and r.random() < 0.7:
            flow["peak_gbps"] = r.choice([1, 5, 20, 60, 90])
        flows.append(flow)
    document["flows"] = flows or [{"from": names[0], "to": "kms", "gb_sent": 1}]


def _gb(r: Any, scale: float) -> float:
    return r.choice([0, round(scale * r.random() ** 2, 3), round(scale * r.random(), 1), scale])


def _existing(r: Any, document: dict[str, Any], names: list[str]) -> None:
    inner = [v["name"] for v in document["vpcs"] if not v.get("on_premises")]
    sites = [v["name"] for v in document["vpcs"] if v.get("on_premises")]
    found: dict[str, Any] = {"transit_gateway": True} if r.random() < 0.2 else {}
    if not found and r.random() < 0.1:
        found["transit_gateway"] = r.sample(inner, r.randint(1, len(inner)))
    if r.random() < 0.15:
        found["nat_gateways"] = [{"vpc": r.choice(inner), "count": r.randint(1, 3)}]
    if r.random() < 0.25:
        services = r.sample(["kms", "sqs", "logs"], r.randint(1, 2))
        found["endpoints"] = [{"vpc": r.choice(inner), "service": s, "zones": r.randint(1, 3)} for s in services]
    if len(inner) > 1 and r.random() < 0.1:
        one, other = r.sample(inner, 2)
        regions = {v["name"]: v.get("region", document["region"]) for v in document["vpcs"]}
        if regions[one] == regions[other]:
            found["peerings"] = [{"vpc": one, "peer": other}]
    if r.random() < 0.05:
        found["hosted_zones"] = [{"vpc": r.choice(inner), "service": "kms"}]
    if sites and r.random() < 0.3:
        found["connections"] = list(sites)
    if found:
        document["existing"] = found


def _today(r: Any, document: dict[str, Any]) -> None:
    if r.random() < 0.35 and not any("peak_gbps" in f for f in document["flows"]):
        document["today"] = r.choice(ARCHITECTURES)


def _constraints(r: Any, document: dict[str, Any], names: list[str]) -> None:
    c: dict[str, Any] = {}
    some = lambda: r.sample(names, r.randint(1, len(names)))  # noqa: E731 - drawn anew
    for key, share in (("private", 0.12), ("endpoint_policy", 0.06), ("vpc_policy", 0.06), ("residency", 0.06)):
        if r.random() < share:
            c[key] = some()
    if r.random() < 0.3:
        c["min_zones"] = r.randint(1, 3)
    if r.random() < 0.1:
        c["allow"] = ["shared-vpc"]
    if r.random() < 0.12:
        paths = ["hub-peering", "own-endpoint", "nat-single", "hub-transit-gateway", "nat-centralized"]
        c["forbid"] = [
            {"path": p, **({"vpc": r.choice(names)} if r.random() < 0.4 else {})} for p in r.sample(paths, 2)
        ]
    if r.random() < 0.08:
        one = r.choice(document["flows"])
        paths = ["own-endpoint", "nat-per-zone", "hub-peering", "nat-single"]
        c["pin"] = [{"vpc": one["from"], "service": one["to"], "path": r.choice(paths)}]
    if r.random() < 0.15:
        c["quotas"] = r.choice([
            {"endpoints-per-vpc": r.randint(0, 2)}, {"transit-gateway-attachments": r.randint(0, 2)},
            {"peerings-per-vpc": r.randint(0, 1)}, {"gateway-endpoints-per-region": 0},
            {"peerings-per-vpc-default": 1, "endpoints-per-vpc": 2}, {"resource-endpoints-per-vpc": 0},
        ])  # fmt: skip
    if any("peak_gbps" in f for f in document["flows"]) and r.random() < 0.5:
        c["quotas"] = {"bandwidth-interface-endpoint-burst": r.choice([2, 20, 50])}
    if "today" in document:
        if r.random() < 0.5:
            c["max_changes"] = r.randint(0, 3)
        if r.random() < 0.4:
            c["no_account_pays_more"] = True
    if c:
        document["constraints"] = c


def _terms(r: Any, document: dict[str, Any], scale: float) -> list[dict[str, Any]]:
    """A percentage, and meters whose prices fall after few units."""
    terms: list[dict[str, Any]] = [{"percent_off": r.choice([3, 10])}] if r.random() < 0.3 else []
    for meter in r.sample([*TIERED, *HOURLY], r.randint(1, 2)):
        first = (TIERED | HOURLY)[meter]
        edge = r.choice([0.2, 0.7, 2]) * scale if meter in TIERED else r.choice([730, 1460, 3000])
        steps = [(0, 1.0), (edge, r.choice([0.2, 0.5, 0.9])), *([(3 * edge, 0.1)] if r.random() < 0.4 else [])]
        tiers = [{"from": f"{start:.3f}", "price": f"{first * share:.5f}"} for start, share in steps]
        terms.append({"meter": meter, "tiers": tiers})
    return terms
