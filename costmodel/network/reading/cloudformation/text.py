"""A template's text: JSON, or YAML with CloudFormation's short tags (!Ref, !Sub, !GetAtt …)."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from costmodel.core.errors import InputError, format_foreign_error
from costmodel.documents.document import Document, parse_document

_TYPE = re.compile(r"""\bType["']?\s*:\s*["']?\w+::\w+""")
_MOST_NODES = 1_000_000  # a template has at most 1 MB
_RESOURCES = re.compile(r"""^["']?Resources["']?\s*:""", re.MULTILINE)


def is_template_text(text: str) -> bool:
    """Tell whether YAML may be a template: it has resources at the left, of types such as AWS::EC2::VPC."""
    return text.lstrip()[:1] != "{" and bool(_RESOURCES.search(text) and _TYPE.search(text))


def is_template(value: object) -> bool:
    """Tell whether a parsed file is a template: it has Resources with types such as AWS::EC2::VPC, or loops."""
    if not isinstance(value, dict) or not isinstance(value.get("Resources"), dict):
        return False
    if "AWSTemplateFormatVersion" in value or any(str(key).startswith("Fn::") for key in value["Resources"]):
        return True
    types = [r.get("Type") for r in value["Resources"].values() if isinstance(r, dict)]
    return any(isinstance(t, str) and "::" in t for t in types)


def is_change_set(value: object) -> bool:
    """Tell whether a parsed file is a change set, as ``describe-change-set`` prints it."""
    if not isinstance(value, dict) or not isinstance(value.get("Changes"), list):
        return False
    return "ChangeSetName" in value or any(
        isinstance(change, dict) and isinstance(change.get("ResourceChange"), dict) for change in value["Changes"]
    )


def extract_template(document: Document) -> Document:
    """Return the template in what ``aws cloudformation get-template`` prints; any other document as it is."""
    body = document.value.get("TemplateBody") if isinstance(document.value, dict) else None
    if isinstance(body, dict):
        return Document(body, document.name, "")
    if isinstance(body, str) and body.strip():
        return parse_template(body, document.name) if is_template_text(body) else parse_document(body, document.name)
    return document


def parse_template(text: str, name: str) -> Document:
    """Parse a template in YAML; short tags become what they represent, as JSON writes them.

    Raises:
        InputError: it is not YAML, a key appears twice, or its aliases make it larger than any template; the message
            names the line.
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
    if _count_nodes(value) > _MOST_NODES:
        message = f"{name}: the aliases of this CloudFormation template make it larger than any template can be."
        raise InputError(message)
    return Document(value, name, text)


def _count_nodes(root: object) -> float:
    """Return how many nodes a value has once its aliases are written out; infinity for one that contains itself."""
    sizes: dict[int, float] = {}
    stack: list[tuple[object, bool]] = [(root, False)]
    while stack:
        node, is_done = stack.pop()
        children = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
        if is_done:
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
        elif id(node) not in sizes:
            sizes[id(node)] = math.inf  # what meets it again before it is done contains it
            stack.append((node, True))
            stack += [(child, False) for child in children]
    return sizes[id(root)]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # one of two classes
    """Reads short tags, and dates as the text that they are written as; refuses a key that appears twice."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Return a mapping.

        Raises:
            yaml.constructor.ConstructorError: a key appears twice.
        """
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"the key {str(key.value)!r} appears twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


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
