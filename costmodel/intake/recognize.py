"""What a file is, by its content: a demand, a network, a plan of the optimizer's, a bill, flow logs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import CostmodelError, InputError
from costmodel.intake.kinds import (
    BILL,
    DATA,
    DATA_KINDS,
    DEMAND,
    LOGS,
    NETWORK,
    PLAN,
    detect_document_kind,
    read_data_head,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from costmodel.actual_bills.actual_bill import ActualBill
    from costmodel.documents.document import Document
    from costmodel.flow_logs.traffic import Traffic

__all__ = [
    "BILL",
    "DATA",
    "DEMAND",
    "LOGS",
    "NETWORK",
    "PLAN",
    "Given",
    "detect_data_kind",
    "read_bill_or_flows",
    "recognize_file",
]

_DOCUMENT_SUFFIXES = {".yaml", ".yml", ".json", ".template", ""}


class Given(NamedTuple):
    """A file that a user gives.

    Attributes:
        kind: demand, network, plan, or data (a bill or flow logs).
        name: its path, as given.
        document: its content; None for data.
    """

    kind: str
    name: str
    document: Document | None = None


def recognize_file(source: str | Path) -> Given:
    """Return what a file is. A file that is not a document of YAML or JSON is data: a bill or flow logs.

    Raises:
        InputError: the file does not exist or cannot be read.
    """
    from costmodel.network.reading.load import open_network_document

    path, name = Path(source), str(source)
    if name != "-" and (path.suffix.lower() not in _DOCUMENT_SUFFIXES or not path.is_file()):
        is_pattern = any(character in name for character in "*?[")
        if not is_pattern and not path.exists():
            message = f"{name}: file not found."
            raise InputError(message)
        return Given(DATA, name)
    document = open_network_document(source)
    kind = detect_document_kind(document.value)
    return Given(kind, name, None if kind == DATA else document)


def read_bill_or_flows(
    paths: Sequence[str], progress: Callable[[float, str], None] | None = None
) -> tuple[ActualBill | None, Traffic | None]:
    """Return a bill or flow logs, whichever the files are; the other is None.

    Raises:
        InputError: they are neither; the message has the error of each reader.
    """
    from costmodel.actual_bills.reading.load import read_bill
    from costmodel.flow_logs.reading.load import read_flows

    try:
        return read_bill(*paths, progress=progress), None
    except CostmodelError as error:
        bill_error = error
    try:
        return None, read_flows(*paths, progress=progress)
    except CostmodelError as error:
        message = f"{', '.join(paths)}: neither a bill nor flow logs. As a bill: {bill_error} As flow logs: {error}"
        raise InputError(message) from None


def detect_data_kind(path: str | Path) -> str | None:
    """Return by its beginning whether a file of data is flow logs ("flow") or a bill ("bill"); None: neither.

    Raises:
        InputError: it cannot be read, or unpacked.
    """
    head = read_data_head(path)
    return next((kind.name for kind in DATA_KINDS if kind.matches(head)), None)
