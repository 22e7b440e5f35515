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
    from costmodel.reporting.html import Page

HIGH = 900  # pixels of the preview


def show_page() -> None:
    """Show what can go in, the files, and the page itself."""
    if links.get_link_parameter(plans.LINK):
        plans.start_estate_session()
    journey.show_demand_offer()
    parts = {one.kind: one for one in journey.list_session_items()}
    own = [kind for kind, one in parts.items() if not one.example] or ["Demand"]
    chosen = st.pills(
        "Contents",
        list(parts),
        selection_mode="multi",
        format_func=lambda kind: f"{kind}: {parts[kind].name}",
        default=None if "report_parts" in st.session_state else own,
        key=links.bind_widget("report_parts"),
    )
    wanted = [kind for kind in parts if kind in (chosen or [])]
    if not wanted:
        st.info("Choose what the report is about.")
        return
    pages: list[Page] = []
    shown = None
    for kind in wanted:
        try:
            of = answers.build_answer(kind)
        except CostmodelError as error:
            st.error(state.escape_page_text(f"{kind}: {error}"), icon=":material/error:")
            continue
        pages.append(of.page())
        shown = shown or of
    if not pages or shown is None:
        return
    whole = join_pages(pages)
    held = {
        "Network": plans.encode_estate() if "Network" in wanted else None,
        "Demand": None if st.session_state.get("long") else state.encode_demand(state.get_demand()),
    }
    links.set_link_parameters(d=held["Demand"], **{plans.LINK: held["Network"]})
    lost = [kind for kind in wanted if not held.get(kind)]
    why = f"Not in the link, because it is too large or a file on this machine: {', '.join(lost)}." if lost else ""
    toolbar.show_answer_bar(shown._replace(stem="report", page=lambda: whole, link=why))
    st.caption("The page as the file shows it; it loads nothing from other hosts.")
    st.iframe(render_page_html(whole), height=HIGH)


show_page()
