"""Each page's answer as something to look into, to link to and to take away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.actual_bills.report import build_bill_report_json, list_rerating_rows
from costmodel.aws import METERS
from costmodel.comparison.options import add_todays_option, price_architectures
from costmodel.flow_logs.report import build_traffic_json
from costmodel.management_report.build import build_comparison_page, build_footer, build_plan_page
from costmodel.management_report.readings import build_bill_page, build_estimate_page, build_traffic_page
from costmodel.network.bill import price
from costmodel.network.estate_report import render_usage_file
from costmodel.network.reading.usage_file import build_usage_template
from costmodel.network.usage import meter as metered
from costmodel.optimizer import sensitivity
from costmodel.optimizer.plan_rows import build_plan_rows
from costmodel.optimizer.report import build_answer_json, collect_plan_assumptions
from costmodel.pricing.reading.regions import get_home_region
from costmodel.pricing.report import list_current_rows
from costmodel.pricing.rows import PriceRow
from costmodel.reporting.html import Page, Section
from costmodel.reporting.model import Table
from costmodel.reporting.text import render_records_csv, render_rows_csv
from dashboard.session import plans, resources
from dashboard.session.bill_files import BILL
from dashboard.session.flow_files import FLOWS
from dashboard.session.sources import UPLOAD, DataSource
from dashboard.widgets.toolbar import More, Shown, describe_answer_prices

if TYPE_CHECKING:
    from datetime import date

    from costmodel.actual_bills.report import BillReport
    from costmodel.comparison.options import Comparison, Option
    from costmodel.flow_logs.report import TrafficReport
    from costmodel.network.bill import Bill
    from costmodel.network.network import Network
    from costmodel.network.reading.estate import Estate
    from costmodel.optimizer.answer import Answer
    from costmodel.pricing.book import PriceBook

EXACT = 5_000  # resources that are priced in decimals; more in float64, to the same cents
YAML, JSON, CSV = "application/yaml", "application/json", "text/csv"
LONG = "This demand is too large for a link: save its file instead."
UPLOADED = "Opened files stay on this machine and are not part of the link: open them again."


def get_file_stem(name: str) -> str:
    """Return a name as files are called: without folders and ending."""
    return Path(name).name.partition(".")[0] or "costmodel"


def build_comparison_answer(comparison: Comparison, today: Option | None, chosen: Option | None = None) -> Shown:
    """Return a comparison; its bill is the chosen architecture's, else the cheapest one's."""
    best = chosen or comparison.cheapest
    bill = best.bill if best is not None else None
    d = comparison.demand
    return Shown(
        d.name if best is None else f"{d.name} {best.name}",
        lambda: build_comparison_page(comparison, today, resources.get_price_book()),
        lambda: sensitivity.describe_comparison_flips(comparison, resources.get_price_book()),
        bill,
        describe_answer_prices(bill),
        comparison.assumptions,
        [*d.notes, *comparison.warnings],
        link=LONG if st.session_state.get("long") else "",
    )


def build_plan_answer(answer: Answer) -> Shown:
    """Return the cheapest plan."""
    d, bill = answer.demand, answer.best.bill

    def page() -> Page:
        comparison = price_architectures(d, resources.get_price_book())
        return build_plan_page(
            answer, comparison, add_todays_option(comparison, resources.get_price_book())[1], resources.get_price_book()
        )

    return Shown(
        f"{d.name} plan",
        page,
        lambda: sensitivity.describe_plan_flips(answer),
        bill,
        describe_answer_prices(bill),
        collect_plan_assumptions(answer),
        [*d.notes, *bill.warnings],
        (
            More(
                "Plan (CSV)",
                lambda: render_records_csv(build_plan_rows(answer), ["vpc", "service", "path"]),
                f"{d.name}.plan.csv",
                CSV,
            ),
            More(
                "Everything (JSON)",
                lambda: json.dumps(build_answer_json(answer), indent=1, default=str),
                f"{d.name}.plan.json",
                JSON,
            ),
        ),
        LONG if st.session_state.get("long") else "",
    )


def build_estate_answer(estate: Estate, bill: Bill) -> Shown:
    """Return what a network costs."""
    name = estate.document.name
    return Shown(
        get_file_stem(name),
        lambda: build_estimate_page(estate, bill),
        lambda: sensitivity.describe_bill_flips(bill),
        bill,
        describe_answer_prices(bill),
        bill.assumptions,
        [*bill.usage.network.notes, *bill.warnings],
        (More("Usage file (YAML)", lambda: render_usage_file(name, build_usage_template(estate)), "usage.yaml", YAML),),
        ""
        if plans.encode_estate()
        else "This file is too large for a link: open it again, and the usage file with it.",
    )


def build_bill_answer(of: BillReport) -> Shown:
    """Return what AWS charged."""
    dates = of.rerating.price_dates
    told = f"Compared with list prices {dates}." if dates.rows else "There are no prices for its charges."
    return Shown(
        "bill",
        lambda: build_bill_page(of),
        lambda: sensitivity.describe_actual_bill_flips(of),
        None,
        f"Cost as billed in {', '.join(of.bill.months) or 'no month'}, before tax and credits. {told}",
        {},
        of.bill.notes,
        (
            More("Everything (JSON)", lambda: json.dumps(build_bill_report_json(of), indent=1), "bill.json", JSON),
            More(
                "Re-rating (CSV)", lambda: render_records_csv(list_rerating_rows(of), ["x_Meter"]), "rerating.csv", CSV
            ),
        ),
        _explain_missing_files(BILL),
    )


def build_traffic_answer(of: TrafficReport) -> Shown:
    """Return what flow logs show."""
    best = of.comparison.cheapest if of.comparison is not None else None
    return Shown(
        "traffic",
        lambda: build_traffic_page(of, resources.get_price_book()),
        lambda: sensitivity.describe_traffic_flips(of, resources.get_price_book()),
        None,
        describe_answer_prices(best.bill if best is not None else None),
        of.comparison.assumptions if of.comparison is not None else {},
        [*of.traffic.notes, *of.demand_notes],
        (
            More("Everything (JSON)", lambda: json.dumps(build_traffic_json(of), indent=1), "traffic.json", JSON),
            More("Flows (CSV)", lambda: render_records_csv(build_traffic_json(of)["flows"], ["vpc"]), "flows.csv", CSV),
        ),
        _explain_missing_files(FLOWS),
    )


def _explain_missing_files(source: DataSource[Any]) -> str:
    """Return why a link does not restore a bill or flow logs; "" where it does."""
    request = source.get_state().request
    return UPLOADED if request is not None and request.way == UPLOAD else ""


def build_meter_answer(book: PriceBook, meter: str, on: date | None) -> Shown:
    """Return a meter's prices."""
    rows = [r for r in list_current_rows(book, on) if r.meter == meter]
    title = resources.list_meter_titles().get(meter, meter)

    def table() -> str:
        return render_rows_csv(list(PriceRow._fields), rows)

    def page() -> Page:
        names = list(PriceRow._fields)
        sources = sorted({s for r in rows for s in r.source_ids.split(";") if s})
        about = [[s, book.described[s].what if s in book.described else "not described"] for s in sources]
        return Page(
            f"Prices of {title}",
            f"{len(rows):,} prices in force {f'on {on}' if on else 'today'}, each with its sources.",
            sections=[
                Section("Prices", tables=[Table("prices", "", names, rows)]),
                Section("Sources", tables=[Table("sources", "", ["Source", "What it is"], about)]),
            ],
            foot=build_footer(None),
        )

    return Shown(
        meter,
        page,
        lambda: sensitivity.describe_price_flips(
            {r: book.find_schedule(meter, r, on=on) for r in resources.load_region_grid()}, get_home_region()
        ),
        None,
        f"The newest price held is of {book.newest}; each row shows since when it applies, and its source.",
        {},
        [f"{METERS[meter].title}: {METERS[meter].rule} ({METERS[meter].url})"] if meter in METERS else [],
        (More("These prices (CSV)", table, f"{meter}.csv", CSV),),
    )


# ---------------------------------------------------------------- whatever the session holds
def price_network(network: Network) -> Bill:
    """Return a network's bill, in decimals unless it is large."""
    return price(metered(network, exact=len(network) <= EXACT), resources.get_price_book(), partial=True)
