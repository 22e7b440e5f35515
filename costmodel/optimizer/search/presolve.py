"""A smaller problem with the same optimum: what cannot be in one is dropped, what must be in one is folded away."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.clock import Clock
from costmodel.optimizer.model.problem import Problem, Row

_SEED = 20260101
TIE = 1e-12
"""What costs may differ by and count as equal."""


def presolve_problem(p: Problem, clock: Clock | None = None) -> tuple[Problem, Any]:
    """Reduce a problem.

    Free keys drop; a key that one flow alone can use becomes part of its candidates' costs; a candidate dearer than the
    flow's best without keys drops, and so does one that another beats with no key more. Keys needed by the same
    candidates are one. A key drops where all who can use it do as well with others that cost no more. Keys in rows stay
    as they are; where candidates are in rows, all of them stay.

    Args:
        p: the problem.
        clock: when to give up.

    Returns:
        The problem, and which of the candidates each of its candidates is.

    Raises:
        InfeasibleError: what has a price leaves a flow without a candidate.
        OutOfTime: the clock says so.
    """
    n, k = len(p.cost), len(p.key_cost)
    in_rows = np.zeros(p.width, dtype=bool)
    for row in p.rows:
        in_rows[row.columns] = True
    whole = not in_rows[:n].any()
    at = np.flatnonzero(np.isfinite(p.cost) & np.isfinite(np.r_[p.key_cost, 0.0])[p.keys].all(axis=1))
    if count_flows(p.flow[at]) < count_flows(p.flow):
        message = "No plan is made of what is priced."
        raise InfeasibleError(message, [])
    q = Working(p, in_rows[n : n + k], at, clock)
    q.trim_keys()
    q.reduce_until_stable(drop=whole)
    if whole and q.keys.shape[1]:
        q.drop_dominated_candidates()
        if not p.rows:
            q.drop_replaceable_keys()
        q.reduce_until_stable(drop=True)
    q.merge_keys()
    rows = []
    if p.rows:
        column = np.full(p.width, -1, dtype=np.int64)
        column[q.at] = np.arange(len(q.at))
        if q.kept.any():  # then keys keep their numbers
            column[n : n + k] = len(q.at) + np.arange(k)
        column[n + k :] = len(q.at) + len(q.key_cost) + np.arange(p.width - n - k)
        for row in p.rows:
            at = column[row.columns]
            some = at >= 0
            if some.any() or row.high < 0:
                rows.append(Row(at[some], np.asarray(row.values)[some], row.high))
    return Problem(q.flow, q.cost, q.keys, q.key_cost, rows, p.extra_cost, p.extra_high), q.at


def find_rows_with_any(flags: Any) -> Any:
    """Return of each row whether any of its few columns holds; faster than ``any`` along the short axis."""
    out = flags[:, 0].copy()
    for j in range(1, flags.shape[1]):
        out |= flags[:, j]
    return out


def count_flows(flow: Any) -> int:
    """Return how many flows a sorted column names."""
    return int(np.count_nonzero(np.diff(flow))) + 1 if len(flow) else 0


class Working:
    """A problem as it shrinks."""

    def __init__(self, p: Problem, kept: Any, at: Any, clock: Clock | None) -> None:
        """Begin with some of a problem's candidates; ``kept`` says which keys stay as they are."""
        self.flow, self.cost, self.keys, self.key_cost = p.flow[at], p.cost[at].copy(), p.keys[at], p.key_cost
        self.kept, self.at = kept, at
        self.flows = int(p.flow[-1]) + 1 if len(p.flow) else 0
        self.clock = clock or Clock()

    def reduce_until_stable(self, *, drop: bool) -> None:
        """Fold keys of one flow, and drop candidates beaten without keys, until nothing changes."""
        while True:
            self.clock.raise_if_stopped()
            folded = self._fold_keys()
            dropped = drop and self._drop_beaten_candidates()
            if not folded and not dropped:
                return

    def keep_candidates(self, keep: Any) -> None:
        """Keep some candidates."""
        self.flow, self.cost, self.keys, self.at = self.flow[keep], self.cost[keep], self.keys[keep], self.at[keep]

    def _fold_keys(self) -> bool:
        k = len(self.key_cost)
        first, last = np.full(k + 1, self.flows, dtype=np.int64), np.full(k + 1, -1, dtype=np.int64)
        for column in self.keys.T:
            np.minimum.at(first, column, self.flow)
            np.maximum.at(last, column, self.flow)
        used = last[:k] >= 0
        fold = used & ~self.kept & ((first[:k] == last[:k]) | (self.key_cost <= 0))
        if not fold.any():
            return False
        paid = np.r_[np.where(fold, np.maximum(self.key_cost, 0), 0.0), 0.0]
        gone = np.r_[fold, True]
        for j in range(self.keys.shape[1]):
            self.cost += paid[self.keys[:, j]]
        self.keys = np.where(gone[self.keys], -1, self.keys)
        self.trim_keys()
        return True

    def trim_keys(self) -> None:
        """Move keys to the front; keep as many columns as the candidate with most of them has."""
        there = [self.keys[:, j] >= 0 for j in range(self.keys.shape[1])]
        if any(np.any(after > before) for before, after in itertools.pairwise(there)):
            self.keys = -np.sort(-self.keys, axis=1)
            there = [self.keys[:, j] >= 0 for j in range(self.keys.shape[1])]
        self.keys = self.keys[:, : sum(bool(any_.any()) for any_ in there)]

    def _drop_beaten_candidates(self) -> bool:
        """Drop candidates no cheaper than the flow's best without keys."""
        free = self.keys[:, 0] < 0 if self.keys.shape[1] else np.ones(len(self.cost), dtype=bool)
        at = np.flatnonzero(free)
        base = np.full(self.flows, np.inf)
        np.minimum.at(base, self.flow[at], self.cost[at])
        mine = base[self.flow]
        best = np.zeros(len(self.cost), dtype=bool)
        equal = at[self.cost[at] == mine[at]]
        best[equal[np.unique(self.flow[equal], return_index=True)[1]]] = True
        keep = best | (~free & (self.cost < mine))
        if keep.all():
            return False
        self.keep_candidates(keep)
        return True

    def drop_dominated_candidates(self) -> None:
        """Drop candidates that another of the flow beats with no key more."""
        beaten = np.zeros(len(self.cost), dtype=bool)
        for a, b in self._iterate_pairs():
            more = self._find_missing_keys(b, a)  # keys of b that a lacks
            less = self._find_missing_keys(a, b)
            b_beats = ~more.any(axis=1) & (self.cost[b] <= self.cost[a])
            a_beats = ~less.any(axis=1) & (self.cost[a] <= self.cost[b])
            beaten[a[b_beats & ~(a_beats & (a < b))]] = True
            beaten[b[a_beats & ~(b_beats & (b < a))]] = True
        if beaten.any():
            self.keep_candidates(~beaten)
            self.trim_keys()

    def _iterate_pairs(self) -> Any:
        """Go through pairs of candidates with keys of one flow, by how far they are apart."""
        if not self.keys.shape[1]:
            return
        keyed = np.flatnonzero(self.keys[:, 0] >= 0)
        flow = self.flow[keyed]
        for shift in range(1, len(keyed)):
            same = np.flatnonzero(flow[shift:] == flow[:-shift])
            if not len(same):
                return
            self.clock.raise_if_stopped()
            yield keyed[same], keyed[same + shift]

    def _find_missing_keys(self, a: Any, b: Any) -> Any:
        """Return, per pair and key of ``a``, whether ``b`` lacks it."""
        mine, other = self.keys[a], self.keys[b]
        out = mine >= 0
        for j in range(self.keys.shape[1]):
            out &= mine != other[:, j, None]
        return out

    def drop_replaceable_keys(self) -> None:
        """Drop keys whose users all have candidates no dearer, which need others instead that cost no more."""
        rnd = np.random.default_rng(_SEED).integers(1, 2**62, len(self.key_cost) + 1, dtype=np.uint64)
        rnd[-1] = 0
        costs = np.r_[self.key_cost, 0.0]
        found: list[tuple[Any, ...]] = []
        for one, two in self._iterate_pairs():
            for a, b in ((one, two), (two, one)):
                some = self.cost[b] <= self.cost[a]
                if not some.any():
                    continue
                a, b = a[some], b[some]  # noqa: PLW2901
                new, gone = self._find_missing_keys(b, a), self._find_missing_keys(a, b)
                keys = np.where(new, self.keys[b], -1)
                price, code = costs[keys].sum(axis=1), rnd[keys].sum(axis=1, dtype=np.uint64)
                for j in range(self.keys.shape[1]):
                    lost = np.flatnonzero(gone[:, j])
                    k = self.keys[a[lost], j]
                    cheap = price[lost] <= costs[k] + TIE
                    lost, k = lost[cheap], k[cheap]
                    if len(k):
                        found.append((k, code[lost], a[lost], b[lost]))
        if not found:
            return
        key, code, user, other = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((user, code, key))
        key, code, user, other = key[order], code[order], user[order], other[order]
        new = np.r_[True, (key[1:] != key[:-1]) | (code[1:] != code[:-1])]
        distinct = np.r_[True, (user[1:] != user[:-1])] | new
        group = np.cumsum(new) - 1
        covered = np.bincount(group, weights=distinct)
        users = np.bincount(self.keys[self.keys >= 0], minlength=len(self.key_cost))
        gone_keys = np.zeros(len(self.key_cost) + 1, dtype=bool)
        held = np.zeros(len(self.key_cost) + 1, dtype=bool)  # others count on these
        firsts = np.flatnonzero(new)
        for at in firsts[covered == users[key[firsts]]]:
            k, needs = key[at], self.keys[other[at]]
            if not held[k] and not gone_keys[needs[needs >= 0]].any() and not self.kept[k]:
                gone_keys[k] = True
                held[needs] = True
                held[-1] = False
        if gone_keys.any():
            self.keep_candidates(~gone_keys[self.keys].any(axis=1))
            self.trim_keys()

    def merge_keys(self) -> Any:
        """Make one of keys that the same candidates need; number those that are left; return which they were."""
        k = len(self.key_cost)
        if self.kept.any():
            return np.arange(k)  # rows name keys by their number
        rnd = np.random.default_rng(_SEED + 1).integers(1, 2**62, max(len(self.cost), 1), dtype=np.uint64)
        code = np.zeros(k + 1, dtype=np.uint64)
        for column in self.keys.T:
            np.add.at(code, column, rnd)
        code[-1] = 0
        used = np.flatnonzero(code[:k])
        _, first, group = np.unique(code[used], return_index=True, return_inverse=True)
        cost = np.bincount(group, weights=self.key_cost[used], minlength=len(first))
        number = np.full(k + 1, -1, dtype=np.int32)
        number[used[first]] = np.arange(len(first))  # the first of a group stands for it, the others go
        self.keys = number[self.keys] if self.keys.shape[1] else self.keys
        self.key_cost = cost
        self.trim_keys()
        return used[first]
