"""The entries of one kind of a network file, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.table import Codes, Table

if TYPE_CHECKING:
    from costmodel.aws.resource import Column, Resource

COMMON = ("kind", "name", "region", "hours", "count", "account", "payer")
"""The keys that a resource of every kind may have."""


NUMBERS = ("count", "number", "gb", "hours")
"""The types of columns that contain numbers."""


class _AskedColumn(NamedTuple):
    """A column that entries of a kind may give: its values so far, and the first key of its path in the file.

    ``plain`` columns are numbers under one key, and ``default`` is the number that they have if an entry leaves them
    out. Most values are whole numbers of such columns, or are left out, and need no parser.
    """

    values: list[Any]
    column: Column
    key: str
    plain: bool
    default: float | None


class KindRows:
    """The entries of one kind as rows, column by column."""

    def __init__(self, kind: type[Resource], hours: float) -> None:
        self.kind = kind
        variant_keys = [kind.when[0]] if kind.when else []
        column_keys = [column.path[0] for column in kind.columns.values()]
        self.allowed = frozenset([*COMMON, *variant_keys, *kind.accounts, *column_keys])
        names = (*kind.columns, *kind.accounts, "name", "region", "count", "account", "payer")
        self.values: dict[str, list[Any]] = {name: [] for name in names}
        self.columns = [_describe_column(self.values[name], column, hours) for name, column in kind.columns.items()]
        self.names_payer: list[bool] = []

    def build_table(self, default_payer: str) -> Table:
        """Return the rows as a table; entries without a payer belong to the organization of the default one."""
        values = self.values
        columns: dict[str, Any] = {
            name: Codes.from_words(values[name]) if column.holds_words else np.array(values[name], dtype=np.float64)
            for name, column in self.kind.columns.items()
        }
        for name in ("account", "payer", *self.kind.accounts):
            columns[name] = Codes.from_words(values[name])
        columns["organization"] = columns["payer"]
        if not all(self.names_payer):
            pairs = zip(values["payer"], self.names_payer, strict=True)
            columns["organization"] = Codes.from_words(payer if named else default_payer for payer, named in pairs)
        columns["location"] = Codes.from_words(values["region"])
        columns["name"] = np.array(values["name"], dtype=object)
        columns["count"] = np.array(values["count"], dtype=np.float64)
        return Table(len(values["count"]), columns)


def _describe_column(values: list[Any], column: Column, hours: float) -> _AskedColumn:
    """Return how a column is read; ``hours`` is the file's, which resources without hours of their own have."""
    plain = column.type in NUMBERS and len(column.path) == 1
    default = hours if column.type == "hours" else column.default
    number = float(default) if plain and isinstance(default, (int, float)) else None
    return _AskedColumn(values, column, column.path[0], plain, number)
