"""The tables by which rows of a bill are classified, as they ship with the package."""

from __future__ import annotations

from functools import cache

from costmodel.pricing.reading.regions import get_home_region, load_direct_connect_areas
from costmodel.pricing.usage_types import Classifier, Description, UsageType
from costmodel.tabular.data_files import read_data_table


@cache
def load_classifier() -> Classifier:
    """Read what usage types, descriptions, services and prefixes mean."""
    types = [
        UsageType(r["usage_type"], r["operation"], r["service_code"], r["prefix"], r["meter"], r["charged"] == "yes")
        for r in read_data_table("catalogue", "usage_types.csv")
    ]
    descriptions = [
        Description(tuple(r["contains"].split(";")), r["meter"], r["charged"] == "yes")
        for r in read_data_table("catalogue", "charge_descriptions.csv")
    ]
    services = {r["service"]: r["network"] == "yes" for r in read_data_table("catalogue", "network_services.csv")}
    places = [r for r in read_data_table("pricing", "regions.csv") if r["type"] == "region"]
    prefixes = {r["usage_type_prefix"]: r["location"] for r in places if r["usage_type_prefix"]}
    names = {r[k]: r["location"] for r in places for k in ("name", "feed_name", "location") if r[k]}
    for r in read_data_table("catalogue", "location_aliases.csv"):
        (prefixes if r["kind"] == "prefix" else names)[r["alias"]] = r["location"]
    return Classifier(types, descriptions, services, prefixes, names, get_home_region(), load_direct_connect_areas())
