"""Where things are, from the root of the repository."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
EXAMPLES = DATA / "examples"
EXAMPLE_DEMANDS = sorted(EXAMPLES.glob("*.yaml"))
ESTATE = EXAMPLES / "estate.yaml"
CASE_FILES = ROOT / "tests" / "cases"
