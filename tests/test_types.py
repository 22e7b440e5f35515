"""Types: mypy finds misspelt columns and wrong values, and the annotations of every public name can be evaluated."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
import typing

import pytest

from costmodel.network.reading.json_shapes import Json
from tests.support.paths import ROOT

WRONG = ROOT / "tests" / "support" / "wrong_uses.txt"
MODULES = sorted(
    ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for p in (ROOT / "costmodel").rglob("*.py")
    if p.stem != "__main__"
)


# ---------------------------------------------------------------- wrong uses
def test_mypy_reports_every_wrong_use_and_nothing_else(tmp_path):
    pytest.importorskip("mypy")
    file = tmp_path / "wrong_uses.py"
    file.write_text(WRONG.read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", str(ROOT / ".mypy_cache"), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if ": error: " in line]
    reported = {int(m[1]): line for line in lines if (m := re.search(r"wrong_uses\.py:(\d+): error", line))}
    wrong = {
        number: line
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# wrong")
    }
    assert [line for line in lines if "wrong_uses.py:" not in line] == [], "errors outside the file"
    assert {number: line for number, line in wrong.items() if number not in reported} == {}, "mypy accepts these"
    assert {number: line for number, line in reported.items() if number not in wrong} == {}, "mypy refuses these"


# ---------------------------------------------------------------- annotations
def import_checked_names(module):
    """Return a module's names, with those under TYPE_CHECKING; ``Json`` is the name in its own alias."""
    tree = ast.parse(inspect.getsource(module))
    names = {"Json": Json} | vars(module)
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            exec(compile(ast.Module(node.body, []), f"<{module.__name__}>", "exec"), names)  # noqa: S102
    return names


def list_annotated(module):
    """Yield (name, object) of a module's public functions and classes, and of their public methods."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield name, value
            for inner, member in vars(value).items():
                method = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
                if not inspect.isfunction(method) or method.__code__.co_filename == "<string>":
                    continue  # not a method, or a dataclass's __init__, whose annotations are the fields'
                if inner == "__init__" or not inner.startswith("_"):
                    yield f"{name}.{inner}", method
        elif inspect.isfunction(value):
            yield name, value


def is_ours(base):
    return base.__module__.split(".")[0] in {"costmodel", *sys.stdlib_module_names}


def evaluate_annotations(module, value):
    """Evaluate a function's annotations, or a class's with those of its bases of this project."""
    value = inspect.unwrap(value)
    bases = getattr(value, "__mro__", ())
    if not all(map(is_ours, bases)):  # a library's annotations may use names that it imports for type checkers
        value = type(value.__name__, (), {"__annotations__": inspect.get_annotations(value)})
    scope = import_checked_names(module)
    for base in (b for b in bases if b.__module__.startswith("costmodel.")):
        scope = import_checked_names(sys.modules[base.__module__]) | scope
    return typing.get_type_hints(value, globalns=scope, localns=scope)


@pytest.mark.parametrize("name", MODULES)
def test_the_annotations_of_public_names_can_be_evaluated(name):
    module = importlib.import_module(name)
    for label, value in list_annotated(module):
        try:
            evaluate_annotations(module, value)
        except Exception as error:
            raise AssertionError(f"{name}.{label}: {error!r}") from error


PACKAGES = ("core", "pricing", "aws", "network", "demand", "architectures", "optimizer")


def list_unexplained_any(source):
    """Yield the public functions of a module that have ``Any`` in their signature and no reason beside it."""
    lines = source.splitlines()

    def walk(node, of, public):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                yield from walk(child, f"{of}{child.name}.", public and not child.name.startswith("_"))
            elif isinstance(child, ast.FunctionDef) and public:
                if child.name.startswith("_") and child.name != "__init__":
                    continue
                several = [*child.args.posonlyargs, *child.args.args, *child.args.kwonlyargs]
                several += [a for a in (child.args.vararg, child.args.kwarg) if a]
                written = [a.annotation for a in several if a.annotation] + [child.returns] * bool(child.returns)
                names = {n.id for a in written for n in ast.walk(a) if isinstance(n, ast.Name)}
                signature = lines[child.lineno - 1 : child.body[0].lineno - 1]
                if "Any" in names and not any("#" in line for line in signature):
                    yield f"{of}{child.name}"

    return walk(ast.parse(source), "", True)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_public_signature_has_no_any_without_a_reason(package):
    found = {
        str(path.relative_to(ROOT)): names
        for path in (ROOT / "costmodel" / package).rglob("*.py")
        if (names := list(list_unexplained_any(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_any_without_a_reason_is_found():
    source = "def f(a: dict[str, Any]) -> int:\n    ...\nclass A:\n    def g(self) -> Any:  # a reason\n        ...\n"
    assert list(list_unexplained_any(source)) == ["f"]
