"""Every command's output, byte for byte, as it is kept in tests/goldens: what a change of the code alone must not move.

A case is a line of commands.txt, or of errors.txt. Kept are stdout (``NAME.EXT``), stderr if there is any (``NAME.err``)
and every file the command wrote (``NAME+FILE``). ``make goldens`` writes them anew; read them before they are committed.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from costmodel.cli import main
from tests.support.paths import ROOT

GOLDENS = ROOT / "tests" / "goldens"
LISTS = ("commands.txt", "errors.txt")
LINKS = {"examples": ROOT / "data" / "examples", "inputs": GOLDENS / "inputs"}
WRITE = os.environ.get("COSTMODEL_GOLDENS") == "write"
ENDS = {"json": "json", "csv": "csv", "markdown": "md", "html": "html"}
SECONDS = re.compile(rb"(seconds(?:\": |: ))[0-9.]+(?:e-?[0-9]+)?")
"""How long a search took, in its certificate."""
MOST = 200
"""Lines of a difference that are shown."""


class Case(NamedTuple):
    """A line of a list of cases."""

    name: str
    exit_code: int
    command: str

    @property
    def end(self):
        """How the file of stdout ends: by the format that the last step asks for."""
        asked = re.findall(r"--format (\w+)", self.command.rpartition("&&")[2])
        usual = "html" if self.name.endswith("-html") else "txt"
        return ENDS.get(asked[-1], "txt") if asked else "json" if self.name.endswith("-json") else usual


def cases(name):
    out = []
    for line in (GOLDENS / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            case, code, command = line.split(maxsplit=2)
            out.append(Case(case, int(code), command))
    return out


CASES = [case for name in LISTS for case in cases(name)]


def ran(case, folder):
    """Run a case in a folder; return its exit code, and by name every file that is to be kept."""
    links = {name: folder / name for name in LINKS}
    for name, link in links.items():
        link.symlink_to(LINKS[name], target_is_directory=True)
    out, err, code = b"", b"", 0
    for step in case.command.split(" && "):
        done = CliRunner().invoke(main, shlex.split(step), prog_name="costmodel")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        out, err, code = out + done.stdout_bytes, err + done.stderr_bytes, done.exit_code
    kept = {f"{case.name}.{case.end}": out, f"{case.name}.err": err}
    for file in sorted(set(folder.iterdir()) - set(links.values())):
        kept[f"{case.name}+{file.name}"] = file.read_bytes()
    return code, {name: SECONDS.sub(rb"\g<1>0.00", text) for name, text in kept.items() if text}


def held(case):
    """Return what is kept of a case."""
    return {f.name: f.read_bytes() for f in GOLDENS.iterdir() if re.split(r"[.+]", f.name)[0] == case.name}


def difference(name, before, after):
    sides = [text.decode(errors="backslashreplace").splitlines() for text in (before, after)]
    lines = [*difflib.unified_diff(*sides, f"kept/{name}", f"now/{name}", lineterm="", n=1)]
    more = [f"... and {len(lines) - MOST:,} lines more"] if len(lines) > MOST else []
    return "\n".join([*lines[:MOST], *more] if lines else [f"{name}: only ends of lines differ"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_output_is_the_one_kept(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in {"COLUMNS": "100", "LINES": "50", "NO_COLOR": "1", "TERM": "dumb", "TZ": "UTC"}.items():
        monkeypatch.setenv(name, value)
    code, now = ran(case, tmp_path)
    before = held(case)
    for text in now.values():
        assert not any(str(path).encode() in text for path in (ROOT, tmp_path)), "it names a folder of this machine"
    if WRITE:
        for name in before.keys() - now.keys():
            (GOLDENS / name).unlink()
        for name, text in now.items():
            (GOLDENS / name).write_bytes(text)
    else:
        names = sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
        assert not names, "\n".join(difference(n, before.get(n, b""), now.get(n, b"")) for n in names)
    assert code == case.exit_code  # it stands in the list: nothing writes it anew


def test_every_kept_file_has_its_case():
    names = {case.name for case in CASES}
    assert len(names) == len(CASES)
    kept = {f: re.split(r"[.+]", f.name)[0] for f in GOLDENS.iterdir() if f.is_file() and f.name not in LISTS}
    for file in [f for f, name in kept.items() if WRITE and name not in names]:
        file.unlink()
        del kept[file]
    assert WRITE or set(kept.values()) == names
