"""The JSON Schema of demand files, for editors: that of the reader's models, with the short forms that it accepts."""

from __future__ import annotations

from typing import Any

_SHORT = ("#/$defs/NatSpec", "#/$defs/ConnectionSpec", "#/$defs/ForbidSpec")
"""Mappings that may be written as the text of their one required key."""
_ACCOUNTS = ("account", "payer")


def build_demand_schema() -> dict[str, Any]:
    """Return the JSON Schema of demand files: every file that the reader accepts fits it, but for quoted numbers."""
    from costmodel.demand.reading.spec import DemandSpec

    schema = DemandSpec.model_json_schema(by_alias=True)
    schema["properties"]["kept"] = schema["properties"]["existing"]  # another word for it
    extended: dict[str, Any] = _extend_schema(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **extended, "title": "costmodel demand file"}


def _extend_schema(node: Any, key: str = "") -> Any:  # Any: a part of a JSON Schema
    """Return a schema that also accepts what the reader converts: one text for a list of texts, numbers as accounts."""
    if isinstance(node, list):
        return [_extend_schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    if key in _ACCOUNTS and node.get("type") == "string":
        return {**node, "type": ["string", "integer"]}
    if node.get("type") == "array" and node.get("items") == {"type": "string"}:
        return {"anyOf": [node, {"type": "string"}]}
    if node.get("$ref") in _SHORT:
        return {"anyOf": [node, {"type": "string"}]}
    return {name: _extend_schema(part, name) for name, part in node.items()}
