"""What has no price beside an answer: rows for people, views and open items for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.core.decimals import round_to_cents
from costmodel.core.errors import format_short_list
from costmodel.pricing.rows import describe_price
from costmodel.reporting.model import Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from costmodel.core.json_types import JsonAnswer
    from costmodel.optimizer.unpriced_path import NothingPricedError, UnpricedPath
    from costmodel.pricing.book import PriceBook

UNPRICED = "Paths without a price"
"""The title of the table."""
LEAST = "A plan with it, at least"
"""The column of what a plan costs that takes the path."""
NO_PLAN = "–"
"""Stands for what a plan costs where none can take the path."""
_SHOWN = 3  # VPCs of a path that are named


def format_finite_amount(value: float) -> str | None:
    """Return money as a decimal string, rounded to cents; None where it is not finite."""
    return f"{round_to_cents(Decimal(repr(float(value)))):f}" if np.isfinite(value) else None


def build_unpriced_paths_json(paths: Iterable[UnpricedPath], book: PriceBook, on: date | None) -> list[JsonAnswer]:
    """Return the paths that need a price that is not held: one item for each path and price."""
    return [
        {
            "path": path.path,
            "x_Meter": path.meter,
            "RegionId": path.location,
            "to": path.counterpart or None,
            "above": f"{path.above:.0f}" if path.above else None,
            "vpcs": list(path.vpcs),
            "flows": path.flows,
            "at_least": format_finite_amount(path.at_least),
            "ruled_out": path.ruled_out,
            "why": path.explain_price_gap(book, on),
        }
        for path in paths
    ]


def list_open_paths(paths: Iterable[UnpricedPath], book: PriceBook) -> list[dict[str, str | None]]:
    """Return the paths whose price leaves the answer open as open items: what, where, why, remedy, kind, bounds."""
    return [
        {
            "what": path.path,
            "where": path.location,
            "why": f"The price of {describe_price(path.meter, path.location, path.counterpart)} is not known.",
            "remedy": book.describe_remedy(path.meter, path.location),
            "kind": "price",
            "at_least": format_finite_amount(path.at_least),
            "at_most": None,
        }
        for path in paths
        if not path.ruled_out
    ]


def build_unpriced_paths_tables(paths: Iterable[UnpricedPath], currency: str | None, *, plan: bool = True) -> Report:
    """Return the paths that need a price that is not held as a table; no table where there is none.

    Args:
        paths: the paths.
        currency: of what plans cost; None where their places have several.
        plan: whether there is a plan that they may be cheaper than.
    """
    rows: list[list[Any]] = [
        [
            path.path,
            describe_price(path.meter, path.location, path.counterpart)
            + (f" above {path.above:,.0f}" if path.above else ""),
            format_short_list(path.vpcs, _SHOWN),
            format_finite_amount(path.at_least) or NO_PLAN,
            *([_describe_verdict(path)] if plan else []),
        ]
        for path in paths
    ]
    least = LEAST if currency is None else f"{LEAST}, {currency}"
    names = ["Path", "Price needed", "VPCs", least, *([""] if plan else [])]
    return Report([Table("unpriced_paths", UNPRICED, names, rows)] if rows else [])


def _describe_verdict(path: UnpricedPath) -> str:
    if not np.isfinite(path.at_least):
        return "no plan can use it"
    return "cannot be cheaper" if path.ruled_out else "may be cheaper"


def build_nothing_priced_json(demand: str, error: NothingPricedError, book: PriceBook, on: date | None) -> JsonAnswer:
    """Return what ``optimize --format json`` prints where every plan needs a price that is not held."""
    return {
        "demand": demand,
        "plan": None,
        "total": None,
        "total_at_least": format_finite_amount(error.at_least),
        "currency": error.currency,
        "message": str(error),
        "unpriced": build_unpriced_paths_json(error.unpriced, book, on),
        "open": list_open_paths(error.unpriced, book),
        "conflict": [],
        "why_not": [],
    }
