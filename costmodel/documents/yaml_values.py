"""The values of YAML text: as written, with one meaning for each key, and within limits."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from costmodel.core.errors import InputError, format_foreign_error, format_input_value

_MAX_YAML = 64 << 20
_DIGITS = 1000  # of a whole number; Python reads no more than some thousands


def parse_json_integer(digits: str) -> int | Decimal:
    """Return a whole number; one that Python would refuse to read, for its length, as a Decimal."""
    return int(digits) if len(digits) <= _DIGITS else Decimal(digits)


def describe_nesting(name: str) -> str:
    """Return the message of a file that is nested too deeply."""
    return f"{name}: nested too deeply."


@cache
def build_yaml_loader() -> Any:
    """Return PyYAML's safe loader, in C where there is one, which looks up only once what a word is read as."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc] # of either class
        def __init__(self, stream: Any) -> None:
            super().__init__(stream)
            self._tags: dict[Any, Any] = {}

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            """Return the tag of a node, of scalars and collections alike by kind, text and whether it is quoted."""
            key = kind, value, implicit
            tag = self._tags.get(key)
            if tag is None:
                tag = self._tags[key] = super().resolve(kind, value, implicit)
            return tag

    return Loader


def parse_yaml_value(text: str, name: str) -> tuple[Any, Any]:
    """Return the root node of YAML text, and its value; ``name`` is what errors call it.

    Raises:
        InputError: the text is not YAML, is too long, or contains comments only.
    """
    import yaml

    if len(text) > _MAX_YAML:
        message = f"{name}: {len(text):,} characters of YAML are too many for a network or demand file."
        raise InputError(message)
    try:
        root = yaml.compose(text, Loader=build_yaml_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.rstrip().count("\n")  # the parser counts a line after the last
        place = f", line {min(mark.line, last) + 1}" if mark else ""
        message = f"{name}{place}: not valid YAML: {error.problem or error.context}."
        raise InputError(message) from None
    except yaml.YAMLError as error:
        message = f"{name}: not valid YAML: {format_foreign_error(error)}."
        raise InputError(message) from None
    except RecursionError:
        raise InputError(describe_nesting(name)) from None
    if root is None:
        message = f"{name} contains only comments."
        raise InputError(message)
    try:
        return root, _Values(name).convert_node(root)
    except RecursionError:
        raise InputError(describe_nesting(name)) from None


class _Values:
    """Plain values of YAML nodes; aliases share one value, so that a small file cannot grow into a large one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._done: dict[int, Any] = {}

    def convert_node(self, node: Any) -> Any:
        if node.id == "scalar":
            return _parse_scalar(node.tag, node.value)
        key = id(node)
        if key not in self._done:
            sequence = node.id == "sequence"
            self._done[key] = (
                [self.convert_node(item) for item in node.value] if sequence else self._convert_mapping(node)
            )
        return self._done[key]

    def _convert_mapping(self, node: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged.update(self._merge_mappings(key_node, value_node))
                continue
            if key_node.id != "scalar":
                raise self._make_key_error(key_node, "a mapping or a list cannot be a key.")
            key = key_node.value  # as written: YAML 1.1 would read the key `on` as true
            if key in out:
                problem = f"the key {format_input_value(key)} appears twice in one mapping. Remove one of them."
                raise self._make_key_error(key_node, problem)
            is_scalar = value_node.id == "scalar"
            out[key] = _parse_scalar(value_node.tag, value_node.value) if is_scalar else self.convert_node(value_node)
        return {**merged, **out} if merged else out

    def _merge_mappings(self, key_node: Any, value_node: Any) -> dict[str, Any]:
        """Return the keys that ``<<`` merges: of a mapping, or of a list of them, where the first one counts."""
        merged: dict[str, Any] = {}
        value = self.convert_node(value_node)
        for part in reversed(value if isinstance(value, list) else [value]):
            if not isinstance(part, dict):
                problem = f"'<<' merges the keys of a mapping, and {format_input_value(part)} is not a mapping."
                raise self._make_key_error(key_node, problem)
            merged.update(part)
        return merged

    def _make_key_error(self, key_node: Any, problem: str) -> InputError:
        return InputError(f"{self._name}, line {key_node.start_mark.line + 1}: {problem}")


def _parse_scalar(tag: str, text: str) -> Any:
    if tag == "tag:yaml.org,2002:str":
        return text
    if tag == "tag:yaml.org,2002:int":
        digits = text.replace("_", "")
        return parse_json_integer(digits) if digits.lstrip("+-").isdigit() else _parse_prefixed_int(digits)
    if tag == "tag:yaml.org,2002:float":
        return _parse_decimal(text)
    if tag == "tag:yaml.org,2002:bool":
        return text.lower() in ("yes", "true", "on", "y")
    if tag == "tag:yaml.org,2002:null":
        return None
    return text


def _parse_prefixed_int(digits: str) -> Any:
    try:
        return int(digits, 0)
    except ValueError:
        return digits


def _parse_decimal(text: str) -> Any:
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation:
        lowered = text.lower()
        return float(lowered.replace(".", "")) if lowered.lstrip("+-") in (".inf", ".nan") else text
