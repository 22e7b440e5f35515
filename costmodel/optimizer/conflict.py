"""Why a demand has no plan: constraints that cannot all be kept, none of which can be left out of the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.errors import InfeasibleError, UnpricedError
from costmodel.demand.demand import Constraints
from costmodel.optimizer.cheapest import search_with_all_limits
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import build_limits
from costmodel.optimizer.search.accounts import NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.demand.demand import Demand
    from costmodel.optimizer.clock import Clock
    from costmodel.pricing.book import PriceBook

_MASKS = ("private", "endpoint_policy", "vpc_policy", "residency")


class Item(NamedTuple):
    """One constraint: its key in a demand file, the VPC, service and value that it names, where it names them."""

    constraint: str
    vpc: str | None = None
    service: str | None = None
    value: str | None = None
    number: int = -1

    def __str__(self) -> str:
        """Say it as a demand file would."""
        words = [self.value, self.vpc and f"of {self.vpc}", self.service and f"for {self.service}"]
        said = " ".join(filter(None, words))
        return f"{self.constraint} ({said})" if said else self.constraint


def find_conflict(d: Demand, book: PriceBook, on: date | None, reasons: Sequence[Any], clock: Clock) -> list[Item]:
    """Return an irreducible set of constraints that conflict; empty where the demand has no plan even without any.

    Args:
        d: a demand without a plan.
        book: the prices.
        on: the price date.
        reasons: (rule, VPC, service) of flows without a path; the first of them is then enough.
        clock: when to stop; what was found by then may not be irreducible.
    """
    if reasons:
        _, vpc, service = reasons[0]
        vpcs, services = d.vpcs.name[d.flows.vpc], d.services.name[d.flows.service]
        d = _select_flows(d, np.flatnonzero((vpcs == vpc) & (services == service)))
    items = _list_constraints(d)

    def impossible(some: Sequence[Item]) -> bool:
        return not clock.should_stop() and not _has_plan(_keep_constraints(d, some), book, on, clock)

    if not items or impossible([]):
        return []
    return _find_smallest_conflict([], items, impossible, changed=False)


def _find_smallest_conflict(held: list[Item], items: list[Item], impossible: Any, *, changed: bool) -> list[Item]:
    """QuickXplain: return the fewest of some items that are impossible with those held; none where those are already.

    Junker, U. (2004): QuickXplain: preferred explanations and relaxations for over-constrained problems.
    """
    if changed and impossible(held):
        return []
    if len(items) == 1:
        return items
    one, other = items[: len(items) // 2], items[len(items) // 2 :]
    second = _find_smallest_conflict(held + one, other, impossible, changed=True)
    first = _find_smallest_conflict(held + second, one, impossible, changed=bool(second))
    return first + second


def _select_flows(d: Demand, flows: Any) -> Demand:
    """Return a demand with some of its flows."""
    today = [d.today[f] for f in flows] if isinstance(d.today, list) else d.today
    hubs = None if d.today_hubs is None else d.today_hubs[flows]
    zones = None if d.today_zones is None else d.today_zones[flows]
    return replace(d, flows=d.flows.take_rows(flows), today=today, today_hubs=hubs, today_zones=zones)


def _list_constraints(d: Demand) -> list[Item]:
    """Return the constraints that concern the flows of a demand."""
    c, here = d.constraints, set(d.flows.vpc.tolist())
    pairs = set(zip(d.flows.vpc.tolist(), d.flows.service.tolist(), strict=True))
    vpc, service = d.vpcs.name, d.services.name

    def touches(v: int, s: int) -> bool:
        return any((v in (-1, a)) and (s in (-1, b)) for a, b in pairs)

    out = [
        Item(key, str(vpc[v]), number=v)
        for key in _MASKS
        for v in np.flatnonzero(getattr(c, key)).tolist()
        if v in here
    ]
    out += [Item("min_zones", value=str(c.min_zones))] if c.min_zones is not None else []
    for key, listed in (("forbid", [(n, v, s) for n, v, s in c.forbid]), ("pin", [(n, v, s) for v, s, n in c.pin])):
        out += [
            Item(key, str(vpc[v]) if v >= 0 else None, str(service[s]) if s >= 0 else None, name, i)
            for i, (name, v, s) in enumerate(listed)
            if touches(v, s)
        ]
    out += [Item("quotas", value=f"{name}: {most:g}") for name, most in c.quotas.items()]
    out += [Item("max_changes", value=str(c.max_changes))] if c.max_changes is not None else []
    return out + ([Item(NAME)] if c.no_account_pays_more else [])


def _keep_constraints(d: Demand, items: Sequence[Item]) -> Demand:
    """Return a demand that keeps to some of its constraints only."""
    c, keys = d.constraints, {item.constraint for item in items}
    masks = {}
    for key in _MASKS:
        mask = np.zeros(len(d.vpcs), dtype=bool)
        mask[[item.number for item in items if item.constraint == key]] = True
        masks[key] = mask
    limits = {item.value for item in items if item.constraint == "quotas"}
    some = Constraints(
        **masks,
        min_zones=c.min_zones if "min_zones" in keys else None,
        allow=c.allow,
        forbid=[c.forbid[item.number] for item in items if item.constraint == "forbid"],
        pin=[c.pin[item.number] for item in items if item.constraint == "pin"],
        quotas={name: most for name, most in c.quotas.items() if f"{name}: {most:g}" in limits},
        max_changes=c.max_changes if "max_changes" in keys else None,
        no_account_pays_more=NAME in keys,
    )
    return replace(d, constraints=some)


def _has_plan(d: Demand, book: PriceBook, on: date | None, clock: Clock) -> bool:
    """Return whether a demand has a plan, whatever it costs."""
    try:
        instance = Instance(d, book, on, accounts=d.constraints.no_account_pays_more)
        limits = build_limits(instance)
        free = np.where(np.isfinite(instance.cost), 0.0, np.inf)
        search_with_all_limits(instance, limits, book, on, clock, cost=free, any_plan=True)
    except InfeasibleError:
        return False
    except UnpricedError:
        return True
    return True
