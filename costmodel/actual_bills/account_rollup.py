"""What live accounts cost by account, Region, VPC or tag."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.decimals import round_to_cents
from costmodel.core.errors import InputError, format_suggestion
from costmodel.reporting.model import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.core.json_types import JsonAnswer
    from costmodel.network.bill import Bill
    from costmodel.network.reading.account.belonging import Belonging
    from costmodel.reporting.model import Cell

TAG = "tag:"
_COLUMNS = {"account": "SubAccountId", "region": "RegionId", "service": "ServiceName"}
"""Dimension → the column of the bill that has it."""
VPC = "vpc"
NO_VPC, UNTAGGED, TAGS_UNREAD = "not in a VPC", "untagged", "tags not read"
"""Rows for what a dimension does not have a value of."""


class RollupRow(NamedTuple):
    """The cost a month of the resources that share a value of a dimension, in one currency."""

    value: str
    currency: str
    cost: Decimal
    resources: int


def check_dimension(name: str) -> str:
    """Return a dimension by which an account is summed.

    Raises:
        InputError: there is no such dimension.
    """
    known = [*_COLUMNS, VPC]
    if name in known or (name.startswith(TAG) and len(name) > len(TAG)):
        return name
    what = f"an account is not summed by {name!r}.{format_suggestion(name, known)}"
    raise InputError(what, where="--by", remedy=f"Dimensions: {', '.join(known)}, tag:KEY.")


def sum_account_costs(bill: Bill, belongings: Mapping[str, Belonging], dimension: str) -> list[RollupRow]:
    """Return the cost a month of each value of a dimension, most expensive first.

    The rows add up to the bill. What has no price is in no row's cost.

    Args:
        bill: what is in the accounts.
        belongings: what each resource belongs to.
        dimension: account, region, service, vpc or tag:KEY.
    """
    frame = bill.frame
    column = frame[_COLUMNS[dimension]] if dimension in _COLUMNS else frame["ResourceId"]
    sums: dict[tuple[str, str], Decimal] = {}
    members: dict[tuple[str, str], set[str]] = {}
    rows = zip(column, frame["ResourceId"], frame["BillingCurrency"], frame["ContractedCost"], strict=True)
    for found, resource, currency, cost in rows:
        value = str(found) if dimension in _COLUMNS else _find_value(belongings.get(str(found)), dimension)
        key = (value, str(currency))
        members.setdefault(key, set()).add(str(resource))
        if cost is not None and cost == cost:  # noqa: PLR0124 - NaN is unpriced
            sums[key] = sums.get(key, Decimal(0)) + Decimal(str(cost))
    out = [RollupRow(*key, sums.get(key, Decimal(0)), len(names)) for key, names in members.items()]
    return sorted(out, key=lambda row: (-row.cost, row.value))


def _find_value(belonging: Belonging | None, dimension: str) -> str:
    if dimension == VPC:
        return (belonging.vpc if belonging else "") or NO_VPC
    if belonging is None or belonging.tags is None:
        return TAGS_UNREAD
    return belonging.tags.get(dimension.removeprefix(TAG)) or UNTAGGED


def build_rollup_table(dimension: str, rows: Sequence[RollupRow]) -> Table:
    """Return the sums of a dimension as a table."""
    name = dimension if dimension.startswith(TAG) else "VPC" if dimension == VPC else dimension.title()
    cells: list[list[Cell]] = [[row.value, row.resources, round_to_cents(row.cost), row.currency] for row in rows]
    return Table(f"by-{dimension}", f"By {name}", [name, "Resources", "A month", "Currency"], cells)


def build_rollup_json(rows: Sequence[RollupRow]) -> list[JsonAnswer]:
    """Return the sums of a dimension for JSON: costs are decimal strings."""
    return [
        {"value": row.value, "currency": row.currency, "cost": f"{row.cost:f}", "resources": row.resources}
        for row in rows
    ]
