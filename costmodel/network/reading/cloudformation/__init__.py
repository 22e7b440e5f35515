"""From a CloudFormation template to the entries of a network file.

Telling a template apart is cheap; what reads one is imported when there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.cloudformation.text import is_template, looks_like, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate

__all__ = ["estate_of", "is_template", "looks_like", "parsed"]


def estate_of(document: Document, settings: Mapping[str, str]) -> Estate:
    """Read a template: see :func:`costmodel.network.reading.cloudformation.read.estate_of`."""
    from costmodel.network.reading.cloudformation.read import estate_of as read

    return read(document, settings)
