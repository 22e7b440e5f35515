"""Two bills against each other by module: what is there, and what flows through it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
from costmodel.network.modules import extract_module_address
from costmodel.reporting.model import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.json_types import JsonAnswer
    from costmodel.network.bill import Bill
    from costmodel.network.diff import Difference
    from costmodel.reporting.model import Cell

_BASELINE_UNITS = frozenset(("Hours", "Months"))
"""Units of what is billed for as long as a resource exists; anything else is billed by use."""
ROOT = "(root)"
"""What a table calls the root module."""


class ModuleChange(NamedTuple):
    """What the priced part of a module costs a month, before and after.

    Attributes:
        module: its address; "" is the root module, or a network without modules.
        before, after: the cost a month.
        baseline: how much of the difference is billed by the hour or the month.
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
    sums: dict[str, _Sums] = {}
    for block, costs in bill.compute_resource_costs():
        is_baseline = block.meter.unit in _BASELINE_UNITS
        for name, cost in zip(block.table.name, costs, strict=True):
            module = extract_module_address(str(name))
            known, amount = sums.get(module, _Sums()), to_decimal(cost)
            sums[module] = (
                known._replace(baseline=known.baseline + amount)
                if is_baseline
                else known._replace(usage=known.usage + amount)
            )
    return sums


def build_module_table(changes: Sequence[ModuleChange], title: str) -> Table:
    """Return the changes by module as a table; a cost with something open in it is the least that is known."""
    names = ["Module", "Before", "After", "Difference", "By the hour or month", "By use", "Open"]
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
