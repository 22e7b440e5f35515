"""Every architecture of a demand side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
import yaml

from costmodel.architectures.patterns import PATTERNS
from costmodel.comparison.kept import kept_beside
from costmodel.comparison.options import beside_today, options
from costmodel.comparison.report import differences, resources
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.errors import CostmodelError
from costmodel.management_report import tier_positions
from costmodel.optimizer.plan_sensitivity import edges, existing
from dashboard.charts import gauges, topology
from dashboard.session import answers, journey, links, state
from dashboard.session import resources as held
from dashboard.widgets import comparison as comparing
from dashboard.widgets import inputs, toolbar
from dashboard.widgets.crossover import crossover
from dashboard.widgets.formatting import RIGHT, amount, money, share
from dashboard.widgets.what_if import what_if

if TYPE_CHECKING:
    from collections.abc import Callable

    from costmodel.comparison.options import Comparison, Option
    from costmodel.demand.demand import Demand

NUMBERS = {name: number for number, name in enumerate([*PATTERNS, "today"])}
COLUMNS = {"vpc": "VPC"}


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def matrix(comparison: Comparison) -> None:
    """Show what is feasible, and what each architecture means for security."""
    st.subheader("Feasibility and security")
    more = differences(comparison, comparison.cheapest)
    rows = []
    for option in comparison.ranked:
        posture, bill = option.posture, option.bill
        currency = bill.currency if bill and len(bill.totals) == 1 else "USD"
        state_ = "✓ feasible" if option.priced else "? not priced" if option.feasible else "✗ infeasible"
        rules = sorted({rule for rule, _, _ in [*option.why_not, *option.breaks]})
        state_ = "✗ breaks" if option.breaks and option.feasible else state_
        rows.append(
            {
                "Architecture": option.name,
                "State": state_ if not rules else f"{state_}{' ' * bool(option.breaks) or ': '}{', '.join(rules)}",
                "A month": money(option.total, currency),
                "More than the cheapest": money(more.get(option.name) or None, currency, sign=True),
                "On AWS's network": _share(posture, "aws_network"),
                "Private addresses": _share(posture, "private"),
                "Endpoint policy": _share(posture, "endpoint_policy"),
                "From on premises": _share(posture, "on_premises"),
                "Routed to other VPCs": _count(posture, "routed_flows", "flows"),
                "Depends on": ", ".join(posture.get("single_points", [])) or ("–" if not posture else "nothing shared"),
                "Resources": amount(posture["resources"], 0) if posture else "–",
            }
        )
    config: dict[str, Any] = {"Architecture": st.column_config.TextColumn(pinned=True)}
    config |= {
        name: st.column_config.TextColumn(**RIGHT) for name in ("A month", "More than the cheapest", "Resources")
    }
    st.dataframe(rows, hide_index=True, column_config=config, key="matrix", height="content")
    st.caption("Shares of the GB: ● all · ◕ ◑ ◔ some · ○ none. A policy can limit what an endpoint lets through.")


def _share(posture: dict[str, Any], name: str) -> str:
    return share(posture[name]) if posture else "–"


def _count(posture: dict[str, Any], name: str, what: str) -> str:
    if not posture:
        return "–"
    return f"{posture[name]} {what}" if posture[name] else "○ none"


def _chosen(comparison: Comparison) -> Option | None:
    """Return the architecture that is looked at in detail, if it has a bill."""
    name = st.session_state.get("chosen")
    return next((o for o in comparison if o.name == name and o.bill is not None), None)


def pictured(d: Demand, option: Option) -> None:
    """Show how each VPC reaches each service, with the cost of each line."""
    if option.bill is None or not option.priced or not len(d.flows):
        return
    shown = edges(d, option.plan, held.book())
    rest = existing(option.bill.total_exact, shown)
    figure = topology.topology(shown, rest, option.bill.currency, topology.numbered(shown), state.ink())
    st.plotly_chart(figure, key="topology", config={"displayModeBar": False}, alt=f"{option.name} as a network")


def details(comparison: Comparison) -> None:
    """Show one architecture as a network, its charges, and what it builds."""
    st.subheader("One architecture in detail")
    built = [o.name for o in comparison.ranked if o.bill is not None]
    if not built:
        st.info("No architecture can be built.")
        return
    if st.session_state.get("chosen") not in built:
        st.session_state.pop("chosen", None)
    option = comparison[st.selectbox("Architecture", built, key=links.choice("chosen", built, built[0]))]
    pictured(comparison.demand, option)
    bill = option.bill
    charges = [
        {
            "Charge": line["ChargeDescription"],
            "Region": line["RegionId"] + (f" ↔ {line['counterpart']}" if line["counterpart"] else ""),
            "Quantity": amount(line["quantity"]),
            "Unit": line["unit"],
            "Cost": money(line["ContractedCost"], line["BillingCurrency"]),
            **({"At list": money(line["ListCost"], line["BillingCurrency"])} if bill.contract else {}),
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
    total, least = (
        state.escaped(" and ".join(money(v, c) for c, v in bill.totals.items())),
        " at least" * bool(bill.unpriced),
    )
    st.markdown(f"**Charges**,{least} {total} a month")
    st.dataframe(charges, hide_index=True, column_config=config, key="charges")
    if positions := tier_positions.of_bill(bill):
        st.markdown("**Where the tiers are**")
        figure = gauges.gauge(positions, state.ink())
        st.plotly_chart(
            figure, key="gauge", config={"displayModeBar": False}, alt="Quantities in the tiers of their prices"
        )
    if bill.unpriced:
        lines = [f"- {amount(u.quantity)} of `{u.meter}` in {u.region}" for u in bill.unpriced]
        st.warning("\n".join(["Not priced:", "", *lines]), icon=":material/help:")
    st.markdown("**What it builds**")
    parts = [
        {COLUMNS.get(k, k.title()): str(v or "–") for k, v in row.items()}
        for row in resources(comparison.demand, option)
    ]
    numbers: dict[str, Any] = {n: st.column_config.TextColumn(**RIGHT) for n in ("Count", "Zones")}
    st.dataframe(parts, hide_index=True, column_config=numbers, key="resources")


def basis(comparison: Comparison, note: str) -> None:
    """Show what the totals rest on: assumptions, and what a reader should know."""
    st.subheader("What it rests on")
    rows = [
        {
            "Assumption": n,
            "Value": v,
            "Meaning": ASSUMPTIONS[n].explained(v),
            "Default": "✓" if v == ASSUMPTIONS[n].default else "changed",
        }
        for n, v in comparison.assumptions.items()
    ]
    st.dataframe(rows, hide_index=True, key="assumed", height="content")
    warnings = comparison.warnings
    for text in [note, *warnings] if note else warnings:
        st.warning(state.escaped(text), icon=":material/schedule:")
    for text in comparison.demand.notes:
        st.markdown(f"- {state.escaped(text)}")


def page() -> None:
    """Show the page: the answer first, then the demand, then what the answer is made of."""
    journey.offer()
    above = st.container()
    demand = inputs.sidebar(state.current())
    demand = inputs.folded(demand)
    state.settle(demand)
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
            st.caption("The address of this page holds the whole demand: copy it to share or to come back.")
    try:
        understood, note = state.understood(demand)
        compared = options(understood, held.book())
        comparison, today = beside_today(compared, held.book())
        kept = kept_beside(compared, held.book())
    except CostmodelError as error:
        above.error(state.escaped(str(error)), icon=":material/error:")
        return
    with above:
        services = {f["to"] for f in demand["flows"]}
        counts = ((demand["vpcs"], "VPC group"), (services, "service"), (demand["flows"], "flow"))
        told = ", ".join(_number(len(some), what) for some, what in counts)
        st.markdown(f"**{state.escaped(understood.name)}**: {told}")
        comparing.headline(comparison, today, note, kept)
        toolbar.bar(answers.of_comparison(comparison, today, _chosen(comparison)))
    shows: dict[str, Callable[[], None]] = {
        "Costs": lambda: comparing.bars(comparison),
        "Where it changes": lambda: crossover(understood, comparison, NUMBERS),
        "What if": lambda: what_if(demand, comparison, NUMBERS),
        "Feasibility and security": lambda: matrix(comparison),
        "In detail": lambda: details(comparison),
        "What it rests on": lambda: basis(comparison, note),
    }
    names = list(shows)
    key = state.seed(links.choice("tab", names, names[0]), names[0])
    # Lighter than tabs, which measure themselves at every run; what nobody looks at is not reckoned.
    looked_at = st.segmented_control("Look at", names, required=True, key=key, label_visibility="collapsed")
    shows[looked_at or names[0]]()


page()
