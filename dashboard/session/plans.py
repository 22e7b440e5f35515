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
from dashboard.session.model import PlanState

if TYPE_CHECKING:
    from costmodel.network.network import Network
    from costmodel.network.reading.estate import Estate

EXAMPLE = "example plan.json"
LINK = "p"
LARGEST = 2_000_000  # letters of the largest file that a link is tried for
Path = tuple[str, ...]


def find_plan() -> PlanState | None:
    """Return the plan of the session; None before one is loaded."""
    plan: PlanState | None = st.session_state.get("plan")
    return plan


def get_plan() -> PlanState:
    """Return the plan of the session, which :func:`start_estate_session` loads."""
    plan: PlanState = st.session_state["plan"]
    return plan


def start_estate_session() -> None:
    """Load the plan of the link, or the example plan, unless the session has a plan."""
    if find_plan() is not None:
        return
    text = links.get_link_parameter(LINK)
    if text:
        try:
            _restore_estate(links.unpack_link_value(text))
        except (CostmodelError, AttributeError, KeyError, TypeError, ValueError):
            load_estate_file(resources.read_example_plan(), EXAMPLE)
            get_plan().message = "The link is cut off or damaged, so the example is shown."
    else:
        load_estate_file(resources.read_example_plan(), EXAMPLE)


def encode_estate() -> str | None:
    """Return the text for the address that restores the plan, its usage and settings; None where it is too long.

    The text is built again only when the usage or the settings have changed.
    """
    plan = get_plan()
    if not plan.linkable:
        return None
    settings = {"usage": plan.usage, "region": plan.region, "basis": get_estate_basis()}
    if plan.link is None or plan.link[0] != settings:
        value = {"name": plan.document.name, "value": state.to_plain_types(plan.document.value), **settings}
        text = links.pack_link_value(value)
        plan.link = (copy.deepcopy(settings), text if len(text) <= links.LONGEST else None)
    return plan.link[1]


def _fits_link(text: str, document: Document) -> bool:
    """Return whether a file, without usage and settings, fits into a link."""
    if len(text) > LARGEST:
        return False
    return len(links.pack_link_value(state.to_plain_types(document.value))) <= links.LONGEST


def _restore_estate(value: dict[str, Any]) -> None:
    load_estate_file(json.dumps(value["value"]), str(value["name"]))
    plan = get_plan()
    plan.usage, plan.region, plan.basis = value["usage"], value["region"], dict(value["basis"])
    plan.bare = None
    get_estate()


def load_estate_file(text: str, name: str) -> None:
    """Load a file as the session's plan, or add a usage file to the plan that is loaded.

    Raises:
        InputError: The file is neither; the plan stays as it was.
    """
    document = parse_network_text(text, name)
    value = document.value if isinstance(document.value, dict) else {}
    if "flows" in value and "resources" not in value:
        message = f"{name} is a demand file: open it on the page Compare."
        raise InputError(message)
    if set(value) == {"usage"}:
        _add_usage_file(document)
    else:
        _load_plan(text, document, value)


def _add_usage_file(document: Document) -> None:
    plan, estate = get_plan(), get_bare_estate()
    build_estate_network(apply_usage(estate, document, {}))  # raises where the file does not fit the plan
    usage = normalize_usage_addresses(estate, state.to_plain_types(document.value["usage"]))
    plan.usage = merge_usage(plan.usage, usage)
    plan.revision += 1
    plan.message = None


def _load_plan(text: str, document: Document, value: dict[str, Any]) -> None:
    with contextlib.suppress(RegionUnsaidError):  # the page asks for the Region
        build_network_from_estate(parse_estate(document))
    before = find_plan()
    st.session_state["plan"] = PlanState(
        document,
        linkable=_fits_link(text, document),
        basis={key: value[key] for key in ("on", "assumptions") if key in value},
        revision=1 if before is None else before.revision + 1,
    )
    for key in [key for key in st.session_state if str(key).startswith("estimate-")]:
        del st.session_state[key]


def merge_usage(usage: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return usage with other usage applied to it, resource by resource."""
    out = copy.deepcopy(usage)
    for name, quantities in more.items():
        out[name] = {**out.get(name, {}), **(quantities or {})}
    return out


def get_estate_basis() -> dict[str, Any]:
    """Return the price date and assumptions of the session's estate."""
    plan = find_plan()
    return {} if plan is None else dict(plan.basis)


def get_bare_estate() -> Estate:
    """Return the estate without what is said of it on the page; read once.

    Raises:
        InputError: it cannot be read, or its Region must be said.
    """
    plan = get_plan()
    if plan.bare is None or plan.bare[0] != plan.region:
        settings = {"region": plan.region} if plan.region else {}
        plan.bare = (plan.region, parse_estate(plan.document, settings=settings))
    return plan.bare[1]


def get_estate(usage: dict[str, Any] | None = None) -> Estate:
    """Return the estate with its usage, the session's unless another is given.

    Raises:
        InputError: the usage does not fit it.
    """
    usage = get_plan().usage if usage is None else usage
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
