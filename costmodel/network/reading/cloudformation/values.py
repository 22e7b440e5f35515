"""The values of a template's expressions: parameters, conditions, mappings, and what is not determined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costmodel.network.reading.cloudformation.arguments import (
    limit_length,
    take_arguments,
    take_list_argument,
    take_whole_number,
    to_template_text,
)
from costmodel.network.reading.cloudformation.parameters import LIST_TYPES, find_pseudo_parameter, list_allowed_values
from costmodel.network.reading.cloudformation.undetermined import NO_VALUE, Undetermined, identify_expression
from costmodel.network.reading.json_shapes import EMPTY, ShapeError
from costmodel.pricing.reading.regions import load_zone_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costmodel.network.reading.json_shapes import Json, JsonObject

_SUBSTITUTIONS = re.compile(r"\$\{(!?)([^}]*)\}")
_MAX_DEPTH = 50
_DEFAULT_ZONES = 3
_MAP_KEYS = 3  # the mapping, the top-level key and the second-level key
_STORED_PARAMETER = "AWS::SSM::Parameter::Value"
_DYNAMIC_REFERENCE = "{{resolve:"
_LONGEST_CAUSE = 80
_MOST_BLOCKS = 256


class TemplateValues:
    """Evaluates the expressions of a template.

    Attributes:
        parameters, conditions, mappings, resources: the sections of the template.
        given: parameter or pseudo parameter → its value: the user's, or a decision.
        region: the Region, or None where it is not known.
        open_conditions: the conditions that were asked for and are not determined, each with the cause.
        open_parameters: the parameters that were asked for and have no value, of those whose values are limited.
    """

    def __init__(
        self,
        template: JsonObject,
        given: Mapping[str, str],
        region: str | None,
        decided: Mapping[str, bool] | None = None,
        exports: Mapping[str, Json] | None = None,
    ) -> None:
        """Take a template.

        Args:
            template: the template.
            given: parameter → its value.
            region: the Region, or None.
            decided: condition → whether it holds, for conditions that the template does not determine.
            exports: export → its value, of other stacks.
        """
        self.parameters = _get_section(template, "Parameters")
        self.conditions = _get_section(template, "Conditions")
        self.mappings = _get_section(template, "Mappings")
        self.resources = _get_section(template, "Resources")
        self.given = given
        self.region = region
        self.open_conditions: dict[str, str] = {}
        self.open_parameters: dict[str, list[str]] = {}
        self._exports = exports or EMPTY
        self._conditions: dict[str, bool | Undetermined] = dict(decided or {})
        self._depth = 0

    def evaluate_expression(self, node: Json) -> Json:
        """Return the value of an expression; ``Undetermined``, itself or in lists and mappings, where there is none.

        Raises:
            ShapeError: a function has other arguments than CloudFormation prescribes.
        """
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                return Undetermined("an expression nested too deep")
            return self._evaluate_node(node)
        finally:
            self._depth -= 1

    def evaluate_properties(self, resource: JsonObject) -> JsonObject:
        """Return the properties of a resource; none where the template does not determine them.

        Raises:
            ShapeError: as ``evaluate_expression``.
        """
        properties = self.evaluate_expression(resource.get("Properties") or {})
        return properties if isinstance(properties, dict) else EMPTY

    def _evaluate_node(self, node: Json) -> Json:
        """Return the value of a list, a mapping, a function or a constant."""
        if isinstance(node, list):
            return self._evaluate_list(node)
        if isinstance(node, dict):
            return self._evaluate_mapping(node)
        if isinstance(node, str) and _DYNAMIC_REFERENCE in node:
            return Undetermined(f"the dynamic reference {node[:_LONGEST_CAUSE]}", text=node)
        return node

    def _evaluate_list(self, node: Sequence[Json]) -> Json:
        """Return the values of a list; of one that an element may be missing from, or several, all is open."""
        values = [value for value in map(self.evaluate_expression, node) if value is not NO_VALUE]
        return next((v for v in values if isinstance(v, Undetermined) and not v.is_element), values)

    def _evaluate_mapping(self, node: JsonObject) -> Json:
        """Return the value of a function, or the values of a mapping."""
        if len(node) == 1:
            ((name, argument),) = node.items()
            function = _FUNCTIONS.get(str(name))
            if function is not None:
                return identify_expression(function(self, argument), str(name), node)
            if str(name).startswith("Fn::"):
                return Undetermined(f"the function {name}")
        pairs = ((key, self.evaluate_expression(value)) for key, value in node.items())
        return {key: value for key, value in pairs if value is not NO_VALUE}

    def resolve_ref(self, name: str) -> Json:
        """Return the value of a parameter, the name of a resource, or the value of a pseudo parameter."""
        if name in self.parameters:
            return self._resolve_parameter(name)
        if name in self.resources:
            return name
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.given:
            return self.given[name]
        value = find_pseudo_parameter(name, self.region)
        return Undetermined(name) if value is None else value

    def _resolve_parameter(self, name: str) -> Json:
        """Return the value of a parameter: the user's, or the default."""
        parameter = self.parameters[name]
        definition = parameter if isinstance(parameter, dict) else EMPTY
        type_ = str(definition.get("Type", ""))
        value = self.given.get(name, definition.get("Default"))
        if value is None or (type_.startswith(_STORED_PARAMETER) and name not in self.given):
            allowed = list_allowed_values(definition)
            if allowed:
                self.open_parameters[name] = allowed
            return Undetermined(f"parameter {name}")
        if type_.startswith(LIST_TYPES) or "<List<" in type_:
            return [part.strip() for part in str(value).split(",") if part.strip()]
        return value

    # ------------------------------------------------------------ conditions
    def evaluate_condition(self, name: str) -> bool | Undetermined:
        """Return whether a condition holds, or what would determine it."""
        if name not in self._conditions:
            self._conditions[name] = Undetermined(f"condition {name}")  # the result of a circular condition
            if name in self.conditions:
                self._conditions[name] = self._evaluate_truth(self.conditions[name])
        holds = self._conditions[name]
        if isinstance(holds, Undetermined):
            self.open_conditions[name] = holds.cause
        return holds

    def _evaluate_truth(self, node: Json) -> bool | Undetermined:
        """Return whether an expression is true, or what would determine it."""
        value = self.evaluate_expression(node)
        if value is None:
            return Undetermined("an empty condition")
        if isinstance(value, bool | Undetermined):
            return value
        return str(value).lower() == "true"

    def evaluate_equals(self, argument: Json) -> bool | Undetermined:
        """Evaluate Fn::Equals."""
        first, second = map(self.evaluate_expression, take_arguments("Fn::Equals", argument, 2))
        if isinstance(first, Undetermined):
            return first
        if isinstance(second, Undetermined):
            return second
        return to_template_text(first) == to_template_text(second)

    def evaluate_and(self, argument: Json) -> bool | Undetermined:
        """Evaluate Fn::And."""
        values = [self._evaluate_truth(part) for part in take_arguments("Fn::And", argument)]
        if False in values:
            return False
        return next((value for value in values if isinstance(value, Undetermined)), True)

    def evaluate_or(self, argument: Json) -> bool | Undetermined:
        """Evaluate Fn::Or."""
        values = [self._evaluate_truth(part) for part in take_arguments("Fn::Or", argument)]
        if True in values:
            return True
        return next((value for value in values if isinstance(value, Undetermined)), False)

    def evaluate_not(self, argument: Json) -> bool | Undetermined:
        """Evaluate Fn::Not."""
        node = take_arguments("Fn::Not", argument, 1)[0] if isinstance(argument, list) else argument
        value = self._evaluate_truth(node)
        return value if isinstance(value, Undetermined) else not value

    def evaluate_if(self, argument: Json) -> Json:
        """Evaluate Fn::If; where the condition is not determined, both values may still be equal."""
        name, if_true, if_false = take_arguments("Fn::If", argument, 3)
        holds = self.evaluate_condition(str(name))
        if not isinstance(holds, Undetermined):
            return self.evaluate_expression(if_true if holds else if_false)
        values = [self.evaluate_expression(if_true), self.evaluate_expression(if_false)]
        if values[0] == values[1]:
            return values[0]
        is_element = not any(value is NO_VALUE or isinstance(value, list) for value in values)
        return Undetermined(holds.cause, is_element=is_element)

    # ------------------------------------------------------------ values
    def evaluate_get_att(self, argument: Json) -> Json:
        """Evaluate Fn::GetAtt: the allocation of an address, the id or the ARN of a resource are its name."""
        if isinstance(argument, str):
            parts: list[Json] = list(argument.split(".", 1))
        else:
            parts = [self.evaluate_expression(part) for part in take_arguments("Fn::GetAtt", argument)]
        name = str(parts[0]) if parts else ""
        attribute = str(parts[1]) if len(parts) > 1 else ""
        resource = self.resources.get(name)
        type_ = str(resource.get("Type", "")).rpartition("::")[2] if isinstance(resource, dict) else ""
        is_identity = attribute in ("AllocationId", "Id", f"{type_}Id") or attribute.endswith("Arn")
        if name in self.resources and is_identity:
            return name
        return Undetermined(f"{name}.{attribute}")

    def evaluate_sub(self, argument: Json) -> Json:
        """Evaluate Fn::Sub; with a variable that is not determined, the text is not determined either."""
        text, variables = argument, EMPTY
        if isinstance(argument, list):
            text, mapping = take_arguments("Fn::Sub", argument, 2)
            if not isinstance(mapping, dict):
                raise ShapeError("Fn::Sub", "has a second argument that is not a mapping")
            variables = mapping

        values: dict[str, Json] = {}  # each variable is evaluated once, however often it appears

        def substitute(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name not in values:
                default: Json = {"Fn::GetAtt": name} if "." in name else {"Ref": name}
                values[name] = self.evaluate_expression(variables.get(name, default))
            return to_template_text(values[name])

        result = limit_length("Fn::Sub", _SUBSTITUTIONS.sub(substitute, str(text)))
        open_part = next((value for value in values.values() if isinstance(value, Undetermined)), None)
        return result if open_part is None else Undetermined(open_part.cause, text=result)

    def evaluate_join(self, argument: Json) -> Json:
        """Evaluate Fn::Join."""
        separator, parts = take_arguments("Fn::Join", argument, 2)
        values = self.evaluate_expression(parts)
        if isinstance(values, Undetermined):
            return values
        elements = take_list_argument("Fn::Join", values)
        result = limit_length("Fn::Join", str(separator).join(map(to_template_text, elements)))
        open_part = next((element for element in elements if isinstance(element, Undetermined)), None)
        return result if open_part is None else Undetermined(open_part.cause, text=result)

    def evaluate_split(self, argument: Json) -> Json:
        """Evaluate Fn::Split."""
        separator, node = take_arguments("Fn::Split", argument, 2)
        text = self.evaluate_expression(node)
        if isinstance(text, Undetermined):
            return text
        return list(str(text).split(str(separator)))

    def evaluate_select(self, argument: Json) -> Json:
        """Evaluate Fn::Select; of a list that is not determined, the cause names the element."""
        number, values = map(self.evaluate_expression, take_arguments("Fn::Select", argument, 2))
        if isinstance(values, Undetermined):
            return Undetermined(f"{values.cause}[{number}]")
        if isinstance(number, Undetermined):
            return Undetermined(f"a list[{number}]")
        elements = take_list_argument("Fn::Select", values)
        position = take_whole_number("Fn::Select", number)
        if 0 <= position < len(elements):
            return elements[position]
        return Undetermined(f"part {number} of {len(elements)}")

    def evaluate_get_azs(self, argument: Json) -> Json:
        """Evaluate Fn::GetAZs: the zones of a Region; of an unknown Region as many as most Regions have."""
        region = self.evaluate_expression(argument) or self.region
        known = self.region if not region or isinstance(region, Undetermined) else str(region)
        number = load_zone_counts().get(known or "", _DEFAULT_ZONES)
        prefix = known or "${AWS::Region}"
        return [f"{prefix}{chr(ord('a') + n)}" for n in range(number)]

    def evaluate_find_in_map(self, argument: Json) -> Json:
        """Evaluate Fn::FindInMap, with the default value of the language extension."""
        arguments = take_arguments("Fn::FindInMap", argument)
        keys = [self.evaluate_expression(key) for key in arguments[:_MAP_KEYS]]
        for key in keys:
            if isinstance(key, Undetermined):
                return key
        value: Json = self.mappings
        for key in keys:
            value = value.get(to_template_text(key)) if isinstance(value, dict) else None
        if value is not None:  # a mapping contains constants only: CloudFormation allows no functions in it
            return self.evaluate_expression(value) if isinstance(value, str) else value
        options = arguments[_MAP_KEYS] if len(arguments) > _MAP_KEYS else None
        if isinstance(options, dict):
            return self.evaluate_expression(options.get("DefaultValue"))
        return Undetermined(f"mapping {'.'.join(map(to_template_text, keys))}")

    def evaluate_cidr(self, argument: Json) -> Json:
        """Evaluate Fn::Cidr: the right number of blocks, whose addresses do not matter here."""
        arguments = take_arguments("Fn::Cidr", argument)
        number = self.evaluate_expression(arguments[1] if len(arguments) > 1 else None)
        if isinstance(number, Undetermined):
            return number
        count = take_whole_number("Fn::Cidr", number)
        if not 1 <= count <= _MOST_BLOCKS:
            raise ShapeError("Fn::Cidr", f"has the count {count:,}; CloudFormation allows 1 to {_MOST_BLOCKS}")
        return [str(Undetermined(f"block {n}")) for n in range(count)]

    def evaluate_length(self, argument: Json) -> Json:
        """Evaluate Fn::Length."""
        values = self.evaluate_expression(argument)
        return values if isinstance(values, Undetermined) else len(take_list_argument("Fn::Length", values))

    def evaluate_import(self, argument: Json) -> Json:
        """Evaluate Fn::ImportValue: a value that another stack exports."""
        name = self.evaluate_expression(argument)
        if not isinstance(name, Undetermined) and to_template_text(name) in self._exports:
            return self._exports[to_template_text(name)]
        return Undetermined(f"export {to_template_text(name)}")


_FUNCTIONS: dict[str, Callable[[TemplateValues, Json], Json]] = {
    "Ref": lambda values, name: values.resolve_ref(str(name)),
    "Condition": lambda values, name: values.evaluate_condition(str(name)),
    "Fn::Equals": TemplateValues.evaluate_equals,
    "Fn::And": TemplateValues.evaluate_and,
    "Fn::Or": TemplateValues.evaluate_or,
    "Fn::Not": TemplateValues.evaluate_not,
    "Fn::If": TemplateValues.evaluate_if,
    "Fn::GetAtt": TemplateValues.evaluate_get_att,
    "Fn::Sub": TemplateValues.evaluate_sub,
    "Fn::Join": TemplateValues.evaluate_join,
    "Fn::Split": TemplateValues.evaluate_split,
    "Fn::Select": TemplateValues.evaluate_select,
    "Fn::GetAZs": TemplateValues.evaluate_get_azs,
    "Fn::FindInMap": TemplateValues.evaluate_find_in_map,
    "Fn::Cidr": TemplateValues.evaluate_cidr,
    "Fn::Length": TemplateValues.evaluate_length,
    "Fn::Base64": TemplateValues.evaluate_expression,
    "Fn::ImportValue": TemplateValues.evaluate_import,
}
"""The intrinsic function's name → its evaluation."""


def _get_section(template: JsonObject, name: str) -> JsonObject:
    """Return a section of a template; an empty one where it is absent."""
    section = template.get(name)
    return section if isinstance(section, dict) else EMPTY
