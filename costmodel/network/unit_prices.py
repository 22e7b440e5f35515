"""What one more GB costs, resource by resource: what an unknown quantity would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.decimals import to_decimal, with_exact_decimals
from costmodel.core.table import Codes, Table
from costmodel.network.network import compute_quantities

if TYPE_CHECKING:
    from costmodel.aws.resource import Resource
    from costmodel.core.meters import Meter
    from costmodel.network.bill import Bill


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
    """Return what one more GB costs of every kind, quantity and place of a bill's network."""
    out = []
    pools: dict[tuple[str, ...], Any] = {(*p.meter.pool, p.location, p.counterpart): p for p in bill.pools}
    for kind, table in bill.usage.network:
        names = [n for n, c in kind.columns.items() if c.type == "gb"]
        ends = [n for n, c in kind.columns.items() if c.holds_words]
        for rows in _group_rows_by_words(table, ["location", *ends]):
            one = _take_row(table, int(rows[0]), kind)
            place = one.location.labels[one.location.codes[0]]
            base = compute_quantities(kind, one, bill.usage.network.assumptions)
            for name in names:
                more = one.with_columns({name: getattr(one, name) + Decimal(1)})
                moved = compute_quantities(kind, more, bill.usage.network.assumptions)
                price: Decimal | None = Decimal(0)
                for m, quantity in moved.items():
                    by = to_decimal((quantity - base[m])[0])
                    unit = _price_next_unit(bill, pools, m, one) if by else Decimal(0)
                    price = None if price is None or unit is None else price + by * unit
                given = sum((to_decimal(v) for v in getattr(table, name)[rows] * table.count[rows]), Decimal(0))
                number = int(table.count[rows].sum())
                out.append(UnitPrice(kind, name, place, number, given, price, bill.book.get_location(place).currency))
    return out


def _group_rows_by_words(table: Table, names: list[str]) -> list[Any]:
    """Return the rows of each combination of words."""
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


def _price_next_unit(bill: Bill, pools: dict[tuple[str, ...], Any], m: Meter, one: Table) -> Decimal | None:
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
