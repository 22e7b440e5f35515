"""Flow logs as a dataset: their files, their layouts, and the account and Region that folders name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from costmodel.flow_logs.reading.find import find_flow_files, parse_file_origin
from costmodel.flow_logs.reading.layout import Layout, detect_flow_layout, normalize_flow_columns
from costmodel.flow_logs.reading.text import Text, read_flow_header, write_flow_parquet
from costmodel.tabular.dataset import Dataset, FoundFiles, Member, name_members

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow.parquet as pq

    from costmodel.tabular.duckdb_session import Duck
    from costmodel.tabular.find_files import Found, Lost


class Source(NamedTuple):
    """A part of the logs whose rows have one layout: its name, its rows as a normalized Ibis table, its origin."""

    name: str
    layout: Layout
    rows: Any
    account: str = ""
    region: str = ""


@dataclass(frozen=True)
class FlowMember(Member):
    """A file of flow logs.

    Attributes:
        layout: what its columns mean.
        account: the account that its folders name, where its rows do not name a Region; else "".
        region: the Region that its folders name, where its rows do not; else "".
        text: how its lines are read; None for parquet.
    """

    layout: Layout
    account: str
    region: str
    text: Text | None = None


class FlowDataset(Dataset[FlowMember, Source]):
    """The files or the table of flow logs.

    Args:
        paths: files, folders and globs.
        log_format: the fields of lines without a header.
        keep: a field to read as it is.
    """

    spark_options: ClassVar[dict[str, str]] = {"sep": " ", "quote": ""}

    def __init__(self, paths: Sequence[str | Path], *, log_format: str | None, keep: str) -> None:
        """Store the paths and how lines are read."""
        super().__init__(paths)
        self.log_format = log_format
        self.keep = keep

    def find_files(self) -> FoundFiles:
        """Return the files that hold flow logs."""
        return find_flow_files(self.paths)

    def make_source(self, name: str, rows: Any) -> Source:
        """Return a table of an engine as a part of the logs."""
        layout = detect_flow_layout(rows.columns, name, self.keep)
        return Source(name, layout, normalize_flow_columns(rows, layout))

    def recognize_parquet(self, path: Path, name: str, footer: pq.FileMetaData) -> FlowMember:
        """Return a parquet file as a member of the files with its layout, types and origin."""
        schema = footer.schema.to_arrow_schema()
        layout = detect_flow_layout(schema.names, name, self.keep)
        kinds = tuple(str(schema.field(theirs).type) for _, theirs in layout.columns)
        account, region = _find_origin(name, layout)
        return FlowMember(name, path, (layout, kinds, account, region), layout, account, region)

    def recognize_text(self, duck: Duck, file: Found, name: str, head: bytes) -> tuple[FlowMember, list[Lost]]:
        """Return a file of lines as a member of the files with its fields and origin; it is copied when combined."""
        text = read_flow_header(file, name, head, log_format=self.log_format, keep=self.keep, folder=duck.folder)
        account, region = _find_origin(name, text.layout)
        group = (text.fields, account, region, "text")
        return FlowMember(name, text.path, group, text.layout, account, region, text), []

    def combine_members(self, duck: Duck, members: list[FlowMember]) -> tuple[Source, list[Lost]]:
        """Read parquet files of one layout as one; copy files of lines into one parquet file first."""
        first, name = members[0], name_members(members)
        texts = [member.text for member in members if member.text is not None]
        paths = [member.path for member in members]
        lost: list[Lost] = []
        if texts:
            path, lost = duck.run_query(partial(write_flow_parquet, texts, duck.folder), name)
            paths = [path]
        rows = duck.ibis.read_parquet([str(path) for path in paths])
        normalized = normalize_flow_columns(rows, first.layout)
        return Source(name, first.layout, normalized, first.account, first.region), lost


def _find_origin(name: str, layout: Layout) -> tuple[str, str]:
    """Return the account and the Region that a file's folders name, where its rows do not name their Region."""
    return ("", "") if layout.has_field("region") else parse_file_origin(name)
