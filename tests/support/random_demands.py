"""Random demands that reach every path, rule, assumption and sort of Region: one a seed."""

from __future__ import annotations

import random

REGS = ["us-east-1"] * 5 + [
    "eu-west-1",
    "eu-central-1",
    "us-west-2",
    "ap-northeast-1",
    "ap-southeast-1",
    "sa-east-1",
    "us-gov-west-1",
    "us-gov-east-1",
    "ap-east-2",
    "ap-southeast-5",
    "me-central-1",
    "eu-west-2",
    "ca-central-1",
    "eu-south-2",
]
AWAY = ["us-gov-west-1", "us-gov-east-1", "cn-north-1", "eusc-de-east-1"]
SV = [
    "s3",
    "s3",
    "dynamodb",
    "kms",
    "kms",
    "sqs",
    "logs",
    "cloudwatch",
    "eventbridge",
    "ecr.dkr",
    "ecr.api",
    "s3express",
    "internet",
    "internet",
    "step-functions",
    "sts",
    "bundle:ecr",
    "bundle:ssm",
    "bundle:serverless",
    "bundle:cloudwatch",
    "lambda",
    "dynamodb-streams",
    "ec2",
]

CIDRS = ["10.%d.0.0/16" % i for i in range(8)] + ["10.0.128.0/20", "10.2.3.0/24", "10.4.0.0/14", "172.31.0.0/16"]
CIDRS += ["fd00:%x::/48" % i for i in range(4)] + ["fd00:1:0:40::/60", "::a00:0/104"]


def gb(r):
    x = r.random()
    if x < 0.15:
        return 0
    if x < 0.55:
        return r.choice([0.5, 1, 3, 7.25, 20, 100, 999.999, 33.3, 0.001])
    if x < 0.9:
        return round(r.uniform(0, 5000), r.choice([0, 1, 3]))
    if x < 0.96:
        return r.choice([20000, 61000.5, 200000])
    return r.choice([1048576, 524288, 2000000, 5242880, 9000000.5, 349525.25])


def make(seed):
    r = random.Random(seed)
    d = {"name": "r%d" % seed, "region": r.choice(REGS)}
    if r.random() < 0.25:
        d["hours"] = r.choice([744, 672, 100.25, 1, 0.1, 730.5, 720, 0, 8760])
    if r.random() < 0.3:
        d["payer"] = r.choice(["111111111111", "999999999999"])
    regs = [d["region"]] + ([r.choice(REGS)] if r.random() < 0.3 else [])
    doms = [None] if r.random() < 0.6 else ["prod", "dev"]
    vp = []
    acct = lambda: r.choice(["111111111111", "222222222222", "333333333333"])
    for i in range(r.randint(1, 4)):
        v = {"name": "abcd"[i]}
        if r.random() < 0.5:
            v["count"] = r.choice([1, 2, 3, 5])
        if r.random() < 0.7:
            v["zones"] = r.randint(1, 6)
        if r.random() < 0.6:
            v["account"] = acct()
        if len(regs) > 1 and r.random() < 0.5:
            v["region"] = regs[1]
        dm = r.choice(doms)
        if dm:
            v["domain"] = dm
        vp.append(v)
    for i in range(r.choice([0, 0, 1, 1, 2])):
        v = {"name": "h%d" % i, "hub": True}
        if r.random() < 0.7:
            v["zones"] = r.randint(1, 5)
        if r.random() < 0.7:
            v["account"] = acct()
        if len(regs) > 1 and r.random() < 0.5:
            v["region"] = regs[1]
        dm = r.choice(doms + [None])
        if dm:
            v["domain"] = dm
        vp.append(v)
    sites = []
    for i in range(r.choice([0, 0, 0, 1, 2])):
        v = {"name": "o%d" % i, "on_premises": True}
        if r.random() < 0.8:
            v["connection"] = r.choice(["vpn", "direct-connect"])
        if len(regs) > 1 and r.random() < 0.3:
            v["region"] = regs[1]
        dm = r.choice(doms)
        if dm:
            v["domain"] = dm
        if r.random() < 0.3:
            v["zones"] = r.randint(1, 6)
        vp.append(v)
        sites.append(v["name"])
    r.shuffle(vp)
    d["vpcs"] = vp
    inner = [v["name"] for v in vp if not v.get("on_premises")]
    single = [v["name"] for v in vp if not v.get("on_premises") and v.get("count", 1) == 1]
    own = []
    if r.random() < 0.5:
        d["services"] = []
        for i in range(r.randint(1, 3)):
            k = r.choice(["endpoint-service", "lattice", "resource"])
            pr = r.choice(["", "tcp", "udp", "tls", "http", "https", "grpc"] + ["tcp"] * 3)
            if k == "resource" and pr == "udp":
                pr = "tcp"
            s = {"name": "x%d" % i, "kind": k}
            if pr:
                s["protocol"] = pr
            if single and r.random() < 0.9:
                s["vpc"] = r.choice(single)
            d["services"].append(s)
            own.append(s["name"])
    fl = []
    for i in range(r.randint(1, 9)):
        f = {"from": r.choice(inner), "to": r.choice(SV + own * 4)}
        if r.random() < 0.85:
            f["gb_sent"] = gb(r)
        if r.random() < 0.85:
            f["gb_received"] = gb(r)
        if f["to"] in own and r.random() < 0.6:
            f["requests_per_hour"] = r.choice([0, 1000, 200000, 300000, 1e6, 123456.5])
        fl.append(f)
    for s in sites:
        for i in range(r.randint(0, 3)):
            f = {
                "from": s,
                "to": r.choice(
                    ["s3", "dynamodb", "kms", "sqs", "bundle:ssm"]
                    + [o["name"] for o in d.get("services", []) if o["kind"] == "endpoint-service"]
                ),
            }
            if r.random() < 0.85:
                f["gb_sent"] = gb(r)
            if r.random() < 0.85:
                f["gb_received"] = gb(r)
            fl.append(f)
    r.shuffle(fl)
    d["flows"] = fl
    ex = {}
    if r.random() < 0.3:
        ex["transit_gateway"] = True if r.random() < 0.5 else r.sample(inner, r.randint(1, len(inner)))
    if r.random() < 0.25:
        ex["nat_gateways"] = [
            r.choice(inner) if r.random() < 0.6 else {"vpc": r.choice(inner), "count": r.randint(1, 4)}
            for _ in range(r.randint(1, 2))
        ]
    if r.random() < 0.2:
        ex["endpoints"] = [
            dict(
                vpc=r.choice(inner),
                service=r.choice(["kms", "sqs", "sts", "eventbridge"]),
                **({"zones": r.randint(1, 3)} if r.random() < 0.6 else {}),
            )
            for _ in range(r.randint(1, 2))
        ]
    if r.random() < 0.1:
        ex["hosted_zones"] = [dict(vpc=r.choice(inner), service=r.choice(["kms", "sqs"]))]
    if r.random() < 0.1:
        ex["resolver_endpoints"] = [r.choice(inner)]
    if sites and r.random() < 0.5:
        ex["connections"] = [r.choice(sites)]
    if ex:
        d["existing"] = ex
    c = {}
    if r.random() < 0.2:
        c["private"] = [r.choice(inner)]
    if r.random() < 0.25:
        c["min_zones"] = r.randint(1, 4)
    if r.random() < 0.1:
        c["forbid"] = [
            {
                "path": r.choice(
                    [
                        "own-endpoint",
                        "gateway-endpoint",
                        "hub-transit-gateway",
                        "hub-peering",
                        "nat-per-zone",
                        "routed-peering",
                    ]
                )
            }
        ]
    if c:
        d["constraints"] = c
    a = {}
    for k, v in {
        "free-egress": ["excluded", "counted"],
        "hub-dns": ["hosted-zones", "profile", "none"],
        "endpoint-dns": ["regional", "zonal"],
        "cross-zone-endpoint": ["free", "charged"],
        "cross-zone-peered": ["charged", "free"],
        "cross-zone-transit-gateway": ["free", "charged"],
        "nat-crossing-sides": [2, 1],
        "resource-endpoint-hours": ["endpoint", "zone"],
        "regional-nat-hours": ["zone", "gateway"],
        "transit-gateway-payer": ["source", "destination", "owner"],
        "cross-region-rate": ["source", "endpoint-region"],
    }.items():
        if r.random() < 0.25:
            a[k] = r.choice(v)
    if a:
        d["assumptions"] = a
    rare(r, d, sites)
    return d


def rare(r, d, sites):
    """What is drawn last: a site's way to the internet, a resource of UDP, CIDRs that overlap, a service elsewhere."""
    if sites and r.random() < 0.05:
        d["flows"].append({"from": r.choice(sites), "to": "internet", "gb_sent": gb(r)})
    for s in d.get("services", []):
        if s["kind"] == "resource" and r.random() < 0.1:
            s["protocol"] = "udp"
    if r.random() < 0.25:
        for v in d["vpcs"]:
            if r.random() < 0.8:
                v["cidrs"] = r.sample(CIDRS, r.choice([1, 1, 1, 2]))
    if r.random() < 0.2:
        name = r.choice(["s3", "kms", "sqs", "dynamodb", "sts"])
        d.setdefault("services", []).append({"name": name, "region": r.choice(REGS + AWAY * 3)})
