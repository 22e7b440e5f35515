"""Decimals without rounding, for the sums and products of the audit mode."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

_EXACT = Context(prec=200)
_CARRIED = Context(prec=22)
_SHARE = Decimal(1).scaleb(-12)
_CENT = Decimal(1).scaleb(-2)

WIDE = Context(prec=60)
"""Enough digits for any total."""


def round_to_cents(amount: Decimal) -> Decimal:
    """Round half-up to cents, as a bill shows a total."""
    return amount.quantize(_CENT, ROUND_HALF_UP, WIDE)


def with_exact_decimals(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function whose sums and products of Decimals do not round: 200 digits are more than a bill has."""

    @wraps(function)
    def run(*arguments: P.args, **keywords: P.kwargs) -> R:
        with localcontext(_EXACT):
            return function(*arguments, **keywords)

    return run


def _divide_exactly(dividend: Decimal, divisor: Decimal) -> Decimal:
    return (dividend / divisor).quantize(_SHARE) if divisor else dividend * 0


quotients = np.frompyfunc(_divide_exactly, 2, 1)
"""Quotients of Decimals, to 12 places; the caller gives the remainder to the last share."""

carried = np.frompyfunc(_CARRIED.plus, 1, 1)
"""Decimals rounded to 22 digits: quantities that, times a price, still fit the 28 digits of ordinary Decimals."""


def to_decimal(value: Decimal | float) -> Decimal:
    """Return a quantity as a Decimal: a Decimal itself, or 15 digits of a float, which drops errors of binary sums."""
    return value if isinstance(value, Decimal) else Decimal(f"{float(value):.15g}")
