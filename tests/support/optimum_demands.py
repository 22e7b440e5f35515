"""Random demands for the optimizer: small enough for an oracle, with tiers, hubs, constraints and what exists. One a seed."""

from __future__ import annotations

import random

SERVICES = ["kms", "sqs", "logs", "s3", "sts", "internet", "kinesis-streams", "dynamodb"]
BOUND = ["private", "endpoint_policy", "vpc_policy", "min_zones", "forbid", "pin", "quotas", "max_changes", "domains"]


def make(seed):
    """Return a demand, and what it is meant to reach."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    large = seed % 2 == 1
    reach = {"large" if large else "few"}
    region = r.choice(["us-east-1", "us-east-1", "eu-central-1", "sa-east-1", "ap-southeast-2"])
    scale = r.choice([1, 30, 1_000, 30_000, 700_000])
    if scale > 1e5:
        reach.add("tiers")
    names = "abcde"[: r.randint(3, 5) if large else r.randint(1, 2)]
    vpcs = [{"name": n, "zones": r.randint(1, 3), "account": r.choice(["1" * 12, "2" * 12])} for n in names]
    hubs = ["h"] if r.random() < 0.8 else []
    domains = large and r.random() < 0.2
    if domains:
        reach.add("domains")
        for v in vpcs:
            v["domain"] = r.choice(["prod", "dev"])
    vpcs += [{"name": h, "hub": True, "zones": r.randint(1, 3)} for h in hubs]
    services = r.sample(SERVICES, r.randint(2, 3) if large else r.randint(1, 4))
    pairs = [(v, s) for v in names for s in services]
    flows = [
        {
            "from": v,
            "to": s,
            "gb_sent": round(scale * r.random() ** 2, 3),
            "gb_received": round(scale * r.random() ** 2, 3),
        }
        for v, s in r.sample(pairs, min(len(pairs), r.randint(5, 12) if large else r.randint(1, 4)))
    ]
    d = {"region": region, "vpcs": vpcs, "flows": flows, "constraints": {}, "existing": {}}
    d["assumptions"] = {"hub-dns": r.choice(["hosted-zones", "none"] if large else ["hosted-zones", "profile", "none"])}
    if not large and r.random() < 0.3:
        d["assumptions"]["free-egress"] = "counted"
        reach.add("allowances")
    if r.random() < 0.3:
        d["existing"] = r.choice([
            {"transit_gateway": True},
            {"nat_gateways": [names[0]]},
            {"nat_gateways": [{"vpc": names[0], "count": 1}]},
            {"endpoints": [{"vpc": names[0], "service": "kms"}]},
        ])  # fmt: skip
        reach.add("existing")
    for what in r.sample(BOUND, r.choice([0, 1, 1, 2])):
        if _bind(r, d, what, names, large=large):
            reach.add(what)
    return d, reach


def _bind(r, d, what, names, *, large):
    c = d["constraints"]
    some = r.sample(names, r.randint(1, len(names)))
    if what in ("private", "endpoint_policy", "vpc_policy"):
        c[what] = some
    elif what == "min_zones":
        c[what] = r.randint(1, 2)
        if large and len(d["flows"]) > 8:
            d["flows"] = d["flows"][:8]
    elif what == "forbid":
        c[what] = [
            {"path": p} for p in r.sample(["hub-peering", "own-endpoint", "nat-single", "hub-transit-gateway"], 2)
        ]
    elif what == "pin":
        one = r.choice(d["flows"])
        if one["to"] in ("s3", "dynamodb", "internet"):
            return False
        c[what] = [{"vpc": one["from"], "service": one["to"], "path": r.choice(["own-endpoint", "nat-per-zone"])}]
    elif what == "quotas" and not large:
        c[what] = r.choice([{"endpoints-per-vpc": r.randint(0, 2)}, {"transit-gateway-attachments": 1}])
    elif what == "max_changes" and not large:
        d["today"] = r.choice(["nat-for-everything", "per-vpc-endpoints", "nat-single"])
        c[what] = r.randint(0, 2)
    else:
        return False
    return True
