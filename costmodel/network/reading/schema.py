"""JSON Schemas of network and usage files, for editors: built from the kinds' columns, as the reader is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from costmodel.aws import VARIANTS
from costmodel.aws.resource import FLAG
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.documents.values import MOST
from costmodel.network.reading.estate import get_quantity_types
from costmodel.pricing.reading.regions import load_location_types

if TYPE_CHECKING:
    from costmodel.aws.resource import Column, Resource

JsonSchema: TypeAlias = dict[str, Any]
"""A JSON Schema, or a part of one: its values are text, numbers, lists and further schemas."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_AMOUNT: JsonSchema = {"type": "number", "minimum": 0, "maximum": MOST}
_WHOLE: JsonSchema = {"type": "integer", "minimum": 0, "maximum": MOST}
_ACCOUNT: JsonSchema = {"type": ["string", "integer"], "description": "An account number of twelve digits."}
_NAME: JsonSchema = {"type": ["string", "number"]}
_PLACE: JsonSchema = {"$ref": "#/$defs/place"}


def build_network_schema() -> JsonSchema:
    """Return the JSON Schema of network files.

    Every file that the reader accepts fits the schema, but for numbers in quotes. The reader checks more: which keys
    go together, which Regions AWS links, and which firewall a NAT gateway names.
    """
    kinds = {kind: _build_kind_schema(variants) for kind, variants in VARIANTS.items()}
    conditions = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": f"#/$defs/{kind}"}} for kind in kinds
    ]
    resource = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(kinds), "description": "The kind of the resource."}},
        "allOf": conditions,
    }
    return {
        "$schema": DIALECT,
        "title": "costmodel network file",
        "type": "object",
        "required": ["resources"],
        "additionalProperties": False,
        "properties": {
            "region": {**_PLACE, "description": "The Region of resources that do not name one."},
            "hours": {**_AMOUNT, "description": "Hours of the billing month of resources that do not name theirs."},
            "on": {"type": "string", "format": "date", "description": "The price date."},
            "assumptions": _build_assumptions_schema(),
            "resources": {"type": "array", "items": resource},
        },
        "$defs": {"place": {"enum": list(load_location_types())}, **kinds},
    }


def build_usage_schema() -> JsonSchema:
    """Return the JSON Schema of usage files: quantities by the name of a resource, or by its kind."""
    quantities: JsonSchema = {}
    for kind in VARIANTS:
        for key, type_ in get_quantity_types({"kind": kind}).items():
            quantities[key] = {"anyOf": [_build_quantity_schema(type_), {"type": "null"}]}
    entry = {"type": ["object", "null"], "properties": quantities, "additionalProperties": False}
    return {
        "$schema": DIALECT,
        "title": "costmodel usage file",
        "type": "object",
        "required": ["usage"],
        "additionalProperties": False,
        "properties": {
            "usage": {
                "type": "object",
                "description": "The name of a resource, KIND:NAME, or a kind → its quantities; blank is unknown.",
                "additionalProperties": entry,
            }
        },
    }


def _build_assumptions_schema() -> JsonSchema:
    properties = {
        name: {"enum": [*assumption.meanings, *_list_flags(assumption.meanings)], "description": assumption.why}
        for name, assumption in ASSUMPTIONS.items()
    }
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def _list_flags(words: object) -> list[bool]:
    """Return true and false where the words of a choice are those of a flag, which YAML reads as booleans."""
    return [False, True] if set(words) == set(FLAG) else []  # type: ignore[call-overload]


def _build_kind_schema(variants: list[type[Resource]]) -> JsonSchema:
    """Return the schema of a kind: the keys of all its variants, those required that every variant requires."""
    properties: JsonSchema = {
        "kind": {"const": variants[0].kind},
        "name": _NAME,
        "region": _PLACE,
        "hours": _AMOUNT,
        "count": _WHOLE,
        "account": _ACCOUNT,
        "payer": _ACCOUNT,
    }
    words = sorted({variant.when[1] for variant in variants if variant.when})
    for variant in variants:
        if variant.when:
            properties[variant.when[0]] = {"enum": words}
        properties.update(dict.fromkeys(variant.accounts, _ACCOUNT))
        for column in variant.columns.values():
            _add_column_schema(properties, column)
    return {
        "type": "object",
        "required": sorted(set.intersection(*map(_list_required_keys, variants))),
        "properties": properties,
        "additionalProperties": False,
    }


def _list_required_keys(variant: type[Resource]) -> set[str]:
    """Return the keys that an entry of a variant must have; hours have a default in the file."""
    keys = {column.path[0] for column in variant.columns.values() if column.default is None and column.type != "hours"}
    if variant.when:
        keys.add(variant.when[0])
    return keys


def _add_column_schema(properties: JsonSchema, column: Column) -> None:
    """Add a column under its path; the mappings on the way allow no other keys."""
    level = properties
    for key in column.path[:-1]:
        nested = level.setdefault(key, {"type": "object", "properties": {}, "additionalProperties": False})
        level = nested["properties"]
    level[column.path[-1]] = _build_column_schema(column)


def _build_column_schema(column: Column) -> JsonSchema:
    if column.type == "location":
        return _PLACE
    if column.type == "choice":
        return {"enum": [*column.choices, *_list_flags(column.choices)]}
    return _build_quantity_schema(column.type)


def _build_quantity_schema(type_: str) -> JsonSchema:
    """Return the schema of a quantity by the type of its column, or "mapping" for nested ones; blank is unknown."""
    if type_ == "name":
        return _NAME
    if type_ == "mapping":
        return {"type": "object"}
    return _WHOLE if type_ == "count" else _AMOUNT
