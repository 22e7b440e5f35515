"""Cards side by side, which go on in another line where the window is narrow, so that no figure is cut."""

from __future__ import annotations

from typing import Any

import streamlit as st

WHOLE = 928  # pixels of a row of cards in a window of usual width
GAP = 16


def cards(number: int, a_row: int | None = None) -> list[Any]:
    """Return places for cards, all of one width.

    Args:
        number: how many.
        a_row: how many stand in a row of usual width; None: all.
    """
    many = a_row or number
    row = st.container(horizontal=True)
    width = (WHOLE - GAP * (many - 1)) // many
    return [row.container(width=width) for _ in range(number)]
