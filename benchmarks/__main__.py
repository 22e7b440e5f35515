"""Run every benchmark and print its table: `python -m benchmarks`, or `make bench`."""

from __future__ import annotations

import sys

from benchmarks import bills, flows, kernels, optimum, plans, prices, scenarios, startup
from benchmarks.timing import report


def main() -> int:
    """Print each figure beside its bar; exit 1 if one is missed."""
    results = [
        *kernels.results(),
        *startup.results(),
        *plans.results(),
        *scenarios.results(),
        *optimum.results(),
        *bills.results(),
        *flows.results(),
        *prices.results(),
    ]
    print(report(results))
    return 0 if all(r.held for r in results) else 1


sys.exit(main())
