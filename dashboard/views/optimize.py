"""The cheapest plan of a demand: what it builds, why, and what would flip it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
import yaml

from costmodel.comparison.kept_report import describe_kept
from costmodel.comparison.options import build_todays_option
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.errors import CostmodelError, InfeasibleError, format_short_list
from costmodel.optimizer.plan_rows import (
    build_change_rows,
    build_plan_rows,
    group_alike_changes,
    group_alike_rows,
    name_change_ends,
)
from costmodel.optimizer.plan_sensitivity import (
    build_plan_cells,
    build_plan_edges,
    build_saving_steps,
    compute_unallocated_cost,
    find_closest_flip,
    list_payers,
)
from costmodel.optimizer.report import build_answer_json, build_certificate_rows, collect_plan_assumptions
from costmodel.optimizer.sensitivity import warn_if_zero_gb
from costmodel.optimizer.unpriced_report import LEAST, NO_PLAN, build_unpriced_paths_tables
from dashboard.charts import plan, topology
from dashboard.session import answers, journey, price_settings, resources, state
from dashboard.session.search import Search
from dashboard.widgets import constraints, inputs, layout, toolbar
from dashboard.widgets.formatting import RIGHT, format_factor, format_money, format_quantity

if TYPE_CHECKING:
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.answer import Answer

PLAIN: dict[str, Any] = {"border": True, "delta_color": "off", "delta_arrow": "off", "height": "stretch"}
CHART: dict[str, Any] = {"config": {"displayModeBar": False}}
FLOW = {
    "vpc": "VPC",
    "gb": "GB",
    "runner_up": "Runner-up",
    "runner_up_more": "It costs more",
    "flip_gb": "Break-even, GB",
}
"""Columns of the plan flow by flow, and what people call them."""
PATIENCE = 1.5  # seconds that a page waits before it shows progress instead
OFTEN = 0.5  # seconds between two looks at a search


def get_or_start_search(d: Demand, demand: dict[str, Any], *, more: bool) -> Search:
    """Return the session's search for a demand, begun anew if it is of another."""
    s = st.session_state
    key = (state.encode_demand(demand), more, resources.make_prices_key())
    search: Search | None = s.get("search")
    if search is None or search.key != key:
        if search is not None:
            search.stop()
        search = s["search"] = Search(key, d, resources.get_price_book(), more=more)
    return search


@st.fragment(run_every=OFTEN)
def show_search_status() -> None:
    """Show how far the search is, and a button that stops it."""
    search: Search = st.session_state["search"]
    if search.is_done():
        st.rerun()
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.info(f"{search.seconds:,.0f} s: {search.doing}", icon=":material/hourglass_top:")
    if right.button("Stop", key="stop", icon=":material/stop:", width="stretch"):
        search.stop()


def show_plan_headline(answer: Answer) -> None:
    """Show the total, what it saves against today and against the best architecture, and whether it is proven."""
    bill, said, gap = answer.best.bill, build_answer_json(answer), answer.best.certificate["gap"]
    currency, whole = bill.currency, answer.best.proof == "whole"
    one, two, three = layout.create_cards(3)
    proven = "proven optimal" if not gap else f"at most {gap:.2%} above the optimum"
    proven = proven if whole else f"no plan costs less than {format_money(said['lower_bound'], currency)}"
    title = "The cheapest plan" if whole else "Cheapest of what is priced"
    one.metric(title, format_money(said["total"], currency), proven, **PLAIN)
    if said["today"]:
        text = f"the plan saves {format_money(said['today']['saving'], currency)}"
        two.metric("As built today", format_money(said["today"]["total"], currency), text, **PLAIN)
    if said["architectures"]:
        uniform = said["architectures"][0]
        text = f"{format_money(uniform['more'], currency)} more" if float(uniform["more"]) else "costs the same"
        three.metric(f"Best architecture: {uniform['name']}", format_money(uniform["total"], currency), text, **PLAIN)
    rests = answer.option.posture.get("single_points")
    risk = f" It depends on {' and '.join(rests)}." if rests else ""
    near = find_closest_flip(answer)
    flip = ""
    if near is not None and near.flip_gb is not None and near.margin is not None:
        flip = (
            f" **Closest to changing**, every other flow keeping its path: {near.group} → {near.service} of one "
            f"VPC, at "
            f"{format_quantity(near.flip_gb, 1)} GB instead of {format_quantity(near.gb, 1)} "
            f"(×{format_factor(near.margin)}), by {near.runner_up}."
        )
    st.markdown(
        state.escape_page_text(f"{currency} a month, {price_settings.describe_dated_prices(bill)}, before tax.{risk}")
        + flip
    )
    price_settings.show_secondary_totals(bill)
    show_unpriced_paths(answer)
    if answer.kept is not None:
        st.info(state.escape_page_text(describe_kept(answer.kept)), icon=":material/push_pin:")
    for text in [t for t in [warn_if_zero_gb(answer.demand), *answer.option.quotas] if t]:
        st.warning(state.escape_page_text(text), icon=":material/warning:")


def show_unpriced_paths(answer: Answer) -> None:
    """Show the paths that have no price, and whether one of them may be cheaper than the plan."""
    whole = answer.best.proof == "whole"
    if not whole:
        st.warning("Not proven: a path without a price may be cheaper.", icon=":material/help:")
    currency = answer.best.bill.currency
    for _, title, names, rows in build_unpriced_paths_tables(answer.best.unpriced, currency):
        with st.expander(title, icon=":material/money_off:", expanded=not whole):
            table = [
                {names[0]: path, "Verdict": verdict, LEAST: least, names[1]: price, names[2]: vpcs}
                for path, price, vpcs, amount_, verdict in rows
                for least in [amount_ if amount_ == NO_PLAN else format_money(str(amount_), currency)]
            ]
            right: dict[str, Any] = {LEAST: st.column_config.TextColumn(**RIGHT)}
            st.dataframe(table, hide_index=True, column_config=right, key="unpriced")


def show_plan_pictures(answer: Answer) -> None:
    """Show the plan as a network, as a table of colours, and as the way from today."""
    currency = answer.best.bill.currency
    shown = build_plan_edges(answer.demand, answer.best.plan, resources.get_price_book())
    if not shown:
        st.info("There are no flows, so nothing is built.")
        return
    numbers = topology.assign_path_numbers(shown)
    st.subheader("The plan")
    rest = compute_unallocated_cost(answer.best.bill.total_exact, shown)
    figure = topology.plot_topology(shown, rest, currency, numbers, state.pick_text_colour())
    st.plotly_chart(figure, key="topology", alt="VPCs, hops and services, with the cost of each hop", **CHART)
    st.subheader("How close each flow is to another path")
    st.plotly_chart(
        plan.plot_path_heatmap(build_plan_cells(answer), currency, numbers), key="heatmap", alt="Paths", **CHART
    )
    st.caption(
        "Each colour is a path. ×2.1 means: with 2.1 times its GB, another path costs the same, everything else "
        "unchanged. never: at no GB. Of identical VPCs, the one closest to its break-even is shown."
    )
    way = build_saving_steps(answer)
    if answer.today is not None and way:
        st.subheader("From today to the plan")
        today = answer.today
        figure = plan.plot_savings_waterfall(today, way, answer.best.bill.total_exact, currency)
        st.plotly_chart(figure, key="waterfall", alt="Savings by kind of change", **CHART)
    show_payers(answer)


def show_payers(answer: Answer) -> None:
    """Show what each account pays today and under the plan."""
    today = build_todays_option(answer.demand, resources.get_price_book())
    if today is None or today.bill is None or today.total is None:
        return
    found = list_payers(today.bill, answer.best.bill)
    if len(found) > 1:
        st.subheader("Who pays")
        figure = plan.plot_payers(found, answer.best.bill.currency, state.pick_text_colour())
        st.plotly_chart(figure, key="paying", alt="What each account pays today and under the plan", **CHART)


def show_alternatives(answer: Answer) -> None:
    """Show what fewer changes and stricter rules would cost."""
    if answer.beside_open:
        st.warning("Not all of these are proven: a price is missing.", icon=":material/help:")
    currency = answer.best.bill.currency
    if answer.frontier:
        st.subheader("What fewer changes would cost")
        st.plotly_chart(plan.plot_frontier(answer.frontier, currency), key="frontier", alt="Cost by changes", **CHART)
    if answer.postures:
        st.subheader("What stricter rules for all VPCs would cost")
        st.plotly_chart(plan.plot_postures(answer.postures, currency), key="postures", alt="Cost by rule", **CHART)


def _format_cell(value: Any) -> str:
    try:
        return f"{float(value):,.6g}"
    except ValueError:
        return str(value)


def show_proof(answer: Answer) -> None:
    """Show the certificate, every flow, every change and the architectures to compare with."""
    currency = answer.best.bill.currency
    rows = build_plan_rows(answer)
    with st.expander(f"The plan, flow by flow ({len(rows):,})", icon=":material/table_rows:"):
        keys = ("path", "hub", "zones", "gb", "runner_up", "runner_up_more", "flip_gb")
        table = [
            {FLOW.get(k, k.title()): "–" if v is None else _format_cell(v) for k, v in row.items()}
            for row in group_alike_rows(rows, keys)
        ]
        st.dataframe(table, hide_index=True, key="plan")
    _show_changes(build_change_rows(answer), currency)
    _show_architectures(answer, currency)
    with st.expander("Certificate", icon=":material/verified:", expanded=True):
        st.dataframe(
            [{"Fact": n, "Value": v} for n, v in build_certificate_rows(answer)], hide_index=True, key="certificate"
        )
        used = [
            {"Assumption": n, "Value": v, "Meaning": ASSUMPTIONS[n].explain_value(v)}
            for n, v in collect_plan_assumptions(answer).items()
        ]
        st.dataframe(used, hide_index=True, key="assumed")
        for text in [*answer.demand.notes, *answer.best.bill.warnings]:
            st.markdown(f"- {state.escape_page_text(text)}")


def _show_changes(changed: list[dict[str, Any]], currency: str) -> None:
    """Show the changes from today, unless there are none."""
    if not changed:
        return
    with st.expander(f"Changes from today ({len(changed):,})", icon=":material/swap_horiz:"):
        table = [
            {"vpc": row["vpc"], "service": row["service"], "from": one, "to": other,
             "saving": format_money(str(row["saving"]), currency)}
            for row in group_alike_changes(changed) for one, other in [name_change_ends(row)]
        ]  # fmt: skip
        config: dict[str, Any] = {"saving": st.column_config.TextColumn(**RIGHT)}
        st.dataframe(table, hide_index=True, key="changes", column_config=config)


def _show_architectures(answer: Answer, currency: str) -> None:
    """Show the plan next to every architecture that the constraints allow."""
    if not answer.architectures:
        return
    with st.expander("Compared with every architecture", icon=":material/compare_arrows:"):
        table = [
            {
                "Architecture": a["name"],
                "A month": format_money(a["total"], currency),
                "More": format_money(a["more"], currency),
            }
            for a in build_answer_json(answer)["architectures"]
        ]
        st.dataframe(table, hide_index=True, key="beside")
        st.caption("Only architectures that the constraints allow.")


def explain_missing_plan(d: Demand, error: CostmodelError) -> None:
    """Say why there is no plan, and what to loosen."""
    if not isinstance(error, InfeasibleError):
        state.show_error(error)
        return
    if error.conflict:
        lines = [f"- `{item}`" for item in error.conflict]
        st.error("\n".join(["No plan can meet all of these; relax one of them:", "", *lines]), icon=":material/block:")
    else:
        state.show_error(error, "No plan:")
    rules: dict[str, list[str]] = {}
    for rule, vpc, service in error.reasons:
        rules.setdefault(rule, []).append(f"{vpc} → {service}" if service else vpc)
    for rule, places in rules.items():
        text = d.rules[rule].text if rule in d.rules else rule
        st.markdown(
            f"- {state.escape_page_text(text)} "
            f"({state.escape_page_text(format_short_list(list(dict.fromkeys(places))))}; rule `{rule}`)"
        )


def show_page() -> None:
    """Show the page: the answer first, then what it is made of; above them what it is an answer to."""
    journey.show_demand_offer()
    demand = inputs.show_demand_sidebar(state.get_demand())
    with st.expander("GB of one VPC a month, by VPC group and service", icon=":material/edit:", expanded=True):
        demand = constraints.show_gb_table(demand)
    with st.expander("Constraints", icon=":material/rule:", expanded=bool(demand.get("constraints"))):
        demand = constraints.show_constraints(demand)
    state.save_demand(demand)
    with st.sidebar:
        st.download_button(
            "Save the demand file", lambda: yaml.safe_dump(demand, sort_keys=False, allow_unicode=True), "demand.yaml",
            "application/yaml", key="save", icon=":material/download:", width="stretch", on_click="ignore",
        )  # fmt: skip
    more = st.toggle("What fewer changes and stricter rules would cost", key="more")
    try:
        d, note = state.parse_demand(demand)
    except CostmodelError as error:
        state.show_error(error)
        return
    if note:
        st.warning(state.escape_page_text(note), icon=":material/schedule:")
    search = get_or_start_search(d, demand, more=more)
    if not search.is_done(PATIENCE):
        show_search_status()
        return
    if search.answer is None:
        failure = search.error or CostmodelError("The search ended without a result.")
        if not isinstance(failure, CostmodelError):
            raise failure
        explain_missing_plan(d, failure)
        return
    show_plan_headline(search.answer)
    toolbar.show_answer_bar(answers.build_plan_answer(search.answer))
    show_plan_pictures(search.answer)
    show_alternatives(search.answer)
    show_proof(search.answer)


show_page()
