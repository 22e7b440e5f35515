"""What fewer changes, or more security, would cost: optima beside the optimum."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.architectures.build import PATHS
from costmodel.core.errors import InfeasibleError, StoppedError, UnpricedError
from costmodel.demand.constraints.paths import ANY
from costmodel.demand.constraints.registry import CONSTRAINTS
from costmodel.demand.demand import Forbidden
from costmodel.optimizer.best import build_verified_plan
from costmodel.optimizer.cheapest import find_cheapest_plan
from costmodel.optimizer.clock import Clock
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import build_limits
from costmodel.optimizer.search.search import search_placement
from costmodel.optimizer.today import get_todays_plan
from costmodel.optimizer.unpriced import add_unpriced_paths, explain_unpriced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from costmodel.core.arrays import IntArray
    from costmodel.demand.demand import Constraints, Demand
    from costmodel.optimizer.best import Best
    from costmodel.pricing.book import PriceBook

_ONE_BY_ONE = 12
"""Up to so many changes, the cheapest plan of every number of them is found."""
_POINTS = 24
_CLOSE = 1e-6


class Point(NamedTuple):
    """How many flows change from today, and what the cheapest such plan costs.

    Attributes:
        changes: how many flows change at most.
        total: what the cheapest plan found costs.
        gap: how far it may be from the cheapest, relative to it.
        proof: ``whole`` or ``priced-only``, as :attr:`Best.proof`.
    """

    changes: int
    total: float
    gap: float
    proof: str


def trace_frontier(
    d: Demand,
    book: PriceBook,
    *,
    on: date | None = None,
    time_limit: float | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
) -> list[Point] | None:
    """Return the cheapest total for rising numbers of changes from today; None where today's design is not given.

    The last point is the cheapest plan under any number of changes. Where it makes a dozen changes at most, every
    smaller number is tried. Where it makes more, the points lie on the lower convex hull, found by a price on every
    change. There are about two dozen of them at most, so some of the hull may be left out. Where no account may pay
    more than today, such a price does not reach what each account pays: a dozen numbers of changes, evenly apart, are
    tried instead. A number that saves nothing is left out. So is one that the time, or a price that is not held, left
    without a plan. Each point says how far it is proven.

    Args:
        d: the demand.
        book: the prices.
        on: the price date.
        time_limit: seconds; the points found by then are returned.
        progress: as for ``optimize``; True stops, and the points found by then are returned.

    Raises:
        InfeasibleError: no plan keeps to the constraints.
    """
    free = replace(d, constraints=d.constraints.with_values(max_changes=None))
    today = get_todays_plan(free)
    if today is None:
        return None
    clock = Clock(None, time_limit, progress)
    if d.constraints.no_account_pays_more:
        return _find_points_one_by_one(free, today, book, on, clock)
    instance = Instance(free, book, on)
    limits = build_limits(instance)
    differs = (instance.path != today[instance.flow]).astype(float)
    every = np.zeros(len(instance.cost))
    every[: len(differs)] = differs

    def at(penalty: float) -> Point | None:
        """The cheapest plan with a price on every change."""
        found = search_placement(instance, limits, clock, cost=instance.cost + penalty * every)
        if found.chosen is None:
            return None
        best = build_verified_plan(instance, found._replace(value=np.nan), book, on, clock)
        short = max(found.value - found.bound, 0.0) / max(float(best.bill.total_exact), 1.0)
        changes, proof = int(differs[found.chosen].sum()), "priced-only" if instance.gaps else "whole"
        return Point(changes, float(best.bill.total_exact), short if short > _CLOSE else 0.0, proof)

    last = at(0.0)
    if last is None:
        return []
    least = at(_CLOSE * last.total / max(len(d.flows), 1))  # of equally cheap plans, the one with the fewest changes
    last = least if least is not None and least.total <= last.total * (1 + _CLOSE) else last
    points = {last.changes: last}
    if last.changes <= _ONE_BY_ONE:
        points[last.changes] = last._replace(
            proof=_prove_cheapest_plan(free, book, on, clock) if instance.gaps else last.proof
        )
        return _keep_falling_points(points | _find_points(free, range(last.changes), book, on, clock))
    first = at(float(instance.cost[np.isfinite(instance.cost)].sum()) + last.total)
    if first is not None:
        points[first.changes] = first
        _add_points_between(first, last, at, points, clock)
    return _keep_falling_points(points)


def _find_points_one_by_one(
    free: Demand, today: IntArray, book: PriceBook, on: date | None, clock: Clock
) -> list[Point]:
    """Return the points of a demand whose accounts may not pay more, number by number; of many, a dozen of them."""
    try:
        best = add_unpriced_paths(find_cheapest_plan(free, book, clock, on=on), book, on, clock)
    except (StoppedError, UnpricedError):
        return []
    last = _make_point(int((best.plan != today).sum()), best)
    numbers = np.unique(np.linspace(0, last.changes, min(last.changes, _ONE_BY_ONE) + 1).astype(int))[:-1]
    return _keep_falling_points(_find_points(free, numbers.tolist(), book, on, clock) | {last.changes: last})


def _find_points(
    free: Demand, numbers: Iterable[int], book: PriceBook, on: date | None, clock: Clock
) -> dict[int, Point]:
    """Return the cheapest plan with at most so many changes, for each number that has one in time."""
    out: dict[int, Point] = {}
    for most in numbers:
        if clock.should_stop():
            break
        some = replace(free, constraints=free.constraints.with_values(max_changes=most))
        try:
            out[most] = _make_point(
                most, add_unpriced_paths(find_cheapest_plan(some, book, clock, on=on), book, on, clock)
            )
        except (InfeasibleError, StoppedError, UnpricedError):
            continue
    return out


def _make_point(changes: int, best: Best) -> Point:
    return Point(changes, float(best.bill.total_exact), best.certificate["gap"], best.proof)


def _prove_cheapest_plan(d: Demand, book: PriceBook, on: date | None, clock: Clock) -> str:
    """Return how far the cheapest plan of a demand is proven over paths without a price."""
    try:
        return add_unpriced_paths(find_cheapest_plan(d, book, clock, on=on), book, on, clock).proof
    except (InfeasibleError, StoppedError, UnpricedError):
        return "priced-only"


def _add_points_between(
    first: Point, last: Point, at: Callable[[float], Point | None], points: dict[int, Point], clock: Clock
) -> None:
    """Find the points below the line between two."""
    if last.changes - first.changes < 2 or len(points) >= _POINTS or clock.should_stop():  # noqa: PLR2004 - nothing between
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
    _add_points_between(first, found, at, points, clock)
    _add_points_between(found, last, at, points, clock)


def _keep_falling_points(points: dict[int, Point]) -> list[Point]:
    """Return the points at which one change more saves something."""
    out: list[Point] = []
    for one in sorted(points.values()):
        if not out or one.total < out[-1].total - _CLOSE:
            out.append(one)
    return out


class Posture(NamedTuple):
    """What a stricter rule for all VPCs costs.

    Attributes:
        name: the rule.
        best: the cheapest plan; None where none was found.
        why: why there is none; "" otherwise.
        open: whether there may be one all the same: a price is not held, or time ran out.
    """

    name: str
    best: Best | None
    why: str
    open: bool = False

    @property
    def proof(self) -> str:
        """``whole``, or ``priced-only`` where a price that is not held, or the time, leaves open what it costs."""
        return "priced-only" if self.open or (self.best is not None and self.best.proof != "whole") else "whole"


def solve_postures(
    d: Demand,
    book: PriceBook,
    *,
    on: date | None = None,
    time_limit: float | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
) -> list[Posture]:
    """Return the cheapest plan as the demand is, and under each stricter rule for all VPCs.

    Args:
        d: the demand.
        book: the prices.
        on: the price date.
        time_limit: seconds for all of them; a rule that is not looked at by then says so.
        progress: as for ``optimize``.
    """
    routed = [Forbidden(p.name, ANY, ANY) for p in PATHS if p.posture.routed]
    single = [Forbidden(p.name, ANY, ANY) for p in PATHS if p.posture.single_zone]
    c = d.constraints
    stricter: dict[str, Constraints] = {
        "as asked": c,
        "no single zone's NAT gateway": c.with_values(forbid=[*c.forbid, *single]),
        **{
            name: c.with_values(**values)
            for constraint in CONSTRAINTS
            for name, values in constraint.list_postures(d).items()
        },
        "no routes between VPCs": c.with_values(forbid=[*c.forbid, *routed]),
    }
    clock, out = Clock(None, time_limit, progress), []
    for name, constraints in stricter.items():
        out.append(_solve_posture(name, replace(d, constraints=constraints), book, on, clock))
    return out


def _solve_posture(name: str, d: Demand, book: PriceBook, on: date | None, clock: Clock) -> Posture:
    try:
        return Posture(name, add_unpriced_paths(find_cheapest_plan(d, book, clock, on=on), book, on, clock), "")
    except StoppedError as error:
        return Posture(name, None, str(error), open=True)
    except (InfeasibleError, UnpricedError) as error:
        unknown = explain_unpriced(d, book, on, clock)
        return Posture(name, None, str(unknown or error), open=unknown is not None)
