"""A bill's quantities through our own tiers, beside what was billed: what list prices explain, and what they do not."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.actual_bills.rerated import (
    ABOVE,
    AGREED,
    ALLOWANCE,
    CENT,
    CONTRACT,
    DATED,
    DISCOUNT,
    ELSEWHERE,
    EVEN,
    FLAT,
    FREE,
    LIST,
    ROUNDING,
    UNEXPLAINED,
    UNPRICED,
    Rerated,
    Rerating,
    rank_pool,
)
from costmodel.aws import METERS
from costmodel.core.errors import UnpricedError
from costmodel.network.price_dates import PriceDates, summarize_dates
from costmodel.pricing.editions import find_last_known_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from costmodel.actual_bills.actual_bill import ActualBill
    from costmodel.core.meters import Meter
    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import PriceSchedule

_LINE = 5e-10
"""What one row may be off by rounding: AWS writes ten decimals."""

_EXACT, _SMALL, _ALIKE = 1e-9, 1e-2, 1e-5
_SIGNED = 8  # decimals of a rate in a contract
_NEARLY_ALL = 0.999  # of a pool's money: what a unit price must explain


def rerate(actual: ActualBill, book: PriceBook) -> Rerating:
    """Price a bill's quantities again, pooled as AWS pools them.

    Args:
        actual: the bill.
        book: prices; of each month the edition held then, where several are. Under a contract, what is billed is also
            held against its terms.
    """
    known = METERS
    rows = actual.network
    rows = rows[rows["meter"] != ""].copy()
    if rows.empty:
        return Rerating([], {}, summarize_dates([], book.newest))
    owner = rows["meter"].map(lambda m: known[m].owner if m in known else "payer")
    rows["owner"] = rows["account"].where(owner == "account", rows["payer"])
    pairs = list(zip(rows["meter"].astype(str), rows["location"].astype(str), strict=True))
    pooled = {(m, place): _resolve_pool_location(known.get(m), place, book) for m, place in set(pairs)}
    rows["place"] = [pooled[pair] for pair in pairs]
    keys = ["owner", "month", "meter", "place", "counterpart"]
    free = _compute_allowances(rows, known, book)
    pools = []
    for key, group in rows.groupby(keys, sort=False):
        pools.append(
            _price_pool(dict(zip(keys, map(str, key), strict=True)), group, book, known, free, actual.currency)
        )
    even = _find_shared_discounts(pools)
    explained = [_refine_explanation(p, even.get((p.payer, p.month))) for p in pools]
    return Rerating(sorted(explained, key=rank_pool), even, _collect_price_dates(pools, book))


def _collect_price_dates(pools: Sequence[Rerated], book: PriceBook) -> PriceDates:
    """Say when the schedules that pools were priced by were read."""
    used = {
        (p.meter, p.region, p.counterpart, p.price_date, p.sources) for p in pools if p.list is not None and p.sources
    }
    return summarize_dates(
        (find_last_known_day(day, sources, book.published) for *_, day, sources in used), book.newest
    )


def _resolve_pool_location(meter: Meter | None, location: str, book: PriceBook) -> str:
    return book.get_pool_location(location) if meter is not None and meter.everywhere and location else location


def _get_last_price_day(month: str) -> date | None:
    """Return the last day that prices of a month may be of: its 28th, for prices change with a month's first day."""
    try:
        year, number = map(int, month.split("-"))
        return date(year, number, 28)
    except ValueError:
        return None


def _compute_allowances(rows: pd.DataFrame, known: dict[str, Meter], book: PriceBook) -> dict[tuple[str, ...], float]:
    """Return the free quantity of each pool: what a payer's allowance covers of the rows that cost nothing."""
    out: dict[tuple[str, ...], float] = {}
    wide = rows[rows["meter"].map(lambda m: m in known and known[m].allowance is not None)]
    wide = wide[(wide["cost"] == 0) & ~wide["discount"] & (wide["quantity"] > 0)]
    left: dict[tuple[str, str, str], float] = {}
    for key, group in wide.groupby(["owner", "month", "meter", "place", "counterpart"]):
        owner, month, meter, place, _ = map(str, key)
        row = (
            book.find_allowance(known[meter].allowance or "", place, _get_last_price_day(month))
            if place in book.locations
            else None
        )
        if row is None:
            continue
        rest = left.setdefault((owner, month, meter), float(row.tiers.end))
        free = min(rest, float(group["quantity"].sum()))
        left[owner, month, meter] = rest - free
        out[tuple(map(str, key))] = free
    return out


def _price_pool(
    key: dict[str, str],
    group: pd.DataFrame,
    book: PriceBook,
    known: dict[str, Meter],
    free: dict[tuple[str, ...], float],
    currency: str,
) -> Rerated:
    """Price one pool; prices in another currency than the bill's are not held against it."""
    used = group[~group["discount"]]
    quantity = math.fsum(used["quantity"])
    billed = math.fsum(group["cost"])
    stated = math.fsum(used["list"]) if used["list"].notna().all() and used["list"].any() else None
    meter, place = key["meter"], key["place"]
    reason = next((r for r in group["reason"] if r), "")
    ladder = None if reason else _find_pool_ladder(key, book)
    unit = _find_pool_unit(known.get(meter), ladder)
    shared = (key["owner"], place, key["counterpart"], key["month"], meter, quantity, unit)

    def leave_unpriced(detail: str, price_date: str = "") -> Rerated:
        return Rerated(*shared, None, None, billed, stated, None, None, None, UNPRICED, detail, price_date, "")

    if not group["charged"].all():
        why, detail = (LIST, "not charged") if abs(billed) <= CENT else (UNEXPLAINED, "AWS does not charge for this")
        return Rerated(*shared, 0.0, None, billed, stated, None, None, Decimal(0), why, detail, "", "")
    if ladder is None or not quantity >= 0 or currency not in {"", ladder.currency}:
        return leave_unpriced(reason or _explain_missing_price(key, quantity, ladder, currency))
    covered = free.get(tuple(key.values()), 0.0)
    try:
        cost, contracted = (
            float(tiers.cost(quantity)) - covered * float(tiers.prices[0]) for tiers in (ladder.list, ladder.tiers)
        )
        tier, marginal = ladder.tiers.find_tier(quantity) + 1, ladder.tiers.find_marginal_price(quantity)
    except UnpricedError:
        return leave_unpriced(f"its price schedule ends at {ladder.tiers.end:,f} {unit}", ladder.date)
    at_list = ladder._replace(tiers=ladder.list, agreed=None)
    why, detail = _explain_pool(group, used, quantity, cost, billed, covered, at_list)
    terms = _find_explaining_terms(ladder, why, billed - contracted)
    if terms:
        why, detail = AGREED, terms
    detail += _describe_early_month(ladder, key["month"], why)
    return Rerated(
        *shared,
        list=cost,
        contracted=None if ladder.agreed is None else contracted,
        billed=billed,
        stated=stated,
        discount=1 - billed / cost if cost else None,
        tier=tier,
        marginal=marginal,
        why=why,
        detail=detail,
        price_date=ladder.date,
        sources=_join_sources(ladder),
        list_marginal=ladder.list.find_marginal_price(quantity),
    )


def _explain_missing_price(key: dict[str, str], quantity: float, ladder: PriceSchedule | None, currency: str) -> str:
    """Return why a pool is not held against list prices."""
    if not quantity >= 0:
        return "no quantity"
    if ladder is None:
        return f"there is no price for {key['meter']} in {key['place'] or 'an unknown Region'}"
    return f"its price is in {ladder.currency}, and the bill in {currency}"


def _describe_early_month(ladder: PriceSchedule, month: str, why: str) -> str:
    """Return that a month is before the earliest price, where list prices do not explain what was billed."""
    if why in {LIST, ALLOWANCE, AGREED} or ladder.date[: len(month)] <= month:
        return ""
    return f"; the earliest price that costmodel has is of {ladder.date}"


def _find_pool_ladder(key: dict[str, str], book: PriceBook) -> PriceSchedule | None:
    """Return a pool's price schedule of its month; None where none is held."""
    if key["place"] not in book.locations:
        return None
    return book.find_schedule(key["meter"], key["place"], key["counterpart"], _get_last_price_day(key["month"]))


def _find_explaining_terms(ladder: PriceSchedule, why: str, difference: float) -> str:
    """Return the contract's terms where they, and not list prices, explain what is billed; else an empty string."""
    if ladder.agreed is None or why in {LIST, ALLOWANCE} or abs(difference) > CENT:
        return ""
    return "; ".join(ladder.agreed.terms)


def _find_pool_unit(meter: Meter | None, ladder: PriceSchedule | None) -> str:
    """Return the unit of a pool's quantity: the meter's, else the price row's; empty where both are unknown."""
    if meter is not None:
        return meter.unit
    return ladder.rows[0].unit if ladder else ""


def _join_sources(ladder: PriceSchedule) -> str:
    """Return the ids of the sources of a schedule's rows, each once."""
    return ";".join(dict.fromkeys(source for row in ladder.rows for source in row.source_ids.split(";") if source))


def _explain_pool(
    group: pd.DataFrame,
    used: pd.DataFrame,
    quantity: float,
    cost: float,
    billed: float,
    covered: float,
    ladder: PriceSchedule,
) -> tuple[str, str]:
    """Say what explains a pool's billed cost, by itself; a percentage that meters share is found later."""
    slack = max(_EXACT * abs(cost), _LINE * float(group["rows"].sum()))
    apart = billed - cost
    if abs(apart) <= slack:
        return (ALLOWANCE, f"{covered:,.0f} free") if covered else (LIST, "")
    if abs(apart) <= min(CENT, _SMALL * abs(cost)):
        return ROUNDING, f"{apart:+.6f}"
    if billed == 0:
        return FREE, "charged nothing: a free tier, or bundled with something else"
    taken = float(group["cost"][group["discount"]].sum())
    if taken:
        return DISCOUNT, f"discount rows take off {-taken:,.2f}"
    return _explain_by_rates(used, quantity, ladder) or (UNEXPLAINED, f"{apart:+,.2f} against list")


def _explain_by_rates(used: pd.DataFrame, quantity: float, ladder: PriceSchedule) -> tuple[str, str] | None:
    """Explain a pool by the unit prices of its rows, if they explain nearly all of its money; the rest is named."""
    prices = [float(p) for p in ladder.tiers.prices]
    edge = ladder.tiers.first_edge
    paid = used[used["cost"] != 0]
    nearest = np.min([(paid["cost"] - paid["quantity"] * p).abs() for p in prices], axis=0)
    is_listed = nearest <= _ALIKE * paid["cost"].abs() + _LINE * paid["rows"]
    if quantity < edge and _compute_share(paid, is_listed) >= _NEARLY_ALL:
        return ELSEWHERE, "rows have list prices of tiers that this quantity does not reach: the pool is larger"
    rate = _find_common_rate(paid)
    if rate is None:
        return None
    is_explained = _fits_rate(paid, rate)
    if _compute_share(paid, is_explained) < _NEARLY_ALL:
        return None
    rest = math.fsum(paid.loc[~is_explained, "cost"])
    others = f"; {rest:,.2f} at other rates" if abs(rest) >= CENT else ""
    if rate > max(prices) * (1 + _ALIKE):
        return ABOVE, f"{rate:.12g} each; list is {max(prices):.12g}: another list price then, or a surcharge{others}"
    if quantity > edge:
        return FLAT, f"{rate:.12g} each, where list prices have tiers{others}"
    return CONTRACT, f"{rate:.12g} each; list is {prices[0]:.12g}{others}"


def _compute_share(paid: pd.DataFrame, chosen: Any) -> float:
    """Return the share of the money in some rows; 0 where there is no money."""
    whole = math.fsum(paid["cost"].abs())
    return math.fsum(paid.loc[chosen, "cost"].abs()) / whole if whole else 0.0


def _fits_rate(paid: pd.DataFrame, rate: float) -> Any:
    """Return for each row whether a unit price explains its cost, within the rounding of what the row adds up."""
    return (paid["cost"] - paid["quantity"] * rate).abs() <= _LINE * paid["rows"] + _EXACT * paid["cost"].abs()


def _find_common_rate(paid: pd.DataFrame) -> float | None:
    """Return the unit price of the row with the most money, as people sign it: with the fewest decimals that fit.

    AWS rounds the cost of each line to ten decimals, so that a rate of 0.005 may come out as 0.00499999. A quotient
    that no short number fits is not a rate, but an average of several.
    """
    largest = paid[paid["quantity"] > 0].nlargest(1, "cost")
    if largest.empty:
        return None
    cost, quantity, rows = (float(largest[name].iloc[0]) for name in ("cost", "quantity", "rows"))
    rate = cost / quantity
    slack = (_LINE * rows + _EXACT * abs(cost)) / quantity
    shorter = (round(rate, decimals) for decimals in range(1, _SIGNED + 1))
    return next((short for short in shorter if abs(short - rate) <= slack), None)


def _find_shared_discounts(pools: Sequence[Rerated]) -> dict[tuple[str, str], float]:
    """Find the percentage that at least two meters, and most of the money, of a payer and month have in common."""
    out: dict[tuple[str, str], float] = {}
    by_month: dict[tuple[str, str], list[Rerated]] = {}
    money: dict[tuple[str, str], float] = {}
    for pool in pools:
        if pool.list is None or pool.why in {ELSEWHERE, AGREED, FREE}:
            continue
        key = (pool.payer, pool.month)
        money[key] = money.get(key, 0.0) + pool.list
        is_above_rounding = pool.discount is not None and pool.discount > EVEN and pool.list - pool.billed > CENT
        if is_above_rounding and pool.billed > 0:
            by_month.setdefault(key, []).append(pool)
    for key, members in by_month.items():
        best = max(members, key=lambda p: (len(_select_similar_discounts(p, members)), p.list or 0))
        near = _select_similar_discounts(best, members)
        whole = math.fsum(p.list or 0 for p in near)
        if len({p.meter for p in near}) > 1 and whole >= money[key] / 2:
            out[key] = 1 - math.fsum(p.billed for p in near) / whole
    return out


def _select_similar_discounts(pool: Rerated, members: Iterable[Rerated]) -> list[Rerated]:
    return [m for m in members if abs((m.discount or 0) - (pool.discount or 0)) <= EVEN]


def _refine_explanation(pool: Rerated, even: float | None) -> Rerated:
    """Say that a pool has the percentage its payer's meters share, and where the bill's own list price is another."""
    if pool.why == AGREED:
        return pool
    if even is not None and pool.discount is not None and abs(pool.discount - even) <= EVEN:
        return pool._replace(why=DISCOUNT, detail=f"{even:.2%}, like other meters of this payer")
    if pool.why in {CONTRACT, ABOVE, UNEXPLAINED} and pool.stated and abs(pool.stated - pool.billed) <= CENT:
        detail = "the bill's list price differs from costmodel's: the price changed, or the table is old"
        return pool._replace(why=DATED, detail=detail)
    return pool
