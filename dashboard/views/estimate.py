"""What a Terraform plan or a network file costs: by module and charge, what is open, what it would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from costmodel.aws import VARIANTS
from costmodel.bill import meter, price
from costmodel.bill.units import unit_prices
from costmodel.errors import CostmodelError, InputError
from costmodel.export.bill import bill_csv
from costmodel.export.estate import demand_text, usage_text
from costmodel.export.modules import pieces, summed
from costmodel.ingest.demand import read_demand
from costmodel.ingest.document import decoded
from costmodel.ingest.estate import usage_of
from costmodel.units import HOURS_PER_MONTH
from dashboard import charts, inputs, plans, state
from dashboard import resources as held
from dashboard.words import amount, money, several

if TYPE_CHECKING:
    from decimal import Decimal

    from costmodel.bill import Bill
    from costmodel.export.modules import Piece
    from costmodel.ingest.estate import Estate

EXACT = 5_000  # resources that are priced in decimals; more in float64, to the same cents
MOST = 1_000  # rows of a table that is filled in on the page
RIGHT: dict[str, Any] = {"alignment": "right"}
PLAIN: dict[str, Any] = {"border": True, "height": "stretch"}


def sidebar() -> None:
    """Show the uploader, the example, the Region where it must be said, and what prices and assumptions to use."""
    with st.sidebar:
        st.file_uploader(
            "Open a Terraform plan, a network file or a usage file",
            type=["json", "yaml", "yml"],
            key="plan_file",
            on_change=_uploaded,
            help="A plan: terraform plan -out tfplan && terraform show -json tfplan > plan.json",
        )
        st.button("Open the example plan", on_click=_example, icon=":material/folder_open:", width="stretch")
        regions = {"": "as the file says", **held.regions()}
        st.selectbox(
            "Region, where the file does not say it",
            list(regions),
            format_func=regions.__getitem__,
            key=state.seed("estimate-region", st.session_state.get("plan_region") or ""),
            on_change=_region,
        )
        said = plans.basis()
        inputs.basis(said, "estimate-")
        st.session_state["plan_basis"] = said


def _uploaded() -> None:
    file = st.session_state.get("plan_file")
    if file is None:
        return
    try:
        plans.load(decoded(file.getvalue(), file.name), file.name)
    except CostmodelError as error:
        st.session_state["plan_message"] = str(error)


def _example() -> None:
    plans.load(held.example_plan(), plans.EXAMPLE)


def _region() -> None:
    st.session_state["plan_region"] = st.session_state["estimate-region"] or None
    st.session_state["plan_revision"] = st.session_state.get("plan_revision", 0) + 1


# ---------------------------------------------------------------- the answer
def headline(estate: Estate, bill: Bill) -> None:
    """Show the total, what is open, and what is not priced."""
    network = bill.usage.network
    label = "A month, at least" if bill.unpriced else "A month"
    *totals, two, three = st.columns(len(bill.totals) + 2)
    for column, (currency, total) in zip(totals, bill.totals.items(), strict=True):
        column.metric(label, money(total, currency), **PLAIN)
    two.metric("Resources priced", amount(len(network), 0), **PLAIN)
    three.metric("Unknown until applied", amount(len({u.name for u in network.unknown}), 0), **PLAIN)
    hours = f"{HOURS_PER_MONTH} hours" if estate.planned else "the file's hours"
    st.caption(
        f"List prices of {bill.price_date}, {hours}, before tax. Traffic counts as far as it is filled in below."
    )
    if bill.unpriced:
        texts = list(dict.fromkeys(u.why for u in bill.unpriced))
        lines = [f"- {state.escaped(text.partition(' Say it with')[0])}" for text in texts[:10]]
        more = [f"- and {len(texts) - 10} more"] if len(texts) > len(lines) else []
        st.warning("\n".join(["Not in the total:", "", *lines, *more]), icon=":material/help:")


def pictures(parts: list[Piece], bill: Bill) -> None:
    """Show the treemap, and the table by module and charge."""
    st.subheader("Where the money goes")
    currencies = list(bill.totals)
    if not any(p.cost for p in parts):
        st.info("Nothing in it is charged by the hour. Fill in the traffic below.")
        return
    if len(currencies) == 1:
        figure = charts.treemap(parts, currencies[0])
        st.plotly_chart(
            figure, key="treemap", config={"displayModeBar": False}, alt="Cost by module, kind and resource"
        )
    else:
        st.info("Amounts of different currencies do not add, so there is no picture of all of them.")
    table = summed(parts, "module", "currency", "charge")
    charges = [c for (c,), cost in summed(parts, "charge").items() if cost]
    rows = [
        {
            "Module": module or "root module",
            "A month": money(total, currency),
            **{c: money(table.get((module, currency, c)), currency) for c in charges},
        }
        for (module, currency), total in summed(parts, "module", "currency").items()
    ]
    config: dict[str, Any] = {"Module": st.column_config.TextColumn(pinned=True)}
    config |= {name: st.column_config.TextColumn(**RIGHT) for name in ("A month", *charges)}
    st.markdown("**By module and charge**")
    st.dataframe(rows, hide_index=True, column_config=config, key="modules")


# ---------------------------------------------------------------- what is open
def usage(bare: Estate, estate: Estate, bill: Bill) -> None:
    """Show what the file does not know, with its price per GB, to be filled in."""
    st.subheader("What it cannot know")
    before, rows = plans.asked(bare), plans.asked(estate)
    rows = {key: rows[key] if key in rows else plans.said(estate, *key) for key in before}
    if not rows:
        st.info("Nothing: every quantity is in the file.")
        return
    st.caption(
        "A month's GB of each resource, as AWS bills them. “One more” is what the next GB would cost, at the tier "
        "reached. What is blank is unknown and not in the total, zones too, until you say it."
    )
    places = {str(e.get("name")): (e.get("kind"), e.get("region"), e) for e in estate.entries}
    more = {(u.kind, u.column, u.location): u.price for u in unit_prices(bill)}
    seeds = list(rows)[:MOST]
    frame = pd.DataFrame(
        {
            "Resource": [name for name, _ in seeds],
            "Kind": [places.get(name, ("", "", {}))[0] for name, _ in seeds],
            "Quantity": [" ".join(path).replace("protocols ", "") for _, path in seeds],
            "A month": pd.Series([None if rows[k] is None else float(rows[k]) for k in seeds], dtype="float64"),
            "One more": [_more(places.get(name), path, more) for name, path in seeds],
        }
    )
    s = st.session_state
    kept = s.get("plan_seed")
    if kept is None or kept[0] != s["plan_revision"]:
        kept = s["plan_seed"] = (s["plan_revision"], frame)
    column = st.column_config
    shown = kept[1].assign(**{"One more": frame["One more"]}) if len(frame) == len(kept[1]) else kept[1]
    edited = st.data_editor(
        shown,
        key=f"usage-{s['plan_revision']}",
        hide_index=True,
        disabled=["Resource", "Kind", "Quantity", "One more"],
        column_config={
            "A month": column.NumberColumn("A month", min_value=0, format="localized"),
            "One more": column.TextColumn("One more", **RIGHT),
        },
    )
    said = dict(s["plan_usage"])
    now = {name: dict(quantities) for name, quantities in said.items()}
    for key, value in zip(seeds, edited["A month"], strict=True):
        given = None if pd.isna(value) else float(value)
        if given != (None if rows[key] is None else float(rows[key])):
            plans.answered(now, *key, None if given is None and before.get(key) is None else given or 0)
    if len(rows) > len(seeds):
        st.caption(
            f"The first {MOST:,} of {len(rows):,}: fill in the others in a usage file, which is opened here too."
        )
    if now != said:
        s["plan_usage"] = now
        st.rerun()


def _more(place: tuple[Any, Any, Any] | None, path: plans.Path, more: dict[Any, Decimal | None]) -> str:
    """Return what one more GB costs of a quantity."""
    if place is None:
        return "–"
    kind, region, entry = place
    for variant in VARIANTS.get(str(kind), []):
        for name, column in variant.columns.items():
            fits = column.path == path and (variant.given is None or variant.given in entry)
            if fits and (variant, name, region) in more:
                unit = more[variant, name, region]
                return "not priced" if unit is None else f"{unit.normalize():f}"
    return "–"


def left_out(bill: Bill) -> None:
    """Show what costs something and is not priced here."""
    rows = bill.usage.network.left_out
    if not rows:
        return
    st.subheader("Not priced here")
    st.dataframe(
        [{"Resource": r.name, "Type": r.type, "Because": r.why} for r in rows], hide_index=True, key="left_out"
    )


def basis(bill: Bill) -> None:
    """Show how it was read, and what the prices rest on."""
    with st.expander("How it was read, and what it rests on", icon=":material/info:"):
        for text in [*bill.usage.network.notes, *bill.warnings]:
            st.markdown(f"- {state.escaped(text)}")
        for kind, table in bill.usage.network:
            if kind.free:
                st.markdown(f"- {len(table)} {kind.kind}: {state.escaped(kind.free)}")
        for name, value in bill.assumptions.items():
            st.markdown(f"- {name}: {value}")


def downloads(estate: Estate, bill: Bill) -> None:
    """Offer the bill, the usage file, and the demand that it stands for."""
    one, two, three = st.columns(3)
    name = estate.document.name.rpartition(".")[0] or estate.document.name
    one.download_button(
        "Bill as FOCUS 1.2 (CSV)",
        lambda: bill_csv(bill),
        f"{name}{'.incomplete' * bool(bill.unpriced)}.focus.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    two.download_button(
        "Usage file (YAML)",
        lambda: usage_text(estate.document.name, usage_of(estate)),
        "usage.yaml",
        "application/yaml",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    if not estate.planned:
        return
    if three.button("Compare architectures for it", icon=":material/compare_arrows:", width="stretch", type="primary"):
        try:
            demand = {"name": name, **estate.demand()}
            read_demand(demand)
        except CostmodelError as error:
            st.error(state.escaped(str(error)), icon=":material/error:")
            return
        state.load({**demand, **{k: v for k, v in plans.basis().items() if v}})
        st.switch_page("views/compare.py")
    with st.expander("The demand that it stands for", icon=":material/edit:"):
        try:
            st.code(demand_text(estate.document.name, *estate.stand()), language="yaml")
        except InputError as error:
            st.info(state.escaped(str(error)))


def page() -> None:
    """Show the page: the answer, what it is made of, and what is left open."""
    plans.start()
    sidebar()
    if text := st.session_state.get("plan_message"):
        st.error(state.escaped(text), icon=":material/error:")
    try:
        bare, estate = plans.bare(), plans.estate()
        network = plans.network(estate)
        bill = price(meter(network, exact=len(network) <= EXACT), held.book(), partial=True)
    except CostmodelError as error:
        st.error(state.escaped(str(error)), icon=":material/error:")
        return
    kinds = list(dict.fromkeys(kind.kind for kind, _ in network))
    st.markdown(f"**{state.escaped(estate.document.name)}**, a {estate.source}: {several(kinds, 6) or 'no networking'}")
    headline(estate, bill)
    parts = pieces(bill)
    pictures(parts, bill)
    usage(bare, estate, bill)
    left_out(bill)
    downloads(estate, bill)
    basis(bill)


page()
