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
    add_common_options,
    add_plan_options,
    add_price_options,
    format_json,
    main,
    parse_assume_option,
    print_bill_warnings,
    write_output,
    write_tables,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.network.reading.estate import Estate


@main.command("estimate", epilog="Example: costmodel estimate plan.json --usage usage.yaml --format json")
@click.argument("file")
@click.option("--explain", is_flag=True, help="Also say of each charge its rule, price, source and next unit.")
@add_plan_options
@click.option("--usage-template", is_flag=True, help="Write the usage file to fill in, instead of an estimate.")
@click.option("--demand", "demand_out", metavar="OUT", help="Also write what the plan says must flow, for compare.")
@add_price_options
@add_common_options
def run_estimate(
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
    from costmodel.network.modules import build_network_json, build_plan_tables
    from costmodel.network.reading.load import build_network_from_estate, read_estate
    from costmodel.network.report import (
        build_bill_json,
        build_bill_tables,
        build_explanation_json,
        build_explanation_tables,
        render_bill_csv,
    )
    from costmodel.network.usage import meter
    from costmodel.reporting.currency import build_display_json, build_display_tables

    assuming = parse_assume_option(assume)
    estate = read_estate(file, usage=said.usage, settings=said.settings)
    if flags["usage_template"]:
        from costmodel.network.estate_report import render_usage_file
        from costmodel.network.reading.usage_file import build_usage_template

        build_network_from_estate(estate, assume=assuming)  # what cannot be read has no template
        write_output(render_usage_file(estate.document.name, build_usage_template(estate)), output)
        return
    network = build_network_from_estate(estate, assume=assuming)
    bill = price(meter(network, exact=True), money.book, partial=True)
    warnings = network.notes + bill.warnings
    planned = estate.planned
    if format_ == "json":
        more = {"explained": build_explanation_json(bill)} if flags["explain"] else {}
        more |= build_display_json(money.display, None if bill.unpriced else bill.totals)
        write_output(
            format_json(build_bill_json(bill, warnings) | (build_network_json(bill) if planned else {}) | more), output
        )
    elif format_ == "csv":
        write_output(render_bill_csv(bill), output)
    else:
        tables = build_plan_tables(bill) if planned else build_bill_tables(bill)
        tables += build_display_tables(money.display, {"Total": bill.totals})
        write_tables(tables + (build_explanation_tables(bill) if flags["explain"] else []), format_, output)
    print_bill_warnings(warnings, bill)
    if demand_out is not None:
        _write_demand(estate, demand_out)
    sys.exit(UNPRICED if bill.unpriced else DONE)


def _write_demand(estate: Estate, output: str) -> None:
    from costmodel.demand.reading.load import read_demand
    from costmodel.network.estate_report import render_demand_file

    demand, notes = estate.build_demand_with_notes()
    read_demand(demand)
    write_output(render_demand_file(estate.document.name, demand, notes), output)
    for text in notes:
        click.echo(f"Warning: {text}", err=True)
