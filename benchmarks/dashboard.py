"""The dashboard in a browser, beside a page of Streamlit with one chart and one input; and under 25 sessions at once."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import sessions
from benchmarks.startup import OURS
from benchmarks.timing import Result, within

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = bool(os.environ.get("COSTMODEL_BENCH_QUICK"))  # to try it: the figures are rough then
ROUNDS = 3 if QUICK else 9
CHANGES = 2  # a visit
WAIT = 90  # seconds
AIM = 0.3  # seconds, from a changed input to its new chart
HERE = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
REGIONS = ("eu-west-1", "ap-northeast-1", "sa-east-1", "eu-central-1", "ap-southeast-2", "us-west-1", "ap-south-1")
HOME, OTHERS = "us-east-1", 37  # what the lists begin with, and how many more are in ours
WATCH = """
window.drawn = () => {
  const chart = document.querySelector('.js-plotly-plot');
  if (!chart || !chart.querySelector('.main-svg')?.checkVisibility()) return '';
  const bars = [...chart.querySelectorAll('.bars .point path')].map(path => path.getAttribute('d'));
  return [...bars, ...[...chart.querySelectorAll('.ytick text')].map(text => text.textContent)].join();
};
window.rests = () => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning';
window.until = (from, before) => new Promise(found => {
  const look = () => rests() && drawn() !== before ? found(performance.now() - from) : requestAnimationFrame(look);
  look();
});
window.onEnter = () => {
  const before = drawn();
  window.took = 0;
  const pressed = event => {
    if (event.key === 'Enter') until(event.timeStamp, before).then(milliseconds => window.took = milliseconds);
  };
  addEventListener('keydown', pressed, {capture: true, once: true});
};
"""
CHOSEN = "name => document.querySelector('[role=option][data-focused]')?.textContent.startsWith(`${name} `)"
SHAPE = "(chart => [chart._fullData[0].y.length, chart._fullData.length])(document.querySelector('.js-plotly-plot'))"


class Visit(NamedTuple):
    """Seconds of one visit: the first page, and each change."""

    first: float
    changes: list[float]


def results() -> list[Result]:
    """Measure the pages in turn, then the sessions on a server of their own."""
    return [*in_a_browser(), at_once()]


@contextmanager
def serving(*command: str | Path, cwd: Path) -> Iterator[tuple[str, int]]:
    """Start a server; yield its address and its process."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(  # noqa: S603 - our own command
            [*(str(c) for c in command), str(port)], stdout=log, stderr=subprocess.STDOUT, cwd=cwd
        )
        try:
            answers(address, server)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait()
            log.seek(0)
            text = log.read().decode()
        assert "Traceback" not in text, text


def answers(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server is ready."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(address)


def ours() -> Any:
    """Start the dashboard."""
    return serving(OURS, "dashboard", "--headless", "--port", cwd=HERE)


def bare() -> Any:
    """Start the bare page, with the same settings."""
    run = (sys.executable, "-m", "streamlit", "run", HERE / "bare_page.py", "--server.port")
    return serving(*run, cwd=HERE.parent / "dashboard")


# ---------------------------------------------------------------- in a browser
def in_a_browser() -> list[Result]:
    """The first page and a changed input, ours and the bare page in turn, each visit in a fresh profile."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)))
    with ours() as (own, _), bare() as (peer, _), sync_playwright() as playwright:
        page = f"{own}/{sessions.PAGE}"
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        shape = size(browser, page)
        places = [*REGIONS, *(f"place-{n}" for n in range(OTHERS - len(REGIONS)))]
        other = f"{peer}/?bars={shape[0]}&charges={shape[1]}&places={','.join((HOME, *places))}"
        visits: tuple[list[Visit], list[Visit]] = ([], [])
        starts: list[float] = []
        for turn in range(ROUNDS + 1):
            both = visit(browser, page, turn), visit(browser, other, turn)
            start = first_of(browser, own)
            if turn:
                starts.append(start)
                for side, found in zip(visits, both, strict=True):
                    side.append(found)
        browser.close()
    first = median(v.first for v in visits[0]), median(v.first for v in visits[1])
    change = median(c for v in visits[0] for c in v.changes), median(c for v in visits[1] for c in v.changes)
    note = f"{'within' if change[0] <= AIM else 'above'} the aim of {1e3 * AIM:.0f} ms"
    against = f"a bare Streamlit page, {shape[0]} bars of {shape[1]} charges"
    return [
        within("dashboard, first page: Start", (median(starts), first[1]), 1.3, against),
        within("dashboard, first page: Compare, by its link", first, 1.3, against),
        within("dashboard, a changed input redrawn", change, 1.5, against, note),
    ]


def size(browser: Any, address: str) -> list[int]:
    """Return the number of bars and of charges that our first chart has."""
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        page = opened(context, address)
        return list(page.evaluate(SHAPE))


def opened(context: Any, address: str) -> Any:
    """Go to a page and wait until its chart is drawn and its script rests; it knows then how long that took."""
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(1e3 * WAIT)
    page.goto(address, wait_until="commit")
    page.evaluate("window.first = until(0, '')")
    return page


def first_of(browser: Any, address: str) -> float:
    """Return the seconds that the first page takes in a fresh profile."""
    with browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce") as context:
        return float(opened(context, address).evaluate("window.first")) / 1e3


def visit(browser: Any, address: str, turn: int) -> Visit:
    """Open a page in a fresh profile, and change its input some times."""
    with browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce") as context:
        page = opened(context, address)
        first = page.evaluate("window.first") / 1e3
        changes = []
        for change in range(CHANGES):
            page.wait_for_timeout(1500)
            region(page, turn * CHANGES + change)
            page.evaluate("onEnter()")
            page.keyboard.press("Enter")
            page.wait_for_function("window.took", polling=50)
            changes.append(page.evaluate("window.took") / 1e3)
    return Visit(first, changes)


def region(page: Any, number: int) -> None:
    """Type another Region than before; Enter chooses it. A list may close by itself: it is then opened again."""
    from playwright.sync_api import TimeoutError as NotYetError

    name = REGIONS[number % len(REGIONS)]
    box = page.get_by_role("combobox", name="Region").first
    for _ in range(5):
        box.click()
        box.fill(name)
        page.wait_for_timeout(500)
        try:
            page.wait_for_function(CHOSEN, arg=name, timeout=3_000)
        except NotYetError:
            page.keyboard.press("Escape")
        else:
            return
    raise AssertionError(name)


# ---------------------------------------------------------------- many at once
def at_once() -> Result:
    """25 sessions that change their demand every five seconds, against one session alone on the same server."""
    with ours() as (address, process):
        found = sessions.measure(address, process, seconds=20 if QUICK else 120, changes=10 if QUICK else 40)
    result = within(
        f"dashboard, {sessions.USERS} sessions, a change every {sessions.PAUSE} s, 95th percentile",
        (found.slow, found.alone_slow),
        3,
        "one session alone, its 95th percentile",
        found.note(),
    )
    return result._replace(held=result.held and not found.errors and found.level())
