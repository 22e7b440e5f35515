"""A Terraform plan: its resources with their addresses, and the configuration behind what is not known yet."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.documents.document import Document

_MODULE = re.compile(r"module\.([^.\[]+)")
MODULES = re.compile(r"""module\.[^.\[]+(?:\["[^"]*"\]|\[\d+\])?""")
AFTER, BEFORE = "planned_values", "prior_state"
NEWER = (
    "availability_mode",
    "service_region",
    "tunnel_bandwidth",
    "vpn_concentrator_id",
    "outside_ip_address_type",
    "billing_mode",
    "sitelink_enabled",
    "minimum_load_balancer_capacity",
    "enable_cross_zone_load_balancing",
)
"""Attributes that the AWS provider had not always: where they are absent, nothing was said."""
NOWHERE: Mapping[str, Any] = {}


@dataclass(eq=False)
class Planned:
    """A resource: one instance of what ``count`` or ``for_each`` make.

    Attributes:
        address: its whole address, indexes and all.
        module: its module's address, "" for the root.
        path: the names of the modules it lies in, without indexes.
        type: its type, such as aws_nat_gateway.
        name: its own name.
        index: its index, or None.
        values: what is known of it.
        after_unknown: which of its attributes are known after apply; None where the plan does not say.
    """

    address: str
    module: str
    path: tuple[str, ...]
    type: str
    name: str
    index: Any
    values: Mapping[str, Any]
    after_unknown: Mapping[str, Any] | None = None


@dataclass(eq=False)
class Plan:
    """A plan (or the state before it), its resources of the types asked for by type.

    Attributes:
        document: the file.
        when: ``planned_values`` (after the plan is applied) or ``prior_state`` (before).
        of: type → its resources.
        others: type → how many, of all other types.
        forgotten: address and type of what Terraform will no longer manage, though it goes on existing: it is neither
            among the resources before the plan nor among those after it.
    """

    document: Document
    when: str
    wanted: frozenset[str]
    of: dict[str, list[Planned]] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    forgotten: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Walk the plan once."""
        value = self.document.value
        self.changes = [c for c in value.get("resource_changes") or () if isinstance(c, dict)]
        self._instances: dict[tuple[str, str], list[Planned]] = {}
        self._children: dict[tuple[str, str], dict[str, None]] = {}
        self._configured: dict[tuple[str, ...], dict[str, Any]] = {}
        root = _get_root_module(value, self.when)
        self.forgotten = [
            (str(c.get("address")), str(c["type"]))
            for c in self.changes
            if "forget" in ((c.get("change") or {}).get("actions") or ()) and c.get("type") in self.wanted
        ]
        changed = {} if self.when == BEFORE else {
            c["address"]: c
            for c in self.changes
            if c.get("type") in self.wanted and c.get("mode") != "data" and "deposed" not in c and "address" in c
        }  # fmt: skip
        if root is None and (self.when == AFTER or BEFORE not in value):
            self._read_changes("after" if self.when == AFTER else "before")
        else:
            self._read_module(root or {}, "", (), changed)

    def _read_module(
        self, module: Mapping[str, Any], address: str, path: tuple[str, ...], changed: Mapping[str, Mapping[str, Any]]
    ) -> None:
        for r in module.get("resources") or ():
            type_ = r.get("type", "")
            if r.get("mode") == "data":
                continue
            if type_ not in self.wanted:
                self.others[type_] = self.others.get(type_, 0) + 1
                continue
            if self.forgotten and (r.get("address"), type_) in self.forgotten:
                continue
            change = (changed.get(r.get("address", "")) or NOWHERE).get("change") or NOWHERE
            values = r.get("values") or change.get("after") or {}
            unknown = change.get("after_unknown") if change else None
            where = r.get("address") or f"{type_}.{r.get('name')}"
            self._add_resource(Planned(where, address, path, type_, r.get("name", ""), r.get("index"), values,
                              unknown if isinstance(unknown, dict) else None))  # fmt: skip
        for child in module.get("child_modules") or ():
            where = child.get("address", "")
            found = _MODULE.match(where[len(address) + 1 :] if address else where)
            name = found.group(1) if found else where
            self._children.setdefault((address, name), {})[where] = None
            self._read_module(child, where, (*path, name), changed)

    def _read_changes(self, which: str) -> None:
        """Read what will be, or what was, from the changes, where the plan has no values of it."""
        for c in self.changes:
            change = c.get("change") or {}
            gone = (str(c.get("address")), c.get("type")) in self.forgotten
            if c.get("mode") == "data" or "deposed" in c or not isinstance(change.get(which), dict) or gone:
                continue
            if c.get("type") not in self.wanted:
                self.others[c.get("type", "")] = self.others.get(c.get("type", ""), 0) + 1
                continue
            module = c.get("module_address") or ""
            path = tuple(_MODULE.findall(module))
            steps = MODULES.findall(module)
            for depth, name in enumerate(path):
                parent = ".".join(steps[:depth])
                self._children.setdefault((parent, name), {})[".".join(steps[: depth + 1])] = None
            unknown = (change.get("after_unknown") or {}) if which == "after" else {}
            self._add_resource(Planned(c.get("address", ""), module, path, c["type"], c.get("name", ""), c.get("index"),
                              change[which], unknown))  # fmt: skip

    def _add_resource(self, resource: Planned) -> None:
        self.of.setdefault(resource.type, []).append(resource)
        key = (resource.module, f"{resource.type}.{resource.name}")
        self._instances.setdefault(key, []).append(resource)

    def __iter__(self) -> Iterator[Planned]:
        """Go through the resources of the types asked for."""
        return (r for resources in self.of.values() for r in resources)

    def get_instances(self, module: str, name: str) -> list[Planned]:
        """Return the instances of ``TYPE.NAME`` in a module."""
        return self._instances.get((module, name), [])

    def get_module_addresses(self, parent: str, name: str) -> list[str]:
        """Return the addresses of a module's instances in its parent."""
        return list(self._children.get((parent, name), ()))

    # ------------------------------------------------------------ configuration
    def get_module_configuration(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        """Return the configuration of a module by the names that lead to it."""
        node = (self.document.value.get("configuration") or {}).get("root_module") or {}
        for name in path:
            node = ((node.get("module_calls") or {}).get(name) or {}).get("module") or {}
        return node

    def get_module_call(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        """Return how a module is called in its parent: its expressions by variable, its for_each."""
        calls = self.get_module_configuration(path[:-1]).get("module_calls") or {}
        return calls.get(path[-1]) or NOWHERE

    def get_resource_configuration(self, r: Planned) -> Mapping[str, Any] | None:
        """Return the configuration of a resource; None where the plan has none."""
        if r.path not in self._configured:
            known = self.get_module_configuration(r.path).get("resources") or ()
            self._configured[r.path] = {f"{k.get('type')}.{k.get('name')}": k for k in known if k.get("mode") != "data"}
        return self._configured[r.path].get(f"{r.type}.{r.name}")

    def get_expression(self, r: Planned, attribute: str) -> Any:
        """Return the expression behind an attribute, or None."""
        return ((self.get_resource_configuration(r) or {}).get("expressions") or {}).get(attribute)

    def is_unknown(self, r: Planned, attribute: str) -> bool:
        """Tell whether an attribute that was set is known after apply only, in whole or in part."""
        if self.when == BEFORE:
            return False
        if r.values.get(attribute) not in (None, []):
            return isinstance(r.after_unknown, dict) and r.after_unknown.get(attribute) is True
        configured = self.get_resource_configuration(r)
        if configured is not None and self.get_expression(r, attribute) is None:
            return False  # not set: what AWS computes is no choice of the plan's
        if r.after_unknown is not None:
            return _has_unknown(r.after_unknown.get(attribute))
        if configured is None:  # of planned values alone: what is null is there, what is not known is not
            of_values = AFTER in self.document.value and self.when == AFTER
            return of_values and attribute not in r.values and attribute not in NEWER
        return "references" in (self.get_expression(r, attribute) or ())

    def get_data_source_values(self, module: str, name: str) -> list[Mapping[str, Any]]:
        """Return the values of a data resource that was read while planning, ``data.TYPE.NAME`` in a module."""
        node: Any = _get_root_module(self.document.value, BEFORE) or {}
        out = []
        stack = [("", node)]
        while stack:
            address, at = stack.pop()
            if address == module:
                out += [r.get("values") or {} for r in at.get("resources") or ()
                        if r.get("mode") == "data" and f"data.{r.get('type')}.{r.get('name')}" == name]  # fmt: skip
            stack += [(c.get("address", ""), c) for c in at.get("child_modules") or ()]
        return out


def _has_unknown(unknown: Any) -> bool:
    if isinstance(unknown, dict):
        return any(map(_has_unknown, unknown.values()))
    if isinstance(unknown, list):
        return any(map(_has_unknown, unknown))
    return bool(unknown)


def _get_root_module(value: Mapping[str, Any], when: str) -> Mapping[str, Any] | None:
    """Return the root module of the planned values, of the state before them, or of a state alone."""
    if when == BEFORE:
        part = (value.get(BEFORE) or {}).get("values") or {}
    else:
        part = value.get(AFTER) or value.get("values") or {}
    root = part.get("root_module")
    return root if isinstance(root, dict) and root else None
