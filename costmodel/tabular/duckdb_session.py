"""The embedded database: DuckDB in this process, allowed the bill's files and a folder of its own, and nothing else."""

from __future__ import annotations

import glob
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MEMORY = "640MB"
"""What the database may hold; beyond that it spills into its folder. With Python beside it that stays below 1 GiB."""

_OFTEN = 0.2


class Duck:
    """A DuckDB connection through Ibis that can read the files it was given, once it is closed to others.

    Args:
        progress: called with the part done (0 to 1) and what is being read, several times a second.
    """

    def __init__(self, progress: Callable[[float, str], None] | None = None) -> None:
        """Open a database in memory and a folder to spill into, which goes with the object."""
        import duckdb
        import ibis

        self._progress = progress
        self._folder = tempfile.TemporaryDirectory(prefix="costmodel-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name).resolve()
        self.ibis: Any = ibis.duckdb.connect(
            memory_limit=MEMORY,
            temp_directory=str(self.folder),
            preserve_insertion_order=False,
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        with suppress(duckdb.InvalidInputException):  # in Jupyter without ipywidgets it is off, and may not be set
            self.ibis.raw_sql("SET enable_progress_bar = false")
        self._set_option("TimeZone", "UTC")

    def close(self) -> None:
        """Close the database and remove its folder."""
        with suppress(Exception):
            self.ibis.disconnect()
        self._folder.cleanup()

    def restrict_to_files(self, paths: Sequence[Path]) -> list[Path]:
        """Allow these files and the own folder from now on, for good; return the names the database knows them by.

        A name that the database would take for a pattern is linked, or copied, into the folder under another.
        """
        names = []
        for n, path in enumerate(p.resolve() for p in paths):
            if glob.has_magic(str(path)):
                named = self.folder / f"file-{n}{path.suffix}"
                try:
                    named.hardlink_to(path)
                except OSError:
                    shutil.copyfile(path, named)
                names.append(named)
            else:
                names.append(path)
        self._set_option("allowed_directories", [str(self.folder)])
        self._set_option("allowed_paths", list(map(str, names)))
        self._set_option("enable_external_access", value=False)
        self._set_option("lock_configuration", value=True)
        return names

    def _set_option(self, name: str, value: Any) -> None:
        import sqlglot.expressions as sge

        pair = sge.EQ(this=sge.to_identifier(name), expression=sge.convert(value))
        self.ibis.raw_sql(sge.Set(expressions=[sge.SetItem(this=pair)]).sql("duckdb"))

    def run_query(self, work: Callable[[], Any], what: str) -> Any:
        """Run a query and say how far it is; Ctrl-C stops it."""
        if self._progress is None:
            return work()
        out: list[Any] = []
        failed: list[BaseException] = []

        def inside() -> None:
            try:
                out.append(work())
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
                failed.append(error)

        thread = Thread(target=inside, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_OFTEN)
                self._progress(max(0.0, self.ibis.con.query_progress() / 100), what)
        except BaseException:
            self.ibis.con.interrupt()
            thread.join()
            raise
        if failed:
            raise failed[0]
        return out[0]


@contextmanager
def open_duckdb(progress: Callable[[float, str], None] | None) -> Iterator[Duck]:
    """Open a database that is closed with the block."""
    duck = Duck(progress)
    try:
        yield duck
    finally:
        duck.close()
