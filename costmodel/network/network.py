"""What is built: a table per kind of resource."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.assumptions import resolve_assumptions
from costmodel.core.errors import Remedy
from costmodel.core.open_items import TYPE
from costmodel.core.table import Codes, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from costmodel.aws.resource import Charges, Resource
    from costmodel.core.arrays import FloatArray
    from costmodel.core.meters import Meter


_EXAMPLE = 3  # the quantity in the example of a remedy, unless it cannot be so many


class Unknown(NamedTuple):
    """A quantity that decides a cost and that a source does not contain.

    The network's tables contain ``least`` in its place.

    Attributes:
        name: the resource.
        kind: its kind.
        column: the quantity; ``count`` is whether, or how often, the resource exists.
        location: where it is.
        reason: what is not known, and why: a clause that continues "NAME: ".
        address: what ``--set`` and usage files call the resource; "" is its name.
        least: the least that the quantity can be.
        most: the most that it can be; None where that is not known.
        bounded_by: the assumption, as ``name=value``, under which ``most`` holds; "" if it always does.
        setting: another argument of ``--set`` that answers it, such as ``parameter.Zones=VALUE``; "" if there is none.
        follows: the unknown quantity that this one equals unless it is given; "" if it is open by itself.
    """

    name: str
    kind: type[Resource]
    column: str
    location: str
    reason: str
    address: str = ""
    least: float = 0
    most: float | None = None
    bounded_by: str = ""
    setting: str = ""
    follows: str = ""

    @property
    def existence(self) -> bool:
        """Whether it is open if the resource exists at all, rather than how much of it there is."""
        return self.column == "count" and (self.least, self.most) == (0, 1)

    @property
    def what(self) -> str:
        """What is not known, as a sentence."""
        return f"{self.name}: {self.reason}."

    @property
    def remedy(self) -> Remedy:
        """How to give the quantity."""
        example = int(max(self.least, min(self.most if self.most is not None else _EXAMPLE, _EXAMPLE)))
        setting = f"{self.address or self.name}.{self.column}={example}"
        setting = shlex.quote(setting) if "'" in setting else f"'{setting}'"
        other = f"--set {shlex.quote(self.setting)}, or " if self.setting else ""
        return Remedy(f"Pass {other}--set {setting}, or give it in a usage file.", "Fill it in below.")

    @property
    def why(self) -> str:
        """What is not known, and how to give it on the command line."""
        return f"{self.what} {self.remedy.cli}"


class LeftOut(NamedTuple):
    """A resource that costs something, or may, and is not priced here.

    Attributes:
        name: the resource.
        type: its type in the source.
        why: why it is not priced.
        kind: which kind of open item it is: a type that is not priced, an unknown Region, an undecided existence.
        remedy: what to do about it; "" if nothing can be done.
    """

    name: str
    type: str
    why: str
    kind: str = TYPE
    remedy: str = ""


@dataclass
class Network:
    """Resources of every kind, over one billing month.

    Attributes:
        tables: kind → its table: the kind's columns, and ``name``, ``location``, ``account``, ``payer``, the kind's
            other ``accounts`` (words) and ``count`` (alike resources a row represents); quantities are one resource's.
        assumptions: every assumption by name.
        on: the price date asked for; None is the newest prices held.
        notes: what a reader found worth saying.
        unknown: quantities that the source does not know; what they may cost in addition is open.
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


def build_upper_network(network: Network) -> Network:
    """Return the network with every unknown quantity at the most that it can be; unbounded ones stay at their least."""
    tables = dict(network.tables)
    columns: dict[tuple[type[Resource], str], FloatArray] = {}
    rows = {kind: _index_names(tables[kind]) for kind in {u.kind for u in network.unknown}}
    for u in network.unknown:
        if u.most is None:
            continue
        column = columns.setdefault((u.kind, u.column), np.array(getattr(tables[u.kind], u.column), dtype=np.float64))
        column[rows[u.kind][u.name]] = u.most
    for (kind, name), column in columns.items():
        tables[kind] = tables[kind].with_columns({name: column})
    return replace(network, tables=tables, unknown=[])


def _index_names(table: Table) -> dict[str, list[int]]:
    """Return name → the numbers of the rows that have it."""
    numbers: dict[str, list[int]] = {}
    for number, name in enumerate(table.name):
        numbers.setdefault(str(name), []).append(number)
    return numbers


def find_shared_names(network: Network) -> set[str]:
    """Return the names that resources of several kinds have: there, only ``KIND:NAME`` says which is meant."""
    of: dict[str, str] = {}
    out = set()
    for kind, table in network:
        for name in set(map(str, table.name)):
            if of.setdefault(name, kind.kind) != kind.kind:
                out.add(name)
    return out


def compute_quantities(kind: type[Resource], table: Table, assumptions: Mapping[str, str]) -> Charges:
    """Quantities of each meter, one resource a row: a kind's assumptions, then its rule. ``count`` is not in yet."""
    for setting, build_columns in kind.assumes.items():
        name, _, value = setting.partition("=")
        if assumptions[name] == value:
            table = table.with_columns(build_columns(table))
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
