"""CloudFormation properties as Terraform attributes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import iterate_objects

if TYPE_CHECKING:
    from costmodel.network.reading.json_shapes import Json, JsonObject
    from costmodel.network.reading.resource_types import CloudFormationType

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def to_snake_case(name: str) -> str:
    """Return a property's name as Terraform writes it: VpcEndpointType is vpc_endpoint_type."""
    return _WORD_START.sub("_", name).lower()


def translate_properties(type_: CloudFormationType, properties: JsonObject) -> dict[str, Json]:
    """Return a resource's properties as Terraform attributes, without the ones that are null."""
    attributes: dict[str, Json] = {}
    for name, value in properties.items():
        attribute = to_snake_case(name)
        attributes[type_.renamed.get(attribute, attribute)] = _translate_value(value)
    if type_.adjust is not None:
        type_.adjust(attributes, properties)
    tags = properties.get("Tags")
    if isinstance(tags, list):
        attributes["tags"] = {str(tag.get("Key")): str(tag.get("Value")) for tag in iterate_objects(tags)}
    return {name: value for name, value in attributes.items() if value is not None}


def _translate_value(value: Json) -> Json:
    """Return a value with the names in it in snake case."""
    if isinstance(value, dict):
        return {to_snake_case(str(name)): _translate_value(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_translate_value(inner) for inner in value]
    return value
