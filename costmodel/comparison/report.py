"""A comparison for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

from costmodel.architectures.build import list_paths
from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import round_to_cents, with_exact_decimals
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.network.report import build_unpriced_json
from costmodel.reporting.currency import build_contract_json, build_display_json
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Collection

    from costmodel.aws.resource import Resource
    from costmodel.comparison.options import Comparison, Option
    from costmodel.core.currency import Display
    from costmodel.core.table import Table as ResourceTable
    from costmodel.demand.demand import Demand
    from costmodel.network.bill import Bill
    from costmodel.network.network import Network
    from costmodel.reporting.model import Cell


NOT_ALLOWED = "needs a path that is not allowed"
QUANTITY = 9
"""Decimal places of a quantity: further ones are float64's errors."""


def build_comparison_json(
    comparison: Comparison, today: Option | None = None, display: Display | None = None
) -> dict[str, Any]:
    """Return what ``compare --format json`` prints: numbers are decimal strings; what has no price comes last."""
    cheapest = comparison.cheapest
    return {
        "demand": comparison.demand.name,
        "architectures": [
            _build_option_json(comparison, o, display)
            for o in sorted(comparison, key=lambda o: o.feasible and not o.priced)
        ],
        "cheapest": cheapest.name if cheapest else None,
        "proof": comparison.proof,
        "open": list_comparison_open_items(comparison),
        "today": _build_option_json(comparison, today, display) if today else None,
        "price_date": next((str(o.bill.price_date) for o in comparison if o.bill), None),
        "price_dates": dates.to_json() if (dates := comparison.price_dates) else None,
        "assumptions": comparison.assumptions,
        "notes": comparison.demand.notes,
    }


def _build_option_json(comparison: Comparison, option: Option, display: Display | None) -> dict[str, Any]:
    total = option.total
    least = comparison.cheapest.total if comparison.cheapest else None
    difference = None if total is None or least is None else round_to_cents(total) - round_to_cents(least)
    out: dict[str, Any] = {
        "name": option.name,
        "total": _format_cents(total),
        "total_exact": None if total is None else format_plain_number(total),
        "currency": option.bill.currency if option.bill and len(option.bill.totals) == 1 else None,
        "feasible": option.feasible and not option.breaks,
        "why_not": [
            {"rule": rule, "vpc": vpc, "service": service, "text": _get_rule_text(comparison.demand, rule)}
            for rule, vpc, service in [*option.why_not, *option.breaks]
        ],
        "unpriced": [],
        "charges": [],
        "resources": [],
        "difference": _format_cents(difference),
        "posture": option.posture,
        "quotas": option.quotas,
    }
    if option.bill is not None:
        out |= _build_bill_json(comparison, option, option.bill, display)
    return out


def _build_bill_json(comparison: Comparison, option: Option, bill: Bill, display: Display | None) -> dict[str, Any]:
    """Return what an option with a bill has in addition."""
    out: dict[str, Any] = {
        "unpriced": build_unpriced_json(bill),
        "charges": list_option_charges(option),
        "resources": list_option_resources(comparison.demand, option),
    }
    if len(bill.totals) > 1:
        out["totals"] = {currency: _format_cents(total) for currency, total in bill.totals.items()}
    if bill.unpriced and option.at_least is not None:
        out["total_at_least"] = _format_cents(option.at_least)
    return out | build_contract_json(bill) | build_display_json(display, bill.totals if option.priced else None)


def _format_cents(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{round_to_cents(amount):f}"


def list_comparison_open_items(comparison: Comparison) -> list[dict[str, str | None]]:
    """Return the architectures that may be cheaper than the cheapest as open items, one for each missing price."""
    return [
        {
            "what": option.name,
            "where": u.region,
            "why": f"The price of {u.meter} in {u.region} is not known.",
            "remedy": u.why,
            "kind": "price",
            "at_least": None if option.at_least is None else f"{round_to_cents(option.at_least):f}",
            "at_most": None,
        }
        for option in comparison.open
        for u in (option.bill.unpriced if option.bill is not None else [])
    ]


def _get_rule_text(demand: Demand, rule: str) -> str:
    return demand.rules[rule].text if rule in demand.rules else rule


@with_exact_decimals
def list_option_charges(option: Option) -> list[dict[str, str | None]]:
    """Return an option's charges by meter and Region, unpriced ones first, then most expensive first."""
    if option.bill is None:
        return []
    lines = option.bill.list_meter_costs()
    listed = {(m, r): c for m, r, _, c in option.bill.list_meter_costs(at_list=True)} if option.bill.contract else {}
    return [
        {
            "x_Meter": m,
            "RegionId": r,
            "PricingQuantity": format_plain_number(round(q, QUANTITY)),
            "ListCost": None if c is None else format_plain_number(listed.get((m, r)) or c),
            "ContractedCost": None if c is None else format_plain_number(c),
        }
        for m, r, q, c in lines
    ]


def list_option_resources(demand: Demand, option: Option) -> list[BuiltResource]:
    """Return what an option builds, as :func:`list_network_resources` lists it."""
    return [] if option.network is None else list_network_resources(demand, option.network)


class BuiltResource(TypedDict):
    """A resource that a network has, or several alike; None where a key does not apply to the kind."""

    kind: str
    vpc: str | None
    region: str
    service: str | None
    count: int
    zones: int | None


def list_network_resources(demand: Demand, network: Network) -> list[BuiltResource]:
    """Return what a demand's network has, one entry for each row of its tables."""
    return [_describe_row(demand, kind, table, row) for kind, table in network for row in range(len(table))]


def _describe_row(demand: Demand, kind: type[Resource], table: ResourceTable, row: int) -> BuiltResource:
    service = int(table.service[row]) if "service" in table else -1
    return {
        "kind": kind.kind,
        "vpc": str(demand.vpcs.name[table.vpc[row]]) if "vpc" in table else None,
        "region": table.location.labels[table.location.codes[row]],
        "service": str(demand.services.name[service]) if service >= 0 else None,
        "count": int(table.count[row]),
        "zones": int(table.zones[row]) if "zones" in table else None,
    }


def compute_total_differences(comparison: Comparison, base: Option | None) -> dict[str, Decimal]:
    """Return by how much each architecture's total exceeds another's, both rounded to cents as they are shown."""
    if base is None or base.total is None:
        return {}
    totals = {o.name: o.total for o in comparison}
    return {
        name: round_to_cents(total) - round_to_cents(base.total) for name, total in totals.items() if total is not None
    }


def build_comparison_tables(
    comparison: Comparison, today: Option | None = None, allowed: Collection[str] | None = None
) -> Report:
    """Return the comparison as tables: totals and posture, then what is out and why; what is built today is marked.

    Args:
        comparison: every architecture.
        today: what is built today.
        allowed: the architectures whose paths the demand allows; the others are marked, and totals are compared with
            the cheapest of these. None compares with the cheapest of all.
    """
    cheapest = comparison.cheapest
    least: Decimal | None = cheapest.total if cheapest and cheapest.total is not None else Decimal(0)
    if allowed is not None:
        least = min((o.total for o in comparison.ranked if o.total is not None and o.name in allowed), default=None)
    names = ["Architecture", "A month", "More", "", "Private", "Policy", "Depends on"]
    lines = [_build_option_row(comparison, option, today, least, allowed) for option in comparison.ranked]
    tables = Report([Table("architectures", comparison.demand.name, names, lines)])
    if comparison.open and cheapest is not None:
        names_ = ", ".join(o.name for o in comparison.open)
        text = f"{cheapest.name} is the cheapest with a price"
        tables.add(Table("open", "", ["Not proven", ""], [[text, f"may be cheaper: {names_}"]]))
    why = _list_reason_rows(comparison)
    if why:
        tables.add(Table("out", "Left out, and why", ["Architecture", "Rule", "VPC", "Service", "Because"], why))
    known = build_price_date_rows(comparison.demand.on, comparison.price_dates)
    tables.add(Table("assumed", "", ["Assumed", "Value"], known + build_assumption_rows(comparison.assumptions)))
    return tables


def _list_reason_rows(comparison: Comparison) -> list[list[Cell]]:
    """Return the first three reasons for which each architecture is out."""
    return [
        [option.name, rule, vpc, service or "", _get_rule_text(comparison.demand, rule)]
        for option in comparison
        for rule, vpc, service in [*option.why_not, *option.breaks][:3]
    ]


def _build_option_row(
    comparison: Comparison, option: Option, today: Option | None, least: Decimal | None, allowed: Collection[str] | None
) -> list[Cell]:
    """Return the row of an architecture; ``least`` is the total that its total is compared with."""
    posture = option.posture
    more: Cell = "–"
    if option.total is not None and least is not None:
        more = round_to_cents(option.total) - round_to_cents(least)
    state = _describe_state(comparison.demand, option)
    if allowed is not None and option.total is not None and option.name not in {*allowed, "today"}:
        state = NOT_ALLOWED
    return [
        f"{option.name} (built now)" if option is today and option.name != "today" else option.name,
        _format_total(option),
        more,
        state,
        f"{posture['private']:.0%}" if posture else "",
        f"{posture['endpoint_policy']:.0%}" if posture else "",
        ", ".join(posture.get("single_points", [])),
    ]


def _format_total(option: Option) -> Cell:
    """Return what an architecture costs a month; the least that it costs, where a part has no price."""
    if option.total is not None:
        return round_to_cents(option.total)
    if option.bill is None or not option.bill.unpriced or option.at_least is None:
        return "–"
    return f"at least {round_to_cents(option.at_least):,f}"


def _describe_state(demand: Demand, option: Option) -> str:
    if not option.feasible:
        return "infeasible"
    if option.breaks:
        return "breaks a constraint"
    if option.bill is not None and option.bill.unpriced:
        return "unpriced: " + ", ".join(sorted({u.meter for u in option.bill.unpriced}))
    if option.bill is not None and len(option.bill.totals) > 1:
        return " and ".join(option.bill.totals)
    currency = option.bill.currency if option.bill else ""
    lacking = list_disallowed_paths(demand, option)
    return f"{currency}, needs allow: {', '.join(lacking)}" if lacking else currency


def list_disallowed_paths(demand: Demand, option: Option) -> list[str]:
    """Return the paths an architecture takes that a plan takes only where the demand allows them."""
    used = set() if option.plan is None else set(option.plan.tolist())
    names = [p.name for n, p in enumerate(list_paths(demand)) if n in used and not p.default]
    return sorted(set(names) - set(demand.constraints.allow))
