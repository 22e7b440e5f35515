"""Rows of the price tables, and the schedule of tiers that they make."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from costmodel.core.tiers import Tiers
    from costmodel.pricing.contract import Agreed


OF_CONTRACT = "contract"
"""The confidence of a price that only the user's contract has."""


UNKNOWN = "unknown"
"""The confidence of the zero that replaces an unknown price in a lower bound."""


INFERRED = "inferred"
"""The confidence of a price that was derived; a price that was read, of any date, replaces it."""


class PriceRow(NamedTuple):
    """One row of the price table: one tier. The fields are the table's columns."""

    location: str
    meter: str
    counterpart: str
    tier_from: str
    tier_to: str
    unit: str
    price: str
    currency: str
    usage_type: str
    effective_from: str
    source_ids: str
    confidence: str
    rate_code: str
    note: str
    table: str = "embedded"


class Location(NamedTuple):
    """A place that has prices: a Region, a Local or Wavelength Zone, or an area of Direct Connect."""

    location: str
    type: str
    partition: str
    name: str
    zones: str
    parent: str
    fallback: tuple[str, ...]
    direct_connect_area: str
    currency: str


class Source(NamedTuple):
    """Who published prices, and when. The fields are the columns of ``sources.csv``."""

    source_id: str
    kind: str
    published: str
    what: str


class NotOffered(NamedTuple):
    """What AWS does not sell in a place, so that no price is missing. The fields are those of ``not_offered.csv``."""

    location: str
    meter: str
    what: str
    as_of: str
    source_ids: str
    note: str


class PriceSchedule(NamedTuple):
    """The unit prices of a meter in a place on a date, with the rows of the price table.

    Attributes:
        tiers: the schedule that is paid.
        rows: its rows, one a tier.
        date: when it was read, as precisely as known; "" if not known.
        currency: of its prices.
        early: whether it was read only after the requested date.
        agreed: the schedule with a contract's terms; None where none apply. ``tiers`` and ``rows`` then have the
            contract's tiers too.
    """

    tiers: Tiers
    rows: tuple[PriceRow, ...]
    date: str
    currency: str
    early: bool
    agreed: Agreed | None = None

    @property
    def list(self) -> Tiers:
        """The list prices, in the same tiers."""
        return self.agreed.list if self.agreed else self.tiers

    @property
    def known_up_to(self) -> Decimal:
        """The quantity above which there is no price: 0 where there is none, infinity where every quantity has one."""
        unknown = [Decimal(row.tier_from) for row in self.rows if row.confidence == UNKNOWN]
        return min([*unknown, self.tiers.end])

    @property
    def usage_type(self) -> str | None:
        """AWS's usage type, where one is known."""
        return self.rows[0].usage_type or None


def parse_first_day(written: str) -> date:
    """Return the first day of a price row's date, which may be a day, a month or a year."""
    if not written:
        return date.min
    parts = [int(p) for p in written.split("-")]
    return date(*([*parts, 1, 1])[:3])


def describe_price(meter: str, location: str, counterpart: str = "") -> str:
    """Return a price's name for messages."""
    return f"{meter} in {location}{f' to {counterpart}' if counterpart else ''}"
