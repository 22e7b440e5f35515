"""The table in which a plan's open quantities are filled in: unknown ones first, then expensive ones."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from costmodel.aws import pick_variant
from costmodel.core.errors import CostmodelError
from costmodel.network.unit_prices import compute_unit_prices
from dashboard.session import plans, state
from dashboard.session.model import UsageRows
from dashboard.widgets.formatting import RIGHT, format_unit_price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.delta_generator import DeltaGenerator

    from costmodel.network.bill import Bill
    from costmodel.network.reading.estate import Estate
    from costmodel.network.unit_prices import UnitPrice
    from dashboard.session.model import UsageKey

MOST = 1_000  # rows; a usage file may have more


def show_usage_table(bare: Estate, estate: Estate, bill: Bill) -> None:
    """Show what the file does not know, with the price of one GB more, to be filled in."""
    st.subheader("What the file does not contain")
    before, found = plans.list_asked_quantities(bare), plans.list_asked_quantities(estate)
    rows = {key: value for key, (value, _) in found.items()}
    entries = {key: one.entry for key, (_, one) in found.items()}
    if not rows:
        st.info("Nothing is missing: every quantity is in the file.")
        return
    st.caption(
        "GB a month of each resource, as AWS bills them. “Next GB” is the price of one more GB at the current tier. "
        "Unknown quantities, such as zones, stay open until you fill them in."
    )
    prices = {(u.kind, u.column, u.location): u for u in compute_unit_prices(bill)}
    units = {key: _find_unit_price(entries[key], key[1], prices) for key in rows}
    order, values = _get_editor_rows(rows, units)
    frame = pd.DataFrame(
        {
            "Resource": [address for address, _ in order],
            "Quantity": [" ".join(path).replace("protocols ", "") for _, path in order],
            "A month": pd.Series(values, dtype="float64"),
            "Next GB": [_format_next_price(units[key]) for key in order],
            "Kind": [entries[key]["kind"] for key in order],
        }
    )
    complaints = st.container()
    edited = _show_editor(frame)
    if len(rows) > len(order):
        st.caption(f"The first {MOST:,} of {len(rows):,}: fill in the others in a usage file and open it here.")
    typed = dict(zip(order, map(_to_float, edited["A month"]), strict=True))
    changes = _find_changes(typed, rows, {key: value for key, (value, _) in before.items()})
    if changes and _save_changes(changes, complaints):
        st.rerun()


def _get_editor_rows(
    rows: Mapping[UsageKey, Any], units: Mapping[UsageKey, UnitPrice | None]
) -> tuple[list[UsageKey], list[float | None]]:
    """Return the quantities of the table, most urgent first, and the values that it began with.

    Both stay as they are until another file is opened: an editor whose rows change loses what is typed.
    """
    plan = plans.get_plan()
    if plan.rows is None or plan.rows.revision != plan.revision:
        urgent = sorted(rows, key=lambda key: _rank_urgency(rows[key], units[key]))[:MOST]
        plan.rows = UsageRows(plan.revision, urgent, [_to_float(rows[key]) for key in urgent])
    _, order, values = plan.rows
    return order, values


def _to_float(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _show_editor(frame: pd.DataFrame) -> pd.DataFrame:
    """Show the table, and return it with what is typed."""
    column = st.column_config
    return st.data_editor(
        frame,
        key=f"usage-{plans.get_plan().revision}",
        hide_index=True,
        disabled=["Resource", "Kind", "Quantity", "Next GB"],
        column_config={
            "Resource": column.TextColumn(pinned=True),
            "A month": column.NumberColumn(min_value=0, format="localized"),
            "Next GB": column.TextColumn(**RIGHT),
        },
        placeholder="unknown",
    )


def _find_changes(
    typed: Mapping[UsageKey, float | None], rows: Mapping[UsageKey, Any], before: Mapping[UsageKey, Any]
) -> dict[UsageKey, float | None]:
    """Return the quantities that were typed: None where an unknown one is unknown again.

    Args:
        typed: what the table holds; None where a cell is empty.
        rows: what the estate holds.
        before: what the file alone holds. A quantity that it states becomes 0 when its cell is emptied.
    """
    changes: dict[UsageKey, float | None] = {}
    for key, given in typed.items():
        if given != _to_float(rows[key]):
            changes[key] = None if given is None and before.get(key) is None else given or 0
    return changes


def _save_changes(changes: Mapping[UsageKey, float | None], complaints: DeltaGenerator) -> bool:
    """Keep what was filled in, and say what cannot be. Return whether something was kept."""
    if len(changes) > 1 and _try_changes(changes) is None:  # together, as nearly always works
        return True
    wrong = [_try_changes({key: value}) for key, value in changes.items()]
    for error in filter(None, wrong):
        state.show_error(error, "Not applied:", complaints)
    return None in wrong


def _try_changes(changes: Mapping[UsageKey, float | None]) -> CostmodelError | None:
    """Lay changes over the session's usage; return why that cannot be, and leave it as it was."""
    now = copy.deepcopy(plans.get_plan().usage)
    for key, value in changes.items():
        plans.set_usage_quantity(now, *key, value)
    try:
        plans.build_estate_network(plans.get_estate(now))
    except CostmodelError as error:
        return error
    plans.get_plan().usage = now
    return None


def _find_unit_price(entry: dict[str, Any], path: plans.Path, prices: dict[Any, UnitPrice]) -> UnitPrice | None:
    """Return what one more GB costs of a quantity; None of what is no GB."""
    kind = pick_variant(entry)
    named = (name for name, column in kind.columns.items() if column.path == path) if kind else ()
    return prices.get((kind, next(iter(named), None), entry.get("region")))


def _format_next_price(unit: UnitPrice | None) -> str:
    if unit is None:
        return "–"
    if unit.price is None:
        return "no price"
    return format_unit_price(unit.price, unit.currency) if unit.price else "free"


def _rank_urgency(value: Any, unit: UnitPrice | None) -> tuple[int, Decimal]:
    """Return a quantity's sort key: unknown quantities first, then expensive ones, free ones last."""
    cost = None if unit is None else unit.price
    return (0 if value is None else 2 if cost is None else 1 if cost else 3, -(cost or Decimal(0)))
