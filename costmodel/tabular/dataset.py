"""One reader for every subject whose input is tables: find files, recognize them, copy text to parquet, open an engine.

A subject (bills, flow logs) is a subclass of :class:`Dataset`. It adds only its column names: which files hold it, what
the columns of a file mean, and how text is copied.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from costmodel.core.errors import EmptyFileError, InputError, format_foreign_error
from costmodel.tabular.engines import open_athena, open_spark, open_table, read_spark_file
from costmodel.tabular.find_files import Found, Lost
from costmodel.tabular.gzip_files import read_head, unpack_files

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq

    from costmodel.core.arrays import IntArray, ObjectArray
    from costmodel.tabular.duckdb_session import Duck


class FoundFiles(NamedTuple):
    """The files to read, what was left out and why, and what should be there and is missing."""

    files: list[Found]
    left: list[str]
    missing: list[Lost]


@dataclass(frozen=True)
class Member:
    """A file of a dataset that was recognized.

    Attributes:
        name: what people call it.
        path: where it is.
        group: what its columns are and mean. Files of equal groups are read as one table.
    """

    name: str
    path: Path
    group: Hashable


MemberT = TypeVar("MemberT", bound=Member)
SourceT = TypeVar("SourceT")


@dataclass
class Sources(Generic[SourceT]):
    """An open dataset.

    Attributes:
        sources: its parts, each of one layout.
        names: the files or the table.
        lost: what could not be read.
        notes: what a reader should know.
        run: runs a query and reports the progress of what a name says.
    """

    sources: list[SourceT]
    names: list[str]
    lost: list[Lost] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    run: Callable[[Callable[[], Any], str], Any] = lambda work, _: work()


class Dataset(ABC, Generic[MemberT, SourceT]):
    """The input of a subject: files for DuckDB, files or a table for Spark, a table for Athena.

    Args:
        paths: files, folders and globs; none if the engine reads a table.

    Attributes:
        spark_options: how Spark parses the subject's text.
    """

    spark_options: ClassVar[dict[str, str]] = {}

    def __init__(self, paths: Sequence[str | Path]) -> None:
        """Store the paths; nothing is read yet."""
        self.paths = paths

    @abstractmethod
    def find_files(self) -> FoundFiles:
        """Return the files of the paths.

        Raises:
            InputError: a path does not exist, or no file holds the subject.
        """

    @abstractmethod
    def make_source(self, name: str, rows: Any) -> SourceT:
        """Return a table of an engine (Ibis) as a part of the dataset, its columns normalized.

        Raises:
            InputError: the columns are not the subject's.
        """

    @abstractmethod
    def recognize_parquet(self, path: Path, name: str, footer: pq.FileMetaData) -> MemberT:
        """Return a parquet file as a member, by its footer alone.

        Raises:
            InputError: the columns are not the subject's.
        """

    @abstractmethod
    def recognize_text(self, duck: Duck, file: Found, name: str, head: bytes) -> tuple[MemberT, list[Lost]]:
        """Return a text file as a member, and the rows lost where it is copied to parquet at once.

        Raises:
            InputError: the file is not the subject's, or nothing of it can be read.
        """

    @abstractmethod
    def combine_members(self, duck: Duck, members: list[MemberT]) -> tuple[SourceT, list[Lost]]:
        """Return files of one group as one part, and the rows lost where text is copied here.

        Raises:
            InputError: nothing of them can be read.
        """

    @contextmanager
    def open_sources(
        self,
        engine: str,
        *,
        table: str | None,
        connection: Any,  # a SparkSession or an Ibis backend: packages without types, installed only where used
        progress: Callable[[float, str], None] | None,
    ) -> Iterator[Sources[SourceT]]:
        """Open the dataset on an engine; what is opened for it is closed with the block.

        Args:
            engine: duckdb, spark or athena.
            table: a table of the engine's catalogue, instead of files.
            connection: a SparkSession for Spark, an Ibis connection for Athena; None opens one from the environment.
            progress: called with the share done (0 to 1) and a name, while DuckDB reads.

        Raises:
            InputError: nothing can be read.
        """
        if engine == "duckdb":
            from costmodel.tabular.duckdb_session import open_duckdb

            with open_duckdb(progress) as duck:
                yield self._read_files(duck)
            return
        with ExitStack() as stack:
            backend = open_spark(connection, stack) if engine == "spark" else open_athena(connection)
            if table:
                tables = [(table, open_table(backend, table))]
            else:
                files = self.find_files().files
                tables = [(f.path.name, read_spark_file(backend, f, self.spark_options)) for f in files]
            yield Sources([self.make_source(name, rows) for name, rows in tables], [name for name, _ in tables])

    def _read_files(self, duck: Duck) -> Sources[SourceT]:
        """Read files with DuckDB: parquet as it is, text copied to parquet of the columns that are read.

        A file that cannot be read is reported as lost, unless no file can be read.
        """
        there = self.find_files()
        lost = list(there.missing)
        files = unpack_files(duck, there.files)
        groups: dict[Hashable, list[MemberT]] = {}
        failed: list[InputError] = []
        for file, name in files:
            try:
                member, gone = self._recognize(duck, file, name)
            except InputError as error:
                failed.append(error)
                lost.append(Lost(name, None, str(error)))
                continue
            lost += gone
            groups.setdefault(member.group, []).append(member)
        if failed and not groups:
            raise failed[0]
        sources = []
        for members in groups.values():
            source, gone = self.combine_members(duck, members)
            sources.append(source)
            lost += gone
        notes = [f"Left out {why}." for why in there.left]
        return Sources(sources, [name for _, name in files], lost, notes, duck.run_query)

    def _recognize(self, duck: Duck, file: Found, name: str) -> tuple[MemberT, list[Lost]]:
        if file.kind == "parquet":
            return self.recognize_parquet(file.path, name, read_footer(file.path, name)), []
        return self.recognize_text(duck, file, name, read_text_head(file, name))


def name_members(members: Sequence[Member]) -> str:
    """Return what people call several files read as one: the first, and how many more there are."""
    first = members[0].name
    return first if len(members) == 1 else f"{first} and {len(members) - 1} more"


def read_footer(path: Path, name: str) -> pq.FileMetaData:
    """Return the footer of a parquet file.

    Raises:
        InputError: it has none that can be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
        footer.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        message = (
            f"{name} is not a complete parquet file: its footer, the last bytes, cannot be read "
            f"({format_foreign_error(error)}). The file is truncated or still being written: fetch it again."
        )
        raise InputError(message) from None
    return footer


def read_text_head(file: Found, name: str) -> bytes:
    """Return the first bytes of a text file, unpacked.

    Raises:
        EmptyFileError: the file is empty, or contains only blank lines.
    """
    head = read_head(file.path, name, file.kind)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf"):
        message = f"{name} is empty: it has no header. Fetch the file again."
        raise EmptyFileError(message)
    return head


def decode_words(answer: pa.Table, name: str, clean: Callable[[object], str]) -> tuple[ObjectArray, IntArray]:
    """Return a text column of an engine's answer as distinct words and codes.

    Args:
        answer: what an engine returned, in any order of rows.
        name: the column.
        clean: returns the word that a value represents, "" for one that is absent. It is called once per value.

    Returns:
        The words, each once and sorted, and for each row the number of its word.
    """
    import numpy as np

    column = answer.column(name).combine_chunks().dictionary_encode()
    labels = [clean(value) for value in column.dictionary.to_pylist()]
    codes = column.indices.fill_null(len(labels)).to_numpy(zero_copy_only=False)
    if column.null_count:
        labels.append("")
    words, numbers = np.unique(np.array(labels, dtype=object), return_inverse=True)
    return words, numbers[codes]
