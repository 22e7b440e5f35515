"""Fairness: no account pays more than it pays today."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from costmodel.demand.constraints.base import Constraint, ConstraintItem, Widget

if TYPE_CHECKING:
    from costmodel.demand.demand import Demand


class NoAccountPaysMore(Constraint[bool]):
    """Whether no account may pay more than today.

    What an account pays depends on what all others put on the pools, so a search of its own keeps to it
    (``costmodel.optimizer.search.accounts``).
    """

    key = "no_account_pays_more"
    description = "no account may pay more than `today`"
    file_type = bool
    file_default: ClassVar[object] = False
    needs_today = "compares accounts with"
    widget = Widget("toggle", "No account pays more than today", column=2, name="fair")

    def make_unlimited(self, vpc_count: int) -> bool:  # noqa: ARG002 - the same for any number
        """Return False."""
        return False

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return the constraint as one item."""
        return [ConstraintItem(self.key)] if self.get_value(demand) else []
