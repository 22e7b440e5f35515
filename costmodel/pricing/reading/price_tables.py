"""Reading price tables."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError
from costmodel.pricing.book import PriceBook, Unread
from costmodel.pricing.editions import find_row_problems, summarize_problems
from costmodel.pricing.rows import Location, NotOffered, PriceRow, Source
from costmodel.tabular.data_files import locate_package_folder, locate_user_prices

if TYPE_CHECKING:
    from costmodel.core.json_types import FileMapping

_COLUMNS = PriceRow._fields[:-1]
_DATE = _COLUMNS.index("effective_from")


def load_prices(path: str | Path | None = None, *, contract: str | Path | FileMapping | None = None) -> PriceBook:
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
    embedded = locate_package_folder("data") / "pricing"
    where = Path(path) if path else embedded
    locations = [_build_location(row) for row in _read_mappings(where / "regions.csv")]
    lacking = _read_not_offered(where)
    if path:
        return _require_valid_rows(
            PriceBook(_read_rows(where, "user"), locations, _read_sources(where), terms, lacking), where
        )
    sources = _read_sources(embedded)
    user = find_user_tables()
    if user is None:
        return PriceBook((), locations, sources, terms, lacking, _index_embedded_rows(embedded, frozenset()))
    own = _read_rows(user, "user")
    newer = frozenset(map(_make_edition_key, own))
    _require_valid_rows(PriceBook(own, locations), user)
    return PriceBook(
        own, locations, sources + _read_sources(user), terms, lacking, _index_embedded_rows(embedded, newer)
    )


def find_user_tables() -> Path | None:
    """Return the folder of the user's tables that hold, None where nothing was fetched.

    Raises:
        InputError: the user's folder says which, and it is not there.
    """
    pointer = locate_user_prices() / "current"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{pointer}: cannot be read ({error}). Delete it to use the embedded prices."
        raise InputError(message) from None
    if not name or Path(name).name != name or not (pointer.parent / name).is_dir():
        message = (
            f"{pointer}: it names {name!r}, which is not a folder next to it. Delete it to use the embedded prices."
        )
        raise InputError(message)
    return pointer.parent / name


def _require_valid_rows(book: PriceBook, where: Path) -> PriceBook:
    """Refuse tables with wrong rows: those of the package are checked by its tests, others here."""
    found = find_row_problems(book, book.rows)
    if found:
        own = " Delete that folder to go back to the embedded prices." if where.parent == locate_user_prices() else ""
        message = f"{where / 'prices.csv'}: {summarize_problems(found)}.{own}"
        raise InputError(message)
    return book


def _make_edition_key(row: PriceRow) -> tuple[str, str, str, str]:
    return row.location, row.meter, row.counterpart, row.effective_from


def _index_embedded_rows(where: Path, newer: frozenset[tuple[str, str, str, str]]) -> Unread:
    """Read the embedded table as far as every answer needs it: which lines are of which place, and every date.

    Cells before the date have no comma within, and no cell has a line's end; the package's tests see to it.

    Args:
        where: the folder.
        newer: location, meter, counterpart and date of what another table has in place of these rows.
    """
    path = where / "prices.csv"
    header, *lines = _read_table_text(path).split("\n")
    if header.split(",") != list(_COLUMNS):
        raise InputError(_describe_columns(path, header.split(",")))
    of: dict[str, list[str]] = {}
    dates = set()
    for line in filter(None, lines):
        cells = line.split(",", _DATE + 1)
        of.setdefault(cells[0], []).append(line)
        dates.add(cells[_DATE])

    def page(found: list[str]) -> list[PriceRow]:
        rows = [PriceRow._make([*cells, "embedded"]) for cells in csv.reader(found)]
        return [row for row in rows if _make_edition_key(row) not in newer] if newer else rows

    return Unread({place: partial(page, found) for place, found in of.items()}, frozenset(dates))


def _describe_columns(path: Path, found: list[str]) -> str:
    return f"{path}: the columns are {', '.join(found)}, not {', '.join(_COLUMNS)}."


def _read_rows(where: Path, table: str) -> list[PriceRow]:
    header, *rows = _read_csv(where / "prices.csv") or [[]]
    if tuple(header) != _COLUMNS:
        raise InputError(_describe_columns(where / "prices.csv", header))
    for line, row in enumerate(rows, 2):
        if len(row) != len(_COLUMNS):
            message = f"{where / 'prices.csv'}: row {line} has {len(row)} cells, not {len(_COLUMNS)}."
            raise InputError(message)
    return [PriceRow._make([*row, table]) for row in rows]


def _read_sources(where: Path) -> list[Source]:
    try:
        return [Source._make(row[name] for name in Source._fields) for row in _read_mappings(where / "sources.csv")]
    except KeyError as error:
        message = f"{where / 'sources.csv'}: it has no column {error}."
        raise InputError(message) from None


def _read_not_offered(where: Path) -> list[NotOffered]:
    """Read what AWS does not sell somewhere; a folder of the user's own may do without."""
    path = where / "not_offered.csv"
    if not path.exists():
        return []
    try:
        return [NotOffered._make(row[name] for name in NotOffered._fields) for row in _read_mappings(path)]
    except KeyError as error:
        message = f"{path}: it has no column {error}."
        raise InputError(message) from None


def _read_table_text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}). It is one of the three files of a price table."
        raise InputError(message) from None
    except ValueError as error:
        raise InputError(_describe_bad_csv(path, error)) from None


def _read_csv(path: Path) -> list[Any]:
    try:
        return list(csv.reader(io.StringIO(_read_table_text(path), newline="")))
    except csv.Error as error:
        raise InputError(_describe_bad_csv(path, error)) from None


def _describe_bad_csv(path: Path, error: Exception) -> str:
    return f"{path}: it is not a CSV file in UTF-8 ({error})."


def _read_mappings(path: Path) -> list[dict[str, str]]:
    names, *rows = _read_csv(path) or [[]]
    try:
        return [dict(zip(names, row, strict=True)) for row in rows]
    except ValueError:
        message = f"{path}: a row does not have the {len(names)} cells of the header."
        raise InputError(message) from None


def _build_location(row: dict[str, str]) -> Location:
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
