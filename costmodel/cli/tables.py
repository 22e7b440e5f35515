"""`prices`: the price tables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.frame import DONE, UNPRICED, as_json, assumed, main, options, show, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.prices import PriceBook


@main.group()
def prices() -> None:
    """Look at the price tables.

    Example: costmodel prices show nat_gateway_gb --region eu-west-1
    """


@prices.command("list", epilog="Example: costmodel prices list --region eu-west-1 --format csv")
@click.option("--region", help="Only this Region or zone.")
@options
def prices_list(region: str | None, format_: str, assume: Sequence[str], output: str | None) -> None:
    """List every price row."""
    assumed(assume)
    book = _book()
    if region is not None:
        book.place(region)
    _price_rows([r for r in book.rows if region in (None, r.location)], format_, output)


@prices.command("show", epilog="Example: costmodel prices show interface_endpoint_gb --region us-east-1")
@click.argument("meter")
@click.option("--region", help="Only this Region or zone.")
@options
def prices_show(meter: str, region: str | None, format_: str, assume: Sequence[str], output: str | None) -> None:
    """Show the rows of one METER."""
    from costmodel.aws import METERS
    from costmodel.errors import InputError, nearest

    assumed(assume)
    book = _book()
    known = {r.meter for r in book.rows}
    if meter not in known | set(METERS):
        message = f"Unknown meter {meter!r}.{nearest(meter, known)} `costmodel prices list` shows all."
        raise InputError(message)
    if region is not None:
        book.place(region)
    rows = [r for r in book.rows if r.meter == meter and region in (None, r.location)]
    _price_rows(rows, format_, output)
    if not rows:
        click.echo(book.missing(meter, region or "any Region"), err=True)
        sys.exit(UNPRICED)


@prices.command("check", epilog="Example: costmodel prices check --max-age 400")
@click.option("--max-age", type=click.IntRange(min=0), help="Exit 1 if a price is older than this many days.")
@options
def prices_check(max_age: int | None, format_: str, assume: Sequence[str], output: str | None) -> None:
    """Check the tables: what is missing, old, or known from one source only."""
    from datetime import UTC, datetime

    from costmodel.aws import METERS
    from costmodel.export.prices import checked

    assumed(assume)
    today = datetime.now(tz=UTC).date()
    found = checked(_book(), METERS, today, max_age)
    if format_ == "json":
        write(as_json(found), output)
    else:
        tables = [
            (f"{title} ({len(found[key])})", list(found[key][0]), [list(r.values()) for r in found[key]])
            for key, title in (("missing", "Missing"), ("old", "Old"), ("single", "Known from one source"))
            if found[key]
        ]
        show(tables, format_, output)
    sys.exit(UNPRICED if max_age is not None and found["old"] else DONE)


def _book() -> PriceBook:
    from costmodel.ingest.prices import load_prices

    return load_prices()


def _price_rows(rows: Sequence[Any], format_: str, output: str | None) -> None:
    from costmodel.prices import PriceRow

    names = list(PriceRow._fields)
    if format_ == "json":
        write(as_json({"prices": [r._asdict() for r in rows]}), output)
        return
    if format_ == "table":
        names = ["location", "meter", "counterpart", "tier_from", "tier_to", "unit", "price", "currency"]
        names += ["effective_from", "confidence", "table"]
    title = "1 price" if len(rows) == 1 else f"{len(rows):,} prices"
    show([(title, names, [[getattr(r, n) for n in names] for r in rows])], format_, output)
