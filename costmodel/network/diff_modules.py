"""Two bills against each other by module: what is built, and its use."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
from costmodel.network.modules import extract_module_address
from costmodel.network.network import find_column_meters
from costmodel.network.reading.usage_file import KNOWN
from costmodel.reporting.model import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.aws.resource import Resource
    from costmodel.core.json_types import JsonAnswer
    from costmodel.network.bill import Bill
    from costmodel.network.diff import Difference
    from costmodel.reporting.model import Cell

ROOT = "(root)"
"""What a table calls the root module."""


class ModuleChange(NamedTuple):
    """What the priced part of a module costs a month, before and after.

    Attributes:
        module: its address; "" is the root module, or a network without modules.
        before, after: the cost a month.
        baseline: how much of the difference is billed for what is built, whatever its use.
        usage: how much of it is billed by GB, requests or another use.
        is_open: whether something in it is not known or not priced.
    """

    module: str
    before: Decimal
    after: Decimal
    baseline: Decimal
    usage: Decimal
    is_open: bool


@with_exact_decimals
def sum_module_changes(found: Difference) -> list[ModuleChange]:
    """Return what changes in each module, the greatest change first; modules that stay as they are, are left out."""
    sides = [_sum_modules(bill) for bill in (found.before, found.after)]
    open_ = {extract_module_address(item.where) for _, item in found.open}
    out = []
    for module in dict.fromkeys([*sides[1], *sides[0], *open_]):
        before, after = (side.get(module, _Sums()) for side in sides)
        baseline, usage = after.baseline - before.baseline, after.usage - before.usage
        if baseline or usage or module in open_:
            change = (before.baseline + before.usage, after.baseline + after.usage, baseline, usage)
            out.append(ModuleChange(module, *change, module in open_))
    return sorted(out, key=lambda change: -abs(change.after - change.before))


class _Sums(NamedTuple):
    """The cost a month of a module, by what it is billed by."""

    baseline: Decimal = Decimal(0)
    usage: Decimal = Decimal(0)


def _sum_modules(bill: Bill) -> dict[str, _Sums]:
    assumptions = bill.usage.network.assumptions
    by_use = {kind: _list_usage_meters(kind, assumptions) for kind, _ in bill.usage.network}
    sums: dict[str, _Sums] = {}
    for block, costs in bill.compute_resource_costs():
        part = "usage" if block.meter.id in by_use[block.kind] else "baseline"
        for name, cost in zip(block.table.name, costs, strict=True):
            module = extract_module_address(str(name))
            known = sums.get(module, _Sums())
            sums[module] = known._replace(**{part: getattr(known, part) + to_decimal(cost)})
    return sums


def _list_usage_meters(kind: type[Resource], assumptions: Mapping[str, str]) -> set[str]:
    """Return the meters of a kind that count what a plan does not know, such as GB; the others count what is built."""
    unplanned = [
        name for name, column in kind.columns.items() if not column.holds_words and column.path[0] not in KNOWN
    ]
    return {meter.id for name in unplanned for meter in find_column_meters(kind, name, assumptions)}


def build_module_table(changes: Sequence[ModuleChange], title: str) -> Table:
    """Return the changes by module as a table; a cost with something open in it is the least that is known."""
    names = ["Module", "Before", "After", "Difference", "Baseline", "Usage", "Open"]
    rows: list[list[Cell]] = [
        [
            one.module or ROOT,
            *map(round_to_cents, (one.before, one.after, one.after - one.before, one.baseline, one.usage)),
            "yes" if one.is_open else "",
        ]
        for one in changes
    ]
    return Table("modules", title, names, rows)


def build_module_json(changes: Sequence[ModuleChange]) -> list[JsonAnswer]:
    """Return the changes by module for JSON: amounts are decimal strings, of what is priced."""
    return [
        {
            "module": one.module,
            **{
                name: f"{round_to_cents(amount):f}"
                for name, amount in (
                    ("before", one.before),
                    ("after", one.after),
                    ("difference", one.after - one.before),
                    ("baseline", one.baseline),
                    ("usage", one.usage),
                )
            },
            "open": one.is_open,
        }
        for one in changes
    ]
