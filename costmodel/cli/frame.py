"""What every command shares: options, where output goes, and errors that are messages."""

from __future__ import annotations

import gc
import os
import sys
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

from costmodel.core.errors import CostmodelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from costmodel.core.currency import Display
    from costmodel.network.bill import Bill
    from costmodel.pricing.book import PriceBook

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Numpy is imported later. Threads to multiply matrices in cost a tenth of a short command, and none has large ones."""

DONE, UNPRICED, WRONG = 0, 1, 2
ORDER = (
    "estimate",
    "diff",
    "compare",
    "optimize",
    "breakeven",
    "bill",
    "flows",
    "account",
    "report",
    "prices",
    "schema",
    "dashboard",
    "list",
    "show",
    "check",
    "coverage",
    "refresh",
)
FORMATS = ("table", "json", "csv", "markdown")


class AdvancedOption(click.Option):
    """An option that few users need: the help lists it apart from the others."""


class Command(click.Command):
    """A command whose help lists the advanced options in a section of their own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in two sections."""
        usual: list[tuple[str, str]] = []
        advanced: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                (advanced if isinstance(parameter, AdvancedOption) else usual).append(record)
        for title, records in (("Options", usual), ("Advanced options", advanced)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Group(click.Group):
    """Commands in the order people need them; an error of ours is one message and exit 2, never a traceback."""

    command_class = Command
    group_class = type  # subgroups are groups of this class

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(self.commands, key=ORDER.index)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CostmodelError as error:
            stop_with_error(str(error))
        except BrokenPipeError:
            drop_further_output()
            sys.exit(DONE)
        except OSError as error:
            drop_further_output()
            stop_with_error(f"The output cannot be written ({error.strerror}).")
        except MemoryError:
            stop_with_error("The input does not fit into memory.")


def drop_further_output() -> None:
    """Let nothing more be written to an output that is closed or full, not even at the end of the process."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stop_with_error(message: str) -> NoReturn:
    """End with a message and exit 2."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(WRONG)


class Request(NamedTuple):
    """What the user asks of every command.

    Attributes:
        format: the name of the format; "" where the user did not choose one.
        output: the output file; None is stdout.
        assume: the assumptions that the user switches, name → value.
    """

    format: str
    output: str | None
    assume: dict[str, str]


def make_common_options(
    formats: Sequence[str], default: str | None, **settings: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that adds -o, --assume and --format; the command gets them as ``request``.

    Args:
        formats: the formats that the command writes.
        default: the format without --format; None where the command infers it.
        settings: more settings of the option --format.
    """

    def add_options(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def wrapped(
            *arguments: Any, format_: str | None, output: str | None, assume: Sequence[str], **more: Any
        ) -> Any:
            request = Request(format_ or "", output, parse_assume_option(assume))
            return command(*arguments, request=request, **more)

        for option in (
            click.option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout; `-` is stdout."),
            click.option(
                "--assume",
                multiple=True,
                metavar="NAME=VALUE",
                help="Set an assumption, such as hub-dns=none; may be repeated.",
            ),
            click.option("--format", "format_", type=click.Choice(formats), default=default, **settings),
        ):
            wrapped = option(wrapped)
        return wrapped

    return add_options


add_common_options = make_common_options(FORMATS, "table", show_default=True)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "--version", package_name="costmodel")
def main() -> None:
    """What private connectivity on AWS costs, which architecture costs least, and why.

    Example: costmodel estimate network.yaml
    """
    gc.set_threshold(100_000)  # a command ends before collecting cycles pays


class Amount(click.ParamType[Decimal]):
    """An amount of money: a finite number."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return it exactly as written."""
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            amount = Decimal("nan")
        if not amount.is_finite():
            self.fail(f"{value!r} is not an amount of money, such as 100 or 12.50.", param, ctx)
        return amount


def parse_date_option(_: click.Context, option: click.Parameter, given: str | None) -> date | None:
    """Return a date that an option names."""
    from datetime import date

    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        message = f"{given!r} is not a date such as 2026-11-01."
        raise click.BadParameter(message, param=option) from None


class Said(NamedTuple):
    """What a user passes about a plan or a template: a usage file, and settings by name."""

    usage: str | None
    settings: dict[str, str]


def add_plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for what a plan does not contain; the command gets it as ``said``."""

    @wraps(command)
    def wrapped(
        *arguments: Any, usage: str | None, settings: Sequence[str], parameters: str | None, **more: Any
    ) -> Any:
        given = parse_name_values(settings, "--set")
        if parameters is not None:
            from costmodel.network.reading.cloudformation.parameter_file import read_parameter_file

            given = read_parameter_file(parameters).apply_to_settings(given)
        return command(*arguments, said=Said(usage, given), **more)

    says = (
        "RESOURCE.QUANTITY=NUMBER (KIND:RESOURCE where several have the name), region=NAME, var.NAME=VALUE or "
        "parameter.NAME=VALUE, for what the file does not contain; may be repeated."
    )
    values = (
        "The values of a CloudFormation template's parameters: a parameter file of the AWS CLI or CodePipeline, or "
        "samconfig.toml (samconfig.toml#ENV for another environment than default)."
    )
    for option in (
        click.option("--parameters", metavar="FILE", help=values),
        click.option("--set", "settings", multiple=True, metavar="K=V", help=says),
        click.option("--usage", metavar="FILE", help="GB by resource, in the form that --usage-template writes."),
    ):
        wrapped = option(wrapped)
    return wrapped


class Priced(NamedTuple):
    """The prices a command reckons with, and the currency it shows totals in beside the one they are billed in."""

    book: PriceBook
    display: Display | None


def add_price_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for prices; the command gets them as ``money``."""

    @wraps(command)
    def wrapped(
        *arguments: Any, contract: str | None, display: str | None, rates: Sequence[str], rate_date: date | None,
        **more: Any,
    ) -> Any:  # fmt: skip
        from costmodel.pricing.reading.price_tables import load_prices

        shown = _parse_display(display, parse_name_values(rates, "--rate"), rate_date)
        return command(*arguments, money=Priced(load_prices(contract=contract), shown), **more)

    for option in (
        click.option(
            "--rate-date", callback=parse_date_option, metavar="DATE", help="With --display: the day of the rates."
        ),
        click.option(
            "--rate", "rates", multiple=True, metavar="USD=RATE", help="With --display: the value of one unit."
        ),
        click.option(
            "--display", metavar="CURRENCY", help="Also show totals in this currency; needs --rate and --rate-date."
        ),
        click.option(
            "--contract", metavar="FILE", help="Negotiated terms (YAML): costs follow them, next to list prices."
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def list_contract_notes(book: PriceBook) -> list[str]:
    """Return what a reader should know of a contract, where costs follow one."""
    return [f"Costs follow the contract {book.contract.name}, not list prices."] if book.contract else []


def _parse_display(currency: str | None, rates: Mapping[str, str], on: date | None) -> Display | None:
    from costmodel.core.currency import Display
    from costmodel.core.errors import InputError

    if currency is None and not rates and on is None:
        return None
    if currency is None or not rates or on is None:
        message = "--display, --rate and --rate-date go together: --display EUR --rate USD=0.92 --rate-date 2026-11-28."
        raise InputError(message)
    out = {}
    for name, rate in rates.items():
        try:
            out[name.upper()] = Decimal(rate)
        except InvalidOperation:
            out[name.upper()] = Decimal(0)
        if not out[name.upper()].is_finite() or out[name.upper()] <= 0:
            message = f"--rate {name}={rate}: a rate is a number above 0."
            raise InputError(message)
    return Display(currency.upper(), out, on)


def check_known_names(names: Sequence[str], all_: Mapping[str, Any], what: str) -> None:
    """Refuse names that nobody knows."""
    from costmodel.core.errors import InputError, format_suggestion

    for name in names:
        if name not in all_:
            message = f"Unknown {what} {name!r}.{format_suggestion(name, all_)} Known: {', '.join(all_)}."
            raise InputError(message)


def parse_assume_option(given: Sequence[str]) -> dict[str, str]:
    """Return what --assume says, checked."""
    from costmodel.core.assumptions import resolve_assumptions

    out = parse_name_values(given, "--assume")
    resolve_assumptions(out)
    return out


def parse_name_values(given: Sequence[str], option: str) -> dict[str, str]:
    """Return NAME=VALUE as a mapping; an address may hold an equals sign, a value does not."""
    from costmodel.core.errors import InputError

    out: dict[str, str] = {}
    for pair in given:
        name, sign, value = pair.rpartition("=") if option == "--set" else pair.partition("=")
        if not sign:
            message = f"{option} takes NAME=VALUE, not {pair!r}."
            raise InputError(message)
        out[name.strip()] = value.strip()
    return out


def print_bill_warnings(warnings: Sequence[str], bill: Bill, format_: str) -> None:
    """Print on stderr what a reader of a bill should know; a CSV file has no place for its open items."""
    for text in warnings:
        click.echo(f"Warning: {text}", err=True)
    if format_ == "csv":
        for item in bill.open:
            remedy = f" {item.remedy.cli}" if item.remedy else ""
            click.echo(f"Open: {item.where}, {item.what}: {item.why}{remedy}", err=True)
    if bill.open:
        number = f"{len(bill.open):,} item{'s' * (len(bill.open) != 1)}"
        total = "the total is a range" if bill.openness.at_most is not None else "the total is the least that it can be"
        click.echo(f"Open: {number}, so {total}.", err=True)
