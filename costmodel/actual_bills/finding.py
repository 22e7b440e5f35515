"""A finding: something a bill shows, what it is worth, how sure that is, and what to do."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.certainty import LIKELY, RANGE, SURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Finding(NamedTuple):
    """Something to change, and what it is worth.

    Attributes:
        id: the kind of finding and a number: idle-endpoint-1.
        title: it in one line.
        resource: the resource's id, or how many of which.
        account: whose; "" if several.
        region: where.
        monthly: dollars a month at the bill's own prices; of confidence ``low`` the most it can be.
        confidence: high, medium or low.
        evidence: what the bill's rows show: words → figure.
        next: what to do.
        removes: (resource, meter) → dollars a month.
        overlaps: ids of findings that remove some of the same dollars.
    """

    id: str
    title: str
    resource: str
    account: str
    region: str
    monthly: float
    confidence: str
    evidence: Mapping[str, Any]
    next: str
    removes: Mapping[tuple[str, str], float]
    overlaps: tuple[str, ...] = ()


def total_savings(found: Iterable[Finding], *, confidence: Iterable[str] = (SURE, LIKELY, RANGE)) -> float:
    """Return what findings are worth together, dollars a month: what two of them remove counts once."""
    most: dict[tuple[str, str], float] = {}
    wanted = set(confidence)
    for one in found:
        if one.confidence in wanted:
            for key, dollars in one.removes.items():
                most[key] = max(most.get(key, 0.0), dollars)
    return math.fsum(most.values())


def rank_findings(found: Iterable[Finding]) -> list[Finding]:
    """Return findings with their numbers and overlaps, the largest first; of equal dollars the surer first."""
    counted: Counter[str] = Counter()
    numbered = []
    by_key: dict[tuple[str, str], list[str]] = {}
    for one in sorted(found, key=lambda f: (-round(f.monthly, 6), f.id, f.account, f.region, f.resource)):
        counted[one.id] += 1
        numbered.append(one._replace(id=f"{one.id}-{counted[one.id]}"))
        for key in one.removes:
            by_key.setdefault(key, []).append(numbered[-1].id)
    out = []
    for one in numbered:
        others = {i for key in one.removes for i in by_key[key]} - {one.id}
        out.append(one._replace(overlaps=tuple(sorted(others))))
    return sorted(out, key=lambda f: (-round(f.monthly, 2), f.confidence != SURE))
