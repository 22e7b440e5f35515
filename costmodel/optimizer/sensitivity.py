"""What would change an answer: the quantity that is nearest to where another answer begins."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from costmodel.comparison.cost_function import compile_cost_function, find_crossings
from costmodel.core.decimals import round_to_cents
from costmodel.network.unit_prices import compute_unit_prices
from costmodel.optimizer.plan_sensitivity import find_closest_flip
from costmodel.reporting.text import format_currency_prefix, format_money, format_plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.actual_bills.report import BillReport
    from costmodel.comparison.options import Comparison
    from costmodel.demand.demand import Demand
    from costmodel.flow_logs.report import TrafficReport
    from costmodel.network.bill import Bill
    from costmodel.optimizer.answer import Answer
    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import PriceSchedule

FAR = 100.0  # times today's GB: beyond that nobody asks
_MOST = 3  # statements of one sort
NOTHING = "No other answer within the quantities examined."


def _format_number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 - digits a reader takes in


def warn_if_zero_gb(d: Demand) -> str:
    """Return what is to be known of a demand whose flows are all of 0 GB; "" of another."""
    if not len(d.flows) or d.gb.any():
        return ""
    return (
        "No GB are given: every flow counts as 0 GB, so only hours decide. Fill in the GB before you rely on "
        "the answer."
    )


def describe_plan_flips(answer: Answer) -> list[str]:
    """Return what would flip the cheapest plan."""
    out = []
    near, currency = find_closest_flip(answer), answer.best.bill.currency
    if near is not None and near.flip_gb is not None and near.margin is not None:
        out.append(
            f"Closest to changing, with every other flow on its path: {near.group} → {near.service} of one VPC, at "
            f"{_format_number(near.flip_gb)} GB a month instead of {_format_number(near.gb)} (×{near.margin:.3g}), "
            "where "
            f"{near.runner_up} is cheaper. Flows that grow together may change earlier."
        )
    if answer.architectures:
        uniform = answer.architectures[0]
        if uniform.total is not None:
            more = round_to_cents(uniform.total) - answer.best.bill.total
            far = f"costs {format_money(more, currency)} a month more" if more else "costs the same"
            out.append(f"The best single architecture, {uniform.name}, {far}.")
    gap = answer.best.certificate["gap"]
    if gap:
        out.append(f"The search was not finished: a plan up to {gap:.2%} cheaper may exist.")
    return out or [NOTHING]


def describe_comparison_flips(comparison: Comparison, book: PriceBook) -> list[str]:
    """Return what would flip which architecture is the cheapest: more or fewer GB; then how far the next one is."""
    best = comparison.cheapest
    if best is None or best.total is None or best.bill is None:
        return ["No architecture has a total."]
    out = _describe_gb_factors(comparison, best.bill.currency, book)
    second = next((o for o in comparison.ranked if o.total is not None and o is not best and not o.breaks), None)
    if second is not None and second.total is not None:
        more = round_to_cents(second.total) - round_to_cents(best.total)
        far = f"costs {format_money(more, best.bill.currency)} a month more" if more else "costs the same"
        out.append(f"The next, {second.name}, {far}.")
    return out or [NOTHING]


def _describe_gb_factors(comparison: Comparison, currency: str, book: PriceBook) -> list[str]:
    """Return the factors on all GB, nearest above and below today's, at which another architecture is the cheapest."""
    d = comparison.demand
    gb = float(d.gb.sum())
    if not gb:
        return ["Every flow has 0 GB so far: with traffic, another one may be cheaper."]
    same = [o for o in comparison if o.bill is not None and o.priced and not o.breaks and o.bill.currency == currency]
    functions = [compile_cost_function(d, book, o) for o in same]
    reach = min(FAR, *(f.end for f in functions))
    _, changes = find_crossings(functions, reach)
    above = next((c for c in changes if c["at"] > 1), None)
    below = next((c for c in reversed(changes) if c["at"] <= 1), None)
    sides = []
    if above is not None:
        sides.append(("From", above["at"], above["to"]))
    if below is not None:
        sides.append(("Below", below["at"], below["from"]))
    out = [
        f"{side} {_format_number(at)} times today's GB ({_format_number(at * gb)} GB a month), {winner} is "
        "the cheapest."
        for side, at, winner in sides
    ]
    return out or [f"Neither fewer GB nor up to {reach:g} times today's would change the answer."]


def describe_bill_flips(bill: Bill) -> list[str]:
    """Return what would move an estimate: what is not known, and what the next units cost."""
    network = bill.usage.network
    out = []
    names = list(dict.fromkeys(u.name for u in network.unknown))
    if names:
        some = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")
        out.append(f"Unknown quantities of {some} add to the total, at the unit prices below.")
    dear = [u for u in compute_unit_prices(bill) if u.price]
    for u in sorted(dear, key=lambda u: -(u.price or 0))[:_MOST]:
        each = f"{format_currency_prefix(u.currency)}{format_plain_number(u.price or Decimal(0))}"
        out.append(f"The next GB of {u.column} of {u.kind.kind} in {u.location} costs {each}.")
    hours: dict[tuple[str, str, str], Decimal] = {}
    for e in bill.explain():
        if e["unit"] == "Hours":
            key = (e["ChargeDescription"], e["RegionId"], e["BillingCurrency"])
            hours[key] = hours.get(key, Decimal(0)) + e["ContractedCost"]
    for (charge, region, currency), cost in sorted(hours.items(), key=lambda e: -e[1])[:1]:
        out.append(
            f"{charge} in {region} cost {format_money(cost, currency)}, regardless of traffic: fewer of them cost less."
        )
    return out or ["No part of it depends on a quantity."]


def describe_actual_bill_flips(of: BillReport) -> list[str]:
    """Return what would move a bill: findings that are sure, and the tiers that the next units fall in."""
    from costmodel.aws import METERS
    from costmodel.core.certainty import RANGE

    currency, known = of.bill.currency, METERS
    out = []
    for f in [f for f in of.findings if f.monthly and f.confidence != RANGE][:_MOST]:
        out.append(f"{f.title}: {format_money(Decimal(repr(f.monthly)), currency)} a month less. {f.next}")
    tiered = [p for p in of.rerating.pools if p.tier and p.marginal is not None and p.unit == "GB"]
    for p in sorted(tiered, key=lambda p: -p.billed)[:_MOST]:
        each, name = format_money((p.marginal or Decimal(0)) * 1000, currency), known[p.meter].title
        out.append(f"1,000 {p.unit} more of {name} in {p.region} would cost {each} at list (tier {p.tier}).")
    return out or [NOTHING]


def describe_price_flips(ladders: Mapping[str, PriceSchedule | None], home: str) -> list[str]:
    """Return what would move a price: another Region, or another tier.

    Args:
        ladders: Region → its schedule.
        home: the Region that others are held against.
    """
    mine = ladders.get(home)
    found = {r: x for r, x in ladders.items() if x is not None and (mine is None or x.currency == mine.currency)}
    if mine is None or not found:
        return [f"There is no price in {home}."]
    here, out = mine.tiers.prices[0], []
    least = min(found, key=lambda r: found[r].tiers.prices[0])
    price = found[least].tiers.prices[0]
    if price < here:
        out.append(f"In {least} it is {1 - price / here:.1%} cheaper than in {home}.")
    dearer = sum(x.tiers.prices[0] > here for x in found.values())
    out.append(f"{dearer} of {len(found)} Regions are more expensive than {home}.")
    for start, each in list(zip(mine.tiers.starts, mine.tiers.prices, strict=True))[1:]:
        out.append(
            f"In {home}, from {_format_number(float(start))} on, a unit costs {1 - each / here:.1%} less than the "
            "first."
        )
    return out


def describe_traffic_flips(of: TrafficReport, book: PriceBook) -> list[str]:
    """Return what would move the answer of flow logs: how sure a month is, what is free, and the GB."""
    t = of.traffic
    out = []
    if t.scale is not None:
        out.append(f"A month is {t.scale:,.2f} times what the logs cover; confidence: {t.period.confidence}.")
    if of.freed:
        out.append(
            f"Gateway endpoints would save {format_money(of.freed, of.currency)} a month at these GB; at any GB, "
            "more than 0."
        )
    if of.comparison is not None:
        out += describe_comparison_flips(of.comparison, book)
    return out or [NOTHING]
