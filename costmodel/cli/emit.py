"""Write the answer of a command in the format that the user asked for."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from costmodel.cli.frame import Request
    from costmodel.core.currency import Display
    from costmodel.network.bill import Bill
    from costmodel.reporting.model import Table


@dataclass(frozen=True)
class Totals:
    """The totals of an answer, which are also shown at list prices and in another currency.

    Attributes:
        whole: currency → total, for JSON; None where the total is not known.
        named: name → currency → total, for tables.
        contract: the bill whose contract is shown; None where the answer has none, or shows its contract itself.
        in_json: whether JSON gets them; False where the answer has them already.
    """

    whole: Mapping[str, Decimal] | None
    named: Mapping[str, Mapping[str, Decimal]]
    contract: Bill | None = None
    in_json: bool = True


@dataclass(frozen=True)
class Answer:
    """The answer of a command; only the form that the user asked for is built.

    Attributes:
        to_json: builds the answer for programs.
        to_tables: builds the tables for people.
        to_csv: builds the CSV file; None writes the tables as CSV.
        totals: the totals that are also shown at list prices and in another currency.
        appendix: builds the tables that follow the totals.
    """

    to_json: Callable[[], Mapping[str, Any]]
    to_tables: Callable[[], Iterable[Table]]
    to_csv: Callable[[], str] | None = None
    totals: Totals | None = None
    appendix: Callable[[], Iterable[Table]] = tuple


def emit(answer: Answer, request: Request, display: Display | None = None) -> None:
    """Write an answer as JSON, CSV, Markdown, or a table, to a file or to stdout.

    Args:
        answer: the answer.
        request: the format and the output file that the user asked for.
        display: the currency in which totals are also shown; None for none.
    """
    if request.format == "json":
        write_output(format_json({**answer.to_json(), **_build_totals_json(answer.totals, display)}), request.output)
    elif request.format == "csv" and answer.to_csv is not None:
        write_output(answer.to_csv(), request.output)
    else:
        tables = [*answer.to_tables(), *_build_totals_tables(answer.totals, display), *answer.appendix()]
        write_tables(tables, request.format, request.output)


def _build_totals_json(totals: Totals | None, display: Display | None) -> dict[str, Any]:
    from costmodel.reporting.currency import build_contract_json, build_display_json

    if totals is None or not totals.in_json:
        return {}
    return build_contract_json(totals.contract) | build_display_json(display, totals.whole)


def _build_totals_tables(totals: Totals | None, display: Display | None) -> Iterable[Table]:
    from costmodel.reporting.currency import build_contract_tables, build_display_tables

    if totals is None:
        return []
    return build_contract_tables(totals.contract) + build_display_tables(display, totals.named)


def format_json(value: Mapping[str, Any]) -> str:
    """Return a value as JSON: a Decimal as a decimal string."""
    import json

    from costmodel.reporting.text import format_plain_number

    def convert(other: Any) -> str:
        return format_plain_number(other) if isinstance(other, Decimal) else str(other)

    return json.dumps(value, indent=1, allow_nan=False, default=convert) + "\n"


def write_output(text: str, output: str | None) -> None:
    """Write text to a file, or to stdout."""
    if output in (None, "-"):
        click.echo(text, nl=False)
        return
    from costmodel.reporting.write_file import write_text

    write_text(output, text)


def write_tables(tables: Iterable[Table], format_: str, output: str | None) -> None:
    """Write titled tables: with rich on a terminal, as aligned text when piped, as Markdown or CSV on request."""
    if output is None and format_ == "table" and sys.stdout is not None and sys.stdout.isatty():
        from costmodel.reporting import terminal

        terminal.print_tables(tables)
        return
    from costmodel.reporting.text import render_csv, render_markdown, render_plain_text

    render = {"table": render_plain_text, "markdown": render_markdown, "csv": render_csv}[format_]
    write_output(render(tables), output)
