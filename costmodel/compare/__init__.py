"""Architectures side by side, and where the cheapest changes."""

from costmodel.compare.cost import CostFunction, compiled, crossings
from costmodel.compare.options import Comparison, Option, beside_today, built_today, compare, options, planned

__all__ = [
    "Comparison",
    "CostFunction",
    "Option",
    "beside_today",
    "built_today",
    "compare",
    "compiled",
    "crossings",
    "options",
    "planned",
]
