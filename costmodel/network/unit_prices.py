"""What one more GB costs, resource by resource: what an unknown quantity would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.decimals import to_decimal, with_exact_decimals
from costmodel.core.table import Codes, Table
from costmodel.network.network import compute_quantities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import IntArray
    from costmodel.core.meters import Meter
    from costmodel.network.bill import Bill
    from costmodel.network.pools import Pool


class UnitPrice(NamedTuple):
    """What one more GB of a quantity costs, over all its meters, at the tier that its pool has reached.

    Attributes:
        kind: the kind of resource.
        column: the quantity, such as gb_processed.
        location: where.
        resources: how many resources of the kind are there, counts included.
        given: GB that are given of them, together.
        price: of one GB more; None where it has no price.
        currency: of the price.
    """

    kind: type[Resource]
    column: str
    location: str
    resources: int
    given: Decimal
    price: Decimal | None
    currency: str


@with_exact_decimals
def compute_unit_prices(bill: Bill) -> list[UnitPrice]:
    """Return what one more GB costs, for every kind, quantity and location of a bill's network."""
    pools: dict[tuple[str, ...], Pool] = {
        (*pool.meter.pool, pool.location, pool.counterpart): pool for pool in bill.pools
    }
    prices = []
    for kind, table in bill.usage.network:
        gb_columns = [name for name, column in kind.columns.items() if column.type == "gb"]
        word_columns = [name for name, column in kind.columns.items() if column.holds_words]
        for rows in _group_rows_by_words(table, ["location", *word_columns]):
            one = _take_row(table, int(rows[0]), kind)
            place = one.location.labels[one.location.codes[0]]
            for name in gb_columns:
                gb = getattr(table, name)[rows] * table.count[rows]
                prices.append(
                    UnitPrice(
                        kind=kind,
                        column=name,
                        location=place,
                        resources=int(table.count[rows].sum()),
                        given=sum(map(to_decimal, gb), Decimal(0)),
                        price=_price_next_gb(bill, pools, kind, one, name),
                        currency=bill.book.get_location(place).currency,
                    )
                )
    return prices


def _price_next_gb(
    bill: Bill, pools: Mapping[tuple[str, ...], Pool], kind: type[Resource], one: Table, column: str
) -> Decimal | None:
    """Return what one more GB of a column costs over all meters; None if any of them has no price for it.

    Args:
        bill: the bill.
        pools: its pools, by meter, location and counterpart.
        kind: the kind of the resource.
        one: the resource, a table of one row.
        column: the column.
    """
    assumptions = bill.usage.network.assumptions
    before = compute_quantities(kind, one, assumptions)
    more = one.with_columns({column: getattr(one, column) + Decimal(1)})
    price = Decimal(0)
    for counted_by, quantity in compute_quantities(kind, more, assumptions).items():
        added = to_decimal((quantity - before[counted_by])[0])
        if not added:
            continue
        unit_price = _price_next_unit(bill, pools, counted_by, one)
        if unit_price is None:
            return None
        price += added * unit_price
    return price


def _group_rows_by_words(table: Table, names: list[str]) -> list[IntArray]:
    """Return the row numbers of each combination of words."""
    codes = np.stack([getattr(table, n).codes for n in names])
    _, inverse = np.unique(codes, axis=1, return_inverse=True)
    inverse = inverse.ravel()
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(inverse[order])) + 1) if len(order) else []


def _take_row(table: Table, i: int, kind: type[Resource]) -> Table:
    columns: dict[str, Any] = {}
    for name in {*kind.columns, "location", "payer", "account", *({"organization"} & {*table.names})}:
        column = getattr(table, name)
        if isinstance(column, Codes):
            columns[name] = Codes(column.codes[i : i + 1], column.labels)
        else:
            columns[name] = np.array([to_decimal(column[i])], dtype=object)
    return Table(1, columns)


def _price_next_unit(bill: Bill, pools: Mapping[tuple[str, ...], Pool], m: Meter, one: Table) -> Decimal | None:
    """Return the price of the next unit of a meter for the resource of one row."""

    def word(name: str) -> str:
        codes = getattr(one, name)
        return str(codes.labels[codes.codes[0]])

    place = bill.book.get_pool_location(word(m.at)) if m.everywhere else word(m.at)
    key = (m.id, place, word(m.to) if m.to else "")
    owners = m.get_owners(one)
    owner = owners.labels[owners.codes[0]]
    pool = pools.get((*m.pool, *key[1:]))
    ladder = bill.book.find_schedule(*key, bill.on)
    if ladder is None:
        return None
    quantity = Decimal(0)
    if pool is not None and owner in pool.owners:
        i = pool.owners.index(owner)
        quantity = to_decimal(pool.quantity[i])
        if pool.spare[i] > 0:
            return Decimal(0)
    return None if quantity >= ladder.tiers.end else ladder.tiers.find_marginal_price(quantity)
