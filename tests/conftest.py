"""What every test may count on: no prices of its own machine, and one dashboard and one browser for all that need them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import profiles  # noqa: F401 - what Hypothesis draws
from tests.support.machine import require

if TYPE_CHECKING:
    from collections.abc import Callable

# Whoever runs the tests may have fetched prices: tests are of the embedded ones.
os.environ["COSTMODEL_PRICES"] = str(Path(tempfile.gettempdir()) / "costmodel-tests-have-no-prices-of-their-own")


@pytest.fixture(name="require", scope="session")
def require_fixture() -> Callable[..., str]:
    return require


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser, for playwright's `executable_path`."""
    return require("chromium")


# ---------------------------------------------------------------- a dashboard in a browser
@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """A dashboard of our own, started as a user starts it; one for all browser tests."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("dashboard") / "dashboard.log"
    command = [sys.executable, "-m", "costmodel", "dashboard", "--headless", "--port", str(port)]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=log.parent) as server,
    ):
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5).close()
                    break
                except (urllib.error.URLError, OSError):
                    assert server.poll() is None, log.read_text(encoding="utf-8")
                    time.sleep(0.25)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
    text = log.read_text(encoding="utf-8")
    assert f"http://localhost:{port}" in text
    assert "Traceback" not in text


@pytest.fixture(scope="session")
def browser(chromium):
    """One Chromium for all browser tests: two of playwright's loops in one process do not get on."""
    from tests.support.browsing import FLAGS, playwright

    with playwright.sync_playwright() as p:
        started = p.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser, address):
    """Open an address in a fresh profile; at the end, no other host was asked and no error was logged."""
    from tests.support.browsing import WAIT, probing, settled

    hosts, errors, contexts = set(), [], []

    def opened(path="/compare", *, width=1400, height=1000, scheme="light", figures=True):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("request", lambda r: hosts.add(r.url.split("/")[2]) if r.url.startswith(("http", "ws")) else None)
        page.on("websocket", lambda w: hosts.add(w.url.split("/")[2]))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" and not probing(m) else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(path if path.startswith("http") else address + path)
        return settled(page) if figures else page

    yield opened
    for context in contexts:
        context.close()
    assert hosts == {address.removeprefix("http://")}
    assert errors == []
