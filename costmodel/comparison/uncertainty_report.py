"""Scenarios and growth, for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.core.decimals import cents

if TYPE_CHECKING:
    from costmodel.comparison.growth import Growth
    from costmodel.comparison.uncertainty import Uncertainty
    from costmodel.reporting.text import Tables

QUANTILES = (0.1, 0.5, 0.9)


def _money(value: float) -> Decimal:
    return cents(Decimal(repr(value)))


def uncertain_json(found: Uncertainty | None, grown: Growth | None) -> dict[str, Any]:
    """Return what ``compare --format json`` adds: money as decimal strings, probabilities as numbers."""
    out: dict[str, Any] = {}
    if found is not None:
        shares = found.quantiles(*QUANTILES)
        out["uncertainty"] = {
            "scenarios": len(found.costs),
            "architectures": [
                {
                    "name": name,
                    "probability": found.probability[name],
                    "expected": f"{_money(found.expected[name]):f}",
                    **{f"p{q:.0%}".rstrip("%"): f"{_money(v):f}" for q, v in zip(QUANTILES, shares[name], strict=True)},
                    "regret_mean": f"{_money(found.regret[name][0]):f}",
                    "regret_max": f"{_money(found.regret[name][1]):f}",
                }
                for name in found.architectures
            ],
            "safest": found.safest,
            "swings": [
                {"driver": s.driver, "low": f"{_money(s.low):f}", "high": f"{_money(s.high):f}",
                 "cheapest_low": s.cheapest_low, "cheapest_high": s.cheapest_high}
                for s in found.swings
            ],
        }  # fmt: skip
    if grown is not None:
        out["growth"] = {
            "months": len(grown.months),
            "cheapest": grown.cheapest,
            "changes": [{"month": m, "from": a, "to": b} for m, a, b in grown.changes],
            "totals": {name: f"{_money(total):f}" for name, total in grown.totals.items()},
        }
    return out


def uncertain_tables(found: Uncertainty | None, grown: Growth | None) -> Tables:
    """Return scenarios and growth as tables."""
    tables: Tables = []
    if found is not None:
        shares = found.quantiles(*QUANTILES)
        order = sorted(found.architectures, key=lambda n: (-found.probability[n], found.expected[n]))
        rows: list[list[Any]] = [
            [
                name,
                f"{found.probability[name]:.1%}",
                _money(found.expected[name]),
                *(_money(v) for v in shares[name]),
                *(_money(r) for r in found.regret[name]),
            ]
            for name in order
        ]
        names = ["Architecture", "Cheapest", "Expected", *(f"{q:.0%} below" for q in QUANTILES), "Regret", "At most"]
        tables.append((f"Over {len(found.costs):,} scenarios; the least greatest regret: {found.safest}", names, rows))
        swings: list[list[Any]] = [
            [s.driver, _money(s.low), s.cheapest_low, _money(s.high), s.cheapest_high] for s in found.swings
        ]
        tables.append(
            ("What matters most: the cheapest total at each end", ["GB of", "Low", "By", "High", "By"], swings)
        )
    if grown is not None:
        totals: list[list[Any]] = [[n, _money(t)] for n, t in sorted(grown.totals.items(), key=lambda one: one[1])]
        tables.append((f"Over {len(grown.months)} months of growth", ["Architecture", "Together"], totals))
        changed: list[list[Any]] = [[m, a, b] for m, a, b in grown.changes] or [["–", grown.cheapest[0], "stays"]]
        tables.append(("When the cheapest changes", ["Month", "From", "To"], changed))
    return tables
