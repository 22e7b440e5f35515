"""What a session may hold: a demand, a network, a bill, flow logs. Each has a page, an answer and a part of the link.

A new kind is one class here, and its place in ITEM_KINDS, over which the sidebar, the report, its link and the offer of
a demand loop.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import streamlit as st

from costmodel.comparison.options import add_todays_option, price_architectures
from costmodel.core.errors import CostmodelError, format_short_list
from dashboard.session import answers, plans, resources, state
from dashboard.session.bill_files import BILL
from dashboard.session.flow_files import FLOWS
from dashboard.session.search import Search
from dashboard.session.sources import EXAMPLE, DataSource, SourceRequest
from dashboard.widgets import gallery

if TYPE_CHECKING:
    from costmodel.core.json_types import FileContent
    from dashboard.widgets.toolbar import Shown

PATIENCE = 600.0  # seconds that the report waits for a plan


class Item(NamedTuple):
    """Something that the session holds: its kind, its name, and whether it is an example."""

    kind: ItemKind
    name: str
    example: bool


class ItemKind(ABC):
    """A kind of thing that a session may hold.

    Attributes:
        title: what pages call it.
        view: the page on which it is shown.
        icon: its icon.
        parameter: the parameter that holds it in the report's link; empty if no link can hold it.
    """

    title: ClassVar[str]
    view: ClassVar[str]
    icon: ClassVar[str]
    parameter: ClassVar[str] = ""

    @abstractmethod
    def find(self) -> Item | None:
        """Return what the session holds of this kind; None where it holds nothing."""

    @abstractmethod
    def build_answer(self) -> Shown:
        """Return its answer, computed where it is not yet.

        Raises:
            CostmodelError: there is none; the message says why.
        """

    def encode_link(self) -> str | None:
        """Return what a link holds of it; None where a link cannot hold it."""
        return None

    def infer_demand(self) -> FileContent | None:
        """Return the demand that it implies, without a name; None where it implies none by its kind.

        Raises:
            CostmodelError: it could, and does not; the message says why.
        """
        return None


class DemandKind(ItemKind):
    """What each VPC reaches: one is always held."""

    title, view, icon, parameter = "Demand", "views/compare.py", ":material/hub:", "d"

    def find(self) -> Item:
        """Return the demand."""
        name = str(state.get_demand().get("name") or "unnamed")
        return Item(self, name, name in gallery.list_example_demands().values())

    def build_answer(self) -> Shown:
        """Return the cheapest plan; the comparison where there is no plan."""
        demand = state.get_demand()
        d, _ = state.parse_demand(demand)
        book = resources.get_price_book()
        key = (state.encode_demand(demand), False, resources.make_prices_key())
        s = st.session_state
        search: Search | None = s.get("search")
        if search is None or search.key[0] != key[0] or search.key[2] != key[2]:
            search = s["search"] = Search(key, d, book, more=False)
        with st.spinner("Searching for the cheapest plan …"):
            search.is_done(PATIENCE)
        if search.answer is not None:
            return answers.build_plan_answer(search.answer)
        comparison, today = add_todays_option(price_architectures(d, book), book)
        why = search.error or CostmodelError("The search continues.")
        if not isinstance(why, CostmodelError):
            raise why
        st.warning(state.escape_page_text(f"No plan: {why.describe_for_page()}"), icon=":material/block:")
        return answers.build_comparison_answer(comparison, today)

    def encode_link(self) -> str | None:
        """Return the demand as text, unless it is too long for a link."""
        return None if st.session_state.get("long") else state.encode_demand(state.get_demand())


class NetworkKind(ItemKind):
    """What is built, from a plan, a template or a network file."""

    title, view, icon, parameter = "Network", "views/estimate.py", ":material/lan:", plans.LINK

    def find(self) -> Item | None:
        """Return the network that was opened."""
        plan = plans.find_plan()
        return None if plan is None else Item(self, plan.document.name, plan.document.name == plans.EXAMPLE)

    def build_answer(self) -> Shown:
        """Return what the network costs."""
        estate = plans.get_estate()
        return answers.build_estate_answer(estate, answers.price_network(plans.build_estate_network(estate)))

    def encode_link(self) -> str | None:
        """Return the network as text, unless it is too long for a link."""
        return plans.encode_estate()

    def infer_demand(self) -> FileContent:
        """Return what the VPCs of the network reach."""
        made, _ = plans.get_estate().build_demand_with_notes()
        return {**made, **{k: v for k, v in plans.get_estate_basis().items() if v}}


class BillKind(ItemKind):
    """What AWS charged."""

    title, view, icon = "Bill", "views/bill.py", ":material/receipt_long:"

    def find(self) -> Item | None:
        """Return the bill that was opened."""
        return _find_source_item(self, BILL)

    def build_answer(self) -> Shown:
        """Return what the bill contains."""
        report = BILL.load_report()
        if report is None:
            raise CostmodelError("it could not be read.")
        return answers.build_bill_answer(report)


class FlowLogsKind(ItemKind):
    """What was sent."""

    title, view, icon = "Flow logs", "views/traffic.py", ":material/swap_calls:"

    def find(self) -> Item | None:
        """Return the flow logs that were opened."""
        return _find_source_item(self, FLOWS)

    def build_answer(self) -> Shown:
        """Return the traffic."""
        report = FLOWS.load_report()
        if report is None:
            raise CostmodelError("they could not be read.")
        return answers.build_traffic_answer(report)

    def infer_demand(self) -> FileContent:
        """Return what the VPCs of the logs reach."""
        report = FLOWS.get_state().report
        if report is None or report.demand is None:
            notes = report.demand_notes if report is not None else []
            raise CostmodelError(notes[0] if notes else "open the page Traffic first.")
        return dict(report.demand)


ITEM_KINDS: tuple[ItemKind, ...] = (DemandKind(), NetworkKind(), BillKind(), FlowLogsKind())
"""Every kind, in the order of the sidebar."""


def list_session_items() -> list[Item]:
    """Return what the session holds, the demand first."""
    return [item for kind in ITEM_KINDS if (item := kind.find()) is not None]


def _find_source_item(kind: ItemKind, source: DataSource[Any]) -> Item | None:
    """Return what was requested from a source of data."""
    request = source.get_state().request
    return None if request is None else Item(kind, _name_request(request), request.way == EXAMPLE)


def _name_request(request: SourceRequest) -> str:
    """Return what the session calls a bill or flow logs."""
    if request.way == EXAMPLE:
        return "example"
    return format_short_list([name for name, _ in request.files] or [request.path], 2)
