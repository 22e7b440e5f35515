"""The bill of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.reading.load import read_bill
from costmodel.actual_bills.report import BillReport, build_bill_report
from dashboard.session import resources
from dashboard.session.sources import DataSource, SourceWords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from costmodel.actual_bills.actual_bill import ActualBill


def _read_files(
    files: Sequence[str | Path],
    settings: tuple[Any, ...],  # noqa: ARG001 - a bill needs none
    folder: Path,  # noqa: ARG001 - nor a folder
    progress: Callable[..., Any],
) -> ActualBill:
    return read_bill(*files, progress=progress)


def _build_report(bill: ActualBill) -> BillReport:
    return build_bill_report(bill, resources.get_price_book())


BILL = DataSource(
    key="bill",
    link="bill",
    types=["csv", "gz", "zip", "parquet"],
    words=SourceWords(
        upload="Open a Cost and Usage Report or a FOCUS export",
        upload_help="CSV, gzip, zip, or parquet. If the report has several files, open all of them. The files stay on "
        "this machine.",
        path="Or enter its path on this machine",
        path_example="/data/cur/2026-10/*.parquet",
        path_help="A file, a folder, or a pattern. Best for large files: they are read in place.",
        example="Open the example bill",
        example_icon=":material/receipt_long:",
        reading="Reading the bill",
    ),
    locate_example=resources.locate_example_bill,
    read=_read_files,
    build=_build_report,
    rebuild=lambda report: _build_report(report.bill),
)
