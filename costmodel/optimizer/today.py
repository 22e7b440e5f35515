"""What is built today, as a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_todays_plan
from costmodel.core.errors import InfeasibleError

if TYPE_CHECKING:
    from costmodel.core.arrays import IntArray
    from costmodel.demand.demand import Demand


def get_todays_plan(d: Demand) -> IntArray | None:
    """Return (flows,) the number of the path that each flow takes today; None if the demand does not state it.

    None also if the architecture that the demand names as today's cannot serve it. What is built today is taken as it
    is, in every zone of its VPC, whatever the constraints require of a new plan.
    """
    if d.today is None:
        return None
    pattern = PATTERNS[d.today] if isinstance(d.today, str) else None
    try:
        plan: IntArray = make_todays_plan(d, pattern)[0]
    except InfeasibleError:
        if pattern is None:
            raise
        return None
    return plan
