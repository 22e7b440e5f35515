"""Offer files of AWS's Price List, in JSON or CSV, read as a stream because some have gigabytes."""

from __future__ import annotations

import csv
import zlib
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from costmodel.core.errors import InputError, format_foreign_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

ON_DEMAND = "OnDemand"
TERM = "JRTCKXETXF"
"""AWS's code of the plain on-demand term; other codes are of reservations and special offers."""

_BUFFER = 1 << 20
_HEAD, _SECTION, _PRODUCT, _ATTRIBUTE = 1, 2, 3, 4
_SKU, _TERM, _RATE, _PRICE = 4, 5, 7, 8
"""The depth of an object in the JSON: terms, their type, SKU, term, priceDimensions, rate, pricePerUnit."""
_DEEPEST = 64
Products = dict[str, tuple[str, dict[str, str]]]
"""SKU → product family, and attributes by their names in small letters."""

_Event: TypeAlias = tuple[str, Any]  # Any: the parser gives a word for a key, and any JSON scalar for a value

_UNREADABLE = (ValueError, KeyError, IndexError, EOFError, zlib.error, OSError, csv.Error)


class Rate(NamedTuple):
    """One price of an offer: a tier of one product's on-demand term, as the file has it; "" where it has none."""

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
    """A file of the Price List: the service's code, the version, the publication, and the rates that are kept."""

    code: str
    version: str
    published: str
    rates: list[Rate]


def read_offer(stream: BinaryIO, name: str, families: Callable[[str], frozenset[str]], *, is_csv: bool) -> Offer:
    """Read an offer file as a stream.

    Args:
        stream: its bytes, not compressed.
        name: its name in messages.
        families: offer code → the product families to keep; an empty set keeps all.
        is_csv: whether it is CSV; else it is JSON.

    Raises:
        InputError: it is truncated, or it is not an offer file.
    """
    try:
        return _read_csv(stream, families) if is_csv else _read_json(stream, families)
    except _UNREADABLE as error:
        message = f"{name}: it is truncated, or not an offer file of AWS's Price List ({error})."
        raise InputError(message) from None


def _read_json(stream: BinaryIO, families: Callable[[str], frozenset[str]]) -> Offer:
    """Read an offer file in JSON from the parser's events, and keep only the rates that are wanted."""
    import ijson

    events = ijson.basic_parse(stream, buf_size=_BUFFER)
    try:
        head, products = _read_products(events, families)
        rates = list(_read_terms(events, products))
    except ijson.JSONError as error:
        raise ValueError(format_foreign_error(error)) from None
    return Offer(head.get("offercode", ""), head.get("version", ""), head.get("publicationdate", ""), rates)


def _read_products(
    events: Iterable[_Event], families: Callable[[str], frozenset[str]]
) -> tuple[dict[str, str], Products]:
    """Return the head and the products that are wanted; read up to the key of the terms.

    Raises:
        ValueError: the file has no products before its terms.
    """
    reader = _ProductReader(families)
    for event, value in events:
        if event == "map_key":
            reader.keys[reader.depth] = value
            if value == "terms" and reader.depth == _HEAD and reader.wanted is not None:
                return reader.head, reader.products
        elif event == "string":
            reader.read_string(value)
        elif event == "start_map":
            reader.open_object()
        elif event == "end_map":
            reader.close_object()
    message = "it has no products followed by their terms, as AWS writes them, so it is not an offer file"
    raise ValueError(message)


class _ProductReader:
    """The head and the products of an offer file, as far as they are read.

    Attributes:
        head: the file's own fields, with names in small letters.
        products: the products that are wanted.
        wanted: the product families to keep; empty keeps all, None is before the products.
        depth: how many objects are open.
        keys: the current key at each depth.
    """

    def __init__(self, families: Callable[[str], frozenset[str]]) -> None:
        self.families = families
        self.head: dict[str, str] = {}
        self.products: Products = {}
        self.wanted: frozenset[str] | None = None
        self.depth = 0
        self.keys = [""] * _DEEPEST
        self._family = ""
        self._attributes: dict[str, str] = {}

    def read_string(self, value: str) -> None:
        """Take an attribute or the family of a product, or a field of the head."""
        key = self.keys[self.depth]
        if self.depth == _ATTRIBUTE:
            self._attributes[key] = value
        elif self.depth == _PRODUCT and key == "productFamily":
            self._family = value
        elif self.depth == _HEAD:
            self.head[key.lower()] = value

    def open_object(self) -> None:
        """Go into an object; the products tell which families are wanted."""
        self.depth += 1
        if self.depth == _SECTION and self.keys[_HEAD] == "products":
            self.wanted = self.families(self.head.get("offercode", ""))

    def close_object(self) -> None:
        """Leave an object; a product that is wanted is kept."""
        if self.depth == _PRODUCT and self.wanted is not None:
            if not self.wanted or self._family in self.wanted:
                attributes = {name.lower(): value for name, value in self._attributes.items()}
                self.products[self.keys[_SECTION]] = self._family, attributes
            self._attributes = {}
            self._family = ""
        self.depth -= 1


def _read_terms(events: Iterable[_Event], products: Products) -> Iterator[Rate]:
    """Yield the on-demand rates of some products; read from the key of the terms to the end."""
    reader = _TermReader(products)
    for event, value in events:
        if event == "map_key":
            reader.keys[reader.depth] = value
        elif event == "string" and reader.kept:
            reader.read_string(value)
        elif event == "start_map":
            reader.open_object()
        elif event == "end_map":
            rate = reader.close_object()
            if rate is not None:
                yield rate


class _TermReader:
    """The terms of an offer file: the term and the rate that are being read.

    Attributes:
        kept: whether the current SKU is of a product that is wanted, and its term on-demand.
        depth: how many objects are open.
        keys: the current key at each depth.
    """

    def __init__(self, products: Products) -> None:
        self.products = products
        self.kept = False
        self.depth = _HEAD
        self.keys = [""] * _DEEPEST
        self._term: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._prices: list[tuple[str, str]] = []

    def read_string(self, value: str) -> None:
        """Take a field of a term or of a rate, or a price."""
        key = self.keys[self.depth]
        if self.depth == _RATE:
            self._fields[key] = value
        elif self.depth == _PRICE:
            self._prices.append((key, value))
        elif self.depth == _TERM:
            self._term[key] = value

    def open_object(self) -> None:
        """Go into an object."""
        self.depth += 1
        if self.depth == _SKU:
            self.kept = self.keys[_SECTION] == ON_DEMAND and self.keys[_SKU - 1] in self.products
        elif self.depth == _TERM:
            self._term = {}

    def close_object(self) -> Rate | None:
        """Leave an object; return the rate that ends there, if it is wanted."""
        rate = None
        if self.depth == _RATE:
            if self.kept and self._term.get("offerTermCode", TERM) == TERM:
                sku = self.keys[_SKU - 1]
                effective = self._term.get("effectiveDate", "")
                rate = _build_rate(sku, *self.products[sku], effective, self._fields, tuple(self._prices))
            self._fields = {}
            self._prices = []
        self.depth -= 1
        return rate


def _build_rate(
    sku: str,
    family: str,
    attributes: dict[str, str],
    effective: str,
    fields: dict[str, str],
    prices: tuple[tuple[str, str], ...],
) -> Rate:
    """Return a rate; the names of attributes are in small letters, because JSON and CSV spell them differently."""
    attribute = attributes.get
    return Rate(
        sku,
        family,
        attribute("usagetype", ""),
        attribute("operation", ""),
        attribute("regioncode", "") or attribute("fromregioncode", ""),
        attribute("location", "") or attribute("fromlocation", ""),
        attribute("locationtype", "") or attribute("fromlocationtype", ""),
        attribute("toregioncode", ""),
        attribute("tolocation", ""),
        attribute("transfertype", ""),
        attribute("groupdescription", ""),
        effective[:10],
        fields.get("rateCode", ""),
        fields.get("beginRange", ""),
        fields.get("endRange", ""),
        fields.get("unit", ""),
        prices,
    )


def _read_csv(stream: BinaryIO, families: Callable[[str], frozenset[str]]) -> Offer:
    """Read an offer file in CSV.

    Raises:
        ValueError: it has no header line, or a line with another number of cells.
    """
    lines = csv.reader(_decode_lines(stream), strict=True)
    head, names = _read_csv_head(lines)
    wanted = families(head.get("offercode", ""))
    kind = names.index("termtype")
    family = names.index("productfamily")
    term = names.index("offertermcode")
    rates = []
    for row in lines:
        if len(row) != len(names):
            message = f"line {lines.line_num} has {len(row)} cells, not {len(names)}"
            raise ValueError(message)
        is_plain = row[kind] == ON_DEMAND and row[term] == TERM
        if is_plain and (not wanted or row[family] in wanted):
            rates.append(_build_csv_rate(dict(zip(names, row, strict=True))))
    return Offer(head.get("offercode", ""), head.get("version", ""), head.get("publicationdate", ""), rates)


def _read_csv_head(lines: Iterable[list[str]]) -> tuple[dict[str, str], list[str]]:
    """Return the file's own fields, and the names of its columns, all in small letters without blanks.

    Raises:
        ValueError: there is no header line.
    """
    head: dict[str, str] = {}
    for row in lines:
        if row and row[0] == "SKU":
            names = [_normalize_name(cell) for cell in row]
            if "termtype" in names:
                return head, names
            break
        if len(row) == 2:  # noqa: PLR2004 - a name and a value
            head[_normalize_name(row[0])] = row[1]
    message = "no header line begins with SKU"
    raise ValueError(message)


def _normalize_name(name: str) -> str:
    return name.replace(" ", "").lower()


def _build_csv_rate(row: dict[str, str]) -> Rate:
    """Return the rate of a line, by the names of its columns."""
    fields = {
        "rateCode": row["ratecode"],
        "beginRange": row["startingrange"],
        "endRange": row["endingrange"],
        "unit": row["unit"],
    }
    prices = ((row["currency"], row["priceperunit"]),)
    return _build_rate(row["sku"], row["productfamily"], row, row["effectivedate"], fields, prices)


def _decode_lines(stream: BinaryIO) -> Iterator[str]:
    """Return the lines of a stream as text, without a byte-order mark."""
    lines = (line.decode("utf-8") for line in stream)
    first = next(lines, "").removeprefix("\ufeff")
    return chain([first], lines)
