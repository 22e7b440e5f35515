"""Figures of traffic: pure functions from what flow logs show to plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from costmodel.core.decimals import round_to_cents
from costmodel.flow_logs.demand import UNNAMED
from costmodel.flow_logs.report import format_service_name
from dashboard.charts.basic import pick_style
from dashboard.widgets.formatting import format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from costmodel.flow_logs.billed import Key, Sum
    from costmodel.flow_logs.report import TrafficReport

HOPS = ("nat-gateway", "regional-nat-gateway", "interface-endpoint", "gateway-endpoint", "transit-gateway",
        "internet-gateway", "cross-zone", "peering")  # fmt: skip
"""Hops that have a colour of their own."""

MOST = 12  # nodes of a column that are drawn individually
GREY = "rgba(128,128,128,0.55)"
OTHERS = "others"

_Node = tuple[int, str]
"""A column of the Sankey diagram, from 0, and a name."""


def plot_traffic_sankey(of: TrafficReport, *, dollars: bool, ink: str) -> go.Figure:
    """Return traffic as a Sankey diagram, from VPC through hop to service, in GB or in dollars of a month.

    A flow of unknown cost is left out of the dollars; what costs nothing has a width in GB only.

    Args:
        of: the report.
        dollars: whether widths are dollars of a month, not GB.
        ink: the colour of text, which has to be read on coloured links too.
    """
    links = _sum_links(of, dollars=dollars)
    nodes = list(dict.fromkeys(end for ends in links for end in ends))
    number = {node: n for n, node in enumerate(nodes)}
    sums = _sum_sankey_nodes(links)
    values = {node: _format_width(of, value, dollars=dollars) for node, value in sums.items()}
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            textfont={"size": 13, "color": ink},
            node={
                "label": [name if side == 1 else f"{name} · {values[side, name]}" for side, name in nodes],
                "customdata": [f"{name}<br><b>{values[side, name]}</b>" for side, name in nodes],
                "color": [_pick_colour(name) if side == 1 else "#7f7f7f" for side, name in nodes],
                "pad": 18,
                "thickness": 14,
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            link={
                "source": [number[one] for one, _ in links],
                "target": [number[other] for _, other in links],
                "value": list(links.values()),
                "color": [
                    _make_pale_colour(_pick_colour(other[1] if other[0] == 1 else one[1])) for one, other in links
                ],
                "customdata": [
                    f"{one[1]} → {other[1]}<br><b>{_format_width(of, value, dollars=dollars)}</b>"
                    for (one, other), value in links.items()
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        )
    )
    tall = max((sum(1 for side, _ in nodes if side == n) for n in range(3)), default=1)
    figure.update_layout(height=140 + 44 * tall, margin={"l": 8, "r": 8, "t": 12, "b": 12})
    return figure


def _measure_flow(of: TrafficReport, key: Key, flow: Sum, *, dollars: bool) -> float:
    """Return how wide a flow is drawn: dollars of a month, or GB (rows, where a log has no bytes)."""
    if dollars:
        return float(of.costs.get(key, 0))
    return of.traffic.to_gigabytes(flow.sent + flow.received) or flow.rows


def _sum_links(of: TrafficReport, *, dollars: bool) -> dict[tuple[_Node, _Node], float]:
    """Return the links of the Sankey diagram: from a node to one of the next column → width."""
    names: tuple[Callable[[Key], str], ...] = (lambda k: k.vpc or UNNAMED, lambda k: k.hop, format_service_name)
    measured = [(key, _measure_flow(of, key, flow, dollars=dollars)) for key, flow in of.traffic.sums.items()]
    flows = [(key, value) for key, value in measured if value > 0]
    shown = [_merge_small_names(flows, name) for name in names]
    links: dict[tuple[_Node, _Node], float] = {}
    for key, value in flows:
        way = [column[name(key)] for column, name in zip(shown, names, strict=True)]
        for side in (0, 1):
            ends = (side, way[side]), (side + 1, way[side + 1])
            links[ends] = links.get(ends, 0.0) + value
    return links


def _sum_sankey_nodes(links: Mapping[tuple[_Node, _Node], float]) -> dict[_Node, float]:
    """Return what passes through each node: what comes in, or what leaves the first column."""
    sums: dict[_Node, float] = {}
    for (one, other), value in links.items():
        sums[other] = sums.get(other, 0.0) + value
        if one[0] == 0:
            sums[one] = sums.get(one, 0.0) + value
    return sums


def _format_width(of: TrafficReport, value: float, *, dollars: bool) -> str:
    """Return a width in words: money, or GB."""
    if dollars:
        return format_money(round_to_cents(_to_decimal(value)), of.currency or "USD")
    return f"{format_quantity(value, 2)} GB"


def _merge_small_names(flows: list[tuple[Key, float]], name: Callable[[Key], str]) -> dict[str, str]:
    """Return what each name of a column is drawn as: the largest by themselves, the rest together."""
    sums: dict[str, float] = {}
    for key, value in flows:
        sums[name(key)] = sums.get(name(key), 0.0) + value
    order = sorted(sums, key=lambda n: -sums[n])
    kept = set(order if len(order) <= MOST else order[: MOST - 1])
    return {n: n if n in kept else f"{len(order) - len(kept)} {OTHERS}" for n in sums}


def _pick_colour(hop: str) -> str:
    return pick_style(HOPS.index(hop))[0] if hop in HOPS else "#7f7f7f"


def _make_pale_colour(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.4)"


def _to_decimal(value: float) -> Any:
    from decimal import Decimal

    return Decimal(repr(value))


def plot_talkers(of: TrafficReport, most: int = 15) -> go.Figure:
    """Return one bar a client, sent and received, the largest on top."""
    sums: dict[str, list[float]] = {}
    for client, one in of.rank_talkers():
        name = f"{client.address}{f' · {client.vpc}' if client.vpc else ''}"
        pair = sums.setdefault(name, [0.0, 0.0])
        pair[0] += of.traffic.to_gigabytes(one.sent) or 0.0
        pair[1] += of.traffic.to_gigabytes(one.received) or 0.0
    shown = sorted(sums, key=lambda n: -sum(sums[n]))[:most]
    figure = go.Figure()
    for way, title in enumerate(("GB sent", "GB received")):
        figure.add_bar(
            orientation="h",
            name=title,
            y=shown,
            x=[sums[n][way] for n in shown],
            customdata=[f"{format_quantity(sums[n][way], 2)} GB" for n in shown],
            hovertemplate="%{y}<br>" + title + "<br><b>%{customdata}</b><extra></extra>",
            marker={"color": pick_style(way)[0], "pattern": {"shape": pick_style(way)[1], "size": 7, "solidity": 0.25}},
        )
    figure.update_layout(
        barmode="stack",
        height=110 + 28 * len(shown),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"title": "GB in the time covered", "tickformat": ",.2~f"},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "title": None},
    )
    return figure
