"""Figures: pure functions from the engine's numbers to plotly."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from costmodel.aws import VARIANTS
from costmodel.management_report.svg import COLOURS as COLOURS  # noqa: PLC0414 - standalone pages have the same
from costmodel.network.modules import sum_pieces
from dashboard.charts.drawing import Drawing
from dashboard.widgets.formatting import format_factor, format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.comparison.cost_function import CostFunction
    from costmodel.comparison.options import Option
    from costmodel.network.modules import Piece

INKS = ("#FFFFFF", *("#000000",) * 6)  # of text on each colour
GREY = "#616161"  # frames; white is read on it, in the light and in the dark
PATTERNS = ("", "/", "x", ".")
DASHES = ("solid", "dash", "dot", "dashdot")
ROW = 46  # pixels a bar
LEGEND = 15  # pixels an entry
BELOW = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
ZERO = Decimal(0)
OTHERS = "other modules"
POINTS = 60  # of a curve, beside its exact corners, so that pointing at it finds one


def pick_style(number: int) -> tuple[str, str, str]:
    """Return colour, pattern and dash of the n-th thing of a list."""
    turn, colour = divmod(number, len(COLOURS))
    return COLOURS[colour], PATTERNS[turn % len(PATTERNS)], DASHES[turn % len(DASHES)]


def make_step_scale(colours: Sequence[str]) -> list[list[float | str]]:
    """Return a colour scale without transitions: each colour has an equal part of 0 to 1."""
    count = len(colours)
    return [[end, colour] for i, colour in enumerate(colours) for end in (i / count, (i + 1) / count)]


def add_colour_legend(figure: go.Figure, names: Sequence[str], colours: Sequence[str]) -> None:
    """Add an entry to the legend for each name, with a square of its colour."""
    for name, colour in zip(names, colours, strict=True):
        figure.add_scatter(
            x=[None], y=[None], mode="markers", marker={"size": 12, "symbol": "square", "color": colour}, name=name
        )


def plot_stacked_costs(options: Sequence[Option], more: Mapping[str, Decimal], currency: str) -> go.Figure:
    """Return one bar an architecture, the first on top, made of its charges.

    Args:
        options: architectures with a total, cheapest first.
        more: architecture → its difference to the cheapest.
        currency: of all of them.
    """
    by: dict[str, dict[str | None, Decimal]] = {
        o.name: o.bill.by("ChargeDescription") for o in options if o.bill is not None
    }
    largest: dict[str, Any] = {}
    for costs in by.values():
        for charge, cost in costs.items():
            largest[str(charge)] = max(cost, largest.get(str(charge), cost))
    figure = Drawing()
    for number, charge in enumerate(sorted(largest, key=largest.__getitem__, reverse=True)):
        colour, pattern, _ = pick_style(number)
        figure.add_bar(
            name=charge,
            orientation="h",
            y=list(by),
            x=[float(costs.get(charge, ZERO)) for costs in by.values()],
            customdata=[format_money(costs.get(charge, ZERO), currency) for costs in by.values()],
            hovertemplate="%{y}<br>" + charge + "<br><b>%{customdata}</b><extra></extra>",
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fillmode": "overlay", "size": 7, "solidity": 0.25},
                "line": {"width": 0.5, "color": "rgba(128,128,128,0.6)"},
            },
        )
    labels = []
    for option in options:
        extra = more.get(option.name)
        difference = f"  {format_money(extra, currency, sign=True)}" if extra else ""
        labels.append(f"{option.name}<br><b>{format_money(option.total, currency)}</b>{difference}")
    return figure.to_figure(
        barmode="stack",
        height=110 + ROW * len(by) + LEGEND * len(largest),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={**BELOW, "traceorder": "normal"},
        xaxis={"title": {"text": f"{currency} a month"}, "fixedrange": True, "tickformat": ",~s"},
        yaxis={
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
            "tickvals": list(by),
            "ticktext": labels,
            "ticksuffix": " ",
        },
        hoverlabel={"align": "left"},
    )


def plot_crossover(
    functions: Sequence[CostFunction],
    changes: Sequence[Mapping[str, Any]],
    top: float,
    *,
    gb: float | None,
    currency: str,
    numbers: Mapping[str, int],
) -> go.Figure:
    """Return cost against the GB, a line an architecture, with the points where the cheapest changes.

    Args:
        functions: compiled architectures.
        changes: what :func:`costmodel.comparison.cost_function.crossings` found.
        top: the largest factor.
        gb: GB at factor 1, if the axis counts GB; None counts the factor.
        currency: of the costs.
        numbers: architecture → its number, so that it keeps its colour.
    """
    unit = 1.0 if gb is None else gb
    cheapest = {name for change in changes for name in (change["from"], change["to"])}
    figure = Drawing()
    for function in functions:
        colour, _, dash = pick_style(numbers[function.name])
        at = np.array(sorted({*np.linspace(0, top, POINTS), *function.find_knots(top)}))
        costs = function(at)
        figure.add_scatter(
            name=function.name,
            mode="lines",
            x=at * unit,
            y=costs,
            line={"color": colour, "dash": dash, "width": 3.5 if function.name in cheapest else 1.5},
            hovertemplate=f"{function.name}: %{{y:,.2f}}<extra></extra>",
        )
    figure.add_vertical_line(unit, width=1, color="rgba(128,128,128,0.5)")
    figure.add_annotation(text="today", x=unit, y=0, yref="y domain", xanchor="left", yanchor="bottom")
    for change in changes:
        x = float(change["at"]) * unit
        where = f"{format_quantity(x, 0)} GB" if gb is not None else f"× {format_factor(change['at'])}"
        figure.add_vertical_line(x, dash="dot", width=1, color="rgba(128,128,128,0.9)")
        figure.add_scatter(
            x=[x],
            y=[change["total"]],
            mode="markers",
            marker={"size": 11, "symbol": "circle-open", "color": "#D55E00", "line": {"width": 3}},
            showlegend=False,
            hovertemplate=f"{where}: from {change['from']} to {change['to']}<extra></extra>",
        )
        figure.add_annotation(x=x, y=1, yref="paper", yanchor="bottom", text=where, xanchor="center", font={"size": 12})
    return figure.to_figure(
        height=400 + LEGEND * len(functions),
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        hovermode="x unified",
        legend=BELOW,
        xaxis={
            "title": {"text": "GB a month, all flows together" if gb is not None else "factor on the GB of every flow"},
            "range": [0, top * unit],
            "fixedrange": True,
            "tickformat": ",~f" if gb is None else ",~s",
        },
        yaxis={
            "title": {"text": f"{currency} a month"},
            "rangemode": "tozero",
            "fixedrange": True,
            "tickformat": ",~s",
        },
    )


def plot_treemap(parts: Sequence[Piece], currency: str, most: int = 100, modules: int = 24) -> go.Figure:
    """Return what is paid as nested areas: modules, kinds in them, resources in those.

    Args:
        parts: a bill's parts.
        currency: of all of them.
        most: resources that are drawn individually, the most expensive ones; the others of a kind share an area.
        modules: modules that are drawn individually; the others share an area.
    """
    areas = _sum_areas(parts, most, modules)
    charged = sorted({p.kind for p in parts if any(not variant.free for variant in VARIANTS[p.kind])})
    styles = {
        kind: pick_style(number) for number, kind in enumerate(charged)
    }  # of what is there: usage moves no colour
    looks = [styles[key[1]] if len(key) > 1 else (GREY, "", "") for key in areas]
    inks = dict(zip(COLOURS, INKS, strict=True))
    figure = go.Figure(
        go.Treemap(
            ids=[_make_area_id(key) for key in areas],
            labels=[_label_area(key) for key in areas],
            parents=[_make_area_id(key[:-1]) if key else "" for key in areas],
            values=[float(cost) for cost in areas.values()],
            customdata=[
                (format_money(cost, currency), _escape_name(key[-1] if key else "all")) for key, cost in areas.items()
            ],
            marker={
                "colors": [colour for colour, _, _ in looks],
                "pattern": {"shape": [pattern for _, pattern, _ in looks], "fillmode": "overlay", "solidity": 0.15},
                "line": {"width": 1},
            },
            textfont={"color": [inks.get(colour, "#FFFFFF") for colour, _, _ in looks]},
            branchvalues="total",
            texttemplate="%{label}<br><b>%{customdata[0]}</b>",
            hovertemplate="%{customdata[1]}<br><b>%{customdata[0]}</b> a month<extra></extra>",
            tiling={"pad": 2},
        )
    )
    figure.update_layout(
        height=460, margin={"l": 4, "r": 4, "t": 4, "b": 4}, uniformtext={"minsize": 10, "mode": "hide"}
    )
    return figure


def _sum_areas(parts: Sequence[Piece], most: int, modules: int) -> dict[tuple[str, ...], Decimal]:
    """Return the areas of a treemap: (), (module,), (module, kind) and (module, kind, resource) → cost."""
    apart = {module for (module,) in list(sum_pieces(parts, "module"))[:modules]}
    near = (p if p.module in apart else p._replace(module=OTHERS) for p in parts if p.cost)
    leaves = sum_pieces(near, "module", "kind", "name")
    areas: dict[tuple[str, ...], Decimal] = {}
    for number, ((module, kind, name), cost) in enumerate(leaves.items()):
        key = (module, kind, name if number < most and module != OTHERS else "others")
        for depth in range(4):
            areas[key[:depth]] = areas.get(key[:depth], ZERO) + cost
    return areas


def _make_area_id(key: tuple[str, ...]) -> str:
    return "/".join(map(str, ("all", *key)))


def _label_area(key: tuple[str, ...]) -> str:
    name = key[-1] if key else "all"
    if len(key) == 3:  # noqa: PLR2004 - a resource, in its module and kind: what is left of its address
        name = re.sub(r"^aws(cc)?_\w+\.", "", name.removeprefix(f"{key[0]}."))
    return _escape_name(name)


def _escape_name(name: str) -> str:
    return (name or "root module").replace("&", "&amp;").replace("<", "&lt;")  # plotly reads tags
