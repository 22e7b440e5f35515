"""Taking parts out of parsed JSON, with a check of their shape.

Readers of other programs' files use these functions at the edges, so that a damaged file is reported with the place of
the damage, and an error in a reader surfaces as what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
JsonObject: TypeAlias = Mapping[str, Json]

EMPTY: JsonObject = {}
_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


class ShapeError(Exception):
    """A part of a file is not of the type that its format prescribes.

    Attributes:
        part: the path of the part in the file.
        problem: what the part is, and what it should be.
    """

    def __init__(self, part: str, problem: str) -> None:
        """Keep the parts of the message."""
        super().__init__(f"{part} {problem}")
        self.part = part
        self.problem = problem


def describe_json_type(value: object) -> str:
    """Return the name of a JSON value's type, with its article."""
    return _NAMES.get(type(value), "a number" if value is not None else "null")


def make_shape_error(value: object, expected: str, key: str, parent: str) -> ShapeError:
    """Return the error of a value that has another type than expected; ``parent`` is the path of what holds it."""
    part = f"{parent}.{key}" if parent else key
    return ShapeError(part, f"is {describe_json_type(value)}, not {expected}")


def take_object(holder: JsonObject, key: str, parent: str = "") -> JsonObject:
    """Return the object under a key; an empty one where the value is absent or empty.

    Args:
        holder: what holds the value.
        key: its key.
        parent: the path of the holder in the file, for the error.

    Raises:
        ShapeError: the value is not an object.
    """
    value = holder.get(key)
    if isinstance(value, dict):
        return value
    if not value:
        return EMPTY
    raise make_shape_error(value, "an object", key, parent)


def take_list(holder: JsonObject, key: str, parent: str = "") -> Sequence[Json]:
    """Return the list under a key; an empty one where the value is absent or empty. Arguments as for ``take_object``.

    Raises:
        ShapeError: the value is not a list.
    """
    value = holder.get(key)
    if isinstance(value, list):
        return value
    if not value:
        return ()
    raise make_shape_error(value, "a list", key, parent)


def take_objects(holder: JsonObject, key: str, parent: str = "") -> Sequence[JsonObject]:
    """Return the list of objects under a key. Arguments as for ``take_object``.

    Raises:
        ShapeError: the value is not a list, or one of its elements is not an object.
    """
    values = take_list(holder, key, parent)
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            raise make_shape_error(value, "an object", f"{key}[{number}]", parent)
    return values  # type: ignore[return-value] # each element was checked


def take_text(holder: JsonObject, key: str, parent: str = "") -> str:
    """Return the text under a key; "" where the value is absent or empty. Numbers are converted to text.

    Raises:
        ShapeError: the value is a list or an object.
    """
    value = holder.get(key)
    if isinstance(value, str):
        return value
    if not value:
        return ""
    if isinstance(value, list | dict):
        raise make_shape_error(value, "a text", key, parent)
    return str(value)


def iterate_objects(value: Json) -> list[JsonObject]:
    """Return the objects of a list; none where the value is not a list."""
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []
