"""`compare`: every architecture of a demand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.frame import DONE, UNPRICED, Priced, as_json, assumed, known, main, options, priced, show, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.comparison.growth import Growth
    from costmodel.comparison.uncertainty import Uncertainty
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook


MONTHS = 36


@main.command(epilog="Example: costmodel compare demand.yaml --assume hub-dns=none")
@click.argument("demand")
@click.option("--architecture", "names", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option(
    "--uncertainty", "span", metavar="LOW,HIGH", help="GB may be LOW to HIGH times those of the file, of each service."
)
@click.option("--growth", type=float, metavar="FACTOR", help="Each month has FACTOR times the GB of the one before.")
@click.option("--months", type=click.IntRange(1, 600), help="With --growth: so many. [default: 36]")
@click.option(
    "--schedule", metavar="DAYSxHOURS", help="Everything stands so many days a week and hours a day, as 5x12."
)
@priced
@options
def compare(
    demand: str,
    names: Sequence[str],
    format_: str,
    assume: Sequence[str],
    output: str | None,
    *,
    money: Priced,
    **more: Any,
) -> None:
    """Compare every architecture for the DEMAND file; `-` reads stdin."""
    from costmodel.architectures.patterns import PATTERNS
    from costmodel.comparison.kept import kept_beside
    from costmodel.comparison.kept_report import kept_json, kept_tables
    from costmodel.comparison.options import beside_today, options
    from costmodel.comparison.report import comparison_json, comparison_tables
    from costmodel.comparison.uncertainty_report import uncertain_json, uncertain_tables
    from costmodel.demand.reading.load import read_demand
    from costmodel.optimizer.sensitivity import unsaid
    from costmodel.reporting.currency import contract_tables, display_tables
    from costmodel.reporting.text import plain

    known(names, PATTERNS, "architecture")
    wanted = _scheduled(read_demand(demand, assume=assumed(assume)), more["schedule"])
    book = money.book
    found = _uncertain(wanted, book, names, more)
    comparison = options(wanted, book, names=tuple(names) or tuple(PATTERNS))
    beside, today = beside_today(comparison, book)
    kept = kept_beside(comparison, book)
    if format_ == "json":
        said = comparison_json(comparison, today, money.display) | {"kept": kept_json(kept, wanted)}
        write(as_json({**said, **uncertain_json(*found)}), output)
    elif format_ == "csv":
        write(beside.frame.to_csv(index=False), output)
    else:
        totals = {o.name: o.bill.totals for o in beside.ranked if o.bill is not None and o.priced}
        best = comparison.cheapest
        more_tables = contract_tables(best.bill if best else None) + display_tables(money.display, totals)
        tables = [*comparison_tables(beside, today), *kept_tables(kept)]
        show([*tables, *more_tables, *uncertain_tables(*found)], format_, output)
    for text in filter(None, [unsaid(wanted), *wanted.notes, *beside.warnings]):
        click.echo(f"Note: {text}", err=True)
    unpriced = [o for o in comparison if o.feasible and not o.priced]
    failed = comparison.cheapest is None or comparison.open or (names and any(not o.priced for o in comparison))
    for option in unpriced:
        for u in option.bill.unpriced if option.bill else []:
            click.echo(f"Unpriced in {option.name}: {plain(u.quantity)} of {u.meter}. {u.why}", err=True)
    sys.exit(UNPRICED if failed else DONE)


def _scheduled(d: Demand, schedule: str | None) -> Demand:
    """Return a demand whose resources stand for the hours of a schedule such as 5x12."""
    if schedule is None:
        return d
    from costmodel.comparison.growth import hours_of
    from costmodel.core.errors import InputError

    try:
        days, hours = (float(part) for part in schedule.lower().split("x"))
    except ValueError:
        message = f"--schedule takes days a week and hours a day, such as 5x12, not {schedule!r}."
        raise InputError(message) from None
    month = hours_of(days, hours)
    return d.changed(lambda document: document.update(hours=month))


def _uncertain(
    d: Demand, book: PriceBook, names: Sequence[str], more: Mapping[str, Any]
) -> tuple[Uncertainty | None, Growth | None]:
    """Return what is asked for beside the comparison: scenarios within a range of GB, and growth over months."""
    from costmodel.comparison.growth import growing
    from costmodel.comparison.uncertainty import Range, uncertainty
    from costmodel.core.errors import InputError

    found = grown = None
    if more["span"] is not None:
        try:
            low, high = (float(part) for part in more["span"].split(","))
        except ValueError:
            message = f"--uncertainty takes two factors on the GB, such as 0.5,2, not {more['span']!r}."
            raise InputError(message) from None
        found = uncertainty(d, book, Range(low, high), between=names or None)
    if more["growth"] is not None:
        grown = growing(d, book, more["growth"], more["months"] or MONTHS, between=names or None)
    elif more["months"] is not None:
        message = "--months says over how many months --growth goes on: give both."
        raise InputError(message)
    return found, grown
