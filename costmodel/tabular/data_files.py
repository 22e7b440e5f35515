"""Where data lies, what ships with the package and what a user fetched: the one place that knows."""

from __future__ import annotations

import csv
import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def locate_package_folder(name: str) -> Path:
    """Return a folder that ships with the package (``data`` or ``dashboard``): in the wheel inside it, else beside."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def read_data_table(name: str, file: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file in a folder of ``data/``: ``table("catalogue", "quotas.csv")``."""
    with (locate_package_folder("data") / name / file).open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def locate_user_prices() -> Path:
    """Return the folder of the user's own price tables: COSTMODEL_PRICES, else in the platform's place for data."""
    named = os.environ.get("COSTMODEL_PRICES")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_data_path("costmodel", appauthor=False) / "prices"
