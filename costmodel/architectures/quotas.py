"""How many of something a plan builds where AWS, or the user, allows so many: counted in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.architectures.paths.endpoints import ENDPOINT_GBPS
from costmodel.architectures.paths.hubs import ATTACHMENT_GBPS
from costmodel.architectures.paths.nat import NAT_GBPS
from costmodel.architectures.paths.services import LATTICE_GBPS
from costmodel.aws import PrivateHostedZone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from costmodel.architectures.paths.base import Path
    from costmodel.aws.resource import Resource
    from costmodel.aws.rules import Quota
    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.core.table import Table
    from costmodel.demand.demand import Demand

CARRIED = (ENDPOINT_GBPS, ATTACHMENT_GBPS, NAT_GBPS, LATTICE_GBPS)
"""The quotas of bandwidth that paths keep to."""
_COUNTED = ("vpc", "region", "account-region")


class Places(NamedTuple):
    """Where resources count: the row of each, and the number of its place in ``names``."""

    rows: IntArray
    number: IntArray
    names: list[str]


def get_quota_limit(d: Demand, quota: Quota) -> float:
    """Return how many a quota allows: the user's own number, else AWS's."""
    return d.constraints.quotas.get(quota.id, quota.limit)


def is_counted(quota: Quota) -> bool:
    """Tell whether something here holds plans to a quota; others are for reading only."""
    if quota.gbps:
        return quota.id in CARRIED
    return quota.per == "hosted-zone" or (quota.per in _COUNTED and bool(quota.kinds))


def get_quota_rule(quota: Quota) -> str:
    """Return the rule that says why a plan is out that exceeds a quota."""
    return f"quota-{quota.id.split('-')[0]}"


def is_hard_quota(d: Demand, quota: Quota) -> bool:
    """Whether a plan may not exceed a quota: AWS does not raise it, or the user has named it."""
    return not quota.adjustable or quota.id in d.constraints.quotas


def locate_counted_rows(d: Demand, quota: Quota, kind: type[Resource], table: Table) -> Places | None:
    """Return where the rows of a kind's table count towards a quota; None where they do not.

    Args:
        d: the demand.
        quota: the quota.
        kind: the kind.
        table: rows of it, as ``paths.rows_of`` makes them.
    """
    if kind.__name__ not in quota.kinds:
        return None
    rows = np.arange(len(table))
    if quota.per == "vpc":
        if kind.ids == "pair":  # a connection counts at both ends
            return Places(np.r_[rows, rows], np.r_[table.vpc, table.other], list(map(str, d.vpcs.name)))
        return Places(rows, table.vpc, list(map(str, d.vpcs.name)))
    where = table.location
    if quota.per == "region":
        return Places(rows, where.codes.astype(np.int64), list(where.labels))
    if quota.per == "account-region":
        names = [f"{a}, {r}" for a in table.account.labels for r in where.labels]
        return Places(rows, table.account.codes.astype(np.int64) * len(where.labels) + where.codes, names)
    return None


def count_by_place(demand: Demand, quota: Quota, tables: Iterable[tuple[type[Resource], Table]]) -> dict[str, int]:
    """Return how many resources count towards a quota, by the name of the place that has any.

    Args:
        demand: the demand.
        quota: the quota.
        tables: kind and rows of it, such as a network has.
    """
    counts: dict[str, int] = {}
    for kind, table in tables:
        places = locate_counted_rows(demand, quota, kind, table)
        if places is None:
            continue
        for number, count in enumerate(np.bincount(places.number).tolist()):
            if count:
                counts[places.names[number]] = counts.get(places.names[number], 0) + count
    return counts


class Candidates(NamedTuple):
    """Flows that may take paths, or do: each pair of a flow and a path is a candidate.

    Attributes:
        offered: the paths.
        flow: (candidates) the number of the flow.
        path: (candidates) the number of the path among those offered.
    """

    offered: Sequence[Path]
    flow: IntArray
    path: IntArray


class Load(NamedTuple):
    """What candidates use of what they share.

    Attributes:
        candidates: (uses) the number of the candidate.
        share: (uses) which part of the shared resource the candidate uses; 1 is all.
        ids: (uses) the dense id of the resource: that of a VPC, or of a VPC and a service.
    """

    candidates: IntArray
    share: FloatArray
    ids: IntArray


def compute_peak_loads(demand: Demand, candidates: Candidates) -> list[Load]:
    """Return, for each quota of bandwidth, what the peaks of candidates use; empty where the demand has no peaks."""
    if not demand.flows.peak_gbps.any():
        return []
    parts: dict[str, list[Load]] = {}
    for number, path in enumerate(candidates.offered):
        on_path = np.flatnonzero(candidates.path == number)
        flows = candidates.flow[on_path]
        for quota, carriers, ids in path.list_carriers(demand) if len(flows) else ():
            share = demand.flows.peak_gbps[flows] / (demand.get_carrier_gbps(quota) * carriers[flows])
            uses = np.flatnonzero(share > 0)
            parts.setdefault(quota, []).append(Load(on_path[uses], share[uses], ids[flows[uses]]))
    return [_join_loads(loads) for loads in parts.values()]


def list_hosted_zone_uses(demand: Demand, candidates: Candidates) -> Load:
    """Return which candidates need which hosted zone of a hub; each associates one VPC with the zone, share 1."""
    loads = []
    for number, path in enumerate(candidates.offered):
        on_path = np.flatnonzero(candidates.path == number) if path.hubbed else np.zeros(0, dtype=np.int64)
        for need in path.list_needs(demand, candidates.flow[on_path]) if len(on_path) else ():
            if need.kind is PrivateHostedZone:
                uses = np.flatnonzero(need.level > 0)
                loads.append(Load(on_path[uses], np.ones(len(uses)), need.ids[uses]))
    return _join_loads(loads)


def _join_loads(loads: Sequence[Load]) -> Load:
    if not loads:
        nothing = np.zeros(0, dtype=np.int64)
        return Load(nothing, np.zeros(0), nothing)
    candidates, share, ids = (np.concatenate(parts) for parts in zip(*loads, strict=True))
    return Load(candidates, share, ids)


def decode_resource_id(d: Demand, number: int) -> tuple[str, str | None]:
    """Return the VPC and the service that a dense id represents."""
    vpc, service = divmod(number, len(d.services) + 1)
    return str(d.vpcs.name[vpc]), str(d.services.name[service - 1]) if service else None
