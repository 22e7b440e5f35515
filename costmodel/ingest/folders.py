"""Where the data that ships with the package lies: the one place that knows."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """Return a folder that ships with the package (``data`` or ``dashboard``): in the wheel inside it, else beside."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
