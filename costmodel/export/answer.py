"""A plan and all that is said of it: its bill beside those of the architectures, runners-up, changes, certificate."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from costmodel.compare import Option
    from costmodel.demand import Demand
    from costmodel.optimize import Best
    from costmodel.optimize.explain import Changes, RunnersUp
    from costmodel.optimize.frontier import Point, Posture
    from costmodel.paths.kept import Kept
    from costmodel.prices import PriceBook

_LEAST = 1e-2
"""Seconds of a search for which no time is left: it says what it knows at once."""


class Answer(NamedTuple):
    """A plan and all that is said of it.

    Attributes:
        best: the plan.
        option: the plan as an architecture: its bill, posture, quotas and assumptions.
        runners_up: of each flow.
        changes: what differs from today; None where nothing is said of today.
        architectures: those whose paths are allowed, cheapest first.
        frontier: cost against the number of changes; None where not asked for, or nothing is said of today.
        postures: cost against stricter rules; None where not asked for.
        kept: what stays in every plan, and what freeing it would save; None where nothing is kept.
    """

    best: Best
    option: Option
    runners_up: RunnersUp
    changes: Changes | None
    architectures: list[Option]
    frontier: list[Point] | None = None
    postures: list[Posture] | None = None
    kept: Kept | None = None

    @property
    def today(self) -> Decimal | None:
        """What is built today costs; None where nothing is said of today, or it has no price."""
        return None if self.changes is None else Decimal(repr(self.changes.today))

    @property
    def demand(self) -> Demand:
        """The demand that the plan serves."""
        return self.best.instance.d

    @property
    def beside_open(self) -> bool:
        """Whether a price that is not held, or the time, leaves open what fewer changes or stricter rules cost."""
        return any(one.proof != "whole" for one in [*(self.frontier or ()), *(self.postures or ())])

    @property
    def book(self) -> PriceBook:
        """The prices that the plan was made with."""
        return self.best.instance.pools.book


def answered(
    d: Demand,
    book: PriceBook,
    *,
    on: date | None = None,
    time_limit: float | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
    with_frontier: bool = False,
    with_postures: bool = False,
) -> Answer:
    """Find the cheapest plan of a demand, and all that is said of it.

    Args:
        d: the demand.
        book: the prices.
        on: the price date.
        time_limit: seconds of the search for the plan, and of all searches beside it.
        progress: called with seconds and what is being done; True stops the search.
        with_frontier: whether to find what fewer changes would cost.
        with_postures: whether to find what stricter rules would cost.

    Raises:
        InfeasibleError: there is no plan.
        StoppedError: none was found in time.
    """
    from costmodel.compare import Option, options, planned
    from costmodel.errors import UnpricedError
    from costmodel.optimize import optimize
    from costmodel.optimize.explain import changes, runners_up
    from costmodel.optimize.frontier import frontier, postures
    from costmodel.optimize.kept import kept_under

    begun = time.monotonic()

    def left(parts: int) -> float | None:
        """Return one of so many parts of the time that is left."""
        return None if time_limit is None else max(time_limit - (time.monotonic() - begun), _LEAST) / parts

    best = optimize(d, book, time_limit=time_limit, on=on, progress=progress)
    option = planned(d, book, Option("plan", plan=best.plan), on)
    try:
        changed = changes(best, book, on=on)
    except UnpricedError as error:
        changed = None
        option.quotas.append(str(error))
    return Answer(
        best,
        option,
        runners_up(best, book, on=on),
        changed,
        allowed(best, options(d, book, on=on)),
        frontier(d, book, on=on, time_limit=left(2), progress=progress) if with_frontier else None,
        postures(d, book, on=on, time_limit=left(1), progress=progress) if with_postures else None,
        kept_under(best, book, on=on, time_limit=_after(best, left(1)), progress=progress),
    )


def _after(best: Best, left: float | None) -> float | None:
    """Return the limit of a search and of the one after it, of which so many seconds are left."""
    return None if left is None else float(best.certificate["seconds"]) + left


def allowed(best: Best, options: Sequence[Option]) -> list[Option]:
    """Return the architectures that have a total and could be a plan: their paths are allowed, no limit is broken."""
    from costmodel.optimize.accounts import paying_more
    from costmodel.optimize.limits import limits_of

    limits = limits_of(best.instance)
    out = []
    for option in options:
        if option.total is None or option.bill is None or (best.today and paying_more(best.today, option.bill)):
            continue
        chosen = best.instance.chosen_of(option.plan)
        if chosen is not None and not limits.broken(best.instance, chosen):
            out.append(option)
    return sorted(out, key=lambda o: o.total or Decimal(0))
