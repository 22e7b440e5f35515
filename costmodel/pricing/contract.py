"""Negotiated prices: the terms of a contract with AWS, applied to list prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.tiers import Tiers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_ONE, _HUNDRED = Decimal(1), Decimal(100)


@dataclass(frozen=True)
class Term:
    """One term: a percentage off the list price, or a price.

    Attributes:
        name: its name in answers.
        percent_off: 0 to 100; None where the term is a price.
        tiers: the price, flat or in tiers; None where the term is a percentage.
        currency: of the price; the term applies where the list price is in that currency.
        meters: the meters that it applies to; None is every meter.
        locations: the places that it applies to; None is every place.
        begin: its first day; None is no first day.
        end: its last day; None is no last day.
        on_top: whether it is applied to the result of the other terms, and does not compete with them.
        narrow: how specific it is: of two terms that apply, the more specific one counts.
    """

    name: str
    percent_off: Decimal | None = None
    tiers: Tiers | None = None
    currency: str = ""
    meters: frozenset[str] | None = None
    locations: frozenset[str] | None = None
    begin: date | None = None
    end: date | None = None
    on_top: bool = False
    narrow: int = 0

    def is_applicable(self, meter: str, location: str, currency: str, on: date) -> bool:
        """Tell whether the term applies to a meter, in a place, on a day."""
        return (
            (self.meters is None or meter in self.meters)
            and (self.locations is None or location in self.locations)
            and (self.tiers is None or self.currency == currency)
            and (self.begin is None or self.begin <= on)
            and (self.end is None or on <= self.end)
        )


class Agreed(NamedTuple):
    """A negotiated schedule and the list schedule, both in the same tiers, so that each tier has two prices.

    Attributes:
        contracted: the negotiated schedule.
        list: the list schedule, split at the same quantities.
        step: for each tier the number of the list tier that it is part of.
        terms: the names of the terms that were applied.
    """

    contracted: Tiers
    list: Tiers
    step: tuple[int, ...]
    terms: tuple[str, ...]


class Contract:
    """Negotiated terms. Of those that apply, the most specific counts, of equals the last; then those on top.

    Args:
        name: its name in answers.
        terms: in the order of the file.
        today: the day whose terms apply where no price date is given.
    """

    def __init__(self, name: str, terms: Sequence[Term], today: date) -> None:
        """Keep the terms."""
        self.name = name
        self.terms = list(terms)
        self.today = today

    def apply_terms(
        self, meter: str, location: str, currency: str, on: date | None, held: Tiers | None
    ) -> Agreed | None:
        """Return a list schedule with the terms applied; None where no term applies.

        A price of the contract applies also where there is no list price: it is then used as the list price too.

        Args:
            meter: the meter's id.
            location: the place whose price applies.
            currency: of the list price, else of the place.
            on: the price date; None is today.
            held: the list schedule; None where there is none.
        """
        applicable = [term for term in self.terms if term.is_applicable(meter, location, currency, on or self.today)]
        base = _pick_most_specific([term for term in applicable if not term.on_top])
        used = [] if base is None else [base]
        used += [term for term in applicable if term.on_top]
        own = None if base is None else base.tiers
        listed = own if held is None else held
        if not used or listed is None:
            return None
        return _combine_schedules(listed, own, used)


def _pick_most_specific(terms: Sequence[Term]) -> Term | None:
    """Return the most specific term, of equals the last; None of none."""
    narrowest = max((term.narrow for term in terms), default=None)
    return next((term for term in reversed(terms) if term.narrow == narrowest), None)


def _combine_schedules(listed: Tiers, own: Tiers | None, used: Sequence[Term]) -> Agreed:
    """Return the negotiated prices next to the list prices.

    Args:
        listed: the list schedule.
        own: the contract's price, which replaces the list price; None where there is none.
        used: the terms that apply, whose percentages are taken off.
    """
    # A tier begins wherever one of the two schedules has a new price.
    own_starts = own.starts if own else ()
    starts = sorted({*listed.starts, *(start for start in own_starts if start < listed.end)})
    step = tuple(listed.find_tier(start) for start in starts)
    list_prices = [listed.prices[tier] for tier in step]
    prices = [own.prices[own.find_tier(start)] for start in starts] if own else list_prices
    for term in used:
        if term.percent_off is not None:
            share = _ONE - term.percent_off / _HUNDRED
            prices = [price * share for price in prices]
    end = listed.end if listed.end.is_finite() else None
    return Agreed(Tiers(starts, prices, end), Tiers(starts, list_prices, end), step, tuple(term.name for term in used))
