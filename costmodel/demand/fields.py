"""Types of the keys of a demand file: numbers, accounts, and names of VPCs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from costmodel.documents.values import parse_account, parse_quantity


def _parse_whole_number(value: object) -> object:
    return int(parse_quantity(value, whole=True))


def _wrap_single_word(value: object) -> object:
    return [value] if isinstance(value, str) else value


Number = Annotated[float, BeforeValidator(parse_quantity)]
"""A number of at least 0."""

Whole = Annotated[int, BeforeValidator(_parse_whole_number)]
"""A whole number of at least 0."""

Positive = Annotated[int, BeforeValidator(_parse_whole_number), Field(ge=1)]
"""A whole number of at least 1."""

Account = Annotated[str, BeforeValidator(parse_account)]
"""The twelve digits of an AWS account."""

Words = Annotated[list[str], BeforeValidator(_wrap_single_word)]
"""A list of names, or one name."""


class FileEntry(BaseModel):
    """A mapping of a demand file; it has no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PathEntry(FileEntry):
    """A path of one VPC's flow."""

    vpc: str
    service: str
    path: str


class ForbidEntry(FileEntry):
    """A path that may not be used: anywhere, by a VPC, for a service."""

    path: str
    vpc: str | None = None
    service: str | None = None
