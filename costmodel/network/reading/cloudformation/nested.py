"""Estates inside estates: the stacks of an assembly, and nested stacks whose templates are next to their parent's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costmodel.aws import VARIANTS, pick_variant
from costmodel.core.open_items import EXISTENCE
from costmodel.documents.document import Document, parse_document, read_text
from costmodel.network.network import Unknown
from costmodel.network.reading.cloudformation.text import is_template, is_template_text, parse_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.estate import Estate
    from costmodel.network.reading.json_shapes import Json, JsonObject

ASSET_PATH = "aws:asset:path"
"""The metadata with which CDK names the file of a nested stack's template."""
_DEEPEST_NESTING = 10
_MOST_READINGS = 300


class NestedStacks:
    """Reads the templates of nested stacks: files next to their parent's, and those of a template from a file only.

    The same template with the same parameters is read once, and no more than a few hundred are: possibilities of
    stacks in stacks multiply.
    """

    def __init__(
        self, read_template: Callable[[Document, Mapping[str, str], str | None, NestedStacks], Estate]
    ) -> None:
        """Take what reads a template, given its parameters and its Region."""
        self._read_template = read_template
        self._estates: dict[tuple[object, ...], Estate] = {}
        self._depth = 0

    def read(
        self, parent: Document, resource: JsonObject, url: Json, given: Mapping[str, str], region: str | None
    ) -> Estate | None:
        """Return the estate of a nested stack; None if its template is not there, or there are too many.

        Args:
            parent: the parent's template.
            resource: the nested stack.
            url: the value of its TemplateURL.
            given: the parameters that the parent passes.
            region: the Region.

        Raises:
            InputError: the file is not a template.
        """
        path = find_nested_file(parent, resource, url)
        if path is None or self._depth >= _DEEPEST_NESTING:
            return None
        key = (path, tuple(sorted(given.items())), region)
        if key not in self._estates:
            if len(self._estates) >= _MOST_READINGS:
                return None
            document = load_template(path)
            parameters = document.value.get("Parameters")
            known = {k: v for k, v in given.items() if isinstance(parameters, dict) and k in parameters}
            self._depth += 1
            try:
                self._estates[key] = self._read_template(document, known, region, self)
            finally:
                self._depth -= 1
        return self._estates[key]


def load_template(path: Path) -> Document:
    """Return the template in a file.

    Raises:
        InputError: the file cannot be read, or is not a template.
    """
    text, name = read_text(path)
    document = parse_template(text, name) if is_template_text(text) else parse_document(text, name)
    document.path = path
    if not is_template(document.value):
        raise document.make_error("this is not a CloudFormation template.")
    return document


def find_nested_file(parent: Document, resource: JsonObject, url: Json) -> Path | None:
    """Return the file of a nested stack's template, in the folder of its parent's or below it; None if there is none.

    Args:
        parent: the parent's template; one that is not from a file has no folder.
        resource: the nested stack.
        url: the value of its TemplateURL.
    """
    metadata = resource.get("Metadata")
    asset = metadata.get(ASSET_PATH) if isinstance(metadata, dict) else None
    name = asset if isinstance(asset, str) else url if isinstance(url, str) and "://" not in url else None
    return find_file_inside(parent.path.parent, name) if name and parent.path is not None else None


def find_file_inside(folder: Path, name: str) -> Path | None:
    """Return a file in a folder or below it; None if there is no such file, or it is elsewhere."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def make_undecided(estate: Estate, reason: str) -> Estate:
    """Return an estate of which nothing need exist: each resource counts as none at least, as all of it at most."""
    unknown = {(u.kind.kind, u.name, u.column): u for u in estate.unknown}
    entries: list[Entry] = []
    for entry in estate.entries:
        kind = pick_variant(entry) or VARIANTS[str(entry["kind"])][0]
        key = (kind.kind, str(entry["name"]), "count")
        known = unknown.get(key) or Unknown(
            str(entry["name"]), kind, "count", str(entry["region"]), reason, most=float(entry.get("count", 1))
        )
        unknown[key] = known._replace(least=0)
        entries.append({**entry, "count": 0})
    return replace(
        estate,
        document=Document({**estate.document.value, "resources": entries}, estate.document.name, ""),
        unknown=list(unknown.values()),
        left_out=[entry._replace(why=f"{entry.why}; {reason}", kind=EXISTENCE) for entry in estate.left_out],
    )
