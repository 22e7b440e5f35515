"""What changes between two networks, for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.bill import cents
from costmodel.bill.diff import SHARED, Change, Difference
from costmodel.export.bill import unpriced_json
from costmodel.export.modules import open_tables
from costmodel.export.text import plain

if TYPE_CHECKING:
    from costmodel.export.text import Tables

_SIGNS = {"added": "+", "removed": "−", "changed": "~", "shared": "·"}
MOST = 100  # changes that a table for people lists


def difference_json(found: Difference, warnings: list[str]) -> dict[str, Any]:
    """Return what ``diff --format json`` prints: numbers are decimal strings."""
    unpriced = {"before": unpriced_json(found.before), "after": unpriced_json(found.after)}
    whole = not any(unpriced.values())
    return {
        "before": _total(found, "before"),
        "after": _total(found, "after"),
        "difference": f"{found.total:f}" if whole else None,
        **({} if whole else {"difference_priced": f"{found.total:f}"}),
        "currency": found.currency,
        "price_date": str(found.after.price_date),
        "resources": [
            {
                "name": c.name,
                "kind": c.kind,
                "region": c.region,
                "change": c.change,
                "before": None if c.before is None else plain(c.before),
                "after": None if c.after is None else plain(c.after),
                "difference": plain(c.difference),
                "quantities": {n: {"before": _plain(a), "after": _plain(b)} for n, (a, b) in c.quantities.items()},
            }
            for c in found.changes
        ],
        "unpriced": unpriced,
        "warnings": warnings,
        "assumptions": found.before.assumptions | found.after.assumptions,
    }


def _total(found: Difference, which: str) -> dict[str, str | None]:
    bill = getattr(found, which)
    whole = not bill.unpriced
    return {"total": f"{bill.total:f}" if whole else None} | ({} if whole else {"total_priced": f"{bill.total:f}"})


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, int | float | Decimal) else value


def headline(found: Difference) -> str:
    """Return the change in one line: before, after, and by how much."""
    parts = " (priced part only)" if found.before.unpriced or found.after.unpriced else ""
    sign = "+" if found.total >= 0 else "−"
    return (
        f"Network cost: {found.before.total:,f} → {found.after.total:,f} {found.currency} a month "
        f"({sign}{abs(found.total):,f}){parts}"
    )


def difference_tables(found: Difference) -> Tables:
    """Return the change as tables: what appears, goes and changes, dearest first; then what it rests on."""
    names = ["", "Resource", "Kind", "Region", "Before", "After", "Difference", "What changes"]
    whole = [c for c in found.changes if c.change != SHARED]
    lines: list[list[Any]] = [
        [_SIGNS[c.change], c.name, c.kind, c.region, _cents(c.before), _cents(c.after), cents(c.difference), _what(c)]
        for c in whole[:MOST]
    ]
    for title, rest in (
        (f"{len(whole[MOST:]):,} more", whole[MOST:]),
        ("unchanged ones, by their share of tiers", [c for c in found.changes if c.change == SHARED]),
    ):
        if rest:
            sums = [sum((getattr(c, n) or Decimal(0) for c in rest), Decimal(0)) for n in ("before", "after")]
            lines.append(["·", title, "", "", *map(cents, sums), cents(sums[1] - sums[0]), ""])
    if not lines:
        lines = [["", "nothing changes", "", "", "", "", "", ""]]
    known = [["Price date", str(found.after.price_date)]]
    known += [[k, v] for k, v in (found.before.assumptions | found.after.assumptions).items()]
    return [(headline(found), names, lines), *open_tables(found.after), ("", ["Assumed", "Value"], known)]


def _cents(cost: Decimal | None) -> Any:
    return "–" if cost is None else cents(cost)


def _what(c: Change) -> str:
    return ", ".join(f"{n} {_plain(a)} → {_plain(b)}" for n, (a, b) in c.quantities.items())
