"""Tables as aligned text, Markdown or CSV."""

from __future__ import annotations

import csv
import io
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from costmodel.reporting.model import DetailTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from costmodel.reporting.model import Cell, Table

_MARKS = re.compile(r"[\\|`*]|~(?=~)|(?<=~)~|\](?=[(\[])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_FOLDED_FROM = 12  # rows that are shown of a table of details
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How text begins that a spreadsheet takes for a formula."""
_CENT = Decimal(1).scaleb(-2)
_CENTS = -2  # the exponent of an amount that was rounded to cents


def format_cell(value: Any) -> str:
    """Return what a table shows: money and quantities without an exponent, nothing for None."""
    if isinstance(value, str):
        return value if value.isprintable() else "".join(c if c.isprintable() else " " for c in value)
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        if "." not in text or value.as_tuple().exponent == _CENTS:
            return text
        return text.rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def format_plain_number(value: Any) -> str:
    """Return a number as a decimal string without an exponent or trailing zeros."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_money(amount: Decimal | str | None, currency: str = "USD", *, sign: bool = False) -> str:
    """Return an amount rounded half-up to cents: $1,234.56, or CNY 1,234.56; nothing for what has no amount."""
    if amount is None:
        return "–"
    rounded = Decimal(amount).quantize(_CENT, ROUND_HALF_UP)
    mark = "−" if rounded < 0 else "+" if sign else ""
    return f"{mark}{format_currency_prefix(currency)}{abs(rounded):,}"


def format_currency_prefix(currency: str) -> str:
    """Return what stands before an amount."""
    return "$" if currency == "USD" else f"{currency} "


def render_plain_text(tables: Iterable[Table]) -> str:
    """Return tables as columns of text; numbers to the right."""
    out: list[str] = []
    for _, title, names, rows in tables:
        values = zip(*rows, strict=True) if rows else [()] * len(names)
        columns = [_pad_column(name, column) for name, column in zip(names, values, strict=True)]
        out += [title] if title else []
        out += ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]
        out.append("")
    return "\n".join(out)


def _pad_column(name: str, values: Sequence[Cell]) -> list[str]:
    """Return the name and the values of a column as text of equal width."""
    shown = {value: format_cell(value) for value in set(values)}  # a column repeats itself
    width = max(len(name), *map(len, shown.values())) if shown else len(name)
    pad = str.rjust if values and isinstance(values[0], Decimal | int | float) else str.ljust
    padded = {value: pad(text, width) for value, text in shown.items()}
    return [pad(name, width), *map(padded.__getitem__, values)]


def render_markdown(tables: Iterable[Table]) -> str:
    """Return tables in Markdown; a long table of details is folded, as GitHub and GitLab show it."""
    out: list[str] = []
    for table in tables:
        _, title, names, rows = table
        is_folded = isinstance(table, DetailTable) and len(rows) > _FOLDED_FROM
        if is_folded:
            out += ["<details>", f"<summary>{escape_markdown(title)} ({len(rows):,} rows)</summary>", ""]
        elif title:
            out += [f"### {escape_markdown(title)}", ""]
        out.append(f"| {' | '.join(map(escape_markdown, names))} |")
        right = [any(isinstance(row[i], Decimal | int | float) for row in rows) for i in range(len(names))]
        out.append(f"|{'|'.join('---:' if r else '---' for r in right)}|")
        out += [f"| {' | '.join(escape_markdown(format_cell(v)) for v in row)} |" for row in rows]
        out += ["", "</details>", ""] if is_folded else [""]
    return "\n".join(out)


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is: no table's edge, no mark-up."""
    return _MARKS.sub(r"\\\g<0>", text).replace("&", "&amp;").replace("<", "&lt;")


def render_csv(tables: Iterable[Table]) -> str:
    """Return tables as CSV, one below the other; a cell that begins like a formula is quoted as text."""
    return "".join(render_rows_csv(table.columns, table.rows) for table in tables)


def render_rows_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a header and rows as CSV; a cell that begins like a formula is quoted as text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_escape_formula(value) for value in row] for row in rows])
    return buffer.getvalue()


def render_records_csv(records: Sequence[Mapping[str, Any]], otherwise: Sequence[str]) -> str:
    """Return records of the same keys as CSV; without any, the names ``otherwise`` alone."""
    names = list(records[0]) if records else list(otherwise)
    return render_rows_csv(names, [list(r.values()) for r in records])


def _escape_formula(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
