"""Hours, bytes and their conventions. No other module of the project contains 730 or 1024."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

import numpy as np

from costmodel.core.arrays import FloatArray

Count = TypeVar("Count", float, FloatArray)

HOURS_PER_MONTH = 730
"""AWS's own month: 8,760 hours a year over 12 (https://aws.amazon.com/vpc/lattice/pricing/)."""

BYTES_PER_GB = {"binary": 2**30, "decimal": 10**9}
"""AWS's price files put the first terabyte edge at 1,024 GB and the first petabyte edge at 1,048,576 GB, so a GB is
taken as 2^30 bytes unless the assumption ``gb`` says decimal."""

GB_PER_TB = 1024
GB_PER_PB = 1024**2

_HALF_NANOHOUR = 0.5e-9
_HALF_NANOHOUR_EXACT = Decimal("0.5e-9")


def _round_up(hours: Decimal) -> Decimal:
    return (hours - _HALF_NANOHOUR_EXACT).to_integral_value(ROUND_CEILING) + 0


_ceilings = np.frompyfunc(_round_up, 1, 1)


def round_up_hours(hours: FloatArray) -> FloatArray:
    """Return hours as AWS bills them: each partial hour is a full one.

    "Each partial VPC endpoint-hour consumed is billed as a full hour" (https://aws.amazon.com/privatelink/pricing/);
    NAT gateways, Transit Gateway attachments and load balancers say the same. Hours are rounded to 1e-9 first, so that
    0.1 * 3 * 10 is three hours.

    Args:
        hours: array of float64, or of Decimal objects; hours of one resource.

    Returns:
        An array of the same shape, whole numbers, at least 0.
    """
    if hours.dtype == object:
        return np.asarray(_ceilings(hours))
    rounded: FloatArray = np.ceil(hours - _HALF_NANOHOUR) + 0.0
    return rounded


def convert_bytes_to_gb(count: Count, gb: str = "binary") -> Count:
    """Return bytes as GB of AWS's price list; ``gb`` is the assumption of that name, binary or decimal."""
    return count / BYTES_PER_GB[gb]
