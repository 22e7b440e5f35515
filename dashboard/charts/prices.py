"""Figures of prices: Regions on a grid like a map, history, coverage."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from dashboard.charts.basic import BELOW, GREY, pick_style

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from costmodel.pricing.rows import Location, PriceRow, PriceSchedule

TILE = 52  # pixels
SCALE = "Cividis"  # read alike by every eye, and in grey
KNOWN = ("not offered", "missing", "ends", "inferred", "single", "verified")
TITLES = {
    "not offered": "not offered by AWS there",
    "missing": "no price",
    "ends": "ends at a quantity",
    "inferred": "worked out",
    "single": "one reading",
    "verified": "two readings",
    "contract": "the contract's own",
}
MARKS = {
    "not offered": "×",
    "missing": "",
    "ends": "◐",
    "inferred": "◌",
    "single": "○",
    "verified": "●",
    "contract": "●",
}
_SIGNS = {"not offered": "×", "missing": "–"}
"""What the tile of a Region without a price shows."""

SHADES = ("rgba(128,128,128,0.45)", "rgba(128,128,128,0.15)", "#D55E00", "#E69F00", "#56B4E9", "#0072B2")


def plot_region_grid(
    ladders: Mapping[str, PriceSchedule | None],
    grid: Mapping[str, tuple[int, int]],
    places: Mapping[str, Location],
    codes: Mapping[str, str],
    tier: int = 0,
    unsold: Collection[str] = (),
) -> go.Figure:
    """Return every Region as a tile, about where it is on a map, with its price; darker is more expensive.

    Args:
        ladders: Region → its schedule, None where no price is held.
        grid: Region → column and row.
        codes: Region → how the ids of its zones begin, which a tile has room for.
        places: what is known of each Region.
        tier: which step of the schedule.
        unsold: the Regions in which AWS does not offer it.
    """
    priced = {r: f for r, f in ladders.items() if f is not None and tier < len(f.tiers.prices)}
    tiles = _Tiles(grid)
    hover = {r: _describe_tile(r, places[r].name, f, tier) for r, f in priced.items()}
    by_currency: dict[str, dict[str, Decimal]] = {}
    for region, schedule in priced.items():
        by_currency.setdefault(schedule.currency, {})[region] = schedule.tiers.prices[tier]
    for _, prices in sorted(by_currency.items()):
        _add_priced_tiles(tiles, prices, codes, hover)
    lacking = {r: "not offered" if r in unsold else "missing" for r in grid if r not in priced}
    if lacking:
        tiles.add(
            dict.fromkeys(lacking, 0.0),
            {r: f"{codes[r]}<br>{_SIGNS[why]}" for r, why in lacking.items()},
            {r: f"{r} · {places[r].name}<br>{TITLES[why]}" for r, why in lacking.items()},
            colorscale=[[0, GREY], [1, GREY]],
        )
    return tiles.to_figure()


def _add_priced_tiles(
    tiles: _Tiles, prices: Mapping[str, Decimal], codes: Mapping[str, str], hover: Mapping[str, str]
) -> None:
    """Add the Regions whose prices are in one currency; the most expensive one is the darkest."""
    low, high = float(min(prices.values())), float(max(prices.values()))
    tiles.add(
        {region: float(price) for region, price in prices.items()},
        {region: f"<b>{codes[region]}</b><br>{price.normalize():f}" for region, price in prices.items()},
        {region: hover[region] for region in prices},
        colorscale=SCALE,
        reversescale=True,
        zmin=low if low < high else low - 1,
        zmax=high,
    )


class _Tiles:
    """A figure of one tile a Region, each where the grid has it."""

    def __init__(self, grid: Mapping[str, tuple[int, int]]) -> None:
        """Start with no tile.

        Args:
            grid: Region → column and row, from 1.
        """
        self._grid = grid
        self._columns = range(1, max(column for column, _ in grid.values()) + 1)
        self._rows = range(1, max(row for _, row in grid.values()) + 1)
        self._figure = go.Figure()

    def add(self, z: Mapping[str, float], text: Mapping[str, str], hover: Mapping[str, str], **more: Any) -> None:
        """Add tiles: Region → the value that colours its tile, its text, and what it says when it is pointed at."""
        self._figure.add_heatmap(
            x=list(self._columns),
            y=list(self._rows),
            z=self._place_values(z, None),
            text=self._place_values(text, ""),
            customdata=self._place_values(hover, ""),
            texttemplate="%{text}",
            textfont={"size": 10},
            hovertemplate="%{customdata}<extra></extra>",
            xgap=3,
            ygap=3,
            showscale=False,
            **more,
        )

    def _place_values(self, values: Mapping[str, Any], blank: Any) -> list[list[Any]]:
        """Return the values row by row, with ``blank`` where there is no tile."""
        by_place = {self._grid[region]: value for region, value in values.items()}
        return [[by_place.get((column, row), blank) for column in self._columns] for row in self._rows]

    def to_figure(self) -> go.Figure:
        """Return the figure."""
        self._figure.update_layout(
            height=40 + TILE * len(self._rows),
            margin={"l": 0, "r": 0, "t": 8, "b": 8},
            showlegend=False,
            xaxis={"visible": False, "fixedrange": True, "range": [0.4, len(self._columns) + 0.6]},
            yaxis={"visible": False, "fixedrange": True, "range": [len(self._rows) + 0.6, 0.4]},
        )
        return self._figure


def _describe_tile(region: str, name: str, found: PriceSchedule, tier: int) -> str:
    row = found.rows[tier]
    sources = row.source_ids.replace(";", "<br>")
    steps = " / ".join(f"{p.normalize():f}" for p in found.tiers.prices)
    return (
        f"<b>{region}</b> · {name}<br>{steps} {found.currency} per {row.unit or 'unit'}<br>"
        f"of {found.date or 'no date'}, {TITLES.get(row.confidence, row.confidence)}<br>{sources}"
    )


def plot_price_history(
    editions: Sequence[tuple[str, Sequence[tuple[str, Sequence[PriceRow]]]]], unit: str
) -> go.Figure:
    """Return how prices of several Regions changed: steps, a mark where each edition was read.

    Args:
        editions: Region and its dated editions, oldest first, of each the rows of all tiers.
        unit: of the meter.
    """
    figure = go.Figure()
    for number, (place, dated) in enumerate(editions):
        colour, _, _ = pick_style(number)
        tiers = sorted({r.tier_from for _, rows in dated for r in rows}, key=Decimal)
        for step, begin in enumerate(tiers):
            of = [(day, r) for day, rows in dated for r in rows if r.tier_from == begin and day]
            figure.add_scatter(
                x=[day for day, _ in of],
                y=[float(r.price) for _, r in of],
                mode="lines+markers",
                line={"shape": "hv", "color": colour, "dash": ("solid", "dash", "dot", "dashdot")[step % 4]},
                marker={"size": 9, "symbol": ["circle" if r.table == "embedded" else "diamond" for _, r in of]},
                name=place if len(tiers) == 1 else f"{place}, from {int(Decimal(begin)):,}",
                customdata=[f"{r.price} {r.currency}, {r.source_ids}" for _, r in of],
                hovertemplate="%{x}: %{customdata}<extra>" + place + "</extra>",
            )
    figure.update_layout(
        height=340 + 16 * len(figure.data),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend=BELOW,
        yaxis={"title": f"per {unit}", "rangemode": "tozero", "fixedrange": True},
        xaxis={"fixedrange": True, "type": "date"},
    )
    return figure


def plot_price_coverage(found: Mapping[str, Mapping[str, str]], titles: Mapping[str, str]) -> go.Figure:
    """Return which meters are priced in which Regions, and how well each price is known: by shade and by mark."""
    places = list(next(iter(found.values()), {}))
    meters = list(found)
    level = {name: n for n, name in enumerate(KNOWN)}
    steps: list[Any] = []
    for n, shade in enumerate(SHADES):
        steps += [[n / len(SHADES), shade], [(n + 1) / len(SHADES), shade]]
    figure = go.Figure(
        go.Heatmap(
            x=places,
            y=[titles.get(m, m) for m in meters],
            z=[[level.get(found[m][p], level["verified"]) for p in places] for m in meters],
            text=[[MARKS.get(found[m][p], "●") for p in places] for m in meters],
            customdata=[[TITLES.get(found[m][p], found[m][p]) for p in places] for m in meters],
            texttemplate="%{text}",
            hovertemplate="%{y}<br>%{x}: <b>%{customdata}</b><extra></extra>",
            colorscale=steps,
            zmin=-0.5,
            zmax=len(KNOWN) - 0.5,
            xgap=1,
            ygap=1,
            showscale=False,
        )
    )
    figure.update_layout(
        height=110 + 20 * len(meters),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"tickangle": -60, "fixedrange": True, "automargin": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True},
    )
    return figure
