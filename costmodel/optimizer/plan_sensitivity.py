"""A plan as pictures need it: its hops with their cost, a cell per VPC group and service, the steps from today."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.architectures.build import list_paths
from costmodel.core.decimals import round_to_cents
from costmodel.optimizer.explain import split_plan_cost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.core.arrays import IntArray
    from costmodel.demand.demand import Demand
    from costmodel.network.bill import Bill
    from costmodel.optimizer.answer import Answer
    from costmodel.pricing.book import PriceBook

_MOST_STEPS = 10


class Edge(NamedTuple):
    """Flows of a VPC group to a service by one hop: how many, their GB, and what they cost a month.

    ``hop`` is the path, with its hub in brackets where it has one; ``path`` is the path's name alone.
    """

    group: str
    hop: str
    service: str
    path: str
    flows: int
    gb: float
    cost: Decimal


class Cell(NamedTuple):
    """How a VPC group reaches a service: paths (several where its VPCs differ), and how near another one is.

    ``margin`` is the factor on the GB at which the runner-up becomes as cheap; None: at no GB.
    """

    group: str
    service: str
    paths: tuple[str, ...]
    gb: float
    runner_up: str | None
    more: Decimal | None
    flip_gb: float | None
    margin: float | None


class Step(NamedTuple):
    """What one sort of change from today saves together, and how many flows it moves."""

    label: str
    flows: int
    saving: Decimal


def build_plan_edges(d: Demand, plan: IntArray, book: PriceBook, on: date | None = None) -> list[Edge]:
    """Return what each VPC group's flows to each service cost, by hop; with what exists they add up to the total.

    Args:
        d: the demand.
        plan: a path number per flow: an architecture's, or the cheapest.
        book: the prices.
        on: the price date.
    """
    offered = list_paths(d)
    costs = split_plan_cost(d, plan, book, on=on)
    groups = d.vpcs.group.decode_words()
    hops = [p.name for p in offered]
    found: dict[tuple[str, str, str, str], list[Any]] = {}
    hub = np.full(len(plan), -1)
    for number, path in enumerate(offered):
        some = np.flatnonzero(plan == number)
        if path.hubbed and len(some):
            hub[some] = path.find_hub(d, some)
    for f in range(len(plan)):
        hop = hops[plan[f]] + (f" ({d.vpcs.name[hub[f]]})" if hub[f] >= 0 else "")
        key = (str(groups[d.flows.vpc[f]]), hop, str(d.services.name[d.flows.service[f]]), hops[plan[f]])
        each = found.setdefault(key, [0, 0.0, Decimal(0)])
        each[0] += 1
        each[1] += float(d.gb[f])
        each[2] += Decimal(repr(float(costs[f])))
    return [Edge(*key, *rest) for key, rest in found.items()]


def fold_minor_names(edges: Sequence[Edge], field: str, most: int) -> dict[str, str]:
    """Return what each name of a side is drawn as: the most expensive ones by name, the rest as one."""
    sums: dict[str, Decimal] = {}
    for e in edges:
        sums[getattr(e, field)] = sums.get(getattr(e, field), Decimal(0)) + e.cost
    order = sorted(sums, key=lambda n: -sums[n])
    kept = set(order if len(order) <= most else order[: most - 1])
    return {n: n if n in kept else f"{len(order) - len(kept)} others" for n in sums}


def compute_unallocated_cost(total: Decimal, shown: list[Edge]) -> Decimal:
    """Return what of a plan's total no flow causes: what is kept, at its share of the tiers that the plan reaches."""
    return total - sum((e.cost for e in shown), Decimal(0))


class Payer(NamedTuple):
    """An account, and what it pays a month as it is built today and under a plan."""

    account: str
    before: Decimal
    after: Decimal


def list_payers(before: Bill, after: Bill) -> list[Payer]:
    """Return what each account pays under two bills, the largest payer first."""
    old, new = before.by("SubAccountId"), after.by("SubAccountId")
    none = Decimal(0)
    found = [Payer(str(name), old.get(name, none), new.get(name, none)) for name in {**old, **new}]
    return sorted(found, key=lambda p: (-max(p.before, p.after), p.account))


def build_plan_cells(answer: Answer) -> list[Cell]:
    """Return a cell per VPC group and service; of a group's VPCs the one nearest to its runner-up speaks for it."""
    d, best, second = answer.demand, answer.best, answer.runners_up
    names = [p.name for p in list_paths(d)]
    groups = d.vpcs.group.decode_words()
    found: dict[tuple[str, str], list[int]] = {}
    for f in range(len(best.plan)):
        found.setdefault((str(groups[d.flows.vpc[f]]), str(d.services.name[d.flows.service[f]])), []).append(f)
    out = []
    for (group, service), flows in found.items():
        f = min(flows, key=lambda f: _measure_flip_distance(d.gb.item(f), second.flip_gb.item(f)))
        flip = None if np.isnan(second.flip_gb[f]) else float(second.flip_gb[f])
        more = None if np.isnan(second.more[f]) else Decimal(repr(float(second.more[f])))
        out.append(
            Cell(
                group,
                service,
                tuple(dict.fromkeys(names[best.plan[i]] for i in flows)),
                float(d.gb[f]),
                names[second.path[f]] if second.path[f] >= 0 else None,
                more,
                flip,
                None if flip is None or not d.gb[f] else flip / float(d.gb[f]),
            )
        )
    return out


def _measure_flip_distance(gb: float, flip: float) -> float:
    """How far a flow is from its flip: the factor on its GB, as a logarithm; infinite where there is none."""
    if np.isnan(flip):
        return np.inf
    return float(abs(np.log(max(flip, 1e-9) / max(gb, 1e-9))))


def find_closest_flip(answer: Answer) -> Cell | None:
    """Return the cell that is nearest to its flip; None where nothing would flip any."""
    near = [c for c in build_plan_cells(answer) if c.margin]
    return min(
        near, key=lambda c: _measure_flip_distance(1.0, c.margin if c.margin is not None else np.nan), default=None
    )


def compute_step_ends(today: Decimal, way: Sequence[Step]) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Return where each step begins and ends, and by how much it moves the cost as that is shown, to the cent.

    What is shown of today, of each step and of the plan adds up.
    """
    out, at = [], today
    for step in way:
        out.append((at, at - step.saving, round_to_cents(at - step.saving) - round_to_cents(at)))
        at -= step.saving
    return out


def build_saving_steps(answer: Answer) -> list[Step]:
    """Return what changes from today save, by path before and after, greatest first; beyond a few the rest together."""
    c = answer.changes
    if c is None:
        return []
    names = [p.name for p in list_paths(answer.demand)]
    found: dict[str, list[Any]] = {}
    for before, after, saving in zip(c.before, c.after, c.saving, strict=True):
        each = found.setdefault(f"{names[before]} → {names[after]}", [0, Decimal(0)])
        each[0] += 1
        each[1] += Decimal(repr(float(saving)))
    ordered = sorted((Step(label, *rest) for label, rest in found.items()), key=lambda s: -s.saving)
    rest = ordered[_MOST_STEPS:]
    if len(rest) > 1:
        together = Step(f"{len(rest)} others", sum(s.flows for s in rest), sum((s.saving for s in rest), Decimal(0)))
        return [*ordered[:_MOST_STEPS], together]
    return ordered
