"""The optimum as a minimum cut, where keys can be given two colours.

Keys of one colour are open on the source's side of the cut, those of the other closed there. A flow's candidates of one
colour are nested, so that of those below a cost one is easiest to open; what a flow pays is then a sum of steps, each
due where that of one colour is closed on the sink's side and that of the other on the source's: one arc a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.optimizer.model.problem import Problem, Solution, label_components
from costmodel.optimizer.search.max_flow import find_min_cut
from costmodel.optimizer.search.persistency import fix_persistent_keys

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.optimizer.clock import Clock

SOLVER = frozenset({"minimum cut"})
_SEED = 20260102
_MARGIN = 1e-9
"""Of what opening a candidate costs: so much more does a flow without one, beyond the rounding of floats."""


class Rivals:
    """Which keys must have one colour, and which opposite ones.

    Keys needed together have one colour; those of two candidates of a flow of which neither has all keys of the other,
    opposite ones.
    """

    def __init__(self, p: Problem, clock: Clock | None = None) -> None:
        """Find the pairs of candidates of which neither has all keys of the other."""
        self.keys, self._count = p.keys, len(p.key_cost)
        keys = p.keys
        width = keys.shape[1]
        self._together = [np.flatnonzero(keys[:, j] >= 0) for j in range(1, width)]
        keyed = np.flatnonzero(keys[:, 0] >= 0) if width else np.zeros(0, dtype=np.int64)
        flow = p.flow[keyed]
        found: list[tuple[IntArray, IntArray, IntArray, IntArray]] = []
        for shift in range(1, len(keyed)):
            pairs = np.flatnonzero(flow[shift:] == flow[:-shift])
            if not len(pairs):
                break
            if clock is not None:
                clock.raise_if_stopped()
            a, b = keyed[pairs], keyed[pairs + shift]
            (many, one), (many_b, other) = _count_missing_keys(keys, a, b), _count_missing_keys(keys, b, a)
            apart = (many > 0) & (many_b > 0)
            found.append((a[apart], b[apart], one[apart], other[apart]))
        none = np.zeros(0, dtype=np.int64)
        self._a, self._b, self._one, self._other = (np.concatenate([none, *(f[i] for f in found)]) for i in range(4))

    def assign_colours(self, without: int = -1) -> tuple[BoolArray, BoolArray]:
        """Return each key's colour, and whether it is in conflict: it cannot be given one of two.

        Args:
            without: a key that is open anyway, and none that candidates need.
        """
        k, keys = self._count, self.keys
        first = self._pick_first_keys(without)
        same = [(first[at], keys[at, j]) for j, at in enumerate(self._together, start=1)]
        apart = (self._one != without) & (self._other != without) if without >= 0 else slice(None)
        a1, b1 = first[self._a[apart]], first[self._b[apart]]
        none = np.zeros(0, dtype=np.int64)
        a0, b0 = (np.concatenate([none, *(pair[i] for pair in same)]) for i in range(2))
        here = (a0 != without) & (b0 != without) if without >= 0 else slice(None)
        a0, b0 = a0[here], b0[here]
        label = label_components(
            np.concatenate([a0, a0 + k, a1, a1 + k]), np.concatenate([b0, b0 + k, b1 + k, b1]), 2 * k
        )
        twisted = label[:k] == label[k:]
        return label[:k] < label[k:], twisted

    def _pick_first_keys(self, without: int) -> IntArray:
        """Return a key of each candidate that represents all of its keys."""
        keys = self.keys
        if not keys.shape[1]:
            return np.zeros(0, dtype=np.int64)
        first: IntArray = keys[:, 0].astype(np.int64)
        if without < 0 or keys.shape[1] == 1:
            return first
        return np.where(first == without, keys[:, 1], first)


def assign_key_colours(p: Problem, clock: Clock | None = None) -> tuple[BoolArray, BoolArray]:
    """Return each key's colour, and which keys are in conflict: they cannot be given two colours."""
    return Rivals(p, clock).assign_colours()


def _count_missing_keys(keys: IntArray, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Return, of pairs of candidates, how many keys of ``a`` ``b`` lacks, and which one where it is one (else -1)."""
    many, one = np.zeros(len(a), dtype=np.int64), np.full(len(a), -1, dtype=np.int64)
    other = keys[b]
    for i in range(keys.shape[1]):
        mine = keys[a, i]
        lacks = mine >= 0
        for j in range(keys.shape[1]):
            lacks &= mine != other[:, j]
        many += lacks
        one = np.where(lacks, mine, one)
    return many, np.where(many == 1, one, -1)


def solve_by_min_cut(p: Problem, colour: BoolArray, clock: Clock | None = None) -> Solution:
    """Find the optimum of a problem without rows whose keys have two colours.

    Costs become whole numbers, rounded down; the bound is theirs, proven by the flow.
    """
    p, at, colour = fix_persistent_keys(p, colour, clock)
    found = _solve_min_cut(p, colour, clock)
    return found._replace(chosen=at[found.chosen])


def _solve_min_cut(p: Problem, colour: BoolArray, clock: Clock | None) -> Solution:
    order = np.lexsort((p.cost, p.flow))
    flow, cost, keys = p.flow[order], p.cost[order], p.keys[order]
    first = np.flatnonzero(np.r_[True, flow[1:] != flow[:-1]])
    keyed = keys[:, 0] >= 0 if keys.shape[1] else np.zeros(len(flow), dtype=bool)
    if not keyed.any():
        value = float(cost[first].sum())
        return Solution(value, order[first], value, SOLVER)
    k = len(p.key_cost)
    mine = keyed & colour[keys[:, 0]]
    node, sets, members = _assign_nodes(keys, keyed, k)
    nodes = int(max(node.max(), k - 1)) + 1
    source, sink = nodes, nodes + 1
    number = np.searchsorted(first, np.arange(len(flow)), side="right") - 1
    here = np.arange(len(flow))

    def easiest(which: BoolArray, otherwise: int) -> IntArray:
        """Return, of those up to each candidate of its flow, the node of the last of a colour: the easiest to open."""
        at = np.maximum.accumulate(np.where(keyed & which, here, -1))
        return np.where(at >= first[number], node[np.maximum(at, 0)], otherwise)

    # A step up is due unless something cheaper is open: from where colour B is closed to where colour A is.
    tail, head = easiest(~mine, source), easiest(mine, sink)
    step = np.r_[np.diff(cost), 0.0]
    final = np.r_[first[1:], len(flow)] - 1
    opening = np.minimum.reduceat(cost + np.r_[p.key_cost, 0.0][keys].sum(axis=1), first)
    unserved = keyed[final]  # costs more than opening a candidate would
    step[final] = np.where(unserved, np.maximum(opening - cost[final], 0.0) + _MARGIN * np.abs(opening), 0.0)
    some = np.flatnonzero((step > 0) | np.isin(here, final[unserved]))
    of_true = colour[members]
    opens, closes = np.flatnonzero(colour), np.flatnonzero(~colour)
    tails = np.concatenate([tail[some], opens, np.full(len(closes), source), np.where(of_true, sets, members)])
    heads = np.concatenate([head[some], np.full(len(opens), sink), closes, np.where(of_true, members, sets)])
    endless = np.bincount(tails[len(tails) - len(sets) :]).max() if len(sets) else 0
    room = min(2.0**52, 2.0**61 / (1 + endless))
    scale = 2.0 ** np.floor(np.log2(room / (step.sum() + p.key_cost.sum() + len(flow) + 1.0)))
    margin = np.zeros(len(flow))
    margin[final] = unserved * (1 + final - first)  # more than its steps are rounded by
    weight = np.floor(step[some] * scale) + margin[some]
    fixed = np.floor(p.key_cost * scale)
    much = np.concatenate([weight, fixed[opens], fixed[closes], np.full(len(sets), room)])
    code, arc = np.unique(tails * (nodes + 2) + heads, return_inverse=True)
    capacity = np.minimum(np.bincount(arc, weights=much), room).astype(np.int64)
    tails, heads = np.divmod(code, nodes + 2)
    found = find_min_cut(nodes + 2, tails, heads, capacity, source=source, sink=sink, clock=clock)
    able = np.r_[found.source[:k] == colour, True][keys].all(axis=1)
    best = np.full(len(first), len(flow))
    np.minimum.at(best, number[able], here[able])
    chosen = order[best]
    return Solution(float(cost[first].sum()) + found.value / scale, chosen, p.compute_choice_cost(chosen), SOLVER)


def _assign_nodes(keys: IntArray, keyed: BoolArray, k: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the node that represents each candidate's keys: their own if it is one, else one a set.

    Returns:
        A node per candidate; and of every set of several keys its node and each member, a pair a row.
    """
    node = np.where(keyed, keys[:, 0], 0).astype(np.int64)
    if keys.shape[1] < 2:  # noqa: PLR2004 - one is no set
        return node, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    several = np.flatnonzero(keys[:, 1] >= 0)
    rnd = np.random.default_rng(_SEED).integers(1, 2**62, k + 1, dtype=np.uint64)
    rnd[-1] = 0
    code = rnd[keys[several]].sum(axis=1, dtype=np.uint64)
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    node[several] = k + inverse
    of_set = keys[several[first]]
    sets, column = np.nonzero(of_set >= 0)
    return node, k + sets, of_set[sets, column].astype(np.int64)
