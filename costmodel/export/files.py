"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from costmodel.errors import InputError


def write_text(path: str | Path, text: str) -> None:
    """Write text to a file in one step: a failure leaves the old file as it was.

    Raises:
        InputError: the file cannot be written.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        message = f"{path}: cannot be written ({error.strerror})."
        raise InputError(message) from None
