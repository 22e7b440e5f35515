"""The widgets of the Optimize page that bound a plan: constraints, and the table of GB by VPC group and service."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from costmodel.architectures.build import PATHS
from dashboard.session import state

SETS = {
    "private": ("Private", "reach AWS services without NAT gateways"),
    "endpoint_policy": ("Endpoint policies", "reach AWS services by endpoints that a policy limits"),
    "vpc_policy": ("Own policies", "by endpoints in the VPC itself, whose policy is its own"),
}
SHARED, ENDPOINTS = "shared-vpc", "endpoints-per-vpc"
ZONES = 6


def show_constraints(demand: dict[str, Any]) -> dict[str, Any]:
    """Show what a plan must keep to, and lay it over the demand; what no widget shows stays."""
    c = dict(demand.get("constraints") or {})
    groups = [v["name"] for v in demand["vpcs"] if not v.get("on_premises")]
    left, middle, right = st.columns(3)
    for key, (label, does) in SETS.items():
        given = groups if c.get(key) is True else [g for g in _normalize_words(c.get(key)) if g in groups]
        chosen = left.multiselect(
            label, groups, key=state.init_widget(f"bound-{key}", given), help=f"These {does}.", placeholder="none"
        )
        others = [g for g in _normalize_words(c.get(key)) if g not in groups]
        _set_or_remove(c, key, chosen + others)
    least = middle.number_input(
        "Zones an endpoint must have", 1, ZONES, key=state.init_widget("bound-min_zones", c.get("min_zones")),
        placeholder="all of its VPC's", help="Empty: as many as its VPC has.",
    )  # fmt: skip
    _set_or_remove(c, "min_zones", least)
    quotas = dict(c.get("quotas") or {})
    most = middle.number_input(
        "Endpoints a VPC may have", 0, 10_000, key=state.init_widget("bound-endpoints", quotas.get(ENDPOINTS)),
        placeholder="50, and AWS raises it", help="Empty: AWS's quota warns, since AWS raises it on request.",
    )  # fmt: skip
    _set_or_remove(quotas, ENDPOINTS, most)
    _set_or_remove(c, "quotas", quotas)
    if demand.get("today"):
        k = middle.number_input(
            "Changes from today, at most", 0, 1_000_000,
            key=state.init_widget("bound-max_changes", c.get("max_changes")),
            placeholder="any", help="Empty: as many as pay.",
        )  # fmt: skip
        _set_or_remove(c, "max_changes", k)
        fair = right.toggle(
            "No account pays more than today", key=state.init_widget("bound-fair", bool(c.get("no_account_pays_more")))
        )
        _set_or_remove(c, "no_account_pays_more", fair)
    names = list(dict.fromkeys(p.name for p in PATHS))
    everywhere = [f for f in c.get("forbid") or [] if isinstance(f, str) or set(f) == {"path"}]
    here = [f for f in c.get("forbid") or [] if f not in everywhere]
    banned = [f if isinstance(f, str) else f["path"] for f in everywhere]
    out = right.multiselect(
        "Paths not to use", names, key=state.init_widget("bound-forbid", banned), placeholder="none"
    )
    _set_or_remove(c, "forbid", [{"path": name} for name in out] + here)
    allow = [name for name in _normalize_words(c.get("allow")) if name != SHARED]
    shared = right.toggle(
        "Workloads may move into a shared VPC",
        key=state.init_widget("bound-shared", SHARED in _normalize_words(c.get("allow"))),
        help="A change of organization, so it is off unless you allow it.",
    )
    _set_or_remove(c, "allow", allow + [SHARED] * shared)
    demand.pop("constraints", None)
    return {**demand, "constraints": c} if c else demand


def _normalize_words(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []


def _set_or_remove(c: dict[str, Any], key: str, value: Any) -> None:
    if value is None or value is False or value in ([], {}):
        c.pop(key, None)
    else:
        c[key] = int(value) if isinstance(value, float) and value.is_integer() else value


def show_gb_table(demand: dict[str, Any]) -> dict[str, Any]:
    """Show the GB of every VPC group and service as one table, and lay what is typed over the flows.

    A changed cell keeps the proportion of GB sent and received; a new flow receives all of its GB; an empty cell is no
    flow.
    """
    s = st.session_state
    revision = s.get("revision", 0)
    if s.get("seed-pivot", (None,))[0] != revision:
        s["seed-pivot"] = (revision, demand["flows"])
    flows = s["seed-pivot"][1]
    groups = [v["name"] for v in demand["vpcs"]]
    services = list(dict.fromkeys(str(f["to"]) for f in flows))
    table = pd.DataFrame(index=pd.Index(groups, name="VPC group"), columns=services, dtype="float64")
    sums: dict[tuple[str, str], float] = {}
    for f in flows:
        key = (f["from"], str(f["to"]))
        sums[key] = sums.get(key, 0.0) + float(f.get("gb_sent", 0)) + float(f.get("gb_received", 0))
    for (group, service), gb in sums.items():
        table.loc[group, service] = gb
    config = {n: st.column_config.NumberColumn(n, min_value=0, format="localized") for n in services}
    edited = st.data_editor(table, key=f"pivot-{revision}", column_config=config, width="stretch")
    changed = {
        (g, n): edited.loc[g, n]
        for g in groups
        for n in services
        if not _is_same_gb(edited.loc[g, n], sums.get((g, n)))
    }
    if not changed:
        return demand
    out = []
    for f in flows:
        key = (f["from"], str(f["to"]))
        if key not in changed:
            out.append(f)
        elif not pd.isna(changed[key]):
            out.append(_scale_flow(f, float(changed[key]), sums[key]))
    known = {(f["from"], str(f["to"])) for f in flows}
    out += [
        {"from": g, "to": n, "gb_received": _round_gb(gb)}
        for (g, n), gb in changed.items()
        if (g, n) not in known and not pd.isna(gb)
    ]
    return {**demand, "flows": out}


def _is_same_gb(value: Any, gb: float | None) -> bool:
    return gb is None if pd.isna(value) else gb is not None and float(value) == gb


def _scale_flow(flow: dict[str, Any], gb: float, before: float) -> dict[str, Any]:
    """Return a flow of a pair with its part of the pair's new GB."""
    sent, received = float(flow.get("gb_sent", 0)), float(flow.get("gb_received", 0))
    if not before:
        return {**flow, "gb_received": _round_gb(gb)}
    return {**flow, "gb_sent": _round_gb(sent * gb / before), "gb_received": _round_gb(received * gb / before)}


def _round_gb(gb: float) -> int | float:
    return int(gb) if float(gb).is_integer() else round(float(gb), 9)
