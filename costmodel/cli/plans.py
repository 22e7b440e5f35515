"""`optimize`: the cheapest plan of a demand, proven."""

from __future__ import annotations

import signal
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
    from collections.abc import Iterator

    from costmodel.core.errors import CostmodelError
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_OFTEN = 0.5
"""Seconds between two lines of progress."""


@main.command("optimize", epilog="Example: costmodel optimize demand.yaml --frontier")
@click.argument("demand")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop the search after this time.",
)
@click.option("--frontier", "with_frontier", is_flag=True, help="Show what plans with fewer changes from today cost.")
@click.option(
    "--postures", "with_postures", cls=AdvancedOption, is_flag=True, help="Show what stricter security rules cost."
)
@click.option("--all", "whole", is_flag=True, help="List every flow, even where several are alike.")
@add_price_options
@add_common_options
def run_optimize(
    demand: str,
    time_limit: float | None,
    *,
    request: Request,
    money: Priced,
    **wanted: bool,
) -> None:
    """Find the cheapest plan for the DEMAND file, and prove it; `-` reads stdin.

    Ctrl-C and the time limit stop the search: what was found by then is shown, and how far from the optimum it may be.
    """
    from costmodel.core.errors import InfeasibleError, StoppedError
    from costmodel.demand.reading.load import read_demand
    from costmodel.optimizer.answer import solve_and_explain
    from costmodel.optimizer.plan_rows import build_plan_rows
    from costmodel.optimizer.report import build_answer_json, build_answer_tables
    from costmodel.optimizer.sensitivity import warn_if_zero_gb
    from costmodel.optimizer.unpriced import explain_missing_prices
    from costmodel.optimizer.unpriced_path import NothingPricedError
    from costmodel.reporting.text import render_records_csv

    d = read_demand(demand, assume=request.assume)
    book = money.book
    try:
        with show_search_progress() as told:
            answer = solve_and_explain(
                d,
                book,
                time_limit=time_limit,
                progress=told,
                with_frontier=wanted["with_frontier"],
                with_postures=wanted["with_postures"],
            )
    except (InfeasibleError, NothingPricedError, StoppedError) as error:
        _emit_no_plan(d, error, book, request)
        sys.exit(UNPRICED)
    bill = answer.best.bill
    emit(
        Answer(
            lambda: build_answer_json(answer),
            lambda: build_answer_tables(answer, whole=wanted["whole"]),
            lambda: render_records_csv(build_plan_rows(answer), ["vpc", "service", "path"]),
            Totals(bill.totals, {"The plan": bill.totals}, bill),
        ),
        request,
        money.display,
    )
    for text in filter(None, [warn_if_zero_gb(d), *d.notes, *answer.option.quotas, *answer.best.bill.warnings]):
        click.echo(f"Note: {text}", err=True)
    unknown = [path for path in answer.best.unpriced if not path.ruled_out]
    if unknown:
        why = " ".join(explain_missing_prices(unknown, book, answer.best.bill.on))
        click.echo(f"Not proven: a path without a price may be cheaper. {why}", err=True)
    if answer.beside_open:
        text = "The cost of fewer changes or stricter rules is certain only where the table marks it as proven."
        click.echo(f"Not proven: {text}", err=True)
    sys.exit(UNPRICED if unknown or answer.beside_open else DONE)


def _emit_no_plan(d: Demand, error: CostmodelError, book: PriceBook, request: Request) -> None:
    """Say that there is no plan, and why: constraints that conflict, prices that are not held, or the time."""
    from costmodel.core.errors import InfeasibleError
    from costmodel.optimizer.report import build_conflict_json, build_conflict_tables, build_stopped_json
    from costmodel.optimizer.unpriced_path import NothingPricedError
    from costmodel.optimizer.unpriced_report import build_nothing_priced_json, build_unpriced_paths_tables
    from costmodel.reporting.model import Report

    tables = Report()
    if isinstance(error, InfeasibleError):
        said, tables = build_conflict_json(d, error), build_conflict_tables(d, error)
    elif isinstance(error, NothingPricedError):
        said = build_nothing_priced_json(d.name, error, book, d.on)
        tables = build_unpriced_paths_tables(error.unpriced, error.currency, plan=False)
    else:
        said = build_stopped_json(d, error)
    if request.format == "json" or tables:
        emit(Answer(lambda: said, lambda: tables), request)
    click.echo(f"No plan: {error}", err=True)


@contextmanager
def show_search_progress() -> Iterator[Any]:
    """Show on a terminal's stderr how long a search goes on and at what; the first Ctrl-C stops it."""
    stopped: list[bool] = []
    terminal = sys.stderr is not None and sys.stderr.isatty()
    shown = [0.0]

    def told(seconds: float, doing: str) -> bool:
        if terminal and seconds - shown[0] > _OFTEN:
            shown[0] = seconds
            click.echo(f"\r\x1b[K{seconds:,.0f} s: {doing}; Ctrl-C stops", nl=False, err=True)
        return bool(stopped)

    def stop(*_: object) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(True)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield told
    finally:
        signal.signal(signal.SIGINT, before)
        if terminal and shown[0]:
            click.echo("\r\x1b[K", nl=False, err=True)
