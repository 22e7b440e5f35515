"""A page for a manager about a demand: today, options, the plan, its proof, what would flip it, risks, assumptions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import costmodel
from costmodel.comparison.kept import evaluate_kept_in_comparison
from costmodel.comparison.kept_report import TITLE, build_kept_tables, describe_kept
from costmodel.comparison.report import build_comparison_tables, compute_total_differences
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.decimals import round_to_cents
from costmodel.core.errors import format_short_list
from costmodel.management_report import svg
from costmodel.network.price_dates_report import format_price_dates
from costmodel.optimizer import sensitivity
from costmodel.optimizer.plan_sensitivity import (
    build_plan_edges,
    build_saving_steps,
    compute_unallocated_cost,
    list_payers,
)
from costmodel.optimizer.report import build_answer_tables, build_certificate_rows, collect_plan_assumptions
from costmodel.optimizer.unpriced_report import build_unpriced_paths_tables
from costmodel.reporting.currency import build_contract_tables
from costmodel.reporting.html import Figure, Page, Picture, Section
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_money

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from costmodel.architectures.kept import Kept
    from costmodel.comparison.options import Comparison, Option
    from costmodel.network.bill import Bill
    from costmodel.optimizer.answer import Answer
    from costmodel.pricing.book import PriceBook

MONTHS = 12
MOVES = "A plan that moves an endpoint to a hub moves its cost to the hub's account."


def build_footer(bill: Bill | None) -> list[str]:
    """Return what stands under every page: which prices, of which day, and what made it."""
    out = []
    if bill is not None:
        kind = f"Prices under the contract {bill.contract}" if bill.contract else "AWS's list prices"
        out.append(f"{kind} {format_price_dates(bill.on, bill.price_dates)}, before tax, for the month of the input.")
    return [*out, f"Made by costmodel {costmodel.__version__}. This page loads nothing from other hosts."]


def build_assumption_tables(used: Mapping[str, str]) -> Report:
    """Return the assumptions an answer used, with what they mean."""
    rows: list[list[Any]] = [
        [name, value, ASSUMPTIONS[name].explain_value(value) if name in ASSUMPTIONS else ""]
        for name, value in used.items()
    ]
    return Report([Table("assumptions", "", ["Assumption", "Value", "Meaning"], rows)] if rows else [])


def sum_costs_by_charge(options: Sequence[tuple[str, Bill | None]]) -> dict[str, dict[str, Decimal]]:
    """Return what each thing is charged for: thing → charge → cost."""
    return {
        name: {str(charge): cost for charge, cost in bill.by("ChargeDescription").items()}
        for name, bill in options
        if bill is not None
    }


# ---------------------------------------------------------------- a comparison
def build_comparison_page(comparison: Comparison, today: Option | None, book: PriceBook) -> Page:
    """Return a comparison as a page."""
    best, d = comparison.cheapest, comparison.demand
    page = Page(d.name, "What each architecture would cost a month for the same traffic.")
    if best is not None and best.bill is not None:
        currency = best.bill.currency
        unknown = format_short_list([o.name for o in comparison.open])
        proof = f"a month; {unknown} may be cheaper: a price is missing" if comparison.open else "a month"
        page.figures.append(Figure(f"Cheapest: {best.name}", format_money(best.total, currency), proof))
        if today is not None and today.total is not None:
            more = compute_total_differences(comparison, best).get(
                today.name, round_to_cents(today.total) - best.bill.total
            )
            page.figures.append(
                Figure("As built today", format_money(today.total, currency), f"{format_money(more, currency)} more")
            )
    page.sections += [
        build_options_section(comparison, today),
        *build_kept_section(evaluate_kept_in_comparison(comparison, book)),
        Section("What would change the answer", points=sensitivity.describe_comparison_flips(comparison, book)),
        build_risks_section(best, [*d.notes, *comparison.warnings]),
        Section(
            "Assumptions",
            tables=build_assumption_tables(comparison.assumptions) + build_contract_tables(best.bill if best else None),
        ),
    ]
    page.foot = build_footer(best.bill if best else None)
    page.open = bool(comparison.open)
    return page


def build_kept_section(kept: Kept | None) -> list[Section]:
    """Return what stays in every plan and what freeing it would save, as a section; none where nothing is kept."""
    if kept is None:
        return []
    return [Section(TITLE, [describe_kept(kept)], tables=[_drop_title(table) for table in build_kept_tables(kept)])]


def _drop_title(table: Table) -> Table:
    """Return a table without its title, for a section that has it."""
    return table._replace(title="")


def build_options_section(
    comparison: Comparison, today: Option | None, kept: Sequence[str] = (), allowed: Collection[str] | None = None
) -> Section:
    """Return every architecture: as bars, as a table, and those that are out with the reason.

    Args:
        comparison: every architecture.
        today: what is built today.
        kept: the charges that have a colour of their own on the page.
        allowed: those whose paths the demand allows; another one is marked. None marks none.
    """
    priced = [o for o in comparison.ranked if o.total is not None]
    currencies = {o.bill.currency for o in priced if o.bill is not None}
    pictures = []
    if len(currencies) == 1 and any(o.total for o in priced):
        bars = svg.draw_stacked_svg(sum_costs_by_charge([(o.name, o.bill) for o in priced]), currencies.pop(), kept)
        pictures = [Picture("What each architecture costs a month, by charge", bars)]
    tables = build_comparison_tables(comparison, today, allowed)
    shown = [_drop_title(tables["architectures"]), *tables.pick("out")]
    return Section("Options", pictures=pictures, tables=shown)


def build_risks_section(option: Option | None, notes: Sequence[str]) -> Section:
    """Return what speaks against an architecture: what it depends on, public paths, quotas, doubtful prices."""
    points: list[str] = []
    if option is not None and option.posture:
        posture = option.posture
        if rests := posture.get("single_points"):
            points.append(f"It depends on {' and '.join(rests)}: if it fails, so does everything that goes through it.")
        points.append(
            f"{posture['private']:.0%} of the GB are sent to private addresses; "
            f"{posture['endpoint_policy']:.0%} pass an endpoint policy."
        )
        points += [f"Quota: {text}" for text in option.quotas]
    return Section("Risks", points=[*points, *dict.fromkeys(notes)])


# ---------------------------------------------------------------- the cheapest plan
def build_plan_page(answer: Answer, comparison: Comparison, today: Option | None, book: PriceBook) -> Page:
    """Return the cheapest plan as a page for a manager.

    Args:
        answer: the plan.
        comparison: every architecture of the same demand.
        today: what is built today, where the demand states it.
        book: the prices.
    """
    bill = answer.best.bill
    currency, total = bill.currency, bill.total
    saves = None if answer.today is None else round_to_cents(answer.today) - total
    page = Page(answer.demand.name, _format_lead(answer, saves), figures=_build_figures(answer, saves))
    kept = svg.pick_largest_charges(sum_costs_by_charge([(o.name, o.bill) for o in comparison if o.priced]))
    page.sections += [
        _build_today_section(answer, today, kept),
        build_options_section(comparison, today, kept, {o.name for o in answer.architectures}),
    ]
    page.sections += _build_plan_sections(answer, book) + build_kept_section(answer.kept)
    if today is not None and today.bill is not None and today.total is not None:
        paying = list_payers(today.bill, bill)
        if len(paying) > 1:
            rows: list[list[Any]] = [
                [
                    p.account,
                    round_to_cents(p.before),
                    round_to_cents(p.after),
                    round_to_cents(p.after) - round_to_cents(p.before),
                ]
                for p in paying
            ]
            page.sections.append(
                Section(
                    "Who pays", [MOVES],
                    [Picture("What each account pays a month", svg.draw_before_after_svg(paying, currency))],
                    [Table("payers", "", ["Account", "Today", "Plan", "Difference"], rows)],
                )
            )  # fmt: skip
    page.sections += [
        Section("What would change the answer", points=sensitivity.describe_plan_flips(answer)),
        build_risks_section(answer.option, [*answer.demand.notes, *bill.warnings]),
        Section(
            "Assumptions",
            tables=build_assumption_tables(collect_plan_assumptions(answer)) + build_contract_tables(bill),
        ),
    ]
    page.foot = build_footer(bill)
    page.totals = dict(bill.totals)
    page.open = answer.best.proof != "whole" or answer.beside_open
    return page


def _format_lead(answer: Answer, saves: Decimal | None) -> str:
    bill = answer.best.bill
    whole = answer.best.proof == "whole"
    what = "The cheapest plan" if whole else "The cheapest plan of those whose prices are known"
    text = f"{what} costs {format_money(bill.total, bill.currency)} a month ({_describe_proof(answer)})."
    if saves is None:
        return f"{text} The demand does not say what is built today, so there is no saving to show."
    if saves <= 0:
        return f"{text} What is built today costs the same: nothing needs to change."
    changed = len(answer.changes.flows) if answer.changes is not None else 0
    less = format_money(saves, bill.currency)
    return f"{text} This is {less} a month less than today; {changed:,} flows change their path."


def _format_title(answer: Answer) -> str:
    return "The cheapest plan" if answer.best.proof == "whole" else "The cheapest with a price"


def _describe_proof(answer: Answer) -> str:
    """Return how far a plan is proven to be the cheapest."""
    best, c = answer.best, answer.best.certificate
    if best.proof != "whole":
        names = list(dict.fromkeys(path.path for path in best.unpriced if not path.ruled_out))
        floor = format_money(Decimal(repr(best.lower_bound)), best.bill.currency)
        return (
            f"not proven: {format_short_list(names)} may be cheaper: a price is missing; no plan costs less "
            f"than {floor}"
        )
    gap = c["gap"]
    return "proven: no plan costs less" if not gap else f"within {gap:.2%} of the best there can be"


def _build_figures(answer: Answer, saves: Decimal | None) -> list[Figure]:
    bill = answer.best.bill
    currency = bill.currency
    out = [Figure(_format_title(answer), format_money(bill.total, currency), "a month")]
    if saves is not None and answer.today is not None:
        today = round_to_cents(answer.today)
        year = (answer.today - bill.total_exact) * MONTHS
        share = f" ({saves / today:.0%})" if today else ""
        out.insert(0, Figure("As built today", format_money(today, currency), "a month"))
        out.append(Figure("Saves", format_money(year, currency), f"in {MONTHS} months at this traffic{share}"))
    if answer.architectures:
        uniform = answer.architectures[0]
        out.append(Figure(f"Best architecture: {uniform.name}", format_money(uniform.total, currency), "a month"))
    return out


def _build_today_section(answer: Answer, today: Option | None, kept: Sequence[str]) -> Section:
    if today is None or today.bill is None or today.total is None:
        return Section("Today", ["The demand does not say what is built today, or it has no price."])
    d = answer.demand
    named = (d.written or {}).get("vpcs") or []  # not the hubs that were added
    count = sum(int(v.get("count", 1)) for v in named) or len(d.vpcs)
    text = (
        f"{count:,} VPCs and sites, {len(set(d.flows.service.tolist())):,} services, {len(d.flows):,} flows, "
        f"{float(d.gb.sum()):,.0f} GB a month."
    )
    rows: list[list[Any]] = [
        [str(charge), round_to_cents(cost)]
        for charge, cost in sorted(today.bill.by("ChargeDescription").items(), key=lambda e: -e[1])
        if cost
    ]
    both = sum_costs_by_charge([("Built today", today.bill), ("The plan", answer.best.bill)])
    bars = svg.draw_stacked_svg(both, answer.best.bill.currency, kept)
    table = Table("today", "", ["Charge", "A month"], rows)
    return Section("Today", [text], [Picture("Today and the plan, by charge", bars)], [table])


def _build_plan_sections(answer: Answer, book: PriceBook) -> list[Section]:
    currency, total = answer.best.bill.currency, answer.best.bill.total_exact
    tables = Report(map(_drop_title, build_answer_tables(answer)))
    shown = build_plan_edges(answer.demand, answer.best.plan, book)
    rest = compute_unallocated_cost(total, shown)
    always = (
        f"{format_money(rest, currency)} a month is for kept resources that no flow causes, at their share of the "
        "tiers."
    )
    title = "How each VPC reaches each service, and what it costs a month"
    pictures = [Picture(title, svg.draw_network_svg(shown, currency))] if shown else []
    out = [Section("The plan", [always] if round_to_cents(rest) > 0 else [], pictures, [tables["plan"]])]
    if answer.today is not None and "changes" in tables:
        way = svg.draw_waterfall_svg(answer.today, build_saving_steps(answer), total, currency)
        text = "The savings of all changes add up to the difference of the two bills."
        out.append(
            Section("What changes", [text], [Picture("From today's cost to the plan's", way)], [tables["changes"]])
        )
    if "frontier" in tables:
        text = "Each row is the lowest cost with at most that many changes; numbers between the rows were not computed."
        out.append(Section("With fewer changes", [text], tables=[tables["frontier"]]))
    proof = "No plan can cost less than the lower bound; the pricing engine priced the plan again."
    tables_of_proof = [
        Table("certificate", "", ["", "Value"], build_certificate_rows(answer)),
        *build_unpriced_paths_tables(answer.best.unpriced, currency),
    ]
    return [*out, Section("Certificate", [proof], tables=tables_of_proof)]
