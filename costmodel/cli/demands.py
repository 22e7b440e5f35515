"""`compare`: every architecture of a demand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from costmodel.cli.frame import DONE, UNPRICED, as_json, assumed, known, main, options, show, write

if TYPE_CHECKING:
    from collections.abc import Sequence


@main.command(epilog="Example: costmodel compare demand.yaml --assume hub-dns=none")
@click.argument("demand")
@click.option("--architecture", "names", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@options
def compare(demand: str, names: Sequence[str], format_: str, assume: Sequence[str], output: str | None) -> None:
    """Compare every architecture for the DEMAND file; `-` reads stdin."""
    from costmodel.compare import beside_today, options
    from costmodel.export.compare import comparison_json, comparison_tables
    from costmodel.export.text import plain
    from costmodel.ingest.demand import read_demand
    from costmodel.ingest.prices import load_prices
    from costmodel.patterns import PATTERNS

    known(names, PATTERNS, "architecture")
    wanted = read_demand(demand, assume=assumed(assume))
    book = load_prices()
    comparison = options(wanted, book, names=tuple(names) or tuple(PATTERNS))
    beside, today = beside_today(comparison, book)
    if format_ == "json":
        write(as_json(comparison_json(comparison, today)), output)
    elif format_ == "csv":
        write(beside.frame.to_csv(index=False), output)
    else:
        show(comparison_tables(beside, today), format_, output)
    for text in [*wanted.notes, *beside.warnings]:
        click.echo(f"Note: {text}", err=True)
    unpriced = [o for o in comparison if o.feasible and not o.priced]
    failed = comparison.cheapest is None or (names and any(not o.priced for o in comparison))
    for option in unpriced:
        for u in option.bill.unpriced if option.bill else []:
            click.echo(f"Unpriced in {option.name}: {plain(u.quantity)} of {u.meter}. {u.why}", err=True)
    sys.exit(UNPRICED if failed else DONE)
