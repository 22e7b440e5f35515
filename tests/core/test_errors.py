"""Errors have parts, and no code searches the text that they compose."""

from __future__ import annotations

import ast
import pickle

import pytest

from costmodel.core.errors import InfeasibleError, InputError, Remedy
from tests.support.paths import ROOT

SOURCES = sorted(p for top in ("costmodel", "dashboard") for p in (ROOT / top).rglob("*.py"))
SEARCHES = {
    "split", "rsplit", "splitlines", "partition", "rpartition", "startswith", "endswith", "find", "index", "replace",
    "removeprefix", "removesuffix", "count",
}  # fmt: skip
REGULAR = {"search", "match", "fullmatch", "sub", "split", "findall", "finditer"}


def test_the_command_line_and_the_dashboard_show_the_same_error_with_their_own_remedy():
    error = InputError("no Region.", where="a.yaml, line 2", remedy=Remedy("Pass --set region=x.", "Choose it there."))
    assert str(error) == "a.yaml, line 2: no Region. Pass --set region=x."
    assert error.describe_for_page() == "a.yaml, line 2: no Region. Choose it there."
    assert (error.what, error.where) == ("no Region.", "a.yaml, line 2")


def test_parts_that_are_missing_leave_no_marks():
    assert str(InputError("It is empty.")) == "It is empty."
    assert InputError("It is empty.", remedy="Name another.").describe_for_page() == "It is empty. Name another."
    assert InputError("It is empty.", remedy=Remedy("Pass --x.")).describe_for_page() == "It is empty."


def test_an_error_survives_being_pickled():
    error = pickle.loads(pickle.dumps(InputError("no Region.", where="a.yaml", remedy="Pass one.")))  # noqa: S301
    assert (str(error), error.where) == ("a.yaml: no Region. Pass one.", "a.yaml")


def test_the_conflict_of_a_demand_is_in_its_message():
    error = InfeasibleError("No plan.", [("rule", "vpc", None)])
    assert str(error) == "No plan."
    error.conflict = list("abcdefg")
    assert str(error) == "No plan. These cannot all be kept: a, b, c, d, e and 2 more."


def is_message(node, names):
    """Tell whether an expression is the text of an error: ``str(error)``, ``error.args[0]``, ``error.what``."""
    if isinstance(node, ast.Subscript):
        return is_message(node.value, names)
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name) and function.id == "str" and node.args:
            return isinstance(node.args[0], ast.Name) and node.args[0].id in names
        return isinstance(function, ast.Attribute) and function.attr == "lower" and is_message(function.value, names)
    parts = ("args", "what", "where", "message", "msg")
    return (
        isinstance(node, ast.Attribute)
        and node.attr in parts
        and isinstance(node.value, ast.Name)
        and node.value.id in names
    )


def find_searches(tree):
    """Yield the lines that compare, cut or search the text of an error that they caught, or were given."""
    caught = {h.name for h in ast.walk(tree) if isinstance(h, ast.ExceptHandler) and h.name}
    caught |= {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg) and "Error" in ast.unparse(a.annotation or a)}
    caught |= {"error", "exception", "exc"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            searched = any(is_message(n, caught) for n in (node.left, *node.comparators))
        elif isinstance(node, ast.Subscript):
            searched = isinstance(node.value, ast.Call) and is_message(node.value, caught)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func
            cut = method.attr in SEARCHES and is_message(method.value, caught)
            matched = method.attr in REGULAR and any(is_message(a, caught) for a in node.args)
            searched = cut or matched
        else:
            searched = False
        if searched:
            yield node.lineno


@pytest.mark.parametrize(
    "line",
    [
        "'cut' in str(error)",
        "str(error).partition(' Say it')",
        "str(error).split(',', 1)[0]",
        "re.search('cut', str(error))",
        "error.what.startswith('cut')",
        "str(error)[:20]",
        "str(error).lower() == 'cut'",
    ],
)
def test_a_search_of_a_message_is_found(line):
    assert list(find_searches(ast.parse(line)))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_code_searches_the_text_of_an_error(path):
    if path == ROOT / "costmodel" / "core" / "errors.py":
        return  # format_foreign_error cuts the first line of another library's error
    assert list(find_searches(ast.parse(path.read_text(encoding="utf-8")))) == []
