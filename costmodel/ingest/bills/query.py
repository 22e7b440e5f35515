"""The questions a bill is asked, as Ibis expressions: the same on DuckDB, Spark and Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.ingest.bills.layout import NUMBERS, WORDS

if TYPE_CHECKING:
    from collections.abc import Collection

SOLD = ("usage_type", "description", "service", "line_type")
"""What a bill sells, and how it puts it: enough to tell network from everything else."""

NAMES = ("usage_type", "description")


def sold(table: Any) -> Any:
    """Return rows and cost of everything a bill sells; ``known`` counts the rows whose cost is a number."""
    keys = [k for k in SOLD if k in table.columns]
    return table.group_by(keys).agg(rows=table.count(), known=table.cost.count(), cost=table.cost.sum())


def detailed(table: Any, names: Collection[str], *, by: str) -> Any:
    """Return the rows of some usage types and descriptions, summed.

    Args:
        table: a normalised bill.
        names: the usage types and descriptions; compared as they are stored, for a pattern per row would cost more
            than all the rest.
        by: what to tell apart beside the words of a row: ``day`` or ``resource``.

    Returns:
        The words, rows, known, quantity, cost and list; by resource also its ``first`` and ``last`` day.
    """
    named = [table[k].isin(sorted(names)) for k in NAMES if k in table.columns]
    rows = table.filter(named[0] if len(named) == 1 else named[0] | named[1])
    keys = [k for k in (*WORDS, by) if k in rows.columns]
    sums = {n: rows[n].sum() for n in NUMBERS if n in rows.columns}
    if by == "resource" and "day" in rows.columns:
        sums |= {"first": rows.day.min(), "last": rows.day.max()}
    return rows.group_by(keys).agg(rows=rows.count(), known=rows.cost.count(), **sums)
