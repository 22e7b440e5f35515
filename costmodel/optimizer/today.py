"""What is built today, as a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_todays_plan
from costmodel.core.errors import InfeasibleError

if TYPE_CHECKING:
    from costmodel.demand.demand import Demand


def get_todays_plan(d: Demand) -> Any:
    """Return the path number of each flow as built today; None where the demand does not say, or it cannot be.

    What is built stands, in every zone of its VPC, whatever the constraints want of a new plan.
    """
    if d.today is None:
        return None
    if not isinstance(d.today, str):
        return make_todays_plan(d, None)[0]
    try:
        return make_todays_plan(d, PATTERNS[d.today])[0]
    except InfeasibleError:
        return None
