"""Each page's answer as something to look into, to link to and to take away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.actual_bills.report import bill_json, rerating_rows
from costmodel.aws import METERS
from costmodel.comparison.options import beside_today, options
from costmodel.core.errors import CostmodelError
from costmodel.flow_logs.report import traffic_json
from costmodel.management_report.build import comparison_page, foot, plan_page
from costmodel.management_report.readings import bill_page, estimate_page, traffic_page
from costmodel.network.bill import price
from costmodel.network.estate_report import usage_text
from costmodel.network.reading.usage_file import usage_of
from costmodel.network.usage import meter as metered
from costmodel.optimizer import sensitivity
from costmodel.optimizer.report import answer_json, assumptions, plan_rows
from costmodel.pricing.book import PriceRow
from costmodel.pricing.reading.regions import home
from costmodel.pricing.report import newest
from costmodel.reporting.html import Page, Section
from costmodel.reporting.text import csv_text, records_csv
from dashboard.session import flow_files, plans, resources, state
from dashboard.session.search import Search
from dashboard.widgets.toolbar import More, Shown, dated

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
PATIENCE = 600.0  # seconds
YAML, JSON, CSV = "application/yaml", "application/json", "text/csv"
LONG = "This demand is too large for a link: save its file instead."
UPLOADED = "Files that were opened stay on this machine, so the link does not hold them: open them again."


def stem(name: str) -> str:
    """Return a name as files are called: without folders and ending."""
    return Path(name).name.partition(".")[0] or "costmodel"


def of_comparison(comparison: Comparison, today: Option | None, chosen: Option | None = None) -> Shown:
    """Return a comparison; its bill is the chosen architecture's, else the cheapest one's."""
    best = chosen or comparison.cheapest
    bill = best.bill if best is not None else None
    d = comparison.demand
    return Shown(
        d.name if best is None else f"{d.name} {best.name}",
        lambda: comparison_page(comparison, today, resources.book()),
        lambda: sensitivity.of_comparison(comparison, resources.book()),
        bill,
        dated(bill),
        comparison.assumptions,
        [*d.notes, *comparison.warnings],
        link=LONG if st.session_state.get("long") else "",
    )


def of_plan(answer: Answer) -> Shown:
    """Return the cheapest plan."""
    d, bill = answer.demand, answer.best.bill

    def page() -> Page:
        comparison = options(d, resources.book())
        return plan_page(answer, comparison, beside_today(comparison, resources.book())[1], resources.book())

    return Shown(
        f"{d.name} plan",
        page,
        lambda: sensitivity.of_plan(answer),
        bill,
        dated(bill),
        assumptions(answer),
        [*d.notes, *bill.warnings],
        (
            More(
                "Plan (CSV)",
                lambda: records_csv(plan_rows(answer), ["vpc", "service", "path"]),
                f"{d.name}.plan.csv",
                CSV,
            ),
            More(
                "Everything (JSON)",
                lambda: json.dumps(answer_json(answer), indent=1, default=str),
                f"{d.name}.plan.json",
                JSON,
            ),
        ),
        LONG if st.session_state.get("long") else "",
    )


def of_estate(estate: Estate, bill: Bill) -> Shown:
    """Return what a network costs."""
    name = estate.document.name
    return Shown(
        stem(name),
        lambda: estimate_page(estate, bill),
        lambda: sensitivity.of_bill(bill),
        bill,
        dated(bill),
        bill.assumptions,
        [*bill.usage.network.notes, *bill.warnings],
        (More("Usage file (YAML)", lambda: usage_text(name, usage_of(estate)), "usage.yaml", YAML),),
        "" if plans.link() else "This file is too large for a link: open it again, and the usage file with it.",
    )


def of_bill(of: BillReport) -> Shown:
    """Return what AWS charged."""
    dates = of.rerating.price_dates
    told = f"Held against list prices {dates}." if dates.rows else "No price is held for what it charges."
    return Shown(
        "bill",
        lambda: bill_page(of),
        lambda: sensitivity.of_actual(of),
        None,
        f"Cost as billed in {', '.join(of.bill.months) or 'no month'}, before tax and credits. {told}",
        {},
        of.bill.notes,
        (
            More("Everything (JSON)", lambda: json.dumps(bill_json(of), indent=1), "bill.json", JSON),
            More("Re-rating (CSV)", lambda: records_csv(rerating_rows(of), ["x_Meter"]), "rerating.csv", CSV),
        ),
        UPLOADED if st.session_state["bill_asked"][0] == "upload" else "",
    )


def of_traffic(of: TrafficReport) -> Shown:
    """Return what flow logs say."""
    best = of.comparison.cheapest if of.comparison is not None else None
    return Shown(
        "traffic",
        lambda: traffic_page(of, resources.book()),
        lambda: sensitivity.of_traffic(of, resources.book()),
        None,
        dated(best.bill if best is not None else None),
        of.comparison.assumptions if of.comparison is not None else {},
        [*of.traffic.notes, *of.demand_notes],
        (
            More("Everything (JSON)", lambda: json.dumps(traffic_json(of), indent=1), "traffic.json", JSON),
            More("Flows (CSV)", lambda: records_csv(traffic_json(of)["flows"], ["vpc"]), "flows.csv", CSV),
        ),
        UPLOADED if st.session_state["flow_asked"][0] == "upload" else "",
    )


def of_meter(book: PriceBook, meter: str, on: date | None) -> Shown:
    """Return a meter's prices."""
    rows = [r for r in newest(book, on) if r.meter == meter]
    title = resources.meters().get(meter, meter)

    def table() -> str:
        return csv_text([("", list(PriceRow._fields), [list(r) for r in rows])])

    def page() -> Page:
        names = list(PriceRow._fields)
        sources = sorted({s for r in rows for s in r.source_ids.split(";") if s})
        about = [[s, book.described[s].what if s in book.described else "not described"] for s in sources]
        return Page(
            f"Prices of {title}",
            f"{len(rows):,} prices that hold {f'on {on}' if on else 'today'}, each with its sources.",
            sections=[
                Section("Prices", tables=[("", names, [list(r) for r in rows])]),
                Section("Sources", tables=[("", ["Source", "What it is"], about)]),
            ],
            foot=foot(None),
        )

    return Shown(
        meter,
        page,
        lambda: sensitivity.of_price({r: book.ladder(meter, r, on=on) for r in resources.grid()}, home()),
        None,
        f"The newest price held is of {book.newest}; each row says since when it holds, and who says so.",
        {},
        [f"{METERS[meter].title}: {METERS[meter].rule} ({METERS[meter].url})"] if meter in METERS else [],
        (More("These prices (CSV)", table, f"{meter}.csv", CSV),),
    )


# ---------------------------------------------------------------- whatever the session holds
def priced(network: Network) -> Bill:
    """Return a network's bill, in decimals unless it is large."""
    return price(metered(network, exact=len(network) <= EXACT), resources.book(), partial=True)


def made(kind: str) -> Shown:
    """Return the answer of something that the session holds, reckoned where it is not yet.

    Raises:
        CostmodelError: there is none; the message says why.
    """
    if kind == "Network":
        estate = plans.estate()
        return of_estate(estate, priced(plans.network(estate)))
    if kind == "Bill":
        from dashboard.session import bill_files

        bill = bill_files.answer()
        if bill is None:
            message = "it could not be read."
            raise CostmodelError(message)
        return of_bill(bill)
    if kind == "Flow logs":
        traffic = flow_files.answer()
        if traffic is None:
            message = "they could not be read."
            raise CostmodelError(message)
        return of_traffic(traffic)
    return _planned()


def _planned() -> Shown:
    demand: dict[str, Any] = state.current()
    d, _ = state.understood(demand)
    key = (state.encode(demand), False, resources.prices_key())
    s = st.session_state
    search: Search | None = s.get("search")
    if search is None or search.key[0] != key[0] or search.key[2] != key[2]:
        search = s["search"] = Search(key, d, resources.book(), more=False)
    with st.spinner("Looking for the cheapest plan …"):
        search.done(PATIENCE)
    if search.answer is not None:
        return of_plan(search.answer)
    comparison, today = beside_today(options(d, resources.book()), resources.book())
    st.warning(state.escaped(f"No plan: {search.error or 'the search goes on'}"), icon=":material/block:")
    return of_comparison(comparison, today)
