"""An architecture as a network: VPC groups, the hops that serve them and services, with the cost of each line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.architectures.build import PATHS
from costmodel.optimizer.plan_sensitivity import fold_minor_names
from dashboard.charts.basic import pick_style
from dashboard.charts.drawing import Drawing
from dashboard.widgets.formatting import format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from costmodel.optimizer.plan_sensitivity import Edge

NAMES = list(dict.fromkeys(p.name for p in PATHS))
"""Every path by name, in an order that keeps colours."""
ROW = 40  # pixels a node
MOST = 14  # nodes of a column that are drawn individually
ZERO = Decimal(0)
_SEEN = Decimal(5).scaleb(-3)  # half a cent: a line that costs less carries no amount
_LABEL = 0.3  # of a line: where its cost is written
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
    colours = {hop: pick_style(numbers.get(paths.get(hop, ""), 6))[0] for hop in names[1]}
    figure = Drawing()
    for side in (0, 1):
        _add_lines(figure, side, _sum_lines(edges, columns, side), place, colours, currency)
    for side, some in enumerate(names):
        nodes = [_Node(n, place[side][n], colours[n] if side == 1 else "#7f7f7f") for n in some]
        _add_nodes(figure, side, nodes, _sum_nodes(edges, columns, side), currency)
    _add_texts(figure, existing, currency)
    return figure.to_figure(
        height=90 + ROW * max(tall, 3),
        font={"color": ink},
        margin={"l": 8, "r": 8, "t": 30, "b": 28},
        xaxis={**FLAT, "range": [-0.45, 2.45]},
        yaxis={**FLAT, "range": [tall, -0.2]},
    )


def _add_texts(figure: Drawing, existing: Decimal, currency: str) -> None:
    """Write the titles of the columns, and below the figure what no flow causes."""
    for side, title in enumerate(("VPCs", "through", "services")):
        figure.add_annotation(x=side, y=1, yref="paper", yanchor="bottom", text=f"<i>{title}</i>")
    if existing > _SEEN:
        figure.add_annotation(
            x=0.5, y=0, xref="paper", yref="paper", yanchor="top",
            text=f"and {format_money(existing, currency)} for kept resources, at their share of the tiers",
        )  # fmt: skip


class _Line(NamedTuple):
    """What a line between two columns shows: the cost a month and the number of flows."""

    cost: Decimal
    flows: int


class _Node(NamedTuple):
    """One name of a column: where it is drawn, from the top, and its colour."""

    name: str
    y: float
    colour: str


class _Curve(NamedTuple):
    """A bent line from a column to the next one."""

    side: int
    y0: float
    y1: float

    def find_point(self, along: float) -> tuple[float, float]:
        """Return x and y of a point, ``along`` from 0 at the left end to 1 at the right."""
        return self.side + along, self.y0 + (self.y1 - self.y0) * (3 - 2 * along) * along * along


def _sum_lines(edges: Sequence[Edge], columns: Sequence[Mapping[str, str]], side: int) -> dict[tuple[str, str], _Line]:
    """Return what flows between a column and the next: (left name, right name) → cost and number of flows."""
    lines: dict[tuple[str, str], _Line] = {}
    for edge in edges:
        way = _name_ends(edge, columns)
        ends = (way[side], way[side + 1])
        line = lines.get(ends, _Line(ZERO, 0))
        lines[ends] = _Line(line.cost + edge.cost, line.flows + edge.flows)
    return lines


def _sum_nodes(edges: Sequence[Edge], columns: Sequence[Mapping[str, str]], side: int) -> dict[str, Decimal]:
    """Return the cost that passes through each name of a column."""
    sums: dict[str, Decimal] = {}
    for edge in edges:
        name = _name_ends(edge, columns)[side]
        sums[name] = sums.get(name, ZERO) + edge.cost
    return sums


def _name_ends(edge: Edge, columns: Sequence[Mapping[str, str]]) -> tuple[str, str, str]:
    """Return the names under which an edge's group, hop and service are drawn."""
    return columns[0][edge.group], columns[1][edge.hop], columns[2][edge.service]


def _add_lines(
    figure: Drawing,
    side: int,
    lines: Mapping[tuple[str, str], _Line],
    place: Sequence[Mapping[str, float]],
    colours: Mapping[str, str],
    currency: str,
) -> None:
    """Draw the lines between a column and the next.

    Args:
        figure: what they are added to.
        side: the number of the left column.
        lines: (left name, right name) → what the line shows.
        place: of each column, name → y.
        colours: hop → colour.
        currency: of the costs.
    """
    most = max((line.cost for line in lines.values()), default=ZERO) or Decimal(1)
    for (one, other), line in lines.items():
        curve = _Curve(side, place[side][one], place[side + 1][other])
        colour = colours[other if side == 0 else one]
        _add_line(figure, curve, f"{one} → {other}", line, currency, colour, float(max(line.cost, ZERO) / most))


def _add_line(figure: Drawing, curve: _Curve, name: str, line: _Line, currency: str, colour: str, share: float) -> None:
    """Draw one line, as wide as its share of the most expensive one, and its cost where that is half a cent or more."""
    points = [curve.find_point(i / 12) for i in range(13)]
    money = format_money(line.cost, currency)
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        line={"width": 1.5 + 13 * share, "color": colour},
        opacity=0.55,
        hoverinfo="text",
        text=f"{name}<br><b>{money}</b> a month, {format_quantity(line.flows, 0)} flows",
        showlegend=False,
    )
    if line.cost >= _SEEN:
        x, y = curve.find_point(_LABEL if curve.side == 0 else 1 - _LABEL)  # near the end that fewer lines share
        figure.add_annotation(x=x, y=y, text=money, font={"size": 11})


def _add_nodes(figure: Drawing, side: int, nodes: Sequence[_Node], sums: Mapping[str, Decimal], currency: str) -> None:
    """Draw one column, each name with its cost."""
    figure.add_scatter(
        x=[side] * len(nodes),
        y=[node.y for node in nodes],
        mode="markers+text",
        marker={
            "size": 15,
            "symbol": ("square", "diamond", "circle")[side],
            "color": [node.colour for node in nodes],
            "line": {"width": 1, "color": "rgba(128,128,128,0.9)"},
        },
        text=[f"{node.name}<br><b>{format_money(sums[node.name], currency)}</b>" for node in nodes],
        textposition=("middle left", "top center", "middle right")[side],
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
