"""What is built: a table per kind of resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from costmodel.assumptions import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from costmodel.aws.resource import Resource
    from costmodel.meters import Meter
    from costmodel.table import Table


@dataclass
class Network:
    """Resources of every kind, over one billing month.

    Attributes:
        tables: kind → its table: the kind's columns, and ``name``, ``location``, ``account``, ``payer`` (words) and
            ``count`` (alike resources a row stands for); quantities are one resource's.
        assumptions: every assumption by name.
        on: the price date asked for; None is the newest prices held.
        notes: what a reader found worth saying.
    """

    tables: dict[type[Resource], Table] = field(default_factory=dict)
    assumptions: Mapping[str, str] = field(default_factory=resolved)
    on: date | None = None
    notes: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[type[Resource], Table]]:
        """Go through the kinds that have resources."""
        return iter(self.tables.items())

    def __len__(self) -> int:
        """Return the number of rows over all kinds."""
        return sum(map(len, self.tables.values()))


def quantities(kind: type[Resource], table: Table, assumptions: Mapping[str, str]) -> dict[Meter, Any]:
    """Quantities of each meter, one resource a row: a kind's assumptions, then its rule. ``count`` is not in yet."""
    for setting, replace in kind.assumes.items():
        name, _, value = setting.partition("=")
        if assumptions[name] == value:
            table = table.with_columns(replace(table))
    return kind.charges(table)
