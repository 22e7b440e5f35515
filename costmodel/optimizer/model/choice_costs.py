"""What a choice of candidates costs, exactly, as a function of a few sums: to change one flow of it, or its GB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.optimizer.model.instance import Instance

if TYPE_CHECKING:
    from datetime import date

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook


class Worth:
    """The cost of every choice among some candidates, over schedules, maxima and allowances kept whole.

    A choice is a sum of rows: of each candidate taken and of each key that any of them needs. The first number of a row
    is money; then come quantities under maxima (what exceeds ``high`` is charged), then those on tiered pools.

    Attributes:
        flow: of each candidate, the flow it serves.
        path: its path number.
        keys: the keys that each needs, -1 where no more.
        fixed: (candidates, numbers) what each adds at 0 GB of its flow.
        each: (candidates, numbers) what each GB of its flow adds.
        key_rows: (keys, numbers) what each key adds.
        gb: GB of each flow, as the demand has them.
        priced: whether each candidate, and all the keys it needs, have a price.
    """

    def __init__(self, d: Demand, book: PriceBook, on: date | None, candidates: tuple[IntArray, IntArray]) -> None:
        """Price every candidate at the GB of its flow and at twice as many: both are straight lines in them."""
        idle = d.gb == 0
        sent, received = d.flows.gb_sent + 0.5 * idle, d.flows.gb_received + 0.5 * idle

        def instance(scale: float) -> Instance:
            flows = d.flows.with_columns({"gb_sent": sent * scale, "gb_received": received * scale})
            return Instance(replace(d, flows=flows), book, on, candidates=candidates, whole=True)

        one = instance(1.0)
        rows = [self._read_instance(one), self._read_instance(instance(2.0))]
        n = len(one.flow)
        unpriced: BoolArray = np.asarray(~np.isfinite(rows[0]).all(axis=1))
        self.priced = ~(unpriced[:n] | np.r_[unpriced[n:], False][one.keys].any(axis=1))
        for each in rows:
            each[unpriced] = 0.0
        self.flow, self.path, self.keys, self.starts = one.flow, one.path, one.keys, one.starts
        self.gb = d.gb
        step = (rows[1][:n] - rows[0][:n]) / (sent + received)[self.flow][:, None]
        self.each = step
        self.fixed = 2 * rows[0][:n] - rows[1][:n]
        noise = 1e-9 * np.abs(rows[1][:n])
        self.fixed[np.abs(self.fixed) <= noise] = 0.0
        self.each[np.abs(self.each) * (sent + received)[self.flow][:, None] <= noise] = 0.0
        self.key_rows = rows[0][n:]

    def _read_instance(self, one: Instance) -> FloatArray:
        n, k = len(one.flow), one.size
        quantities = {pool: pool.quantity for pool in one.pools if pool.quantity is not None}
        pools = list(quantities)
        self._tiers = [pool.tiers for pool in pools]
        self._constants = np.array([pool.constant for pool in pools])
        self._high = np.array([row.high for row in one.rows])
        extras = np.array([int(row.columns[row.columns >= n + k][0]) for row in one.rows], dtype=np.int64)
        self._extra_cost = one.cost[extras]
        self._extra_pool = np.zeros((len(extras), len(pools)))
        for i, quantity in enumerate(quantities.values()):
            self._extra_pool[:, i] = quantity[extras]
        number = {id(pool): i for i, pool in enumerate(pools)}
        self._allowances = [
            (most, [number[id(p)] for p in shared if id(p) in number]) for most, shared in one.allowances
        ]
        self.constant = one.constant
        out = np.zeros((n + k, 1 + len(one.rows) + len(pools)))
        out[:, 0] = one.cost[: n + k]
        for i, row in enumerate(one.rows):
            some = row.columns < n + k
            np.add.at(out[:, 1 + i], row.columns[some], np.asarray(row.values)[some])
        for i, quantity in enumerate(quantities.values()):
            out[:, 1 + len(one.rows) + i] = quantity[: n + k]
        return out

    def compute_rows(self, candidates: IntArray, gb: FloatArray | None = None) -> FloatArray:
        """Return what candidates add, at the demand's GB of their flows or at others."""
        gb = self.gb[self.flow[candidates]] if gb is None else gb
        return np.asarray(self.fixed[candidates] + self.each[candidates] * gb[..., None])

    def count_key_users(self, chosen: IntArray) -> IntArray:
        """Return how many flows of a choice need each key."""
        return np.bincount(self.keys[chosen][self.keys[chosen] >= 0], minlength=len(self.key_rows))

    def compute_sums(self, chosen: IntArray) -> FloatArray:
        """Return the sums of a choice: all of its rows."""
        keys = self.key_rows[self.count_key_users(chosen) > 0]
        return np.asarray(self.compute_rows(chosen).sum(axis=0) + keys.sum(axis=0))

    def price_terms(self, sums: FloatArray) -> FloatArray:
        """Return (..., 1 + maxima + pools) what sums cost, part by part, allowances apart; infinite where unpriced."""
        m = len(self._high)
        out = np.array(sums, dtype=float)
        beyond = np.maximum(out[..., 1 : 1 + m] - self._high, 0.0)
        quantity = np.maximum(out[..., 1 + m :] + self._constants + beyond @ self._extra_pool, 0.0)
        out[..., 1 : 1 + m] = beyond * self._extra_cost
        for i, tiers in enumerate(self._tiers):
            priced = quantity[..., i] <= float(tiers.end)
            some = np.where(priced, quantity[..., i], 0.0)
            out[..., 1 + m + i] = np.where(priced, tiers.cost(some), np.inf)
        return out

    def compute_average_prices(self, sums: FloatArray) -> FloatArray:
        """Return what a unit of each sum costs on average, together with what is there in every plan."""
        m = len(self._high)
        quantity = np.array(sums, dtype=float)
        quantity[1 + m :] += self._constants + np.maximum(quantity[1 : 1 + m] - self._high, 0.0) @ self._extra_pool
        paid = self.price_terms(sums)
        return np.where(np.arange(len(quantity)) == 0, 1.0, paid / np.where(quantity == 0, 1.0, quantity))

    def compute_allowance_savings(self, sums: FloatArray) -> FloatArray:
        """Return what allowances save of some sums."""
        m = len(self._high)
        total = np.zeros(np.shape(sums)[:-1])
        for most, pools in self._allowances:
            left = np.full(np.shape(total), most)
            for i in pools:
                tiers = self._tiers[i]
                used = np.minimum(left, np.clip(sums[..., 1 + m + i] + self._constants[i], 0.0, tiers.first_edge))
                total, left = total + used * float(tiers.prices[0]), left - used
        return total

    def compute_cost(self, sums: FloatArray) -> FloatArray:
        """Return what sums cost, all told."""
        paid = self.price_terms(sums).sum(axis=-1)
        return np.asarray(self.constant + paid - self.compute_allowance_savings(sums))

    def find_edge_crossings(self, base: FloatArray, step: FloatArray) -> FloatArray:
        """Return (..., knots) the g where base + g·step meets the edge of a tier, maximum, allowance or schedule."""
        m = len(self._high)
        levels = [(base[..., 1 + i], step[..., 1 + i], self._high[i]) for i in range(m)]
        for i, tiers in enumerate(self._tiers):
            start, slope = base[..., 1 + m + i] + self._constants[i], step[..., 1 + m + i]
            edges = [*tiers.starts[1:], *([tiers.end] if tiers.end.is_finite() else [])]
            levels += [(start, slope, float(edge)) for edge in edges]
        for most, pools in self._allowances:
            start, slope = np.zeros(np.shape(base)[:-1]), np.zeros(np.shape(base)[:-1])
            for i in pools:
                start, slope = start + base[..., 1 + m + i] + self._constants[i], slope + step[..., 1 + m + i]
                levels.append((start, slope, most))
        if not levels:
            return np.zeros((*np.shape(base)[:-1], 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack(
                [np.where(slope != 0, (edge - start) / slope, np.nan) for start, slope, edge in levels], axis=-1
            )

    def compute_key_swaps(self, chosen: IntArray, candidates: IntArray) -> FloatArray:
        """Return what the sums change by in their keys where each candidate alone takes the place of its flow's."""
        used = self.count_key_users(chosen)
        before = chosen[self.flow[candidates]]
        mine, old = self.keys[candidates], self.keys[before]
        rows = np.vstack([self.key_rows, np.zeros((1, self.key_rows.shape[1]))])
        count = np.r_[used, 0]
        out = np.zeros((len(candidates), self.key_rows.shape[1]))
        for slot in range(mine.shape[1]):
            new = (mine[:, slot] >= 0) & (count[mine[:, slot]] == 0)
            out[new] += rows[mine[new, slot]]
            gone = (old[:, slot] >= 0) & (count[old[:, slot]] == 1)
            for other in range(mine.shape[1]):
                gone &= mine[:, other] != old[:, slot]
            out[gone] -= rows[old[gone, slot]]
        return out
