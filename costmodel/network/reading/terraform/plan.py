"""A Terraform plan: its resources with their addresses, and the configuration behind what is not known yet."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from costmodel.network.reading.json_shapes import (
    EMPTY,
    make_shape_error,
    take_list,
    take_object,
    take_objects,
    take_text,
)
from costmodel.network.reading.terraform.planned_resource import ADDED_LATER, PlannedResource, iterate_set_flags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from costmodel.documents.document import Document
    from costmodel.network.reading.json_shapes import Json, JsonObject

MODULE_STEP = re.compile(r"""module\.[^.\[]+(?:\["[^"]*"\]|\[\d+\])?""")
"""A step of a module address: ``module.NAME``, with its index."""
_MODULE_NAME = re.compile(r"module\.([^.\[]+)")
AFTER, BEFORE = "planned_values", "prior_state"


class _Pass(NamedTuple):
    """One pass through the resources of a file.

    Attributes:
        changes: address → its change.
        skipped: the addresses that are not read.
        unknown: the attributes that are known after apply, of a resource without a change; None is not known.
    """

    changes: Mapping[str, JsonObject]
    skipped: frozenset[str] = frozenset()
    unknown: JsonObject | None = None


@dataclass(eq=False)
class Plan:
    """A plan (or the state before it): its resources of the wanted types, by type.

    Attributes:
        document: the file.
        when: ``planned_values`` (after the plan is applied) or ``prior_state`` (before).
        wanted: the types to read.
        by_type: type → its resources.
        other_types: type → the number of its resources, for all other types.
        forgotten: address and type of each resource that Terraform stops managing, though the resource continues to
            exist, and is billed as before.
    """

    document: Document
    when: str
    wanted: frozenset[str]
    by_type: dict[str, list[PlannedResource]] = field(default_factory=dict)
    other_types: dict[str, int] = field(default_factory=dict)
    forgotten: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the resources: one pass through the file."""
        self.content: JsonObject = self.document.value
        self._instances: dict[tuple[str, str], list[PlannedResource]] = {}
        self._module_addresses: dict[tuple[str, str], dict[str, None]] = {}
        self._configurations: dict[tuple[str, ...], dict[str, JsonObject]] = {}
        changes = [c for c in take_list(self.content, "resource_changes") if isinstance(c, dict)]
        self.forgotten = [
            (take_text(change, "address"), take_text(change, "type"))
            for change in changes
            if "forget" in take_list(take_object(change, "change"), "actions")
            and take_text(change, "type") in self.wanted
        ]
        root = _find_root_module(self.content, self.when)
        if root is None and (self.when == AFTER or BEFORE not in self.content):
            self._read_changes(changes, "after" if self.when == AFTER else "before")
        else:
            by_address = {} if self.when == BEFORE else self._index_changes(changes)
            self._read_module(root or {}, "", (), _Pass(by_address))
        if self.when == AFTER:
            self._read_unchanged(changes)

    def __iter__(self) -> Iterator[PlannedResource]:
        """Iterate over the resources of the wanted types."""
        return (resource for resources in self.by_type.values() for resource in resources)

    def find_former_addresses(self) -> dict[str, str]:
        """Return address → the address of the same resource on this side of the plan; "" where it is removed or new."""
        former: dict[str, str] = {}
        for change in take_list(self.content, "resource_changes"):
            if not isinstance(change, dict) or "deposed" in change:
                continue
            address, previous = take_text(change, "address"), take_text(change, "previous_address")
            if previous:
                old, new = (previous, address) if self.when == AFTER else (address, previous)
                former[old] = new
            elif take_list(take_object(change, "change"), "actions") == ["delete"] and self.when == AFTER:
                former[address] = ""
        return former

    def get_resources(self, *types: str) -> list[PlannedResource]:
        """Return the resources of some types, type by type."""
        return [resource for type_ in types for resource in self.by_type.get(type_, ())]

    def get_instances(self, module: str, name: str) -> list[PlannedResource]:
        """Return the instances of ``TYPE.NAME`` in a module."""
        return self._instances.get((module, name), [])

    def get_module_addresses(self, parent: str, name: str) -> list[str]:
        """Return the addresses of a module's instances in its parent."""
        return list(self._module_addresses.get((parent, name), ()))

    # ------------------------------------------------------------ resources
    def _index_changes(self, changes: Sequence[JsonObject]) -> dict[str, JsonObject]:
        """Return the changes of wanted resources by address."""
        return {
            take_text(change, "address"): change
            for change in changes
            if take_text(change, "type") in self.wanted
            and change.get("mode") != "data"
            and "deposed" not in change
            and "address" in change
        }

    def _read_unchanged(self, changes: Sequence[JsonObject]) -> None:
        """Add what the plan does not change and does not list: it stays as it is in the state before the plan.

        A plan for some targets, one that failed, and one that only refreshes list a part of what exists. What
        Terraform forgets exists too.
        """
        forgotten = {address for address, _ in self.forgotten}
        changed = {take_text(change, key) for change in changes for key in ("address", "previous_address")} - forgotten
        listed = frozenset(changed | {resource.address for resource in self})
        self._read_module(_find_root_module(self.content, BEFORE) or {}, "", (), _Pass({}, listed, EMPTY))
        known = {resource.address for resource in self}
        rest = [change for change in changes if take_text(change, "address") in forgotten - known]
        self._read_changes(rest, "before")

    def _read_module(self, module: JsonObject, address: str, path: tuple[str, ...], pass_: _Pass) -> None:
        """Read the resources of a module and of the modules in it."""
        for node in take_objects(module, "resources", address or "root_module"):
            self._read_resource(node, address, path, pass_)
        for child in take_objects(module, "child_modules", address or "root_module"):
            child_address = take_text(child, "address", "child_modules")
            found = _MODULE_NAME.match(child_address[len(address) + 1 :] if address else child_address)
            name = found.group(1) if found else child_address
            self._module_addresses.setdefault((address, name), {})[child_address] = None
            self._read_module(child, child_address, (*path, name), pass_)

    def _read_resource(self, node: JsonObject, module: str, path: tuple[str, ...], pass_: _Pass) -> None:
        """Add a resource of a module, with what its change contains."""
        address, type_, name = (take_text(node, key) for key in ("address", "type", "name"))
        if node.get("mode") == "data" or address in pass_.skipped or self._is_other_type(type_):
            return
        change = take_object(pass_.changes.get(address, EMPTY), "change", address)
        values = take_object(node, "values", address) or take_object(change, "after", address)
        unknown = change.get("after_unknown")
        address = address or f"{type_}.{name}"
        self._add_resource(
            PlannedResource(
                address,
                module,
                path,
                type_,
                name,
                _take_index(node, address),
                values,
                unknown if isinstance(unknown, dict) else pass_.unknown,
                take_text(node, "undecided", address),
                take_text(node, "source_type", address),
                take_text(node, "causes", address),
            )
        )

    def _read_changes(self, changes: Sequence[JsonObject], which: str) -> None:
        """Read the resources after or before the plan from its changes, where it has no values of them."""
        for node in changes:
            change = take_object(node, "change")
            values = change.get(which)
            address, type_ = take_text(node, "address"), take_text(node, "type")
            if node.get("mode") == "data" or "deposed" in node or not isinstance(values, dict):
                continue
            if self._is_other_type(type_):
                continue
            module = take_text(node, "module_address", address)
            path = tuple(_MODULE_NAME.findall(module))
            self._add_module_addresses(module, path)
            unknown = take_object(change, "after_unknown", address) if which == "after" else {}
            name, index = take_text(node, "name", address), _take_index(node, address)
            self._add_resource(PlannedResource(address, module, path, type_, name, index, values, unknown))

    def _add_module_addresses(self, module: str, path: tuple[str, ...]) -> None:
        """Record the instances of modules that a module address names."""
        steps = MODULE_STEP.findall(module)
        for depth, name in enumerate(path):
            parent = ".".join(steps[:depth])
            self._module_addresses.setdefault((parent, name), {})[".".join(steps[: depth + 1])] = None

    def _is_other_type(self, type_: str) -> bool:
        """Tell whether a type is not wanted, and count its resource if so."""
        if type_ in self.wanted:
            return False
        self.other_types[type_] = self.other_types.get(type_, 0) + 1
        return True

    def _add_resource(self, resource: PlannedResource) -> None:
        self.by_type.setdefault(resource.type, []).append(resource)
        key = (resource.module, f"{resource.type}.{resource.name}")
        self._instances.setdefault(key, []).append(resource)

    # ------------------------------------------------------------ configuration
    def get_module_configuration(self, path: tuple[str, ...]) -> JsonObject:
        """Return the configuration of a module by the names that lead to it."""
        node = take_object(take_object(self.content, "configuration"), "root_module", "configuration")
        for name in path:
            call = take_object(take_object(node, "module_calls", "configuration"), name, "module_calls")
            node = take_object(call, "module", f"module_calls.{name}")
        return node

    def get_module_call(self, path: tuple[str, ...]) -> JsonObject:
        """Return how a module is called in its parent: its expressions by variable, its for_each."""
        calls = take_object(self.get_module_configuration(path[:-1]), "module_calls", "configuration")
        return take_object(calls, path[-1], "module_calls")

    def get_resource_configuration(self, resource: PlannedResource) -> JsonObject | None:
        """Return the configuration of a resource; None where the plan has none."""
        if resource.path not in self._configurations:
            module = self.get_module_configuration(resource.path)
            self._configurations[resource.path] = {
                f"{node.get('type')}.{node.get('name')}": node
                for node in take_objects(module, "resources", "configuration")
                if node.get("mode") != "data"
            }
        return self._configurations[resource.path].get(f"{resource.type}.{resource.name}")

    def get_expressions(self, resource: PlannedResource) -> JsonObject:
        """Return the expressions of a resource's configuration by attribute; none where the plan has none."""
        return take_object(self.get_resource_configuration(resource) or EMPTY, "expressions", resource.address)

    def get_expression(self, resource: PlannedResource, attribute: str) -> Json:
        """Return the expression behind an attribute, or None."""
        return self.get_expressions(resource).get(attribute)

    def is_unknown(self, resource: PlannedResource, attribute: str) -> bool:
        """Tell whether an attribute that is set is known after apply only, in whole or in part."""
        if self.when == BEFORE:
            return False
        if resource.values.get(attribute) not in (None, []):
            return resource.after_unknown is not None and resource.after_unknown.get(attribute) is True
        # An attribute that is not set is a value that AWS computes, not a choice of the plan.
        configured = self.get_resource_configuration(resource) is not None
        expression = self.get_expression(resource, attribute)
        if configured and expression is None:
            return False
        if resource.after_unknown is not None:
            return _has_unknown(resource.after_unknown.get(attribute))
        # In planned values alone, an attribute that is null is present, and an unknown one is absent.
        if not configured:
            is_planned = AFTER in self.content and self.when == AFTER
            return is_planned and attribute not in resource.values and attribute not in ADDED_LATER
        return isinstance(expression, dict | list) and "references" in expression

    def find_flag(self, resource: PlannedResource, name: str) -> bool | None:
        """Return whether a flag is set at any depth of a resource; None where it is known after apply only."""
        if name in iterate_set_flags(resource.values):
            return True
        is_open = name in iterate_set_flags(resource.after_unknown or EMPTY) and self.when == AFTER
        return None if is_open else False

    def get_data_source_values(self, module: str, name: str) -> list[JsonObject]:
        """Return the values of a data source that was read during planning, ``data.TYPE.NAME`` in a module."""
        found: list[JsonObject] = []
        stack = [("", _find_root_module(self.content, BEFORE) or EMPTY)]
        while stack:
            address, node = stack.pop()
            if address == module:
                found += [
                    take_object(resource, "values", name)
                    for resource in take_objects(node, "resources", BEFORE)
                    if resource.get("mode") == "data" and f"data.{resource.get('type')}.{resource.get('name')}" == name
                ]
            stack += [(take_text(child, "address"), child) for child in take_objects(node, "child_modules", BEFORE)]
        return found


def _take_index(node: JsonObject, address: str) -> str | int | None:
    """Return the index of a resource's instance."""
    index = node.get("index")
    if index is None or isinstance(index, str | int):
        return index
    raise make_shape_error(index, "a text or a whole number", "index", address)


def _has_unknown(unknown: Json) -> bool:
    """Tell whether a part of ``after_unknown`` contains a true value."""
    if isinstance(unknown, dict):
        return any(map(_has_unknown, unknown.values()))
    if isinstance(unknown, list):
        return any(map(_has_unknown, unknown))
    return bool(unknown)


def _find_root_module(content: JsonObject, when: str) -> JsonObject | None:
    """Return the root module of the planned values, of the state before them, or of a state alone; None if empty."""
    if when == BEFORE:
        part = take_object(take_object(content, BEFORE), "values", BEFORE)
    else:
        part = take_object(content, AFTER) or take_object(content, "values")
    return take_object(part, "root_module", when) or None
