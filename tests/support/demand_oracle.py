"""What every architecture of a demand costs, written a second time from the specification alone: plain, slow, exact.

It shares nothing with the engine but the tables in data/. Fractions and loops. Here: what a demand says, which paths are
out, and which an architecture takes; ``plan_oracle`` meters and prices a plan.
"""

from __future__ import annotations

import csv
import ipaddress
from collections import defaultdict
from fractions import Fraction as F
from pathlib import Path

from tests.support import plan_oracle
from tests.support.paths import DATA

ARCHS = [
    "per-vpc-endpoints",
    "centralized-transit-gateway",
    "centralized-peering",
    "shared-vpc",
    "nat-per-zone",
    "nat-single",
    "nat-regional",
    "nat-centralized",
    "nat-for-everything",
    "lattice",
]
AWS = {  # contracts 3, table of architectures
    "per-vpc-endpoints": ["gateway-endpoint", "own-endpoint", "nat-per-zone"],
    "centralized-transit-gateway": ["gateway-endpoint", "hub-transit-gateway", "own-endpoint", "nat-per-zone"],
    "centralized-peering": ["gateway-endpoint", "hub-peering", "own-endpoint", "nat-per-zone"],
    "shared-vpc": ["gateway-endpoint", "shared-vpc", "nat-per-zone"],
    "nat-per-zone": ["gateway-endpoint", "nat-per-zone"],
    "nat-single": ["gateway-endpoint", "nat-single"],
    "nat-regional": ["gateway-endpoint", "nat-regional"],
    "nat-centralized": ["gateway-endpoint", "nat-centralized"],
    "nat-for-everything": ["nat-per-zone"],
    "lattice": ["gateway-endpoint", "own-endpoint", "nat-per-zone"],
}
NET = {a: "nat-per-zone" for a in ARCHS}
NET.update({"nat-single": "nat-single", "nat-regional": "nat-regional", "nat-centralized": "nat-centralized"})
# 'everywhere last' is ambiguous: read as: Lattice comes last everywhere, for services that have no other way
# What is told of a flow that nothing serves: a wish, which the user can loosen; else a fact of the flow; else only that
# a path is for something else (own services, sites, one Region, a gateway endpoint's few services).
WISHES = {"endpoint-policy", "vpc-policy", "forbidden", "nat-private", "min-zones", "pinned", "residency", "bandwidth"}
UNFIT = {"own-service", "own-service-endpoint", "resource-service", "gateway-service", "gateway-in-vpc"}
UNFIT |= {"cross-region-same", "not-on-premises", "on-premises-endpoint", "on-premises-transit-gateway"}
UNFIT |= {"internet-needs-nat", "nat-own-service"}
SITE = ["hub-virtual-private-gateway", "hub-transit-gateway"]
OWN = {a: ["own-endpoint", "cross-region-endpoint", "resource-endpoint"] for a in ARCHS}
OWN["lattice"] = ["lattice"] + OWN["lattice"]
OWN["centralized-transit-gateway"] = ["routed-transit-gateway"] + OWN["per-vpc-endpoints"]
OWN["centralized-peering"] = ["routed-peering"] + OWN["per-vpc-endpoints"]
DEFAULTS = {
    "free-egress": "excluded",
    "hub-dns": "hosted-zones",
    "endpoint-dns": "regional",
    "cross-zone-endpoint": "free",
    "cross-zone-peered": "charged",
    "transit-gateway-payer": "source",
    "cross-zone-transit-gateway": "free",
    "nat-crossing-sides": "2",
    "resource-endpoint-hours": "endpoint",
    "gwlb-hours": "zone",
    "regional-nat-hours": "zone",
    "cross-region-rate": "source",
    "gb": "binary",
}


def rows(p):
    with Path(p).open(newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


REG = {r["location"]: r for r in rows(DATA / "pricing/regions.csv")}
PRICE = defaultdict(list)
for r in rows(DATA / "pricing/prices.csv"):
    end = None if r["tier_to"] == "Inf" else F(r["tier_to"])
    PRICE[r["location"], r["meter"], r["counterpart"]].append((F(r["tier_from"]), end, F(r["price"])))
for v in PRICE.values():
    v.sort(key=lambda t: t[0])
HELD = {(REG[a]["partition"], REG[b]["partition"]) for a, m, b in PRICE if m == "inter_region_out_gb" and b}
SOLD = {(a, b) for a, b in HELD if (b, a) in HELD}  # what goes through a NAT gateway also returns
SVC = {r["name"]: r for r in rows(DATA / "catalogue/services.csv")}
ALIAS = {a: r["name"] for r in SVC.values() for a in r["aliases"].split(";") if a}
BUNDLE = defaultdict(list)
for r in rows(DATA / "catalogue/bundles.csv"):
    if r["required"] == "yes":
        BUNDLE[r["bundle"]].append((r["service"], F(r["share_sent"]), F(r["share_received"])))


def num(x):
    return F(str(x))


class Vpc:
    pass


class Demand:
    """What a demand says: ``all`` holds the VPCs and the hubs that were added, ``hubs_of`` the hubs of each."""


def read(doc, assume=(), prices=PRICE):
    d = Demand()
    d.doc, d.prices, d.canonical = doc, prices, canonical
    d.A = dict(DEFAULTS)
    for k, v in {**(doc.get("assumptions") or {}), **dict(assume)}.items():
        d.A[k] = str(v)
    d.hours = num(doc.get("hours", 730))
    region = doc["region"]
    d.vpcs, d.group = {}, {}
    for s in doc.get("vpcs") or []:
        n = s.get("count", 1)
        names = [s["name"]] if n == 1 else ["%s-%d" % (s["name"], i + 1) for i in range(n)]
        d.group[s["name"]] = names
        for x in names:
            v = Vpc()
            v.name, v.zones, v.account = x, s.get("zones", 3), str(s.get("account", "000000000000"))
            v.region, v.domain, v.hub = s.get("region", region), s.get("domain"), bool(s.get("hub"))
            v.site, v.connection, v.area = bool(s.get("on_premises")), s.get("connection", "vpn"), s.get("location")
            c = s.get("cidrs") or []
            v.nets = [ipaddress.ip_network(n, strict=False) for n in ([c] if isinstance(c, str) else c)]
            d.vpcs[x] = v
            d.group[x] = [x]
    d.payer = str(doc.get("payer", "000000000000"))
    d.own, d.away = {}, {}
    for s in doc.get("services") or []:
        if "kind" not in s:
            d.away[canonical(s["name"])] = s["region"]
            continue
        o = Vpc()
        o.name, o.kind, o.protocol = s["name"], s["kind"], s.get("protocol") or ""
        o.vpc = d.group[s["vpc"]][0] if s.get("vpc") else None
        o.region = s.get("region") or (d.vpcs[o.vpc].region if o.vpc else region)
        o.account = d.vpcs[o.vpc].account if o.vpc else d.payer
        d.own[o.name] = o
    d.flows = flows_of(d, doc)
    constrain(d, doc.get("constraints") or {})
    d.ex = doc.get("existing") or {}
    hubs(d)
    return d


def canonical(name):
    return ALIAS.get(name, name)


def flows_of(d, doc):
    """(VPC, service) -> GB sent, GB received, requests an hour; ``d.peak`` holds the Gbps."""
    flows, d.peak = {}, defaultdict(F)
    for f in doc.get("flows") or []:
        u, r, q = num(f.get("gb_sent", 0)), num(f.get("gb_received", 0)), num(f.get("requests_per_hour", 0))
        to = f["to"]
        if to.startswith("bundle:"):
            parts = [(s, u * a, r * b) for s, a, b in BUNDLE[to[7:]]]
        else:
            parts = [(to if to in d.own else canonical(to), u, r)]
        for v in d.group[f["from"]]:
            for s, a, b in parts:
                g = flows.setdefault((v, s), [F(0), F(0), F(0)])
                g[0] += a
                g[1] += b
                g[2] += q
                d.peak[v, s] += num(f.get("peak_gbps", 0))
    return flows


def constrain(d, c):
    """Wishes: names of VPCs per key, min_zones, quotas, forbidden and pinned paths."""
    d.c = c
    every = list(d.vpcs)
    for key in ("private", "endpoint_policy", "vpc_policy", "residency"):
        said = c.get(key) or []
        setattr(d, key, set(every) if said is True else {x for n in said for x in d.group[n]})
    d.min_zones = c.get("min_zones")
    d.quotas = c.get("quotas") or {}
    d.forbid, d.pin = [], {}
    for e in c.get("forbid") or []:
        e = {"path": e} if isinstance(e, str) else e
        who = set(d.group[e["vpc"]]) if e.get("vpc") else None
        d.forbid.append((e["path"], who, canonical(e["service"]) if e.get("service") else None))
    for e in c.get("pin") or []:
        for x in d.group[e["vpc"]]:
            d.pin[x, canonical(e["service"])] = e["path"]


def serves(h, v):
    return h.region == v.region and (h.domain is None or v.domain is None or h.domain == v.domain)


def hubs(d):
    """Each VPC's hubs: a hub itself first, then all that serve its Region and domain; one is added where none does."""
    given, added = [v for v in d.vpcs.values() if v.hub], []
    for v in sorted((v for v in d.vpcs.values() if not v.hub), key=lambda v: v.domain is None):
        if any(serves(h, v) for h in [*given, *added]):
            continue
        h = Vpc()
        h.account, h.region, h.domain = d.payer, v.region, v.domain
        words = ["hub", v.domain or "", v.region if v.region != d.doc["region"] else ""]
        h.name = "-".join(filter(None, words))
        while h.name in [*d.vpcs, *(other.name for other in added)]:
            h.name += "-added"
        h.hub, h.site, h.nets = True, False, []
        h.zones = max((w.zones for w in d.vpcs.values() if serves(h, w) and not w.site and not w.hub), default=3)
        added.append(h)
    every = [*given, *added]
    d.all = {v.name: v for v in [*d.vpcs.values(), *added]}
    d.added = added
    d.hubs_of = {v.name: sorted((h for h in every if serves(h, v)), key=lambda h: h is not v) for v in d.vpcs.values()}


# ---------------------------------------------------------------- paths
HUBBED = ("hub-transit-gateway", "hub-peering", "hub-virtual-private-gateway", "shared-vpc", "nat-centralized")
HUBBED += ("nat-centralized-single",)
NO_POLICY = ("routed-transit-gateway", "routed-peering")
SHARED_POLICY = ("hub-transit-gateway", "hub-peering", "hub-virtual-private-gateway", "shared-vpc", "lattice")


def routed_to(d, path, v, s, hub):
    """The VPC that a path routes a flow to, and that routes back; None where it does not."""
    if path in HUBBED and path != "shared-vpc":
        return hub if hub is not v else None
    if path.startswith("routed"):
        provider = d.vpcs[d.own[s].vpc]
        return provider if provider is not v else None
    return None


def overlap(a, b):
    return any(m.version == n.version and m.overlaps(n) for m in a.nets for n in b.nets)


def clashes(d, plan):
    """The flows whose VPC overlaps with another one that is routed to the same hub or provider."""
    to = defaultdict(set)
    for (v, s), c in plan.items():
        other = routed_to(d, c.path, d.vpcs[v], s, d.all.get(c.hub))
        if other is not None:
            to[other.name].add((v, s))
    return {
        (v, s)
        for flows in to.values()
        for v, s in flows
        if any(w != v and overlap(d.vpcs[v], d.vpcs[w]) for w, _ in flows)
    }


def refusal(d, path, v, s, hub, wishes=True, choice=None):
    """None, or the rule that forbids: what cannot be first, then what the user does not want."""
    rule = impossible(d, path, v, s, hub)
    if rule is None and d.min_zones and wishes:
        host = hub if path in HUBBED else v
        if not path.startswith(("nat", "gateway", "routed", "lattice")) and host.zones < d.min_zones:
            rule = "min-zones"
    if rule or not wishes:
        return rule
    nat, aws = path.startswith("nat"), s != "internet" and s not in d.own
    if aws and nat and v.name in d.private:
        return "nat-private"
    if aws and (nat or path in NO_POLICY) and v.name in d.endpoint_policy:
        return "endpoint-policy"
    if aws and (nat or path in (*NO_POLICY, *SHARED_POLICY)) and v.name in d.vpc_policy:
        return "vpc-policy"
    if v.name in d.residency and s != "internet" and region_of(d, v, s) != v.region:
        return "residency"
    for fp, fv, fs in d.forbid:
        also = "nat-centralized" if path == "nat-centralized-single" else path
        if fp in (path, also) and (fv is None or v.name in fv) and (fs is None or fs == s):
            return "forbidden"
    if d.pin.get((v.name, s), path) != path:
        return "pinned"
    alone = {(v.name, s): choice or plan_oracle.asked(d, path, v, hub)}
    return "bandwidth" if d.peak[v.name, s] and plan_oracle.overloaded(d, alone, plan_oracle.stands(d, alone)) else None


def region_of(d, v, s):
    return d.own[s].region if s in d.own else d.away.get(s, v.region)


def impossible(d, path, v, s, hub):
    """The fact that keeps a flow from a path, by the specification's rules in their order."""
    own = d.own.get(s)
    cat = SVC.get(s) if own is None else None
    where = region_of(d, v, s)
    other = s != "internet" and where != v.region
    ends = REG[v.region]["partition"], REG[where]["partition"]
    if s != "internet" and ends[0] != ends[1] and not (path.startswith("nat") and ends in SOLD):
        return "partition"
    if path == "gateway-endpoint":
        if own or cat["gateway"] != "yes":
            return "gateway-service"
        return "gateway-in-vpc" if v.site else "gateway-region" if other else None
    if path == "cross-region-endpoint":
        return cross_region(v, s, own, cat, other)
    if path == "resource-endpoint" or path == "lattice":
        return of_resources(path, v, own, other)
    if path.startswith("routed"):
        if not own:
            return "own-service"
        if own.vpc is None:
            return "routed-provider"
        return "on-premises-endpoint" if v.site else "cidr-overlap" if clash(v, d.vpcs[own.vpc]) else None
    if path.startswith("nat"):
        if v.site:
            return "nat-on-premises"
        if own:
            return "nat-own-service"
        if cat["public"] != "yes":
            return "nat-public"
        return "cidr-overlap" if path in HUBBED and clash(v, hub) else None
    return of_endpoints(d, path, v, s, own, cat, other, hub)


def clash(v, other):
    return v is not other and overlap(v, other)


def cross_region(v, s, own, cat, other):
    if s == "internet":
        return "internet-needs-nat"
    if v.site:
        return "on-premises-endpoint"
    if not other:
        return "cross-region-same"
    if own and own.kind != "endpoint-service":
        return "own-service-endpoint"
    return "cross-region-service" if not own and cat["cross_region"] != "yes" else None


def of_resources(path, v, own, other):
    if not own:
        return "own-service"
    if path == "resource-endpoint":
        if own.kind != "resource":
            return "resource-service"
        if own.protocol == "udp":
            return "resource-protocol"
        return "on-premises-endpoint" if v.site else "interface-region" if other else None
    if own.vpc is None:
        return "routed-provider"
    if own.kind == "resource":
        if own.protocol == "udp":
            return "resource-protocol"
    elif own.protocol in ("tcp", "udp"):
        return "lattice-protocol"
    return "on-premises-endpoint" if v.site else "lattice-region" if other else None


def of_endpoints(d, path, v, s, own, cat, other, hub):
    if path == "hub-virtual-private-gateway":
        if not v.site:
            return "not-on-premises"
        if d.ex.get("transit_gateway"):
            return "on-premises-transit-gateway"
    if v.site and path in ("own-endpoint", "hub-peering", "shared-vpc"):
        return "on-premises-endpoint"
    if s == "internet":
        return "nat-on-premises" if v.site else "internet-needs-nat"
    if own and own.kind != "endpoint-service":
        return "own-service-endpoint"
    if not own and cat["interface"] != "yes":
        return "interface-service"
    if other:
        return "interface-region"
    if path not in ("own-endpoint", "shared-vpc") and clash(v, hub):
        return "cidr-overlap"
    return None


# ---------------------------------------------------------------- architectures
def preferred(d, arch, v, s):
    """The paths of an architecture for a flow, in order."""
    if v.site:
        return ["hub-transit-gateway"] if arch in ("centralized-transit-gateway", "nat-centralized") else SITE
    own = d.own.get(s)
    if own:
        return OWN[arch] + (["lattice"] if own.kind == "lattice" else [])
    return [NET[arch]] if s == "internet" else AWS[arch]


def choose(d, arch, wishes=True):
    """The plan of an architecture, and (rule, VPC, service) of flows that it cannot serve."""
    closed = set()
    while True:
        plan, why = {}, []
        for vn, s in d.flows:
            v, told = d.vpcs[vn], [None, None, None]
            paths = preferred(d, arch, v, s)
            paths = [*paths, *(d.pin[vn, s] for _ in [0] if wishes and (vn, s) in d.pin)]
            for path, hub in [(p, g) for p in paths for g in (d.hubs_of[vn] if p in HUBBED else [None])]:
                rule = refusal(d, path, v, s, hub, wishes)
                choice = plan_oracle.asked(d, path, v, hub, wishes=wishes)
                rule = rule or ("cidr-overlap" if (vn, s, choice) in closed else None)
                if rule is None:
                    plan[vn, s] = choice
                    break
                told[0 if rule in WISHES else 2 if rule in UNFIT else 1] = rule
            else:
                why.append((told[0] or told[1] or told[2], vn, s))
        found = clashes(d, plan)
        if not found:
            return plan, why
        closed |= {(*flow, plan[flow]) for flow in found}


def answer(doc, assume=()):
    d = read(doc, assume)
    out = {}
    for a in ARCHS:
        plan, why = choose(d, a)
        built = plan_oracle.build(d, plan)
        why = why or plan_oracle.exceeded(d, plan, built)
        total, charges, unpriced, pays = plan_oracle.price(d, built)
        why = why + plan_oracle.unsold(unpriced) if len(plan) == len(d.flows) else why
        out[a] = dict(
            feasible=not why,
            why=why,
            total_exact=None if (why or unpriced) else total,
            unpriced=dict(unpriced),
            charges={k: tuple(v) for k, v in charges.items()},
            pays={a: cost for a, cost in pays.items() if cost},
            levels=built.levels,
        )
    return out
