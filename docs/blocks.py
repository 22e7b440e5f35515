"""Runs what a page shows, so that no figure is typed by hand: files, commands, Python and values in its sentences.

A page is Markdown. These blocks of it run, from top to bottom, in an empty folder of the page's own beside ``data``:

- ```` ```yaml file=NAME ```` (any language) writes the file, and is shown;
- ```` ```console ```` runs each line ``$ costmodel …`` in this process, and is shown with what it printed;
- ```` ```python run ```` is shown with what it printed; ```` ```python show ```` is not, and prints Markdown;
- ``{{ expression }}`` in a sentence becomes its value, in the names of the page's Python.

Other blocks are left as they are. Words after a language: ``lines=N`` shows that many lines of what was printed,
``exit=N`` expects that exit code, ``notes`` shows what went to the error stream too, ``from=WORD`` and ``until=WORD``
show what was printed from the line that begins so, and up to the one before it.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import shlex
import tempfile
import traceback
import warnings
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import fileformats
import measured
import provenance
import rulebook
from click.testing import CliRunner

from costmodel.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
_FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`]*)$")
_VALUE = re.compile(r"\{\{(.+?)\}\}")


class BlockError(Exception):
    """A block of a page failed; the message names the page, the line and why."""


class Part(NamedTuple):
    """A fenced block, or the text between two.

    Attributes:
        line: the number of its first line in the page, from 1; of a block that of its fence.
        info: the words after the fence; None of text.
        lines: what is in it, without fences.
    """

    line: int
    info: str | None
    lines: list[str]

    @property
    def options(self) -> dict[str, str]:
        """The words after the language, as name → value; "" of a word without one."""
        words = (word.partition("=") for word in (self.info or "").split()[1:])
        return {name: value for name, _, value in words}


def parts(text: str) -> list[Part]:
    """Cut a page into fenced blocks and the text between them."""
    out, current, fence = [], Part(1, None, []), ""
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        if not fence and found:
            out.append(current)
            fence, current = found["ticks"], Part(number, found["info"].strip(), [])
        elif fence and line.strip() == fence:
            out.append(current)
            fence, current = "", Part(number + 1, None, [])
        else:
            current.lines.append(line)
    return [*out, current]


def rendered(text: str, page: str) -> str:
    """Run a page, and return it as plain Markdown.

    Args:
        text: the page's source.
        page: what messages call it.

    Raises:
        BlockError: something of it failed.
    """
    run = _Run(page)
    with run.folder(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="ibis")
        return "\n".join(run.part(part) for part in parts(text)) + "\n"


def money(amount: float | Decimal) -> str:
    """Return an amount with cents."""
    return f"{amount:,.2f}"


def whole(number: float | Decimal) -> str:
    """Return a number without decimals."""
    return f"{number:,.0f}"


class _Run:
    """One page, on its way from top to bottom."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.names: dict[str, Any] = {
            "__name__": "page",
            "money": money,
            "whole": whole,
            "Decimal": Decimal,
            **{module.__name__: module for module in (rulebook, fileformats, provenance, measured)},
        }

    @contextlib.contextmanager
    def folder(self) -> Iterator[None]:
        """Work in an empty folder with the checkout's ``data``, at the embedded prices only."""
        before, prices = Path.cwd(), os.environ.get("COSTMODEL_PRICES")
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "data").symlink_to(ROOT / "data")
            os.environ["COSTMODEL_PRICES"] = str(Path(name) / "none")
            os.chdir(name)
            try:
                yield
            finally:
                os.chdir(before)
                os.environ.pop("COSTMODEL_PRICES")
                if prices is not None:
                    os.environ["COSTMODEL_PRICES"] = prices

    def part(self, part: Part) -> str:
        """Return a part as it is shown."""
        if part.info is None:
            return "\n".join(self._sentence(line, part.line + n) for n, line in enumerate(part.lines))
        language, options = (part.info.split() or [""])[0], part.options
        if "file" in options:
            Path(options["file"]).write_text("\n".join(part.lines) + "\n", encoding="utf-8")
            return _fenced(f'{language} title="{options["file"]}"', part.lines)
        if language == "console":
            printed = [["", *self._command(one, part, part.line + n)] for n, one in enumerate(part.lines, 1)]
            return _fenced("console", [line for lines in printed for line in lines][1:])
        if language == "python" and "show" in options:
            return self._python(part)
        if language == "python" and "run" in options:
            code = _fenced("python", part.lines)
            printed = self._cut(self._python(part), part)
            return f"{code}\n\n{_fenced('text', printed)}" if printed else code
        return _fenced(part.info, part.lines)

    def _sentence(self, line: str, number: int) -> str:
        def value(found: re.Match[str]) -> str:
            try:
                return str(eval(found[1].strip(), self.names))  # noqa: S307 - the page's own words
            except Exception as error:
                raise self._error(number, f"{{{{{found[1]}}}}}: {type(error).__name__}: {error}") from error

        return _VALUE.sub(value, line)

    def _command(self, line: str, part: Part, number: int) -> list[str]:
        """Run a line of a console, in this process; return it with what it printed."""
        if not line.startswith("$ costmodel "):
            raise self._error(
                number, f"a line of a console is `$ costmodel …`, not {line!r}; what it prints comes by itself."
            )
        options = part.options
        ran = CliRunner().invoke(main, shlex.split(line)[2:], prog_name="costmodel", catch_exceptions=True)
        if ran.exit_code != int(options.get("exit", "0")):
            why = "".join(traceback.format_exception(ran.exception)) if ran.exception and ran.exit_code == 1 else ""
            raise self._error(number, f"{line}: exit code {ran.exit_code}. {ran.stderr}{why}")
        return [line, *self._cut(ran.output if "notes" in options else ran.stdout, part)]

    def _python(self, part: Part) -> str:
        """Run Python, and return what it printed."""
        file = f"{self.page}:{part.line}"
        code = "\n".join(part.lines) + "\n"
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(code, file, "exec"), self.names)  # noqa: S102 - the page's own lines
        except Exception as error:
            at = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
            at += [error.lineno] if isinstance(error, SyntaxError) else []
            line = part.line + (at[-1] or 0) if at else part.line
            raise self._error(line, f"{type(error).__name__}: {error}") from error
        return printed.getvalue()

    def _cut(self, text: str, part: Part) -> list[str]:
        """Return the lines that a block's options want of what was printed."""
        printed, options = text.rstrip("\n").splitlines(), part.options
        begin = 0
        if "from" in options:
            starts = [n for n, line in enumerate(printed) if line.startswith(options["from"])]
            if not starts:
                raise self._error(part.line, f"nothing that was printed begins with {options['from']!r}.")
            begin = starts[0]
        until = options.get("until", "\n")
        ends = [n for n, line in enumerate(printed) if n > begin and line.startswith(until)]
        some = "\n".join(printed[begin : ends[0] if ends else None]).rstrip().splitlines()
        most = int(options.get("lines", len(some)))
        return some if len(some) <= most else [*some[:most], "…"]

    def _error(self, line: int, why: str) -> BlockError:
        return BlockError(f"{self.page}, line {line}: {why}")


def _fenced(info: str, lines: list[str]) -> str:
    """Return lines as a fenced block, longer than any fence in it."""
    ticks = "`" * max(3, 1 + max((len(m[0]) for line in lines for m in re.finditer("`{3,}", line)), default=0))
    return "\n".join([ticks + info, *lines, ticks])
