"""The tables that a bill is told apart by, as they ship with the package."""

from __future__ import annotations

import csv
from functools import cache
from typing import TYPE_CHECKING

from costmodel.ingest.folders import folder
from costmodel.ingest.regions import direct_connect_areas, home
from costmodel.reconcile.classify import Classifier, Description, UsageType

if TYPE_CHECKING:
    from pathlib import Path


@cache
def load_classifier() -> Classifier:
    """Read what usage types, descriptions, services and prefixes mean."""
    catalogue, pricing = folder("data") / "catalogue", folder("data") / "pricing"
    types = [
        UsageType(r["usage_type"], r["operation"], r["service_code"], r["prefix"], r["meter"], r["charged"] == "yes")
        for r in _rows(catalogue / "usage_types.csv")
    ]
    descriptions = [
        Description(tuple(r["contains"].split(";")), r["meter"], r["charged"] == "yes")
        for r in _rows(catalogue / "charge_descriptions.csv")
    ]
    services = {r["service"]: r["network"] == "yes" for r in _rows(catalogue / "network_services.csv")}
    places = [r for r in _rows(pricing / "regions.csv") if r["type"] == "region"]
    prefixes = {r["usage_type_prefix"]: r["location"] for r in places if r["usage_type_prefix"]}
    names = {r[k]: r["location"] for r in places for k in ("name", "feed_name", "location") if r[k]}
    for r in _rows(catalogue / "location_aliases.csv"):
        (prefixes if r["kind"] == "prefix" else names)[r["alias"]] = r["location"]
    return Classifier(types, descriptions, services, prefixes, names, home(), direct_connect_areas())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
