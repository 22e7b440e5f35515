"""How amounts and shares are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.reporting.text import format_currency_prefix
from costmodel.reporting.text import format_money as format_money  # noqa: PLC0414 - amounts are written one way everywhere

if TYPE_CHECKING:
    from decimal import Decimal

RIGHT: dict[str, Any] = {"alignment": "right"}
"""How a column of amounts stands in a table."""


def format_sentence(text: str) -> str:
    """Return words as a sentence begins: the first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def format_unit_price(price: Decimal, currency: str) -> str:
    """Return a unit's price with all its digits: $0.045, or CNY 0.933."""
    return f"{format_currency_prefix(currency)}{price.normalize():f}"


def format_quantity(value: Decimal | float, digits: int = 4) -> str:
    """Return a quantity without needless zeros: 1,234.5."""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_factor(value: float) -> str:
    """Return a factor: three places, and of a small one three digits."""
    return format_quantity(value, 3) if value >= 0.1 else f"{value:.3g}"  # noqa: PLR2004


def format_share(part: float) -> str:
    """Return a share with a mark that is seen at a glance; what is not all or nothing is not rounded to it."""
    marks = ((0.999, "●"), (0.6, "◕"), (0.4, "◑"), (0.001, "◔"))
    text = f"{part:.0%}"
    text = ">99%" if text == "100%" and part < 1 else "<1%" if text == "0%" and part > 0 else text
    return f"{next((mark for above, mark in marks if part > above), '○')} {text}"
