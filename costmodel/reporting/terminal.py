"""Tables on a terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from costmodel.reporting.text import format_cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costmodel.reporting.model import Table

USUAL = 80  # columns of a terminal; a narrower one breaks names too
NAME = 28  # characters of what stands first in a row


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables with rich: empty columns are left out, no number is broken, text from files is text, not markup."""
    console = Console()
    for table in tables:
        console.print(_build_rich_table(table, console.width))


def _build_rich_table(table: Table, width: int) -> RichTable:
    """Return a table for a console of a width in characters."""
    _, title, names, rows = table
    texts = [[format_cell(value) for value in row] for row in rows]
    filled = [i for i in range(len(names)) if not texts or any(row[i] for row in texts)]
    out = RichTable(title=title or None, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    out.pad_edge, out.collapse_padding = False, True
    for i in filled:
        if rows and isinstance(rows[0][i], Decimal | int | float):
            out.add_column(names[i].replace(" ", "\n"), justify="right", no_wrap=True)
        else:
            whole = i == 0 and width >= USUAL and all(len(row[0]) <= NAME for row in texts)
            out.add_column(names[i].replace("_", "\n"), overflow="fold", no_wrap=whole)
    for row in texts:
        out.add_row(*(Text(row[i]) for i in filled))
    return out
