"""Rows of a linear program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(eq=False)
class Rows:
    """Sparse rows of a linear program, gathered as triplets."""

    size: int = 0
    row: list[Any] = field(default_factory=list)
    column: list[Any] = field(default_factory=list)
    value: list[Any] = field(default_factory=list)
    low: list[Any] = field(default_factory=list)
    high: list[Any] = field(default_factory=list)

    def add(self, rows: Any, columns: Any, values: Any, count: int, low: Any, high: Any) -> None:
        """Add ``count`` rows between ``low`` and ``high``; ``rows`` number them from 0, a triplet each."""
        self.row.append(np.asarray(rows) + self.size)
        self.column.append(np.asarray(columns))
        self.value.append(np.broadcast_to(np.asarray(values, dtype=float), np.shape(rows)))
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), count))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), count))
        self.size += count
