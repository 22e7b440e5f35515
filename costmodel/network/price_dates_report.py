"""Saying when the prices of an answer were read, alike everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from costmodel.network.price_dates import PriceDates


def build_price_date_rows(on: date | None, dates: PriceDates | None) -> list[list[str]]:
    """Return the lines of an answer's facts that show the dates of its prices.

    Args:
        on: the price date that was asked for; None is the newest.
        dates: when the prices it used were read; None where it used none.
    """
    asked = [["Price date", str(on)]] if on else []
    return asked if dates is None else [*asked, ["Prices", str(dates)]]


def format_price_dates(on: date | None, dates: PriceDates) -> str:
    """Return the same as the end of a phrase that begins with the prices."""
    return f"as of {on}, {dates}" if on else str(dates)
