"""Reading a contract: negotiated terms in YAML or JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from costmodel.aws import METERS
from costmodel.core.errors import CostmodelError, InputError, format_input_value, format_suggestion
from costmodel.core.tiers import Tiers
from costmodel.documents.document import Document, load_document
from costmodel.pricing.contract import Contract, Term
from costmodel.pricing.reading.regions import get_home_region, load_currencies, load_location_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from costmodel.core.json_types import FileMapping

_KEYS = ("name", "terms")
_TERM = ("percent_off", "price", "tiers", "service", "meter", "region", "from", "to", "currency", "on_top", "name")
_WHAT = ("percent_off", "price", "tiers")
_HUNDRED = 100


def read_contract(source: str | Path | FileMapping) -> Contract:
    """Read negotiated terms.

    A file has ``terms``, each with one of ``percent_off`` (0 to 100), ``price`` (flat, of a meter) or ``tiers`` (a list
    of ``{from, price}``, of a meter); ``service`` (AWS's service code), ``meter`` and ``region`` say what it is about,
    each one name or several; ``from`` and ``to`` are the first and the last day it holds; ``on_top: true`` adds it to
    what the others make. Of the others the closest counts: a meter before a service before everything, a Region before
    all Regions, and of equally close ones the last.

    Args:
        source: a file, ``-`` for stdin, or the same as a mapping.

    Raises:
        InputError: it is none; the message names file, line and key.
    """
    document = load_document(source, "the contract")
    file = document.value
    if not isinstance(file, dict):
        raise document.make_error(f"A contract must be a mapping with 'terms', not {format_input_value(file)}.")
    _refuse_unknown_keys(document, file, _KEYS, "a contract")
    terms = file.get("terms")
    if not isinstance(terms, list) or not terms:
        raise document.make_error("A contract needs 'terms', a list with at least one term.", "terms")
    read = [_Reader(document, n, term).read_term() for n, term in enumerate(terms)]
    return Contract(str(file.get("name") or document.name), read, datetime.now(tz=UTC).date())


def _refuse_unknown_keys(
    document: Document, found: Mapping[str, Any], known: Iterable[str], what: str, *path: str | int
) -> None:
    for key in found:
        if key not in known:
            message = f"Unknown key {key!r} in {what}.{format_suggestion(key, known)} Known: {', '.join(known)}."
            raise document.make_error(message, *path, key)


class _Reader:
    """Reads one term."""

    def __init__(self, document: Document, number: int, term: Any) -> None:
        self.document, self.number, self.given = document, number, term
        if not isinstance(term, dict):
            raise self._make_error(
                f"A term must be a mapping such as {{percent_off: 5}}, not {format_input_value(term)}."
            )
        _refuse_unknown_keys(document, term, _TERM, "a term", "terms", number)

    def read_term(self) -> Term:
        what = [key for key in _WHAT if key in self.given]
        if len(what) != 1:
            raise self._make_error(
                f"A term needs exactly one of {', '.join(_WHAT)}; this one has {' and '.join(what) or 'none'}."
            )
        of_price = what[0] != "percent_off"
        services, meters, regions = (self._read_names(key) for key in ("service", "meter", "region"))
        if of_price and not meters:
            raise self._make_error(f"'{what[0]}' needs a meter or several: add 'meter'.")
        on_top = self.given.get("on_top", False)
        if not isinstance(on_top, bool) or (on_top and of_price):
            raise self._make_error("'on_top' is true or false, and true only of a percentage.", "on_top")
        begin, end = self._read_day("from"), self._read_day("to")
        if begin and end and end < begin:
            raise self._make_error(f"It ends on {end}, before it begins on {begin}.", "to")
        return Term(
            name=str(self.given.get("name") or self._describe_term(what[0], services, meters, regions)),
            percent_off=None if of_price else self._read_percent(),
            tiers=self._read_tiers(what[0]) if of_price else None,
            currency=self._read_currency() if of_price else "",
            meters=self._select_meters(services, meters),
            locations=frozenset(regions) or None,
            begin=begin,
            end=end,
            on_top=on_top,
            narrow=4 * bool(meters) + 2 * bool(services) + bool(regions),
        )

    def _make_error(self, message: str, *path: str | int) -> InputError:
        return self.document.make_error(message, "terms", self.number, *path)

    def _read_names(self, key: str) -> list[str]:
        """Return one name or several, each of them known."""
        given = self.given.get(key, [])
        names = [given] if isinstance(given, str) else given
        every: dict[str, Mapping[str, Any]] = {
            "service": dict.fromkeys(m.service.code for m in METERS.values()),
            "meter": METERS,
            "region": load_location_types(),
        }
        known = every[key]
        if (
            not isinstance(names, list)
            or not all(isinstance(n, str) for n in names)
            or (key in self.given and not names)
        ):
            raise self._make_error(f"'{key}' must be a name or a list of names, not {format_input_value(given)}.", key)
        for name in names:
            if name not in known:
                raise self._make_error(f"Unknown {key} {name!r}.{format_suggestion(name, known)}", key)
        return names

    @staticmethod
    def _select_meters(services: list[str], meters: list[str]) -> frozenset[str] | None:
        if not services and not meters:
            return None
        return frozenset(meters) | {m.id for m in METERS.values() if m.service.code in services and not meters}

    def _describe_term(self, what: str, services: list[str], meters: list[str], regions: list[str]) -> str:
        about = ", ".join([*services, *meters]) or "everything"
        where = f" in {', '.join(regions)}" if regions else ""
        return f"{self.given[what]}% off {about}{where}" if what == "percent_off" else f"{what} of {about}{where}"

    def _parse_number(self, value: object, *path: str | int) -> Decimal:
        if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
            try:
                number = Decimal(value)
            except InvalidOperation:
                number = Decimal("nan")
            if number.is_finite() and number >= 0:
                return number
        raise self._make_error(f"It must be a number of at least 0, not {format_input_value(value)}.", *path)

    def _read_percent(self) -> Decimal:
        percent = self._parse_number(self.given["percent_off"], "percent_off")
        if percent > _HUNDRED:
            raise self._make_error(f"'percent_off' is 0 to 100, not {percent}.", "percent_off")
        return percent

    def _read_tiers(self, what: str) -> Tiers:
        if what == "price":
            return Tiers(("0",), (self._parse_number(self.given["price"], "price"),))
        steps = self.given["tiers"]
        if not isinstance(steps, list) or not steps:
            raise self._make_error("'tiers' is a list of {from, price}, the first from 0.", "tiers")
        starts, prices = [], []
        for n, step in enumerate(steps):
            if not isinstance(step, dict) or set(step) != {"from", "price"}:
                raise self._make_error(f"A tier is {{from: 0, price: 1}}, not {format_input_value(step)}.", "tiers", n)
            starts.append(self._parse_number(step["from"], "tiers", n, "from"))
            prices.append(self._parse_number(step["price"], "tiers", n, "price"))
        try:
            return Tiers(starts, prices)
        except CostmodelError as error:
            raise self._make_error(str(error), "tiers") from None

    def _read_day(self, key: str) -> date | None:
        given = self.given.get(key)
        if given is None:
            return None
        try:
            return date.fromisoformat(str(given))
        except ValueError:
            raise self._make_error(
                f"'{key}' is a date such as 2026-11-01, not {format_input_value(given)}.", key
            ) from None

    def _read_currency(self) -> str:
        known = dict.fromkeys(load_currencies().values())
        currency = self.given.get("currency", load_currencies()[get_home_region()])
        if currency not in known:
            raise self._make_error(
                f"Unknown currency {format_input_value(currency)}. Known: {', '.join(known)}.", "currency"
            )
        return str(currency)
