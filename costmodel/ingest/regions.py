"""Reading what is known of Regions and zones beside their prices."""

from __future__ import annotations

import csv
from functools import cache

from costmodel.ingest.folders import folder


@cache
def _rows() -> list[dict[str, str]]:
    with (folder("data") / "pricing" / "regions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def known_locations() -> dict[str, str]:
    """Return every location that resources may lie in, and its type."""
    return {r["location"]: r["type"] for r in _rows() if r["type"] in ("region", "local-zone", "wavelength-zone")}


def partitions() -> dict[str, str]:
    """Return the AWS partition that each location is in."""
    return {r["location"]: r["partition"] for r in _rows()}


def currencies() -> dict[str, str]:
    """Return the currency that each location is billed in."""
    return {r["location"]: r["currency"] for r in _rows()}


def direct_connect_areas() -> dict[str, str]:
    """Return the area of Direct Connect locations that a site near each Region is taken to be in."""
    return {r["location"]: r["direct_connect_area"] for r in _rows() if r["direct_connect_area"]}
