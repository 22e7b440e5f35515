"""The arguments of a template's functions, checked as CloudFormation prescribes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import ShapeError

if TYPE_CHECKING:
    from costmodel.network.reading.json_shapes import Json

_LONGEST_TEXT = 1_000_000  # characters; CloudFormation takes templates of at most 1 MB


def take_arguments(function: str, argument: Json, number: int | None = None) -> list[Json]:
    """Return the list of a function's arguments.

    Raises:
        ShapeError: it is not a list, or not of the right length.
    """
    if not isinstance(argument, list):
        raise ShapeError(function, "has arguments that are not a list")
    if number is not None and len(argument) != number:
        raise ShapeError(function, f"has {len(argument)} arguments instead of {number}")
    return argument


def take_list_argument(function: str, value: Json) -> list[Json]:
    """Return an argument that is a list.

    Raises:
        ShapeError: it is not a list.
    """
    if not isinstance(value, list):
        raise ShapeError(function, "has an argument that is not a list")
    return value


def take_whole_number(function: str, value: Json) -> int:
    """Return an argument that is a whole number, as a number or as text.

    Raises:
        ShapeError: it is not a whole number.
    """
    text = str(value)
    if not text.lstrip("-").isdecimal():
        raise ShapeError(function, f"has the argument {text[:40]!r}, which is not a whole number")
    return int(text)


def to_template_text(value: Json) -> str:
    """Return a value as CloudFormation compares and joins it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def limit_length(function: str, text: str) -> str:
    """Return a text.

    Raises:
        ShapeError: the text is longer than any template.
    """
    if len(text) > _LONGEST_TEXT:
        raise ShapeError(function, f"makes a text of {len(text):,} characters")
    return text
