"""One page for a manager, of what the session holds: shown, and as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from costmodel.core.errors import CostmodelError
from costmodel.management_report.readings import join_pages
from costmodel.reporting.html import render_page_html
from dashboard.session import answers, journey, links, plans, state
from dashboard.widgets import toolbar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.session.journey import Held
    from dashboard.widgets.toolbar import Shown

HIGH = 900  # pixels of the preview


def show_page() -> None:
    """Show what can go in, the files, and the page itself."""
    if links.get_link_parameter(plans.LINK):
        plans.start_estate_session()
    journey.show_demand_offer()
    wanted = _choose_contents({one.kind: one for one in journey.list_session_items()})
    if not wanted:
        st.info("Choose what the report is about.")
        return
    built = _build_answers(wanted)
    if not built:
        return
    whole = join_pages([one.page() for one in built])
    why = _set_report_link(wanted)
    toolbar.show_answer_bar(built[0]._replace(stem="report", page=lambda: whole, link=why))
    st.caption("The page as the file shows it; it loads nothing from other hosts.")
    st.iframe(render_page_html(whole), height=HIGH)


def _choose_contents(parts: Mapping[str, Held]) -> list[str]:
    """Let the user choose what the report contains, and return the kinds; own files are chosen first."""
    own = [kind for kind, one in parts.items() if not one.example] or ["Demand"]
    chosen = st.pills(
        "Contents",
        list(parts),
        selection_mode="multi",
        format_func=lambda kind: f"{kind}: {parts[kind].name}",
        default=None if "report_parts" in st.session_state else own,
        key=links.bind_widget("report_parts"),
    )
    return [kind for kind in parts if kind in (chosen or [])]


def _build_answers(kinds: Sequence[str]) -> list[Shown]:
    """Return the answers of some kinds; show an error for each one that has none."""
    built = []
    for kind in kinds:
        try:
            built.append(answers.build_answer(kind))
        except CostmodelError as error:
            state.show_error(error, f"{kind}:")
    return built


def _set_report_link(wanted: Sequence[str]) -> str:
    """Put what fits into the page's link, and return why the rest is not in it; empty where all of it is."""
    held = {
        "Network": plans.encode_estate() if "Network" in wanted else None,
        "Demand": None if st.session_state.get("long") else state.encode_demand(state.get_demand()),
    }
    links.set_link_parameters(d=held["Demand"], **{plans.LINK: held["Network"]})
    lost = [kind for kind in wanted if not held.get(kind)]
    return f"Not in the link, because it is too large or a file on this machine: {', '.join(lost)}." if lost else ""


show_page()
