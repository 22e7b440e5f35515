"""`breakeven`: where the cheapest architecture changes as a quantity varies."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

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
    list_contract_notes,
    main,
)
from costmodel.comparison.quantities import GbQuantity
from costmodel.comparison.quantity import WholeQuantity
from costmodel.comparison.varied_quantity import QUANTITIES, describe_vary_syntax, parse_varied_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from costmodel.comparison.breakeven_answer import Breakeven
    from costmodel.comparison.phase import Phase
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_ACROSS = 9


@main.command(
    "breakeven",
    epilog="Example: costmodel breakeven demand.yaml --vary gb:app/kms --between nat-per-zone,per-vpc-endpoints",
)
@click.argument("demand")
@click.option(
    "--vary",
    default="gb",
    show_default=True,
    metavar="X",
    help=f"The quantity that varies: {describe_vary_syntax()}.",
)
@click.option("--from", "low", type=float, metavar="NUMBER", help="The start of the range.")
@click.option("--to", "high", type=float, metavar="NUMBER", help="The end of the range.")
@click.option("--between", metavar="A,B", help="Compare only these architectures.")
@click.option(
    "--phase",
    "other",
    cls=AdvancedOption,
    metavar="Y",
    help="A second quantity of whole numbers: show the cheapest for each pair of values.",
)
@add_price_options
@add_common_options
def run_breakeven(
    demand: str,
    vary: str,
    *,
    request: Request,
    money: Priced,
    **more: Any,
) -> None:
    """Find where the cheapest architecture for the DEMAND file changes as one quantity varies; `-` reads stdin."""
    from costmodel.architectures.patterns import PATTERNS
    from costmodel.comparison.breakeven import breakeven
    from costmodel.comparison.breakeven_report import (
        build_breakeven_json,
        build_breakeven_tables,
        build_phase_json,
        build_phase_tables,
    )
    from costmodel.comparison.kept import evaluate_kept_in_comparison
    from costmodel.comparison.kept_report import build_kept_json, build_kept_tables
    from costmodel.comparison.options import price_architectures
    from costmodel.demand.reading.load import read_demand

    d = read_demand(demand, assume=request.assume)
    book, display = money.book, money.display
    between, other, low, high = (more[k] for k in ("between", "other", "low", "high"))
    names = [name.strip() for name in between.split(",") if name.strip()] if between else None

    if other is not None:
        found = _compute_phase(d, book, (vary, other), (low, high), names)
        phase = Answer(lambda: build_phase_json(found), lambda: build_phase_tables(found), totals=Totals(None, {}))
        emit(phase, request, display)
        _warn_unproven_and_exit(found.open)
    answer = breakeven(d, book, vary=vary, low=low, high=high, between=names, progress=_make_progress_callback(vary))
    kept = None
    if d.existing or d.fixed:
        kept = evaluate_kept_in_comparison(price_architectures(d, book, names=names or tuple(PATTERNS)), book)
    crossed = _list_crossing_totals(
        answer, {book.get_location(str(place)).currency for place in d.vpcs.location.labels}
    )
    emit(
        Answer(
            lambda: build_breakeven_json(answer) | {"kept": build_kept_json(kept, d)},
            lambda: build_breakeven_tables(answer) + build_kept_tables(kept),
            totals=Totals(None, crossed),
        ),
        request,
        display,
    )
    for text in [*answer.notes, *list_contract_notes(book)]:
        click.echo(f"Note: {text}", err=True)
    _warn_unproven_and_exit(answer.open)


def _warn_unproven_and_exit(unproven: Sequence[str]) -> NoReturn:
    """End the command: with 1 where an architecture without a price may be cheaper."""
    if unproven:
        names = ", ".join(unproven)
        click.echo(f"Not proven: {names} may be cheaper; a price is missing. Run `costmodel prices refresh`.", err=True)
    sys.exit(UNPRICED if unproven else DONE)


def _make_progress_callback(vary: str) -> Callable[[int, int], None]:
    """Return what shows on a terminal how many values are done."""

    def show(done: int, of: int) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo(f"\r\x1b[K{vary}: {done:,} of {of:,}", nl=False, err=True)
            if done == of:
                click.echo("\r\x1b[K", nl=False, err=True)

    return show


def _list_crossing_totals(answer: Breakeven, currencies: set[str]) -> dict[str, dict[str, Decimal]]:
    """Return the total at each crossing, by currency; none where the Regions are billed in several currencies."""
    if len(currencies) != 1:
        return {}
    (currency,) = currencies
    return {f"At {c['at']}": {currency: Decimal(str(c["total"]))} for c in answer.crossings}


def _compute_phase(
    d: Demand,
    book: PriceBook,
    both: tuple[str, str],
    span: tuple[float | None, float | None],
    names: Sequence[str] | None,
) -> Phase:
    """Return the phase diagram of two quantities over a range of the first, and of the second's usual one."""
    from costmodel.comparison.breakeven import breakeven
    from costmodel.comparison.phase import compute_phase_diagram
    from costmodel.core.errors import InputError

    x, y = (parse_varied_quantity(d, words) for words in both)
    if not isinstance(y, WholeQuantity) or not isinstance(x, WholeQuantity | GbQuantity):
        whole = ", ".join(word for word, kind in QUANTITIES.items() if issubclass(kind, WholeQuantity))
        message = (
            f"--phase takes one of {whole}; with it, --vary takes one of them or {GbQuantity.word}. "
            f"This is --vary {x} with --phase {y}."
        )
        raise InputError(message)
    low, high = span
    xs: list[float]
    if isinstance(x, WholeQuantity):
        usual_low, usual_high = x.get_default_range(d)
        xs = [*_sample_integers(int(low or usual_low), int(high or usual_high))]
    else:
        low = low or 0.0
        if high is None:
            high = float(breakeven(d, book, vary=both[0], between=names).intervals[-1]["to"])
        xs = [low + (high - low) * i / (_ACROSS - 1) for i in range(_ACROSS)]
    first, last = y.get_default_range(d)
    return compute_phase_diagram(d, book, x=both[0], xs=xs, y=both[1], ys=_sample_integers(first, last), between=names)


def _sample_integers(low: int, high: int) -> list[int]:
    """Return about a dozen whole numbers from low to high."""
    first, last, steps = max(low, 1), max(high, low, 1), 1 + _ACROSS
    return sorted({round(first * (last / first) ** (i / steps)) for i in range(steps + 1)})
