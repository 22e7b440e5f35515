"""What a template does not determine: a value with the cause that would determine it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from costmodel.network.reading.json_shapes import Json


class Undetermined(NamedTuple):
    """A value that the template does not determine.

    Attributes:
        cause: what would determine it.
        identity: distinguishes expressions that the same cause leaves open; "" for the cause itself.
        text: the value with a placeholder for each open part, where it is a text of which parts are known.
        is_element: whether it is exactly one element in a list; False where it may be none or several.
    """

    cause: str
    identity: str = ""
    text: str = ""
    is_element: bool = True

    def __str__(self) -> str:
        """Return a placeholder, the same for the same expression."""
        return self.text or f"${{{self.cause}{self.identity and f'#{self.identity}'}}}"


NO_VALUE = Undetermined("AWS::NoValue")
_NAMED_BY_CAUSE = ("Ref", "Condition", "Fn::GetAtt", "Fn::ImportValue", "Fn::Select")
"""Functions whose cause identifies the value."""


def identify_expression(value: Json, function: str, node: Json) -> Json:
    """Return a value that is not determined with the identity of its expression: two equal ones are one value."""
    if not isinstance(value, Undetermined) or value is NO_VALUE or value.text or function in _NAMED_BY_CAUSE:
        return value
    text = json.dumps(node, sort_keys=True, default=str)
    return value._replace(identity=hashlib.sha256(text.encode()).hexdigest()[:8])


def mark_open_parts(value: Json) -> Json:
    """Return which parts of a value are not determined, as a plan lists what is known after apply.

    Returns:
        True for what is not determined, a mapping or a list with its open parts, and False for what is determined.
    """
    if isinstance(value, Undetermined):
        return True
    if isinstance(value, dict):
        parts = {key: part for key, inner in value.items() if (part := mark_open_parts(inner))}
        return parts or False
    if isinstance(value, list):
        marked = [mark_open_parts(inner) for inner in value]
        return marked if any(marked) else False
    return False
