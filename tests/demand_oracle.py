"""What every architecture of a demand costs, written a second time from the specification alone: plain, slow, exact.

It shares nothing with the engine but the tables in data/. Fractions and loops; one long walk through the rules.
"""

from __future__ import annotations

import csv
import ipaddress
import math
from collections import defaultdict
from fractions import Fraction as F
from pathlib import Path

DATA = str(Path(__file__).parents[1] / "data")
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


REG = {r["location"]: r for r in rows(DATA + "/pricing/regions.csv")}
PRICE = defaultdict(list)
for r in rows(DATA + "/pricing/prices.csv"):
    end = None if r["tier_to"] == "Inf" else F(r["tier_to"])
    PRICE[r["location"], r["meter"], r["counterpart"]].append((F(r["tier_from"]), end, F(r["price"])))
for v in PRICE.values():
    v.sort(key=lambda t: t[0])
SOLD = {(REG[a]["partition"], REG[b]["partition"]) for a, m, b in PRICE if m == "inter_region_out_gb" and b}
SVC = {r["name"]: r for r in rows(DATA + "/catalogue/services.csv")}
ALIAS = {a: r["name"] for r in SVC.values() for a in r["aliases"].split(";") if a}
BUNDLE = defaultdict(list)
for r in rows(DATA + "/catalogue/bundles.csv"):
    if r["required"] == "yes":
        BUNDLE[r["bundle"]].append((r["service"], F(r["share_sent"]), F(r["share_received"])))


def num(x):
    return F(str(x))


def whole(h):  # "a part of an hour is a full one"; rounded to 1e-9 before the ceiling
    return F(math.ceil(round(h * 10**9) / F(10**9)))


class Vpc:
    pass


def read(doc, assume=()):
    d = Vpc()
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
            v.nets = [ipaddress.ip_network(n) for n in ([c] if isinstance(c, str) else c)]
            d.vpcs[x] = v
            d.group[x] = [x]
    d.payer = str(doc.get("payer", "000000000000"))
    d.own, d.away = {}, {}
    for s in doc.get("services") or []:
        if "kind" not in s:
            d.away[ALIAS.get(s["name"], s["name"])] = s["region"]
            continue
        o = Vpc()
        o.name, o.kind, o.protocol = s["name"], s["kind"], s.get("protocol") or ""
        o.vpc = d.group[s["vpc"]][0] if s.get("vpc") else None
        o.region = s.get("region") or (d.vpcs[o.vpc].region if o.vpc else region)
        o.account = d.vpcs[o.vpc].account if o.vpc else d.payer
        d.own[o.name] = o
    flows = {}
    for f in doc.get("flows") or []:
        u, r, q = num(f.get("gb_sent", 0)), num(f.get("gb_received", 0)), num(f.get("requests_per_hour", 0))
        to = f["to"]
        if to.startswith("bundle:"):
            parts = [(s, u * a, r * b, F(0)) for s, a, b in BUNDLE[to[7:]]]
        else:
            parts = [(to if to in d.own else ALIAS.get(to, to), u, r, q)]
        for v in d.group[f["from"]]:
            for s, a, b, c in parts:
                g = flows.setdefault((v, s), [F(0), F(0), F(0)])
                g[0] += a
                g[1] += b
                g[2] += c
    d.flows = flows
    c = doc.get("constraints") or {}
    d.private = {x for n in c.get("private") or [] for x in d.group[n]}
    d.min_zones = c.get("min_zones")
    d.quotas = c.get("quotas") or {}
    d.forbid, d.pin = [], {}
    for e in c.get("forbid") or []:
        d.forbid.append(
            (
                e["path"],
                set(d.group[e["vpc"]]) if e.get("vpc") else None,
                ALIAS.get(e["service"], e["service"]) if e.get("service") else None,
            )
        )
    for e in c.get("pin") or []:
        for x in d.group[e["vpc"]]:
            d.pin[x, ALIAS.get(e["service"], e["service"])] = e["path"]
    d.ex = doc.get("existing") or {}
    hubs(d)
    return d


def hubs(d):
    """Each VPC's hub: itself, else the first that serves its Region and domain, else one that is added."""
    d.hub_of, d.hubs_of, added = {}, {}, {}
    given = [v for v in d.vpcs.values() if v.hub]

    def serves(h, v):
        return h.region == v.region and (h.domain is None or v.domain is None or h.domain == v.domain)

    homeless = []
    for v in d.vpcs.values():
        if v.hub:
            d.hub_of[v.name] = v
            d.hubs_of[v.name] = [v]
            continue
        fit = [h for h in given if serves(h, v)]
        if fit:
            d.hub_of[v.name] = fit[0]
            d.hubs_of[v.name] = fit
        else:
            homeless.append(v)

    def add(v, key):
        if key not in added:
            h = Vpc()
            h.name, h.zones, h.account, h.region, h.domain = "hub %s %s" % key, 0, d.payer, v.region, v.domain
            h.hub, h.site, h.nets = True, False, []
            added[key] = h
        h = added[key]
        if not v.site:
            h.zones = max(h.zones, v.zones)
        d.hub_of[v.name] = h

    for v in homeless:
        if v.domain is not None:
            add(v, (v.region, v.domain))
    for v in homeless:
        if v.domain is None:  # may use any hub
            add(v, next((k for k in added if k[0] == v.region), (v.region, None)))
    for v in homeless:
        d.hubs_of[v.name] = [d.hub_of[v.name]]
        for h in added.values():  # whichever of them it uses
            if serves(h, v) and not v.site:
                h.zones = max(h.zones, v.zones)
    for h in added.values():
        h.zones = h.zones or 3


# ---------------------------------------------------------------- paths
OF_SERVICES = ("nlb", "remote", "lattice", "lattice-resource")  # their account is the provider's
HUBBED = ("hub-transit-gateway", "hub-peering", "shared-vpc", "on-premises", "nat-centralized")


def feasible(d, path, v, s, hub=None, name=None):
    """None, or the rule that forbids: what cannot be first, then what the user does not want."""
    rule = refusal(d, path, v, s, hub)
    for fp, fv, fs in d.forbid:
        if not rule and fp == (name or path) and (fv is None or v.name in fv) and (fs is None or fs == s):
            return "forbidden"
    return rule


def unroutable(d, v, server):
    """Whether a route from v to a hub or provider would be ambiguous: some of v's addresses are the server's too, or
    those of another that the server answers: whoever has it as a hub and has flows, VPCs that use its services."""
    if v is server:
        return False
    rivals = [server]
    for w, s in d.flows:
        w, own = d.vpcs[w], d.own.get(s)
        if server in d.hubs_of[w.name] or (own and own.vpc == server.name and not w.site):
            rivals.append(w)
    pairs = [(a, b) for w in rivals if w is not v for a in v.nets for b in w.nets]
    return any(a.version == b.version and a.overlaps(b) for a, b in pairs)


def refusal(d, path, v, s, hub):
    own = d.own.get(s)
    cat = SVC.get(s) if own is None else None
    where = own.region if own else d.away.get(s, v.region)
    other = s != "internet" and where != v.region
    ends = REG[v.region]["partition"], REG[where]["partition"]
    if s != "internet" and ends[0] != ends[1] and not (path.startswith("nat") and ends in SOLD):
        return "partition"
    if path == "gateway-endpoint":
        if own or cat["gateway"] != "yes":
            return "gateway-service"
        if v.site:
            return "gateway-in-vpc"
        if other:
            return "gateway-region"
    elif path in ("own-endpoint", "hub-transit-gateway", "hub-peering", "shared-vpc", "on-premises"):
        host = v if path == "own-endpoint" else hub
        if v.site and path != "on-premises":
            return "on-premises-endpoint"
        if own:
            if own.kind != "endpoint-service":
                return "own-service-endpoint"
            if path not in ("own-endpoint", "on-premises"):
                return "own-service"
        elif cat["interface"] != "yes":
            if s != "internet":
                return "interface-service"
            return "nat-on-premises" if v.site else "internet-needs-nat"
        if other:
            return "interface-region"
        if path not in ("own-endpoint", "shared-vpc") and unroutable(d, v, hub):
            return "cidr-overlap"
        if d.min_zones and host.zones < d.min_zones:
            return "min-zones"
    elif path == "cross-region-endpoint":
        if v.site:
            return "on-premises-endpoint"
        if not own or own.kind != "endpoint-service":
            return "own-service-endpoint"
        if not other:
            return "cross-region-same"
        if d.min_zones and v.zones < d.min_zones:
            return "min-zones"
    elif path == "resource-endpoint":
        if v.site:
            return "on-premises-endpoint"
        if not own or own.kind != "resource":
            return "resource-service"
        if own.protocol == "udp":
            return "resource-protocol"
        if other:
            return "interface-region"
        if d.min_zones and v.zones < d.min_zones:
            return "min-zones"
    elif path == "lattice":
        if v.site:
            return "on-premises-endpoint"
        if not own:
            return "own-service"
        if own.vpc is None:
            return "routed-provider"
        if own.kind == "resource":
            if own.protocol == "udp":
                return "resource-protocol"  # F16: a resource is TCP
        elif own.protocol in ("tcp", "udp"):
            return "lattice-protocol"
        if other:
            return "lattice-region"
    elif path.startswith("routed"):
        if v.site:
            return "on-premises-endpoint"
        if not own:
            return "own-service"
        if own.vpc is None:
            return "routed-provider"
        if unroutable(d, v, d.vpcs[own.vpc]):
            return "cidr-overlap"
    elif path.startswith("nat"):
        if own:
            return "nat-own-service"
        if v.site:
            return "nat-on-premises"
        if cat["public"] != "yes":
            return "nat-public"
        if path == "nat-centralized" and unroutable(d, v, hub):
            return "cidr-overlap"
        if v.name in d.private and s != "internet":
            return "nat-private"
    return None


def crossing(d, client, host):
    """contracts: regional DNS 1 - 1/max(client zones, hub zones), zonal 1 - min/client zones."""
    if d.A["endpoint-dns"] == "zonal":
        return 1 - F(min(client, host), client)
    return 1 - F(1, max(client, host))


def evaluate(d, arch):
    tgw_here = arch in ("centralized-transit-gateway", "nat-centralized") or bool(d.ex.get("transit_gateway"))
    levels = defaultdict(int)  # (kind, id...) -> level
    use = defaultdict(F)  # (meter, location, counterpart, account or None) -> quantity
    d.used = defaultdict(lambda: defaultdict(F))  # the same -> account that pays -> quantity
    owner = {v.name: v.account for hubs in d.hubs_of.values() for v in hubs} | {n: v.account for n, v in d.vpcs.items()}
    why = []
    need = lambda n, *key: levels.__setitem__(key, max(levels[key], n))

    def put(meter, loc, q, by, other="", account=None):
        use[meter, loc, other, account] += q
        d.used[meter, loc, other, account][by] += q

    ex = d.ex
    # what exists stays and is paid
    if ex.get("transit_gateway"):
        for v in d.vpcs.values():
            need(1, "attach", v.name, v.region, ("vpn" if v.connection == "vpn" else "dx") if v.site else "vpc")
    for n in ex.get("nat_gateways") or []:
        name, count = (n, None) if isinstance(n, str) else (n["vpc"], n.get("count"))
        for x in d.group[name]:
            need(count if count is not None else d.vpcs[x].zones, "nat", x, d.vpcs[x].region)
    for e in ex.get("endpoints") or []:
        for x in d.group[e["vpc"]]:
            v = d.vpcs[x]
            s = ALIAS.get(e["service"], e["service"])
            need(e.get("zones") or v.zones, "ife", x, v.region, s)
    for e in ex.get("hosted_zones") or []:
        for x in d.group[e["vpc"]]:
            need(1, "phz", x, d.vpcs[x].account, ALIAS.get(e["service"], e["service"]))
    for n in ex.get("resolver_endpoints") or []:
        for x in d.group[n]:
            need(1, "resolver", x, d.vpcs[x].region)
    for n in ex.get("connections") or []:
        name = n if isinstance(n, str) else n["vpc"]
        spec = {} if isinstance(n, str) else n
        for x in d.group[name]:
            v = d.vpcs[x]
            if v.connection == "vpn":
                put("site_to_site_vpn_hour", v.region, whole(d.hours), v.account)
                put("public_ipv4_in_use_hour", v.region, 2 * d.hours, v.account)  # one a tunnel
            else:
                put(
                    "dx_%s_port_hour_%s" % (spec.get("type", "dedicated"), spec.get("speed", "1G")),
                    v.region,
                    whole(d.hours),
                    v.account,
                    area(v),
                )
    lattice_rph, peers = defaultdict(F), set()
    cross = lambda loc, gb: put("cross_az_gb_each_direction", loc, 2 * gb, v.account)
    for (vn, s), (u, r, q) in d.flows.items():
        v, own = d.vpcs[vn], d.own.get(s)
        gb = u + r
        if v.site:
            paths = ["on-premises"]
        elif own:
            paths = OWN[arch] + (["lattice"] if own.kind == "lattice" else [])
        else:
            paths = [NET[arch]] if s == "internet" else AWS[arch]
        if (vn, s) in d.pin:
            paths = [d.pin[vn, s]]  # ambiguous: a pin holds in every architecture
        rule, told = None, [None, None, None]
        for path, hub in [(p, g) for p in paths for g in (d.hubs_of[vn] if p in HUBBED else [None])]:
            name = (
                ("hub-transit-gateway" if tgw_here else "hub-virtual-private-gateway")
                if path == "on-premises"
                else None
            )
            rule = feasible(d, path, v, s, hub, name)
            if rule is None:
                break
            told[0 if rule in WISHES else 2 if rule in UNFIT else 1] = rule
        if rule:
            why.append((told[0] or told[1] or told[2], vn, s))
            continue
        zones = lambda host: d.min_zones or host.zones
        if path == "own-endpoint":
            k = zones(v)
            need(k, "ife", vn, v.region, s)
            put("interface_endpoint_gb", v.region, gb, v.account)
            if d.A["cross-zone-endpoint"] == "charged":
                cross(v.region, gb * crossing(d, v.zones, k))
        elif path == "cross-region-endpoint":
            need(zones(v), "ife", vn, v.region, s)
            put("interface_endpoint_gb", v.region, gb, v.account)
            if d.A["cross-region-rate"] == "source":  # both ways are the endpoint's owner's
                put("inter_region_out_gb", v.region, u, v.account, own.region)
                put("inter_region_out_gb", own.region, r, v.account, v.region)
            else:
                put("inter_region_out_gb", v.region, gb, v.account, own.region)
            if own.vpc:
                need(1, "remote", s, own.region, v.region)
            if d.A["cross-zone-endpoint"] == "charged":
                cross(v.region, gb * crossing(d, v.zones, zones(v)))
        elif path in ("hub-transit-gateway", "hub-peering", "shared-vpc", "on-premises"):
            need(hub.zones, "ife", hub.name, hub.region, s)
            put("interface_endpoint_gb", hub.region, gb, hub.account)
            if v.site:
                need(1, "resolver", hub.name, hub.region)
                if tgw_here:
                    k = "vpn" if v.connection == "vpn" else "dx"
                    need(1, "attach", vn, v.region, k)
                    need(1, "attach", hub.name, hub.region, "vpc")
                    put("tgw_%s_gb" % k, v.region, u, carried(d, v, hub))
                    put("tgw_vpc_gb", hub.region, r, carried(d, hub, v))
                if v.connection == "vpn":
                    put("internet_out_gb", v.region, r, v.account)
                else:
                    put("dx_data_out_gb_to_%s_location" % area(v), v.region, r, v.account)
            else:
                if d.A["cross-zone-endpoint"] == "charged" and (path == "shared-vpc" or hub is v):
                    cross(v.region, gb * crossing(d, v.zones, hub.zones))
                if hub is not v and path != "shared-vpc":
                    if d.A["hub-dns"] == "hosted-zones":
                        need(1, "phz", hub.name, hub.account, s)
                    if d.A["hub-dns"] == "profile":
                        need(1, "profile", hub.account, hub.region, vn)
                    share = crossing(d, v.zones, hub.zones)
                    if path == "hub-peering":
                        peers.add((vn, hub.name))
                        peer(d, put, hub.region, gb * share, v.account, hub.account)
                    else:
                        need(1, "attach", vn, v.region, "vpc")
                        need(1, "attach", hub.name, hub.region, "vpc")
                        put("tgw_vpc_gb", v.region, u, carried(d, v, hub))
                        put("tgw_vpc_gb", hub.region, r, carried(d, hub, v))
                        if d.A["cross-zone-transit-gateway"] == "charged":
                            cross(hub.region, gb * share)
        elif path == "nat-per-zone":
            need(v.zones, "nat", vn, v.region)
            put("nat_gateway_gb", v.region, gb, v.account)
        elif path == "nat-single":
            need(1, "nat", vn, v.region)
            put("nat_gateway_gb", v.region, gb, v.account)
            crossed = int(d.A["nat-crossing-sides"]) * gb * (1 - F(1, v.zones))
            put("cross_az_gb_each_direction", v.region, crossed, v.account)
        elif path == "nat-regional":
            need(v.zones, "rnat", vn, v.region)
            put("regional_nat_gateway_gb", v.region, gb, v.account)
        elif path == "nat-centralized":
            need(hub.zones, "nat", hub.name, hub.region)
            put("nat_gateway_gb", hub.region, gb, hub.account)
            if hub is not v:
                need(1, "attach", vn, v.region, "vpc")
                need(1, "attach", hub.name, hub.region, "vpc")
                put("tgw_vpc_gb", v.region, u, carried(d, v, hub))
                put("tgw_vpc_gb", hub.region, r, carried(d, hub, v))
                if d.A["cross-zone-transit-gateway"] == "charged":  # the same hop, whatever the hub does with it
                    cross(v.region, gb * crossing(d, v.zones, hub.zones))
        elif path == "resource-endpoint":
            need(zones(v), "resource", vn, v.region, s)
            put("resource_endpoint_gb", v.region, gb, v.account)
            if own.vpc:
                put("lattice_resource_provider_gb", own.region, gb, own.account)
            if d.A["cross-zone-endpoint"] == "charged":
                cross(v.region, gb * crossing(d, v.zones, zones(v)))
        elif path == "lattice":
            if own.kind == "resource":  # P22: a resource in a service network, $0.10 per resource-hour
                need(1, "lattice-resource", s, own.region)
                put("resource_endpoint_gb", own.region, gb, own.account)
                put("lattice_resource_provider_gb", own.region, gb, own.account)
            else:
                need(1, "lattice", s, own.region)
                put("lattice_service_gb", own.region, gb, own.account)
                lattice_rph[s] += q
        elif path == "routed-transit-gateway" and own.vpc != vn:
            p = d.vpcs[own.vpc]
            need(1, "attach", vn, v.region, "vpc")
            need(1, "attach", p.name, p.region, "vpc")
            put("tgw_vpc_gb", v.region, u, carried(d, v, p))
            put("tgw_vpc_gb", p.region, r, carried(d, p, v))
            if p.region != v.region:
                need(1, "attach", "peer " + p.region, v.region, "peering")
                need(1, "attach", "peer " + v.region, p.region, "peering")
                put("inter_region_out_gb", v.region, u, d.payer, p.region)  # both Transit Gateways are the payer's
                put("inter_region_out_gb", p.region, r, d.payer, v.region)
            elif d.A["cross-zone-transit-gateway"] == "charged":
                cross(v.region, gb * crossing(d, v.zones, p.zones))
        elif path == "routed-peering" and own.vpc != vn:
            p = d.vpcs[own.vpc]
            peers.add((vn, p.name))
            if p.region != v.region:  # each side pays what it sends
                put("inter_region_out_gb", v.region, u, v.account, p.region)
                put("inter_region_out_gb", p.region, r, p.account, v.region)
            else:
                share = gb * crossing(
                    d, v.zones, p.zones
                )  # cross-zone-peered is about endpoints; a workload is charged
                put("vpc_peering_cross_az_gb_a", v.region, share, v.account)
                put("vpc_peering_cross_az_gb_b", v.region, share, p.account)
        if path in ("own-endpoint", "on-premises", "cross-region-endpoint") and own and own.vpc:
            need(1, "nlb", s, own.region)
            put("nlb_lcu_hour", own.region, gb, own.account)
        if path.startswith("nat") and s == "internet":
            put("internet_out_gb", v.region, u, hub.account if path == "nat-centralized" else v.account)
        elif path.startswith("nat") and d.away.get(s, v.region) != v.region:
            put("inter_region_out_gb", v.region, u, d.payer, d.away[s])
            put("inter_region_out_gb", d.away[s], r, d.payer, v.region)
    # meters of the resources
    h, exact = whole(d.hours), d.hours
    profiles = defaultdict(int)
    for key, n in list(levels.items()):
        kind = key[0]
        by = d.own[key[1]].account if kind in OF_SERVICES else owner.get(key[1], d.payer)  # "peer …": the payer's
        if kind == "ife":
            put("interface_endpoint_hour", key[2], n * h, by)
        elif kind == "attach":
            put("tgw_%s_attachment_hour" % key[3], key[2], h, by)
        elif kind == "nat":
            put("nat_gateway_hour", key[2], n * h, by)
            put("public_ipv4_in_use_hour", key[2], n * exact, by)
        elif kind == "rnat":
            put("regional_nat_gateway_hour", key[2], (n if d.A["regional-nat-hours"] == "zone" else 1) * h, by)
            put("public_ipv4_in_use_hour", key[2], n * exact, by)
        elif kind == "resource":
            put("resource_endpoint_hour", key[2], (n if d.A["resource-endpoint-hours"] == "zone" else 1) * h, by)
        elif kind == "resolver":
            put("route53_resolver_eni_hour", key[2], 2 * h, by)
        elif kind == "phz":
            put("route53_hosted_zone_month", "global", F(1), key[2], account=(d.payer, partition(d, key[1])))
        elif kind == "profile":
            profiles[key[1], key[2]] += 1
        elif kind == "nlb":
            put("nlb_hour", key[2], h, by)
        elif kind == "remote":
            put("privatelink_cross_region_service_hour", key[2], h, by)
        elif kind == "lattice-resource":
            put("lattice_service_network_resource_hour", key[2], h, by)
        elif kind == "lattice":
            put("lattice_service_hour", key[2], h, by)
            m = "lattice_connection" if d.own[key[1]].protocol == "tls" else "lattice_request"
            put(m, key[2], max(F(0), lattice_rph[key[1]] - 300000) * h, by)
    for (acct, reg), n in profiles.items():
        put("route53_profile_base_hour", reg, h, acct, account=acct)
        put("route53_profile_extra_association_hour", reg, max(0, n - 100) * h, acct, account=acct)
    if not why:  # quotas: hard ones forbid, and those the user set
        links = defaultdict(set)
        for e in ex.get("peerings") or []:
            for x in d.group[e["vpc"]]:
                for y in d.group[e["peer"]]:
                    links[x].add(y)
                    links[y].add(x)
        for x, y in peers:
            links[x].add(y)
            links[y].add(x)
        for x, ys in links.items():
            if len(ys) > min(125, d.quotas.get("peerings-per-vpc", 125), d.quotas.get("peerings-per-vpc-default", 125)):
                why.append(("quota-peerings", x, None))
        if "endpoints-per-vpc" in d.quotas:
            n = defaultdict(int)
            for k in levels:
                if k[0] == "ife":
                    n[k[1]] += 1
            why += [("quota-endpoints", x, None) for x in n if n[x] > d.quotas["endpoints-per-vpc"]]
    return use, why, levels


def partition(d, name):
    for v in list(d.vpcs.values()) + list(d.hub_of.values()):
        if v.name == name:
            return REG[v.region]["partition"]


def carried(d, sender, receiver):
    """Who pays for what a Transit Gateway carries."""
    return {"source": sender.account, "destination": receiver.account, "owner": d.payer}[d.A["transit-gateway-payer"]]


def area(v):
    return v.area or REG[v.region]["direct_connect_area"] or "other"


def peer(d, put, loc, gb, one, other):
    if d.A["cross-zone-peered"] == "charged":
        put("vpc_peering_cross_az_gb_a", loc, gb, one)
        put("vpc_peering_cross_az_gb_b", loc, gb, other)


def schedule(meter, loc, other, account):
    if meter == "route53_hosted_zone_month":
        return PRICE.get(("global", meter, "")) if account[1] == "aws" else None
    if meter.startswith("dx_") and "_port_hour_" in meter:  # priced by the area of the location
        loc, other = other, ""
    for place in [loc, *REG[loc]["fallback"].split(";")]:
        if not place:
            continue
        if other and (place, meter, other) in PRICE:
            return PRICE[place, meter, other]
        if (place, meter, "") in PRICE:
            return PRICE[place, meter, ""]
    return None


def price(d, use):
    total, charges, unpriced = F(0), defaultdict(lambda: [F(0), F(0)]), defaultdict(F)
    savings, pays, each = [], defaultdict(F), {}
    for (meter, loc, other, account), q in sorted(use.items(), key=str):
        if q == 0:
            continue
        tiers = schedule(meter, loc, other, account)
        done = cost = F(0)
        for lo, hi, p in tiers or []:
            part = max(F(0), (q if hi is None else min(q, hi)) - lo)
            done += part
            cost += part * p
        if done < q:
            unpriced[meter, loc] += q - done
        total += cost
        each[meter, loc, other, account] = cost
        charges[meter, loc][0] += q
        charges[meter, loc][1] += cost
        if meter == "internet_out_gb" and tiers and REG[loc]["partition"] == "aws":
            savings.append((tiers[0][2], loc, q))
    if d.A["free-egress"] == "counted":
        left = F(100)
        for p, loc, q in sorted(savings, key=lambda t: (-t[0], t[1])):
            part = min(left, q)
            total -= part * p
            charges["internet_out_gb", loc][1] -= part * p
            each["internet_out_gb", loc, "", None] -= part * p
            left -= part
    for key, cost in each.items():  # accounts share a pool's tiers by what each used
        for by, q in d.used[key].items():
            pays[by] += cost * q / use[key]
    return total, charges, unpriced, pays


def answer(doc, assume=()):
    d = read(doc, assume)
    out = {}
    for a in ARCHS:
        use, why, levels = evaluate(d, a)
        total, charges, unpriced, pays = price(d, use)
        out[a] = dict(
            feasible=not why,
            why=why,
            total_exact=None if (why or unpriced) else total,
            unpriced=dict(unpriced),
            charges={k: tuple(v) for k, v in charges.items()},
            pays={a: cost for a, cost in pays.items() if cost},
            levels=levels,
        )
    return out
