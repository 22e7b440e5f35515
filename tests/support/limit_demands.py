"""Random demands whose limits need the solver: peaks, requests, changes from today, quotas. Small enough to try every plan."""

from __future__ import annotations

import random


def make(seed):
    """Return a demand of one of the sorts, by its seed: peaks, requests, changes."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    return (_peaks, _requests, _changes)[seed % 3](r)


def _peaks(r):
    vpcs = [{"name": f"v{i}", "zones": r.randint(1, 3)} for i in range(r.randint(2, 3))]
    names = [v["name"] for v in vpcs]
    pairs = r.sample([(v, s) for v in names for s in ("kms", "sqs", "s3")], r.randint(2, 4))
    flows = [{"from": v, "to": s, "gb_sent": r.choice([0, 1, 40]), "peak_gbps": r.randint(0, 9)} for v, s in pairs]
    hub = [{"name": "h", "hub": True}] if r.random() < 0.4 else []
    quota = {"bandwidth-interface-endpoint-burst": r.randint(1, 10)}
    return {"region": "us-east-1", "vpcs": vpcs + hub, "flows": flows, "constraints": {"quotas": quota}}


def _requests(r):
    vpcs = [{"name": f"v{i}"} for i in range(r.randint(2, 4))]
    kind = r.choice(["endpoint-service", "endpoint-service", "lattice"])
    services = [{"name": f"s{i}", "vpc": "p", "kind": kind, "protocol": "https"} for i in range(r.randint(1, 2))]
    pairs = [(v["name"], s["name"]) for v in vpcs for s in services]
    flows = [
        {
            "from": v,
            "to": s,
            "gb_sent": r.choice([0, 1, 49, 53, 700]),
            "requests_per_hour": r.choice([0, 0, 1000, 250_000, 350_000, 1e6]),
        }
        for v, s in r.sample(pairs, min(len(pairs), r.randint(2, 6)))
    ]
    quota = {"quotas": {"peerings-per-vpc": r.randint(0, 2)}}
    return {
        "region": "us-east-1",
        "vpcs": [*vpcs, {"name": "p"}],
        "services": services,
        "flows": flows,
        "constraints": quota if r.random() < 0.7 else {},
    }


def _changes(r):
    vpcs = [{"name": f"v{i}", "zones": r.randint(1, 3)} for i in range(2)] + [{"name": "h", "hub": True}]
    pairs = r.sample([(f"v{i}", s) for i in range(2) for s in ("kms", "sqs", "s3", "internet")], r.randint(2, 4))
    flows = [{"from": v, "to": s, "gb_sent": round(r.expovariate(1 / 500), 1)} for v, s in pairs]
    today = r.choice(["nat-for-everything", "per-vpc-endpoints", "nat-single"])
    limit = {"max_changes": r.randint(0, 3)}
    return {"region": "us-east-1", "vpcs": vpcs, "flows": flows, "constraints": limit, "today": today}
