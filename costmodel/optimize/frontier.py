"""What fewer changes, or more security, would cost: optima beside the optimum."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.errors import InfeasibleError
from costmodel.optimize.clock import Clock
from costmodel.optimize.instance import Instance
from costmodel.optimize.limits import limits_of
from costmodel.optimize.search import search
from costmodel.optimize.solve import certified, cheapest
from costmodel.optimize.today import today_of
from costmodel.paths import PATHS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from costmodel.demand import Constraints, Demand
    from costmodel.optimize.solve import Best
    from costmodel.prices import PriceBook

_ONE_BY_ONE = 12
"""Up to so many changes, the cheapest plan of every number of them is found."""
_POINTS = 24
_CLOSE = 1e-6


class Point(NamedTuple):
    """How many flows change from today, and what the cheapest such plan costs."""

    changes: int
    total: float


def frontier(
    d: Demand,
    book: PriceBook,
    *,
    on: date | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
) -> list[Point] | None:
    """Return the cheapest total for rising numbers of changes from today; None where nothing is said of today.

    Up to a dozen changes every number is tried. Of more, the points are those of the lower convex hull, found by a
    price on every change: between two of them no plan lies below the line that joins them. Each is proven.

    Args:
        d: the demand.
        book: the prices.
        on: the price date.
        progress: as for ``optimize``; True stops, and leaves what was found.
    """
    free = replace(d, constraints=replace(d.constraints, max_changes=None))
    today = today_of(free)
    if today is None:
        return None
    clock = Clock(None, None, progress)
    instance = Instance(free, book, on)
    limits = limits_of(instance)
    differs = (instance.path != today[instance.flow]).astype(float)
    every = np.zeros(len(instance.cost))
    every[: len(differs)] = differs

    def at(penalty: float) -> Point | None:
        """The cheapest plan with a price on every change."""
        found = search(instance, limits, clock, cost=instance.cost + penalty * every)
        if found.chosen is None:
            return None
        best = certified(instance, found._replace(value=np.nan), book, on, clock)
        return Point(int(differs[found.chosen].sum()), float(best.bill.total_exact))

    last = at(0.0)
    if last is None:
        return []
    least = at(_CLOSE * last.total / max(len(d.flows), 1))  # of equally cheap plans, the one with the fewest changes
    last = least if least is not None and least.total <= last.total * (1 + _CLOSE) else last
    points = {last.changes: last}
    if last.changes <= _ONE_BY_ONE:
        for most in range(last.changes):
            if clock.over():
                break
            some = replace(d, constraints=replace(d.constraints, max_changes=most))
            try:
                best = cheapest(some, book, clock, on=on)
            except InfeasibleError:
                continue
            points[most] = Point(most, float(best.bill.total_exact))
        return _falling(points)
    first = at(float(instance.cost[np.isfinite(instance.cost)].sum()) + last.total)
    if first is not None:
        points[first.changes] = first
        _between(first, last, at, points, clock)
    return _falling(points)


def _between(
    first: Point, last: Point, at: Callable[[float], Point | None], points: dict[int, Point], clock: Clock
) -> None:
    """Find the points below the line between two."""
    if last.changes - first.changes < 2 or len(points) >= _POINTS or clock.over():  # noqa: PLR2004 - nothing between
        return
    penalty = (first.total - last.total) / (last.changes - first.changes)
    if penalty <= 0:
        return
    found = at(penalty)
    if found is None or found.changes in points:
        return
    if found.total + penalty * found.changes >= first.total + penalty * first.changes - _CLOSE * first.total:
        return
    points[found.changes] = found
    _between(first, found, at, points, clock)
    _between(found, last, at, points, clock)


def _falling(points: dict[int, Point]) -> list[Point]:
    """Return the points at which one change more saves something."""
    out: list[Point] = []
    for one in sorted(points.values()):
        if not out or one.total < out[-1].total - _CLOSE:
            out.append(one)
    return out


class Posture(NamedTuple):
    """What a stricter rule for all VPCs costs: its name, the cheapest plan; None and why where there is none."""

    name: str
    best: Best | None
    why: str


def postures(
    d: Demand,
    book: PriceBook,
    *,
    on: date | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
) -> list[Posture]:
    """Return the cheapest plan as the demand stands, and under each stricter rule for all VPCs.

    Args:
        d: the demand.
        book: the prices.
        on: the price date.
        progress: as for ``optimize``.
    """
    every = np.ones(len(d.vpcs), dtype=bool)
    routed = [(p.name, -1, -1) for p in PATHS if p.posture.routed]
    single = [(p.name, -1, -1) for p in PATHS if p.posture.single_zone]
    c = d.constraints
    stricter: dict[str, Constraints] = {
        "as asked": c,
        "no single zone's NAT gateway": replace(c, forbid=[*c.forbid, *single]),
        "AWS services by private addresses": replace(c, private=every),
        "endpoint policies everywhere": replace(c, endpoint_policy=every),
        "each VPC's own endpoint policies": replace(c, endpoint_policy=every, vpc_policy=every),
        "no routes between VPCs": replace(c, forbid=[*c.forbid, *routed]),
    }
    clock, out = Clock(None, None, progress), []
    for name, constraints in stricter.items():
        try:
            best = cheapest(replace(d, constraints=constraints), book, clock, on=on)
            out.append(Posture(name, best, ""))
        except InfeasibleError as error:
            out.append(Posture(name, None, str(error)))
    return out
