"""Two bills against each other: what appears, what goes, what changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.errors import CurrencyError
from costmodel.exact import decimal_of, exactly

if TYPE_CHECKING:
    from costmodel.bill.bill import Bill

ADDED, REMOVED, CHANGED, SHARED = "added", "removed", "changed", "shared"
_LEAST = Decimal(5).scaleb(-3)  # half a cent


class Change(NamedTuple):
    """A resource that differs: ``shared`` is one that only pays another share of the same tiers.

    Attributes:
        name: the resource.
        kind: its kind.
        region: where it is.
        change: added, removed, changed or shared.
        before: what it cost a month, or None.
        after: what it will cost a month, or None.
        quantities: column → (before, after), of those that differ.
    """

    name: str
    kind: str
    region: str
    change: str
    before: Decimal | None
    after: Decimal | None
    quantities: dict[str, tuple[Any, Any]]

    @property
    def difference(self) -> Decimal:
        """How much dearer it becomes."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class Difference:
    """What differs between two bills, dearest change first.

    Attributes:
        before: the bill of the first network.
        after: that of the second.
        changes: the resources that differ.
    """

    before: Bill
    after: Bill
    changes: list[Change]

    @property
    def currency(self) -> str:
        """The currency of both.

        Raises:
            CurrencyError: they differ.
        """
        return _currency(self.before, self.after)

    @property
    def total(self) -> Decimal:
        """How much dearer the second network is, to the cent as both totals are shown."""
        return self.after.total - self.before.total


class _Row(NamedTuple):
    cost: Decimal
    quantities: dict[str, Any]
    words: dict[str, Any]


def difference(before: Bill, after: Bill) -> Difference:
    """Hold two bills against each other, resource by resource: one is the same if its name, kind and Region are.

    Args:
        before: the bill of what is there.
        after: the bill of what will be.

    Raises:
        CurrencyError: they are of different currencies.
    """
    _currency(before, after)
    old, new = _resources(before), _resources(after)
    changes = []
    for key in dict.fromkeys([*old, *new]):
        one, two = old.get(key), new.get(key)
        differs = _differs(one, two)
        if one and two and not differs and abs(one.cost - two.cost) < _LEAST:
            continue
        change = ADDED if one is None else REMOVED if two is None else CHANGED if differs else SHARED
        changes.append(Change(*key, change, one and one.cost, two and two.cost, differs))
    return Difference(before, after, sorted(changes, key=lambda c: (-abs(c.difference), c.name)))


def _differs(one: _Row | None, two: _Row | None) -> dict[str, tuple[Any, Any]]:
    if one is None or two is None:
        return {}
    a, b = one.quantities | one.words, two.quantities | two.words
    return {n: (a.get(n), b.get(n)) for n in {**a, **b} if a.get(n) != b.get(n)}


@exactly
def _resources(bill: Bill) -> dict[tuple[str, str, str], _Row]:
    """Return what each resource costs, and its quantities: those of one name, kind and Region are added up."""
    out: dict[tuple[str, str, str], _Row] = {}
    costs: dict[int, Any] = {}
    for block, cost in bill.costs():
        id_ = id(block.table)
        costs[id_] = cost if id_ not in costs else costs[id_] + cost
    for kind, table in bill.usage.network:
        cost = costs.get(id(table), np.zeros(len(table)))
        numbers = {n: getattr(table, n) for n, c in kind.columns.items() if c.type not in ("choice", "location")}
        words = {n: getattr(table, n).words() for n, c in kind.columns.items() if c.type in ("choice", "location")}
        places = table.location.words()
        for i, name in enumerate(table.name):
            key = (str(name), kind.kind, str(places[i]))
            quantities = {n: float(column[i]) for n, column in numbers.items()} | {"count": float(table.count[i])}
            row = _Row(decimal_of(cost[i]), quantities, {n: str(column[i]) for n, column in words.items()})
            if key in out:
                same = out[key]
                sums = {n: same.quantities.get(n, 0.0) + v for n, v in quantities.items()}
                row = _Row(same.cost + row.cost, sums, same.words)
            out[key] = row
    return out


def _currency(before: Bill, after: Bill) -> str:
    names = {name for bill in (before, after) for name, total in bill.totals.items() if total} or set(after.totals)
    if len(names) > 1:
        message = f"The two are billed in {' and '.join(sorted(names))}: amounts of different currencies do not add."
        raise CurrencyError(message)
    return names.pop()
