"""Reading YAML and JSON so that every complaint names a file, a line and a key."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from costmodel.core.errors import EmptyFileError, InputError, Remedy, format_foreign_error, format_input_value

Step = str | int
MACHINE = ('"format_version"', '"planned_values"')
"""Keys of files that programs write: Terraform's plans."""
_PEEK = 1 << 20
_MAX_YAML = 64 << 20
_OPEN_STRING = re.compile(r'"(?:[^"\\]|\\.)*\\?\Z', re.DOTALL)
"""A string of JSON that the end of the file cuts."""
_DIGITS = 1000  # of a whole number; Python reads no more than some thousands


class Document:
    """A parsed file: its value, and where each part of it stands.

    Numbers with a fraction are Decimals, as written; mappings keep their order; a key that stands twice is an error.
    """

    def __init__(self, value: Any, name: str, text: str) -> None:
        """Keep the text to find lines in."""
        self.value = value
        self.name = name
        self.text = text
        self._root: Any = None

    def locate_path(self, *path: Step) -> str:
        """Return ``FILE, line N`` for the deepest part of a path that exists; of a long file or a mapping, the path."""
        line = self._find_line(path)
        if line or not path:
            return f"{self.name}, line {line}" if line else self.name
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        return f"{self.name}, {steps.lstrip('.')}"

    def make_error(self, what: str, *path: Step, remedy: Remedy | str | None = None) -> InputError:
        """Return an error whose place is this file, and the line of ``path`` where it is known."""
        return InputError(what, where=self.locate_path(*path), remedy=remedy)

    def _find_line(self, path: tuple[Step, ...]) -> int | None:
        node = self._compose_root()
        line = node.start_mark.line + 1 if node else None
        for step in path:
            found = _find_child(node, step)
            if found is None:
                break
            node, line = found
        return line

    def _compose_root(self) -> Any:
        """Return the root node of the text, composed when it is first needed; None if the text is not small YAML."""
        if self._root is None and self.text and len(self.text) <= _PEEK:
            import yaml

            try:
                self._root = yaml.compose(self.text.replace("\t", " "), Loader=_build_yaml_loader())
            except (yaml.YAMLError, RecursionError):
                return None
        return self._root


def read_text(path: str | Path) -> tuple[str, str]:
    """Return a file's text and what to call it; ``-`` is standard input.

    UTF-8 (with or without a mark) and UTF-16 with a mark are read.

    Raises:
        InputError: the path is a folder, is missing, cannot be read, or the file holds nothing.
    """
    if str(path) == "-":
        if sys.stdin is None:
            message = "Standard input is closed; name a file, or pipe one in."
            raise InputError(message)
        return decode_text(sys.stdin.buffer.read(), "standard input"), "standard input"
    where = Path(path)
    name = str(path)
    if where.is_dir():
        message = f"{name} is a folder; name a file in it."
        raise InputError(message)
    try:
        with where.open("rb") as file:
            head = file.read(_PEEK)
            size, blank = len(head), not head.strip(b"\0 \t\r\n")
            while blank and (chunk := file.read(_PEEK)):  # a large file of nothing is not kept
                size, blank = size + len(chunk), not chunk.strip(b"\0 \t\r\n")
                head = chunk if not blank else head
            if blank:
                message = f"{name} is empty ({size:,} bytes, none of them text)."
                raise EmptyFileError(message)
            data = head + file.read()
    except OSError as error:
        message = f"{name}: cannot be read ({error.strerror or error})."
        raise InputError(message) from None
    return decode_text(data, name), name


def decode_text(data: bytes, name: str) -> str:
    """Return a file's text: UTF-8 (with or without a mark), or UTF-16 with a mark.

    Raises:
        InputError: it is no text, or holds nothing.
    """
    if data[:4] == b"PK\x03\x04":
        if b"tfplan" in data or b"tfstate" in data:
            message = f"{name} is Terraform's binary plan. Print its JSON with: terraform show -json {name} > plan.json"
        else:
            message = f"{name} is a zip archive; unpack it and name a file in it."
        raise InputError(message)
    if data[:2] == b"\x1f\x8b":
        message = f"{name} is compressed; unpack it first: gunzip {name}. (`bill` and `flows` read theirs packed.)"
        raise InputError(message)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"{name}: not text in UTF-8 or UTF-16 (byte {error.start:,}). Save it as UTF-8."
        raise InputError(message) from None
    if not text.strip("\0 \t\r\n"):
        message = f"{name} is empty."
        raise EmptyFileError(message)
    if "\0" in text:
        message = f"{name}: not text in UTF-8 or UTF-16 (it contains zero bytes). Save it as UTF-8."
        raise InputError(message)
    return text


def read_document(path: str | Path) -> Document:
    """Read a YAML or JSON file, recognised by content.

    Raises:
        InputError: the file cannot be read or parsed, or holds a key twice; the message names the line.
    """
    text, name = read_text(path)
    return parse_document(text, name)


def load_document(source: str | Path | Mapping[Any, Any], name: str) -> Document:
    """Return a file's document, or that of a mapping, which goes by ``name`` in errors."""
    if not isinstance(source, Mapping):
        return read_document(source)
    # To yaml.safe_load, a reader of YAML 1.1, the key `on` is True.
    return Document({"on" if key is True else key: value for key, value in source.items()}, name, "")


def _find_child(node: Any, step: Step) -> tuple[Any, int] | None:
    """Return the child of a YAML node at a key or an index, and its line; None if there is none."""
    if node is not None and node.id == "mapping":
        for key, value in reversed(node.value):
            if key.value == str(step):
                return value, key.start_mark.line + 1
    elif node is not None and node.id == "sequence" and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    return None


def parse_document(text: str, name: str) -> Document:
    """Parse YAML or JSON text; ``name`` is what errors call it."""
    if text.lstrip()[:1] not in ("{", "["):
        return _parse_yaml(text, name)
    if any(key in text for key in MACHINE):
        return _parse_machine_json(text, name)
    try:
        value = json.loads(
            text, parse_float=Decimal, parse_int=_parse_whole_number, object_pairs_hook=_build_unique_mapping
        )
        return Document(value, name, text)
    except json.JSONDecodeError as error:
        failure = _describe_json_error(error, text, name)
    except _TwiceError as error:
        failure = InputError(
            f"{name}: the key {format_input_value(error.args[0])} appears twice in one mapping. Remove one of them."
        )
        if len(text) <= _PEEK:
            _parse_yaml(text, name)  # it raises the same error with the line
        raise failure from None
    except RecursionError:
        raise InputError(_describe_nesting(name)) from None
    return _parse_yaml_instead_of_json(text, name, failure)


def _parse_machine_json(text: str, name: str) -> Document:
    """Parse JSON that a program wrote: it is large, and no key appears twice."""
    try:
        return Document(json.loads(text), name, "")
    except json.JSONDecodeError as error:
        raise _describe_json_error(error, text, name) from None
    except RecursionError:
        raise InputError(_describe_nesting(name)) from None


def _describe_json_error(error: json.JSONDecodeError, text: str, name: str) -> InputError:
    cut = error.pos >= len(text.rstrip()) or _OPEN_STRING.match(text, error.pos) is not None
    why = "the file is truncated: it ends in the middle" if cut else f"not valid JSON: {error.msg}"
    return InputError(f"{name}, line {error.lineno}: {why} (column {error.colno}).")


def _parse_yaml_instead_of_json(text: str, name: str, failure: InputError) -> Document:
    """Parse text that looks like JSON and is not: a flow mapping of YAML, unless it is large or named ``.json``.

    Raises:
        InputError: ``failure``, if the text is not YAML either.
    """
    if len(text) > _PEEK or name.endswith(".json"):
        raise failure
    try:
        return _parse_yaml(text, name)
    except InputError:
        raise failure from None


class _TwiceError(Exception):
    """A key that stands twice in one mapping."""


def _build_unique_mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        keys = [k for k, _ in pairs]
        raise _TwiceError(next(k for k in keys if keys.count(k) > 1))
    return out


def _parse_whole_number(digits: str) -> Any:
    return int(digits) if len(digits) <= _DIGITS else Decimal(digits)


def _describe_nesting(name: str) -> str:
    return f"{name}: nested too deeply."


@cache
def _build_yaml_loader() -> Any:
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


def _parse_yaml(text: str, name: str) -> Document:
    import yaml

    if len(text) > _MAX_YAML:
        message = f"{name}: {len(text):,} characters of YAML are too many for a network or demand file."
        raise InputError(message)
    try:
        root = yaml.compose(text, Loader=_build_yaml_loader())
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
        raise InputError(_describe_nesting(name)) from None
    document = Document(None, name, text)
    document._root = root  # noqa: SLF001 - the same module
    if root is None:
        message = f"{name} contains only comments."
        raise InputError(message)
    try:
        document.value = _Values(name).convert_node(root)
    except RecursionError:
        raise InputError(_describe_nesting(name)) from None
    return document


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
        return _parse_whole_number(digits) if digits.lstrip("+-").isdigit() else _parse_prefixed_int(digits)
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
