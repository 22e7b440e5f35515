"""The type of an entry of a network file, as readers of other sources build it."""

from __future__ import annotations

from typing import TypeAlias

EntryValue: TypeAlias = str | int | float | bool
Entry: TypeAlias = dict[str, EntryValue]
"""An entry of a network file: ``kind``, and quantities and choices by the kind's columns."""
