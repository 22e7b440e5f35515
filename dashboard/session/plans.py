"""The estate of a session: a plan or a network file, the usage and the settings that are said of it on the page."""

from __future__ import annotations

import contextlib
import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.errors import CostmodelError, InputError, RegionUnsaidError
from costmodel.documents.document import Document, load_document
from costmodel.network.reading.load import build_network_from_estate, parse_estate, parse_network_text
from costmodel.network.reading.usage_file import Asked, apply_usage, list_open_resources, normalize_usage_addresses
from dashboard.session import links, resources, state

if TYPE_CHECKING:
    from costmodel.network.network import Network
    from costmodel.network.reading.estate import Estate

EXAMPLE = "example plan.json"
LINK = "p"
LARGEST = 2_000_000  # letters of a file that is tried for a link
Path = tuple[str, ...]


def start_estate_session() -> None:
    """Begin with what the link says, else with the example plan."""
    if "plan" in st.session_state:
        return
    text = links.get_link_parameter(LINK)
    if text:
        try:
            _restore_estate(links.unpack_link_value(text))
        except (CostmodelError, AttributeError, KeyError, TypeError, ValueError):
            st.session_state["plan_message"] = "The link is cut off or damaged, so the example is shown."
        else:
            return
    message = st.session_state.get("plan_message")
    load_estate_file(resources.read_example_plan(), EXAMPLE)
    st.session_state["plan_message"] = message


def encode_estate() -> str | None:
    """Return what restores the estate, its usage and settings, for the address; None where it is too long for one."""
    s = st.session_state
    document: Document = s["plan"]
    if len(document.text) > LARGEST:
        return None
    value = {
        "name": document.name,
        "value": state.to_plain_types(document.value),
        "usage": s["plan_usage"],
        "region": s.get("plan_region"),
        "basis": get_estate_basis(),
    }
    text = links.pack_link_value(value)
    return text if len(text) <= links.LONGEST else None


def _restore_estate(value: dict[str, Any]) -> None:
    s = st.session_state
    load_estate_file(json.dumps(value["value"]), str(value["name"]))
    s["plan_usage"], s["plan_region"], s["plan_basis"] = value["usage"], value["region"], dict(value["basis"])
    s["plan_bare"] = None
    get_estate()


def load_estate_file(text: str, name: str) -> None:
    """Make a file the session's estate, or lay a usage file over the one there is.

    Raises:
        InputError: it is neither; the estate stays as it was.
    """
    s = st.session_state
    document = parse_network_text(text, name)
    value = document.value if isinstance(document.value, dict) else {}
    if "flows" in value and "resources" not in value:
        message = f"{name} is a demand file: open it on the page Compare."
        raise InputError(message)
    if set(value) == {"usage"}:
        build_estate_network(apply_usage(get_bare_estate(), document, {}))  # says what is wrong with it
        s["plan_usage"] = merge_usage(
            s["plan_usage"], normalize_usage_addresses(get_bare_estate(), state.to_plain_types(value["usage"]))
        )
    else:
        with contextlib.suppress(RegionUnsaidError):  # the page asks for it
            build_network_from_estate(parse_estate(document))
        s["plan"], s["plan_usage"], s["plan_region"] = document, {}, None
        s["plan_basis"] = {k: value[k] for k in ("on", "assumptions") if k in value}
        for key in [k for k in s if str(k).startswith("estimate-")]:
            del s[key]
    s["plan_bare"] = None
    s["plan_revision"] = s.get("plan_revision", 0) + 1
    s["plan_message"] = None


def merge_usage(usage: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return usage with other usage laid over it, resource by resource."""
    out = copy.deepcopy(usage)
    for name, quantities in more.items():
        out[name] = {**out.get(name, {}), **(quantities or {})}
    return out


def get_estate_basis() -> dict[str, Any]:
    """Return the price date and assumptions of the session's estate."""
    return dict(st.session_state.get("plan_basis") or {})


def get_bare_estate() -> Estate:
    """Return the estate without what is said of it on the page; read once.

    Raises:
        InputError: it cannot be read, or its Region must be said.
    """
    s = st.session_state
    region = s.get("plan_region")
    if s.get("plan_bare") is None or s["plan_bare"][0] != region:
        s["plan_bare"] = (region, parse_estate(s["plan"], settings={"region": region} if region else {}))
    found: Estate = s["plan_bare"][1]
    return found


def get_estate(usage: dict[str, Any] | None = None) -> Estate:
    """Return the estate with its usage, the session's unless another is given.

    Raises:
        InputError: the usage does not fit it.
    """
    usage = st.session_state["plan_usage"] if usage is None else usage
    return apply_usage(get_bare_estate(), load_document({"usage": usage}, "the table") if usage else None, {})


def build_estate_network(of: Estate) -> Network:
    """Return the network of an estate at the page's date and assumptions."""
    said = get_estate_basis()
    value = {k: v for k, v in of.document.value.items() if k != "on"} | ({"on": said["on"]} if said.get("on") else {})
    dated = replace(of, document=Document(value, of.document.name, ""))
    return build_network_from_estate(dated, assume={k: str(v) for k, v in (said.get("assumptions") or {}).items()})


def list_asked_quantities(of: Estate) -> dict[tuple[str, Path], tuple[Any, Asked]]:
    """Return the quantities that a page asks for: (address, keys) → what is said, None if unknown, and the resource."""
    return {
        (one.address, path): (value, one)
        for one in list_open_resources(of)
        for path, value in _list_leaves(one.quantities, ())
    }


def _list_leaves(value: Any, path: Path) -> list[tuple[Path, Any]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _list_leaves(inner, (*path, key))]
    return [(path, value)]


def set_usage_quantity(usage: dict[str, Any], address: str, path: Path, value: float | None) -> None:
    """Note what was said of a quantity; None takes it back."""
    at = usage.setdefault(address, {})
    for key in path[:-1]:
        at = at.setdefault(key, {})
    if value is None:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = int(value) if float(value).is_integer() else float(value)
    if not usage[address]:
        del usage[address]
