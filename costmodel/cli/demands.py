"""`compare`: every architecture of a demand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.emit import Answer, Totals, emit
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    Priced,
    Request,
    add_common_options,
    add_price_options,
    check_known_names,
    main,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.comparison.growth import Growth
    from costmodel.comparison.options import Option
    from costmodel.comparison.uncertainty import Uncertainty
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook


MONTHS = 36


@main.command("compare", epilog="Example: costmodel compare demand.yaml --assume hub-dns=none")
@click.argument("demand")
@click.option(
    "--architecture", "names", multiple=True, metavar="NAME", help="Compare only this architecture; may be repeated."
)
@click.option(
    "--uncertainty",
    "span",
    metavar="LOW,HIGH",
    help="Vary the GB of each service from LOW to HIGH times those of the file.",
)
@click.option("--growth", type=float, metavar="FACTOR", help="Multiply the GB by FACTOR every month.")
@click.option("--months", type=click.IntRange(1, 600), help="With --growth: the number of months. [default: 36]")
@click.option(
    "--schedule", metavar="DAYSxHOURS", help="Resources exist only on these days a week and hours a day, such as 5x12."
)
@add_price_options
@add_common_options
def run_compare(
    demand: str,
    names: Sequence[str],
    *,
    request: Request,
    money: Priced,
    **more: Any,
) -> None:
    """Compare every architecture for the DEMAND file; `-` reads stdin."""
    from costmodel.architectures.patterns import PATTERNS
    from costmodel.comparison.kept import evaluate_kept_in_comparison
    from costmodel.comparison.kept_report import build_kept_json, build_kept_tables
    from costmodel.comparison.options import add_todays_option, price_architectures
    from costmodel.comparison.report import build_comparison_json, build_comparison_tables
    from costmodel.comparison.uncertainty_report import build_uncertainty_json, build_uncertainty_tables
    from costmodel.demand.reading.load import read_demand
    from costmodel.optimizer.sensitivity import warn_if_zero_gb

    check_known_names(names, PATTERNS, "architecture")
    wanted = _apply_schedule(read_demand(demand, assume=request.assume), more["schedule"])
    book = money.book
    found = _compute_scenarios(wanted, book, names, more)
    comparison = price_architectures(wanted, book, names=tuple(names) or tuple(PATTERNS))
    beside, today = add_todays_option(comparison, book)
    kept = evaluate_kept_in_comparison(comparison, book)

    def to_json() -> dict[str, Any]:
        out = build_comparison_json(comparison, today, money.display) | {"kept": build_kept_json(kept, wanted)}
        return {**out, **build_uncertainty_json(*found)}

    best = comparison.cheapest
    totals = {o.name: o.bill.totals for o in beside.ranked if o.bill is not None and o.priced}
    answer = Answer(
        to_json,
        lambda: build_comparison_tables(beside, today) + build_kept_tables(kept),
        lambda: beside.frame.to_csv(index=False),
        Totals(None, totals, best.bill if best else None, in_json=False),
        lambda: build_uncertainty_tables(*found),
    )
    emit(answer, request, money.display)
    for text in filter(None, [warn_if_zero_gb(wanted), *wanted.notes, *beside.warnings]):
        click.echo(f"Note: {text}", err=True)
    _print_unpriced_options([option for option in comparison if option.feasible and not option.priced])
    failed = comparison.cheapest is None or comparison.open or (names and any(not o.priced for o in comparison))
    sys.exit(UNPRICED if failed else DONE)


def _print_unpriced_options(options: Sequence[Option]) -> None:
    """Print on stderr which prices architectures lack."""
    from costmodel.reporting.text import format_plain_number

    for option in options:
        for u in option.bill.unpriced if option.bill else []:
            click.echo(f"Unpriced in {option.name}: {format_plain_number(u.quantity)} of {u.meter}. {u.why}", err=True)


def _apply_schedule(d: Demand, schedule: str | None) -> Demand:
    """Return a demand whose resources exist for the hours of a schedule such as 5x12."""
    if schedule is None:
        return d
    from costmodel.comparison.growth import compute_monthly_hours
    from costmodel.core.errors import InputError

    try:
        days, hours = (float(part) for part in schedule.lower().split("x"))
    except ValueError:
        message = f"--schedule takes days a week and hours a day, such as 5x12, not {schedule!r}."
        raise InputError(message) from None
    month = compute_monthly_hours(days, hours)
    return d.apply_edit(lambda document: document.update(hours=month))


def _compute_scenarios(
    d: Demand, book: PriceBook, names: Sequence[str], more: Mapping[str, Any]
) -> tuple[Uncertainty | None, Growth | None]:
    """Return what is asked for beside the comparison: scenarios within a range of GB, and growth over months."""
    from costmodel.comparison.growth import evaluate_growth
    from costmodel.comparison.uncertainty import Range, evaluate_uncertainty
    from costmodel.core.errors import InputError

    found = grown = None
    if more["span"] is not None:
        try:
            low, high = (float(part) for part in more["span"].split(","))
        except ValueError:
            message = f"--uncertainty takes two factors on the GB, such as 0.5,2, not {more['span']!r}."
            raise InputError(message) from None
        found = evaluate_uncertainty(d, book, Range(low, high), between=names or None)
    if more["growth"] is not None:
        grown = evaluate_growth(d, book, more["growth"], more["months"] or MONTHS, between=names or None)
    elif more["months"] is not None:
        message = "--months is the number of months of --growth: pass both."
        raise InputError(message)
    return found, grown
