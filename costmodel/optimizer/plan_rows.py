"""A plan flow by flow, and the changes from today, as rows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from costmodel.architectures.build import list_paths
from costmodel.core.decimals import round_to_cents
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.arrays import IntArray
    from costmodel.core.json_types import JsonAnswer
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.answer import Answer


FlowRow: TypeAlias = "dict[str, str | int | None]"
"""A flow in words: column → text, a number of zones, or None where there is none."""

_GB = 6  # places of a quantity of GB: what is beyond them is float64's


def format_decimal_cents(value: float | Decimal) -> str:
    """Return an amount rounded half-up to cents, as a decimal string."""
    return f"{round_to_cents(Decimal(str(value))):f}"


def build_plan_rows(answer: Answer) -> list[FlowRow]:
    """Return the plan flow by flow: path, hub, zones, GB, the runner-up, what that costs more, where they swap."""
    d, best, second = answer.demand, answer.best, answer.runners_up
    offered = list_paths(d)
    every = np.arange(len(d.flows))
    hub, zones = _find_hubs_and_zones(d, every, best.plan)
    return [
        {
            "vpc": str(d.vpcs.name[d.flows.vpc[f]]),
            "service": str(d.services.name[d.flows.service[f]]),
            "path": offered[best.plan[f]].name,
            "hub": hub[f],
            "zones": zones[f],
            "gb": format_plain_number(round(Decimal(float(d.gb[f])), _GB)),
            "runner_up": offered[second.path[f]].name if second.path[f] >= 0 else None,
            "runner_up_more": None if np.isnan(second.more[f]) else format_decimal_cents(second.more[f]),
            "flip_gb": None
            if np.isnan(second.flip_gb[f])
            else format_plain_number(round(Decimal(float(second.flip_gb[f])), _GB)),
        }
        for f in every.tolist()
    ]


def _find_hubs_and_zones(d: Demand, flows: IntArray, plan: IntArray) -> tuple[list[str | None], list[int | None]]:
    """Return each flow's hub, and the zones of what serves it, by the number of its path; None where there are none."""
    hub, zones = np.full(len(flows), -1), np.full(len(flows), np.nan)
    for number, path in enumerate(list_paths(d)):
        some = np.flatnonzero(plan == number)
        if len(some):
            hub[some] = path.find_hub(d, flows[some]) if path.hubbed else -1
            zones[some] = path.count_serving_zones(d, flows[some])
    return (
        [str(d.vpcs.name[h]) if h >= 0 else None for h in hub.tolist()],
        [None if np.isnan(z) else int(z) or None for z in zones.tolist()],
    )


def build_change_rows(answer: Answer) -> list[FlowRow]:
    """Return what changes from today, the greatest saving first: VPC, service, path, hub and zones before and after.

    Another hub, or another number of zones, is a change too, and counts towards ``max_changes``.
    """
    d, c = answer.demand, answer.changes
    if c is None:
        return []
    offered = list_paths(d)
    (old_hub, old_zones), (new_hub, new_zones) = (
        _find_hubs_and_zones(d, c.flows, plan) for plan in (c.before, c.after)
    )
    return [
        {
            "vpc": str(d.vpcs.name[d.flows.vpc[c.flows[i]]]),
            "service": str(d.services.name[d.flows.service[c.flows[i]]]),
            "from": offered[c.before[i]].name,
            "to": offered[c.after[i]].name,
            "from_hub": old_hub[i],
            "to_hub": new_hub[i],
            "from_zones": old_zones[i],
            "to_zones": new_zones[i],
            "saving": format_plain_number(round(Decimal(float(c.saving[i])), _GB)),
        }
        for i in np.argsort(-c.saving, kind="stable").tolist()
    ]


def group_alike_changes(rows: list[FlowRow]) -> list[FlowRow]:
    """Return changes that differ only in their VPC's number as one."""
    return group_alike_rows(rows, ("from", "to", "from_hub", "to_hub", "from_zones", "to_zones", "saving"))


def name_change_ends(row: FlowRow) -> tuple[str, str]:
    """Return what a change goes from and to; of one path on both sides also the hub or zones that differ."""
    one, other = str(row["from"]), str(row["to"])
    if one == other and row["from_hub"] != row["to_hub"]:
        one, other = f"{one} of {row['from_hub']}", f"{other} of {row['to_hub']}"
    if row["from"] == row["to"]:
        zones = [row["from_zones"], row["to_zones"]]
        if zones[0] != zones[1]:
            one, other = (f"{name}, {n} zone{'s' * (n != 1)}" for name, n in zip((one, other), zones, strict=True))
    return one, other


def group_alike_rows(rows: list[JsonAnswer], keys: Sequence[str]) -> list[JsonAnswer]:
    """Return rows that differ only in their VPC's number as one, its name with how many there are."""
    groups: dict[tuple[object, ...], list[JsonAnswer]] = {}
    for row in rows:
        name, _, number = row["vpc"].rpartition("-")
        group = name if number.isdigit() and name else row["vpc"]
        groups.setdefault((group, row["service"], *(row[key] for key in keys)), []).append(row)
    return [
        some[0] if len(some) == 1 else {**some[0], "vpc": f"{group} ({len(some)})"}
        for (group, *_), some in groups.items()
    ]
