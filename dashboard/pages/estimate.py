"""What a Terraform plan or a network file costs: by module and charge, what is open, what it would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.decimals import decimal_of
from costmodel.core.errors import CostmodelError, RegionUnsaidError, several
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.demand.reading.load import read_demand
from costmodel.documents.document import decoded
from costmodel.network.estate_report import demand_text
from costmodel.network.modules import opened, pieces, summed
from costmodel.network.unit_prices import unit_prices
from dashboard.charts import basic
from dashboard.session import answers, links, plans, price_settings, resources, state
from dashboard.widgets import inputs, layout, toolbar, usage_table
from dashboard.widgets.formatting import RIGHT, amount, capitalized, money

if TYPE_CHECKING:
    from costmodel.network.bill import Bill
    from costmodel.network.modules import Piece
    from costmodel.network.network import Network
    from costmodel.network.reading.estate import Estate

PLAIN: dict[str, Any] = {"border": True, "height": "stretch"}
MODULE = ("module", "currency")
DOWNLOAD: dict[str, Any] = {"icon": ":material/download:", "on_click": "ignore", "width": "stretch"}


def sidebar() -> None:
    """Show the uploader, the example, the Region where it must be said, and what prices and assumptions to use."""
    with st.sidebar:
        st.file_uploader(
            "Open a Terraform plan, a CloudFormation template, a network file or a usage file",
            type=["json", "yaml", "yml", "template"],
            key=_uploader(),
            on_change=_uploaded,
            help="A plan: terraform plan -out tfplan && terraform show -json tfplan > plan.json. "
            "What is opened and filled in is kept until this tab is loaded again; the usage file keeps it for longer.",
        )
        st.button("Open the example plan", on_click=_example, icon=":material/folder_open:", width="stretch")
        regions = {"": "as the file says", **resources.regions()}
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


def _uploader() -> str:
    return f"plan_file-{st.session_state[state.seed('plan_uploader', 0)]}"


def _uploaded() -> None:
    file = st.session_state.get(_uploader())
    st.session_state["plan_message"] = None
    if file is None:
        return
    try:
        plans.load(decoded(file.getvalue(), file.name), file.name)
    except CostmodelError as error:
        st.session_state["plan_message"] = str(error)


def _example() -> None:
    plans.load(resources.example_plan(), plans.EXAMPLE)
    st.session_state["plan_uploader"] += 1  # an empty one


def _region() -> None:
    st.session_state["plan_region"] = st.session_state["estimate-region"] or None
    st.session_state["plan_revision"] = st.session_state.get("plan_revision", 0) + 1


# ---------------------------------------------------------------- the answer
def headline(estate: Estate, bill: Bill) -> None:
    """Show the total, what is open, and what is not priced."""
    network = bill.usage.network
    said = any(u.given for u in unit_prices(bill))
    label = "A month, at least" if bill.unpriced else "A month" if said else "A month, before traffic"
    *totals, two, three = layout.cards(len(bill.totals) + 2)
    for column, (currency, total) in zip(totals, bill.totals.items(), strict=True):
        column.metric(label, money(total, currency), **PLAIN)
    two.metric("Resources", amount(len(network), 0), **PLAIN)
    open_ = len({u.name for u in network.unknown}) if estate.planned else len(bill.unpriced)
    three.metric("Not said by it" if estate.planned else "Without a price", amount(open_, 0), **PLAIN)
    hours = f"{HOURS_PER_MONTH} hours" if estate.planned else "the file's hours"
    st.caption(
        f"{capitalized(price_settings.dated(bill))}; {hours}, before tax. Traffic counts as far as it is filled "
        "in below."
    )
    price_settings.beside(bill)
    if bill.unpriced:
        texts = list(dict.fromkeys(u.why for u in bill.unpriced))
        lines = [f"- {state.escaped(text.partition(' Say it with')[0])}" for text in texts[:10]]
        more = [f"- and {len(texts) - 10} more"] if len(texts) > len(lines) else []
        st.warning("\n".join(["Not in the total:", "", *lines, *more]), icon=":material/help:")


def pictures(parts: list[Piece], estate: Estate, bill: Bill) -> None:
    """Show the treemap, and the table by module and charge."""
    st.subheader("Where the money goes")
    currencies = list(bill.totals)
    if not any(p.cost for p in parts):
        st.info("Nothing in it is charged yet. Fill in below what it cannot know.")
        return
    if len(currencies) == 1:
        figure = basic.treemap(parts, currencies[0])
        st.plotly_chart(
            figure, key="treemap", config={"displayModeBar": False}, alt="Cost by module, kind and resource"
        )
    else:
        st.info("Amounts of different currencies do not add, so there is no picture of all of them.")
    charges = [c for (c,), cost in summed(parts, "charge").items() if cost]
    wholes = summed(parts, *MODULE)
    costs = {**wholes, **summed(parts, *MODULE, "charge")}
    least = opened(parts, *MODULE) | opened(parts, *MODULE, "charge")

    def cell(*at: str) -> str:
        cost = costs.get(at)
        return "unknown" if at in least and not cost else f"{'≥ ' * (at in least)}{money(cost, at[1])}"

    rows = [
        {
            "Module": module or ("root module" if estate.planned else estate.document.name),
            "A month": cell(module, currency),
            **{c: cell(module, currency, c) for c in charges},
        }
        for module, currency in wholes
    ]
    config: dict[str, Any] = {"Module": st.column_config.TextColumn(pinned=True)}
    config |= {name: st.column_config.TextColumn(**RIGHT) for name in ("A month", *charges)}
    st.markdown("**By module and charge**")
    st.dataframe(rows, hide_index=True, column_config=config, key="modules")


# ---------------------------------------------------------------- what is open, and where it leads
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


def onward(estate: Estate) -> None:
    """Offer the demand that a plan stands for, to compare architectures with."""
    st.subheader("What would be cheaper")
    try:
        made, notes = estate.stand()
        demand = {"name": answers.stem(estate.document.name), **made}
        read_demand(demand)
    except CostmodelError as error:
        st.info(state.escaped(str(error)))
        return
    traffic = any(flow["gb_sent"] or flow["gb_received"] for flow in demand["flows"])
    told = [] if traffic else ["Every flow of it is 0 GB so far: fill in the GB above first, or there."]
    st.caption("It says which VPCs reach what; Compare prices every other way to do so.")
    for text in [*told, *notes]:
        st.markdown(f"- {state.escaped(text)}")
    one, two = st.columns(2)
    go_on = one.button(
        "Compare architectures", icon=":material/compare_arrows:", width="stretch", type="primary", key="onward"
    )
    text = demand_text(estate.document.name, demand, notes)
    two.download_button(
        "Demand file (YAML)",
        text,
        f"{answers.stem(estate.document.name)}.demand.yaml",
        "application/yaml",
        **DOWNLOAD,
    )
    with st.expander("The demand that it stands for", icon=":material/edit:"):
        st.code(text, language="yaml")
    if go_on:
        state.load({**demand, **{k: v for k, v in plans.basis().items() if v}})
        st.switch_page("pages/compare.py")


def page() -> None:
    """Show the page: the answer, what it is made of, and what is left open."""
    plans.start()
    sidebar()
    links.hold(**{plans.LINK: plans.link()})
    if text := st.session_state.get("plan_message"):
        st.error(state.escaped(text), icon=":material/error:")
    try:
        bare, estate = plans.bare(), plans.estate()
        network = plans.network(estate)
        bill = answers.priced(network)
    except RegionUnsaidError as error:
        text = str(error).partition(" Say it with")[0]
        st.warning(state.escaped(f"{text} Choose its Region at the left."), icon=":material/public:")
        return
    except CostmodelError as error:
        st.error(state.escaped(str(error)), icon=":material/error:")
        return
    st.markdown(f"**{state.escaped(estate.document.name)}**, a {estate.source}: {_contents(network)}")
    if not len(network):
        st.info("\n\n".join(map(state.escaped, network.notes)) or "Nothing in it is billed as networking.")
        left_out(bill)
        return
    headline(estate, bill)
    toolbar.bar(answers.of_estate(estate, bill))
    pictures(pieces(bill), estate, bill)
    usage_table.table(bare, estate, bill)
    left_out(bill)
    if estate.planned:
        onward(estate)
    basis(bill)


def _contents(network: Network) -> str:
    kinds: dict[str, Decimal] = {}
    for kind, table in network:
        kinds[kind.kind] = kinds.get(kind.kind, Decimal(0)) + decimal_of(table.count.sum())
    return several([f"{amount(number, 0)} {kind}" for kind, number in kinds.items()], 6) or "no networking"


page()
