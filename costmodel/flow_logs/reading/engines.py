"""Where flow logs lie: files for DuckDB, files or tables for Spark, tables for Athena; each becomes Ibis tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import InputError, format_foreign_error
from costmodel.flow_logs.reading.find import find_flow_files, parse_file_origin
from costmodel.flow_logs.reading.layout import Layout, detect_flow_layout, normalize_flow_columns
from costmodel.flow_logs.reading.text import Text, read_flow_header, write_flow_parquet
from costmodel.tabular.engines import Sources, open_sources
from costmodel.tabular.find_files import Found, Lost
from costmodel.tabular.gzip_files import unpack_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from costmodel.tabular.duckdb_session import Duck


class Source(NamedTuple):
    """A part of the logs whose rows have one layout: its name, its rows as a normalised Ibis table, its origin."""

    name: str
    layout: Layout
    rows: Any
    account: str = ""
    region: str = ""


def open_flow_sources(
    paths: Sequence[str | Path],
    *,
    engine: str,
    table: str | None,
    connection: Any,
    log_format: str | None,
    keep: str,
    progress: Callable[[float, str], None] | None,
) -> AbstractContextManager[Sources]:
    """Open flow logs; what is opened for them is closed with the block.

    Raises:
        InputError: nothing of them can be read.
    """

    def source(name: str, rows: Any) -> Source:
        layout = detect_flow_layout(rows.columns, name, keep)
        return Source(name, layout, normalize_flow_columns(rows, layout))

    return open_sources(
        engine,
        table=table,
        connection=connection,
        files=lambda: find_flow_files(paths)[0],
        here=lambda duck: _read_files(duck, *find_flow_files(paths), log_format=log_format, keep=keep),
        source=source,
        progress=progress,
        sep=" ",
        quote="",
    )


def _read_files(duck: Duck, files: list[Found], left: list[str], *, log_format: str | None, keep: str) -> Sources:
    """Read files: parquet as it lies, text copied once into parquet of the columns that are read."""
    lost: list[Lost] = []
    parquet: dict[Any, list[tuple[Path, str]]] = {}
    texts: dict[Any, list[Text]] = {}
    failed: list[InputError] = []
    names = unpack_files(duck, files)
    for one, name in names:
        where = parse_file_origin(name)
        try:
            if one.kind == "parquet":
                layout, kinds = _read_footer(one.path, name, keep)
                parquet.setdefault(
                    (layout, kinds, *(where if not layout.has_field("region") else ("", ""))), []
                ).append((one.path, name))
            else:
                text = read_flow_header(one.path, name, one.kind, log_format=log_format, keep=keep, folder=duck.folder)
                texts.setdefault(
                    (text.fields, *(where if not text.layout.has_field("region") else ("", ""))), []
                ).append(text)
        except InputError as error:
            failed.append(error)
            lost.append(Lost(name, None, str(error)))
    if failed and not parquet and not texts:
        raise failed[0]
    out = []
    for (layout, _, account, region), members in parquet.items():
        rows = duck.ibis.read_parquet([str(p) for p, _ in members])
        out.append(
            Source(_name_source(members[0][1], members), layout, normalize_flow_columns(rows, layout), account, region)
        )
    for (_, account, region), lines in texts.items():
        path, gone = duck.run_query(partial(write_flow_parquet, lines, duck.folder), _name_source(lines[0].name, lines))
        lost += gone
        rows = duck.ibis.read_parquet(str(path))
        layout = lines[0].layout
        out.append(
            Source(_name_source(lines[0].name, lines), layout, normalize_flow_columns(rows, layout), account, region)
        )
    return Sources(out, [name for _, name in names], lost, [f"Left out {why}." for why in left], duck.run_query)


def _name_source(first: str, all_: Sequence[Any]) -> str:
    return first if len(all_) == 1 else f"{first} and {len(all_) - 1} more"


def _read_footer(path: Path, name: str, keep: str) -> tuple[Layout, tuple[str, ...]]:
    """Say what the columns of a parquet file mean, by its footer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        why = format_foreign_error(error)
        message = (
            f"{name} is no whole parquet file: its footer, the last bytes, cannot be read ({why}). It is cut short or "
            "still being written: fetch it again."
        )
        raise InputError(message) from None
    layout = detect_flow_layout(schema.names, name, keep)
    return layout, tuple(str(schema.field(theirs).type) for _, theirs in layout.columns)
