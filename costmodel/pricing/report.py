"""Reports about the price tables: their state, their history, and the changes of a refresh."""

from __future__ import annotations

import itertools
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

    from costmodel.core.json_types import JsonAnswer
    from costmodel.core.meters import Meter
    from costmodel.pricing.editions import Change
    from costmodel.pricing.rows import PriceRow, PriceSchedule

_YEAR = 365


class RegionPair(NamedTuple):
    """The prices of a meter in two Regions.

    Attributes:
        meter: its id.
        first: its schedule in the first Region; None where there is no price.
        second: its schedule in the second Region; None where there is no price.
        change: the second first-tier price less the first, as a part of the first; None where they cannot be compared.
    """

    meter: str
    first: PriceSchedule | None
    second: PriceSchedule | None
    change: Decimal | None


_FEW = 15
_PUBLIC = ("aws", "aws-us-gov")
NOT_OFFERED = "not offered"
UNPRICED = ("missing", NOT_OFFERED)
_MARKS = {"verified": "●", "single": "○", "inferred": "◌", "ends": "◐", "missing": "·", NOT_OFFERED: "×"}
LEGEND = (
    "● two readings · ○ one reading · ◌ worked out · ◐ ends at a quantity · · no price · × not offered by AWS there"
)
_KINDS = {
    PRICE: "Changed",
    TIERS: "Changed edges of tiers",
    GONE: "No longer in the files",
    ABSENT: "Known from elsewhere, and not in the files",
    NEW: "New",
    OLDER: "Older than the current prices",
}


def find_doubtful_prices(
    book: PriceBook,
    meters: Mapping[str, Meter],
    today: date,
    max_age: int | None,
    region: str | None = None,
    meter: str | None = None,
) -> dict[str, list[dict[str, Cell]]]:
    """Return which prices of the charge rules are missing, not offered, old, or known from a single source.

    A price is missing in a Region from the quantity ``above`` on: 0 where there is no price, else where the schedule
    ends. What AWS does not sell in a Region is not missing there.

    Args:
        book: the prices.
        meters: the meters of charge rules, by id.
        today: the day to which ages are counted.
        max_age: days since the price was last known to apply, above which it is old; None is a year.
        region: the only Region or zone to check; None is every Region.
        meter: the only meter to check; None is every meter.
    """
    names = [name for name in meters if meter in (None, name)]
    located = [meters[name] for name in names if meters[name].at == "location"]
    missing: list[dict[str, Cell]] = []
    not_offered: list[dict[str, Cell]] = []
    for m, place in itertools.product(located, _list_public_regions(book) if region is None else [region]):
        _check_price(book, m, place, missing, not_offered)
    rows = [row for row in list_current_rows(book) if row.meter in names and region in (None, row.location)]
    return {
        "missing": missing,
        "not_offered": not_offered,
        "old": _list_old_prices(book, rows, today, _YEAR if max_age is None else max_age),
        "single": [_describe_row(row) | {"sources": row.source_ids} for row in rows if row.confidence == "single"],
    }


def _list_public_regions(book: PriceBook) -> list[str]:
    """Return the Regions that have prices, without those of partitions for which AWS publishes no price list."""
    return [place for place in book.regions if book.get_location(place).partition in _PUBLIC]


def _check_price(
    book: PriceBook, meter: Meter, place: str, missing: list[dict[str, Cell]], not_offered: list[dict[str, Cell]]
) -> None:
    """Add a meter in a place to one of the two lists, if it has no price for every quantity there."""
    ladders = [book.find_schedule(meter.id, place, other) for other in _list_counterparts(book, meter, place)]
    end = min(ladder.tiers.end if ladder else Decimal(0) for ladder in ladders)
    unsold = book.not_offered.get((meter.id, place))
    if unsold is not None and not any(ladders):
        not_offered.append({"meter": meter.id, "location": place, "as_of": unsold.as_of, "why": unsold.note})
    elif end.is_finite():
        missing.append({"meter": meter.id, "location": place, "above": format_plain_number(end)})


def _list_old_prices(book: PriceBook, rows: Iterable[PriceRow], today: date, max_age: int) -> list[dict[str, Cell]]:
    """Return the rows that were last known to apply more than ``max_age`` days ago, or on no known day."""
    old: list[dict[str, Cell]] = []
    for row in rows:
        days = compute_price_age(row, book.published, today)
        if days is None or days > max_age:
            old.append(_describe_row(row) | {"effective_from": row.effective_from, "days": days})
    return old


def _describe_row(row: PriceRow) -> dict[str, Cell]:
    return {"meter": row.meter, "location": row.location, "counterpart": row.counterpart}


def list_current_rows(book: PriceBook, on: date | None = None) -> list[PriceRow]:
    """Return the rows of the schedules that apply on a date (None: the newest), in the order of the table."""
    rows: list[PriceRow] = []
    for key in dict.fromkeys((row.meter, row.location, row.counterpart) for row in book.rows):
        rows += pick_edition(book.list_editions(*key), on)[1]
    return rows


def list_price_history(book: PriceBook, rows: Iterable[PriceRow]) -> list[dict[str, Cell]]:
    """Return every edition of the schedules of some rows, oldest first, and how each price changed.

    ``change`` is a part of the price before; None where there is no price to compare with.
    """
    history: list[dict[str, Cell]] = []
    for meter, location, counterpart in dict.fromkeys((row.meter, row.location, row.counterpart) for row in rows):
        before: dict[str, Decimal] = {}
        for _, edition in book.list_editions(meter, location, counterpart):
            for row in edition:
                old = before.get(row.tier_from)
                history.append(row._asdict() | {"change": Decimal(row.price) / old - 1 if old else None})
            before = {row.tier_from: Decimal(row.price) for row in edition}
    return history


def compare_region_prices(
    book: PriceBook, meters: Iterable[str], pair: tuple[str, str], on: date | None = None
) -> list[RegionPair]:
    """Return the first tier's price of each meter in two Regions, for meters with a price in one of them."""
    lines = []
    for meter in meters:
        first, second = (book.find_schedule(meter, place, on=on) for place in pair)
        if first is not None or second is not None:
            lines.append(RegionPair(meter, first, second, _compute_change(first, second)))
    return lines


def _compute_change(first: PriceSchedule | None, second: PriceSchedule | None) -> Decimal | None:
    """Return the second schedule's first price less the first's, as a part of the first's.

    None where one is missing, free, or in another currency.
    """
    if first is None or second is None or first.currency != second.currency or not first.tiers.prices[0]:
        return None
    return second.tiers.prices[0] / first.tiers.prices[0] - 1


def measure_price_span(prices: Mapping[str, Decimal]) -> tuple[str, str, Decimal | None]:
    """Return the cheapest place, the most expensive one, and the ratio of their prices; None where one is free."""
    cheapest = min(prices, key=prices.__getitem__)
    dearest = max(prices, key=prices.__getitem__)
    return cheapest, dearest, prices[dearest] / prices[cheapest] if prices[cheapest] else None


def classify_price_coverage(
    book: PriceBook, meters: Mapping[str, Meter], on: date | None = None
) -> dict[str, dict[str, str]]:
    """Return how the price of each meter is known in each Region: meter → Region → one of these words.

    ``verified``, ``single``, ``inferred``, ``ends`` (known by one of these, up to a quantity), ``missing`` or ``not
    offered`` (AWS does not sell it there). Where a price is of a pair of Regions, the pair that is known least counts.
    """
    regions = [place.location for place in book.locations.values() if place.type == "region"]
    return {
        meter.id: {place: _classify_price(book, meter, place, on) for place in regions}
        for meter in meters.values()
        if meter.at == "location"
    }


def _classify_price(book: PriceBook, meter: Meter, place: str, on: date | None) -> str:
    """Return how the price of a meter is known in a Region."""
    counterparts = _list_counterparts(book, meter, place)
    known = [_classify_schedule(book.find_schedule(meter.id, place, other, on)) for other in counterparts]
    least = max(known, key=_rank_confidence)
    return NOT_OFFERED if least == "missing" and (meter.id, place) in book.not_offered else least


def _list_counterparts(book: PriceBook, meter: Meter, place: str) -> list[str]:
    """Return the other Regions of a pair's price: those of the place's partition; "" where there are none."""
    if not meter.to:
        return [""]
    partition = book.get_location(place).partition
    others = [
        other.location
        for other in book.locations.values()
        if other.type == "region" and other.partition == partition and other.location != place
    ]
    return others or [""]


def _classify_schedule(ladder: PriceSchedule | None) -> str:
    if ladder is None:
        return "missing"
    if ladder.tiers.end.is_finite():
        return "ends"
    return max((row.confidence for row in ladder.rows), key=_rank_confidence)


def _rank_confidence(confidence: str) -> int:
    return list(_MARKS).index(confidence) if confidence in _MARKS else len(_MARKS)


def draw_price_coverage(coverage: Mapping[str, Mapping[str, str]]) -> Report:
    """Return a coverage as a picture: a line for each meter, with a mark for each Region, grouped by continent."""
    places = list(next(iter(coverage.values()), {}))
    groups: dict[str, list[str]] = {}
    for place in places:
        groups.setdefault("gov" if "-gov-" in place else place.split("-")[0], []).append(place)
    header = ["Meter", *(f"{group} ({len(members)})" for group, members in groups.items()), "Priced"]
    lines: list[list[Cell]] = []
    for meter, known in coverage.items():
        marks = ["".join(_MARKS.get(known[place], "●") for place in members) for members in groups.values()]
        priced = sum(word not in UNPRICED for word in known.values())
        lines.append([meter, *marks, f"{priced} of {len(places)}"])
    order: list[list[Cell]] = [[group, ", ".join(members)] for group, members in groups.items()]
    regions = Table("regions", "Each mark is a Region, in this order", ["Part", "Regions"], order)
    return Report([Table("coverage", LEGEND, header, lines), regions])


def build_price_changes_json(
    changes: Sequence[Change], notes: Sequence[str], where: Path, *, swapped: bool
) -> JsonAnswer:
    """Return the changes of a refresh for JSON; unchanged prices are only counted."""
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
    """Return the changes of a refresh as tables; in each, the changes to review come first."""
    counts: list[list[Cell]] = [
        [title, sum(change.kind == kind for change in changes)]
        for kind, title in ((SAME, "Unchanged"), *_KINDS.items())
    ]
    report = Report([Table("counts", "Prices", ["", "Schedules"], counts)])
    for kind, title in _KINDS.items():
        table = _build_changes_table(kind, title, changes, _FEW if not whole else None)
        if table is not None:
            report.add(table)
    return report


def _build_changes_table(kind: str, title: str, changes: Iterable[Change], limit: int | None) -> Table | None:
    """Return the changes of one kind as a table of at most ``limit`` lines; None where there are none."""
    listed = [change for change in changes if change.kind == kind and _is_worth_listing(change)]
    listed.sort(key=lambda change: (not change.why, change.key))
    if not listed:
        return None
    lines = [_build_change_row(change) for change in listed[:limit]]
    rest = len(listed) - len(lines)
    more = f", {rest:,} not shown" if rest else ""
    names = ["Location", "Meter", "To", "Before", "Now", "Change", "From", "Look at"]
    return Table(kind, f"{title} ({len(listed):,}{more})", names, lines)


def _is_worth_listing(change: Change) -> bool:
    """Tell whether a change is listed: an older edition with the same prices is only counted."""
    return change.kind != OLDER or make_schedule_key(change.before) != make_schedule_key(change.after)


def _build_change_row(change: Change) -> list[Cell]:
    location, meter, counterpart = change.key
    before = " / ".join(row.price for row in change.before)
    after = " / ".join(row.price for row in change.after)
    ratios = ""
    if change.kind == PRICE:
        parts = [
            Decimal(new.price) / Decimal(old.price) - 1
            for old, new in zip(change.before, change.after, strict=True)
            if Decimal(old.price)
        ]
        ratios = " / ".join(f"{part:+.1%}" for part in dict.fromkeys(parts))
    if change.kind == TIERS:
        before += f" from {' / '.join(row.tier_from for row in change.before)}"
        after += f" from {' / '.join(row.tier_from for row in change.after)}"
    effective_from = change.after[0].effective_from if change.after else ""
    return [location, meter, counterpart, before, after, ratios, effective_from, change.why]
