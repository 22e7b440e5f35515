"""The price book: (meter, location, counterpart, date) → a schedule, with its sources and its confidence."""

from __future__ import annotations

import copy
import itertools
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import CurrencyError, InputError, UnpricedError, format_suggestion
from costmodel.core.tiers import Tiers
from costmodel.pricing.rows import (
    INFERRED,
    OF_CONTRACT,
    UNKNOWN,
    Location,
    NotOffered,
    PriceRow,
    PriceSchedule,
    Source,
    describe_price,
    parse_first_day,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from costmodel.pricing.contract import Contract


Edition = tuple[str, tuple[PriceRow, ...]]
"""The first day of a schedule, as precisely as known, and its rows."""


def make_precedence_key(edition: tuple[str, Sequence[PriceRow]]) -> tuple[bool, date]:
    """Return the sort key of editions of a schedule: inferred ones come first, then older ones."""
    dated, rows = edition
    return any(row.confidence != INFERRED for row in rows), parse_first_day(dated)


class Unread(NamedTuple):
    """Rows of a table that are read when their place is first needed: a network needs few of many places.

    Attributes:
        pages: location → what returns its rows.
        dates: every date that its rows have.
    """

    pages: Mapping[str, Callable[[], Iterable[PriceRow]]]
    dates: frozenset[str] = frozenset()


class PriceBook:
    """Every price held, immutable.

    Args:
        rows: the price rows.
        locations: the places known.
        sources: the source of each row.
        contract: negotiated terms, which are applied to the list prices.
        not_offered: what AWS does not sell in a place; a price that the rows have all the same counts.
        unread: more rows, which come before these and are read when they are needed.
    """

    def __init__(
        self,
        rows: Iterable[PriceRow],
        locations: Iterable[Location],
        sources: Iterable[Source] = (),
        contract: Contract | None = None,
        not_offered: Iterable[NotOffered] = (),
        unread: Unread | None = None,
    ) -> None:
        """Group the rows by place; schedules are built when they are first needed."""
        self.contract = contract
        self.locations = {place.location: place for place in locations}
        self.described = {source.source_id: source for source in sources}
        self.not_offered = {(one.meter, one.location): one for one in not_offered}
        self._unread = unread or Unread({})
        self._read: dict[str, list[PriceRow]] = {place: [] for place in self._unread.pages}
        for row in rows:
            self._read.setdefault(row.location, []).append(row)
        self._pages: dict[str, dict[tuple[str, str], list[PriceRow]]] = {}
        self._ladders: dict[tuple[str, str, str, date | None], PriceSchedule | None] = {}
        self._newest: date | None = None
        self._unknown_at_zero = False

    @property
    def sources(self) -> dict[str, str]:
        """Source id → what it is."""
        return {name: source.what for name, source in self.described.items()}

    @property
    def published(self) -> dict[str, str]:
        """Source id → the day it was published, as precisely as known; "" if not known."""
        return {name: source.published for name, source in self.described.items()}

    @property
    def rows(self) -> list[PriceRow]:
        """Every row, place by place in the order read."""
        return [row for place in self._read for rows in self._load_rows(place).values() for row in rows]

    @property
    def regions(self) -> list[str]:
        """Regions that have at least one price, in the order of the table."""
        return [p.location for p in self.locations.values() if p.type == "region" and p.location in self._read]

    @property
    def newest(self) -> date:
        """The newest date of any price held."""
        if self._newest is None:
            dates = {row.effective_from for rows in self._read.values() for row in rows}
            self._newest = max(map(parse_first_day, dates | self._unread.dates), default=date.min)
        return self._newest

    def _load_rows(self, location: str) -> dict[tuple[str, str], list[PriceRow]]:
        """Return the rows of a place by meter and counterpart."""
        page = self._pages.get(location)
        if page is None:
            page = {}
            more = self._unread.pages.get(location)
            for row in (*(more() if more else ()), *self._read.get(location, ())):
                page.setdefault((row.meter, row.counterpart), []).append(row)
            self._pages[location] = page
        return page

    def list_editions(self, meter: str, location: str, counterpart: str = "") -> list[Edition]:
        """Return every schedule of a meter in exactly this place, with its rows.

        The last one counts: inferred ones come before those that were read, then older ones before newer ones.
        """
        return _group_editions(self._load_rows(location).get((meter, counterpart), []))

    def get_location(self, location: str) -> Location:
        """Return the description of a location.

        Raises:
            InputError: the location is unknown.
        """
        try:
            return self.locations[location]
        except KeyError:
            message = f"Unknown Region {location!r}.{format_suggestion(location, self.locations)}"
            raise InputError(message) from None

    def get_region_and_zone(self, location: str) -> tuple[str, str | None]:
        """Return FOCUS's RegionId and AvailabilityZone of a location; the zone is None for a Region."""
        parent = self.get_location(location).parent
        return (parent, location) if parent else (location, None)

    def get_pool_location(self, location: str) -> str:
        """Return the location whose prices cover all Regions of a partition, or the location itself."""
        return next(iter(self.get_location(location).fallback[::-1]), location)

    def find_schedule(
        self, meter: str, location: str, counterpart: str = "", on: date | None = None
    ) -> PriceSchedule | None:
        """Find the schedule of a meter, or None where there is no price.

        A pair of Regions without its own row uses the sender's row for any other Region, if both have one currency:
        the row does not cover China or the sovereign cloud. A place's areas (``global``, ``all``) are searched last. A
        Local or Wavelength Zone never uses its Region's price.

        Args:
            meter: the meter's id.
            location: Region, zone, or Direct Connect area.
            counterpart: the other Region of a pair.
            on: the date; None takes the newest.
        """
        key = (meter, location, counterpart, on)
        if key not in self._ladders:
            held = self._find_contracted_schedule(meter, location, counterpart, on)
            self._ladders[key] = self._fill_with_zero(held, meter, location) if self._unknown_at_zero else held
        return self._ladders[key]

    def find_allowance(self, meter: str, location: str, on: date | None = None) -> PriceSchedule | None:
        """Find the schedule of a free quantity; None where AWS grants none."""
        return self._find_contracted_schedule(meter, location, "", on)

    def _find_contracted_schedule(
        self, meter: str, location: str, counterpart: str, on: date | None
    ) -> PriceSchedule | None:
        """Return the list schedule with the contract's terms."""
        found = self._find_list_schedule(meter, location, counterpart, on)
        return found if self.contract is None else self._apply_contract(meter, location, on, found)

    def with_unknown_at_zero(self) -> PriceBook:
        """Return these prices with 0 in place of each missing price: a bill at them is a lower bound of the real one.

        Prices are never negative, so a charge without a price cannot make a bill smaller. A schedule that ends
        continues at 0 above its end.
        """
        book = copy.copy(self)  # the rows are shared
        vars(book).update(_ladders={}, _unknown_at_zero=True)
        return book

    def is_offered(self, meter: str, location: str) -> bool:
        """Tell whether AWS sells what a meter counts in a place, as far as is known."""
        return (meter, location) not in self.not_offered

    def _fill_with_zero(self, held: PriceSchedule | None, meter: str, location: str) -> PriceSchedule | None:
        """Return a schedule with 0 for the quantities that have no price; None where AWS does not sell it."""
        if held is None and not self.is_offered(meter, location):
            return None
        if held is None:
            place = self.locations.get(location)
            row = PriceRow(
                location, meter, "", "0", "Inf", "", "0", place.currency if place else "", "", "", "", UNKNOWN, "", ""
            )
            return PriceSchedule(Tiers(["0"], ["0"]), (row,), "", row.currency, early=False)
        if not held.tiers.end.is_finite():
            return held
        tiers = Tiers([*held.tiers.starts, held.tiers.end], [*held.tiers.prices, "0"])
        beyond = held.rows[-1]._replace(tier_from=str(held.tiers.end), tier_to="Inf", price="0", confidence=UNKNOWN)
        return held._replace(tiers=tiers, rows=(*held.rows, beyond), agreed=None)

    def _apply_contract(
        self, meter: str, location: str, on: date | None, held: PriceSchedule | None
    ) -> PriceSchedule | None:
        """Return a list schedule with the contract's terms; the contract's own price where there is no list price."""
        place = self.locations.get(location)
        currency = place.currency if place else ""
        if held:
            currency = held.currency
        assert self.contract is not None  # noqa: S101 - called under a contract only
        agreed = self.contract.apply_terms(meter, location, currency, on, held.tiers if held else None)
        if agreed is None:
            return held
        if held is not None:
            return held._replace(tiers=agreed.contracted, rows=tuple(held.rows[k] for k in agreed.step), agreed=agreed)
        row = PriceRow(
            location, meter, "", "0", "Inf", "", "", currency, "", "", "", OF_CONTRACT, "", "; ".join(agreed.terms)
        )
        return PriceSchedule(agreed.contracted, (row,) * len(agreed.step), "", currency, early=False, agreed=agreed)

    def require_schedule(
        self, meter: str, location: str, counterpart: str = "", on: date | None = None
    ) -> PriceSchedule:
        """Return the schedule of a meter.

        Raises:
            UnpricedError: there is no price; the message names the row and the remedy.
        """
        found = self.find_schedule(meter, location, counterpart, on)
        if found is None:
            raise UnpricedError(self.explain_missing_price(meter, location, counterpart, on))
        return found

    def explain_missing_price(self, meter: str, location: str, counterpart: str = "", on: date | None = None) -> str:
        """Return the message that a price is missing, or that AWS does not sell it there, with the remedy."""
        lacking = self.not_offered.get((meter, location))
        if lacking is not None:
            return (
                f"No price for {meter} in {location}: AWS does not offer {lacking.what} in {location} ({lacking.note}; "
                f"as of {lacking.as_of}). Choose another Region or another kind of resource; if AWS now offers it, "
                f"`costmodel prices refresh --region {location}` fetches the price."
            )
        why = f"No price for {describe_price(meter, location, counterpart)} on {on or self.newest}"
        return f"{why}: data/pricing/prices.csv has no row for it. {self.describe_remedy(meter, location)}"

    def explain_schedule_end(self, meter: str, location: str, counterpart: str, above: float) -> str:
        """Return the message that a schedule ends, with the remedy."""
        return (
            f"No price for {describe_price(meter, location, counterpart)} above {above:,.0f}: its schedule ends there. "
            f"{self.describe_remedy(meter, location)}"
        )

    def describe_remedy(self, meter: str, location: str) -> str:
        """Return the remedy of a missing price."""
        return (
            f"Run `costmodel prices refresh{self._select_only([location])}` to fetch AWS's prices, "
            f"`costmodel prices show {meter}` to see where it is priced, or add the row."
        )

    def list_remedies(self, prices: Iterable[tuple[str, str]]) -> str:
        """Return one remedy for several missing prices, each a meter and a location."""
        some = list(dict.fromkeys(prices))
        if len(some) == 1:
            return self.describe_remedy(*some[0])
        return (
            f"Run `costmodel prices refresh{self._select_only([where for _, where in some])}` to fetch AWS's prices, "
            "`costmodel "
            f"prices show METER` to see where one is priced, or add the rows to data/pricing/prices.csv."
        )

    def _select_only(self, locations: Iterable[str]) -> str:
        """Return the options that fetch the prices of some places only; none where one is not in a Region."""
        out: dict[str, None] = {}
        for location in locations:
            place = self.locations.get(location)
            if place is None or not (place.type == "region" or place.parent):
                return ""
            out[f" --region {place.parent or location}"] = None
        return "".join(out)

    def _find_list_schedule(self, meter: str, location: str, counterpart: str, on: date | None) -> PriceSchedule | None:
        place, there = self.locations.get(location), self.locations.get(counterpart)
        near = place is None or there is None or place.currency == there.currency
        for where in (location, *(place.fallback if place else ())):
            for other in dict.fromkeys((counterpart, "") if near else (counterpart,)):
                rows = self._load_rows(where).get((meter, other))
                if rows:
                    return _build_schedule(rows, on)
        return None


def _group_editions(rows: Iterable[PriceRow]) -> list[Edition]:
    out: dict[str, list[PriceRow]] = {}
    for row in rows:
        out.setdefault(row.effective_from, []).append(row)
    return sorted(((dated, tuple(found)) for dated, found in out.items()), key=make_precedence_key)


def pick_edition(editions: Sequence[Edition], on: date | None) -> Edition:
    """Return the edition that counts on a date (None: the newest), else the earliest.

    An edition that was read counts before one that was inferred.

    Args:
        editions: of one schedule, ordered by :func:`make_precedence_key`.
        on: the date.
    """
    read = [e for e in editions if make_precedence_key(e)[0]] or editions
    held = [e for e in read if on is None or parse_first_day(e[0]) <= on]
    return held[-1] if held else read[0]


def _build_schedule(rows: list[PriceRow], on: date | None) -> PriceSchedule:
    """Build the schedule that counts on a date."""
    chosen, found = pick_edition(_group_editions(rows), on)
    early = on is not None and parse_first_day(chosen) > on
    edition = sorted(found, key=lambda r: float(r.tier_from))
    place = f"{edition[0].meter} in {edition[0].location} of {chosen or 'no date'}"
    for low, high in itertools.pairwise(edition):
        if low.tier_to != high.tier_from:
            message = f"Price rows of {place}: a tier ends at {low.tier_to}, the next begins at {high.tier_from}."
            raise InputError(message)
    currencies = {r.currency for r in edition}
    if len(currencies) > 1:
        message = f"Price rows of {place} mix the currencies {', '.join(sorted(currencies))}."
        raise CurrencyError(message)
    end = edition[-1].tier_to
    tiers = Tiers([r.tier_from for r in edition], [r.price for r in edition], None if end == "Inf" else end)
    return PriceSchedule(tiers, tuple(edition), chosen, currencies.pop(), early=early)
