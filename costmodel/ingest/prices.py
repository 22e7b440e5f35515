"""Reading price tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costmodel.editions import listed, problems
from costmodel.errors import InputError
from costmodel.ingest.folders import folder, user_prices
from costmodel.prices import Location, NotOffered, PriceBook, PriceRow, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = PriceRow._fields[:-1]


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
        from costmodel.ingest.contract import read_contract

        terms = read_contract(contract)
    embedded = folder("data") / "pricing"
    where = Path(path) if path else embedded
    locations = [_location(row) for row in _mappings(where / "regions.csv")]
    lacking = _not_offered(where)
    if path:
        return _checked(PriceBook(_rows(where, "user"), locations, _sources(where), terms, lacking), where)
    rows, sources = _rows(embedded, "embedded"), _sources(embedded)
    user = current()
    if user is None:
        return PriceBook(rows, locations, sources, terms, lacking)
    own = _rows(user, "user")
    newer = {(r.location, r.meter, r.counterpart, r.effective_from) for r in own}
    kept = [r for r in rows if (r.location, r.meter, r.counterpart, r.effective_from) not in newer]
    _checked(PriceBook(own, locations), user)
    return PriceBook(kept + own, locations, sources + _sources(user), terms, lacking)


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


def _rows(where: Path, table: str) -> list[PriceRow]:
    header, *rows = _read(where / "prices.csv") or [[]]
    if tuple(header) != _COLUMNS:
        message = f"{where / 'prices.csv'}: the columns are {', '.join(header)}, not {', '.join(_COLUMNS)}."
        raise InputError(message)
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


def _read(path: Path) -> list[Any]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}). It is one of the three files of a price table."
        raise InputError(message) from None
    except (ValueError, csv.Error) as error:
        message = f"{path}: it is no CSV file in UTF-8 ({error})."
        raise InputError(message) from None


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
