"""Files that hold rows: single ones, folders and globs; how each is packed; none of them twice."""

from __future__ import annotations

import atexit
import glob
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_CHUNK = 1 << 20


class Found(NamedTuple):
    """A file that holds rows: where it is, and how it is packed (csv, gzip, zip or parquet), by its first bytes."""

    path: Path
    kind: str


class Lost(NamedTuple):
    """Rows of a file that could not be read: how many (None: nobody knows), and why."""

    file: str
    rows: int | None
    why: str


def expand_path(one: str, what: str = "the bill") -> list[Path]:
    """Return the files that a name represents: itself, those of a folder to its bottom, or those a pattern fits."""
    if one == "-":
        return [_save_standard_input()]
    path = Path(one)
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "_")))
    if path.exists():
        return [path]
    matches = sorted(Path(p) for p in glob.glob(one, recursive=True) if Path(p).is_file())  # noqa: PTH207 - any root
    if not matches:
        why = "matches no file" if glob.has_magic(one) else "does not exist"
        message = f"{one} {why}. Name a file of {what}, its folder, or a glob in quotes such as 'folder/*.parquet'."
        raise InputError(message)
    return matches


TEXT = (".csv", ".txt", ".tsv", ".gz", ".zip")


@cache
def _save_standard_input() -> Path:
    """Return what stands on standard input as a file, which goes with the process: readers look at it twice."""
    folder = tempfile.TemporaryDirectory(prefix="costmodel-stdin-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "standard-input"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path


def detect_packing(path: Path, *, asked: bool = True, endings: tuple[str, ...] = TEXT) -> str | None:
    """Say how a file is packed, by its first bytes; None of text in a folder that is not named like what is sought."""
    try:
        with path.open("rb") as file:
            first = file.read(4)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise InputError(message) from None
    if first.startswith(_GZIP):
        return "gzip"
    if first.startswith(_ZIP):
        return "zip"
    name = path.name.lower()
    if first == _PARQUET or name.endswith(".parquet"):
        return "parquet"
    return "csv" if asked or name.endswith(endings) or "." not in name else None


def detect_kinds(
    paths: Iterable[Path], given: Sequence[str | Path], endings: tuple[str, ...] = TEXT
) -> dict[Path, str]:
    """Return how each file is packed, without the files that hold no rows by their names.

    Args:
        paths: files.
        given: what a user named: these files are read whatever they are called.
        endings: how names of text files end.

    Raises:
        InputError: a file cannot be read.
    """
    named = {Path(str(name)) for name in given}
    kinds = {path: detect_packing(path, asked=path in named, endings=endings) for path in paths}
    return {path: kind for path, kind in kinds.items() if kind is not None}


def drop_duplicate_files(data: list[Path], kinds: dict[Path, str], left: list[str]) -> list[Path]:
    """Leave out a file that another repeats: byte by byte, or the same rows packed and unpacked."""
    out: list[Path] = []
    sizes: dict[tuple[str, int], list[Path]] = {}
    for path in data:
        same = sizes.setdefault((kinds[path], path.stat().st_size), [])
        twin = next((p for p in same if _has_equal_content(p, path)), None)
        plain = path.with_suffix("")
        if (
            twin is None
            and kinds[path] == "gzip"
            and kinds.get(plain) == "csv"
            and _has_equal_content(plain, path, packed=True)
        ):
            twin = plain
        if twin is not None:
            left.append(f"{path}: the same rows as {twin}")
            continue
        same.append(path)
        out.append(path)
    return out


def _has_equal_content(one: Path, other: Path, *, packed: bool = False) -> bool:
    import gzip
    import zlib

    try:
        with one.open("rb") as a, gzip.open(other) if packed else other.open("rb") as b:
            while (x := a.read(_CHUNK)) == b.read(_CHUNK):
                if not x:
                    return True
    except (OSError, EOFError, zlib.error):
        return False
    return False
