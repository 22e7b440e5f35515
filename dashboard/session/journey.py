"""What a session holds, and the way through it: what was loaded once is at hand on every page."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from costmodel.core.errors import CostmodelError, format_short_list
from costmodel.demand.reading.load import read_demand
from dashboard.session import answers, plans, state
from dashboard.session.bill_files import BILL
from dashboard.session.flow_files import FLOWS
from dashboard.session.sources import EXAMPLE, SourceRequest
from dashboard.widgets import gallery


class Held(NamedTuple):
    """Something the session holds: what kind, its name, the page it is looked at on, and whether it is an example."""

    kind: str
    name: str
    view: str
    icon: str
    example: bool


def list_session_items() -> list[Held]:
    """Return what the session holds."""
    demand = state.get_demand()
    name = str(demand.get("name") or "unnamed")
    out = [Held("Demand", name, "views/compare.py", ":material/hub:", name in gallery.list_example_demands().values())]
    plan = plans.find_plan()
    if plan is not None:
        file = plan.document.name
        out.append(Held("Network", file, "views/estimate.py", ":material/lan:", file == plans.EXAMPLE))
    for source, kind, view, icon in (
        (BILL, "Bill", "views/bill.py", ":material/receipt_long:"),
        (FLOWS, "Flow logs", "views/traffic.py", ":material/swap_calls:"),
    ):
        request = source.get_state().request
        if request is not None:
            out.append(Held(kind, _name_request(request), view, icon, request.way == EXAMPLE))
    return out


def _name_request(request: SourceRequest) -> str:
    """Return what the session calls a bill or flow logs."""
    if request.way == EXAMPLE:
        return "example"
    return format_short_list([name for name, _ in request.files] or [request.path], 2)


def show_session_sidebar() -> None:
    """Show what the session holds, a link each."""
    with st.sidebar:
        st.caption("In this session")
        for one in list_session_items():
            mark = "Example, " if one.example and "example" not in one.name else ""
            kind = one.kind.lower() if mark else one.kind
            st.page_link(one.view, label=f"{mark}{kind}: {state.escape_page_text(one.name)}", icon=one.icon)


def show_demand_offer() -> None:
    """Where the demand is an example and the reader has opened something else, offer the demand that stands for."""
    one, *others = list_session_items()
    own = [o for o in others if not o.example and o.kind in _STANDS]
    if not one.example or not own:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"This is the example **{state.escape_page_text(one.name)}**. In this session there is also:")
        for o in own:
            st.button(
                f"What {o.name} must reach",
                key=f"offer-{o.kind}",
                on_click=_load_inferred_demand,
                args=(o,),
                icon=o.icon,
            )


_STANDS = ("Network", "Flow logs")


def _load_inferred_demand(one: Held) -> None:
    try:
        demand = _infer_demand(one)
        read_demand(demand)
    except CostmodelError as error:
        state.set_message(f"{one.name}: {error.describe_for_page()}")
    else:
        state.set_demand(demand)


def _infer_demand(one: Held) -> dict[str, Any]:
    """Return the demand that a plan or flow logs stand for.

    Raises:
        CostmodelError: they stand for none; the message says why.
    """
    if one.kind == "Network":
        made, _ = plans.get_estate().build_demand_with_notes()
        return {
            "name": answers.get_file_stem(one.name),
            **made,
            **{k: v for k, v in plans.get_estate_basis().items() if v},
        }
    told = FLOWS.get_state().report
    if told is None or told.demand is None:
        message = told.demand_notes[0] if told is not None and told.demand_notes else "open the page Traffic first."
        raise CostmodelError(message)
    return {"name": answers.get_file_stem(one.name), **told.demand}


def show_next_steps(*steps: tuple[str, str, str]) -> None:
    """Show where an answer leads: (page, label, icon) each."""
    for column, (view, label, icon) in zip(st.columns(max(3, len(steps))), steps, strict=False):
        column.page_link(view, label=label, icon=icon)
