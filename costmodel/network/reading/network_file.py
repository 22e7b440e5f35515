"""Network files: YAML or JSON, a list of resources with their quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.aws import VARIANTS, InterRegionTransfer, pick_variant
from costmodel.aws.resource import FLAG, Column, Resource
from costmodel.core.assumptions import resolve_assumptions
from costmodel.core.errors import InputError, format_input_value, format_suggestion
from costmodel.core.table import Codes, Table
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.documents.values import MOST, parse_account, parse_quantity, read_assumptions, read_price_date
from costmodel.network.network import Network
from costmodel.pricing.reading.regions import load_location_types, load_partitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.documents.document import Document, Step

_KEYS = ("region", "hours", "on", "assumptions", "resources")
_COMMON = ("kind", "name", "region", "hours", "count", "account", "payer")
_NUMBERS = ("count", "number", "gb", "hours")
_ACCOUNT = "000000000000"


def parse_network_file(document: Document, *, assume: Mapping[str, str] | None = None) -> Network:
    """Return the network that a document describes."""
    file = document.value
    if not isinstance(file, dict):
        raise document.make_error(
            f"a network file is a mapping with the key 'resources', not {format_input_value(file)}."
        )
    if "flows" in file and "resources" not in file:
        raise document.make_error("this is a demand file (it has 'flows'): `costmodel compare` reads those.", "flows")
    _refuse_unknown_keys(document, file, _KEYS, "a network file", ())
    if not isinstance(file.get("resources"), list):
        problem = "'resources' must be a list" if "resources" in file else "a network file needs 'resources', a list"
        raise document.make_error(f"{problem}, such as [{{kind: InterfaceEndpoint, zones: 3}}].", "resources")
    given = read_assumptions(document, file)
    try:
        assumptions = resolve_assumptions(given, assume)
    except InputError as error:
        raise document.make_error(str(error), "assumptions") from None
    reader = _Reader(document, file)
    for index, entry in enumerate(file["resources"]):
        reader.add_entry(index, entry)
    return Network(reader.build_tables(), assumptions, read_price_date(document, file), reader.notes)


class _Reader:
    """Collects the rows of each kind, then makes its table."""

    def __init__(self, document: Document, file: Mapping[str, Any]) -> None:
        self.document = document
        self.notes: list[str] = []
        self._places = load_location_types()
        self._partitions = load_partitions()
        self._region = file.get("region")
        self._refuse_blank_keys(file, ())
        self._hours = self._parse_number(file.get("hours", HOURS_PER_MONTH), Resource.columns.get("hours"), ("hours",))
        if self._region is not None:
            self._parse_place(self._region, ("region",))
        self._named: dict[str, None] = {}
        self._unnamed: dict[str, None] = {}
        self._firewalls: set[tuple[str, str]] = set()
        self._chained: list[tuple[str, str, tuple[Step, ...]]] = []
        self._rows: dict[type[Resource], dict[str, list[Any]]] = {}
        self._allowed: dict[type[Resource], frozenset[str]] = {}
        self._asked: dict[type[Resource], list[tuple[str, Column, str]]] = {}

    def add_entry(self, index: int, entry: object) -> None:
        """Read one entry of ``resources``."""
        path = ("resources", index)
        if not isinstance(entry, dict):
            raise self.document.make_error(
                f"a resource is a mapping with a 'kind', not {format_input_value(entry)}.", *path
            )
        kind = self._find_variant(entry, path)
        allowed = self._allowed.get(kind)
        if allowed is None:
            extra = [kind.when[0]] if kind.when else []
            allowed = frozenset([*_COMMON, *extra, *kind.accounts, *(c.path[0] for c in kind.columns.values())])
            self._allowed[kind] = allowed
            names = (*kind.columns, *kind.accounts, "name", "region", "count", "account", "payer", "named")
            self._rows[kind] = {n: [] for n in names}
            self._asked[kind] = [(n, c, c.path[0]) for n, c in kind.columns.items()]
        if not allowed.issuperset(entry):
            self._refuse_incomplete_variant(entry, kind, allowed, path)
            _refuse_unknown_keys(
                self.document, entry, sorted(allowed), f"{_add_article(kind.kind)}{_describe_variant(kind)}", path
            )
        if None in entry.values():
            self._refuse_blank_keys(entry, path)
        rows = self._rows[kind]
        called = self._parse_text(entry.get("name", f"{kind.kind}-{index + 1}"), (*path, "name"))
        region = entry.get("region", self._region)
        if region is None:
            raise self.document.make_error("no Region: name one with 'region', here or for the whole file.", *path)
        if "region" in entry:
            self._parse_place(region, (*path, "region"))
        for name, column, key in self._asked[kind]:
            value = entry.get(key)
            if type(value) is int and 0 <= value <= MOST and column.type in _NUMBERS and len(column.path) == 1:
                rows[name].append(float(value))  # as most are
                continue
            if column.type == "name":
                rows[name].append(self._parse_resource_name(entry, key, called, (region, path)))
                continue
            rows[name].append(self._parse_value(entry, column, kind, path))
            if column.type == "location":
                self._check_link(kind, column, (region, rows[name][-1]), path)
        rows["name"].append(called)
        rows["region"].append(region)
        rows["count"].append(self._parse_number(entry["count"], _COUNT, (*path, "count")) if "count" in entry else 1.0)
        account = self._parse_account(entry["account"], (*path, "account")) if "account" in entry else _ACCOUNT
        rows["account"].append(account)
        rows["payer"].append(self._parse_account(entry["payer"], (*path, "payer")) if "payer" in entry else account)
        (self._named if "payer" in entry else self._unnamed).setdefault(rows["payer"][-1])
        rows["named"].append("payer" in entry)
        for name in kind.accounts:
            rows[name].append(self._parse_account(entry[name], (*path, name)) if name in entry else account)
        if kind.level == "zones" and "zones" not in entry and kind.columns["zones"].default == 0:
            self.notes.append(f"{rows['name'][-1]}: no 'zones' given, so no hours of this {kind.kind} are counted.")

    def build_tables(self) -> dict[type[Resource], Table]:
        """Return a table per kind.

        Accounts whose payer nobody names are taken for one organization's: that of the one among them which other
        entries name as payer, else of the first.
        """
        self._check_firewalls()
        own = next((a for a in self._unnamed if a in self._named), next(iter(self._unnamed), _ACCOUNT))
        out: dict[type[Resource], Table] = {}
        for kind, rows in self._rows.items():
            columns: dict[str, Any] = {}
            for name, column in kind.columns.items():
                columns[name] = (
                    Codes.from_words(rows[name]) if column.holds_words else np.array(rows[name], dtype=np.float64)
                )
            for name in ("account", "payer", *kind.accounts):
                columns[name] = Codes.from_words(rows[name])
            columns["organization"] = columns["payer"]
            if not all(rows["named"]):
                pairs = zip(rows["payer"], rows["named"], strict=True)
                columns["organization"] = Codes.from_words(payer if named else own for payer, named in pairs)
            columns["location"] = Codes.from_words(rows["region"])
            columns["name"] = np.array(rows["name"], dtype=object)
            columns["count"] = np.array(rows["count"], dtype=np.float64)
            out[kind] = Table(len(rows["count"]), columns)
        return out

    def _find_variant(self, entry: dict[str, Any], path: tuple[Step, ...]) -> type[Resource]:
        name = entry.get("kind")
        variants = VARIANTS.get(name) if isinstance(name, str) else None
        if variants is None:
            said = (
                f"unknown kind {format_input_value(name)}.{format_suggestion(format_input_value(name), VARIANTS)}"
                if "kind" in entry
                else "no 'kind'."
            )
            raise self.document.make_error(f"{said} Kinds: {', '.join(VARIANTS)}.", *path, "kind")
        if len(variants) == 1:  # as most are
            return variants[0]
        key = next((v.when[0] for v in variants if v.when), None)
        words = sorted({v.when[1] for v in variants if v.when})
        if key is not None and entry.get(key) not in words:
            said = repr(entry[key]) if key in entry else "nothing"
            text = f"'{key}' of {_add_article(str(name))} is one of {', '.join(words)}, not {said}."
            raise self.document.make_error(text, *path, key)
        return pick_variant(entry) or variants[0]

    def _parse_value(self, entry: dict[str, Any], column: Column, kind: type[Resource], path: tuple[Step, ...]) -> Any:
        value: Any = entry
        for depth, key in enumerate(column.path):
            if not isinstance(value, dict):
                text = f"'{'.'.join(column.path[:depth])}' must be a mapping, not {format_input_value(value)}."
                raise self.document.make_error(text, *path, column.path[0])
            value = value.get(key)
            if value is None:
                break
        if len(column.path) > 1 and value is None:
            self._check_nested_column(entry, column, kind, path)
        if value is None:
            if column.type == "hours":
                return self._hours
            return self._resolve_default(entry, column, kind, path)
        if column.type == "location":
            if self._parse_place(value, (*path, *column.path)) and self._places[value] != "region":
                text = f"{format_input_value(value)} is a zone; '{column.path[-1]}' is a Region."
                raise self.document.make_error(text, *path, *column.path)
            return value
        if column.type == "choice":
            word = FLAG[value] if isinstance(value, bool) and column.choices == FLAG else value
            if word not in column.choices:
                text = f"'{column.path[-1]}' is one of {', '.join(column.choices)}, not {format_input_value(value)}."
                raise self.document.make_error(text, *path, *column.path)
            return word
        return self._parse_number(value, column, (*path, *column.path))

    def _resolve_default(
        self, entry: dict[str, Any], column: Column, kind: type[Resource], path: tuple[Step, ...]
    ) -> Any:
        """Return what stands for a column that an entry leaves out."""
        default = column.default
        if default is None:
            words = f", one of {', '.join(column.choices)}" if column.choices else ""
            raise self.document.make_error(f"{_add_article(kind.kind)} needs '{column.path[-1]}'{words}.", *path)
        if column.type == "choice" or not isinstance(default, str):
            return default
        return self._parse_value(entry, kind.columns[default], kind, path)

    def _check_nested_column(
        self, entry: dict[str, Any], column: Column, kind: type[Resource], path: tuple[Step, ...]
    ) -> None:
        """Refuse unknown keys inside a nested mapping, such as a protocol that no load balancer speaks."""
        known: Any = {}
        for other in kind.columns.values():
            if other.path[0] == column.path[0]:
                at = known
                for key in other.path:
                    at = at.setdefault(key, {})
        self._check_nested_keys(entry.get(column.path[0]), known[column.path[0]], (*path, column.path[0]))

    def _check_nested_keys(self, value: object, known: dict[str, Any], path: tuple[Step, ...]) -> None:
        if isinstance(value, dict) and known:
            _refuse_unknown_keys(self.document, value, list(known), f"'{path[-1]}'", path)
            for key, inner in value.items():
                self._check_nested_keys(inner, known[key], (*path, key))

    def _refuse_blank_keys(self, mapping: Mapping[str, Any], path: tuple[Step, ...]) -> None:
        """Refuse a key without a value: what was forgotten is no zero and no default."""
        for key, value in mapping.items():
            if value is None:
                raise self.document.make_error(f"'{key}' is blank: give it a value, or leave the key out.", *path, key)

    def _refuse_incomplete_variant(
        self, entry: dict[str, Any], kind: type[Resource], allowed: frozenset[str], path: tuple[Step, ...]
    ) -> None:
        """Say of a key that another variant of the kind has what must stand beside it."""
        for other in VARIANTS[kind.kind]:
            keys = {c.path[0] for c in other.columns.values()} if other.given and other.when == kind.when else set()
            for key in keys.intersection(entry) - allowed:
                text = f"'{key}' of {_add_article(kind.kind)} stands beside '{other.given}', which is missing."
                raise self.document.make_error(text, *path, key)

    def _check_link(self, kind: type[Resource], column: Column, ends: tuple[str, str], path: tuple[Step, ...]) -> None:
        """Refuse a link to the resource's own Region, or to one that AWS does not link with it."""
        key, (region, other) = column.path[-1], ends
        if other == region:
            remedy = "leave it out" if kind.given == key else "within a Region use InterZoneTransfer"
            text = f"'{key}' is the resource's own Region; name another one, or {remedy}."
            raise self.document.make_error(text, *path, *column.path)
        here, there = self._partitions[region], self._partitions[other]
        if here != there and kind is not InterRegionTransfer:
            text = f"'{key}': {other} is in the partition {there}, {region} in {here}, and AWS links no two so."
            remedy = f"Name a Region of {here}; for traffic over public addresses use InterRegionTransfer."
            raise self.document.make_error(f"{text} {remedy}", *path, *column.path)

    def _parse_resource_name(
        self, entry: dict[str, Any], key: str, own: str, where: tuple[str, tuple[Step, ...]]
    ) -> str:
        """Return the resource that a key names: the entry itself, or another, which :meth:`tables` looks for."""
        if key == "name":
            self._firewalls.add((own, where[0]))
            return own
        name = self._parse_text(entry[key], (*where[1], key))
        self._chained.append((name, *where))
        return name

    def _check_firewalls(self) -> None:
        """Refuse a firewall that is not in the file, or in another Region than the gateway that names it."""
        known = [name for name, _ in self._firewalls]
        for name, region, path in self._chained:
            if name not in known:
                text = f"no NetworkFirewall is called {format_input_value(name)}.{format_suggestion(name, known)}"
                raise self.document.make_error(text, *path, "firewall")
            if (name, region) not in self._firewalls:
                text = f"the NetworkFirewall {format_input_value(name)} is in another Region; name one in {region}."
                raise self.document.make_error(text, *path, "firewall")

    def _parse_text(self, value: object, path: tuple[Step, ...]) -> str:
        if isinstance(value, (dict, list, bool)):
            raise self.document.make_error(f"'{path[-1]}' must be text, not {format_input_value(value)}.", *path)
        return str(value)

    def _parse_account(self, value: object, path: tuple[Step, ...]) -> str:
        try:
            return parse_account(value)
        except ValueError as error:
            raise self.document.make_error(f"'{path[-1]}' {error}.", *path) from None

    def _parse_number(self, value: object, column: Column | None, path: tuple[Step, ...]) -> float:
        try:
            return parse_quantity(value, whole=column is not None and column.type == "count")
        except ValueError as error:
            raise self.document.make_error(f"'{path[-1]}' {error}.", *path) from None

    def _parse_place(self, value: object, path: tuple[Step, ...]) -> str:
        if not isinstance(value, str) or value not in self._places:
            of = "" if path[-1] == "region" else f" as {path[-1]!r}"
            hint = format_suggestion(value, self._places) if isinstance(value, str) else ""
            text = f"unknown Region {format_input_value(value)}{of}.{hint}"
            raise self.document.make_error(text, *path)
        return value


_COUNT = Column("count", 1)


def _refuse_unknown_keys(
    document: Document, mapping: dict[Any, Any], known: Any, what: str, path: tuple[Step, ...]
) -> None:
    for key in mapping:
        if key not in known:
            text = f"unknown key {key!r} in {what}.{format_suggestion(str(key), known)} Known: {', '.join(known)}."
            raise document.make_error(text, *path, str(key))


def _add_article(word: str) -> str:
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"


def _describe_variant(kind: type[Resource]) -> str:
    words = ([f"{kind.when[0]}: {kind.when[1]}"] if kind.when else []) + ([f"with {kind.given}"] if kind.given else [])
    return f" ({', '.join(words)})" if words else ""
