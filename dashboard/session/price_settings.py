"""Whose prices hold in a session: list prices or a contract's, and the currency that totals are shown in beside."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import streamlit as st

from costmodel.core.currency import Display
from costmodel.core.errors import CostmodelError, CurrencyError
from costmodel.documents.document import decode_text, parse_document
from costmodel.network.price_dates_report import format_price_dates as when
from costmodel.pricing.reading.contract_file import read_contract
from costmodel.reporting.currency import compute_contract_savings
from dashboard.session import resources, state
from dashboard.widgets.formatting import format_money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.network.bill import Bill
    from costmodel.network.price_dates import PriceDates


def show_pricing_sidebar() -> None:
    """Show where a contract is opened, and where a currency and its rates are given."""
    s = st.session_state
    with st.sidebar, st.popover("Contract and currency", icon=":material/payments:", width="stretch"):
        st.file_uploader(
            "Your contract",
            type=["yaml", "yml", "json"],
            key="contract_file",
            on_change=_handle_upload,
            help="Negotiated terms: costs follow them, next to list prices. The file stays on this machine and "
            "is not part of the link.",
        )
        if s.get("contract_error"):
            st.error(state.escape_page_text(s["contract_error"]), icon=":material/error:")
        elif s.get("contract"):
            st.caption(f"Costs follow {state.escape_page_text(resources.get_price_book().contract.name)}.")  # type: ignore[union-attr] # there is one
        shown = st.text_input(
            "Show totals also in", key=state.init_widget("display", ""), max_chars=3, placeholder="EUR"
        )
        if shown.strip():
            billed = list(dict.fromkeys(p.currency for p in resources.get_price_book().locations.values()))
            for name in (c for c in billed if c != shown.strip().upper()):
                st.text_input(f"1 {name} is", key=state.init_widget(f"rate-{name}", ""), placeholder="0.92")
            st.date_input("Rates of", key=state.init_widget("rate_date", date.today()), format="YYYY-MM-DD")  # noqa: DTZ011 - the user's day


def _handle_upload() -> None:
    s = st.session_state
    s["contract_error"], s["contract"] = None, None
    file = s.get("contract_file")
    if file is None:
        return
    try:
        text = decode_text(file.getvalue(), file.name)
        read_contract(parse_document(text, file.name).value)
        s["contract"] = (file.name, text)
    except CostmodelError as error:
        s["contract_error"] = error.describe_for_page()


def get_display_currency() -> Display | None:
    """Return the currency to show totals in, None where none is asked for or no rate is a number above 0."""
    s = st.session_state
    currency = str(s.get("display") or "").strip().upper()
    if not currency:
        return None
    rates = {}
    for key in [k for k in s if str(k).startswith("rate-")]:
        try:
            rate = Decimal(str(s[key]).strip().replace(",", ".") or "0")
        except ArithmeticError:
            continue
        if rate.is_finite() and rate > 0:
            rates[str(key).removeprefix("rate-")] = rate
    return Display(currency, rates, s.get("rate_date") or date.today()) if rates else None  # noqa: DTZ011


def describe_price_kind(bill: Bill) -> str:
    """Return what prices a bill is at, in words."""
    return "list prices" if bill.contract is None else f"prices under {bill.contract}"


def describe_dated_prices(bill: Bill, dates: PriceDates | None = None) -> str:
    """Return what prices an answer is at and when they were read, in words that begin a phrase.

    Args:
        bill: for whose prices they are.
        dates: of an answer that more bills than this stand behind.
    """
    return f"{describe_price_kind(bill)} {when(bill.on, dates or bill.price_dates)}"


def show_secondary_totals(bill: Bill | None, totals: Mapping[str, Decimal] | None = None) -> None:
    """Say below a total what it is at list prices, and in the currency asked for.

    Args:
        bill: whose totals are shown; None where there is none of ours.
        totals: by currency, in place of the bill's.
    """
    told = []
    paid = totals if totals is not None else bill.totals if bill is not None else {}
    for currency, listed, saved in compute_contract_savings(bill):
        of = bill.contract if bill is not None else ""
        told.append(f"at list prices {format_money(listed, currency)}: {of} saves {format_money(saved, currency)}")
    shown = get_display_currency()
    if shown is not None and paid:
        try:
            told.append(f"{format_money(shown.convert_totals(paid), shown.currency)} ({shown.rate_note})")
        except CurrencyError as error:
            told.append(error.describe_for_page())
    for text in told:
        st.caption(state.escape_page_text(text[0].upper() + text[1:]))
