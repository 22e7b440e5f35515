"""`estimate`: what a network costs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from costmodel.cli.frame import (
    DONE,
    UNPRICED,
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

    from costmodel.network.reading.estate import Estate


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
    from costmodel.network.bill import price
    from costmodel.network.modules import network_json, plan_tables
    from costmodel.network.reading.load import network_from, read_estate
    from costmodel.network.report import bill_csv, bill_json, bill_table, explained_json, explained_table
    from costmodel.network.usage import meter
    from costmodel.reporting.currency import display_json, display_tables

    assuming = assumed(assume)
    estate = read_estate(file, usage=said.usage, settings=said.settings)
    if flags["usage_template"]:
        from costmodel.network.estate_report import usage_text
        from costmodel.network.reading.usage_file import usage_of

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
    from costmodel.demand.reading.load import read_demand
    from costmodel.network.estate_report import demand_text

    demand, notes = estate.stand()
    read_demand(demand)
    write(demand_text(estate.document.name, demand, notes), output)
    for text in notes:
        click.echo(f"Warning: {text}", err=True)
