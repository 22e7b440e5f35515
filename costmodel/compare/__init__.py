"""Architectures side by side, and where the cheapest changes."""

from costmodel.compare.breakevens import Breakeven, breakeven, lines
from costmodel.compare.cost import CostFunction, compiled, crossings
from costmodel.compare.options import Comparison, Option, beside_today, built_today, compare, options, planned
from costmodel.compare.phases import Phase, phase

__all__ = [
    "Breakeven",
    "Comparison",
    "CostFunction",
    "Option",
    "Phase",
    "beside_today",
    "breakeven",
    "built_today",
    "compare",
    "compiled",
    "crossings",
    "lines",
    "options",
    "phase",
    "planned",
]
