"""Where rows lie beside files for DuckDB: files or tables for Spark, tables for Athena; each becomes an Ibis table."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import CostmodelError, InputError, format_foreign_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from costmodel.tabular.duckdb_session import Duck
    from costmodel.tabular.find_files import Found, Lost

ENGINES = ("duckdb", "spark", "athena")


def check_engine(engine: str, *, files: bool, table: str | None, what: str) -> None:
    """Refuse an engine that nobody knows, and one that reads what was not given.

    Raises:
        InputError: the message says what to give instead.
    """
    if engine not in ENGINES:
        message = f"The engine is one of {', '.join(ENGINES)}, not {engine!r}."
        raise InputError(message)
    if files == bool(table):
        message = f"Name the files of {what}, or with --table a table of the engine's catalogue, and not both."
        raise InputError(message)
    if engine == "duckdb" and table:
        message = "DuckDB reads files, not tables of a catalogue: name files, or choose --engine spark or athena."
        raise InputError(message)
    if engine == "athena" and not table:
        message = "Athena reads tables, not files: name one with --table database.table."
        raise InputError(message)


@dataclass
class Sources:
    """All that was found: its parts, what was lost in getting them, and how to run a query on them."""

    sources: list[Any]
    names: list[str]
    lost: list[Lost] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    run: Callable[[Callable[[], Any], str], Any] = lambda work, _: work()


@contextmanager
def open_sources(
    engine: str,
    *,
    table: str | None,
    connection: Any,
    files: Callable[[], Sequence[Found]],
    here: Callable[[Duck], Sources],
    source: Callable[[str, Any], Any],
    progress: Callable[[float, str], None] | None,
    **text: Any,
) -> Iterator[Sources]:
    """Open rows on an engine; what is opened for them is closed with the block.

    Args:
        engine: duckdb, spark or athena.
        table: a table of the engine's catalogue, in place of files.
        connection: of Spark a SparkSession, of Athena an Ibis connection; None makes one from the environment.
        files: finds the files that Spark is to read.
        here: reads files with DuckDB.
        source: makes a part of a name and an Ibis table.
        progress: told how far DuckDB is.
        text: how Spark is to read text.

    Raises:
        InputError: nothing of them can be read.
    """
    if engine == "duckdb":
        from costmodel.tabular.duckdb_session import open_duckdb as duckdb

        with duckdb(progress) as duck:
            yield here(duck)
        return
    with ExitStack() as stack:
        backend = _open_spark(connection, stack) if engine == "spark" else _open_athena(connection)
        if table:
            parts = [(table, _open_table(backend, table))]
        else:
            parts = [(f.path.name, _read_spark_file(backend, f, text)) for f in files()]
        yield Sources([source(name, rows) for name, rows in parts], [name for name, _ in parts])


def _open_spark(session: Any, stack: ExitStack) -> Any:
    import ibis

    if session is None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            message = "Spark is not installed here. Install it with: pip install 'costmodel[spark]'."
            raise CostmodelError(message) from None
        session = SparkSession.builder.appName("costmodel").getOrCreate()
        stack.callback(session.stop)
    return ibis.pyspark.connect(session)


def _read_spark_file(backend: Any, one: Found, text: dict[str, Any]) -> Any:
    if one.kind == "parquet":
        return backend.read_parquet(str(one.path))
    if one.kind == "zip":
        message = f"{one.path}: Spark reads no zip archives. Unpack it, or use the engine duckdb."
        raise InputError(message)
    return backend.read_csv(str(one.path), header=True, inferSchema=False, **text)


def _open_athena(backend: Any) -> Any:
    if backend is not None:
        return backend
    import os

    import ibis

    results = os.environ.get("AWS_ATHENA_S3_STAGING_DIR")
    if not results:
        message = (
            "Athena needs a place for its results: set AWS_ATHENA_S3_STAGING_DIR to one, such as s3://bucket/results/, "
            "and AWS_DEFAULT_REGION and credentials as for any other AWS tool."
        )
        raise InputError(message)
    try:
        return ibis.athena.connect(s3_staging_dir=results)
    except (ImportError, ModuleNotFoundError):
        message = "Athena's client is not installed here. Install it with: pip install 'costmodel[athena]'."
        raise CostmodelError(message) from None


def _open_table(backend: Any, whole: str) -> Any:
    *database, name = whole.split(".")
    try:
        return backend.table(
            name, database=tuple(database) if len(database) > 1 else (database[0] if database else None)
        )
    except Exception as error:
        message = f"The table {whole} cannot be opened: {format_foreign_error(error)}"
        raise InputError(message) from error
