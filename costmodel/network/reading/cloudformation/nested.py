"""Estates inside estates: the stacks of an assembly, and nested stacks whose templates are next to their parent's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError
from costmodel.documents.document import Document
from costmodel.network.reading.estate import Estate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json, JsonObject

ASSET_PATH = "aws:asset:path"
"""The metadata with which CDK names the file of a nested stack's template."""


def find_nested_template(parent: str, resource: JsonObject, url: Json) -> Path | None:
    """Return the file of a nested stack's template, where it is in the folder of its parent's; else None.

    Args:
        parent: the path of the parent's template.
        resource: the nested stack.
        url: the value of its TemplateURL.
    """
    metadata = resource.get("Metadata")
    asset = metadata.get(ASSET_PATH) if isinstance(metadata, dict) else None
    name = asset if isinstance(asset, str) else url if isinstance(url, str) and "://" not in url else None
    if not name or Path(name).is_absolute():
        return None
    folder = Path(parent).resolve().parent
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None


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
        notes=[f"{prefix}{note}" for note in estate.notes],
    )


def _rename_entry(entry: Entry, prefix: str, account: str) -> Entry:
    renamed = {**entry, "name": f"{prefix}{entry['name']}"}
    if "firewall" in entry:
        renamed["firewall"] = f"{prefix}{entry['firewall']}"
    if account and "account" not in entry:
        renamed["account"] = account
    return renamed


def join_estates(name: str, source: str, estates: Sequence[Estate]) -> Estate:
    """Return several estates as one.

    Args:
        name: the file or folder that they are from.
        source: what it is.
        estates: the estates.
    """

    def refuse_demand(_: object) -> tuple[dict[str, object], list[str]]:
        message = f"{name}: a demand is made of one template. Name the template of a stack."
        raise InputError(message)

    entries = [entry for estate in estates for entry in estate.entries]
    return Estate(
        Document({"resources": entries}, name, ""),
        source,
        [u for estate in estates for u in estate.unknown],
        [entry for estate in estates for entry in estate.left_out],
        [note for estate in estates for note in estate.notes],
        refuse_demand,
    )
