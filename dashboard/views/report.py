"""One page for a manager, of what the session holds: shown, and as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from costmodel.core.errors import CostmodelError
from costmodel.management_report.readings import join_pages
from costmodel.reporting.html import render_page_html
from dashboard.session import journey, links, plans, state
from dashboard.session.items import ITEM_KINDS, list_session_items
from dashboard.widgets import toolbar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.session.items import Item, ItemKind
    from dashboard.widgets.toolbar import Shown

HIGH = 900  # pixels of the preview


def show_page() -> None:
    """Show what can go in, the files, and the page itself."""
    if links.get_link_parameter(plans.LINK):
        plans.start_estate_session()
    journey.show_demand_offer()
    wanted = _choose_contents({item.kind.title: item for item in list_session_items()})
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


def _choose_contents(parts: Mapping[str, Item]) -> list[ItemKind]:
    """Let the user choose what the report contains, and return the kinds; own files are chosen first.

    Args:
        parts: title of a kind → what the session holds of it.
    """
    own = [title for title, item in parts.items() if not item.example] or list(parts)[:1]
    chosen = st.pills(
        "Contents",
        list(parts),
        selection_mode="multi",
        format_func=lambda title: f"{title}: {parts[title].name}",
        default=None if "report_parts" in st.session_state else own,
        key=links.bind_widget("report_parts"),
    )
    return [item.kind for title, item in parts.items() if title in (chosen or [])]


def _build_answers(kinds: Sequence[ItemKind]) -> list[Shown]:
    """Return the answers of some kinds; show an error for each one that has none."""
    built = []
    for kind in kinds:
        try:
            built.append(kind.build_answer())
        except CostmodelError as error:
            state.show_error(error, f"{kind.title}:")
    return built


def _set_report_link(wanted: Sequence[ItemKind]) -> str:
    """Put what fits into the page's link, and return why the rest is not in it; empty where all of it is."""
    kept = [*wanted, ITEM_KINDS[0]]  # the demand stays in the address, as on every page
    held = {kind: kind.encode_link() if kind in kept else None for kind in ITEM_KINDS}
    links.set_link_parameters(**{kind.parameter: value for kind, value in held.items() if kind.parameter})
    lost = [kind.title for kind in wanted if not held[kind]]
    return f"Not in the link, because it is too large or a file on this machine: {', '.join(lost)}." if lost else ""


show_page()
