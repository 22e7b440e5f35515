"""Tables as aligned text, Markdown or CSV."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

Tables = list[tuple[str, list[str], list[list[Any]]]]


_CENTS = -2  # the exponent of an amount that was rounded to cents


def cell(value: Any) -> str:
    """Return what a table shows: money and quantities without an exponent, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text and value.as_tuple().exponent != _CENTS else text
    return str(value)


def plain_text(tables: Tables) -> str:
    """Return tables as columns of text; numbers to the right."""
    out: list[str] = []
    for title, names, rows in tables:
        cells = [[cell(v) for v in row] for row in rows]
        right = [bool(rows) and isinstance(row, Decimal | int | float) for row in (rows[0] if rows else names)]
        widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
        out += [title] if title else []
        for line in (names, *cells):
            parts = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True)]
            out.append("  ".join(parts).rstrip())
        out.append("")
    return "\n".join(out)


def markdown_text(tables: Tables) -> str:
    """Return tables in Markdown."""
    out: list[str] = []
    for title, names, rows in tables:
        out += [f"### {title}", ""] if title else []
        out.append(f"| {' | '.join(names)} |")
        right = [isinstance(v, Decimal | int | float) for v in (rows[0] if rows else names)]
        out.append(f"|{'|'.join('---:' if r else '---' for r in right)}|")
        out += [f"| {' | '.join(cell(v).replace('|', chr(92) + '|') for v in row)} |" for row in rows]
        out.append("")
    return "\n".join(out)


def csv_text(tables: Tables) -> str:
    """Return tables as CSV, one below the other; a cell that begins like a formula is quoted as text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for _, names, rows in tables:
        writer.writerow(names)
        writer.writerows([[_safe(v) for v in row] for row in rows])
    return buffer.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
