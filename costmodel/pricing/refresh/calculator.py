"""The price feed of AWS's Pricing Calculator (meteredUnitMaps): a code a rate, the same in every Region."""

from __future__ import annotations

import json
import zlib
from functools import cache
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError, format_short_list
from costmodel.pricing.book import PriceRow
from costmodel.pricing.editions import name_source_family
from costmodel.pricing.reading.regions import get_home_region, load_location_names, load_usage_type_prefixes
from costmodel.pricing.refresh.mapping import Imported, make_price_source, normalize_price
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from typing import BinaryIO

    from costmodel.pricing.book import PriceBook

_ANYWHERE = frozenset({"", "Any"})
"""What the feed calls the place of prices that are no Region's."""


@cache
def _load_codes() -> dict[tuple[str, bool], dict[str, str]]:
    """Return what each code means in a Region, and where it is no Region's, which may be another meter."""
    return {(r["code"], r["place"] != "global"): r for r in read_data_table("catalogue", "calculator_codes.csv")}


def read_feed(stream: BinaryIO, name: str, book: PriceBook) -> Imported:
    """Read a file of the calculator's feed.

    Args:
        stream: its bytes, not compressed.
        name: what messages call it.
        book: for the places.

    Raises:
        InputError: it is no such file, or its prices are in another currency than their Regions'.
    """
    try:
        feed = json.load(stream)
        about, published, currency = (
            str(feed["manifest"][k]) for k in ("source", "hawkFilePublicationDate", "currencyCode")
        )
        entries = [
            (place, str(e["RegionlessRateCode"]), str(e["rateCode"]), normalize_price(e["price"], f"{name}: {place}"))
            for place, found in feed["regions"].items()
            for e in found.values()
        ]
    except (ValueError, EOFError, OSError, KeyError, TypeError, AttributeError, RecursionError, zlib.error) as error:
        message = f"{name}: it is cut short, or no file of the calculator's feed ({error})."
        raise InputError(message) from None
    what = f"Price feed of AWS's Pricing Calculator, {about} (meteredUnitMaps)"
    source = make_price_source(f"aws-calculator-{about}", published, what, name)
    names, prefixes = load_location_names(), load_usage_type_prefixes()
    rows: dict[tuple[str, str, str], PriceRow] = {}
    elsewhere: set[str] = set()
    for place, code, rate_code, price in entries:
        meaning = _load_codes().get((code, place not in _ANYWHERE))
        if meaning is None:
            continue
        one = meaning["place"] != "region"
        location = meaning["place"] if one else names.get(place, "")
        if location not in book.locations:
            elsewhere.add(place)
            continue
        if currency != book.get_location(location).currency:
            message = (
                f"{name}: its prices are in {currency}, {place} is billed in {book.get_location(location).currency}."
            )
            raise InputError(message)
        told = PriceRow(
            location,
            meaning["meter"],
            "",
            meaning["tier_from"],
            meaning["tier_to"],
            meaning["unit"],
            price,
            currency,
            _build_usage_type(meaning, location, prefixes.get(location, "")),
            source.published,
            source.source_id,
            meaning["confidence"],
            rate_code if place in _ANYWHERE or not one else "",
            meaning["note"],
            "user",
        )
        row = rows.setdefault((location, told.meter, told.tier_from), told)
        if row.price != price:
            message = f"{name}: two prices of {row.meter} in {location}: {row.price} and {price}."
            raise InputError(message)
    covered = {(name_source_family(source.source_id), row.location) for row in rows.values()}
    left = [f"{name}: places that regions.csv does not know were left out: {format_short_list(sorted(elsewhere))}."]
    return Imported(list(rows.values()), {source.source_id: source}, covered, left if elsewhere else [])


def _build_usage_type(meaning: dict[str, str], location: str, prefix: str) -> str:
    """Return the usage type, which the feed does not have: made of the Region's prefix and what AWS's documents say."""
    if not meaning["usage_type"] or meaning["place"] != "region":
        return meaning["usage_type"]
    if location == get_home_region() and meaning["prefix_at_home"] == "no":
        return meaning["usage_type"]
    return f"{prefix}-{meaning['usage_type']}" if prefix else ""
