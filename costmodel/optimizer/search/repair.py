"""Plans that keep every limit, soon: what breaks one is shut, all but what is worth most, and flows placed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.model.program import evaluate_choice, scale_problem
from costmodel.optimizer.search.place import place_flows

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.model.instance import Instance
    from costmodel.optimizer.model.limits import Choices, Limits, Sums

_ROUNDS = 30
_SLACK = 1e-9


def price_columns(instance: Instance, chosen: IntArray | None, cost: FloatArray) -> tuple[FloatArray, float]:
    """Return the cost of each column at the lines that a plan's quantities lie on, and what these cost beside.

    Args:
        instance: the numbers.
        chosen: the candidate of each flow; None: at the last lines, the cheapest.
        cost: cost of each column, flat prices only.
    """
    n, k = len(instance.flow), instance.size
    taken = None if chosen is None else instance.mark_taken_columns(chosen)
    constant = instance.constant
    for pool in instance.pools:
        if len(pool.lines) > 1 and pool.quantity is not None:
            intercept, slope = pool.lines[-1]
            if taken is not None:
                quantity = pool.constant + float(pool.quantity[: n + k][taken].sum())
                intercept, slope = min(pool.lines, key=lambda line: line[0] + line[1] * quantity)
            constant += intercept + slope * pool.constant
            cost = cost + slope * pool.quantity
    return cost, constant


def compute_plan_value(instance: Instance, chosen: IntArray) -> float:
    """Return what a choice of candidates costs: every pool at the line its quantity lies on."""
    cost, constant = price_columns(instance, chosen, instance.cost)
    return constant + evaluate_choice(scale_problem(instance.build_problem(cost)), chosen).value


def place_near_plan(instance: Instance, chosen: IntArray | None, cost: FloatArray, clock: Clock) -> IntArray | None:
    """Return the best placement without limits at the lines of a plan; None where there is none, or no time."""
    try:
        return place_flows(instance.build_problem(price_columns(instance, chosen, cost)[0]), clock=clock).chosen
    except InfeasibleError:
        return None


def repair_plan(
    instance: Instance, limits: Limits, chosen: IntArray, clock: Clock, *, cost: FloatArray | None = None
) -> IntArray | None:
    """Make a plan keep to the limits: columns that break one are shut, all but those worth most, and flows placed anew.

    Args:
        instance: the numbers.
        limits: what the plan is to keep.
        chosen: the candidate of each flow, of a plan that breaks some.
        clock: when to stop.
        cost: cost of each column; default the instance's.

    Returns:
        The candidate of each flow; None where nothing was found.
    """
    cost = (instance.cost if cost is None else cost).copy()
    for _ in range(_ROUNDS):
        broken = limits.find_broken_limits(instance, chosen)
        if not broken:
            return chosen
        if clock.should_stop():
            return None
        worth = _Worth(instance, chosen, cost)
        before = int(np.count_nonzero(np.isinf(cost)))
        for sort, i, where in sorted(broken):
            shut = (
                _select_excess_columns(limits.sums[i], where, worth)
                if sort == "sum"
                else _select_other_values(limits.choices[i], where, worth)
            )
            cost[shut] = np.inf
        if int(np.count_nonzero(np.isinf(cost))) == before:
            return None  # what breaks a limit is shut already
        placed = place_near_plan(instance, chosen, cost, clock)
        if placed is None:
            return None
        chosen = placed
    return None


class _Worth:
    """What a plan would cost more without each of its candidates and keys, the others as they are."""

    def __init__(self, instance: Instance, chosen: IntArray, cost: FloatArray) -> None:
        n, k = len(instance.flow), instance.size
        self.instance, self.chosen, self.taken = instance, chosen, instance.mark_taken_columns(chosen)
        price, _ = price_columns(instance, chosen, cost)
        keys = instance.keys
        missing = np.r_[np.where(self.taken[n:], 0.0, price[n : n + k]), 0.0]
        self.other = price[:n] + missing[keys].sum(axis=1)  # of each candidate, what it adds to the plan
        self.least = self.other[chosen]
        self.column = np.full(n + k, -np.inf)
        self.column[chosen] = self.compute_removal_cost(chosen)
        lost = np.zeros(k)
        for slot in range(keys.shape[1]):
            key = keys[chosen, slot]
            users = np.flatnonzero(key >= 0)
            shut = (keys == key[instance.flow][:, None]).any(axis=1) & (key[instance.flow] >= 0)
            lost += np.bincount(key[users], weights=self._compute_extra_cost(shut)[users], minlength=k)[:k]
        used = self.taken[n:]
        self.column[n:][used] = lost[used] - price[n : n + k][used]

    def compute_removal_cost(self, columns: IntArray) -> FloatArray:
        """Return of each flow what it costs more without some candidates."""
        shut = np.zeros(len(self.instance.flow), dtype=bool)
        shut[columns] = True
        return self._compute_extra_cost(shut)

    def _compute_extra_cost(self, shut: BoolArray) -> FloatArray:
        other = np.minimum.reduceat(np.where(shut, np.inf, self.other), self.instance.starts) - self.least
        return np.where(np.isfinite(other), other, 1e15)


def _select_excess_columns(one: Sums, place: int, worth: _Worth) -> IntArray:
    """Return the columns of a limit's place to shut: all but those of the plan that are worth most and keep to it."""
    at = np.flatnonzero((one.place == place) & (one.values > 0))
    columns, values = one.columns[at], one.values[at]
    instance = worth.instance
    n, flows = len(instance.flow), len(instance.d.flows)
    unit = np.where(columns < n, instance.flow[np.minimum(columns, n - 1)], flows + columns)  # a flow has one candidate
    more = worth.compute_removal_cost(columns[columns < n])
    gain = np.where(columns < n, more[np.minimum(unit, flows - 1)], worth.column[columns])
    mine = np.flatnonzero(worth.taken[columns])
    order = mine[np.argsort(-gain[mine] / values[mine], kind="stable")]
    sums = np.cumsum(values[order])
    kept = order[sums <= one.high[place] + _SLACK * max(1.0, abs(float(one.high[place])))]
    most = np.full(flows + n + instance.size, -np.inf)
    most[unit[kept]] = values[kept]
    return np.asarray(columns[values > most[unit]])


def _select_other_values(each: Choices, group: int, worth: _Worth) -> IntArray:
    """Return the candidates of a group to shut: those of every value but the one that is worth most to the plan."""
    at = np.flatnonzero(each.group == group)
    taken = at[worth.taken[each.candidates[at]]]
    values = np.unique(each.value[taken])
    gains = [worth.column[each.candidates[taken[each.value[taken] == value]]].sum() for value in values]
    return np.asarray(each.candidates[at[each.value[at] != values[int(np.argmax(gains))]]])
