"""Resources of a template as resources of a Terraform plan: known attributes, unknown ones, and whether they exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from costmodel.network.reading.cloudformation.properties import translate_properties
from costmodel.network.reading.cloudformation.undetermined import Undetermined, mark_open_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.network.reading.json_shapes import Json, JsonObject
    from costmodel.network.reading.resource_types import CloudFormationType

_READ_IN_PARTS = ("service_name",)
"""Attributes of which a known part is enough, whatever the others are."""


@dataclass
class TemplateResource:
    """A resource of a template as a resource of a plan.

    Attributes:
        name: its logical id.
        type: the Terraform type that it is read as.
        values: its attributes that are known.
        unknown: its attributes that the template does not determine, or the parts of them: True.
        undecided: why it is open whether the resource exists; "" if it does.
        source_type: its type in the template.
        causes: what would determine its unknown attributes.
    """

    name: str
    type: str
    values: dict[str, Json]
    unknown: Mapping[str, Json] = field(default_factory=dict)
    undecided: str = ""
    source_type: str = ""
    causes: tuple[str, ...] = ()


def translate_resource(
    name: str, type_: CloudFormationType, properties: JsonObject, region: str | None, undecided: str
) -> TemplateResource:
    """Return a resource as a resource of a plan.

    Args:
        name: its logical id.
        type_: how its type is read.
        properties: its properties, evaluated.
        region: the Region, or None.
        undecided: why it is open whether it exists; "" if it does.
    """
    attributes = translate_properties(type_, properties)
    for key in _READ_IN_PARTS:
        value = attributes.get(key)
        if isinstance(value, Undetermined) and value.text:
            attributes[key] = value.text
    unknown = {key: parts for key, value in attributes.items() if (parts := mark_open_parts(value))}
    causes = tuple(dict.fromkeys(v.cause for v in attributes.values() if isinstance(v, Undetermined)))
    values = {key: _replace_undetermined(value) for key, value in attributes.items() if unknown.get(key) is not True}
    values["id"] = name
    if region:
        values["region"] = region
    return TemplateResource(name, type_.terraform, values, unknown, undecided, type_.name, causes)


def set_instance_addresses(resources: Mapping[str, TemplateResource]) -> None:
    """Set whether each instance gets a public address: by its Elastic IP address, else by its subnet."""
    with_elastic_ip = {
        str(r.values.get("instance") or r.values.get("instance_id"))
        for r in resources.values()
        if r.type in ("aws_eip", "aws_eip_association")
    }
    for instance in resources.values():
        if instance.type != "aws_instance":
            continue
        subnet = resources.get(str(instance.values.get("subnet_id")))
        if instance.name in with_elastic_ip:
            instance.values["associate_public_ip_address"] = False
        elif (
            subnet is not None
            and subnet.type == "aws_subnet"
            and "map_public_ip_on_launch" not in subnet.unknown
            and "associate_public_ip_address" not in instance.unknown
        ):
            is_public = bool(subnet.values.get("map_public_ip_on_launch"))
            instance.values.setdefault("associate_public_ip_address", is_public)


def _replace_undetermined(value: Json) -> Json:
    """Return a value with a placeholder for each part of it that is not determined, and with flags as such."""
    if isinstance(value, Undetermined):
        return str(value)
    if isinstance(value, dict):
        return {key: _replace_undetermined(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replace_undetermined(inner) for inner in value]
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value
