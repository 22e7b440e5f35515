"""The state of the price tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.prices import PriceBook, first_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from costmodel.meters import Meter

_YEAR = 365


def checked(book: PriceBook, meters: Mapping[str, Meter], today: date, max_age: int | None) -> dict[str, list[Any]]:
    """Return what is missing, old or known from a single source, of the meters that rules use.

    Args:
        book: the prices.
        meters: the meters that charge rules name.
        today: the date that ages are counted from.
        max_age: days above which a price is old; None is a year.
    """
    pairs = [m for m in meters.values() if m.at == "location" and not m.everywhere]
    missing = [
        {"meter": m.id, "location": region}
        for m in pairs
        for region in book.regions
        if book.place(region).partition in ("aws", "aws-us-gov") and book.ladder(m.id, region) is None
    ]
    newest: dict[tuple[str, str, str, str], Any] = {}
    for row in book.rows:
        key = (row.meter, row.location, row.counterpart, row.tier_from)
        if row.meter in meters and (key not in newest or newest[key].effective_from < row.effective_from):
            newest[key] = row
    limit = _YEAR if max_age is None else max_age
    old = [
        {"meter": r.meter, "location": r.location, "counterpart": r.counterpart, "effective_from": r.effective_from}
        for r in newest.values()
        if not r.effective_from or (today - first_day(r.effective_from)).days > limit
    ]
    single = [
        {"meter": r.meter, "location": r.location, "counterpart": r.counterpart, "sources": r.source_ids}
        for r in newest.values()
        if r.confidence == "single"
    ]
    return {"missing": missing, "old": old, "single": single}
