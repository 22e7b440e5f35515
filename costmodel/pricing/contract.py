"""Negotiated prices: terms of a contract with AWS, and what they make of a list price."""

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
    """One term: a percentage off list, or a price of its own.

    Attributes:
        name: what answers call it.
        percent_off: 0 to 100; None where the term is a price.
        tiers: the price, flat or in tiers; None where the term is a percentage.
        currency: of the price; it holds where the list price is in that currency.
        meters: what it holds for; None is every meter.
        locations: where it holds; None is everywhere.
        begin: the first day it holds; None is always.
        end: the last day it holds; None is for ever.
        on_top: whether it comes on top of what the others make, in place of being one of them.
        narrow: how closely it says what it is about: of two that hold, the closer one counts.
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
        """Say whether it holds for a meter, in a place, on a day."""
        return (
            (self.meters is None or meter in self.meters)
            and (self.locations is None or location in self.locations)
            and (self.tiers is None or self.currency == currency)
            and (self.begin is None or self.begin <= on)
            and (self.end is None or on <= self.end)
        )


class Agreed(NamedTuple):
    """What a contract makes of a list price: both in the same tiers, so that each has its two prices.

    Attributes:
        contracted: the negotiated schedule.
        list: the list schedule, cut at the same quantities.
        step: for each tier the number of the list tier that it lies in.
        terms: the names of the terms that made it.
    """

    contracted: Tiers
    list: Tiers
    step: tuple[int, ...]
    terms: tuple[str, ...]


class Contract:
    """Negotiated terms. Of those that hold, the closest counts, of equally close ones the last; then those on top.

    Args:
        name: what answers call it.
        terms: in the order of the file.
        today: the day whose terms hold where no price date is asked for.
    """

    def __init__(self, name: str, terms: Sequence[Term], today: date) -> None:
        """Keep the terms."""
        self.name = name
        self.terms = list(terms)
        self.today = today

    def apply_terms(
        self, meter: str, location: str, currency: str, on: date | None, held: Tiers | None
    ) -> Agreed | None:
        """Return what the terms make of a list schedule; None where none of them holds.

        A price of the contract stands also where no list price is held: it is then taken for both.

        Args:
            meter: the meter's id.
            location: whose price applies.
            currency: of the list price, else of the place.
            on: the price date; None is today.
            held: the list schedule, None where none is held.
        """
        holding = [t for t in self.terms if t.is_applicable(meter, location, currency, on or self.today)]
        base = max((t for t in holding if not t.on_top), key=lambda t: t.narrow, default=None)
        if base is not None:
            base = [t for t in holding if not t.on_top and t.narrow == base.narrow][-1]
        more = [t for t in holding if t.on_top]
        used = [t for t in (base, *more) if t is not None]
        if not used or (held is None and (base is None or base.tiers is None)):
            return None
        own = base.tiers if base is not None else None
        listed = held if held is not None else own
        assert listed is not None  # noqa: S101 - one of both is there
        starts = sorted({*listed.starts, *(s for s in (own.starts if own else ()) if s < listed.end)})
        step = tuple(listed.find_tier(s) for s in starts)
        prices = [own.prices[own.find_tier(s)] if own else listed.prices[k] for s, k in zip(starts, step, strict=True)]
        for term in used:
            if term.percent_off is not None:
                prices = [p * (_ONE - term.percent_off / _HUNDRED) for p in prices]
        end = listed.end if listed.end.is_finite() else None
        return Agreed(
            Tiers(starts, prices, end),
            Tiers(starts, [listed.prices[k] for k in step], end),
            step,
            tuple(t.name for t in used),
        )
