"""The cheapest plan of a demand, and its certificate."""

from costmodel.optimize.instance import Instance
from costmodel.optimize.solve import TOLERANCE, Best, optimize

__all__ = ["TOLERANCE", "Best", "Instance", "optimize"]
