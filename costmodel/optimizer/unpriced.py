"""Paths that need a price that is not held: what a plan with them costs at least, and whether the proof holds.

The floor of a plan is its bill with every unknown price at 0. No real price is negative, so no plan costs less than
its floor. Where the least floor of all plans reaches the optimum of what is priced, that optimum is proven over all.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.architectures.build import build_network
from costmodel.core.decimals import round_to_cents
from costmodel.core.errors import InfeasibleError
from costmodel.network.bill import price
from costmodel.network.usage import meter
from costmodel.optimizer.best import TOLERANCE
from costmodel.optimizer.cheapest import search_with_all_limits
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import Sums, build_limits
from costmodel.optimizer.search.search import search_placement
from costmodel.optimizer.today import get_todays_plan
from costmodel.optimizer.unpriced_path import EVERY_PATH, TODAY, NothingPricedError, UnpricedPath
from costmodel.pricing.rows import describe_price

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.best import Best
    from costmodel.optimizer.clock import Clock
    from costmodel.optimizer.model.columns import Gap
    from costmodel.pricing.book import PriceBook

_PATHS = 12
"""Up to so many unpriced paths get a floor of their own."""
_AGAIN = 2.0
"""Their floors together may take so many times the seconds of the search before them."""


class _Use(NamedTuple):
    """A gap on one path, in whatever zones and by whatever hub: the gap, the path's name, its candidates."""

    gap: Gap
    path: str
    candidates: IntArray


def add_unpriced_paths(best: Best, book: PriceBook, on: date | None, clock: Clock) -> Best:
    """Return the cheapest plan with the paths that have no price beside it, and a bound that holds for them too.

    Args:
        best: the cheapest plan of what is priced.
        book: the prices.
        on: the price date.
        clock: when to stop.
    """
    if not best.instance.gaps:
        return best
    total = float(best.bill.total_exact)
    floors = _Floors(best.instance.d, book, on, clock)
    lower = max(min(floors.least, total), 0.0)
    enough = best.lower_bound - TOLERANCE * max(1.0, total)
    reached = total - TOLERANCE * max(1.0, total)  # a floor below it leaves a path open, whatever the bound is
    paths = floors.list_unpriced_paths(total, each=floors.least < reached)
    if lower >= enough:
        lower = best.lower_bound
        paths = tuple(
            replace(path, at_least=max(path.at_least, lower), ruled_out=path.ruled_out or lower >= reached)
            for path in paths
        )
    elif all(path.ruled_out for path in paths):
        lower = min(best.lower_bound, *(path.at_least for path in paths))
    certificate = {
        **best.certificate,
        "gap": (total - lower) / total if total and lower < enough else best.certificate["gap"],
        "priced_lower_bound": best.lower_bound,
        "priced_gap": best.certificate["gap"],
    }
    found = replace(best, lower_bound=lower, certificate=certificate, unpriced=paths)
    return replace(found, certificate={**certificate, "proof": found.proof})


def explain_unpriced(d: Demand, book: PriceBook, on: date | None, clock: Clock) -> NothingPricedError | None:
    """Return why no plan of a demand has a price; None where that is not why there is none.

    Args:
        d: a demand without a priced plan.
        book: the prices.
        on: the price date.
        clock: when to stop.
    """
    try:
        floors = _Floors(d, book, on, clock)
        unknown = _explain_unpriced_today(floors, book, on)
        if unknown is not None:
            return unknown
        paths = floors.list_unpriced_paths(np.inf, each=False)
        if not paths:
            return None
        if d.constraints.no_account_pays_more:
            floors.keep_accounts(on)
    except InfeasibleError:
        return None
    common = [path for path in paths if path.path == EVERY_PATH] or paths
    why = " ".join(explain_missing_prices(common, book, on or d.on))
    return floors.make_error(f"Every plan needs a price that is missing.{floors.said} {why}", paths)


def explain_missing_prices(paths: Iterable[UnpricedPath], book: PriceBook, on: date | None) -> list[str]:
    """Say which prices are not held, in one sentence for each place; the last one says what to do.

    Args:
        paths: the paths that need them.
        book: the prices.
        on: the price date.
    """
    alone: dict[str, None] = {}
    places: dict[str, dict[tuple[str, str, float], None]] = {}
    for path in paths:
        if path.why or not book.is_offered(path.meter, path.location):
            alone[path.explain_price_gap(book, on)] = None
        else:
            places.setdefault(path.location, {})[path.meter, path.counterpart, path.above] = None
    out = list(alone)
    out += [
        f"No price for {_list_missing_prices(place, list(prices))} on {on or book.newest}."
        for place, prices in places.items()
    ]
    if places:
        out.append(book.list_remedies((name, place) for place, prices in places.items() for name, *_ in prices))
    return out


def _list_missing_prices(place: str, prices: Sequence[tuple[str, str, float]]) -> str:
    """Return how a message names the prices of one place, each a meter, a counterpart and what it begins above."""
    if len(prices) == 1:
        [(name, counterpart, above)] = prices
        return describe_price(name, place, counterpart) + (f" above {above:,.0f}" if above else "")
    names = [
        name + (f" to {counterpart}" if counterpart else "") + (f" above {above:,.0f}" if above else "")
        for name, counterpart, above in prices
    ]
    return f"{', '.join(names[:-1])} and {names[-1]} in {place}"


def _explain_unpriced_today(floors: _Floors, book: PriceBook, on: date | None) -> NothingPricedError | None:
    """Return that today's bill is not known where no account may exceed it; None where it is, or any may."""
    d = floors.instance.d
    today = get_todays_plan(d) if d.constraints.no_account_pays_more else None
    if today is None:
        return None
    unpriced = price(meter(build_network(d, today)), book, on=on, partial=True).unpriced
    if not unpriced:
        return None
    names = list(dict.fromkeys((one.meter, one.region) for one in unpriced))
    charges = "a charge" if len(names) == 1 else "charges"
    places: dict[str, list[tuple[str, str, float]]] = {}
    for name, place in names:
        places.setdefault(place, []).append((name, "", 0.0))
    which = "; ".join(_list_missing_prices(place, prices) for place, prices in places.items())
    message = (
        f"What is built today has {charges} without a price ({which}), so the limit of each account is not known. "
        f"{book.list_remedies(names)}"
    )
    paths = [UnpricedPath(TODAY, one.meter, one.region, "", 0.0, (), 0, floors.floor, why=one.why) for one in unpriced]
    return floors.make_error(message, tuple(paths))


class _Floors:
    """The floors of a demand's plans.

    Attributes:
        least: no plan costs less.
    """

    def __init__(self, d: Demand, book: PriceBook, on: date | None, clock: Clock) -> None:
        """Find the least floor of all plans.

        Raises:
            InfeasibleError: no plan keeps to the limits, whatever it costs.
        """
        clock.start_step("what paths without a price cost at least")
        begun = clock.gone
        self.instance, self.clock = Instance(d, book.with_unknown_at_zero(), on), clock
        self.least = search_placement(self.instance, build_limits(self.instance), clock).bound + self.instance.constant
        self.seconds = clock.gone - begun
        self.names = np.array([path.name for path in self.instance.offered], dtype=object)
        currencies = {book.get_location(str(place)).currency for place in d.vpcs.location.decode_words()}
        self.currency = currencies.pop() if len(currencies) == 1 else None

    @property
    def floor(self) -> float:
        """The least floor; not a number where the places have several currencies, which do not add."""
        return float("nan") if self.currency is None else self.least

    @property
    def said(self) -> str:
        """The least floor as a sentence of a message; "" where it is not known."""
        if self.currency is None:
            return ""
        return f" Lower bound {self.currency} {round_to_cents(Decimal(repr(float(self.least)))):,} a month."

    def make_error(self, message: str, paths: tuple[UnpricedPath, ...]) -> NothingPricedError:
        """Return that no plan has a price."""
        if self.currency is None:
            paths = tuple(replace(path, at_least=self.floor) for path in paths)
        return NothingPricedError(message, paths, self.floor, self.currency)

    def keep_accounts(self, on: date | None) -> None:
        """Look for a plan in which no account pays more than today, with every unknown price at 0.

        Raises:
            InfeasibleError: there is none, so there is none at any price.
        """
        book = self.instance.pools.book
        instance = Instance(self.instance.d, book, on, accounts=True)
        search_with_all_limits(instance, build_limits(instance), book, on, self.clock, any_plan=True)

    def iterate_gap_uses(self) -> Iterator[_Use]:
        """Go through the gaps path by path, each once."""
        i = self.instance
        seen: dict[tuple[str, str, str, float], tuple[Gap, BoolArray]] = {}
        for gap in i.gaps:
            key = (gap.meter, gap.location, gap.counterpart, gap.above)
            mask = i.find_candidates_using(gap.columns)
            seen[key] = (gap, mask | seen[key][1] if key in seen else mask)
        for gap, mask in seen.values():
            if gap.columns is None:
                yield _Use(gap, EVERY_PATH, np.arange(len(i.flow)))
                continue
            named = self.names[i.path]
            for name in dict.fromkeys(named[mask].tolist()):
                yield _Use(gap, name, np.flatnonzero(mask & (named == name)))

    def list_unpriced_paths(self, total: float, *, each: bool) -> tuple[UnpricedPath, ...]:
        """Return the paths that need a price that is not held.

        Args:
            total: what the cheapest priced plan costs.
            each: whether to find a floor for each path; else all have the least of all.
        """
        names, d = self.instance.d.vpcs.name, self.instance.d
        uses = list(self.iterate_gap_uses())
        paths = dict.fromkeys(use.path for use in uses)
        each = each and len(paths) <= _PATHS
        clock = self.clock.with_limit(max(1.0, _AGAIN * self.seconds))
        floors = {
            path: self._compute_path_floor(path, clock) if each and path != EVERY_PATH else self.least for path in paths
        }
        out = []
        for use in uses:
            flows = np.unique(self.instance.flow[use.candidates])
            vpcs = tuple(dict.fromkeys(str(names[v]) for v in d.flows.vpc[flows]))
            floor = floors[use.path]
            ruled_out = floor >= total - TOLERANCE * max(1.0, total)
            out.append(UnpricedPath(use.path, *use.gap[:3], use.gap.above, vpcs, len(flows), floor, ruled_out))
        return tuple(out)

    def _compute_path_floor(self, path: str, clock: Clock) -> float:
        """Return what no plan with at least one flow on a path costs less than."""
        limits = build_limits(self.instance)
        taken = np.flatnonzero(self.names[self.instance.path] == path)
        once = Sums("takes", taken, -np.ones(len(taken)), np.zeros(len(taken), int), np.array([-1.0]), [("", None)])
        limits.binding.add(("sum", len(limits.sums), 0))
        limits.sums.append(once)
        try:
            found = search_placement(self.instance, limits, clock)
        except InfeasibleError:
            return float(np.inf)
        return max(found.bound + self.instance.constant, self.least)
