"""`estimate`: what a network costs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.emit import Answer, Totals, emit, write_output
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    Priced,
    Request,
    Said,
    add_common_options,
    add_plan_options,
    add_price_options,
    main,
    print_bill_warnings,
)

if TYPE_CHECKING:
    from costmodel.network.reading.estate import Estate


@main.command("estimate", epilog="Example: costmodel estimate plan.json --usage usage.yaml --format json")
@click.argument("file")
@click.option("--explain", is_flag=True, help="Also explain each charge: its rule, price, source and next unit.")
@add_plan_options
@click.option("--usage-template", is_flag=True, help="Write the usage file to fill in, instead of an estimate.")
@click.option(
    "--demand",
    "demand_out",
    metavar="OUT",
    help="Also write the traffic that the plan implies as a demand file, for compare.",
)
@add_price_options
@add_common_options
def run_estimate(
    file: str,
    *,
    request: Request,
    said: Said,
    money: Priced,
    demand_out: str | None,
    **flags: bool,
) -> None:
    """Show what the network in FILE costs in a month; `-` reads stdin.

    FILE is a network file, a Terraform plan's JSON, a CloudFormation template, or the folder that `cdk synth` writes.
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

    estate = read_estate(file, usage=said.usage, settings=said.settings)
    if flags["usage_template"]:
        from costmodel.network.estate_report import render_usage_file
        from costmodel.network.reading.usage_file import build_usage_template

        build_network_from_estate(estate, assume=request.assume)  # what cannot be read has no template
        write_output(render_usage_file(estate.document.name, build_usage_template(estate)), request.output)
        return
    network = build_network_from_estate(estate, assume=request.assume)
    bill = price(meter(network, exact=True), money.book, partial=True)
    warnings = network.notes + bill.warnings

    def to_json() -> dict[str, Any]:
        out = build_bill_json(bill, warnings)
        out |= build_network_json(bill) if estate.planned else {}
        return out | ({"explained": build_explanation_json(bill)} if flags["explain"] else {})

    answer = Answer(
        to_json,
        lambda: build_plan_tables(bill) if estate.planned else build_bill_tables(bill),
        lambda: render_bill_csv(bill),
        Totals(None if bill.open else bill.totals, {"Total": bill.totals}),
        lambda: build_explanation_tables(bill) if flags["explain"] else (),
    )
    emit(answer, request, money.display)
    print_bill_warnings(warnings, bill, request.format)
    if demand_out is not None:
        _write_demand(estate, demand_out)
    sys.exit(UNPRICED if bill.open else DONE)


def _write_demand(estate: Estate, output: str) -> None:
    from costmodel.demand.reading.load import read_demand
    from costmodel.network.estate_report import render_demand_file

    demand, notes = estate.build_demand_with_notes()
    read_demand(demand)
    write_output(render_demand_file(estate.document.name, demand, notes), output)
    for text in notes:
        click.echo(f"Warning: {text}", err=True)
