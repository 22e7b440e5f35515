"""A demand as numbers: candidates, keys and what they cost. No service, kind or path is named here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.errors import CostmodelError, InfeasibleError
from costmodel.network import quantities
from costmodel.optimize.pools import Pools
from costmodel.optimize.program import Program
from costmodel.paths import OPEN, Path, build, chosen, paths, rows_of
from costmodel.patterns import PATTERNS

if TYPE_CHECKING:
    from datetime import date

    from costmodel.aws.resource import Resource
    from costmodel.demand import Demand
    from costmodel.meters import Meter
    from costmodel.prices import PriceBook
    from costmodel.table import Table


class Instance:
    """A demand as numbers: candidates (flow, path), keys (kind, id, level) and tiered pools over both."""

    def __init__(self, d: Demand, book: PriceBook, on: date | None) -> None:
        """Ask every path what its flows need and put, and every rule what that costs."""
        self.d = d
        self.offered: list[Path] = paths(d)
        self.flow, self.path = self._candidates()
        self.program = Program()
        self.pools = Pools(self.program, book, on or d.on)
        self.program.new(len(self.flow), whole=True)
        self.program.add(self.flow, np.arange(len(self.flow)), 1, len(d.flows), 1, 1)
        self._existing = dict(build(d, np.full(len(d.flows), -1)))
        for kind, table in self._existing.items():
            self._charge(kind, table, None)
        self._keys()
        self._puts()
        self._modes()
        self._limits()
        self.pools.close(allowances=d.assumptions["free-egress"] == "counted")

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

    def _charge(self, kind: type[Resource], table: Table, columns: Any, sign: float = 1.0) -> None:
        """Put a table's quantities on their pools: as constants, or times the columns given (one a row)."""
        for m, quantity in quantities(kind, table, self.d.assumptions).items():
            self.pools.put(m, table, quantity * table.count * sign, columns)

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
        first = self.program.new(len(keys), whole=True)
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
            self.program.under(np.arange(len(nested)), first + nested, 1, first + nested - 1)
        pair = self.flow[candidate].astype(np.int64) * len(keys) + number
        pairs, row = np.unique(pair, return_inverse=True)
        self.program.under(row, candidate, 1, first + pairs % len(keys))

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
                    self.pools.put(m, gathered, slope[row] * amount, candidate)
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
        first = self.program.new(n, whole=False)
        self.program.under(row, candidate, slope[row] * amount, first + np.arange(n), slope * start)
        self.pools.put(m, blank, np.ones(n), first + np.arange(n))

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
            first = self.program.new(len(keys), whole=True)
            self.program.under(np.arange(len(at)), at, 1, first + row)
            vpcs, group = np.unique(keys // len(self.offered), return_inverse=True)
            self.program.add(group, first + np.arange(len(keys)), 1, len(vpcs), -np.inf, 1)

    def _limits(self) -> None:
        """Let at most ``max_changes`` flows differ from today."""
        today, most = self.d.today, self.d.constraints.max_changes
        if most is None or today is None:
            return
        if isinstance(today, str):
            today = [self.offered[number].name for number in chosen(self.d, PATTERNS[today])]
        names = np.array([p.name for p in self.offered], dtype=object)
        same = np.flatnonzero(names[self.path] == np.array(today, dtype=object)[self.flow])
        self.program.bound(same, 1, len(self.d.flows) - most, np.inf)
