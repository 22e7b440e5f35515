"""The first page: what you have, and the answer for the estate that is loaded."""

from __future__ import annotations

import streamlit as st

from costmodel.comparison.options import add_todays_option, price_architectures
from costmodel.core.errors import CostmodelError
from dashboard.session import answers, items, journey, links, opening, resources, state
from dashboard.widgets import comparison as comparing
from dashboard.widgets import gallery, layout, toolbar

HAVE = (
    ("An idea", "Sketch VPCs, services and GB, or start from an example.", "compare", "Sketch it", "draw"),
    (
        "Terraform, CloudFormation",
        "terraform plan -out tfplan, then terraform show -json tfplan > plan.json",
        "estimate",
        "Estimate it",
        "account_tree",
    ),
    ("A bill", "A Cost and Usage Report or a FOCUS export.", "bill", "Analyze it", "receipt_long"),
    ("Flow logs", "VPC or Transit Gateway Flow Logs.", "traffic", "See flows", "swap_calls"),
    (
        "A live account",
        "On the command line, costmodel account writes its files: open them above.",
        "prices",
        "Its prices",
        "cloud",
    ),
)
"""What a user may have: what it is, where it comes from, the page it leads to, the label of the link, and its icon."""


def show_uploader() -> None:
    """Take any file: its content tells what it is."""
    number = st.session_state[state.init_widget("start_uploader", 0)]
    files = st.file_uploader(
        "Open a file: a Terraform plan, a CloudFormation template, a demand or network file, a bill, flow logs",
        type=opening.KINDS,
        accept_multiple_files=True,
        key=f"any_file-{number}",
        help="costmodel recognizes files by their content. Several files of one bill, or of the same logs, "
        "count as one. "
        "Files stay on this machine.",
    )
    if files:
        st.session_state["start_uploader"] += 1  # an empty one, for when the reader comes back
        st.session_state["start_error"] = None
        page = opening.open_uploaded_files(files)
        if page is None:
            st.rerun()
        st.switch_page(page)
    if text := st.session_state.get("start_error"):
        st.error(state.escape_page_text(text), icon=":material/error:")


def show_starting_points() -> None:
    """Show what one may begin with, and where that leads."""
    st.subheader("What do you have?")
    for card, (what, how, view, label, icon) in zip(layout.create_cards(len(HAVE)), HAVE, strict=True):
        with card.container(border=True, height="stretch"):
            st.markdown(f"**{what}**")
            st.caption(how)
            st.page_link(f"views/{view}.py", label=label, icon=f":material/{icon}:")


def show_loaded_answer() -> None:
    """Show the answer for the estate that is loaded."""
    demand = state.get_demand()
    text = state.encode_demand(demand)
    same = demand == state.to_plain_types(resources.get_example_demand()) or len(text) > links.LONGEST
    links.set_link_parameters(**{state.ON_START: None if same else text})
    first = items.list_session_items()[0]
    kind = "An example" if first.example else "Your estate"
    st.subheader(f"{kind}: {state.escape_page_text(first.name)}")
    try:
        understood, note = state.parse_demand(demand)
        comparison, today = add_todays_option(
            price_architectures(understood, resources.get_price_book()), resources.get_price_book()
        )
    except CostmodelError as error:
        state.show_error(error)
        return
    comparing.show_comparison_headline(comparison, today, note)
    toolbar.show_answer_bar(answers.build_comparison_answer(comparison, today))
    comparing.show_cost_bars(comparison)
    journey.show_next_steps(
        ("views/compare.py", "Compare in depth", ":material/compare_arrows:"),
        ("views/optimize.py", "Find the cheapest plan", ":material/bolt:"),
        ("views/report.py", "A report for management", ":material/description:"),
    )


def show_gallery() -> None:
    """Show the gallery."""
    st.subheader("Or start from an example")
    found = list(gallery.load_gallery_estates().values())
    for card, estate in zip(layout.create_cards(len(found), 3), found, strict=True):
        with card.container(border=True, height="stretch"):
            st.markdown(f"**{estate.title}**")
            st.markdown(estate.question)
            st.caption(estate.about)
            label = "Estimate it" if estate.network else "Compare it"
            if st.button(label, key=f"gallery-{estate.stem}", icon=":material/folder_open:"):
                st.switch_page(gallery.open_gallery_estate(estate.stem))


def show_page() -> None:
    """Show the page: what one has, the answer for what is loaded, and what else one may look at."""
    show_uploader()
    show_starting_points()
    show_loaded_answer()
    show_gallery()


show_page()
