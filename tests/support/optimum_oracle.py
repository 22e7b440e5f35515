"""The least total of a demand, by branch and bound over every plan: an oracle that shares nothing with the engine.

``demand_oracle`` says which paths a flow may take, ``plan_oracle`` what a plan builds and costs, in fractions. Here
every assignment of paths, hubs and zones is tried, in floats, but where it must cost more than the best so far: what
is built already, what is used already at its real tiers, and of each flow to come the least that its GB and its own
keys add at the lowest price. The best is then priced in fractions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from tests.support import demand_oracle as spec
from tests.support import plan_oracle as plans
from tests.support.plan_oracle import Choice

INFINITE = float("inf")
PATHS = (
    *("gateway-endpoint", "own-endpoint", "hub-transit-gateway", "hub-peering", "hub-virtual-private-gateway"),
    *("shared-vpc", "nat-per-zone", "nat-single", "nat-regional", "nat-centralized", "nat-centralized-single"),
    *("resource-endpoint", "lattice", "cross-region-endpoint", "routed-transit-gateway", "routed-peering"),
)
OWN_ENDPOINTS = ("own-endpoint", "cross-region-endpoint", "resource-endpoint")
ENDPOINTS = (*OWN_ENDPOINTS, "hub-transit-gateway", "hub-peering", "hub-virtual-private-gateway", "shared-vpc")
SLACK = 1e-6
"""Of a total, and of what an account may pay more: float64's, and nothing that a bill shows."""


# ---------------------------------------------------------------- what a plan may be
def widened(d, v, s, c, there):
    """A choice in the zones that its endpoint stands in: those asked for, or those that exist."""
    if c.zones is None:
        return c
    [key] = [key for _, key in plans.needs(d, v, s, c) if key[0] in plans.ENDPOINTS]
    return c._replace(zones=max(c.zones, there[key]))


def choices_of(d, v, s):
    """Every way that a flow may be served."""
    there = plans.stands(d, {}).levels
    out = []
    for path in PATHS:
        if path == "shared-vpc" and path not in (d.c.get("allow") or ()):
            continue
        for hub in d.hubs_of[v.name] if path in spec.HUBBED else [None]:
            usual = plans.asked(d, path, v, hub)
            if spec.refusal(d, path, v, s, hub, choice=usual) not in (None, "bandwidth"):
                continue
            host = hub or v
            most = [None] if path not in ENDPOINTS else [host.zones]
            if path in ENDPOINTS and d.min_zones is not None:
                most = range(max(d.min_zones, 1), host.zones + 1)
            wide = [widened(d, v, s, usual._replace(zones=zones), there) for zones in most]
            out += [c for c in wide if not spec.refusal(d, path, v, s, hub, choice=c)]
    return list(dict.fromkeys(out))


def today_of(d):
    """What is built today; None where it cannot be."""
    said = d.doc.get("today")
    if said is None:
        return None
    if isinstance(said, str):
        plan, why = spec.choose(d, said, wishes=False)
        named = {} if why else {flow: (c.path, None) for flow, c in plan.items()}
    else:
        named = {(v, spec.canonical(e["service"])): (e["path"], e.get("hub")) for e in said for v in d.group[e["vpc"]]}
    out = {}
    for (v, s), (path, hub) in named.items():
        out[v, s] = built_today(d, d.vpcs[v], s, path, hub)
    if set(out) != set(d.flows) or None in out.values() or spec.clashes(d, out):
        return None
    return out


def built_today(d, v, s, path, named):
    """A path in all zones, by the hub named, the first that keeps the constraints, or the first that can."""
    there = plans.stands(d, {}).levels
    hubs = [h for h in d.hubs_of[v.name] if named in (None, h.name)] if path in spec.HUBBED else [None]
    for wishes in (True, False):
        for hub in hubs:
            if not spec.refusal(d, path, v, s, hub, wishes):
                return widened(d, v, s, plans.asked(d, path, v, hub, wishes=False), there)
    return None


def breaks(d, plan, today, before):
    """What a plan does not keep to beside what keeps a flow from a path."""
    out = [] if not spec.clashes(d, plan) else ["routes of VPCs that overlap"]
    wide = {}
    for (v, s), c in plan.items():
        for level, key in plans.needs(d, d.vpcs[v], s, c):
            if key[0] in plans.ENDPOINTS and wide.setdefault(key, level) != level:
                out.append("zones of an endpoint")
    out += ["NAT gateways of two sorts" for _ in plans.mixed(plan)]
    most = d.c.get("max_changes")
    if most is not None and sum(c != today[flow] for flow, c in plan.items()) > most:
        out.append("max_changes")
    if d.quotas or any(d.peak.values()):
        out += [rule for rule, *_ in plans.exceeded(d, plan, plans.stands(d, plan))]
    if before is not None and len(plan) == len(d.flows):
        pays = plans.price(d, plans.build(d, plan))[3]
        out += ["no_account_pays_more" for a, cost in pays.items() if cost > before.get(a, 0) + Fraction(SLACK)]
    return out


# ---------------------------------------------------------------- money in floats
class Money:
    """What quantities on pools cost, and what a unit costs at least."""

    def __init__(self, d):
        self.d, self.tiers = d, {}
        self.counted = d.A["free-egress"] == "counted"

    def of(self, pool):
        """(from, to, price) of a pool in floats; [] where no price is held."""
        if pool not in self.tiers:
            held = plans.schedule(self.d, *pool) or []
            self.tiers[pool] = [(float(a), INFINITE if b is None else float(b), float(p)) for a, b, p in held]
        return self.tiers[pool]

    def cost(self, pool, quantity):
        if quantity <= 0:
            return 0.0
        tiers = self.of(pool)
        if not tiers or quantity > tiers[-1][1]:
            return INFINITE
        return sum((min(quantity, b) - a) * p for a, b, p in tiers if quantity > a)

    def least(self, pool):
        """What a unit more costs at least."""
        if pool[0] in ("lattice_request", "lattice_connection") or (self.counted and pool[0] == "internet_out_gb"):
            return 0.0
        return min((p for *_, p in self.of(pool)), default=INFINITE)

    def saved(self, quantities):
        """What the free GB save, used where they save most."""
        if not self.counted:
            return 0.0
        left, total = 100.0, 0.0
        pools = [p for p in quantities if p[0] == "internet_out_gb" and self.of(p)]
        for pool in sorted(pools, key=lambda p: -self.of(p)[0][2]):
            if plans.REG[pool[1]]["partition"] == "aws":
                part = min(left, quantities[pool])
                left, total = left - part, total + part * self.of(pool)[0][2]
        return total


class Search:
    """Branch and bound: flows one after the other, each by its cheapest ways first.

    Args:
        d: the demand.
        most: a total above which nothing is looked for.
        nodes: how many partial plans may be tried.
    """

    def __init__(self, d, most=INFINITE, nodes=200_000):
        self.d, self.nodes, self.limit = d, nodes, most
        self.money = Money(d)
        self.today = today_of(d)
        fair = d.c.get("no_account_pays_more")
        self.before = plans.price(d, plans.build(d, self.today))[3] if fair and self.today else None
        self.flows = sorted(d.flows)
        self.choices = [choices_of(d, d.vpcs[v], s) for v, s in self.flows]
        self.base = plans.build(d, {})
        self.puts = {}
        users = Counter()
        for i, (v, s) in enumerate(self.flows):
            keys = set()
            for c in self.choices[i]:
                keys |= {key for _, key in plans.needs(d, d.vpcs[v], s, c)}
                self.puts[i, c] = self._put(v, s, c)
            users.update(keys)
        self.own = {key for key, many in users.items() if many == 1 and not self.base.levels[key]}
        least = [min((self._least(i, c) for c in self.choices[i]), default=INFINITE) for i in range(len(self.flows))]
        self.rest = [sum(least[i:]) for i in range(len(least) + 1)]
        for i, some in enumerate(self.choices):
            some.sort(key=lambda c, i=i: self._alone(i, c))
        self.best, self.cost = None, INFINITE

    def _put(self, v, s, c):
        """(pools a flow uses, requests an hour) by a choice."""
        built = plans.stands(self.d, {(v, s): c})
        plans.use(self.d, built, self.d.vpcs[v], s, c)
        for pool, used in list(plans.stands(self.d, {}).used.items()):
            for by, quantity in used.items():
                built.used[pool][by] -= quantity
        sums = {pool: float(sum(used.values(), Fraction(0))) for pool, used in built.used.items()}
        return {pool: q for pool, q in sums.items() if q}, dict(built.requests)

    def _least(self, i, c):
        """What a choice costs at least, whatever the others do."""
        v, s = self.flows[i]
        total = sum(q * self.money.least(pool) for pool, q in self.puts[i, c][0].items())
        for level, key in plans.needs(self.d, self.d.vpcs[v], s, c):
            if key in self.own:
                total += sum(q * self.money.least(pool) for pool, q in self._hours(key, level).items())
        return total

    def _alone(self, i, c):
        v, s = self.flows[i]
        total = sum(self.money.cost(pool, q) for pool, q in self.puts[i, c][0].items())
        for level, key in plans.needs(self.d, self.d.vpcs[v], s, c):
            some = self._hours(key, level) if level > self.base.levels[key] else {}
            total += sum(self.money.cost(pool, q) for pool, q in some.items())
        return total

    def _hours(self, key, level):
        out = defaultdict(float)
        for name, location, quantity, _, owner in plans.hours(self.d, key, level) if level else ():
            out[name, location, "", owner] += float(quantity)
        return out

    # ------------------------------------------------------------ the search
    def run(self):
        """The cheapest plan; None where there is none."""
        quantities = defaultdict(float)
        for pool, used in self.base.used.items():
            quantities[pool] += float(sum(used.values(), Fraction(0)))
        start = sum(self.money.cost(pool, q) for pool, q in quantities.items())
        self._try(0, {}, quantities, dict(self.base.levels), defaultdict(float), start)
        return self.best

    def _try(self, i, plan, quantities, levels, requests, paid):
        self.nodes -= 1
        if self.nodes < 0:
            raise OverflowError
        if i == len(self.flows):
            total = paid - self.money.saved(quantities)
            if total <= self.limit and not breaks(self.d, plan, self.today, self.before):
                self.best, self.cost = dict(plan), total
                self.limit = total - SLACK
            return
        flow = self.flows[i]
        for c in self.choices[i]:
            more, risen, asked = self._more(i, c, levels, requests)
            new = {pool: quantities[pool] + q for pool, q in more.items()}
            cost = paid + sum(self.money.cost(p, q) - self.money.cost(p, quantities[p]) for p, q in new.items())
            held = {**quantities, **new} if self.money.counted else quantities
            if cost - self.money.saved(held) + self.rest[i + 1] > self.limit or cost == INFINITE:
                continue
            plan[flow] = c
            if i + 1 == len(self.flows) or not breaks(self.d, plan, self.today, None):
                next_ = defaultdict(float, {**quantities, **new})
                self._try(i + 1, plan, next_, {**levels, **risen}, defaultdict(float, {**requests, **asked}), cost)
            del plan[flow]

    def _more(self, i, c, levels, requests):
        """What a choice adds on pools, the levels it raises, and the requests that services then have."""
        v, s = self.flows[i]
        used, asks = self.puts[i, c]
        more, risen, asked = defaultdict(float, used), {}, {}
        for level, key in plans.needs(self.d, self.d.vpcs[v], s, c):
            under = risen.get(key, levels.get(key, 0))
            if level > under:
                risen[key] = level
                for sign, height in ((1, level), (-1, under)):
                    for pool, q in self._hours(key, height).items():
                        more[pool] += sign * q
        for name, q in asks.items():
            own = self.d.own[name]
            meter = "lattice_connection" if own.protocol == "tls" else "lattice_request"
            before, after = requests[name], requests[name] + float(q)
            beyond = max(0.0, after - plans.INCLUDED) - max(0.0, before - plans.INCLUDED)
            more[meter, own.region, "", None] += beyond * float(plans.whole(self.d.hours))
            asked[name] = after
        return {pool: q for pool, q in more.items() if q}, risen, asked


def cheapest(d, most=INFINITE, nodes=200_000):
    """The cheapest plan and its exact total; (None, None) where none has one, or none costs at most so much.

    Raises:
        OverflowError: there are too many plans to try.
    """
    plan = Search(d, most, nodes).run()
    if plan is None:
        return None, None
    total, _, unpriced, _ = plans.price(d, plans.build(d, plan))
    return (None, None) if unpriced else (plan, total)


def faults(d, plan, total):
    """What is wrong with a plan, and with the total said of it."""
    out = []
    for (v, s), c in plan.items():
        if c not in choices_of(d, d.vpcs[v], s):
            out.append(f"{v} to {s} cannot take {c}")
    today = today_of(d)
    before = plans.price(d, plans.build(d, today))[3] if d.c.get("no_account_pays_more") and today else None
    out += breaks(d, plan, today, before)
    exact, _, unpriced, _ = plans.price(d, plans.build(d, plan))
    out += [f"no price of {meter}" for meter, _ in unpriced]
    if abs(exact - total) > max(Fraction(SLACK), exact / 10**9):
        out.append(f"it costs {float(exact):.6f}, not {float(total):.6f}")
    return out


def plan_of(rows):
    """The plan that rows of (VPC, service, path, hub, zones) stand for."""
    return {(v, s): Choice(path, hub, zones if path in ENDPOINTS else None) for v, s, path, hub, zones in rows}
