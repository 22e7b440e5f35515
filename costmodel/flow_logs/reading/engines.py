"""Where flow logs lie: files for DuckDB, files or tables for Spark, tables for Athena; each becomes Ibis tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import InputError
from costmodel.flow_logs.reading.find import found, place_of
from costmodel.flow_logs.reading.layout import Layout, normalised, recognised
from costmodel.flow_logs.reading.text import Text, peeked, spooled
from costmodel.tabular.engines import Sources, opened
from costmodel.tabular.find_files import Found, Lost
from costmodel.tabular.gzip_files import unpacked

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


def sources(
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
        layout = recognised(rows.columns, name, keep)
        return Source(name, layout, normalised(rows, layout))

    return opened(
        engine,
        table=table,
        connection=connection,
        files=lambda: found(paths)[0],
        here=lambda duck: _files(duck, *found(paths), log_format=log_format, keep=keep),
        source=source,
        progress=progress,
        sep=" ",
        quote="",
    )


def _files(duck: Duck, files: list[Found], left: list[str], *, log_format: str | None, keep: str) -> Sources:
    """Read files: parquet as it lies, text copied once into parquet of the columns that are read."""
    lost: list[Lost] = []
    parquet: dict[Any, list[tuple[Path, str]]] = {}
    texts: dict[Any, list[Text]] = {}
    failed: list[InputError] = []
    names = unpacked(duck, files)
    for one, name in names:
        where = place_of(name)
        try:
            if one.kind == "parquet":
                layout, kinds = _footer(one.path, name, keep)
                parquet.setdefault((layout, kinds, *(where if not layout.has("region") else ("", ""))), []).append(
                    (one.path, name)
                )
            else:
                text = peeked(one.path, name, one.kind, log_format=log_format, keep=keep, folder=duck.folder)
                texts.setdefault((text.fields, *(where if not text.layout.has("region") else ("", ""))), []).append(
                    text
                )
        except InputError as error:
            failed.append(error)
            lost.append(Lost(name, None, str(error)))
    if failed and not parquet and not texts:
        raise failed[0]
    out = []
    for (layout, _, account, region), members in parquet.items():
        rows = duck.ibis.read_parquet([str(p) for p, _ in members])
        out.append(Source(_several(members[0][1], members), layout, normalised(rows, layout), account, region))
    for (_, account, region), lines in texts.items():
        path, gone = duck.run(partial(spooled, lines, duck.folder), _several(lines[0].name, lines))
        lost += gone
        rows = duck.ibis.read_parquet(str(path))
        layout = lines[0].layout
        out.append(Source(_several(lines[0].name, lines), layout, normalised(rows, layout), account, region))
    return Sources(out, [name for _, name in names], lost, [f"Left out {why}." for why in left], duck.run)


def _several(first: str, all_: Sequence[Any]) -> str:
    return first if len(all_) == 1 else f"{first} and {len(all_) - 1} more"


def _footer(path: Path, name: str, keep: str) -> tuple[Layout, tuple[str, ...]]:
    """Say what the columns of a parquet file mean, by its footer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        message = (
            f"{name} is no whole parquet file: its footer, the last bytes, cannot be read ({why}). It is cut short or "
            "still being written: fetch it again."
        )
        raise InputError(message) from None
    layout = recognised(schema.names, name, keep)
    return layout, tuple(str(schema.field(theirs).type) for _, theirs in layout.columns)
