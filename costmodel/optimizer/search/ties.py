"""What keys, rows and pools connect in a problem, and which pool to settle first so that least stays connected."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from costmodel.optimizer.model.problem import label_components

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.optimizer.model.problem import Problem


class Ties:
    """Which pools connect which flows of a problem.

    Args:
        p: the problem; its costs do not matter.
        quantities: of each pool, what each column puts on it.
        label: of each column, what keys and rows connect it with; found if not given.
        flows: how many flows are numbered.
    """

    def __init__(
        self, p: Problem, quantities: list[FloatArray], label: IntArray | None = None, flows: int | None = None
    ) -> None:
        """Find what keys and rows connect, and what of it each pool touches."""
        self.quantities = quantities
        self.flows = (int(p.flow[-1]) + 1 if len(p.flow) else 0) if flows is None else flows
        if label is None:
            of_flow, of_key, of_extra = p.label_connected_columns(self.flows)
            label = np.concatenate([of_flow[p.flow], of_key, of_extra])
        self.label = label
        names, self._number = np.unique(label, return_inverse=True)
        self._count = len(names)
        self.touched = [np.unique(self._number[np.flatnonzero(quantity)]) for quantity in quantities]

    def group_parts(self, some: list[int]) -> list[tuple[IntArray, list[int]]]:
        """Return what some pools connect: groups of parts, each with its pools; last the parts that no pool touches."""
        ends = [(self.touched[i][:-1], self.touched[i][1:]) for i in some]
        none = np.zeros(0, dtype=np.int64)
        one, other = (np.concatenate([none, *(pair[j] for pair in ends)]) for j in range(2))
        of_part = label_components(one, other, self._count)
        of_pool = np.array([of_part[self.touched[i][0]] if len(self.touched[i]) else -1 for i in some], dtype=np.int64)
        out: list[tuple[IntArray, list[int]]] = []
        for name in np.unique(of_pool):
            mine = [i for i, of in zip(some, of_pool, strict=True) if of == name]
            out.append((np.flatnonzero(of_part == name), mine))
        rest = np.flatnonzero(~np.isin(of_part, of_pool))
        return [*out, (rest, [])] if len(rest) else out

    def extract_parts(self, p: Problem, parts: IntArray) -> tuple[Problem, Ties, IntArray, BoolArray]:
        """Return the problem of some parts: itself, its ties, which candidates it has, and whether it has each flow."""
        n, k = len(p.cost), len(p.key_cost)
        here = np.zeros(self._count, dtype=bool)
        here[parts] = True
        some = here[self._number]
        mask = np.zeros(self.flows, dtype=bool)
        mask[p.flow[some[:n]]] = True
        part, candidates = p.extract_subproblem(mask, some[n : n + k], some[n + k :])
        at = np.flatnonzero(some)
        return part, Ties(part, [q[at] for q in self.quantities], self.label[at], self.flows), candidates, mask

    def pick_first_pool(self, some: list[int], lines: list[int]) -> int:
        """Return the pool to settle first: the one after which the fewest combinations of lines are left."""
        if len(some) == 1:
            return some[0]

        def left(one: int) -> int:
            rest = [i for i in some if i != one]
            return lines[one] * sum(prod(lines[i] for i in mine) for _, mine in self.group_parts(rest))

        return min(some, key=left)
