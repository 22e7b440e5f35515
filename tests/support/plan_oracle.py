"""What a plan builds, uses and costs, written a second time: fractions and loops, nothing of the engine.

A plan gives each flow a ``Choice``; a demand is ``demand_oracle``'s.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from fractions import Fraction as F
from typing import NamedTuple

from tests.support.paths import DATA


def rows(p):
    with (DATA / p).open(newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


REG = {r["location"]: r for r in rows("pricing/regions.csv")}
NOT_OFFERED = {(r["meter"], r["location"]) for r in rows("pricing/not_offered.csv")}
QUOTA = {r["id"]: r for r in rows("catalogue/quotas.csv")}
OF_SERVICES = ("nlb", "remote", "lattice", "lattice-resource")  # their account is the provider's
ENDPOINTS = ("ife", "xife", "resource")
INCLUDED = 300_000  # requests an hour of a Lattice service that its hours include


class Choice(NamedTuple):
    """A path, the name of the hub it uses, and how many zones are asked of its endpoint: None where it has none."""

    path: str
    hub: str | None = None
    zones: int | None = None


def asked(d, path, v, hub, *, wishes=True):
    """A path in as many zones as architectures give it."""
    zones = None
    if path in ("own-endpoint", "cross-region-endpoint", "resource-endpoint"):
        zones = min(v.zones, max(d.min_zones, 1)) if d.min_zones is not None and wishes else v.zones
    elif path.startswith("hub") or path == "shared-vpc":
        zones = hub.zones
    return Choice(path, hub.name if hub else None, zones)


class Built:
    """What stands (kind and place -> level), what that and the flows use, and which accounts of it."""

    def __init__(self):
        self.levels = defaultdict(int)
        self.used = defaultdict(lambda: defaultdict(F))  # (meter, location, counterpart, owner) -> account -> quantity
        self.requests = defaultdict(F)
        self.peers = set()

    def need(self, level, *key):
        self.levels[key] = max(self.levels[key], level)

    def put(self, meter, location, quantity, by, other="", account=None):
        self.used[meter, location, other, account][by] += quantity


def whole(h):  # "a part of an hour is a full one"; rounded to 1e-9 before the ceiling
    return F(math.ceil(round(h * 10**9) / F(10**9)))


def crossing(d, client, host):
    """contracts: regional DNS 1 - 1/max(client zones, hub zones), zonal 1 - min/client zones."""
    if d.A["endpoint-dns"] == "zonal":
        return 1 - F(min(client, host), client)
    return 1 - F(1, max(client, host))


def area(v):
    return v.area or REG[v.region]["direct_connect_area"] or "other"


def site_kind(v):
    return "vpn" if v.connection == "vpn" else "dx"


# ---------------------------------------------------------------- what stands
def stand(d, built):
    """What exists stays and is paid."""
    ex = d.ex
    listed = ex.get("transit_gateway") or []
    attached = list(d.vpcs) if listed is True else [x for name in listed for x in d.group[name]]
    for v in d.vpcs.values():
        if v.name in attached:
            built.need(1, "attach", v.name, v.region, site_kind(v) if v.site else "vpc")
    for n in ex.get("nat_gateways") or []:
        name, count = (n, None) if isinstance(n, str) else (n["vpc"], n.get("count"))
        for x in d.group[name]:
            built.need(count if count is not None else d.vpcs[x].zones, "nat", x, d.vpcs[x].region)
    for e in ex.get("endpoints") or []:
        for x in d.group[e["vpc"]]:
            built.need(e.get("zones") or d.vpcs[x].zones, "ife", x, d.vpcs[x].region, d.canonical(e["service"]))
    for e in ex.get("hosted_zones") or []:
        for x in d.group[e["vpc"]]:
            built.need(1, "phz", x, d.vpcs[x].account, d.canonical(e["service"]))
    for n in ex.get("resolver_endpoints") or []:
        for x in d.group[n]:
            built.need(1, "resolver", x, d.vpcs[x].region)
    for e in ex.get("peerings") or []:
        built.peers |= {frozenset((x, y)) for x in d.group[e["vpc"]] for y in d.group[e["peer"]] if x != y}
    for n in ex.get("connections") or []:
        spec = {"vpc": n} if isinstance(n, str) else n
        for x in d.group[spec["vpc"]]:
            connect(d, built, d.vpcs[x], spec)


def carried(d, sender, receiver):
    """Who pays for what a Transit Gateway carries."""
    return {"source": sender.account, "destination": receiver.account, "owner": d.payer}[d.A["transit-gateway-payer"]]


def connect(d, built, v, spec):
    """A site's VPN connection, or its Direct Connect port."""
    if v.connection == "vpn":
        built.put("site_to_site_vpn_hour", v.region, whole(d.hours), v.account)
        built.put("public_ipv4_in_use_hour", v.region, 2 * d.hours, v.account)  # one a tunnel
        return
    meter = "dx_%s_port_hour_%s" % (spec.get("type", "dedicated"), spec.get("speed", "1G"))
    built.put(meter, v.region, whole(d.hours), v.account, area(v))


def needs(d, v, s, c):
    """(level, kind and place) of what a flow needs by its choice."""
    own, hub, path = d.own.get(s), d.all.get(c.hub), c.path
    at = lambda w: ("attach", w.name, w.region, "vpc")
    front = [(1, ("nlb", s, own.region))] if own and own.vpc and own.kind == "endpoint-service" else []
    if path == "gateway-endpoint":
        return [(1, ("gateway", v.name, v.region, s))]
    if path == "own-endpoint":
        return [(c.zones, ("ife", v.name, v.region, s)), *front]
    if path == "cross-region-endpoint":
        remote = [(1, ("remote", s, own.region, v.region))] if own and own.vpc else []
        return [(c.zones, ("xife", v.name, v.region, s)), *front, *remote]
    if path == "resource-endpoint":
        return [(c.zones, ("resource", v.name, v.region, s))]
    if path == "lattice":
        return [(1, ("lattice-resource" if own.kind == "resource" else "lattice", s, own.region))]
    if path.startswith("routed"):
        return routed_needs(d, v, own, path)
    if path.startswith("nat"):
        return nat_needs(v, hub, path)
    out = [(c.zones, ("ife", hub.name, hub.region, s)), *front]
    if v.site:
        out.append((1, ("resolver", hub.name, hub.region)))
    elif hub is not v and path != "shared-vpc":
        out += [(1, ("phz", hub.name, hub.account, s))] if d.A["hub-dns"] == "hosted-zones" else []
        if d.A["hub-dns"] == "profile":
            out += [(1, ("profile", hub.account, hub.region)), (1, ("association", hub.account, hub.region, v.name))]
    if path == "hub-transit-gateway" and hub is not v:
        out += [(1, ("attach", v.name, v.region, site_kind(v) if v.site else "vpc")), (1, at(hub))]
    return out


def routed_needs(d, v, own, path):
    p = d.vpcs[own.vpc]
    if p is v or path == "routed-peering":
        return []
    out = [(1, ("attach", w.name, w.region, "vpc")) for w in (v, p)]
    if p.region != v.region:
        pairs = ((v, p), (p, v))
        out += [(1, ("attach", "peer " + there.region, here.region, "peering")) for here, there in pairs]
    return out


def nat_needs(v, hub, path):
    if path == "nat-regional":
        return [(v.zones, ("rnat", v.name, v.region))]
    if path in ("nat-per-zone", "nat-single"):
        return [(v.zones if path == "nat-per-zone" else 1, ("nat", v.name, v.region))]
    gateways = [(hub.zones if path == "nat-centralized" else 1, ("nat", hub.name, hub.region))]
    return gateways + ([(1, ("attach", w.name, w.region, "vpc")) for w in (v, hub)] if hub is not v else [])


# ---------------------------------------------------------------- what flows use
def use(d, built, v, s, c):
    """Put a flow's GB and requests where its choice leads them, given all that stands."""
    u, r, q = d.flows[v.name, s]
    own, path, gb = d.own.get(s), c.path, u + r
    cross = lambda loc, much: built.put("cross_az_gb_each_direction", loc, 2 * much, v.account)
    charged = lambda name: d.A["cross-zone-" + name] == "charged"
    if path in ("own-endpoint", "cross-region-endpoint", "resource-endpoint"):
        kind = {"own-endpoint": "ife", "cross-region-endpoint": "xife", "resource-endpoint": "resource"}[path]
        meter = "resource_endpoint_gb" if kind == "resource" else "interface_endpoint_gb"
        built.put(meter, v.region, gb, v.account)
        if charged("endpoint"):
            cross(v.region, gb * crossing(d, v.zones, built.levels[kind, v.name, v.region, s]))
        if path == "cross-region-endpoint":
            there = own.region if own else d.away[s]
            if d.A["cross-region-rate"] == "source":  # both ways are the endpoint's owner's
                built.put("inter_region_out_gb", v.region, u, v.account, there)
                built.put("inter_region_out_gb", there, r, v.account, v.region)
            else:
                built.put("inter_region_out_gb", v.region, gb, v.account, there)
        if path == "resource-endpoint" and own.vpc:
            built.put("lattice_resource_provider_gb", own.region, gb, own.account)
    elif path == "lattice":
        if own.kind == "resource":  # P22: a resource in a service network, $0.10 per resource-hour
            built.put("resource_endpoint_gb", own.region, gb, own.account)
            built.put("lattice_resource_provider_gb", own.region, gb, own.account)
        else:
            built.put("lattice_service_gb", own.region, gb, own.account)
            built.requests[s] += q
    elif path.startswith("routed") and own.vpc != v.name:
        use_route(d, built, v, s, path, cross)
    elif path.startswith("nat"):
        use_nat(d, built, v, s, c, cross)
    elif path.startswith("hub") or path == "shared-vpc":
        use_hub(d, built, v, s, c, cross)
    if own and own.vpc and own.kind == "endpoint-service" and path.startswith(("own", "hub", "cross", "shared")):
        built.put("nlb_lcu_hour", own.region, gb, own.account)


def use_hub(d, built, v, s, c, cross):
    u, r, _ = d.flows[v.name, s]
    hub, gb, away = d.all[c.hub], u + r, d.all[c.hub] is not v
    built.put("interface_endpoint_gb", hub.region, gb, hub.account)
    wide = built.levels["ife", hub.name, hub.region, s]
    if c.path == "hub-transit-gateway" and away:
        built.put("tgw_%s_gb" % (site_kind(v) if v.site else "vpc"), v.region, u, carried(d, v, hub))
        built.put("tgw_vpc_gb", hub.region, r, carried(d, hub, v))
        if d.A["cross-zone-transit-gateway"] == "charged" and not v.site:
            cross(hub.region, gb * crossing(d, v.zones, hub.zones))
    if v.site and v.connection == "vpn":
        built.put("internet_out_gb", v.region, r, v.account)
    elif v.site:
        built.put("dx_data_out_gb_to_%s_location" % area(v), v.region, r, v.account)
    if not v.site and d.A["cross-zone-endpoint"] == "charged" and (c.path == "shared-vpc" or not away):
        cross(v.region, gb * crossing(d, v.zones, wide))
    if c.path == "hub-peering" and away:
        if d.A["cross-zone-peered"] == "charged":
            much = gb * crossing(d, v.zones, wide)
            built.put("vpc_peering_cross_az_gb_a", hub.region, much, v.account)
            built.put("vpc_peering_cross_az_gb_b", hub.region, much, hub.account)


def use_nat(d, built, v, s, c, cross):
    u, r, _ = d.flows[v.name, s]
    gb, hub = u + r, d.all.get(c.hub)
    host = hub or v
    meter = "regional_nat_gateway_gb" if c.path == "nat-regional" else "nat_gateway_gb"
    built.put(meter, host.region, gb, host.account)
    if c.path == "nat-single" or (c.path == "nat-centralized-single" and hub is v):
        sides = int(d.A["nat-crossing-sides"])
        built.put("cross_az_gb_each_direction", v.region, sides * gb * (1 - F(1, v.zones)), v.account)
    if hub is not None and hub is not v:
        built.put("tgw_vpc_gb", v.region, u, carried(d, v, hub))
        built.put("tgw_vpc_gb", hub.region, r, carried(d, hub, v))
        if d.A["cross-zone-transit-gateway"] == "charged":
            cross(v.region, gb * crossing(d, v.zones, hub.zones if c.path == "nat-centralized" else 1))
    there = d.away.get(s, v.region)
    if s == "internet":
        built.put("internet_out_gb", v.region, u, host.account)
    elif there != v.region:  # whoever owns the gateway sends and receives
        built.put("inter_region_out_gb", v.region, u, host.account, there)
        built.put("inter_region_out_gb", there, r, host.account, v.region)


def use_route(d, built, v, s, path, cross):
    u, r, _ = d.flows[v.name, s]
    p = d.vpcs[d.own[s].vpc]
    near, share = p.region == v.region, (u + r) * crossing(d, v.zones, p.zones)
    if path == "routed-transit-gateway":
        built.put("tgw_vpc_gb", v.region, u, carried(d, v, p))
        built.put("tgw_vpc_gb", p.region, r, carried(d, p, v))
        if not near:  # both Transit Gateways are the payer's
            built.put("inter_region_out_gb", v.region, u, d.payer, p.region)
            built.put("inter_region_out_gb", p.region, r, d.payer, v.region)
        elif d.A["cross-zone-transit-gateway"] == "charged":
            cross(v.region, share)
        return
    if near:  # cross-zone-peered is about endpoints; a workload is charged
        built.put("vpc_peering_cross_az_gb_a", v.region, share, v.account)
        built.put("vpc_peering_cross_az_gb_b", v.region, share, p.account)
    else:  # each side pays what it sends
        built.put("inter_region_out_gb", v.region, u, v.account, p.region)
        built.put("inter_region_out_gb", p.region, r, p.account, v.region)


def stands(d, plan):
    """What stands under a plan."""
    out = Built()
    stand(d, out)
    for (v, s), c in plan.items():
        for level, key in needs(d, d.vpcs[v], s, c):
            out.need(level, *key)
        other = peer(d, v, s, c)
        out.peers |= {frozenset((v, other))} if other not in (None, v) else set()
    return out


def peer(d, v, s, c):
    """Whom a flow's VPC has a peering connection with by its choice."""
    return c.hub if c.path == "hub-peering" else d.own[s].vpc if c.path == "routed-peering" else None


def build(d, plan):
    """What stands and is used under a plan, metered."""
    out = stands(d, plan)
    for (v, s), c in plan.items():
        use(d, out, d.vpcs[v], s, c)
    meter(d, out)
    return out


def meter(d, built):
    """The hours of what stands."""
    for key, level in built.levels.items():
        for name, location, quantity, by, owner in hours(d, key, level):
            built.put(name, location, quantity, by, account=owner)
    h = whole(d.hours)
    for s, much in built.requests.items():
        name = "lattice_connection" if d.own[s].protocol == "tls" else "lattice_request"
        built.put(name, d.own[s].region, max(F(0), much - INCLUDED) * h, d.own[s].account)
    profiles = defaultdict(int)
    for key in built.levels:
        if key[0] == "association":
            profiles[key[1], key[2]] += 1
    for (account, region), n in profiles.items():
        built.put("route53_profile_extra_association_hour", region, max(0, n - 100) * h, account, account=account)


def hours(d, key, n):
    """(meter, location, quantity, account, owner of the pool) of what stands at a level."""
    kind, name = key[0], key[1]
    h, exact = whole(d.hours), d.hours
    by = d.own[name].account if kind in OF_SERVICES else d.all[name].account if name in d.all else d.payer
    one = lambda m, q: (m, key[2], q, by, None)
    if kind in ("ife", "xife"):
        return [one("interface_endpoint_hour", n * h)]
    if kind == "attach":
        return [one("tgw_%s_attachment_hour" % key[3], h)]
    if kind == "nat":
        return [one("nat_gateway_hour", n * h), one("public_ipv4_in_use_hour", n * exact)]
    if kind == "rnat":
        active = n if d.A["regional-nat-hours"] == "zone" else 1
        return [one("regional_nat_gateway_hour", active * h), one("public_ipv4_in_use_hour", n * exact)]
    if kind == "resource":
        return [one("resource_endpoint_hour", (n if d.A["resource-endpoint-hours"] == "zone" else 1) * h)]
    if kind == "phz":  # zones pool over the payer, whosever account they are in: key[2]
        return [("route53_hosted_zone_month", "global", F(1), key[2], (d.payer, REG[d.all[name].region]["partition"]))]
    if kind == "profile":
        return [("route53_profile_base_hour", key[2], h, name, name)]
    names = {
        "resolver": ("route53_resolver_eni_hour", 2 * h),
        "nlb": ("nlb_hour", h),
        "remote": ("privatelink_cross_region_service_hour", h),
        "lattice-resource": ("lattice_service_network_resource_hour", h),
        "lattice": ("lattice_service_hour", h),
    }
    return [one(*names[kind])] if kind in names else []


# ---------------------------------------------------------------- what is allowed
def exceeded(d, plan, built):
    """(rule, place, service) of quotas that are exceeded: hard ones, and those the user set."""
    sums = defaultdict(lambda: defaultdict(int))
    for pair in built.peers:
        for x in pair:
            for quota in ("peerings-per-vpc", "peerings-per-vpc-default"):
                sums[quota][x] += 1
    for key, level in built.levels.items():
        if level <= 0:
            continue
        kind = key[0]
        if kind in ("ife", "xife"):
            sums["endpoints-per-vpc"][key[1]] += 1
        elif kind == "resource":
            sums["resource-endpoints-per-vpc"][key[1]] += 1
        elif kind == "attach":
            sums["transit-gateway-attachments"][key[2]] += 1
        elif kind == "gateway":
            sums["gateway-endpoints-per-region"][f"{d.all[key[1]].account}, {key[2]}"] += 1
        elif kind == "lattice":
            sums["lattice-services-per-network"][key[2]] += 1
    for (v, s), c in plan.items():
        for _, key in needs(d, d.vpcs[v], s, c):
            if key[0] == "phz":
                sums["vpcs-per-hosted-zone"][f"{key[1]}, {s}"] += 1
    out = []
    for quota, places in sums.items():
        hard = QUOTA[quota]["adjustable"] == "no" or quota in d.quotas
        most = d.quotas.get(quota, int(QUOTA[quota]["limit"]))
        out += [("quota-" + quota.split("-")[0], x, None) for x, n in places.items() if hard and n > most]
    return out + overloaded(d, plan, built) + [("nat-mixed", v, None) for v in mixed(plan)]


def mixed(plan):
    """VPCs that would have NAT gateways of two sorts."""
    sorts = defaultdict(set)
    for (v, _), c in plan.items():
        sorts[v] |= {(c.path, c.hub)} if c.path.startswith("nat") else set()
    return [v for v, found in sorts.items() if len(found) > 1]


def gbps(d, quota):
    return F(d.quotas.get(quota, int(QUOTA[quota]["gbps"])))


def carriers(d, v, s, c, built):
    """(quota, how many carry a flow, who shares them)."""
    hub = d.all.get(c.hub)
    endpoint, gate = "bandwidth-interface-endpoint-burst", "bandwidth-nat-gateway-burst"
    attached = [("bandwidth-transit-gateway-attachment", v.zones, v.name)]
    path = c.path
    if path.startswith("nat"):
        host = hub or v
        number = 1 if path.endswith("single") else host.zones
        return [(gate, number, host.name), *(attached if hub else [])]
    if path == "lattice":
        return [("bandwidth-lattice-service", v.zones, (d.own[s].vpc, s))]
    if path == "routed-transit-gateway":
        return attached
    if c.zones is None:
        return []
    host = hub or v
    kind = {"cross-region-endpoint": "xife", "resource-endpoint": "resource"}.get(path, "ife")
    out = [(endpoint, built.levels[kind, host.name, host.region, s], (host.name, s))]
    return out + (attached if path == "hub-transit-gateway" and not v.site else [])


def overloaded(d, plan, built):
    """What flows share whose peaks together are above what it carries."""
    sums = defaultdict(F)
    for (v, s), c in plan.items():
        for quota, number, whose in carriers(d, d.vpcs[v], s, c, built):
            sums[quota, whose] += d.peak[v, s] / (gbps(d, quota) * number) if d.peak[v, s] else 0
    return [("bandwidth", str(whose), None) for (_, whose), share in sums.items() if share > 1]


# ---------------------------------------------------------------- money
def schedule(d, meter, loc, other, owner):
    """The tiers that hold for a pool: (from, to, price); None where no price is held.

    Under ``d.floor`` a price that is not held is 0, which is the least it can be; what AWS does not sell stays without.
    """
    tiers = agreed(d, meter, loc, other, owner)
    if not getattr(d, "floor", False) or (not tiers and (meter, loc) in NOT_OFFERED):
        return tiers
    end = tiers[-1][1] if tiers else F(0)
    return tiers if end is None else [*(tiers or []), (end, None, F(0))]


def agreed(d, meter, loc, other, owner):
    """The tiers of the list, or of a contract."""
    tiers = listed(d.prices, meter, loc, other, owner)
    mine = [t for t in getattr(d, "terms", ()) if "tiers" in t and meter == t["meter"]]
    off = [F(str(t["percent_off"])) for t in getattr(d, "terms", ()) if "percent_off" in t]
    if mine:
        steps = [(F(str(t["from"])), F(str(t["price"]))) for t in mine[-1]["tiers"]]
        ends = [*(start for start, _ in steps[1:]), None]
        return [(start, end, price) for (start, price), end in zip(steps, ends, strict=True)]
    if tiers and off:
        return [(start, end, price * (1 - off[-1] / 100)) for start, end, price in tiers]
    return tiers


def listed(prices, meter, loc, other, owner):
    if meter == "route53_hosted_zone_month":
        return prices.get(("global", meter, "")) if owner[1] == "aws" else None
    if meter.startswith("dx_") and "_port_hour_" in meter:  # priced by the area of the location
        loc, other = other, ""
    for place in [loc, *REG[loc]["fallback"].split(";")]:
        if not place:
            continue
        if other and (place, meter, other) in prices:
            return prices[place, meter, other]
        if (place, meter, "") in prices:
            return prices[place, meter, ""]
    return None


def cost_of(tiers, q):
    """What a quantity costs, and how much of it has a price."""
    done = cost = F(0)
    for lo, hi, p in tiers or []:
        part = max(F(0), (q if hi is None else min(q, hi)) - lo)
        done += part
        cost += part * p
    return cost, done


def unsold(unpriced):
    """(rule, Region, service) of what AWS does not sell where a plan would need it."""
    return [("not-offered", loc, None) for loc in dict.fromkeys(loc for m, loc in unpriced if (m, loc) in NOT_OFFERED)]


def price(d, built):
    total, charges, unpriced = F(0), defaultdict(lambda: [F(0), F(0)]), defaultdict(F)
    savings, pays, each = [], defaultdict(F), {}
    for (meter, loc, other, owner), used in sorted(built.used.items(), key=str):
        q = sum(used.values(), F(0))
        if q == 0:
            continue
        tiers = schedule(d, meter, loc, other, owner)
        cost, done = cost_of(tiers, q)
        if done < q:
            unpriced[meter, loc] += q - done
        total += cost
        each[meter, loc, other, owner] = cost
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
        q = sum(built.used[key].values(), F(0))
        for by, part in built.used[key].items():
            pays[by] += cost * part / q
    return total, charges, unpriced, pays
