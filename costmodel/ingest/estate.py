"""What a file says is built, as entries of a network file: whatever the format, from here on all is the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from costmodel.aws import VARIANTS, variant_of
from costmodel.errors import InputError, nearest, shown
from costmodel.ingest.document import Document, document_of
from costmodel.ingest.values import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from costmodel.network import LeftOut, Unknown

IDENTITY = frozenset(("kind", "name", "region", "account", "payer"))
KNOWN = frozenset(("count", "zones", "hours", "ips", "public_ips", "associations"))
"""What a plan says, more often than not: usage may say otherwise, a template leaves it out."""


@dataclass
class Estate:
    """Resources as a network file lists them, and what their source does not know.

    Attributes:
        document: the network file that they make: its own, or one made of a plan.
        source: what the file is: a network file, a Terraform plan …
        unknown: quantities that the source does not know.
        answered: quantities that it did not know and usage has said.
        left_out: resources that are not priced here.
        notes: what is worth saying of how it was read.
        stands_for: makes the demand that entries stand for, and notes; None where the source says nothing of it.
    """

    document: Document
    source: str
    unknown: list[Unknown] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stands_for: Callable[[list[Any]], tuple[dict[str, Any], list[str]]] | None = None
    answered: list[Unknown] = field(default_factory=list)

    @property
    def planned(self) -> bool:
        """Whether it was made of a plan, rather than written as a network file."""
        return self.stands_for is not None

    def demand(self) -> dict[str, Any]:
        """Return the demand that the estate stands for, as a demand file's mapping; GB that are not given are 0.

        Raises:
            InputError: the source says nothing of demand, or has no VPC.
        """
        return self.stand()[0]

    def stand(self) -> tuple[dict[str, Any], list[str]]:
        """Return that demand, and where it stands for something else than is built.

        Raises:
            InputError: as :meth:`demand`.
        """
        if self.stands_for is None:
            message = f"{self.document.name} is a network file; only a plan says which VPCs reach what."
            raise InputError(message)
        return self.stands_for(self.entries)

    @property
    def entries(self) -> list[Any]:
        """The resources."""
        found = self.document.value.get("resources") if isinstance(self.document.value, dict) else None
        return found if isinstance(found, list) else []

    def named(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each resource with its name, which a network file need not give, and its Region, which it may share."""
        shared = {"region": self.document.value["region"]} if "region" in self.document.value else {}
        for i, entry in enumerate(self.entries):
            yield name_of(entry, i), {**shared, **entry}


def name_of(entry: object, number: int) -> str:
    """Return the name of a network file's entry: its own, else its kind and number."""
    if not isinstance(entry, dict):
        return ""
    return str(entry.get("name", f"{entry.get('kind')}-{number + 1}"))


def columns_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys of quantities that an entry's kind may have → their type; nested ones are mappings."""
    found = variant_of(entry)
    out = {
        c.path[0]: "mapping" if len(c.path) > 1 else c.type
        for v in ([found] if found else VARIANTS.get(str(entry.get("kind")), []))
        for c in v.columns.values()
        if not c.holds_words
    }
    variants = VARIANTS.get(str(entry.get("kind")), [])
    named = {v.given: "name" for v in variants if v.given is not None and v.columns[v.given].type == "name"}
    return out | named | {"count": "count"}


def use(estate: Estate, usage: Document | None, settings: Mapping[str, str], *, beside: Estate | None = None) -> Estate:
    """Return an estate with quantities laid over its entries, and without the unknowns that they answer.

    Args:
        estate: what was read.
        usage: a usage file: ``usage:`` by the name of a resource (``[*]`` stands for any index, no index for all), or
            by a kind.
        settings: ``NAME.QUANTITY`` → number, from the command line.
        beside: another estate that the same usage is for: what only that one knows is no mistake, and what answers an
            unknown of that one leaves alone what this one knows.

    Raises:
        InputError: a name, a quantity or a number is wrong; the message names file, line and key.
    """
    wanted = [] if usage is None else _of_file(usage)
    wanted += [_of_setting(key, value) for key, value in settings.items()]
    if not wanted:
        return estate
    entries = list(estate.entries)
    index = _Index(entries)
    answered: set[tuple[str, str]] = set()
    asked: dict[tuple[str, str], set[str]] = {}
    for u in estate.unknown:
        asked.setdefault((u.name, u.column), set()).add(u.kind.kind)
    theirs = {(u.name, u.column) for u in beside.unknown} - set(asked) if beside else set()
    for where, name, quantities in sorted(wanted, key=lambda w: index.rank(w[1])):
        numbers = index.find(name)
        if not numbers and beside is not None and _Index(beside.entries).find(name):
            continue
        if not numbers:
            hint = nearest(name, index.names)
            raise where(f"no resource is called {shown(name)}.{hint} `--usage-template` lists them.", name)
        used: set[str] = set()
        for i in numbers:
            allowed = columns_of(entries[i]) if isinstance(entries[i], dict) else {}
            fits = {key: value for key, value in quantities.items() if key in allowed}
            used.update(fits)
            for key in list(fits):  # of resources of one name it is for those that lack it
                elsewhere = entries[i]["kind"] not in asked.get((index.names[i], key), {entries[i]["kind"]})
                if elsewhere or (index.names[i], key) in theirs:
                    del fits[key]
            for key in [k for k, v in fits.items() if v is None]:
                if (index.names[i], key) not in asked:
                    raise where(f"'{key}' is blank: give it a number, or leave it out.", name, key)
                del fits[key]  # what was not known stays so
            if fits:
                entries[i] = {**entries[i], **{k: _checked(where, name, k, v, allowed[k]) for k, v in fits.items()}}
                answered.update((index.names[i], key) for key in fits)
        for key in set(quantities) - used:
            allowed = {k: "" for i in numbers for k in columns_of(entries[i])}
            text = f"{shown(name)} has no quantity {key!r}.{nearest(key, allowed)} It has {', '.join(allowed)}."
            raise where(text, name, key)
    document = Document({**estate.document.value, "resources": entries}, estate.document.name, "")
    left = [u for u in estate.unknown if not _answered(u, answered)]
    said = [u for u in estate.unknown if _answered(u, answered)]
    return replace(estate, document=document, unknown=left, answered=[*estate.answered, *said])


def _answered(unknown: Unknown, answered: set[tuple[str, str]]) -> bool:
    return bool({(unknown.name, unknown.column), (unknown.name, _follows(unknown))} & answered)


def _follows(unknown: Unknown) -> str:
    """Return the quantity that an unknown one is taken from where nothing is said of it; most stand for themselves."""
    column = unknown.kind.columns.get(unknown.column)
    return column.default if column is not None and isinstance(column.default, str) else unknown.column


def _of_file(document: Document) -> list[tuple[Callable[..., InputError], str, dict[str, Any]]]:
    file = document.value
    if not isinstance(file, dict) or set(file) != {"usage"} or not isinstance(file["usage"], dict):
        text = "a usage file has the one key 'usage', a mapping from resources to their quantities"
        raise document.error(f"{text}; `--usage-template` writes one.")
    out: list[tuple[Callable[..., InputError], str, dict[str, Any]]] = []
    for name, quantities in file["usage"].items():
        if quantities is None:
            continue
        if not isinstance(quantities, dict):
            text = f"{name!r} takes a mapping such as {{gb_processed: 100}}, not {shown(quantities)}."
            raise document.error(text, "usage", name)

        def error(message: str, *path: str) -> InputError:
            return document.error(message, "usage", *path)

        out.append((error, str(name), quantities))
    return out


def _of_setting(key: str, value: str) -> tuple[Callable[..., InputError], str, dict[str, Any]]:
    name, _, quantity = key.rpartition(".")

    def error(message: str, *_: str) -> InputError:
        return InputError(f"--set {key}={value}: {message}")

    if not name:
        raise error("it takes RESOURCE.QUANTITY=NUMBER, such as aws_vpc_endpoint.kms.zones=3, or region=NAME.")
    return error, name, {quantity: value}


def _checked(where: Callable[..., InputError], name: str, key: str, value: object, type_: str) -> object:
    """Return a quantity as given, once it is known to be a number; mappings are checked with the network."""
    if type_ == "name":
        return value
    if type_ == "mapping":
        if not isinstance(value, dict):
            raise where(f"'{key}' must be a mapping, not {shown(value)}.", name, key)
        return value
    try:
        number_of(value, whole=type_ == "count")
    except ValueError as error:
        raise where(f"'{key}' {error}.", name, key) from None
    return value


_INDEX = re.compile(r"\[[^\]]*\]")


class _Index:
    """Finds entries by name: exactly, all instances of a resource, with ``[*]``, or all of a kind."""

    def __init__(self, entries: Iterable[Any]) -> None:
        self.names: list[str] = []
        self._exact: dict[str, list[int]] = {}
        self._bare: dict[str, list[int]] = {}
        self._kinds: dict[str, list[int]] = {}
        for i, entry in enumerate(entries):
            kind = str(entry.get("kind")) if isinstance(entry, dict) else ""
            name = name_of(entry, i)
            self.names.append(name)
            self._exact.setdefault(name, []).append(i)
            self._kinds.setdefault(kind, []).append(i)
            if name.endswith("]"):
                self._bare.setdefault(name[: name.rindex("[")], []).append(i)

    def rank(self, name: str) -> int:
        """Return how much a name narrows down: what says more is laid over what says less."""
        return 3 if name in self._exact else 0 if name in VARIANTS else 1 if "[*]" in name else 2

    def find(self, name: str) -> list[int]:
        if name in self._exact:
            return self._exact[name]
        if name in self._bare:
            return self._bare[name]
        if name in self._kinds:
            return self._kinds[name]
        if "[*]" not in name:
            return []
        pattern = re.compile(re.escape(name).replace(r"\[\*\]", r"\[[^\]]*\]") + r"(\[[^\]]*\])?")
        return [i for i, known in enumerate(self.names) if pattern.fullmatch(known)]


def read_usage(source: str | Path | Mapping[str, Any]) -> Document:
    """Read a usage file; what it says is checked when it is laid over an estate.

    Raises:
        InputError: the file cannot be read or parsed.
    """
    return document_of(source, "usage")


def usage_of(estate: Estate) -> dict[str, dict[str, Any]]:
    """Return the quantities that a source cannot know, by the name of a resource: as given, else 0 or, blank, None."""
    out: dict[str, dict[str, Any]] = {}
    asked: dict[str, dict[str, bool]] = {}
    for unknowns, open_ in ((estate.answered, False), (estate.unknown, True)):
        for u in unknowns:
            if _follows(u) == u.column:
                asked.setdefault(u.name, {})[u.column] = open_
    for name, entry in estate.named():
        columns = columns_of(entry)
        row = {
            key: entry.get(key, 0)
            for key, type_ in columns.items()
            if type_ not in ("mapping", "name") and key not in KNOWN
        }
        if "protocols" in columns and "lcus" not in entry:
            row["protocols"] = entry.get("protocols", {"tcp": {"gb_processed": 0}})
        row |= {
            key: None if open_ else entry[key] for key, open_ in asked.get(name, {}).items() if open_ or key in entry
        }
        if row:
            out.setdefault(name, {}).update(row)
    return out
