"""Totals in another currency, at rates that the user gives. The package contains no rates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from costmodel.core.errors import CurrencyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True)
class Display:
    """A currency to show totals in.

    Attributes:
        currency: its code.
        rates: currency of a bill → how much of the shown currency one unit of it is.
        on: the day of the rates.
    """

    currency: str
    rates: Mapping[str, Decimal]
    on: date

    def convert_totals(self, totals: Mapping[str, Decimal]) -> Decimal:
        """Return the sum of totals by currency, in the shown currency.

        Raises:
            CurrencyError: no rate is given for a currency.
        """
        lacking = [name for name in totals if name != self.currency and name not in self.rates]
        if lacking:
            message = f"There is no rate from {' and '.join(sorted(lacking))} to {self.currency}."
            raise CurrencyError(message)
        return sum((total * self.rates.get(name, Decimal(1)) for name, total in totals.items()), Decimal(0))

    @property
    def rate_note(self) -> str:
        """The rates in words, for a table's title."""
        rates = ", ".join(f"1 {name} = {rate.normalize():f} {self.currency}" for name, rate in self.rates.items())
        return f"{rates} on {self.on}, as given"
