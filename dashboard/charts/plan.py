"""Figures of a plan: its paths by VPC group and service, the way from today, who pays, what else would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from costmodel.optimizer.plan_sensitivity import compute_step_ends
from dashboard.charts.basic import COLOURS, INKS, add_colour_legend, make_step_scale, pick_style
from dashboard.widgets.formatting import format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.optimizer.frontier import Point, Posture
    from costmodel.optimizer.plan_sensitivity import Cell, Payer, Step

GREY = "rgba(128,128,128,0.55)"
ROW = 40  # pixels a line
_NEAR, _FAR = 10, 100  # factors: below one three digits count, above the other none


def plot_path_heatmap(cells: Sequence[Cell], currency: str, numbers: dict[str, int]) -> go.Figure:
    """Return the path of every VPC group and service as a colour, with how far its GB are from the flip.

    Args:
        cells: one per VPC group and service.
        currency: of the costs.
        numbers: path → its number, so that it keeps its colour.
    """
    groups = list(dict.fromkeys(c.group for c in cells))
    services = list(dict.fromkeys(c.service for c in cells))
    used = sorted({c.paths[0] for c in cells}, key=lambda n: numbers.get(n, 99))
    at = {name: i for i, name in enumerate(used)}
    inks = dict(zip(COLOURS, INKS, strict=True))
    colours = [pick_style(numbers[name])[0] for name in used]
    z: list[list[float | None]] = [[None] * len(services) for _ in groups]
    hover = [[""] * len(services) for _ in groups]
    figure = go.Figure()
    for c in cells:
        row, column = groups.index(c.group), services.index(c.service)
        z[row][column] = at[c.paths[0]]
        hover[row][column] = _describe_cell(c, currency)
        figure.add_annotation(
            x=c.service, y=c.group, text=format_flip_margin(c), showarrow=False,
            font={"color": inks.get(colours[at[c.paths[0]]], "#000000"), "size": 12},
        )  # fmt: skip
    figure.add_heatmap(
        x=services, y=groups, z=z, text=hover, hoverinfo="text", colorscale=make_step_scale(colours), zmin=-0.5,
        zmax=len(used) - 0.5, showscale=False, xgap=2, ygap=2,
    )  # fmt: skip
    add_colour_legend(figure, used, colours)
    figure.update_layout(
        height=150 + 44 * len(groups),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        xaxis={"side": "top", "fixedrange": True, "showgrid": False, "automargin": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False, "automargin": True, "ticksuffix": " "},
    )
    return figure


def _describe_cell(c: Cell, currency: str) -> str:
    """Return what a cell says when it is pointed at: its path, its GB, and the next best path."""
    lines = [f"<b>{c.group} → {c.service}</b>", f"by {' and '.join(c.paths)}, {format_quantity(c.gb)} GB a month"]
    if c.runner_up is not None and c.more is not None:
        lines.append(f"next: {c.runner_up}, {format_money(c.more, currency)} more")
        flip = "no break-even at any GB" if c.flip_gb is None else f"break-even at {format_quantity(c.flip_gb, 1)} GB"
        lines.append(flip)
    return "<br>".join(lines)


def format_flip_margin(c: Cell) -> str:
    """Return how many times its GB a flow may have before another path is as cheap."""
    if c.runner_up is None:
        return "only way"
    if not c.flip_gb:
        return "never"
    if c.margin is None:
        return f"{format_quantity(c.flip_gb, 0)} GB"
    if c.margin >= _FAR:
        return f"×>{_FAR}"
    return f"×{c.margin:.0f}" if c.margin >= _NEAR else f"×{c.margin:.3g}"


def plot_savings_waterfall(today: Decimal, steps: Sequence[Step], total: Decimal, currency: str) -> go.Figure:
    """Return the way from what is built today to the plan, a bar per sort of change."""
    labels = ["today", *(f"{s.label}<br>{s.flows:,} flow{'s' * (s.flows != 1)}" for s in steps), "plan"]
    values = [float(today), *(-float(s.saving) for s in steps), float(total)]
    moved = [shown for _, _, shown in compute_step_ends(today, steps)]
    texts = [
        format_money(today, currency),
        *(format_money(m, currency, sign=True) for m in moved),
        format_money(total, currency),
    ]
    figure = go.Figure(
        go.Waterfall(
            orientation="h",
            y=labels,
            x=values,
            measure=["absolute", *["relative"] * len(steps), "total"],
            text=texts,
            textposition="auto",
            cliponaxis=False,
            connector={"line": {"color": GREY, "width": 1}},
            decreasing={"marker": {"color": COLOURS[2]}},
            increasing={"marker": {"color": COLOURS[5]}},
            totals={"marker": {"color": COLOURS[0]}},
            hovertemplate="%{y}<br><b>%{text}</b><extra></extra>",
        )
    )
    figure.update_layout(
        height=90 + 46 * len(labels),
        margin={"l": 8, "r": 60, "t": 8, "b": 8},
        showlegend=False,
        xaxis={"title": f"{currency} a month", "fixedrange": True, "tickformat": ",~s", "rangemode": "tozero"},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True, "ticksuffix": " "},
    )
    return figure


def plot_frontier(points: Sequence[Point], currency: str) -> go.Figure:
    """Return the cheapest total against the number of changes from today."""
    figure = go.Figure(
        go.Scatter(
            x=[p.changes for p in points],
            y=[p.total for p in points],
            mode="lines+markers",
            line={"color": COLOURS[0]},
            customdata=[format_money(f"{p.total:.9f}", currency) for p in points],
            hovertemplate="%{x} changes: <b>%{customdata}</b><extra></extra>",
        )
    )
    figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": "flows that change from today", "fixedrange": True, "rangemode": "tozero"},
        yaxis={"title": f"{currency} a month", "fixedrange": True, "rangemode": "tozero", "tickformat": ",~s"},
    )
    return figure


def plot_postures(rules: Sequence[Posture], currency: str) -> go.Figure:
    """Return the cheapest total under each stricter rule, a bar each; a rule that leaves no plan says so."""
    totals = [p.best.bill.total_exact if p.best else None for p in rules]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[p.name for p in rules],
            x=[0.0 if t is None else float(t) for t in totals],
            text=[_format_posture_total(p, t, currency) for p, t in zip(rules, totals, strict=True)],
            textposition="auto",
            cliponaxis=False,
            marker={"color": [COLOURS[0], *[COLOURS[4]] * (len(rules) - 1)]},
            hovertemplate="%{y}<br><b>%{text}</b><extra></extra>",
        )
    )
    figure.update_layout(
        height=70 + 40 * len(rules),
        margin={"l": 8, "r": 60, "t": 8, "b": 8},
        xaxis={"title": f"{currency} a month", "fixedrange": True, "tickformat": ",~s"},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True, "ticksuffix": " "},
    )
    return figure


def _format_posture_total(rule: Posture, total: Decimal | None, currency: str) -> str:
    if total is None:
        return "not known" if rule.open else "no plan"
    return format_money(total, currency) + ("" if rule.proof == "whole" else ", of what is priced")


def plot_payers(payers: Sequence[Payer], currency: str, ink: str) -> go.Figure:
    """Return what each account pays today (a ring) and under the plan (a dot)."""
    places = list(range(len(payers)))  # not the accounts themselves: their digits would be taken for numbers
    figure = go.Figure()
    for n, p in enumerate(payers):
        figure.add_scatter(
            x=[float(p.before), float(p.after)],
            y=[n, n],
            mode="lines",
            line={"width": 4, "color": COLOURS[2] if p.after <= p.before else COLOURS[5]},
            hoverinfo="skip",
            showlegend=False,
        )
    for title, values, symbol in (
        ("today", [p.before for p in payers], "circle-open"),
        ("under the plan", [p.after for p in payers], "circle"),
    ):
        figure.add_scatter(
            name=title,
            x=[float(v) for v in values],
            y=places,
            mode="markers",
            marker={"size": 12, "symbol": symbol, "color": COLOURS[0], "line": {"width": 2, "color": COLOURS[0]}},
            customdata=[(p.account, format_money(v, currency)) for p, v in zip(payers, values, strict=True)],
            hovertemplate="%{customdata[0]}, " + title + ": <b>%{customdata[1]}</b><extra></extra>",
        )
    for n, p in enumerate(payers):
        figure.add_annotation(
            x=float(max(p.before, p.after)), y=n, xanchor="left", xshift=12, showarrow=False,
            text=f"{format_money(p.before, currency)} → {format_money(p.after, currency)}",
        )  # fmt: skip
    most = float(max((max(p.before, p.after) for p in payers), default=Decimal(1)))
    figure.update_layout(
        height=110 + ROW * len(payers),
        font={"color": ink},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        xaxis={"title": f"{currency} a month", "fixedrange": True, "rangemode": "tozero", "range": [0, most * 1.5]},
        yaxis={
            "range": [len(payers) - 0.5, -0.5],
            "tickvals": places,
            "ticktext": [p.account for p in payers],
            "fixedrange": True,
            "automargin": True,
            "ticksuffix": " ",
        },
    )
    return figure
