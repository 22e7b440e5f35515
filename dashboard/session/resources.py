"""What is read once and shared by every session: the only cached functions."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.aws import METERS
from costmodel.aws.catalogue import Catalogue, load_catalogue
from costmodel.comparison.breakeven import breakeven as _breakeven
from costmodel.comparison.growth import evaluate_growth as _growing
from costmodel.comparison.phase import compute_phase_diagram as _phase
from costmodel.comparison.quantity import WholeQuantity
from costmodel.comparison.uncertainty import Range
from costmodel.comparison.uncertainty import evaluate_uncertainty as _uncertainty
from costmodel.comparison.varied_quantity import parse_varied_quantity
from costmodel.core.errors import InputError
from costmodel.documents.document import Document, parse_document, read_document
from costmodel.pricing.reading.price_tables import find_user_tables, load_prices
from costmodel.pricing.reading.regions import map_zone_prefixes
from costmodel.pricing.rows import parse_first_day
from costmodel.tabular.data_files import locate_package_folder, read_data_table

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from costmodel.comparison.breakeven_answer import Breakeven
    from costmodel.comparison.growth import Growth
    from costmodel.comparison.phase import Phase
    from costmodel.comparison.uncertainty import Uncertainty
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

FIRST = "estate"
Prices = tuple[str, tuple[str, str] | None]
"""The edition of the user's tables, and a contract's name and text."""


def get_price_book() -> PriceBook:
    """Return the prices held, under the session's contract if it has one."""
    return _load_price_book(*make_prices_key())


def make_prices_key() -> Prices:
    """Return what prices depend on: the edition of the user's tables, and the session's contract."""
    edition = find_user_tables()
    return str(edition or ""), st.session_state.get("contract")


@st.cache_resource(show_spinner=False, max_entries=16)
def _load_price_book(edition: str, contract: tuple[str, str] | None) -> PriceBook:  # noqa: ARG001 - part of the key
    book = load_prices(contract=None if contract is None else _parse_contract(*contract))
    gc.collect()
    gc.freeze()  # Streamlit looks for garbage after every run: not in what stays for good
    return book


def _parse_contract(name: str, text: str) -> dict[str, Any]:
    """Return a contract's mapping; one without a name has its file's."""
    return {"name": name, **parse_document(text, name).value}


@st.cache_resource(show_spinner=False)
def load_region_grid() -> dict[str, tuple[int, int]]:
    """Return column and row of each Region on a grid like a map."""
    return {r["location"]: (int(r["column"]), int(r["row"])) for r in read_data_table("catalogue", "region_grid.csv")}


@st.cache_resource(show_spinner=False)
def get_catalogue() -> Catalogue:
    """Return the services, bundles, rules and quotas."""
    return load_catalogue()


@st.cache_resource(show_spinner=False)
def load_example_demands() -> dict[str, Document]:
    """Return the examples that ship with the package, by file name; the one loaded at the start is first."""
    files = sorted((locate_package_folder("data") / "examples").glob("*.yaml"), key=lambda f: (f.stem != FIRST, f.stem))
    return {f.stem: read_document(f) for f in files}


@st.cache_resource(show_spinner=False)
def list_zone_codes() -> dict[str, str]:
    """Return how the ids of each Region's zones begin: use1 of the first."""
    return {region: code for code, region in map_zone_prefixes().items()}


def list_region_labels() -> dict[str, str]:
    """Return every Region and what a list calls it, saying where no price is held."""
    held = set(get_price_book().regions)
    return {
        place.location: f"{place.location} · {place.name}" + ("" if place.location in held else " (no prices)")
        for place in get_price_book().locations.values()
        if place.type == "region"
    }


def find_oldest_price_date() -> date:
    """Return the oldest day of which a price is held."""
    return _find_oldest_price_date(str(find_user_tables() or ""))


@st.cache_resource(show_spinner=False)
def _find_oldest_price_date(edition: str) -> date:
    return min(
        parse_first_day(row.effective_from) for row in _load_price_book(edition, None).rows if row.effective_from
    )


@st.cache_resource(show_spinner=False)
def list_destination_titles() -> dict[str, str]:
    """Return every service and bundle that a flow may go to, and what people call it."""
    found = get_catalogue()
    out = {f"bundle:{name}": f"Bundle {name}" for name in found.bundles}
    return out | {service.name: service.title for service in found.services.values()}


@st.cache_resource(show_spinner=False)
def list_service_aliases() -> dict[str, str]:
    """Return other words for services, and what people call those."""
    found = get_catalogue()
    return {word: found.services[name].title for word, name in found.aliases.items()}


@st.cache_resource(show_spinner=False)
def read_example_plan() -> str:
    """Return the text of the Terraform plan that ships with the package."""
    return (locate_package_folder("data") / "examples" / "plan.json").read_text(encoding="utf-8")


@st.cache_resource(show_spinner=False)
def list_meter_titles() -> dict[str, str]:
    """Return every meter that has a charge rule, and what a bill calls it."""
    return {name: meter.title for name, meter in METERS.items()}


def locate_example_bill() -> Path:
    """Return where the bill lies that ships with the package."""
    return locate_package_folder("data") / "examples" / "bill.csv.gz"


def locate_example_flows() -> Path:
    """Return where the flow logs lie that ship with the package."""
    return locate_package_folder("data") / "examples" / "flows.log.gz"


def get_example_demand(name: str = FIRST) -> dict[str, Any]:
    """Return an example as a demand file's mapping."""
    return dict(load_example_demands()[name].value)


def get_breakeven(link: str, vary: str) -> Breakeven:
    """Return where the cheapest changes as a quantity of a demand (as text of a link) varies."""
    return _compute_breakeven(link, vary, make_prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _compute_breakeven(link: str, vary: str, prices: Prices) -> Breakeven:
    return _breakeven(_parse_demand_link(link), _load_price_book(*prices), vary=vary)


def get_phase(link: str, x: str, y: str) -> Phase:
    """Return the cheapest over two quantities: over the GB in which it changes, and the usual range of the other."""
    return _compute_phase(link, x, y, make_prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _compute_phase(link: str, x: str, y: str, prices: Prices) -> Phase:
    d, held = _parse_demand_link(link), _load_price_book(*prices)
    one = _breakeven(d, held, vary=x)
    last = min([float(one.intervals[-1]["to"]), *(3 * float(c["at"]) for c in one.crossings[-1:])])
    quantity = parse_varied_quantity(d, y)
    if not isinstance(quantity, WholeQuantity):
        message = f"{y} is not a quantity of whole numbers."
        raise InputError(message)
    first, most = quantity.get_default_range(d)
    ys = sorted({round(first + (most - first) * i / 11) for i in range(12)})
    return _phase(d, held, x=x, xs=[last * i / 40 for i in range(41)], y=y, ys=ys)


def get_uncertainty(link: str, low: float, high: float, shape: str) -> Uncertainty:
    """Return what a demand costs where the GB of each service are known within a range only."""
    return _compute_uncertainty(link, low, high, shape, make_prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _compute_uncertainty(link: str, low: float, high: float, shape: str, prices: Prices) -> Uncertainty:
    return _uncertainty(_parse_demand_link(link), _load_price_book(*prices), Range(low, high, shape))


def get_growth(link: str, monthly: float, months: int) -> Growth:
    """Return what a demand costs month by month as all its GB grow."""
    return _compute_growth(link, monthly, months, make_prices_key())


@st.cache_data(show_spinner=False, max_entries=64)
def _compute_growth(link: str, monthly: float, months: int, prices: Prices) -> Growth:
    return _growing(_parse_demand_link(link), _load_price_book(*prices), monthly, months)


def _parse_demand_link(link: str) -> Demand:
    from dashboard.session import state

    return state.parse_demand(state.decode_demand(link))[0]
