"""`report`: one page for a manager."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from costmodel.cli.bills import show_reading_progress as reading
from costmodel.cli.emit import Answer, emit, write_output
from costmodel.cli.frame import (
    DONE,
    UNPRICED,
    Priced,
    Request,
    Said,
    add_plan_options,
    add_price_options,
    list_contract_notes,
    main,
    make_common_options,
)
from costmodel.cli.plans import show_search_progress as searching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.core.currency import Display
    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate
    from costmodel.pricing.book import PriceBook
    from costmodel.reporting.html import Page

PART = (
    "The traffic that the plan implies, as a demand. It costs less than the plan, which also builds what no flow "
    "needs, and other paths have other data transfer."
)
FORMATS = ("html", "markdown", "table", "json", "csv")


@main.command("report", epilog="Example: costmodel report demand.yaml -o report.html")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--frontier", is_flag=True, help="Also show what plans with fewer changes from today cost.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop the search for a plan after this time.",
)
@add_plan_options
@add_price_options
@make_common_options(FORMATS, None, help="[default: by the file's extension; html]", show_default=False)
def run_report(
    files: Sequence[str],
    *,
    request: Request,
    said: Said,
    money: Priced,
    **more: Any,
) -> None:
    """Write one page for a manager about each FILE: today, the options, the plan, its proof, risks, assumptions.

    FILE is a demand (the cheapest plan), a network file, Terraform plan or CloudFormation template (what it costs, and
    the cheapest plan for what it must reach), a bill, or flow logs; recognised by content. Several become one page. The
    HTML is one file: it loads nothing and asks nobody.
    """
    from costmodel.management_report.readings import join_pages
    from costmodel.reporting.html import build_page_json, render_page_html, render_page_markdown

    pages = [page for group in _group_files(files) for page in _build_pages(group, request.assume, said, money, more)]
    for one in pages:
        _add_display_currency(one, money.display)
    page = join_pages(pages)
    page.foot += list_contract_notes(money.book)
    request = request._replace(format=request.format or _infer_format(request.output))
    render = {"html": render_page_html, "markdown": render_page_markdown}.get(request.format)
    if render is not None:
        write_output(render(page), request.output)
    else:
        emit(Answer(lambda: build_page_json(page), lambda: page.tables), request)
    sys.exit(UNPRICED if any(p.open for p in pages) else DONE)


def _add_display_currency(page: Page, display: Display | None) -> None:
    """Put beside the figure of a page's total what it is in the currency asked for."""
    from costmodel.reporting.html import Figure
    from costmodel.reporting.text import format_money

    if display is None or not page.totals:
        return
    shown = {format_money(total, currency) for currency, total in page.totals.items()}
    at = next((n for n, f in enumerate(page.figures) if f.value in shown), 0)
    text = format_money(display.convert_totals(page.totals), display.currency)
    page.figures.insert(at + 1, Figure(f"{page.figures[at].label}, in {display.currency}", text, display.rate_note))


def _infer_format(output: str | None) -> str:
    ends = {".md": "markdown", ".markdown": "markdown", ".json": "json", ".csv": "csv", ".txt": "table"}
    return next((f for end, f in ends.items() if output and output.lower().endswith(end)), "html")


def _group_files(files: Sequence[str]) -> list[list[str]]:
    """Return documents one at a time, and what is neither (a bill's or logs' files) by folder and ending together."""
    from pathlib import Path

    from costmodel.intake.recognize import DATA, recognize_file

    groups: dict[Any, list[str]] = {}
    for number, file in enumerate(files):
        data = recognize_file(file).kind == DATA if file != "-" else False
        key: Any = (Path(file).parent, *Path(file).suffixes[-2:]) if data else number
        groups.setdefault(key, []).append(file)
    return list(groups.values())


def _build_pages(
    files: list[str], assume: Mapping[str, str], said: Said, money: Priced, more: Mapping[str, Any]
) -> list[Page]:
    from costmodel.intake.recognize import DATA, DEMAND, PLAN, recognize_file

    given = recognize_file(files[0])
    if given.kind == DATA:
        return [_build_data_page(files, assume, money.book)]
    assert given.document is not None  # noqa: S101 - what is no data is a document
    if given.kind == DEMAND:
        return [_build_demand_page(given.document, assume, money.book, more)]
    if given.kind == PLAN:
        from costmodel.core.errors import InputError

        message = f"{given.name} is an answer of `optimize`: name the demand file instead."
        raise InputError(message)
    return _build_network_pages(given.document, assume, said, money.book, more)


def _build_demand_page(document: Document, assume: Mapping[str, str], book: PriceBook, more: Mapping[str, Any]) -> Page:
    from costmodel.comparison.options import add_todays_option, price_architectures
    from costmodel.core.errors import InfeasibleError, StoppedError
    from costmodel.demand.reading.load import parse_demand_document
    from costmodel.management_report.build import build_comparison_page, build_plan_page
    from costmodel.optimizer.answer import solve_and_explain

    d = parse_demand_document(document, assume=assume)
    comparison = price_architectures(d, book)
    _, today = add_todays_option(comparison, book)
    try:
        with searching() as told:
            answer = solve_and_explain(
                d, book, time_limit=more["time_limit"], progress=told, with_frontier=more["frontier"]
            )
    except (InfeasibleError, StoppedError) as error:
        page = build_comparison_page(comparison, today, book)
        page.lead = f"No plan: {error}"
        page.open = True
        click.echo(page.lead, err=True)
        return page
    return build_plan_page(answer, comparison, today, book)


def _build_network_pages(
    document: Document, assume: Mapping[str, str], said: Said, book: PriceBook, more: Mapping[str, Any]
) -> list[Page]:
    from costmodel.management_report.readings import build_estimate_page
    from costmodel.network.bill import price
    from costmodel.network.reading.load import build_network_from_estate, parse_estate
    from costmodel.network.reading.usage_file import read_usage
    from costmodel.network.usage import meter
    from costmodel.reporting.html import Section

    usage = None if said.usage is None else read_usage(said.usage)
    estate = parse_estate(document, usage=usage, settings=said.settings)
    bill = price(meter(build_network_from_estate(estate, assume=assume), exact=True), book, partial=True)
    page = build_estimate_page(estate, bill)
    page.open = bool(bill.open)
    if not estate.planned or (onward := _infer_demand(estate)) is None:
        return [page]
    demand, notes = onward
    plan = _build_demand_page(demand, assume, book, more)
    plan.sections.insert(0, Section("The demand that it implies", [PART], points=notes))
    return [page, plan]


def _infer_demand(estate: Estate) -> tuple[Document, list[str]] | None:
    """Return the demand that a plan implies, if it has any traffic: without it no plan is better than another."""
    from costmodel.core.errors import CostmodelError
    from costmodel.demand.reading.load import read_demand
    from costmodel.documents.document import load_document

    try:
        made, notes = estate.build_demand_with_notes()
        made = {"name": f"What {PurePath(estate.document.name).name} must reach", **made}
        read_demand(made)
    except CostmodelError as error:
        click.echo(f"Note: no cheapest plan: {error}", err=True)
        return None
    if not any(f["gb_sent"] or f["gb_received"] for f in made["flows"]):
        click.echo(
            "Note: no cheapest plan, because no GB are given: fill in a usage file (estimate --usage-template).",
            err=True,
        )
        return None
    return load_document(made, made["name"]), notes


def _build_data_page(files: list[str], assume: Mapping[str, str], book: PriceBook) -> Page:
    from costmodel.actual_bills import report as actual
    from costmodel.flow_logs import report as traffic
    from costmodel.flow_logs.reading.summary import list_gateway_services, read_traffic_demand, read_traffic_network
    from costmodel.intake.recognize import read_bill_or_flows
    from costmodel.management_report.readings import build_bill_page, build_traffic_page

    with reading() as told:
        bill, flows = read_bill_or_flows(files, told)
    if bill is not None:
        page = build_bill_page(actual.build_bill_report(bill, book))
        page.open = bool(bill.lost)
        return page
    assert flows is not None  # noqa: S101 - one of the two was read
    found = traffic.build_traffic_report(
        flows,
        read_traffic_network(flows, assume),
        read_traffic_demand(flows, assume),
        book,
        gateways=list_gateway_services(),
    )
    page = build_traffic_page(found, book)
    page.open = bool(flows.lost)
    return page
