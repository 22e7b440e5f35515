"""Names and modules: functions are verbs, every module can be imported in every form, and no two import each other."""

from __future__ import annotations

import ast
import graphlib
import importlib
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

VERBS = set((ROOT / "tests" / "support" / "verbs.txt").read_text(encoding="utf-8").split())
KEPT = {
    "Bill.by": "a name that notebooks use",
    "ActualBill.by": "as Bill.by",
    "Tiers.cost": "a name that notebooks use",
    "breakeven": "a name that notebooks use",
    "terraform": "a decorator: it says which Terraform types a function reads",
    "cloudformation": "a decorator: it says which CloudFormation type a function reads",
    "AwsSession.client": "a method of boto3's sessions, in a Protocol",
}
"""Public names from outside, and why they stay."""

FILES = sorted(p for top in ("costmodel", "dashboard") for p in (ROOT / top).rglob("*.py"))
MODULES = {
    ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p
    for p in FILES
    if p.stem != "__main__"
}


def functions(tree, of=""):
    """Yield (qualified name, name) of functions and methods, without properties, dunders and closures."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [ast.unparse(d) for d in node.decorator_list]
            free = any("property" in d or d.startswith("main.") or ".command" in d or ".group" in d for d in decorators)
            if not free and not node.name.startswith("__"):
                yield f"{of}{node.name}", node.name
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{of}{node.name}.")
        else:
            yield from functions(node, of)


@pytest.mark.parametrize("module", MODULES)
def test_functions_begin_with_a_verb(module):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert [n for n, name in functions(tree) if name.lstrip("_").split("_")[0] not in VERBS and n not in KEPT] == []


def test_a_public_function_name_means_one_thing():
    """A public function of a module has a name of its own, but for pages, which all have show_page."""
    places = {}
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(module)
    assert {name: found for name, found in places.items() if len(found) > 1 and name not in REPEATED} == {}


REPEATED = {"show_page", "read_template", "read_terraform_plan", "find_manifest", "read_assembly"}
REPEATED |= {"read_change_set", "read_plan_series"}
"""Every page has show_page; a package's lazy function has the name of the one that it imports when it is called."""


def test_every_module_can_be_imported_in_every_form():
    lines = "\n".join(
        f"import {name} as m; assert m.__name__ == {name!r}" for name in MODULES if name.startswith("costmodel.")
    )
    subprocess.run([sys.executable, "-c", lines], check=True, cwd=ROOT)
    for name in MODULES:
        if name.startswith("costmodel."):
            parent, _, last = name.rpartition(".")
            importlib.import_module(name)
            assert getattr(importlib.import_module(parent), last).__name__ == name


def imports(tree, module):
    """Yield the modules that one imports anywhere in it, under TYPE_CHECKING and in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def test_no_modules_import_each_other():
    graph = {
        module: {m for m in imports(ast.parse(p.read_text(encoding="utf-8")), module) if m in MODULES and m != module}
        for module, p in MODULES.items()
    }
    list(graphlib.TopologicalSorter(graph).static_order())


def list_errors_as_text(tree):
    """Yield the lines on which an error that was caught becomes text by itself, as the command line has it."""
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name):
        for node in ast.walk(handler):
            inner = node.args if isinstance(node, ast.Call) and ast.unparse(node.func) == "str" else []
            inner = [node.value] if isinstance(node, ast.FormattedValue) else inner
            if any(isinstance(one, ast.Name) and one.id == handler.name for one in inner):
                yield node.lineno


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("dashboard")])
def test_a_page_shows_errors_in_its_own_words(module):
    """``str(error)`` has the remedy of the command line; pages use ``describe_for_page``."""
    assert list(list_errors_as_text(ast.parse(MODULES[module].read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("shown", ["str(error)", "f'x: {error}'"])
def test_errors_as_text_are_found(shown):
    tree = ast.parse(f"try:\n    pass\nexcept ValueError as error:\n    print({shown})\n")
    assert list(list_errors_as_text(tree)) == [4]
