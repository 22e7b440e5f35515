"""A problem as small blocks of flows that share only a few keys: what each costs with every set of its own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.optimizer.model.problem import label_components

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.optimizer.model.problem import Problem

_KEYS = 7
"""So many keys of its own a block may have: all their sets are tried."""
_CELLS = 40_000_000
_SHARED = 400


class Blocks:
    """A problem in blocks.

    Attributes:
        p: the problem; no extra columns.
        shared: whether each key is shared by blocks.
        number: of each candidate, its flow, counted from 0.
        block: of each flow, its block.
        mask: of each candidate, the set of its block's keys that it needs, as bits.
        found: whether there are blocks that are small enough.
        own: (blocks, bits) the key that each bit represents, -1 for none.
    """

    def __init__(self, p: Problem) -> None:
        """Find the blocks; ``found`` is False where there are none small enough."""
        self.p = p
        self.number = np.cumsum(np.r_[False, p.flow[1:] != p.flow[:-1]])
        self.flows = int(self.number[-1]) + 1
        self.shared = np.zeros(len(p.key_cost) + 1, dtype=bool)
        self.own: IntArray = np.zeros((0, 0), dtype=np.int64)
        self.found = False
        at, slot = np.nonzero(p.keys >= 0)
        flow, key = self.number[at], p.keys[at, slot]
        edge = np.unique(flow * len(p.key_cost) + key)
        flow, key = np.divmod(edge, len(p.key_cost))
        wide = self._count_codegrees()
        while True:
            local = ~self.shared[key]
            label = label_components(flow[local], self.flows + key[local], self.flows + len(p.key_cost))
            of_key = label[self.flows :]
            used = np.unique(key[local])
            names, where, count = np.unique(of_key[used], return_inverse=True, return_counts=True)
            large = count > _KEYS
            if not large.any():
                break
            most = np.zeros(len(names), dtype=np.int64)
            np.maximum.at(most, where, wide[used])
            more = used[large[where] & (2 * wide[used] > most[where])]
            self.shared[more] = True
            if not len(more) or np.count_nonzero(self.shared) > _SHARED:
                return  # no key stands out, or too many do: there are no small blocks
        bits = int(count.max(initial=0))
        if self.flows << bits > _CELLS:
            return
        _, self.block = np.unique(label[: self.flows], return_inverse=True)
        self.count = int(self.block.max()) + 1
        block_of_key = np.full(len(p.key_cost), -1)
        block_of_key[key[local]] = self.block[flow[local]]
        order = used[np.argsort(block_of_key[used], kind="stable")]
        first = np.searchsorted(block_of_key[order], np.arange(self.count))
        bit = np.arange(len(order)) - first[block_of_key[order]]
        self.own = np.full((self.count, bits), -1)
        self.found = True
        self.own[block_of_key[order], bit] = order
        value = np.zeros(len(p.key_cost) + 1, dtype=np.int64)
        value[order] = 1 << bit
        self.mask = np.zeros(len(p.cost), dtype=np.int64)
        for column in p.keys.T:
            self.mask |= value[column]
        self.bits = bits
        self.sets = (np.arange(1 << bits)[None, :] >> np.arange(bits)[:, None] & 1).astype(float)
        self.order = np.argsort(self.block, kind="stable")
        self.starts = np.searchsorted(self.block[self.order], np.arange(self.count))

    def _count_codegrees(self) -> IntArray:
        """Return how many other keys the candidates of each key need."""
        keys, k = self.p.keys.astype(np.int64), len(self.p.key_cost)
        pairs = [
            (keys[:, i] * k + keys[:, j])[(keys[:, i] >= 0) & (keys[:, j] >= 0)]
            for i in range(keys.shape[1])
            for j in range(keys.shape[1])
            if i != j
        ]
        every = np.unique(np.concatenate(pairs)) if pairs else np.zeros(0, dtype=np.int64)
        return np.bincount(every // k, minlength=k) if k else np.zeros(0, dtype=np.int64)

    def compute_cost_tables(
        self, cost: FloatArray, key_cost: FloatArray, closed: BoolArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the least cost of each flow (flows, sets) and of each block, its keys with it (blocks, sets)."""
        shut = np.r_[closed, False][self.p.keys].any(axis=1)
        least = np.full((self.flows, 1 << self.bits), np.inf)
        open_ = np.flatnonzero(~shut)
        np.minimum.at(least, (self.number[open_], self.mask[open_]), cost[open_])
        for b in range(self.bits):
            halves = least.reshape(self.flows, -1, 2, 1 << b)
            np.minimum(halves[:, :, 1], halves[:, :, 0], out=halves[:, :, 1])
        paid = np.where(self.own >= 0, np.r_[key_cost, 0.0][self.own], 0.0)
        return least, np.add.reduceat(least[self.order], self.starts, axis=0) + paid @ self.sets

    def pick_candidates(self, least: FloatArray, totals: FloatArray, cost: FloatArray, closed: BoolArray) -> IntArray:
        """Return the candidate of each flow at the best set of each block."""
        best = totals.argmin(axis=1)[self.block]
        mine = least[np.arange(self.flows), best]
        shut = np.r_[closed, False][self.p.keys].any(axis=1)
        fits = (self.mask & ~best[self.number]) == 0
        at = np.flatnonzero(fits & ~shut & (cost == mine[self.number]))
        return at[np.unique(self.number[at], return_index=True)[1]]
