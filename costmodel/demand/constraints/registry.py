"""Every constraint, and what a demand's constraints say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.demand.constraints import (
    changes,
    fairness,
    paths,
    policies,
    private,
    quotas,
    residency,
    zones,
)
from costmodel.demand.constraints.base import list_registered_constraints, select_items
from costmodel.demand.demand import Constraints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.arrays import BoolArray
    from costmodel.demand.constraints.base import ConstrainedPath, Constraint, ConstraintItem, FileReader
    from costmodel.demand.demand import Demand

FAMILIES = (private, policies, residency, zones, paths, quotas, changes, fairness)
"""The modules with constraints, in the order in which constraints are listed and the rules of a path are tried."""

# Any: each constraint has a value of its own type
CONSTRAINTS: tuple[Constraint[Any], ...] = tuple(
    constraint
    for family in FAMILIES
    for constraint in list_registered_constraints()
    if type(constraint).__module__ == family.__name__
)


def make_unconstrained(vpc_count: int) -> Constraints:
    """Return constraints that rule nothing out, for a demand of so many VPCs."""
    return Constraints({constraint.key: constraint.make_unlimited(vpc_count) for constraint in CONSTRAINTS})


def resolve_constraints(given: object, reader: FileReader) -> Constraints:
    """Return the constraints of a file.

    Args:
        given: the values of the file, an attribute per key.
        reader: what turns names into numbers.

    Raises:
        InputError: a name is unknown, or a value cannot be.
    """
    values: dict[str, object] = {}
    for constraint in CONSTRAINTS:
        value = getattr(given, constraint.key)
        if constraint.needs_today and value not in (None, False) and not reader.has_today:
            text = f"{constraint.key!r} {constraint.needs_today} 'today', which is missing."
            raise reader.make_error(text, constraint.key)
        values[constraint.key] = constraint.resolve_value(value, reader)
    return Constraints(values)


def list_constraint_rules(path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:
    """Return which flows a demand's constraints keep from a path: (boolean per flow, rule id)."""
    return [rule for constraint in CONSTRAINTS for rule in constraint.list_rules(path, demand)]


def list_constraint_items(demand: Demand) -> list[ConstraintItem]:
    """Return the constraints that concern the flows of a demand, item by item."""
    return [item for constraint in CONSTRAINTS for item in constraint.list_items(demand)]


def keep_constraint_items(demand: Demand, items: Sequence[ConstraintItem]) -> Constraints:
    """Return the constraints of a demand with only some of their items."""
    return Constraints(
        {
            constraint.key: constraint.keep_items(demand, select_items(items, constraint.key))
            for constraint in CONSTRAINTS
        }
    )
