"""The part of Compare that shows where the cheapest architecture changes as all GB grow or shrink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from costmodel.comparison.cost_function import compile_cost_function, find_crossings
from dashboard.charts import basic
from dashboard.session import links, resources, state
from dashboard.widgets.formatting import format_factor, format_money, format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from costmodel.comparison.cost_function import CostFunction, Crossing
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
    book = resources.get_price_book()
    all_functions = {o.name: compile_cost_function(demand, book, o) for o in comparison.ranked if o.priced}
    usual = _choose_default_factor(list(all_functions.values()))
    key = state.init_widget(links.bind_widget("top", FACTORS, usual), usual)
    st.session_state["out"] = [name for name in st.session_state.get("out", []) if name in all_functions]
    top = middle.select_slider("Up to", FACTORS, format_func=lambda n: f"{n} × today's GB", key=key)
    out = right.multiselect("Leave out", list(all_functions), key="out", placeholder="none", select_all=False)
    functions = [function for name, function in all_functions.items() if name not in out]
    if not functions:
        st.info("Every architecture is left out.")
        return
    currency = best.bill.currency
    reach = _limit_factor(top, functions)
    intervals, changes = find_crossings(functions, reach)
    figure = basic.plot_crossover(
        functions, changes, reach, gb=gb if axis != "factor" else None, currency=currency, numbers=numbers
    )
    st.plotly_chart(figure, key="crossover", config={"displayModeBar": False}, alt="Cost against GB")
    unchanged = f"**{intervals[0]['cheapest']}** stays the cheapest of these up to × {format_quantity(reach, 2)}."
    st.markdown("\n".join(_describe_crossing(change, gb, currency) for change in changes) or unchanged)
    st.caption(
        f"× 1 is today's {format_quantity(gb, 0)} GB a month. Costs are linear between tier edges, so the points "
        "are exact."
    )


def _choose_default_factor(functions: Sequence[CostFunction]) -> int:
    """Return the first factor up to which the cheapest architecture changes."""
    reached = (n for n in FACTORS if find_crossings(functions, _limit_factor(n, functions))[1])
    return next(reached, DEFAULT_FACTOR)


def _describe_crossing(change: Crossing, gb: float, currency: str) -> str:
    """Return where another architecture becomes the cheapest, as a line of a list.

    Args:
        change: the factor, the two architectures and the total of both.
        gb: of the demand, a month.
        currency: of the total.
    """
    both = state.escape_page_text(format_money(f"{change['total']:.9f}", currency))
    where = f"× {format_factor(change['at'])}** ({format_quantity(change['at'] * gb, 0)} GB a month)"
    return f"- From **{where} **{change['to']}** is cheaper than {change['from']}; both cost {both} there."


def _limit_factor(top: float, functions: Iterable[CostFunction]) -> float:
    """Return the factor up to which every cost is known: no schedule is followed beyond its end."""
    return min(float(top), *(f.end for f in functions))
