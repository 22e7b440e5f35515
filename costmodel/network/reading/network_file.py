"""Network files: YAML or JSON, a list of resources with their quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.aws import VARIANTS, InterRegionTransfer, pick_variant
from costmodel.aws.resource import FLAG, Column, Resource
from costmodel.core.assumptions import resolve_assumptions
from costmodel.core.errors import InputError, format_input_value, format_suggestion
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.documents.values import MOST, read_assumptions, read_price_date
from costmodel.network.network import Network
from costmodel.network.reading.kind_rows import KindRows
from costmodel.network.reading.value_parser import ValueParser
from costmodel.pricing.reading.regions import load_partitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.table import Table
    from costmodel.documents.document import Document
    from costmodel.network.reading.value_parser import Path

KEYS = ("region", "hours", "on", "assumptions", "resources")
"""The keys of a network file."""
_ACCOUNT = "000000000000"


def parse_network_file(document: Document, *, assume: Mapping[str, str] | None = None) -> Network:
    """Return the network that a document describes.

    Args:
        document: the document.
        assume: assumptions that override the file's.

    Raises:
        InputError: it is not a network file, or something in it is wrong; the error names file, line and key.
    """
    values = ValueParser(document)
    file = _require_network_file(document, values)
    given = read_assumptions(document, file)
    try:
        assumptions = resolve_assumptions(given, assume)
    except InputError as error:
        raise document.make_error(error.what, "assumptions", remedy=error.remedy) from None
    reader = _Reader(values, file)
    for index, entry in enumerate(file["resources"]):
        reader.add_entry(index, entry)
    return Network(reader.build_tables(), assumptions, read_price_date(document, file), reader.notes)


def _require_network_file(document: Document, values: ValueParser) -> dict[str, Any]:
    """Return a document's mapping, once its keys are known to be those of a network file."""
    file = document.value
    if not isinstance(file, dict):
        raise document.make_error(
            f"a network file is a mapping with the key 'resources', not {format_input_value(file)}."
        )
    if "flows" in file and "resources" not in file:
        raise document.make_error("this is a demand file (it has 'flows'): `costmodel compare` reads those.", "flows")
    values.refuse_unknown_keys(file, KEYS, "a network file")
    if not isinstance(file.get("resources"), list):
        problem = "'resources' must be a list" if "resources" in file else "a network file needs 'resources', a list"
        raise document.make_error(f"{problem}, such as [{{kind: InterfaceEndpoint, zones: 3}}].", "resources")
    return file


class _Entry(NamedTuple):
    """One resource of the file: its mapping, its place, its kind, and the name and Region it goes by."""

    fields: dict[str, Any]
    path: Path
    kind: type[Resource]
    name: str
    region: str


class _Reader:
    """Collects the rows of each kind, then builds a table per kind."""

    def __init__(self, values: ValueParser, file: Mapping[str, Any]) -> None:
        self.notes: list[str] = []
        self._values = values
        self._partitions = load_partitions()
        values.refuse_blank_keys(file, ())
        self._hours = values.parse_number(file.get("hours", HOURS_PER_MONTH), ("hours",))
        self._region: str | None = None
        if file.get("region") is not None:
            self._region = values.parse_place(file["region"], ("region",))
        # Payers that entries name, and accounts that pay for themselves as nobody is named; both in order.
        self._named_payers: dict[str, None] = {}
        self._default_payers: dict[str, None] = {}
        # Firewalls of the file as (name, Region), and the firewalls that gateways name.
        self._firewalls: set[tuple[str, str]] = set()
        self._firewall_links: list[tuple[str, str, Path]] = []
        self._rows: dict[type[Resource], KindRows] = {}

    def add_entry(self, index: int, fields: object) -> None:
        """Read one entry of ``resources``."""
        path: Path = ("resources", index)
        if not isinstance(fields, dict):
            text = f"a resource is a mapping with a 'kind', not {format_input_value(fields)}."
            raise self._values.document.make_error(text, *path)
        kind = self._find_variant(fields, path)
        rows = self._rows.get(kind)
        if rows is None:
            rows = self._rows[kind] = KindRows(kind, self._hours)
        self._check_keys(fields, rows, path)
        name = self._values.parse_text(fields.get("name", f"{kind.kind}-{index + 1}"), (*path, "name"))
        entry = _Entry(fields, path, kind, name, self._parse_region(fields, path))
        self._add_columns(entry, rows)
        self._add_identity(entry, rows)
        if kind.level == "zones" and "zones" not in fields and kind.columns["zones"].default == 0:
            self.notes.append(f"{name}: no 'zones' given, so no hours of this {kind.kind} are counted.")

    def build_tables(self) -> dict[type[Resource], Table]:
        """Return a table per kind.

        Accounts without a payer count as one organization. Its payer is the first of them that another entry names as
        a payer, or the first of them.
        """
        self._check_firewalls()
        named = (account for account in self._default_payers if account in self._named_payers)
        default_payer = next(named, next(iter(self._default_payers), _ACCOUNT))
        return {kind: rows.build_table(default_payer) for kind, rows in self._rows.items()}

    # ------------------------------------------------------------ keys
    def _find_variant(self, fields: dict[str, Any], path: Path) -> type[Resource]:
        """Return the class of an entry's kind, and of the key that tells its variants apart."""
        name = fields.get("kind")
        variants = VARIANTS.get(name) if isinstance(name, str) else None
        if variants is None:
            problem = "no 'kind'."
            if "kind" in fields:
                shown = format_input_value(name)
                problem = f"unknown kind {shown}.{format_suggestion(shown, VARIANTS)}"
            raise self._values.document.make_error(f"{problem} Kinds: {', '.join(VARIANTS)}.", *path, "kind")
        if len(variants) == 1:
            return variants[0]
        key = next((v.when[0] for v in variants if v.when), None)
        words = sorted({v.when[1] for v in variants if v.when})
        if key is not None and fields.get(key) not in words:
            given = repr(fields[key]) if key in fields else "nothing"
            text = f"'{key}' of {_add_article(str(name))} is one of {', '.join(words)}, not {given}."
            raise self._values.document.make_error(text, *path, key)
        return pick_variant(fields) or variants[0]

    def _check_keys(self, fields: dict[str, Any], rows: KindRows, path: Path) -> None:
        """Refuse keys that the kind does not have, and blank ones."""
        if not rows.allowed.issuperset(fields):
            self._refuse_incomplete_variant(fields, rows, path)
            owner = f"{_add_article(rows.kind.kind)}{_describe_variant(rows.kind)}"
            self._values.refuse_unknown_keys(fields, sorted(rows.allowed), owner, path)
        if None in fields.values():
            self._values.refuse_blank_keys(fields, path)

    def _refuse_incomplete_variant(self, fields: dict[str, Any], rows: KindRows, path: Path) -> None:
        """Refuse a key that only another variant of the kind has, and name the key that picks that variant."""
        kind = rows.kind
        for other in VARIANTS[kind.kind]:
            if not other.given or other.when != kind.when:
                continue
            other_keys = {column.path[0] for column in other.columns.values()}
            for key in other_keys.intersection(fields) - rows.allowed:
                text = f"'{key}' of {_add_article(kind.kind)} needs '{other.given}', which is missing."
                raise self._values.document.make_error(text, *path, key)

    # ------------------------------------------------------------ identity
    def _parse_region(self, fields: dict[str, Any], path: Path) -> str:
        if "region" in fields:
            return self._values.parse_place(fields["region"], (*path, "region"))
        if self._region is None:
            text = "the Region is missing: set 'region', here or for the whole file."
            raise self._values.document.make_error(text, *path)
        return self._region

    def _add_identity(self, entry: _Entry, rows: KindRows) -> None:
        """Add the columns that every kind has: name, Region, count, and who pays."""
        fields, path = entry.fields, entry.path
        values = rows.values
        count = 1.0
        if "count" in fields:
            count = self._values.parse_number(fields["count"], (*path, "count"), whole=True)
        account = self._parse_account(entry, "account", _ACCOUNT)
        payer = self._parse_account(entry, "payer", account)
        names_payer = "payer" in fields
        payers = self._named_payers if names_payer else self._default_payers
        payers.setdefault(payer)
        values["name"].append(entry.name)
        values["region"].append(entry.region)
        values["count"].append(count)
        values["account"].append(account)
        values["payer"].append(payer)
        rows.names_payer.append(names_payer)
        for name in entry.kind.accounts:
            values[name].append(self._parse_account(entry, name, account))

    def _parse_account(self, entry: _Entry, key: str, default: str) -> str:
        if key not in entry.fields:
            return default
        return self._values.parse_account(entry.fields[key], (*entry.path, key))

    # ------------------------------------------------------------ columns
    def _add_columns(self, entry: _Entry, rows: KindRows) -> None:
        """Add the value of each of the kind's columns."""
        fields = entry.fields
        for values, column, key, plain, default in rows.columns:
            value = fields.get(key)
            if value is None and default is not None:
                values.append(default)
            elif plain and type(value) is int and 0 <= value <= MOST:
                values.append(float(value))  # most values; three times faster than the parser
            elif column.type == "name":
                values.append(self._parse_resource_name(entry, key))
            else:
                values.append(self._parse_column(entry, column))
                if column.type == "location":
                    self._check_link(entry, column, values[-1])

    def _parse_column(self, entry: _Entry, column: Column) -> str | float:
        """Return the value of a column of any type but "name"."""
        value = self._get_value(entry, column)
        if value is None:
            if len(column.path) > 1:
                self._check_nested_column(entry, column)
            return self._hours if column.type == "hours" else self._resolve_default(entry, column)
        path = (*entry.path, *column.path)
        if column.type == "location":
            return self._values.parse_region(value, path)
        if column.type == "choice":
            return self._parse_choice(value, column, path)
        return self._values.parse_number(value, path, whole=column.type == "count")

    def _get_value(self, entry: _Entry, column: Column) -> object:
        """Return what an entry gives under a column's path; None if it gives nothing."""
        value: object = entry.fields
        for depth, key in enumerate(column.path):
            if not isinstance(value, dict):
                text = f"'{'.'.join(column.path[:depth])}' must be a mapping, not {format_input_value(value)}."
                raise self._values.document.make_error(text, *entry.path, column.path[0])
            value = value.get(key)
            if value is None:
                return None
        return value

    def _parse_choice(self, value: object, column: Column, path: Path) -> str:
        """Return a word of a choice; true and false are the words of a flag."""
        word = FLAG[value] if isinstance(value, bool) and column.choices == FLAG else value
        if not isinstance(word, str) or word not in column.choices:
            text = f"'{column.path[-1]}' is one of {', '.join(column.choices)}, not {format_input_value(value)}."
            raise self._values.document.make_error(text, *path)
        return word

    def _resolve_default(self, entry: _Entry, column: Column) -> str | float:
        """Return the value of a column that an entry leaves out."""
        default = column.default
        if default is None:
            words = f", one of {', '.join(column.choices)}" if column.choices else ""
            text = f"{_add_article(entry.kind.kind)} needs '{column.path[-1]}'{words}."
            raise self._values.document.make_error(text, *entry.path)
        if column.type == "choice" or not isinstance(default, str):
            return default
        return self._parse_column(entry, entry.kind.columns[default])

    def _check_nested_column(self, entry: _Entry, column: Column) -> None:
        """Refuse unknown keys inside a nested mapping, such as a protocol that no load balancer has."""
        first = column.path[0]
        known: dict[str, Any] = {}
        for other in entry.kind.columns.values():
            if other.path[0] == first:
                level = known
                for key in other.path[1:]:
                    level = level.setdefault(key, {})
        self._values.refuse_unknown_nested_keys(entry.fields.get(first), known, (*entry.path, first))

    # ------------------------------------------------------------ links to Regions and firewalls
    def _check_link(self, entry: _Entry, column: Column, other: str) -> None:
        """Refuse a link to the resource's own Region, or to one that AWS does not link with it."""
        key, region = column.path[-1], entry.region
        path = (*entry.path, *column.path)
        if other == region:
            remedy = "leave it out" if entry.kind.given == key else "within a Region use InterZoneTransfer"
            text = f"'{key}' is the resource's own Region; name another one, or {remedy}."
            raise self._values.document.make_error(text, *path)
        here, there = self._partitions[region], self._partitions[other]
        if here != there and entry.kind is not InterRegionTransfer:
            raise self._values.document.make_error(
                f"'{key}': {other} is in the partition {there}, {region} in {here}, and AWS links no two partitions "
                "this way.",
                *path,
                remedy=f"Name a Region of {here}; for traffic over public addresses use InterRegionTransfer.",
            )

    def _parse_resource_name(self, entry: _Entry, key: str) -> str:
        """Return the resource that a key names: the entry itself, or another, which :meth:`build_tables` looks up."""
        if key == "name":
            self._firewalls.add((entry.name, entry.region))
            return entry.name
        name = self._values.parse_text(entry.fields[key], (*entry.path, key))
        self._firewall_links.append((name, entry.region, entry.path))
        return name

    def _check_firewalls(self) -> None:
        """Refuse a firewall that is not in the file, or in another Region than the gateway that names it."""
        known = [name for name, _ in self._firewalls]
        for name, region, path in self._firewall_links:
            shown = format_input_value(name)
            if name not in known:
                text = f"no NetworkFirewall is called {shown}.{format_suggestion(name, known)}"
                raise self._values.document.make_error(text, *path, "firewall")
            if (name, region) not in self._firewalls:
                text = f"the NetworkFirewall {shown} is in another Region; name one in {region}."
                raise self._values.document.make_error(text, *path, "firewall")


def _add_article(word: str) -> str:
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"


def _describe_variant(kind: type[Resource]) -> str:
    words = [f"{kind.when[0]}: {kind.when[1]}"] if kind.when else []
    if kind.given:
        words.append(f"with {kind.given}")
    return f" ({', '.join(words)})" if words else ""
