"""Asking a bill, and putting the answers of its parts together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.errors import InputError, several
from costmodel.ingest.bills.layout import DAY, NUMBERS, WORDS, absent
from costmodel.ingest.bills.query import NAMES, detailed, sold
from costmodel.ingest.bills.tables import load_classifier
from costmodel.ingest.bills.text import Lost
from costmodel.reconcile.actual import ActualBill, conserved, told
from costmodel.reconcile.classify import NETWORK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from costmodel.ingest.bills.engines import Source

_MONTH = len("2026-11")


class Answer(NamedTuple):
    """What a part of a bill answered."""

    source: Source
    groups: pd.DataFrame
    resources: pd.DataFrame | None
    lost: list[Lost]


def asked(source: Source, *, resources: bool, run: Callable[[Callable[[], Any], str], Any]) -> Answer:
    """Ask a part of a bill what it sells, then for its network rows in detail."""
    classifier = load_classifier()
    rows = source.rows
    everything = told(_worded(run(sold(rows).to_pandas, source.name), [*WORDS, "day"]), classifier)
    names = {n for k in NAMES for n in everything[k][everything["part"] == NETWORK] if n}
    found = run(detailed(rows, names, by="day").to_pandas, source.name)
    groups = told(_worded(found, [*WORDS, "day"]), classifier)
    groups = conserved(everything, groups, names)
    details = None
    if resources and "resource" in rows.columns:
        found = run(detailed(rows, names, by="resource").to_pandas, source.name)
        details = told(_worded(found, [*WORDS, "resource", "first", "last"]), classifier)
        details = details[details["part"] == NETWORK].reset_index(drop=True)
    missing = int(everything["rows"].sum() - everything["known"].sum())
    lost = [Lost(source.name, missing, f"{missing:,} rows whose cost is no number")] if missing else []
    return Answer(source, groups, details, lost)


def _worded(frame: pd.DataFrame, words: Sequence[str]) -> pd.DataFrame:
    """Return an answer with each of its words as text, "" where absent, months as YYYY-MM, and no number missing."""
    import numpy as np
    import pandas as pd

    out = frame.copy()
    for name in words:
        if name not in out:
            out[name] = ""
            continue
        codes, values = pd.factorize(out[name])
        out[name] = np.array([*map(absent, values), ""], dtype=object)[codes]  # a null is code -1: the last
    for name in {"day", "first", "last"} & set(out.columns):
        out[name] = out[name].str.slice(stop=DAY)
    days = out["day"] if "day" in out else out["first"]
    out["month"] = out["month"].where(out["month"] != "", days).str.slice(stop=_MONTH)
    for name in NUMBERS:
        out[name] = out[name].astype("float64") if name in out else float("nan")
    out["cost"] = out["cost"].fillna(0.0)
    return out


def assembled(answers: Sequence[Answer], names: list[str], lost: list[Lost], notes: list[str]) -> ActualBill:
    """Put the parts of a bill together.

    Raises:
        InputError: two parts of different formats describe the same month of one payer.
    """
    import pandas as pd

    seen: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        pairs = answer.groups[["payer", "month"]].drop_duplicates()
        for payer, month in zip(pairs["payer"].astype(str), pairs["month"].astype(str), strict=True):
            if not month:
                continue
            first = seen.setdefault((payer, month), answer)
            if first.source.layout.format != answer.source.layout.format:
                message = (
                    f"{first.source.name} ({first.source.layout.format}) and {answer.source.name} "
                    f"({answer.source.layout.format}) both describe {month} of payer {payer}: added, every "
                    "dollar would count twice. Read one of them."
                )
                raise InputError(message)
    groups = pd.concat([a.groups for a in answers], ignore_index=True)
    details = [a.resources for a in answers if a.resources is not None]
    currencies = sorted({c for c in groups["currency"] if c})
    formats = list(dict.fromkeys(a.source.layout.format for a in answers))
    if not len(groups):
        notes = [*notes, f"{several(names)} holds a header and no row."]
    for answer in answers:
        lost = [*lost, *answer.lost]
        notes = [*notes, *_lacks(answer.source)]
    return ActualBill(
        format=" and ".join(formats),
        currency=";".join(currencies) or "USD",
        files=names,
        groups=groups,
        resources=pd.concat(details, ignore_index=True) if details else None,
        lost=lost,
        notes=list(dict.fromkeys(notes)),
    )


_LACKS = {
    "quantity": "has no quantities, so nothing can be re-rated",
    "region": "has no column of Regions: they are taken from the usage types",
    "operation": "has no operations: Transit Gateway attachments and load balancers cannot all be told apart",
    "resource": "names no resources, so findings cannot: turn on resource ids (INCLUDE RESOURCES) in the export",
    "line_type": "has no line-item types: taxes and credits cannot be told from usage",
    "account": "has no accounts",
}


def _lacks(source: Source) -> list[str]:
    return [f"{source.name} {why}." for name, why in _LACKS.items() if source.layout.lacks(name)]
