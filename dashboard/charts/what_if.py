"""Figures of what would change the comparison: one quantity, two, GB within a range, growth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.basic import BELOW, COLOURS, INKS, LEGEND, POINTS, add_colour_legend, make_step_scale, pick_style
from dashboard.widgets.formatting import format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.comparison.breakeven_answer import Breakeven
    from costmodel.comparison.growth import Growth
    from costmodel.comparison.phase import Phase
    from costmodel.comparison.uncertainty import Uncertainty

GREY = "rgba(128,128,128,0.9)"


def _build_line_layout(height: int, x: str, currency: str, count: int) -> dict[str, Any]:
    return {
        "height": height + LEGEND * count,
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "hovermode": "x unified",
        "legend": BELOW,
        "xaxis": {"title": x, "fixedrange": True, "rangemode": "tozero"},
        "yaxis": {"title": f"{currency} a month", "rangemode": "tozero", "fixedrange": True, "tickformat": ",~s"},
    }


def plot_breakeven(b: Breakeven, currency: str, numbers: Mapping[str, int]) -> go.Figure:
    """Return the cost of each architecture as one quantity varies, with the values at which the cheapest changes."""
    figure = go.Figure()
    winners = {i["cheapest"] for i in b.intervals}
    if b.functions:
        low, high = float(b.intervals[0]["from"]), float(b.intervals[-1]["to"])
        curves = []
        for f in b.functions:
            values = np.array(sorted({*np.linspace(low, high, POINTS), *(k for k in f.find_knots(high) if k > low)}))
            curves.append((f.name, values, f(values)))
    else:
        names = [n for n in numbers if n in b.architectures]
        curves = [(n, np.array(b.values), b.costs[b.tried.index(n)]) for n in names]
    for name, x, y in curves:
        colour, _, dash = pick_style(numbers[name])
        figure.add_scatter(
            name=name, mode="lines", x=x, y=y, hovertemplate=f"{name}: %{{y:,.2f}}<extra></extra>",
            line={"color": colour, "dash": dash, "width": 3.5 if name in winners else 1.5},
        )  # fmt: skip
    if isinstance(b.now, float):
        figure.add_vline(
            x=b.now, line={"width": 1, "color": GREY}, annotation_text="now", annotation_position="bottom right"
        )
    for change in b.crossings:
        at = float(change["at"])
        figure.add_vline(x=at, line={"dash": "dot", "width": 1, "color": GREY})
        figure.add_scatter(
            x=[at], y=[change["total"]], mode="markers", showlegend=False,
            marker={"size": 11, "symbol": "circle-open", "color": "#D55E00", "line": {"width": 3}},
            hovertemplate=f"{format_quantity(at, 3)}: from {change['from']} to {change['to']}<extra></extra>",
        )  # fmt: skip
        figure.add_annotation(
            x=at, y=1, yref="paper", yanchor="bottom", text=format_quantity(at, 1), showarrow=False, font={"size": 12}
        )
    figure.update_layout(_build_line_layout(380, b.unit, currency, len(curves)))
    return figure


def plot_phase(p: Phase, currency: str, numbers: Mapping[str, int], axes: tuple[str, str]) -> go.Figure:
    """Return which architecture is cheapest for each pair of values, as a map of colours."""
    used = sorted({int(n) for n in np.unique(p.cheapest) if n >= 0})
    names = [p.architectures[n] for n in used]
    colours = [pick_style(numbers[name])[0] for name in names]
    at = {n: i for i, n in enumerate(used)}
    z = np.array([[np.nan if n < 0 else at[int(n)] for n in row] for row in p.cheapest])
    figure = go.Figure(
        go.Heatmap(
            x=[format_quantity(float(v), 0) for v in p.xs],
            y=[format_quantity(float(v), 0) for v in p.ys],
            z=z,
            text=_describe_phase_cells(p, currency),
            zmin=-0.5,
            zmax=max(len(used), 1) - 0.5,
            colorscale=make_step_scale(colours) or None,
            showscale=False,
            hovertemplate=f"{p.x.unit} %{{x}}, {p.y.unit} %{{y}}<br>%{{text}}<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    add_colour_legend(figure, names, colours)
    figure.update_layout(
        height=420,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend=BELOW,
        xaxis={"title": axes[0], "fixedrange": True, "type": "category", "nticks": 12},
        yaxis={"title": axes[1], "fixedrange": True, "type": "category"},
    )
    return figure


def _describe_phase_cells(p: Phase, currency: str) -> list[list[str]]:
    """Return what each cell of the map says: the cheapest architecture and its total."""

    def describe(number: int, total: float) -> str:
        return (
            "no total"
            if number < 0
            else f"{p.architectures[number]}<br><b>{format_money(f'{total:.9f}', currency)}</b>"
        )

    return [
        [describe(int(number), total) for number, total in zip(best, totals, strict=True)]
        for best, totals in zip(p.cheapest, p.totals, strict=True)
    ]


def plot_tornado(u: Uncertainty) -> go.Figure:
    """Return what each range alone does to the cheapest total, the widest on top."""
    names = [s.driver for s in u.swings]
    figure = go.Figure()
    for side, end in (("low", "fewest GB"), ("high", "most GB")):
        values = [getattr(s, side) for s in u.swings]
        figure.add_bar(
            orientation="h", y=names, x=[v - u.middle for v in values], base=u.middle, name=end,
            marker={"color": COLOURS[4 if side == "low" else 1]},
            customdata=[
                (format_money(f"{v:.9f}", u.currency), getattr(s, f"cheapest_{side}"))
                for v, s in zip(values, u.swings, strict=True)
            ],
            hovertemplate=f"%{{y}}, {end}<br><b>%{{customdata[0]}}</b> by %{{customdata[1]}}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=u.middle, line={"width": 1, "color": GREY})
    figure.update_layout(
        barmode="overlay",
        height=130 + 30 * len(names),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend=BELOW,
        xaxis={"title": f"cheapest total, {u.currency}", "fixedrange": True, "tickformat": ",~s"},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True, "ticksuffix": " "},
    )
    return figure


def plot_probability(u: Uncertainty, numbers: Mapping[str, int]) -> go.Figure:
    """Return how often each architecture is cheapest, a bar each."""
    order = sorted(u.architectures, key=lambda n: -u.probability[n])
    inks = dict(zip(COLOURS, INKS, strict=True))
    colours = [pick_style(numbers[n])[0] for n in order]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=order,
            x=[u.probability[n] for n in order],
            text=[f"{u.probability[n]:.1%}" for n in order],
            textposition="auto",
            cliponaxis=False,
            marker={"color": colours},
            insidetextfont={"color": [inks[c] for c in colours]},
            customdata=[
                (format_money(f"{u.expected[n]:.9f}", u.currency), format_money(f"{u.regret[n][1]:.9f}", u.currency))
                for n in order
            ],
            hovertemplate="%{y}: cheapest in %{text}<br>expected %{customdata[0]}<br>"
            "at most %{customdata[1]} above the cheapest<extra></extra>",
        )
    )
    figure.update_layout(
        height=90 + 30 * len(order),
        margin={"l": 8, "r": 50, "t": 8, "b": 8},
        xaxis={"title": "how often it is cheapest", "tickformat": ".0%", "range": [0, 1], "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True, "ticksuffix": " "},
    )
    return figure


def plot_growth(g: Growth, currency: str, numbers: Mapping[str, int]) -> go.Figure:
    """Return the cost of each architecture month by month."""
    figure = go.Figure()
    for name, costs in g.costs.items():
        colour, _, dash = pick_style(numbers[name])
        figure.add_scatter(
            name=name, mode="lines", x=g.months, y=costs, hovertemplate=f"{name}: %{{y:,.2f}}<extra></extra>",
            line={"color": colour, "dash": dash, "width": 3.5 if name in g.cheapest else 1.5},
        )  # fmt: skip
    for month, one, other in g.changes:
        figure.add_vline(x=month, line={"dash": "dot", "width": 1, "color": GREY})
        figure.add_annotation(
            x=month, y=1, yref="paper", yanchor="bottom", text=f"{one} → {other}", showarrow=False, font={"size": 11}
        )
    figure.update_layout(_build_line_layout(340, "months from now", currency, len(g.costs)))
    return figure
