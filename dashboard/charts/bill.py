"""Figures of a real bill: pure functions from its sums to plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from costmodel.actual_bills.rerated import round_amount
from dashboard.charts.basic import BELOW, GREY, LEGEND, PATTERNS, pick_style
from dashboard.widgets.formatting import format_money

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from costmodel.actual_bills.finding import Finding

SURENESS = {"high": "sure", "medium": "likely", "low": "at most"}
MOST = 8  # things with a colour of their own
REST = "everything else"


def plot_cost_by_day(table: pd.DataFrame, currency: str) -> go.Figure:
    """Return stacked bars: the network's cost on each day by column, the most expensive at the bottom."""
    shown = table[table.columns[:MOST]]
    if len(table.columns) > MOST:
        shown = shown.assign(**{REST: table[table.columns[MOST:]].sum(axis=1)})
    figure = go.Figure()
    for number, name in enumerate(shown.columns):
        colour, pattern, _ = pick_style(number) if name != REST else (GREY, "", "")
        figure.add_bar(
            name=str(name),
            x=list(shown.index),
            y=shown[name].tolist(),
            customdata=[format_money(round_amount(v), currency) for v in shown[name]],
            hovertemplate=f"%{{x}}<br>{name}<br><b>%{{customdata}}</b><extra></extra>",
            marker={"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "size": 7, "solidity": 0.25}},
        )
    figure.update_layout(
        barmode="relative",
        height=380 + LEGEND * len(shown.columns),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend=BELOW,
        xaxis={"type": "category", "nticks": 12, "title": None},
        yaxis={"title": f"{currency} a day", "tickformat": ",.2~f"},
    )
    return figure


def plot_ranked_costs(sums: pd.Series, currency: str, most: int = 20) -> go.Figure:
    """Return one bar a thing, the most expensive on top; what is beyond ``most`` is one bar at the bottom."""
    shown = [(str(k), float(v)) for k, v in sums.head(most).items()]
    if len(sums) > most:
        shown.append((f"{len(sums) - most:,} more", float(sums.iloc[most:].sum())))
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[_trim_name(name) for name, _ in shown],
            x=[value for _, value in shown],
            text=[format_money(round_amount(value), currency) for _, value in shown],
            textposition="outside",
            cliponaxis=False,
            customdata=[name for name, _ in shown],
            hovertemplate="%{customdata}<br><b>%{text}</b><extra></extra>",
            marker={"color": pick_style(0)[0]},
        )
    )
    top = max((value for _, value in shown), default=1.0)
    figure.update_layout(
        height=80 + 28 * len(shown),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"visible": False, "range": [0, 1.2 * top or 1.0]},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "title": None},
    )
    return figure


def plot_findings(found: Sequence[Finding], currency: str, kinds: Sequence[str], most: int = 12) -> go.Figure:
    """Return one bar a finding of these kinds of sureness, the largest on top; colour and pattern say which it is."""
    shown = [f for f in found if f.monthly > 0 and f.confidence in kinds][:most]
    figure = go.Figure()
    for number, (confidence, name) in enumerate(SURENESS.items()):
        if confidence not in kinds:
            continue
        rows = [f for f in shown if f.confidence == confidence]
        figure.add_bar(
            orientation="h",
            name=name,
            y=[f.id for f in rows],
            x=[f.monthly for f in rows],
            text=[f"{format_money(round_amount(f.monthly), currency)}  {f.title}" for f in rows],
            textposition="outside",
            cliponaxis=False,
            customdata=[[f.resource, f.next] for f in rows],
            hovertemplate="%{text}<br>%{customdata[0]}<extra></extra>",
            marker={
                "color": pick_style(2 - number)[0],
                "pattern": {"shape": PATTERNS[number], "size": 6, "solidity": 0.3},
            },
        )
    top = max((f.monthly for f in shown), default=1.0)
    figure.update_layout(
        height=80 + 28 * len(shown) + LEGEND * (len(kinds) > 1),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend=BELOW,
        xaxis={"visible": False, "range": [0, 2.2 * top]},
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [f.id for f in reversed(shown)],
            "automargin": True,
            "title": None,
        },
    )
    return figure


def _trim_name(name: str, most: int = 48) -> str:
    """Return the end of a long name: of an ARN that is what tells it apart."""
    return name if len(name) <= most else f"… {name[-most:]}"
