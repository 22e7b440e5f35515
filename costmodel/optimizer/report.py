"""The cheapest plan for people and for programs: flow by flow, against today and against every architecture."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.comparison.kept_report import build_kept_json, build_kept_tables
from costmodel.comparison.report import list_option_resources
from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import round_to_cents
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.optimizer.plan_rows import (
    build_change_rows,
    build_plan_rows,
    format_decimal_cents,
    group_alike_changes,
    group_alike_rows,
    name_change_ends,
)
from costmodel.optimizer.unpriced_report import build_unpriced_paths_json, build_unpriced_paths_tables, list_open_paths
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.arrays import FloatArray
    from costmodel.core.errors import CostmodelError, InfeasibleError
    from costmodel.core.json_types import JsonAnswer
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.answer import Answer
    from costmodel.optimizer.best import Best
    from costmodel.optimizer.frontier import Posture

_SHOWN = 25  # rows of a table for people


def build_answer_json(answer: Answer) -> JsonAnswer:
    """Return what ``optimize --format json`` prints: money and GB as decimal strings, the gap as a number.

    While a price that is not held leaves the answer open, ``total_at_least`` and ``total_at_most`` bound the cheapest.
    """
    best, d = answer.best, answer.demand
    total = best.bill.total_exact
    uniform = answer.architectures[0] if answer.architectures else None
    out: dict[str, Any] = {
        "demand": d.name,
        "total": format_decimal_cents(total),
        "total_exact": format_plain_number(total),
        "currency": best.bill.currency,
        "lower_bound": format_plain_number(Decimal(repr(best.lower_bound))),
        "gap": best.certificate["gap"],
        "plan": build_plan_rows(answer),
        "changes": build_change_rows(answer),
        "today": _build_today_json(answer.today, total),
        "architectures": [
            {
                "name": option.name,
                "total": format_decimal_cents(option.total),
                "more": f"{round_to_cents(option.total) - round_to_cents(total):f}",
            }
            for option in answer.architectures
            if option.total is not None
        ],
        "kept": build_kept_json(answer.kept, d),
        "best_architecture": None if uniform is None else uniform.name,
        "resources": list_option_resources(d, answer.option),
        "posture": answer.option.posture,
        "quotas": answer.option.quotas,
        "unpriced": build_unpriced_paths_json(best.unpriced, answer.book, best.bill.on),
        "open": list_open_paths(best.unpriced, answer.book),
        "certificate": _build_certificate_json(best),
        "price_date": str(best.bill.price_date),
        "price_dates": best.bill.price_dates.to_json(),
        "assumptions": collect_plan_assumptions(answer),
        "notes": d.notes,
    }
    if out["open"]:
        out |= {"total_at_least": format_decimal_cents(best.lower_bound), "total_at_most": out["total"]}
    if answer.frontier is not None:
        out["frontier"] = [
            {
                "changes": point.changes,
                "total": format_decimal_cents(point.total),
                "gap": point.gap,
                "proof": point.proof,
            }
            for point in answer.frontier
        ]
    if answer.postures is not None:
        out["postures"] = [_build_posture_json(posture) for posture in answer.postures]
    return out


def _build_today_json(today: Decimal | None, total: Decimal) -> dict[str, str] | None:
    """Return what today's plan costs and what the cheapest saves; None if the demand does not describe today."""
    if today is None:
        return None
    return {"total": format_decimal_cents(today), "saving": f"{round_to_cents(today) - round_to_cents(total):f}"}


def _build_certificate_json(best: Best) -> dict[str, Any]:
    """Return the certificate with its amounts as decimal strings."""
    certificate = dict(best.certificate) | {
        "bill": format_plain_number(best.bill.total_exact),
        "objective": repr(best.certificate["objective"]),
    }
    if "priced_lower_bound" in certificate:
        certificate["priced_lower_bound"] = format_plain_number(Decimal(repr(certificate["priced_lower_bound"])))
    return certificate


def _build_posture_json(posture: Posture) -> dict[str, Any]:
    """Return what a stricter rule costs; amounts are None if there is no plan."""
    best = posture.best
    return {
        "name": posture.name,
        "total": format_decimal_cents(best.bill.total_exact) if best else None,
        "why_not": posture.why or None,
        "gap": best.certificate["gap"] if best else None,
        "proof": posture.proof,
    }


def collect_plan_assumptions(answer: Answer) -> dict[str, str]:
    """Return the assumptions that the plan, or an architecture beside it, used."""
    used = {name for option in [answer.option, *answer.architectures] for name in option.assumed}
    return {name: value for name, value in answer.demand.assumptions.items() if name in used}


def build_conflict_json(d: Demand, error: InfeasibleError) -> JsonAnswer:
    """Return what ``optimize --format json`` prints where no plan serves a demand."""
    return {
        "demand": d.name,
        "plan": None,
        "message": str(error),
        "conflict": [
            {"constraint": i.constraint, "vpc": i.vpc, "service": i.service, "value": i.value} for i in error.conflict
        ],
        "why_not": [
            {"rule": rule, "vpc": vpc, "service": service, "text": d.rules[rule].text if rule in d.rules else rule}
            for rule, vpc, service in error.reasons[:_SHOWN]
        ],
    }


def build_stopped_json(d: Demand, error: CostmodelError) -> JsonAnswer:
    """Return what ``optimize --format json`` prints where the search was stopped before it found a plan."""
    return {"demand": d.name, "plan": None, "message": str(error), "conflict": [], "why_not": []}


def build_conflict_tables(d: Demand, error: InfeasibleError) -> Report:
    """Return why no plan serves a demand: constraints that cannot all be kept, and rules that leave flows no path."""
    tables = Report()
    if error.conflict:
        rows = [[i.constraint, i.value, i.vpc, i.service] for i in error.conflict]
        tables.add(Table("conflict", "These cannot all be kept", ["Constraint", "Value", "VPC", "Service"], rows))
    if error.reasons:
        rules = [[r, v, s, d.rules[r].text if r in d.rules else r] for r, v, s in error.reasons[:_SHOWN]]
        tables.add(Table("reasons", "Why flows do not have a path", ["Rule", "VPC", "Service", "Because"], rules))
    return tables


def build_answer_tables(answer: Answer, *, whole: bool = False) -> Report:
    """Return the plan as tables: what it costs beside the others, the plan, its changes, its certificate.

    Args:
        answer: the plan.
        whole: whether to list every flow; else flows alike are one line.
    """
    best = answer.best
    tables = Report([_build_totals_table(answer), _build_plan_table(answer, whole=whole)])
    tables += build_unpriced_paths_tables(best.unpriced, best.bill.currency)
    tables += _build_changes_tables(answer, whole=whole)
    tables += build_kept_tables(answer.kept)
    if answer.frontier is not None:
        points: list[list[Any]] = [
            [point.changes, round_to_cents(Decimal(str(point.total))), _describe_gap(point.gap, point.proof)]
            for point in answer.frontier
        ]
        tables.add(Table("frontier", "What fewer changes cost", ["Changes", "A month", ""], points))
    if answer.postures is not None:
        rules = [_build_posture_row(posture) for posture in answer.postures]
        tables.add(Table("postures", "What stricter rules cost", ["Rule for all VPCs", "A month", ""], rules))
    tables.add(Table("certificate", "Certificate", ["", ""], build_certificate_rows(answer)))
    assumed = build_assumption_rows(collect_plan_assumptions(answer))
    tables.add(Table("assumed", "", ["Assumed", "Value"], assumed))
    return tables


def _build_totals_table(answer: Answer) -> Table:
    """Return what the cheapest plan, today's and each architecture cost a month."""
    total = round_to_cents(answer.best.bill.total_exact)
    others = [("built today", answer.today), *((option.name, option.total) for option in answer.architectures)]
    rows: list[list[Any]] = [[name_cheapest_plan(answer), total, "–"]]
    for name, cost in others:
        if cost is not None:
            rows.append([name, round_to_cents(cost), round_to_cents(cost) - total])
    names = ["Plan", f"A month, {answer.best.bill.currency}", "More"]
    return Table("totals", answer.demand.name, names, rows)


def _build_plan_table(answer: Answer, *, whole: bool) -> Table:
    """Return the plan; ``whole`` lists every flow, else flows alike are one line."""
    keys = ("path", "hub", "zones", "gb", "runner_up", "runner_up_more", "flip_gb")
    rows = build_plan_rows(answer)
    if not whole:
        rows = group_alike_rows(rows, keys)
    names = ["VPC", "Service", "Path", "Hub", "Zones", "GB", "Runner-up", "More", "Break-even, GB"]
    cells = [[row["vpc"], row["service"], *_format_cells(row, keys)] for row in rows]
    return Table("plan", "The plan", names, cells)


def _build_changes_tables(answer: Answer, *, whole: bool) -> Report:
    """Return the changes from today as a table; no table if there are none."""
    tables = Report()
    changes = build_change_rows(answer)
    if not whole:
        changes = group_alike_changes(changes)
    cells = [
        [change["vpc"], change["service"], *name_change_ends(change), round_to_cents(Decimal(str(change["saving"])))]
        for change in changes
    ]
    if cells:
        names = ["VPC", "Service", "From", "To", "Saves, each"]
        tables.add(Table("changes", "Changes from today", names, cells))
    return tables


def _build_posture_row(posture: Posture) -> list[Any]:
    """Return what a stricter rule costs, for people."""
    best = posture.best
    if best is None:
        return [posture.name, "not known" if posture.open else "no plan", posture.why]
    gap = _describe_gap(best.certificate["gap"], posture.proof)
    return [posture.name, round_to_cents(best.bill.total_exact), gap]


def _describe_gap(gap: float, proof: str) -> str:
    """Return how far a plan beside the answer is proven."""
    if proof != "whole":
        return "cheapest with a price"
    return f"at most {gap:.2%} above the cheapest" if gap else "proven"


def name_cheapest_plan(answer: Answer) -> str:
    """Return what the plan is: the cheapest of all, or of those whose prices are held."""
    return "cheapest plan" if answer.best.proof == "whole" else "cheapest with a price"


def build_certificate_rows(answer: Answer) -> list[list[str]]:
    """Return what proves a plan, for people: bound, gap, how, size, bill, price date."""
    best, c = answer.best, answer.best.certificate
    return [
        ["Lower bound", f"{round_to_cents(Decimal(str(best.lower_bound))):,f}"],
        ["Gap", "none: proven optimal" if c["gap"] == 0 else f"{c['gap']:.4%} at most"],
        *_build_unpriced_rows(answer),
        ["Proven by", f"{c['solver']}; problems: {c['problems']:,}; seconds: {c['seconds']:.2f}"],
        ["Size", f"{c['flows']:,} flows, {c['candidates']:,} candidates, {c['keys']:,} keys"],
        ["Bill of the plan, priced again", format_plain_number(best.bill.total_exact)],
        *build_price_date_rows(best.bill.on, best.bill.price_dates),
    ]


def _build_unpriced_rows(answer: Answer) -> list[list[str]]:
    """Return what a proof shows about paths without a price."""
    best, c = answer.best, answer.best.certificate
    if not best.unpriced:
        return []
    names = len({path.path for path in best.unpriced})
    many = f"{names:,} paths have no price" if names > 1 else f"{best.unpriced[0].path} has no price"
    if best.proof == "whole":
        return [["Without a price", f"{many}; even with the unknown prices at 0, no plan that uses them is cheaper"]]
    gap = "the plan is optimal" if c["priced_gap"] == 0 else f"the gap is {c['priced_gap']:.4%} at most"
    return [
        ["Without a price", f"{many}; the lower bound takes the unknown prices as 0"],
        ["Among plans with a price", f"{gap}; lower bound {round_to_cents(Decimal(str(c['priced_lower_bound']))):,f}"],
    ]


def _format_cells(row: dict[str, Any], keys: Sequence[str]) -> list[Any]:
    return ["–" if row[key] is None else _format_value(row[key]) for key in keys]


def _format_value(value: FloatArray) -> Any:
    try:
        return f"{float(value):,.6g}"
    except ValueError:
        return value
