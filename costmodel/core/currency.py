"""Showing totals in another currency, at rates that the user gives: no rate is held, none is guessed."""

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
        rates: currency billed in → how much of the shown one a unit of it is.
        on: the day the rates are of.
    """

    currency: str
    rates: Mapping[str, Decimal]
    on: date

    def convert_totals(self, totals: Mapping[str, Decimal]) -> Decimal:
        """Return totals, which may be of several currencies, as one amount.

        Raises:
            CurrencyError: no rate is given for a currency.
        """
        lacking = [c for c in totals if c != self.currency and c not in self.rates]
        if lacking:
            message = f"No rate is given from {' and '.join(sorted(lacking))} to {self.currency}."
            raise CurrencyError(message)
        return sum((v * self.rates.get(c, Decimal(1)) for c, v in totals.items()), Decimal(0))

    @property
    def said(self) -> str:
        """The rates in words."""
        rates = ", ".join(f"1 {name} = {rate.normalize():f} {self.currency}" for name, rate in self.rates.items())
        return f"{rates} on {self.on}, as you gave"
