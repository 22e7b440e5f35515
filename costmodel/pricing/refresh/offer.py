"""Offer files of AWS's Price List, JSON or CSV: read as a stream, whatever their size."""

from __future__ import annotations

import csv
import zlib
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import InputError, format_foreign_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

ON_DEMAND = "OnDemand"
TERM = "JRTCKXETXF"
"""AWS's code of the plain on-demand term; others are reservations and special offers."""

_BUFFER = 1 << 20
_HEAD, _SECTION, _PRODUCT, _ATTRIBUTE = 1, 2, 3, 4
_SKU, _TERM, _RATE, _PRICE = 4, 5, 7, 8
"""How deep in the JSON an object lies: terms, their type, SKU, term, priceDimensions, rate, pricePerUnit."""
_DEEPEST = 64
Products = dict[str, tuple[str, dict[str, str]]]
"""SKU → product family, and attributes by their names in small letters."""

_UNREADABLE = (ValueError, KeyError, IndexError, EOFError, zlib.error, OSError, csv.Error)


class Rate(NamedTuple):
    """One price of an offer: a step of one product's on-demand term, as written there; "" where it does not say."""

    sku: str
    family: str
    usage_type: str
    operation: str
    location: str
    location_name: str
    location_type: str
    to: str
    to_name: str
    transfer_type: str
    description: str
    effective: str
    rate_code: str
    begin: str
    end: str
    unit: str
    prices: tuple[tuple[str, str], ...]


class Offer(NamedTuple):
    """A file of the Price List: whose prices, of when, and those of its rates that were wanted."""

    code: str
    version: str
    published: str
    rates: list[Rate]


def read_offer(stream: BinaryIO, name: str, families: Callable[[str], frozenset[str]], *, is_csv: bool) -> Offer:
    """Read an offer file without ever holding it.

    Args:
        stream: its bytes, not compressed.
        name: what messages call it.
        families: offer code → the product families to keep; an empty set keeps all.
        is_csv: whether it is CSV, else JSON.

    Raises:
        InputError: it is cut short, or no offer file.
    """
    try:
        return _read_csv(stream, families) if is_csv else _read_json(stream, families)
    except _UNREADABLE as error:
        message = f"{name}: it is cut short, or no offer file of AWS's Price List ({error})."
        raise InputError(message) from None


def _read_json(stream: BinaryIO, families: Callable[[str], frozenset[str]]) -> Offer:
    """Go through the parser's events; only what is kept is built."""
    import ijson

    events = ijson.basic_parse(stream, buf_size=_BUFFER)
    try:
        head, products = _read_products(events, families)
        rates = list(_read_terms(events, products))
    except ijson.JSONError as error:
        raise ValueError(format_foreign_error(error)) from None
    return Offer(head.get("offercode", ""), head.get("version", ""), head.get("publicationdate", ""), rates)


def _read_products(events: Iterator[Any], families: Callable[[str], frozenset[str]]) -> tuple[dict[str, str], Products]:
    """Read the head and the products, up to the key of the terms."""
    head: dict[str, str] = {}
    products: Products = {}
    keys = [""] * _DEEPEST
    depth = 0
    attributes: dict[str, str] = {}
    family = ""
    wanted: frozenset[str] | None = None
    for event, value in events:
        if event == "map_key":
            keys[depth] = value
            if value == "terms" and depth == _HEAD and wanted is not None:
                return head, products
        elif event == "string":
            if depth == _ATTRIBUTE:
                attributes[keys[depth]] = value
            elif depth == _PRODUCT and keys[depth] == "productFamily":
                family = value
            elif depth == _HEAD:
                head[keys[depth].lower()] = value
        elif event == "start_map":
            depth += 1
            wanted = families(head.get("offercode", "")) if depth == _SECTION and keys[1] == "products" else wanted
        elif event == "end_map":
            if depth == _PRODUCT and wanted is not None:
                if not wanted or family in wanted:
                    products[keys[_SECTION]] = family, {k.lower(): v for k, v in attributes.items()}
                attributes, family = {}, ""
            depth -= 1
    message = "it has no products followed by their terms, as AWS writes them: no offer file"
    raise ValueError(message)


def _read_terms(events: Iterator[Any], products: Products) -> Iterator[Rate]:
    """Read the on-demand terms of what is kept, from behind the key of the terms to the end."""
    keys = [""] * _DEEPEST
    depth, kept = _HEAD, False
    told: dict[str, str] = {}
    fields: dict[str, str] = {}
    prices: list[tuple[str, str]] = []
    for event, value in events:
        if event == "map_key":
            keys[depth] = value
        elif event == "string":
            if kept and depth == _RATE:
                fields[keys[depth]] = value
            elif kept and depth == _PRICE:
                prices.append((keys[depth], value))
            elif kept and depth == _TERM:
                told[keys[depth]] = value
        elif event == "start_map":
            depth += 1
            if depth == _SKU:
                kept = keys[_SECTION] == ON_DEMAND and keys[_SKU - 1] in products
            elif depth == _TERM:
                told = {}
        elif event == "end_map":
            if kept and depth == _RATE and told.get("offerTermCode", TERM) == TERM:
                sku = keys[_SKU - 1]
                yield _build_rate(sku, *products[sku], told.get("effectiveDate", ""), fields, tuple(prices))
            if depth == _RATE:
                fields, prices = {}, []
            depth -= 1


def _build_rate(
    sku: str, family: str, told: dict[str, str], effective: str, fields: dict[str, str], prices: tuple[Any, ...]
) -> Rate:
    """Put a rate together; attributes in small letters, as JSON and CSV spell them differently."""
    say = told.get
    return Rate(
        sku,
        family,
        say("usagetype", ""),
        say("operation", ""),
        say("regioncode", "") or say("fromregioncode", ""),
        say("location", "") or say("fromlocation", ""),
        say("locationtype", "") or say("fromlocationtype", ""),
        say("toregioncode", ""),
        say("tolocation", ""),
        say("transfertype", ""),
        say("groupdescription", ""),
        effective[:10],
        fields.get("rateCode", ""),
        fields.get("beginRange", ""),
        fields.get("endRange", ""),
        fields.get("unit", ""),
        prices,
    )


def _read_csv(stream: BinaryIO, families: Callable[[str], frozenset[str]]) -> Offer:
    lines = csv.reader(_decode_lines(stream), strict=True)
    head: dict[str, str] = {}
    names: list[str] = []
    for row in lines:
        if row and row[0] == "SKU":
            names = [n.replace(" ", "").lower() for n in row]
            break
        if len(row) == 2:  # noqa: PLR2004 - a name and a value
            head[row[0].replace(" ", "").lower()] = row[1]
    if not names or "termtype" not in names:
        message = "no header line begins with SKU"
        raise ValueError(message)
    wanted = families(head.get("offercode", ""))
    kind, family, term = names.index("termtype"), names.index("productfamily"), names.index("offertermcode")
    rates = []
    for row in lines:
        if len(row) != len(names):
            message = f"line {lines.line_num} has {len(row)} cells, not {len(names)}"
            raise ValueError(message)
        if row[kind] != ON_DEMAND or row[term] != TERM or (wanted and row[family] not in wanted):
            continue
        told = dict(zip(names, row, strict=True))
        fields = {
            "rateCode": told["ratecode"],
            "beginRange": told["startingrange"],
            "endRange": told["endingrange"],
            "unit": told["unit"],
        }
        prices = ((told["currency"], told["priceperunit"]),)
        rates.append(_build_rate(told["sku"], told["productfamily"], told, told["effectivedate"], fields, prices))
    return Offer(head.get("offercode", ""), head.get("version", ""), head.get("publicationdate", ""), rates)


def _decode_lines(stream: BinaryIO) -> Iterator[str]:
    """Return the lines of a stream as text; a byte-order mark is no part of the first."""
    lines = (line.decode("utf-8") for line in stream)
    first = next(lines, "").removeprefix("\ufeff")
    return chain([first], lines)
