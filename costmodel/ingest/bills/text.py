"""CSV in every state people have it: packed, in other encodings, ragged, cut short."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.errors import EmptyFileError, InputError, several
from costmodel.ingest.bills.layout import Layout, normalised, plain, recognised

if TYPE_CHECKING:
    from pathlib import Path

    from costmodel.ingest.bills.duck import Duck

_PEEK = 1 << 21
_CHUNK = 1 << 20
_NUMBER = itertools.count()
_REJECTS = 100_000  # rows that are told apart; beyond that they are still lost, and counted as at least so many


class Lost(NamedTuple):
    """Rows of a file that could not be read: how many (None: nobody knows), and why."""

    file: str
    rows: int | None
    why: str


class Text(NamedTuple):
    """A CSV file to read: the name the database knows it by, the one people do, and what its header says."""

    path: Path
    name: str
    header: list[str]
    delimiter: str
    encoding: str
    skip: int
    layout: Layout


def unzipped(path: Path, folder: Path, number: int) -> list[tuple[Path, str]]:
    """Unpack an archive into a folder under names of ours; return each file and what people call it.

    Raises:
        InputError: the archive is damaged, or asks for a password.
    """
    out = []
    try:
        with zipfile.ZipFile(path) as archive:
            for n, member in enumerate(m for m in archive.infolist() if not m.is_dir()):
                if member.filename.lower().endswith(".json") or "__MACOSX" in member.filename:
                    continue
                target = folder / f"zip-{number}-{n}"
                with archive.open(member) as packed, target.open("wb") as file:
                    while chunk := packed.read(_CHUNK):
                        file.write(chunk)
                out.append((target, f"{path}/{member.filename}"))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
        message = f"{path}: the archive cannot be unpacked ({error}). It is cut short or damaged: fetch it again."
        raise InputError(message) from None
    return out


def peeked(path: Path, name: str, kind: str) -> Text:
    """Read the header of a CSV file, and say what its columns mean.

    Raises:
        InputError: it is empty, or its header is no bill's.
    """
    first = _beginning(path, name, kind)
    if not first.strip(b"\0\r\n\t "):
        message = f"{name} holds nothing, not even a header. Fetch the file again."
        raise EmptyFileError(message)
    encoding = "utf-8"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    text = first.decode(encoding if encoding != "utf-8" else "utf-8-sig", errors="replace")
    lines = io.StringIO(text.lstrip("\ufeff"), newline="")
    start = lines.read(_CHUNK).lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",\t;|", key=start.count)
    skip = len(text) - len(text.lstrip("\r\n"))
    header = next(csv.reader(io.StringIO(text.lstrip("\ufeff\r\n"), newline=""), delimiter=delimiter))
    return Text(path, name, header, delimiter, encoding, 1 + skip, recognised(header, name))


def _beginning(path: Path, name: str, kind: str) -> bytes:
    """Return the first bytes of a file, unpacked; of a packed one that is cut short what there is."""
    with path.open("rb") as file:
        first = file.read(_PEEK)
    if kind != "gzip":
        return first
    try:
        return zlib.decompressobj(wbits=31).decompress(first, _PEEK)
    except zlib.error as error:
        message = f"{name} cannot be unpacked ({error}). It is damaged: fetch it again."
        raise InputError(message) from None


def spooled(duck: Duck, text: Text, number: int, *, packed: bool) -> tuple[Path, Layout, list[Lost]]:
    """Read a CSV file once, into a parquet file of the columns that matter; say which rows were lost.

    Returns:
        The parquet file, what its columns mean, and the rows lost.

    Raises:
        InputError: nothing of the file can be read.
    """
    import duckdb

    target = duck.folder / f"rows-{number}.parquet"
    lost: list[Lost] = []
    try:
        rejects = _copied(duck, text, target)
    except duckdb.Error as error:
        text = _salvaged(duck, text, number, lost) if packed else text
        if not lost:
            message = f"{text.name} cannot be read: {str(error).splitlines()[0]}"
            raise InputError(message) from None
        rejects = _copied(duck, text, target)
    if any(kind == "INVALID ENCODING" for kind, _ in rejects):
        rejects = _copied(duck, text._replace(encoding="latin-1"), target)
    short = [r for r in rejects if r[0] == "MISSING COLUMNS"]
    if short and len(short) == len(rejects) and not _any(duck, target):
        text = _narrowed(text, packed=packed and not lost)
        rejects = _copied(duck, text, target)
    for kind in dict.fromkeys(k for k, _ in rejects):
        lines = [line for k, line in rejects if k == kind]
        what = f"{_WHY.get(kind, kind.lower())}: line {several([f'{n:,}' for n in lines])}"
        lost.append(Lost(text.name, len(lines), what))
    return target, text.layout, lost


_WHY = {
    "MISSING COLUMNS": "fewer fields than the header",
    "TOO MANY COLUMNS": "more fields than the header",
    "UNQUOTED VALUE": "a quote that is not closed",
    "INVALID ENCODING": "not in the file's encoding",
    "LINE SIZE OVER MAXIMUM": "a line too long to be a row",
}


def _copied(duck: Duck, text: Text, target: Path) -> list[tuple[str, int]]:
    """Copy the columns that matter of a CSV file to parquet; return each row refused: kind of error and line."""
    names = {f"c{n}": "VARCHAR" for n in range(len(text.header))}
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
        compression="gzip" if _packed(text.path) else "none",
        store_rejects=True,
        rejects_table=rejects,
        rejects_scan=scans,
        rejects_limit=_REJECTS,
        max_line_size=16 << 20,
    )
    at = {name: f"c{n}" for n, name in reversed(list(enumerate(text.header)))}
    rows = normalised(raw.rename({c: at[c] for c in text.layout.used}), text.layout)
    duck.run(lambda: duck.ibis.to_parquet(rows, str(target)), text.name)
    refused = duck.ibis.table(rejects).select("error_type", "line").distinct().execute()
    kinds = (str(k).replace("_", " ") for k in refused["error_type"])
    return list(dict.fromkeys(zip(kinds, map(int, refused["line"]), strict=True)))


def _packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _any(duck: Duck, path: Path) -> bool:
    return bool(duck.ibis.read_parquet(str(path)).count().execute())


def _narrowed(text: Text, *, packed: bool) -> Text:
    """Return a file whose every row is shorter than its header with the header cut to fit: its last columns are empty.

    Raises:
        InputError: a column that matters is among those.
    """
    opened = gzip.open if packed else open
    with opened(text.path, "rt", encoding=text.encoding, errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=text.delimiter)
        next(rows)
        width = len(next(rows, []))
    glued = next((h for h in text.header if plain(h).count("/") or h.count("/") > 1), None)
    beyond = set(text.header[width:]) & set(text.layout.used)
    if beyond:
        message = (
            f"{text.name}: its rows have {width} fields and its header {len(text.header)} names"
            f"{f' (one is {glued})' if glued else ''}: {several(sorted(beyond))} would be missing. Fetch it again."
        )
        raise InputError(message)
    return text._replace(header=text.header[:width])


def _salvaged(duck: Duck, text: Text, number: int, lost: list[Lost]) -> Text:
    """Unpack what can be unpacked of a damaged gzip file, to its last whole line; the same text if it is sound."""
    target = duck.folder / f"salvaged-{number}"
    size, written, broken = text.path.stat().st_size, 0, False
    inflate = zlib.decompressobj(wbits=31)
    with text.path.open("rb") as packed, target.open("wb") as file:
        rest = b""
        while not broken and (chunk := rest or packed.read(_CHUNK)):
            if inflate.eof:
                inflate = zlib.decompressobj(wbits=31)  # another stream behind the first
            try:
                written += file.write(inflate.decompress(chunk))
            except zlib.error:
                broken = True
            rest = inflate.unused_data
        read = packed.tell()
    if inflate.eof and not broken:
        return text
    with target.open("rb+") as file:
        whole = _last_line(file, written)
        file.truncate(whole)
    end = "breaks" if broken else "ends"
    why = f"the gzip stream {end} within {read:,} of {size:,} bytes; {whole:,} bytes of text were read"
    lost.append(Lost(text.name, None, why))
    return text._replace(path=target)


def _last_line(file: Any, size: int) -> int:
    """Return where the last whole line of a file ends."""
    end = size
    while end > 0:
        begin = max(0, end - _CHUNK)
        file.seek(begin)
        at = file.read(end - begin).rfind(b"\n")
        if at >= 0:
            return int(begin + at + 1)
        end = begin
    return 0
