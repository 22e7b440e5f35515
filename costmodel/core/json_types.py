"""Types of what files and JSON answers hold.

The values have many types, so they are ``Any`` here, in one place, with the reason; no other public signature needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

FileMapping: TypeAlias = Mapping[str, Any]
"""What a YAML or JSON file holds, or the same as a mapping. A reader checks every key and value."""

FileContent: TypeAlias = dict[str, Any]
"""What is written to a YAML or JSON file: the reader of that file accepts it."""

JsonAnswer: TypeAlias = dict[str, Any]
"""What a command prints as JSON: text, numbers, lists and objects under documented keys."""
