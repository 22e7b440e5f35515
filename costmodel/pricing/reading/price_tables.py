"""Reading price tables."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError
from costmodel.pricing.book import Location, NotOffered, PriceBook, PriceRow, Source, Unread
from costmodel.pricing.editions import listed, problems
from costmodel.tabular.data_files import folder, user_prices

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = PriceRow._fields[:-1]
_DATE = _COLUMNS.index("effective_from")


def load_prices(path: str | Path | None = None, *, contract: str | Path | Mapping[str, Any] | None = None) -> PriceBook:
    """Read the price tables.

    Args:
        path: a folder with prices.csv, regions.csv and sources.csv, read alone; None reads the embedded tables and lays
            over them those that ``costmodel prices refresh`` fetched: where both have a price of one date, the fetched.
        contract: negotiated terms, as :func:`read_contract` takes them; costs are then what the contract makes of them,
            and list costs stand beside.

    Raises:
        InputError: a file is missing, has not the columns of a price table, or a row of it is wrong.
    """
    terms = None
    if contract is not None:
        from costmodel.pricing.reading.contract_file import read_contract

        terms = read_contract(contract)
    embedded = folder("data") / "pricing"
    where = Path(path) if path else embedded
    locations = [_location(row) for row in _mappings(where / "regions.csv")]
    lacking = _not_offered(where)
    if path:
        return _checked(PriceBook(_rows(where, "user"), locations, _sources(where), terms, lacking), where)
    sources = _sources(embedded)
    user = current()
    if user is None:
        return PriceBook((), locations, sources, terms, lacking, _unread(embedded, frozenset()))
    own = _rows(user, "user")
    newer = frozenset(map(_edition, own))
    _checked(PriceBook(own, locations), user)
    return PriceBook(own, locations, sources + _sources(user), terms, lacking, _unread(embedded, newer))


def current() -> Path | None:
    """Return the folder of the user's tables that hold, None where nothing was fetched.

    Raises:
        InputError: the user's folder says which, and it is not there.
    """
    pointer = user_prices() / "current"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{pointer}: cannot be read ({error}). Delete it to use the embedded prices."
        raise InputError(message) from None
    if not name or Path(name).name != name or not (pointer.parent / name).is_dir():
        message = f"{pointer}: it names {name!r}, which is no folder beside it. Delete it to use the embedded prices."
        raise InputError(message)
    return pointer.parent / name


def _checked(book: PriceBook, where: Path) -> PriceBook:
    """Refuse tables with wrong rows: those of the package are checked by its tests, others here."""
    found = problems(book, book.rows)
    if found:
        own = " Deleting that folder goes back to the embedded prices." if where.parent == user_prices() else ""
        message = f"{where / 'prices.csv'}: {listed(found)}.{own}"
        raise InputError(message)
    return book


def _edition(row: PriceRow) -> tuple[str, str, str, str]:
    return row.location, row.meter, row.counterpart, row.effective_from


def _unread(where: Path, newer: frozenset[tuple[str, str, str, str]]) -> Unread:
    """Read the embedded table as far as every answer needs it: which lines are of which place, and every date.

    Cells before the date have no comma within, and no cell has a line's end; the package's tests see to it.

    Args:
        where: the folder.
        newer: location, meter, counterpart and date of what another table has in place of these rows.
    """
    path = where / "prices.csv"
    header, *lines = _text(path).split("\n")
    if header.split(",") != list(_COLUMNS):
        raise InputError(_other_columns(path, header.split(",")))
    of: dict[str, list[str]] = {}
    dates = set()
    for line in filter(None, lines):
        cells = line.split(",", _DATE + 1)
        of.setdefault(cells[0], []).append(line)
        dates.add(cells[_DATE])

    def page(found: list[str]) -> list[PriceRow]:
        rows = [PriceRow._make([*cells, "embedded"]) for cells in csv.reader(found)]
        return [row for row in rows if _edition(row) not in newer] if newer else rows

    return Unread({place: partial(page, found) for place, found in of.items()}, frozenset(dates))


def _other_columns(path: Path, found: list[str]) -> str:
    return f"{path}: the columns are {', '.join(found)}, not {', '.join(_COLUMNS)}."


def _rows(where: Path, table: str) -> list[PriceRow]:
    header, *rows = _read(where / "prices.csv") or [[]]
    if tuple(header) != _COLUMNS:
        raise InputError(_other_columns(where / "prices.csv", header))
    for line, row in enumerate(rows, 2):
        if len(row) != len(_COLUMNS):
            message = f"{where / 'prices.csv'}: row {line} has {len(row)} cells, not {len(_COLUMNS)}."
            raise InputError(message)
    return [PriceRow._make([*row, table]) for row in rows]


def _sources(where: Path) -> list[Source]:
    try:
        return [Source._make(row[name] for name in Source._fields) for row in _mappings(where / "sources.csv")]
    except KeyError as error:
        message = f"{where / 'sources.csv'}: it has no column {error}."
        raise InputError(message) from None


def _not_offered(where: Path) -> list[NotOffered]:
    """Read what AWS does not sell somewhere; a folder of the user's own may do without."""
    path = where / "not_offered.csv"
    if not path.exists():
        return []
    try:
        return [NotOffered._make(row[name] for name in NotOffered._fields) for row in _mappings(path)]
    except KeyError as error:
        message = f"{path}: it has no column {error}."
        raise InputError(message) from None


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}). It is one of the three files of a price table."
        raise InputError(message) from None
    except ValueError as error:
        raise InputError(_no_csv(path, error)) from None


def _read(path: Path) -> list[Any]:
    try:
        return list(csv.reader(io.StringIO(_text(path), newline="")))
    except csv.Error as error:
        raise InputError(_no_csv(path, error)) from None


def _no_csv(path: Path, error: Exception) -> str:
    return f"{path}: it is no CSV file in UTF-8 ({error})."


def _mappings(path: Path) -> list[dict[str, str]]:
    names, *rows = _read(path) or [[]]
    try:
        return [dict(zip(names, row, strict=True)) for row in rows]
    except ValueError:
        message = f"{path}: a row has not the {len(names)} cells of the header."
        raise InputError(message) from None


def _location(row: dict[str, str]) -> Location:
    return Location(
        row["location"],
        row["type"],
        row["partition"],
        row["name"],
        row["zones"],
        row["parent"],
        tuple(f for f in row["fallback"].split(";") if f),
        row["direct_connect_area"],
        row["currency"],
    )
