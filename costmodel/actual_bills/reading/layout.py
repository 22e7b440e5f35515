"""What the columns of an export mean: legacy CUR, CUR 2.0 or FOCUS, and the columns as Ibis expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.dimensions import NUMBERS, SPECIAL, WORDS, list_source_columns
from costmodel.core.errors import InputError, format_short_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.actual_bills.dimensions import BillColumn

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
        fillers: our name → columns whose words fill the blanks, the first that has one.
        filling_keys: the same of map or struct columns: our name → (column, key).
    """

    format: str
    columns: Mapping[str, str]
    keys: Mapping[str, tuple[str, str]]
    fillers: Mapping[str, tuple[str, ...]]
    filling_keys: Mapping[str, tuple[str, str]]

    def __hash__(self) -> int:
        """Hash what equality compares."""
        mappings = (self.columns, self.keys, self.fillers, self.filling_keys)
        return hash((self.format, *(tuple(mapping.items()) for mapping in mappings)))

    @property
    def used(self) -> list[str]:
        """The columns that are read, in order."""
        inside = (column for column, _ in (*self.keys.values(), *self.filling_keys.values()))
        return list(dict.fromkeys([*self.columns.values(), *inside, *chain(*self.fillers.values())]))

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
    by_plain = _index_names(names)
    format_ = _detect_format(names, by_plain, where)
    focus = format_ in {FOCUS10, FOCUS12}
    columns, keys, fillers, filling_keys = _match_columns(by_plain, maps, focus=focus)
    # A report without usage types is classified by its descriptions, which are otherwise not read.
    if not focus and "usage_type" not in columns and "line_item_line_item_description" in by_plain:
        columns["description"] = by_plain["line_item_line_item_description"]
    layout = Layout(format_, columns, keys, fillers, filling_keys)
    _require_columns(layout, where, focus=focus)
    return layout


def _match_columns(
    by_plain: Mapping[str, str], maps: Sequence[str], *, focus: bool
) -> tuple[dict[str, str], dict[str, tuple[str, str]], dict[str, tuple[str, ...]], dict[str, tuple[str, str]]]:
    """Return the parts of a layout: columns, keys, fillers and filling keys, each by our name."""
    columns: dict[str, str] = {}
    keys: dict[str, tuple[str, str]] = {}
    fillers: dict[str, tuple[str, ...]] = {}
    filling_keys: dict[str, tuple[str, str]] = {}
    for column in list_source_columns():
        theirs, key = (column.focus, column.focus_key) if focus else (column.cur, column.cur_key)
        found = next(filter(None, map(by_plain.get, theirs)), None)
        inner = _find_inner_key(key, by_plain, maps)
        if inner is not None:
            where = keys if found is None else filling_keys
            where[column.name] = inner
        if found is not None:
            columns[column.name] = found
            fillers[column.name] = _list_fillers(column, found, by_plain)
    return columns, keys, fillers, filling_keys


def _list_fillers(column: BillColumn, found: str, by_plain: Mapping[str, str]) -> tuple[str, ...]:
    """Return the export's other columns whose words fill the blanks of the one that was found."""
    return tuple(by_plain[name] for name in column.filled_by if by_plain.get(name, found) != found)


def _find_inner_key(
    key: tuple[str, str] | None, by_plain: Mapping[str, str], maps: Sequence[str]
) -> tuple[str, str] | None:
    """Return the export's map or struct column, and the key in it; None where it has no such column."""
    return (by_plain[key[0]], key[1]) if key is not None and by_plain.get(key[0]) in maps else None


def _index_names(names: Sequence[str]) -> dict[str, str]:
    """Return the export's columns by their names as Athena writes them.

    Loads into Redshift, Glue, Spark or Splunk change the case and the separators of names: a name that differs from a
    known one by these alone is that one.
    """
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(normalize_column_name(name), name)
    squeezed: dict[str, str] = {}
    for name in names:
        squeezed.setdefault(_strip_separators(name), name)
    for column in list_source_columns():
        keys = (column.cur_key, column.focus_key)
        for known in (*column.cur, *column.focus, *column.filled_by, *(key[0] for key in keys if key)):
            if known not in by_plain and _strip_separators(known) in squeezed:
                by_plain[known] = squeezed[_strip_separators(known)]
    return by_plain


def _strip_separators(name: str) -> str:
    """Return a name in lowercase, without anything but letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


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
    """Return the column of one of our names, or what a map or struct has under its key; blanks are filled."""
    if name not in layout.keys:
        own = table[layout.columns[name]]
        others = [table[column] for column in layout.fillers.get(name, ())]
        if name in layout.filling_keys:
            others.append(_get_inner_value(table, *layout.filling_keys[name]))
        return own if not others else _fill_blanks(own, others)
    return _get_inner_value(table, *layout.keys[name])


def _get_inner_value(table: Any, column: str, key: str) -> Any:
    """Return what is in a map or struct column under a key."""
    whole = table[column]
    if not whole.type().is_struct():
        return whole.get(key)
    return whole[key] if key in whole.type().names else None


def _fill_blanks(own: Any, others: Sequence[Any]) -> Any:
    """Return a column of words whose blanks are filled from others."""
    import ibis

    words = [column.cast("string") for column in (own, *others) if column is not None]
    return ibis.coalesce(*(word.isin(sorted(ABSENT)).ifelse(None, word) for word in words))


def clean_bill_word(text: object) -> str:
    """Return a word of a bill, "" where it has none: blank, null, or the literal NULL of some exports."""
    word = "" if text is None or text != text else str(text)  # noqa: PLR0124 - NaN is no word
    return "" if word in ABSENT else word


def extract_constants(layout: Layout, constants: Mapping[str, Any]) -> dict[str, str]:
    """Return the words that every row has in common: our name → word."""
    found = {n: layout.columns[n] for n in SAME if layout.columns.get(n) in constants}
    return {name: clean_bill_word(constants[column]) for name, column in found.items()}
