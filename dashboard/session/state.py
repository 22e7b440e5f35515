"""The demand of a session, and its link: demand mapping ↔ URL ↔ widgets.

A session has one demand, a mapping as a demand file has. Widgets are seeded from it when they first appear, or when a
demand is loaded, and lay their values over it in every run. The URL holds it compressed (`d`), its Region readable.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.errors import CostmodelError, InputError
from costmodel.demand.constraints.registry import CONSTRAINTS
from costmodel.demand.reading.load import parse_demand_document, read_demand
from dashboard.session import links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamlit.delta_generator import DeltaGenerator

    from costmodel.demand.demand import Demand
    from costmodel.documents.document import Document

MARKS = frozenset("\\`*_[]<>#|~$:")
ON_START = "e"  # the parameter that holds the demand in the address of Start; `d` leads on to Compare
SEEDED = ("region", "on", "services", "chosen", "top")


# ---------------------------------------------------------------- mapping ↔ link
def to_plain_types(value: Any) -> Any:
    """Return a parsed file's value in types that JSON, YAML and widgets know: no Decimal."""
    if isinstance(value, dict):
        return {str(k): to_plain_types(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain_types(v) for v in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def encode_demand(demand: dict[str, Any]) -> str:
    """Return a demand as text for a URL."""
    return links.pack_link_value(to_plain_types(demand))


def decode_demand(link: str) -> dict[str, Any]:
    """Return the demand of a link.

    Raises:
        InputError: the text is not one that :func:`encode` made.
    """
    value = links.unpack_link_value(link)
    if not isinstance(value, dict):
        message = "the link is cut off or damaged; ask for it again, or for the demand file."
        raise InputError(message)
    return value


# ---------------------------------------------------------------- the session's demand
def get_demand() -> dict[str, Any]:
    """Return a copy of the session's demand."""
    return copy.deepcopy(st.session_state["demand"])


def set_demand(demand: dict[str, Any]) -> None:
    """Make this the session's demand and let every widget start from it."""
    s = st.session_state
    s["demand"] = to_plain_types(demand)
    s["revision"] = s.get("revision", 0) + 1
    s["message"] = None
    for key in [k for k in s if k in SEEDED or str(k).startswith(("assume-", "bound-"))]:
        del s[key]


def init_widget(key: str, value: Any) -> str:
    """Give a widget its first value, unless it already has one; return its key."""
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def set_message(text: str) -> None:
    """Show a message at the top of the page until the demand changes."""
    st.session_state["message"] = text


def show_message() -> None:
    """Show the message there is, if any."""
    if text := st.session_state.get("message"):
        st.error(escape_page_text(text), icon=":material/error:")


def show_error(error: CostmodelError, prefix: str = "", place: DeltaGenerator | None = None) -> None:
    """Show an error in the dashboard's words.

    Args:
        error: what went wrong.
        prefix: what the error is about, such as "No plan:".
        place: where to show it; the end of the page if it is None.
    """
    text = escape_page_text(f"{prefix} {error.describe_for_page()}".strip())
    (st if place is None else place).error(text, icon=":material/error:")


def pick_text_colour() -> str:
    """Return the colour of words in a figure that are to be read on lines and areas: the page's own, not its grey."""
    return "#fafafa" if st.context.theme.type == "dark" else "#1c1f26"


def escape_page_text(text: str) -> str:
    """Return text that Markdown shows as it is: no formula between two dollar signs, no emphasis, no link.

    What stands between two backticks is code, as messages have it.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts = [text]
    code = [n % 2 == 1 and bool(part) for n, part in enumerate(parts)]
    return "".join(
        f"`{part}`" if marked else "".join(f"\\{c}" if c in MARKS else c for c in part)
        for part, marked in zip(parts, code, strict=True)
    )


def try_open_demand(
    make: Callable[[], dict[str, Any]], prefix: str, otherwise: Callable[[], dict[str, Any]] | None
) -> None:
    """Load a demand; if it is wrong, say why and load another, or keep what there is."""
    try:
        demand = make()
        parse_demand(demand)
    except CostmodelError as error:
        if otherwise is not None:
            set_demand(otherwise())
        set_message(f"{prefix} {error.describe_for_page()}".strip())
    else:
        set_demand(demand)


def start_demand_session(example: Callable[[], dict[str, Any]]) -> None:
    """Begin a session with what its link says, else with the example."""
    if "demand" in st.session_state:
        return
    st.session_state["view"] = {}
    link, region = st.query_params.get("d") or st.query_params.get(ON_START), st.query_params.get("region")

    def make() -> dict[str, Any]:
        demand = decode_demand(link) if link else example()
        return {**demand, "region": region} if region else demand

    try_open_demand(make, "This link cannot be opened, so the example is shown:", example)


def track_shown_page(page: str) -> None:
    """Note which page is shown: the widgets of one that is come back to start from what the session holds."""
    s = st.session_state
    if s.get("page", page) != page:
        if "demand" in s:
            set_demand(s["demand"])
        if "plan" in s:
            s["plan"].revision += 1
    s["page"] = page


def save_demand(demand: dict[str, Any]) -> None:
    """Keep what the widgets made of the demand, and write it into the URL.

    Where no widget changed it and the URL holds another demand, the reader went back or forward: that one is loaded.
    """
    s = st.session_state
    link, given = encode_demand(demand), st.query_params.get("d")
    if demand == s["demand"] and given and given not in (s.get("link"), link) and "link" in s:
        try_open_demand(lambda: decode_demand(given), "This link cannot be opened:", None)
        s["link"] = given
        st.rerun()
    if demand != s["demand"]:
        s["message"] = None
    s["demand"], s["link"] = demand, link
    s["long"] = len(link) > links.LONGEST
    wanted = {} if s["long"] else {"d": link, "region": str(demand.get("region", ""))}
    for name in ("d", "region"):
        if name not in wanted:
            st.query_params.pop(name, None)
    if any(st.query_params.get(name) != value for name, value in wanted.items()):
        st.query_params.update(wanted)


def parse_demand(demand: dict[str, Any]) -> tuple[Demand, str]:
    """Return the engine's demand, and what had to be left out.

    A list of what is built today names every flow. Once the flows have changed it may not fit any more: it is then left
    out of the comparison, and said.

    Raises:
        InputError: the demand is wrong; the message says where.
    """
    try:
        return read_demand(demand), ""
    except InputError as error:
        if not isinstance(demand.get("today"), list):
            raise
        try:
            rest = read_demand({k: v for k, v in demand.items() if k != "today"})
        except InputError:
            raise error from None
        return rest, f"What is built today is left out: {error.describe_for_page()}"


def validate_demand_document(document: Document) -> None:
    """Read a document as the command line does, so that a complaint names its file and line.

    Raises:
        InputError: it is not a demand.
    """
    parse_demand_document(document)


# ---------------------------------------------------------------- names
NAMING = {"from", "vpc", "peer", "nat_gateways", "resolver_endpoints", "connections"}
NAMING |= {constraint.key for constraint in CONSTRAINTS if constraint.names_vpcs}
"""Keys whose values are names of VPCs."""


def rename_vpcs(demand: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return a demand in which VPCs have other names, everywhere.

    Args:
        demand: as a demand file has it.
        names: today's name → the new one.
    """
    return {k: v if k == "vpcs" else _rename_in_value(v, k, names) for k, v in demand.items()}


def _rename_in_value(value: Any, key: str, names: Mapping[str, str]) -> Any:
    """Return what a key holds, with VPCs renamed."""
    if isinstance(value, dict):
        return {k: _rename_in_value(v, k, names) for k, v in value.items()}
    if isinstance(value, list):
        return [_rename_in_value(v, key, names) for v in value]
    return names.get(value, value) if key in NAMING and isinstance(value, str) else value


def remove_vpcs(demand: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    """Return a demand without VPCs, and without the entries that name them.

    A service of one's own stays, offered by a VPC that is not in the demand.

    Args:
        demand: as a demand file has it.
        gone: the names of the VPCs to leave out.
    """
    kept = {k: v if k in ("vpcs", "services") else _remove_from_value(v, k, gone) for k, v in demand.items()}
    if demand.get("services"):
        kept["services"] = [{k: v for k, v in s.items() if k != "vpc" or v not in gone} for s in demand["services"]]
    return kept


def _remove_from_value(value: Any, key: str, gone: set[str]) -> Any:
    """Return what a key holds, without the entries of lists that name one of the VPCs."""
    if isinstance(value, dict):
        return {k: _remove_from_value(v, k, gone) for k, v in value.items()}
    if isinstance(value, list):
        return [_remove_from_value(v, key, gone) for v in value if not _is_about_one_of(v, key, gone)]
    return value


def _is_about_one_of(value: Any, key: str, gone: set[str]) -> bool:
    """Tell whether an entry of a list names one of the VPCs: by itself, or by one of its keys."""
    if isinstance(value, dict):
        return any(_is_about_one_of(v, k, gone) for k, v in value.items() if not isinstance(v, list))
    return key in NAMING and value in gone
