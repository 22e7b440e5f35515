"""What every test may count on: Hypothesis profiles, and one way to say what a test needs of the machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable

# No deadline: a property that takes 300 ms on a busy machine is slow, not wrong. In CI the draws are the same every
# time, so that a change is judged by what it changed; on a desk they differ, and what fails is kept in .hypothesis.
settings.register_profile("default", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), max_examples=100, derandomize=True, print_blob=True)
settings.register_profile("quick", settings.get_profile("default"), max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))

# For what is cheap to draw and matters most, tiers and bills: `@THOROUGH` above `@given`.
THOROUGH = settings(max_examples=1000 if os.environ.get("CI") else 200)

# Whoever runs the tests may have fetched prices: tests are of the embedded ones.
os.environ["COSTMODEL_PRICES"] = str(Path(tempfile.gettempdir()) / "costmodel-tests-have-no-prices-of-their-own")

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


@pytest.fixture(name="require", scope="session")
def require_fixture() -> Callable[..., str]:
    return require


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser, for playwright's `executable_path`."""
    return require("chromium")
