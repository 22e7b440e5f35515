"""Usage: what AWS counts of a network."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.decimals import carried
from costmodel.network.network import Network, compute_quantities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.aws.resource import Resource
    from costmodel.core.meters import Meter
    from costmodel.core.table import Codes, Table


@dataclass(frozen=True, eq=False)
class Block:
    """Quantities of one meter over the rows of one kind; ``count`` is in."""

    kind: type[Resource]
    table: Table
    meter: Meter
    quantity: Any

    @property
    def owner(self) -> Codes:
        """Whose pool each row belongs to."""
        return self.meter.get_owners(self.table)

    @property
    def account(self) -> Codes:
        """The account that pays each row."""
        return getattr(self.table, self.meter.charged)  # type: ignore[no-any-return]

    @property
    def at(self) -> Codes:
        """The location whose price applies to each row."""
        return getattr(self.table, self.meter.at)  # type: ignore[no-any-return]

    @property
    def to(self) -> Codes | None:
        """The other Region of each row's pair."""
        return getattr(self.table, self.meter.to) if self.meter.to else None


@dataclass(frozen=True, eq=False)
class Usage:
    """Blocks of quantities, and what was assumed in counting them."""

    blocks: list[Block]
    network: Network
    exact: bool
    used: tuple[str, ...]


def meter(network: Network, *, exact: bool = False) -> Usage:
    """Count what AWS counts.

    Args:
        network: the resources.
        exact: carry Decimals of 22 digits instead of float64 (the audit mode): from there on all is exact, per pool and
            in total.
    """
    blocks: list[Block] = []
    used: set[str] = set()
    for kind, table in network:
        if not len(table):
            continue
        rows = _convert_to_decimals(table, kind) if exact else table
        used.update(s.partition("=")[0] for s, replace in kind.assumes.items() if _has_effect(table, replace(table)))
        times = np.array([Decimal(str(c)) for c in table.count], dtype=object) if exact else table.count
        for m, quantity in compute_quantities(kind, rows, network.assumptions).items():
            counted = quantity * ((times > 0) * 1 if m.once else times)
            counted = carried(counted) if exact else counted
            if counted.any():
                blocks.append(Block(kind, table, m, counted))
                used.update(["free-egress"] if m.allowance else [])
    return Usage(blocks, network, exact, tuple(a for a in ASSUMPTIONS if a in used))


def _has_effect(table: Table, replaced: Mapping[str, Any]) -> bool:
    """Tell whether an assumption's columns hold anything, before or after it replaces them."""
    return any(((getattr(table, name) != 0) | (column != 0)).any() for name, column in replaced.items())


def _convert_to_decimals(table: Table, kind: type[Resource]) -> Table:
    """Return the table with its quantities as Decimals."""

    def column(name: str) -> Any:
        values = getattr(table, name)
        if values.dtype == object:
            return values
        return np.array([Decimal(repr(float(v))) for v in values], dtype=object)

    return table.with_columns({n: column(n) for n, c in kind.columns.items() if not c.holds_words})
