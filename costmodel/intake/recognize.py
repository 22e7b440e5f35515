"""What a file is, by its content: a demand, a network, a plan of the optimizer's, a bill, flow logs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import CostmodelError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from costmodel.actual_bills.actual_bill import ActualBill
    from costmodel.documents.document import Document
    from costmodel.flow_logs.traffic import Traffic

DEMAND, NETWORK, PLAN, DATA = "demand", "network", "plan", "data"
BILL, LOGS = "bill", "flow"  # sorts of data
_TEXT = {".yaml", ".yml", ".json", ".template", ""}
_NAMED = {"vpcs", "flows"}
_FIELDS, _SOME = 10, 3  # words of a line of logs without a header; fields that only logs have
_PLANNED = {"plan", "certificate", "lower_bound"}
_CONFLICT = {"plan", "conflict", "why_not"}


class Given(NamedTuple):
    """What was given: its kind; a document, unless it is a bill or flow logs."""

    kind: str
    name: str
    document: Document | None = None


def recognize_file(source: str | Path) -> Given:
    """Return what a file is; what is no document of YAML or JSON is data: a bill or flow logs.

    Raises:
        InputError: it cannot be read.
    """
    from costmodel.network.reading.load import open_network_document

    path, name = Path(source), str(source)
    if name != "-" and (path.suffix.lower() not in _TEXT or not path.is_file()):
        if not any(c in name for c in "*?[") and not path.exists():
            message = f"{name}: there is no such file."
            raise InputError(message)
        return Given(DATA, name)
    document = open_network_document(source)
    value = document.value
    if not isinstance(value, dict) or "reportKeys" in value or "logEvents" in value or "events" in value:
        return Given(DATA, name)
    keys = set(value)
    if keys >= _PLANNED or keys >= _CONFLICT:
        return Given(PLAN, name, document)
    if keys & _NAMED and "resources" not in keys:
        return Given(DEMAND, name, document)
    return Given(NETWORK, name, document)


def read_bill_or_flows(
    paths: Sequence[str], progress: Callable[[float, str], None] | None = None
) -> tuple[ActualBill | None, Traffic | None]:
    """Return a bill or flow logs, whichever the files are.

    Raises:
        InputError: they are neither; the message says what each reader made of them.
    """
    from costmodel.actual_bills.reading.load import read_bill
    from costmodel.flow_logs.reading.load import read_flows

    more: dict[str, Any] = {"progress": progress}
    try:
        return read_bill(*paths, **more), None
    except CostmodelError as error:
        no_bill = error
    try:
        return None, read_flows(*paths, **more)
    except CostmodelError as error:
        message = f"{', '.join(paths)}: neither a bill nor flow logs. As a bill: {no_bill} As flow logs: {error}"
        raise InputError(message) from None


def detect_data_kind(path: str | Path) -> str | None:
    """Tell by its beginning whether a file of data is flow logs ("flow") or a bill ("bill"); None: neither.

    Raises:
        InputError: it cannot be read, or unpacked.
    """
    from costmodel.actual_bills.reading.layout import detect_bill_layout as bill_of
    from costmodel.flow_logs.reading.layout import KNOWN, normalize_field_name
    from costmodel.tabular.find_files import detect_packing
    from costmodel.tabular.gzip_files import read_head

    where = Path(path)
    kind = detect_packing(where) or "csv"
    if kind == "zip":
        return BILL
    if kind == "parquet":
        import polars as pl

        try:
            names = list(pl.read_parquet_schema(where))
        except (pl.exceptions.PolarsError, OSError):
            message = f"{where.name}: this parquet file is damaged; fetch it again."
            raise InputError(message) from None
    else:
        line = read_head(where, where.name, kind).lstrip().partition(b"\n")[0].decode("utf-8-sig", "replace")
        if line.startswith(("{", "[")):
            return BILL if "reportKeys" in read_head(where, where.name, kind).decode("utf-8", "replace") else LOGS
        if "," not in line and len(line.split()) >= _FIELDS:
            return LOGS
        names = next(csv.reader([line]), [])
        names = names if len(names) > 1 else line.split()
    if sum(normalize_field_name(name) in KNOWN for name in names) >= _SOME:
        return LOGS
    try:
        bill_of(names, where.name)
    except CostmodelError:
        return None
    return BILL
