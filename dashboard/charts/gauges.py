"""Where quantities are in the tiers of their prices, as a figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from dashboard.charts.basic import COLOURS
from dashboard.widgets.formatting import format_quantity, format_unit_price

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.management_report.tier_positions import Position

ROW = 92  # pixels a pool
BANDS = ("rgba(0,114,178,0.45)", "rgba(0,114,178,0.30)", "rgba(0,114,178,0.18)", "rgba(0,114,178,0.10)")
MOST = 8  # pools that are drawn


def _place_quantity(p: Position) -> float:
    """Return where a quantity is, each tier being as wide as another; the last one has no end."""
    start = p.starts[p.tier]
    if math.isinf(p.left):
        return p.tier + 0.9 * (1 - start / p.quantity if start else 0.5)
    return p.tier + (p.quantity - start) / (p.starts[p.tier + 1] - start)


def plot_tier_gauges(positions: Sequence[Position], ink: str) -> go.Figure:
    """Return a bar for each pool, a band for each tier, and a mark where the quantity is."""
    shown = positions[:MOST]
    figure = go.Figure()
    for n, p in enumerate(shown):
        for tier, (start, price) in enumerate(zip(p.starts, p.prices, strict=True)):
            figure.add_shape(
                type="rect", x0=tier, x1=tier + 1, y0=n - 0.16, y1=n + 0.16, fillcolor=BANDS[tier % len(BANDS)],
                line={"width": 1, "color": "rgba(128,128,128,0.9)"}, layer="below",
            )  # fmt: skip
            figure.add_annotation(
                x=tier + 0.02, y=n + 0.17, yanchor="top", xanchor="left", showarrow=False, font={"size": 11},
                text=f"{format_unit_price(price, p.currency)} from {format_quantity(start, 0)}",
            )  # fmt: skip
        left = "the last tier" if math.isinf(p.left) else f"{format_quantity(p.left, 0)} {p.unit} to the next tier"
        figure.add_annotation(
            x=0, y=n - 0.17, yanchor="bottom", xanchor="left", showarrow=False,
            text=f"<b>{p.title}</b>, {p.place}<br>{format_quantity(p.quantity, 0)} {p.unit}, {left}",
            align="left",
        )  # fmt: skip
    figure.add_scatter(
        x=[_place_quantity(p) for p in shown],
        y=list(range(len(shown))),
        mode="markers",
        marker={"symbol": "diamond", "size": 15, "color": COLOURS[5], "line": {"width": 1.5, "color": "#ffffff"}},
        text=[f"{p.title}, {p.place}<br>{format_quantity(p.quantity, 0)} {p.unit}" for p in shown],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    most = max((len(p.starts) for p in shown), default=1)
    figure.update_layout(
        height=30 + ROW * len(shown),
        font={"color": ink},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"visible": False, "fixedrange": True, "range": [-0.02, most + 0.02]},
        yaxis={"visible": False, "fixedrange": True, "range": [len(shown) - 0.45, -0.62]},
    )
    return figure
