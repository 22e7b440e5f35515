"""What the columns of an export mean: legacy CUR, CUR 2.0 or FOCUS, and the columns as Ibis expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.dimensions import NUMBERS, SPECIAL, WORDS, list_source_columns
from costmodel.core.errors import InputError, format_short_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEGACY, CUR2, FOCUS10, FOCUS12 = "CUR", "CUR 2.0", "FOCUS 1.0", "FOCUS 1.2"

EXACT = "decimal(38, 12)"
"""The type that numbers are summed in. Threads add in any order, which changes the last bit of a sum of floats, but not
a sum of decimals."""

UNITS = 10**10
"""Units of money in one dollar: AWS writes ten decimals. Floats that DuckDB reads from parquet are counted in such
units as integers, which it casts and adds twice as fast as decimals. A row may have up to 900 million dollars."""

_MONEY = ("cost", "list")

ABSENT = {"", "NULL"}
SAME = ("payer", "month", "currency")  # what a whole file often has in common
DAY = len("2026-11-01")


@dataclass(frozen=True)
class Layout:
    """What the columns of one export mean.

    Attributes:
        format: CUR, CUR 2.0, FOCUS 1.0 or FOCUS 1.2.
        columns: our name → its column; what is not there is absent.
        keys: our name → (map or struct column, key), where a value lies inside one.
    """

    format: str
    columns: Mapping[str, str]
    keys: Mapping[str, tuple[str, str]]

    def __hash__(self) -> int:
        """Hash what equality compares."""
        return hash((self.format, tuple(self.columns.items()), tuple(self.keys.items())))

    @property
    def used(self) -> list[str]:
        """The columns that are read, in order."""
        return list(dict.fromkeys([*self.columns.values(), *(c for c, _ in self.keys.values())]))

    def is_missing(self, name: str) -> bool:
        """Tell whether the export has nothing of this kind."""
        return name not in self.columns and name not in self.keys


def normalize_column_name(name: str) -> str:
    """Return a column's name as Athena writes it: ``lineItem/UsageType`` is ``line_item_usage_type``."""
    name = name.strip().strip("\ufeff").strip('"')
    group, slash, rest = name.partition("/")
    if not slash:
        return name.lower()
    return "_".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", p).lower() for p in (group, rest))


def detect_bill_layout(names: Sequence[str], where: str, *, maps: Sequence[str] = ()) -> Layout:
    """Return what the columns of an export mean; its columns decide, not the name of the file.

    Args:
        names: its columns.
        where: the file, for the message.
        maps: those of the columns that are maps or structs.

    Raises:
        InputError: the file is neither a Cost and Usage Report nor a FOCUS export, or lacks a required column.
    """
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(normalize_column_name(name), name)
    format_ = _detect_format(names, by_plain, where)
    focus = format_ in {FOCUS10, FOCUS12}
    columns: dict[str, str] = {}
    keys: dict[str, tuple[str, str]] = {}
    for column in list_source_columns():
        theirs = column.focus if focus else column.cur
        key = column.focus_key if focus else column.cur_key
        found = next((by_plain[name] for name in theirs if name in by_plain), None)
        if found is not None:
            columns[column.name] = found
        elif key is not None and by_plain.get(key[0]) in maps:
            keys[column.name] = (by_plain[key[0]], key[1])
    # A report without usage types is classified by its descriptions, which are otherwise not read.
    if not focus and "usage_type" not in columns and "line_item_line_item_description" in by_plain:
        columns["description"] = by_plain["line_item_line_item_description"]
    layout = Layout(format_, columns, keys)
    _require_columns(layout, where, focus=focus)
    return layout


def _detect_format(names: Sequence[str], by_plain: Mapping[str, str], where: str) -> str:
    """Return the format that has such columns.

    Raises:
        InputError: no known format has.
    """
    if "billedcost" in by_plain or "chargedescription" in by_plain:
        return FOCUS12 if by_plain.keys() & {"skumeter", "invoiceid", "servicesubcategory"} else FOCUS10
    if any(name.startswith("line_item_") for name in by_plain):
        slash = any("/" in name for name in names)
        new = by_plain.keys() & {"bill_payer_account_name", "line_item_usage_account_name", "product"}
        code = "product_region_code" in by_plain and "product_region" not in by_plain
        return CUR2 if (new or code) and not slash else LEGACY
    message = (
        f"{where}: the file is not a Cost and Usage Report or a FOCUS export; its columns are "
        f"{format_short_list(list(names), 6)}."
        " A report has columns such as lineItem/UsageType or line_item_usage_type, a FOCUS export BilledCost."
    )
    raise InputError(message)


def _require_columns(layout: Layout, where: str, *, focus: bool) -> None:
    """Refuse an export without costs, or without anything that rows can be classified by.

    Raises:
        InputError: the message names the missing columns.
    """
    required = {"cost": "BilledCost" if focus else "line_item_unblended_cost"}
    if layout.is_missing("usage_type") and layout.is_missing("description"):
        required["usage_type"] = "ChargeDescription" if focus else "line_item_usage_type"
    missing = [theirs for ours, theirs in required.items() if layout.is_missing(ours)]
    if missing:
        message = (
            f"{where}: this {layout.format} export has no column {' and no '.join(missing)}, which is required. Add "
            "it to the columns of the export."
        )
        raise InputError(message)


def normalize_bill_columns(
    table: Any, layout: Layout, constants: Mapping[str, Any] = MappingProxyType({}), *, units: bool = False
) -> Any:
    """Return an export, an Ibis table, as the columns named here: no row is dropped, and what is absent stays absent.

    Words stay as they are (a null is a null: a test per row would cost more than the query), text becomes a number
    where it is one, else null, which the reader counts. A month that is a timestamp stays one, for the same reason.

    Args:
        table: the export.
        layout: what its columns mean.
        constants: columns that hold one value in every row: they are not read.
        units: whether money in floats becomes integers of 1/UNITS, for an engine whose sums of them do not overflow.
    """
    columns = {}
    for name in (*WORDS, *SPECIAL, *NUMBERS):
        is_constant = name in SAME and layout.columns.get(name) in constants
        if not layout.is_missing(name) and not is_constant:
            columns[name] = _normalize_column(table, layout, name, units=units)
    return table.select(**columns)


def _normalize_column(table: Any, layout: Layout, name: str, *, units: bool) -> Any:
    """Return one of our columns as an expression of the export's."""
    import ibis

    column = _get_raw_column(table, layout, name)
    is_text = column.type().is_string()
    if units and name in _MONEY and column.type().is_floating():
        return (column * float(UNITS)).try_cast("int64")
    if name in NUMBERS:
        return column.try_cast(EXACT)
    if name == "day":
        return column.left(DAY) if is_text else column.cast("date")
    if name == "description" and not layout.is_missing("usage_type"):
        usage_type = _get_raw_column(table, layout, "usage_type")
        return ibis.cases((usage_type.isnull() | usage_type.isin(sorted(ABSENT)), column), else_=None)
    return column if is_text or name == "month" else column.cast("string")


def _get_raw_column(table: Any, layout: Layout, name: str) -> Any:
    """Return the export's column of one of our names, or what lies in a map or struct under its key."""
    if name not in layout.keys:
        return table[layout.columns[name]]
    column, key = layout.keys[name]
    whole = table[column]
    return whole[key] if whole.type().is_struct() else whole.get(key)


def clean_bill_word(text: object) -> str:
    """Return a word of a bill, "" where it has none: blank, null, or the literal NULL of some exports."""
    word = "" if text is None or text != text else str(text)  # noqa: PLR0124 - NaN is no word
    return "" if word in ABSENT else word


def extract_constants(layout: Layout, constants: Mapping[str, Any]) -> dict[str, str]:
    """Return the words that every row has in common: our name → word."""
    found = {n: layout.columns[n] for n in SAME if layout.columns.get(n) in constants}
    return {name: clean_bill_word(constants[column]) for name, column in found.items()}
