"""The way through a session: links to what it holds, the demand that it implies, and the next steps."""

from __future__ import annotations

import streamlit as st

from costmodel.core.errors import CostmodelError
from costmodel.demand.reading.load import read_demand
from dashboard.session import answers, state
from dashboard.session.items import Item, ItemKind, list_session_items


def show_session_sidebar() -> None:
    """Show what the session holds, a link each."""
    with st.sidebar:
        st.caption("In this session")
        for kind, name, example in list_session_items():
            mark = "Example, " if example and "example" not in name else ""
            title = kind.title.lower() if mark else kind.title
            st.page_link(kind.view, label=f"{mark}{title}: {state.escape_page_text(name)}", icon=kind.icon)


def show_demand_offer() -> None:
    """Where the demand is an example and the user has opened something else, offer the demand that this implies."""
    demand, *others = list_session_items()
    own = [item for item in others if not item.example and _can_imply_demand(item.kind)]
    if not demand.example or not own:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"This is the example **{state.escape_page_text(demand.name)}**. In this session there is also:")
        for item in own:
            st.button(
                f"What {item.name} must reach",
                key=f"offer-{item.kind.title}",
                on_click=_load_inferred_demand,
                args=(item,),
                icon=item.kind.icon,
            )


def _can_imply_demand(kind: ItemKind) -> bool:
    return type(kind).infer_demand is not ItemKind.infer_demand


def _load_inferred_demand(item: Item) -> None:
    try:
        demand = {"name": answers.get_file_stem(item.name), **(item.kind.infer_demand() or {})}
        read_demand(demand)
    except CostmodelError as error:
        state.set_message(f"{item.name}: {error.describe_for_page()}")
    else:
        state.set_demand(demand)


def show_next_steps(*steps: tuple[str, str, str]) -> None:
    """Show where an answer leads: (page, label, icon) each."""
    for column, (view, label, icon) in zip(st.columns(max(3, len(steps))), steps, strict=False):
        column.page_link(view, label=label, icon=icon)
