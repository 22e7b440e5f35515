"""What live accounts cost by account, Region, VPC or tag."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
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
NO_VPC, UNTAGGED, TAGS_UNREAD, UNKNOWN = "not in a VPC", "untagged", "tags not read", "unknown"
"""Rows for what a dimension does not have a value of."""


class RollupRow(NamedTuple):
    """The cost a month of the resources that share a value of a dimension, in one currency.

    Attributes:
        value: the value, such as the id of a VPC.
        currency: of the cost.
        cost: what is priced.
        resources: how many resources have a charge.
        open: how many open items there are: with one, the cost is the least that is known.
    """

    value: str
    currency: str
    cost: Decimal
    resources: int
    open: int


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


@with_exact_decimals
def sum_account_costs(bill: Bill, belongings: Mapping[str, Belonging], dimension: str) -> list[RollupRow]:
    """Return the cost a month of each value of a dimension, most expensive first; the rows add up to the bill.

    Args:
        bill: what is in the accounts.
        belongings: what each resource belongs to.
        dimension: account, region, service, vpc or tag:KEY.
    """
    frame = bill.frame
    column = frame[_COLUMNS[dimension]] if dimension in _COLUMNS else frame["ResourceId"]
    costs: dict[tuple[str, str], Decimal] = {}
    members: dict[tuple[str, str], set[str]] = {}
    values: dict[str, str] = {}
    rows = zip(column, frame["ResourceId"], frame["BillingCurrency"], frame["ContractedCost"], strict=True)
    for found, resource, currency, cost in rows:
        value = str(found) if dimension in _COLUMNS else _find_value(belongings.get(str(found)), dimension)
        values[str(resource)] = value
        key = (value, str(currency))
        members.setdefault(key, set()).add(str(resource))
        is_priced = cost is not None and cost == cost  # noqa: PLR0124 - NaN is unpriced
        costs[key] = costs.get(key, Decimal(0)) + (to_decimal(cost) if is_priced else Decimal(0))
    open_ = _count_open_items(bill, values, belongings, dimension)
    lacking = {(value, bill.currency) for value in open_} - {(value, bill.currency) for value, _ in costs}
    keys = [*costs, *lacking]
    out = [RollupRow(*key, costs.get(key, Decimal(0)), len(members.get(key, ())), open_[key[0]]) for key in keys]
    return sorted(out, key=lambda row: (-row.cost, row.value))


def _count_open_items(
    bill: Bill, values: Mapping[str, str], belongings: Mapping[str, Belonging], dimension: str
) -> Counter[str]:
    """Return how many open items each value has: of a resource with a charge its own, of another one what it is in."""
    counts: Counter[str] = Counter()
    for item in bill.open:
        by_place = _find_value(belongings[item.where], dimension) if item.where in belongings else UNKNOWN
        counts[values.get(item.where, UNKNOWN if dimension in _COLUMNS else by_place)] += 1
    return counts


def _find_value(belonging: Belonging | None, dimension: str) -> str:
    if dimension == VPC:
        return (belonging.vpc if belonging else "") or NO_VPC
    if belonging is None or belonging.tags is None:
        return TAGS_UNREAD
    return belonging.tags.get(dimension.removeprefix(TAG)) or UNTAGGED


def build_rollup_table(dimension: str, rows: Sequence[RollupRow]) -> Table:
    """Return the sums of a dimension as a table."""
    name = dimension if dimension.startswith(TAG) else "VPC" if dimension == VPC else dimension.title()
    cells: list[list[Cell]] = [
        [row.value, row.resources, round_to_cents(row.cost), row.currency, row.open or ""] for row in rows
    ]
    return Table(f"by-{dimension}", f"By {name}", [name, "Resources", "A month", "Currency", "Open items"], cells)


def build_rollup_json(rows: Sequence[RollupRow]) -> list[JsonAnswer]:
    """Return the sums of a dimension for JSON: costs are decimal strings."""
    return [
        {
            "value": row.value,
            "currency": row.currency,
            "cost": f"{row.cost:f}",
            "resources": row.resources,
            "open": row.open,
        }
        for row in rows
    ]
