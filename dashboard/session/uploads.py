"""Uploaded files: kept by their contents, put where a reader finds them, and called by their own names again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = "costmodel-upload-"
Files = tuple[tuple[str, bytes], ...]


def read_uploads(files: Sequence[Any] | None) -> Files:
    """Return uploaded files as names and bytes, which a session can hold and compare."""
    return tuple((f.name, f.getvalue()) for f in files or ())


def write_uploads(files: Files, folder: Path) -> list[Path]:
    """Write files into a folder, each in one of its own, so that two of one name are two."""
    out = []
    for number, (name, data) in enumerate(files):
        path = folder / str(number) / Path(name).name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        out.append(path)
    return out


def restore_upload_names(text: str, paths: Sequence[Path]) -> str:
    """Return a message with the names of uploaded files in place of where they were put."""
    for path in paths:
        text = text.replace(str(path), path.name)
    return text


def strip_upload_folders(message: str) -> str:
    """Return an error without the folders that files were put into."""
    return re.sub(rf"\S*/{PREFIX}[\w/]+?/\d+/", "", message)
