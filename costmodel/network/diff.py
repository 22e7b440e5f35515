"""Two bills against each other: what appears, what goes, what changes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
from costmodel.core.errors import CurrencyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import QuantityArray
    from costmodel.core.open_items import OpenItem
    from costmodel.core.table import Table
    from costmodel.network.bill import Bill
    from costmodel.network.network import LeftOut

ADDED, REMOVED, CHANGED, SHARED = "added", "removed", "changed", "shared"
_LEAST = Decimal(5).scaleb(-3)  # half a cent


class Change(NamedTuple):
    """A resource that differs: ``shared`` is one that only pays another share of the same tiers.

    Attributes:
        name: the resource.
        kind: its kind.
        region: where it is.
        change: added, removed, changed or shared.
        before: what it cost a month; None where it was not there, or where ``unknown`` has the side.
        after: what it will cost a month; None where it will not be there, or where ``unknown`` has the side.
        quantities: column → (before, after), of those that differ.
        unknown: which of the two costs is not known: "before", "after".
        carried: GB a month that it carried before.
        traffic: quantity → GB a month that it will carry.
    """

    name: str
    kind: str
    region: str
    change: str
    before: Decimal | None
    after: Decimal | None
    quantities: dict[str, tuple[Any, Any]]
    unknown: tuple[str, ...] = ()
    carried: Decimal = Decimal(0)
    traffic: Mapping[str, Decimal] = MappingProxyType({})

    @property
    def difference(self) -> Decimal | None:
        """How much more expensive it becomes; None where that is not known."""
        return None if self.unknown else (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class Difference:
    """What differs between two bills, most expensive change first.

    Attributes:
        before: the bill of the first network.
        after: that of the second.
        changes: the resources that differ.
        uncertain: by how much more expensive the resources with an unknown quantity become, by what is priced of them.
    """

    before: Bill
    after: Bill
    changes: list[Change]
    uncertain: Decimal = Decimal(0)

    @property
    def currency(self) -> str:
        """The currency of both.

        Raises:
            CurrencyError: they differ.
        """
        return _require_common_currency(self.before, self.after)

    @property
    def whole(self) -> bool:
        """Whether all of both is priced."""
        return not self.before.open and not self.after.open

    @property
    def open(self) -> list[tuple[str, OpenItem]]:
        """The open items of both: whether each is added, removed or on both sides (""), and the item."""
        old, new = ({_identify_item(item): item for item in bill.open} for bill in (self.before, self.after))
        sides = {key: REMOVED if key not in new else ADDED if key not in old else "" for key in {**old, **new}}
        return [(side, new.get(key) or old[key]) for key, side in sides.items()]

    @property
    def known(self) -> Decimal:
        """How much more expensive it becomes, to the cent, without the resources that have an unknown quantity."""
        return self.total - round_to_cents(self.uncertain)

    @property
    def at_least(self) -> Decimal | None:
        """The least increase in cost, to the cent; None where nothing bounds the first network."""
        most = self.before.openness.at_most
        if most is None:
            return None
        separate = self.after.total - round_to_cents(most.get(self.currency, Decimal(0)))
        return max(separate, self.total - self._sum_spread(self.before, self.after))

    @property
    def at_most(self) -> Decimal | None:
        """The most increase in cost, to the cent; None where nothing bounds the second network."""
        most = self.after.openness.at_most
        if most is None:
            return None
        separate = round_to_cents(most.get(self.currency, Decimal(0))) - self.before.total
        return min(separate, self.total + self._sum_spread(self.after, self.before))

    @staticmethod
    def _sum_spread(bill: Bill, other: Bill) -> Decimal:
        """Return how far the open items of a bill can raise it; an item that the other bill shares moves both alike."""
        shared = set(other.open)
        spread = sum(
            ((item.at_most or Decimal(0)) - (item.at_least or Decimal(0)) for item in bill.open if item not in shared),
            Decimal(0),
        )
        return round_to_cents(spread)

    @property
    def total(self) -> Decimal:
        """How much more expensive the priced part of the second network is, to the cent as both totals are shown."""
        return self.after.total - self.before.total

    @property
    def left_out(self) -> list[tuple[str, LeftOut]]:
        """What is not priced here: whether it is added, removed or there on both sides (""), and what it is."""
        old, new = ({e.name: e for e in bill.usage.network.left_out} for bill in (self.before, self.after))
        sides = {name: REMOVED if name not in new else ADDED if name not in old else "" for name in {**old, **new}}
        return [(side, new.get(name) or old[name]) for name, side in sides.items()]


def _identify_item(item: OpenItem) -> tuple[str, str, str]:
    return item.kind, item.where, item.what


class _Row(NamedTuple):
    """A resource of a bill: its priced cost, its columns, the GB that it carries, and whether all of it is known."""

    cost: Decimal
    quantities: dict[str, Any]
    words: dict[str, Any]
    gb: dict[str, Decimal]
    is_known: bool = True


def compare_network_bills(before: Bill, after: Bill) -> Difference:
    """Hold two bills against each other, resource by resource: one is the same if its name, kind and Region are.

    Of several that share all three, those whose quantities are the same are the same; the others pair off in order.

    Args:
        before: the bill of what is there.
        after: the bill of what will be.

    Raises:
        CurrencyError: they are of different currencies.
    """
    _require_common_currency(before, after)
    old, new = _collect_resources(before), _collect_resources(after)
    changes = []
    uncertain = Decimal(0)
    for key in dict.fromkeys([*old, *new]):
        for one, two in _pair_rows(old.get(key, []), new.get(key, [])):
            change = _build_change(key, one, two)
            if change.unknown:
                uncertain += (two.cost if two else Decimal(0)) - (one.cost if one else Decimal(0))
            if change.change != SHARED or (change.difference is not None and abs(change.difference) >= _LEAST):
                changes.append(change)
    return Difference(before, after, sorted(changes, key=_rank_change), uncertain)


def _pair_rows(old: list[_Row], new: list[_Row]) -> list[tuple[_Row | None, _Row | None]]:
    """Pair the rows of one name, kind and Region: equal ones first, then the others in order."""
    if len(old) == len(new) == 1:  # as nearly always
        return [(old[0], new[0])]
    waiting: dict[str, deque[int]] = {}
    for n, row in enumerate(new):
        waiting.setdefault(_make_row_key(row), deque()).append(n)
    partner: dict[int, int] = {}
    for n, row in enumerate(old):
        if equal := waiting.get(_make_row_key(row)):
            partner[n] = equal.popleft()
    taken = set(partner.values())
    rest = zip_longest(
        (row for n, row in enumerate(old) if n not in partner), (row for n, row in enumerate(new) if n not in taken)
    )
    return [(old[n], new[m]) for n, m in partner.items()] + list(rest)


def _make_row_key(row: _Row) -> str:
    return repr((row.quantities, row.words))


def _build_change(key: tuple[str, str, str], one: _Row | None, two: _Row | None) -> Change:
    differs = _find_differences(one, two)
    return Change(
        *key,
        ADDED if one is None else REMOVED if two is None else CHANGED if differs else SHARED,
        one.cost if one and one.is_known else None,
        two.cost if two and two.is_known else None,
        differs,
        tuple(name for name, row in (("before", one), ("after", two)) if row is not None and not row.is_known),
        sum(one.gb.values(), Decimal(0)) if one else Decimal(0),
        two.gb if two else {},
    )


def _rank_change(c: Change) -> tuple[bool, Decimal, str]:
    """Put what is not known first, then the largest difference."""
    return c.difference is not None, -abs(c.difference or Decimal(0)), c.name


def _find_differences(one: _Row | None, two: _Row | None) -> dict[str, tuple[Any, Any]]:
    if one is None or two is None:
        return {}
    a, b = one.quantities | one.words, two.quantities | two.words
    return {n: (a.get(n), b.get(n)) for n in {**a, **b} if a.get(n) != b.get(n)}


@with_exact_decimals
def _collect_resources(bill: Bill) -> dict[tuple[str, str, str], list[_Row]]:
    """Return what each resource costs, and its quantities, by its name, kind and Region."""
    table_costs: dict[int, QuantityArray] = {}
    for block, cost in bill.compute_resource_costs():
        table_id = id(block.table)
        table_costs[table_id] = cost if table_id not in table_costs else table_costs[table_id] + cost
    unknown: dict[tuple[str, str], set[str]] = {}
    for u in bill.usage.network.unknown:
        unknown.setdefault((u.name, u.kind.kind), set()).add(u.column)
    resources: dict[tuple[str, str, str], list[_Row]] = {}
    for kind, table in bill.usage.network:
        costs = table_costs.get(id(table), np.zeros(len(table)))
        places = table.location.decode_words()
        for row_name, place, row in zip(table.name, places, _build_rows(kind, table, costs), strict=True):
            name = str(row_name)
            lacking = unknown.get((name, kind.kind), set())
            known = row._replace(is_known=False, quantities=row.quantities | dict.fromkeys(lacking)) if lacking else row
            resources.setdefault((name, kind.kind, str(place)), []).append(known)
    return resources


def _build_rows(kind: type[Resource], table: Table, costs: QuantityArray) -> Iterator[_Row]:
    """Yield each resource of a table with its cost, as if all of its quantities were known."""
    numbers = {name: getattr(table, name) for name, column in kind.columns.items() if not column.holds_words}
    words = {name: getattr(table, name).decode_words() for name, column in kind.columns.items() if column.holds_words}
    gb_columns = {name: numbers[name] for name, column in kind.columns.items() if column.type == "gb"}
    for i, count in enumerate(table.count):
        quantities: dict[str, float | None] = {name: float(column[i]) for name, column in numbers.items()}
        quantities["count"] = float(count)
        gb = {name: to_decimal(column[i]) * to_decimal(count) for name, column in gb_columns.items()}
        yield _Row(to_decimal(costs[i]), quantities, {name: str(column[i]) for name, column in words.items()}, gb)


def _require_common_currency(before: Bill, after: Bill) -> str:
    names = {name for bill in (before, after) for name, total in bill.totals.items() if total} or set(after.totals)
    if len(names) > 1:
        message = f"The two are billed in {' and '.join(sorted(names))}: amounts of different currencies do not add."
        raise CurrencyError(message)
    return names.pop()
