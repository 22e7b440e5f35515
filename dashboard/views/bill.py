"""What AWS charged for the network: over days, by whom, at which prices, and what to do."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.errors import CostmodelError, several
from costmodel.export.actual import BillReport, because, bill_json, report, rerating_rows
from costmodel.export.text import csv_text
from costmodel.ingest.bills import read_bill
from costmodel.reconcile import together
from costmodel.reconcile.actual import DAILY, SIDES
from costmodel.reconcile.finding import LIKELY, RANGE, SURE
from costmodel.reconcile.rerate import amount as cents_of
from dashboard import bill_charts, pricing, state, uploads
from dashboard import resources as held
from dashboard.words import RIGHT, amount, money

if TYPE_CHECKING:
    from decimal import Decimal

    from costmodel.reconcile import Finding, Rerated

PLAIN: dict[str, Any] = {"border": True, "height": "stretch"}
QUIET = {"displayModeBar": False}
TITLES = {"charge": "Charge", "account": "Account", "region": "Region", "resource": "Resource", "day": "Day"}
MARKS = {"high": "●", "medium": "◑", "low": "○"}
DOWNLOAD: dict[str, Any] = {"icon": ":material/download:", "on_click": "ignore", "width": "stretch"}


def sidebar() -> None:
    """Show the uploader, the path, and the example."""
    with st.sidebar:
        st.file_uploader(
            "Open a Cost and Usage Report or a FOCUS export",
            type=["csv", "gz", "zip", "parquet"],
            accept_multiple_files=True,
            key=f"bill_files-{st.session_state[state.seed('bill_uploader', 0)]}",
            on_change=_uploaded,
            help="CSV, gzip, zip or parquet; of a report in several files, all of them. They stay on this machine.",
        )
        with st.form("bill_path", border=False):
            st.text_input(
                "Or where it lies on this machine",
                key="bill_where",
                placeholder="/data/cur/2026-10/*.parquet",
                help="A file, a folder or a pattern. Best for large ones: they are read where they lie.",
            )
            st.form_submit_button("Read", on_click=_pathed, icon=":material/folder_open:", width="stretch")
        st.button("Open the example bill", on_click=_example, icon=":material/receipt_long:", width="stretch")


def _uploaded() -> None:
    s = st.session_state
    files = s.get(f"bill_files-{s['bill_uploader']}") or []
    if files:
        s["bill_asked"] = ("upload", uploads.contents(files))


def _pathed() -> None:
    where = (st.session_state.get("bill_where") or "").strip()
    if where:
        st.session_state["bill_asked"] = ("path", where)


def _example() -> None:
    st.session_state["bill_asked"] = ("example", "")
    st.session_state["bill_uploader"] += 1  # an empty one


def answer() -> BillReport | None:
    """Return what was made of the bill asked for; it is read once, with progress; None where it cannot be."""
    s = st.session_state
    asked = s.setdefault("bill_asked", ("example", ""))
    if s.get("bill_read") == asked and s["bill_told"] and s["bill_prices"] != held.prices_key():
        s["bill_told"], s["bill_prices"] = report(s["bill_told"].bill, held.book()), held.prices_key()
    if s.get("bill_read") != asked:
        s["bill_read"], s["bill_told"], s["bill_error"], s["bill_prices"] = asked, None, None, held.prices_key()
        bar = st.progress(0.0, "Reading the bill")
        try:
            s["bill_told"] = report(_read(asked, bar), held.book())
        except CostmodelError as error:
            s["bill_error"] = uploads.cleaned(str(error))
        finally:
            bar.empty()
    if s["bill_error"]:
        st.error(state.escaped(s["bill_error"]), icon=":material/error:")
    found: BillReport | None = s["bill_told"]
    return found


def _read(asked: tuple[str, Any], bar: Any) -> Any:
    def said(part: float, what: str) -> None:
        bar.progress(min(1.0, part), f"Reading {state.escaped(Path(what).name)}")

    kind, what = asked
    if kind == "example":
        return read_bill(held.example_bill())
    if kind == "path":
        return read_bill(Path(what).expanduser() if not any(c in what for c in "*?[") else what, progress=said)
    with tempfile.TemporaryDirectory(prefix=uploads.PREFIX) as folder:
        paths = uploads.put(what, Path(folder))
        bill = read_bill(*paths, progress=said)
        bill.files = [name for name, _ in what]
        bill.notes = [uploads.named(text, paths) for text in bill.notes]
        bill.lost = [
            one._replace(file=uploads.named(one.file, paths), why=uploads.named(one.why, paths)) for one in bill.lost
        ]
        return bill


# ---------------------------------------------------------------- the answer
def headline(of: BillReport) -> None:
    """Show what the network costs, of how much, and what could be saved."""
    bill, cost = of.bill, of.bill.cost
    one, two, three, four = st.columns(4)
    one.metric("Network", money(cents_of(cost.network.cost), bill.currency), **PLAIN)
    two.metric("Of all that was read", money(cents_of(cost.read.cost), bill.currency), **PLAIN)
    likely = together(of.findings, confidence=[SURE, LIKELY])
    three.metric("Could be saved a month: sure", money(_together(of, [SURE]), bill.currency), **PLAIN)
    four.metric("With what is likely", money(cents_of(likely), bill.currency), **PLAIN)
    most = money(cents_of(together(of.findings)), bill.currency)
    st.caption(
        f"{bill.format} of {', '.join(bill.months) or 'no month'}, {bill.rows_read:,} rows. Cost as billed, before tax "
        f"and credits. Everything found is worth {most} a month at most; a dollar that two findings remove counts once."
    )
    pricing.beside(None, {bill.currency: cents_of(cost.network.cost)})
    for lost in bill.lost:
        st.warning(state.escaped(f"Not read of {lost.file}: {lost.why}."), icon=":material/warning:")


def _together(of: BillReport, confidence: list[str]) -> Decimal:
    return cents_of(together(of.findings, confidence=confidence))


def spend(of: BillReport) -> None:
    """Show spend over days, and the dearest of each side."""
    bill = of.bill
    st.subheader("Spend")
    sides = [s for s in SIDES if s != "day" and not (s == "resource" and bill.resources is None)]
    side = st.segmented_control(
        "By", sides, format_func=TITLES.__getitem__, default="charge", key="bill_side", required=True
    )
    if side in DAILY:
        figure = bill_charts.over_days(bill.over_days(side).rename(columns=held.meters()), bill.currency)
        st.plotly_chart(figure, key="days", config=QUIET, alt=f"Network cost over days by {side}")
    figure = bill_charts.ranked(bill.by(side).rename(index=held.meters()), bill.currency)
    st.plotly_chart(figure, key="ranked", config=QUIET, alt=f"Network cost by {side}")


def rerated(of: BillReport) -> None:
    """Show the re-rating: list beside billed, and what explains the difference."""
    st.subheader("The same quantities at list prices")
    if not of.rerating.pools:
        st.info("Nothing of it is priced here.")
        return
    for (payer, month), discount in sorted(of.rerating.discounts.items()):
        st.markdown(f"Payer {state.escaped(payer)}, {month}: **{discount:.2%}** off list prices on most meters.")
    rows = [_row(p, of.bill.currency) for p in of.rerating.pools]
    columns = ("Quantity", "List", "Billed", "Discount", "Next unit")
    config: dict[str, Any] = {name: st.column_config.TextColumn(**RIGHT) for name in columns}
    config["Charge"] = st.column_config.TextColumn(pinned=True)
    st.dataframe(rows, hide_index=True, column_config=config, key="rerated")


def _row(p: Rerated, currency: str) -> dict[str, Any]:
    return {
        "Charge": held.meters().get(p.meter, p.meter),
        "Region": f"{p.region} → {p.counterpart}" if p.counterpart else p.region,
        "Month": p.month,
        "Quantity": f"{amount(p.quantity)} {p.unit}" if p.quantity >= 0 else "?",
        "List": "?" if p.list is None else money(cents_of(p.list), currency),
        **({"Contract": money(cents_of(p.contracted), currency)} if p.contracted is not None else {}),
        "Billed": money(cents_of(p.billed), currency),
        "Discount": "" if p.discount is None else f"{p.discount:.1%}",
        "Tier": "" if p.tier is None else str(p.tier),
        "Next unit": "" if p.marginal is None else f"{p.marginal.normalize():f}",
        "Explained by": f"{p.why}: {p.detail}" if p.detail else p.why,
        "Prices of": p.price_date,
    }


def found(of: BillReport) -> None:
    """Show the findings, ranked, each with its evidence and the next step."""
    st.subheader("What to look at")
    if of.bill.resources is None:
        st.info("This bill names no resources: turn on resource ids in the export, and findings can name them.")
    if not of.findings:
        st.info("Nothing found.")
        return
    for key, title, kinds in (("worth", "Sure and likely", (SURE, LIKELY)), ("ranges", "At most", (RANGE,))):
        if any(f.confidence in kinds and f.monthly for f in of.findings):
            st.markdown(f"**{title}, a month**")
            figure = bill_charts.worth(of.findings, of.bill.currency, kinds)
            st.plotly_chart(figure, key=key, config=QUIET, alt=f"What findings are worth a month: {title.lower()}")
    rows = [_found(f, of.bill.currency) for f in of.findings]
    config: dict[str, Any] = {
        "Finding": st.column_config.TextColumn(pinned=True, width="medium"),
        "A month": st.column_config.TextColumn(**RIGHT),
        "Next": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(rows, hide_index=True, column_config=config, key="findings")
    names = {f.id: f"{f.id}: {f.title}" for f in of.findings}
    chosen = st.selectbox("Evidence of", list(names), format_func=names.__getitem__, key="bill_finding")
    one = next(f for f in of.findings if f.id == chosen)
    st.markdown(f"**{state.escaped(one.resource)}** · {state.escaped(one.next)}")
    shown = {k: _figure(v) for k, v in one.evidence.items()}
    if one.overlaps:
        shown["shares dollars with"] = several(one.overlaps, 8)
    st.dataframe(
        [{"Evidence": k, "Figure": v} for k, v in shown.items()], hide_index=True, key="evidence", width="content"
    )


def _figure(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_figure, value))
    return amount(value) if isinstance(value, int | float) else str(value)


def _found(f: Finding, currency: str) -> dict[str, Any]:
    return {
        "Finding": f"{f.id}: {f.title}",
        "About": f.resource.rsplit(":", 1)[-1],
        "A month": money(cents_of(f.monthly), currency) if f.monthly else "–",
        "How sure": f"{MARKS[f.confidence]} {bill_charts.SURENESS[f.confidence]}",
        "Account": f.account,
        "Region": f.region,
        "Because": because(f),
        "Next": f.next,
    }


def conserved(of: BillReport) -> None:
    """Show where every row and dollar is."""
    bill, cost = of.bill, of.bill.cost
    parts = {"network": cost.network, "other": cost.other}
    parts |= {f"excluded: {why}": part for why, part in cost.excluded.items()} | {"read": cost.read}
    with st.expander("Where every row is, and what the answer rests on", icon=":material/info:"):
        rows = [
            {"Part": name, "Rows": f"{part.rows:,}", "Cost": money(cents_of(part.cost), bill.currency)}
            for name, part in parts.items()
        ]
        config: dict[str, Any] = {name: st.column_config.TextColumn(**RIGHT) for name in ("Rows", "Cost")}
        st.dataframe(rows, hide_index=True, column_config=config, key="conserved", width="content")
        for why, part in bill.unrecognised().items():
            st.markdown(f"- network, not priced here: {state.escaped(why)} ({part.rows:,} rows)")
        for text in [*bill.notes, f"Read: {several(bill.files)}."]:
            st.markdown(f"- {state.escaped(text)}")


def downloads(of: BillReport) -> None:
    """Offer everything as JSON, and the re-rating as CSV."""
    one, two = st.columns(2)
    one.download_button(
        "Everything (JSON)", lambda: json.dumps(bill_json(of), indent=1), "bill.json", "application/json", **DOWNLOAD
    )
    two.download_button("Re-rating (CSV)", lambda: _csv(of), "rerating.csv", "text/csv", **DOWNLOAD)


def _csv(of: BillReport) -> str:
    rows = rerating_rows(of)
    return csv_text([("", list(rows[0]) if rows else ["x_Meter"], [list(r.values()) for r in rows])])


def page() -> None:
    """Show the page: the answer, what it is made of, what to do."""
    sidebar()
    of = answer()
    if of is None:
        return
    if st.session_state["bill_read"][0] == "example":
        st.markdown("**An example bill**, made and nobody's. Open yours at the left.")
    headline(of)
    if not of.bill.cost.network.rows:
        st.info("Nothing in this bill is network.")
        conserved(of)
        return
    spend(of)
    found(of)
    rerated(of)
    downloads(of)
    conserved(of)


page()
