"""`bill`: what AWS charged for the network, at which prices, and what to do."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.emit import Answer, Totals, emit
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    AdvancedOption,
    Priced,
    Request,
    add_common_options,
    add_price_options,
    main,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@main.command("bill", epilog="Example: costmodel bill 'cur/*.parquet' --network network.yaml")
@click.argument("files", nargs=-1, metavar="FILE...")
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
@click.option("--network", metavar="FILE", help="Compare the bill with an estimate of this network (or plan).")
@click.option("--strict", is_flag=True, help="Refuse a bill if any row is lost.")
@click.option(
    "--no-resources", cls=AdvancedOption, is_flag=True, help="Do not sum by resource: faster, but without findings."
)
@click.option("--all", "whole", is_flag=True, help="List everything, not only the largest.")
@add_price_options
@add_common_options
def run_bill(
    files: Sequence[str],
    *,
    request: Request,
    engine: str,
    table: str | None,
    network: str | None,
    money: Priced,
    **flags: bool,
) -> None:
    """Read a bill: Cost and Usage Reports (legacy or 2.0) and FOCUS exports; files, folders or globs; `-` is stdin.

    Says what the network costs and by whom, prices its quantities again, and finds what is wasted. Ends with 1 if rows
    were lost.
    """
    from costmodel.actual_bills.reading.load import read_bill
    from costmodel.actual_bills.report import (
        build_bill_report,
        build_bill_report_json,
        build_bill_report_tables,
        list_rerating_rows,
    )
    from costmodel.actual_bills.rerated import round_amount
    from costmodel.reporting.text import render_records_csv

    book = money.book
    with show_reading_progress() as said:
        actual = read_bill(
            *files,
            engine=engine,
            table=table,
            strict=flags["strict"],
            resources=not flags["no_resources"],
            progress=said,
        )
    of = build_bill_report(actual, book)
    spent = round_amount(actual.cost.network.cost)
    if network:
        from costmodel.actual_bills.reconcile import reconcile
        from costmodel.network.reading.load import read_network

        of.residual = reconcile(actual, read_network(network, assume=request.assume), book)
    names = ["payer", "region", "month", "x_Meter", "quantity", "list", "billed"]
    total = {actual.currency: spent}
    answer = Answer(
        lambda: build_bill_report_json(of),
        lambda: build_bill_report_tables(of, whole=flags["whole"]),
        lambda: render_records_csv(list_rerating_rows(of), names),
        Totals(total, {"Network": total}),
    )
    emit(answer, request, money.display)
    for text in actual.notes:
        click.echo(f"Note: {text}", err=True)
    for one in actual.lost:
        click.echo(f"Lost: {one.file}: {one.why}.", err=True)
    sys.exit(UNPRICED if actual.lost else DONE)


@contextmanager
def show_reading_progress() -> Iterator[Any]:
    """Show on a terminal's stderr how far reading is; nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return

    def told(part: float, what: str) -> None:
        click.echo(f"\r\x1b[K{part:4.0%} of {what}", nl=False, err=True)

    try:
        yield told
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)
