"""The benchmarks' page, from the results that ``make bench`` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rulebook import table

FILE = Path(__file__).resolve().parent / "benchmarks.json"


def results(file: Path = FILE) -> str:
    """Return what was measured as Markdown; "Not measured yet." where there is no file.

    Args:
        file: JSON, ``{"date", "machine", "results": [{"name", "measured", "bar", "held", …}]}``; or the list alone, one
            entry of it ``{"date", "machine"}``. Where an entry has no "measured", it has the fields of
            ``benchmarks.timing.Result``: "ours" and "peer" (seconds), "ratio".
    """
    if not file.exists():
        return "Not measured yet: `make bench` writes the figures.\n"
    held: Any = json.loads(file.read_text(encoding="utf-8"))
    entries = held["results"] if isinstance(held, dict) else held
    about = held if isinstance(held, dict) else next((e for e in entries if "name" not in e), {})
    rows = [
        (
            f"{e['name']} ({e['note']})" if e.get("note") else e["name"],
            e.get("measured") or _measured(e),
            e.get("against", "–"),
            e["bar"],
            "yes" if e["held"] else "**no**",
        )
        for e in entries
        if "name" in e
    ]
    head = f"Measured on {about.get('date', 'an unknown day')}, {about.get('machine', 'an unknown machine')}.\n\n"
    return head + table(("What", "Measured", "Against", "Bar", "Held"), rows)


def _measured(e: dict[str, Any]) -> str:
    ours, peer = (f"{1e3 * e[side]:,.1f} ms" for side in ("ours", "peer"))
    return f"{ours} beside {peer}: {e['ratio']:.2f}"
