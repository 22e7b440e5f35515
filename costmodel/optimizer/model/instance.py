"""A demand as numbers: candidates, keys and what they cost. No service, kind or path is named here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.paths.base import OPEN, Path
from costmodel.architectures.rows import build_resource_table
from costmodel.core.errors import CostmodelError, InfeasibleError
from costmodel.network.network import compute_quantities
from costmodel.optimizer.model.columns import Pools
from costmodel.optimizer.model.problem import Problem, Row

if TYPE_CHECKING:
    from datetime import date

    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.core.meters import Meter
    from costmodel.core.table import Table
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.model.columns import Gap
    from costmodel.pricing.book import PriceBook


class KeyBlock(NamedTuple):
    """The keys of a kind: the column of the first, ids, levels, and what level of each id exists already."""

    kind: type[Resource]
    first: int
    ids: IntArray
    levels: FloatArray
    held: FloatArray


class _Wanted(NamedTuple):
    """Keys of a kind that candidates need: which of a candidate's needs, the candidates, and their ids and levels."""

    slot: int
    candidates: IntArray
    ids: IntArray
    level: FloatArray


class Instance:
    """A demand as numbers: candidates (flow, path), keys (kind, id, level) and tiered pools over both.

    Attributes:
        d: the demand.
        offered: every path of it.
        flow: the flow of each candidate, sorted.
        path: its number in ``offered``.
        blocks: the keys, kind by kind; those of charges that fall due once come after.
        keys: (candidates, most keys of one) the keys that each needs, with all that these need; -1 where no more.
        pools: what the quantities are on.
        cost: of each column (candidates, keys, extras), what flat prices make it.
        constant: what every plan costs.
        rows: limits that make the cost: what exceeds an inclusion, a maximum, the end of a schedule.
        extra_high: the most that each extra column can be.
    """

    def __init__(
        self,
        d: Demand,
        book: PriceBook,
        on: date | None,
        *,
        accounts: bool = False,
        candidates: tuple[IntArray, IntArray] | None = None,
        whole: bool = False,
    ) -> None:
        """Ask every path what its flows need and put, and every rule what that costs.

        Args:
            d: the demand.
            book: the prices.
            on: the price date; default the demand's, else the newest prices.
            accounts: whether to keep which account puts what on each pool.
            candidates: (flows, numbers of their paths), sorted, instead of those that the demand allows.
            whole: whether to keep every schedule whole, whatever the demand reaches of it: then there are no lines.

        Raises:
            InfeasibleError: a flow has no path.
        """
        self.d, self._whole = d, whole
        self.offered: list[Path] = list_paths(d)
        self.flow, self.path = self._list_candidates() if candidates is None else candidates
        self.starts = np.searchsorted(self.flow, np.arange(len(d.flows)))
        self._by_path = [np.flatnonzero(self.path == number) for number in range(len(self.offered))]
        self.accounts: dict[str, int] = {}
        self.pools = Pools(book, on or d.on, accounts=self.accounts if accounts else None)
        self.existing = build_network(d, np.full(len(d.flows), -1))
        for kind, table in self.existing:
            self._add_charges(kind, table, None)
        self.blocks: list[KeyBlock] = []
        self._key_count = 0
        self.keys = self._build_keys()
        self._extra_high: list[float] = []
        self.rows: list[Row] = []
        self._add_all_puts()
        self._close_pools()

    @property
    def gaps(self) -> list[Gap]:
        """The prices that are not held, and the columns that need them."""
        return self.pools.gaps

    def find_candidates_using(self, columns: IntArray | None) -> BoolArray:
        """Return which candidates are, or need, one of some columns (candidates and keys)."""
        wanted = np.zeros(len(self.flow) + self._key_count + 1, dtype=bool)
        if columns is None:
            return np.ones(len(self.flow), dtype=bool)
        wanted[columns[columns < len(wanted) - 1]] = True
        keys = wanted[len(self.flow) :]
        return wanted[: len(self.flow)] | keys[self.keys].any(axis=1)

    @property
    def size(self) -> int:
        """How many keys there are."""
        return self._key_count

    def find_plan_candidates(self, plan: IntArray) -> IntArray | None:
        """Return the candidates that a plan (a path number per flow) takes; None where it takes one that is none."""
        code = self.flow * len(self.offered) + self.path
        wanted = np.arange(len(self.d.flows)) * len(self.offered) + plan
        at = np.minimum(np.searchsorted(code, wanted), max(len(code) - 1, 0))
        return at if len(code) and np.array_equal(code[at], wanted) else None

    def mark_taken_columns(self, chosen: IntArray) -> BoolArray:
        """Return whether a choice of candidates has each candidate, and each key."""
        n = len(self.flow)
        out = np.zeros(n + self._key_count, dtype=bool)
        out[chosen] = True
        keys = self.keys[chosen].reshape(-1)
        out[n + keys[keys >= 0]] = True
        return out

    def _list_candidates(self) -> tuple[IntArray, IntArray]:
        d = self.d
        verdicts = np.array([p.check_feasibility(d) for p in self.offered])
        off = [not p.default and p.name not in d.constraints.allow for p in self.offered]
        verdicts[off] = np.where(verdicts[off] == OPEN, 1 + list(d.rules).index("not-allowed"), verdicts[off])
        flow, path = np.nonzero(verdicts.T == OPEN)
        lost = np.flatnonzero(np.bincount(flow, minlength=len(d.flows)) == 0)
        if len(lost):
            ids = list(d.rules)
            reasons = [
                (ids[v - 1], str(d.vpcs.name[d.flows.vpc[f]]), str(d.services.name[d.flows.service[f]]))
                for f in lost
                for v in dict.fromkeys(verdicts[:, f].tolist())
            ]
            first = f"from {reasons[0][1]} to {reasons[0][2]}"
            many = f"{len(lost):,} flows have no path, the first {first}."
            message = f"The flow {first} has no path." if len(lost) == 1 else many
            raise InfeasibleError(message, reasons)
        return flow, path

    def _add_charges(self, kind: type[Resource], table: Table, columns: IntArray | None, sign: float = 1.0) -> None:
        """Put a table's quantities on their pools: as constants, or times the columns given (one a row)."""
        for m, quantity in compute_quantities(kind, table, self.d.assumptions).items():
            self.pools.add_quantities(m, table, quantity * table.count * sign, columns)

    def _build_keys(self) -> IntArray:
        """Make a column per key, charged for what its level adds; return which keys each candidate needs."""
        wanted: dict[type[Resource], list[_Wanted]] = {}
        for at, p in zip(self._by_path, self.offered, strict=True):
            for slot, need in enumerate(p.list_needs(self.d, self.flow[at]) if len(at) else ()):
                some = np.flatnonzero(need.level > 0)
                if len(some):
                    wanted.setdefault(need.kind, []).append(_Wanted(slot, at[some], need.ids[some], need.level[some]))
        width = 1 + max((slot for lists in wanted.values() for slot, *_ in lists), default=0)
        keys = np.full((len(self.flow), width), -1, dtype=np.int32)
        parents: list[tuple[IntArray, IntArray | int]] = []
        for kind, lists in wanted.items():
            self._build_kind_keys(kind, lists, keys, parents)
        once = self._key_count
        self._key_count += self.pools.create_one_time_columns(len(self.flow) + once)
        parents += [(columns - len(self.flow), once + number) for columns, number in self.pools.bought]
        return _add_parent_keys(keys, parents, self._key_count)

    def _build_kind_keys(
        self, kind: type[Resource], lists: list[_Wanted], keys: IntArray, parents: list[tuple[IntArray, IntArray | int]]
    ) -> None:
        levels = np.flatnonzero(np.bincount(np.concatenate([level for *_, level in lists]).astype(np.int64)))
        rank = np.zeros(levels[-1] + 1, dtype=np.int64)
        rank[levels] = np.arange(len(levels))
        size = self.d.count_ids(kind.ids)
        there = np.zeros(size * len(levels), dtype=bool)
        codes = [ids * len(levels) + rank[level.astype(np.int64)] for _, _, ids, level in lists]
        for code in codes:
            there[code] = True
        found = np.flatnonzero(there)
        number = np.zeros(len(there), dtype=np.int32)
        number[found] = np.arange(len(found))
        first = self._key_count
        self._key_count += len(found)
        for (slot, at, _, _), code in zip(lists, codes, strict=True):
            keys[at, slot] = first + number[code]
        ids, level = found // len(levels), levels[found % len(levels)].astype(float)
        held = np.zeros(size)
        if "id" in self.existing.tables.get(kind, ()):
            table = self.existing.tables[kind]
            held[table.id] = getattr(table, kind.level)
        below = np.r_[False, ids[1:] == ids[:-1]]
        self._add_level_charges(kind, first, (ids, level), np.where(below, np.r_[0.0, level[:-1]], 0.0), held)
        nested = np.flatnonzero(below)
        parents.append((first + nested, first + nested - 1))
        self.blocks.append(KeyBlock(kind, first, ids, level, held[ids]))

    def _add_level_charges(
        self, kind: type[Resource], first: int, keys: tuple[IntArray, FloatArray], below: FloatArray, held: FloatArray
    ) -> None:
        """Charge each key for what its level costs beyond the one below, or beyond what exists."""
        ids, level = keys
        under = np.maximum(below, held[ids])
        new = under < level
        columns = len(self.flow) + first + np.arange(len(ids))
        dense = np.zeros(len(held))
        for sign, height in ((1.0, level), (-1.0, under)):
            for step in np.unique(height[new]):
                some = np.flatnonzero(new & (height == step))
                if step > 0:
                    dense[:] = 0
                    dense[ids[some]] = step
                    self._add_charges(kind, build_resource_table(self.d, kind, dense, {}, 1.0), columns[some], sign)

    def _add_all_puts(self) -> None:
        """Charge candidates for what they put on each column: the rule's slope, or a row where it takes a maximum."""
        for at, p in zip(self._by_path, self.offered, strict=True):
            for put in p.list_puts(self.d, self.flow[at]) if len(at) else ():
                some = np.flatnonzero(put.amount)
                if len(some):
                    self._add_put(put.kind, put.column, at[some], put.ids[some], put.amount[some])

    def _add_put(
        self, kind: type[Resource], column: str, candidate: IntArray, ids: IntArray, amount: FloatArray
    ) -> None:
        dense = np.zeros(self.d.count_ids(kind.ids))
        dense[ids] = 1.0
        unique = np.flatnonzero(dense)
        rank = np.zeros(len(dense), dtype=np.int32)
        rank[unique] = np.arange(len(unique))
        row = rank[ids]
        blank = build_resource_table(self.d, kind, dense, {}, 1.0)
        base = compute_quantities(kind, blank, self.d.assumptions)
        for start in (0.0, *kind.pieces.get(column, ())):
            there, more = (
                compute_quantities(
                    kind, blank.with_columns({column: np.full(len(unique), start + step)}), self.d.assumptions
                )
                for step in (0.0, 1.0)
            )
            for m, q in more.items():
                slope = q - there[m]
                if start == 0.0:
                    self._require_linear(kind, m, slope, blank, column, base[m])
                    self.pools.add_quantities(m, blank, slope[row] * amount, candidate, row)
                elif np.any(slope):
                    self._add_piece_columns(
                        m, blank, np.broadcast_to(slope, len(blank)), start, (row, candidate, amount)
                    )

    def _require_linear(
        self, kind: type[Resource], m: Meter, slope: FloatArray, blank: Table, column: str, base: FloatArray
    ) -> None:
        far = max((0.0, *kind.pieces.get(column, ()))) or 1e6
        table = blank.with_columns({column: np.full(len(blank), far)})
        if not np.allclose(
            compute_quantities(kind, table, self.d.assumptions)[m], base + far * slope, rtol=1e-9, atol=1e-9
        ):
            message = f"{kind.__name__} is not linear in {column}, and does not define its pieces."
            raise CostmodelError(message)

    def _add_piece_columns(
        self, m: Meter, blank: Table, slope: FloatArray, start: float, put: tuple[IntArray, IntArray, FloatArray]
    ) -> None:
        """Add, per id that can get there, a column of what exceeds a piece's start: slope · (sum − start)."""
        row, candidate, amount = put
        order = np.argsort(row, kind="stable")
        ends = np.searchsorted(row[order], np.arange(len(blank) + 1))
        for i in range(len(blank)):
            some = order[ends[i] : ends[i + 1]]
            if (
                self._whole
                or np.maximum.reduceat(amount[some], _find_run_starts(self.flow[candidate[some]])).sum() > start
            ):
                column = self._add_extra_column(np.inf)
                values = np.r_[slope[i] * amount[some], -1.0]
                self.rows.append(Row(np.r_[candidate[some], column], values, float(slope[i] * start)))
                self.pools.add_quantities(m, blank, np.ones(1), np.array([column]), np.array([i]))

    def _add_extra_column(self, high: float) -> int:
        self._extra_high.append(high)
        return len(self.flow) + self._key_count + len(self._extra_high) - 1

    def _close_pools(self) -> None:
        first = len(self.flow) + self._key_count
        beyond = self.pools.add_overage_columns(first + len(self._extra_high))
        self._extra_high += [np.inf] * len(beyond)
        width = first + len(self._extra_high)
        self.rows += beyond
        self.allowances = self.pools.allowances if self.d.assumptions["free-egress"] == "counted" else []
        if self._whole:
            self.cost, self.constant = self.pools.collect_flat_costs(width)
        else:
            self.cost, self.constant, ends = self.pools.build_column_costs(self.flow, self.starts, width)
            self.rows += ends
        if self.allowances and not self._whole:
            rows, costs, bounds, saved = self.pools.apply_allowances(self.allowances, width)
            self.rows += rows
            self._extra_high += bounds
            self.cost = np.r_[self.cost, costs]
            self.constant -= saved
        self.extra_high = np.array(self._extra_high)
        for columns in self.pools.shut:
            self.cost[columns] = np.inf

    def build_problem(self, cost: FloatArray) -> Problem:
        """Return the placement problem at given costs of the columns; what cannot be priced is left out."""
        n, k = len(self.flow), self._key_count
        extra = cost[n + k :]
        priced = np.isfinite(extra)  # a column without a price stays at 0, at any cost
        high = np.where(priced, self.extra_high, 0.0)
        return Problem(
            self.flow, cost[:n], self.keys, cost[n : n + k], self.rows, np.where(priced, extra, 0.0), high
        )  # fmt: skip


def _find_run_starts(values: IntArray) -> IntArray:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.r_[True, values[1:] != values[:-1]])


def _add_parent_keys(keys: IntArray, parents: list[tuple[IntArray, IntArray | int]], count: int) -> IntArray:
    """Return candidates' keys with all that these need in turn, each once, as few columns as hold them."""
    children = np.concatenate([np.zeros(0, int), *(c for c, _ in parents)])
    if not len(children):
        return keys
    over = np.concatenate([np.zeros(0, int), *(np.broadcast_to(p, len(c)) for c, p in parents)])
    while len(children):
        first = np.unique(children, return_index=True)[1]  # a key may need several: one at a time
        parent = np.full(count + 1, -1, dtype=np.int32)
        parent[children[first]] = over[first]
        rest = np.ones(len(children), dtype=bool)
        rest[first] = False
        at = 0
        while at < keys.shape[1]:
            more = parent[keys[:, at]]
            at += 1
            if (more >= 0).any():
                more = np.where((keys == more[:, None]).any(axis=1), -1, more)
                if (more >= 0).any():
                    keys = np.column_stack([keys, more])
        children, over = children[rest], over[rest]
    most = int((keys >= 0).sum(axis=1).max(initial=1))
    return -np.sort(-keys, axis=1)[:, :most] if most < keys.shape[1] else keys
