"""The command line: arguments in, tables out."""

from __future__ import annotations

import gc
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

import click

from costmodel.errors import CostmodelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costmodel.bill import Bill
    from costmodel.prices import PriceBook

DONE, UNPRICED, WRONG = 0, 1, 2
FORMATS = ("table", "json", "csv", "markdown")


class _Group(click.Group):
    """Commands in the order written; an error of ours is one message and exit 2, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CostmodelError as error:
            _fail(str(error))
        except BrokenPipeError:
            _silence()
            sys.exit(DONE)
        except OSError as error:
            _silence()
            _fail(f"The output cannot be written ({error.strerror}).")
        except MemoryError:
            _fail("The input does not fit into memory.")


def _silence() -> None:
    """Let nothing more be written to an output that is closed or full, not even at the end of the process."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(WRONG)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every command takes."""
    for option in (
        click.option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout; `-` is stdout."),
        click.option("--assume", multiple=True, metavar="NAME=VALUE", help="Switch an assumption; may be repeated."),
        click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True),
    ):
        command = option(command)
    return command


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "--version", package_name="costmodel")
def main() -> None:
    """What private connectivity on AWS costs, which architecture costs least, and why.

    Example: costmodel estimate network.yaml
    """
    gc.set_threshold(100_000)  # a command ends before collecting cycles pays


@main.command(epilog="Example: costmodel estimate network.yaml --format json")
@click.argument("file")
@click.option("--explain", is_flag=True, help="Also say of each charge its rule, price, source and next unit.")
@_options
def estimate(file: str, format_: str, assume: Sequence[str], output: str | None, *, explain: bool) -> None:
    """Say what the network in FILE costs in a month; `-` reads stdin."""
    from costmodel.bill import meter, price
    from costmodel.export.bill import bill_csv, bill_json, bill_table, explained_json, explained_table
    from costmodel.ingest.network import read_network
    from costmodel.ingest.prices import load_prices

    network = read_network(file, assume=_assumed(assume))
    bill = price(meter(network, exact=True), load_prices(), partial=True)
    warnings = network.notes + bill.warnings
    if format_ == "json":
        more = {"explained": explained_json(bill)} if explain else {}
        _write(_json(bill_json(bill, warnings) | more), output)
    elif format_ == "csv":
        _write(bill_csv(bill), output)
    else:
        _tables(bill_table(bill) + (explained_table(bill) if explain else []), format_, output)
    _say(warnings, bill)
    sys.exit(UNPRICED if bill.unpriced else DONE)


@main.command(epilog="Example: costmodel compare demand.yaml --assume hub-dns=none")
@click.argument("demand")
@click.option("--architecture", "names", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@_options
def compare(demand: str, names: Sequence[str], format_: str, assume: Sequence[str], output: str | None) -> None:
    """Compare every architecture for the DEMAND file; `-` reads stdin."""
    from costmodel.compare import beside_today, options
    from costmodel.export.compare import comparison_json, comparison_tables
    from costmodel.export.text import plain
    from costmodel.ingest.demand import read_demand
    from costmodel.ingest.prices import load_prices
    from costmodel.patterns import PATTERNS

    _known(names, PATTERNS, "architecture")
    wanted = read_demand(demand, assume=_assumed(assume))
    book = load_prices()
    comparison = options(wanted, book, names=tuple(names) or tuple(PATTERNS))
    beside, today = beside_today(comparison, book)
    if format_ == "json":
        _write(_json(comparison_json(comparison, today)), output)
    elif format_ == "csv":
        _write(beside.frame.to_csv(index=False), output)
    else:
        _tables(comparison_tables(beside, today), format_, output)
    for text in [*wanted.notes, *beside.warnings]:
        click.echo(f"Note: {text}", err=True)
    unpriced = [o for o in comparison if o.feasible and not o.priced]
    failed = comparison.cheapest is None or (names and any(not o.priced for o in comparison))
    for option in unpriced:
        for u in option.bill.unpriced if option.bill else []:
            click.echo(f"Unpriced in {option.name}: {plain(u.quantity)} of {u.meter}. {u.why}", err=True)
    sys.exit(UNPRICED if failed else DONE)


@main.group()
def prices() -> None:
    """Look at the price tables.

    Example: costmodel prices show nat_gateway_gb --region eu-west-1
    """


@prices.command("list", epilog="Example: costmodel prices list --region eu-west-1 --format csv")
@click.option("--region", help="Only this Region or zone.")
@_options
def prices_list(region: str | None, format_: str, assume: Sequence[str], output: str | None) -> None:
    """List every price row."""
    _assumed(assume)
    book = _book()
    if region is not None:
        book.place(region)
    _price_rows([r for r in book.rows if region in (None, r.location)], format_, output)


@prices.command("show", epilog="Example: costmodel prices show interface_endpoint_gb --region us-east-1")
@click.argument("meter")
@click.option("--region", help="Only this Region or zone.")
@_options
def prices_show(meter: str, region: str | None, format_: str, assume: Sequence[str], output: str | None) -> None:
    """Show the rows of one METER."""
    from costmodel.aws import METERS
    from costmodel.errors import InputError, nearest

    _assumed(assume)
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
@_options
def prices_check(max_age: int | None, format_: str, assume: Sequence[str], output: str | None) -> None:
    """Check the tables: what is missing, old, or known from one source only."""
    from datetime import UTC, datetime

    from costmodel.aws import METERS
    from costmodel.export.prices import checked

    _assumed(assume)
    today = datetime.now(tz=UTC).date()
    found = checked(_book(), METERS, today, max_age)
    if format_ == "json":
        _write(_json(found), output)
    else:
        tables = [
            (f"{title} ({len(found[key])})", list(found[key][0]), [list(r.values()) for r in found[key]])
            for key, title in (("missing", "Missing"), ("old", "Old"), ("single", "Known from one source"))
            if found[key]
        ]
        _tables(tables, format_, output)
    sys.exit(UNPRICED if max_age is not None and found["old"] else DONE)


@main.command(epilog="Example: costmodel dashboard --port 8501")
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option("--headless", is_flag=True, help="Do not open a browser.")
def dashboard(port: int, *, headless: bool) -> None:
    """Open the dashboard in a browser; no request leaves this machine."""
    import importlib.util
    import os

    from costmodel.ingest.folders import folder

    if importlib.util.find_spec("streamlit") is None:
        _fail("The dashboard needs Streamlit: pip install 'costmodel[dashboard]'.")
    app = folder("dashboard") / "app.py"
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(app)),
        *("--server.port", str(port), "--server.address", "localhost"),
        *("--browser.gatherUsageStats", "false", "--server.headless", "true" if headless else "false"),
    ]
    os.chdir(app.parent)
    os.execv(command[0], command)  # noqa: S606 - our own arguments; a signal to this process reaches Streamlit


def _book() -> PriceBook:
    from costmodel.ingest.prices import load_prices

    return load_prices()


def _known(names: Sequence[str], known: Mapping[str, Any], what: str) -> None:
    from costmodel.errors import InputError, nearest

    for name in names:
        if name not in known:
            message = f"Unknown {what} {name!r}.{nearest(name, known)} Known: {', '.join(known)}."
            raise InputError(message)


def _assumed(pairs: Sequence[str]) -> dict[str, str]:
    from costmodel.assumptions import resolved
    from costmodel.errors import InputError

    out: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            message = f"--assume takes NAME=VALUE, not {pair!r}."
            raise InputError(message)
        out[name.strip()] = value.strip()
    resolved(out)
    return out


def _json(value: Mapping[str, Any]) -> str:
    import json

    from costmodel.export.text import plain

    return json.dumps(value, indent=1, default=lambda v: plain(v) if isinstance(v, Decimal) else str(v)) + "\n"


def _write(text: str, output: str | None) -> None:
    if output in (None, "-"):
        click.echo(text, nl=False)
        return
    from costmodel.export.files import write_text

    write_text(output, text)


def _say(warnings: Sequence[str], bill: Bill) -> None:
    from costmodel.export.text import plain

    for text in warnings:
        click.echo(f"Warning: {text}", err=True)
    for u in bill.unpriced:
        click.echo(f"Unpriced: {plain(u.quantity)} of {u.meter}. {u.why}", err=True)


Tables = list[tuple[str, list[str], list[list[Any]]]]


def _tables(tables: Tables, format_: str, output: str | None) -> None:
    """Write titled tables: rich on a terminal, aligned text when piped, Markdown or CSV if asked."""
    if output is None and format_ == "table" and sys.stdout is not None and sys.stdout.isatty():
        from costmodel.export.terminal import show

        show(tables)
        return
    from costmodel.export.text import csv_text, markdown_text, plain_text

    write = {"table": plain_text, "markdown": markdown_text, "csv": csv_text}[format_]
    _write(write(tables), output)


def _price_rows(rows: Sequence[Any], format_: str, output: str | None) -> None:
    from costmodel.prices import PriceRow

    names = list(PriceRow._fields)
    if format_ == "json":
        _write(_json({"prices": [r._asdict() for r in rows]}), output)
        return
    if format_ == "table":
        names = ["location", "meter", "counterpart", "tier_from", "tier_to", "unit", "price", "currency"]
        names += ["effective_from", "confidence", "table"]
    title = "1 price" if len(rows) == 1 else f"{len(rows):,} prices"
    _tables([(title, names, [[getattr(r, n) for n in names] for r in rows])], format_, output)
