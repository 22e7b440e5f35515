"""The command line: arguments in, tables out."""

from __future__ import annotations

from costmodel.cli import (
    accounts,
    bills,
    breakevens,
    demands,
    differences,
    flows,
    networks,
    pages,
    plans,
    refresh,
    reports,
    schemas,
    tables,
)
from costmodel.cli.frame import main

__all__ = [
    "accounts",
    "bills",
    "breakevens",
    "demands",
    "differences",
    "flows",
    "main",
    "networks",
    "pages",
    "plans",
    "refresh",
    "reports",
    "schemas",
    "tables",
]
