"""The part of Compare that asks what would change the answer: a quantity, two of them, GB within a range, growth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.comparison.breakeven_report import build_breakeven_tables, get_flip_winner
from costmodel.comparison.quantities import GbQuantity
from costmodel.comparison.quantity import WholeQuantity
from costmodel.comparison.varied_quantity import get_quantity_class, list_quantity_choices
from costmodel.core.errors import CostmodelError
from dashboard.charts import what_if as what_if_charts
from dashboard.session import links, resources, state
from dashboard.widgets.formatting import RIGHT, format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.comparison.options import Comparison

ONE, TWO, RANGE, GROWTH = "One quantity", "Two quantities", "GB within a range", "Growth"
ASK = [ONE, TWO, RANGE, GROWTH]
CHART: dict[str, Any] = {"config": {"displayModeBar": False}}
SHAPES = ("triangular", "uniform", "lognormal")


def show_what_if(demand: dict[str, Any], comparison: Comparison, numbers: Mapping[str, int]) -> None:
    """Show the choice of questions, and the answer to the one chosen."""
    st.subheader("What if")
    best = comparison.cheapest
    if best is None or best.bill is None or not demand["flows"]:
        st.info("This needs an architecture with a total, and a flow.")
        return
    asked = st.segmented_control("Ask", ASK, key=links.bind_widget("ask", ASK), label_visibility="collapsed")
    if asked is None:
        st.caption(
            "Choose what may vary: where the cheapest changes, how likely each is the cheapest, and the main drivers."
        )
        return
    link, currency = state.encode_demand(demand), best.bill.currency
    ask = {ONE: _show_one_quantity, TWO: _show_two_quantities, RANGE: _show_range, GROWTH: _show_growth}[asked]
    try:
        ask(link, demand, currency, numbers)
    except CostmodelError as error:
        state.show_error(error)


def _show_one_quantity(link: str, demand: dict[str, Any], currency: str, numbers: Mapping[str, int]) -> None:
    names = list_quantity_choices(demand)
    vary = st.selectbox(
        "What varies", list(names), format_func=names.__getitem__, key=links.bind_widget("vary", names, "gb")
    )
    with st.spinner("Every architecture at every value …"):
        found = resources.get_breakeven(link, vary)
    if not found.is_table:
        st.plotly_chart(
            what_if_charts.plot_breakeven(found, currency, numbers), key="breakeven", alt="Break-even", **CHART
        )
    _, _, columns, rows = build_breakeven_tables(found)["intervals"]
    right: Any = {c: st.column_config.TextColumn(**RIGHT) for c in columns if c.startswith(("From", "To", "A month"))}
    table = [dict(zip([c or "Currency" for c in columns], map(str, row), strict=True)) for row in rows]
    st.dataframe(table, hide_index=True, key="intervals", column_config=right)
    if isinstance(found.now, float):
        sides = [
            f"{side} {format_quantity(c['at'], 3)} **{get_flip_winner(side, c)}**" for side, c in found.flips.items()
        ]
        flips = f"{' and '.join(sides)} is cheaper" if sides else "nothing within this range changes the answer"
        st.markdown(f"Now: {format_quantity(found.now, 3)}; {flips}.")
    _show_notes(found.notes)


def _show_two_quantities(link: str, demand: dict[str, Any], currency: str, numbers: Mapping[str, int]) -> None:
    names = list_quantity_choices(demand)
    left, right = st.columns(2)
    across = [n for n in names if issubclass(get_quantity_class(n), GbQuantity)]
    along = [n for n in names if issubclass(get_quantity_class(n), WholeQuantity)]
    x = left.selectbox(
        "Across", across, format_func=names.__getitem__, key=links.bind_widget("phase-x", across, across[0])
    )
    y = right.selectbox(
        "Along", along, format_func=names.__getitem__, key=links.bind_widget("phase-y", along, along[0])
    )
    with st.spinner("Every pair of values …"):
        found = resources.get_phase(link, x, y)
    figure = what_if_charts.plot_phase(found, currency, numbers, (names[x], names[y]))
    st.plotly_chart(figure, key="phase", alt="Cheapest by two quantities", **CHART)
    st.caption("Each colour is the cheapest architecture; point at a field for its total.")


def _show_range(link: str, demand: dict[str, Any], currency: str, numbers: Mapping[str, int]) -> None:  # noqa: ARG001
    left, middle, right = st.columns(3)
    low = left.number_input(
        "At least, times today's GB", 0.0, 1000.0, 0.5, key=links.bind_widget("range-low", None, 0.5)
    )
    high = middle.number_input(
        "At most, times today's GB", 0.0, 1000.0, 2.0, key=links.bind_widget("range-high", None, 2.0)
    )
    shape = right.selectbox("Spread", SHAPES, key="range-shape", help="triangular: today's GB are the most likely")
    found = resources.get_uncertainty(link, low, high, str(shape))
    st.markdown("**Main drivers**: the cheapest total at each end of a service's range, all others as today")
    st.plotly_chart(what_if_charts.plot_tornado(found), key="tornado", alt="Tornado", **CHART)
    st.markdown(f"**How likely each is cheapest**, over {len(found.costs):,} draws of every service's GB")
    st.plotly_chart(what_if_charts.plot_probability(found, numbers), key="probability", alt="Probability", **CHART)
    most = found.regret[found.safest][1]
    worst = state.escape_page_text(format_money(f"{most:.9f}", found.currency))
    says = f"in no draw is it more than {worst} above the cheapest" if most > 0 else "it is the cheapest in every draw"
    st.markdown(f"**{found.safest}** is the safest choice: {says}.")


def _show_growth(link: str, demand: dict[str, Any], currency: str, numbers: Mapping[str, int]) -> None:  # noqa: ARG001
    left, right = st.columns(2)
    monthly = left.number_input(
        "Growth of all GB a month, in percent", -50.0, 100.0, 5.0, key=links.bind_widget("growth-rate", None, 5.0)
    )
    months = right.number_input("Months", 2, 120, 36, key=links.bind_widget("growth-months", None, 36))
    found = resources.get_growth(link, 1 + monthly / 100, int(months))
    st.plotly_chart(what_if_charts.plot_growth(found, currency, numbers), key="growth", alt="Cost by month", **CHART)
    least = min(found.totals, key=found.totals.__getitem__)
    both = state.escape_page_text(format_money(f"{found.totals[least]:.9f}", currency))
    st.markdown(f"Over {months} months together **{least}** costs the least: {both}.")


def _show_notes(notes: list[str]) -> None:
    for text in notes:
        st.caption(state.escape_page_text(text))
