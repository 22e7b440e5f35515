"""What flow logs show: who sends what through what to which service, what that costs, and what it would cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.decimals import round_to_cents
from costmodel.core.errors import format_short_list
from costmodel.flow_logs.demand import UNNAMED
from costmodel.flow_logs.report import TrafficReport, find_free_traffic, format_service_name
from costmodel.flow_logs.traffic import format_timestamp
from costmodel.network.estate_report import render_demand_file
from dashboard.charts import bill, traffic
from dashboard.session import answers, flow_files, links, state
from dashboard.session.sources import EXAMPLE, SourceRequest
from dashboard.widgets import layout, toolbar
from dashboard.widgets.formatting import RIGHT, format_money, format_quantity

if TYPE_CHECKING:
    from decimal import Decimal

PLAIN: dict[str, Any] = {"border": True, "height": "stretch"}
QUIET = {"displayModeBar": False}
DOWNLOAD: dict[str, Any] = {"icon": ":material/download:", "on_click": "ignore", "width": "stretch"}


# ---------------------------------------------------------------- the answer
def show_traffic_headline(of: TrafficReport) -> None:
    """Show how much flows, what it costs, and what a gateway endpoint would save."""
    t = of.traffic
    counted = t.counted
    one, two, three, four = layout.create_cards(4)
    one.metric("Billed traffic", _format_gb(t.to_gigabytes(counted.sent + counted.received)), **PLAIN)
    two.metric("In a month", _format_gb(t.scale_to_month(counted.sent + counted.received)), **PLAIN)
    whole = len(of.costs) == len(t.sums)
    three.metric(
        "It costs a month" if whole else "Known part costs", _format_money(of, of.total if of.costs else None), **PLAIN
    )
    four.metric("Could be free", _format_money(of, of.freed if of.costs else None), **PLAIN)
    span = (
        f"{format_timestamp(t.period.start)} to {format_timestamp(t.period.end)}"
        if t.period.start is not None
        else "time not known"
    )
    scale = (
        ""
        if t.scale is None
        else f" A month is {format_quantity(t.scale, 2)} times that: confidence {t.period.confidence}."
    )
    st.caption(
        f"{t.format}, {span}, {t.rows_read:,} rows. Each byte that AWS bills is counted once; these costs are "
        f"without hours."
        f"{scale}"
    )
    for lost in t.lost:
        st.warning(state.escape_page_text(f"Not read of {lost.file}: {lost.why}."), icon=":material/warning:")


def _format_gb(gb: float | None) -> str:
    """Return GB with three digits or more, as they fit."""
    return "–" if gb is None else f"{format_quantity(gb, 2 if gb < 100 else 1 if gb < 1000 else 0)} GB"  # noqa: PLR2004


def _format_money(of: TrafficReport, value: Decimal | None) -> str:
    return format_money(value, of.currency or "USD")


def show_traffic_ways(of: TrafficReport) -> None:
    """Show which way traffic goes, and to what."""
    st.subheader("Paths")
    units = ["GB", "Dollars a month"] if of.costs and of.total else ["GB"]
    unit = st.segmented_control(
        "In", units, default=units[0], key=links.bind_widget("flow_unit", units, units[0]), required=True
    )
    figure = traffic.plot_traffic_sankey(of, dollars=unit != "GB", ink=state.pick_text_colour())
    st.plotly_chart(figure, key="ways", config=QUIET, alt=f"Traffic from VPCs through hops to services, in {unit}")
    t = of.traffic
    rows = [
        {
            "To": name,
            "GB sent": _format_gb(t.to_gigabytes(s.sent)),
            "GB received": _format_gb(t.to_gigabytes(s.received)),
            "In a month": _format_gb(t.scale_to_month(s.sent + s.received)),
            "Costs a month": "?" if cost is None else _format_money(of, cost),
        }
        for name, (s, cost) in of.sum_by_service().items()
    ]
    config: dict[str, Any] = {name: st.column_config.TextColumn(**RIGHT) for name in list(rows[0])[1:]}
    st.dataframe(rows, hide_index=True, column_config=config, key="destinations", width="content")
    if any(k.certainty == "range" for k in t.sums):
        st.caption(
            "“Some AWS service” is a range: addresses do not identify the service. Add DNS query logs on the "
            "left to identify it."
        )


def show_gateway_savings(of: TrafficReport) -> None:
    """Show what gateway endpoints would take, and what the whole costs through each architecture."""
    taken = find_free_traffic(of)
    if taken:
        st.subheader("Free by a gateway endpoint")
        rows = [
            {
                "VPC": f.vpc or UNNAMED,
                "Service": f.service,
                "Through NAT gateways a month": _format_gb(of.traffic.scale_to_month(f.sums.sent + f.sums.received)),
                "Saves a month": _format_money(of, f.monthly),
            }
            for f in taken
        ]
        config: dict[str, Any] = {name: st.column_config.TextColumn(**RIGHT) for name in list(rows[0])[2:]}
        st.dataframe(rows, hide_index=True, column_config=config, key="free", width="content")
    st.subheader("The same traffic through each architecture")
    if of.comparison is None:
        st.info(state.escape_page_text(of.demand_notes[0] if of.demand_notes else "These logs imply no demand."))
        return
    import pandas as pd

    totals = {
        o.name: float(round_to_cents(o.total)) for o in of.comparison.ranked if o.total is not None and o.feasible
    }
    figure = bill.plot_ranked_costs(pd.Series(totals), of.currency or "USD")
    st.plotly_chart(figure, key="alternatives", config=QUIET, alt="Cost of a month by architecture, hours included")
    st.caption("A month, hours included.")


def show_traffic_demand(of: TrafficReport) -> None:
    """Hand the demand on."""
    if of.demand is None:
        return
    demand = {"name": _get_file_stem(of), **of.demand}
    one, two = st.columns(2)
    go_on = one.button("Send to Optimize", icon=":material/bolt:", width="stretch", type="primary", key="to_optimize")
    text = render_demand_file(_get_file_stem(of), demand, of.demand_notes, logs=True)
    two.download_button("Demand file (YAML)", text, f"{_get_file_stem(of)}.demand.yaml", "application/yaml", **DOWNLOAD)
    for note in of.demand_notes:
        st.markdown(f"- {state.escape_page_text(note)}")
    if go_on:
        state.set_demand(demand)
        st.switch_page("views/optimize.py")


def _get_file_stem(of: TrafficReport) -> str:
    return Path(of.traffic.files[0]).name.partition(".")[0] or "flow logs"


def show_talkers(of: TrafficReport) -> None:
    """Show who talks most, and every flow."""
    t = of.traffic
    if t.talkers and t.sized:
        st.subheader("Top talkers")
        figure = traffic.plot_talkers(of)
        st.plotly_chart(figure, key="talkers", config=QUIET, alt="The addresses that sent and received most")
    with st.expander("Every flow", icon=":material/table_rows:"):
        rows = [
            {
                "VPC": k.vpc or UNNAMED,
                "Zone": k.zone,
                "Through": f"{k.hop} {k.via}".strip(),
                "To": format_service_name(k),
                "Known": k.certainty,
                "GB sent": _format_gb(t.to_gigabytes(s.sent)),
                "GB received": _format_gb(t.to_gigabytes(s.received)),
                "Costs a month": "?" if k not in of.costs else _format_money(of, of.costs[k]),
            }
            for k, s in sorted(t.sums.items(), key=lambda f: -(f[1].sent + f[1].received))
        ]
        config: dict[str, Any] = {n: st.column_config.TextColumn(**RIGHT) for n in ("GB sent", "GB received")}
        config["Costs a month"] = st.column_config.TextColumn(**RIGHT)
        st.dataframe(rows, hide_index=True, column_config=config, key="flows")


def show_byte_accounting(of: TrafficReport) -> None:
    """Show where every row and byte is, and what the answer depends on."""
    t = of.traffic
    counted = t.counted
    with st.expander("Where every byte went, prices and assumptions", icon=":material/info:"):
        rows = [("counted", round(counted.rows), t.to_gigabytes(counted.sent + counted.received))]
        rows += [(f"not counted: {e.reason}", e.rows, None if e.bytes is None else t.to_gigabytes(e.bytes))
                 for e in t.excluded]  # fmt: skip
        rows.append(("read", t.rows_read, t.to_gigabytes(t.bytes_read)))
        table = [{"Part": name, "Rows": f"{number:,}", "GB": _format_gb(gb)} for name, number, gb in rows]
        config: dict[str, Any] = {name: st.column_config.TextColumn(**RIGHT) for name in ("Rows", "GB")}
        st.dataframe(table, hide_index=True, column_config=config, key="conserved_bytes", width="content")
        for text in [*t.notes, f"AWS's address ranges of {t.ip_ranges}.", f"Read: {format_short_list(t.files)}."]:
            st.markdown(f"- {state.escape_page_text(text)}")


def show_page() -> None:
    """Show the page: how much, which way, what it would cost, who."""
    flow_files.show_flow_sidebar()
    of = flow_files.FLOWS.load_report()
    if of is None:
        return
    if flow_files.FLOWS.get_state().request == SourceRequest(EXAMPLE):
        st.markdown("**Example flow logs**, with invented data. Open your own on the left.")
    show_traffic_headline(of)
    toolbar.show_answer_bar(answers.build_traffic_answer(of))
    if not of.traffic.sums:
        st.info("These logs contain no traffic that is billed as private networking.")
        show_byte_accounting(of)
        return
    show_traffic_ways(of)
    show_gateway_savings(of)
    show_traffic_demand(of)
    show_talkers(of)
    show_byte_accounting(of)


show_page()
