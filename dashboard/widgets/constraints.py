"""The widgets of the Optimize page that bound a plan: constraints, and the table of GB by VPC group and service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from costmodel.architectures.build import PATHS
from costmodel.demand.constraints.registry import CONSTRAINTS
from dashboard.session import state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamlit.delta_generator import DeltaGenerator

    from costmodel.demand.constraints.base import Constraint, Widget

    AnyConstraint = Constraint[Any]

COLUMNS = 3


def show_constraints(demand: dict[str, Any]) -> dict[str, Any]:
    """Show the widgets of all constraints, and return the demand with their values; what no widget shows stays.

    Args:
        demand: the mapping of a demand file.
    """
    constraints = dict(demand.get("constraints") or {})
    columns = st.columns(COLUMNS)
    for constraint in CONSTRAINTS:
        widget = constraint.widget
        if widget is None or (constraint.needs_today and not demand.get("today")):
            continue
        show = _SHOW[widget.kind]
        value = show(columns[widget.column], constraint, widget, constraints.get(constraint.key), demand)
        _set_or_remove(constraints, constraint.key, value)
    demand.pop("constraints", None)
    return {**demand, "constraints": constraints} if constraints else demand


def _name_widget(constraint: AnyConstraint, widget: Widget, value: object) -> str:
    """Return the key of a widget in the session, where its first value is kept."""
    return state.init_widget(f"bound-{widget.name or constraint.key}", value)


def _show_vpc_groups(
    column: DeltaGenerator, constraint: AnyConstraint, widget: Widget, value: Any, demand: Mapping[str, Any]
) -> list[str]:
    """Choose VPC groups; names that are not groups of VPCs stay."""
    groups = [v["name"] for v in demand["vpcs"] if not v.get("on_premises")]
    names = groups if value is True else _normalize_words(value)
    chosen = column.multiselect(
        widget.label,
        groups,
        key=_name_widget(constraint, widget, [name for name in names if name in groups]),
        help=widget.help,
        placeholder=widget.placeholder,
    )
    return chosen + [name for name in names if name not in groups]


def _show_number(
    column: DeltaGenerator, constraint: AnyConstraint, widget: Widget, value: Any, demand: Mapping[str, Any]
) -> Any:
    """Enter a whole number, for the whole value or for one entry of it."""
    del demand
    entries = dict(value or {}) if widget.item else {}
    number = column.number_input(
        widget.label,
        widget.low,
        widget.high,
        key=_name_widget(constraint, widget, entries.get(widget.item) if widget.item else value),
        placeholder=widget.placeholder,
        help=widget.help,
    )
    if not widget.item:
        return number
    _set_or_remove(entries, widget.item, number)
    return entries


def _show_paths(
    column: DeltaGenerator, constraint: AnyConstraint, widget: Widget, value: Any, demand: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Choose paths; entries that name a VPC or a service as well stay."""
    del demand
    entries = [{"path": entry} if isinstance(entry, str) else entry for entry in value or []]
    everywhere = [entry["path"] for entry in entries if set(entry) == {"path"}]
    chosen = column.multiselect(
        widget.label,
        list(dict.fromkeys(path.name for path in PATHS)),
        key=_name_widget(constraint, widget, everywhere),
        help=widget.help,
        placeholder=widget.placeholder,
    )
    return [{"path": name} for name in chosen] + [entry for entry in entries if set(entry) != {"path"}]


def _show_toggle(
    column: DeltaGenerator, constraint: AnyConstraint, widget: Widget, value: Any, demand: Mapping[str, Any]
) -> Any:
    """Switch the whole value, or one entry of its list, on or off."""
    del demand
    words = _normalize_words(value)
    is_on = widget.item in words if widget.item else bool(value)
    switched_on = column.toggle(widget.label, key=_name_widget(constraint, widget, is_on), help=widget.help)
    if not widget.item:
        return switched_on
    others = [word for word in words if word != widget.item]
    return [*others, widget.item] if switched_on else others


_SHOW: dict[str, Callable[..., Any]] = {
    "vpcs": _show_vpc_groups,
    "number": _show_number,
    "paths": _show_paths,
    "toggle": _show_toggle,
}
"""What shows a widget, by its kind."""


def _normalize_words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return list(value) if isinstance(value, list) else []


def _set_or_remove(values: dict[str, Any], key: str, value: Any) -> None:
    """Set a key, or remove it where the value means nothing; a whole float becomes an int."""
    if value is None or value is False or value in ([], {}):
        values.pop(key, None)
    elif isinstance(value, float) and value.is_integer():
        values[key] = int(value)
    else:
        values[key] = value


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
    sums = _sum_flow_gb(flows)
    table = pd.DataFrame(index=pd.Index(groups, name="VPC group"), columns=services, dtype="float64")
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
    return {**demand, "flows": _set_flow_gb(flows, sums, changed)} if changed else demand


def _get_flow_ends(flow: Mapping[str, Any]) -> tuple[str, str]:
    """Return a flow's VPC group and service."""
    return flow["from"], str(flow["to"])


def _sum_flow_gb(flows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Return the GB a month, sent and received, of each VPC group and service."""
    sums: dict[tuple[str, str], float] = {}
    for flow in flows:
        ends = _get_flow_ends(flow)
        sums[ends] = sums.get(ends, 0.0) + float(flow.get("gb_sent", 0)) + float(flow.get("gb_received", 0))
    return sums


def _set_flow_gb(
    flows: Sequence[dict[str, Any]], sums: Mapping[tuple[str, str], float], changed: Mapping[tuple[str, str], float]
) -> list[dict[str, Any]]:
    """Return the flows with the GB of the changed cells.

    Args:
        flows: as they are.
        sums: (VPC group, service) → their GB a month.
        changed: (VPC group, service) → the new GB a month; not a number where the flow is to go.
    """
    out = []
    for flow in flows:
        ends = _get_flow_ends(flow)
        if ends not in changed:
            out.append(flow)
        elif not pd.isna(changed[ends]):
            out.append(_scale_flow(flow, float(changed[ends]), sums[ends]))
    known = {_get_flow_ends(flow) for flow in flows}
    out += [
        {"from": group, "to": service, "gb_received": _round_gb(gb)}
        for (group, service), gb in changed.items()
        if (group, service) not in known and not pd.isna(gb)
    ]
    return out


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
