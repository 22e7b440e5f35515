"""`diff`: what changes between two networks, two bills, or the cheapest plans of two demands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.bills import progress as reading
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    Amount,
    Priced,
    Said,
    as_json,
    assumed,
    from_plan,
    main,
    options,
    priced,
    say,
    show,
    under,
    write,
)
from costmodel.cli.plans import progress as searching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from costmodel.intake.recognize import Given
    from costmodel.pricing.book import PriceBook


@main.command(epilog="Example: costmodel diff main.json branch.json --format markdown --fail-above 100")
@click.argument("before")
@click.argument("after", required=False)
@from_plan
@click.option(
    "--fail-above", type=Amount(), metavar="AMOUNT", help="Exit 1 if it becomes dearer by more than this a month."
)
@priced
@options
def diff(
    before: str,
    after: str | None,
    format_: str,
    assume: Sequence[str],
    output: str | None,
    *,
    fail_above: Decimal | None,
    said: Said,
    money: Priced,
) -> None:
    """Say what changes from one to another, in money a month.

    Of two networks or plans of Terraform's; of one such plan alone, what it changes. Of two bills, by quantity and by
    price; of one alone, its last two months. Of two demands (or two answers of `optimize --format json`), how their
    cheapest plans differ.
    """
    from costmodel.core.errors import InputError
    from costmodel.intake.recognize import DATA, DEMAND, PLAN, recognised

    sides = [recognised(file) for file in (before, after) if file is not None]
    kinds = {PLAN if side.kind == DEMAND else side.kind for side in sides}
    if len(kinds) > 1:
        what = " and ".join(f"{side.name} is a {_WORDS[side.kind]}" for side in sides)
        raise InputError(f"{what}: these do not compare.")
    asked = (format_, output, fail_above)
    if kinds == {DATA}:
        _bills(sides, asked, money)
    elif kinds == {PLAN}:
        _plans(sides, assumed(assume), asked, money)
    else:
        _networks(sides, assumed(assume), said, asked, money)


_WORDS = {"demand": "demand file", "network": "network or a plan of Terraform's", "plan": "plan of optimize's"}
_WORDS["data"] = "bill (or another file of data)"
_SIDES = ("Before", "After")
Asked = tuple[str, str | None, "Decimal | None"]
"""The format, the output file, and how much dearer it may become."""


def _end(difference: Decimal, currency: str, fail_above: Decimal | None, *, open_: bool = False) -> None:
    """End with 1 if something is open, or it becomes dearer by more than is allowed, which is said."""
    above = fail_above is not None and difference > fail_above
    if above:
        click.echo(f"It becomes dearer by {difference:,f} {currency} a month; {fail_above:,f} is allowed.", err=True)
    sys.exit(UNPRICED if above or open_ else DONE)


def _networks(sides: list[Given], assuming: dict[str, str], said: Said, asked: Asked, money: Priced) -> None:
    from costmodel.network.bill import price
    from costmodel.network.diff import difference
    from costmodel.network.diff_report import difference_csv, difference_json, difference_tables, traffic_gone
    from costmodel.network.reading.load import network_from, read_pair
    from costmodel.network.usage import meter
    from costmodel.reporting.currency import contract_json, contract_tables, display_json, display_tables

    format_, output, fail_above = asked
    documents: list[Any] = [side.document for side in sides]
    estates = read_pair(documents[0], (*documents, None)[1], usage=said.usage, settings=said.settings)
    networks = [network_from(estate, assume=assuming) for estate in estates]
    found = difference(*(price(meter(n, exact=True), money.book, partial=True) for n in networks))
    notes = networks[0].notes if len(networks[0]) else []
    gone = traffic_gone(found)
    warnings = list(dict.fromkeys([*notes, *networks[1].notes, *found.before.warnings, *found.after.warnings, *gone]))
    if format_ == "json":
        more = contract_json(found.after) | display_json(money.display, {found.currency: found.total})
        write(as_json(difference_json(found, warnings) | more), output)
    elif format_ == "csv":
        write(difference_csv(found), output)
    else:
        totals = {"Before": found.before.totals, "After": found.after.totals}
        more_tables = contract_tables(found.after) + display_tables(money.display, totals)
        show(difference_tables(found) + more_tables, format_, output)
    say(warnings, found.after)
    for u in found.before.unpriced:
        click.echo(f"Unpriced before: {u.meter}. {u.why}", err=True)
    _end(found.total, found.currency, fail_above, open_=bool(found.before.unpriced or found.after.unpriced))


def _bills(sides: list[Given], asked: Asked, money: Priced) -> None:
    from costmodel.actual_bills.movement import halves, movement
    from costmodel.actual_bills.movement_report import moved, movement_csv, movement_json, movement_tables
    from costmodel.actual_bills.rerate import amount
    from costmodel.core.errors import InputError
    from costmodel.intake.recognize import read_data
    from costmodel.reporting.currency import display_json, display_tables

    format_, output, fail_above = asked
    bills = []
    with reading() as told:
        for side in sides:
            bill, _ = read_data([side.name], told)
            if bill is None:
                raise InputError(f"{side.name} is flow logs, which have no costs to hold against others: see `flows`.")
            bills.append(bill)
    found = movement(*(bills if len(bills) > 1 else halves(bills[0])))
    by = moved(found)
    if format_ == "json":
        write(as_json(movement_json(found) | display_json(money.display, {found.after.currency: by})), output)
    elif format_ == "csv":
        write(movement_csv(found), output)
    else:
        sides_ = {name: {found.after.currency: amount(t)} for name, t in zip(_SIDES, found.totals, strict=True)}
        show(movement_tables(found) + display_tables(money.display, sides_), format_, output)
    lost = [one for bill in bills for one in bill.lost]
    for text in found.notes:
        click.echo(f"Note: {text}", err=True)
    for one in lost:
        click.echo(f"Lost: {one.file}: {one.why}.", err=True)
    _end(by, found.after.currency, fail_above, open_=bool(lost))


def _plans(sides: list[Given], assuming: dict[str, str], asked: Asked, money: Priced) -> None:
    from decimal import Decimal

    from costmodel.core.errors import InputError
    from costmodel.optimizer.plan_diff import plans_csv, plans_json, plans_tables
    from costmodel.reporting.currency import display_json, display_tables

    format_, output, fail_above = asked
    if len(sides) == 1:
        message = f"Name two demands: {sides[0].name} is one. What changes from today to its plan, `optimize` says."
        raise InputError(message)
    found = plans_json(*(_answer(side, assuming, money.book) for side in sides))
    currency, by = found["currency"], Decimal(found["difference"])
    if format_ == "json":
        write(as_json(found | display_json(money.display, {currency: by})), output)
    elif format_ == "csv":
        write(plans_csv(found), output)
    else:
        totals = {name: {currency: Decimal(found[name.lower()]["total"])} for name in _SIDES}
        show(plans_tables(found) + display_tables(money.display, totals), format_, output)
    for text in under(money.book):
        click.echo(f"Note: {text}", err=True)
    _end(by, currency, fail_above)


def _answer(side: Given, assuming: dict[str, str], book: PriceBook) -> dict[str, Any]:
    """Return the cheapest plan of a demand, or what a file says that `optimize` wrote."""
    from costmodel.core.errors import InfeasibleError, InputError, StoppedError
    from costmodel.demand.reading.load import demand_of
    from costmodel.intake.recognize import DEMAND
    from costmodel.optimizer.answer import answered
    from costmodel.optimizer.plan_diff import checked
    from costmodel.optimizer.report import answer_json

    assert side.document is not None  # noqa: S101 - what is no data is a document
    if side.kind != DEMAND:
        found: dict[str, Any] = side.document.value
        if found["plan"] is None:
            why = "since its constraints conflict." if found.get("conflict") else f"since: {found.get('message')}"
            raise InputError(f"{side.name}: there is no plan in it, {why}")
        return checked(found, side.name)
    d = demand_of(side.document, assume=assuming)
    try:
        with searching() as told:
            return answer_json(answered(d, book, progress=told))
    except (InfeasibleError, StoppedError) as error:
        raise InputError(f"{side.name}: no plan: {error}") from None
