"""Scenarios and growth, for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.core.decimals import round_to_cents
from costmodel.reporting.model import Report, Table

if TYPE_CHECKING:
    from costmodel.comparison.growth import Growth
    from costmodel.comparison.uncertainty import Uncertainty

QUANTILES = (0.1, 0.5, 0.9)


def _round_money(value: float) -> Decimal:
    return round_to_cents(Decimal(repr(value)))


def build_uncertainty_json(found: Uncertainty | None, grown: Growth | None) -> dict[str, Any]:
    """Return what ``compare --format json`` adds: money as decimal strings, probabilities as numbers."""
    out: dict[str, Any] = {}
    if found is not None:
        shares = found.compute_quantiles(*QUANTILES)
        out["uncertainty"] = {
            "scenarios": len(found.costs),
            "architectures": [
                {
                    "name": name,
                    "probability": found.probability[name],
                    "expected": f"{_round_money(found.expected[name]):f}",
                    **{f"p{q:.0%}".rstrip("%"): f"{_round_money(v):f}"
                    for q, v in zip(QUANTILES, shares[name], strict=True)},
                    "regret_mean": f"{_round_money(found.regret[name][0]):f}",
                    "regret_max": f"{_round_money(found.regret[name][1]):f}",
                }
                for name in found.architectures
            ],
            "safest": found.safest,
            "swings": [
                {"driver": s.driver, "low": f"{_round_money(s.low):f}", "high": f"{_round_money(s.high):f}",
                 "cheapest_low": s.cheapest_low, "cheapest_high": s.cheapest_high}
                for s in found.swings
            ],
        }  # fmt: skip
    if grown is not None:
        out["growth"] = {
            "months": len(grown.months),
            "cheapest": grown.cheapest,
            "changes": [{"month": m, "from": a, "to": b} for m, a, b in grown.changes],
            "totals": {name: f"{_round_money(total):f}" for name, total in grown.totals.items()},
        }
    return out


def build_uncertainty_tables(found: Uncertainty | None, grown: Growth | None) -> Report:
    """Return scenarios and growth as tables."""
    tables = Report()
    if found is not None:
        shares = found.compute_quantiles(*QUANTILES)
        order = sorted(found.architectures, key=lambda n: (-found.probability[n], found.expected[n]))
        rows: list[list[Any]] = [
            [
                name,
                f"{found.probability[name]:.1%}",
                _round_money(found.expected[name]),
                *(_round_money(v) for v in shares[name]),
                *(_round_money(r) for r in found.regret[name]),
            ]
            for name in order
        ]
        names = ["Architecture", "Cheapest", "Expected", *(f"{q:.0%} below" for q in QUANTILES), "Regret", "At most"]
        title = f"Over {len(found.costs):,} scenarios; the smallest maximum regret: {found.safest}"
        tables.add(Table("scenarios", title, names, rows))
        swings: list[list[Any]] = [
            [s.driver, _round_money(s.low), s.cheapest_low, _round_money(s.high), s.cheapest_high] for s in found.swings
        ]
        title = "Main drivers: the cheapest total at each end"
        tables.add(Table("swings", title, ["GB of", "Low", "By", "High", "By"], swings))
    if grown is not None:
        totals: list[list[Any]] = [
            [n, _round_money(t)] for n, t in sorted(grown.totals.items(), key=lambda one: one[1])
        ]
        title = f"Over {len(grown.months)} months of growth"
        tables.add(Table("growth", title, ["Architecture", "Together"], totals))
        changed: list[list[Any]] = [[m, a, b] for m, a, b in grown.changes] or [["–", grown.cheapest[0], "stays"]]
        tables.add(Table("growth_changes", "When the cheapest architecture changes", ["Month", "From", "To"], changed))
    return tables
