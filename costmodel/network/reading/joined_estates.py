"""Several estates as one: the stacks of an assembly, nested stacks, the plans of one file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError
from costmodel.documents.document import Document
from costmodel.network.reading.estate import Estate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.network.reading.entry import Entry


def prefix_estate(estate: Estate, prefix: str, account: str = "") -> Estate:
    """Return an estate whose resources have a prefix in their names.

    Args:
        estate: the estate.
        prefix: the prefix.
        account: the account of the resources; "" leaves it as it is.
    """
    entries: list[Entry] = [_rename_entry(entry, prefix, account) for entry in estate.entries]
    return replace(
        estate,
        document=Document({**estate.document.value, "resources": entries}, estate.document.name, ""),
        unknown=[u._replace(name=f"{prefix}{u.name}") for u in estate.unknown],
        left_out=[entry._replace(name=f"{prefix}{entry.name}") for entry in estate.left_out],
        notes=[_prefix_note(note, estate, prefix) for note in estate.notes],
        former={f"{prefix}{old}": new and f"{prefix}{new}" for old, new in estate.former.items()},
    )


def _prefix_note(note: str, estate: Estate, prefix: str) -> str:
    """Return a note about a resource under the resource's new name, another one under the name of its estate."""
    subjects = {f"{entry['name']}{end}" for entry in estate.entries for end in (":", ",", " and")}
    return f"{prefix}{note}" if note.startswith(tuple(subjects)) else f"{prefix.rstrip('/')}: {note}"


def _rename_entry(entry: Entry, prefix: str, account: str) -> Entry:
    renamed = {**entry, "name": f"{prefix}{entry['name']}"}
    if "firewall" in entry:
        renamed["firewall"] = f"{prefix}{entry['firewall']}"
    if account and "account" not in entry:
        renamed["account"] = account
    return renamed


def append_estates(estate: Estate, others: Sequence[Estate]) -> Estate:
    """Return an estate with the resources of others, and with what is open about them."""
    if not others:
        return estate
    every = [estate, *others]
    entries = [entry for one in every for entry in one.entries]
    return replace(
        estate,
        document=Document({**estate.document.value, "resources": entries}, estate.document.name, ""),
        unknown=[u for one in every for u in one.unknown],
        left_out=[entry for one in every for entry in one.left_out],
        notes=[note for one in every for note in one.notes],
        former={old: new for one in every for old, new in one.former.items()},
    )


def join_estates(name: str, source: str, estates: Sequence[Estate]) -> Estate:
    """Return several estates as one, which implies no demand.

    Args:
        name: the file or folder that they are from.
        source: what it is.
        estates: the estates.
    """

    def refuse_demand(_: object) -> tuple[dict[str, object], list[str]]:
        message = f"{name}: a demand is made of one template or plan. Name a file that contains one."
        raise InputError(message)

    empty = Estate(Document({"resources": []}, name, ""), source, stands_for=refuse_demand)
    return append_estates(empty, estates)
