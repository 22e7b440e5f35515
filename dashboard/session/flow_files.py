"""The flow logs of a session, and what they do not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.flow_logs.reading.load import read_flows
from costmodel.flow_logs.reading.summary import list_gateway_services, read_traffic_demand, read_traffic_network
from costmodel.flow_logs.report import TrafficReport, build_traffic_report
from dashboard.session import links, resources, uploads
from dashboard.session.sources import DataSource, SourceWords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from costmodel.flow_logs.traffic import Traffic


def _read_files(
    files: Sequence[str | Path], settings: tuple[Any, ...], folder: Path, progress: Callable[..., Any]
) -> Traffic:
    region, hours, dns, inventory = settings
    return read_flows(
        *files,
        region=region,
        hours=hours,
        progress=progress,
        dns=uploads.write_uploads(dns, folder / "dns"),
        inventory=uploads.write_uploads(inventory, folder / "inventory"),
    )


def _build_report(traffic: Traffic) -> TrafficReport:
    return build_traffic_report(
        traffic,
        read_traffic_network(traffic),
        read_traffic_demand(traffic),
        resources.get_price_book(),
        gateways=list_gateway_services(),
    )


def _get_settings() -> tuple[Any, ...]:
    """Return the Region, the hours, the DNS query logs, and the inventory that the page adds."""
    values = st.session_state
    number = FLOWS.get_uploader_number()
    return (
        values.get("flow_region") or None,
        values.get("flow_hours") or None,
        uploads.read_uploads(values.get(f"flow_dns-{number}")),
        uploads.read_uploads(values.get(f"flow_inventory-{number}")),
    )


FLOWS = DataSource(
    key="flow",
    link="logs",
    types=["log", "gz", "txt", "json", "parquet", "zip"],
    words=SourceWords(
        upload="Open flow logs",
        upload_help="VPC or Transit Gateway Flow Logs as text, gzip, parquet, or CloudWatch's JSON. The files stay on "
        "this machine.",
        path="Or enter their path on this machine",
        path_example="/data/AWSLogs/**/*.log.gz",
        path_help="A file, a folder, or a pattern. Best for many files: they are read in place.",
        example="Open the example logs",
        example_icon=":material/lan:",
        reading="Reading the flow logs",
    ),
    locate_example=resources.locate_example_flows,
    read=_read_files,
    build=_build_report,
    rebuild=lambda report: _build_report(report.traffic),
    get_settings=_get_settings,
)


def show_flow_sidebar() -> None:
    """Show the uploader, the path, the example, and the settings that the logs may not contain."""
    FLOWS.show_sidebar()
    number = FLOWS.get_uploader_number()
    with st.sidebar, st.expander("What the logs do not contain", icon=":material/tune:"):
        regions = {"": "as in the logs", **resources.list_region_labels()}
        st.selectbox(
            "Region", list(regions), format_func=regions.__getitem__, key=links.bind_widget("flow_region", regions, "")
        )
        st.number_input(
            "Hours that the logs cover",
            min_value=0.0,
            placeholder="as in the logs",
            value=None,
            key=links.bind_widget("flow_hours"),
            help="If empty, the time stamps of the logs count.",
        )
        st.file_uploader(
            "DNS query logs (Route 53 Resolver)", type=["log", "gz", "json", "txt"], accept_multiple_files=True,
            key=f"flow_dns-{number}", help="They name the AWS services that IP addresses do not identify.",
        )  # fmt: skip
        st.file_uploader(
            "Inventory (aws ec2 describe-…)", type=["json"], accept_multiple_files=True,
            key=f"flow_inventory-{number}", help="JSON of describe-network-interfaces and similar commands.",
        )  # fmt: skip
