"""Terraform plans: what will be built, as entries of a network file.

Telling a plan apart is cheap; what reads one is imported when there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.terraform.plan import AFTER, BEFORE
from costmodel.network.reading.terraform.sniff import (
    HOW,
    is_plan,
    is_plan_series,
    is_truncated_plan,
    refuse_non_plan_json,
    refuse_non_plan_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate

__all__ = [
    "AFTER",
    "BEFORE",
    "HOW",
    "is_plan",
    "is_plan_series",
    "is_truncated_plan",
    "read_plan_series",
    "read_terraform_plan",
    "refuse_non_plan_json",
    "refuse_non_plan_text",
]


def read_plan_series(document: Document, settings: Mapping[str, str], *, when: str = AFTER) -> Estate:
    """Read several plans: see :func:`costmodel.network.reading.terraform.series.read_plan_series`."""
    from costmodel.network.reading.terraform.series import read_plan_series as read

    return read(document, settings, when=when)


def read_terraform_plan(document: Document, settings: Mapping[str, str], *, when: str = AFTER) -> Estate:
    """Read a plan: see :func:`costmodel.network.reading.terraform.read.read_terraform_plan`."""
    from costmodel.network.reading.terraform.read import read_terraform_plan as read

    return read(document, settings, when=when)
