"""Decimals without rounding: the audit mode's sums and products."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., Any])

_EXACT = Context(prec=200)
_CARRIED = Context(prec=22)
_SHARE = Decimal(1).scaleb(-12)
_CENT = Decimal(1).scaleb(-2)

WIDE = Context(prec=60)
"""Enough digits for any total."""


def round_to_cents(amount: Decimal) -> Decimal:
    """Round half-up to cents, as a bill shows a total."""
    return amount.quantize(_CENT, ROUND_HALF_UP, WIDE)


def with_exact_decimals(function: F) -> F:
    """Let a function's Decimals be sums and products without rounding: no bill needs 200 digits."""

    @wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        with localcontext(_EXACT):
            return function(*arguments, **named)

    return run  # type: ignore[return-value]


def _divide_exactly(a: Decimal, b: Decimal) -> Decimal:
    return (a / b).quantize(_SHARE) if b else a * 0


quotients = np.frompyfunc(_divide_exactly, 2, 1)
"""Shares of Decimals, to 12 places; what is left over is given to the last one."""

carried = np.frompyfunc(_CARRIED.plus, 1, 1)
"""Decimals to 22 digits, as quantities are carried: times a price they still fit the 28 digits of ordinary Decimals."""


def to_decimal(value: Any) -> Decimal:
    """Return a quantity as a Decimal: itself, or 15 digits of a float, which drops the noise of binary sums."""
    return value if isinstance(value, Decimal) else Decimal(f"{float(value):.15g}")
