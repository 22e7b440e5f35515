"""Where flow logs lie: files for DuckDB, files or tables for Spark, tables for Athena; each becomes Ibis tables."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.errors import InputError
from costmodel.ingest.flows.find import found, place_of
from costmodel.ingest.flows.layout import Layout, normalised, recognised
from costmodel.ingest.flows.text import Text, peeked, spooled
from costmodel.ingest.tables.engines import elsewhere
from costmodel.ingest.tables.files import Found, Lost
from costmodel.ingest.tables.packed import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from costmodel.ingest.tables.duck import Duck


class Source(NamedTuple):
    """A part of the logs whose rows have one layout: its name, its rows as a normalised Ibis table, its origin."""

    name: str
    layout: Layout
    rows: Any
    account: str = ""
    region: str = ""


@dataclass
class Sources:
    """All of the logs: their parts, what was lost in getting them, and how to run a query on them."""

    sources: list[Source]
    names: list[str]
    lost: list[Lost] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    run: Callable[[Callable[[], Any], str], Any] = lambda work, _: work()


@contextmanager
def sources(
    paths: Sequence[str | Path],
    *,
    engine: str,
    table: str | None,
    connection: Any,
    log_format: str | None,
    keep: str,
    progress: Callable[[float, str], None] | None,
) -> Iterator[Sources]:
    """Open flow logs; what is opened for them is closed with the block.

    Raises:
        InputError: nothing of them can be read.
    """
    if engine == "duckdb":
        from costmodel.ingest.tables.duck import opened

        with opened(progress) as duck:
            yield _files(duck, *found(paths), log_format=log_format, keep=keep)
        return
    with ExitStack() as stack:
        parts = elsewhere(
            engine, table=table, connection=connection, files=lambda: found(paths)[0], stack=stack, sep=" ", quote=""
        )
        out = []
        for name, rows in parts:
            layout = recognised(rows.columns, name, keep)
            out.append(Source(name, layout, normalised(rows, layout)))
        yield Sources(out, [name for name, _ in parts])


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
