"""Two plans of the optimizer's against each other: the flows that take another path, what is built, the costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.errors import CurrencyError, InputError
from costmodel.network.price_dates import PriceDates
from costmodel.optimizer.plan_rows import group_alike_rows
from costmodel.reporting.model import Cell, Report, Table
from costmodel.reporting.text import render_rows_csv

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.json_types import JsonAnswer


Answer = dict[str, Any]
"""What ``optimize --format json`` prints."""
_SIGNS = {"added": "+", "removed": "−", "changed": "~"}
_FLOW = ("path", "hub", "zones", "gb")
_SERVED = ("vpc", "service")
_BUILT = ("kind", "vpc", "region", "service")
_MANY = ("count", "zones")
MOST = 100


def validate_plan_answer(answer: Answer, name: str) -> Answer:
    """Return an answer that was read from a file, if it holds all that is looked at here.

    Raises:
        InputError: it does not.
    """
    try:
        numbers = [answer["total"], answer["lower_bound"], *(row["gb"] for row in answer["plan"])]
        whole = all(Decimal(n).is_finite() for n in numbers) and isinstance(answer["currency"], str)
        for rows, keys in ((answer["plan"], (*_SERVED, *_FLOW)), (answer["resources"], (*_BUILT, *_MANY))):
            whole = whole and all(set(row) >= set(keys) for row in rows)
        float(answer["gap"])
        dict(answer["assumptions"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        whole = False
    if not whole:
        message = (
            f"{name} looks like what `optimize` prints, but not all of it is there: "
            "write it again with `optimize --format json -o FILE`."
        )
        raise InputError(message)
    return answer


def build_plan_diff_json(before: Answer, after: Answer) -> JsonAnswer:
    """Return what ``diff --format json`` prints of two plans.

    Raises:
        CurrencyError: they are in two currencies.
    """
    if before["currency"] != after["currency"]:
        message = f"The plans are in {before['currency']} and {after['currency']}: these cannot be added."
        raise CurrencyError(message)
    names = ("demand", "total", "lower_bound", "price_date")
    return {
        **{
            side: {k: one.get(k) for k in names}
            | {
                "gap": float(one.get("gap") or 0),
                "open": one.get("open", []),
                "price_dates": dates.to_json() if (dates := _parse_price_dates(one)) else None,
            }
            for side, one in (("before", before), ("after", after))
        },
        "difference": f"{Decimal(after['total']) - Decimal(before['total']):f}",
        "currency": after["currency"],
        "flows": _compare_rows(before["plan"], after["plan"], _SERVED, _FLOW),
        "resources": _compare_rows(
            _count_resources(before["resources"]), _count_resources(after["resources"]), _BUILT, _MANY
        ),
        "assumptions": before.get("assumptions", {}) | after.get("assumptions", {}),
    }


def _compare_rows(
    old: list[dict[str, Any]], new: list[dict[str, Any]], key: tuple[str, ...], what: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return the rows that appear, go or differ in ``what``."""
    before_rows = _index_rows(old, key)
    after_rows = _index_rows(new, key)
    out = []
    for name in {**before_rows, **after_rows}:
        before = _select_values(before_rows.get(name), what)
        after = _select_values(after_rows.get(name), what)
        if before != after:
            change = _name_change(before, after)
            out.append({"change": change, **dict(zip(key, name, strict=True)), "before": before, "after": after})
    return out


def _index_rows(rows: list[dict[str, Any]], key: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return rows by the values of their key."""
    return {tuple(row[column] for column in key): row for row in rows}


def _select_values(row: dict[str, Any] | None, columns: tuple[str, ...]) -> dict[str, Any] | None:
    """Return some values of a row; None if there is no row."""
    return None if row is None else {column: row.get(column) for column in columns}


def _name_change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """Return what happened to a row."""
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _count_resources(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a VPC's resources of one sort as one row, such as its peerings; zones only where all stand in as many."""
    out: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        known = out.setdefault(tuple(row[k] for k in _BUILT), {**row, "count": 0})
        known["count"] += row["count"]
        known["zones"] = row["zones"] if known["zones"] == row["zones"] else None
    return list(out.values())


def format_plan_diff_headline(found: JsonAnswer) -> str:
    """Return the change in one line."""
    difference = Decimal(found["difference"])
    sign = "+" if difference >= 0 else "−"
    before, after = (Decimal(found[side]["total"]) for side in ("before", "after"))
    return f"Cheapest plan: {before:,f} → {after:,f} {found['currency']} a month ({sign}{abs(difference):,f})"


def build_plan_diff_tables(found: JsonAnswer) -> Report:
    """Return two plans as tables: the flows that take another path, what is built otherwise, what proves both."""
    flows = [
        [_SIGNS[r["change"]], r["vpc"], r["service"], _format_path(r["before"]), _format_path(r["after"])]
        for r in _group_diff_rows(found["flows"], _ALIKE)
    ]
    flows = flows[:MOST] or [["", "no flow changes its path", "", "", ""]]
    built = [
        [
            _SIGNS[r["change"]],
            r["kind"],
            r["vpc"] or "–",
            r["service"] or "–",
            _format_count(r["before"]),
            _format_count(r["after"]),
        ]
        for r in group_alike_rows(
            [
                {**r, "vpc": r["vpc"] or "", **{f"{s}_": str(r[s]) for s in ("before", "after")}}
                for r in found["resources"]
            ],
            (*_ALIKE, "kind"),
        )
    ]
    names = ["", "VPC", "Service", "Before", "After"]
    out = Report([Table("flows", format_plan_diff_headline(found), names, flows)])
    if built:
        names = ["", "Kind", "VPC", "Service", "Before", "After"]
        out.add(Table("resources", "What is built", names, built[:MOST]))
    proof: list[list[Cell]] = [
        [name, Decimal(one["total"]), Decimal(one["lower_bound"]), _describe_proof(one), _format_price_dates(one)]
        for name, one in (("before", found["before"]), ("after", found["after"]))
    ]
    out.add(Table("certificate", "Certificate", ["", "A month", "Lower bound", "", "Prices of"], proof))
    out.add(Table("assumed", "", ["Assumed", "Value"], build_assumption_rows(found["assumptions"])))
    return out


_ALIKE = ("change", "before_", "after_")


def _group_diff_rows(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return rows that differ only in their VPC's number as one."""
    sides = ({f"{side}_": str(row[side]) for side in ("before", "after")} for row in rows)
    return group_alike_rows(
        [{**row, "vpc": row["vpc"] or "", **more} for row, more in zip(rows, sides, strict=True)], keys
    )


def _describe_proof(one: dict[str, Any]) -> str:
    if one["open"]:
        return "not proven: a price is missing"
    return f"within {one['gap']:.2%}" if one["gap"] else "proven"


def _format_path(side: dict[str, Any] | None) -> str:
    if side is None:
        return "–"
    hub = f" ({side['hub']})" if side["hub"] else ""
    return f"{side['path']}{hub}, {Decimal(side['gb']):,f} GB"


def _format_count(side: dict[str, Any] | None) -> str:
    if side is None:
        return "–"
    zones = f" in {side['zones']} zones" if side["zones"] else ""
    return f"{side['count']}{zones}"


def build_plan_diff_csv(found: JsonAnswer) -> str:
    """Return the flows that differ as CSV."""
    names = ["change", "vpc", "service", *(f"{side}_{k}" for side in ("before", "after") for k in _FLOW)]
    rows = [
        [r["change"], r["vpc"], r["service"], *((r[side] or {}).get(k) for side in ("before", "after") for k in _FLOW)]
        for r in found["flows"]
    ]
    return render_rows_csv(names, rows)


def _parse_price_dates(one: Mapping[str, Any]) -> PriceDates | None:
    """Return when a plan's prices were read; None of an answer that was written before answers said it."""
    try:
        return PriceDates.from_json(one["price_dates"])
    except (KeyError, TypeError, ValueError):
        return None


def _format_price_dates(one: Mapping[str, Any]) -> str:
    """Return that in words; an older answer says the price date alone."""
    dates = _parse_price_dates(one)
    return str(one["price_date"]) if dates is None else str(dates)
