"""The command line: arguments in, tables out."""

from __future__ import annotations

from costmodel.cli import demands, networks, pages, plans, tables
from costmodel.cli.frame import main

__all__ = ["demands", "main", "networks", "pages", "plans", "tables"]
