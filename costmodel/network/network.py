"""What is built: a table per kind of resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.assumptions import resolve_assumptions
from costmodel.core.table import Codes, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from costmodel.aws.resource import Resource
    from costmodel.core.errors import Remedy
    from costmodel.core.meters import Meter


class Unknown(NamedTuple):
    """A quantity that decides a cost and that a plan does not know: no number stands in for it.

    Attributes:
        name: the resource.
        kind: its kind.
        column: the quantity, ``count`` too.
        location: where it is.
        what: what is not known.
        remedy: how to give it.
    """

    name: str
    kind: type[Resource]
    column: str
    location: str
    what: str
    remedy: Remedy

    @property
    def why(self) -> str:
        """What is not known, and how to give it on the command line."""
        return f"{self.what} {self.remedy.cli}"


class LeftOut(NamedTuple):
    """A resource that costs something, or may, and is not priced here: its name, its type there, and why."""

    name: str
    type: str
    why: str


@dataclass
class Network:
    """Resources of every kind, over one billing month.

    Attributes:
        tables: kind → its table: the kind's columns, and ``name``, ``location``, ``account``, ``payer``, the kind's
            other ``accounts`` (words) and ``count`` (alike resources a row stands for); quantities are one resource's.
        assumptions: every assumption by name.
        on: the price date asked for; None is the newest prices held.
        notes: what a reader found worth saying.
        unknown: quantities that the source does not know; what they cost is unpriced.
        left_out: resources of the source that are not priced here.
    """

    tables: dict[type[Resource], Table] = field(default_factory=dict)
    assumptions: Mapping[str, str] = field(default_factory=resolve_assumptions)
    on: date | None = None
    notes: list[str] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[type[Resource], Table]]:
        """Go through the kinds that have resources."""
        return iter(self.tables.items())

    def __len__(self) -> int:
        """Return the number of rows over all kinds."""
        return sum(map(len, self.tables.values()))


def find_shared_names(network: Network) -> set[str]:
    """Return the names that resources of several kinds have: there, only ``KIND:NAME`` says which is meant."""
    of: dict[str, str] = {}
    out = set()
    for kind, table in network:
        for name in set(map(str, table.name)):
            if of.setdefault(name, kind.kind) != kind.kind:
                out.add(name)
    return out


def compute_quantities(kind: type[Resource], table: Table, assumptions: Mapping[str, str]) -> dict[Meter, Any]:
    """Quantities of each meter, one resource a row: a kind's assumptions, then its rule. ``count`` is not in yet."""
    for setting, replace in kind.assumes.items():
        name, _, value = setting.partition("=")
        if assumptions[name] == value:
            table = table.with_columns(replace(table))
    return kind(table).compute_charges()


def find_column_meters(kind: type[Resource], column: str, assumptions: Mapping[str, str]) -> list[Meter]:
    """Return the meters of a kind that a column is counted by: those that one more of it changes."""
    base: dict[str, Any] = {
        name: Codes.repeat_word(next(iter(c.choices), ""), 1) if c.holds_words else np.ones(1)
        for name, c in kind.columns.items()
    }
    one = compute_quantities(kind, Table(1, base), assumptions)
    if column == "count":
        return list(one)
    more = compute_quantities(kind, Table(1, base | {column: base[column] + 1}), assumptions)
    return [m for m in one if np.any(one[m] != more[m])]
