"""A plan at any time: what is known beside the search, from architectures, single hubs and prices on limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_plan_by_preference as by_preference
from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import build_limits
from costmodel.optimizer.search.lines import Found, Lines
from costmodel.optimizer.search.repair import compute_plan_value, place_near_plan, repair_plan

if TYPE_CHECKING:
    from datetime import date

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.model.limits import Limits
    from costmodel.optimizer.model.problem import Row
    from costmodel.pricing.book import PriceBook

_PROVEN = 1e-9
_ROUNDS = 60
_PATIENCE = 5
"""So many rounds without a better bound before prices move half as far."""
_AGAIN = 3.0
"""So many times what placing took must be left for placing again: a repair needs time too."""


class Known:
    """The cheapest plan known that keeps the limits.

    Attributes:
        chosen: the candidate of each flow; None before there is one.
        value: what it costs.
        by: what it was found by.
    """

    def __init__(self, instance: Instance, limits: Limits) -> None:
        """Begin without a plan."""
        self.instance, self.limits = instance, limits
        self.chosen: IntArray | None = None
        self.value = np.inf
        self.by = ""

    def add_plan(self, chosen: IntArray | None, by: str) -> bool:
        """Take a plan that keeps the limits, if it is the cheapest so far; return whether it is."""
        if chosen is None or self.limits.find_broken_limits(self.instance, chosen):
            return False
        value = compute_plan_value(self.instance, chosen)
        if not value < self.value:
            return False
        self.chosen, self.value, self.by = chosen, value, by
        return True

    def compute_gap(self, bound: float) -> float:
        """Return how far the plan is from a bound (the instance's constant apart), relative to it."""
        return (self.value - self.instance.constant - bound) / max(1.0, abs(self.value))

    def pick_cheaper_plan(self, found: Found) -> Found:
        """Return what a search found; the plan known in its place where that is cheaper."""
        if not self.value < found.value + self.instance.constant:
            return found
        return found._replace(chosen=self.chosen, value=np.nan, solvers=found.solvers | {self.by})

    def add_repaired_plan(self, chosen: IntArray, clock: Clock) -> None:
        """Take a plan that breaks limits, once it is made to keep them."""
        self.add_plan(repair_plan(self.instance, self.limits, chosen, clock), "repair")

    def add_nearby_plan(self, clock: Clock) -> None:
        """Take a good plan soon: placed without limits at the lines its quantities lie on, then repaired."""
        self.add_plan(self._place_and_repair(self.instance, self.limits, clock), "repair")

    def add_architecture_plans(self) -> None:
        """Take every named architecture whose paths are allowed."""
        for plan in list_architecture_plans(self.instance.d):
            self.add_plan(self.instance.find_plan_candidates(plan), "an architecture")

    def add_hub_plans(self, book: PriceBook, on: date | None, clock: Clock) -> None:
        """Take the best plan found with each hub alone, then with one hub more at a time beside the best so far.

        Hubs that make no difference are tried alone once.
        """
        ranks = np.array([path.rank if path.hubbed else -1 for path in self.instance.offered])[self.instance.path]
        every = np.unique(ranks[ranks >= 0])
        if len(every) < 2:  # noqa: PLR2004 - one hub is what the search looks at
            return
        tried: list[Instance] = []
        for rank in every:  # the first may well be all: half of what is left, each
            self._add_hub_plan(ranks, rank, (book, on, tried), clock.split_time(2))
        for rank in every:
            self._add_hub_plan(ranks, rank, (book, on, None), clock.split_time(2))

    def _add_hub_plan(
        self, ranks: IntArray, rank: int, prices: tuple[PriceBook, date | None, list[Instance] | None], clock: Clock
    ) -> None:
        """Take a plan found with the paths of one hub: alone, or beside the plan known where nothing was ``tried``."""
        book, on, tried = prices
        here = (ranks == rank) | (ranks < 0)
        if tried is None and self.chosen is not None:
            here &= ~np.isin(self.instance.d.flows.vpc[self.instance.flow], self._find_settled_vpcs(self.chosen))
            served = np.bincount(self.instance.flow[here], minlength=len(self.instance.d.flows)) > 0
            here[self.chosen[~served]] = True
        some = np.flatnonzero(here)
        flow, path = self.instance.flow[some], self.instance.path[some]
        if clock.should_stop() or len(np.unique(flow)) < len(self.instance.d.flows):
            return
        alone = Instance(self.instance.d, book, on, candidates=(flow, path))
        if tried is not None:
            if any(_is_same_instance(alone, other) for other in tried):
                return
            tried.append(alone)
        found = self._place_and_repair(alone, build_limits(alone), clock)
        if found is not None:
            self.add_plan(some[found], "hubs in turn" if tried is None else "one hub")

    def _find_settled_vpcs(self, chosen: IntArray) -> IntArray:
        """Return the VPCs that the plan known serves by what is used up to a limit: they stay as they are."""
        instance, flows = self.instance, self.instance.d.flows
        n = len(instance.flow)
        taken, full = instance.mark_taken_columns(chosen), np.zeros(n + instance.size + 1, dtype=bool)
        for one in self.limits.sums:
            used = np.bincount(one.place, weights=one.values * taken[one.columns], minlength=len(one.high))
            at = np.isin(one.place, np.flatnonzero(used >= one.high - one.values.min(initial=np.inf) / 2))
            full[one.columns[at]] |= taken[one.columns[at]]
        by_key = np.r_[full[n:-1], False][instance.keys[chosen]].any(axis=1)
        return np.unique(flows.vpc[by_key | full[chosen]])

    @staticmethod
    def _place_and_repair(alone: Instance, limits: Limits, clock: Clock) -> IntArray | None:
        begin = clock.gone
        chosen = place_near_plan(alone, None, alone.cost, clock)
        if chosen is not None and (clock.left is None or clock.left > _AGAIN * (clock.gone - begin)):
            second = place_near_plan(alone, chosen, alone.cost, clock)
            chosen = chosen if second is None else second
        return None if chosen is None else repair_plan(alone, limits, chosen, clock)


def list_architecture_plans(d: Demand) -> list[IntArray]:
    """Return the plan of every architecture that serves a demand: a path number per flow."""
    out = []
    for names in PATTERNS.values():
        try:
            out.append(by_preference(d, names))
        except InfeasibleError:
            continue
    return out


def _is_same_instance(one: Instance, other: Instance) -> bool:
    """Whether two instances are the same numbers, whatever they represent."""
    return (
        np.array_equal(one.flow, other.flow)
        and np.array_equal(one.keys, other.keys)
        and np.array_equal(one.cost, other.cost)
    )


def bound_by_limit_prices(known: Known, clock: Clock) -> float:
    """Return a lower bound on every plan, constants apart, from prices on limits; plans on the way are repaired.

    With a price on each limit instead of the limit, the best placement costs, less what the limits would allow at
    those prices, no more than any plan that keeps them (Lagrange). Prices move along what is taken too much.
    """
    instance, limits = known.instance, known.limits
    search = _LimitPrices(limits)
    for _ in range(_ROUNDS):
        if clock.should_stop():
            break

        # The best placement with prices on the limits bounds every plan that keeps them.
        rows = [limits.sums[i].build_row(place) for i, place in search.places]
        cost = _add_prices(instance.cost, search.prices, rows)
        found = Lines(instance, [], clock=clock, cost=cost).solve_lines()
        bound = found.bound - float(search.prices @ np.array([row.high for row in rows]))
        if found.chosen is None:
            search.best = max(search.best, bound)
            break

        # Its plan may keep the limits, or a repair of it.
        broken = limits.find_broken_limits(instance, found.chosen)
        known.add_plan(found.chosen, "prices on limits")
        taken = instance.mark_taken_columns(found.chosen)
        over = np.array([row.values @ taken[row.columns] - row.high for row in rows])
        if search.record_bound(bound, over) and broken:
            known.add_repaired_plan(found.chosen, clock)

        # Move the prices along what is taken too much.
        search.add_places(broken, taken)
        if known.compute_gap(search.best) <= _PROVEN or not search.move_prices(known.value - instance.constant):
            break
    return search.best


def _add_prices(cost: FloatArray, prices: FloatArray, rows: list[Row]) -> FloatArray:
    """Return the cost of each column with prices on limits."""
    out = cost.copy()
    for price, row in zip(prices, rows, strict=True):
        np.add.at(out, row.columns, price * row.values)
    return out


class _LimitPrices:
    """Prices on limits, and the steps by which they move.

    Attributes:
        places: (number of the sum, place) of each limit that has a price.
        prices: (limits,) the prices to try next.
        best: the best bound so far.
        bound: the bound at the prices from which the next step is taken.
    """

    def __init__(self, limits: Limits) -> None:
        """Begin with a price of 0 on each limit that binds."""
        self._limits = limits
        self.places: list[tuple[int, int]] = sorted((i, place) for sort, i, place in limits.binding if sort == "sum")
        self.prices: FloatArray = np.zeros(len(self.places))
        self.best = -np.inf
        self.bound = -np.inf
        self._base = self.prices
        self._excess: FloatArray = np.zeros(0)
        self._step = 1.0
        self._idle = 0

    def record_bound(self, bound: float, over: FloatArray) -> bool:
        """Take the bound at the prices, and what each limit has too much there; return whether it is the best so far.

        After several rounds without a better bound, the next step begins where the last one did, and is half as long.
        """
        better = bound > self.best
        self._idle = 0 if better else self._idle + 1
        if self._idle >= _PATIENCE:
            self._step /= 2
            self._idle = 0
            return False
        if better:
            self.best = bound
        self._base = self.prices
        self._excess = over
        self.bound = bound
        return better

    def add_places(self, broken: set[tuple[str, int, int]], taken: BoolArray) -> None:
        """Add limits that a plan breaks and that have no price yet, with a price of 0."""
        new = sorted({(i, place) for sort, i, place in broken if sort == "sum"} - set(self.places))
        self.places += new
        self._base = np.r_[self._base, np.zeros(len(new))]
        self._excess = np.r_[self._excess, [_compute_excess(self._limits, place, taken) for place in new]]

    def move_prices(self, top: float) -> bool:
        """Move the prices towards a bound of ``top``; return False where there is nowhere to move.

        Polyak's step: as long as it would be if the bound rose in a straight line. Without a plan, ``top`` is infinite,
        and the step is towards 1 % above the last bound.
        """
        if not np.isfinite(top):
            top = abs(self.bound) * 1.01
        move = np.where((self._base <= 0) & (self._excess < 0), 0.0, self._excess)
        length = float(move @ move)
        if not length:
            return False
        self.prices = np.maximum(0.0, self._base + self._step * max(top - self.bound, 0.0) / length * move)
        return True


def _compute_excess(limits: Limits, one: tuple[int, int], taken: BoolArray) -> float:
    row = limits.sums[one[0]].build_row(one[1])
    return float(row.values @ taken[row.columns] - row.high)
