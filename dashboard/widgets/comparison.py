"""The answer of a comparison: the cheapest, the next, what is built today, and what each is charged for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.comparison.kept_report import describe_kept
from costmodel.comparison.report import compute_total_differences
from costmodel.core.errors import format_short_list
from costmodel.optimizer.sensitivity import warn_if_zero_gb
from dashboard.charts import basic
from dashboard.session import price_settings, state
from dashboard.widgets import layout
from dashboard.widgets.formatting import format_money, format_quantity

if TYPE_CHECKING:
    from costmodel.architectures.kept import Kept
    from costmodel.comparison.options import Comparison, Option

PLAIN: dict[str, Any] = {"border": True, "delta_color": "off", "delta_arrow": "off", "height": "stretch"}


def show_comparison_headline(comparison: Comparison, today: Option | None, note: str, kept: Kept | None = None) -> None:
    """Show the cheapest architecture, the next, and what is built today, or that it is left out."""
    best = comparison.cheapest
    if best is None or best.bill is None:
        st.error("No architecture has a total. See below for what is missing.", icon=":material/block:")
        return
    currency, more = best.bill.currency, compute_total_differences(comparison, best)
    following = next((o for o in comparison.ranked if o.total is not None and o is not best), None)
    one, two, three = layout.create_cards(3)
    one.metric(
        f"Cheapest: {best.name}",
        format_money(best.total, currency),
        "is built today" if today is best else None,
        **PLAIN,
    )
    if following is not None:
        extra = f"{format_money(more[following.name], currency)} more" if more[following.name] else "costs the same"
        two.metric(f"Next: {following.name}", format_money(following.total, currency), extra, **PLAIN)
    if today is not None and today is not best:
        label = "As built today" if today.name == "today" else f"Today: {today.name}"
        extra = "infeasible or unpriced: see below"
        if today.name in more:
            differs = more[today.name]
            extra = f"{format_money(abs(differs), currency)} {'less' if differs < 0 else 'more'}"
        if today.breaks:
            extra += f", breaks {' and '.join(dict.fromkeys(rule for rule, _, _ in today.breaks))}"
        three.metric(label, format_money(today.total, currency), extra, **PLAIN)
    elif note:
        three.metric("As built today", "–", "left out: see “Prices and assumptions”", **PLAIN)
    hours, rests = format_quantity(comparison.demand.hours), best.posture.get("single_points")
    risk = f" {best.name} depends on {' and '.join(rests)}." if rests else ""
    kind = price_settings.describe_dated_prices(best.bill, comparison.price_dates)
    st.caption(state.escape_page_text(f"{currency} a month of {hours} hours, {kind}, before tax.{risk}"))
    price_settings.show_secondary_totals(best.bill)
    if kept is not None:
        st.info(state.escape_page_text(describe_kept(kept)), icon=":material/push_pin:")
    if text := warn_if_zero_gb(comparison.demand):
        st.warning(text, icon=":material/help:")
    unpriced = [o.name for o in comparison if o.feasible and not o.priced]
    if unpriced:
        unproven = [o.name for o in comparison.open]
        text = f"A price is missing for {format_short_list(unpriced, 10)}. "
        if unproven:
            text += f"Not proven: {format_short_list(unproven, 10)} may be cheaper than {best.name}."
        else:
            text += f"Even with the unknown prices at 0, none of them is cheaper than {best.name}."
        st.warning(text, icon=":material/help:")


def show_cost_bars(comparison: Comparison) -> None:
    """Show what each architecture is charged for, and which ones have no total, and why."""
    st.subheader("What each architecture costs")
    best = comparison.cheapest
    if best is not None and best.bill is not None:
        currency = best.bill.currency
        priced = [o for o in comparison.ranked if o.bill is not None and o.priced and o.bill.currency == currency]
        if any(o.total for o in priced):
            figure = basic.plot_stacked_costs(priced, compute_total_differences(comparison, best), currency)
            st.plotly_chart(figure, key="bars", config={"displayModeBar": False}, alt="Cost by charge and architecture")
        else:
            st.info("Nothing in this demand is charged.")
    refused: dict[tuple[Any, ...], list[Option]] = {}
    for option in comparison:
        if not option.feasible:
            refused.setdefault(tuple(option.why_not), []).append(option)
    for reasons, those in refused.items():
        names = ", ".join(f"**{o.name}**" for o in those)
        for rule in dict.fromkeys(rule for rule, _, _ in reasons):
            places = [state.escape_page_text(_format_place(vpc, service)) for r, vpc, service in reasons if r == rule]
            text = comparison.demand.rules[rule].text if rule in comparison.demand.rules else rule
            st.warning(
                f"✗ Infeasible: {names}. {state.escape_page_text(text)} ({format_short_list(places)}; rule `{rule}`)",
                icon=":material/block:",
            )
    missing: dict[str, list[str]] = {}
    for option in comparison:
        if option.feasible and option.bill is not None and not option.priced:
            bill = option.bill
            for why in dict.fromkeys([u.why for u in bill.unpriced] or [f"It adds up {' and '.join(bill.totals)}."]):
                missing.setdefault(why, []).append(option.name)
    if missing:
        lines = [
            f"- {state.escape_page_text(why)} ({format_short_list(names_, 10)})" for why, names_ in missing.items()
        ]
        st.warning("\n".join(["Not priced:", "", *lines]), icon=":material/help:")


def _format_place(vpc: str, service: str | None) -> str:
    return f"{vpc} → {service}" if service else vpc
