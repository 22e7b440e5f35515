"""A maximum flow in whole numbers, and the minimum cut that proves its value.

Two algorithms give the same answer. :class:`Graph` is written here in numpy. OR-Tools' ``SimpleMaxFlow`` (a
push-relabel algorithm in C++) is used for large graphs when it is installed: ``pip install 'costmodel[fast]'``. Both
return the same cut, not only the same value: the nodes that can still reach the sink after a maximum flow are the same
set for every maximum flow of a graph.

Measured on ``optimize`` for the demands of ``benchmarks/optimum.py`` (medians of alternating runs, processor seconds,
2 cores; two cuts for each demand)::

    VPCs × services   arcs of a cut   whole solve, ours   with OR-Tools   the cuts alone
    300 × 50          45,000          0.52 s              0.47 s          0.10 s → 0.01 s
    1,000 × 50        150,000         1.73 s              1.43 s          0.32 s → 0.05 s

The import of OR-Tools takes 0.08 s, which is why a graph below :data:`LARGE` arcs does not use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.core.errors import CostmodelError

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.optimizer.clock import Clock

LARGE = 100_000
"""Arcs from which OR-Tools is worth its import."""
_FEW = 64
"""Up to one in this many of a graph's nodes are made unique by sorting, more by marking."""
_ROOM = 2.0**62
"""What sums of 64-bit whole numbers may reach."""


class Cut(NamedTuple):
    """A minimum cut.

    Attributes:
        value: the sum of the capacities of the arcs that leave the source's side.
        source: (nodes,) whether each node is on the source's side.
        waves: how many waves of flow it took; 0 if OR-Tools found the cut.
    """

    value: int
    source: BoolArray
    waves: int


def find_min_cut(
    nodes: int,
    tail: IntArray,
    head: IntArray,
    capacity: IntArray,
    *,
    source: int,
    sink: int,
    clock: Clock | None = None,
) -> Cut:
    """Find the minimum cut with the fewest nodes on the sink's side, by OR-Tools if the graph is large.

    A graph under a time limit is not given to OR-Tools, which cannot be interrupted.

    Args:
        nodes: how many nodes.
        tail: (arcs,) the node that each arc leaves.
        head: (arcs,) the node that each arc enters.
        capacity: (arcs,) whole numbers of at least 0.
        source: a node.
        sink: another node.
        clock: when to give up.

    Raises:
        OutOfTime: time is up.
        CostmodelError: the flow and the cut differ, which is a fault of costmodel.
    """
    limited = clock is not None and clock.until is not None
    if len(tail) >= LARGE and not limited:
        cut = find_cut_with_ortools(nodes, tail, head, capacity, source=source, sink=sink)
        if cut is not None:
            return cut
    return Graph(nodes, tail, head).find_cut(capacity, source, sink, clock)


def find_cut_with_ortools(
    nodes: int, tail: IntArray, head: IntArray, capacity: IntArray, *, source: int, sink: int
) -> Cut | None:
    """Find the minimum cut as ``find_min_cut`` does, with OR-Tools.

    Args:
        nodes: how many nodes.
        tail: (arcs,) the node that each arc leaves.
        head: (arcs,) the node that each arc enters.
        capacity: (arcs,) whole numbers of at least 0.
        source: a node.
        sink: another node.

    Returns:
        The cut; None if OR-Tools is not installed, or cannot solve this graph.

    Raises:
        CostmodelError: the flow and the cut differ.
    """
    try:
        from ortools.graph.python.max_flow import SimpleMaxFlow
    except ImportError:
        return None
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.asarray(tail, dtype=np.int32), np.asarray(head, dtype=np.int32), np.asarray(capacity, dtype=np.int64)
    )
    if solver.solve(source, sink) != solver.OPTIMAL:
        return None
    side = np.ones(nodes, dtype=bool)
    side[solver.get_sink_side_min_cut()] = False
    side[sink] = False  # OR-Tools does not know a sink that no arc enters
    return Cut(_verify_cut(tail, head, capacity, side, int(solver.optimal_flow())), side, 0)


def _verify_cut(tail: IntArray, head: IntArray, capacity: IntArray, side: BoolArray, flow: int) -> int:
    """Return the value of a cut: it must equal the flow.

    Raises:
        CostmodelError: it does not.
    """
    crossing = side[tail] & ~side[head]
    value = int(np.asarray(capacity)[crossing].sum())
    if value != flow:
        message = f"A flow of {flow} and a cut of {value} differ. This is a bug in costmodel."
        raise CostmodelError(message)
    return value


class Graph:
    """Arcs between nodes, each stored next to its reverse, sorted by tail.

    Args:
        nodes: how many nodes.
        tail: (arcs,) the node that each arc leaves.
        head: (arcs,) the node that each arc enters.
    """

    def __init__(self, nodes: int, tail: IntArray, head: IntArray) -> None:
        """Sort the arcs and their reverses by tail."""
        arcs = len(tail)
        tails = np.concatenate([tail, head])
        order = np.argsort(tails, kind="stable")
        place = np.empty(2 * arcs, dtype=np.int64)
        place[order] = np.arange(2 * arcs)
        self.nodes = nodes
        self.forward = place[:arcs]
        self.tail = tails[order]
        self.head = np.concatenate([head, tail])[order]
        self.twin = np.concatenate([place[arcs:], place[:arcs]])[order]
        self.start = np.searchsorted(self.tail, np.arange(nodes + 1))
        self._flag = np.zeros(nodes, dtype=bool)

    def find_cut(self, capacity: IntArray, source: int, sink: int, clock: Clock | None = None) -> Cut:
        """Find a minimum cut.

        The source pushes flow in waves. A wave measures each node's distance to the sink, then lets the flow that nodes
        hold run down these distances, the farthest node first. Flow that can no longer reach the sink stays where it
        is: the cut does not need it.

        Args:
            capacity: (arcs,) whole numbers of at least 0, in the order in which the arcs were given.
            source: a node.
            sink: another node.
            clock: when to give up.

        Raises:
            OutOfTime: time is up.
            CostmodelError: the flow and the cut differ, which is a fault of costmodel.
        """
        left = np.zeros(len(self.tail), dtype=np.int64)
        left[self.forward] = capacity
        held = np.zeros(self.nodes, dtype=np.int64)

        # Fill every arc that leaves the source, if the sums fit into 64 bits.
        out = np.arange(self.start[source], self.start[source + 1])
        total = left[out].astype(float).sum()
        largest = np.bincount(self.tail, weights=np.minimum(left, total), minlength=1).max(initial=0)
        if total + largest > _ROOM:
            message = "Capacities are too large for whole numbers of 64 bits."
            raise CostmodelError(message)
        np.add.at(held, self.head[out], left[out])
        np.add.at(left, self.twin[out], left[out])
        left[out] = 0
        held[source] = 0

        # Push waves until no node that holds flow can reach the sink.
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
        tail, head = self.tail[self.forward], self.head[self.forward]
        return Cut(_verify_cut(tail, head, capacity, side, int(held[sink])), side, waves)

    def list_arcs(self, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return the arcs that leave nodes, node by node, and how many arcs each node has."""
        counts = self.start[nodes + 1] - self.start[nodes]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        return np.arange(total) + np.repeat(self.start[nodes] - (ends - counts), counts), counts

    def _drop_duplicates(self, nodes: IntArray) -> IntArray:
        """Return each of some nodes once."""
        if len(nodes) * _FEW < self.nodes:
            return np.unique(nodes)
        self._flag[nodes] = True
        out = np.flatnonzero(self._flag)
        self._flag[out] = False
        return out

    def _measure_distances(self, left: IntArray, sink: int) -> IntArray:
        """Return how many arcs with capacity left lead each node to the sink; -1 if none do."""
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

    def _push_wave(self, left: IntArray, held: IntArray, far: IntArray, active: IntArray) -> None:
        """Let the flow that nodes hold run down the distances to the sink, the farthest nodes first."""
        level = far[active]
        waiting = {int(distance): active[level == distance] for distance in np.unique(level)}
        for step in range(int(level.max()), 0, -1):
            nodes = waiting.pop(step, None)
            if nodes is None or not len(nodes):
                continue
            heads = self._push_down(left, held, nodes, far, step)
            if step > 1 and len(heads):
                others = waiting.get(step - 1)
                if others is not None:
                    heads = np.concatenate([others, heads])
                waiting[step - 1] = self._drop_duplicates(heads)

    def _push_down(self, left: IntArray, held: IntArray, nodes: IntArray, far: IntArray, step: int) -> IntArray:
        """Push what nodes at one distance hold to nodes one step nearer; return these, a node for each arc used."""
        arcs, counts = self.list_arcs(nodes)
        owner = np.repeat(np.arange(len(nodes)), counts)
        down = np.flatnonzero((left[arcs] > 0) & (far[self.head[arcs]] == step - 1))
        if not len(down):
            return down
        arcs, owner = arcs[down], owner[down]

        # Each arc in turn takes what its capacity allows of what the arcs before it left of its node's flow.
        most = held[nodes][owner]
        wanted = np.minimum(left[arcs], most)
        before = np.cumsum(wanted) - wanted
        new = np.r_[True, owner[1:] != owner[:-1]]
        base = before[new][np.cumsum(new) - 1]
        pushed = np.clip(most - (before - base), 0, wanted)

        # Move the flow.
        some = np.flatnonzero(pushed)
        arcs, pushed, owner = arcs[some], pushed[some], owner[some]
        heads = self.head[arcs]
        left[arcs] -= pushed
        left[self.twin[arcs]] += pushed
        np.add.at(held, heads, pushed)
        np.subtract.at(held, nodes[owner], pushed)
        return heads
