"""From a CloudFormation template to the entries of a network file.

Telling a template apart is cheap; what reads one is imported when there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from costmodel.network.reading.cloudformation.text import is_template, is_template_text, parse_template

if TYPE_CHECKING:
    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate

__all__ = ["find_manifest", "is_template", "is_template_text", "parse_template", "read_assembly", "read_template"]


def read_template(document: Document, settings: Mapping[str, str]) -> Estate:
    """Read a template: see :func:`costmodel.network.reading.cloudformation.read.read_template`."""
    from costmodel.network.reading.cloudformation.read import read_template as read

    return read(document, settings)


def find_manifest(source: object) -> Path | None:
    """Return the manifest of a CDK cloud assembly, or None: see :mod:`.assembly`."""
    name = str(source)
    if isinstance(source, Mapping) or not (name.endswith("manifest.json") or Path(name).is_dir()):
        return None
    from costmodel.network.reading.cloudformation.assembly import find_manifest as find

    return find(source)


def read_assembly(manifest: Path, settings: Mapping[str, str]) -> Estate:
    """Read a CDK cloud assembly: see :func:`costmodel.network.reading.cloudformation.assembly.read_assembly`."""
    from costmodel.network.reading.cloudformation.assembly import read_assembly as read

    return read(manifest, settings)
