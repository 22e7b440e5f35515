"""The part of Compare that shows where the cheapest architecture changes as all GB grow or shrink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from costmodel.comparison.cost_function import compile_cost_function, find_crossings
from dashboard.charts import basic
from dashboard.session import links, resources, state
from dashboard.widgets.formatting import format_factor, format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costmodel.comparison.cost_function import CostFunction
    from costmodel.comparison.options import Comparison
    from costmodel.demand.demand import Demand

AXES = ["factor", "GB a month"]
FACTORS = (2, 5, 10, 100)
DEFAULT_FACTOR = 5  # where the cheapest changes nowhere


def show_crossover(demand: Demand, comparison: Comparison, numbers: dict[str, int]) -> None:
    """Show where the cheapest architecture changes as all GB grow or shrink."""
    st.subheader("Where the cheapest changes")
    best = comparison.cheapest
    gb = float(demand.gb.sum())
    if best is None or best.bill is None or not gb:
        st.info("This needs an architecture with a total, and a flow with GB.")
        return
    left, middle, right = st.columns(3)
    axis = left.radio("Axis", AXES, horizontal=True, key=links.bind_widget("axis", AXES, "factor"))
    priced = [o for o in comparison.ranked if o.bill is not None and o.priced]
    book = resources.get_price_book()
    all_functions = {o.name: compile_cost_function(demand, book, o) for o in priced}
    reached = (
        n for n in FACTORS if find_crossings(list(all_functions.values()), _limit_factor(n, all_functions.values()))[1]
    )
    usual = next(reached, DEFAULT_FACTOR)
    key = state.init_widget(links.bind_widget("top", FACTORS, usual), usual)
    st.session_state["out"] = [name for name in st.session_state.get("out", []) if name in all_functions]
    top = middle.select_slider("Up to", FACTORS, format_func=lambda n: f"{n} × today's GB", key=key)
    out = right.multiselect("Leave out", [o.name for o in priced], key="out", placeholder="none", select_all=False)
    shown = [o for o in priced if o.name not in out]
    if not shown:
        st.info("Every architecture is left out.")
        return
    currency = best.bill.currency
    functions = [all_functions[o.name] for o in shown]
    reach = _limit_factor(top, functions)
    intervals, changes = find_crossings(functions, reach)
    figure = basic.plot_crossover(
        functions, changes, reach, gb=gb if axis != "factor" else None, currency=currency, numbers=numbers
    )
    st.plotly_chart(figure, key="crossover", config={"displayModeBar": False}, alt="Cost against GB")
    if changes:
        lines = []
        for change in changes:
            both = state.escape_page_text(format_money(f"{change['total']:.9f}", currency))
            where = f"× {format_factor(change['at'])}** ({format_quantity(change['at'] * gb, 0)} GB a month)"
            lines.append(
                f"- From **{where} **{change['to']}** is cheaper than {change['from']}; both cost {both} there."
            )
        st.markdown("\n".join(lines))
    else:
        st.markdown(f"**{intervals[0]['cheapest']}** stays the cheapest of these up to × {format_quantity(reach, 2)}.")
    st.caption(
        f"× 1 is today's {format_quantity(gb, 0)} GB a month. Costs are linear between tier edges, so the points "
        "are exact."
    )


def _limit_factor(top: float, functions: Iterable[CostFunction]) -> float:
    """Return the factor up to which every cost is known: no schedule is followed beyond its end."""
    return min(float(top), *(f.end for f in functions))
