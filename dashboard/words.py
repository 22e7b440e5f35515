"""How amounts and shares are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from costmodel.bill import cents

RIGHT: dict[str, Any] = {"alignment": "right"}
"""How a column of amounts stands in a table."""


def money(amount: Decimal | str | None, currency: str = "USD", *, sign: bool = False) -> str:
    """Return an amount rounded half-up to cents: $1,234.56, or CNY 1,234.56; nothing for what has no amount."""
    if amount is None:
        return "–"
    rounded = cents(Decimal(amount))
    mark = "−" if rounded < 0 else "+" if sign else ""
    return f"{mark}{_sign(currency)}{abs(rounded):,}"


def rate(price: Decimal, currency: str) -> str:
    """Return a unit's price with all its digits: $0.045, or CNY 0.933."""
    return f"{_sign(currency)}{price.normalize():f}"


def _sign(currency: str) -> str:
    return "$" if currency == "USD" else f"{currency} "


def amount(value: Decimal | float, digits: int = 4) -> str:
    """Return a quantity without needless zeros: 1,234.5."""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def factor(value: float) -> str:
    """Return a factor: three places, and of a small one three digits."""
    return amount(value, 3) if value >= 0.1 else f"{value:.3g}"  # noqa: PLR2004


def share(part: float) -> str:
    """Return a share with a mark that is seen at a glance; what is not all or nothing is not rounded to it."""
    marks = ((0.999, "●"), (0.6, "◕"), (0.4, "◑"), (0.001, "◔"))
    text = f"{part:.0%}"
    text = ">99%" if text == "100%" and part < 1 else "<1%" if text == "0%" and part > 0 else text
    return f"{next((mark for above, mark in marks if part > above), '○')} {text}"
