"""The state of the price tables, their history, and what a refresh changes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.pricing.book import PriceBook, pick_edition
from costmodel.pricing.editions import (
    ABSENT,
    GONE,
    NEW,
    OLDER,
    PRICE,
    SAME,
    TIERS,
    compute_price_age,
    make_schedule_key,
)
from costmodel.reporting.model import Cell, Report, Table
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from costmodel.core.meters import Meter
    from costmodel.pricing.book import Ladder, PriceRow
    from costmodel.pricing.editions import Change

_YEAR = 365


class Beside(NamedTuple):
    """A meter in two Regions; None where one has no price."""

    meter: str
    one: Ladder | None
    two: Ladder | None
    change: Decimal | None


_FEW = 15
_PUBLIC = ("aws", "aws-us-gov")
NOT_OFFERED = "not offered"
UNPRICED = ("missing", NOT_OFFERED)
_MARKS = {"verified": "●", "single": "○", "inferred": "◌", "ends": "◐", "missing": "·", NOT_OFFERED: "×"}
LEGEND = (
    "● two readings · ○ one reading · ◌ worked out · ◐ ends at a quantity · · no price · × AWS does not offer it there"
)
_KINDS = {
    PRICE: "Changed",
    TIERS: "Changed edges of tiers",
    GONE: "No longer in the files",
    ABSENT: "Held from elsewhere, and not in the files",
    NEW: "New",
    OLDER: "Of before what is held",
}


def find_doubtful_prices(
    book: PriceBook,
    meters: Mapping[str, Meter],
    today: date,
    max_age: int | None,
    region: str | None = None,
    meter: str | None = None,
) -> dict[str, list[Any]]:
    """Return what is missing, not offered, old or known from a single source, of the meters that rules use.

    Missing are a Region's prices, from the quantity ``above`` on: 0 where none is held, else the end of what is held.
    What AWS does not sell somewhere is not missing there.

    Args:
        book: the prices.
        meters: the meters that charge rules name.
        today: the date that ages are counted from.
        max_age: days above which a price is old, since it was last known to hold; None is a year.
        region: only of this Region or zone.
        meter: only this one.
    """
    missing, lacking = [], []
    names = [m for m in meters if meter in (None, m)]
    places = [r for r in book.regions if book.get_location(r).partition in _PUBLIC] if region is None else [region]
    for m in (meters[name] for name in names if meters[name].at == "location"):
        for place in places:
            ladders = [
                book.find_schedule(m.id, place, other) for other in (_list_other_regions(book, place) if m.to else [""])
            ]
            ends = [ladder.tiers.end if ladder else Decimal(0) for ladder in ladders]
            unsold = book.not_offered.get((m.id, place))
            if unsold is not None and not any(ladders):
                lacking.append({"meter": m.id, "location": place, "as_of": unsold.as_of, "why": unsold.note})
            elif min(ends).is_finite():
                missing.append({"meter": m.id, "location": place, "above": format_plain_number(min(ends))})
    held = [r for r in list_current_rows(book) if r.meter in names and region in (None, r.location)]
    limit = _YEAR if max_age is None else max_age
    old = []
    for r in held:
        days = compute_price_age(r, book.published, today)
        if days is None or days > limit:
            told: dict[str, Any] = {"meter": r.meter, "location": r.location, "counterpart": r.counterpart}
            old.append(told | {"effective_from": r.effective_from, "days": days})
    single = [
        {"meter": r.meter, "location": r.location, "counterpart": r.counterpart, "sources": r.source_ids}
        for r in held
        if r.confidence == "single"
    ]
    return {"missing": missing, "not_offered": lacking, "old": old, "single": single}


def list_current_rows(book: PriceBook, on: date | None = None) -> list[PriceRow]:
    """Return the rows of each schedule that holds on a date (None: the newest), in the order of the table."""
    keys = dict.fromkeys((r.meter, r.location, r.counterpart) for r in book.rows)
    out: list[PriceRow] = []
    for key in keys:
        out += pick_edition(book.list_editions(*key), on)[1]
    return out


def list_price_history(book: PriceBook, rows: Iterable[PriceRow]) -> list[dict[str, Any]]:
    """Return every edition of the schedules that rows are of, oldest first, and how each price changed.

    ``change`` is the part of the price before, None where there is none to compare with.
    """
    out = []
    for meter, location, counterpart in dict.fromkeys((r.meter, r.location, r.counterpart) for r in rows):
        before: dict[str, Decimal] = {}
        for _, edition in book.list_editions(meter, location, counterpart):
            for row in edition:
                price, old = Decimal(row.price), before.get(row.tier_from)
                out.append(row._asdict() | {"change": price / old - 1 if old else None})
            before = {r.tier_from: Decimal(r.price) for r in edition}
    return out


def compare_region_prices(
    book: PriceBook, meters: Iterable[str], pair: tuple[str, str], on: date | None = None
) -> list[Beside]:
    """Return the first tier's price of each meter in two Regions, of those that either has.

    ``change`` is the second less the first, as a part of the first; None where either is missing, free or in another
    currency.
    """
    out = []
    for meter in meters:
        found = [book.find_schedule(meter, place, on=on) for place in pair]
        if any(found):
            one, two = found
            alike = one is not None and two is not None and one.currency == two.currency
            change = None
            if alike and one is not None and two is not None and one.tiers.prices[0]:
                change = two.tiers.prices[0] / one.tiers.prices[0] - 1
            out.append(Beside(meter, one, two, change))
    return out


def measure_price_span(prices: Mapping[str, Decimal]) -> tuple[str, str, Decimal | None]:
    """Return the cheapest place, the dearest, and how many times as dear that is; None where the cheapest is free."""
    least, most = min(prices, key=prices.__getitem__), max(prices, key=prices.__getitem__)
    return least, most, prices[most] / prices[least] if prices[least] else None


def classify_price_coverage(
    book: PriceBook, meters: Mapping[str, Meter], on: date | None = None
) -> dict[str, dict[str, str]]:
    """Return for each meter that rules use, and each Region, how its price is known.

    ``verified``, ``single``, ``inferred``, ``ends`` (of any of these, up to a quantity), ``missing`` or ``not offered``
    (AWS sells no such thing there); of a meter of
    pairs the least known of a Region's pairs within its partition.
    """
    out: dict[str, dict[str, str]] = {}
    for m in meters.values():
        if m.at != "location":
            continue
        for place in (p.location for p in book.locations.values() if p.type == "region"):
            others = _list_other_regions(book, place) if m.to else [""]
            known = max(
                (_classify_schedule(book.find_schedule(m.id, place, o, on)) for o in others), key=_rank_confidence
            )
            lacking = known == "missing" and (m.id, place) in book.not_offered
            out.setdefault(m.id, {})[place] = NOT_OFFERED if lacking else known
    return out


def _list_other_regions(book: PriceBook, place: str) -> list[str]:
    """Return the Regions that a pair's price may be towards: those of the place's partition, else any other Region."""
    of = book.get_location(place).partition
    return [
        p.location for p in book.locations.values() if p.type == "region" and p.partition == of and p.location != place
    ] or [""]


def _classify_schedule(ladder: Ladder | None) -> str:
    if ladder is None:
        return "missing"
    return "ends" if ladder.tiers.end.is_finite() else max((r.confidence for r in ladder.rows), key=_rank_confidence)


def _rank_confidence(confidence: str) -> int:
    return list(_MARKS).index(confidence) if confidence in _MARKS else len(_MARKS)


def draw_price_coverage(found: Mapping[str, Mapping[str, str]]) -> Report:
    """Return a coverage as a picture: a line a meter, a mark a Region, Regions of one part of the world together."""
    places = list(next(iter(found.values()), {}))
    parts: dict[str, list[str]] = {}
    for place in places:
        parts.setdefault(place.split("-")[0] if "-gov-" not in place else "gov", []).append(place)
    names = ["Meter", *(f"{part} ({len(of)})" for part, of in parts.items()), "Priced"]
    lines: list[list[Any]] = []
    for meter, known in found.items():
        marks = ["".join(_MARKS.get(known[p], "●") for p in of) for of in parts.values()]
        lines.append([meter, *marks, f"{sum(v not in UNPRICED for v in known.values())} of {len(places)}"])
    order = [[part, ", ".join(of)] for part, of in parts.items()]
    regions = Table("regions", "Each mark is a Region, in this order", ["Part", "Regions"], order)
    return Report([Table("coverage", LEGEND, names, lines), regions])


def build_price_changes_json(
    changes: Sequence[Change], notes: Sequence[str], where: Path, *, swapped: bool
) -> dict[str, Any]:
    """Return what a refresh changes; prices that stayed as they were are only counted."""
    return {
        "counts": {kind: sum(c.kind == kind for c in changes) for kind in (SAME, *_KINDS)},
        "changes": [_describe_change(c) for c in changes if c.kind != SAME],
        "notes": list(notes),
        "tables": str(where),
        "swapped": swapped,
    }


def _describe_change(c: Change) -> dict[str, Any]:
    location, meter, counterpart = c.key
    rows = c.after or c.before
    return {
        "kind": c.kind,
        "location": location,
        "meter": meter,
        "counterpart": counterpart,
        "before": _list_tier_prices(c.before),
        "after": _list_tier_prices(c.after),
        "currency": rows[0].currency,
        "effective_from": c.after[0].effective_from if c.after else None,
        "sources": rows[0].source_ids,
        "look_at": c.why or None,
    }


def _list_tier_prices(rows: Sequence[PriceRow]) -> list[dict[str, str]]:
    return [{"tier_from": r.tier_from, "tier_to": r.tier_to, "price": r.price} for r in rows]


def build_price_changes_tables(changes: Sequence[Change], *, whole: bool) -> Report:
    """Return what a refresh changes as tables, what should be looked at first."""
    counts: list[list[Cell]] = [
        [title, sum(c.kind == kind for c in changes)] for kind, title in ((SAME, "As they were"), *_KINDS.items())
    ]
    tables = Report([Table("counts", "Prices", ["", "Schedules"], counts)])
    names = ["Location", "Meter", "To", "Before", "Now", "Change", "From", "Look at"]
    for kind, title in _KINDS.items():
        of = sorted((c for c in changes if c.kind == kind), key=lambda c: (not c.why, c.key))
        of = [
            c for c in of if kind != OLDER or make_schedule_key(c.before) != make_schedule_key(c.after)
        ]  # what says the same is only counted
        if of:
            lines = [_build_change_row(c) for c in of[: None if whole else _FEW]]
            rest = len(of) - len(lines)
            more = f", {rest:,} not shown" if rest else ""
            tables.add(Table(kind, f"{title} ({len(of):,}{more})", names, lines))
    return tables


def _build_change_row(c: Change) -> list[Any]:
    location, meter, counterpart = c.key
    before, after = (" / ".join(r.price for r in rows) for rows in (c.before, c.after))
    changed = ""
    if c.kind == PRICE:
        parts = [
            Decimal(b.price) / Decimal(a.price) - 1 for a, b in zip(c.before, c.after, strict=True) if Decimal(a.price)
        ]
        changed = " / ".join(f"{part:+.1%}" for part in dict.fromkeys(parts))
    if c.kind == TIERS:
        before, after = (
            f"{text} from {' / '.join(r.tier_from for r in rows)}"
            for text, rows in ((before, c.before), (after, c.after))
        )
    return [location, meter, counterpart, before, after, changed, c.after[0].effective_from if c.after else "", c.why]
