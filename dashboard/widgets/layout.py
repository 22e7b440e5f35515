"""Cards side by side, which go on in another line where the window is narrow, so that no figure is cut."""

from __future__ import annotations

from typing import Any

import streamlit as st

WIDTHS = {3: 260, 4: 220, 5: 150}
"""So many cards in a row → the pixels of one: three fit a window of 1280, four hold an amount of six digits."""
LEAST = 220


def create_cards(number: int, a_row: int | None = None) -> list[Any]:
    """Return places for cards, all of one width.

    Args:
        number: how many.
        a_row: how many stand in a row of usual width; None: all.
    """
    row = st.container(horizontal=True)
    width = WIDTHS.get(a_row or number, LEAST)
    return [row.container(width=width) for _ in range(number)]
