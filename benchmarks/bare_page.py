"""What a page of Streamlit takes at least: one list to choose from, and one chart of stacked bars as many and as patterned as ours.

The address says how many, and what is in the list: `?bars=11&charges=13&places=a,b`.
"""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
PATTERNS = ("", "/", "x", ".")


def chart(times: float, bars: int, charges: int) -> go.Figure:
    """Return stacked bars that lie, each as long as its number and the input make it."""
    names = [f"architecture {bar}" for bar in range(bars)]
    figure = go.Figure()
    for charge in range(charges):
        lengths = [times * (1 + (3 * bar + 7 * charge) % 11) for bar in range(bars)]
        figure.add_bar(
            name=f"charge {charge}",
            orientation="h",
            y=names,
            x=lengths,
            customdata=[f"{length:,.2f}" for length in lengths],
            hovertemplate="%{y}<br><b>%{customdata}</b><extra></extra>",
            marker={
                "color": COLOURS[charge % len(COLOURS)],
                "pattern": {"shape": PATTERNS[charge // len(COLOURS) % len(PATTERNS)], "fillmode": "overlay"},
                "line": {"width": 0.5},
            },
        )
    totals = [sum(float(trace.x[bar]) for trace in figure.data) for bar in range(bars)]
    figure.update_layout(
        barmode="stack",
        height=110 + 46 * bars + 15 * charges,
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        xaxis={"fixedrange": True},
        yaxis={
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
            "tickvals": names,
            "ticktext": [f"{name}<br><b>{total:,.2f}</b>" for name, total in zip(names, totals, strict=True)],
        },
    )
    return figure


st.set_page_config(layout="wide")
# The same kind of input as ours: a list to choose from, as long as our list of Regions.
places = [f"{name} · a place" for name in st.query_params["places"].split(",")]
number = 1 + places.index(st.selectbox("Region", places))
shape = (int(st.query_params["bars"]), int(st.query_params["charges"]))
st.plotly_chart(chart(number, *shape), key="bars", config={"displayModeBar": False})
