"""Reading YAML and JSON so that every complaint names a file, a line and a key."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from costmodel.core.errors import EmptyFileError, InputError, Remedy, format_input_value
from costmodel.documents.yaml_values import (
    build_yaml_loader,
    describe_nesting,
    parse_json_integer,
    parse_yaml_value,
)

Step = str | int
MACHINE = ('"format_version"', '"planned_values"')
"""Keys of files that programs write: Terraform's plans."""
_PEEK = 1 << 20
_BLANKS = re.compile(r"\s*")
_OPEN_STRING = re.compile(r'"(?:[^"\\]|\\.)*\\?\Z', re.DOTALL)
"""A string of JSON that the end of the file cuts."""


class Document:
    """A parsed file: its value, and where each part of it is.

    Numbers with a fraction are Decimals, as written; mappings keep their order; a key that appears twice is an error.

    Attributes:
        value: what the text means.
        name: what errors call the file.
        text: the text; "" where it is not kept.
        path: the file on this machine that it was read from; None for standard input, an upload or a mapping.
    """

    def __init__(self, value: Any, name: str, text: str) -> None:
        """Keep the text to find lines in."""
        self.value = value
        self.name = name
        self.text = text
        self.path: Path | None = None
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
                self._root = yaml.compose(self.text.replace("\t", " "), Loader=build_yaml_loader())
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
    """Return a file's document, or that of a mapping, which is called ``name`` in errors."""
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
            text, parse_float=Decimal, parse_int=parse_json_integer, object_pairs_hook=_build_unique_mapping
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
        raise InputError(describe_nesting(name)) from None
    return _parse_yaml_instead_of_json(text, name, failure)


def _parse_yaml(text: str, name: str) -> Document:
    """Parse YAML text; the document keeps its nodes, which know their lines."""
    root, value = parse_yaml_value(text, name)
    document = Document(value, name, text)
    document._root = root  # noqa: SLF001 - the same module
    return document


def _parse_machine_json(text: str, name: str) -> Document:
    """Parse JSON that a program wrote: it is large, and no key appears twice."""
    try:
        return Document(json.loads(text), name, "")
    except json.JSONDecodeError as error:
        if several := _parse_json_series(text):
            return Document(several, name, "")
        raise _describe_json_error(error, text, name) from None
    except RecursionError:
        raise InputError(describe_nesting(name)) from None


def _parse_json_series(text: str) -> list[Any]:
    """Return the JSON values of a text that has one after the other; none if something else is between them."""
    decoder, values, at = json.JSONDecoder(), [], 0
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            values.append(value)
            at = _BLANKS.match(text, at).end()  # type: ignore[union-attr] # it matches everywhere
    except ValueError:
        return []
    return values


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
    """A duplicate key of a mapping."""


def _build_unique_mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        keys = [k for k, _ in pairs]
        raise _TwiceError(next(k for k in keys if keys.count(k) > 1))
    return out
