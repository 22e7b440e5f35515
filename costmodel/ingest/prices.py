"""Reading price tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from costmodel.errors import InputError
from costmodel.ingest.folders import folder
from costmodel.prices import Location, PriceBook, PriceRow

_COLUMNS = PriceRow._fields[:-1]


def load_prices(path: str | Path | None = None) -> PriceBook:
    """Read the price tables.

    Args:
        path: a folder with prices.csv, regions.csv and sources.csv; None reads the embedded ones.

    Raises:
        InputError: a file is missing or has not the columns of a price table.
    """
    where = Path(path) if path else folder("data") / "pricing"
    header, *rows = _read(where / "prices.csv")
    if tuple(header) != _COLUMNS:
        message = f"{where / 'prices.csv'}: the columns are {', '.join(header)}, not {', '.join(_COLUMNS)}."
        raise InputError(message)
    table = "user" if path else "embedded"
    prices = [PriceRow._make([*row, table]) for row in rows]
    locations = [_location(row) for row in _mappings(where / "regions.csv")]
    sources = {row["source_id"]: row["what"] for row in _mappings(where / "sources.csv")}
    return PriceBook(prices, locations, sources)


def _read(path: Path) -> list[Any]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}). It is one of the three files of a price table."
        raise InputError(message) from None


def _mappings(path: Path) -> list[dict[str, str]]:
    names, *rows = _read(path)
    return [dict(zip(names, row, strict=True)) for row in rows]


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
