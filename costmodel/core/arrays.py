"""Names for numpy arrays in signatures: what the elements are. A docstring says the shape and the unit."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
"""Amounts: GB, hours, prices, costs."""

IntArray: TypeAlias = NDArray[np.integer[Any]]
"""Row numbers, ids, codes and counts."""

BoolArray: TypeAlias = NDArray[np.bool_]
"""A mask: which rows."""

ObjectArray: TypeAlias = NDArray[np.object_]
"""Words, Decimals and other Python objects."""

QuantityArray: TypeAlias = NDArray[Any]
"""Quantities or costs: float64, or in the audit mode Decimals (an object array)."""
