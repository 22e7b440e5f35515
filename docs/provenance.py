"""Where the prices come from, how sure they are and what is not held, counted when the page is built."""

from __future__ import annotations

from collections import Counter

from rulebook import table

import costmodel as cm
from costmodel import aws
from costmodel.pricing.report import find_doubtful_prices

BOOK = cm.load_prices()
ROWS = BOOK.rows
REGIONS = BOOK.regions
LISTED = [r for r in REGIONS if BOOK.get_location(r).partition in ("aws", "aws-us-gov")]
DATES = sorted({r.effective_from for r in ROWS if r.effective_from})


def confidence() -> str:
    """Return how many rows are how sure."""
    count = Counter(r.confidence for r in ROWS)
    rows = [(f"`{word}`", f"{n:,}", f"{n / len(ROWS):.0%}") for word, n in count.most_common()]
    return table(("Confidence", "Rows", "Share"), rows, right=[1, 2])


def sources() -> str:
    """Return every source, and how many rows rest on it."""
    count = Counter(s for r in ROWS for s in r.source_ids.split(";") if s)
    alone = Counter(r.source_ids for r in ROWS if ";" not in r.source_ids)
    rows = [
        (f"`{s.source_id}`", s.kind, s.published or "–", f"{count[s.source_id]:,}", f"{alone[s.source_id]:,}", s.what)
        for s in sorted(BOOK.described.values(), key=lambda s: -count[s.source_id])
    ]
    return table(("Source", "Kind", "Published", "Rows", "Of these alone", "What it is"), rows, right=[3, 4])


def single() -> str:
    """Return, per meter that a rule uses, how many rows rest on one source."""
    mine = [r for r in ROWS if r.meter in aws.METERS]
    every, lone = Counter(r.meter for r in mine), Counter(r.meter for r in mine if ";" not in r.source_ids)
    rows = [(f"`{m}`", f"{lone[m]:,}", f"{every[m]:,}") for m, _ in lone.most_common()]
    return table(("Meter", "Rows of one source", "Of"), rows, right=[1, 2])


def missing() -> str:
    """Return, per meter that a rule uses, in how many Regions it has no price or only part of one."""
    found = find_doubtful_prices(BOOK, aws.METERS, BOOK.newest, None)["missing"]
    none = Counter(r["meter"] for r in found if str(r["above"]) == "0")
    part = Counter(r["meter"] for r in found if str(r["above"]) != "0")
    names = sorted({*none, *part}, key=lambda m: (-none[m], m))
    rows = [(f"`{m}`", none[m] or "–", part[m] or "–") for m in names]
    return table(("Meter", "Regions without a price", "Regions priced up to a quantity"), rows, right=[1, 2])


def not_offered() -> str:
    """Return what AWS does not sell where, and who said so."""
    where: dict[tuple[str, str, str], list[str]] = {}
    for one in BOOK.not_offered.values():
        places = where.setdefault((one.what, one.as_of, one.note), [])
        places += [one.location] if one.location not in places else []
    rows = [(what, ", ".join(places), as_of, note) for (what, as_of, note), places in where.items()]
    return table(("What", "Where not", "As of", "How that is known"), rows)


def by_date() -> str:
    """Return how many rows are of which month."""
    count = Counter((r.effective_from or "no date")[:7] for r in ROWS)
    return table(
        ("Known to hold in", "Rows"), [(d, f"{n:,}") for d, n in sorted(count.items(), reverse=True)], right=[1]
    )
