"""Values that network and demand files share: numbers, accounts, dates, assumptions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING

from costmodel.core.errors import format_input_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from costmodel.documents.document import Document

_DIGITS = 12
MOST = 10**15


def read_assumptions(document: Document, file: Mapping[str, Any]) -> Mapping[str, object] | None:
    """Return a file's assumptions, checked to be a mapping."""
    given = file.get("assumptions")
    if given is not None and not isinstance(given, dict):
        raise document.make_error(f"'assumptions' must be a mapping, not {format_input_value(given)}.", "assumptions")
    return given


def read_price_date(document: Document, file: Mapping[str, Any]) -> date | None:
    """Return a file's price date."""
    given = file.get("on")
    if given is None:
        return None
    try:
        on = date.fromisoformat(given if isinstance(given, str) else format_input_value(given))
        on.replace(day=1, year=on.year + 1)  # the month after it must be a date too
    except ValueError:
        raise document.make_error(
            f"'on' must be a date such as 2026-11-01, not {format_input_value(given)}.", "on"
        ) from None
    return on


def parse_quantity(value: object, *, whole: bool = False) -> float:
    """Return a number that is finite and not negative.

    Raises:
        ValueError: it is not; the message says what is wrong with it.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        message = f"must be a number, not {format_input_value(value)}"
        raise ValueError(message)  # noqa: TRY004 - callers catch one error and add the place
    try:
        exact = Decimal(value)
    except InvalidOperation:
        message = f"must be a number, not {format_input_value(value)}"
        raise ValueError(message) from None
    if not isfinite(exact):
        message = f"must be finite, not {format_input_value(value)}"
        raise ValueError(message)
    if exact < 0:
        message = f"must not be negative: {format_input_value(value)}"
        raise ValueError(message)
    if exact > MOST:
        message = f"must be at most {MOST:,}, more than any bill contains: {format_input_value(value)}"
        raise ValueError(message)
    if whole and exact != exact.to_integral_value():
        message = f"must be a whole number, not {format_input_value(value)}"
        raise ValueError(message)
    return float(exact)


def parse_account(value: object) -> str:
    """Return an account number as twelve digits; YAML takes an unquoted one for a number.

    Raises:
        ValueError: it is neither text nor a whole number; the message says what it is.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        message = f"must be an account number, not {format_input_value(value)}"
        raise ValueError(message)
    return str(value).zfill(_DIGITS) if isinstance(value, int) else value
