"""The values of a template's expressions: parameters, conditions, mappings, and what is not determined."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from costmodel.network.reading.cloudformation.parameters import list_allowed_values
from costmodel.network.reading.json_shapes import EMPTY, ShapeError
from costmodel.pricing.reading.regions import load_partitions, load_zone_counts
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from costmodel.network.reading.json_shapes import Json, JsonObject

_SUBSTITUTIONS = re.compile(r"\$\{(!?)([^}]*)\}")
_LIST_TYPES = ("CommaDelimitedList", "List<")
_MAX_DEPTH = 50
_DEFAULT_ZONES = 3
_MAP_KEYS = 3  # the mapping, the top-level key and the second-level key
_STORED_PARAMETER = "AWS::SSM::Parameter::Value"
_DYNAMIC_REFERENCE = "{{resolve:"
_LONGEST_CAUSE = 80
_LONGEST_TEXT = 1_000_000  # characters; CloudFormation takes templates of at most 1 MB
_MOST_BLOCKS = 256


class Undetermined(NamedTuple):
    """A value that the template does not determine.

    Attributes:
        cause: what would determine it.
        identity: distinguishes expressions that the same cause leaves open; "" for the cause itself.
        text: the value with a placeholder for each open part, where it is a text of which parts are known.
    """

    cause: str
    identity: str = ""
    text: str = ""

    def __str__(self) -> str:
        """Return a placeholder, the same for the same expression."""
        return self.text or f"${{{self.cause}{self.identity and f'#{self.identity}'}}}"


NO_VALUE = Undetermined("AWS::NoValue")


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
            return [value for value in map(self.evaluate_expression, node) if value is not NO_VALUE]
        if isinstance(node, str) and _DYNAMIC_REFERENCE in node:
            return Undetermined(f"the dynamic reference {node[:_LONGEST_CAUSE]}", text=node)
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            function = _FUNCTIONS.get(str(name))
            if function is not None:
                return _identify_expression(function(self, argument), str(name), node)
            if str(name).startswith("Fn::"):
                return Undetermined(f"the function {name}")
        values = {key: self.evaluate_expression(value) for key, value in node.items()}
        return {key: value for key, value in values.items() if value is not NO_VALUE}

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
        partition = load_partitions().get(self.region or "")
        pseudo_parameters: dict[str, Json] = {
            "AWS::Region": self.region,
            "AWS::Partition": partition,
            "AWS::URLSuffix": _load_url_suffixes().get(partition or ""),
        }
        value = pseudo_parameters.get(name)
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
        if type_.startswith(_LIST_TYPES) or "<List<" in type_:
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
        first, second = map(self.evaluate_expression, _take_arguments("Fn::Equals", argument, 2))
        if isinstance(first, Undetermined):
            return first
        if isinstance(second, Undetermined):
            return second
        return _to_text(first) == _to_text(second)

    def evaluate_and(self, argument: Json) -> bool | Undetermined:
        """Evaluate Fn::And."""
        values = [self._evaluate_truth(part) for part in _take_arguments("Fn::And", argument)]
        if False in values:
            return False
        return next((value for value in values if isinstance(value, Undetermined)), True)

    def evaluate_or(self, argument: Json) -> bool | Undetermined:
        """Evaluate Fn::Or."""
        values = [self._evaluate_truth(part) for part in _take_arguments("Fn::Or", argument)]
        if True in values:
            return True
        return next((value for value in values if isinstance(value, Undetermined)), False)

    def evaluate_not(self, argument: Json) -> bool | Undetermined:
        """Evaluate Fn::Not."""
        node = _take_arguments("Fn::Not", argument, 1)[0] if isinstance(argument, list) else argument
        value = self._evaluate_truth(node)
        return value if isinstance(value, Undetermined) else not value

    def evaluate_if(self, argument: Json) -> Json:
        """Evaluate Fn::If; where the condition is not determined, both values may still be equal."""
        name, if_true, if_false = _take_arguments("Fn::If", argument, 3)
        holds = self.evaluate_condition(str(name))
        if isinstance(holds, Undetermined):
            value = self.evaluate_expression(if_true)
            return value if value == self.evaluate_expression(if_false) else holds
        return self.evaluate_expression(if_true if holds else if_false)

    # ------------------------------------------------------------ values
    def evaluate_get_att(self, argument: Json) -> Json:
        """Evaluate Fn::GetAtt: the allocation of an address, the id or the ARN of a resource are its name."""
        if isinstance(argument, str):
            parts: list[Json] = list(argument.split(".", 1))
        else:
            parts = [self.evaluate_expression(part) for part in _take_arguments("Fn::GetAtt", argument)]
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
            text, mapping = _take_arguments("Fn::Sub", argument, 2)
            if not isinstance(mapping, dict):
                raise ShapeError("Fn::Sub", "has a second argument that is not a mapping")
            variables = mapping

        def substitute(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            default: Json = {"Fn::GetAtt": name} if "." in name else {"Ref": name}
            value = self.evaluate_expression(variables.get(name, default))
            if isinstance(value, Undetermined):
                open_parts.append(value)
            return _to_text(value)

        open_parts: list[Undetermined] = []
        result = _limit_length("Fn::Sub", _SUBSTITUTIONS.sub(substitute, str(text)))
        return Undetermined(open_parts[0].cause, text=result) if open_parts else result

    def evaluate_join(self, argument: Json) -> Json:
        """Evaluate Fn::Join."""
        separator, parts = _take_arguments("Fn::Join", argument, 2)
        values = self.evaluate_expression(parts)
        if isinstance(values, Undetermined):
            return values
        elements = _take_list("Fn::Join", values)
        result = _limit_length("Fn::Join", str(separator).join(map(_to_text, elements)))
        open_part = next((element for element in elements if isinstance(element, Undetermined)), None)
        return result if open_part is None else Undetermined(open_part.cause, text=result)

    def evaluate_split(self, argument: Json) -> Json:
        """Evaluate Fn::Split."""
        separator, node = _take_arguments("Fn::Split", argument, 2)
        text = self.evaluate_expression(node)
        if isinstance(text, Undetermined):
            return text
        return list(str(text).split(str(separator)))

    def evaluate_select(self, argument: Json) -> Json:
        """Evaluate Fn::Select; of a list that is not determined, the cause names the element."""
        number, values = map(self.evaluate_expression, _take_arguments("Fn::Select", argument, 2))
        if isinstance(values, Undetermined):
            return Undetermined(f"{values.cause}[{number}]")
        if isinstance(number, Undetermined):
            return Undetermined(f"a list[{number}]")
        elements = _take_list("Fn::Select", values)
        position = _take_whole_number("Fn::Select", number)
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
        arguments = _take_arguments("Fn::FindInMap", argument)
        keys = [self.evaluate_expression(key) for key in arguments[:_MAP_KEYS]]
        for key in keys:
            if isinstance(key, Undetermined):
                return key
        value: Json = self.mappings
        for key in keys:
            value = value.get(_to_text(key)) if isinstance(value, dict) else None
        if value is not None:
            return self.evaluate_expression(value)
        options = arguments[_MAP_KEYS] if len(arguments) > _MAP_KEYS else None
        if isinstance(options, dict):
            return self.evaluate_expression(options.get("DefaultValue"))
        return Undetermined(f"mapping {'.'.join(map(_to_text, keys))}")

    def evaluate_cidr(self, argument: Json) -> Json:
        """Evaluate Fn::Cidr: the right number of blocks, whose addresses do not matter here."""
        arguments = _take_arguments("Fn::Cidr", argument)
        number = self.evaluate_expression(arguments[1] if len(arguments) > 1 else None)
        if isinstance(number, Undetermined):
            return number
        count = _take_whole_number("Fn::Cidr", number)
        if not 1 <= count <= _MOST_BLOCKS:
            raise ShapeError("Fn::Cidr", f"has the count {count:,}; CloudFormation allows 1 to {_MOST_BLOCKS}")
        return [str(Undetermined(f"block {n}")) for n in range(count)]

    def evaluate_length(self, argument: Json) -> Json:
        """Evaluate Fn::Length."""
        values = self.evaluate_expression(argument)
        return values if isinstance(values, Undetermined) else len(_take_list("Fn::Length", values))

    def evaluate_import(self, argument: Json) -> Json:
        """Evaluate Fn::ImportValue: a value that another stack exports."""
        name = self.evaluate_expression(argument)
        if not isinstance(name, Undetermined) and _to_text(name) in self._exports:
            return self._exports[_to_text(name)]
        return Undetermined(f"export {_to_text(name)}")


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


@cache
def _load_url_suffixes() -> dict[str, str]:
    """Return partition → the suffix of its addresses."""
    return {row["partition"]: row["url_suffix"] for row in read_data_table("catalogue", "url_suffixes.csv")}


def _identify_expression(value: Json, function: str, node: Json) -> Json:
    """Return a value that is not determined with the identity of its expression: two equal ones are one value."""
    if not isinstance(value, Undetermined) or value is NO_VALUE or value.text or function in _NAMED_BY_CAUSE:
        return value
    text = json.dumps(node, sort_keys=True, default=str)
    return value._replace(identity=hashlib.sha256(text.encode()).hexdigest()[:8])


_NAMED_BY_CAUSE = ("Ref", "Condition", "Fn::GetAtt", "Fn::ImportValue", "Fn::Select")
"""Functions whose cause identifies the value."""


def _limit_length(function: str, text: str) -> str:
    """Return a text.

    Raises:
        ShapeError: the text is longer than any template.
    """
    if len(text) > _LONGEST_TEXT:
        raise ShapeError(function, f"makes a text of {len(text):,} characters")
    return text


def _get_section(template: JsonObject, name: str) -> JsonObject:
    """Return a section of a template; an empty one where it is absent."""
    section = template.get(name)
    return section if isinstance(section, dict) else EMPTY


def _take_arguments(function: str, argument: Json, number: int | None = None) -> list[Json]:
    """Return the list of a function's arguments.

    Raises:
        ShapeError: it is not a list, or not of the right length.
    """
    if not isinstance(argument, list):
        raise ShapeError(function, "has arguments that are not a list")
    if number is not None and len(argument) != number:
        raise ShapeError(function, f"has {len(argument)} arguments instead of {number}")
    return argument


def _take_list(function: str, value: Json) -> list[Json]:
    """Return an argument that is a list.

    Raises:
        ShapeError: it is not a list.
    """
    if not isinstance(value, list):
        raise ShapeError(function, "has an argument that is not a list")
    return value


def _take_whole_number(function: str, value: Json) -> int:
    """Return an argument that is a whole number, as a number or as text.

    Raises:
        ShapeError: it is not a whole number.
    """
    text = str(value)
    if not text.lstrip("-").isdecimal():
        raise ShapeError(function, f"has the argument {text[:40]!r}, which is not a whole number")
    return int(text)


def _to_text(value: Json) -> str:
    """Return a value as CloudFormation compares and joins it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
