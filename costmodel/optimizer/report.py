"""The cheapest plan for people and for programs: flow by flow, against today and against every architecture."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.build import list_paths
from costmodel.comparison.kept_report import build_kept_json, build_kept_tables
from costmodel.comparison.report import list_option_resources
from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import round_to_cents
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.optimizer.unpriced_report import build_unpriced_paths_json, build_unpriced_paths_tables, list_open_paths
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.core.errors import CostmodelError, InfeasibleError
    from costmodel.demand.demand import Demand
    from costmodel.optimizer.answer import Answer
    from costmodel.optimizer.best import Best
    from costmodel.optimizer.frontier import Posture

_GB = 6  # places of a quantity of GB: what lies beyond them is float64's
_SHOWN = 25  # rows of a table for people


def _format_money(value: float | Decimal) -> str:
    return f"{round_to_cents(Decimal(str(value))):f}"


def build_plan_rows(answer: Answer) -> list[dict[str, Any]]:
    """Return the plan flow by flow: path, hub, zones, GB, the runner-up, what that costs more, where they swap."""
    d, best, second = answer.demand, answer.best, answer.runners_up
    offered = list_paths(d)
    every = np.arange(len(d.flows))
    hub, zones = _find_hubs_and_zones(d, every, best.plan)
    return [
        {
            "vpc": str(d.vpcs.name[d.flows.vpc[f]]),
            "service": str(d.services.name[d.flows.service[f]]),
            "path": offered[best.plan[f]].name,
            "hub": hub[f],
            "zones": zones[f],
            "gb": format_plain_number(round(Decimal(float(d.gb[f])), _GB)),
            "runner_up": offered[second.path[f]].name if second.path[f] >= 0 else None,
            "runner_up_more": None if np.isnan(second.more[f]) else _format_money(second.more[f]),
            "flip_gb": None
            if np.isnan(second.flip_gb[f])
            else format_plain_number(round(Decimal(float(second.flip_gb[f])), _GB)),
        }
        for f in every.tolist()
    ]


def _find_hubs_and_zones(d: Demand, flows: IntArray, plan: IntArray) -> tuple[list[str | None], list[int | None]]:
    """Return each flow's hub, and the zones of what serves it, by the number of its path; None where there are none."""
    hub, zones = np.full(len(flows), -1), np.full(len(flows), np.nan)
    for number, path in enumerate(list_paths(d)):
        some = np.flatnonzero(plan == number)
        if len(some):
            hub[some] = path.find_hub(d, flows[some]) if path.hubbed else -1
            zones[some] = path.count_serving_zones(d, flows[some])
    return (
        [str(d.vpcs.name[h]) if h >= 0 else None for h in hub.tolist()],
        [None if np.isnan(z) else int(z) or None for z in zones.tolist()],
    )


def build_change_rows(answer: Answer) -> list[dict[str, Any]]:
    """Return what changes from today, the greatest saving first: VPC, service, path, hub and zones before and after.

    Another hub, or another number of zones, is a change too, and counts towards ``max_changes``.
    """
    d, c = answer.demand, answer.changes
    if c is None:
        return []
    offered = list_paths(d)
    (old_hub, old_zones), (new_hub, new_zones) = (
        _find_hubs_and_zones(d, c.flows, plan) for plan in (c.before, c.after)
    )
    return [
        {
            "vpc": str(d.vpcs.name[d.flows.vpc[c.flows[i]]]),
            "service": str(d.services.name[d.flows.service[c.flows[i]]]),
            "from": offered[c.before[i]].name,
            "to": offered[c.after[i]].name,
            "from_hub": old_hub[i],
            "to_hub": new_hub[i],
            "from_zones": old_zones[i],
            "to_zones": new_zones[i],
            "saving": format_plain_number(round(Decimal(float(c.saving[i])), _GB)),
        }
        for i in np.argsort(-c.saving, kind="stable").tolist()
    ]


def build_answer_json(answer: Answer) -> dict[str, Any]:
    """Return what ``optimize --format json`` prints: money and GB as decimal strings, the gap as a number.

    While a price that is not held leaves the answer open, ``total_at_least`` and ``total_at_most`` bound the cheapest.
    """
    best, d = answer.best, answer.demand
    total = best.bill.total_exact
    uniform = answer.architectures[0] if answer.architectures else None
    out: dict[str, Any] = {
        "demand": d.name,
        "total": _format_money(total),
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
                "total": _format_money(option.total),
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
        out |= {"total_at_least": _format_money(best.lower_bound), "total_at_most": out["total"]}
    if answer.frontier is not None:
        out["frontier"] = [
            {"changes": point.changes, "total": _format_money(point.total), "gap": point.gap, "proof": point.proof}
            for point in answer.frontier
        ]
    if answer.postures is not None:
        out["postures"] = [_build_posture_json(posture) for posture in answer.postures]
    return out


def _build_today_json(today: Decimal | None, total: Decimal) -> dict[str, str] | None:
    """Return what today's plan costs and what the cheapest saves; None if the demand does not describe today."""
    if today is None:
        return None
    return {"total": _format_money(today), "saving": f"{round_to_cents(today) - round_to_cents(total):f}"}


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
        "total": _format_money(best.bill.total_exact) if best else None,
        "why_not": posture.why or None,
        "gap": best.certificate["gap"] if best else None,
        "proof": posture.proof,
    }


def collect_plan_assumptions(answer: Answer) -> dict[str, str]:
    """Return the assumptions that the plan, or an architecture beside it, used."""
    used = {name for option in [answer.option, *answer.architectures] for name in option.assumed}
    return {name: value for name, value in answer.demand.assumptions.items() if name in used}


def build_conflict_json(d: Demand, error: InfeasibleError) -> dict[str, Any]:
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


def build_stopped_json(d: Demand, error: CostmodelError) -> dict[str, Any]:
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
        tables.add(Table("reasons", "Why flows have no path", ["Rule", "VPC", "Service", "Because"], rules))
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
    names = ["VPC", "Service", "Path", "Hub", "Zones", "GB", "Runner-up", "More", "They swap at GB"]
    cells = [[row["vpc"], row["service"], *_format_cells(row, keys)] for row in rows]
    return Table("plan", "The plan", names, cells)


def _build_changes_tables(answer: Answer, *, whole: bool) -> Report:
    """Return the changes from today as a table; no table if there are none."""
    tables = Report()
    changes = build_change_rows(answer)
    if not whole:
        changes = group_alike_changes(changes)
    cells = [
        [change["vpc"], change["service"], *name_change_ends(change), round_to_cents(Decimal(change["saving"]))]
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
        return "cheapest of what is priced"
    return f"at most {gap:.2%} above the cheapest" if gap else "proven"


def name_cheapest_plan(answer: Answer) -> str:
    """Return what the plan is: the cheapest of all, or of those whose prices are held."""
    return "cheapest plan" if answer.best.proof == "whole" else "cheapest of what is priced"


def build_certificate_rows(answer: Answer) -> list[list[str]]:
    """Return what proves a plan, for people: bound, gap, how, size, bill, price date."""
    best, c = answer.best, answer.best.certificate
    return [
        ["Lower bound", f"{round_to_cents(Decimal(str(best.lower_bound))):,f}"],
        ["Gap", "none: proven optimal" if c["gap"] == 0 else f"{c['gap']:.4%} at most"],
        *_build_unpriced_rows(answer),
        ["Proven by", f"{c['solver']}; problems: {c['problems']:,}; seconds: {c['seconds']:.2f}"],
        ["Size", f"{c['flows']:,} flows, {c['candidates']:,} candidates, {c['keys']:,} keys"],
        ["Bill of the plan, by the engine", format_plain_number(best.bill.total_exact)],
        *build_price_date_rows(best.bill.on, best.bill.price_dates),
    ]


def _build_unpriced_rows(answer: Answer) -> list[list[str]]:
    """Return what a proof says of paths without a price."""
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
        ["Among what is priced", f"{gap}; lower bound {round_to_cents(Decimal(str(c['priced_lower_bound']))):,f}"],
    ]


def group_alike_changes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return changes that differ only in their VPC's number as one."""
    return group_alike_rows(rows, ("from", "to", "from_hub", "to_hub", "from_zones", "to_zones", "saving"))


def name_change_ends(row: dict[str, Any]) -> tuple[str, str]:
    """Return what a change goes from and to; of one path on both sides also the hub or zones that differ."""
    one, other = str(row["from"]), str(row["to"])
    if one == other and row["from_hub"] != row["to_hub"]:
        one, other = f"{one} of {row['from_hub']}", f"{other} of {row['to_hub']}"
    if row["from"] == row["to"]:
        zones = [row["from_zones"], row["to_zones"]]
        if zones[0] != zones[1]:
            one, other = (f"{name}, {n} zone{'s' * (n != 1)}" for name, n in zip((one, other), zones, strict=True))
    return one, other


def _format_cells(row: dict[str, Any], keys: Sequence[str]) -> list[Any]:
    return ["–" if row[key] is None else _format_value(row[key]) for key in keys]


def _format_value(value: FloatArray) -> Any:
    try:
        return f"{float(value):,.6g}"
    except ValueError:
        return value


def group_alike_rows(rows: list[dict[str, Any]], keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows that differ only in their VPC's number as one, its name with how many there are."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        name, _, number = row["vpc"].rpartition("-")
        group = name if number.isdigit() and name else row["vpc"]
        groups.setdefault((group, row["service"], *(row[key] for key in keys)), []).append(row)
    return [
        some[0] if len(some) == 1 else {**some[0], "vpc": f"{group} ({len(some)})"}
        for (group, *_), some in groups.items()
    ]
