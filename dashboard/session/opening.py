"""Any file of the user's: told by its content, kept in the session, and the page that it is looked at on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.core.errors import CostmodelError, InputError
from costmodel.documents.document import decoded
from costmodel.intake.recognize import DATA, DEMAND, LOGS, PLAN, recognised, sort_of
from dashboard.session import plans, state, uploads

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ["tf", "json", "yaml", "yml", "template", "csv", "gz", "zip", "parquet", "log", "txt"]


def opened(files: Sequence[Any]) -> str | None:
    """Keep uploaded files in the session, return the page that answers; None where they are wrong, which is said."""
    try:
        with tempfile.TemporaryDirectory(prefix=uploads.PREFIX) as folder:
            kept = uploads.contents(files)
            paths = uploads.put(kept, Path(folder))
            return _opened(kept, paths)
    except CostmodelError as error:
        st.session_state["start_error"] = uploads.cleaned(str(error))
        return None


def _opened(kept: uploads.Files, paths: Sequence[Path]) -> str:
    given = [recognised(path) for path in paths]
    if any(g.kind != DATA for g in given) and len(given) > 1:
        message = "Open files of one kind at a time: several files of one bill, or of the same logs, are one."
        raise InputError(message)
    s = st.session_state
    first = given[0]
    if first.kind == DATA:
        sort = sort_of(paths[0])
        if sort is None:
            message = (
                f"{kept[0][0]}: no Terraform plan, no template, no demand or network file, no bill and no flow logs. "
                "A plan is JSON: terraform show -json tfplan > plan.json."
            )
            raise InputError(message)
        s[f"{sort}_asked"] = ("upload", kept)
        return "pages/traffic.py" if sort == LOGS else "pages/bill.py"
    name, data = kept[0]
    text = decoded(data, name)
    if first.kind == PLAN:
        message = f"{name} is what `optimize` printed; open the demand file it was made of."
        raise InputError(message)
    if first.kind == DEMAND:
        assert first.document is not None  # noqa: S101 - what is no data is a document
        state.checked(first.document)
        state.load(dict(first.document.value))
        return "pages/compare.py"
    plans.start()
    plans.load(text, name)
    return "pages/estimate.py"
