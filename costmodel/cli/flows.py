"""`flows`: what flow logs show of traffic, what it costs, and what it would cost otherwise."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from costmodel.cli.bills import show_reading_progress
from costmodel.cli.emit import Answer, emit, write_output
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    AdvancedOption,
    Priced,
    Request,
    add_common_options,
    add_price_options,
    list_contract_notes,
    main,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.flow_logs.report import TrafficReport


@main.command("flows", epilog="Example: costmodel flows 'AWSLogs/**/*.log.gz' --demand demand.yaml")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--demand", "demand_out", metavar="OUT", help="Also write the demand file, for compare and optimize.")
@click.option("--region", metavar="NAME", help="The Region of logs that do not name it.")
@click.option(
    "--hours", type=float, metavar="N", help="The hours that the logs cover, if they do not show it or are a sample."
)
@click.option(
    "--log-format",
    cls=AdvancedOption,
    metavar="FIELDS",
    help="The fields of lines without a header, in the form of AWS's LogFormat.",
)
@click.option("--dns", multiple=True, metavar="FILE", help="DNS query logs of Route 53 Resolver; may be repeated.")
@click.option(
    "--inventory", multiple=True, metavar="FILE",
    help="JSON of aws ec2 describe-network-interfaces, -vpc-endpoints, -nat-gateways or -subnets; may be repeated.",
)  # fmt: skip
@click.option(
    "--ip-ranges", cls=AdvancedOption, metavar="FILE", help="AWS's ip-ranges.json, instead of the embedded copy."
)
@click.option("--by", default="", metavar="FIELD", help="Also sum accepted bytes by a field, such as ecs-service-name.")
@click.option(
    "--engine",
    cls=AdvancedOption,
    type=click.Choice(("duckdb", "spark", "athena")),
    default="duckdb",
    show_default=True,
)
@click.option(
    "--table", cls=AdvancedOption, metavar="DATABASE.TABLE", help="A table of Spark or Athena, instead of files."
)
@click.option("--all", "whole", is_flag=True, help="List everything, not only the largest.")
@add_price_options
@add_common_options
def run_flows(
    files: Sequence[str],
    demand_out: str | None,
    *,
    request: Request,
    whole: bool,
    money: Priced,
    **more: object,
) -> None:
    """Read VPC Flow Logs (or Transit Gateway's): files, folders or globs of text, gzip, parquet or JSON; `-` is stdin.

    Says who sends what through NAT gateways and endpoints, to which AWS service, each byte that AWS bills once; what
    that costs, and would cost through other architectures. Ends with 1 if rows were lost.
    """
    from costmodel.flow_logs.reading.load import read_flows
    from costmodel.flow_logs.reading.summary import list_gateway_services, read_traffic_demand, read_traffic_network
    from costmodel.flow_logs.report import build_traffic_json, build_traffic_report
    from costmodel.flow_logs.report_tables import build_traffic_tables
    from costmodel.reporting.text import render_records_csv

    with show_reading_progress() as said:
        traffic = read_flows(*files, progress=said, gb=request.assume.get("gb", "binary"), **more)  # type: ignore[arg-type]
    of = build_traffic_report(
        traffic,
        read_traffic_network(traffic, request.assume),
        read_traffic_demand(traffic, request.assume),
        money.book,
        gateways=list_gateway_services(),
    )
    names = ["vpc", "zone", "hop", "service", "certainty", "gb_sent", "gb_received"]
    answer = Answer(
        lambda: build_traffic_json(of),
        lambda: build_traffic_tables(of, whole=whole),
        lambda: render_records_csv(build_traffic_json(of)["flows"], names),
    )
    emit(answer, request)
    if demand_out is not None:
        _write_demand(of, demand_out)
    for text in [
        *traffic.notes,
        *([] if request.format == "json" or demand_out else of.demand_notes),
        *list_contract_notes(money.book),
    ]:
        click.echo(f"Note: {text}", err=True)
    for one in traffic.lost:
        click.echo(f"Lost: {one.file}: {one.why}.", err=True)
    sys.exit(UNPRICED if traffic.lost else DONE)


def _write_demand(of: TrafficReport, output: str) -> None:
    from costmodel.core.errors import InputError
    from costmodel.network.estate_report import render_demand_file

    if of.demand is None:
        raise InputError(f"{output} was not written. {of.demand_notes[0]}")
    write_output(render_demand_file(" and ".join(of.traffic.files[:1]), of.demand, of.demand_notes, logs=True), output)
