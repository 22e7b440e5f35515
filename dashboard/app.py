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
    from costmodel.prices import PriceBook

from dashboard import plans, pricing, resources, state

PAGES = [
    st.Page(HERE / "views" / "compare.py", title="Compare", default=True),
    st.Page(HERE / "views" / "optimize.py", title="Optimize"),
    st.Page(HERE / "views" / "estimate.py", title="Estimate"),
    st.Page(HERE / "views" / "bill.py", title="Bill"),
    st.Page(HERE / "views" / "traffic.py", title="Traffic"),
    st.Page(HERE / "views" / "prices.py", title="Prices"),
]  # without icons: Streamlit would fetch a page's icon from a font server for the browser's tab


def _whose(book: PriceBook) -> str:
    own = sum(row.table == "user" for row in book.rows)
    fetched = f", {own:,} of them fetched by you" if own else ""
    return (f"prices under {state.escaped(book.contract.name)}" if book.contract else "list prices") + fetched


def footer() -> None:
    """Say which prices are held and which assumptions are switched, under every page."""
    book, demand = resources.book(), plans.basis() if page.title == "Estimate" else state.current()
    switched = demand.get("assumptions") or {}
    assumed = ", ".join(f"{name}={value}" for name, value in switched.items()) or "all at their defaults"
    st.divider()
    st.caption(
        f"Prices of {demand.get('on') or book.newest} (the newest held: {book.newest}), "
        f"{len(book.regions)} Regions, {_whose(book)}, without tax. Assumptions: {assumed}. "
        "Everything is computed on this machine; nothing is sent anywhere."
    )


st.set_page_config(page_title="costmodel", layout="wide")
page = st.navigation(PAGES)
state.start(resources.example)
state.turned_to(page.title)
st.header(f"{page.title}: private networking on AWS")
state.show_message()
page.run()
pricing.sidebar()
footer()
