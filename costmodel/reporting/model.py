"""Tables of an answer, each known by an id; a title is only text that people read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Cell = str | int | float | Decimal | None
"""What a cell of a table holds: text, a number, or nothing."""


class Table(NamedTuple):
    """A table of a report.

    Attributes:
        id: the name by which code picks the table; nobody reads it.
        title: the text above the table; "" where the table has none.
        columns: the names of the columns.
        rows: the rows, each with a cell for each column.
    """

    id: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class DetailTable(Table):
    """The details of what another table sums up; Markdown folds it where it is long."""

    __slots__ = ()


class Report:
    """The tables of an answer, in the order in which they are shown; no two have the same id."""

    def __init__(self, tables: Iterable[Table] = ()) -> None:
        """Make a report of tables."""
        self._tables: dict[str, Table] = {}
        for table in tables:
            self.add(table)

    def add(self, table: Table) -> None:
        """Add a table at the end.

        Raises:
            ValueError: The report has a table with the same id.
        """
        if table.id in self._tables:
            message = f"The report has a table {table.id!r} already."
            raise ValueError(message)
        self._tables[table.id] = table

    def pick(self, *ids: str) -> Report:
        """Return the tables with these ids, in the report's order; an id that the report does not have is skipped."""
        return Report(table for table in self if table.id in ids)

    def exclude(self, *ids: str) -> Report:
        """Return the tables that have none of these ids."""
        return Report(table for table in self if table.id not in ids)

    def __add__(self, other: Iterable[Table]) -> Report:
        """Return the tables of both, these first."""
        return Report([*self, *other])

    def __getitem__(self, table_id: str) -> Table:
        """Return the table with an id."""
        return self._tables[table_id]

    def __contains__(self, table_id: object) -> bool:
        """Return whether a table has this id."""
        return table_id in self._tables

    def __iter__(self) -> Iterator[Table]:
        """Return the tables in order."""
        return iter(self._tables.values())

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self._tables)
