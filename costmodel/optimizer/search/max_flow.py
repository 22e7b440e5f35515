"""A maximum flow in integers, and the minimum cut that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.errors import CostmodelError

if TYPE_CHECKING:
    from costmodel.optimizer.clock import Clock

_FEW = 64  # fewer of a graph's nodes than one in so many are sorted rather than marked
_ROOM = 2.0**62
"""What sums of 64-bit whole numbers may reach."""


class Cut(NamedTuple):
    """A minimum cut: its value, which nodes are on the source's side, and how many waves of flow it took."""

    value: int
    source: Any
    waves: int


class Graph:
    """Arcs between nodes, each stored beside its reverse, sorted by tail.

    Args:
        nodes: how many nodes.
        tail: node each arc leaves.
        head: node each arc enters.
    """

    def __init__(self, nodes: int, tail: Any, head: Any) -> None:
        """Sort arcs and their reverses by tail."""
        m = len(tail)
        tails = np.concatenate([tail, head])
        order = np.argsort(tails, kind="stable")
        place = np.empty(2 * m, dtype=np.int64)
        place[order] = np.arange(2 * m)
        self.nodes = nodes
        self.forward = place[:m]
        self.tail = tails[order]
        self.head = np.concatenate([head, tail])[order]
        self.twin = np.concatenate([place[m:], place[:m]])[order]
        self.start = np.searchsorted(self.tail, np.arange(nodes + 1))
        self._flag = np.zeros(nodes, dtype=bool)

    def find_min_cut(self, capacity: Any, source: int, sink: int, clock: Clock | None = None) -> Cut:
        """Find a minimum cut.

        Flow is pushed from the source in waves: each finds every node's distance to the sink, then lets what the nodes
        hold run down it, the farthest first. What can no longer reach the sink stays: the cut is found without it.

        Args:
            capacity: of each arc, whole numbers of at least 0, in the order the arcs were given.
            source: a node.
            sink: another.
            clock: when to give up.

        Raises:
            OutOfTime: the clock says so.
            CostmodelError: flow and cut differ, which is a fault of ours.
        """
        left = np.zeros(len(self.tail), dtype=np.int64)
        left[self.forward] = capacity
        held = np.zeros(self.nodes, dtype=np.int64)
        out = np.arange(self.start[source], self.start[source + 1])
        total = left[out].astype(float).sum()
        if total + np.bincount(self.tail, weights=np.minimum(left, total), minlength=1).max(initial=0) > _ROOM:
            message = "Capacities are too large for whole numbers of 64 bits."
            raise CostmodelError(message)
        np.add.at(held, self.head[out], left[out])
        np.add.at(left, self.twin[out], left[out])
        left[out] = 0
        held[source] = 0
        waves = 0
        while True:
            far = self._measure_distances(left, sink)
            far[source] = -1
            active = np.flatnonzero((held > 0) & (far > 0))
            if not len(active):
                break
            waves += 1
            if clock is not None:
                clock.raise_if_stopped()
            self._push_wave(left, held, far, active)
        side = far < 0
        crossing = side[self.tail[self.forward]] & ~side[self.head[self.forward]]
        value = int(np.asarray(capacity)[crossing].sum())
        if value != held[sink]:
            message = f"A flow of {held[sink]} and a cut of {value} differ: a fault of ours."
            raise CostmodelError(message)
        return Cut(value, side, waves)

    def list_arcs(self, nodes: Any) -> tuple[Any, Any]:
        """Return the arcs that leave nodes, in their order, and how many each has."""
        counts = self.start[nodes + 1] - self.start[nodes]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        return np.arange(total) + np.repeat(self.start[nodes] - (ends - counts), counts), counts

    def _drop_duplicates(self, nodes: Any) -> Any:
        """Return each of some nodes once."""
        if len(nodes) * _FEW < self.nodes:
            return np.unique(nodes)
        self._flag[nodes] = True
        out = np.flatnonzero(self._flag)
        self._flag[out] = False
        return out

    def _measure_distances(self, left: Any, sink: int) -> Any:
        """Return how many arcs with capacity left lead each node to the sink; -1 where none do."""
        far = np.full(self.nodes, -1, dtype=np.int64)
        far[sink] = 0
        edge = np.array([sink])
        step = 0
        while len(edge):
            step += 1
            arcs, _ = self.list_arcs(edge)
            before = self.head[arcs[left[self.twin[arcs]] > 0]]
            before = before[far[before] < 0]
            far[before] = step
            edge = self._drop_duplicates(before)
        return far

    def _push_wave(self, left: Any, held: Any, far: Any, active: Any) -> None:
        """Let what nodes hold run down the distances, the farthest first."""
        level = far[active]
        step = int(level.max())
        waiting = {int(n): active[level == n] for n in np.unique(level)}
        while step > 0:
            nodes = waiting.pop(step, None)
            if nodes is not None and len(nodes):
                arcs, counts = self.list_arcs(nodes)
                owner = np.repeat(np.arange(len(nodes)), counts)
                down = np.flatnonzero((left[arcs] > 0) & (far[self.head[arcs]] == step - 1))
                arcs, owner = arcs[down], owner[down]
                most = held[nodes][owner]
                wanted = np.minimum(left[arcs], most)
                sums = np.cumsum(wanted)
                new = np.r_[True, owner[1:] != owner[:-1]] if len(owner) else np.zeros(0, dtype=bool)
                before = sums - wanted
                base = before[new][np.cumsum(new) - 1] if len(owner) else before
                pushed = np.clip(most - (before - base), 0, wanted)
                some = np.flatnonzero(pushed)
                arcs, pushed, owner = arcs[some], pushed[some], owner[some]
                left[arcs] -= pushed
                left[self.twin[arcs]] += pushed
                heads = self.head[arcs]
                np.add.at(held, heads, pushed)
                np.subtract.at(held, nodes[owner], pushed)
                if step > 1 and len(heads):
                    old = waiting.get(step - 1)
                    waiting[step - 1] = self._drop_duplicates(heads if old is None else np.concatenate([old, heads]))
            step -= 1
