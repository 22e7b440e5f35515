"""What a template builds where parts of it are undecided: every possibility is read, and the differences are open.

A condition that is not decided is true or false, and a parameter without a value has one of its allowed values. Each
combination makes one estate. A quantity that is the same in all of them is known; another one lies between its least
and its most. A resource that some of them lack may not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from costmodel.aws import VARIANTS, pick_variant
from costmodel.core.open_items import EXISTENCE
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costmodel.aws.resource import Resource
    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.estate import Estate

CONDITION, PARAMETER = "condition", "parameter"
_MOST_WORLDS, _FEWEST_WORLDS = 64, 2
_MOST_READ = 8000  # resources, over all worlds


class Choice(NamedTuple):
    """Something in a template that is not decided.

    Attributes:
        kind: ``condition`` or ``parameter``.
        name: its name in the template.
        cause: what would determine it, in words.
    """

    kind: str
    name: str
    cause: str

    @property
    def setting(self) -> str:
        """The argument of ``--set`` that decides it: the parameter behind it, or the condition itself."""
        if self.cause.startswith(("parameter ", "AWS::")):
            return f"parameter.{self.cause.removeprefix('parameter ')}=VALUE"
        return f"{self.kind}.{self.name}={'true' if self.kind == CONDITION else 'VALUE'}"


Decisions: TypeAlias = "Mapping[Choice, str | bool]"
"""Each choice that is made → its value."""


@dataclass(frozen=True)
class World:
    """An estate under some decisions, and the choices that are still open in it, with their possible values."""

    decisions: Decisions
    estate: Estate
    open: Mapping[Choice, Sequence[str | bool]]


def read_worlds(read: Callable[[Decisions], World], number: int) -> list[World]:
    """Return the worlds of a template: one where everything is decided, at most 64 otherwise, fewer of a large one.

    Choices beyond that stay open within each world.

    Args:
        read: reads the template under some decisions.
        number: how many resources the template has.
    """
    return _expand(read, read({}), min(_MOST_WORLDS, max(_MOST_READ // max(number, 1), _FEWEST_WORLDS)))


def _expand(read: Callable[[Decisions], World], world: World, budget: int) -> list[World]:
    fitting = [(choice, values) for choice, values in world.open.items() if 1 < len(values) <= budget]
    if not fitting:
        return [world]
    choice, values = min(fitting, key=lambda pair: len(pair[1]))
    decided = [read({**world.decisions, choice: value}) for value in values]
    return [leaf for one in decided for leaf in _expand(read, one, budget // len(values))]


class _Range(NamedTuple):
    """A quantity in one world: its bounds, and the unknown quantity of that world if it is one."""

    least: float
    most: float | None
    unknown: Unknown | None = None


_ONE = _Range(1, 1)
_Key: TypeAlias = tuple[object, ...]
"""Identifies an entry in all worlds: its words, and which one of several equal ones it is."""


def merge_worlds(worlds: Sequence[World]) -> Estate:
    """Return one estate: what all worlds have in common, with the differences as open quantities."""
    first = worlds[0].estate
    if len(worlds) == 1:
        return first
    tables = [_index_entries(world.estate) for world in worlds]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    entries: list[Entry] = []
    unknown: list[Unknown] = []
    for key in keys:
        entry, its_unknown = _merge_entry(worlds, [table.get(key) for table in tables])
        entries.append(entry)
        unknown += its_unknown
    notes = list(dict.fromkeys(note for world in worlds for note in world.estate.notes))
    content = {**first.document.value, "resources": entries}
    document = Document(content, first.document.name, "")
    return replace(first, document=document, unknown=unknown, left_out=_merge_left_out(worlds), notes=notes)


def _index_entries(estate: Estate) -> dict[_Key, tuple[Entry, dict[str, Unknown]]]:
    """Return the entries of an estate by their words, each with its unknown quantities."""
    unknown: dict[tuple[str, str], dict[str, Unknown]] = {}
    for u in estate.unknown:
        unknown.setdefault((u.kind.kind, u.name), {})[u.column] = u
    out: dict[_Key, tuple[Entry, dict[str, Unknown]]] = {}
    for entry in estate.entries:
        words = tuple(sorted((k, v) for k, v in entry.items() if isinstance(v, str | bool)))
        number = 0
        while (*words, number) in out:
            number += 1
        out[*words, number] = entry, unknown.get((str(entry["kind"]), str(entry["name"])), {})
    return out


def _merge_entry(
    worlds: Sequence[World], found: Sequence[tuple[Entry, dict[str, Unknown]] | None]
) -> tuple[Entry, list[Unknown]]:
    """Return an entry with its unknown quantities, from what each world has of it; None where a world lacks it."""
    present = [one for one in found if one is not None]
    entry = dict(present[0][0])
    kind = pick_variant(entry) or VARIANTS[str(entry["kind"])][0]
    unknown: list[Unknown] = []
    for column in ["count", *_list_all_quantities(present)]:
        ranges = [_find_range(one, column, kind) for one in found]
        merged = _merge_ranges(ranges)
        if column != "count" or merged != _ONE:
            entry[column] = int(merged.least)
        if merged.unknown is not None or merged.least != merged.most:
            unknown.append(_make_unknown(worlds, ranges, merged, entry, kind, column))
    return entry, unknown


def _list_all_quantities(present: Sequence[tuple[Entry, dict[str, Unknown]]]) -> list[str]:
    return list(dict.fromkeys(column for one in present for column in _list_quantities(*one)))


def _list_quantities(entry: Entry, unknown: Mapping[str, Unknown]) -> list[str]:
    """Return the quantities of an entry that are given or unknown, but the count."""
    numbers = [column for column, value in entry.items() if not isinstance(value, str | bool)]
    return [column for column in [*numbers, *unknown] if column != "count"]


def _find_range(found: tuple[Entry, dict[str, Unknown]] | None, column: str, kind: type[Resource]) -> _Range | None:
    """Return a quantity of an entry in one world; a world without the entry has a count of 0, and no other quantity."""
    if found is None:
        return _Range(0, 0) if column == "count" else None
    entry, unknown = found
    if column in unknown:
        u = unknown[column]
        return _Range(u.least, u.most, u)
    default = 1 if column == "count" else kind.columns[column].default
    value = entry.get(column, default)
    if isinstance(value, str):  # it equals another quantity unless it is given
        return _find_range(found, value, kind)
    number = float(value or 0)
    return _Range(number, number)


def _merge_ranges(found: Sequence[_Range | None]) -> _Range:
    """Return the range that contains a quantity in every world that has it."""
    ranges = [one for one in found if one is not None]
    most = [one.most for one in ranges]
    return _Range(
        min(one.least for one in ranges),
        None if None in most else max(one for one in most if one is not None),
        next((one.unknown for one in ranges if one.unknown is not None), None),
    )


def _make_unknown(
    worlds: Sequence[World],
    ranges: Sequence[_Range | None],
    merged: _Range,
    entry: Entry,
    kind: type[Resource],
    column: str,
) -> Unknown:
    """Return an unknown quantity with the reason: what it is in a world, or the choices that it depends on."""
    choices = find_deciding_choices(worlds, [one and one[:2] for one in ranges])
    base = merged.unknown or Unknown(str(entry["name"]), kind, column, str(entry["region"]), "")
    causes = " and ".join(dict.fromkeys(choice.cause for choice in choices))
    reason = base.reason or f"{_describe_quantity(column, merged)} depends on {causes}"
    setting = choices[0].setting if choices else ""
    return base._replace(reason=reason, least=merged.least, most=merged.most, setting=setting)


def _describe_quantity(column: str, merged: _Range) -> str:
    if column != "count":
        return f"how many {column.replace('_', ' ')} it has"
    return "whether it exists" if (merged.least, merged.most) == (0, 1) else "how many there are"


def find_deciding_choices(worlds: Sequence[World], values: Sequence[object]) -> list[Choice]:
    """Return the choices that a value depends on: two worlds that differ in one of them differ in the value.

    Args:
        worlds: the worlds.
        values: the value in each of them.
    """
    if len(set(values)) == 1:
        return []
    met = list(dict.fromkeys(choice for world in worlds for choice in world.decisions))
    return [choice for choice in met if _is_decided_by(choice, worlds, values)] or met


def _is_decided_by(choice: Choice, worlds: Sequence[World], values: Sequence[object]) -> bool:
    """Tell whether two worlds that differ in one choice only differ in a value."""
    seen: dict[frozenset[tuple[Choice, object]], set[object]] = {}
    for world, value in zip(worlds, values, strict=True):
        if choice in world.decisions:
            rest = frozenset((other, made) for other, made in world.decisions.items() if other != choice)
            seen.setdefault(rest, set()).add(value)
    return any(len(different) > 1 for different in seen.values())


def _merge_left_out(worlds: Sequence[World]) -> list[LeftOut]:
    """Return what is not priced in any world; what only some of them have may not exist."""
    out: dict[LeftOut, list[bool]] = {}
    for number, world in enumerate(worlds):
        for entry in world.estate.left_out:
            out.setdefault(entry, [False] * len(worlds))[number] = True
    merged = []
    for entry, present in out.items():
        if all(present):
            merged.append(entry)
            continue
        causes = " and ".join(dict.fromkeys(choice.cause for choice in find_deciding_choices(worlds, present)))
        why = f"{entry.why}; whether it exists depends on {causes}" if causes else entry.why
        merged.append(entry._replace(why=why, kind=EXISTENCE))
    return merged
