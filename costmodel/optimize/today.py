"""What is built today, as a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.demand import Constraints
from costmodel.errors import InfeasibleError
from costmodel.paths import chosen, named, paths
from costmodel.patterns import PATTERNS

if TYPE_CHECKING:
    from costmodel.demand import Demand


def today_of(d: Demand) -> Any:
    """Return the path number of each flow as built today; None where the demand does not say, or it cannot be.

    What is built stands, whatever the constraints want of a new plan.
    """
    if d.today is None:
        return None
    if not isinstance(d.today, str):
        return named(d, d.today)[0]
    none = np.zeros(len(d.vpcs), dtype=bool)
    loose = Constraints(none, none, none, none, min_zones=d.constraints.min_zones)
    try:
        plan = chosen(replace(d, constraints=loose), PATTERNS[d.today])
    except InfeasibleError:
        return None
    usual = [(p.name, p.rank) for p in paths(replace(d, constraints=loose))]
    number = {(p.name, p.rank): i for i, p in reversed(list(enumerate(paths(d)))) if p.width is None}
    return np.array([number[one] for one in usual if one in number])[plan]
