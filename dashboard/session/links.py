"""The address of a page: what restores its state, and nothing else.

A page says what it is of (`hold`) and which choices of its widgets count (`choice`); the frame writes both into the
address after every run. What was opened from an address starts from it.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Collection

VIEW = "v"  # the parameter that holds the choices of a page's widgets
LONGEST = 16_000  # characters; browsers and servers take more, mail and chat programs do not
LARGEST = 1 << 22  # bytes that a link may unpack to


def pack_link_value(value: Any) -> str:
    """Return a value of JSON as text for an address."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpack_link_value(text: str) -> Any:
    """Return the value that :func:`pack` made text of; None where it did not, or the text is damaged."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        read = unpacker.decompress(packed, LARGEST)
        return json.loads(read) if unpacker.eof else None
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return None


def read_page_link(page: str) -> None:
    """Begin a run of a page: what its address says of its widgets is at hand, once."""
    s = st.session_state
    s["viewing"], s["held"], s["link_place"] = {}, {}, None
    if s.get("viewed_page") != page:
        s["viewed_page"] = page
        given = unpack_link_value(st.query_params.get(VIEW, ""))
        s["view"] = given if isinstance(given, dict) else {}


def bind_widget(key: str, options: Collection[Any] | None = None, default: Any = None) -> str:
    """Return a widget's key; its value starts from the address, if that is one of the options, and goes into it.

    Args:
        key: the widget's.
        options: what it may be; None takes what the address says as it is.
        default: what goes without saying.
    """
    s = st.session_state
    given = s["view"].pop(key, None)
    fits = given is not None and (options is None or given in options)
    if fits and key not in s:
        s[key] = given
    s["viewing"][key] = default
    return key


def get_link_parameter(name: str) -> str | None:
    """Return a parameter of the address."""
    found: str | None = st.query_params.get(name)
    return found


def set_link_parameters(**parameters: str | None) -> None:
    """Say what the page's address is to hold beside the choices; None takes a parameter out."""
    st.session_state["held"] |= parameters


def place_link(place: Any) -> None:
    """Let the whole address be shown in a place of the page, once it is known."""
    st.session_state["link_place"] = place


def write_page_link() -> None:
    """Write the page's address, where it has changed, and show it where the page asked."""
    s = st.session_state
    chosen = {k: s[k] for k, default in s["viewing"].items() if k in s and s[k] != default and s[k] is not None}
    held: dict[str, str | None] = {**s["held"], VIEW: pack_link_value(chosen) if chosen else None}
    for name, value in held.items():
        if value is None:
            if name in st.query_params:
                del st.query_params[name]
        elif st.query_params.get(name) != value:
            st.query_params[name] = value
    if s["link_place"] is not None:
        whole = (st.context.url or "").partition("?")[0]
        asked = urlencode(st.query_params.to_dict())
        s["link_place"].code(f"{whole}?{asked}" if asked else whole, language=None, wrap_lines=True)
        s["link_place"] = None
