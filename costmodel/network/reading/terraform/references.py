"""What an expression of the configuration refers to: resources of the plan, or values that are known."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from costmodel.network.reading.json_shapes import EMPTY, make_shape_error, take_list, take_object
from costmodel.network.reading.terraform.plan import MODULE_STEP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from costmodel.network.reading.json_shapes import Json, JsonObject
    from costmodel.network.reading.terraform.plan import Plan
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

_STEP = re.compile(r"""([\w-]+)((?:\[(?:"[^"]*"|[^\]]*)\])*)""")
_MAX_DEPTH = 30
_DATA_STEPS = 3  # data.TYPE.NAME
_MODULE_STEPS = 2  # module.NAME
_WITHOUT_TARGET = ("path", "terraform", "self")


class Step(NamedTuple):
    """A step of a reference: its name, and its subscript (an index with brackets, or "")."""

    name: str
    subscript: str


_NO_STEP = Step("", "")


class Place(NamedTuple):
    """Where an expression is: the address of its module, the names that lead to the module, and ``each`` there.

    ``each`` is the expression behind for_each and the key of the instance, or None.
    """

    module: str
    path: tuple[str, ...]
    each: tuple[Json, str] | None = None


@dataclass
class Targets:
    """What references lead to.

    Attributes:
        resources: instances of resources.
        values: values that are known: constants, variables, data sources that were read during planning.
        selectors: what may select one of several: ``index`` (count.index), ``key`` (each.key), ``value`` (each.value).
        is_direct: whether the expression itself names the resources, not a variable or an output.
        lost: references that the plan does not resolve: locals, resources outside it.
    """

    resources: list[PlannedResource] = field(default_factory=list)
    values: list[Json] = field(default_factory=list)
    selectors: set[str] = field(default_factory=set)
    is_direct: bool = False
    lost: list[str] = field(default_factory=list)
    _by_types: dict[tuple[str, ...], list[PlannedResource]] = field(default_factory=dict)

    @property
    def is_selected(self) -> bool:
        """Whether one of several is selected: by an index or a key; by a value where resources are named next to it.

        Settings of one instance (``each.value.more``, ``lookup(each.value, …)``) next to a variable's list select
        nothing.
        """
        return bool(self.selectors & {"index", "key"}) or (self.is_direct and "value" in self.selectors)

    def filter_by_type(self, *types: str) -> list[PlannedResource]:
        """Return the instances of some types, each once."""
        if types not in self._by_types:
            self._by_types[types] = list({id(r): r for r in self.resources if r.type in types}.values())
        return self._by_types[types]

    def add_element(self, targets: Targets, index: str) -> None:
        """Add what a variable or an output leads to: all of it, or the one element that an index names."""
        resources, values = targets.resources, targets.values
        if index:
            key = index[1 : index.index("]")].strip('"')
            same_index = [r for r in resources if str(r.index) == key]
            if same_index:
                resources = same_index[:1]
            elif key.isdigit():
                resources = (resources[int(key) : int(key) + 1] or resources)[:1]
            else:
                resources = self._select_by_name(resources, key)
            values = [_get_element(value, key) for value in values]
        self.resources += resources
        self.values += values
        self.selectors |= targets.selectors
        self.lost += targets.lost

    def _select_by_name(self, resources: list[PlannedResource], key: str) -> list[PlannedResource]:
        """Return the resources that a key of a map means: those of that name; the key is lost if it could be any."""
        named = [r for r in resources if r.name == key]
        if not named and len(resources) > 1:
            self.lost.append(f"[{key}]")
        return named or resources


class ReferenceFollower:
    """Follows the references of expressions through variables, outputs and modules.

    Attributes:
        plan: the plan.
        variables: values of root variables that the user passed, by name.
    """

    def __init__(self, plan: Plan, variables: Mapping[str, str]) -> None:
        self.plan = plan
        self.variables = variables

    def follow_expression(self, place: Place, expression: Json) -> Targets:
        """Return what an expression leads to.

        Args:
            place: where the expression is.
            expression: as the configuration has it: ``constant_value`` or ``references``; a block is a list of objects.

        Raises:
            ShapeError: the configuration is not as Terraform writes it.
        """
        targets = Targets()
        self._follow_node(place, expression, targets, 0)
        return targets

    def _follow_node(self, place: Place, node: Json, targets: Targets, depth: int) -> None:
        """Follow a part of an expression."""
        if isinstance(node, list):
            for part in node:
                self._follow_node(place, part, targets, depth)
        elif isinstance(node, dict) and depth < _MAX_DEPTH:
            self._follow_object(place, node, targets, depth)

    def _follow_object(self, place: Place, node: JsonObject, targets: Targets, depth: int) -> None:
        """Follow a constant, the references of an expression, or the parts of a block."""
        if "constant_value" in node:
            targets.values.append(node["constant_value"])
        elif isinstance(node.get("references"), list):
            for reference in drop_partial_references(take_references(node)):
                self._follow_reference(place, reference, targets, depth + 1)
        else:
            for part in node.values():
                self._follow_node(place, part, targets, depth)

    def _follow_reference(self, place: Place, reference: str, targets: Targets, depth: int) -> None:
        """Follow one reference by its first step."""
        steps = [Step(*found) for found in _STEP.findall(reference)]
        if not steps or steps[0].name in _WITHOUT_TARGET:
            return
        head = steps[0].name
        if head == "count":
            targets.selectors.add("index")
        elif head == "each":
            self._follow_each(place, steps, targets, depth)
        elif head == "var":
            self._follow_variable_steps(place, steps, targets, depth)
        elif head == "module":
            output = _get_step(steps, _MODULE_STEPS)
            found = Targets()
            self._follow_output(place, _get_step(steps, 1), output.name, found, depth)
            targets.add_element(found, output.subscript)
        elif head == "data":
            self._follow_data_source(place, reference, steps, targets)
        elif head == "local":
            targets.lost.append(reference)
        else:
            self._follow_resource(place, reference, steps, targets, is_direct=depth == 1)

    def _follow_each(self, place: Place, steps: list[Step], targets: Targets, depth: int) -> None:
        """Follow ``each.key`` or ``each.value``, or an output of the module instance that ``each.value`` is."""
        instance = _find_each_instance(place)
        if len(steps) > _MODULE_STEPS and instance is not None:
            output = steps[_MODULE_STEPS]
            found = Targets()
            self._follow_output(place, instance, output.name, found, depth)
            targets.add_element(found, output.subscript)
        elif len(steps) == _MODULE_STEPS:
            targets.selectors.add(steps[1].name)

    def _follow_variable_steps(self, place: Place, steps: list[Step], targets: Targets, depth: int) -> None:
        """Follow a variable, an element of it, and attributes of the element."""
        variable = _get_step(steps, 1)
        whole, element = Targets(), Targets()
        self._follow_variable(place, variable.name, whole, depth)
        element.add_element(whole, variable.subscript)
        for step in steps[2:]:
            element.values = [_get_element(value, step.name) for value in element.values]
        targets.add_element(element, "")

    def _follow_data_source(self, place: Place, reference: str, steps: list[Step], targets: Targets) -> None:
        """Add the values of a data source's attribute that were read during planning."""
        name = ".".join(step.name for step in steps[:_DATA_STEPS])
        attribute = _get_step(steps, _DATA_STEPS).name
        sources = self.plan.get_data_source_values(place.module, name)
        known = [values[attribute] for values in sources if values.get(attribute) is not None]
        targets.values += known
        if not known:
            targets.lost.append(reference)

    def _follow_resource(
        self, place: Place, reference: str, steps: list[Step], targets: Targets, *, is_direct: bool
    ) -> None:
        """Add the instances of a resource, or the one that an index names."""
        name = _get_step(steps, 1)
        instances = self.plan.get_instances(place.module, f"{steps[0].name}.{name.name}")
        if name.subscript:
            index = name.subscript[1:-1].strip('"')
            instances = [r for r in instances if str(r.index) == index] or instances
        targets.resources += instances
        targets.is_direct |= is_direct
        if not instances:
            targets.lost.append(reference)

    def _follow_variable(self, place: Place, name: str, targets: Targets, depth: int) -> None:
        """Follow a variable to its value in the root module, or to the call of its module."""
        if not place.path:
            self._follow_root_variable(name, targets)
            return
        call = self.plan.get_module_call(place.path)
        expression = take_object(call, "expressions", f"module_calls.{place.path[-1]}").get(name)
        if expression is None:
            self._follow_default(place.path, name, targets)
            return
        *parents, own = MODULE_STEP.findall(place.module) or [""]
        each = (call.get("for_each_expression"), own.partition("[")[2].rstrip("]").strip('"'))
        self._follow_node(Place(".".join(parents), place.path[:-1], each), expression, targets, depth)

    def _follow_root_variable(self, name: str, targets: Targets) -> None:
        """Add the value of a root variable: the user's, the plan's, or the default."""
        planned = take_object(self.plan.content, "variables").get(name)
        if name in self.variables:
            targets.values.append(self.variables[name])
        elif isinstance(planned, dict) and planned.get("value") is not None:
            targets.values.append(planned["value"])
        else:
            self._follow_default((), name, targets)

    def _follow_default(self, path: tuple[str, ...], name: str, targets: Targets) -> None:
        """Add the default value of a module's variable."""
        variables = take_object(self.plan.get_module_configuration(path), "variables", "configuration")
        default = take_object(variables, name, "variables").get("default")
        if default is not None:
            targets.values.append(default)
        else:
            targets.lost.append(f"var.{name}")

    def _follow_output(self, place: Place, called: Step, output: str, targets: Targets, depth: int) -> None:
        """Follow an output of a module that is called here: of one instance, or of all."""
        inside = (*place.path, called.name)
        outputs = take_object(self.plan.get_module_configuration(inside), "outputs", "configuration")
        if output not in outputs:
            targets.lost.append(f"module.{called.name}.{output}")
            return
        relative = f"module.{called.name}{called.subscript}"
        address = f"{place.module}.{relative}" if place.module else relative
        instances = [] if called.subscript else self.plan.get_module_addresses(place.module, called.name)
        expression = take_object(outputs, output, "outputs").get("expression")
        for instance in instances or [address]:
            self._follow_node(Place(instance, inside), expression, targets, depth)


def take_references(expression: JsonObject) -> list[str]:
    """Return the references of an expression.

    Raises:
        ShapeError: one of the references is not a text.
    """
    references = take_list(expression, "references", "expressions")
    for reference in references:
        if not isinstance(reference, str):
            raise make_shape_error(reference, "a text", "references", "expressions")
    return [reference for reference in references if isinstance(reference, str)]


def drop_partial_references(references: Iterable[str]) -> list[str]:
    """Return references without the ones that others contain: Terraform lists ``a.b`` next to ``a.b.c``."""
    distinct = list(dict.fromkeys(references))
    return [r for r in distinct if not any(other.startswith((f"{r}.", f"{r}[")) for other in distinct)]


def get_iterated_module(for_each: Json) -> str | None:
    """Return the name of the module that a for_each iterates over, if it is a module as a whole."""
    expression = for_each if isinstance(for_each, dict) else EMPTY
    references = drop_partial_references(take_references(expression))
    steps = _STEP.findall(references[0]) if len(references) == 1 else []
    is_module = len(steps) == _MODULE_STEPS and steps[0][0] == "module"
    return steps[1][0] if is_module else None


def _find_each_instance(place: Place) -> Step | None:
    """Return the module instance that ``each.value`` is, where for_each iterates over a module."""
    for_each, key = place.each or (None, "")
    name = get_iterated_module(for_each)
    return Step(name, f'["{key}"]') if name and key else None


def _get_step(steps: Sequence[Step], number: int) -> Step:
    """Return a step of a reference; an empty one where the reference is shorter."""
    return steps[number] if len(steps) > number else _NO_STEP


def _get_element(value: Json, key: str) -> Json:
    """Return the element of a value that a key names; the value itself where it has no such element."""
    if isinstance(value, dict):
        element: Json = value.get(key)
        return element
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]  # type: ignore[no-any-return] # a list of Json
    return value
