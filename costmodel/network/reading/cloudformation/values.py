"""What a template's functions come to: parameters, conditions, mappings, and what nothing says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.pricing.reading.regions import load_zone_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMES = re.compile(r"\$\{(!?)([^}]*)\}")
_LISTS = ("CommaDelimitedList", "List<")
_DEEP = 50
_THREE = 3


class Unsaid(NamedTuple):
    """What the template does not say: what would decide it."""

    what: str

    def __str__(self) -> str:
        """Return a stand-in, the same for the same thing."""
        return f"${{{self.what}}}"


NOTHING = Unsaid("AWS::NoValue")


class Values:
    """Works out what the expressions of a template come to.

    Args:
        template: the parsed template.
        given: parameter → value, where somebody says it.
        region: the Region, where it is known.
    """

    def __init__(self, template: Mapping[str, Any], given: Mapping[str, str], region: str | None) -> None:
        """Work out nothing yet."""
        self.parameters = _get_mapping(template, "Parameters")
        self.conditions = _get_mapping(template, "Conditions")
        self.mappings = _get_mapping(template, "Mappings")
        self.resources = _get_mapping(template, "Resources")
        self.given, self.region = given, region
        self._known: dict[str, bool | Unsaid] = {}
        self._depth = 0

    def evaluate_expression(self, node: Any) -> Any:
        """Return what an expression comes to: a plain value, or what is not said; lists and mappings may hold those."""
        self._depth += 1
        try:
            if self._depth > _DEEP:
                return Unsaid("an expression nested too deep")
            return self._evaluate_node(node)
        finally:
            self._depth -= 1

    def _evaluate_node(self, node: Any) -> Any:
        if isinstance(node, list):
            return [v for v in map(self.evaluate_expression, node) if v is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            function = _FUNCTIONS.get(str(name))
            if function is not None:
                return function(self, argument)
            if str(name).startswith("Fn::"):
                return Unsaid(f"the function {name}")
        return {k: v for k, v in ((k, self.evaluate_expression(v)) for k, v in node.items()) if v is not NOTHING}

    def resolve_ref(self, name: str) -> Any:
        """Return a parameter's value, a resource's name, or what AWS puts in."""
        if name in self.parameters:
            return self._resolve_parameter(name)
        if name in self.resources:
            return name
        pseudo = {"AWS::Region": self.region, "AWS::NoValue": NOTHING, "AWS::Partition": "aws",
                  "AWS::URLSuffix": "amazonaws.com"}  # fmt: skip
        found = pseudo.get(name)
        return Unsaid(name) if found is None else found

    def _resolve_parameter(self, name: str) -> Any:
        about = self.parameters[name] if isinstance(self.parameters[name], dict) else {}
        type_ = str(about.get("Type", ""))
        value = self.given.get(name, about.get("Default"))
        if value is None or (type_.startswith("AWS::SSM::Parameter::Value") and name not in self.given):
            return Unsaid(f"parameter {name}")
        if type_.startswith(_LISTS) or "<List<" in type_:
            return [v.strip() for v in str(value).split(",") if v.strip()]
        return value

    # ------------------------------------------------------------ conditions
    def evaluate_condition(self, name: str) -> bool | Unsaid:
        """Return whether a condition holds, or what would decide it."""
        if name not in self._known:
            self._known[name] = Unsaid(f"condition {name}")  # of a circle nothing is known
            if name in self.conditions:
                self._known[name] = self._evaluate_truth(self.conditions[name])
        return self._known[name]

    def _evaluate_truth(self, node: Any) -> bool | Unsaid:
        value = self.evaluate_expression(node)
        if value is None:
            return Unsaid("an empty condition")
        if isinstance(value, Unsaid):
            return value
        return value if isinstance(value, bool) else str(value).lower() == "true"

    def evaluate_equals(self, argument: Any) -> bool | Unsaid:
        """Fn::Equals."""
        one, other = (self.evaluate_expression(a) for a in argument)
        unsaid = next((v for v in (one, other) if isinstance(v, Unsaid)), None)
        return unsaid if unsaid is not None else _to_text(one) == _to_text(other)

    def evaluate_and(self, argument: Any) -> bool | Unsaid:
        """Fn::And."""
        found = [self._evaluate_truth(a) for a in argument]
        if False in found:
            return False
        return next((v for v in found if isinstance(v, Unsaid)), True)

    def evaluate_or(self, argument: Any) -> bool | Unsaid:
        """Fn::Or."""
        found = [self._evaluate_truth(a) for a in argument]
        if True in found:
            return True
        return next((v for v in found if isinstance(v, Unsaid)), False)

    def evaluate_not(self, argument: Any) -> bool | Unsaid:
        """Fn::Not."""
        value = self._evaluate_truth(argument[0] if isinstance(argument, list) else argument)
        return value if isinstance(value, Unsaid) else not value

    def evaluate_if(self, argument: Any) -> Any:
        """Fn::If."""
        name, yes, no = argument
        holds = self.evaluate_condition(str(name))
        if isinstance(holds, Unsaid):
            one, other = self.evaluate_expression(yes), self.evaluate_expression(no)
            return one if one == other else holds
        return self.evaluate_expression(yes if holds else no)

    # ------------------------------------------------------------ values
    def evaluate_get_att(self, argument: Any) -> Any:
        """Fn::GetAtt: of an address its allocation is the address; of a resource its own id is its name."""
        parts = argument.split(".", 1) if isinstance(argument, str) else [self.evaluate_expression(a) for a in argument]
        name, attribute = str(parts[0]), str(parts[1]) if len(parts) > 1 else ""
        type_ = str((self.resources.get(name) or {}).get("Type", "")).rpartition("::")[2]
        if name in self.resources and (attribute in ("AllocationId", "Id", f"{type_}Id") or attribute.endswith("Arn")):
            return name
        return Unsaid(f"{name}.{attribute}")

    def evaluate_sub(self, argument: Any) -> Any:
        """Fn::Sub: what is not said stays as it is written."""
        text, more = argument if isinstance(argument, list) else (argument, {})

        def one(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            node = more.get(name, {"Fn::GetAtt": name} if "." in name else {"Ref": name})
            return _to_text(self.evaluate_expression(node))

        return _NAMES.sub(one, str(text))

    def evaluate_join(self, argument: Any) -> Any:
        """Fn::Join."""
        separator, parts = argument
        found = self.evaluate_expression(parts)
        return found if isinstance(found, Unsaid) else str(separator).join(map(_to_text, found))

    def evaluate_split(self, argument: Any) -> Any:
        """Fn::Split."""
        separator, text = argument[0], self.evaluate_expression(argument[1])
        return text if isinstance(text, Unsaid) else str(text).split(str(separator))

    def evaluate_select(self, argument: Any) -> Any:
        """Fn::Select: of a list that is not said, its so manieth part."""
        number, list_ = self.evaluate_expression(argument[0]), self.evaluate_expression(argument[1])
        if isinstance(list_, Unsaid) or isinstance(number, Unsaid):
            return Unsaid(f"{getattr(list_, 'what', 'a list')}[{number}]")
        return list_[int(number)] if int(number) < len(list_) else Unsaid(f"part {number} of {len(list_)}")

    def evaluate_get_azs(self, argument: Any) -> Any:
        """Fn::GetAZs: the names of a Region's zones; of a Region that is not said as many as most have."""
        region = self.evaluate_expression(argument) or self.region
        known = str(region) if region and not isinstance(region, Unsaid) else self.region
        return [f"{known or '${AWS::Region}'}{chr(97 + n)}" for n in range(load_zone_counts().get(known or "", _THREE))]

    def evaluate_find_in_map(self, argument: Any) -> Any:
        """Fn::FindInMap, with the default value of the language extension."""
        keys = [self.evaluate_expression(a) for a in argument[:_THREE]]
        unsaid = next((k for k in keys if isinstance(k, Unsaid)), None)
        if unsaid is not None:
            return unsaid
        found: Any = self.mappings
        for key in keys:
            found = found.get(_to_text(key)) if isinstance(found, dict) else None
        if found is None and len(argument) > _THREE and isinstance(argument[_THREE], dict):
            return self.evaluate_expression(argument[_THREE].get("DefaultValue"))
        return Unsaid(f"mapping {'.'.join(map(_to_text, keys))}") if found is None else self.evaluate_expression(found)

    def evaluate_cidr(self, argument: Any) -> Any:
        """Fn::Cidr: so many blocks, which ones does not matter."""
        number = self.evaluate_expression(argument[1])
        return number if isinstance(number, Unsaid) else [str(Unsaid(f"block {n}")) for n in range(int(number))]

    def evaluate_length(self, argument: Any) -> Any:
        """Fn::Length."""
        found = self.evaluate_expression(argument)
        return found if isinstance(found, Unsaid) else len(found)


_FUNCTIONS: dict[str, Callable[[Values, Any], Any]] = {
    "Ref": lambda x, a: x.resolve_ref(str(a)),
    "Condition": lambda x, a: x.evaluate_condition(str(a)),
    "Fn::Equals": Values.evaluate_equals,
    "Fn::And": Values.evaluate_and,
    "Fn::Or": Values.evaluate_or,
    "Fn::Not": Values.evaluate_not,
    "Fn::If": Values.evaluate_if,
    "Fn::GetAtt": Values.evaluate_get_att,
    "Fn::Sub": Values.evaluate_sub,
    "Fn::Join": Values.evaluate_join,
    "Fn::Split": Values.evaluate_split,
    "Fn::Select": Values.evaluate_select,
    "Fn::GetAZs": Values.evaluate_get_azs,
    "Fn::FindInMap": Values.evaluate_find_in_map,
    "Fn::Cidr": Values.evaluate_cidr,
    "Fn::Length": Values.evaluate_length,
    "Fn::Base64": lambda x, a: x.evaluate_expression(a),
    "Fn::ImportValue": lambda x, a: Unsaid(f"export {_to_text(x.evaluate_expression(a))}"),
}


def _get_mapping(template: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = template.get(key)
    return found if isinstance(found, dict) else {}


def _to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
