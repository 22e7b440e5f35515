"""A page for a manager about what was read: a network or a plan of Terraform's, a bill, flow logs; several as one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING

from costmodel.actual_bills.dimensions import DIMENSIONS
from costmodel.actual_bills.finding import total_savings
from costmodel.actual_bills.report import build_bill_report_tables, build_findings_table, format_findings_headline
from costmodel.actual_bills.rerated import round_amount
from costmodel.aws import METERS
from costmodel.core.certainty import LIKELY, SURE
from costmodel.core.errors import format_short_list
from costmodel.flow_logs.report_tables import build_traffic_tables
from costmodel.management_report import svg
from costmodel.management_report.build import build_assumption_tables, build_footer, build_options_section
from costmodel.network.modules import build_plan_tables, list_bill_pieces, sum_pieces
from costmodel.network.open_items_report import build_open_item_tables
from costmodel.network.report import build_bill_tables
from costmodel.optimizer import sensitivity
from costmodel.reporting.currency import build_contract_tables
from costmodel.reporting.html import Figure, Page, Picture, Section
from costmodel.reporting.text import format_money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.actual_bills.report import BillReport
    from costmodel.flow_logs.report import TrafficReport
    from costmodel.network.bill import Bill
    from costmodel.network.reading.estate import Estate
    from costmodel.pricing.book import PriceBook

_MOST = 12  # bars of a picture


def build_estimate_page(estate: Estate, bill: Bill) -> Page:
    """Return what a network costs as a page."""
    network = bill.usage.network
    least = "at least " if bill.open else ""
    totals = " and ".join(format_money(total, currency) for currency, total in bill.totals.items())
    name = PurePath(estate.document.name).name
    page = Page(name, f"What the {estate.source} {name} costs: {least}{totals} a month, {len(network):,} resources.")
    for currency, total in bill.totals.items():
        page.figures.append(Figure("A month, at least" if bill.open else "A month", format_money(total, currency)))
    page.figures.append(Figure("Resources", f"{len(network):,}"))
    if bill.open:
        page.figures.append(Figure("Open items", f"{len(bill.open):,}", "see below"))
    report = build_plan_tables(bill) if estate.planned else build_bill_tables(bill)
    tables = report.pick("charges") or report.pick("total")
    left_open = build_open_item_tables(bill.open)
    page.sections = [
        Section("What it costs", pictures=_draw_modules(bill), tables=tables),
        *([Section("What is open", tables=left_open)] if left_open else []),
        Section("What would change the answer", points=sensitivity.describe_bill_flips(bill)),
        Section("Notes on the input", points=[*network.notes, *bill.warnings] or ["Nothing was assumed."]),
        Section("Assumptions", tables=build_assumption_tables(bill.assumptions) + build_contract_tables(bill)),
    ]
    page.foot = build_footer(bill)
    page.totals = {} if bill.open else dict(bill.totals)
    return page


def _draw_modules(bill: Bill) -> list[Picture]:
    """Return a picture of the cost of each module by charge; none for a bill of several currencies, or of nothing."""
    if len(bill.totals) != 1 or not bill.total:
        return []
    rows: dict[str, dict[str, Decimal]] = {}
    for (module, charge), cost in sum_pieces(list_bill_pieces(bill), "module", "charge").items():
        rows.setdefault(module or "root module", {})[charge] = cost
    largest = sorted(rows, key=lambda m: -sum(rows[m].values(), Decimal(0)))[:_MOST]
    bars = svg.draw_stacked_svg({module: rows[module] for module in largest}, bill.currency)
    return [Picture("Cost a month by module and charge", bars)] if bars else []


def build_bill_page(of: BillReport) -> Page:
    """Return a bill as a page: spend, what to do, the same at list prices."""
    bill, cost = of.bill, of.bill.cost
    network, read = (format_money(round_amount(part.cost), bill.currency) for part in (cost.network, cost.read))
    period = ", ".join(bill.months) or "no month"
    page = Page(
        f"Network spend of {period}",
        f"{network} of {read} on this {bill.format} bill is network, from {bill.rows_read:,} rows.",
    )
    sure, likely = (
        format_money(round_amount(total_savings(of.findings, confidence=k)), bill.currency)
        for k in ([SURE], [SURE, LIKELY])
    )
    page.figures = [
        Figure("Network", network, period),
        Figure("Possible saving: sure", sure, "a month"),
        Figure("Including likely ones", likely, "a month"),
    ]
    known = METERS
    spent = {
        known[str(k)].title if str(k) in known else str(k): {"billed": round_amount(float(v))}
        for k, v in list(bill.by("charge").items())[:_MOST]
    }
    tables = build_bill_report_tables(of)
    findings = build_findings_table(format_findings_headline(of), of.findings)
    sums = [f"by_{d.name}" for d in DIMENSIONS]
    page.sections = [
        Section(
            "Spend", pictures=[Picture("Billed by charge", svg.draw_stacked_svg(spent, bill.currency))] if spent else []
        ),
        Section("Findings", tables=[findings]),
        Section("The same quantities at list prices", tables=tables.pick("rerating")),
        Section("What would change the answer", points=sensitivity.describe_actual_bill_flips(of)),
        Section("By charge, account, Region, resource", tables=tables.pick(*sums)),
        Section("Where every row went", tables=tables.exclude("findings", "rerating", *sums)),
        Section("Notes on the input", points=[*bill.notes, *(f"Lost: {e.file}: {e.why}." for e in bill.lost)]),
    ]
    page.totals = {bill.currency: round_amount(cost.network.cost)}
    page.foot = [
        "The network's cost is as billed, before tax and credits; the amount read includes them.",
        *build_footer(None),
    ]
    return page


def build_traffic_page(of: TrafficReport, book: PriceBook) -> Page:
    """Return what flow logs show as a page: by destination, what it costs, and would cost otherwise."""
    t = of.traffic
    gb = t.to_gigabytes(t.counted.sent + t.counted.received)
    page = Page(
        f"Traffic of {format_short_list([PurePath(f).name for f in t.files], 2)}",
        f"{gb:,.1f} GB that AWS bills, of {t.to_gigabytes(t.bytes_read):,.1f} GB logged; each byte is counted once.",
    )
    page.figures = [Figure("Billed traffic", f"{gb:,.1f} GB", "in the time covered")]
    if of.costs:
        page.figures.append(Figure("It costs", format_money(of.total, of.currency), "a month, without the hours"))
        page.figures.append(
            Figure("Could be free", format_money(of.freed, of.currency), "a month, by gateway endpoints")
        )
    destinations = {n: {"data": c} for n, (_, c) in list(of.sum_by_service().items())[:_MOST] if c}
    pictures = (
        [Picture("Cost a month by destination", svg.draw_stacked_svg(destinations, of.currency))]
        if destinations
        else []
    )
    tables = build_traffic_tables(of)
    own = ["by_destination", "gateway_endpoints"]
    page.sections = [Section("What flows", pictures=pictures, tables=tables.pick(*own))]
    if of.comparison is not None:
        page.sections.append(build_options_section(of.comparison, of.today))
    rest = tables.exclude(*own, "architectures", "out")
    page.sections += [
        Section("What would change the answer", points=sensitivity.describe_traffic_flips(of, book)),
        Section("Flows, talkers, and where every row is", tables=rest),
        Section(
            "Notes on the input", points=[*t.notes, *of.demand_notes, *(f"Lost: {e.file}: {e.why}." for e in t.lost)]
        ),
    ]
    best = of.comparison.cheapest if of.comparison is not None else None
    page.foot = build_footer(best.bill if best is not None else None)
    return page


def join_pages(pages: Sequence[Page]) -> Page:
    """Return several pages as one, each beginning with what it is about."""
    if len(pages) == 1:
        return pages[0]
    out = Page("Private networking on AWS", " ".join(p.lead for p in pages))
    for page in pages:
        out.figures += [f._replace(label=f"{page.title}: {f.label}") for f in page.figures]
        head = Section(page.title, [page.lead])
        out.sections += [head, *page.sections]
        out.foot += [text for text in page.foot if text not in out.foot]
    return out
