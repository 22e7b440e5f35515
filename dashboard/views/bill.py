"""What AWS charged for the network: over days, by whom, at which prices, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.actual_bills.finding import total_savings
from costmodel.actual_bills.reconcile import reconcile
from costmodel.actual_bills.report import BillReport, format_evidence
from costmodel.actual_bills.rerated import round_amount as cents_of
from costmodel.core.certainty import LIKELY, RANGE, SURE
from costmodel.core.errors import CostmodelError, format_short_list
from costmodel.management_report import tier_positions
from dashboard.charts import bill as bill_charts
from dashboard.charts import gauges
from dashboard.session import answers, links, plans, price_settings, resources, state
from dashboard.session.bill_files import BILL
from dashboard.session.sources import EXAMPLE, SourceRequest
from dashboard.widgets import layout, toolbar
from dashboard.widgets.formatting import RIGHT, format_money, format_quantity

if TYPE_CHECKING:
    from decimal import Decimal

    from costmodel.actual_bills.finding import Finding
    from costmodel.actual_bills.rerated import Rerated

PLAIN: dict[str, Any] = {"border": True, "height": "stretch"}
QUIET = {"displayModeBar": False}
MARKS = {"high": "●", "medium": "◑", "low": "○"}


# ---------------------------------------------------------------- the answer
def show_bill_headline(of: BillReport) -> None:
    """Show what the network costs, of how much, and what could be saved."""
    bill, cost = of.bill, of.bill.cost
    one, two, three, four = layout.create_cards(4)
    one.metric("Network", format_money(cents_of(cost.network.cost), bill.currency), **PLAIN)
    two.metric("Of the total read", format_money(cents_of(cost.read.cost), bill.currency), **PLAIN)
    likely = total_savings(of.findings, confidence=[SURE, LIKELY])
    three.metric("Possible saving a month: sure", format_money(_sum_savings(of, [SURE]), bill.currency), **PLAIN)
    four.metric("Including likely ones", format_money(cents_of(likely), bill.currency), **PLAIN)
    most = format_money(cents_of(total_savings(of.findings)), bill.currency)
    st.caption(
        f"{bill.format} of {', '.join(bill.months) or 'no month'}, {bill.rows_read:,} rows. Cost as billed, before tax "
        f"and credits. All findings together are worth at most {most} a month; overlapping savings are counted once."
    )
    price_settings.show_secondary_totals(None, {bill.currency: cents_of(cost.network.cost)})
    for lost in bill.lost:
        st.warning(state.escape_page_text(f"Not read of {lost.file}: {lost.why}."), icon=":material/warning:")


def _sum_savings(of: BillReport, confidence: list[str]) -> Decimal:
    return cents_of(total_savings(of.findings, confidence=confidence))


def show_spend(of: BillReport) -> None:
    """Show spend over days, and the most expensive of each side."""
    bill = of.bill
    st.subheader("Spend")
    dimensions = {d.name: d for d in bill.list_dimensions(ranked=True)}
    sides = list(dimensions)
    side = st.segmented_control(
        "By",
        sides,
        format_func=lambda name: dimensions[name].title,
        default="charge",
        key=links.bind_widget("bill_side", sides, "charge"),
        required=True,
    )
    if dimensions[side].daily:
        figure = bill_charts.plot_cost_by_day(
            bill.sum_by_day(side).rename(columns=resources.list_meter_titles()), bill.currency
        )
        st.plotly_chart(figure, key="days", config=QUIET, alt=f"Network cost over days by {side}")
    figure = bill_charts.plot_ranked_costs(bill.by(side).rename(index=resources.list_meter_titles()), bill.currency)
    st.plotly_chart(figure, key="ranked", config=QUIET, alt=f"Network cost by {side}")


def show_rerating(of: BillReport) -> None:
    """Show the re-rating: list beside billed, and what explains the difference."""
    st.subheader("The same quantities at list prices")
    if not of.rerating.pools:
        st.info("None of it has a price here.")
        return
    for (payer, month), discount in sorted(of.rerating.discounts.items()):
        st.markdown(
            f"Payer {state.escape_page_text(payer)}, {month}: **{discount:.2%}** off list prices on most meters."
        )
    rows = [_build_rerating_row(p, of.bill.currency) for p in of.rerating.pools]
    columns = ("Quantity", "List", "Billed", "Discount", "Next unit")
    config: dict[str, Any] = {name: st.column_config.TextColumn(**RIGHT) for name in columns}
    config["Charge"] = st.column_config.TextColumn(pinned=True)
    st.dataframe(rows, hide_index=True, column_config=config, key="rerated")


def _build_rerating_row(p: Rerated, currency: str) -> dict[str, Any]:
    return {
        "Charge": resources.list_meter_titles().get(p.meter, p.meter),
        "Region": f"{p.region} → {p.counterpart}" if p.counterpart else p.region,
        "Month": p.month,
        "Quantity": f"{format_quantity(p.quantity)} {p.unit}" if p.quantity >= 0 else "?",
        "List": "?" if p.list is None else format_money(cents_of(p.list), currency),
        **({"Contract": format_money(cents_of(p.contracted), currency)} if p.contracted is not None else {}),
        "Billed": format_money(cents_of(p.billed), currency),
        "Discount": "" if p.discount is None else f"{p.discount:.1%}",
        "Tier": "" if p.tier is None else str(p.tier),
        "Next unit": "" if p.marginal is None else f"{p.marginal.normalize():f}",
        "Explained by": f"{p.why}: {p.detail}" if p.detail else p.why,
        "Prices of": p.price_date,
    }


def show_tier_positions(of: BillReport) -> None:
    """Show where tiered quantities are."""
    positions = tier_positions.list_actual_tier_positions(of, resources.get_price_book())
    if positions:
        st.markdown("**Position in the price tiers**")
        st.plotly_chart(
            gauges.plot_tier_gauges(positions, state.pick_text_colour()),
            key="gauge",
            config=QUIET,
            alt="Quantities in their price tiers",
        )


def show_reconciliation(of: BillReport) -> None:
    """Hold the network that is loaded against the bill."""
    plan = plans.find_plan()
    if plan is None or plan.document.name == plans.EXAMPLE:
        return
    st.subheader(f"Against the estimate of {state.escape_page_text(plan.document.name)}")
    try:
        table = reconcile(of.bill, plans.build_estate_network(plans.get_estate()), resources.get_price_book())
    except CostmodelError as error:
        st.info(state.escape_page_text(error.describe_for_page()))
        return
    names = {"estimate": "Estimate", "bill": "Bill", "residual": "Bill minus estimate"}
    names |= {"by_quantity": "by quantity", "by_price": "by price"}
    rows = [
        {
            "Charge": resources.list_meter_titles().get(row["x_Meter"], row["x_Meter"]),
            "Region": row["RegionId"],
            **{
                n: "?" if row[k] != row[k] else format_money(cents_of(row[k]), of.bill.currency)
                for k, n in names.items()
            },
        }
        for row in table.to_dict("records")
    ]
    config: dict[str, Any] = {n: st.column_config.TextColumn(**RIGHT) for n in names.values()}
    st.dataframe(rows, hide_index=True, column_config=config, key="against")


def show_findings(of: BillReport) -> None:
    """Show the findings, ranked, each with its evidence and the next step."""
    st.subheader("Findings")
    if of.bill.resources is None:
        st.info("This bill names no resources: turn on resource ids in the export, so that findings can name them.")
    if not of.findings:
        st.info("Nothing found.")
        return
    for key, title, kinds in (("worth", "Sure and likely", (SURE, LIKELY)), ("ranges", "At most", (RANGE,))):
        if any(f.confidence in kinds and f.monthly for f in of.findings):
            st.markdown(f"**{title}, a month**")
            figure = bill_charts.plot_findings(of.findings, of.bill.currency, kinds)
            st.plotly_chart(figure, key=key, config=QUIET, alt=f"What findings are worth a month: {title.lower()}")
    rows = [_build_finding_row(f, of.bill.currency) for f in of.findings]
    config: dict[str, Any] = {
        "Finding": st.column_config.TextColumn(pinned=True, width="medium"),
        "A month": st.column_config.TextColumn(**RIGHT),
        "Next": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(rows, hide_index=True, column_config=config, key="findings")
    names = {f.id: f"{f.id}: {f.title}" for f in of.findings}
    chosen = st.selectbox("Evidence of", list(names), format_func=names.__getitem__, key="bill_finding")
    one = next(f for f in of.findings if f.id == chosen)
    st.markdown(f"**{state.escape_page_text(one.resource)}** · {state.escape_page_text(one.next)}")
    shown = {k: _format_evidence(v) for k, v in one.evidence.items()}
    if one.overlaps:
        shown["overlaps with"] = format_short_list(one.overlaps, 8)
    st.dataframe(
        [{"Evidence": k, "Figure": v} for k, v in shown.items()], hide_index=True, key="evidence", width="content"
    )


def _format_evidence(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_format_evidence, value))
    return format_quantity(value) if isinstance(value, int | float) else str(value)


def _build_finding_row(f: Finding, currency: str) -> dict[str, Any]:
    return {
        "Finding": f"{f.id}: {f.title}",
        "About": f.resource.rsplit(":", 1)[-1],
        "A month": format_money(cents_of(f.monthly), currency) if f.monthly else "–",
        "How sure": f"{MARKS[f.confidence]} {bill_charts.SURENESS[f.confidence]}",
        "Account": f.account,
        "Region": f.region,
        "Because": format_evidence(f),
        "Next": f.next,
    }


def show_row_accounting(of: BillReport) -> None:
    """Show where every row and dollar is."""
    bill, cost = of.bill, of.bill.cost
    parts = {"network": cost.network, "other": cost.other}
    parts |= {f"excluded: {why}": part for why, part in cost.excluded.items()} | {"read": cost.read}
    with st.expander("Where every row went, and what the answer is based on", icon=":material/info:"):
        rows = [
            {"Part": name, "Rows": f"{part.rows:,}", "Cost": format_money(cents_of(part.cost), bill.currency)}
            for name, part in parts.items()
        ]
        config: dict[str, Any] = {name: st.column_config.TextColumn(**RIGHT) for name in ("Rows", "Cost")}
        st.dataframe(rows, hide_index=True, column_config=config, key="conserved", width="content")
        for why, part in bill.sum_unrecognized().items():
            st.markdown(f"- network, not priced here: {state.escape_page_text(why)} ({part.rows:,} rows)")
        for text in [*bill.notes, f"Read: {format_short_list(bill.files)}."]:
            st.markdown(f"- {state.escape_page_text(text)}")


def show_page() -> None:
    """Show the page: the answer, what it is made of, what to do."""
    BILL.show_sidebar()
    of = BILL.load_report()
    if of is None:
        return
    if BILL.get_state().request == SourceRequest(EXAMPLE):
        st.markdown("**An example bill**, with invented data. Open your own on the left.")
    show_bill_headline(of)
    toolbar.show_answer_bar(answers.build_bill_answer(of))
    if not of.bill.cost.network.rows:
        st.info("This bill contains no network charges.")
        show_row_accounting(of)
        return
    show_spend(of)
    show_findings(of)
    show_rerating(of)
    show_tier_positions(of)
    show_reconciliation(of)
    show_row_accounting(of)


show_page()
