"""An architecture as a network: VPC groups, the hops that serve them and services, with the cost of each line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.architectures.build import PATHS
from costmodel.optimizer.plan_sensitivity import fold_minor_names
from dashboard.charts.basic import pick_style
from dashboard.charts.drawing import Drawing
from dashboard.widgets.formatting import format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from costmodel.optimizer.plan_sensitivity import Edge

NAMES = list(dict.fromkeys(p.name for p in PATHS))
"""Every path by name, in an order that keeps colours."""
ROW = 40  # pixels a node
MOST = 14  # nodes of a column that are drawn one by one
_SEEN = Decimal(5).scaleb(-3)  # half a cent: a line that costs less carries no amount
_LABEL = 0.3  # of a line: where its cost stands
FLAT: dict[str, Any] = {"visible": False, "fixedrange": True}


def assign_path_numbers(edges: Sequence[Edge]) -> dict[str, int]:
    """Return the number of each path that is used, so that it keeps its colour on a page."""
    used = {e.path for e in edges}
    return {name: i for i, name in enumerate(name for name in NAMES if name in used)}


def plot_topology(
    edges: Sequence[Edge], existing: Decimal, currency: str, numbers: dict[str, int], ink: str
) -> go.Figure:
    """Return VPC groups, the hops that serve them and services as a network, with the cost of each hop.

    Args:
        edges: what each group's flows cost by hop and service.
        existing: what no flow causes: what is kept, at its share of the tiers.
        currency: of the costs.
        numbers: path → its number, so that it keeps its colour.
        ink: the colour of words.
    """
    columns = [fold_minor_names(edges, field, MOST) for field in ("group", "hop", "service")]
    names = [list(dict.fromkeys(shown.values())) for shown in columns]
    tall = max(map(len, names))
    place = [{n: (i + 0.5) * tall / len(some) for i, n in enumerate(some)} for some in names]
    paths = {e.hop: e.path for e in edges}  # "3 others" has none, and the last colour
    figure = Drawing()
    for side in (0, 1):
        sums: dict[tuple[str, str], Decimal] = {}
        flows: dict[tuple[str, str], int] = {}
        for e in edges:
            way = (columns[0][e.group], columns[1][e.hop], columns[2][e.service])
            ends = (way[side], way[side + 1])
            sums[ends] = sums.get(ends, Decimal(0)) + e.cost
            flows[ends] = flows.get(ends, 0) + e.flows
        most = max(sums.values(), default=Decimal(0)) or Decimal(1)
        for (one, other), cost in sums.items():
            hop = other if side == 0 else one
            colour = pick_style(numbers.get(paths.get(hop, ""), 6))[0]
            x0, x1, y0, y1 = side, side + 1, place[side][one], place[side + 1][other]
            steps = [i / 12 for i in range(13)]
            bent = [y0 + (y1 - y0) * (3 * t * t - 2 * t * t * t) for t in steps]
            text = (
                f"{one} → {other}<br><b>{format_money(cost, currency)}</b> a month, "
                f"{format_quantity(flows[one, other], 0)} flows"
            )
            figure.add_scatter(
                x=[x0 + (x1 - x0) * t for t in steps],
                y=bent,
                mode="lines",
                line={"width": 1.5 + 13 * float(max(cost, Decimal(0)) / most), "color": colour},
                opacity=0.55,
                hoverinfo="text",
                text=text,
                showlegend=False,
            )
            if cost >= _SEEN:
                at = _LABEL if side == 0 else 1 - _LABEL  # near the end that fewer lines share
                figure.add_annotation(
                    x=x0 + (x1 - x0) * at, y=y0 + (y1 - y0) * (3 - 2 * at) * at * at, text=format_money(cost, currency),
                    font={"size": 11},
                )  # fmt: skip
    for side, some in enumerate(names):
        sums_: dict[str, Decimal] = {}
        for e in edges:
            name = (columns[0][e.group], columns[1][e.hop], columns[2][e.service])[side]
            sums_[name] = sums_.get(name, Decimal(0)) + e.cost
        figure.add_scatter(
            x=[side] * len(some),
            y=[place[side][n] for n in some],
            mode="markers+text",
            marker={
                "size": 15,
                "symbol": ("square", "diamond", "circle")[side],
                "color": [pick_style(numbers.get(paths.get(n, ""), 6))[0] if side == 1 else "#7f7f7f" for n in some],
                "line": {"width": 1, "color": "rgba(128,128,128,0.9)"},
            },
            text=[f"{n}<br><b>{format_money(sums_[n], currency)}</b>" for n in some],
            textposition=("middle left", "top center", "middle right")[side],
            hoverinfo="skip",
            showlegend=False,
            cliponaxis=False,
        )
    if existing > Decimal("0.005"):
        figure.add_annotation(
            x=0.5, y=0, xref="paper", yref="paper", yanchor="top",
            text=f"and {format_money(existing, currency)} for kept resources, at their share of the tiers",
        )  # fmt: skip
    for side, title in enumerate(("VPCs", "through", "services")):
        figure.add_annotation(x=side, y=1, yref="paper", yanchor="bottom", text=f"<i>{title}</i>")
    return figure.to_figure(
        height=90 + ROW * max(tall, 3),
        font={"color": ink},
        margin={"l": 8, "r": 8, "t": 30, "b": 28},
        xaxis={**FLAT, "range": [-0.45, 2.45]},
        yaxis={**FLAT, "range": [tall, -0.2]},
    )
