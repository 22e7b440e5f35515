"""The kinds of input: how each is recognized by its content, and what reads it.

Documents (YAML or JSON) are recognized by their keys, data (bills and flow logs) by the beginning of the file. A new
kind is one entry in :data:`DOCUMENT_KINDS` or :data:`DATA_KINDS`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import CostmodelError, InputError
from costmodel.network.reading.terraform.sniff import is_plan_series

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

DEMAND, NETWORK, PLAN, DATA = "demand", "network", "plan", "data"
BILL, LOGS = "bill", "flow"
_LOG_WORDS = 10
"""The fewest words in a line of flow logs without a header."""
_LOG_FIELDS = 3
"""The fewest names of flow log fields in a header of flow logs."""


class DocumentKind(NamedTuple):
    """A kind of YAML or JSON document.

    Attributes:
        name: what programs call it.
        matches: whether a document with these keys is of the kind.
    """

    name: str
    matches: Callable[[AbstractSet[str]], bool]


DOCUMENT_KINDS = (
    DocumentKind(PLAN, lambda keys: keys >= {"plan", "certificate", "lower_bound"}),
    DocumentKind(PLAN, lambda keys: keys >= {"plan", "conflict", "why_not"}),  # of a demand without a plan
    DocumentKind(DEMAND, lambda keys: bool(keys & {"vpcs", "flows"}) and "resources" not in keys),
    DocumentKind(NETWORK, lambda _: True),
)
"""The kinds of document; the first that matches counts."""

DATA_KEYS = {"reportKeys", "logEvents", "events"}
"""Keys of JSON that is data: a manifest of a Cost and Usage Report, or flow logs from CloudWatch Logs."""


def detect_document_kind(value: object) -> str:
    """Return the kind of a parsed document; :data:`DATA` for JSON that is a bill or flow logs."""
    if is_plan_series(value):
        return NETWORK
    if not isinstance(value, dict) or value.keys() & DATA_KEYS:
        return DATA
    return next(kind.name for kind in DOCUMENT_KINDS if kind.matches(value.keys()))


@dataclass(frozen=True)
class DataHead:
    """The beginning of a file of data.

    Attributes:
        name: the name of the file.
        packing: how it is packed, as its first bytes tell; "csv" for text.
        text: the first bytes of text; "" of a parquet or zip file.
        columns: the names in the header.
    """

    name: str
    packing: str
    text: str
    columns: list[str]

    @property
    def line(self) -> str:
        """The first line."""
        return self.text.partition("\n")[0]

    @property
    def is_json(self) -> bool:
        """Whether it is JSON."""
        return self.text.startswith(("{", "["))

    @property
    def is_manifest(self) -> bool:
        """Whether it is the manifest of a Cost and Usage Report."""
        return self.is_json and "reportKeys" in self.text


class DataKind(NamedTuple):
    """A kind of data.

    Attributes:
        name: what programs call it.
        matches: whether a file with this beginning is of the kind.
    """

    name: str
    matches: Callable[[DataHead], bool]


def _is_flow_log(head: DataHead) -> bool:
    from costmodel.flow_logs.reading.layout import KNOWN, normalize_field_name

    if head.packing == "zip" or head.is_manifest:
        return False
    if head.is_json:
        return True
    if "," not in head.line and len(head.line.split()) >= _LOG_WORDS:
        return True
    return sum(normalize_field_name(name) in KNOWN for name in head.columns) >= _LOG_FIELDS


def _is_bill(head: DataHead) -> bool:
    from costmodel.actual_bills.reading.layout import detect_bill_layout

    if head.packing == "zip" or head.is_manifest:
        return True
    try:
        detect_bill_layout(head.columns, head.name)
    except CostmodelError:
        return False
    return True


DATA_KINDS = (DataKind(LOGS, _is_flow_log), DataKind(BILL, _is_bill))
"""The kinds of data; the first that matches counts."""


def read_data_head(path: str | Path) -> DataHead:
    """Read the beginning of a file of data.

    Raises:
        InputError: the file cannot be read or unpacked.
    """
    from costmodel.tabular.find_files import detect_packing
    from costmodel.tabular.gzip_files import read_head

    where = Path(path)
    packing = detect_packing(where) or "csv"
    if packing == "zip":
        return DataHead(where.name, packing, "", [])
    if packing == "parquet":
        return DataHead(where.name, packing, "", _read_parquet_columns(where))
    text = read_head(where, where.name, packing).lstrip().decode("utf-8-sig", "replace")
    line = text.partition("\n")[0]
    columns = next(csv.reader([line]), [])
    return DataHead(where.name, packing, text, columns if len(columns) > 1 else line.split())


def _read_parquet_columns(path: Path) -> list[str]:
    import polars as pl

    try:
        return list(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        message = f"{path.name}: this parquet file is damaged; fetch it again."
        raise InputError(message) from None
