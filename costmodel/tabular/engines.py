"""Engines other than DuckDB: Spark reads files or tables, Athena reads tables. Each becomes an Ibis table.

SparkSession and Ibis backends are ``Any`` here: their packages have no types and are installed only where used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.core.errors import CostmodelError, InputError, format_foreign_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from costmodel.tabular.find_files import Found

ENGINES = ("duckdb", "spark", "athena")


def check_engine(engine: str, *, files: bool, table: str | None, what: str) -> None:
    """Refuse an unknown engine, and one that cannot read what was given.

    Raises:
        InputError: the message says what to give instead.
    """
    if engine not in ENGINES:
        message = f"The engine is one of {', '.join(ENGINES)}, not {engine!r}."
        raise InputError(message)
    if files == bool(table):
        message = f"Name the files of {what}, or a table of the engine's catalogue with --table, but not both."
        raise InputError(message)
    if engine == "duckdb" and table:
        message = "DuckDB reads files, not tables of a catalogue: name files, or choose --engine spark or athena."
        raise InputError(message)
    if engine == "athena" and not table:
        message = "Athena reads tables, not files: name one with --table database.table."
        raise InputError(message)


def open_spark(session: Any, stack: ExitStack) -> Any:
    """Return an Ibis backend of a SparkSession, or of a new one that is stopped with the stack.

    Raises:
        CostmodelError: Spark is not installed.
    """
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


def read_spark_file(backend: Any, file: Found, text_options: Mapping[str, str]) -> Any:
    """Return a file as an Ibis table of Spark.

    Raises:
        InputError: the file is a zip archive.
    """
    if file.kind == "parquet":
        return backend.read_parquet(str(file.path))
    if file.kind == "zip":
        message = f"{file.path}: Spark does not read zip archives. Unpack it, or use the engine duckdb."
        raise InputError(message)
    return backend.read_csv(str(file.path), header=True, inferSchema=False, **text_options)


def open_athena(backend: Any) -> Any:
    """Return an Ibis backend of Athena: the given one, or one that the environment describes.

    Raises:
        InputError: the environment does not name a place for results.
        CostmodelError: Athena's client is not installed.
    """
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


def open_table(backend: Any, whole: str) -> Any:
    """Return a table of an engine's catalogue by its name, such as ``database.table``.

    Raises:
        InputError: the engine cannot open it.
    """
    *databases, name = whole.split(".")
    database: str | tuple[str, ...] | None = tuple(databases)
    if len(databases) <= 1:
        database = databases[0] if databases else None
    try:
        return backend.table(name, database=database)
    except Exception as error:
        message = f"The table {whole} cannot be opened: {format_foreign_error(error)}"
        raise InputError(message) from error
