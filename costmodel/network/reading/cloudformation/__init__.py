"""From a CloudFormation template to the entries of a network file.

Telling a template apart is cheap; what reads one is imported when there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.cloudformation.text import is_template, is_template_text, parse_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate

__all__ = ["is_template", "is_template_text", "parse_template", "read_template"]


def read_template(document: Document, settings: Mapping[str, str]) -> Estate:
    """Read a template: see :func:`costmodel.network.reading.cloudformation.read.read_template`."""
    from costmodel.network.reading.cloudformation.read import read_template as read

    return read(document, settings)
