"""One template under some decisions, as the Terraform plan that would build it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import costmodel.network.reading.terraform.readers  # noqa: F401 - importing it registers the readers
from costmodel.core.errors import Remedy
from costmodel.core.open_items import EXISTENCE
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut
from costmodel.network.reading.cloudformation.loops import Unroller, has_loops
from costmodel.network.reading.cloudformation.nested import make_undecided
from costmodel.network.reading.cloudformation.resources import (
    TemplateResource,
    set_instance_addresses,
    translate_resource,
)
from costmodel.network.reading.cloudformation.undetermined import Undetermined
from costmodel.network.reading.cloudformation.values import TemplateValues
from costmodel.network.reading.cloudformation.worlds import CONDITION, PARAMETER, Choice
from costmodel.network.reading.joined_estates import append_estates, prefix_estate
from costmodel.network.reading.json_shapes import ShapeError
from costmodel.network.reading.resource_types import (
    CloudFormationType,
    find_cloudformation_type,
    list_cloudformation_types,
)
from costmodel.network.reading.source_wording import SourceWording
from costmodel.network.reading.terraform.plan import AFTER
from costmodel.network.reading.terraform.read import build_estate
from costmodel.network.reading.terraform.regions import extract_regions
from costmodel.pricing.reading.regions import load_location_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.network.reading.cloudformation.nested import NestedStacks
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


class Decided(NamedTuple):
    """What is decided of a template.

    Attributes:
        given: parameter → its value.
        conditions: condition → whether it holds, where the template does not determine it.
        region: the Region; None where it is not known.
    """

    given: Mapping[str, str]
    conditions: Mapping[str, bool]
    region: str | None


class Template:
    """Translates one template."""

    def __init__(self, document: Document, decided: Decided, exports: Mapping[str, Json], nested: NestedStacks) -> None:
        """Take a template.

        Args:
            document: the template.
            decided: its parameters, its Region, and the conditions that are decided.
            exports: export → its value, of other stacks.
            nested: reads the templates of nested stacks.
        """
        self.settings = {} if decided.region is None else {"region": decided.region}
        self.left_out: list[LeftOut] = []
        self.nested = nested
        self._nested_estates: list[Estate] = []
        self.document = self._unroll_loops(document, decided)
        self.region = decided.region or self._infer_region()
        self.values = TemplateValues(self.document.value, decided.given, self.region, decided.conditions, exports)

    def list_open_choices(self) -> dict[Choice, list[str | bool]]:
        """Return the choices that were met and are not made, with their possible values."""
        choices: dict[Choice, list[str | bool]] = {
            Choice(PARAMETER, name, f"parameter {name}"): [*allowed]
            for name, allowed in self.values.open_parameters.items()
        }
        return choices | {
            Choice(CONDITION, name, cause): [True, False] for name, cause in self.values.open_conditions.items()
        }

    def _unroll_loops(self, document: Document, decided: Decided) -> Document:
        """Return the template without ``Fn::ForEach``; a loop over what is not known is reported."""
        if not has_loops(document.value):
            return document
        values = TemplateValues(document.value, decided.given, decided.region, decided.conditions)

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
        unrolled = Document(content, document.name, document.text)
        unrolled.path = document.path
        return unrolled

    def build_estate(self, *, with_undecided: bool = True) -> Estate:
        """Return the estate of the template.

        Args:
            with_undecided: whether resources that may not exist are in it, as open items.
        """
        found = {name: (type_, resource) for name, type_, resource in self._iterate_resources()}
        resources = {
            name: self._translate_resource(name, type_, resource)
            for name, (type_, resource) in found.items()
            if with_undecided or not isinstance(self._evaluate_condition(resource), Undetermined)
        }
        self._attach_gateways(resources)
        set_instance_addresses(resources)
        self._report_transforms()
        estate = build_estate(self._build_plan(resources), self.settings, AFTER, TEMPLATE_WORDING)
        estate.left_out += self.left_out
        return append_estates(estate, self._nested_estates)

    def _read_nested_stack(self, name: str, resource: JsonObject) -> bool:
        """Read the template of a nested stack, where it is next to this one; tell whether it was."""
        properties = self.values.evaluate_properties(resource)
        given = properties.get("Parameters")
        parameters = {
            key: ",".join(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in (given.items() if isinstance(given, dict) else ())
            if not isinstance(value, Undetermined)
        }
        nested = self.nested.read(self.document, resource, properties.get("TemplateURL"), parameters, self.region)
        if nested is None:
            return False
        holds = self._evaluate_condition(resource)
        if isinstance(holds, Undetermined):
            nested = make_undecided(nested, f"whether its stack exists depends on {holds.cause}")
        self._nested_estates.append(prefix_estate(nested, f"{name}/"))
        return True

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
            if self._evaluate_condition(resource) is False:
                continue
            if type_ is not None and not _NESTED.search(type_name):
                yield name, type_, resource
            else:
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
            properties = self.values.evaluate_properties(resource)
        except ShapeError as error:
            raise ShapeError(f"Resources.{name}: {error.part}", error.problem) from error
        holds = self._evaluate_condition(resource)
        undecided = f"whether it exists depends on {holds.cause}" if isinstance(holds, Undetermined) else ""
        return translate_resource(name, type_, properties, self.region, undecided)

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
