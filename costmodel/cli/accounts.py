"""`account`: what is in live accounts, read with boto3; nothing is changed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from costmodel.cli.bills import progress
from costmodel.cli.frame import DONE, UNPRICED, Priced, as_json, assumed, main, options, priced, say, show, write

if TYPE_CHECKING:
    from collections.abc import Sequence


@main.command(epilog="Example: costmodel account --region eu-west-1 --network network.yaml --demand demand.yaml")
@click.option("--profile", "profiles", multiple=True, metavar="NAME", help="A profile; may be repeated.")
@click.option("--region", "regions", multiple=True, metavar="NAME", help="A Region; may be repeated. [default: all]")
@click.option("--role", metavar="NAME", help="A role to assume: its name, or its ARN.")
@click.option("--account", "accounts", multiple=True, metavar="ID", help="An account to assume it in; may be repeated.")
@click.option("--organization", is_flag=True, help="Read every account of the organization, by that role.")
@click.option("--days", type=click.IntRange(0, 455), default=14, show_default=True, help="Of CloudWatch's metrics.")
@click.option("--network", "network_out", metavar="OUT", help="Also write a network file, for estimate and diff.")
@click.option("--demand", "demand_out", metavar="OUT", help="Also write a demand file, for compare and optimize.")
@click.option("--inventory", "inventory_out", metavar="OUT", help="Also write what flows --inventory reads.")
@click.option("--iam-policy", is_flag=True, help="Print the least IAM policy that this command needs, and do nothing.")
@click.option("--all", "whole", is_flag=True, help="List everything, not only the largest.")
@priced
@options
def account(
    profiles: Sequence[str],
    regions: Sequence[str],
    format_: str,
    assume: Sequence[str],
    output: str | None,
    *,
    money: Priced,
    **more: object,
) -> None:
    """Read live accounts, and change nothing: what is built, what it costs, what bills although it is useless.

    Credentials are AWS's usual ones (environment, profiles, roles). Ends with 1 if something could not be read.
    """
    from costmodel.network.reading.account import policy, read_account

    outputs = {name: str(more[name] or "") for name in ("network_out", "demand_out", "inventory_out")}
    if more["iam_policy"]:
        write(as_json(policy(organization=bool(more["organization"] or more["role"]))), output)
        return
    from costmodel.actual_bills.account_report import (
        AccountReport,
        account_json,
        account_tables,
        network_text,
        valued,
    )
    from costmodel.core.errors import InputError
    from costmodel.flow_logs.reading.summary import gateways
    from costmodel.network.estate_report import demand_text
    from costmodel.network.reading.account.asking import told
    from costmodel.network.reading.account.seen import seen
    from costmodel.network.report import bill_csv
    from costmodel.reporting.currency import display_json, display_tables

    switched = assumed(assume)
    with progress() as said:
        of = read_account(
            list(profiles) or None,
            list(regions) or None,
            role=more["role"],  # type: ignore[arg-type] # click's own types
            accounts=list(more["accounts"]),  # type: ignore[call-overload]
            organization=bool(more["organization"]),
            days=int(str(more["days"])),
            assume=switched,
            progress=said,
        )
    unread = told(of.unread)
    bill, findings = valued(of.network, seen(of), money.book, gateways())
    notes = [*of.estate.notes, *of.demand_notes]
    found = AccountReport(of.accounts, of.regions, bill, findings, of.network_file, of.demand, unread, notes)
    if format_ == "json":
        shown = display_json(money.display, None if bill.unpriced else bill.totals)
        write(as_json(account_json(found) | shown), output)
    elif format_ == "csv":
        write(bill_csv(found.bill), output)
    else:
        tables = account_tables(found, whole=bool(more["whole"]))
        show(tables + display_tables(money.display, {"Total": bill.totals}), format_, output)
    say(found.notes, found.bill)
    name = of.estate.document.name
    if outputs["network_out"]:
        write(network_text(name, of.network_file), outputs["network_out"])
    if outputs["demand_out"]:
        if of.demand is None:
            raise InputError(f"{outputs['demand_out']} was not written. {of.demand_notes[0]}")
        write(demand_text(name, of.demand, of.demand_notes), outputs["demand_out"])
    if outputs["inventory_out"]:
        write(as_json(of.inventory), outputs["inventory_out"])
    for line in unread:
        click.echo(f"Not read: {line}.", err=True)
    sys.exit(UNPRICED if found.bill.unpriced or unread else DONE)
