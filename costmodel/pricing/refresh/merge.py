"""Merging of price files: offer files of the Price List Bulk API, and feeds of the Pricing Calculator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.pricing.editions import make_schedule_key
from costmodel.pricing.refresh.mapping import Imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import PriceRow


def merge_price_files(files: Iterable[Imported]) -> Imported:
    """Merge files: of two with one meter, place and day, the one published later counts."""
    schedules: dict[tuple[str, ...], list[PriceRow]] = {}
    merged = Imported([], {}, set(), [])
    for file in sorted(files, key=_find_publication_day):
        for key, schedule in _group_into_schedules(file.rows).items():
            held = schedules.setdefault(key, schedule)
            if make_schedule_key(held) != make_schedule_key(schedule):
                location, meter, *_ = key
                sources = sorted({row.source_ids for row in (*held, *schedule)})
                merged.notes.append(f"{meter} in {location}: {' and '.join(sources)} differ; the later one is used.")
                schedules[key] = schedule
        merged.sources.update(file.sources)
        merged.covered.update(file.covered)
        merged.notes.extend(note for note in file.notes if note not in merged.notes)
    merged.rows.extend(row for schedule in schedules.values() for row in schedule)
    return merged


def _find_publication_day(file: Imported) -> str:
    return max((source.published for source in file.sources.values()), default="")


def _group_into_schedules(rows: Iterable[PriceRow]) -> dict[tuple[str, ...], list[PriceRow]]:
    """Return the rows of each location, meter, counterpart and day."""
    schedules: dict[tuple[str, ...], list[PriceRow]] = {}
    for row in rows:
        schedules.setdefault((row.location, row.meter, row.counterpart, row.effective_from), []).append(row)
    return schedules


def filter_by_regions(found: Imported, book: PriceBook, regions: Sequence[str]) -> Imported:
    """Return what files contain for some Regions and their zones; everything, if no Region is given."""
    if not regions:
        return found
    chosen = {p.location for p in book.locations.values() if {p.location, p.parent} & set(regions)}
    rows = [row for row in found.rows if row.location in chosen]
    return found._replace(rows=rows, covered={(name, place) for name, place in found.covered if place in chosen})
