"""The bill of a session: uploaded, where it lies, or the example; read once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.actual_bills.reading.load import read_bill
from costmodel.actual_bills.report import build_bill_report
from costmodel.core.errors import CostmodelError
from dashboard.session import links, resources, state, uploads

if TYPE_CHECKING:
    from costmodel.actual_bills.report import BillReport

LINK = "bill"  # the parameter of an address that says where the bill lies on this machine


def show_bill_sidebar() -> None:
    """Show the uploader, the path, and the example."""
    with st.sidebar:
        st.file_uploader(
            "Open a Cost and Usage Report or a FOCUS export",
            type=["csv", "gz", "zip", "parquet"],
            accept_multiple_files=True,
            key=f"bill_files-{st.session_state[state.init_widget('bill_uploader', 0)]}",
            on_change=_handle_upload,
            help="CSV, gzip, zip or parquet; of a report in several files, all of them. They stay on this machine.",
        )
        with st.form("bill_path", border=False):
            st.text_input(
                "Or where it lies on this machine",
                key="bill_where",
                placeholder="/data/cur/2026-10/*.parquet",
                help="A file, a folder or a pattern. Best for large ones: they are read where they lie.",
            )
            st.form_submit_button("Read", on_click=_handle_path, icon=":material/folder_open:", width="stretch")
        st.button("Open the example bill", on_click=_open_example, icon=":material/receipt_long:", width="stretch")


def _handle_upload() -> None:
    s = st.session_state
    files = s.get(f"bill_files-{s['bill_uploader']}") or []
    if files:
        s["bill_asked"] = ("upload", uploads.read_uploads(files))


def _handle_path() -> None:
    where = (st.session_state.get("bill_where") or "").strip()
    if where:
        st.session_state["bill_asked"] = ("path", where)


def _open_example() -> None:
    st.session_state["bill_asked"] = ("example", "")
    st.session_state["bill_uploader"] += 1  # an empty one


def load_bill_report() -> BillReport | None:
    """Return what was made of the bill asked for; it is read once, with progress; None where it cannot be."""
    s = st.session_state
    if "bill_asked" not in s:
        where = links.get_link_parameter(LINK)
        s["bill_asked"] = ("path", where) if where else ("example", "")
    asked = s["bill_asked"]
    links.set_link_parameters(**{LINK: asked[1] if asked[0] == "path" else None})
    if s.get("bill_read") == asked and s["bill_told"] and s["bill_prices"] != resources.make_prices_key():
        s["bill_told"], s["bill_prices"] = (
            build_bill_report(s["bill_told"].bill, resources.get_price_book()),
            resources.make_prices_key(),
        )
    if s.get("bill_read") != asked:
        s["bill_read"], s["bill_told"], s["bill_error"], s["bill_prices"] = (
            asked,
            None,
            None,
            resources.make_prices_key(),
        )
        bar = st.progress(0.0, "Reading the bill")
        try:
            s["bill_told"] = build_bill_report(_read_requested_bill(asked, bar), resources.get_price_book())
        except CostmodelError as error:
            s["bill_error"] = uploads.strip_upload_folders(str(error))
        finally:
            bar.empty()
    if s["bill_error"]:
        st.error(state.escape_page_text(s["bill_error"]), icon=":material/error:")
    found: BillReport | None = s["bill_told"]
    return found


def _read_requested_bill(asked: tuple[str, Any], bar: Any) -> Any:
    def said(part: float, what: str) -> None:
        bar.progress(min(1.0, part), f"Reading {state.escape_page_text(Path(what).name)}")

    kind, what = asked
    if kind == "example":
        return read_bill(resources.locate_example_bill())
    if kind == "path":
        return read_bill(Path(what).expanduser() if not any(c in what for c in "*?[") else what, progress=said)
    with tempfile.TemporaryDirectory(prefix=uploads.PREFIX) as folder:
        paths = uploads.write_uploads(what, Path(folder))
        bill = read_bill(*paths, progress=said)
        bill.files = [name for name, _ in what]
        bill.notes = [uploads.restore_upload_names(text, paths) for text in bill.notes]
        bill.lost = [
            one._replace(
                file=uploads.restore_upload_names(one.file, paths), why=uploads.restore_upload_names(one.why, paths)
            )
            for one in bill.lost
        ]
        return bill
