"""CSV in every state people have it: packed, in other encodings, ragged, cut short."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from costmodel.actual_bills.dimensions import NUMBERS
from costmodel.actual_bills.reading.layout import (
    ABSENT,
    Layout,
    detect_bill_layout,
    normalize_bill_columns,
    normalize_column_name,
)
from costmodel.actual_bills.reading.query import reduce_bill_rows
from costmodel.core.errors import InputError, format_foreign_error, format_short_list
from costmodel.pricing.reading.usage_types import load_classifier
from costmodel.tabular.find_files import Lost, detect_packing
from costmodel.tabular.gzip_files import is_intact, normalize_newlines, unpack_damaged_gzip

if TYPE_CHECKING:
    from pathlib import Path

    from costmodel.tabular.duckdb_session import Duck

_CHUNK = 1 << 20

_NUMBER = itertools.count()
_REJECTS = 100_000  # rejected rows that are listed; more than these are counted as "at least"


class Text(NamedTuple):
    """A CSV file to read: the name the database knows it by, the one people do, and its header."""

    path: Path
    name: str
    header: list[str]
    delimiter: str
    encoding: str
    skip: int
    layout: Layout


def read_bill_header(path: Path, name: str, first: bytes) -> Text:
    """Return how a CSV file is written and what its columns mean.

    Args:
        path: the file.
        name: what people call it.
        first: its first bytes, unpacked.

    Raises:
        InputError: its header is not one of a bill.
    """
    encoding = "utf-8"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    text = first.decode(encoding if encoding != "utf-8" else "utf-8-sig", errors="replace")
    lines = io.StringIO(text.lstrip("\ufeff"), newline="")
    start = lines.read(_CHUNK).lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",\t;|", key=start.count)
    skip = len(text) - len(text.lstrip("\r\n"))
    header = next(csv.reader(io.StringIO(text.lstrip("\ufeff\r\n"), newline=""), delimiter=delimiter))
    return Text(path, name, header, delimiter, encoding, 1 + skip, detect_bill_layout(header, name))


def write_bill_parquet(duck: Duck, text: Text, *, packed: bool) -> tuple[Path, Layout, list[Lost]]:
    """Read a CSV file once, into a parquet file of the columns that matter.

    Args:
        duck: the database that reads it.
        text: the file.
        packed: whether it is gzip.

    Returns:
        The parquet file, what its columns mean, and the rows lost.

    Raises:
        InputError: nothing of the file can be read.
    """
    target = duck.folder / f"rows-{next(_NUMBER)}.parquet"
    lost: list[Lost] = []
    # DuckDB takes a gzip file that is cut short for one that ends there: another thread checks meanwhile.
    with ThreadPoolExecutor(1) as pool:
        check = pool.submit(is_intact, text.path) if packed else None
        try:
            text, rejects = _copy_or_repair(duck, text, target)
        except InputError:
            if check is None or check.result():
                raise
            rejects = []
    if check is not None and not check.result():
        rest = duck.folder / f"salvaged-{next(_NUMBER)}"
        lost.append(Lost(text.name, None, unpack_damaged_gzip(text.path, rest)))
        text, rejects = _copy_or_repair(duck, text._replace(path=rest), target)
    text, rejects = _copy_with_other_reading(duck, text, target, rejects)
    return target, text.layout, [*lost, *_describe_rejects(text, rejects)]


def _copy_with_other_reading(
    duck: Duck, text: Text, target: Path, rejects: list[tuple[str, int]]
) -> tuple[Text, list[tuple[str, int]]]:
    """Copy a CSV file again where another encoding, or a shorter header, explains the rows that were rejected."""
    if any(kind == "INVALID ENCODING" for kind, _ in rejects):
        text = text._replace(encoding="latin-1")
        rejects = _copy_columns(duck, text, target)
    all_short = bool(rejects) and all(kind == "MISSING COLUMNS" for kind, _ in rejects)
    if all_short and not _has_rows(duck, target):
        text = _trim_header(text)
        rejects = _copy_columns(duck, text, target)
    return text, rejects


def _describe_rejects(text: Text, rejects: list[tuple[str, int]]) -> list[Lost]:
    """Return the rows that were rejected, by the kind of error."""
    lines: dict[str, list[int]] = {}
    for kind, line in rejects:
        lines.setdefault(kind, []).append(line)
    return [
        Lost(
            text.name,
            len(numbers),
            f"{_WHY.get(kind, kind.lower())}: line {format_short_list([f'{n:,}' for n in numbers])}",
        )
        for kind, numbers in lines.items()
    ]


def _copy_or_repair(duck: Duck, text: Text, target: Path) -> tuple[Text, list[tuple[str, int]]]:
    """Copy a CSV file; one whose lines do not all end alike, which DuckDB does not read, with their ends made so.

    Raises:
        InputError: it cannot be read.
    """
    import duckdb

    try:
        rejects = _copy_columns(duck, text, target)
        failed = None
    except duckdb.Error as error:
        rejects, failed = [], error
    if failed is None and all(kind != "UNQUOTED VALUE" for kind, _ in rejects):
        return text, rejects
    even = duck.folder / f"even-{next(_NUMBER)}"
    if text.encoding != "utf-16" and normalize_newlines(text.path, even):
        text = text._replace(path=even)
        try:
            return text, _copy_columns(duck, text, target)
        except duckdb.Error as error:
            failed = error
    if failed is not None:
        message = f"{text.name} cannot be read as CSV: {format_foreign_error(failed)}"
        raise InputError(message)
    return text, rejects


_WHY = {
    "MISSING COLUMNS": "fewer fields than the header",
    "TOO MANY COLUMNS": "more fields than the header",
    "UNQUOTED VALUE": "a quote that is not closed",
    "CAST": "a cost, list cost or quantity that is not a number",
    "INVALID ENCODING": "not in the file's encoding",
    "LINE SIZE OVER MAXIMUM": "a line too long to be a row",
}


def _copy_columns(duck: Duck, text: Text, target: Path) -> list[tuple[str, int]]:
    """Copy the columns that matter of a CSV file to parquet; return each row refused: kind of error and line."""
    numbers = {text.layout.columns.get(n) for n in NUMBERS}
    names = {f"c{n}": "DOUBLE" if name in numbers else "VARCHAR" for n, name in enumerate(text.header)}
    rejects, scans = (f"{what}_{next(_NUMBER)}" for what in ("rejects", "scans"))
    raw = duck.ibis.read_csv(
        str(text.path),
        header=False,
        skip=text.skip,
        auto_detect=False,
        columns=names,
        delim=text.delimiter,
        quote='"',
        escape='"',
        encoding=text.encoding,
        compression="gzip" if detect_packing(text.path) == "gzip" else "none",
        nullstr=sorted(ABSENT),
        store_rejects=True,
        rejects_table=rejects,
        rejects_scan=scans,
        rejects_limit=_REJECTS,
    )
    at = {name: f"c{n}" for n, name in reversed(list(enumerate(text.header)))}
    rows = normalize_bill_columns(raw.rename({c: at[c] for c in text.layout.used}), text.layout)
    classifier = load_classifier()
    groups = reduce_bill_rows(rows, classifier.endings, classifier.whole_services)
    duck.run_query(lambda: duck.ibis.to_parquet(groups, str(target)), text.name)
    refused = duck.ibis.table(rejects).select("error_type", "line").distinct().execute()
    kinds = (str(k).replace("_", " ") for k in refused["error_type"])
    return list(dict.fromkeys(zip(kinds, map(int, refused["line"]), strict=True)))


def _has_rows(duck: Duck, path: Path) -> bool:
    return bool(duck.ibis.read_parquet(str(path)).count().execute())


def _trim_header(text: Text) -> Text:
    """Return a file whose every row is shorter than its header with the header cut to fit: its last columns are empty.

    Raises:
        InputError: a column that matters is among those.
    """
    opened = gzip.open if detect_packing(text.path) == "gzip" else open
    with opened(text.path, "rt", encoding=text.encoding, errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=text.delimiter)
        next(rows)
        width = len(next(rows, []))
    glued = next((h for h in text.header if normalize_column_name(h).count("/") or h.count("/") > 1), None)
    beyond = set(text.header[width:]) & set(text.layout.used)
    if beyond:
        message = (
            f"{text.name}: its rows have {width} fields and its header {len(text.header)} names"
            f"{f' (one is {glued})' if glued else ''}: {format_short_list(sorted(beyond))} would be missing. Fetch "
            "it again."
        )
        raise InputError(message)
    return text._replace(header=text.header[:width])
