"""A bill as an Excel workbook: charges whose costs and totals are live formulas, and what they depend on."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import to_decimal
from costmodel.core.errors import InputError
from costmodel.network.focus import iterate_focus_rows
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.reporting.text import FORMULA, format_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from costmodel.network.bill import Bill
    from costmodel.reporting.model import Table

COLUMNS = {
    "ResourceName": 34, "SubAccountId": 15, "RegionId": 15, "ServiceName": 26, "ChargeDescription": 44, "x_Count": 8,
    "PricingQuantity": 16, "PricingUnit": 12, "ListUnitPrice": 14, "ListCost": 14, "BillingCurrency": 10,
    "SkuMeter": 34, "x_Meter": 30, "x_PriceDate": 12,
}  # fmt: skip
"""Columns of the sheet Charges, and their widths in letters."""
_MONEY, _QUANTITY, _PRICE = "#,##0.00", "#,##0.######", "0.##########"
_MOST = 1_000_000  # rows of a sheet


class _Forms(NamedTuple):
    """How cells look."""

    bold: Any
    money: Any
    bold_money: Any
    quantity: Any
    price: Any
    quoted: Any


def build_workbook(bill: Bill, about: Iterable[Table], assumed: Mapping[str, str]) -> bytes:
    """Return a bill as a workbook (.xlsx).

    The sheet Charges has a row per charge and tier; its cost is the formula quantity × unit price. Totals by charge and
    the total are formulas over those rows: an edited quantity or price moves them. No text is taken for a formula.

    Args:
        bill: the bill; under a contract the unit prices are the contracted ones.
        about: further tables, a sheet each.
        assumed: assumption → value.

    Raises:
        InputError: it has more charges than a sheet takes.
    """
    import xlsxwriter

    lines = list(iterate_focus_rows(bill))
    if len(lines) > _MOST:
        message = f"The bill has {len(lines):,} charges, more than the {_MOST:,} rows of a sheet: use the CSV."
        raise InputError(message)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
    )
    form = _Forms(
        *map(
            book.add_format,
            (
                {"bold": True},
                {"num_format": _MONEY},
                {"bold": True, "num_format": _MONEY},
                {"num_format": _QUANTITY},
                {"num_format": _PRICE},
                {"quote_prefix": True},
            ),
        )
    )
    total = book.add_worksheet("Total")
    last = _write_charges(book.add_worksheet("Charges"), lines, form, contracted=bill.contract is not None)
    _write_totals(total, bill, lines, last, form)
    facts: list[list[Any]] = build_price_date_rows(bill.on, bill.price_dates)
    facts += [["Contract", bill.contract]] if bill.contract else []
    facts += [[f"Assumed: {name}", value] for name, value in build_assumption_rows(assumed)]
    facts += [["Open", f"{item.where}, {item.what}: {item.why}"] for item in bill.open]
    facts += [["Note", text] for text in bill.warnings]
    _write_sheet(book.add_worksheet("Prices and assumptions"), ["", ""], facts, form)
    for number, table in enumerate(about):
        sheet = book.add_worksheet(_make_sheet_name(table.title, number))
        _write_sheet(sheet, table.columns, table.rows, form)
    book.close()
    return buffer.getvalue()


def _write_text(sheet: Any, place: tuple[int, int], text: str, form: _Forms) -> None:
    """Write text as text: what begins like a formula stays text when its cell is edited, too."""
    sheet.write_string(*place, text, form.quoted if text.startswith(FORMULA) else None)


def _write_header(sheet: Any, names: Sequence[str], widths: Sequence[int], form: _Forms) -> None:
    for column, (name, width) in enumerate(zip(names, widths, strict=True)):
        sheet.write_string(0, column, name, form.bold)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)


def _write_charges(sheet: Any, lines: Sequence[Mapping[str, Any]], form: _Forms, *, contracted: bool) -> int:
    """Write a row per charge; return the number of the last row, as formulas count them."""
    names = list(COLUMNS)
    if contracted:
        names = [name.replace("List", "Contracted") for name in names]
    _write_header(sheet, names, list(COLUMNS.values()), form)
    for row, line in enumerate(lines, 1):
        for column, name in enumerate(names):
            _write_charge_cell(sheet, (row, column), name, line.get(name), form)
    sheet.autofilter(0, 0, max(1, len(lines)), len(names) - 1)
    return len(lines) + 1


def _write_charge_cell(sheet: Any, place: tuple[int, int], name: str, value: Any, form: _Forms) -> None:
    """Write one cell of a charge: costs are formulas of quantity and unit price, other numbers are numbers."""
    line = place[0] + 1
    if name.endswith("Cost"):
        quantity, unit_price = _get_column_letter("PricingQuantity"), _get_column_letter("ListUnitPrice")
        sheet.write_formula(*place, f"={quantity}{line}*{unit_price}{line}", form.money, float(value or 0))
    elif name.endswith("UnitPrice"):
        sheet.write_number(*place, float(value or 0), form.price)
    elif name in {"PricingQuantity", "x_Count"}:
        sheet.write_number(*place, float(value or 0), form.quantity)
    elif value is not None:
        _write_text(sheet, place, str(value), form)


def _write_totals(sheet: Any, bill: Bill, lines: Sequence[Mapping[str, Any]], last: int, form: _Forms) -> None:
    """Write the sum of each charge, and the totals, as formulas over the charges."""
    charge, cost, currency = (
        f"Charges!${letter}$2:${letter}${last}"
        for letter in map(_get_column_letter, ("ChargeDescription", "ListCost", "BillingCurrency"))
    )
    paid = "ContractedCost" if bill.contract else "ListCost"
    _write_header(sheet, ("Charge", "Currency", "A month"), (60, 16, 16), form)
    sums: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (str(line["ChargeDescription"]), str(line["BillingCurrency"]))
        sums[key] = sums.get(key, Decimal(0)) + to_decimal(line[paid])
    n = 0
    for n, ((name, unit), value) in enumerate(sorted(sums.items(), key=lambda e: -e[1]), 1):
        _write_text(sheet, (n, 0), name, form)
        sheet.write_string(n, 1, unit)
        sheet.write_formula(n, 2, f"=SUMIFS({cost},{charge},A{n + 1},{currency},B{n + 1})", form.money, float(value))
    for place, (unit, value) in enumerate(bill.totals.items(), n + 1):
        sheet.write_string(
            place, 0, "Total" + (", at least: see Prices and assumptions" if bill.open else ""), form.bold
        )
        sheet.write_string(place, 1, unit, form.bold)
        whole = f"=SUMIFS(C2:C{n + 1},B2:B{n + 1},B{place + 1})"
        sheet.write_formula(place, 2, whole, form.bold_money, float(value))


def _write_sheet(sheet: Any, names: Sequence[str], lines: Sequence[Sequence[Any]], form: _Forms) -> None:
    _write_header(sheet, names, [30] * len(names), form)
    for n, line in enumerate(lines[:_MOST], 1):
        for column, value in enumerate(line):
            if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
                sheet.write_number(n, column, float(value))
            else:
                _write_text(sheet, (n, column), format_cell(value), form)


def _make_sheet_name(title: str, number: int) -> str:
    """Return a sheet's name: no sign that Excel refuses, no more letters than it takes, and no name twice."""
    kept = "".join(c for c in title if c not in "[]:*?/\\'")[:26].strip()
    return f"{number + 1} {kept or 'Table'}"


def _get_column_letter(column: str) -> str:
    return chr(ord("A") + list(COLUMNS).index(column))
