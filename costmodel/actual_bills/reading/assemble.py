"""Asking a bill, and putting the answers of its parts together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.actual_bills.actual_bill import ActualBill, classify_rows, join_without_gaps
from costmodel.actual_bills.dimensions import NUMBERS, WORDS, list_source_columns
from costmodel.actual_bills.reading.layout import DAY, clean_bill_word
from costmodel.actual_bills.reading.query import NAMES, summarize_bill_items, summarize_network_rows
from costmodel.core.errors import InputError, format_short_list
from costmodel.pricing.reading.usage_types import load_classifier
from costmodel.pricing.usage_types import NETWORK, Key
from costmodel.tabular.dataset import decode_words
from costmodel.tabular.find_files import Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from costmodel.actual_bills.reading.engines import Source
    from costmodel.core.arrays import IntArray

_MONTH = len("2026-11")
COUNTS = ("rows", "known")
_LENGTHS = {"month": _MONTH, "day": DAY, "first": DAY, "last": DAY}  # of what a timestamp contains


class Answer(NamedTuple):
    """What a part of a bill answered."""

    source: Source
    groups: pd.DataFrame
    resources: pd.DataFrame | None
    lost: list[Lost]


def query_bill_source(source: Source, *, resources: bool, run: Callable[[Callable[[], Any], str], Any]) -> Answer:
    """Ask a part of a bill what it sells, then for its network rows in detail."""
    classifier = load_classifier()
    rows = source.rows

    def answer(question: Any, *words: str) -> pd.DataFrame:
        found = run(question.to_pyarrow, source.name)
        return classify_rows(*_convert_answer(found, (*WORDS, *words), source.constants), classifier)

    everything = answer(summarize_bill_items(rows), "day")
    network = everything[everything["part"] == NETWORK]
    names = {n for k in NAMES for n in network[k] if n}
    is_nameless = (network["usage_type"] == "") & (network["description"] == "")
    services = {service for service in network[is_nameless]["service"] if service}
    by_day = answer(summarize_network_rows(rows, names, by="day", services=services), "day")
    groups = join_without_gaps(everything, by_day, names, services)
    details = None
    if resources and "resource" in rows.columns:
        by_resource = summarize_network_rows(rows, names, by="resource", services=services)
        details = answer(by_resource, "resource", "first", "last")
        details = details[details["part"] == NETWORK].reset_index(drop=True)
    missing = int(everything["rows"].sum() - everything["known"].sum())
    lost = [Lost(source.name, missing, f"{missing:,} rows whose cost is not a number")] if missing else []
    return Answer(source, groups, details, lost)


def _convert_answer(
    answer: pa.Table, words: Sequence[str], constants: Mapping[str, str]
) -> tuple[pd.DataFrame, IntArray]:
    """Return an answer as a frame, its rows in the order of their words, and its rows grouped by classification key.

    Every word is text, "" where absent; months are YYYY-MM; no number is missing but quantity and list. Engines return
    rows in any order: sorted, their sums and ties are the same each time. Each distinct word is looked at once.

    Args:
        answer: what the engine returned.
        words: the names of the text columns, the most significant for the order first.
        constants: the words that all rows share: name → word.

    Returns:
        The frame, and an integer per row, the same for rows that are alike in all that a row is classified by.
    """
    import numpy as np
    import pandas as pd

    columns: dict[str, np.ndarray] = {}
    order = np.zeros(len(answer), dtype=np.int64)
    alike = np.zeros(len(answer), dtype=np.int64)
    for name in words:
        if name not in answer.column_names:
            columns[name] = np.full(len(answer), constants.get(name, "")[: _LENGTHS.get(name)], dtype=object)
            continue
        cut = _LENGTHS.get(name)
        labels, codes = decode_words(answer, name, partial(_clean_word, length=cut))
        columns[name] = labels[codes]
        # Numbering the pairs of old number and code after each word keeps the product from overflowing.
        order = np.unique(order * len(labels) + codes, return_inverse=True)[1]
        if name in Key._fields:
            alike = pd.factorize(alike * len(labels) + codes)[0]
    for name in COUNTS:
        columns[name] = answer.column(name).to_numpy().astype(np.int64)
    for name in NUMBERS:
        known = name in answer.column_names
        values = answer.column(name).to_numpy() if known else np.full(len(answer), np.nan)
        columns[name] = values.astype(np.float64)
    columns["cost"] = np.nan_to_num(columns["cost"])
    if (columns["month"] == "").any():
        days = columns["day" if "day" in columns else "first"]
        pairs = zip(columns["month"], days, strict=True)
        columns["month"] = np.array([month or day[:_MONTH] for month, day in pairs], dtype=object)
    rows = np.argsort(order, kind="stable")
    frame = {name: pd.Series(values[rows], dtype=values.dtype) for name, values in columns.items()}
    return pd.DataFrame(frame), alike[rows]


def _clean_word(value: object, length: int | None) -> str:
    """Return a word of a bill, cut to a length: dates are written with or without a time."""
    return clean_bill_word(value)[:length]


def assemble_bill(answers: Sequence[Answer], names: list[str], lost: list[Lost], notes: list[str]) -> ActualBill:
    """Put the parts of a bill together.

    Raises:
        InputError: two parts of different formats describe the same month of one payer.
    """
    import pandas as pd

    _refuse_double_months(answers)
    groups = answers[0].groups if len(answers) == 1 else pd.concat([a.groups for a in answers], ignore_index=True)
    details = [a.resources for a in answers if a.resources is not None]
    currencies = sorted({str(c) for c in groups["currency"].unique() if c})
    formats = list(dict.fromkeys(a.source.layout.format for a in answers))
    if not len(groups):
        notes = [*notes, f"{format_short_list(names)} has a header but no rows."]
    for answer in answers:
        lost = [*lost, *answer.lost]
        notes = [*notes, *_describe_missing_columns(answer.source)]
    return ActualBill(
        format=" and ".join(formats),
        currency=";".join(currencies) or "USD",
        files=names,
        groups=groups,
        resources=pd.concat(details, ignore_index=True) if details else None,
        lost=lost,
        notes=list(dict.fromkeys(notes)),
    )


def _refuse_double_months(answers: Sequence[Answer]) -> None:
    """Refuse parts of different formats that cover the same month of one payer.

    Raises:
        InputError: there are such parts.
    """
    seen: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        pairs = answer.groups[["payer", "month"]].drop_duplicates()
        for payer, month in zip(pairs["payer"].astype(str), pairs["month"].astype(str), strict=True):
            first = seen.setdefault((payer, month), answer) if month else answer
            if first.source.layout.format != answer.source.layout.format:
                message = (
                    f"{first.source.name} ({first.source.layout.format}) and {answer.source.name} "
                    f"({answer.source.layout.format}) both cover {month} of payer {payer}: together they would count "
                    "every dollar twice. Read only one of them."
                )
                raise InputError(message)


def _describe_missing_columns(source: Source) -> list[str]:
    """Return a note for each column that an export lacks and that an answer needs."""
    return [
        f"{source.name} {column.missing}."
        for column in list_source_columns()
        if column.missing and source.layout.is_missing(column.name)
    ]
