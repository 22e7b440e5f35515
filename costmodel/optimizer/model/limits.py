"""What a plan must keep to beside its paths' own rules, as sums of columns; they bind only where a plan breaks them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.architectures.quotas import (
    Candidates,
    compute_peak_loads,
    count_by_place,
    decode_resource_id,
    get_quota_limit,
    get_quota_rule,
    is_hard_quota,
    list_hosted_zone_uses,
    locate_counted_rows,
)
from costmodel.architectures.routing import find_exclusion_sets, list_flow_routes
from costmodel.architectures.rows import build_resource_table
from costmodel.core.errors import InfeasibleError
from costmodel.demand.constraints.base import PlanCandidates
from costmodel.demand.constraints.registry import CONSTRAINTS
from costmodel.optimizer.model.problem import Row
from costmodel.optimizer.today import get_todays_plan

if TYPE_CHECKING:
    from costmodel.aws.rules import Quota
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.optimizer.model.instance import Instance

_SLACK = 1e-9


@dataclass
class Sums:
    """Limits of one sort: per place, the sum of values times columns may reach so much.

    Attributes:
        name: the constraint, as a file names it.
        columns: candidates and keys, numbered as the instance does.
        values: what each counts.
        place: the number of its place.
        high: per place, the most.
        names: per place, what it is called; (VPC or other place, service).
    """

    name: str
    columns: IntArray
    values: FloatArray
    place: IntArray
    high: FloatArray
    names: list[tuple[str, str | None]]

    def find_broken_places(self, taken: BoolArray) -> IntArray:
        """Return the places whose sum is too high; ``taken`` says of each column whether a plan has it."""
        sums = np.bincount(self.place, weights=self.values * taken[self.columns], minlength=len(self.high))
        return np.flatnonzero(sums > self.high + _SLACK * np.maximum(1.0, np.abs(self.high)))

    def build_row(self, place: int) -> Row:
        """Return the limit of one place."""
        at = self.place == place
        return Row(self.columns[at], self.values[at], float(self.high[place]))


@dataclass
class Choices:
    """Candidates that exclude each other: those of one group must all have the same value.

    Attributes:
        name: what excludes them.
        candidates: those concerned.
        group: the number of the group of each.
        value: its value.
    """

    name: str
    candidates: IntArray
    group: IntArray
    value: IntArray

    def find_broken_places(self, taken: BoolArray) -> IntArray:
        """Return the groups in which a plan has more than one value."""
        at = np.flatnonzero(taken[self.candidates])
        pairs = np.unique(np.column_stack([self.group[at], self.value[at]]), axis=0)
        groups, count = np.unique(pairs[:, 0], return_counts=True)
        return np.asarray(groups[count > 1])


class Bound(NamedTuple):
    """Limits that bind, for a solver: rows, and a key per group and value that candidates need."""

    rows: list[Row]
    keys: IntArray | None
    free: int


@dataclass
class Limits:
    """Every limit of an instance, and which of them bind so far."""

    sums: list[Sums] = field(default_factory=list)
    choices: list[Choices] = field(default_factory=list)
    binding: set[tuple[str, int, int]] = field(default_factory=set)

    def bind_broken_limits(self, instance: Instance, chosen: IntArray) -> bool:
        """Let limits that a choice of candidates breaks bind from now on; return whether there are new ones."""
        before = len(self.binding)
        self.binding |= self.find_broken_limits(instance, chosen)
        return len(self.binding) > before

    def find_broken_limits(self, instance: Instance, chosen: IntArray) -> set[tuple[str, int, int]]:
        """Return the limits that a choice of candidates breaks: their sort, number and place."""
        taken = instance.mark_taken_columns(chosen)
        sums = {("sum", i, int(place)) for i, one in enumerate(self.sums) for place in one.find_broken_places(taken)}
        return sums | {
            ("choice", i, int(g)) for i, each in enumerate(self.choices) for g in each.find_broken_places(taken)
        }

    def collect_binding_limits(self, instance: Instance) -> Bound:
        """Return the limits that bind; the keys they bring are numbered after the instance's."""
        n, size = len(instance.flow), instance.size
        rows: list[Row] = []
        columns = []
        free = 0
        for sort, i, place in sorted(self.binding):
            if sort == "sum":
                rows.append(self.sums[i].build_row(place))
                continue
            each = self.choices[i]
            at = np.flatnonzero(each.group == place)
            values, value = np.unique(each.value[at], return_inverse=True)
            column = np.full(n, -1, dtype=np.int32)
            column[each.candidates[at]] = size + free + value
            columns.append(column)
            rows.append(Row(n + size + free + np.arange(len(values)), np.ones(len(values)), 1.0))
            free += len(values)
        return Bound(rows, np.column_stack(columns) if columns else None, free)


def build_limits(instance: Instance) -> Limits:
    """Return every limit of a demand's plans.

    Raises:
        InfeasibleError: what exists already exceeds a quota, whatever the plan.
    """
    sums = [*_limit_quotas(instance), *_limit_peaks(instance), *_limit_constraints(instance)]
    return Limits(sums, [*_limit_modes(instance), *_limit_endpoint_zones(instance), *_limit_routes(instance)])


def _limit_quotas(i: Instance) -> list[Sums]:
    """What AWS or the user allows so many of: what exists counts in every plan, the lowest level of a key as one."""
    d = i.d
    out = []
    for quota in (q for q in d.quotas if is_hard_quota(d, q) and not q.gbps):
        most = get_quota_limit(d, quota)
        if quota.per == "hosted-zone":
            out += _limit_vpcs_per_hosted_zone(i, most)
            continue
        limit = _limit_quota(i, quota, most)
        if limit is not None:
            out.append(limit)
    return out


def _limit_quota(i: Instance, quota: Quota, most: float) -> Sums | None:
    """Return the limit of one quota, per place; None if no plan can exceed it.

    Raises:
        InfeasibleError: what exists already exceeds the quota.
    """
    d, n = i.d, len(i.flow)
    existing = count_by_place(d, quota, i.existing)
    _refuse_exceeded(quota, most, existing)
    number_of_place = {name: number for number, name in enumerate(existing)}

    # Count the lowest level of each key whose resource does not exist yet.
    columns, place = [], []
    for block in i.blocks:
        new = np.flatnonzero(np.r_[True, block.ids[1:] != block.ids[:-1]] & (block.held == 0))
        dense = np.zeros(d.count_ids(block.kind.ids))
        dense[block.ids[new]] = 1.0
        counted = locate_counted_rows(d, quota, block.kind, build_resource_table(d, block.kind, dense, {}, 1.0))
        if counted is not None:
            columns.append(n + block.first + new[counted.rows])
            number = np.array([number_of_place.setdefault(name, len(number_of_place)) for name in counted.names])
            place.append(number[counted.number])
    if not columns:
        return None

    # Keep the limit only if all keys together would exceed it somewhere.
    every, where = np.concatenate(columns), np.concatenate(place)
    left = most - np.array([existing.get(name, 0) for name in number_of_place])
    if not np.any(np.bincount(where, minlength=len(number_of_place)) > left):
        return None
    names: list[tuple[str, str | None]] = [(name, None) for name in number_of_place]
    return Sums(f"quota {quota.id}", every, np.ones(len(every)), where, left, names)


def _refuse_exceeded(quota: Quota, most: float, stands: dict[str, int]) -> None:
    """Refuse a demand in which what exists already is more than a quota allows: no plan takes it away."""
    over = {name: number for name, number in stands.items() if number > most}
    if over:
        name, number = next(iter(over.items()))
        message = f"{name} has {number} already, and the quota is {most:g} ({quota.text}): no plan can meet it."
        raise InfeasibleError(message, [(get_quota_rule(quota), place, None) for place in over])


def _limit_vpcs_per_hosted_zone(i: Instance, most: float) -> list[Sums]:
    """How many VPCs a hosted zone serves: one a flow that needs it."""
    uses = list_hosted_zone_uses(i.d, Candidates(i.offered, i.flow, i.path))
    zones, place = np.unique(uses.ids, return_inverse=True)
    if not len(zones) or np.bincount(place).max() <= most:
        return []
    names = [decode_resource_id(i.d, int(zone)) for zone in zones]
    high = np.full(len(zones), float(most))
    return [Sums("quota vpcs-per-hosted-zone", uses.candidates, uses.share, place, high, names)]


def _limit_peaks(i: Instance) -> list[Sums]:
    """What flows share carries their peaks together."""
    out = []
    for load in compute_peak_loads(i.d, Candidates(i.offered, i.flow, i.path)):
        numbers, place = np.unique(load.ids, return_inverse=True)
        names = [decode_resource_id(i.d, int(number)) for number in numbers]
        out.append(Sums("bandwidth", load.candidates, load.share, place, np.ones(len(numbers)), names))
    return out


def _limit_constraints(i: Instance) -> list[Sums]:
    """Limits that the demand's constraints set on sums over candidates."""
    candidates = PlanCandidates(i.d, i.flow, i.path, get_todays_plan(i.d))
    return [
        Sums(
            constraint.key,
            limit.candidates,
            limit.values,
            np.zeros(len(limit.candidates), dtype=np.int64),
            np.array([limit.most]),
            [("", None)],
        )
        for constraint in CONSTRAINTS
        for limit in constraint.list_limits(candidates)
    ]


def _limit_modes(i: Instance) -> list[Choices]:
    """A VPC uses one path of each mode."""
    vpc = i.d.flows.vpc[i.flow]
    out = []
    for mode in {p.mode for p in i.offered if p.mode}:
        of_mode = np.array([p.mode == mode for p in i.offered])
        at = np.flatnonzero(of_mode[i.path])
        if len(np.unique(i.path[at])) > 1:
            out.append(Choices(f"{mode} paths of a VPC", at, vpc[at].astype(np.int64), i.path[at].astype(np.int64)))
    return out


def _limit_routes(i: Instance) -> list[Choices]:
    """Of VPCs that share an address, one at most is routed to a hub or provider."""
    d = i.d
    if not len(d.ranges[0]):
        return []
    routes = list_flow_routes(d, i.offered, i.flow, i.path)
    parts: list[tuple[IntArray, IntArray]] = []
    for counterpart in np.unique(routes.counterpart):
        mine = np.flatnonzero(routes.counterpart == counterpart)
        parts += [
            (routes.flows[mine[there]], routes.vpc[mine[there]])
            for some in find_exclusion_sets(d, np.unique(routes.vpc[mine]))
            for there in [np.isin(routes.vpc[mine], some)]
        ]
    if not parts:
        return []
    group = np.repeat(np.arange(len(parts)), [len(at) for at, _ in parts])
    at, vpc = (np.concatenate([part[k] for part in parts]) for k in range(2))
    return [Choices("routes of VPCs that overlap", at, group, vpc)]


def _limit_endpoint_zones(i: Instance) -> list[Choices]:
    """An endpoint is in one number of zones, whoever uses it."""
    if all(p.width is None for p in i.offered):
        return []
    found = []
    for block in i.blocks:
        if block.kind.level != "zones":
            continue
        n_keys = len(block.ids)
        at, slot = np.nonzero((i.keys >= block.first) & (i.keys < block.first + n_keys))
        number = i.keys[at, slot] - block.first
        top = np.zeros(len(i.flow), dtype=np.int64)
        np.maximum.at(top, at, number)  # with a level come those below it
        some = np.unique(at)
        found.append(Choices("zones of an endpoint", some, block.ids[top[some]].astype(np.int64), top[some]))
    return found
