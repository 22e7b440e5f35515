"""A mixed integer program as it is gathered: columns and sparse rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(eq=False)
class Program:
    """Columns from 0 upwards, and rows as triplets; costs are no part of it.

    Attributes:
        whole: of each column, whether it is 0 or 1; the others are any number from 0.
        shut: columns that must be 0, as arrays.
        size: how many rows.
    """

    whole: list[bool] = field(default_factory=list)
    shut: list[Any] = field(default_factory=list)
    size: int = 0
    row: list[Any] = field(default_factory=list)
    column: list[Any] = field(default_factory=list)
    value: list[Any] = field(default_factory=list)
    low: list[Any] = field(default_factory=list)
    high: list[Any] = field(default_factory=list)

    @property
    def width(self) -> int:
        """How many columns."""
        return len(self.whole)

    def new(self, count: int, *, whole: bool) -> int:
        """Add columns; return the first."""
        first = self.width
        self.whole += [whole] * count
        return first

    def add(self, rows: Any, columns: Any, values: Any, count: int, low: Any, high: Any) -> None:
        """Add ``count`` rows between ``low`` and ``high``; ``rows`` number them from 0, a triplet each."""
        self.row.append(np.asarray(rows) + self.size)
        self.column.append(np.asarray(columns))
        self.value.append(np.broadcast_to(np.asarray(values, dtype=float), np.shape(rows)))
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), count))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), count))
        self.size += count

    def bound(self, columns: Any, values: Any, low: float, high: float) -> None:
        """Keep one sum of columns between two numbers."""
        self.add(np.zeros(len(columns), dtype=int), columns, values, 1, low, high)

    def under(self, rows: Any, columns: Any, values: Any, most: Any, more: Any = 0.0) -> None:
        """Keep sums of columns, numbered by ``rows``, at most a column each, ``most``, plus ``more``."""
        n = len(most)
        weights = np.broadcast_to(np.asarray(values, dtype=float), np.shape(rows))
        self.add(np.r_[rows, :n], np.r_[columns, most], np.r_[weights, -np.ones(n)], n, -np.inf, more)
