"""Files of prices on disk: what each one is, by its content, and reading it."""

from __future__ import annotations

import gzip
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import InputError
from costmodel.pricing.refresh.calculator import read_feed
from costmodel.pricing.refresh.mapping import Imported, convert_offer, get_product_families
from costmodel.pricing.refresh.offer import Offer, read_offer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from costmodel.pricing.book import PriceBook

_GZIP = b"\x1f\x8b"
_HEAD = 4096
_OFFER = re.compile(r'"offerCode"\s*:\s*"')
_FEED = re.compile(r'"manifest"\s*:')
_INDEX = re.compile(r'"(offers|regions|versions)"\s*:\s*\{')


class Saved(NamedTuple):
    """A file that someone saved, and what it is: ``json`` or ``csv`` of the Price List, ``feed`` of the calculator."""

    path: Path
    kind: str


@contextmanager
def open_unpacked(path: Path) -> Iterator[BinaryIO]:
    """Open a file unpacked: gzip is told by its first bytes, whatever it is called."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        if not packed:
            yield file
            return
        with gzip.open(file) as unpacked:
            yield unpacked  # type: ignore[misc] # a BinaryIO in all that is asked of it


def detect_price_file(path: Path) -> str | None:
    """Return what a file of prices is; None if it is none."""
    try:
        with open_unpacked(path) as file:
            head = file.read(_HEAD).decode("utf-8-sig", errors="ignore")
    except (OSError, EOFError):
        return None
    if head.startswith(('"FormatVersion"', "FormatVersion")):
        return "csv"
    if not head.lstrip().startswith("{"):
        return None
    if _OFFER.search(head) and not _INDEX.search(head):
        return "json"
    return "feed" if _FEED.search(head) else None


def find_price_files(folder: str | Path) -> list[Saved]:
    """Return the files of prices below a folder.

    Raises:
        InputError: there are none.
    """
    where = Path(folder)
    if not where.exists():
        message = f"{folder}: folder not found."
        raise InputError(message)
    paths = [where] if where.is_file() else sorted(p for p in where.rglob("*") if p.is_file())
    found = [Saved(path, kind) for path in paths if (kind := detect_price_file(path))]
    if not found:
        message = (
            f"{folder}: no prices found. Expected offer files of AWS's Price List (JSON or CSV, packed by gzip or "
            "not) or files of its calculator's feed (meteredUnitMaps)."
        )
        raise InputError(message)
    return found


def read_price_file(file: Saved, book: PriceBook) -> Imported:
    """Read one file of prices.

    Raises:
        InputError: it is truncated, not what it looks like, or says something that is not understood.
    """
    name = str(file.path)
    if file.kind == "feed":
        with _handle_read_errors(name), open_unpacked(file.path) as stream:
            return read_feed(stream, name, book)
    return convert_offer(read_offer_file(file.path, name, get_product_families, is_csv=file.kind == "csv"), name, book)


def read_offer_file(path: Path, name: str, wanted: Callable[[str], frozenset[str]], *, is_csv: bool) -> Offer:
    """Read an offer file.

    Raises:
        InputError: it is truncated, or none.
    """
    with _handle_read_errors(name), open_unpacked(path) as stream:
        return read_offer(stream, name, wanted, is_csv=is_csv)


@contextmanager
def _handle_read_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError) as error:
        message = f"{name}: cannot be read ({getattr(error, 'strerror', None) or error})."
        raise InputError(message) from None
