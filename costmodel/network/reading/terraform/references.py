"""What an expression of the configuration refers to: resources of the plan, or values that are known."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.network.reading.terraform.plan import MODULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from costmodel.network.reading.terraform.plan import Plan, Planned

_STEP = re.compile(r"""([\w-]+)((?:\[(?:"[^"]*"|[^\]]*)\])*)""")
_DEEP = 30


class At(NamedTuple):
    """Where an expression stands: its module's address, the names that lead there, and what ``each`` is there.

    ``each`` is the expression behind for_each and the key of the instance, or None.
    """

    module: str
    path: tuple[str, ...]
    each: tuple[Any, str] | None = None


@dataclass
class Found:
    """What references lead to.

    Attributes:
        resources: instances of resources.
        values: values that are known: constants, variables, what was read while planning.
        picks: what may pick one of several: ``index`` (count.index), ``key`` (each.key), ``value`` (each.value itself).
        direct: whether resources were named where the expression stands, not through variables or outputs.
        lost: references that lead nowhere a plan can tell: locals, resources outside.
    """

    resources: list[Planned] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    picks: set[str] = field(default_factory=set)
    direct: bool = False
    lost: list[str] = field(default_factory=list)
    _of: dict[tuple[str, ...], list[Planned]] = field(default_factory=dict)

    @property
    def chosen(self) -> bool:
        """Whether one of several is picked: an index or a key does; a value does where it stands beside resources.

        Settings of one instance (``each.value.more``, ``lookup(each.value, …)``) beside a variable's list pick nothing.
        """
        return bool(self.picks & {"index", "key"}) or (self.direct and "value" in self.picks)

    def filter_by_type(self, *types: str) -> list[Planned]:
        """Return the instances of some types, each once."""
        if types not in self._of:
            self._of[types] = list({id(r): r for r in self.resources if r.type in types}.values())
        return self._of[types]


def follow_expression(plan: Plan, at: At, expression: Any, variables: Mapping[str, Any]) -> Found:
    """Return what an expression leads to.

    Args:
        plan: the plan.
        at: where it stands.
        expression: as the configuration has it: ``constant_value`` or ``references``; a block is a list of mappings.
        variables: values of root variables, said by the user.
    """
    found = Found()
    _follow_node(plan, at, expression, variables, found, 0)
    return found


def _follow_node(plan: Plan, at: At, expression: Any, variables: Mapping[str, Any], found: Found, deep: int) -> None:
    if isinstance(expression, list):
        for part in expression:
            _follow_node(plan, at, part, variables, found, deep)
    elif isinstance(expression, dict) and deep < _DEEP:
        if "constant_value" in expression:
            found.values.append(expression["constant_value"])
        elif isinstance(expression.get("references"), list):
            for reference in drop_partial_references(expression["references"]):
                _follow_reference(plan, at, reference, variables, found, deep + 1)
        else:
            for part in expression.values():
                _follow_node(plan, at, part, variables, found, deep)


def drop_partial_references(references: Iterable[str]) -> list[str]:
    """Return references without those that others repeat in part: ``a.b.c`` stands beside its ``a.b``."""
    whole = list(dict.fromkeys(references))
    return [r for r in whole if not any(o.startswith((f"{r}.", f"{r}[")) for o in whole)]


def _follow_reference(
    plan: Plan,
    at: At,
    reference: str,
    variables: Mapping[str, Any],
    found: Found,
    deep: int,
) -> None:
    module = at.module
    steps = _STEP.findall(reference)
    if not steps:
        return
    head, second = steps[0][0], steps[1] if len(steps) > 1 else ("", "")
    if head == "count":
        found.picks.add("index")
    elif head == "each" and len(steps) > 2 and (source := _get_each_instance(at)):  # noqa: PLR2004 - each.value.output
        inner = Found()
        _follow_output(plan, at, source, steps[2][0], variables, inner, deep)
        _merge_targets(inner, steps[2][1], found)
    elif head == "each":
        found.picks.update([second[0]] if len(steps) == 2 else [])  # noqa: PLR2004 - each.key, each.value, no more
    elif head in ("path", "terraform", "self"):
        return
    elif head == "var":
        inner = Found()
        _follow_variable(plan, at, second[0], variables, inner, deep)
        part = Found()
        _merge_targets(inner, second[1], part)
        for name, _ in steps[2:]:
            part.values = [_get_element(value, name) for value in part.values]
        _merge_targets(part, "", found)
    elif head == "module":
        inner, (output, index) = Found(), steps[2] if len(steps) > 2 else ("", "")  # noqa: PLR2004
        _follow_output(plan, at, second, output, variables, inner, deep)
        _merge_targets(inner, index, found)
    elif head == "data":
        data = plan.get_data_source_values(module, ".".join(name for name, _ in steps[:3]))
        attribute = steps[3][0] if len(steps) > 3 else ""  # noqa: PLR2004
        known = [values[attribute] for values in data if values.get(attribute) is not None]
        found.values += known
        found.lost += [] if known else [reference]
    elif head == "local":
        found.lost.append(reference)
    else:
        instances = plan.get_instances(module, f"{head}.{second[0]}")
        if second[1]:
            index = second[1][1:-1].strip('"')
            instances = [r for r in instances if str(r.index) == index] or instances
        found.resources += instances
        found.direct |= deep == 1
        found.lost += [] if instances else [reference]


def get_iterated_module(for_each: Any) -> str | None:
    """Return the name of the module that a for_each goes over, if it is a module as a whole."""
    references = drop_partial_references((for_each or {}).get("references") or ())
    steps = _STEP.findall(references[0]) if len(references) == 1 else []
    return steps[1][0] if len(steps) == 2 and steps[0][0] == "module" else None  # noqa: PLR2004 - module.NAME


def _get_each_instance(at: At) -> tuple[str, str] | None:
    """Return the module instance that ``each.value`` is, where for_each goes over a module: its name and index."""
    for_each, key = at.each or (None, "")
    name = get_iterated_module(for_each)
    return (name, f'["{key}"]') if name and key else None


def _merge_targets(inner: Found, index: str, found: Found) -> None:
    """Add what a variable or an output leads to: all of it, or the one element that an index names."""
    resources, values = inner.resources, inner.values
    if index:
        key = index[1 : index.index("]")].strip('"')
        place = int(key) if key.isdigit() else -1
        named = [r for r in resources if str(r.index) == key] or resources[place : place + 1]
        resources = (named or resources)[:1]
        values = [_get_element(value, key) for value in values]
    found.resources += resources
    found.values += values
    found.picks |= inner.picks
    found.lost += inner.lost


def _get_element(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    return value[int(key)] if isinstance(value, list) and key.isdigit() and int(key) < len(value) else value


def _follow_variable(
    plan: Plan,
    at: At,
    name: str,
    variables: Mapping[str, Any],
    found: Found,
    deep: int,
) -> None:
    module, path = at.module, at.path
    if not path:
        said = (plan.document.value.get("variables") or {}).get(name)
        if name in variables:
            found.values.append(variables[name])
        elif isinstance(said, dict) and said.get("value") is not None:
            found.values.append(said["value"])
        else:
            _follow_default(plan, path, name, found)
        return
    call = plan.get_module_call(path)
    expression = (call.get("expressions") or {}).get(name)
    if expression is None:
        _follow_default(plan, path, name, found)
        return
    *parents, own = MODULES.findall(module)
    each = (call.get("for_each_expression"), own.partition("[")[2].rstrip("]").strip('"'))
    _follow_node(plan, At(".".join(parents), path[:-1], each), expression, variables, found, deep)


def _follow_default(plan: Plan, path: tuple[str, ...], name: str, found: Found) -> None:
    known = (plan.get_module_configuration(path).get("variables") or {}).get(name) or {}
    if known.get("default") is not None:
        found.values.append(known["default"])
    else:
        found.lost.append(f"var.{name}")


def _follow_output(
    plan: Plan,
    at: At,
    called: tuple[str, str],
    output: str,
    variables: Mapping[str, Any],
    found: Found,
    deep: int,
) -> None:
    module, path = at.module, at.path
    name, index = called
    inside = (*path, name)
    outputs = plan.get_module_configuration(inside).get("outputs") or {}
    if output not in outputs:
        found.lost.append(f"module.{name}.{output}")
        return
    whole = f"{module}.module.{name}{index}" if module else f"module.{name}{index}"
    instances = [whole] if index else plan.get_module_addresses(module, name)
    for instance in instances or [whole]:
        _follow_node(plan, At(instance, inside), outputs[output].get("expression"), variables, found, deep)
