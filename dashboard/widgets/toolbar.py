"""What every answer offers: what it depends on, what would flip it, its link, and files of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.network.report import render_bill_csv
from costmodel.network.workbook import build_workbook
from costmodel.reporting.html import render_page_html, render_page_markdown
from dashboard.session import links, price_settings, state
from dashboard.widgets.formatting import format_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costmodel.network.bill import Bill
    from costmodel.reporting.html import Page

FILE: dict[str, Any] = {"icon": ":material/download:", "on_click": "ignore", "width": "stretch"}
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class More(NamedTuple):
    """A file of a page's own: its label, what makes it, its name and its type."""

    label: str
    make: Callable[[], str | bytes]
    name: str
    mime: str


class Shown(NamedTuple):
    """An answer on a page.

    Attributes:
        stem: how the names of its files begin.
        page: makes the page that its files are of.
        flips: makes what would flip it.
        bill: what it costs; None where no bill of ours stands behind it.
        dates: which prices it is at, in words.
        assumed: the assumptions it used.
        notes: what else it depends on.
        more: files of its own.
        link: why its link does not hold everything; "" where it does.
    """

    stem: str
    page: Callable[[], Page]
    flips: Callable[[], Sequence[str]]
    bill: Bill | None
    dates: str
    assumed: Mapping[str, str]
    notes: Sequence[str] = ()
    more: Sequence[More] = ()
    link: str = ""


def show_answer_bar(of: Shown) -> None:
    """Show what an answer depends on, what would flip it, how to come back to it, and its files: each one click away.

    What nobody has opened is not made: every run of the page would pay for it. But files are there at once: a button
    that a run has just replaced would have nothing to give.
    """
    row = st.container(horizontal=True, key="bar")
    parts = (
        ("Prices and assumptions", ":material/fact_check:", "bar-rests", _show_basis),
        ("What would change the answer", ":material/swap_vert:", "bar-flips", _show_flips),
        ("Link", ":material/link:", "bar-link", _show_link),
    )
    for label, icon, key, show in parts:
        opened = row.popover(label, icon=icon, key=key, on_change="rerun")
        if opened.open:
            with opened:
                show(of)
    with row.popover("Download", icon=":material/download:", key="bar-files"):
        _show_downloads(of)


def _show_flips(of: Shown) -> None:
    st.markdown("\n".join(f"- {state.escape_page_text(text)}" for text in of.flips()))


def _show_link(of: Shown) -> None:
    st.markdown("The address of this page is the link: it restores what you see. Copy it here or from the browser.")
    links.place_link(st.empty())
    if of.link:
        st.caption(state.escape_page_text(of.link))


def _show_basis(of: Shown) -> None:
    st.markdown(state.escape_page_text(of.dates))
    if of.assumed:
        lines = ["| Assumption | Value | Meaning |", "|---|---|---|"]
        for name, value in of.assumed.items():
            known = ASSUMPTIONS.get(name)
            changed = "" if known is None or value == known.default else " (changed)"
            meaning = known.explain_value(value) if known else ""
            lines.append(f"| {name} | {state.escape_page_text(value)}{changed} | {state.escape_page_text(meaning)} |")
        st.markdown("\n".join(lines))
        st.caption("Change them on the left.")
    else:
        st.markdown("No assumption was needed.")
    for text in of.notes[:_MOST]:
        st.markdown(f"- {state.escape_page_text(text)}")
    if len(of.notes) > _MOST:
        st.caption(f"and {len(of.notes) - _MOST} more, below and in the downloads")


_MOST = 8


def _show_downloads(of: Shown) -> None:
    bill = of.bill
    if bill is not None:
        incomplete = ".incomplete" * bool(bill.unpriced)
        st.download_button(
            "Bill as FOCUS 1.2 (CSV)",
            lambda: render_bill_csv(bill),
            f"{of.stem}{incomplete}.focus.csv",
            "text/csv",
            key="focus",
            **FILE,
        )
        st.download_button(
            "Excel, totals as formulas",
            lambda: build_workbook(bill, of.page().tables, of.assumed),
            f"{of.stem}{incomplete}.xlsx",
            EXCEL,
            key="excel",
            **FILE,
        )
    st.download_button(
        "Report (HTML, one file)",
        lambda: render_page_html(of.page()),
        f"{of.stem}.html",
        "text/html",
        key="html",
        **FILE,
    )
    st.download_button(
        "Report (Markdown)",
        lambda: render_page_markdown(of.page()),
        f"{of.stem}.md",
        "text/markdown",
        key="markdown",
        **FILE,
    )
    for one in of.more:
        st.download_button(one.label, one.make, one.name, one.mime, key=f"file-{one.name}", **FILE)


def describe_answer_prices(bill: Bill | None) -> str:
    """Return which prices an answer is at, in words."""
    if bill is None:
        return "It uses no prices of costmodel."
    return f"{format_sentence(price_settings.describe_dated_prices(bill))}, before tax."
