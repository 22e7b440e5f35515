"""Values of a network file: parsers return what a table stores, or raise an error with file, line and key."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from costmodel.core.errors import format_input_value, format_suggestion
from costmodel.documents.document import Step
from costmodel.documents.values import parse_account, parse_quantity
from costmodel.pricing.reading.regions import load_location_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from costmodel.documents.document import Document

Path: TypeAlias = tuple[Step, ...]
"""The place of a value in a document: keys and numbers."""


class ValueParser:
    """Parses values of one document; ``path`` is the place of a value in it.

    Attributes:
        document: the document.
        places: every Region and zone that has prices → its type, such as "region".
    """

    def __init__(self, document: Document) -> None:
        """Load the names of Regions and zones."""
        self.document = document
        self.places = load_location_types()

    def parse_text(self, value: object, path: Path) -> str:
        """Return a text; a number becomes one."""
        if isinstance(value, (dict, list, bool)):
            raise self.document.make_error(f"'{path[-1]}' must be text, not {format_input_value(value)}.", *path)
        return str(value)

    def parse_account(self, value: object, path: Path) -> str:
        """Return an account number as twelve digits."""
        try:
            return parse_account(value)
        except ValueError as error:
            raise self.document.make_error(f"'{path[-1]}' {error}.", *path) from None

    def parse_number(self, value: object, path: Path, *, whole: bool = False) -> float:
        """Return a number that is finite and not negative."""
        try:
            return parse_quantity(value, whole=whole)
        except ValueError as error:
            raise self.document.make_error(f"'{path[-1]}' {error}.", *path) from None

    def parse_place(self, value: object, path: Path) -> str:
        """Return a Region or a zone that has prices."""
        if not isinstance(value, str) or value not in self.places:
            key = "" if path[-1] == "region" else f" as {path[-1]!r}"
            hint = format_suggestion(value, self.places) if isinstance(value, str) else ""
            raise self.document.make_error(f"unknown Region {format_input_value(value)}{key}.{hint}", *path)
        return value

    def parse_region(self, value: object, path: Path) -> str:
        """Return a Region that has prices; a zone is an error."""
        region = self.parse_place(value, path)
        if self.places[region] != "region":
            text = f"{format_input_value(value)} is a zone; '{path[-1]}' is a Region."
            raise self.document.make_error(text, *path)
        return region

    def refuse_blank_keys(self, mapping: Mapping[str, object], path: Path) -> None:
        """Refuse a key without a value: what was forgotten is neither zero nor a default."""
        for key, value in mapping.items():
            if value is None:
                raise self.document.make_error(f"'{key}' is blank: give it a value, or leave the key out.", *path, key)

    def refuse_unknown_keys(
        self, mapping: Mapping[str, object], known: Iterable[str], owner: str, path: Path = ()
    ) -> None:
        """Refuse a key that is not known.

        Args:
            mapping: the mapping.
            known: its keys.
            owner: what the mapping is, as a message calls it.
            path: the place of the mapping.
        """
        keys = list(known)
        for key in mapping:
            if key not in keys:
                hint = format_suggestion(str(key), keys)
                text = f"unknown key {key!r} in {owner}.{hint} Known: {', '.join(keys)}."
                raise self.document.make_error(text, *path, str(key))

    def refuse_unknown_nested_keys(self, value: object, known: Mapping[str, object], path: Path) -> None:
        """Refuse unknown keys of mappings inside a mapping, such as a protocol that no load balancer has."""
        if not isinstance(value, dict) or not known:
            return
        self.refuse_unknown_keys(value, known, f"'{path[-1]}'", path)
        for key, inner in value.items():
            nested = known[key]
            self.refuse_unknown_nested_keys(inner, nested if isinstance(nested, dict) else {}, (*path, key))
