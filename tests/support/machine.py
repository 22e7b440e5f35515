"""One way to say what a test needs of the machine: what lacks is skipped aloud, or fails where it is required."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def lacking(name: str, why: str) -> NoReturn:
    """Skip, saying why; fail where COSTMODEL_REQUIRE (a comma list of names) says that the machine must have it."""
    required = os.environ.get("COSTMODEL_REQUIRE", "").replace(" ", "").split(",")
    if name in required:
        pytest.fail(f"COSTMODEL_REQUIRE names {name}: {why}", pytrace=False)
    pytest.skip(f"{name}: {why}")


def require(name: str, found: object = None, why: str = "not on this machine") -> str:
    """Return what was found for `name`; else skip or fail. `chromium` is looked for here."""
    if name == "chromium":
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        why = "no Chromium on the PATH (Debian, Ubuntu: apt-get install chromium)"
    return str(found) if found else lacking(name, why)
