"""When the prices of an answer were read: from its own price rows, not from the newest of the whole table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from costmodel.pricing.editions import find_last_known_day
from costmodel.pricing.rows import OF_CONTRACT, UNKNOWN, parse_first_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from costmodel.core.json_types import FileMapping
    from costmodel.network.priced_usage import PricedUsage
    from costmodel.pricing.rows import PriceRow

_YEAR = timedelta(days=365)
_MONTH = len("2026-10")


PriceDatesJson = TypedDict(
    "PriceDatesJson",
    {"from": "str | None", "to": "str | None", "within_year": "float | None", "of": str, "rows": int, "undated": int},
)
"""The dates in JSON answers: the oldest and newest date, the share read within the year before ``of``, the rows."""


class PriceDates(NamedTuple):
    """When price rows were last read.

    Attributes:
        first: the oldest of the dates, as precisely as known; "" if no row has a date.
        last: the newest.
        within_year: the share of the rows that was read within the year before ``until``, or later; None without rows.
        until: the day that the year ends with: the price date of the answer.
        rows: how many rows there are; each counts once, regardless of its cost.
        undated: how many of them have no date. They do not count as read within the year.
    """

    first: str
    last: str
    within_year: float | None
    until: date
    rows: int
    undated: int

    def __str__(self) -> str:
        """Return the words that follow "prices", such as "read in 2026-10, all within a year of 2026-11-01"."""
        if not self.rows:
            return "(no list price was used)"
        undated = f"; {self.undated:,} of {self.rows:,} have no date" if self.undated else ""
        if not self.first:
            return f"of unknown date{undated}"
        first, last = self.first[:_MONTH], self.last[:_MONTH]
        when = f"read in {first}" if first == last else f"read between {first} and {last}"
        return f"{when}, {_format_share(self.within_year or 0)} within a year of {self.until}{undated}"

    @classmethod
    def from_json(cls, fields: FileMapping) -> PriceDates:
        """Return the dates that :meth:`to_json` wrote."""
        share = None if fields["within_year"] is None else float(fields["within_year"])
        return cls(
            first=fields["from"] or "",
            last=fields["to"] or "",
            within_year=share,
            until=date.fromisoformat(fields["of"]),
            rows=int(fields["rows"]),
            undated=int(fields["undated"]),
        )

    def to_json(self) -> PriceDatesJson:
        """Return the fields of JSON answers; a date that nobody knows is null."""
        share = None if self.within_year is None else round(self.within_year, 4)
        return {
            "from": self.first or None,
            "to": self.last or None,
            "within_year": share,
            "of": str(self.until),
            "rows": self.rows,
            "undated": self.undated,
        }


def _format_share(share: float) -> str:
    """Return a share in words: "all", "none", or a percentage from 1 to 99."""
    if share in {0, 1}:
        return "all" if share else "none"
    return f"{min(max(round(share * 100), 1), 99)} % of them"


def summarize_dates(days: Iterable[str], until: date) -> PriceDates:
    """Return when prices were read.

    Args:
        days: for each row the last day that its price is known for, as precisely as known; "" if unknown.
        until: the day that the year ends with.
    """
    every = list(days)
    known = sorted((day for day in every if day), key=parse_first_day)
    recent = sum(parse_first_day(day) >= until - _YEAR for day in known)
    return PriceDates(
        first=known[0] if known else "",
        last=known[-1] if known else "",
        within_year=recent / len(every) if every else None,
        until=until,
        rows=len(every),
        undated=len(every) - len(known),
    )


def summarize_row_dates(rows: Iterable[PriceRow], published: Mapping[str, str], until: date) -> PriceDates:
    """Return when price rows were last read; rows that only a contract prices do not count.

    Args:
        rows: the rows that an answer used; each counts once.
        published: source id → the day it was published.
        until: the day that the year ends with.
    """
    used = {row for row in rows if row.confidence not in {OF_CONTRACT, UNKNOWN}}
    return summarize_dates((find_last_known_day(row.effective_from, row.source_ids, published) for row in used), until)


def summarize_bill_dates(bills: Iterable[PricedUsage]) -> PriceDates | None:
    """Return when the prices of several bills were read, each row counted once; None without a bill."""
    every = list(bills)
    if not every:
        return None
    rows = {row for bill in every for row in bill.price_rows}
    return summarize_row_dates(rows, every[0].book.published, max(bill.price_date for bill in every))
