"""`diff`: what changes between two networks, two bills, or the cheapest plans of two demands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from costmodel.cli.bills import show_reading_progress as reading
from costmodel.cli.emit import Answer, Totals, emit
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    Amount,
    Priced,
    Request,
    Said,
    add_common_options,
    add_plan_options,
    add_price_options,
    list_contract_notes,
    main,
)
from costmodel.cli.plans import show_search_progress as searching

if TYPE_CHECKING:
    from decimal import Decimal

    from costmodel.intake.recognize import Given
    from costmodel.pricing.book import PriceBook


@main.command("diff", epilog="Example: costmodel diff main.json branch.json --format markdown --fail-above 100")
@click.argument("before")
@click.argument("after", required=False)
@add_plan_options
@click.option(
    "--fail-above", type=Amount(), metavar="AMOUNT", help="Exit 1 if the monthly cost rises by more than this."
)
@click.option(
    "--allow-unpriced", is_flag=True, help="Exit 0 although something is not known, not decided or not priced."
)
@add_price_options
@add_common_options
def run_diff(
    before: str,
    after: str | None,
    *,
    request: Request,
    fail_above: Decimal | None,
    allow_unpriced: bool,
    said: Said,
    money: Priced,
) -> None:
    """Show what changes from one to another, in money a month.

    Of two networks or plans of Terraform's; of one such plan alone, what it changes. Of two bills, by quantity and by
    price; of one alone, its last two months. Of two demands (or two answers of `optimize --format json`), how their
    cheapest plans differ.
    """
    from costmodel.core.errors import InputError
    from costmodel.intake.recognize import DATA, DEMAND, PLAN, recognize_file

    sides = [recognize_file(file) for file in (before, after) if file is not None]
    kinds = {PLAN if side.kind == DEMAND else side.kind for side in sides}
    if len(kinds) > 1:
        what = " and ".join(f"{side.name} is a {_WORDS[side.kind]}" for side in sides)
        raise InputError(f"{what}: these cannot be compared.")
    asked = Asked(request, fail_above, money, allow_unpriced)
    if kinds == {DATA}:
        _compare_bills(sides, asked)
    elif kinds == {PLAN}:
        _compare_plans(sides, asked)
    else:
        _compare_networks(sides, said, asked)


_WORDS = {"demand": "demand file", "network": "network or a plan of Terraform's", "plan": "plan of optimize's"}
_WORDS["data"] = "bill (or another file of data)"
_SIDES = ("Before", "After")


class Asked(NamedTuple):
    """What the user asks of a difference.

    Attributes:
        request: the format, the output file, and the assumptions.
        fail_above: by how much more expensive a month may become; None is any amount.
        money: the prices, and the currency in which totals are also shown.
        allow_unpriced: whether open items count as no rise.
    """

    request: Request
    fail_above: Decimal | None
    money: Priced
    allow_unpriced: bool


def _check_limit_and_exit(difference: Decimal, currency: str, asked: Asked, *, open_items: int = 0) -> None:
    """Exit with 1 if the cost rises by more than the limit, or if it may: something is open and not allowed to be."""
    limit = asked.fail_above
    above = limit is not None and difference > limit
    if above:
        click.echo(f"The cost rises by {difference:,f} {currency} a month; the limit is {limit:,f}.", err=True)
    if open_items and not asked.allow_unpriced:
        number = f"{open_items:,} item{'s' * (open_items != 1)}"
        risk = "the cost may rise above the limit" if limit is not None else "the difference is not certain"
        click.echo(f"Open: {number}, so {risk}. Pass --allow-unpriced to accept that.", err=True)
    sys.exit(UNPRICED if above or (open_items and not asked.allow_unpriced) else DONE)


def _compare_networks(sides: list[Given], said: Said, asked: Asked) -> None:
    from costmodel.network.bill import price
    from costmodel.network.diff import compare_network_bills
    from costmodel.network.diff_report import (
        build_diff_json,
        build_diff_tables,
        describe_removed_traffic,
        render_diff_csv,
    )
    from costmodel.network.reading.load import build_network_from_estate, read_estate_pair
    from costmodel.network.usage import meter

    documents: list[Any] = [side.document for side in sides]
    estates = read_estate_pair(documents[0], (*documents, None)[1], usage=said.usage, settings=said.settings)
    networks = [build_network_from_estate(estate, assume=asked.request.assume) for estate in estates]
    found = compare_network_bills(*(price(meter(n, exact=True), asked.money.book, partial=True) for n in networks))
    notes = networks[0].notes if len(networks[0]) else []
    gone = describe_removed_traffic(found)
    warnings = list(dict.fromkeys([*notes, *networks[1].notes, *found.before.warnings, *found.after.warnings, *gone]))
    totals = {"Before": found.before.totals, "After": found.after.totals}
    answer = Answer(
        lambda: build_diff_json(found, warnings),
        lambda: build_diff_tables(found),
        lambda: render_diff_csv(found),
        Totals({found.currency: found.total}, totals, found.after),
    )
    emit(answer, asked.request, asked.money.display)
    for text in warnings:
        click.echo(f"Warning: {text}", err=True)
    _check_limit_and_exit(found.known, found.currency, asked, open_items=len(found.open))


def _compare_bills(sides: list[Given], asked: Asked) -> None:
    from costmodel.actual_bills.movement import compare_actual_bills, split_last_months
    from costmodel.actual_bills.movement_report import (
        build_movement_json,
        build_movement_tables,
        compute_cost_change,
        render_movement_csv,
    )
    from costmodel.actual_bills.rerated import round_amount
    from costmodel.core.errors import InputError
    from costmodel.intake.recognize import read_bill_or_flows

    bills = []
    with reading() as told:
        for side in sides:
            bill, _ = read_bill_or_flows([side.name], told)
            if bill is None:
                raise InputError(f"{side.name} is flow logs, which have no costs to compare: see `flows`.")
            bills.append(bill)
    found = compare_actual_bills(*(bills if len(bills) > 1 else split_last_months(bills[0])))
    by = compute_cost_change(found)
    currency = found.after.currency
    totals = {name: {currency: round_amount(total)} for name, total in zip(_SIDES, found.totals, strict=True)}
    answer = Answer(
        lambda: build_movement_json(found),
        lambda: build_movement_tables(found),
        lambda: render_movement_csv(found),
        Totals({currency: by}, totals),
    )
    emit(answer, asked.request, asked.money.display)
    lost = [one for bill in bills for one in bill.lost]
    for text in found.notes:
        click.echo(f"Note: {text}", err=True)
    for one in lost:
        click.echo(f"Lost: {one.file}: {one.why}.", err=True)
    _check_limit_and_exit(by, currency, asked, open_items=len(lost))


def _compare_plans(sides: list[Given], asked: Asked) -> None:
    from decimal import Decimal

    from costmodel.core.errors import InputError
    from costmodel.optimizer.plan_diff import build_plan_diff_csv, build_plan_diff_json, build_plan_diff_tables

    if len(sides) == 1:
        message = f"Name two demands: {sides[0].name} is one. `optimize` shows what changes from today to its plan."
        raise InputError(message)
    found = build_plan_diff_json(
        *(_solve_or_read_answer(side, asked.request.assume, asked.money.book) for side in sides)
    )
    currency, by = found["currency"], Decimal(found["difference"])
    totals = {name: {currency: Decimal(found[name.lower()]["total"])} for name in _SIDES}
    answer = Answer(
        lambda: found,
        lambda: build_plan_diff_tables(found),
        lambda: build_plan_diff_csv(found),
        Totals({currency: by}, totals),
    )
    emit(answer, asked.request, asked.money.display)
    for text in list_contract_notes(asked.money.book):
        click.echo(f"Note: {text}", err=True)
    _check_limit_and_exit(by, currency, asked)


def _solve_or_read_answer(side: Given, assuming: dict[str, str], book: PriceBook) -> dict[str, Any]:
    """Return the cheapest plan of a demand, or what a file says that `optimize` wrote."""
    from costmodel.core.errors import InfeasibleError, InputError, StoppedError
    from costmodel.demand.reading.load import parse_demand_document
    from costmodel.intake.recognize import DEMAND
    from costmodel.optimizer.answer import solve_and_explain
    from costmodel.optimizer.plan_diff import validate_plan_answer
    from costmodel.optimizer.report import build_answer_json

    assert side.document is not None  # noqa: S101 - what is no data is a document
    if side.kind != DEMAND:
        found: dict[str, Any] = side.document.value
        if found["plan"] is None:
            why = "because its constraints conflict." if found.get("conflict") else f"since: {found.get('message')}"
            raise InputError(f"{side.name}: there is no plan in it, {why}")
        return validate_plan_answer(found, side.name)
    d = parse_demand_document(side.document, assume=assuming)
    try:
        with searching() as told:
            return build_answer_json(solve_and_explain(d, book, progress=told))
    except (InfeasibleError, StoppedError) as error:
        raise InputError(f"{side.name}: no plan: {error}") from None
