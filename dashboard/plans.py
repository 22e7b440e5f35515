"""The estate of a session: a plan or a network file, the usage and the settings that are said of it on the page."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.errors import RegionUnsaidError
from costmodel.ingest.document import Document, document_of
from costmodel.ingest.estate import Estate, usage_of, use
from costmodel.ingest.network import document_from, estate_of, network_from
from dashboard import resources, state

if TYPE_CHECKING:
    from costmodel.network import Network

EXAMPLE = "example plan.json"
Path = tuple[str, ...]


def start() -> None:
    """Begin with the example plan."""
    if "plan" not in st.session_state:
        load(resources.example_plan(), EXAMPLE)


def load(text: str, name: str) -> None:
    """Make a file the session's estate, or lay a usage file over the one there is.

    Raises:
        InputError: it is neither; the estate stays as it was.
    """
    s = st.session_state
    document = document_from(text, name)
    if isinstance(document.value, dict) and set(document.value) == {"usage"}:
        use(bare(), document, {})  # says what is wrong with it
        said = state.plain(document.value["usage"])
        s["plan_usage"] = merged(s["plan_usage"], said)
    else:
        given = {"region": s["plan_region"]} if s.get("plan_region") else {}
        with contextlib.suppress(RegionUnsaidError):  # the page asks for it
            network_from(estate_of(document, settings=given))
        s["plan"], s["plan_usage"] = document, {}
        s["plan_basis"] = {k: document.value[k] for k in ("on", "assumptions") if k in document.value}
        for key in [k for k in s if str(k).startswith("estimate-")]:
            del s[key]
    s["plan_bare"] = None
    s["plan_revision"] = s.get("plan_revision", 0) + 1
    s["plan_message"] = None


def merged(usage: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return usage with other usage laid over it, resource by resource."""
    out = copy.deepcopy(usage)
    for name, quantities in more.items():
        out[name] = {**out.get(name, {}), **(quantities or {})}
    return out


def basis() -> dict[str, Any]:
    """Return the price date and assumptions of the session's estate."""
    return dict(st.session_state.get("plan_basis") or {})


def bare() -> Estate:
    """Return the estate without what is said of it on the page; read once.

    Raises:
        InputError: it cannot be read, or its Region must be said.
    """
    s = st.session_state
    region = s.get("plan_region")
    if s.get("plan_bare") is None or s["plan_bare"][0] != region:
        s["plan_bare"] = (region, estate_of(s["plan"], settings={"region": region} if region else {}))
    found: Estate = s["plan_bare"][1]
    return found


def estate() -> Estate:
    """Return the estate with its usage."""
    usage = st.session_state["plan_usage"]
    return use(bare(), document_of({"usage": usage}, "the table of usage") if usage else None, {})


def network(of: Estate) -> Network:
    """Return the network of an estate at the page's date and assumptions."""
    said = basis()
    value = {k: v for k, v in of.document.value.items() if k != "on"} | ({"on": said["on"]} if said.get("on") else {})
    dated = Estate(Document(value, of.document.name, ""), of.source, of.unknown, of.left_out, of.notes, of.stands_for)
    return network_from(dated, assume={k: str(v) for k, v in (said.get("assumptions") or {}).items()})


def asked(of: Estate) -> dict[tuple[str, Path], Any]:
    """Return the quantities that a page asks for: (resource, keys) → what is said, None where it is unknown."""
    return {(name, path): value for name, quantities in usage_of(of).items() for path, value in _leaves(quantities, ())}


def said(of: Estate, name: str, path: Path) -> Any:
    """Return what an estate's entry says of a quantity that it did not know before."""
    at: Any = next((e for e in of.entries if e.get("name") == name and path[0] in e), {})
    for key in path:
        at = at.get(key) if isinstance(at, dict) else None
    return at


def _leaves(value: Any, path: Path) -> list[tuple[Path, Any]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, key))]
    return [(path, value)]


def answered(usage: dict[str, Any], name: str, path: Path, value: float | None) -> None:
    """Note what was said of a quantity; None takes it back."""
    at = usage.setdefault(name, {})
    for key in path[:-1]:
        at = at.setdefault(key, {})
    if value is None:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = int(value) if float(value).is_integer() else float(value)
    if not usage[name]:
        del usage[name]
