"""What a Terraform plan or a network file costs: by module and charge, what is open, what it would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.decimals import round_to_cents, to_decimal
from costmodel.core.errors import CostmodelError, RegionUnsaidError, format_short_list
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.demand.reading.load import read_demand
from costmodel.documents.document import decode_text
from costmodel.network.estate_report import render_demand_file
from costmodel.network.modules import find_open_groups, list_bill_pieces, sum_pieces
from costmodel.network.unit_prices import compute_unit_prices
from dashboard.charts import basic
from dashboard.session import answers, links, plans, price_settings, resources, state
from dashboard.widgets import inputs, layout, toolbar, usage_table
from dashboard.widgets.formatting import RIGHT, format_money, format_quantity, format_sentence

if TYPE_CHECKING:
    from costmodel.network.bill import Bill
    from costmodel.network.modules import Piece
    from costmodel.network.network import Network
    from costmodel.network.reading.estate import Estate

PLAIN: dict[str, Any] = {"border": True, "height": "stretch"}
MODULE = ("module", "currency")
DOWNLOAD: dict[str, Any] = {"icon": ":material/download:", "on_click": "ignore", "width": "stretch"}


def show_estimate_sidebar() -> None:
    """Show the uploader, the example, the Region where it must be said, and what prices and assumptions to use."""
    with st.sidebar:
        st.file_uploader(
            "Open a Terraform plan, a CloudFormation template, a network file or a usage file",
            type=["json", "yaml", "yml", "template"],
            key=_get_uploader_key(),
            on_change=_handle_upload,
            help="A plan: terraform plan -out tfplan && terraform show -json tfplan > plan.json. "
            "What you open and fill in is lost when this tab is reloaded; save the usage file to keep it.",
        )
        st.button("Open the example plan", on_click=_open_example, icon=":material/folder_open:", width="stretch")
        regions = {"": "as in the file", **resources.list_region_labels()}
        st.selectbox(
            "Region, if the file does not name it",
            list(regions),
            format_func=regions.__getitem__,
            key=state.init_widget("estimate-region", plans.get_plan().region or ""),
            on_change=_apply_region_choice,
        )
        said = plans.get_estate_basis()
        inputs.show_basis_inputs(said, "estimate-")
        plans.get_plan().basis = said


def _get_uploader_key() -> str:
    return f"plan_file-{st.session_state[state.init_widget('plan_uploader', 0)]}"


def _handle_upload() -> None:
    file = st.session_state.get(_get_uploader_key())
    plans.get_plan().message = None
    if file is None:
        return
    try:
        plans.load_estate_file(decode_text(file.getvalue(), file.name), file.name)
    except CostmodelError as error:
        plans.get_plan().message = error.describe_for_page()


def _open_example() -> None:
    plans.load_estate_file(resources.read_example_plan(), plans.EXAMPLE)
    st.session_state["plan_uploader"] += 1  # an empty one


def _apply_region_choice() -> None:
    plan = plans.get_plan()
    plan.region = st.session_state["estimate-region"] or None
    plan.revision += 1


# ---------------------------------------------------------------- the answer
def show_estimate_headline(estate: Estate, bill: Bill) -> None:
    """Show the total, what is open, and what is not priced."""
    network = bill.usage.network
    said = any(u.given for u in compute_unit_prices(bill))
    label = "A month" if said or bill.open else "A month, before traffic"
    if bill.openness.at_most is None:
        label = "A month, at least"
    *totals, two, three = layout.create_cards(len(bill.totals) + 2)
    for column, (currency, total) in zip(totals, bill.totals.items(), strict=True):
        column.metric(
            label, _format_range(total, (bill.openness.at_most or {}).get(currency, total), currency), **PLAIN
        )
    two.metric("Resources", format_quantity(len(network), 0), **PLAIN)
    three.metric("Still open", format_quantity(len(bill.open), 0), **PLAIN)
    hours = f"{HOURS_PER_MONTH} hours" if estate.planned else "the file's hours"
    st.caption(
        f"{format_sentence(price_settings.describe_dated_prices(bill))}; {hours}, before tax. Only the traffic "
        "that you fill in below is counted."
    )
    price_settings.show_secondary_totals(bill)


def show_cost_breakdown(parts: list[Piece], estate: Estate, bill: Bill) -> None:
    """Show the treemap, and the table by module and charge."""
    st.subheader("Where the money goes")
    currencies = list(bill.totals)
    if not any(p.cost for p in parts):
        st.info("Nothing is charged yet. Fill in below what the file does not contain.")
        return
    if len(currencies) == 1:
        figure = basic.plot_treemap(parts, currencies[0])
        st.plotly_chart(
            figure, key="treemap", config={"displayModeBar": False}, alt="Cost by module, kind and resource"
        )
    else:
        st.info("Amounts of different currencies do not add, so there is no chart.")
    charges = [c for (c,), cost in sum_pieces(parts, "charge").items() if cost]
    wholes = sum_pieces(parts, *MODULE)
    costs = {**wholes, **sum_pieces(parts, *MODULE, "charge")}
    least = find_open_groups(parts, *MODULE) | find_open_groups(parts, *MODULE, "charge")

    def cell(*at: str) -> str:
        cost = costs.get(at)
        return "unknown" if at in least and not cost else f"{'≥ ' * (at in least)}{format_money(cost, at[1])}"

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
def show_open_items(bill: Bill) -> None:
    """Show what is not known, not decided or not priced, and what each item costs at least and at most."""
    if not bill.open:
        return
    st.subheader("Open items")
    st.caption("Each item is in the total with the least that it costs. Fill in what you know below.")
    rows = [
        {
            "Resource": item.where,
            "What is open": item.what,
            "At least": _format_bound(item.at_least, item.currency),
            "At most": _format_bound(item.at_most, item.currency),
            "Why": item.why,
        }
        for item in bill.open
    ]
    config = {name: st.column_config.TextColumn(**RIGHT) for name in ("At least", "At most")}
    st.dataframe(rows, hide_index=True, column_config=config, key="open_items")


def _format_range(least: Decimal, most: Decimal, currency: str) -> str:
    """Return an amount, or the two amounts that it lies between."""
    low, high = format_money(least, currency), format_money(most, currency)
    return low if low == high else f"{low} to {high}"


def _format_bound(amount: Decimal | None, currency: str | None) -> str:
    """Return a bound of an item: "?" where it has none."""
    if amount is None:
        return "?"
    return format_money(amount, currency) if currency else f"{round_to_cents(amount):f}"


def show_estimate_basis(bill: Bill) -> None:
    """Show how it was read, and what the prices depend on."""
    with st.expander("Notes on the input, and what it rests on", icon=":material/info:"):
        for text in [*bill.usage.network.notes, *bill.warnings]:
            st.markdown(f"- {state.escape_page_text(text)}")
        for kind, table in bill.usage.network:
            if kind.free:
                st.markdown(f"- {len(table)} {kind.kind}: {state.escape_page_text(kind.free)}")
        for name, value in bill.assumptions.items():
            st.markdown(f"- {name}: {value}")


def show_estate_demand(estate: Estate) -> None:
    """Offer the demand that a plan implies, to compare architectures with."""
    st.subheader("Cheaper alternatives")
    try:
        made, notes = estate.build_demand_with_notes()
        demand = {"name": answers.get_file_stem(estate.document.name), **made}
        read_demand(demand)
    except CostmodelError as error:
        st.info(state.escape_page_text(error.describe_for_page()))
        return
    traffic = any(flow["gb_sent"] or flow["gb_received"] for flow in demand["flows"])
    told = [] if traffic else ["Every flow has 0 GB so far: fill in the GB above, or on the next page."]
    st.caption("The demand lists which VPCs reach what; Compare prices every architecture for it.")
    for text in [*told, *notes]:
        st.markdown(f"- {state.escape_page_text(text)}")
    one, two = st.columns(2)
    go_on = one.button(
        "Compare architectures", icon=":material/compare_arrows:", width="stretch", type="primary", key="onward"
    )
    text = render_demand_file(estate.document.name, demand, notes)
    two.download_button(
        "Demand file (YAML)",
        text,
        f"{answers.get_file_stem(estate.document.name)}.demand.yaml",
        "application/yaml",
        **DOWNLOAD,
    )
    with st.expander("The demand that it implies", icon=":material/edit:"):
        st.code(text, language="yaml")
    if go_on:
        state.set_demand({**demand, **{k: v for k, v in plans.get_estate_basis().items() if v}})
        st.switch_page("views/compare.py")


def show_page() -> None:
    """Show the page: the answer, what it is made of, and what is left open."""
    plans.start_estate_session()
    show_estimate_sidebar()
    links.set_link_parameters(**{plans.LINK: plans.encode_estate()})
    if text := plans.get_plan().message:
        st.error(state.escape_page_text(text), icon=":material/error:")
    try:
        bare, estate = plans.get_bare_estate(), plans.get_estate()
        network = plans.build_estate_network(estate)
        bill = answers.price_network(network)
    except RegionUnsaidError as error:
        st.warning(state.escape_page_text(error.describe_for_page()), icon=":material/public:")
        return
    except CostmodelError as error:
        state.show_error(error)
        return
    st.markdown(f"**{state.escape_page_text(estate.document.name)}**, a {estate.source}: {_describe_contents(network)}")
    if not len(network):
        st.info(
            "\n\n".join(map(state.escape_page_text, network.notes)) or "None of its resources is billed as networking."
        )
        show_open_items(bill)
        return
    show_estimate_headline(estate, bill)
    toolbar.show_answer_bar(answers.build_estate_answer(estate, bill))
    show_cost_breakdown(list_bill_pieces(bill), estate, bill)
    usage_table.show_usage_table(bare, estate, bill)
    show_open_items(bill)
    if estate.planned:
        show_estate_demand(estate)
    show_estimate_basis(bill)


def _describe_contents(network: Network) -> str:
    kinds: dict[str, Decimal] = {}
    for kind, table in network:
        kinds[kind.kind] = kinds.get(kind.kind, Decimal(0)) + to_decimal(table.count.sum())
    return (
        format_short_list([f"{format_quantity(number, 0)} {kind}" for kind, number in kinds.items()], 6)
        or "no networking"
    )


show_page()
