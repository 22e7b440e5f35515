"""The values of a template's parameters, checked as CloudFormation checks them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError, Remedy, format_suggestion
from costmodel.network.reading.json_shapes import EMPTY
from costmodel.pricing.reading.regions import load_partitions
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.network.reading.json_shapes import Json, JsonObject

PSEUDO_PARAMETERS = ("AWS::AccountId", "AWS::StackName", "AWS::StackId", "AWS::Partition", "AWS::URLSuffix")
"""The pseudo parameters that a user may set; AWS::Region is the setting ``region``."""
_PREFIX, _CONDITION_PREFIX = "parameter.", "condition."
_NUMBER = "Number"
LIST_TYPES = ("CommaDelimitedList", "List<")
"""How the types of parameters begin whose value is a list, separated by commas."""
_LONGEST_PATTERN = 1000


def find_pseudo_parameter(name: str, region: str | None) -> str | None:
    """Return the value of a pseudo parameter that follows from the Region; None if it does not."""
    partition = load_partitions().get(region or "")
    values = {
        "AWS::Region": region,
        "AWS::Partition": partition,
        "AWS::URLSuffix": _load_url_suffixes().get(partition or ""),
    }
    return values.get(name)


@cache
def _load_url_suffixes() -> dict[str, str]:
    """Return partition → the suffix of its addresses."""
    return {row["partition"]: row["url_suffix"] for row in read_data_table("catalogue", "url_suffixes.csv")}


def take_parameters(template: JsonObject, settings: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the parameters that settings give, once they are known to be valid.

    Args:
        template: the template.
        settings: ``parameter.NAME`` → value, among others.
        name: the file, for errors.

    Raises:
        InputError: the template has no such parameter, or CloudFormation would refuse the value.
    """
    section = template.get("Parameters")
    parameters: Mapping[str, Json] = section if isinstance(section, dict) else EMPTY
    given = {key.removeprefix(_PREFIX): value for key, value in settings.items() if key.startswith(_PREFIX)}
    for parameter, value in given.items():
        definition = parameters.get(parameter)
        if definition is None and parameter not in PSEUDO_PARAMETERS:
            suggestion = format_suggestion(parameter, [*parameters, *PSEUDO_PARAMETERS])
            raise InputError(f"{name} has no parameter {parameter!r}.{suggestion}")
        problem = _find_problem(definition if isinstance(definition, dict) else EMPTY, value)
        if problem:
            where = f"{_PREFIX}{parameter}={value}"
            raise InputError(
                f"the parameter {parameter} {problem[0]}", where=where, remedy=Remedy.from_text(problem[1])
            )
    return {key: _normalize_number(parameters.get(key), value) for key, value in given.items()}


def take_conditions(template: JsonObject, settings: Mapping[str, str], name: str) -> dict[str, bool]:
    """Return the conditions that settings decide: ``condition.NAME`` → whether it holds.

    Raises:
        InputError: the template has no such condition, or the value is neither true nor false.
    """
    section = template.get("Conditions")
    conditions: Mapping[str, Json] = section if isinstance(section, dict) else EMPTY
    out: dict[str, bool] = {}
    for key, value in settings.items():
        if not key.startswith(_CONDITION_PREFIX):
            continue
        condition = key.removeprefix(_CONDITION_PREFIX)
        if condition not in conditions:
            suggestion = format_suggestion(condition, conditions)
            raise InputError(f"--set {key}: {name} has no such condition.{suggestion}")
        if value.lower() not in ("true", "false"):
            raise InputError("a condition is true or false.", where=f"--set {key}={value}")
        out[condition] = value.lower() == "true"
    return out


def list_allowed_values(definition: Json) -> list[str]:
    """Return the values that a parameter may have; none where the template does not limit them."""
    allowed = definition.get("AllowedValues") if isinstance(definition, dict) else None
    return [_to_parameter_text(value) for value in allowed] if isinstance(allowed, list) else []


def _find_problem(definition: JsonObject, value: str) -> tuple[str, str] | None:
    """Return why CloudFormation would refuse a value, and what to do; None if it would not."""
    type_ = str(definition.get("Type"))
    if type_.startswith(LIST_TYPES):
        element = {**definition, "Type": _NUMBER if type_ == f"List<{_NUMBER}>" else "String"}
        return next(filter(None, (_find_problem(element, part.strip()) for part in value.split(","))), None)
    allowed = list_allowed_values(definition)
    if allowed and value not in allowed:
        return "does not allow this value.", f"Allowed values: {', '.join(allowed)}.{format_suggestion(value, allowed)}"
    return _find_number_problem(definition, value) if type_ == _NUMBER else _find_text_problem(definition, value)


def _find_text_problem(definition: JsonObject, value: str) -> tuple[str, str] | None:
    shortest, longest = _read_limit(definition, "MinLength"), _read_limit(definition, "MaxLength")
    if shortest is not None and len(value) < shortest:
        return f"needs at least {shortest} characters.", f"This value has {len(value)}."
    if longest is not None and len(value) > longest:
        return f"takes at most {longest} characters.", f"This value has {len(value)}."
    pattern = definition.get("AllowedPattern")
    if isinstance(pattern, str) and len(pattern) <= _LONGEST_PATTERN and not _is_match(pattern, value):
        described = definition.get("ConstraintDescription")
        return f"does not match the pattern {pattern}.", str(described) if described else "Pass a value that matches."
    return None


def _find_number_problem(definition: JsonObject, value: str) -> tuple[str, str] | None:
    number = _parse_number(value)
    if number is None:
        return "must be a number.", "Pass a number, such as 2."
    least, most = _read_limit(definition, "MinValue"), _read_limit(definition, "MaxValue")
    if least is not None and number < least:
        return f"must be at least {least}.", "Pass a larger number."
    if most is not None and number > most:
        return f"must be at most {most}.", "Pass a smaller number."
    return None


def _is_match(pattern: str, value: str) -> bool:
    """Tell whether a value matches a pattern; a pattern that Python cannot read matches everything."""
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True


def _read_limit(definition: JsonObject, key: str) -> Decimal | None:
    limit = definition.get(key)
    return None if limit is None else _parse_number(str(limit))


def _parse_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _normalize_number(definition: Json, value: str) -> str:
    """Return a number in its shortest form, so that 2.0 equals 2; other values stay as they are."""
    is_number = isinstance(definition, dict) and definition.get("Type") == _NUMBER
    number = _parse_number(value) if is_number else None
    if number is None or abs(number.adjusted()) > len(value):
        return value
    return f"{number.normalize():f}"


def _to_parameter_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
