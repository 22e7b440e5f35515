"""Changes: how many flows may change from what is built today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.demand.constraints.base import CandidateLimit, Constraint, ConstraintItem, Widget
from costmodel.demand.fields import Whole

if TYPE_CHECKING:
    from costmodel.demand.constraints.base import PlanCandidates
    from costmodel.demand.demand import Demand


class MaxChanges(Constraint["int | None"]):
    """How many flows may change from today; None is any number."""

    key = "max_changes"
    description = "the number of flows that may change from `today`"
    file_type = Whole | None
    needs_today = "counts changes from"
    widget = Widget(
        "number", "Changes from today, at most", "If empty, as many as reduce the cost.", column=1, placeholder="any"
    )

    def make_unlimited(self, vpc_count: int) -> int | None:  # noqa: ARG002 - the same for any number
        """Return None."""
        return None

    def list_limits(self, candidates: PlanCandidates) -> list[CandidateLimit]:
        """Return the limit on the candidates that differ from today."""
        most, today = self.get_value(candidates.demand), candidates.todays_path
        if most is None or today is None:
            return []
        changed = np.flatnonzero(candidates.path != today[candidates.flow])
        return [CandidateLimit(changed, np.ones(len(changed)), float(most))]

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return the number as one item."""
        most = self.get_value(demand)
        return [] if most is None else [ConstraintItem(self.key, value=str(most))]
