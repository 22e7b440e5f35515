"""`account`: what is in live accounts, read with boto3; nothing is changed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from costmodel.cli.bills import show_reading_progress
from costmodel.cli.emit import Answer, Totals, emit, format_json, write_output
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    Priced,
    Request,
    add_common_options,
    add_price_options,
    main,
    print_bill_warnings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.network.reading.account import Account


@main.command(
    "account", epilog="Example: costmodel account --region eu-west-1 --network network.yaml --demand demand.yaml"
)
@click.option("--profile", "profiles", multiple=True, metavar="NAME", help="A profile; may be repeated.")
@click.option("--region", "regions", multiple=True, metavar="NAME", help="A Region; may be repeated. [default: all]")
@click.option("--role", metavar="NAME", help="The name or the ARN of a role to assume.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    help="An account in which to assume the role; may be repeated.",
)
@click.option("--organization", is_flag=True, help="Read every account of the organization with that role.")
@click.option(
    "--days", type=click.IntRange(0, 455), default=14, show_default=True, help="The days of CloudWatch metrics to read."
)
@click.option(
    "--by",
    "dimensions",
    multiple=True,
    metavar="DIMENSION",
    help="Also sum by account, region, service, vpc or tag:KEY; may be repeated.",
)
@click.option("--network", "network_out", metavar="OUT", help="Also write a network file, for estimate and diff.")
@click.option("--demand", "demand_out", metavar="OUT", help="Also write a demand file, for compare and optimize.")
@click.option(
    "--inventory", "inventory_out", metavar="OUT", help="Also write the inventory file for flows --inventory."
)
@click.option("--iam-policy", is_flag=True, help="Print the minimal IAM policy that this command needs, and exit.")
@click.option("--all", "whole", is_flag=True, help="List everything, not only the largest.")
@add_price_options
@add_common_options
def run_account(
    profiles: Sequence[str],
    regions: Sequence[str],
    *,
    request: Request,
    money: Priced,
    **more: object,
) -> None:
    """Read live accounts, and change nothing: what is built, what it costs, and what nothing uses.

    Credentials are AWS's usual ones (environment, profiles, roles). Exits with 1 if something could not be read.
    """
    from costmodel.network.reading.account import build_iam_policy, read_account

    outputs = {name: str(more[name] or "") for name in ("network_out", "demand_out", "inventory_out")}
    if more["iam_policy"]:
        write_output(
            format_json(build_iam_policy(organization=bool(more["organization"] or more["role"]))), request.output
        )
        return
    from costmodel.actual_bills.account_report import (
        AccountReport,
        build_account_json,
        build_account_tables,
        price_account,
    )
    from costmodel.actual_bills.account_rollup import check_dimension, sum_account_costs
    from costmodel.flow_logs.reading.summary import list_gateway_services
    from costmodel.network.reading.account.asking import summarize_unread
    from costmodel.network.reading.account.belonging import collect_belongings
    from costmodel.network.reading.account.seen import collect_seen_resources
    from costmodel.network.report import render_bill_csv

    dimensions = [check_dimension(name) for name in dict.fromkeys(more["dimensions"])]  # type: ignore[call-overload]
    with show_reading_progress() as said:
        of = read_account(
            list(profiles) or None,
            list(regions) or None,
            role=more["role"],  # type: ignore[arg-type] # click's own types
            accounts=list(more["accounts"]),  # type: ignore[call-overload]
            organization=bool(more["organization"]),
            days=int(str(more["days"])),
            assume=request.assume,
            progress=said,
        )
    unread = summarize_unread(of.unread)
    bill, findings = price_account(of.network, collect_seen_resources(of), money.book, list_gateway_services())
    notes = [*of.estate.notes, *of.demand_notes]
    belongings = collect_belongings(of.described) if dimensions else {}
    rollups = {name: sum_account_costs(bill, belongings, name) for name in dimensions}
    found = AccountReport(of.accounts, of.regions, bill, findings, of.network_file, of.demand, unread, notes, rollups)
    answer = Answer(
        lambda: build_account_json(found),
        lambda: build_account_tables(found, whole=bool(more["whole"])),
        lambda: render_bill_csv(bill),
        Totals(None if bill.open else bill.totals, {"Total": bill.totals}),
    )
    emit(answer, request, money.display)
    print_bill_warnings(found.notes, found.bill, request.format)
    _write_files(of, outputs)
    for line in unread:
        click.echo(f"Not read: {line}.", err=True)
    sys.exit(UNPRICED if found.bill.open or unread else DONE)


def _write_files(of: Account, outputs: Mapping[str, str]) -> None:
    """Write the files that were asked for: a network, a demand, an inventory.

    Raises:
        InputError: a demand was asked for, and the accounts imply none.
    """
    from costmodel.actual_bills.account_report import render_network_file
    from costmodel.core.errors import InputError
    from costmodel.network.estate_report import render_demand_file

    name = of.estate.document.name
    if outputs["network_out"]:
        write_output(render_network_file(name, of.network_file), outputs["network_out"])
    if outputs["demand_out"]:
        if of.demand is None:
            raise InputError(f"{outputs['demand_out']} was not written. {of.demand_notes[0]}")
        write_output(render_demand_file(name, of.demand, of.demand_notes), outputs["demand_out"])
    if outputs["inventory_out"]:
        write_output(format_json(of.inventory), outputs["inventory_out"])
