"""Every architecture of a demand side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
import yaml

from costmodel.assumptions import ASSUMPTIONS
from costmodel.compare import beside_today, options
from costmodel.errors import CostmodelError, several
from costmodel.export.bill import bill_csv
from costmodel.export.compare import differences, resources
from costmodel.patterns import PATTERNS
from dashboard import charts, inputs, pricing, state
from dashboard import resources as held
from dashboard.crossover import crossover
from dashboard.what_if import what_if
from dashboard.words import RIGHT, amount, money, share

if TYPE_CHECKING:
    from costmodel.compare import Comparison, Option

NUMBERS = {name: number for number, name in enumerate([*PATTERNS, "today"])}
PLAIN: dict[str, Any] = {"border": True, "delta_color": "off", "delta_arrow": "off", "height": "stretch"}
COLUMNS = {"vpc": "VPC"}


def headline(comparison: Comparison, today: Option | None, note: str) -> None:
    """Show the cheapest architecture, the next, and what is built today, or that it is left out."""
    best = comparison.cheapest
    if best is None or best.bill is None:
        st.error("No architecture has a total. What is missing stands below.", icon=":material/block:")
        return
    currency, more = best.bill.currency, differences(comparison, best)
    following = next((o for o in comparison.ranked if o.total is not None and o is not best), None)
    one, two, three = st.columns(3)
    one.metric(
        f"Cheapest: {best.name}", money(best.total, currency), "is built today" if today is best else None, **PLAIN
    )
    if following is not None:
        extra = f"{money(more[following.name], currency)} more" if more[following.name] else "costs the same"
        two.metric(f"Next: {following.name}", money(following.total, currency), extra, **PLAIN)
    if today is not None and today is not best:
        label = "As built today" if today.name == "today" else f"Today: {today.name}"
        extra = "infeasible or unpriced: see below"
        if today.name in more:
            differs = more[today.name]
            extra = f"{money(abs(differs), currency)} {'less' if differs < 0 else 'more'}"
        if today.breaks:
            extra += f", breaks {' and '.join(dict.fromkeys(rule for rule, _, _ in today.breaks))}"
        three.metric(label, money(today.total, currency), extra, **PLAIN)
    elif note:
        three.metric("As built today", "–", "left out: see “What it rests on”", **PLAIN)
    hours, rests = amount(comparison.demand.hours), best.posture.get("single_points")
    risk = f" {best.name} depends on {' and '.join(rests)}." if rests else ""
    kind = f"{pricing.kind(best.bill)} of {best.bill.price_date}"
    st.caption(state.escaped(f"{currency} a month of {hours} hours, {kind}, before tax.{risk}"))
    pricing.beside(best.bill)
    unpriced = [o.name for o in comparison if o.feasible and not o.priced]
    if unpriced:
        st.warning(
            f"{len(unpriced)} of {len(comparison)} cannot be compared, since a price is not held: "
            f"{several(unpriced, 10)}.",
            icon=":material/help:",
        )


def bars(comparison: Comparison) -> None:
    """Show what each architecture is charged for, and which ones have no total, and why."""
    st.subheader("What each architecture costs")
    best = comparison.cheapest
    if best is not None and best.bill is not None:
        currency = best.bill.currency
        priced = [o for o in comparison.ranked if o.bill is not None and o.priced and o.bill.currency == currency]
        if any(o.total for o in priced):
            figure = charts.stacked(priced, differences(comparison, best), currency)
            st.plotly_chart(figure, key="bars", config={"displayModeBar": False}, alt="Cost by charge and architecture")
        else:
            st.info("Nothing of this demand is charged.")
    refused: dict[tuple[Any, ...], list[Option]] = {}
    for option in comparison:
        if not option.feasible:
            refused.setdefault(tuple(option.why_not), []).append(option)
    for reasons, those in refused.items():
        names = ", ".join(f"**{o.name}**" for o in those)
        for rule in dict.fromkeys(rule for rule, _, _ in reasons):
            places = [state.escaped(_place(vpc, service)) for r, vpc, service in reasons if r == rule]
            text = comparison.demand.rules[rule].text if rule in comparison.demand.rules else rule
            st.warning(
                f"✗ Infeasible: {names}. {state.escaped(text)} ({several(places)}; rule `{rule}`)",
                icon=":material/block:",
            )
    missing: dict[str, list[str]] = {}
    for option in comparison:
        if option.feasible and option.bill is not None and not option.priced:
            bill = option.bill
            for why in dict.fromkeys([u.why for u in bill.unpriced] or [f"It adds up {' and '.join(bill.totals)}."]):
                missing.setdefault(why, []).append(option.name)
    if missing:
        lines = [f"- {state.escaped(why)} ({several(names_, 10)})" for why, names_ in missing.items()]
        st.warning("\n".join(["Not priced:", "", *lines]), icon=":material/help:")


def _place(vpc: str, service: str | None) -> str:
    return f"{vpc} → {service}" if service else vpc


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


def details(comparison: Comparison) -> None:
    """Show one architecture's charges, what it builds, and offer its bill as FOCUS CSV."""
    st.subheader("One architecture in detail")
    built = [o.name for o in comparison.ranked if o.bill is not None]
    if not built:
        st.info("No architecture can be built.")
        return
    if st.session_state.get("chosen") not in built:
        st.session_state["chosen"] = built[0]
    option = comparison[st.selectbox("Architecture", built, key="chosen")]
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
    st.download_button(
        "Bill as FOCUS 1.2 (CSV)",
        lambda: bill_csv(bill),
        f"{option.name}{'.incomplete' * bool(bill.unpriced)}.focus.csv",
        "text/csv",
        key="focus",
        icon=":material/download:",
        on_click="ignore",
    )


def basis(comparison: Comparison, note: str) -> None:
    """Show what the totals rest on: assumptions, and what a reader should know."""
    st.subheader("What it rests on")
    rows = [
        {
            "Assumption": n,
            "Value": v,
            "Meaning": ASSUMPTIONS[n].meanings[v],
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
    above = st.container()
    demand = inputs.sidebar(state.current())
    with st.expander("The demand", icon=":material/edit:", expanded=False):
        demand = inputs.tables(demand)
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
        comparison, today = beside_today(options(understood, held.book()), held.book())
    except CostmodelError as error:
        above.error(state.escaped(str(error)), icon=":material/error:")
        return
    with above:
        services = {f["to"] for f in demand["flows"]}
        counts = ((demand["vpcs"], "VPC group"), (services, "service"), (demand["flows"], "flow"))
        told = ", ".join(_number(len(some), what) for some, what in counts)
        st.markdown(f"**{state.escaped(understood.name)}**: {told}")
        headline(comparison, today, note)
    bars(comparison)
    crossover(understood, comparison, NUMBERS)
    what_if(demand, comparison, NUMBERS)
    matrix(comparison)
    details(comparison)
    basis(comparison, note)


page()
