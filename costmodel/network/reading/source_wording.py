"""The words for what was read: other sources are read as the Terraform plan that would build them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costmodel.core.errors import Remedy


@dataclass(frozen=True)
class SourceWording:
    """The words that notes and errors use for a source.

    Attributes:
        source: the name of the source, such as Terraform plan.
        noun: what the source is, such as plan.
        tool: what writes the source, such as Terraform.
        not_known: the predicate of a value that the source does not contain.
        how_to_fix: how to get a source that can be read.
        region_unknown: why the source may not name the Region of a resource.
        region_remedy: how to pass the Region.
        is_plan: whether the source is a Terraform plan, whose provider may name the Region.
    """

    source: str
    noun: str
    tool: str
    not_known: str
    how_to_fix: str
    region_unknown: str
    region_remedy: Remedy
    is_plan: bool = False
