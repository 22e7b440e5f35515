"""Names for numpy arrays in signatures: what the elements are. A docstring says the shape and the unit."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
"""Amounts: GB, hours, prices, costs. The audit mode puts Decimal objects into the same places."""

IntArray: TypeAlias = NDArray[np.integer[Any]]  # Any: integers of every width
"""Row numbers, ids, codes and counts."""

BoolArray: TypeAlias = NDArray[np.bool_]
"""A mask: which rows."""

ObjectArray: TypeAlias = NDArray[np.object_]
"""Words, Decimals and other Python objects."""

QuantityArray: TypeAlias = NDArray[Any]  # Any: float64 or object
"""Quantities or costs: float64, or in the audit mode Decimals (an object array)."""

AnyArray: TypeAlias = NDArray[Any]  # Any: a function that takes elements of each sort
"""Elements of any sort."""

Rows: TypeAlias = IntArray | BoolArray | slice
"""Which rows of a table: their numbers, a mask with an element for each row, or a slice."""
