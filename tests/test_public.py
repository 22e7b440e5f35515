"""What the package shows: its names, its types, its README and its documents."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal

import pytest
import yaml

import costmodel as cm
from tests.support.paths import EXAMPLES, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_public_names():
    assert cm.__all__ == [
        "Bill",
        "Tiers",
        "breakeven",
        "compare",
        "load_prices",
        "meter",
        "optimize",
        "price",
        "read_account",
        "read_bill",
        "read_demand",
        "read_flows",
        "read_network",
        "reconcile",
    ]
    assert set(cm.__all__) < set(dir(cm))
    for name in cm.__all__:
        assert getattr(cm, name).__doc__, name


def test_a_name_stays_the_function_though_its_module_is_imported():

    assert callable(cm.compare)
    assert callable(cm.optimize)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'estimates'"):
        _ = cm.estimates


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, costmodel; print(sorted({'numpy', 'pandas', 'click', 'yaml'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_readmes_example_is_what_it_says(tmp_path, monkeypatch):
    [network] = blocks("yaml")
    (tmp_path / "network.yaml").write_text(network, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    [code] = blocks("python")
    names = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - the README's own lines
    assert names["bill"].total == Decimal("372.60")
    assert "**372.60 USD**" in README
    for part in ("219.00", "50.00", "4.80", "98.304", "0.50"):
        assert part in README
    assert len(names["bill"].frame) == 5
    assert f'Decimal("{names["best"].bill.total}")' in README
    assert names["best"].lower_bound == pytest.approx(28.90)


def test_the_readme_names_its_two_commands_and_fits_a_screen():
    assert "make dashboard" in README
    assert "make test" in README
    assert len(README.splitlines()) <= 70


def test_every_command_of_the_readme_exists():
    from costmodel.cli import main

    for command in re.findall(r"`costmodel ([a-z]+)", README):
        assert command in main.commands, command


def test_documents_name_files_that_exist():
    for document in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for path in re.findall(r"`((?:costmodel|data|dashboard|tests|benchmarks|notebooks)/[\w./-]*)`", text):
            assert (ROOT / path.partition("<")[0]).exists(), f"{document}: {path}"


def test_versions_agree():
    import tomllib

    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == cm.__version__


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda f: f.stem)
def test_an_example_says_where_its_figures_are_from(file):
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "nvented" in text or "INVENTED" in text
    assert yaml.safe_load(text)["name"]


def test_nothing_names_a_registry_or_a_machine():
    names = ["py" + "pi.org", "python" + "hosted", "/wor" + "k/", "/tm" + "p/exp", "deb.deb" + "ian"]
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    for file in tracked:
        text = (ROOT / file).read_bytes() if (ROOT / file).is_file() else b""
        assert not [n for n in names if n.encode() in text], file
