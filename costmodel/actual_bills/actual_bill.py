"""A bill as AWS sent it: rows summed and classified, with nothing dropped on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.actual_bills.dimensions import DIMENSIONS, get_dimension
from costmodel.core.errors import CostmodelError
from costmodel.pricing.usage_types import DISCOUNTS, EXCLUDED, NETWORK, OTHER, Classification, Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from costmodel.actual_bills.dimensions import Dimension
    from costmodel.pricing.usage_types import Classifier

UNKNOWN = "unknown"
_SLACK = 1e-9


class Part(NamedTuple):
    """Rows and their cost."""

    rows: int
    cost: float


class Conserved(NamedTuple):
    """What was read, and where every row of it is: ``read`` = ``network`` + ``other`` + ``excluded``."""

    read: Part
    network: Part
    other: Part
    excluded: dict[str, Part]


@dataclass(eq=False)
class ActualBill:
    """What AWS charged, as :func:`costmodel.read_bill` reads it.

    Attributes:
        format: CUR, CUR 2.0, FOCUS 1.0, FOCUS 1.2; of a mixture each.
        currency: of every amount.
        files: the files read, or the table.
        groups: pandas, every row of the bill, summed: rows, cost, part, reason. What is network by payer, account,
            month, day, region, service, usage_type, operation and line_type, with quantity, list (AWS's own list
            cost), meter, location, counterpart, charged, discount; what is not by service, usage_type and line_type.
        resources: the network's rows by resource in place of day, with its first and last day; None where the bill
            names no resources or was read without.
        lost: what could not be read: file, rows (None: nobody knows how many), why.
        notes: what a reader should know.
    """

    format: str
    currency: str
    files: list[str]
    groups: pd.DataFrame
    resources: pd.DataFrame | None
    lost: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def network(self) -> pd.DataFrame:
        """The groups that are network."""
        return self.groups[self.groups["part"] == NETWORK]

    @property
    def months(self) -> list[str]:
        """The billing months, as YYYY-MM."""
        return sorted({m for m in self.groups["month"] if m})

    @property
    def rows_read(self) -> int:
        """Rows that were read."""
        return self.cost.read.rows

    @property
    def cost(self) -> Conserved:
        """Rows and cost: of everything read, and of its parts, which sum to it."""
        part = self.groups["part"]
        out = self.groups[part == EXCLUDED]
        excluded = {str(why): _sum_part(rows) for why, rows in out.groupby("reason")}
        network, other = (_sum_part(self.groups[part == name]) for name in (NETWORK, OTHER))
        return Conserved(_sum_part(self.groups), network, other, excluded)

    def by(self, side: str) -> pd.Series:
        """Return the network's billed cost by the words of a dimension, the largest first; of days in their order.

        Args:
            side: the name of a dimension: charge (our meter), account, region, day or resource.

        Raises:
            CostmodelError: there is no such dimension, or the bill was read without resources.
        """
        dimension = get_dimension(side)
        if dimension is None:
            message = f"A bill is summed by {', '.join(d.name for d in DIMENSIONS)}, not by {side!r}."
            raise CostmodelError(message)
        rows = self.resources if dimension.per_resource else self.network
        if rows is None:
            message = "This bill names no resources, or was read without them."
            raise CostmodelError(message)
        sums = rows.groupby(rows[dimension.column].replace("", UNKNOWN))["cost"].sum()
        return sums.iloc[_rank_sums(sums)] if dimension.ranked else sums.sort_index()

    def list_dimensions(self, *, ranked: bool = False) -> list[Dimension]:
        """Return the dimensions that this bill can be summed by.

        Args:
            ranked: only those that tables list with the largest cost first.
        """
        known = [d for d in DIMENSIONS if self.resources is not None or not d.per_resource]
        return [d for d in known if d.ranked or not ranked]

    def sum_by_day(self, side: str) -> pd.DataFrame:
        """Return the network's billed cost by day (rows) and the words of a dimension (columns), the largest first.

        Raises:
            CostmodelError: days are not split by such a dimension.
        """
        dimension = get_dimension(side)
        if dimension is None or not dimension.daily:
            daily = ", ".join(d.name for d in DIMENSIONS if d.daily)
            message = f"A bill is summed over days by {daily}, not by {side!r}."
            raise CostmodelError(message)
        rows = self.network
        rows = rows[rows["day"] != ""]
        column = rows[dimension.column].replace("", UNKNOWN)
        table = rows.pivot_table(index="day", columns=column, values="cost", aggfunc="sum", fill_value=0)
        return table.iloc[:, _rank_sums(table.sum())]

    def sum_unrecognized(self) -> dict[str, Part]:
        """Return the network rows whose meter or prices are not known, by reason, the most expensive first."""
        rows = self.network
        rows = rows[rows["reason"] != ""]
        parts = {str(why): _sum_part(group) for why, group in rows.groupby("reason")}
        return dict(sorted(parts.items(), key=lambda e: (-round(abs(e[1].cost), 6), e[0])))


def _rank_sums(sums: pd.Series) -> list[int]:
    """Return the positions of sums, the most expensive first; those that are equal to a millionth by their names."""
    return sorted(range(len(sums)), key=lambda n: (-round(float(sums.iloc[n]), 6), str(sums.index[n])))


def _sum_part(rows: pd.DataFrame) -> Part:
    return Part(int(rows["rows"].sum()), math.fsum(rows["cost"]))


def classify_rows(rows: pd.DataFrame, alike: Any, classifier: Classifier) -> pd.DataFrame:
    """Return rows with what each is: as :class:`Classification` has it, and whether it is a discount.

    Args:
        rows: with the columns of :class:`Key`.
        alike: integer per row, from 0: the same for rows whose key is the same.
        classifier: tells what a row is; it is asked once for each key.
    """
    import numpy as np
    import pandas as pd

    first = np.zeros(int(alike.max(initial=-1)) + 1, dtype=np.int64)
    first[alike[::-1]] = np.arange(len(alike))[::-1]
    distinct = rows[list(Key._fields)].iloc[first]
    said = [classifier.classify(Key(*map(str, values))) for values in distinct.itertuples(index=False)]
    columns: dict[str, list[Any]] = {name: [getattr(t, name) for t in said] for name in Classification._fields}
    columns["region"] = [region or t.location for region, t in zip(distinct["region"], said, strict=True)]
    columns["discount"] = [line in DISCOUNTS for line in distinct["line_type"]]
    out = rows.copy(deep=False)
    for name, values in columns.items():
        kind = bool if name in {"charged", "discount"} else object
        out[name] = pd.Series(np.array(values, dtype=kind)[alike], index=out.index, dtype=kind)
    return out


def join_without_gaps(
    everything: pd.DataFrame, details: pd.DataFrame, names: Iterable[str], services: Iterable[str] = ()
) -> pd.DataFrame:
    """Return a bill without a gap: the details, and of what they do not hold the sums; checks that both agree.

    Args:
        everything: what was read, by usage type, description, service and line-item type.
        details: what was asked for by account, Region and day.
        names: usage types and descriptions all of whose rows must be in ``details``.
        services: services all of whose rows without a usage type must be in ``details``.

    Raises:
        CostmodelError: the two disagree, so the file changed meanwhile or the database is wrong.
    """
    import pandas as pd

    wanted = set(names)
    inside = everything["usage_type"].isin(wanted) | everything["description"].isin(wanted)
    inside |= (everything["usage_type"] == "") & everything["service"].isin(set(services))
    a, b = _sum_part(everything[inside]), Part(int(details["rows"].sum()), float(details["cost"].sum()))
    if a.rows != b.rows or abs(a.cost - b.cost) > _SLACK * max(1.0, float(everything["cost"].abs().sum())):
        message = (
            f"Two readings of one bill disagree: {a.rows:,} rows of {a.cost} and {b.rows:,} of {b.cost}. Did the file "
            "change meanwhile? Read it again."
        )
        raise CostmodelError(message)
    rest = everything[~inside]
    return pd.concat([details, rest], ignore_index=True) if len(rest) else details


def convert_amount(value: float) -> Decimal:
    """Return an amount of a bill as a Decimal, as its float is written."""
    return Decimal(repr(float(value)))
