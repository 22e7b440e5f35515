"""When the prices of an answer were read: from its own price rows, not from the newest of the whole table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.pricing.book import OF_CONTRACT, UNKNOWN, parse_first_day
from costmodel.pricing.editions import find_last_known_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from costmodel.network.bill import Bill
    from costmodel.pricing.book import PriceRow

_YEAR = timedelta(days=365)
_MONTH = len("2026-10")


class PriceDates(NamedTuple):
    """When price rows were last read.

    Attributes:
        first: the oldest of the dates, as precisely as known; "" where no row has one.
        last: the newest.
        within_year: which part of the rows was read within the year before ``until``, or later; None without rows.
        until: the day that the year ends with: the price date of the answer.
        rows: how many rows there are; each counts once, whatever it costs.
        undated: how many of them nobody dated. They are not within the year.
    """

    first: str
    last: str
    within_year: float | None
    until: date
    rows: int
    undated: int

    def __str__(self) -> str:
        """Say it in words that follow "prices": months where more is not told."""
        if not self.rows:
            return "(no list price was used)"
        undated = f"; {self.undated:,} of {self.rows:,} have no date" if self.undated else ""
        if not self.first:
            return f"of no known date{undated}"
        first, last = self.first[:_MONTH], self.last[:_MONTH]
        when = f"read in {first}" if first == last else f"read between {first} and {last}"
        return f"{when}, {_format_share(self.within_year or 0)} within a year of {self.until}{undated}"

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> PriceDates:
        """Read what :meth:`told` returned."""
        until = date.fromisoformat(told["of"])
        first, last = told["from"] or "", told["to"] or ""
        share = None if told["within_year"] is None else float(told["within_year"])
        return cls(first, last, share, until, int(told["rows"]), int(told["undated"]))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it: no date is null."""
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
    """Return a share in words: all or none of nothing less, else a percentage that is neither 0 nor 100."""
    if share in {0, 1}:
        return "all" if share else "none"
    return f"{min(max(round(share * 100), 1), 99)} % of them"


def summarize_dates(days: Iterable[str], until: date) -> PriceDates:
    """Say when prices were read.

    Args:
        days: of each row the day that it is last known to hold, as precisely as known; "" where nobody said.
        until: the day that the year ends with.
    """
    every = list(days)
    known = sorted((d for d in every if d), key=parse_first_day)
    recent = sum(parse_first_day(d) >= until - _YEAR for d in known)
    first, last = (known[0], known[-1]) if known else ("", "")
    return PriceDates(first, last, recent / len(every) if every else None, until, len(every), len(every) - len(known))


def summarize_row_dates(rows: Iterable[PriceRow], published: Mapping[str, str], until: date) -> PriceDates:
    """Say when price rows were last read; what a contract alone prices was read nowhere.

    Args:
        rows: the rows an answer used; each counts once.
        published: source id → the day it was published.
        until: the day that the year ends with.
    """
    used = {row for row in rows if row.confidence not in {OF_CONTRACT, UNKNOWN}}
    return summarize_dates((find_last_known_day(row.effective_from, row.source_ids, published) for row in used), until)


def summarize_bill_dates(bills: Iterable[Bill]) -> PriceDates | None:
    """Say when the prices of several bills were read, each row once; None without a bill."""
    every = list(bills)
    if not every:
        return None
    rows = {row for bill in every for row in bill.price_rows}
    return summarize_row_dates(rows, every[0].book.published, max(bill.price_date for bill in every))
