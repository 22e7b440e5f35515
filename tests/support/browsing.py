"""A dashboard of our own in a real browser: what every browser test begins with."""

from __future__ import annotations

import pytest

from costmodel.core.decimals import round_to_cents

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

WAIT = 90_000  # milliseconds; a cold start on a busy machine
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGES = ("start", "estimate", "bill", "traffic", "compare", "optimize", "report", "prices")


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
    return f"${round_to_cents(total):,}"


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
