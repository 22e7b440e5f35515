"""The flow logs of a session: uploaded, where they lie, or the example; read once, and what they do not say."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.errors import CostmodelError
from costmodel.flow_logs.reading.load import read_flows
from costmodel.flow_logs.reading.summary import list_gateway_services, read_traffic_demand, read_traffic_network
from costmodel.flow_logs.report import TrafficReport, build_traffic_report
from dashboard.session import links, resources, state, uploads

if TYPE_CHECKING:
    from costmodel.flow_logs.traffic import Traffic

LINK = "logs"  # the parameter of an address that says where the logs lie on this machine
KINDS = ["log", "gz", "txt", "json", "parquet", "zip"]


def show_flow_sidebar() -> None:
    """Show the uploaders, the path, the example, and what logs may not say."""
    number = st.session_state[state.init_widget("flow_uploader", 0)]
    with st.sidebar:
        st.file_uploader(
            "Open flow logs",
            type=KINDS,
            accept_multiple_files=True,
            key=f"flow_files-{number}",
            on_change=_handle_upload,
            help="VPC or Transit Gateway Flow Logs: text, gzip, parquet, CloudWatch's JSON. They stay on this machine.",
        )
        with st.form("flow_path", border=False):
            st.text_input(
                "Or where they lie on this machine",
                key="flow_where",
                placeholder="/data/AWSLogs/**/*.log.gz",
                help="A file, a folder or a pattern. Best for many: they are read where they lie.",
            )
            st.form_submit_button("Read", on_click=_handle_path, icon=":material/folder_open:", width="stretch")
        st.button("Open the example logs", on_click=_open_example, icon=":material/lan:", width="stretch")
        with st.expander("What they do not say", icon=":material/tune:"):
            regions = {"": "as the logs say", **resources.list_region_labels()}
            st.selectbox(
                "Region",
                list(regions),
                format_func=regions.__getitem__,
                key=links.bind_widget("flow_region", regions, ""),
            )
            st.number_input(
                "Hours they cover",
                min_value=0.0,
                placeholder="as the logs say",
                value=None,
                key=links.bind_widget("flow_hours"),
                help="Empty: as the logs say themselves.",
            )
            st.file_uploader(
                "DNS query logs (Route 53 Resolver)", type=["log", "gz", "json", "txt"], accept_multiple_files=True,
                key=f"flow_dns-{number}", help="They name the AWS services that addresses do not tell.",
            )  # fmt: skip
            st.file_uploader(
                "Inventory (aws ec2 describe-…)", type=["json"], accept_multiple_files=True,
                key=f"flow_inventory-{number}", help="JSON of describe-network-interfaces and others.",
            )  # fmt: skip


def _handle_upload() -> None:
    s = st.session_state
    files = s.get(f"flow_files-{s['flow_uploader']}") or []
    if files:
        s["flow_asked"] = ("upload", uploads.read_uploads(files))


def _handle_path() -> None:
    where = (st.session_state.get("flow_where") or "").strip()
    if where:
        st.session_state["flow_asked"] = ("path", where)


def _open_example() -> None:
    st.session_state["flow_asked"] = ("example", "")
    st.session_state["flow_uploader"] += 1  # empty ones


def load_traffic_report() -> TrafficReport | None:
    """Return what was made of the logs asked for; they are read once, with progress; None where they cannot be."""
    s = st.session_state
    number = s["flow_uploader"]
    said = (
        s.get("flow_region") or None,
        s.get("flow_hours") or None,
        uploads.read_uploads(s.get(f"flow_dns-{number}")),
        uploads.read_uploads(s.get(f"flow_inventory-{number}")),
    )
    if "flow_asked" not in s:
        where = links.get_link_parameter(LINK)
        s["flow_asked"] = ("path", where) if where else ("example", "")
    asked = (*s["flow_asked"], *said)
    links.set_link_parameters(**{LINK: asked[1] if asked[0] == "path" else None})
    if s.get("flow_read") == asked and s["flow_told"] and s["flow_prices"] != resources.make_prices_key():
        s["flow_told"] = _price_traffic(s["flow_told"].traffic)
    if s.get("flow_read") != asked:
        s["flow_read"], s["flow_told"], s["flow_error"] = asked, None, None
        bar = st.progress(0.0, "Reading the flow logs")
        try:
            s["flow_told"] = _price_traffic(_read_requested_logs(asked, bar))
        except CostmodelError as error:
            s["flow_error"] = uploads.strip_upload_folders(str(error))
        finally:
            bar.empty()
    if s["flow_error"]:
        st.error(state.escape_page_text(s["flow_error"]), icon=":material/error:")
    found: TrafficReport | None = s["flow_told"]
    return found


def _price_traffic(traffic: Traffic) -> TrafficReport:
    st.session_state["flow_prices"] = resources.make_prices_key()
    return build_traffic_report(
        traffic,
        read_traffic_network(traffic),
        read_traffic_demand(traffic),
        resources.get_price_book(),
        gateways=list_gateway_services(),
    )


def _read_requested_logs(asked: tuple[Any, ...], bar: Any) -> Traffic:
    def said(part: float, what: str) -> None:
        bar.progress(min(1.0, part), f"Reading {state.escape_page_text(Path(what).name)}")

    kind, what, region, hours, dns, inventory = asked
    with tempfile.TemporaryDirectory(prefix=uploads.PREFIX) as folder:
        more: dict[str, Any] = {
            "region": region,
            "hours": hours,
            "progress": said,
            "dns": uploads.write_uploads(dns, Path(folder) / "dns"),
            "inventory": uploads.write_uploads(inventory, Path(folder) / "inventory"),
        }
        if kind == "example":
            return read_flows(resources.locate_example_flows(), **more)
        if kind == "path":
            return read_flows(what if any(c in what for c in "*?[") else Path(what).expanduser(), **more)
        paths = uploads.write_uploads(what, Path(folder) / "logs")
        traffic = read_flows(*paths, **more)
        traffic.files = [name for name, _ in what]
        traffic.lost = [
            one._replace(file=Path(one.file).name, why=uploads.restore_upload_names(one.why, paths))
            for one in traffic.lost
        ]
        traffic.notes = [uploads.restore_upload_names(text, paths) for text in traffic.notes]
        return traffic
