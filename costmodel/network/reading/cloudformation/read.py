"""A CloudFormation template as the Terraform plan that would build it: known values, unknown ones, what is not read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import costmodel.network.reading.terraform.readers  # noqa: F401 - importing it registers the readers
from costmodel.core.errors import Remedy
from costmodel.core.open_items import EXISTENCE
from costmodel.documents.document import Document, parse_document, read_text
from costmodel.network.network import LeftOut
from costmodel.network.reading.cloudformation.loops import Unroller, has_loops
from costmodel.network.reading.cloudformation.nested import find_nested_template, prefix_estate
from costmodel.network.reading.cloudformation.parameters import take_conditions, take_parameters
from costmodel.network.reading.cloudformation.properties import translate_properties
from costmodel.network.reading.cloudformation.text import is_template_text, parse_template
from costmodel.network.reading.cloudformation.values import TemplateValues, Undetermined
from costmodel.network.reading.cloudformation.worlds import (
    CONDITION,
    PARAMETER,
    Choice,
    Decisions,
    World,
    merge_worlds,
    read_worlds,
)
from costmodel.network.reading.json_shapes import EMPTY, ShapeError
from costmodel.network.reading.resource_types import (
    CloudFormationType,
    find_cloudformation_type,
    list_cloudformation_types,
)
from costmodel.network.reading.source_wording import SourceWording
from costmodel.network.reading.terraform.plan import AFTER
from costmodel.network.reading.terraform.read import build_estate, report_shape_errors
from costmodel.network.reading.terraform.regions import extract_regions
from costmodel.pricing.reading.regions import load_location_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

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
_NESTED = re.compile(
    r"^AWS::CloudFormation::(Stack|StackSet)$|^AWS::Serverless::Application$"
    r"|^AWS::ServiceCatalog::CloudFormationProvisionedProduct$|::MODULE$|^Rain::"
)
"""Types that create the resources of another template."""
_STACK = "AWS::CloudFormation::Stack"
_DEEPEST_NESTING = 10
_GATEWAY_ATTACHMENT = "AWS::EC2::VPCGatewayAttachment"
_KNOWN_TRANSFORMS = (
    "AWS::LanguageExtensions",
    "AWS::Serverless-2016-10-31",
    "AWS::CodeDeployBlueGreen",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
)
"""Macros that create no network resources that the template does not contain."""
_CLOSE = 0.95  # similarity of a misspelt type to the one that was meant
_READ_IN_PARTS = ("service_name",)
"""Attributes of which a known part is enough, whatever the others are."""


def read_template(document: Document, settings: Mapping[str, str]) -> Estate:
    """Return the estate of a template.

    Args:
        document: the template.
        settings: ``region``, which a template does not name, ``parameter.NAME`` and ``condition.NAME``.

    Raises:
        RegionUnsaidError: the Region is not known.
        InputError: a setting names nothing in the template, CloudFormation would refuse its value, or a part is not as
            CloudFormation writes it.
    """
    with report_template_errors(document.name):
        return TemplateReader(document, settings).read_estate()


def report_template_errors(name: str) -> AbstractContextManager[None]:
    """Report a part of a template that is not as CloudFormation writes it as an error of the file."""
    return report_shape_errors(name, TEMPLATE_WORDING)


class TemplateReader:
    """Reads a template, in every way in which its undecided parts may be decided."""

    def __init__(
        self,
        document: Document,
        settings: Mapping[str, str],
        exports: Mapping[str, Json] | None = None,
        depth: int = 0,
    ) -> None:
        """Take a template, with the exports of other stacks, and how many stacks it is nested in.

        Raises:
            InputError: a setting is wrong.
        """
        self._given = take_parameters(document.value, settings, document.name)
        self._decided = take_conditions(document.value, settings, document.name)
        self._region = settings.get("region")
        self._exports = exports or EMPTY
        self._document = document
        self._depth = depth

    def read_estate(self) -> Estate:
        """Return the estate; a difference between the possibilities is an open item."""
        worlds = read_worlds(self._read_world)
        estate = merge_worlds(worlds)
        if not estate.entries and not estate.left_out:
            number = self._make_template(worlds[0].decisions).count_resources()
            estate.notes = [f"None of its resources is billed as networking ({number:,} resources)."]
        estate.stands_for = self._make_template(worlds[0].decisions, drop_undecided=True).build_estate().stands_for
        return estate

    def read_exports(self) -> dict[str, Json]:
        """Return the outputs that the template exports and determines: the export's name → the value."""
        values = self._make_template({}).values
        outputs = self._document.value.get("Outputs")
        exports: dict[str, Json] = {}
        for output in outputs.values() if isinstance(outputs, dict) else ():
            export = output.get("Export") if isinstance(output, dict) else None
            name = values.evaluate_expression(export.get("Name")) if isinstance(export, dict) else None
            value = values.evaluate_expression(output.get("Value")) if isinstance(name, str) else None
            if isinstance(name, str) and not isinstance(value, Undetermined):
                exports[name] = value
        return exports

    def _read_world(self, decisions: Decisions) -> World:
        template = self._make_template(decisions)
        estate = template.build_estate()
        return World(decisions, estate, template.list_open_choices())

    def _make_template(self, decisions: Decisions, *, drop_undecided: bool = False) -> _Template:
        given = dict(self._given)
        decided = dict(self._decided)
        for choice, value in decisions.items():
            if choice.kind == PARAMETER:
                given[choice.name] = str(value)
            else:
                decided[choice.name] = bool(value)
        return _Template(
            self._document,
            given,
            self._region,
            decided,
            self._exports,
            drop_undecided=drop_undecided,
            depth=self._depth,
        )


@dataclass
class TemplateResource:
    """A resource of a template as a resource of a plan.

    Attributes:
        name: its logical id.
        type: the Terraform type that it is read as.
        values: its attributes that are known.
        unknown: its attributes that the template does not determine.
        undecided: why it is open whether the resource exists; "" if it does.
        source_type: its type in the template.
        causes: what would determine its unknown attributes.
    """

    name: str
    type: str
    values: dict[str, Json]
    unknown: dict[str, Json] = field(default_factory=dict)
    undecided: str = ""
    source_type: str = ""
    causes: tuple[str, ...] = ()


class _Template:
    """Translates one template."""

    def __init__(
        self,
        document: Document,
        given: Mapping[str, str],
        region: str | None,
        decided: Mapping[str, bool],
        exports: Mapping[str, Json],
        *,
        drop_undecided: bool,
        depth: int,
    ) -> None:
        """Take a template with its parameters, the conditions that are decided, and the exports of other stacks."""
        self.settings = {} if region is None else {"region": region}
        self.left_out: list[LeftOut] = []
        self.nested: list[Estate] = []
        self.depth = depth
        self.document = self._unroll_loops(document, given, region)
        self.region = region or self._infer_region()
        self.values = TemplateValues(self.document.value, given, self.region, decided, exports)
        self.drop_undecided = drop_undecided

    def list_open_choices(self) -> dict[Choice, list[str | bool]]:
        """Return the choices that were met and are not made, with their possible values."""
        choices: dict[Choice, list[str | bool]] = {
            Choice(PARAMETER, name, f"parameter {name}"): [*allowed]
            for name, allowed in self.values.open_parameters.items()
        }
        return choices | {
            Choice(CONDITION, name, cause): [True, False] for name, cause in self.values.open_conditions.items()
        }

    def _unroll_loops(self, document: Document, given: Mapping[str, str], region: str | None) -> Document:
        """Return the template without ``Fn::ForEach``; a loop over what is not known is reported."""
        if not has_loops(document.value):
            return document
        values = TemplateValues(document.value, given, region)

        def resolve_collection(node: Json) -> list[str] | str:
            value = values.evaluate_expression(node)
            if isinstance(value, Undetermined):
                return value.cause
            return [str(element) for element in value] if isinstance(value, list) else "what it loops over"

        unroller = Unroller(resolve_collection)
        content = unroller.unroll(document.value)
        for loop in unroller.unknown:
            why = f"how often it repeats depends on {loop.cause}"
            self.left_out.append(LeftOut(loop.name, "Fn::ForEach", why, EXISTENCE))
        return Document(content, document.name, document.text)

    def build_estate(self) -> Estate:
        """Return the estate of the template."""
        resources = {
            name: self._translate_resource(name, type_, resource) for name, type_, resource in self._iterate_resources()
        }
        self._attach_gateways(resources)
        _set_instance_addresses(resources)
        self._report_transforms()
        estate = build_estate(self._build_plan(resources), self.settings, AFTER, TEMPLATE_WORDING)
        estate.left_out += self.left_out
        for nested in self.nested:
            estate = replace(estate, document=Document(
                {**estate.document.value, "resources": [*estate.entries, *nested.entries]}, estate.document.name, ""
            ), unknown=[*estate.unknown, *nested.unknown], left_out=[*estate.left_out, *nested.left_out],
                notes=[*estate.notes, *nested.notes])  # fmt: skip
        return estate

    def _read_nested_stack(self, name: str, resource: JsonObject) -> bool:
        """Read the template of a nested stack, where it is next to this one; tell whether it was."""
        properties = self.values.evaluate_properties(resource)
        path = find_nested_template(self.document.name, resource, properties.get("TemplateURL"))
        if path is None or self.depth >= _DEEPEST_NESTING:
            return False
        given = properties.get("Parameters")
        parameters = {
            f"parameter.{key}": ",".join(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in (given.items() if isinstance(given, dict) else ())
            if not isinstance(value, Undetermined)
        }
        text, file = read_text(path)
        document = parse_template(text, file) if is_template_text(text) else parse_document(text, file)
        own = document.value.get("Parameters") or EMPTY if isinstance(document.value, dict) else EMPTY
        settings = {key: value for key, value in parameters.items() if key.removeprefix("parameter.") in own}
        if self.region:
            settings["region"] = self.region
        reader = TemplateReader(document, settings, depth=self.depth + 1)
        nested = prefix_estate(reader.read_estate(), f"{name}/")
        if isinstance(self._evaluate_condition(resource), Undetermined):
            nested = replace(nested, left_out=[*nested.left_out, LeftOut(name, str(resource["Type"]),
                "whether the stack exists is not decided; its resources are counted", EXISTENCE)])  # fmt: skip
        self.nested.append(nested)
        return True

    def count_resources(self) -> int:
        """Return how many resources the template has."""
        return len(self.values.resources)

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
            type_ = find_cloudformation_type(type_name)
            if type_ is not None and not _NESTED.search(type_name):
                if self._is_read(resource):
                    yield name, type_, resource
            elif self._evaluate_condition(resource) is not False:
                self._read_other_resource(name, type_name, resource)

    def _read_other_resource(self, name: str, type_name: str, resource: JsonObject) -> None:
        """Read a nested stack, or report a resource that creates others or whose type is misspelt."""
        if type_name == _STACK and self._read_nested_stack(name, resource):
            return
        if _NESTED.search(type_name):
            self._mark_unpriced(name, type_name, "the resources of its template are not read")
        else:
            self._report_misspelt_type(name, type_name)

    def _report_misspelt_type(self, name: str, type_name: str) -> None:
        """Report a type that is nearly a known one."""
        import difflib  # imported where it is used: most templates have no such type

        close = difflib.get_close_matches(type_name, list_cloudformation_types(), 1, _CLOSE)
        if close:
            self._mark_unpriced(name, type_name, f"this type is not known; did you mean {close[0]}?")

    def _report_transforms(self) -> None:
        """Report the macros that may rewrite the template."""
        transforms = self.document.value.get("Transform") or []
        for transform in transforms if isinstance(transforms, list) else [transforms]:
            name = str(transform.get("Name")) if isinstance(transform, dict) else str(transform)
            if name not in _KNOWN_TRANSFORMS:
                why = "this macro may change the template; what it makes is not known"
                self.left_out.append(LeftOut("Transform", name, why, EXISTENCE))

    def _is_read(self, resource: JsonObject) -> bool:
        """Tell whether a resource may be created; for a demand, one that may not be is left out."""
        holds = self._evaluate_condition(resource)
        return not self.drop_undecided if isinstance(holds, Undetermined) else holds

    def _evaluate_condition(self, resource: JsonObject) -> bool | Undetermined:
        """Return whether the condition of a resource holds; a resource without one is always created."""
        condition = resource.get("Condition")
        return True if condition is None else self.values.evaluate_condition(str(condition))

    def _report_missing_type(self, name: str) -> None:
        """Report a resource without a type: a transform, or an error.

        Raises:
            InputError: the resource is not a transform.
        """
        if not name.startswith("Fn::"):
            raise self.document.make_error(f"the resource {name!r} has no Type.", "Resources", name)
        self.left_out.append(LeftOut(name, name, "what it inserts into the template is not known", EXISTENCE))

    def _mark_unpriced(self, name: str, type_name: str, why: str) -> None:
        self.left_out.append(LeftOut(name, type_name, why))

    def _translate_resource(self, name: str, type_: CloudFormationType, resource: JsonObject) -> TemplateResource:
        """Return a resource as a resource of a plan."""
        try:
            attributes = translate_properties(type_, self.values.evaluate_properties(resource))
        except ShapeError as error:
            raise ShapeError(f"Resources.{name}: {error.part}", error.problem) from error
        for key in _READ_IN_PARTS:
            value = attributes.get(key)
            if isinstance(value, Undetermined) and value.text:
                attributes[key] = value.text
        unknown = {key for key, value in attributes.items() if isinstance(value, Undetermined)}
        causes = tuple(dict.fromkeys(v.cause for v in attributes.values() if isinstance(v, Undetermined)))
        values = {key: _replace_undetermined(value) for key, value in attributes.items() if key not in unknown}
        values["id"] = name
        if self.region:
            values["region"] = self.region
        holds = self._evaluate_condition(resource)
        undecided = f"whether it exists depends on {holds.cause}" if isinstance(holds, Undetermined) else ""
        return TemplateResource(
            name, type_.terraform, values, dict.fromkeys(unknown, True), undecided, type_.name, causes
        )

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
            {
                "address": r.name,
                "type": r.type,
                "name": r.name,
                "values": r.values,
                "undecided": r.undecided,
                "source_type": r.source_type,
                "causes": " and ".join(r.causes),
            }
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
        elif (
            subnet is not None
            and subnet.type == "aws_subnet"
            and "map_public_ip_on_launch" not in subnet.unknown
            and "associate_public_ip_address" not in instance.unknown
        ):
            is_public = bool(subnet.values.get("map_public_ip_on_launch"))
            instance.values.setdefault("associate_public_ip_address", is_public)


def _iterate_region_hints(node: Json) -> Iterator[str]:
    """Iterate over the texts of zones, and of services that are in the Region of their endpoint."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            for key in ("AvailabilityZone", *(() if "ServiceRegion" in current else ("ServiceName",))):
                if isinstance(current.get(key), str):
                    yield str(current[key])
            stack += current.values()
        elif isinstance(current, list):
            stack += current


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
