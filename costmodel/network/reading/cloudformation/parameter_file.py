"""Files with the values of a template's parameters, in the forms that AWS's tools read.

The AWS CLI reads a list of ``ParameterKey`` and ``ParameterValue``, or a list of ``KEY=VALUE``; CodePipeline reads a
mapping under ``Parameters``; AWS SAM reads ``samconfig.toml``.
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-change-set.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError, format_input_value, format_short_list
from costmodel.documents.document import parse_document, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_FORMS = (
    "A parameter file is a list of ParameterKey and ParameterValue, a list of KEY=VALUE, a mapping (also under "
    "Parameters), or a samconfig.toml."
)
_DEFAULT_ENVIRONMENT = "default"
_ENVIRONMENT_MARK = "#"
_COMMANDS = ("deploy", "global")
"""The tables of an environment in samconfig.toml that have parameters of a stack, the more specific one first."""


@dataclass(frozen=True)
class ParameterFile:
    """The values of a template's parameters.

    Attributes:
        name: the file.
        values: parameter → its value, as CloudFormation takes it.
        previous: the parameters that keep the value of the deployed stack, which the file does not contain.
        region: the Region that the file names; None if it names none.
    """

    name: str
    values: dict[str, str] = field(default_factory=dict)
    previous: tuple[str, ...] = ()
    region: str | None = None

    def apply_to_settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return settings with the file's values; a setting takes precedence over the file.

        Raises:
            InputError: a parameter keeps a value that neither the file nor a setting contains.
        """
        values = {f"parameter.{name}": value for name, value in self.values.items()}
        region = {"region": self.region} if self.region else {}
        merged = {**region, **values, **settings}
        missing = [name for name in self.previous if f"parameter.{name}" not in merged]
        if missing:
            what = f"the stack keeps its value of {format_short_list(missing)}, which the file does not contain."
            raise InputError(what, where=self.name, remedy=f"Pass it with --set parameter.{missing[0]}=VALUE.")
        return merged


def read_parameter_file(source: str) -> ParameterFile:
    """Read a parameter file.

    Args:
        source: the file; ``samconfig.toml#ENVIRONMENT`` names an environment other than ``default``.

    Raises:
        InputError: the file cannot be read, or has none of the forms.
    """
    path, _, environment = source.partition(_ENVIRONMENT_MARK) if ".toml#" in source else (source, "", "")
    text, name = read_text(path)
    if path.endswith(".toml"):
        return _parse_sam_config(text, name, environment)
    value = parse_document(text, name).value
    if isinstance(value, list):
        return _parse_list(value, name)
    if not isinstance(value, dict):
        raise InputError("this is not a parameter file.", where=name, remedy=_FORMS)
    inner = value.get("Parameters", value)
    if isinstance(inner, list):
        return _parse_list(inner, name)
    if not isinstance(inner, dict):
        raise InputError("'Parameters' is neither a mapping nor a list.", where=name, remedy=_FORMS)
    return ParameterFile(name, {str(key): _to_text(value, str(key), name) for key, value in inner.items()})


def _parse_list(items: Iterable[object], name: str) -> ParameterFile:
    """Return the values of a list of ParameterKey and ParameterValue, or of KEY=VALUE."""
    values: dict[str, str] = {}
    previous: list[str] = []
    for item in items:
        if isinstance(item, str) and "=" in item:
            key, _, value = item.partition("=")
            values[key.strip()] = value
        elif isinstance(item, dict) and isinstance(item.get("ParameterKey"), str):
            key = item["ParameterKey"]
            if item.get("UsePreviousValue") in (True, "true"):
                previous.append(key)
            else:
                values[key] = _to_text(item.get("ParameterValue", item.get("ResolvedValue")), key, name)
        else:
            raise InputError(f"{format_input_value(item)} is not a parameter.", where=name, remedy=_FORMS)
    return ParameterFile(name, values, tuple(previous))


def _to_text(value: object, key: str, name: str) -> str:
    """Return a value as CloudFormation takes it: a list as text with commas.

    Raises:
        InputError: it is a mapping, or nothing.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(_to_text(element, key, name) for element in value)
    if value is None or isinstance(value, dict):
        what = f"the parameter {key!r} needs a text or a number, not {format_input_value(value)}."
        raise InputError(what, where=name)
    return str(value)


def _parse_sam_config(text: str, name: str, environment: str) -> ParameterFile:
    """Return the values of an environment of samconfig.toml."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML: {error}.", where=name) from None
    tables = _find_parameter_tables(content, name, environment)
    merged: dict[str, object] = {}
    for table in reversed(tables):
        merged |= table
    values = dict(_iterate_overrides(merged.get("parameter_overrides", ""), name))
    stack = merged.get("stack_name")
    if isinstance(stack, str):
        values.setdefault("AWS::StackName", stack)
    region = merged.get("region")
    return ParameterFile(name, values, (), region if isinstance(region, str) else None)


def _find_parameter_tables(content: Mapping[str, object], name: str, environment: str) -> list[dict[str, object]]:
    """Return the parameters of an environment's commands, the most specific first.

    Raises:
        InputError: there is no such environment.
    """
    environments = {key: table for key, table in content.items() if isinstance(table, dict)}
    chosen = environment or (next(iter(environments)) if len(environments) == 1 else _DEFAULT_ENVIRONMENT)
    if chosen not in environments:
        what = f"it has no environment {chosen!r}. It has {format_short_list(list(environments)) or 'none'}."
        raise InputError(what, where=name, remedy=f"Name one: {name}{_ENVIRONMENT_MARK}ENVIRONMENT.")
    commands = [environments[chosen].get(command) for command in _COMMANDS]
    tables = [command.get("parameters") for command in commands if isinstance(command, dict)]
    return [table for table in tables if isinstance(table, dict)]


def _iterate_overrides(overrides: object, name: str) -> Iterator[tuple[str, str]]:
    """Yield parameter and value of ``parameter_overrides``: a text of several, a list, or a table.

    Raises:
        InputError: a part is not ``KEY=VALUE``.
    """
    if isinstance(overrides, dict):
        yield from ((key, _to_text(value, key, name)) for key, value in overrides.items())
        return
    try:
        parts = shlex.split(overrides) if isinstance(overrides, str) else list(overrides)  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        raise InputError(f"parameter_overrides cannot be read: {error}.", where=name) from None
    for part in parts:
        key, equals, value = str(part).partition("=")
        if key == "ParameterKey" and ",ParameterValue=" in value:
            key, _, value = value.partition(",ParameterValue=")
        if not equals:
            raise InputError(f"{format_input_value(part)} is not KEY=VALUE.", where=name)
        yield key, value.strip('"')
