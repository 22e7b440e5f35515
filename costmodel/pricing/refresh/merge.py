"""Reading prices as AWS publishes them: offer files of the Price List Bulk API, and its calculator's feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.pricing.editions import make_schedule_key
from costmodel.pricing.refresh.mapping import Imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from costmodel.pricing.book import PriceBook, PriceRow


def merge_price_files(files: Iterable[Imported]) -> Imported:
    """Put files together: of two that speak of one meter, place and day, the one published later counts."""
    found = sorted(files, key=lambda f: max((s.published for s in f.sources.values()), default=""))
    rows: dict[tuple[str, ...], list[PriceRow]] = {}
    out = Imported([], {}, set(), [])
    for one in found:
        own: dict[tuple[str, ...], list[PriceRow]] = {}
        for row in one.rows:
            own.setdefault((row.location, row.meter, row.counterpart, row.effective_from), []).append(row)
        for key, schedule in own.items():
            if make_schedule_key(rows.setdefault(key, schedule)) != make_schedule_key(schedule):
                location, meter, *_ = key
                said_of = {r.source_ids for r in (*rows[key], *schedule)}
                out.notes.append(f"{meter} in {location}: {' and '.join(sorted(said_of))} differ; the later counts.")
                rows[key] = schedule
        out.sources.update(one.sources)
        out.covered.update(one.covered)
        out.notes.extend(n for n in one.notes if n not in out.notes)
    out.rows.extend(row for schedule in rows.values() for row in schedule)
    return out


def filter_by_regions(found: Imported, book: PriceBook, regions: Sequence[str]) -> Imported:
    """Keep what is of some Regions and their zones; of none named, everything."""
    if not regions:
        return found
    mine = {p.location for p in book.locations.values() if {p.location, p.parent} & set(regions)}
    rows = [row for row in found.rows if row.location in mine]
    return found._replace(rows=rows, covered={(name, place) for name, place in found.covered if place in mine})
