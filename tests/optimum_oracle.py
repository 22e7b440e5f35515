"""The least total of a demand, by trying everything: an oracle for the optimizer that shares no code with it.

Of few flows every whole plan is built and priced by the engine. Of more, every state of the keys that VPCs share, times
every tier line, is tried; then each VPC for itself tries every state of its own keys, and each of its flows takes the
cheapest path that the keys allow. What keys and flows cost is read off bills of networks that hold nothing else.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from math import prod

import numpy as np

import costmodel as cm
from costmodel.compare import Option, planned
from costmodel.errors import InfeasibleError
from costmodel.network import Network
from costmodel.paths import OPEN, build, chosen, paths, rows_of
from costmodel.patterns import PATTERNS

FEW = 4
INFINITE = float("inf")


def allowed(d):
    """Per flow, the numbers of the paths it may take."""
    offered = paths(d)
    open_ = np.array([p.feasible(d) == OPEN for p in offered])
    for number, p in enumerate(offered):
        if not p.default and p.name not in d.constraints.allow:
            open_[number] = False
    return offered, [np.flatnonzero(open_[:, f]).tolist() for f in range(len(d.flows))]


def cheapest(d, book, most=60_000):
    """The least total; None where no plan has one; an OverflowError where there are too many to try."""
    offered, choices = allowed(d)
    if any(not c for c in choices):
        return None
    if len(choices) <= FEW:
        if prod(map(len, choices)) > most:
            raise OverflowError
        return by_plans(d, book, choices)
    return Keyed(d, book, offered, choices).least()


def by_plans(d, book, choices):
    """Every whole plan, built and priced by the engine."""
    best = None
    today = None if d.today is None else named_today(d)
    for plan in itertools.product(*choices):
        most = d.constraints.max_changes
        if most is not None and sum(a != b for a, b in zip(plan, today, strict=True)) > most:
            continue
        try:
            option = planned(d, book, Option("plan", plan=np.array(plan)))
        except InfeasibleError:
            continue
        if mixed_widths(d, plan) or option.total is None:
            continue
        total = float(option.total)
        best = total if best is None else min(best, total)
    return best


def named_today(d):
    """The paths of what is built today, whatever the constraints want of a new plan."""
    loose = d.changed(lambda document: document.pop("constraints", None))
    return chosen(loose, PATTERNS[d.today]).tolist()


def mixed_widths(d, plan):
    """Whether two flows would have one endpoint in different numbers of zones."""
    offered, seen = paths(d), {}
    for f, number in enumerate(plan):
        for need in offered[number].needs(d, np.array([f])):
            if need.kind.level != "zones" or need.level[0] == 0:
                continue
            if seen.setdefault((need.kind, int(need.ids[0])), need.level[0]) != need.level[0]:
                return True
    return False


# ---------------------------------------------------------------- keys
class Parts:
    """What a network of some rows has on each pool, and what it costs on flat ones."""

    def __init__(self, d, book):
        self.d, self.book = d, book
        self.tiers, self.missing = {}, False

    def of(self, tables):
        bill = cm.price(cm.meter(Network(tables, self.d.assumptions, self.d.on, [])), self.book, partial=True)
        out = defaultdict(float)
        for pool in bill.pools:
            for owner, quantity in zip(pool.owners, pool.quantity, strict=True):
                if quantity:
                    key = (pool.meter.id, pool.location, pool.counterpart, owner)
                    self.tiers[key] = pool.ladder.tiers
                    out[key] += float(quantity)
        for u in bill.unpriced:
            out[u.meter] = INFINITE
        return out

    def key(self, kind, number, level):
        """On each pool, what a key of a level adds to what exists."""
        dense = np.zeros(self.d.size(kind.ids))
        held = 0.0
        for need in self.d.existing:
            if need.kind is kind and number in need.ids:
                held = max(held, float(need.level[list(need.ids).index(number)]))
        out = defaultdict(float)
        for sign, much in ((1, max(level, held)), (-1, held)):
            if much > 0:
                dense[number] = much
                for pool, quantity in self.of({kind: rows_of(self.d, kind, dense, {}, 1.0)}).items():
                    out[pool] += quantity if quantity == INFINITE else sign * quantity
        return {pool: q for pool, q in out.items() if abs(q) > 1e-12}

    def put(self, kind, number, column, amount):
        """On each pool, what an amount on a column adds."""
        dense = np.zeros(self.d.size(kind.ids))
        dense[number] = 1.0
        much = np.zeros(len(dense))
        much[number] = amount
        with_it = self.of({kind: rows_of(self.d, kind, dense, {column: much}, 1.0)})
        for pool, quantity in self.of({kind: rows_of(self.d, kind, dense, {}, 1.0)}).items():
            if quantity != INFINITE:  # what has no price has none the more
                with_it[pool] -= quantity
        return {pool: q for pool, q in with_it.items() if abs(q) > 1e-12}


class Keyed:
    """Every state of shared keys, times every line of the tiers."""

    def __init__(self, d, book, offered, choices):
        self.d, self.offered, self.choices = d, offered, choices
        self.parts = Parts(d, book)
        self.vpc_of = d.flows.vpc.tolist()
        self.needs, self.puts = {}, {}
        self.users, self.levels = defaultdict(set), defaultdict(set)
        for f, numbers in enumerate(choices):
            for number in numbers:
                self._read(f, number)
        self.cost_of = {(k, level): self.parts.key(*k, level) for k, some in self.levels.items() for level in some}
        free = {k for k, some in self.levels.items() if not any(self.cost_of[k, level] for level in some)}
        self.free = {k for k in free if k[0].level != "zones"}
        vpcs = {k: len({self.vpc_of[f] for f in users}) for k, users in self.users.items() if k not in self.free}
        self.wide = [k for k, many in vpcs.items() if many > 1]
        self.local = [k for k, many in vpcs.items() if many == 1 and len(self.users[k]) > 1]
        self.base = self.parts.of(dict(build(d, np.full(len(d.flows), -1))))

    def _read(self, f, number):
        path, one = self.offered[number], np.array([f])
        wanted = [(n.kind, int(n.ids[0]), float(n.level[0])) for n in path.needs(self.d, one) if n.level[0] > 0]
        self.needs[f, number] = [((kind, key), level) for kind, key, level in wanted]
        for kind, key, level in wanted:
            self.users[kind, key].add(f)
            self.levels[kind, key].add(level)
        total = defaultdict(float)
        for put in path.puts(self.d, one):
            if put.amount[0]:
                for pool, q in self.parts.put(put.kind, int(put.ids[0]), put.column, float(put.amount[0])).items():
                    total[pool] += q
        self.puts[f, number] = total

    def spans(self):
        """The straight lines in reach of every pool whose price has tiers: (pool, intercept, slope)."""
        out = []
        for pool, tiers in self.parts.tiers.items():
            if len(tiers.prices) == 1:
                continue
            high = self.base.get(pool, 0.0)
            for f, numbers in enumerate(self.choices):
                high += max(self.puts[f, n].get(pool, 0.0) for n in numbers)
            for k, some in self.levels.items():
                high += max(self.cost_of[k, level].get(pool, 0.0) for level in some)
            lines, intercept = [], 0.0
            for i, price in enumerate(map(float, tiers.prices)):
                start = float(tiers.starts[i])
                intercept += (float(tiers.prices[i - 1]) - price) * start if i else 0.0
                if i == 0 or start < high:
                    lines.append((pool, intercept, price))
            out.append(lines)
        return out

    def worth(self, quantities, price):
        """What quantities cost at one line of each pool."""
        total = 0.0
        for pool, q in quantities.items():
            if q == INFINITE:
                return q
            total += q * (price[pool] if pool in price else float(self.parts.tiers[pool].prices[0]))
        return total

    def least(self):
        """The least total; None where there is none."""
        best = INFINITE
        for line in itertools.product(*self.spans()):
            price = {pool: slope for pool, _, slope in line}
            constant = sum(intercept for _, intercept, _ in line) + self.worth(self.base, price)
            self.fixed = {one: self.worth(quantities, price) for one, quantities in self.cost_of.items()}
            self.flows = {one: self.worth(quantities, price) for one, quantities in self.puts.items()}
            for state in itertools.product(*([0.0, *sorted(self.levels[k])] for k in self.wide)):
                held = dict(zip(self.wide, state, strict=True))
                total = constant + sum(self.fixed[k, level] for k, level in held.items() if level)
                for vpc in sorted(set(self.vpc_of)):
                    if total >= best:
                        break
                    total += self.least_of(vpc, held)
                best = min(best, total)
        return None if best == INFINITE else best

    def least_of(self, vpc, held):
        """The least that a VPC's flows and its own keys cost, given the state of the keys it shares."""
        mine = [f for f, v in enumerate(self.vpc_of) if v == vpc]
        keys = [k for k in self.local if self.users[k] & set(mine)]
        modes = {n for f in mine for n in self.choices[f] if self.offered[n].mode}
        best = INFINITE
        for mode in [None, *sorted(modes)]:
            for state in itertools.product(*([0.0, *sorted(self.levels[k])] for k in keys)):
                open_ = {**held, **dict(zip(keys, state, strict=True))}
                total = sum(self.fixed[k, level] for k, level in zip(keys, state, strict=True) if level)
                for f in mine:
                    if total >= best:
                        break
                    paths = [n for n in self.choices[f] if not self.offered[n].mode or n == mode]
                    total += min((self.cost(f, n, open_) for n in paths), default=INFINITE)
                best = min(best, total)
        return best

    def cost(self, f, n, open_):
        """What a flow costs by a path: infinite where it needs a shared key that is not open."""
        total = self.flows[f, n]
        for k, level in self.needs[f, n]:
            if k in open_:
                fits = open_[k] == level if k[0].level == "zones" else open_[k] >= level
                total += 0.0 if fits else INFINITE
            elif k not in self.free:
                total += self.fixed[k, level]
        return total
