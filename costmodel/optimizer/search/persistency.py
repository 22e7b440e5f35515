"""Keys that are open, or closed, in every optimum; and a key held so, to try both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.model.problem import Problem
from costmodel.optimizer.search.presolve import TIE, Working, count_flows, find_rows_with_any

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.optimizer.clock import Clock


def fix_persistent_keys(
    p: Problem, colour: BoolArray, clock: Clock | None = None
) -> tuple[Problem, IntArray, BoolArray]:
    """Reduce a problem without rows further, by the two colours of its keys.

    A key drops where its flows gain less by it than it costs even if all others of its colour are open and the other
    colour is closed; it is paid once and for all where they gain more even if the others of its colour are closed and
    the other colour is open. Both hold in every optimum, as what opening a key gains falls with the other colour's keys
    and rises with its own.

    Returns:
        The problem, which of the candidates each of its candidates is, and the colour of its keys.
    """
    k = len(p.key_cost)
    q = Working(p, np.zeros(k, dtype=bool), np.arange(len(p.flow)), clock)
    q.trim_keys()
    while q.keys.shape[1] and _fix_keys_once(q, colour):
        q.reduce_until_stable(drop=True)
    kept = q.merge_keys()
    return Problem(q.flow, q.cost, q.keys, q.key_cost), q.at, colour[kept]


def _fix_keys_once(q: Working, colour: BoolArray) -> bool:
    """Drop keys that are in no optimum, and pay those that are in every one; return whether there were any."""
    k = len(q.key_cost)
    keyed = q.keys[:, 0] >= 0
    of_true = keyed & colour[q.keys[:, 0]]
    starts = np.flatnonzero(np.r_[True, q.flow[1:] != q.flow[:-1]])
    number = np.cumsum(np.r_[False, q.flow[1:] != q.flow[:-1]])
    much = np.zeros(k + 1)  # what a key gains at most
    little = np.zeros(k + 1)  # and at least
    for one in (of_true, keyed & ~of_true):
        cost = np.where(one | ~keyed, q.cost, np.inf)
        least = np.minimum.reduceat(cost, starts)
        best = np.full(len(starts), len(cost))
        at = np.flatnonzero(one & (cost == least[number]))
        np.minimum.at(best, number[at], at)
        some = np.flatnonzero(best < len(cost))
        for slot in range(q.keys.shape[1]):
            key = np.full(len(starts), -1, dtype=np.int32)
            key[some] = q.keys[best[some], slot]
            with_it = find_rows_with_any(q.keys == key[number][:, None]) & keyed
            other = np.minimum.reduceat(np.where(with_it, np.inf, cost), starts)
            here = np.flatnonzero(key >= 0)
            np.add.at(much, key[here], other[here] - least[here])
        alone = one & (q.keys[:, 1] < 0 if q.keys.shape[1] > 1 else True)
        rest = np.minimum.reduceat(np.where(one, np.inf, q.cost), starts)[number]
        at = np.flatnonzero(alone & (q.cost < rest))
        np.add.at(little, q.keys[at, 0], rest[at] - q.cost[at])
    margin = TIE * (1.0 + np.abs(np.where(np.isfinite(much[:k]), much[:k], 0.0)) + q.key_cost)
    used = np.zeros(k + 1, dtype=bool)
    used[q.keys.reshape(-1)] = True
    gone = used[:k] & (much[:k] < q.key_cost - margin)
    paid = used[:k] & (little[:k] > q.key_cost + margin)
    if not (gone.any() or paid.any()):
        return False
    first = q.flow == q.flow[0]
    q.cost = q.cost + first * q.key_cost[paid].sum()  # every plan pays it: any flow may represent that
    q.keys = np.where(np.r_[paid, True][q.keys], -1, q.keys)
    q.keep_candidates(~find_rows_with_any(np.r_[gone, False][q.keys]))
    q.trim_keys()
    return True


def fix_key(p: Problem, key: int, *, is_open: bool) -> tuple[Problem, IntArray]:
    """Return a problem without rows in which a key is open and paid, or closed; and which of the candidates it has.

    Raises:
        InfeasibleError: a flow has no candidate without the key.
    """
    needs = find_rows_with_any(p.keys == key)
    if is_open:
        cost = p.cost + (p.flow == p.flow[0]) * p.key_cost[key]  # every plan pays it: any flow may represent that
        keys = -np.sort(-np.where(p.keys == key, -1, p.keys), axis=1)
        return Problem(p.flow, cost, keys, p.key_cost), np.arange(len(cost))
    at = np.flatnonzero(~needs)
    if count_flows(p.flow[at]) < count_flows(p.flow):
        message = "A flow has no candidate without a key."
        raise InfeasibleError(message, [])
    return Problem(p.flow[at], p.cost[at], p.keys[at], p.key_cost), at
