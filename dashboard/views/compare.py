"""Every architecture of a demand side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
import yaml

from costmodel.architectures.patterns import PATTERNS
from costmodel.comparison.kept import evaluate_kept_in_comparison
from costmodel.comparison.options import add_todays_option, price_architectures
from costmodel.comparison.report import compute_total_differences, list_option_resources
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.errors import CostmodelError
from costmodel.management_report import tier_positions
from costmodel.optimizer.plan_sensitivity import build_plan_edges, compute_unallocated_cost
from dashboard.charts import gauges, topology
from dashboard.session import answers, journey, links, state
from dashboard.session import resources as held
from dashboard.widgets import comparison as comparing
from dashboard.widgets import inputs, toolbar
from dashboard.widgets.crossover import show_crossover
from dashboard.widgets.formatting import RIGHT, format_money, format_quantity, format_share
from dashboard.widgets.what_if import show_what_if

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from costmodel.comparison.options import Comparison, Option
    from costmodel.comparison.posture import Posture, PostureShare
    from costmodel.demand.demand import Demand
    from costmodel.network.bill import Bill

NUMBERS = {name: number for number, name in enumerate([*PATTERNS, "today"])}
COLUMNS = {"vpc": "VPC"}


def _format_count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def show_feasibility_matrix(comparison: Comparison) -> None:
    """Show what is feasible, and what each architecture means for security."""
    st.subheader("Feasibility and security")
    more = compute_total_differences(comparison, comparison.cheapest)
    rows = [_describe_feasibility(option, more) for option in comparison.ranked]
    config: dict[str, Any] = {"Architecture": st.column_config.TextColumn(pinned=True)}
    config |= {
        name: st.column_config.TextColumn(**RIGHT) for name in ("A month", "More than the cheapest", "Resources")
    }
    st.dataframe(rows, hide_index=True, column_config=config, key="matrix", height="content")
    st.caption("Share of the GB: ● all · ◕ ◑ ◔ some · ○ none. An endpoint policy can limit what an endpoint allows.")


def _describe_feasibility(option: Option, more: Mapping[str, Decimal]) -> dict[str, str]:
    """Return an architecture's row of the matrix.

    Args:
        option: the architecture.
        more: architecture → what it costs more than the cheapest one.
    """
    posture, bill = option.posture, option.bill
    currency = bill.currency if bill and len(bill.totals) == 1 else "USD"
    return {
        "Architecture": option.name,
        "State": _describe_state(option),
        "A month": format_money(option.total, currency),
        "More than the cheapest": format_money(more.get(option.name) or None, currency, sign=True),
        "On AWS's network": _format_posture_share(posture, "aws_network"),
        "Private addresses": _format_posture_share(posture, "private"),
        "Endpoint policy": _format_posture_share(posture, "endpoint_policy"),
        "From on premises": _format_posture_share(posture, "on_premises"),
        "Routed to other VPCs": _format_routed_flows(posture),
        "Depends on": ", ".join(posture.get("single_points", [])) or ("–" if not posture else "nothing shared"),
        "Resources": format_quantity(posture["resources"], 0) if posture else "–",
    }


def _describe_state(option: Option) -> str:
    """Return whether an architecture is feasible and priced, and the rules and constraints that it breaks."""
    rules = ", ".join(sorted({rule for rule, _, _ in [*option.why_not, *option.breaks]}))
    if option.breaks and option.feasible:
        return f"✗ breaks {rules}"
    described = "✓ feasible" if option.priced else "? not priced" if option.feasible else "✗ infeasible"
    return f"{described}: {rules}" if rules else described


def _format_posture_share(posture: Posture, name: PostureShare) -> str:
    return format_share(posture[name]) if posture else "–"


def _format_routed_flows(posture: Posture) -> str:
    if not posture:
        return "–"
    return f"{posture['routed_flows']} flows" if posture["routed_flows"] else "○ none"


def _get_chosen_option(comparison: Comparison) -> Option | None:
    """Return the architecture that is looked at in detail, if it has a bill."""
    name = st.session_state.get("chosen")
    return next((o for o in comparison if o.name == name and o.bill is not None), None)


def show_option_topology(d: Demand, option: Option) -> None:
    """Show how each VPC reaches each service, with the cost of each line."""
    if option.bill is None or option.plan is None or not option.priced or not len(d.flows):
        return
    shown = build_plan_edges(d, option.plan, held.get_price_book())
    rest = compute_unallocated_cost(option.bill.total_exact, shown)
    figure = topology.plot_topology(
        shown, rest, option.bill.currency, topology.assign_path_numbers(shown), state.pick_text_colour()
    )
    st.plotly_chart(figure, key="topology", config={"displayModeBar": False}, alt=f"{option.name} as a network")


def _warn_of_unpriced_charges(bill: Bill) -> None:
    """List the charges of a bill that have no price; a quantity that is not known is a question mark."""
    lines = []
    for charge in bill.unpriced:
        quantity = "?" if charge.quantity is None else format_quantity(charge.quantity)
        lines.append(f"- {quantity} of `{charge.meter}` in {charge.region}")
    if lines:
        st.warning("\n".join(["Not priced:", "", *lines]), icon=":material/help:")


def show_option_details(comparison: Comparison) -> None:
    """Show one architecture as a network, its charges, and what it builds."""
    st.subheader("One architecture in detail")
    bills = {o.name: o.bill for o in comparison.ranked if o.bill is not None}
    built = list(bills)
    if not built:
        st.info("No architecture can be built.")
        return
    if st.session_state.get("chosen") not in built:
        st.session_state.pop("chosen", None)
    option = comparison[st.selectbox("Architecture", built, key=links.bind_widget("chosen", built, built[0]))]
    show_option_topology(comparison.demand, option)
    bill = bills[option.name]
    _show_charges(bill)
    if positions := tier_positions.list_tier_positions(bill):
        st.markdown("**Position in the price tiers**")
        figure = gauges.plot_tier_gauges(positions, state.pick_text_colour())
        st.plotly_chart(figure, key="gauge", config={"displayModeBar": False}, alt="Quantities in their price tiers")
    _warn_of_unpriced_charges(bill)
    st.markdown("**What it builds**")
    parts = [
        {COLUMNS.get(k, k.title()): str(v or "–") for k, v in row.items()}
        for row in list_option_resources(comparison.demand, option)
    ]
    numbers: dict[str, Any] = {n: st.column_config.TextColumn(**RIGHT) for n in ("Count", "Zones")}
    st.dataframe(parts, hide_index=True, column_config=numbers, key="resources")


def _show_charges(bill: Bill) -> None:
    """Show each charge of an architecture, the most expensive first."""
    charges = [
        {
            "Charge": line["ChargeDescription"],
            "Region": line["RegionId"] + (f" ↔ {line['counterpart']}" if line["counterpart"] else ""),
            "Quantity": format_quantity(line["quantity"]),
            "Unit": line["unit"],
            "Cost": format_money(line["ContractedCost"], line["BillingCurrency"]),
            **({"At list": format_money(line["ListCost"], line["BillingCurrency"])} if bill.contract else {}),
            "Next unit": "–" if line["marginal"] is None else f"{line['marginal']:f}",
            "Tier": f"{line['tier']} of {line['tiers']}",
            "Price of": line["x_PriceDate"] or "undated",
            "Confidence": line["confidence"],
            "Counted": line["rule"],
            "Source": line["url"],
        }
        for line in sorted(bill.explain(), key=lambda line: -line["ContractedCost"])
    ]
    config: dict[str, Any] = {
        n: st.column_config.TextColumn(**RIGHT) for n in ("Quantity", "Cost", "At list", "Next unit")
    }
    config |= {"Source": st.column_config.LinkColumn(display_text="AWS")}
    total = state.escape_page_text(" and ".join(format_money(v, c) for c, v in bill.totals.items()))
    st.markdown(f"**Charges**,{' at least' * bool(bill.unpriced)} {total} a month")
    st.dataframe(charges, hide_index=True, column_config=config, key="charges")


def show_comparison_basis(comparison: Comparison, note: str) -> None:
    """Show what the totals depend on: assumptions, and what a reader should know."""
    st.subheader("Prices and assumptions")
    rows = [
        {
            "Assumption": n,
            "Value": v,
            "Meaning": ASSUMPTIONS[n].explain_value(v),
            "Default": "✓" if v == ASSUMPTIONS[n].default else "changed",
        }
        for n, v in comparison.assumptions.items()
    ]
    st.dataframe(rows, hide_index=True, key="assumed", height="content")
    warnings = comparison.warnings
    for text in [note, *warnings] if note else warnings:
        st.warning(state.escape_page_text(text), icon=":material/schedule:")
    for text in comparison.demand.notes:
        st.markdown(f"- {state.escape_page_text(text)}")


def show_page() -> None:
    """Show the page: the answer first, then the demand, then what the answer is made of."""
    journey.show_demand_offer()
    above = st.container()
    demand = inputs.show_demand_sidebar(state.get_demand())
    demand = inputs.show_demand_expander(demand)
    state.save_demand(demand)
    with st.sidebar:
        st.download_button(
            "Save the demand file",
            lambda: yaml.safe_dump(demand, sort_keys=False, allow_unicode=True),
            "demand.yaml",
            "application/yaml",
            key="save",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )
        if st.session_state["long"]:
            st.caption("This demand is too large for a link: save the file instead.")
        else:
            st.caption("The address of this page contains the whole demand: copy it to share it or to return to it.")
    try:
        understood, note = state.parse_demand(demand)
        compared = price_architectures(understood, held.get_price_book())
        comparison, today = add_todays_option(compared, held.get_price_book())
        kept = evaluate_kept_in_comparison(compared, held.get_price_book())
    except CostmodelError as error:
        state.show_error(error, place=above)
        return
    with above:
        services = {f["to"] for f in demand["flows"]}
        counts = ((demand["vpcs"], "VPC group"), (services, "service"), (demand["flows"], "flow"))
        told = ", ".join(_format_count(len(some), what) for some, what in counts)
        st.markdown(f"**{state.escape_page_text(understood.name)}**: {told}")
        comparing.show_comparison_headline(comparison, today, note, kept)
        toolbar.show_answer_bar(answers.build_comparison_answer(comparison, today, _get_chosen_option(comparison)))
    shows: dict[str, Callable[[], None]] = {
        "Costs": lambda: comparing.show_cost_bars(comparison),
        "Where it changes": lambda: show_crossover(understood, comparison, NUMBERS),
        "What if": lambda: show_what_if(demand, comparison, NUMBERS),
        "Feasibility and security": lambda: show_feasibility_matrix(comparison),
        "In detail": lambda: show_option_details(comparison),
        "Prices and assumptions": lambda: show_comparison_basis(comparison, note),
    }
    names = list(shows)
    key = state.init_widget(links.bind_widget("tab", names, names[0]), names[0])
    # Lighter than tabs, which measure themselves at every run; what nobody looks at is not reckoned.
    looked_at = st.segmented_control("Look at", names, required=True, key=key, label_visibility="collapsed")
    shows[looked_at or names[0]]()


show_page()
