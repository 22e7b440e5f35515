"""From a CloudFormation template to the entries of a network file.

Telling a template apart is cheap; what reads one is imported when there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from costmodel.network.reading.cloudformation.text import (
    extract_template,
    is_change_set,
    is_template,
    is_template_text,
    parse_template,
)

if TYPE_CHECKING:
    from pathlib import Path

    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate

__all__ = [
    "extract_template",
    "find_manifest",
    "is_change_set",
    "is_template",
    "is_template_text",
    "parse_template",
    "read_assembly",
    "read_change_set",
    "read_template",
]


def read_template(document: Document, settings: Mapping[str, str]) -> Estate:
    """Read a template: see :func:`costmodel.network.reading.cloudformation.read.read_template`."""
    from costmodel.network.reading.cloudformation.read import read_template as read

    return read(document, settings)


def read_change_set(document: Document, settings: Mapping[str, str], *, before: bool = False) -> Estate:
    """Read a change set: see :func:`costmodel.network.reading.cloudformation.change_set.read_change_set`."""
    from costmodel.network.reading.cloudformation.change_set import read_change_set as read

    return read(document, settings, before=before)


def find_manifest(source: str | Path | Mapping[str, object]) -> Path | None:
    """Return the manifest of a CDK cloud assembly: see :func:`.assembly.find_manifest`; None for other sources."""
    if isinstance(source, Mapping) or str(source) == "-" or str(source).endswith((".yaml", ".yml", "plan.json")):
        return None  # the usual sources need no import
    from costmodel.network.reading.cloudformation.assembly import find_manifest as find

    return find(source)


def read_assembly(manifest: Path, settings: Mapping[str, str]) -> Estate:
    """Read a CDK cloud assembly: see :func:`costmodel.network.reading.cloudformation.assembly.read_assembly`."""
    from costmodel.network.reading.cloudformation.assembly import read_assembly as read

    return read(manifest, settings)
