"""Conversion of the rates of an offer file to rows of the price table."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from costmodel.aws import METERS
from costmodel.core.errors import InputError, format_short_list
from costmodel.pricing.editions import PRICE_LIST, make_schedule_key, name_source_family
from costmodel.pricing.reading.regions import load_direct_connect_areas, load_location_names
from costmodel.pricing.reading.usage_types import load_classifier
from costmodel.pricing.rows import PriceRow, Source
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.refresh.offer import Offer, Rate

_ZONES = ("AWS Local Zone", "AWS Wavelength Zone")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOWHERE = frozenset({"", "Any", "Global", "global"})


class Imported(NamedTuple):
    """The contents of files of prices.

    Attributes:
        rows: rows of the price table.
        sources: source id → its row of ``sources.csv``.
        covered: (source id without its date, location) for which the files are complete.
        notes: remarks for the user.
    """

    rows: list[PriceRow]
    sources: dict[str, Source]
    covered: set[tuple[str, str]]
    notes: list[str]


def get_product_families(offer: str) -> frozenset[str]:
    """Return the product families of an offer to keep; an empty set keeps all."""
    return load_network_offers()[offer].families if offer in load_network_offers() else frozenset()


class Known(NamedTuple):
    """An offer with prices of networks: the product families to keep, and the format to download."""

    families: frozenset[str]
    format: str


@cache
def load_network_offers() -> dict[str, Known]:
    """Return the offers with prices of networks, by their codes."""
    rows = read_data_table("catalogue", "price_list_offers.csv")
    return {r["offer"]: Known(frozenset(filter(None, r["product_families"].split(";"))), r["format"]) for r in rows}


@cache
def load_price_units() -> dict[str, str]:
    """Return AWS's spelling of a unit → the price table's unit."""
    return {r["written"]: r["unit"] for r in read_data_table("catalogue", "price_units.csv")}


def convert_offer(offer: Offer, name: str, book: PriceBook) -> Imported:
    """Return the contents of an offer file as rows of the price table.

    Args:
        offer: the file.
        name: its name in messages.
        book: for the places, and the unit of each meter.

    Raises:
        InputError: a unit or a number is not valid, or the tiers of a rate do not join.
    """
    source = make_price_source(f"{PRICE_LIST}{offer.code}", offer.published, f"AWS Price List of {offer.code}", name)
    of = _Meaning(offer, name, book, source.source_id)
    schedules: dict[tuple[str, str, str], tuple[str, list[PriceRow]]] = {}
    notes = []
    for sku, rates in _group_by_sku(offer.rates):
        for key, rows in of.build_schedule(rates):
            held = schedules.setdefault(key, (sku, rows))
            if make_schedule_key(held[1]) != make_schedule_key(rows):
                where = f"{key[1]} in {key[0]}{f' to {key[2]}' if key[2] else ''}"
                notes.append(f"{name}: SKUs {held[0]} and {sku} differ on {where}; neither was used.")
                schedules[key] = (sku, [])
    rows = [row for _, found in schedules.values() for row in found]
    places = {row.location for row in rows if not row.counterpart}  # a Region's file names others as ends of pairs
    if of.elsewhere:
        notes.append(
            f"{name}: places that regions.csv does not know were left out: {format_short_list(sorted(of.elsewhere))}."
        )
    return Imported(
        rows, {source.source_id: source}, {(name_source_family(source.source_id), p) for p in places}, notes
    )


def make_price_source(family_: str, published: str, what: str, name: str) -> Source:
    """Return a file's source, named by its contents and the day it was published."""
    day = published[:10]
    if not _DAY.fullmatch(day):
        message = f"{name}: it does not say when it was published (found {published!r})."
        raise InputError(message)
    return Source(f"{family_}-{day}", "aws", day, f"{what}, published {day}")


def normalize_price(text: object, what: str) -> str:
    """Return a price or a tier's edge as a plain decimal.

    Raises:
        InputError: it is not a finite number of at least 0.
    """
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or number < 0:
        message = f"{what}: {text!r} is not a price or a tier edge."
        raise InputError(message)
    return f"{number.normalize():f}"


def _get_first_known(locations: Iterable[str]) -> str:
    return next(filter(None, locations), "")


def _group_by_sku(rates: Iterable[Rate]) -> Iterable[tuple[str, list[Rate]]]:
    out: dict[str, list[Rate]] = {}
    for rate in rates:
        out.setdefault(rate.sku, []).append(rate)
    return out.items()


class _Meaning:
    """Finds the location and the meter of the rates of an offer."""

    def __init__(self, offer: Offer, name: str, book: PriceBook, source_id: str) -> None:
        self.offer, self.name, self.book, self.source_id = offer, name, book, source_id
        self.places = load_location_names()
        self.areas = load_direct_connect_areas()
        self.units = {row.meter: row.unit for row in book.rows} | {m.id: m.unit for m in METERS.values()}
        self.elsewhere: set[str] = set()

    def build_schedule(self, rates: list[Rate]) -> Iterable[tuple[tuple[str, str, str], list[PriceRow]]]:
        """Yield the schedule of the rates of one SKU; nothing, if no meter counts what the SKU is."""
        first = rates[0]
        if first.transfer_type.startswith("Accelerated"):
            return
        kind, prefix = load_classifier().find_usage_type(self.offer.code, first.usage_type, first.operation)
        if kind is None or not kind.charged:
            return
        where = self._locate_rate(first, kind.meter, kind.prefix, prefix)
        if where is None:
            return
        location, counterpart = where
        key = (location, kind.meter, counterpart)
        rows = [self._build_row(rate, *key) for rate in rates]
        rows.sort(key=lambda r: Decimal(r.tier_from))
        self._require_joined_tiers(rows, first)
        yield key, rows

    def _locate_rate(self, rate: Rate, meter: str, sort: str, prefix: list[str]) -> tuple[str, str] | None:
        """Return the location and the counterpart of a rate; None where regions.csv does not have the location.

        Args:
            rate: the rate.
            meter: its meter.
            sort: what the prefix of its usage type is: of a pair of Regions, of a site, none (``no``), or of a Region.
            prefix: the locations that the prefix names; "" where one is not known.
        """
        here = self._resolve_location(rate.location, rate.location_name)
        if sort == "pair":
            return self._locate_pair(rate, here, prefix)
        if sort == "site":
            area = self.areas.get(_get_first_known(prefix) or here)
            return (area, "") if area else None
        everywhere = sort == "no" or (meter in METERS and METERS[meter].everywhere)
        if not here:
            here = self._locate_unnamed(rate, prefix, everywhere=everywhere)
        elif rate.location_type not in _ZONES and prefix not in ([], [here]):
            return None  # reserved, on Outposts, of a zone: another product, whose usage type has the same end
        if not here:
            return None
        return (self.book.get_pool_location(here) if everywhere else here), ""

    def _locate_pair(self, rate: Rate, here: str, prefix: list[str]) -> tuple[str, str] | None:
        """Return the sender and the receiver of a transfer; None where one is not known, or both are the same."""
        if not here and len(prefix) > 1:
            here = prefix[0]
        there = self._resolve_location(rate.to, rate.to_name)
        if not there and prefix:
            there = prefix[-1]
        return (here, there) if here and there and here != there else None

    def _locate_unnamed(self, rate: Rate, prefix: list[str], *, everywhere: bool) -> str:
        """Return the location of a rate whose own location is not known; "" where its usage type names none either."""
        if rate.location not in _NOWHERE or rate.location_name not in _NOWHERE:
            self.elsewhere.add(rate.location or rate.location_name)
            return ""
        return _get_first_known(prefix) or (load_classifier().home if everywhere else "")

    def _resolve_location(self, code: str, name: str) -> str:
        return code if code in self.book.locations else self.places.get(name, "")

    def _build_row(self, rate: Rate, location: str, meter: str, counterpart: str) -> PriceRow:
        what = f"{self.name}: SKU {rate.sku} ({rate.usage_type})"
        unit = load_price_units().get(rate.unit)
        if unit is None or unit != self.units.get(meter, unit):
            message = (
                f"{what}: the unit {rate.unit!r} is not understood, {meter} is counted in "
                f"{self.units.get(meter, 'another')}. data/catalogue/price_units.csv lists the units that are."
            )
            raise InputError(message)
        currency = self.book.get_location(location).currency
        price = dict(rate.prices).get(currency)
        if price is None:
            message = f"{what}: it has no price in {currency}, which {location} is billed in."
            raise InputError(message)
        end = "Inf" if rate.end in ("", "Inf") else normalize_price(rate.end, what)
        return PriceRow(
            location,
            meter,
            counterpart,
            normalize_price(rate.begin or "0", what),
            end,
            unit,
            normalize_price(price, what),
            currency,
            rate.usage_type,
            rate.effective if _DAY.fullmatch(rate.effective) else self.offer.published[:10],
            self.source_id,
            "single",
            rate.rate_code,
            f"operation={rate.operation}" if rate.operation else "",
            "user",
        )

    def _require_joined_tiers(self, rows: list[PriceRow], rate: Rate) -> None:
        edges = [(r.tier_from, r.tier_to) for r in rows]
        joined = all(a[1] == b[0] for a, b in itertools.pairwise(edges))
        if edges[0][0] != "0" or not joined:
            steps = ", ".join(f"{a} to {b}" for a, b in edges)
            message = f"{self.name}: SKU {rate.sku} ({rate.usage_type}): its tiers do not join from 0: {steps}."
            raise InputError(message)
