"""The price feed of AWS's Pricing Calculator (meteredUnitMaps): each rate has one code in every Region."""

from __future__ import annotations

import json
import zlib
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import InputError, format_short_list
from costmodel.pricing.editions import name_source_family
from costmodel.pricing.reading.regions import get_home_region, load_location_names, load_usage_type_prefixes
from costmodel.pricing.refresh.mapping import Imported, make_price_source, normalize_price
from costmodel.pricing.rows import PriceRow
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from typing import BinaryIO

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import Source

_ANYWHERE = frozenset({"", "Any"})
"""What the feed calls the place of prices that are no Region's."""


@cache
def _load_codes() -> dict[tuple[str, bool], dict[str, str]]:
    """Return what each code means in a Region, and where it is no Region's, which may be another meter."""
    return {(r["code"], r["place"] != "global"): r for r in read_data_table("catalogue", "calculator_codes.csv")}


class _Feed(NamedTuple):
    """A file of the feed.

    Attributes:
        name: its name in messages.
        about: what it is of, as AWS calls it.
        published: when it was published, as written there.
        currency: of its prices.
        entries: (place, code of the rate, rate code in the place, price).
    """

    name: str
    about: str
    published: str
    currency: str
    entries: list[tuple[str, str, str, str]]


def read_feed(stream: BinaryIO, name: str, book: PriceBook) -> Imported:
    """Read a file of the calculator's feed.

    Args:
        stream: its bytes, not compressed.
        name: its name in messages.
        book: for the places.

    Raises:
        InputError: it is not such a file, or its prices are in another currency than their Regions'.
    """
    feed = _parse_feed(stream, name)
    what = f"Price feed of AWS's Pricing Calculator, {feed.about} (meteredUnitMaps)"
    source = make_price_source(f"aws-calculator-{feed.about}", feed.published, what, name)
    names = load_location_names()
    rows: dict[tuple[str, str, str], PriceRow] = {}
    elsewhere: set[str] = set()
    for place, code, rate_code, price in feed.entries:
        meaning = _load_codes().get((code, place not in _ANYWHERE))
        if meaning is None:
            continue
        location = names.get(place, "") if meaning["place"] == "region" else meaning["place"]
        if location not in book.locations:
            elsewhere.add(place)
            continue
        _require_currency(feed, place, book.get_location(location).currency)
        is_of_one_place = place in _ANYWHERE or meaning["place"] == "region"
        row = _build_row(feed, meaning, location, price, source)
        row = row._replace(rate_code=rate_code if is_of_one_place else "")
        held = rows.setdefault((location, row.meter, row.tier_from), row)
        if held.price != price:
            message = f"{name}: two prices of {row.meter} in {location}: {held.price} and {price}."
            raise InputError(message)
    covered = {(name_source_family(source.source_id), row.location) for row in rows.values()}
    left = [f"{name}: places that regions.csv does not know were left out: {format_short_list(sorted(elsewhere))}."]
    return Imported(list(rows.values()), {source.source_id: source}, covered, left if elsewhere else [])


def _parse_feed(stream: BinaryIO, name: str) -> _Feed:
    """Return what a file of the feed contains.

    Raises:
        InputError: it is truncated, or it is not such a file.
    """
    try:
        feed = json.load(stream)
        about, published, currency = (
            str(feed["manifest"][key]) for key in ("source", "hawkFilePublicationDate", "currencyCode")
        )
        entries = [
            (place, str(e["RegionlessRateCode"]), str(e["rateCode"]), normalize_price(e["price"], f"{name}: {place}"))
            for place, found in feed["regions"].items()
            for e in found.values()
        ]
    except (ValueError, EOFError, OSError, KeyError, TypeError, AttributeError, RecursionError, zlib.error) as error:
        message = f"{name}: it is truncated, or not a file of the calculator's feed ({error})."
        raise InputError(message) from None
    return _Feed(name, about, published, currency, entries)


def _require_currency(feed: _Feed, place: str, currency: str) -> None:
    if feed.currency != currency:
        message = f"{feed.name}: its prices are in {feed.currency}, {place} is billed in {currency}."
        raise InputError(message)


def _build_row(feed: _Feed, meaning: dict[str, str], location: str, price: str, source: Source) -> PriceRow:
    """Return the price row of an entry, without its rate code."""
    prefix = load_usage_type_prefixes().get(location, "")
    return PriceRow(
        location,
        meaning["meter"],
        "",
        meaning["tier_from"],
        meaning["tier_to"],
        meaning["unit"],
        price,
        feed.currency,
        _build_usage_type(meaning, location, prefix),
        source.published,
        source.source_id,
        meaning["confidence"],
        "",
        meaning["note"],
        "user",
    )


def _build_usage_type(meaning: dict[str, str], location: str, prefix: str) -> str:
    """Return the usage type, which the feed does not have: made of the Region's prefix and AWS's documentation."""
    if not meaning["usage_type"] or meaning["place"] != "region":
        return meaning["usage_type"]
    if location == get_home_region() and meaning["prefix_at_home"] == "no":
        return meaning["usage_type"]
    return f"{prefix}-{meaning['usage_type']}" if prefix else ""
