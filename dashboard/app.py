"""The frame of the dashboard: pages, title and footer. Run it with `costmodel dashboard`."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import streamlit as st

# The folder becomes the package `dashboard` under its own path, in the checkout and inside the wheel alike. Its parent
# is not put on sys.path: in the wheel that is costmodel/ itself, whose modules would hide others of the same names.
HERE = Path(__file__).resolve().parent
if str(HERE) not in getattr(sys.modules.get("dashboard"), "__path__", ()):
    package = ModuleType("dashboard")
    package.__path__ = [str(HERE)]
    sys.modules["dashboard"] = package

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

    from costmodel.pricing.book import PriceBook

from dashboard.session import journey, links, plans, price_settings, resources, state


def _make_page(name: str, *, default: bool = False) -> StreamlitPage:
    return st.Page(HERE / "views" / f"{name}.py", title=name.title(), default=default)


PAGES = {
    "": [_make_page("start", default=True)],
    "Your network": [_make_page("estimate"), _make_page("bill"), _make_page("traffic")],
    "Alternatives": [_make_page("compare"), _make_page("optimize")],
    "Share": [_make_page("report")],
    "Reference": [_make_page("prices")],
}  # without icons: Streamlit would fetch a page's icon from a font server for the browser's tab
HEADERS = {
    "Start": "What does private networking on AWS cost?",
    "Report": "A report for management",
    "Prices": "The prices behind every answer",
}


def _describe_prices(book: PriceBook) -> str:
    own = sum(row.table == "user" for row in book.rows)
    fetched = f", {own:,} of them fetched by you" if own else ""
    return (f"prices under {state.escape_page_text(book.contract.name)}" if book.contract else "list prices") + fetched


def show_footer() -> None:
    """Say which prices are held and which assumptions are switched, under every page."""
    book, demand = (
        resources.get_price_book(),
        plans.get_estate_basis() if page.title == "Estimate" else state.get_demand(),
    )
    switched = demand.get("assumptions") or {}
    assumed = ", ".join(f"{name}={value}" for name, value in switched.items()) or "all defaults"
    st.divider()
    asked = f"Prices as of {demand['on']}. " if demand.get("on") else ""
    st.caption(
        f"{asked}The newest price was read on {book.newest}; each answer shows the dates of its prices. "
        f"{len(book.regions)} Regions, {_describe_prices(book)}, before tax. Assumptions: {assumed}. "
        "Everything is computed on this machine; no data leaves it."
    )


st.set_page_config(page_title="costmodel", layout="wide")
page = st.navigation(PAGES)
state.start_demand_session(resources.get_example_demand)
if page.title == "Start" and any(name in st.query_params for name in ("d", "region")):
    st.switch_page("views/compare.py", query_params=st.query_params.to_dict())  # where a demand is compared
state.track_shown_page(page.title)
links.read_page_link(page.title)
st.header(HEADERS.get(page.title, f"{page.title}: private networking on AWS"))
state.show_message()
page.run()
price_settings.show_pricing_sidebar()
journey.show_session_sidebar()
show_footer()
links.write_page_link()
