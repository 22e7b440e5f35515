"""Medians of runs taken in turns, so that a busy machine slows both sides alike."""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Result(NamedTuple):
    """A figure of ours beside its peer.

    Attributes:
        name: what was measured.
        ours: median seconds of ours.
        peer: median seconds of the peer or the limit.
        against: what the peer is.
        ratio: the figure: ours over the peer, or the peer over ours.
        bar: what it must hold.
        held: whether it does.
        note: anything else worth a line.
    """

    name: str
    ours: float
    peer: float
    against: str
    ratio: float
    bar: str
    held: bool
    note: str = ""


def in_turns(ours: Callable[[], object], peer: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the medians of both, run one after the other, ``rounds`` times, after one round to warm up."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for side, run in enumerate((ours, peer)):
            begin = time.perf_counter()
            run()
            if turn:
                times[side].append(time.perf_counter() - begin)
    return median(times[0]), median(times[1])


def within(name: str, seconds: tuple[float, float], most: float, against: str, note: str = "") -> Result:
    """Return a figure that must stay within a multiple of its limit."""
    ratio = seconds[0] / seconds[1]
    return Result(name, *seconds, against, ratio, f"within {most:g} times", ratio <= most, note)


def faster(name: str, seconds: tuple[float, float], least: float, against: str, note: str = "") -> Result:
    """Return a figure that must beat its peer by a factor."""
    ratio = seconds[1] / seconds[0]
    return Result(name, *seconds, against, ratio, f"at least {least:g} times faster", ratio >= least, note)


def report(results: list[Result]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| what | ours | peer | against | ratio | bar | held |", "|---|---:|---:|---|---:|---|---|"]
    for r in results:
        held = "yes" if r.held else "NO"
        what = f"{r.name} ({r.note})" if r.note else r.name
        cells = [what, f"{1e3 * r.ours:.1f} ms", f"{1e3 * r.peer:.1f} ms", r.against, f"{r.ratio:.2f}", r.bar, held]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


KEPT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.json"


def kept(results: list[Result], *, whole: bool) -> None:
    """Write figures where the documents read them; of a part, over those of the same name."""
    old = json.loads(KEPT.read_text(encoding="utf-8"))["results"] if KEPT.exists() and not whole else []
    new = [r._asdict() | {"ratio": float(r.ratio), "held": bool(r.held)} for r in results]
    names = {r["name"] for r in new}
    value = {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "results": [r for r in old if r["name"] not in names] + new,
    }
    KEPT.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
