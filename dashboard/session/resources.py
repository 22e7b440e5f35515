"""What is read once and shared by every session: the only cached functions."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.aws import METERS
from costmodel.aws.catalogue import Catalogue, load_catalogue
from costmodel.comparison.breakeven import breakeven as _breakeven
from costmodel.comparison.growth import growing as _growing
from costmodel.comparison.phase import phase as _phase
from costmodel.comparison.quantities import quantity_of, whole_range
from costmodel.comparison.uncertainty import Range
from costmodel.comparison.uncertainty import uncertainty as _uncertainty
from costmodel.documents.document import Document, parse, read_document
from costmodel.pricing.book import first_day
from costmodel.pricing.reading.price_tables import current, load_prices
from costmodel.pricing.reading.regions import zone_regions
from costmodel.tabular.data_files import folder, table

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from costmodel.comparison.breakeven import Breakeven
    from costmodel.comparison.growth import Growth
    from costmodel.comparison.phase import Phase
    from costmodel.comparison.uncertainty import Uncertainty
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

FIRST = "estate"
Prices = tuple[str, tuple[str, str] | None]
"""The edition of the user's tables, and a contract's name and text."""


def book() -> PriceBook:
    """Return the prices held, under the session's contract if it has one."""
    return _book(*prices_key())


def prices_key() -> Prices:
    """Return what prices depend on: the edition of the user's tables, and the session's contract."""
    edition = current()
    return str(edition or ""), st.session_state.get("contract")


@st.cache_resource(show_spinner=False, max_entries=16)
def _book(edition: str, contract: tuple[str, str] | None) -> PriceBook:  # noqa: ARG001 - part of the key
    book = load_prices(contract=None if contract is None else _named(*contract))
    gc.collect()
    gc.freeze()  # Streamlit looks for garbage after every run: not in what stays for good
    return book


def _named(name: str, text: str) -> dict[str, Any]:
    """Return a contract's mapping; one without a name has its file's."""
    return {"name": name, **parse(text, name).value}


@st.cache_resource(show_spinner=False)
def grid() -> dict[str, tuple[int, int]]:
    """Return column and row of each Region on a grid like a map."""
    return {r["location"]: (int(r["column"]), int(r["row"])) for r in table("catalogue", "region_grid.csv")}


@st.cache_resource(show_spinner=False)
def catalogue() -> Catalogue:
    """Return the services, bundles, rules and quotas."""
    return load_catalogue()


@st.cache_resource(show_spinner=False)
def examples() -> dict[str, Document]:
    """Return the examples that ship with the package, by file name; the one loaded at the start is first."""
    files = sorted((folder("data") / "examples").glob("*.yaml"), key=lambda f: (f.stem != FIRST, f.stem))
    return {f.stem: read_document(f) for f in files}


@st.cache_resource(show_spinner=False)
def codes() -> dict[str, str]:
    """Return how the ids of each Region's zones begin: use1 of the first."""
    return {region: code for code, region in zone_regions().items()}


def regions() -> dict[str, str]:
    """Return every Region and what a list calls it, saying where no price is held."""
    held = set(book().regions)
    return {
        place.location: f"{place.location} · {place.name}" + ("" if place.location in held else " (no prices held)")
        for place in book().locations.values()
        if place.type == "region"
    }


def oldest() -> date:
    """Return the oldest day of which a price is held."""
    return _oldest(str(current() or ""))


@st.cache_resource(show_spinner=False)
def _oldest(edition: str) -> date:
    return min(first_day(row.effective_from) for row in _book(edition, None).rows if row.effective_from)


@st.cache_resource(show_spinner=False)
def titles() -> dict[str, str]:
    """Return every service and bundle that a flow may go to, and what people call it."""
    found = catalogue()
    out = {f"bundle:{name}": f"Bundle {name}" for name in found.bundles}
    return out | {service.name: service.title for service in found.services.values()}


@st.cache_resource(show_spinner=False)
def words() -> dict[str, str]:
    """Return other words for services, and what people call those."""
    found = catalogue()
    return {word: found.services[name].title for word, name in found.aliases.items()}


@st.cache_resource(show_spinner=False)
def example_plan() -> str:
    """Return the text of the Terraform plan that ships with the package."""
    return (folder("data") / "examples" / "plan.json").read_text(encoding="utf-8")


@st.cache_resource(show_spinner=False)
def meters() -> dict[str, str]:
    """Return every meter that has a charge rule, and what a bill calls it."""
    return {name: meter.title for name, meter in METERS.items()}


def example_bill() -> Path:
    """Return where the bill lies that ships with the package."""
    return folder("data") / "examples" / "bill.csv.gz"


def example_flows() -> Path:
    """Return where the flow logs lie that ship with the package."""
    return folder("data") / "examples" / "flows.log.gz"


def example(name: str = FIRST) -> dict[str, Any]:
    """Return an example as a demand file's mapping."""
    return dict(examples()[name].value)


def breakeven(link: str, vary: str) -> Breakeven:
    """Return where the cheapest changes as a quantity of a demand (as text of a link) varies."""
    return _cached_breakeven(link, vary, prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _cached_breakeven(link: str, vary: str, prices: Prices) -> Breakeven:
    return _breakeven(_demand(link), _book(*prices), vary=vary)


def phase(link: str, x: str, y: str) -> Phase:
    """Return the cheapest over two quantities: over the GB in which it changes, and the usual range of the other."""
    return _cached_phase(link, x, y, prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _cached_phase(link: str, x: str, y: str, prices: Prices) -> Phase:
    d, held = _demand(link), _book(*prices)
    one = _breakeven(d, held, vary=x)
    last = min([one.intervals[-1]["to"], *(3 * float(c["at"]) for c in one.crossings[-1:])])
    first, most = whole_range(d, quantity_of(d, y))
    ys = sorted({round(first + (most - first) * i / 11) for i in range(12)})
    return _phase(d, held, x=x, xs=[last * i / 40 for i in range(41)], y=y, ys=ys)


def uncertainty(link: str, low: float, high: float, shape: str) -> Uncertainty:
    """Return what a demand costs where the GB of each service are known within a range only."""
    return _cached_uncertainty(link, low, high, shape, prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _cached_uncertainty(link: str, low: float, high: float, shape: str, prices: Prices) -> Uncertainty:
    return _uncertainty(_demand(link), _book(*prices), Range(low, high, shape))


def growing(link: str, monthly: float, months: int) -> Growth:
    """Return what a demand costs month by month as all its GB grow."""
    return _cached_growth(link, monthly, months, prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _cached_growth(link: str, monthly: float, months: int, prices: Prices) -> Growth:
    return _growing(_demand(link), _book(*prices), monthly, months)


def _demand(link: str) -> Demand:
    from dashboard.session import state

    return state.understood(state.decode(link))[0]
