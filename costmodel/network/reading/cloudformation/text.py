"""A template's text: JSON, or YAML with CloudFormation's short tags (!Ref, !Sub, !GetAtt …)."""

from __future__ import annotations

import re
from typing import Any

import yaml

from costmodel.core.errors import InputError, format_foreign_error
from costmodel.documents.document import Document

_TYPE = re.compile(r"""\bType["']?\s*:\s*["']?\w+::\w+""")
_RESOURCES = re.compile(r"""^["']?Resources["']?\s*:""", re.MULTILINE)


def is_template_text(text: str) -> bool:
    """Tell whether YAML may be a template: it has resources at the left, of types such as AWS::EC2::VPC."""
    return text.lstrip()[:1] != "{" and bool(_RESOURCES.search(text) and _TYPE.search(text))


def is_template(value: object) -> bool:
    """Tell whether a parsed file is a template: it has Resources with types such as AWS::EC2::VPC."""
    if not isinstance(value, dict) or not isinstance(value.get("Resources"), dict):
        return False
    types = [r.get("Type") for r in value["Resources"].values() if isinstance(r, dict)]
    return any(isinstance(t, str) and "::" in t for t in types) or "AWSTemplateFormatVersion" in value


def parse_template(text: str, name: str) -> Document:
    """Parse a template in YAML; short tags become what they stand for, as JSON writes them.

    Raises:
        InputError: it is no YAML; the message names the line.
    """
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, with constructors of plain values
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or format_foreign_error(error)
        message = f"{name}{where}: this CloudFormation template is not valid YAML: {problem}."
        raise InputError(message) from None
    except RecursionError:
        message = f"{name}: this CloudFormation template is nested too deeply."
        raise InputError(message) from None
    return Document(value, name, text)


class _Loader(yaml.SafeLoader):
    """Reads short tags, and dates as the text that they are written as."""


def _expand_short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)  # type: ignore[arg-type] # the third sort of node
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _expand_short_tag)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))
