"""The questions a bill is asked, as Ibis expressions: the same on DuckDB, Spark and Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.dimensions import NUMBERS, SPECIAL, WORDS
from costmodel.actual_bills.reading.layout import ABSENT, UNITS

if TYPE_CHECKING:
    from collections.abc import Collection

SOLD = ("usage_type", "description", "service", "line_type", "provider")
"""What a bill charges for, and who provides it: enough to distinguish network from everything else."""

NAMES = ("usage_type", "description")


def summarize_bill_items(table: Any) -> Any:
    """Return rows and cost of everything a bill sells; ``known`` counts the rows whose cost is a number."""
    keys = [k for k in SOLD if k in table.columns]
    return table.group_by(keys).agg(**_count_rows(table), cost=_sum_exactly(table.cost))


def summarize_network_rows(table: Any, names: Collection[str], *, by: str, services: Collection[str] = ()) -> Any:
    """Return the rows of some usage types and descriptions, summed.

    Args:
        table: a normalised bill.
        names: the usage types and descriptions. Looked up in an array, which DuckDB does once for each word that a
            column's dictionary holds; IN and a pattern are asked row by row.
        by: what to distinguish in addition to the words of a row: ``day`` or ``resource``.
        services: the services whose rows without a usage type are network.

    Returns:
        The words, rows, known, quantity, cost and list; by resource also its ``first`` and ``last`` day.
    """
    import ibis

    wanted = ibis.literal(sorted(names), type="array<string>")
    named = [wanted.contains(table[k]) for k in NAMES if k in table.columns]
    if services and {"usage_type", "service"} <= set(table.columns):
        is_blank = table.usage_type.isnull() | table.usage_type.isin(sorted(ABSENT))
        named.append(is_blank & table.service.isin(sorted(services)))
    rows = table.filter(ibis.or_(*named))
    keys = [k for k in (*WORDS, by) if k in rows.columns]
    sums = {n: _sum_exactly(rows[n]) for n in NUMBERS if n in rows.columns}
    if by == "resource" and "day" in rows.columns:
        sums |= {"first": rows.day.min(), "last": rows.day.max()}
    return rows.group_by(keys).agg(**_count_rows(rows), **sums)


def reduce_bill_rows(table: Any, endings: Collection[str], services: Collection[str]) -> Any:
    """Return a bill summed by all that may be asked later: for what is expensive to read, and is to be read once.

    Rows whose usage type has none of the endings, and whose service is none of those all of whose rows are network,
    are not network: they are summed by what they charge for alone.
    """
    may = [table.usage_type.endswith(e) for e in sorted(endings)] if "usage_type" in table.columns else []
    may += [table.service.isin(sorted(services))] if "service" in table.columns else []
    may += [table.description.notnull() & (table.description != "")] if "description" in table.columns else []
    where = may[0]
    for more in may[1:]:
        where = where | more
    table = table.mutate(may=where)
    where = table.may
    keys = {}
    for name in (*WORDS, *SPECIAL):
        if name in table.columns:
            keys[name] = table[name] if name in SOLD else where.ifelse(table[name], None)
    sums = {n: table[n].sum() for n in NUMBERS if n in table.columns}
    return table.group_by(**keys).agg(**_count_rows(table), **sums)


def _sum_exactly(column: Any) -> Any:
    """Return the sum of a column of numbers as a float: of decimals, or of integers of 1/UNITS."""
    total = column.sum().cast("float64")
    return total / float(UNITS) if column.type().is_integer() else total


def _count_rows(table: Any) -> dict[str, Any]:
    """Return how many rows there are, and of how many the cost is a number; of a condensed table what it counted."""
    if "rows" in table.columns:
        return {"rows": table.rows.sum(), "known": table.known.sum()}
    return {"rows": table.count(), "known": table.cost.count()}
