"""What a plan's quantities cost: pools over a program's columns, and the straight lines under their prices."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from costmodel.meters import Meter
    from costmodel.optimize.program import Program
    from costmodel.prices import PriceBook
    from costmodel.table import Table
    from costmodel.tiers import Tiers


@dataclass(eq=False)
class _Pool:
    meter: Meter
    tiers: Tiers
    constant: float = 0.0
    columns: list[Any] = field(default_factory=list)
    amounts: list[Any] = field(default_factory=list)


class Pools:
    """The pools of an instance, each with its schedule.

    Attributes:
        missing: why quantities have no price; columns that would need one are shut.
    """

    def __init__(self, program: Program, book: PriceBook, on: date | None) -> None:
        """Begin without a pool."""
        self.program, self.book, self.on = program, book, on
        self.missing: dict[str, None] = {}
        self._pools: dict[tuple[str, str, str, str], _Pool] = {}
        self._free: list[tuple[int, float]] = []
        self._once: dict[Any, int] = {}
        self._extra: dict[Any, tuple[Meter, list[Any], list[Any]]] = {}

    def put(self, m: Meter, table: Table, amount: Any, columns: Any) -> None:
        """Put a meter's quantities, one a row of a table, on their pools: times columns, or as they are (None)."""
        some = np.flatnonzero(amount)
        if not len(some):
            return
        at, owner = getattr(table, m.at), getattr(table, m.owner)
        to = getattr(table, m.to) if m.to else None
        span, other = len(owner.labels), len(to.labels) if to is not None else 1
        code = (
            at.codes[some].astype(np.int64) * other + (to.codes[some] if to is not None else 0)
        ) * span + owner.codes[some]
        for value in np.unique(code):
            rows = some[code == value]
            pair, who = divmod(int(value), span)
            place, there = divmod(pair, other)
            where = at.labels[place]
            where = self.book.pooled_everywhere(where) if m.everywhere else where
            key = (m.id, where, to.labels[there] if to is not None else "", owner.labels[who])
            if columns is not None and self.book.ladder(*key[:3], self.on) is None:
                self.program.shut.append(columns[rows])  # what has no price can be no part of a plan
                self.missing[self.book.missing(*key[:3], self.on)] = None
                continue
            pool = self._pool(m, key)
            if m.once and columns is not None:
                if key not in self._once:
                    self._once[key] = self.program.new(1, whole=True)
                    pool.columns.append(np.array([self._once[key]]))
                    pool.amounts.append(np.array([float(np.max(amount[rows]))]))
                self.program.under(np.arange(len(rows)), columns[rows], 1, np.full(len(rows), self._once[key]))
            elif m.includes is not None and columns is not None:
                _, cols, vals = self._extra.setdefault(key, (m, [], []))
                cols.append(columns[rows])
                vals.append(amount[rows])
            elif columns is None:
                pool.constant += float(amount[rows].sum())
            else:
                pool.columns.append(columns[rows])
                pool.amounts.append(amount[rows])

    def _pool(self, m: Meter, key: tuple[str, str, str, str]) -> _Pool:
        if key not in self._pools:
            self._pools[key] = _Pool(m, self.book.require(*key[:3], self.on).tiers)
        return self._pools[key]

    def close(self, *, allowances: bool) -> None:
        """Add the rows that need every quantity in its pool; ``allowances``: free quantities are counted."""
        self._beyond_included()
        self._ends()
        if allowances:
            self._allowances()

    def _beyond_included(self) -> None:
        """Charge what lies beyond another meter's inclusion: at least the sum less what that meter's pool includes."""
        for key, (m, columns, amounts) in self._extra.items():
            assert m.includes is not None  # noqa: S101 - that is what put it here
            base, each = m.includes
            pool = self._pools.get((base.id, *key[1:]))
            first = self.program.new(1, whole=False)
            cols, vals = [*columns, np.array([first])], [*amounts, np.array([-1.0])]
            constant = 0.0
            if pool is not None:
                cols += pool.columns
                vals += [-each * a for a in pool.amounts]
                constant = each * pool.constant
            ends = np.concatenate(cols)
            self.program.bound(ends, np.concatenate(vals), -np.inf, constant)
            own = self._pools[key]
            own.columns.append(np.array([first]))
            own.amounts.append(np.array([1.0]))

    def _ends(self) -> None:
        """Keep each pool below the end of its schedule: nothing above it is priced."""
        for pool in self._pools.values():
            if pool.tiers.end.is_finite() and pool.columns:
                ends = np.concatenate(pool.columns)
                most = float(pool.tiers.end) - pool.constant
                self.program.bound(ends, np.concatenate(pool.amounts), -np.inf, most)

    def _allowances(self) -> None:
        """Give each payer's free quantity to its pools, inside their first tier: a column of negative cost each."""
        shares: dict[tuple[str, str], tuple[float, list[int]]] = {}
        for key, pool in self._pools.items():
            row = self.book.ladder(pool.meter.allowance, key[1], "", self.on) if pool.meter.allowance else None
            if row is None:
                continue
            first = self.program.new(1, whole=False)
            edge = float(pool.tiers.starts[1] if len(pool.tiers.starts) > 1 else pool.tiers.end)
            ends = np.concatenate([[first], *pool.columns]).astype(int)
            amounts = np.concatenate([[1.0], *(-a for a in pool.amounts)])
            self.program.bound(ends, amounts, -np.inf, pool.constant)
            self.program.bound([first], 1, -np.inf, edge)
            self._free.append((first, float(pool.tiers.prices[0])))
            shares.setdefault((row.rows[0].meter, key[3]), (float(row.tiers.end), []))[1].append(first)
        for most, columns in shares.values():
            self.program.bound(columns, 1, -np.inf, most)

    def lines(self, flow: Any) -> list[tuple[float, Any]]:
        """Return (constant, cost per column) for every combination of straight lines of the pools' schedules.

        Args:
            flow: the flow of each candidate; candidates are the program's first columns, and each flow takes one.
        """
        flat = np.zeros(self.program.width)
        for column, price in self._free:
            flat[column] -= price
        constant = 0.0
        choices: list[list[tuple[float, float, Any]]] = []
        for pool in self._pools.values():
            quantity = np.zeros(self.program.width)
            for columns, amounts in zip(pool.columns, pool.amounts, strict=True):
                np.add.at(quantity, columns, amounts)
            low, high = _range(pool, quantity, flow)
            lines = pool.tiers.lines(low, high)
            if len(lines) == 1 or not quantity.any():
                line = lines[0] if len(lines) == 1 else (float(pool.tiers.cost(pool.constant)), 0.0)
                constant += line[0] + line[1] * pool.constant
                flat += line[1] * quantity
            else:
                choices.append([(a + s * pool.constant, s, quantity) for a, s in lines])
        return [
            (constant + sum(a for a, _, _ in combination), flat + sum((s * q for _, s, q in combination), flat * 0))
            for combination in itertools.product(*choices)
        ]


def _range(pool: _Pool, quantity: Any, flow: Any) -> tuple[float, float]:
    """Return bounds on a pool's quantity: per flow the least and most of its candidates, keys shut or open."""
    n = len(flow)
    flows = int(flow.max()) + 1
    least, most = np.full(flows, np.inf), np.zeros(flows)
    np.minimum.at(least, flow, quantity[:n])
    np.maximum.at(most, flow, quantity[:n])
    keys = quantity[n:]
    low = pool.constant + least.sum() + np.minimum(keys, 0).sum()
    high = pool.constant + most.sum() + np.maximum(keys, 0).sum()
    return max(low, 0.0), max(high, 0.0)
