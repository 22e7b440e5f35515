"""A plan and everything about it: its bill beside those of the architectures, runners-up, changes, certificate."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from costmodel.architectures.kept import Kept
    from costmodel.comparison.options import Option
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.best import Best
    from costmodel.optimizer.explain import Changes, RunnersUp
    from costmodel.optimizer.frontier import Point, Posture
    from costmodel.pricing.book import PriceBook

_LEAST = 1e-2
"""Seconds of a search for which no time is left: it says what it knows at once."""


class Answer(NamedTuple):
    """A plan and everything about it.

    Attributes:
        best: the plan.
        option: the plan as an architecture: its bill, posture, quotas and assumptions.
        runners_up: of each flow.
        changes: what differs from today; None where today's design is not given.
        architectures: those whose paths are allowed, cheapest first.
        frontier: cost against the number of changes; None where not asked for, or today's design is not given.
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
        """What is built today costs; None where today's design is not given, or it has no price."""
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


def solve_and_explain(
    d: Demand,
    book: PriceBook,
    *,
    on: date | None = None,
    time_limit: float | None = None,
    progress: Callable[[float, str], bool | None] | None = None,
    with_frontier: bool = False,
    with_postures: bool = False,
) -> Answer:
    """Find the cheapest plan of a demand, and everything about it.

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
    from costmodel.comparison.options import Option, evaluate_option, price_architectures
    from costmodel.core.errors import UnpricedError
    from costmodel.optimizer.explain import find_plan_changes, find_runners_up
    from costmodel.optimizer.frontier import solve_postures, trace_frontier
    from costmodel.optimizer.kept import evaluate_kept_resources
    from costmodel.optimizer.optimize import optimize

    begun = time.monotonic()

    def left(parts: int) -> float | None:
        """Return one of so many parts of the time that is left."""
        return None if time_limit is None else max(time_limit - (time.monotonic() - begun), _LEAST) / parts

    best = optimize(d, book, time_limit=time_limit, on=on, progress=progress)
    option = evaluate_option(d, book, Option("plan", plan=best.plan), on)
    try:
        changed = find_plan_changes(best, book, on=on)
    except UnpricedError as error:
        changed = None
        option.quotas.append(str(error))
    return Answer(
        best,
        option,
        find_runners_up(best, book, on=on),
        changed,
        list_allowed_architectures(best, price_architectures(d, book, on=on)),
        trace_frontier(d, book, on=on, time_limit=left(2), progress=progress) if with_frontier else None,
        solve_postures(d, book, on=on, time_limit=left(1), progress=progress) if with_postures else None,
        evaluate_kept_resources(best, book, on=on, time_limit=_add_spent_seconds(best, left(1)), progress=progress),
    )


def _add_spent_seconds(best: Best, left: float | None) -> float | None:
    """Return the limit of a search and of the one after it, of which so many seconds are left."""
    return None if left is None else float(best.certificate["seconds"]) + left


def list_allowed_architectures(best: Best, options: Sequence[Option]) -> list[Option]:
    """Return the architectures that have a total and could be a plan: their paths are allowed, no limit is broken."""
    from costmodel.optimizer.model.limits import build_limits
    from costmodel.optimizer.search.account_limits import find_accounts_paying_more

    limits = build_limits(best.instance)
    out = []
    for option in options:
        if option.total is None or option.bill is None or option.plan is None:
            continue
        if best.today and find_accounts_paying_more(best.today, option.bill):
            continue
        chosen = best.instance.find_plan_candidates(option.plan)
        if chosen is not None and not limits.find_broken_limits(best.instance, chosen):
            out.append(option)
    return sorted(out, key=lambda o: o.total or Decimal(0))
