"""A demand as numbers: candidates, keys and pools. No service, kind or path is named here."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.errors import CostmodelError, InfeasibleError
from costmodel.network import quantities
from costmodel.optimize.rows import Rows
from costmodel.paths import OPEN, Path, build, chosen, paths, rows_of
from costmodel.patterns import PATTERNS

if TYPE_CHECKING:
    from datetime import date

    from costmodel.aws.resource import Resource
    from costmodel.demand import Demand
    from costmodel.meters import Meter
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


class Instance:
    """A demand as numbers: candidates (flow, path), keys (kind, id, level) and tiered pools over both."""

    def __init__(self, d: Demand, book: PriceBook, on: date | None) -> None:
        """Ask every path what its flows need and put, and every rule what that costs."""
        self.d, self.book, self.on = d, book, on or d.on
        self.offered: list[Path] = paths(d)
        self.flow, self.path = self._candidates()
        self.width = len(self.flow)
        self.rows = Rows()
        self.pools: dict[tuple[str, str, str, str], _Pool] = {}
        self.whole: list[bool] = []
        self.shut: list[Any] = []
        self.missing: dict[str, None] = {}
        self.free: list[tuple[int, float]] = []
        self._once: dict[Any, int] = {}
        self._extra: dict[Any, tuple[Meter, list[Any], list[Any]]] = {}
        self.rows.add(self.flow, np.arange(len(self.flow)), 1, len(d.flows), 1, 1)
        self._existing = dict(build(d, np.full(len(d.flows), -1)))
        for kind, table in self._existing.items():
            self._charge(kind, table, None)
        self._keys()
        self._puts()
        self._modes()
        self._limits()
        self._beyond_included()
        self._ends()
        if d.assumptions["free-egress"] == "counted":
            self._allowances()

    def _candidates(self) -> tuple[Any, Any]:
        d = self.d
        verdicts = np.array([p.feasible(d) for p in self.offered])
        off = [not p.default and p.name not in d.constraints.allow for p in self.offered]
        verdicts[off] = np.where(verdicts[off] == OPEN, 1 + list(d.rules).index("not-allowed"), verdicts[off])
        path, flow = np.nonzero(verdicts == OPEN)
        lost = np.setdiff1d(np.arange(len(d.flows)), flow)
        if len(lost):
            ids = list(d.rules)
            reasons = [
                (ids[v - 1], str(d.vpcs.name[d.flows.vpc[f]]), str(d.services.name[d.flows.service[f]]))
                for f in lost
                for v in dict.fromkeys(verdicts[:, f].tolist())
            ]
            message = f"{len(lost)} flows have no path, the first from {reasons[0][1]} to {reasons[0][2]}."
            raise InfeasibleError(message, reasons)
        return flow, path

    def _new(self, count: int, *, whole: bool) -> int:
        first = self.width
        self.width += count
        self.whole += [whole] * count
        return first

    def _charge(self, kind: type[Resource], table: Table, columns: Any, sign: float = 1.0) -> None:
        """Put a table's quantities on their pools: as constants, or times the columns given (one a row)."""
        for m, quantity in quantities(kind, table, self.d.assumptions).items():
            self._put(m, table, quantity * table.count * sign, columns)

    def _put(self, m: Meter, table: Table, amount: Any, columns: Any) -> None:
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
                self.shut.append(columns[rows])  # what has no price can be no part of a plan
                self.missing[self.book.missing(*key[:3], self.on)] = None
                continue
            pool = self._pool(m, key)
            if m.once and columns is not None:
                if key not in self._once:
                    self._once[key] = self._new(1, whole=True)
                    pool.columns.append(np.array([self._once[key]]))
                    pool.amounts.append(np.array([float(np.max(amount[rows]))]))
                n = len(rows)
                self.rows.add(
                    np.r_[:n, :n],
                    np.r_[columns[rows], np.full(n, self._once[key])],
                    np.r_[np.ones(n), -np.ones(n)],
                    n,
                    -np.inf,
                    0,
                )
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
        if key not in self.pools:
            self.pools[key] = _Pool(m, self.book.require(*key[:3], self.on).tiers)
        return self.pools[key]

    def _keys(self) -> None:
        """Make a column per key, charged for what its level adds; candidates of a flow are at most their key."""
        wanted: dict[type[Resource], tuple[list[Any], list[Any], list[Any]]] = {}
        for number, p in enumerate(self.offered):
            at = np.flatnonzero(self.path == number)
            if len(at):
                for need in p.needs(self.d, self.flow[at]):
                    some = np.flatnonzero(need.level > 0)
                    lists = wanted.setdefault(need.kind, ([], [], []))
                    for store, part in zip(lists, (at[some], need.ids[some], need.level[some]), strict=True):
                        store.append(part)
        for kind, lists in wanted.items():
            candidate, ids, level = map(np.concatenate, lists)
            if len(candidate):
                self._keys_of(kind, candidate, ids, level)

    def _keys_of(self, kind: type[Resource], candidate: Any, ids: Any, level: Any) -> None:
        levels = np.unique(level)
        code = ids * len(levels) + np.searchsorted(levels, level)
        keys, number = np.unique(code, return_inverse=True)
        first = self._new(len(keys), whole=True)
        key_id, key_level = keys // len(levels), levels[keys % len(levels)]
        held = np.zeros(self.d.size(kind.ids))
        if kind in self._existing and "id" in self._existing[kind]:
            table = self._existing[kind]
            held[table.id] = getattr(table, kind.level)
        below = np.r_[False, key_id[1:] == key_id[:-1]]
        under = np.maximum(np.where(below, np.r_[0.0, key_level[:-1]], 0.0), held[key_id])
        dense = np.zeros(self.d.size(kind.ids))
        for step in levels:
            for mask, sign, height in ((key_level == step, 1.0, step), (key_level == step, -1.0, None)):
                rows = np.flatnonzero(mask & (under < step))
                for low in np.unique(under[rows]) if height is None else [height]:
                    part = rows if height is not None else rows[under[rows] == low]
                    if low > 0 and len(part):
                        dense[:] = 0
                        dense[key_id[part]] = low
                        self._charge(kind, rows_of(self.d, kind, dense, {}, 1.0), first + part, sign)
        nested = np.flatnonzero(below)
        if len(nested):
            n = len(nested)
            self.rows.add(
                np.r_[:n, :n], first + np.r_[nested, nested - 1], np.r_[np.ones(n), -np.ones(n)], n, -np.inf, 0
            )
        pair = self.flow[candidate].astype(np.int64) * len(keys) + number
        pairs, row = np.unique(pair, return_inverse=True)
        n = len(pairs)
        ends = np.r_[candidate, first + pairs % len(keys)]
        self.rows.add(np.r_[row, :n], ends, np.r_[np.ones(len(row)), -np.ones(n)], n, -np.inf, 0)

    def _puts(self) -> None:
        """Charge candidates for what they put on each column: the rule's slope, or a row where it takes a maximum."""
        for number, p in enumerate(self.offered):
            at = np.flatnonzero(self.path == number)
            if len(at):
                for put in p.puts(self.d, self.flow[at]):
                    some = np.flatnonzero(put.amount)
                    if len(some):
                        self._put_of(put.kind, put.column, at[some], put.ids[some], put.amount[some])

    def _put_of(self, kind: type[Resource], column: str, candidate: Any, ids: Any, amount: Any) -> None:
        unique, row = np.unique(ids, return_inverse=True)
        dense = np.zeros(self.d.size(kind.ids))
        dense[unique] = 1.0
        blank = rows_of(self.d, kind, dense, {}, 1.0)
        base = quantities(kind, blank, self.d.assumptions)
        for start in (0.0, *kind.pieces.get(column, ())):
            there, more = (
                quantities(kind, blank.with_columns({column: np.full(len(unique), start + step)}), self.d.assumptions)
                for step in (0.0, 1.0)
            )
            for m, q in more.items():
                slope = q - there[m]
                if start == 0.0:
                    self._linear(kind, m, slope, blank, column, base[m])
                    gathered = blank.with_columns({n: getattr(blank, n)[row] for n in blank.names if n != "name"})
                    gathered.size = len(row)
                    self._put(m, gathered, slope[row] * amount, candidate)
                elif slope.any():
                    self._above(m, blank, slope, start, (row, candidate, amount))

    def _linear(self, kind: type[Resource], m: Meter, slope: Any, blank: Table, column: str, base: Any) -> None:
        far = max((0.0, *kind.pieces.get(column, ()))) or 1e6
        table = blank.with_columns({column: np.full(len(blank), far)})
        if not np.allclose(quantities(kind, table, self.d.assumptions)[m], base + far * slope, rtol=1e-9, atol=1e-9):
            message = f"{kind.__name__} is not linear in {column}, and names no pieces there."
            raise CostmodelError(message)

    def _above(self, m: Meter, blank: Table, slope: Any, start: float, put: tuple[Any, Any, Any]) -> None:
        """Add, per id, a column of what lies above a piece's start: at least slope · (sum of amounts − start)."""
        row, candidate, amount = put
        n = len(blank)
        first = self._new(n, whole=False)
        ends = np.r_[candidate, first + np.arange(n)]
        values = np.r_[slope[row] * amount, -np.ones(n)]
        self.rows.add(np.r_[row, :n], ends, values, n, -np.inf, slope * start)
        self._put(m, blank, np.ones(n), first + np.arange(n))

    def _beyond_included(self) -> None:
        """Charge what lies beyond another meter's inclusion: at least the sum less what that meter's pool includes."""
        for key, (m, columns, amounts) in self._extra.items():
            assert m.includes is not None  # noqa: S101 - that is what put it here
            base, each = m.includes
            pool = self.pools.get((base.id, *key[1:]))
            first = self._new(1, whole=False)
            cols, vals = [*columns, np.array([first])], [*amounts, np.array([-1.0])]
            constant = 0.0
            if pool is not None:
                cols += pool.columns
                vals += [-each * a for a in pool.amounts]
                constant = each * pool.constant
            ends = np.concatenate(cols)
            self.rows.add(np.zeros(len(ends), dtype=int), ends, np.concatenate(vals), 1, -np.inf, constant)
            own = self.pools[key]
            own.columns.append(np.array([first]))
            own.amounts.append(np.array([1.0]))

    def _ends(self) -> None:
        """Keep each pool below the end of its schedule: nothing above it is priced."""
        for pool in self.pools.values():
            if pool.tiers.end.is_finite() and pool.columns:
                ends = np.concatenate(pool.columns)
                most = float(pool.tiers.end) - pool.constant
                self.rows.add(np.zeros(len(ends), dtype=int), ends, np.concatenate(pool.amounts), 1, -np.inf, most)

    def _allowances(self) -> None:
        """Give each payer's free quantity to its pools, inside their first tier: a column of negative cost each."""
        shares: dict[tuple[str, str], tuple[float, list[int]]] = {}
        for key, pool in self.pools.items():
            row = self.book.ladder(pool.meter.allowance, key[1], "", self.on) if pool.meter.allowance else None
            if row is None:
                continue
            first = self._new(1, whole=False)
            edge = float(pool.tiers.starts[1] if len(pool.tiers.starts) > 1 else pool.tiers.end)
            ends = np.concatenate([[first], *pool.columns]).astype(int)
            amounts = np.concatenate([[1.0], *(-a for a in pool.amounts)])
            self.rows.add(np.zeros(len(ends), dtype=int), ends, amounts, 1, -np.inf, pool.constant)
            self.rows.add([0], [first], 1, 1, -np.inf, edge)
            self.free.append((first, float(pool.tiers.prices[0])))
            shares.setdefault((row.rows[0].meter, key[3]), (float(row.tiers.end), []))[1].append(first)
        for most, columns in shares.values():
            self.rows.add(np.zeros(len(columns), dtype=int), columns, 1, 1, -np.inf, most)

    def _modes(self) -> None:
        """Let a VPC use one path of each mode."""
        vpc = self.d.flows.vpc[self.flow]
        for mode in {p.mode for p in self.offered if p.mode}:
            numbers = np.array([p.mode == mode for p in self.offered])
            at = np.flatnonzero(numbers[self.path])
            if len(np.unique(self.path[at])) < 2:  # noqa: PLR2004 - one cannot mix
                continue
            code = vpc[at] * len(self.offered) + self.path[at]
            keys, row = np.unique(code, return_inverse=True)
            first = self._new(len(keys), whole=True)
            n = len(at)
            ends = np.r_[at, first + row]
            self.rows.add(np.r_[:n, :n], ends, np.r_[np.ones(n), -np.ones(n)], n, -np.inf, 0)
            vpcs, group = np.unique(keys // len(self.offered), return_inverse=True)
            self.rows.add(group, first + np.arange(len(keys)), 1, len(vpcs), -np.inf, 1)

    def _limits(self) -> None:
        """Let at most ``max_changes`` flows differ from today."""
        today, most = self.d.today, self.d.constraints.max_changes
        if most is None or today is None:
            return
        if isinstance(today, str):
            today = [self.offered[number].name for number in chosen(self.d, PATTERNS[today])]
        names = np.array([p.name for p in self.offered], dtype=object)
        same = np.flatnonzero(names[self.path] == np.array(today, dtype=object)[self.flow])
        self.rows.add(np.zeros(len(same), dtype=int), same, 1, 1, len(self.d.flows) - most, np.inf)

    def lines(self) -> list[tuple[float, Any]]:
        """Return (constant, cost per column) for every combination of straight lines of the pools' schedules."""
        flat = np.zeros(self.width)
        for column, price in self.free:
            flat[column] -= price
        constant = 0.0
        choices: list[list[tuple[float, float, Any]]] = []
        for pool in self.pools.values():
            quantity = np.zeros(self.width)
            for columns, amounts in zip(pool.columns, pool.amounts, strict=True):
                np.add.at(quantity, columns, amounts)
            low, high = self._range(pool, quantity)
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

    def _range(self, pool: _Pool, quantity: Any) -> tuple[float, float]:
        """Return bounds on a pool's quantity: per flow the least and most of its candidates, keys shut or open."""
        n = len(self.flow)
        flows = len(self.d.flows)
        least, most = np.full(flows, np.inf), np.zeros(flows)
        np.minimum.at(least, self.flow, quantity[:n])
        np.maximum.at(most, self.flow, quantity[:n])
        keys = quantity[n:]
        low = pool.constant + least.sum() + np.minimum(keys, 0).sum()
        high = pool.constant + most.sum() + np.maximum(keys, 0).sum()
        return max(low, 0.0), max(high, 0.0)
