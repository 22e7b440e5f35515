"""Run every benchmark, or those named, and print the table: `python -m benchmarks dashboard`, or `make bench`.

A run of all of them is kept for the documents.
"""

from __future__ import annotations

import sys

from benchmarks import bills, dashboard, flows, kernels, optimum, plans, prices, scenarios, startup
from benchmarks.timing import kept, report

ROOMS = (kernels, startup, plans, scenarios, optimum, bills, flows, prices, dashboard)


def main() -> int:
    """Print each figure beside its bar; exit 1 if one is missed."""
    wanted = sys.argv[1:]
    rooms = [room for room in ROOMS if not wanted or room.__name__.rpartition(".")[2] in wanted]
    results = [result for room in rooms for result in room.results()]
    kept(results, whole=not wanted)
    print(report(results))
    return 0 if all(r.held for r in results) else 1


sys.exit(main())
