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
    from collections.abc import Iterator, Mapping

    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import QuantityArray
    from costmodel.core.meters import Meter
    from costmodel.core.table import Codes, Table


@dataclass(frozen=True, eq=False)
class Block:
    """Quantities of one meter over the rows of one kind.

    Attributes:
        kind: the kind of the resources.
        table: the resources, one (or ``count`` alike ones) a row.
        meter: the meter.
        quantity: of each row, with its ``count`` multiplied in, in the meter's unit; shape (rows,).
    """

    kind: type[Resource]
    table: Table
    meter: Meter
    quantity: QuantityArray

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
    """What AWS counts of a network.

    Attributes:
        blocks: the quantities.
        network: the resources.
        exact: whether quantities are Decimals (the audit mode).
        used: the names of the assumptions that change any quantity.
    """

    blocks: list[Block]
    network: Network
    exact: bool
    used: tuple[str, ...]


def meter(network: Network, *, exact: bool = False) -> Usage:
    """Count what AWS counts.

    Args:
        network: the resources.
        exact: carry Decimals of 22 digits instead of float64 (the audit mode). Then every pool and the total are exact.
    """
    blocks: list[Block] = []
    used: set[str] = set()
    for kind, table in network:
        if len(table):
            rows = _convert_to_decimals(table, kind) if exact else table
            blocks += _count_table(kind, table, rows, network.assumptions, exact=exact)
            used |= _find_used_assumptions(kind, rows)
    used |= {u.bounded_by.partition("=")[0] for u in network.unknown if u.bounded_by}
    if any(block.meter.allowance for block in blocks):
        used.add("free-egress")
    return Usage(blocks, network, exact, tuple(name for name in ASSUMPTIONS if name in used))


def _count_table(
    kind: type[Resource], table: Table, rows: Table, assumptions: Mapping[str, str], *, exact: bool
) -> Iterator[Block]:
    """Yield a block for each meter that counts anything of a kind's table.

    Args:
        kind: the kind.
        table: its resources.
        rows: the same with Decimals as quantities, if ``exact``.
        assumptions: the value of each assumption.
        exact: whether quantities are Decimals.
    """
    times = np.array([Decimal(str(count)) for count in table.count], dtype=object) if exact else table.count
    once = (times > 0) * 1
    for counted_by, each in compute_quantities(kind, rows, assumptions).items():
        quantity: Any = each * (once if counted_by.once else times)  # of floats, or of Decimals where ``exact``
        if exact:
            quantity = carried(quantity)
        if quantity.any():
            yield Block(kind, table, counted_by, quantity)


def _find_used_assumptions(kind: type[Resource], table: Table) -> set[str]:
    """Return the names of the assumptions that change a column of a kind's table."""
    return {
        setting.partition("=")[0] for setting, replace in kind.assumes.items() if _has_effect(table, replace(table))
    }


def _has_effect(table: Table, replaced: Mapping[str, Any]) -> bool:
    """Return whether an assumption's columns contain anything, before or after it replaces them."""
    return any(((getattr(table, name) != 0) | (column != 0)).any() for name, column in replaced.items())


def _convert_to_decimals(table: Table, kind: type[Resource]) -> Table:
    """Return the table with its quantities as Decimals."""

    def column(name: str) -> Any:
        values = getattr(table, name)
        if values.dtype == object:
            return values
        return np.array([Decimal(repr(float(v))) for v in values], dtype=object)

    return table.with_columns({n: column(n) for n, c in kind.columns.items() if not c.holds_words})
