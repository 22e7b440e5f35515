"""Writing the user's price tables: an interruption leaves the old tables or the new ones, never a part."""

from __future__ import annotations

import csv
import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError
from costmodel.pricing.rows import PriceRow, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_COLUMNS = PriceRow._fields[:-1]


@contextmanager
def hold_refresh_lock(where: Path) -> Iterator[None]:
    """Let one refresh at a time write to a folder; the system removes the lock of a process that was killed.

    Raises:
        InputError: another refresh is running, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        where.mkdir(parents=True, exist_ok=True)
        with FileLock(where / "lock", timeout=0):
            yield
    except Timeout:
        message = f"{where}: another refresh is running there. Wait until it ends."
        raise InputError(message) from None
    except OSError as error:
        message = f"{where}: cannot be written ({error.strerror or error}). COSTMODEL_PRICES names another folder."
        raise InputError(message) from None


def replace_user_prices(where: Path, rows: Iterable[PriceRow], sources: Iterable[Source]) -> Path:
    """Write new tables next to the current ones, and then switch to them in one step.

    Each edition has a folder, and the file ``current`` names the one in use. The previous edition is kept, because
    another process may be reading it.

    Args:
        where: the user's folder; see :func:`hold_refresh_lock`.
        rows: the rows of prices.csv.
        sources: the rows of sources.csv.

    Returns:
        The folder written.
    """
    name = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S%fZ")
    folder = where / name
    folder.mkdir()
    _write_csv(folder / "prices.csv", _COLUMNS, (row[: len(_COLUMNS)] for row in rows))
    _write_csv(folder / "sources.csv", Source._fields, sorted(sources))
    pointer = where / "current"
    before = pointer.read_text(encoding="utf-8").strip() if pointer.exists() else ""
    aside = where / "current.new"
    aside.write_text(name + "\n", encoding="utf-8")
    _ensure_on_disk(aside)
    _ensure_on_disk(folder)
    aside.replace(pointer)
    _ensure_on_disk(where)
    for old in where.glob("[0-9]*T*Z"):
        if old.name not in (name, before):
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _write_csv(path: Path, names: tuple[str, ...], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(names)
        lines.writerows(rows)
    _ensure_on_disk(path)


def _ensure_on_disk(path: Path) -> None:
    """Flush a file or a folder to the disk, before anything that relies on it is written."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
