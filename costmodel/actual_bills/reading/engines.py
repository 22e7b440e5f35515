"""Where a bill lies: files for DuckDB, files or tables for Spark, tables for Athena; each becomes Ibis tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.actual_bills.reading.find import Files, find_bill_files
from costmodel.actual_bills.reading.layout import (
    SAME,
    Layout,
    detect_bill_layout,
    extract_constants,
    normalize_bill_columns,
)
from costmodel.actual_bills.reading.text import read_bill_header, write_bill_parquet
from costmodel.core.errors import InputError, format_foreign_error
from costmodel.tabular.engines import Sources, open_sources
from costmodel.tabular.find_files import Found, Lost
from costmodel.tabular.gzip_files import unpack_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from costmodel.tabular.duckdb_session import Duck

_EXACT = 32


class Source(NamedTuple):
    """A part of a bill whose rows have one layout: its name, its rows as a normalised Ibis table, what all have."""

    name: str
    layout: Layout
    rows: Any
    constants: dict[str, str]


def open_bill_sources(
    paths: Sequence[str | Path],
    *,
    engine: str,
    table: str | None,
    connection: Any,
    progress: Callable[[float, str], None] | None,
) -> AbstractContextManager[Sources]:
    """Open a bill; what is opened for it is closed with the block.

    Raises:
        InputError: nothing of it can be read.
    """
    return open_sources(
        engine,
        table=table,
        connection=connection,
        files=lambda: find_bill_files(paths).files,
        here=lambda duck: _read_files(duck, find_bill_files(paths)),
        source=_make_source,
        progress=progress,
        quote='"',
        escape='"',
    )


def _make_source(name: str, rows: Any) -> Source:
    kinds = rows.schema()
    maps = [n for n, t in kinds.items() if t.is_map() or t.is_struct()]
    layout = detect_bill_layout(list(kinds), name, maps=maps)
    return Source(name, layout, normalize_bill_columns(rows, layout), {})


# ---------------------------------------------------------------- DuckDB
def _read_files(duck: Duck, there: Files) -> Sources:
    """Read the files of a bill: parquet as it lies, text copied once into parquet of the columns that matter."""
    lost = list(there.missing)
    files = unpack_files(duck, there.files)
    parts: dict[Any, list[_Member]] = {}
    failed: list[InputError] = []
    for n, (one, name) in enumerate(files):
        try:
            member, gone = _read_member(duck, one, name, n)
        except InputError as error:
            failed.append(error)
            lost.append(Lost(name, None, str(error)))
            continue
        lost += gone
        parts.setdefault((member.layout, member.kinds, member.condensed), []).append(member)
    if failed and not parts:
        raise failed[0]
    out = [_combine_members(duck, members) for members in parts.values()]
    return Sources(out, [name for _, name in files], lost, [f"Left out {why}." for why in there.left], duck.run_query)


class _Member(NamedTuple):
    """A parquet file, as it was given or as text became one: then its rows are summed already."""

    name: str
    path: Path
    layout: Layout
    kinds: tuple[str, ...]
    constants: dict[str, Any]
    condensed: bool


def _combine_members(duck: Duck, members: list[_Member]) -> Source:
    """Read files of one layout as one; what all their rows have in common is not read."""
    first = members[0]
    rows = duck.ibis.read_parquet([str(m.path) for m in members])
    name = first.name if len(members) == 1 else f"{first.name} and {len(members) - 1} more"
    if first.condensed:
        return Source(name, first.layout, rows, {})
    same = {k: v for k, v in first.constants.items() if all(m.constants.get(k) == v for m in members)}
    return Source(
        name, first.layout, normalize_bill_columns(rows, first.layout, same), extract_constants(first.layout, same)
    )


def _read_member(duck: Duck, one: Found, name: str, number: int) -> tuple[_Member, list[Lost]]:
    """Say what a file holds: of parquet by its footer, which is all that is read here."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if one.kind != "parquet":
        path, layout, lost = write_bill_parquet(
            duck, read_bill_header(one.path, name, one.kind), number, packed=one.kind == "gzip"
        )
        schema = pq.read_schema(path)
        return _Member(name, path, layout, tuple(map(str, schema)), {}, condensed=True), lost
    try:
        about = pq.read_metadata(one.path)
        schema = about.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        why = format_foreign_error(error)
        message = (
            f"{name} is no whole parquet file: its footer, the last bytes, cannot be read ({why}). It is cut short or "
            "still being written: fetch it again."
        )
        raise InputError(message) from None
    nested = [f.name for f in schema if pa.types.is_map(f.type) or pa.types.is_struct(f.type)]
    layout = detect_bill_layout(schema.names, name, maps=nested)
    kinds = tuple(str(schema.field(n)) for n in layout.used)
    return _Member(name, one.path, layout, kinds, _find_constants(about, layout), condensed=False), []


def _find_constants(about: Any, layout: Layout) -> dict[str, Any]:
    """Return the columns that hold one value in all rows, by the statistics in a parquet file's footer."""
    columns = {about.schema.column(i).path: i for i in range(about.num_columns)}
    out: dict[str, Any] = {}
    for name in (layout.columns.get(n, "") for n in SAME):
        values = set()
        for group in range(about.num_row_groups if name in columns else 0):
            known = about.row_group(group).column(columns[name]).statistics
            sure = known is not None and known.has_min_max and known.has_null_count and known.null_count == 0
            short = sure and len(str(known.max)) < _EXACT  # writers may cut the statistics of long words
            values.add(known.max if sure and short and known.min == known.max else None)
        if len(values) == 1 and None not in values:
            out[name] = values.pop()
    return out
