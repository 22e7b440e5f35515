"""Packed files: gzip streams whole and broken, zip archives."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from isal import igzip_lib, isal_zlib

from costmodel.core.errors import InputError
from costmodel.tabular.find_files import Found, detect_packing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from costmodel.tabular.duckdb_session import Duck

_PEEK = 1 << 18
_CHUNK = 1 << 20
_STEP = 1 << 8  # what is lost of a packed file before the place where it breaks


def unpack_files(duck: Duck, files: Sequence[Found]) -> list[tuple[Found, str]]:
    """Unpack archives, and allow the database these files and no other; return each, and what people call it.

    Raises:
        InputError: an archive is damaged.
    """
    out: list[tuple[Found, str]] = []
    for n, one in enumerate(files):
        if one.kind == "zip":
            for path, name in unpack_zip(one.path, duck.folder, n):
                out.append((Found(path, detect_packing(path) or "csv"), name))
        else:
            out.append((one, str(one.path)))
    allowed = duck.restrict_to_files([f.path for f, _ in out])
    return [(Found(path, f.kind), name) for path, (f, name) in zip(allowed, out, strict=True)]


def unpack_zip(path: Path, folder: Path, number: int) -> list[tuple[Path, str]]:
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
        message = f"{path}: the archive cannot be unpacked ({error}). It is truncated or damaged: fetch it again."
        raise InputError(message) from None
    return out


def read_head(path: Path, name: str, kind: str) -> bytes:
    """Return the first bytes of a file, unpacked; of a packed one that is damaged what there is."""
    with path.open("rb") as file:
        if kind != "gzip":
            return file.read(_PEEK)
        inflate = isal_zlib.decompressobj(wbits=31)
        out, why = b"", "it is empty"
        try:
            while len(out) < _PEEK and not inflate.eof and (chunk := file.read(_STEP)):
                out += inflate.decompress(chunk)
        except igzip_lib.IsalError as error:  # type: ignore[misc] # its stub declares a value
            why = str(error)
    if not out:
        message = f"{name} cannot be unpacked ({why}). It is damaged: fetch it again."
        raise InputError(message)
    return out


def is_intact(path: Path) -> bool:
    """Tell whether a packed file is whole: DuckDB takes one that is cut short for one that ends there."""
    return all(not isinstance(part, Damage) for part in _unpack_parts(path, _CHUNK))


class Damage(NamedTuple):
    """Where a packed file breaks or ends before its end, and which."""

    read: int
    what: str


def _unpack_parts(path: Path, step: int) -> Iterator[bytes | Damage]:
    """Unpack a file, ``step`` bytes at a time; the last part tells of damage, if there is any."""
    inflate = isal_zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        rest = b""
        while chunk := rest or file.read(step):
            if inflate.eof:
                if not chunk.strip(b"\0"):
                    return  # padding behind the last stream
                inflate = isal_zlib.decompressobj(wbits=31)  # another stream behind the first
            try:
                yield inflate.decompress(chunk)
            except igzip_lib.IsalError:  # type: ignore[misc] # its stub declares a value
                yield Damage(file.tell(), "breaks")
                return
            rest = inflate.unused_data
        if not inflate.eof:
            yield Damage(file.tell(), "ends")


def unpack_damaged_gzip(path: Path, target: Path) -> str:
    """Unpack what can be unpacked of a damaged gzip file, to its last whole line; say what is lost."""
    damage = Damage(0, "ends")
    with target.open("wb+") as file:
        for part in _unpack_parts(path, _STEP):
            if isinstance(part, Damage):
                damage = part
            else:
                file.write(part)
        whole = _find_last_line_end(file, file.tell())
        file.truncate(whole)
    size = path.stat().st_size
    return f"the gzip stream {damage.what} within {damage.read:,} of {size:,} bytes; {whole:,} bytes of text were read"


def _find_last_line_end(file: Any, size: int) -> int:
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


def normalize_newlines(path: Path, target: Path) -> bool:
    """Write a file, unpacked, with every line ending in a line feed; tell whether that changed anything."""
    changed, held = False, b""
    with target.open("wb") as file:
        for part in _read_parts(path):
            chunk = held + part
            held = chunk[-1:] if chunk.endswith(b"\r") else b""  # its line feed may come with the next part
            chunk = chunk[: len(chunk) - len(held)]
            even = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            changed |= even != chunk
            file.write(even)
        file.write(b"\n" if held else b"")
    return changed or bool(held)


def _read_parts(path: Path) -> Iterator[bytes]:
    if detect_packing(path) == "gzip":
        yield from (part for part in _unpack_parts(path, _STEP) if isinstance(part, bytes))
        return
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
