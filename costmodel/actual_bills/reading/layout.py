"""What the columns of an export mean: legacy CUR, CUR 2.0 and FOCUS, each said once as Ibis expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError, format_short_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEGACY, CUR2, FOCUS10, FOCUS12 = "CUR", "CUR 2.0", "FOCUS 1.0", "FOCUS 1.2"

WORDS = (
    "payer",
    "account",
    "month",
    "region",
    "to_region",
    "service",
    "usage_type",
    "operation",
    "line_type",
    "description",
    "currency",
)
"""The columns a bill is told apart by, all text; beside them ``day``, ``resource`` and the numbers."""

NUMBERS = ("quantity", "cost", "list")

EXACT = "decimal(38, 12)"
"""The type that numbers are summed in: AWS writes ten decimals. Threads add in any order, which changes the last bit of a
sum of floats, and nothing of a sum of decimals."""

_CUR: dict[str, tuple[str, ...]] = {
    "payer": ("bill_payer_account_id",),
    "account": ("line_item_usage_account_id", "bill_payer_account_id"),
    "month": ("bill_billing_period_start_date",),
    "region": ("product_region_code", "product_region"),
    "to_region": ("product_to_region_code",),
    "service": ("line_item_product_code",),
    "usage_type": ("line_item_usage_type",),
    "operation": ("line_item_operation",),
    "line_type": ("line_item_line_item_type",),
    "currency": ("line_item_currency_code",),
    "day": ("line_item_usage_start_date",),
    "resource": ("line_item_resource_id",),
    "quantity": ("line_item_usage_amount",),
    "cost": ("line_item_unblended_cost",),
    "list": ("pricing_public_on_demand_cost",),
}
_FOCUS: dict[str, tuple[str, ...]] = {
    "payer": ("billingaccountid",),
    "account": ("subaccountid", "billingaccountid"),
    "month": ("billingperiodstart",),
    "region": ("regionid",),
    "to_region": (),
    "service": ("x_servicecode", "servicename"),
    "usage_type": ("skumeter", "x_usagetype"),
    "operation": ("x_operation",),
    "line_type": ("chargecategory",),
    "description": ("chargedescription",),
    "currency": ("billingcurrency",),
    "day": ("chargeperiodstart",),
    "resource": ("resourceid",),
    "quantity": ("pricingquantity", "consumedquantity"),
    "cost": ("billedcost",),
    "list": ("listcost",),
}
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
        """Tell whether the export says nothing of this kind."""
        return name not in self.columns and name not in self.keys


def normalize_column_name(name: str) -> str:
    """Return a column's name as Athena writes it: ``lineItem/UsageType`` is ``line_item_usage_type``."""
    name = name.strip().strip("\ufeff").strip('"')
    group, slash, rest = name.partition("/")
    if not slash:
        return name.lower()
    return "_".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", p).lower() for p in (group, rest))


def detect_bill_layout(names: Sequence[str], where: str, *, maps: Sequence[str] = ()) -> Layout:
    """Say what an export is by its columns, never by its name.

    Args:
        names: its columns.
        where: the file, for the message.
        maps: those of them that are maps or structs.

    Raises:
        InputError: it is neither a Cost and Usage Report nor a FOCUS export, or lacks a column nothing goes without.
    """
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(normalize_column_name(name), name)
    focus = "billedcost" in by_plain or "chargedescription" in by_plain
    if focus:
        format_ = FOCUS12 if by_plain.keys() & {"skumeter", "invoiceid", "servicesubcategory"} else FOCUS10
    elif any(n.startswith("line_item_") for n in by_plain):
        slash = any("/" in n for n in names)
        new = by_plain.keys() & {"bill_payer_account_name", "line_item_usage_account_name", "product"}
        code = "product_region_code" in by_plain and "product_region" not in by_plain
        format_ = CUR2 if (new or code) and not slash else LEGACY
    else:
        message = (
            f"{where}: this is no Cost and Usage Report and no FOCUS export; its columns are "
            f"{format_short_list(list(names), 6)}."
            " A report has columns such as lineItem/UsageType or line_item_usage_type, a FOCUS export BilledCost."
        )
        raise InputError(message)
    columns = {}
    for ours, theirs in (_FOCUS if focus else _CUR).items():
        found = next((by_plain[t] for t in theirs if t in by_plain), None)
        if found is not None:
            columns[ours] = found
    if not focus and "usage_type" not in columns and "line_item_line_item_description" in by_plain:
        columns["description"] = by_plain["line_item_line_item_description"]
    keys = {}
    if "product" in maps and "region" not in columns:
        keys["region"] = (by_plain["product"], "region")
    layout = Layout(format_, columns, keys)
    wanted = {"cost": "BilledCost" if focus else "line_item_unblended_cost"}
    if layout.is_missing("usage_type") and layout.is_missing("description"):
        wanted["usage_type"] = "ChargeDescription" if focus else "line_item_usage_type"
    missing = [theirs for ours, theirs in wanted.items() if layout.is_missing(ours)]
    if missing:
        message = (
            f"{where}: this {format_} export has no column {' and no '.join(missing)}, without which nothing can be "
            "told. Add it to the export's columns."
        )
        raise InputError(message)
    return layout


def normalize_bill_columns(table: Any, layout: Layout, constants: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """Return an export, an Ibis table, as the columns named here: no row is dropped, and what is absent stays absent.

    Words stay as they are (a null is a null: a test per row would cost more than the query), text becomes a number
    where it is one, else null, which the reader counts. A month that is a timestamp stays one, for the same reason.

    Args:
        table: the export.
        layout: what its columns mean.
        constants: columns that hold one value in every row: they are not read.
    """
    import ibis

    def raw(name: str) -> Any:
        if name in layout.keys:
            column, key = layout.keys[name]
            whole = table[column]
            return whole[key] if whole.type().is_struct() else whole.get(key)
        return table[layout.columns[name]]

    out = {}
    for name in (*WORDS, "day", "resource", *NUMBERS):
        if layout.is_missing(name) or (name in SAME and layout.columns.get(name) in constants):
            continue
        column = raw(name)
        text = column.type().is_string()
        if name in NUMBERS:
            out[name] = column.try_cast(EXACT)
        elif name == "day":
            out[name] = column.left(DAY) if text else column.cast("date")
        elif name == "description" and not layout.is_missing("usage_type"):
            kind = raw("usage_type")
            out[name] = ibis.cases((kind.isnull() | kind.isin(["", "NULL"]), column), else_=None)
        else:
            out[name] = column if text or name == "month" else column.cast("string")
    return table.select(**out)


def clean_bill_word(text: object) -> str:
    """Return a word of a bill, "" where it says none: blank, null, or the literal NULL of some exports."""
    word = "" if text is None or text != text else str(text)  # noqa: PLR0124 - NaN is no word
    return "" if word in ABSENT else word


def extract_constants(layout: Layout, constants: Mapping[str, Any]) -> dict[str, str]:
    """Return the words that every row has in common: our name → word."""
    found = {n: layout.columns[n] for n in SAME if layout.columns.get(n) in constants}
    return {name: clean_bill_word(constants[column]) for name, column in found.items()}
