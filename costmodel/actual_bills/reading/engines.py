"""The bill as a dataset: its files, its layouts, and what all rows of a parquet file have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from costmodel.actual_bills.reading.find import find_bill_files
from costmodel.actual_bills.reading.layout import (
    SAME,
    Layout,
    detect_bill_layout,
    extract_constants,
    normalize_bill_columns,
)
from costmodel.actual_bills.reading.text import read_bill_header, write_bill_parquet
from costmodel.tabular.dataset import Dataset, FoundFiles, Member, name_members

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow.parquet as pq

    from costmodel.tabular.duckdb_session import Duck
    from costmodel.tabular.find_files import Found, Lost

_EXACT_LENGTH = 32  # writers of parquet may cut the statistics of longer words


class Source(NamedTuple):
    """A part of a bill whose rows have one layout: its name, its rows as a normalized Ibis table, and constants."""

    name: str
    layout: Layout
    rows: Any
    constants: dict[str, str]


@dataclass(frozen=True)
class BillMember(Member):
    """A file of a bill as parquet.

    Attributes:
        layout: what its columns mean.
        constants: column → the value that all rows have, by the footer.
        condensed: whether it was text: then its columns are normalized and its rows summed already.
    """

    layout: Layout
    constants: dict[str, Any] = field(default_factory=dict)
    condensed: bool = False


class BillDataset(Dataset[BillMember, Source]):
    """The files or the table of a bill."""

    spark_options: ClassVar[dict[str, str]] = {"quote": '"', "escape": '"'}

    def find_files(self) -> FoundFiles:
        """Return the files that hold the bill."""
        return find_bill_files(self.paths)

    def make_source(self, name: str, rows: Any) -> Source:
        """Return a table of an engine as a part of the bill."""
        kinds = rows.schema()
        maps = [column for column, kind in kinds.items() if kind.is_map() or kind.is_struct()]
        layout = detect_bill_layout(list(kinds), name, maps=maps)
        return Source(name, layout, normalize_bill_columns(rows, layout), {})

    def recognize_parquet(self, path: Path, name: str, footer: pq.FileMetaData) -> BillMember:
        """Return a parquet file as a member of the files with its layout and types."""
        import pyarrow as pa

        schema = footer.schema.to_arrow_schema()
        maps = [f.name for f in schema if pa.types.is_map(f.type) or pa.types.is_struct(f.type)]
        layout = detect_bill_layout(schema.names, name, maps=maps)
        kinds = tuple(str(schema.field(column)) for column in layout.used)
        return BillMember(name, path, (layout, kinds), layout, _find_constants(footer, layout))

    def recognize_text(self, duck: Duck, file: Found, name: str, head: bytes) -> tuple[BillMember, list[Lost]]:
        """Copy a CSV file to parquet, summed by all that is asked later."""
        import pyarrow.parquet as pq

        text = read_bill_header(file.path, name, head)
        path, layout, lost = write_bill_parquet(duck, text, packed=file.kind == "gzip")
        kinds = tuple(map(str, pq.read_schema(path)))
        return BillMember(name, path, (layout, kinds, "condensed"), layout, condensed=True), lost

    def combine_members(self, duck: Duck, members: list[BillMember]) -> tuple[Source, list[Lost]]:
        """Read files of one layout as one; a column that has one value in all rows is not read."""
        first = members[0]
        name, layout = name_members(members), first.layout
        rows = duck.ibis.read_parquet([str(member.path) for member in members])
        if first.condensed:
            return Source(name, layout, rows, {}), []
        same = {
            column: value
            for column, value in first.constants.items()
            if all(member.constants.get(column) == value for member in members)
        }
        normalized = normalize_bill_columns(rows, layout, same, units=True)
        return Source(name, layout, normalized, extract_constants(layout, same)), []


def _find_constants(footer: pq.FileMetaData, layout: Layout) -> dict[str, Any]:
    """Return the columns that have one value in all rows, by the statistics in a parquet file's footer."""
    positions = {footer.schema.column(i).path: i for i in range(footer.num_columns)}
    constants = {}
    for name in SAME:
        column = layout.columns.get(name, "")
        if column not in positions:
            continue
        values = {_get_constant(footer, group, positions[column]) for group in range(footer.num_row_groups)}
        if len(values) == 1 and None not in values:
            constants[column] = values.pop()
    return constants


def _get_constant(footer: pq.FileMetaData, group: int, position: int) -> Any:
    """Return the one value of a column in a group of rows; None if it has several, or if that is not certain."""
    known = footer.row_group(group).column(position).statistics
    if known is None or not known.has_min_max or not known.has_null_count or known.null_count:
        return None
    is_exact = len(str(known.max)) < _EXACT_LENGTH
    return known.max if is_exact and known.min == known.max else None
