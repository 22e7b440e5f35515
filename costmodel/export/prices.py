"""The state of the price tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.export.text import plain
from costmodel.prices import PriceBook, first_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from costmodel.meters import Meter

_YEAR = 365


def checked(book: PriceBook, meters: Mapping[str, Meter], today: date, max_age: int | None) -> dict[str, list[Any]]:
    """Return what is missing, old or known from a single source, of the meters that rules use.

    Missing are a Region's prices, from the quantity ``above`` on: 0 where none is held, else the end of what is held.

    Args:
        book: the prices.
        meters: the meters that charge rules name.
        today: the date that ages are counted from.
        max_age: days above which a price is old; None is a year.
    """
    missing = []
    for m in (m for m in meters.values() if m.at == "location"):
        for region in (r for r in book.regions if book.place(r).partition in ("aws", "aws-us-gov")):
            ladder = book.ladder(m.id, region)
            if ladder is None or ladder.tiers.end.is_finite():
                missing.append({"meter": m.id, "location": region, "above": plain(ladder.tiers.end) if ladder else "0"})
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
