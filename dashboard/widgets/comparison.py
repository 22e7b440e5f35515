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
    from decimal import Decimal

    from costmodel.architectures.kept import Kept
    from costmodel.comparison.options import Comparison, Option

PLAIN: dict[str, Any] = {"border": True, "delta_color": "off", "delta_arrow": "off", "height": "stretch"}


def show_comparison_headline(comparison: Comparison, today: Option | None, note: str, kept: Kept | None = None) -> None:
    """Show the cheapest architecture, the next, and what is built today, or that it is left out."""
    best = comparison.cheapest
    if best is None or best.bill is None:
        st.error("No architecture has a total. See below for what is missing.", icon=":material/block:")
        return
    currency = best.bill.currency
    _show_totals(comparison, best, currency, today, note)
    hours, rests = format_quantity(comparison.demand.hours), best.posture.get("single_points")
    risk = f" {best.name} depends on {' and '.join(rests)}." if rests else ""
    kind = price_settings.describe_dated_prices(best.bill, comparison.price_dates)
    st.caption(state.escape_page_text(f"{currency} a month of {hours} hours, {kind}, before tax.{risk}"))
    price_settings.show_secondary_totals(best.bill)
    if kept is not None:
        st.info(state.escape_page_text(describe_kept(kept)), icon=":material/push_pin:")
    if text := warn_if_zero_gb(comparison.demand):
        st.warning(text, icon=":material/help:")
    _warn_of_missing_prices(comparison, best)


def _show_totals(comparison: Comparison, best: Option, currency: str, today: Option | None, note: str) -> None:
    """Show the totals of the cheapest architecture, of the next one and of what is built today as cards."""
    more = compute_total_differences(comparison, best)
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
        three.metric(
            label, format_money(today.total, currency), _compare_today(today, more.get(today.name), currency), **PLAIN
        )
    elif note:
        three.metric("As built today", "–", "left out: see “Prices and assumptions”", **PLAIN)


def _compare_today(today: Option, more: Decimal | None, currency: str) -> str:
    """Return how much more or less today's design costs than the cheapest, and the rules that it breaks.

    Args:
        today: what is built today.
        more: what it costs more than the cheapest; None if it has no total.
        currency: of both.
    """
    compared = "infeasible or unpriced: see below"
    if more is not None:
        compared = f"{format_money(abs(more), currency)} {'less' if more < 0 else 'more'}"
    if today.breaks:
        compared += f", breaks {' and '.join(dict.fromkeys(rule for rule, _, _ in today.breaks))}"
    return compared


def _warn_of_missing_prices(comparison: Comparison, best: Option) -> None:
    """Name the architectures that have no total, and say whether one of them may be cheaper than the best."""
    unpriced = [o.name for o in comparison if o.feasible and not o.priced]
    if not unpriced:
        return
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
    _show_infeasible_options(comparison)
    _show_unpriced_options(comparison)


def _show_infeasible_options(comparison: Comparison) -> None:
    """Show each rule that makes architectures infeasible, with the VPCs and services that it is about."""
    refused: dict[tuple[Any, ...], list[str]] = {}
    for option in comparison:
        if not option.feasible:
            refused.setdefault(tuple(option.why_not), []).append(option.name)
    for reasons, those in refused.items():
        names = ", ".join(f"**{name}**" for name in those)
        by_rule: dict[str, list[str]] = {}
        for rule, vpc, service in reasons:
            by_rule.setdefault(rule, []).append(state.escape_page_text(_format_place(vpc, service)))
        for rule, places in by_rule.items():
            text = comparison.demand.rules[rule].text if rule in comparison.demand.rules else rule
            st.warning(
                f"✗ Infeasible: {names}. {state.escape_page_text(text)} ({format_short_list(places)}; rule `{rule}`)",
                icon=":material/block:",
            )


def _show_unpriced_options(comparison: Comparison) -> None:
    """Show each reason why feasible architectures have no total."""
    missing: dict[str, list[str]] = {}
    for option in comparison:
        if option.feasible and option.bill is not None and not option.priced:
            bill = option.bill
            for why in dict.fromkeys([u.why for u in bill.unpriced] or [f"It adds up {' and '.join(bill.totals)}."]):
                missing.setdefault(why, []).append(option.name)
    if missing:
        lines = [f"- {state.escape_page_text(why)} ({format_short_list(names, 10)})" for why, names in missing.items()]
        st.warning("\n".join(["Not priced:", "", *lines]), icon=":material/help:")


def _format_place(vpc: str, service: str | None) -> str:
    return f"{vpc} → {service}" if service else vpc
