"""A CloudFormation template as the Terraform plan that would build it: known values, unknown ones, what is not read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import costmodel.network.reading.terraform.readers  # noqa: F401 - importing it registers the readers
from costmodel.core.errors import InputError, Remedy, format_suggestion
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut
from costmodel.network.reading.cloudformation.properties import translate_properties
from costmodel.network.reading.cloudformation.values import TemplateValues, Undetermined
from costmodel.network.reading.resource_types import CloudFormationType, find_cloudformation_type
from costmodel.network.reading.source_wording import SourceWording
from costmodel.network.reading.terraform.plan import AFTER
from costmodel.network.reading.terraform.read import build_estate, report_shape_errors
from costmodel.network.reading.terraform.regions import extract_regions
from costmodel.pricing.reading.regions import load_location_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.network.reading.estate import Estate
    from costmodel.network.reading.json_shapes import Json, JsonObject

TEMPLATE_WORDING = SourceWording(
    source="CloudFormation template",
    noun="template",
    tool="CloudFormation",
    not_known="depends on what the template does not determine",
    how_to_fix="Pass its parameters with --set parameter.NAME=VALUE.",
    region_unknown="a template does not name it",
    region_remedy=Remedy(cli="Pass --set region=eu-west-1.", page="Choose the Region on the left."),
)
_NESTED = re.compile(r"^AWS::CloudFormation::(Stack|StackSet|CustomResource|Macro)$|::MODULE$|^Rain::|^Custom::")
"""Types that build resources of their own, which the template does not contain."""
_GATEWAY_ATTACHMENT = "AWS::EC2::VPCGatewayAttachment"
_PARAMETER = "parameter."


def read_template(document: Document, settings: Mapping[str, str]) -> Estate:
    """Return the estate of a template.

    Args:
        document: the template.
        settings: ``region``, which a template does not name, and ``parameter.NAME``.

    Raises:
        RegionUnsaidError: the Region is not known.
        InputError: a setting names no parameter of the template, or a part is not as CloudFormation writes it.
    """
    given = {key.removeprefix(_PARAMETER): value for key, value in settings.items() if key.startswith(_PARAMETER)}
    parameters = document.value.get("Parameters") or {}
    for name in given:
        if name not in parameters:
            suggestion = format_suggestion(name, parameters)
            raise InputError(f"--set {_PARAMETER}{name}: {document.name} has no such parameter.{suggestion}")
    with report_shape_errors(document.name, TEMPLATE_WORDING):
        return _Template(document, given, settings.get("region")).build_estate()


@dataclass
class TemplateResource:
    """A resource of a template as a resource of a plan.

    Attributes:
        name: its logical id.
        type: the Terraform type that it is read as.
        values: its attributes that are known.
        unknown: its attributes that the template does not determine.
        undecided: why it is open whether the resource exists; "" if it does.
    """

    name: str
    type: str
    values: dict[str, Json]
    unknown: dict[str, Json] = field(default_factory=dict)
    undecided: str = ""


class _Template:
    """Translates one template."""

    def __init__(self, document: Document, given: Mapping[str, str], region: str | None) -> None:
        self.document = document
        self.settings = {} if region is None else {"region": region}
        self.region = region or self._infer_region()
        self.values = TemplateValues(document.value, given, self.region)
        self.left_out: list[LeftOut] = []
        self.other_resources = 0

    def build_estate(self) -> Estate:
        """Return the estate of the template."""
        resources = {
            name: self._translate_resource(name, type_, resource) for name, type_, resource in self._iterate_resources()
        }
        self._attach_gateways(resources)
        _set_instance_addresses(resources)
        estate = build_estate(self._build_plan(resources), self.settings, AFTER, TEMPLATE_WORDING)
        estate.left_out += self.left_out
        if not estate.entries and not estate.left_out:
            number = self.other_resources + len(resources)
            estate.notes = [f"None of its resources is billed as networking ({number:,} resources)."]
        return estate

    def _infer_region(self) -> str | None:
        """Return the Region that the template names literally in its services and zones, if it is exactly one."""
        locations = load_location_types()
        hints = _iterate_region_hints(self.document.value.get("Resources"))
        regions = {region for text in hints for region in extract_regions(text, locations)}
        return regions.pop() if len(regions) == 1 else None

    def _iterate_resources(self) -> Iterator[tuple[str, CloudFormationType, JsonObject]]:
        """Yield the resources that are built, with their types; report the others where they may cost something."""
        for name, resource in self.values.resources.items():
            type_name = resource.get("Type") if isinstance(resource, dict) else None
            if not isinstance(resource, dict) or not isinstance(type_name, str):
                self._report_missing_type(name)
                continue
            if _NESTED.search(type_name):
                self._mark_unpriced(name, type_name, "what it makes is in another template, which is not read")
                continue
            type_ = find_cloudformation_type(type_name)
            if type_ is None:
                self.other_resources += 1
            elif self._evaluate_condition(resource) is not False:
                yield name, type_, resource

    def _evaluate_condition(self, resource: JsonObject) -> bool | Undetermined:
        """Return whether the condition of a resource holds; a resource without one is always created."""
        condition = resource.get("Condition")
        return True if condition is None else self.values.evaluate_condition(str(condition))

    def _report_missing_type(self, name: str) -> None:
        """Report a resource without a type: a loop, or an error.

        Raises:
            InputError: the resource is not a loop.
        """
        if not name.startswith("Fn::"):
            raise self.document.make_error(f"the resource {name!r} has no Type.", "Resources", name)
        self._mark_unpriced(name, "Fn::ForEach", "loops of the language extensions are not unrolled")

    def _mark_unpriced(self, name: str, type_name: str, why: str) -> None:
        self.left_out.append(LeftOut(name, type_name, why))

    def _translate_resource(self, name: str, type_: CloudFormationType, resource: JsonObject) -> TemplateResource:
        """Return a resource as a resource of a plan."""
        attributes = translate_properties(type_, self.values.evaluate_properties(resource))
        unknown = {key for key, value in attributes.items() if isinstance(value, Undetermined)}
        values = {key: _replace_undetermined(value) for key, value in attributes.items() if key not in unknown}
        values["id"] = name
        if self.region:
            values["region"] = self.region
        holds = self._evaluate_condition(resource)
        undecided = f"whether it is created depends on {holds.cause}" if isinstance(holds, Undetermined) else ""
        return TemplateResource(name, type_.terraform, values, dict.fromkeys(unknown, True), undecided)

    def _attach_gateways(self, resources: Mapping[str, TemplateResource]) -> None:
        """Set the VPC of each internet gateway, which a resource of its own attaches."""
        for resource in self.values.resources.values():
            if not isinstance(resource, dict) or resource.get("Type") != _GATEWAY_ATTACHMENT:
                continue
            properties = self.values.evaluate_properties(resource)
            gateway = resources.get(str(properties.get("InternetGatewayId")))
            vpc = properties.get("VpcId")
            if gateway is not None and isinstance(vpc, str):
                gateway.values.setdefault("vpc_id", vpc)

    def _build_plan(self, resources: Mapping[str, TemplateResource]) -> Document:
        """Return the plan that would build the resources."""
        planned = [
            {"address": r.name, "type": r.type, "name": r.name, "values": r.values, "undecided": r.undecided}
            for r in resources.values()
        ]
        changes = [
            {"address": r.name, "type": r.type, "change": {"after_unknown": r.unknown}} for r in resources.values()
        ]
        content = {"planned_values": {"root_module": {"resources": planned}}, "resource_changes": changes}
        return Document(content, self.document.name, "")


def _set_instance_addresses(resources: Mapping[str, TemplateResource]) -> None:
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
        elif subnet is not None and subnet.type == "aws_subnet":
            is_public = bool(subnet.values.get("map_public_ip_on_launch"))
            instance.values.setdefault("associate_public_ip_address", is_public)


def _iterate_region_hints(node: Json) -> Iterator[str]:
    """Iterate over the texts of service names and zones."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("ServiceName", "AvailabilityZone") and isinstance(value, str):
                yield value
            else:
                yield from _iterate_region_hints(value)
    elif isinstance(node, list):
        for value in node:
            yield from _iterate_region_hints(value)


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
