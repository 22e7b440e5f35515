"""`estimate` and `diff`: what a network costs, and what changes from one to another."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

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
    write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from costmodel.ingest.estate import Estate


@main.command(epilog="Example: costmodel estimate plan.json --usage usage.yaml --format json")
@click.argument("file")
@click.option("--explain", is_flag=True, help="Also say of each charge its rule, price, source and next unit.")
@from_plan
@click.option("--usage-template", is_flag=True, help="Write the usage file to fill in, instead of an estimate.")
@click.option("--demand", "demand_out", metavar="OUT", help="Also write what the plan says must flow, for compare.")
@priced
@options
def estimate(
    file: str,
    format_: str,
    assume: Sequence[str],
    output: str | None,
    *,
    said: Said,
    money: Priced,
    demand_out: str | None,
    **flags: bool,
) -> None:
    """Say what the network in FILE costs in a month; `-` reads stdin.

    FILE is a network file, a Terraform plan's JSON or a CloudFormation template.
    """
    from costmodel.bill import meter, price
    from costmodel.export.bill import bill_csv, bill_json, bill_table, explained_json, explained_table
    from costmodel.export.modules import network_json, plan_tables
    from costmodel.export.money import display_json, display_tables
    from costmodel.ingest.network import network_from, read_estate

    assuming = assumed(assume)
    estate = read_estate(file, usage=said.usage, settings=said.settings)
    if flags["usage_template"]:
        from costmodel.export.estate import usage_text
        from costmodel.ingest.estate import usage_of

        network_from(estate, assume=assuming)  # what cannot be read has no template
        write(usage_text(estate.document.name, usage_of(estate)), output)
        return
    network = network_from(estate, assume=assuming)
    bill = price(meter(network, exact=True), money.book, partial=True)
    warnings = network.notes + bill.warnings
    planned = estate.planned
    if format_ == "json":
        more = {"explained": explained_json(bill)} if flags["explain"] else {}
        more |= display_json(money.display, None if bill.unpriced else bill.totals)
        write(as_json(bill_json(bill, warnings) | (network_json(bill) if planned else {}) | more), output)
    elif format_ == "csv":
        write(bill_csv(bill), output)
    else:
        tables = plan_tables(bill) if planned else bill_table(bill)
        tables += display_tables(money.display, {"Total": bill.totals})
        show(tables + (explained_table(bill) if flags["explain"] else []), format_, output)
    say(warnings, bill)
    if demand_out is not None:
        _write_demand(estate, demand_out)
    sys.exit(UNPRICED if bill.unpriced else DONE)


def _write_demand(estate: Estate, output: str) -> None:
    from costmodel.export.estate import demand_text
    from costmodel.ingest.demand import read_demand

    demand, notes = estate.stand()
    read_demand(demand)
    write(demand_text(estate.document.name, demand, notes), output)
    for text in notes:
        click.echo(f"Warning: {text}", err=True)


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
    """Say what changes from one network or plan to another, in money a month; of one plan alone, what it changes."""
    from costmodel.bill import meter, price
    from costmodel.bill.diff import difference
    from costmodel.export.diff import difference_csv, difference_json, difference_tables
    from costmodel.export.money import contract_json, contract_tables, display_json, display_tables
    from costmodel.ingest.network import network_from, read_pair

    assuming, book = assumed(assume), money.book
    estates = read_pair(before, after, usage=said.usage, settings=said.settings)
    networks = [network_from(estate, assume=assuming) for estate in estates]
    found = difference(*(price(meter(n, exact=True), book, partial=True) for n in networks))
    notes = networks[0].notes if len(networks[0]) else []
    warnings = list(dict.fromkeys([*notes, *networks[1].notes, *found.before.warnings, *found.after.warnings]))
    if format_ == "json":
        more = contract_json(found.after) | display_json(money.display, {found.currency: found.total})
        write(as_json(difference_json(found, warnings) | more), output)
    elif format_ == "csv":
        write(difference_csv(found), output)
    else:
        sides = {"Before": found.before.totals, "After": found.after.totals}
        more_tables = contract_tables(found.after) + display_tables(money.display, sides)
        show(difference_tables(found) + more_tables, format_, output)
    say(warnings, found.after)
    for u in found.before.unpriced:
        click.echo(f"Unpriced before: {u.meter}. {u.why}", err=True)
    above = fail_above is not None and found.total > fail_above
    if above:
        click.echo(
            f"It becomes dearer by {found.total:,f} {found.currency} a month; {fail_above:,f} is allowed.", err=True
        )
    sys.exit(UNPRICED if above or found.before.unpriced or found.after.unpriced else DONE)
