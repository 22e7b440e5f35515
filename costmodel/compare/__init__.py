"""Architectures side by side, and where the cheapest changes."""

from costmodel.compare.breakevens import Breakeven, breakeven, lines
from costmodel.compare.cost import CostFunction, compiled, crossings
from costmodel.compare.growth import Growth, growing, hours_of
from costmodel.compare.kept import kept_beside
from costmodel.compare.options import Comparison, Option, beside_today, built_today, compare, options, planned
from costmodel.compare.phases import Phase, phase
from costmodel.compare.surfaces import Surface, surface
from costmodel.compare.uncertainties import Range, Uncertainty, uncertainty

__all__ = [
    "Breakeven",
    "Comparison",
    "CostFunction",
    "Growth",
    "Option",
    "Phase",
    "Range",
    "Surface",
    "Uncertainty",
    "beside_today",
    "breakeven",
    "built_today",
    "compare",
    "compiled",
    "crossings",
    "growing",
    "hours_of",
    "kept_beside",
    "lines",
    "options",
    "phase",
    "planned",
    "surface",
    "uncertainty",
]
