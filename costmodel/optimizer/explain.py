"""Why a plan is as it is: each flow's runner-up and the GB at which they swap, and what changes from today save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.core.errors import UnpricedError
from costmodel.optimizer.model.choice_costs import Worth
from costmodel.optimizer.model.limits import build_limits
from costmodel.optimizer.search.account_limits import AccountLimits
from costmodel.optimizer.today import get_todays_plan

if TYPE_CHECKING:
    from datetime import date

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.best import Best
    from costmodel.optimizer.model.instance import Instance
    from costmodel.optimizer.model.limits import Limits
    from costmodel.pricing.book import PriceBook

_BLOCK = 20_000
_PLACES = 9  # of a sum in float64: what is beyond them would round a half cent the wrong way
_SAME = 1e-9


class RunnersUp(NamedTuple):
    """Of each flow: the runner-up's path number (-1: there is none), what it would cost more, and where they swap.

    ``flip_gb`` is the GB of the flow, sent and received as now, nearest to what it has at which chosen path and
    runner-up cost the same while all other flows stay as they are; NaN where they never do.
    """

    path: IntArray
    more: FloatArray
    flip_gb: FloatArray


@dataclass(frozen=True)
class Changes:
    """What differs from today, and what it saves.

    Attributes:
        flows: numbers of the flows that change.
        before: their path numbers today.
        after: their path numbers in the plan.
        saving: what each saves; shared costs in equal parts, so that they add up to all that is saved.
        today: what is built today costs.
    """

    flows: IntArray
    before: IntArray
    after: IntArray
    saving: FloatArray
    today: float


def find_runners_up(best: Best, book: PriceBook, *, on: date | None = None) -> RunnersUp:
    """Find each flow's runner-up: the allowed path that would cost least more, all other flows as they are.

    Where no account may pay more than today, that is held at the average prices of the plan.

    Args:
        best: the plan.
        book: the prices.
        on: the price date, as the plan was made with.
    """
    instance = best.instance
    worth = Worth(instance.d, book, on, (instance.flow, instance.path))
    chosen, flows = best.chosen, len(instance.d.flows)
    sums = worth.compute_sums(chosen)
    total = float(worth.compute_cost(sums))
    other = np.setdiff1d(np.arange(len(worth.flow)), chosen)
    limits = build_limits(instance)
    if best.today is not None:
        limits.sums.append(AccountLimits(instance, best.today).build_account_sums(best.bill))
    other = other[worth.priced[other] & ~find_blocked_candidates(limits, instance, chosen)[other]]
    more = np.full(len(worth.flow), np.inf)
    for begin in range(0, len(other), _BLOCK):
        some = other[begin : begin + _BLOCK]
        swapped = (
            sums
            + worth.compute_rows(some)
            - worth.compute_rows(chosen[worth.flow[some]])
            + worth.compute_key_swaps(chosen, some)
        )
        more[some] = worth.compute_cost(swapped) - total
    if best.today is not None and best.certificate["gap"] == 0:
        more[more < -_SAME * max(1.0, total)] = np.inf  # cheaper than the optimum: an account pays more for it
    least = np.full(flows, np.inf)
    np.minimum.at(least, worth.flow[other], more[other])
    second = np.full(flows, -1)
    at = other[np.isfinite(more[other]) & (more[other] == least[worth.flow[other]])]
    second[worth.flow[at[::-1]]] = at[::-1]
    flip = np.full(flows, np.nan)
    has = np.flatnonzero(second >= 0)
    for begin in range(0, len(has), _BLOCK):
        some = has[begin : begin + _BLOCK]
        flip[some] = _find_flip_gb(worth, sums, chosen, second[some])
    return RunnersUp(np.where(second >= 0, worth.path[second], -1), np.where(second >= 0, least, np.nan), flip)


def _find_flip_gb(worth: Worth, sums: FloatArray, chosen: IntArray, second: IntArray) -> FloatArray:
    """Return the GB nearest to each flow's own at which its path and the other cost the same; NaN where none."""
    flow = worth.flow[second]
    now, mine = worth.gb[flow], chosen[flow]
    rest = sums - worth.compute_rows(mine)
    one, other = rest + worth.fixed[mine], rest + worth.compute_key_swaps(chosen, second) + worth.fixed[second]
    slopes = worth.each[mine], worth.each[second]
    knots = np.concatenate(
        [worth.find_edge_crossings(one, slopes[0]), worth.find_edge_crossings(other, slopes[1])], axis=1
    )
    knots = np.where(np.isfinite(knots) & (knots > 0), knots, 0.0)  # a pool that the flow does not touch has none
    ends = np.column_stack([np.zeros(len(now)), now, knots])
    far = ends.max(axis=1)
    ends = np.sort(np.column_stack([ends, 2 * far + 1.0, 4 * far + 2.0]), axis=1)

    def differ(gb: FloatArray) -> FloatArray:
        a = one[:, None] + slopes[0][:, None] * gb[..., None]
        b = other[:, None] + slopes[1][:, None] * gb[..., None]
        with np.errstate(invalid="ignore"):  # beyond the end of a schedule both may be infinite
            return np.asarray(worth.compute_cost(b) - worth.compute_cost(a))

    gap = differ(ends)
    far_total = np.maximum(1.0, np.abs(worth.compute_cost(other + slopes[1] * ends[:, -1:])))
    scale = _SAME * np.maximum(1.0, np.abs(gap).max(axis=1, initial=0.0, where=np.isfinite(gap)))
    left, right = ends[:, :-1], ends[:, 1:]
    low, high = gap[:, :-1], gap[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.where(low * high < 0, left + (right - left) * low / (low - high), np.nan)
        root = np.where(np.abs(low) <= scale[:, None], left, root)
        # Beyond the last knot both are straight lines.
        rise = gap[:, -1] - gap[:, -2]
        rise[np.abs(rise) <= _SAME * far_total] = np.nan  # parallel, but for what float64 rounds
        beyond = ends[:, -1] - gap[:, -1] * (ends[:, -1] - ends[:, -2]) / rise
    beyond = np.where((beyond > ends[:, -1]) & np.isfinite(beyond), beyond, np.nan)
    roots = np.column_stack([root, beyond])
    away = np.abs(roots - now[:, None])
    best = np.argmin(np.where(np.isnan(away), np.inf, away), axis=1)
    return np.asarray(roots[np.arange(len(roots)), best])


def find_plan_changes(best: Best, book: PriceBook, *, on: date | None = None) -> Changes | None:
    """Return what differs between today and a plan, and what each saves; None where today's design is not given.

    A key's cost is shared by the flows that open or close it; where a price depends on a sum, each flow pays the
    average of what the sum's change costs.

    Args:
        best: the plan.
        book: the prices.
        on: the price date, as the plan was made with.

    Raises:
        UnpricedError: what is built today has charges without a price.
    """
    d = best.instance.d
    before = get_todays_plan(d)
    if before is None:
        return None
    number = np.arange(len(d.flows))
    code = np.unique(np.concatenate([number * 10_000 + before, number * 10_000 + best.plan]))
    worth = Worth(d, book, on, (code // 10_000, code % 10_000))
    old, new = (np.searchsorted(code, number * 10_000 + plan) for plan in (before, best.plan))
    if not worth.priced[old].all():
        message = "What is built today has charges without a price: what changes would save is not known."
        raise UnpricedError(message)
    flows = np.flatnonzero(old != new)
    rows = worth.compute_rows(new[flows]) - worth.compute_rows(old[flows])
    was, now = worth.count_key_users(old), worth.count_key_users(new)
    for chosen, sign, which in ((old, -1.0, (was > 0) & (now == 0)), (new, 1.0, (now > 0) & (was == 0))):
        users = np.bincount(worth.keys[chosen[flows]].reshape(-1) + 1, minlength=len(which) + 1)[1:]
        share = np.vstack([
            worth.key_rows * (sign * which / np.maximum(users, 1))[:, None],
            np.zeros((1, worth.key_rows.shape[1])),
        ])  # fmt: skip
        for slot in range(worth.keys.shape[1]):
            rows = rows + share[worth.keys[chosen[flows], slot]]
    one, other = worth.compute_sums(old), worth.compute_sums(new)
    paid = worth.price_terms(other) - worth.price_terms(one)
    moved = other - one
    step = np.where(np.abs(moved) > _SAME, moved, 1.0)
    price = np.where(np.abs(moved) > _SAME, paid, worth.price_terms(one + step) - worth.price_terms(one)) / step
    saving = -(rows * price).sum(axis=1)
    total = float(worth.compute_cost(one))
    left = total - float(worth.compute_cost(other)) - saving.sum()
    if len(flows):
        saving = saving + left * np.abs(saving) / np.abs(saving).sum() if np.abs(saving).sum() else saving
    return Changes(flows, before[flows], best.plan[flows], saving, round(total, _PLACES))


def split_plan_cost(d: Demand, plan: IntArray, book: PriceBook, *, on: date | None = None) -> FloatArray:
    """Return each flow's part of a plan's cost: its GB at the pools' average prices, shared keys in equal parts.

    What no flow causes (what exists already, less allowances) is in none of them.

    Args:
        d: the demand.
        plan: a path number per flow.
        book: the prices.
        on: the price date, as the plan was made with.
    """
    chosen = np.arange(len(plan))
    worth = Worth(d, book, on, (chosen, plan))
    rows, used, sums = worth.compute_rows(chosen), worth.count_key_users(chosen), worth.compute_sums(chosen)
    share = np.vstack([worth.key_rows / np.maximum(used, 1)[:, None], np.zeros((1, worth.key_rows.shape[1]))])
    for slot in range(worth.keys.shape[1]):
        rows = rows + share[worth.keys[:, slot]]
    return np.asarray((rows * worth.compute_average_prices(sums)).sum(axis=1))


def find_blocked_candidates(limits: Limits, instance: Instance, chosen: IntArray) -> BoolArray:
    """Return which candidates would break a limit if each alone took the place of its flow's."""
    out = np.zeros(len(instance.flow), dtype=bool)
    keys_shut = np.zeros(instance.size + 1, dtype=bool)
    n = len(instance.flow)
    taken = np.zeros(n, dtype=bool)
    taken[chosen] = True
    open_ = np.zeros(instance.size + 1, dtype=bool)
    open_[instance.keys[chosen].reshape(-1)] = True
    open_[-1] = True
    every = np.r_[taken, open_[:-1]]
    for one in limits.sums:
        sums = np.bincount(one.place, weights=one.values * every[one.columns], minlength=len(one.high))
        mine = one.columns < n
        full = sums[one.place] + one.values > one.high[one.place] + _SAME * np.maximum(1.0, one.high[one.place])
        keys_shut[one.columns[~mine & full] - n] = True
        candidate, place, value = one.columns[mine], one.place[mine], one.values[mine]
        code = instance.flow[candidate].astype(np.int64) * len(one.high) + place
        names, inverse = np.unique(code, return_inverse=True)
        held = np.bincount(inverse, weights=value * taken[candidate], minlength=len(names))
        high = one.high[place]
        out[candidate[sums[place] - held[inverse] + value > high + _SAME * np.maximum(1.0, high)]] = True
    for each in limits.choices:
        groups = np.bincount(each.group, weights=taken[each.candidates])
        code, inverse = np.unique(np.column_stack([each.group, each.value]), axis=0, return_inverse=True)
        alike = np.bincount(inverse, weights=taken[each.candidates], minlength=len(code))[inverse]
        flow = instance.flow[each.candidates].astype(np.int64) * (int(each.group.max()) + 1) + each.group
        _, of_flow = np.unique(flow, return_inverse=True)
        own = np.bincount(of_flow, weights=taken[each.candidates])[of_flow]
        pair = np.column_stack([of_flow, each.value])
        _, of_pair = np.unique(pair, axis=0, return_inverse=True)
        own_alike = np.bincount(of_pair, weights=taken[each.candidates])[of_pair]
        out[each.candidates[(groups[each.group] - own) > (alike - own_alike)]] = True
    new = keys_shut[instance.keys] & ~open_[instance.keys]
    return out | new.any(axis=1)
