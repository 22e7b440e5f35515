"""`prices`: the price tables."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.emit import Answer, emit
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    Request,
    add_common_options,
    main,
    parse_date_option,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import NotOffered, PriceRow
    from costmodel.reporting.model import Report, Table


@main.group("prices")
def run_prices() -> None:
    """Look at the price tables, and refresh them.

    Example: costmodel prices show nat_gateway_gb --region eu-west-1 --history
    """


@run_prices.command("list", epilog="Example: costmodel prices list --region eu-west-1 --format csv")
@click.option("--region", help="Only this Region or zone.")
@click.option("--meter", help="Only this meter.")
@add_common_options
def run_prices_list(region: str | None, meter: str | None, *, request: Request) -> None:
    """List every price row, of every date; the column `table` says whether it is embedded or fetched."""
    book = _load_price_book(region, meter)
    rows = [r for r in book.rows if region in (None, r.location) and meter in (None, r.meter)]
    _emit_price_rows(rows, request)


@run_prices.command("show", epilog="Example: costmodel prices show interface_endpoint_gb --region us-east-1 --history")
@click.argument("meter")
@click.option("--region", help="Only this Region or zone.")
@click.option(
    "--on",
    callback=parse_date_option,
    metavar="DATE",
    help="Show the prices in force on that day; default: the newest.",
)
@click.option("--history", "past", is_flag=True, help="Show every edition, oldest first, and what changed.")
@add_common_options
def run_prices_show(
    meter: str,
    region: str | None,
    on: date | None,
    *,
    request: Request,
    past: bool,
) -> None:
    """Show the prices of one METER."""
    from costmodel.pricing.report import list_current_rows, list_price_history

    book = _load_price_book(region, meter)
    rows = [r for r in list_current_rows(book, on) if r.meter == meter and region in (None, r.location)]
    if past:
        editions = list_price_history(book, rows)
        emit(Answer(lambda: {"prices": editions}, lambda: [_build_history_table(meter, editions)]), request)
    else:
        lacking = [one for one in book.not_offered.values() if one.meter == meter and region in (None, one.location)]
        _emit_price_rows(rows, request, lacking)
    if not rows:
        click.echo(book.explain_missing_price(meter, region or "any Region", on=on), err=True)
        sys.exit(UNPRICED)


@run_prices.command("check", epilog="Example: costmodel prices check --max-age 400 --only old")
@click.option(
    "--max-age",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Exit 1 if anything is missing, old or known from one source; a price older than this many days is old.",
)
@click.option("--region", help="Only this Region or zone.")
@click.option("--meter", help="Only this meter.")
@click.option(
    "--only",
    "only",
    type=click.Choice(("missing", "not-offered", "old", "single")),
    multiple=True,
    help="Check only this; may be repeated.",
)
@add_common_options
def run_prices_check(
    max_age: int | None,
    region: str | None,
    meter: str | None,
    only: Sequence[str],
    *,
    request: Request,
) -> None:
    """Check the tables: what is missing, not offered by AWS, old, or known from one source only."""
    from datetime import UTC, datetime

    from costmodel.aws import METERS
    from costmodel.pricing.report import find_doubtful_prices

    today = datetime.now(tz=UTC).date()
    found = find_doubtful_prices(_load_price_book(region, meter), METERS, today, max_age, region, meter)
    found = {k: v if not only or k.replace("_", "-") in only else [] for k, v in found.items()}
    emit(Answer(lambda: found, lambda: _build_doubt_tables(found)), request)
    sys.exit(UNPRICED if max_age is not None and any(of for key, of in found.items() if key != "not_offered") else DONE)


@run_prices.command("coverage", epilog="Example: costmodel prices coverage --format csv")
@click.option(
    "--on", callback=parse_date_option, metavar="DATE", help="Show the prices of that day; default: the newest."
)
@add_common_options
def run_prices_coverage(on: date | None, *, request: Request) -> None:
    """Show which meters are priced in which Regions, and how well each price is known."""
    from costmodel.aws import METERS
    from costmodel.pricing.report import classify_price_coverage, draw_price_coverage
    from costmodel.reporting.text import render_rows_csv

    found = classify_price_coverage(_load_price_book(), METERS, on)
    places = list(next(iter(found.values())))
    answer = Answer(
        lambda: {"coverage": found},
        lambda: draw_price_coverage(found),
        lambda: render_rows_csv(
            ["meter", *places], [[meter, *(known[p] for p in places)] for meter, known in found.items()]
        ),
    )
    emit(answer, request)


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


def _build_history_table(meter: str, editions: Sequence[Mapping[str, Any]]) -> Table:
    """Return the editions of a meter's prices as a table, each with its change in percent."""
    from costmodel.reporting.model import Table

    names = ["effective_from", "location", "counterpart", "tier_from", "tier_to", "unit", "price", "currency"]
    rows = [
        [*(edition[name] for name in names), _format_percent(edition["change"]), edition["confidence"],
         edition["table"], edition["source_ids"]]
        for edition in editions
    ]  # fmt: skip
    return Table("editions", meter, [*names, "change", "confidence", "table", "sources"], rows)


def _build_doubt_tables(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Table]:
    """Return a table for each doubt about prices; one row that says there is none, otherwise."""
    from costmodel.reporting.model import Table

    titles = {
        "missing": "Missing",
        "not_offered": "Not offered by AWS",
        "old": "Old",
        "single": "Known from one source",
    }
    tables = [
        Table(key, f"{title} ({len(found[key])})", list(found[key][0]), [list(row.values()) for row in found[key]])
        for key, title in titles.items()
        if found[key]
    ]
    return tables or [Table("nothing", "No price is missing, old or known from only one source", [""], [])]


def _emit_price_rows(
    rows: Sequence[PriceRow], request: Request, not_offered: Sequence[NotOffered] | None = None
) -> None:
    """Write price rows; of one meter also where AWS does not sell it."""
    lacking = {} if not_offered is None else {"not_offered": [one._asdict() for one in not_offered]}
    answer = Answer(
        lambda: {"prices": [row._asdict() for row in rows]} | lacking,
        lambda: _build_price_tables(rows, request.format, not_offered or ()),
    )
    emit(answer, request)


def _build_price_tables(rows: Sequence[PriceRow], format_: str, not_offered: Sequence[NotOffered]) -> Report:
    """Return price rows as tables: every column, but on a terminal those that people read."""
    from costmodel.pricing.rows import PriceRow
    from costmodel.reporting.model import Report, Table

    names = list(PriceRow._fields)
    if format_ == "table":
        names = ["location", "meter", "counterpart", "tier_from", "tier_to", "unit", "price", "currency"]
        names += ["effective_from", "confidence", "table"]
    title = "1 price" if len(rows) == 1 else f"{len(rows):,} prices"
    tables = Report([Table("prices", title, names, [[getattr(r, n) for n in names] for r in rows])])
    if not_offered and format_ != "csv":
        places = [[one.location, one.what, one.as_of, one.note] for one in not_offered]
        tables.add(Table("not_offered", "Not offered by AWS", ["location", "what", "as_of", "note"], places))
    return tables
