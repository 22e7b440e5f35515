"""Writing files whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from costmodel.core.errors import InputError


def write_text(path: str | Path, text: str) -> None:
    """Write text to a file in one step: a failure leaves the old file as it was.

    Symbolic links are followed and a file keeps its mode. What is no ordinary file (a device, a pipe) is written to.

    Raises:
        InputError: the file cannot be written.
    """
    if not str(path):
        message = "The output file has no name."
        raise InputError(message)
    target = Path(path).resolve()
    try:
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode):
            target.write_text(text, encoding="utf-8", newline="")
            return
        if mode is not None and not mode & 0o222:
            message = f"{path}: cannot be written (it is read-only)."
            raise InputError(message)
        _replace_file(target, text, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_read_umask())
    except OSError as error:
        message = f"{path}: cannot be written ({error.strerror})."
        raise InputError(message) from None


def _replace_file(target: Path, text: str, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
