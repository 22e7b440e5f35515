"""`prices refresh`: AWS's own prices, fetched to the side, checked, shown, and swapped in as a whole."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.bills import show_reading_progress
from costmodel.cli.emit import Answer, emit
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    AdvancedOption,
    Request,
    add_common_options,
    parse_date_option,
)
from costmodel.cli.tables import run_prices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.editions import Merged
    from costmodel.pricing.refresh.mapping import Imported
    from costmodel.pricing.rows import Source


@run_prices.command("refresh", epilog="Example: costmodel prices refresh --region eu-west-1 --offer AmazonVPC")
@click.option(
    "--from", "folder", metavar="DIR", help="A folder of files saved earlier, or one file, instead of the network."
)
@click.option("--region", "regions", multiple=True, metavar="NAME", help="Fetch only this Region; may be repeated.")
@click.option(
    "--offer",
    "offers",
    multiple=True,
    metavar="NAME",
    help="Fetch only this offer, such as AmazonVPC; may be repeated.",
)
@click.option(
    "--feed",
    "feeds",
    multiple=True,
    metavar="NAME",
    help="A feed of AWS's Pricing Calculator, such as elb, instead of the Price List or in addition to --offer; "
    "may be repeated.",
)
@click.option(
    "--partition",
    cls=AdvancedOption,
    default="aws",
    show_default=True,
    metavar="NAME",
    help="aws (with GovCloud) or aws-cn.",
)
@click.option(
    "--url",
    cls=AdvancedOption,
    metavar="ADDRESS",
    help="The address of a mirror of the price list, or of its index of services.",
)
@click.option(
    "--on", callback=parse_date_option, metavar="DATE", help="Fetch the prices in force on that day, for the history."
)
@click.option(
    "--accept",
    cls=AdvancedOption,
    is_flag=True,
    help="Also take prices that look wrong: jumps, vanished prices, changed tier edges.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change without changing it.")
@click.option(
    "--timeout",
    cls=AdvancedOption,
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
)
@click.option("--all", "whole", is_flag=True, help="List every change, not only the first of each kind.")
@add_common_options
def run_prices_refresh(
    folder: str | None, *, request: Request, accept: bool, dry_run: bool,
    whole: bool, **more: Any,
) -> None:  # fmt: skip
    """Fetch AWS's prices into tables of your own, which take precedence over the embedded ones.

    The Price List is public: no credentials. The files of AmazonEC2, for NAT gateways, are hundreds of MB a Region.
    Exits with 1, and changes nothing, if something looks wrong and --accept is not given.
    """
    from costmodel.core.errors import InputError
    from costmodel.pricing.reading.price_tables import load_prices
    from costmodel.pricing.refresh.user_prices import hold_refresh_lock, replace_user_prices
    from costmodel.pricing.report import build_price_changes_json, build_price_changes_tables
    from costmodel.tabular.data_files import locate_user_prices

    where = locate_user_prices()
    try:
        with hold_refresh_lock(where):
            book = load_prices()
            found, result = _find_changes(folder, where, book, more)
            odd = [change for change in result.changes if change.why]
            held_back = bool(odd) and not accept
            swapped = not (held_back or dry_run)
            if swapped:
                replace_user_prices(where, result.rows, _list_used_sources(result, book, found))
    except InputError as error:
        message = f"{error} The price tables have not changed."
        raise InputError(message) from None
    whole = whole or request.format == "csv"
    answer = Answer(
        lambda: build_price_changes_json(result.changes, found.notes, where, swapped=swapped),
        lambda: build_price_changes_tables(result.changes, whole=whole),
    )
    emit(answer, request)
    for note in found.notes:
        click.echo(f"Note: {note}", err=True)
    if held_back:
        text = f"Nothing was changed: {len(odd):,} prices look wrong (column Look at). Pass --accept to take them."
        click.echo(text, err=True)
    elif not dry_run:
        click.echo(f"The tables are in {where}; delete that folder to go back to the embedded prices.", err=True)
    sys.exit(UNPRICED if held_back else DONE)


def _find_changes(folder: str | None, where: Path, book: PriceBook, more: Mapping[str, Any]) -> tuple[Imported, Merged]:
    """Return the prices of a folder or of AWS, and what they change.

    Raises:
        InputError: a Region is unknown, a file cannot be read or fetched, or a row is wrong.
    """
    for name in more["regions"]:
        book.get_location(name)  # an unknown Region is refused before anything is fetched
    found = _read_saved_files(folder, book, more) if folder else _fetch_files(where / "fetched", book, more)
    return found, _merge_found(book, found)


def _list_used_sources(result: Merged, book: PriceBook, found: Imported) -> list[Source]:
    """Return the sources that the merged rows cite."""
    used = {source for row in result.rows for source in row.source_ids.split(";")}
    every = book.described | found.sources
    return [every[s] for s in used if s in every]


def _merge_found(book: PriceBook, found: Imported) -> Merged:
    """Return the price rows with the ones that were found, and what changes.

    Raises:
        InputError: a row is wrong.
    """
    from costmodel.aws import METERS
    from costmodel.core.errors import InputError
    from costmodel.pricing.editions import find_row_problems, merge_editions, summarize_problems

    wrong = find_row_problems(book, found.rows)
    if wrong:
        raise InputError(summarize_problems(wrong))
    published = {name: source.published for name, source in found.sources.items()}
    services = {m.id: m.service.code for m in METERS.values() if m.usage_type}
    return merge_editions(book, found.rows, found.covered, published, services)


def _read_saved_files(folder: str, book: PriceBook, more: Mapping[str, Any]) -> Imported:
    """Read saved files."""
    from costmodel.pricing.refresh.files import find_price_files, read_price_file
    from costmodel.pricing.refresh.merge import filter_by_regions, merge_price_files

    files = find_price_files(folder)
    out = []
    with show_reading_progress() as told:
        for n, file in enumerate(files):
            if told:
                told(n / len(files), f"{len(files)} files: {file.path.name}")
            out.append(read_price_file(file, book))
    return filter_by_regions(merge_price_files(out), book, more["regions"])


def _fetch_files(where: Path, book: PriceBook, more: Mapping[str, Any]) -> Imported:
    """Fetch from AWS."""
    from costmodel.core.errors import InputError
    from costmodel.pricing.refresh.bulk import (
        Wanted,
        fetch_offer_files,
        list_offer_files,
        load_index_addresses,
        resolve_index_address,
    )
    from costmodel.pricing.refresh.download import Fetcher, RetryPolicy
    from costmodel.pricing.refresh.feeds import fetch_feeds, list_feed_addresses
    from costmodel.pricing.refresh.merge import filter_by_regions, merge_price_files

    known = load_index_addresses()
    if not more["url"] and more["partition"] not in known:
        names = ", ".join(known)
        which = more["partition"]
        message = f"The price list of {which!r} is not known. Known: {names}. Pass its address with --url."
        raise InputError(message)
    feeds = list_feed_addresses(more["feeds"], more["url"])
    address = resolve_index_address(more["url"], more["partition"]) if more["url"] else known[more["partition"]]
    wanted = Wanted(address, more["offers"], more["regions"], more["on"])
    where.mkdir(parents=True, exist_ok=True)
    notes: list[str] = []
    with show_reading_progress() as told:
        at = [0, 1, ""]
        fetcher = Fetcher(where, RetryPolicy(seconds=more["timeout"]), _make_progress_callback(told, at))
        files = [] if feeds and not more["offers"] else list_offer_files(wanted, fetcher, book, notes)
        at[1] = len(files) + len(feeds)
        at[2] = "the calculator's feeds"
        out = list(fetch_feeds(feeds, fetcher, book))
        if files:
            at[2] = f"{files[0].offer} {files[0].region}"
        for n, (_, imported) in enumerate(fetch_offer_files(files, fetcher, book), 1):
            out.append(imported)
            follows = files[min(n, len(files) - 1)]
            at[0], at[2] = n + len(feeds), f"{follows.offer} {follows.region}"
    found = filter_by_regions(merge_price_files(out), book, more["regions"])
    found.notes[:0] = notes
    return found


def _make_progress_callback(told: Any, at: list[Any]) -> Callable[[str, int, int], None]:
    """Return what tells how far a fetch is: files done, and the MB of the one that comes."""

    def coming(_: str, have: int, total: int) -> None:
        if told:
            of = f" of {total / 1e6:,.1f}" if total else ""
            told(at[0] / at[1], f"{at[1]} files: {at[2]}, {have / 1e6:,.1f}{of} MB")

    return coming
