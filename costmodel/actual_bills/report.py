"""A real bill for people and for programs: spend, re-rating, residuals, findings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.actual_bills.actual_bill import UNKNOWN, convert_amount
from costmodel.actual_bills.dimensions import DIMENSIONS
from costmodel.actual_bills.finding import total_savings
from costmodel.actual_bills.findings import list_findings
from costmodel.actual_bills.rerate import rerate
from costmodel.actual_bills.rerated import UNPRICED, round_amount
from costmodel.core.certainty import LIKELY, RANGE, SURE
from costmodel.core.errors import format_short_list
from costmodel.reporting.model import Cell, Report, Table
from costmodel.reporting.text import format_cell, format_plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from costmodel.actual_bills.actual_bill import ActualBill, Part
    from costmodel.actual_bills.finding import Finding
    from costmodel.actual_bills.rerated import Rerated, Rerating
    from costmodel.pricing.book import PriceBook

_DIGITS = 10  # as AWS writes amounts
MOST = 20  # lines of a table for people


@dataclass
class BillReport:
    """A bill with what was made of it; ``residual`` is an estimate held against it, where one was given."""

    bill: ActualBill
    rerating: Rerating
    findings: list[Finding]
    residual: pd.DataFrame | None = None


def build_bill_report(bill: ActualBill, book: PriceBook) -> BillReport:
    """Re-rate a bill and look for what it shows."""
    rerating = rerate(bill, book)
    return BillReport(bill, rerating, list_findings(bill, rerating, book))


# ---------------------------------------------------------------- programs
def build_bill_report_json(of: BillReport) -> dict[str, Any]:
    """Return what ``bill --format json`` prints: money and quantities are decimal strings."""
    bill, cost = of.bill, of.bill.cost
    return {
        "format": bill.format,
        "period": bill.months,
        "currency": bill.currency,
        "files": bill.files,
        "rows_read": bill.rows_read,
        "cost": {
            "read": _format_number(cost.read.cost),
            "network": _format_number(cost.network.cost),
            "other": _format_number(cost.other.cost),
            "excluded": [
                {"reason": why, "rows": part.rows, "cost": _format_number(part.cost)}
                for why, part in cost.excluded.items()
            ],
            "rows": {"read": cost.read.rows, "network": cost.network.rows, "other": cost.other.rows},
        },
        "unrecognised": [
            {"reason": why, "rows": part.rows, "cost": _format_number(part.cost)}
            for why, part in bill.sum_unrecognized().items()
        ],
        "lost": [{"file": one.file, "rows": one.rows, "why": one.why} for one in bill.lost],
        "notes": bill.notes,
        "price_dates": of.rerating.price_dates.to_json(),
        "by": _build_sums_json(bill),
        "rerating": [_build_pool_json(p) for p in of.rerating.pools],
        "discounts": [
            {"payer": payer, "month": month, "discount": _format_number(d)}
            for (payer, month), d in sorted(of.rerating.discounts.items())
        ],
        "residuals": [
            _build_pool_json(p) | {"residual": None if p.residual is None else _format_number(p.residual)}
            for p in of.rerating.residuals
        ],
        "findings": [build_finding_json(one) for one in of.findings],
        "findings_together": {
            "sure": _format_number(total_savings(of.findings, confidence=[SURE])),
            "most": _format_number(total_savings(of.findings)),
        },
        **({} if of.residual is None else {"reconciliation": _build_reconciliation_json(of.residual)}),
    }


def _build_sums_json(bill: ActualBill) -> dict[str, dict[str, str | None] | None]:
    """Return the network's cost by each dimension; null for one that the bill does not have."""
    known = {d.name for d in bill.list_dimensions()}
    return {
        d.name: {str(k): _format_number(v) for k, v in bill.by(d.name).items()} if d.name in known else None
        for d in DIMENSIONS
    }


def _format_number(value: float | None) -> str | None:
    return None if value is None or math.isnan(value) else format_plain_number(round(convert_amount(value), _DIGITS))


def _build_pool_json(p: Rerated) -> dict[str, Any]:
    return {
        "payer": p.payer,
        "region": p.region,
        "counterpart": p.counterpart,
        "month": p.month,
        "x_Meter": p.meter,
        "quantity": _format_number(p.quantity),
        "unit": p.unit,
        "list": _format_number(p.list),
        "contracted": _format_number(p.contracted),
        "billed": _format_number(p.billed),
        "stated": _format_number(p.stated),
        "discount": _format_number(p.discount),
        "tier": p.tier,
        "marginal": None if p.marginal is None else format_plain_number(p.marginal),
        "why": p.why,
        "detail": p.detail,
        "x_PriceDate": p.price_date,
        "sources": p.sources.split(";") if p.sources else [],
    }


def _format_figure(value: Any) -> Any:
    """Return a figure of evidence: an amount as a decimal string, counts and words as they are."""
    if isinstance(value, list):
        return [_format_figure(v) for v in value]
    return _format_number(value) if isinstance(value, float) else value


def build_finding_json(one: Finding) -> dict[str, Any]:
    """Return a finding for programs: amounts are decimal strings, in its evidence too."""
    return {
        "id": one.id,
        "title": one.title,
        "resource": one.resource,
        "account": one.account,
        "region": one.region,
        "monthly": _format_number(one.monthly),
        "confidence": one.confidence,
        "evidence": {k: _format_figure(v) for k, v in one.evidence.items()},
        "next": one.next,
        "overlaps": list(one.overlaps),
    }


def _build_reconciliation_json(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_dict(orient="records")  # type: ignore[assignment]
    return [{k: v if isinstance(v, str) else _format_number(v) for k, v in row.items()} for row in rows]


# ---------------------------------------------------------------- people
def build_bill_report_tables(of: BillReport, *, whole: bool = False) -> Report:
    """Return a bill as tables: what was read, spend, re-rating, findings."""
    bill, cost = of.bill, of.bill.cost
    most = None if whole else MOST
    period = ", ".join(bill.months) or "no month"
    network, read = round_amount(cost.network.cost), round_amount(cost.read.cost)
    title = f"{bill.format}, {period}: {network:,} of {read:,} {bill.currency} is network"
    parts = {"network": cost.network, "other": cost.other}
    parts |= {f"excluded: {why}": part for why, part in cost.excluded.items()} | {"read": cost.read}
    out = Report([Table("parts", title, ["Part", "Rows", "Cost"], _list_part_rows(parts))])
    unknown = bill.sum_unrecognized()
    if unknown:
        rows = _list_part_rows(dict(list(unknown.items())[:most]))
        out.add(Table("unrecognised", "Network, but not priced here", ["Because", "Rows", "Cost"], rows))
    for dimension in bill.list_dimensions(ranked=True):
        sums = [(str(k), round_amount(float(v))) for k, v in bill.by(dimension.name).items()]
        title = f"By {dimension.name}{_describe_cut(sums, most)}"
        out.add(Table(f"by_{dimension.name}", title, [dimension.title, "Cost"], sums[:most]))
    names = ["Meter", "Region", "Month", "Quantity", "Unit", "List", "Billed", "Discount", "Tier", "Next unit"]
    lines = [_build_pool_row(p) for p in of.rerating.pools[:most]]
    title = "Re-rated at list prices, pooled by payer, Region and month"
    out.add(Table("rerating", title, [*names, "Explained by"], lines))
    title = format_findings_headline(of) + _describe_cut(of.findings, most)
    out.add(build_findings_table(title, of.findings[:most]))
    if of.residual is not None:
        out.add(_build_residual_table(of))
    about = [["List prices", str(of.rerating.price_dates)], ["Read", format_short_list(bill.files)]]
    out.add(Table("about", "", ["About", ""], about))
    return out


def build_findings_table(title: str, found: Sequence[Finding]) -> Table:
    """Return findings as a table for people, a row for each."""
    names = ["Finding", "About", "Account", "Region", "A month", "Sure", "Because", "Next"]
    rows: list[list[Cell]] = [
        [
            f"{f.id}: {f.title}",
            f.resource,
            f.account,
            f.region,
            round_amount(f.monthly),
            f.confidence,
            format_evidence(f),
            f.next,
        ]
        for f in found
    ]
    return Table("findings", title, names, rows)


def format_evidence(one: Finding) -> str:
    """Return a finding's evidence in one line."""
    figures = {k: v for k, v in one.evidence.items() if isinstance(v, int | float)}
    return ", ".join(f"{k} {format_cell(Decimal(f'{v:.6g}'))}" for k, v in figures.items())


def format_findings_headline(of: BillReport) -> str:
    """Return what findings are worth together, surest first."""
    sure, likely, most = (
        round_amount(total_savings(of.findings, confidence=kinds))
        for kinds in ([SURE], [SURE, LIKELY], [SURE, LIKELY, RANGE])
    )
    return f"Findings: {sure:,} a month sure, {likely:,} with likely ones, at most {most:,}; no dollar counts twice"


def _describe_cut(lines: Sequence[Any], most: int | None) -> str:
    """Say of a table that is cut how many of its lines are shown."""
    return f" (the first {most} of {len(lines):,})" if most is not None and len(lines) > most else ""


def _list_part_rows(parts: dict[str, Part]) -> list[list[Any]]:
    return [[name, part.rows, round_amount(part.cost)] for name, part in parts.items()]


def _build_pool_row(p: Rerated) -> list[Any]:
    place = f"{p.region} → {p.counterpart}" if p.counterpart else p.region or UNKNOWN
    return [
        p.meter,
        place,
        p.month,
        "?" if math.isnan(p.quantity) else Decimal(f"{p.quantity:.6g}"),
        p.unit,
        "?" if p.list is None else round_amount(p.list),
        round_amount(p.billed),
        "" if p.discount is None else f"{p.discount:.1%}",
        "" if p.tier is None else str(p.tier),
        "" if p.marginal is None else format_plain_number(p.marginal),
        p.detail if p.why == UNPRICED else f"{p.why}: {p.detail}" if p.detail else p.why,
    ]


def _build_residual_table(of: BillReport) -> Table:
    assert of.residual is not None  # noqa: S101 - the caller asked
    names = ["Meter", "Region", "Estimated", "Billed", "Estimate", "Bill", "Residual", "by quantity", "by price"]
    lines = []
    for row in of.residual.to_dict(orient="records"):
        numbers = {k: float(v) for k, v in row.items() if not isinstance(v, str)}
        shown = [format_cell(Decimal(f"{numbers[k]:.6g}")) for k in ("estimated", "billed")]
        money = [numbers[k] for k in ("estimate", "bill", "residual", "by_quantity", "by_price")]
        known = ["?" if math.isnan(v) else round_amount(v) for v in money]
        lines.append([row["x_Meter"] or UNKNOWN, row["RegionId"], *shown, *known])
    known_sum = round_amount(float(of.residual["residual"].sum()))
    return Table("reconciliation", f"Against the estimate: {known_sum:+,} a month", names, lines)


def list_rerating_rows(of: BillReport) -> list[dict[str, Any]]:
    """Return the re-rating as rows for CSV: exact."""
    return [_build_pool_json(p) | {"sources": p.sources} for p in of.rerating.pools]
