"""A dashboard of our own in a real browser: what every browser test begins with."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from costmodel.bill import cents

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

WAIT = 90_000  # milliseconds; a cold start on a busy machine
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGES = ("start", "estimate", "bill", "traffic", "compare", "optimize", "report", "prices")


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """A dashboard of our own, started as a user starts it."""
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
    with playwright.sync_playwright() as p:
        started = p.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def visit(browser, address):
    """Open an address in a fresh profile; at the end, no other host was asked and no error was logged."""
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


def probing(message):
    """Streamlit looks for its server below a page's own address first, and is told 404 there."""
    return any(f"/{page}/_stcore/" in message.location["url"] for page in PAGES)


def settled(page):
    """Wait until the page shows its figures and its script rests."""
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(300)
    return page


def shows(page, value):
    """Wait until the first figure is the one expected, and no script runs."""
    playwright.expect(metric(page)).to_have_text(value, timeout=WAIT)
    return settled(page)


def metric(page, number=0):
    return page.locator("[data-testid=stMetricValue]").nth(number)


def written(total):
    return f"${cents(total):,}"


def fits(page, *widths):
    """No width makes the page scroll sideways."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 1000})
        settled(page)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= page.evaluate("document.querySelector('[data-testid=stMain]').clientWidth"), width
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, width


def download(page, label):
    """Take a file that the page's answer offers; return where the browser put it."""
    page.locator(".st-key-bar-files button").first.click()
    with page.expect_download() as saving:
        page.get_by_role("button", name=label).click()
    path = saving.value.path()
    page.keyboard.press("Escape")
    return path
