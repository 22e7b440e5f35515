"""The JSON Schema of demand files, for editors: that of the reader's models, with the short forms that it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costmodel.core.json_types import JsonAnswer

from typing import Any

_ACCOUNTS = ("account", "payer")


def build_demand_schema() -> JsonAnswer:
    """Return the JSON Schema of demand files: every file that the reader accepts fits it, but for quoted numbers."""
    from costmodel.demand.fields import ForbidEntry
    from costmodel.demand.reading.spec import ConnectionSpec, DemandSpec, NatSpec

    schema = DemandSpec.model_json_schema(by_alias=True)
    schema["properties"]["kept"] = schema["properties"]["existing"]  # another word for it
    # Mappings that may be written as the text of their one required key.
    short = frozenset(f"#/$defs/{model.__name__}" for model in (NatSpec, ConnectionSpec, ForbidEntry))
    extended: dict[str, Any] = _extend_schema(schema, short)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **extended, "title": "costmodel demand file"}


def _extend_schema(node: Any, short: frozenset[str], key: str = "") -> Any:  # Any: a part of a JSON Schema
    """Return a schema that also accepts what the reader converts.

    Args:
        node: a part of a schema.
        short: references to mappings that may be a text.
        key: the key of the part; account numbers may be numbers, and lists of texts one text.
    """
    if isinstance(node, list):
        return [_extend_schema(part, short) for part in node]
    if not isinstance(node, dict):
        return node
    if key in _ACCOUNTS and node.get("type") == "string":
        return {**node, "type": ["string", "integer"]}
    is_text_list = node.get("type") == "array" and node.get("items") == {"type": "string"}
    if is_text_list or node.get("$ref") in short:
        return {"anyOf": [node, {"type": "string"}]}
    return {name: _extend_schema(part, short, name) for name, part in node.items()}
