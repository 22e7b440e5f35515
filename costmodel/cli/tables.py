"""`prices`: the price tables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    add_common_options,
    format_json,
    main,
    parse_assume_option,
    parse_date_option,
    write_output,
    write_tables,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from costmodel.pricing.book import NotOffered, PriceBook


@main.group("prices")
def run_prices() -> None:
    """Look at the price tables, and refresh them.

    Example: costmodel prices show nat_gateway_gb --region eu-west-1 --history
    """


@run_prices.command("list", epilog="Example: costmodel prices list --region eu-west-1 --format csv")
@click.option("--region", help="Only this Region or zone.")
@click.option("--meter", help="Only this meter.")
@add_common_options
def run_prices_list(
    region: str | None, meter: str | None, format_: str, assume: Sequence[str], output: str | None
) -> None:
    """List every price row, of every date; the column `table` says whether it is embedded or fetched."""
    parse_assume_option(assume)
    book = _load_price_book(region, meter)
    _show_price_rows(
        [r for r in book.rows if region in (None, r.location) and meter in (None, r.meter)], format_, output
    )


@run_prices.command("show", epilog="Example: costmodel prices show interface_endpoint_gb --region us-east-1 --history")
@click.argument("meter")
@click.option("--region", help="Only this Region or zone.")
@click.option("--on", callback=parse_date_option, metavar="DATE", help="As they held on that day; default: the newest.")
@click.option("--history", "past", is_flag=True, help="Every edition held, oldest first, and what changed.")
@add_common_options
def run_prices_show(
    meter: str,
    region: str | None,
    on: date | None,
    format_: str,
    assume: Sequence[str],
    output: str | None,
    *,
    past: bool,
) -> None:
    """Show the prices of one METER."""
    from costmodel.pricing.report import list_current_rows, list_price_history
    from costmodel.reporting.model import Table

    parse_assume_option(assume)
    book = _load_price_book(region, meter)
    rows = [r for r in list_current_rows(book, on) if r.meter == meter and region in (None, r.location)]
    if past:
        editions = list_price_history(book, rows)
        if format_ == "json":
            write_output(format_json({"prices": editions}), output)
        else:
            names = ["effective_from", "location", "counterpart", "tier_from", "tier_to", "unit", "price", "currency"]
            lines = [
                [e[n] for n in names] + [_format_percent(e["change"]), e["confidence"], e["table"], e["source_ids"]]
                for e in editions
            ]
            columns = [*names, "change", "confidence", "table", "sources"]
            write_tables([Table("editions", meter, columns, lines)], format_, output)
    else:
        lacking = [one for one in book.not_offered.values() if one.meter == meter and region in (None, one.location)]
        _show_price_rows(rows, format_, output, lacking)
    if not rows:
        click.echo(book.explain_missing_price(meter, region or "any Region", on=on), err=True)
        sys.exit(UNPRICED)


@run_prices.command("check", epilog="Example: costmodel prices check --max-age 400 --only old")
@click.option(
    "--max-age",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Exit 1 if anything is missing, old or known from one source; a price is old above so many days.",
)
@click.option("--region", help="Only this Region or zone.")
@click.option("--meter", help="Only this meter.")
@click.option(
    "--only",
    "only",
    type=click.Choice(("missing", "not-offered", "old", "single")),
    multiple=True,
    help="Only that; may be repeated.",
)
@add_common_options
def run_prices_check(
    max_age: int | None,
    region: str | None,
    meter: str | None,
    only: Sequence[str],
    format_: str,
    assume: Sequence[str],
    output: str | None,
) -> None:
    """Check the tables: what is missing, not offered by AWS, old, or known from one source only."""
    from datetime import UTC, datetime

    from costmodel.aws import METERS
    from costmodel.pricing.report import find_doubtful_prices
    from costmodel.reporting.model import Table

    parse_assume_option(assume)
    today = datetime.now(tz=UTC).date()
    found = find_doubtful_prices(_load_price_book(region, meter), METERS, today, max_age, region, meter)
    found = {k: v if not only or k.replace("_", "-") in only else [] for k, v in found.items()}
    if format_ == "json":
        write_output(format_json(found), output)
    else:
        tables = [
            Table(key, f"{title} ({len(found[key])})", list(found[key][0]), [list(r.values()) for r in found[key]])
            for key, title in (
                ("missing", "Missing"),
                ("not_offered", "Not offered by AWS"),
                ("old", "Old"),
                ("single", "Known from one source"),
            )
            if found[key]
        ]
        nothing = Table("nothing", "Nothing is missing, old or known from one source only", [""], [])
        write_tables(tables or [nothing], format_, output)
    sys.exit(UNPRICED if max_age is not None and any(of for key, of in found.items() if key != "not_offered") else DONE)


@run_prices.command("coverage", epilog="Example: costmodel prices coverage --format csv")
@click.option("--on", callback=parse_date_option, metavar="DATE", help="As of that day; default: the newest.")
@add_common_options
def run_prices_coverage(on: date | None, format_: str, assume: Sequence[str], output: str | None) -> None:
    """Show which meters are priced in which Regions, and how well each price is known."""
    from costmodel.aws import METERS
    from costmodel.pricing.report import classify_price_coverage, draw_price_coverage
    from costmodel.reporting.model import Table

    parse_assume_option(assume)
    found = classify_price_coverage(_load_price_book(), METERS, on)
    if format_ == "json":
        write_output(format_json({"coverage": found}), output)
    elif format_ == "csv":
        places = list(next(iter(found.values())))
        rows = [[m, *(known[p] for p in places)] for m, known in found.items()]
        write_tables([Table("coverage", "", ["meter", *places], rows)], format_, output)
    else:
        write_tables(draw_price_coverage(found), format_, output)


def _load_price_book(region: str | None = None, meter: str | None = None) -> PriceBook:
    """Read the tables, and refuse a place or a meter that they do not know."""
    from costmodel.aws import METERS
    from costmodel.core.errors import InputError, format_suggestion
    from costmodel.pricing.reading.price_tables import load_prices

    book = load_prices()
    if region is not None:
        book.get_location(region)
    known = {r.meter for r in book.rows}
    if meter is not None and meter not in known | set(METERS):
        message = f"Unknown meter {meter!r}.{format_suggestion(meter, known)} `costmodel prices list` shows all."
        raise InputError(message)
    return book


def _format_percent(change: Any) -> str:
    return "" if not change else f"{change:+.1%}"


def _show_price_rows(
    rows: Sequence[Any], format_: str, output: str | None, not_offered: Sequence[NotOffered] | None = None
) -> None:
    """Show rows, and of one meter where AWS does not sell it."""
    from costmodel.pricing.book import PriceRow
    from costmodel.reporting.model import Report, Table

    names = list(PriceRow._fields)
    if format_ == "json":
        lacking = {} if not_offered is None else {"not_offered": [one._asdict() for one in not_offered]}
        write_output(format_json({"prices": [r._asdict() for r in rows]} | lacking), output)
        return
    if format_ == "table":
        names = ["location", "meter", "counterpart", "tier_from", "tier_to", "unit", "price", "currency"]
        names += ["effective_from", "confidence", "table"]
    title = "1 price" if len(rows) == 1 else f"{len(rows):,} prices"
    tables = Report([Table("prices", title, names, [[getattr(r, n) for n in names] for r in rows])])
    if not_offered and format_ != "csv":
        told = [[one.location, one.what, one.as_of, one.note] for one in not_offered]
        tables.add(Table("not_offered", "Not offered by AWS", ["location", "what", "as_of", "note"], told))
    write_tables(tables, format_, output)
