"""The widgets that make a demand: each starts from the session's demand and lays its value over it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
import yaml

from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.documents.document import decode_text, parse_document
from dashboard.session import resources, state
from dashboard.widgets import gallery

KEPT = ("services", "kept", "existing", "today", "constraints", "payer")
VPC = {"name": str, "count": int, "zones": int, "region": str, "hub": bool, "on_premises": bool}
FLOW = {"from": str, "to": str, "gb_sent": float, "gb_received": float, "requests_per_hour": float}
MOST = 2_000  # VPCs of a group that are typed; a file may have more
STANDARD: dict[str, Any] = {"count": 1, "zones": 3, "gb_sent": 0, "gb_received": 0, "requests_per_hour": 0}
DTYPES = {str: "object", int: "Int64", float: "float64", bool: "bool"}


# ---------------------------------------------------------------- sidebar
def show_demand_sidebar(demand: dict[str, Any]) -> dict[str, Any]:
    """Show examples, files, Region, date, hours and assumptions; return the demand they make."""
    with st.sidebar:
        box = st.popover("Examples", icon=":material/folder_open:", width="stretch", key="examples", on_change="rerun")
        if box.open:
            for way, title in gallery.list_example_demands().items():
                box.button(title, key=way, on_click=gallery.open_example_demand, args=(way,), width="stretch")
        st.file_uploader(
            "Open a demand file",
            type=["yaml", "yml", "json"],
            key="file",
            on_change=_handle_upload,
            help="YAML or JSON",
        )
        regions = dict(resources.list_region_labels())
        regions.setdefault(demand["region"], demand["region"])
        key = state.init_widget("region", demand["region"])
        demand["region"] = st.selectbox("Region", list(regions), format_func=regions.__getitem__, key=key)
        show_basis_inputs(demand)
    return demand


def show_basis_inputs(of: dict[str, Any], prefix: str = "") -> None:
    """Show the price date and the assumptions, and lay them over what they are of; ``prefix`` tells pages apart."""
    _show_date_input(of, prefix)
    box = st.expander("Assumptions", icon=":material/tune:", key=f"{prefix}assumptions", on_change="rerun")
    if box.open:
        with box:
            _show_assumption_inputs(of, prefix)


def _show_date_input(demand: dict[str, Any], prefix: str) -> None:
    newest, oldest = resources.get_price_book().newest, resources.find_oldest_price_date()
    written = demand.get("on")
    given = date.fromisoformat(str(written)) if written else None
    on = st.date_input(
        "Prices as of",
        key=state.init_widget(f"{prefix}on", given),
        min_value=min(oldest, given or oldest),
        max_value=max(newest, given or newest),
        format="YYYY-MM-DD",
        help=f"If empty, the newest prices ({newest}) are used. The oldest are of {oldest}.",
    )
    demand.pop("on", None)
    if isinstance(on, date):
        demand["on"] = on.isoformat()


def _show_assumption_inputs(demand: dict[str, Any], prefix: str) -> None:
    switched = dict(demand.get("assumptions") or {})
    for name, known in ASSUMPTIONS.items():
        others = " ".join(f"**{value}**: {meaning}." for value, meaning in known.meanings.items())
        chosen = st.selectbox(
            name,
            list(known.meanings),
            key=state.init_widget(f"{prefix}assume-{name}", str(switched.get(name, known.default))),
            help=f"{known.why} {others} Default: {known.default}.",
        )
        st.caption(known.explain_value(chosen))
        if chosen == known.default:
            switched.pop(name, None)
        else:
            switched[name] = chosen
    demand.pop("assumptions", None)
    if switched:
        demand["assumptions"] = switched


def _handle_upload() -> None:
    """Load the file that was put into the uploader; if it is wrong, say so and keep the demand there is."""
    file = st.session_state.get("file")
    if file is None:
        return

    def make() -> dict[str, Any]:
        text = decode_text(file.getvalue(), file.name)
        document = parse_document(text, file.name)
        state.validate_demand_document(document)
        return dict(document.value)

    state.try_open_demand(make, "", None)


# ---------------------------------------------------------------- tables
def show_demand_expander(demand: dict[str, Any]) -> dict[str, Any]:
    """Show the tables where the reader has opened them, and return the demand; what is closed costs no time."""
    s = st.session_state
    box = st.expander("The demand", icon=":material/edit:", key="demand-tables", on_change="rerun")
    if box.open and not s.get("tables_shown"):
        s["revision"] = s.get("revision", 0) + 1  # they begin from the demand as it is now
        for key in [k for k in ("services",) if k in s]:
            del s[key]
    s["tables_shown"] = bool(box.open)
    if not box.open:
        return demand
    with box:
        return show_demand_tables(demand)


def show_demand_tables(demand: dict[str, Any]) -> dict[str, Any]:
    """Show the tables of VPCs and flows; return the demand they make."""
    s = st.session_state
    st.caption(
        "A VPC group is a number of identical VPCs. GB are for one VPC, per month. Add rows at the end of a table."
    )
    before = s.get("vpc_names")
    vpcs, names = _show_row_editor("vpcs", s["revision"], demand["vpcs"], VPC, _build_vpc_columns())
    demand["vpcs"] = vpcs
    if before is None or before[0] != s["revision"]:
        before = (s["revision"], names)
    if len(set(names.values())) == len(names):  # two of one name are a mistake on the way: flows wait for its end
        if before[1] != names:
            demand = _update_flows(demand, before[1], names)
            s["flow_revision"] = s.get("flow_revision", 0) + 1
        before = (s["revision"], names)
    s["vpc_names"] = before
    services = st.container()
    number = f"{s['revision']}-{s.get('flow_revision', 0)}"
    seeds = _get_seed_rows("flows", number, demand["flows"])
    known = _list_destinations(demand, seeds)
    sources = list(dict.fromkeys([*before[1].values(), *(f["from"] for f in seeds)]))
    demand["flows"], _ = _show_row_editor("flows", number, demand["flows"], FLOW, _build_flow_columns(sources, known))
    with services:
        s["services"] = list(dict.fromkeys(f["to"] for f in demand["flows"]))
        st.multiselect(
            "Services and bundles",
            list(known),
            format_func=lambda name: known.get(name, name),
            key="services",
            on_change=_apply_service_choice,
            help="Every VPC group gets a flow to what you add, of 0 GB: fill in the GB below.",
            filter_mode="contains",
            select_all=False,
        )
    if kept := {k: demand[k] for k in KEPT if demand.get(k)}:
        with st.expander(f"Kept as in the file: {', '.join(kept)}"):
            st.code(yaml.safe_dump(state.to_plain_types(kept), sort_keys=False, allow_unicode=True), language="yaml")
    return demand


def _show_row_editor(
    name: str, revision: object, rows: list[dict[str, Any]], fields: dict[str, type], columns: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Show rows as an editable table; return them as edited, and each row's first field by a name of the row."""
    key, seeds = f"{name}-{revision}", _get_seed_rows(name, revision, rows)
    frame = pd.DataFrame(
        {f: pd.Series([r.get(f, STANDARD.get(f)) for r in seeds], dtype=object) for f in fields}
    ).astype({f: DTYPES[t] for f, t in fields.items()})
    frame["row"] = pd.Series(range(len(seeds)), dtype="Int64")
    edited = st.data_editor(
        frame, key=key, num_rows="dynamic", hide_index=True, column_config={**columns, "row": None}, width="stretch"
    )
    out, names, added = [], {}, 0
    records: list[Any] = edited.to_dict("records")
    for record in records:
        old = {} if pd.isna(record["row"]) else seeds[int(record["row"])]
        row = {**old, **_parse_record(record, fields, old)}
        if not all(row.get(f) for f in ("name", "from", "to") if f in fields):
            continue
        out.append({f: v for f, v in row.items() if v is not None})
        added += not old
        names[str(int(record["row"])) if old else f"new {added}"] = str(row[next(iter(fields))])
    return out, names


def _get_seed_rows(name: str, revision: object, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows a table began with. It keeps its edits by itself, as long as nothing it was made of changes."""
    s = st.session_state
    if s.get(f"seed-{name}", (None, []))[0] != revision:
        s[f"seed-{name}"] = (revision, rows)
    return list(s[f"seed-{name}"][1])


def _parse_record(record: dict[str, Any], fields: dict[str, type], old: dict[str, Any]) -> dict[str, Any]:
    """Return a row's fields; None where it is empty, or a default that was not written before."""
    out: dict[str, Any] = {}
    for field, kind in fields.items():
        value = record[field]
        empty = value is None or value is pd.NA or value != value or value == ""  # noqa: PLR0124 - NaN
        value = None if empty else kind(value)
        if field not in old and (value is False or value == STANDARD.get(field, "")):
            value = None
        out[field] = int(value) if isinstance(value, float) and value.is_integer() else value
    return out


def _build_vpc_columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "name": column.TextColumn("VPC group", required=True),
        "count": column.NumberColumn("VPCs", min_value=0, max_value=MOST, step=1, default=1, help=f"0 to {MOST:,}"),
        "zones": column.NumberColumn("Zones", min_value=1, max_value=6, step=1, default=3, help="1 to 6"),
        "region": column.SelectboxColumn("Other Region", options=list(resources.list_region_labels())),
        "hub": column.CheckboxColumn("Hub", default=False, help="can contain endpoints for the others"),
        "on_premises": column.CheckboxColumn("On premises", default=False, help="a site, not a VPC"),
    }


def _build_flow_columns(sources: list[str], known: dict[str, str]) -> dict[str, Any]:
    column = st.column_config
    return {
        "from": column.SelectboxColumn("From", options=sources, required=True),
        "to": column.SelectboxColumn("To", options=list(known), required=True, width="medium"),
        "gb_sent": column.NumberColumn("GB sent", min_value=0, default=0, format="localized"),
        "gb_received": column.NumberColumn("GB received", min_value=0, default=0, format="localized"),
        "requests_per_hour": column.NumberColumn(
            "Requests an hour", min_value=0, default=0, format="localized", help="only for VPC Lattice"
        ),
    }


def _list_destinations(demand: dict[str, Any], seeds: list[dict[str, Any]]) -> dict[str, str]:
    """Return what a flow may go to, and what people call it: own services first; another word only where it is used.

    The list is the same as long as a table stands: one that changes would make the table begin anew.
    """
    titles = resources.list_destination_titles()
    own = {
        str(s["name"]): f"{s['name']} (your own)" for s in demand.get("services") or [] if s.get("kind") or "vpc" in s
    }
    used = {
        str(f["to"]): f"{f['to']} · {resources.list_service_aliases().get(f['to'], f['to'])}"
        for f in seeds
        if f["to"] not in titles
    }
    return own | {n: t for n, t in used.items() if n not in own} | {n: f"{n} · {t}" for n, t in titles.items()}


# ---------------------------------------------------------------- what an edit entails
def _update_flows(demand: dict[str, Any], before: dict[str, str], now: dict[str, str]) -> dict[str, Any]:
    """Let flows follow their VPCs: renamed, taken out, or new with the first VPC's services at 0 GB."""
    changed = {old: now[row] for row, old in before.items() if row in now and now[row] != old}
    demand = state.rename_vpcs(demand, changed)
    demand = state.remove_vpcs(demand, set(before.values()) - set(now.values()) - set(changed))
    flows = demand["flows"]
    first = next(iter(before.values()), None)
    for name in (name for row, name in now.items() if row not in before):
        flows += [{"from": name, "to": f["to"]} for f in flows if f["from"] == changed.get(str(first), first)]
    return {**demand, "flows": flows}


def _apply_service_choice() -> None:
    """Take out the flows to services that were taken out, and give every VPC group a flow to those added."""
    s = st.session_state
    demand, wanted = s["demand"], s["services"]
    flows = [f for f in demand["flows"] if f["to"] in wanted]
    has = {f["to"] for f in flows}
    clients = [v["name"] for v in demand["vpcs"] if not v.get("hub") and not v.get("on_premises")]
    flows += [{"from": name, "to": service} for service in wanted if service not in has for name in clients]
    s["demand"] = {**demand, "flows": flows}
    s["flow_revision"] = s.get("flow_revision", 0) + 1
