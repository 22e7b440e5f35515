"""Loops of a template: ``Fn::ForEach`` of the language extensions, unrolled before anything is evaluated.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from costmodel.network.reading.json_shapes import ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from costmodel.network.reading.json_shapes import Json, JsonObject

PREFIX = "Fn::ForEach::"
_PARTS = 3  # the identifier, the collection, the template fragment
_MOST_COPIES = 10_000
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")


class UnknownLoop(NamedTuple):
    """A loop whose collection is not known.

    Attributes:
        name: the key of the loop.
        cause: what would determine the collection.
    """

    name: str
    cause: str


class Unroller:
    """Unrolls the loops of a template.

    Attributes:
        unknown: the loops that were left out, because their collection is not known.
    """

    def __init__(self, resolve_collection: Callable[[Json], list[str] | str]) -> None:
        """Make an unroller.

        Args:
            resolve_collection: returns the values of a collection, or, as text, what would determine them.
        """
        self.unknown: list[UnknownLoop] = []
        self._resolve = resolve_collection
        self._copies = 0

    def unroll(self, node: Json) -> Json:
        """Return a part of a template without loops.

        Raises:
            ShapeError: a loop has another shape than CloudFormation prescribes, or makes too many copies.
        """
        if isinstance(node, list):
            return [self.unroll(element) for element in node]
        if not isinstance(node, dict):
            return node
        out: dict[str, Json] = {}
        for key, value in node.items():
            if str(key).startswith(PREFIX):
                out.update(self._unroll_loop(str(key), value))
            else:
                out[key] = self.unroll(value)
        return out

    def _unroll_loop(self, key: str, loop: Json) -> dict[str, Json]:
        identifier, collection, fragment = _take_parts(key, loop)
        values = self._resolve(collection)
        if isinstance(values, str):
            self.unknown.append(UnknownLoop(key, values))
            return {}
        out: dict[str, Json] = {}
        for value in values:
            self._copies += len(fragment)
            if self._copies > _MOST_COPIES:
                raise ShapeError(key, f"makes more than {_MOST_COPIES:,} copies")
            copy = self.unroll(_substitute(fragment, identifier, value))
            out.update(copy if isinstance(copy, dict) else {})
        return out


def _take_parts(key: str, loop: Json) -> tuple[str, Json, JsonObject]:
    """Return the identifier, the collection and the fragment of a loop."""
    if not isinstance(loop, list) or len(loop) != _PARTS:
        raise ShapeError(key, "needs a list of an identifier, a collection and a fragment")
    identifier, collection, fragment = loop
    if not isinstance(identifier, str) or not isinstance(fragment, dict):
        raise ShapeError(key, "needs a text as its identifier and a mapping as its fragment")
    return identifier, collection, fragment


def _substitute(node: Json, identifier: str, value: str) -> Json:
    """Return a fragment with the identifier replaced by a value: in keys, in texts, and as a reference."""
    if isinstance(node, str):
        return _substitute_text(node, identifier, value)
    if isinstance(node, list):
        return [_substitute(element, identifier, value) for element in node]
    if not isinstance(node, dict):
        return node
    if node == {"Ref": identifier}:
        return value
    return {
        _substitute_text(str(key), identifier, value): _substitute(inner, identifier, value)
        for key, inner in node.items()
    }


def _substitute_text(text: str, identifier: str, value: str) -> str:
    """Return a text with ``${Identifier}`` replaced, and ``&{Identifier}`` by the value's letters and digits."""
    alphanumeric = _NOT_ALPHANUMERIC.sub("", value)
    return text.replace(f"${{{identifier}}}", value).replace(f"&{{{identifier}}}", alphanumeric)


def has_loops(template: Mapping[str, Json]) -> bool:
    """Tell whether a template contains a loop anywhere."""
    stack: list[Json] = [template]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if any(str(key).startswith(PREFIX) for key in node):
                return True
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return False
