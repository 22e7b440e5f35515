"""New prices compared with the held ones: what changes, what looks wrong, and the table with both."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import format_short_list
from costmodel.core.meters import UNITS
from costmodel.pricing.book import make_precedence_key
from costmodel.pricing.rows import PriceRow, parse_first_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from costmodel.pricing.book import Edition, PriceBook

Key = tuple[str, str, str]
"""Location, meter, counterpart."""

PRICE_LIST = "aws-price-list-"
"""The prefix of sources that are files of AWS's Price List; the code of the offer, which is a service's, follows."""

JUMP = 2
"""A price that rises or falls by more than this factor is reviewed before it is accepted."""

NEW, SAME, PRICE, TIERS, GONE, ABSENT, OLDER = "new", "same", "price", "tiers", "gone", "absent", "older"
CONFIDENCES = ("verified", "single", "inferred")

_DATED = re.compile(r"-20\d\d(-\d\d)*$")


class Change(NamedTuple):
    """What new files change of one meter in one place.

    Attributes:
        key: location, meter, counterpart.
        kind: new, same, price, tiers (their edges), gone (held from an earlier file of the same sort, and missing in
            this one), absent (held from another source, and missing in the service's own file), or older (dated before
            what is held, so that it joins the history).
        before: the newest edition held.
        after: the new edition.
        why: why it should be reviewed before it is accepted; "" if nothing is unusual.
    """

    key: Key
    kind: str
    before: tuple[PriceRow, ...]
    after: tuple[PriceRow, ...]
    why: str = ""


class Merged(NamedTuple):
    """The changes, and the rows of the user's table after they are accepted."""

    changes: list[Change]
    rows: list[PriceRow]


def name_source_family(source_id: str) -> str:
    """Return a source's name without its date: successive files share it."""
    return _DATED.sub("", source_id)


def make_schedule_key(rows: Iterable[PriceRow]) -> list[tuple[str, str, str, str]]:
    """Return the edges, prices and currency of a schedule's tiers: equal for equal schedules of different sources."""
    return sorted((r.tier_from, r.tier_to, r.price, r.currency) for r in rows)


def merge_editions(
    book: PriceBook,
    rows: Iterable[PriceRow],
    covered: set[tuple[str, str]],
    published: Mapping[str, str],
    services: Mapping[str, str] | None = None,
) -> Merged:
    """Compare new rows with the held ones, and merge both.

    A price applies from AWS's date. A price with a date before the held one's, but published after it, applies from its
    publication: the later publication counts. Held prices are never deleted.

    Args:
        book: the held prices, with the user's table.
        rows: the new rows.
        covered: (family of source, location) for which the new rows are complete.
        published: source id → the day it was published, for the sources of the new rows.
        services: meter → its service code, for the meters that the service's own file should have.
    """
    changes: list[Change] = []
    own: dict[Key, dict[str, list[PriceRow]]] = {}
    for row in book.rows:
        if row.table == "user":
            own.setdefault(_make_row_key(row), {}).setdefault(row.effective_from, []).append(row)
    new: dict[Key, dict[str, list[PriceRow]]] = {}
    for row in rows:
        new.setdefault(_make_row_key(row), {}).setdefault(row.effective_from, []).append(row)
    for key, by_date in new.items():
        location, meter, counterpart = key
        held = book.list_editions(meter, location, counterpart)
        editions = own.setdefault(key, {})
        for dated in sorted(by_date, key=parse_first_day):
            change, holds = _compare_with_held(key, held, dated, by_date[dated], published)
            changes.append(change)
            editions[holds] = list(change.after)
            held = sorted([*(h for h in held if h[0] != holds), (holds, change.after)], key=make_precedence_key)
        _drop_repeated_editions(editions, held)
    changes += _find_missing(book, set(new), covered, services or {})
    order = sorted(own, key=lambda k: (k[0], k[1], k[2]))
    out = [row for key in order for dated in sorted(own[key]) for row in own[key][dated]]
    return Merged(sorted(changes, key=lambda c: c.key), out)


def _make_row_key(row: PriceRow) -> Key:
    return row.location, row.meter, row.counterpart


def _compare_with_held(
    key: Key, held: list[Edition], dated: str, found: list[PriceRow], published: Mapping[str, str]
) -> tuple[Change, str]:
    """Return what a new schedule changes of the newest one held, and the day from which it counts."""
    before: tuple[PriceRow, ...] = ()
    kind = NEW
    note = ""
    if held:
        newest, before = held[-1]
        supersedes = make_precedence_key(held[-1]) < make_precedence_key((dated, found))
        stated = min(published[row.source_ids] for row in found)
        # Published after what is held, with a date before it: the later publication counts from its own day.
        if not supersedes and parse_first_day(dated) < parse_first_day(newest) < parse_first_day(stated):
            note = f"AWS gives {dated} as the day it took effect"
            dated = stated
        is_older = not supersedes and parse_first_day(dated) < parse_first_day(newest)
        kind = OLDER if is_older else _classify_change(before, found)
    agreeing = [edition for _, edition in held if make_schedule_key(edition) == make_schedule_key(found)]
    after = tuple(
        row._replace(
            effective_from=dated,
            source_ids=";".join(_merge_sources(row, agreeing[-1:])),
            confidence="verified" if _is_confirmed(row, agreeing[-1:]) else row.confidence,
            note="; ".join(filter(None, (row.note, note))),
        )
        for row in sorted(found, key=lambda row: Decimal(row.tier_from))
    )
    return Change(key, kind, before, after, _explain_unusual(kind, before, after)), dated


def _classify_change(before: Iterable[PriceRow], after: Iterable[PriceRow]) -> str:
    """Return whether two schedules are the same, or differ in prices only, or in the edges of their tiers."""
    old = make_schedule_key(before)
    new = make_schedule_key(after)
    if old == new:
        return SAME
    old_edges = [tier[:2] for tier in old]
    new_edges = [tier[:2] for tier in new]
    return PRICE if old_edges == new_edges else TIERS


def _merge_sources(row: PriceRow, agreeing: list[tuple[PriceRow, ...]]) -> list[str]:
    """Return a row's sources and those of an equal older edition, without older files of the row's own sorts."""
    mine = {name_source_family(s) for s in row.source_ids.split(";")}
    others = (s for edition in agreeing for r in edition for s in r.source_ids.split(";"))
    return [*row.source_ids.split(";"), *dict.fromkeys(s for s in others if s and name_source_family(s) not in mine)]


def _is_confirmed(row: PriceRow, agreeing: list[tuple[PriceRow, ...]]) -> bool:
    """Tell whether another sort of source has the same price."""
    return len(_merge_sources(row, agreeing)) > len(row.source_ids.split(";"))


def _explain_unusual(kind: str, before: tuple[PriceRow, ...], after: tuple[PriceRow, ...]) -> str:
    """Return why a change should be reviewed before it is accepted; "" if nothing is unusual."""
    if kind == TIERS:
        return "the edges of its tiers changed"
    if kind != PRICE:
        return ""
    if {r.currency for r in before} != {r.currency for r in after}:
        return "its currency changed"
    reasons = (_explain_jump(Decimal(old.price), Decimal(new.price)) for old, new in zip(before, after, strict=True))
    return next(filter(None, reasons), "")


def _explain_jump(old: Decimal, new: Decimal) -> str:
    """Return what is unusual about a change of a unit price; "" if nothing is."""
    if old == new:
        return ""
    if not new:
        return "it became free"
    if not old:
        return "it was free"
    if new > old * JUMP:
        return f"it rose by more than a factor of {JUMP}"
    if old > new * JUMP:
        return f"it fell by more than a factor of {JUMP}"
    return ""


def _drop_repeated_editions(editions: dict[str, list[PriceRow]], held: list[Edition]) -> None:
    """Drop editions of the user's table that have an equal edition before them and after them."""
    every = {dated: make_schedule_key(rows) for dated, rows in held}
    dates = sorted(every, key=parse_first_day)
    for a, b, c in zip(dates, dates[1:], dates[2:], strict=False):
        if b in editions and every[a] == every[b] == every[c]:
            del editions[b]


def _find_missing(
    book: PriceBook, new: set[Key], covered: set[tuple[str, str]], services: Mapping[str, str]
) -> list[Change]:
    """Return held schedules that the new files should have, but do not have."""
    own = {(name.removeprefix(PRICE_LIST), place) for name, place in covered if name.startswith(PRICE_LIST)}
    out = []
    for key in dict.fromkeys(map(_make_row_key, book.rows)):
        location, meter, counterpart = key
        if key in new:
            continue
        newest = book.list_editions(meter, location, counterpart)[-1][1]
        if any((name_source_family(s), location) in covered for r in newest for s in r.source_ids.split(";")):
            out.append(Change(key, GONE, newest, (), "the new file no longer contains it; the current price stays"))
        elif not counterpart and (services.get(meter, ""), location) in own:
            out.append(Change(key, ABSENT, newest, ()))
    return out


def find_row_problems(book: PriceBook, rows: Iterable[PriceRow]) -> list[str]:
    """Return what is wrong with rows of a price table, one sentence for each problem, which names the row.

    Args:
        book: for the places and their currencies.
        rows: the rows.
    """
    out: list[str] = []
    schedules: dict[tuple[str, ...], list[PriceRow]] = {}
    for row in rows:
        what = f"{row.meter} in {row.location}, tier from {row.tier_from}"
        wrong = _check_row(book, row)
        out += [f"{what}: {one}" for one in wrong]
        if not wrong:
            schedules.setdefault((*_make_row_key(row), row.effective_from), []).append(row)
    for (location, meter, *_), found in schedules.items():
        steps = sorted(found, key=lambda r: Decimal(r.tier_from))
        joined = all(a.tier_to == b.tier_from for a, b in itertools.pairwise(steps))
        if Decimal(steps[0].tier_from) or not joined or len({r.unit for r in steps}) > 1:
            edges = ", ".join(f"{r.tier_from} to {r.tier_to}" for r in steps)
            out.append(f"{meter} in {location}: its tiers do not join from 0 in one unit ({edges})")
    return out


def _check_row(book: PriceBook, row: PriceRow) -> list[str]:
    out = []
    if row.location not in book.locations:
        out.append(f"{row.location!r} is not a place in regions.csv")
    elif row.currency != book.locations[row.location].currency:
        out.append(f"the currency is {row.currency}, not {book.locations[row.location].currency}")
    for name in ("tier_from", "tier_to", "price"):
        text = getattr(row, name)
        if not (name == "tier_to" and text == "Inf") and not _is_price_number(text):
            out.append(f"{name} {text!r} is not a number of at least 0")
    if row.unit not in UNITS:
        out.append(f"the unit {row.unit!r} is not one of {', '.join(UNITS)}")
    if row.confidence not in CONFIDENCES:
        out.append(f"the confidence {row.confidence!r} is not one of {', '.join(CONFIDENCES)}")
    if not _is_date(row.effective_from):
        out.append(f"effective_from {row.effective_from!r} is not a date")
    return out


@cache
def _is_price_number(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and number >= 0


@cache
def _is_date(text: str) -> bool:
    try:
        return parse_first_day(text) is not None
    except ValueError:
        return False


def summarize_problems(found: list[str]) -> str:
    """Return problems as the end of a message."""
    return f"{len(found):,} rows are wrong: {format_short_list(found)}" if len(found) > 1 else found[0]


def find_last_known_day(effective_from: str, source_ids: str, published: Mapping[str, str]) -> str:
    """Return the newest day on which a price is known to have applied, as precisely as known; "" if not known.

    Args:
        effective_from: the row's own day.
        source_ids: its sources, joined by ``;``: each confirms the price on the day it was published.
        published: source id → the day it was published.
    """
    return max((effective_from, *(published.get(s, "") for s in source_ids.split(";"))), key=parse_first_day)


def compute_price_age(row: PriceRow, published: Mapping[str, str], today: date) -> int | None:
    """Return how many days ago a price was last known to apply; None where no day is known.

    Args:
        row: the price.
        published: source id → the day it was published, where known.
        today: the day to which ages are counted.
    """
    known = find_last_known_day(row.effective_from, row.source_ids, published)
    return (today - parse_first_day(known)).days if known else None
