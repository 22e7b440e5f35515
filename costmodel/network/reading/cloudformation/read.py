"""A template as the plan that it would be: what is said of each resource, what is not, and what is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError, Remedy, format_suggestion
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut
from costmodel.network.reading.cloudformation.types import NESTED, TYPES, translate_properties
from costmodel.network.reading.cloudformation.values import Unsaid, Values
from costmodel.network.reading.terraform.notes import Speech
from costmodel.network.reading.terraform.read import Reader, wrap_shape_errors
from costmodel.network.reading.terraform.regions import extract_regions
from costmodel.pricing.reading.regions import load_location_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.network.reading.estate import Estate

SPEECH = Speech(
    program="CloudFormation",
    noun="template",
    source="CloudFormation template",
    later="depends on what the template does not say",
    how="Its parameters may be said with --set parameter.NAME=VALUE.",
    nowhere="a template does not say it",
    remedy=Remedy(cli="Pass --set region=eu-west-1.", page="Choose the Region on the left."),
)


def read_template(document: Document, settings: Mapping[str, str]) -> Estate:
    """Read a template.

    Args:
        document: the template.
        settings: ``region``, which no template says, and ``parameter.NAME``.

    Raises:
        RegionUnsaidError: the Region is not said.
        InputError: a setting is none of the template's, or its parts are not as CloudFormation has them.
    """
    given = {k.removeprefix("parameter."): v for k, v in settings.items() if k.startswith("parameter.")}
    known = document.value.get("Parameters") or {}
    for name in given:
        if name not in known:
            message = f"--set parameter.{name}: {document.name} has no such parameter.{format_suggestion(name, known)}"
            raise InputError(message)
    with wrap_shape_errors(document.name, speech=SPEECH):
        return _Template(document, given, settings).build_estate()


class _Template:
    def __init__(self, document: Document, given: Mapping[str, str], settings: Mapping[str, str]) -> None:
        self.document = document
        self.settings = {k: v for k, v in settings.items() if k == "region"}
        region = self.settings.get("region") or self._infer_region()
        self.values = Values(document.value, given, region)
        self.region = region
        self.left: list[LeftOut] = []
        self.others = 0

    def _infer_region(self) -> str | None:
        """Return the one Region that the template names outright in its services and zones."""
        places = load_location_types()
        known = {
            r
            for text in _iterate_region_hints(self.document.value.get("Resources"))
            for r in extract_regions(text, places)
        }
        return known.pop() if len(known) == 1 else None

    def build_estate(self) -> Estate:
        resources, changes = [], []
        for name, resource in self._iterate_resources():
            type_ = TYPES[resource["Type"]]
            properties = self.values.evaluate_expression(resource.get("Properties") or {})
            values, unsaid = _partition_attributes(
                translate_properties(type_, properties if isinstance(properties, dict) else {})
            )
            values["id"] = name
            if self.region:
                values["region"] = self.region
            resources.append({"address": name, "type": type_, "name": name, "values": values})
            changes.append({"address": name, "type": type_, "change": {"after_unknown": unsaid}})
        self._link_resources(resources)
        plan = {"planned_values": {"root_module": {"resources": resources}}, "resource_changes": changes}
        reader = Reader(Document(plan, self.document.name, ""), self.settings, "planned_values", speech=SPEECH)
        estate = reader.build_estate()
        estate.left_out += self.left
        if not estate.entries and not estate.left_out:
            estate.notes = [f"Nothing in it is billed as networking ({self.others + len(resources):,} resources)."]
        return estate

    def _iterate_resources(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through the resources that the template makes; say of the others why they are left out."""
        for name, resource in self.values.resources.items():
            if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
                if name.startswith("Fn::"):
                    self.left.append(LeftOut(name, "Fn::ForEach", "loops of the language extensions are not unrolled"))
                    continue
                raise self.document.make_error(f"the resource {name!r} has no Type.", "Resources", name)
            type_ = resource["Type"]
            if NESTED.search(type_):
                self.left.append(LeftOut(name, type_, "what it makes is in another template, which is not read"))
                continue
            if type_ not in TYPES:
                self.others += 1
                continue
            condition = resource.get("Condition")
            holds = True if condition is None else self.values.evaluate_condition(str(condition))
            if isinstance(holds, Unsaid):
                self.left.append(LeftOut(name, type_, f"whether it is made depends on {holds.what}, which is not said"))
            elif holds:
                yield name, resource

    def _link_resources(self, resources: list[dict[str, Any]]) -> None:
        """Say of resources what others say of them: gateways their VPC, instances their address and subnet."""
        by_name = {r["address"]: r for r in resources}
        for resource in self.values.resources.values():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::EC2::VPCGatewayAttachment":
                properties = self.values.evaluate_expression(resource.get("Properties") or {})
                gateway = by_name.get(str(properties.get("InternetGatewayId")))
                if gateway is not None and isinstance(properties.get("VpcId"), str):
                    gateway["values"].setdefault("vpc_id", properties["VpcId"])
        addressed = {str(r["values"].get("instance") or r["values"].get("instance_id")) for r in resources
                     if r["type"] in ("aws_eip", "aws_eip_association")}  # fmt: skip
        for r in resources:
            if r["type"] != "aws_instance":
                continue
            subnet = by_name.get(str(r["values"].get("subnet_id")))
            if r["address"] in addressed:
                r["values"]["associate_public_ip_address"] = False
            elif subnet is not None and subnet["type"] == "aws_subnet":
                public = bool(subnet["values"].get("map_public_ip_on_launch"))
                r["values"].setdefault("associate_public_ip_address", public)


def _iterate_region_hints(node: Any) -> Iterator[str]:
    """Go through the texts in services' names and zones."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("ServiceName", "AvailabilityZone") and isinstance(value, str):
                yield value
            else:
                yield from _iterate_region_hints(value)
    elif isinstance(node, list):
        for value in node:
            yield from _iterate_region_hints(value)


def _partition_attributes(attributes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part attributes into what is said, and which are not; in lists and mappings stand-ins take their place."""
    said, unsaid = {}, {}
    for name, value in attributes.items():
        if isinstance(value, Unsaid):
            unsaid[name] = True
        else:
            said[name] = _convert_value(value)
    return said, unsaid


def _convert_value(value: Any) -> Any:
    if isinstance(value, Unsaid):
        return str(value)
    if isinstance(value, dict):
        return {k: _convert_value(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_convert_value(v) for v in value]
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value
