"""Tables on a terminal."""

from __future__ import annotations

from decimal import Decimal

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from costmodel.export.text import Tables, cell


def show(tables: Tables) -> None:
    """Print tables with rich; text from files is shown as text, never as markup."""
    console = Console()
    for title, names, rows in tables:
        table = RichTable(title=title or None, title_justify="left", header_style="bold")
        for i, name in enumerate(names):
            right = bool(rows) and isinstance(rows[0][i], Decimal | int | float)
            table.add_column(name, justify="right" if right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell(v)) for v in row))
        console.print(table)
