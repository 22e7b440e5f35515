"""How many of something a plan builds where AWS, or the user, allows so many: counted in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.architectures.paths.endpoints import ENDPOINT_GBPS
from costmodel.architectures.paths.hubs import ATTACHMENT_GBPS
from costmodel.architectures.paths.nat import NAT_GBPS
from costmodel.architectures.paths.services import LATTICE_GBPS
from costmodel.aws import PrivateHostedZone

if TYPE_CHECKING:
    from costmodel.architectures.paths.base import Path
    from costmodel.aws.resource import Resource
    from costmodel.aws.rules import Quota
    from costmodel.core.table import Table
    from costmodel.demand.demand import Demand

ZONES = PrivateHostedZone
"""The kind whose VPCs a quota per hosted zone counts: one a flow that needs it."""


CARRIED = (ENDPOINT_GBPS, ATTACHMENT_GBPS, NAT_GBPS, LATTICE_GBPS)
"""The quotas of bandwidth that paths keep to."""
_COUNTED = ("vpc", "region", "account-region")


class Places(NamedTuple):
    """Where resources count: the row of each, and the number of its place in ``names``."""

    rows: Any
    number: Any
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


class Load(NamedTuple):
    """What some flows load of what they share by taking a path: the share of it (1 is all), and which it is."""

    flows: Any
    share: Any
    ids: Any


def compute_peak_loads(d: Demand, path: Path, flows: Any) -> dict[str, Load]:
    """Return by quota what the peaks of flows on a path load; empty where the demand knows no peaks."""
    if not d.flows.peak_gbps.any():
        return {}
    out = {}
    for quota, number, ids in path.list_carriers(d):
        share = d.flows.peak_gbps[flows] / (d.get_carrier_gbps(quota) * number[flows])
        some = np.flatnonzero(share > 0)
        out[quota] = Load(flows[some], share[some], ids[flows[some]])
    return out


def decode_resource_id(d: Demand, number: int) -> tuple[str, str | None]:
    """Return the VPC and the service that a dense id stands for."""
    vpc, service = divmod(number, len(d.services) + 1)
    return str(d.vpcs.name[vpc]), str(d.services.name[service - 1]) if service else None
