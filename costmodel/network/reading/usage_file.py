"""Usage: the quantities that a source cannot know, applied to its resources, and asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.aws import VARIANTS, pick_variant
from costmodel.core.errors import InputError, format_input_value, format_short_list, format_suggestion
from costmodel.documents.document import Document, load_document
from costmodel.documents.values import parse_quantity
from costmodel.network.reading.estate import get_quantity_types
from costmodel.network.reading.names import OF_KIND, Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from costmodel.core.json_types import FileContent, FileMapping
    from costmodel.network.network import Unknown
    from costmodel.network.reading.estate import Estate
    from costmodel.network.reading.names import Found

KNOWN = frozenset(
    (
        *("count", "zones", "hours", "ips", "public_ips", "associations"),
        *("reserved_lcus", "trust_stores", "secondary_endpoints", "domains", "advanced_rule_groups"),
    )
)
"""What a plan says, more often than not: usage may say otherwise, a template leaves it out."""
_LISTS = "`--usage-template` lists them."


def apply_usage(
    estate: Estate, usage: Document | None, settings: Mapping[str, str], *, beside: Estate | None = None
) -> Estate:
    """Return an estate with quantities applied to its entries, and without the unknowns that they answer.

    Args:
        estate: what was read.
        usage: a usage file: ``usage:`` by the name of a resource (``[*]`` represents any index, no index for all), by
            ``KIND:NAME``, or by a kind.
        settings: ``NAME.QUANTITY`` or ``KIND:NAME.QUANTITY`` → number, from the command line.
        beside: another estate that the same usage is for: what only that one knows is no mistake, and what answers an
            unknown of that one leaves alone what this one knows.

    Raises:
        InputError: a name, a quantity or a number is wrong, or a name represents several resources that have the
            quantity; the message names file, line and key.
    """
    wanted = [] if usage is None else _parse_usage_file(usage)
    wanted += [_parse_setting(key, value) for key, value in settings.items()]
    if not wanted:
        return estate
    laid = _Laid(estate, beside, {name for _, name, _ in wanted})
    for where, name, quantities in sorted(wanted, key=lambda w: laid.names.find_resources(w[1]).rank):
        laid.apply_quantities(where, name, quantities)
    document = Document({**estate.document.value, "resources": laid.entries}, estate.document.name, "")
    left = [u for u in estate.unknown if not _is_answered(u, laid.answered)]
    said = [u for u in estate.unknown if _is_answered(u, laid.answered)]
    return replace(estate, document=document, unknown=left, answered=[*estate.answered, *said])


Slot = tuple[str, str, str]
"""A quantity of a resource: its kind, its name, the quantity."""


def _collect_slots(unknown: Iterable[Unknown]) -> set[Slot]:
    return {(u.kind.kind, u.name, u.column) for u in unknown}


class _Laid:
    """Lays usage over the entries of an estate.

    Attributes:
        entries: the estate's entries, with what was applied to them.
        answered: the quantities that usage has said.
    """

    def __init__(self, estate: Estate, beside: Estate | None, named: AbstractSet[str]) -> None:
        self.entries = list(estate.entries)
        self.names = estate.names
        self.answered: set[Slot] = set()
        self._unknown = _collect_slots(estate.unknown)
        self._theirs = _collect_slots(beside.unknown) - self._unknown if beside else set()
        self._beside = beside.names if beside else None
        self._former = estate.former
        self._former_names = Names(("", address) for address in estate.former)
        self._named = named
        self._lacking: dict[tuple[str, str], set[str]] = {}
        for kind, name, key in self._unknown | self._theirs:
            self._lacking.setdefault((name, key), set()).add(kind)

    def apply_quantities(self, where: Callable[..., InputError], name: str, quantities: Mapping[str, Any]) -> None:
        """Set the quantities that usage has under a name on the resources that the name represents."""
        found = self.names.find_resources(name)
        if not found.numbers and self._follow_moves(where, name, quantities):
            return
        if not found.numbers and self._beside is not None and self._beside.find_resources(name).numbers:
            return
        if not found.numbers:
            raise where(
                f"no resource is called {format_input_value(name)}.{format_suggestion(name, self.names.names)} "
                f"{_LISTS}",
                name,
            )
        allowed = {i: get_quantity_types(self.entries[i]) for i in found.numbers if isinstance(self.entries[i], dict)}
        _refuse_unknown_quantities(
            where, name, quantities, {key: "" for columns in allowed.values() for key in columns}
        )
        for key, value in quantities.items():
            takers = self._select_targets(
                where, (name, key), found, [i for i, columns in allowed.items() if key in columns]
            )
            for i in takers:
                self._set_quantity(where, (name, key, allowed[i][key]), i, value)

    def _follow_moves(self, where: Callable[..., InputError], name: str, quantities: Mapping[str, Any]) -> bool:
        """Apply usage of resources that have another address here to that address; that of removed ones is dropped.

        Returns:
            Whether there is such a resource.
        """
        kind, colon, address = name.partition(":")
        is_of_kind = bool(colon) and kind in VARIANTS
        found = self._former_names.find_resources(address if is_of_kind else name)
        former = [self._former_names.names[number] for number in found.numbers]
        for new in {self._former[old]: None for old in former}:
            now = f"{kind}:{new}" if is_of_kind else new
            if new and now not in self._named and self.names.find_resources(now).numbers:
                self.apply_quantities(where, now, quantities)
        return bool(former)

    def _select_targets(
        self, where: Callable[..., InputError], to: tuple[str, str], found: Found, having: list[int]
    ) -> list[int]:
        """Return which of the resources that have a quantity take it."""
        name, key = to
        takers = having if found.says_kind else [i for i in having if not self._is_for_namesake(i, key)]
        if found.rank != OF_KIND:
            self._refuse_namesakes(where, name, key, takers)
        return [
            i for i in takers if (*self._get_kind_and_name(i), key) not in self._theirs
        ]  # of those, this one knows it

    def _get_kind_and_name(self, i: int) -> tuple[str, str]:
        return str(self.entries[i]["kind"]), self.names.names[i]

    def _is_for_namesake(self, i: int, key: str) -> bool:
        """Whether another resource of the same name lacks a quantity that this one has."""
        kind, name = self._get_kind_and_name(i)
        return kind not in self._lacking.get((name, key), {kind})

    def _refuse_namesakes(self, where: Callable[..., InputError], name: str, key: str, takers: list[int]) -> None:
        """Refuse a quantity that several resources of one name have: it would be set on all of them."""
        by_name: dict[str, list[int]] = {}
        for i in takers:
            by_name.setdefault(self.names.names[i], []).append(i)
        for of, same in by_name.items():
            if len(same) > 1:
                addresses = format_short_list([format_input_value(self.names.get_address(i)) for i in same], 6)
                text = (
                    f"{len(same)} resources are called {format_input_value(of)} and have '{key}'. Name one of them: "
                    f"{addresses}."
                )
                raise where(text, name, key)

    def _set_quantity(self, where: Callable[..., InputError], to: tuple[str, str, str], i: int, value: object) -> None:
        """Put a value where it belongs; what was not known stays so if usage leaves it blank."""
        name, key, type_ = to
        slot = (*self._get_kind_and_name(i), key)
        if value is None and slot not in self._unknown:
            raise where(f"'{key}' is blank: give it a number, or leave it out.", name, key)
        if value is not None:
            self.entries[i] = {**self.entries[i], key: _validate_quantity(where, name, key, value, type_)}
            self.answered.add(slot)


def _refuse_unknown_quantities(
    where: Callable[..., InputError], name: str, quantities: Mapping[str, Any], known: Mapping[str, str]
) -> None:
    for key in quantities:
        if key not in known:
            text = (
                f"{format_input_value(name)} has no quantity {key!r}.{format_suggestion(key, known)} It has "
                f"{', '.join(known)}."
            )
            raise where(text, name, key)


def _is_answered(unknown: Unknown, answered: set[Slot]) -> bool:
    of = (unknown.kind.kind, unknown.name)
    return bool({(*of, unknown.column), (*of, _get_source_quantity(unknown))} & answered)


def _get_source_quantity(unknown: Unknown) -> str:
    """Return the quantity that an unknown one is taken from where nothing is said of it; most represent themselves."""
    column = unknown.kind.columns.get(unknown.column)
    return column.default if column is not None and isinstance(column.default, str) else unknown.column


def _parse_usage_file(document: Document) -> list[tuple[Callable[..., InputError], str, dict[str, Any]]]:
    file = document.value
    if not isinstance(file, dict) or set(file) != {"usage"} or not isinstance(file["usage"], dict):
        text = "a usage file has the one key 'usage', a mapping from resources to their quantities"
        raise document.make_error(f"{text}; `--usage-template` writes one.")
    out: list[tuple[Callable[..., InputError], str, dict[str, Any]]] = []
    for name, quantities in file["usage"].items():
        if quantities is None:
            continue
        if not isinstance(quantities, dict):
            text = f"{name!r} takes a mapping such as {{gb_processed: 100}}, not {format_input_value(quantities)}."
            raise document.make_error(text, "usage", name)

        def error(message: str, *path: str) -> InputError:
            return document.make_error(message, "usage", *path)

        out.append((error, str(name), quantities))
    return out


def _parse_setting(key: str, value: str) -> tuple[Callable[..., InputError], str, dict[str, Any]]:
    name, _, quantity = key.rpartition(".")

    def error(message: str, *_: str) -> InputError:
        return InputError(f"--set {key}={value}: {message}")

    if not name:
        raise error("it needs the form RESOURCE.QUANTITY=NUMBER, such as aws_vpc_endpoint.kms.zones=3, or region=NAME.")
    return error, name, {quantity: value}


def _validate_quantity(where: Callable[..., InputError], name: str, key: str, value: object, type_: str) -> object:
    """Return a quantity as given, once it is known to be a number; mappings are checked with the network."""
    if type_ == "name":
        return value
    if type_ == "mapping":
        if not isinstance(value, dict):
            raise where(f"'{key}' must be a mapping, not {format_input_value(value)}.", name, key)
        return value
    try:
        parse_quantity(value, whole=type_ == "count")
    except ValueError as error:
        raise where(f"'{key}' {error}.", name, key) from None
    return value


def read_usage(source: str | Path | FileMapping) -> Document:
    """Read a usage file; its content is checked when it is applied to an estate.

    Raises:
        InputError: the file cannot be read or parsed.
    """
    return load_document(source, "usage")


class Asked(NamedTuple):
    """What a usage file may contain about a resource.

    Attributes:
        number: the resource's, in the file.
        address: what it calls the resource.
        entry: the resource, with the Region that it may share.
        quantities: its quantities: as given, else 0; None is unknown.
    """

    number: int
    address: str
    entry: dict[str, Any]
    quantities: dict[str, Any]


def list_open_resources(estate: Estate) -> list[Asked]:
    """Return the resources of which a source cannot know everything, each under an address of its own.

    Resources of one name share it as their address where none of them has a quantity that another one is asked.
    """
    asked = _list_asked_quantities(estate)
    have: dict[str, Counter[str]] = {}
    for name, entry in estate.iterate_named_entries():
        have.setdefault(name, Counter()).update(get_quantity_types(entry).keys())
    out = []
    for i, (name, entry) in enumerate(estate.iterate_named_entries()):
        row = _build_usage_row(entry, asked.get((str(entry.get("kind")), name), {}))
        if row:
            alone = all(have[name][key] == 1 for key in row)
            shared = alone and estate.names.find_resources(name).numbers == estate.names.find_namesakes(i)
            out.append(Asked(i, name if shared else estate.names.get_address(i), entry, row))
    return out


def _list_asked_quantities(estate: Estate) -> dict[tuple[str, str], dict[str, bool]]:
    """Return (kind, name) → the quantities that the source does not know, and whether each is still open."""
    asked: dict[tuple[str, str], dict[str, bool]] = {}
    for unknowns, is_open in ((estate.answered, False), (estate.unknown, True)):
        for u in unknowns:
            if _get_source_quantity(u) == u.column:
                asked.setdefault((u.kind.kind, u.name), {})[u.column] = is_open
    return asked


def _build_usage_row(entry: dict[str, Any], asked: Mapping[str, bool]) -> dict[str, Any]:
    columns, kind = get_quantity_types(entry), pick_variant(entry)
    defaults = {c.path[0]: c.default for c in kind.columns.values()} if kind else {}
    row = {
        key: entry.get(key, defaults.get(key, 0))
        for key, type_ in columns.items()
        if type_ not in ("mapping", "name")
        and key not in KNOWN
        and (key in entry or not isinstance(defaults.get(key), str))
    }
    if "protocols" in columns and "lcus" not in entry:
        row["protocols"] = entry.get("protocols", {"tcp": {"gb_processed": 0}})
    return row | {key: None if open_ else entry[key] for key, open_ in asked.items() if open_ or key in entry}


def build_usage_template(estate: Estate) -> dict[str, FileContent]:
    """Return the quantities that a source cannot know, by address: as given, else 0 or, blank, None.

    Laid over the estate as they are, they change nothing.
    """
    out: dict[str, dict[str, Any]] = {}
    for one in list_open_resources(estate):
        out.setdefault(one.address, {}).update(one.quantities)
    return out


def normalize_usage_addresses(estate: Estate, usage: FileMapping) -> FileContent:
    """Return usage under the addresses of :func:`asked_of`, so that what is applied to it later meets the same keys."""
    known = {one.number: one.address for one in list_open_resources(estate)}
    out: dict[str, Any] = {}
    for name, quantities in usage.items():
        numbers = estate.names.find_resources(name).numbers
        address = known.get(numbers[0], name) if len(numbers) == 1 else name
        out[address] = {**out.get(address, {}), **(quantities or {})}
    return out
