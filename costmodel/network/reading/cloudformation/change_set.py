"""A change set of CloudFormation: the resources that it changes, before and after.

``aws cloudformation describe-change-set --include-property-values`` prints the properties of each resource as text in
``BeforeContext`` and ``AfterContext``. A value that is known after the change only has a placeholder.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from costmodel.core.open_items import EXISTENCE, TYPE
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut
from costmodel.network.reading.cloudformation.read import read_template, report_template_errors
from costmodel.network.reading.json_shapes import EMPTY, take_object, take_objects, take_text
from costmodel.network.reading.resource_types import NO_CHARGE, list_resource_types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.network.reading.estate import Estate
    from costmodel.network.reading.json_shapes import Json, JsonObject

HOW = "Print it with: aws cloudformation describe-change-set --include-property-values --change-set-name NAME"
_PLACEHOLDER = "{{changeSet:KNOWN_AFTER_APPLY}}"
_STACK_REGION = re.compile(r"arn:[\w-]+:cloudformation:([\w-]+):")
_NOTE = "A change set lists the resources that it changes; the other resources of the stack are not in the total."


def read_change_set(document: Document, settings: Mapping[str, str], *, before: bool = False) -> Estate:
    """Return the estate of the resources that a change set changes.

    Args:
        document: the change set.
        settings: ``region``; by default, the Region of the stack's ARN.
        before: whether to return them as they are, and not as the change set makes them.

    Raises:
        InputError: it is one page of several.
        RegionUnsaidError: the Region is not known.
    """
    content: JsonObject = document.value
    if content.get("NextToken"):
        raise document.make_error("this is one page of a change set; more pages follow.", "NextToken", remedy=HOW)
    with report_template_errors(document.name):
        changes = _Changes(content, before=before)
    found = _STACK_REGION.match(str(content.get("StackId")))
    given = {"region": found.group(1)} if found else {}
    template = {"Parameters": changes.parameters, "Resources": changes.resources}
    estate = read_template(Document(template, document.name, ""), {**given, **settings})
    return replace(estate, left_out=[*estate.left_out, *changes.left_out], notes=[_NOTE, *estate.notes])


class _Changes:
    """The changes of a change set, as the sections of a template.

    Attributes:
        resources: the resources whose properties are known.
        parameters: a parameter without a value for each value that is known after the change only.
        left_out: the other resources that are billed.
    """

    def __init__(self, content: JsonObject, *, before: bool) -> None:
        self.resources: dict[str, Json] = {}
        self.parameters: dict[str, Json] = {}
        self.left_out: list[LeftOut] = []
        self._context = "BeforeContext" if before else "AfterContext"
        absent = "Add" if before else "Remove"
        for item in take_objects(content, "Changes"):
            change = take_object(item, "ResourceChange")
            if change and take_text(change, "Action") != absent:
                self._add(change)

    def _add(self, change: JsonObject) -> None:
        name, type_ = take_text(change, "LogicalResourceId"), take_text(change, "ResourceType")
        action = take_text(change, "Action")
        context = "AfterContext" if action == "Import" else self._context  # what is imported exists, and is billed
        properties = _parse_context(change, context)
        if action == "Dynamic":
            why = "whether it is changed depends on other resources of the stack"
            self.left_out.append(LeftOut(name, type_, why, EXISTENCE))
        elif properties is not None:
            values = _replace_placeholders(properties, name, self.parameters)
            self.resources[name] = {"Type": type_, "Properties": values}
        elif type_ in _list_billed_types():
            self.left_out.append(LeftOut(name, type_, "the change set does not contain its properties", TYPE, HOW))


@cache
def _list_billed_types() -> frozenset[str]:
    """Return the CloudFormation types that are billed as networking."""
    return frozenset(
        name for type_ in list_resource_types() if type_.charge != NO_CHARGE for name in type_.cloudformation
    )


def _parse_context(change: JsonObject, key: str) -> JsonObject | None:
    """Return a resource's properties before or after the change; None if the change set does not contain them."""
    text = change.get(key)
    if not isinstance(text, str):
        return None
    try:
        content = json.loads(text)
    except ValueError:
        return None
    properties = content.get("Properties", EMPTY) if isinstance(content, dict) else None
    return properties if isinstance(properties, dict) else None


def _replace_placeholders(value: Json, path: str, parameters: dict[str, Json]) -> Json:
    """Return properties in which each value that is known after the change only is a parameter without a value."""
    if isinstance(value, dict):
        return {key: _replace_placeholders(inner, f"{path}.{key}", parameters) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replace_placeholders(inner, f"{path}[{i}]", parameters) for i, inner in enumerate(value)]
    if value == _PLACEHOLDER:
        parameters[path] = {"Type": "String"}
        return {"Ref": path}
    return value
