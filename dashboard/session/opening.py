"""Any file of the user's: told by its content, kept in the session, and the page that it is looked at on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.errors import CostmodelError, InputError
from costmodel.documents.document import decode_text
from costmodel.intake.recognize import DATA, DEMAND, LOGS, PLAN, detect_data_kind, recognize_file
from dashboard.session import plans, state, uploads
from dashboard.session.bill_files import BILL
from dashboard.session.flow_files import FLOWS
from dashboard.session.sources import UPLOAD, SourceRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ["tf", "json", "yaml", "yml", "template", "csv", "gz", "zip", "parquet", "log", "txt"]


def open_uploaded_files(files: Sequence[Any]) -> str | None:
    """Keep uploaded files in the session, return the page that answers; None where they are wrong, which is said."""
    try:
        with tempfile.TemporaryDirectory(prefix=uploads.PREFIX) as folder:
            kept = uploads.read_uploads(files)
            paths = uploads.write_uploads(kept, Path(folder))
            return _open_files(kept, paths)
    except CostmodelError as error:
        st.session_state["start_error"] = uploads.strip_upload_folders(error.describe_for_page())
        return None


def _open_files(kept: uploads.Files, paths: Sequence[Path]) -> str:
    given = [recognize_file(path) for path in paths]
    if any(g.kind != DATA for g in given) and len(given) > 1:
        message = "Open files of one kind at a time: several files of one bill, or of the same logs, count as one."
        raise InputError(message)
    first = given[0]
    if first.kind == DATA:
        sort = detect_data_kind(paths[0])
        if sort is None:
            message = (
                f"{kept[0][0]}: no Terraform plan, no template, no demand or network file, no bill and no flow logs. "
                "A plan is JSON: terraform show -json tfplan > plan.json."
            )
            raise InputError(message)
        request = SourceRequest(UPLOAD, files=kept)
        if sort == LOGS:
            FLOWS.get_state().request = request
            return "views/traffic.py"
        BILL.get_state().request = request
        return "views/bill.py"
    name, data = kept[0]
    text = decode_text(data, name)
    if first.kind == PLAN:
        message = f"{name} is an answer of `optimize`; open the demand file instead."
        raise InputError(message)
    if first.kind == DEMAND:
        assert first.document is not None  # noqa: S101 - what is no data is a document
        state.validate_demand_document(first.document)
        state.set_demand(dict(first.document.value))
        return "views/compare.py"
    plans.start_estate_session()
    plans.load_estate_file(text, name)
    return "views/estimate.py"
