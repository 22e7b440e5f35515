"""What a file describes, as entries of a network file: whatever the format, from here on all is the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from costmodel.aws import VARIANTS, pick_variant
from costmodel.core.errors import InputError
from costmodel.network.reading.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from costmodel.core.json_types import FileContent, FileMapping
    from costmodel.documents.document import Document
    from costmodel.network.network import LeftOut, Unknown

IDENTITY = frozenset(("kind", "name", "region", "account", "payer"))


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
        stands_for: makes the demand that entries imply, and notes; None where the source implies none.
        former: address that a resource had, or has in the other half of a plan → its address here; "" if it has none.
    """

    document: Document
    source: str
    unknown: list[Unknown] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stands_for: Callable[[list[Any]], tuple[dict[str, Any], list[str]]] | None = None
    answered: list[Unknown] = field(default_factory=list)
    former: dict[str, str] = field(default_factory=dict)

    @property
    def planned(self) -> bool:
        """Whether it was made of a plan, rather than written as a network file."""
        return self.stands_for is not None

    def build_estate_demand(self) -> FileContent:
        """Return the demand that the estate implies, as a demand file's mapping; GB that are not given are 0.

        Raises:
            InputError: the source implies no demand, or has no VPC.
        """
        return self.build_demand_with_notes()[0]

    def build_demand_with_notes(self) -> tuple[FileContent, list[str]]:
        """Return that demand, and notes on where it differs from what is built.

        Raises:
            InputError: as :meth:`demand`.
        """
        if self.stands_for is None:
            message = f"{self.document.name} is a network file; only a plan says which VPCs reach what."
            raise InputError(message)
        return self.stands_for(self.entries)

    @property
    def entries(self) -> list[Any]:  # of a file that no reader has checked yet
        """The resources: mappings, where the file is correct."""
        found = self.document.value.get("resources") if isinstance(self.document.value, dict) else None
        return found if isinstance(found, list) else []

    @cached_property
    def names(self) -> Names:
        """What usage calls each of the resources."""
        kinds = (str(entry.get("kind")) if isinstance(entry, dict) else "" for entry in self.entries)
        return Names(
            (kind, get_entry_name(entry, i)) for i, (kind, entry) in enumerate(zip(kinds, self.entries, strict=True))
        )

    def iterate_named_entries(self) -> Iterator[tuple[str, FileContent]]:
        """Yield each resource with its name, which a network file need not give, and its Region, which it may share."""
        shared = {"region": self.document.value["region"]} if "region" in self.document.value else {}
        for i, entry in enumerate(self.entries):
            yield get_entry_name(entry, i), {**shared, **entry}


def get_entry_name(entry: object, number: int) -> str:
    """Return the name of a network file's entry: its own, else its kind and number."""
    if not isinstance(entry, dict):
        return ""
    return str(entry.get("name", f"{entry.get('kind')}-{number + 1}"))


def get_quantity_types(entry: FileMapping) -> dict[str, str]:
    """Return the keys of quantities that an entry's kind may have → their type; nested ones are mappings."""
    found = pick_variant(entry)
    out = {
        c.path[0]: "mapping" if len(c.path) > 1 else c.type
        for v in ([found] if found else VARIANTS.get(str(entry.get("kind")), []))
        for c in v.columns.values()
        if not c.holds_words
    }
    variants = VARIANTS.get(str(entry.get("kind")), [])
    named = {v.given: "name" for v in variants if v.given is not None and v.columns[v.given].type == "name"}
    return out | named | {"count": "count"}
