"""The dashboard's journey in a real browser: every page in the light, the dark and on a phone, by keyboard, for everyone.

Screenshots of every page are kept in the folder that COSTMODEL_SCREENSHOTS names.
"""

from __future__ import annotations

import csv
import io
import os
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.optimize import optimize
from costmodel.pricing.reading.price_tables import load_prices
from tests.support.browsing import (
    PAGES,
    WAIT,
    download,
    fits,
    metric,
    playwright,
    settled,
    shows,
    written,
)
from tests.support.paths import EXAMPLES

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BOOK = load_prices()
AXE = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = {"serious", "critical"}
FRAMEWORK = {
    "list": "stSidebarNavItems",  # Streamlit puts the headings of a navigation between its list and its entries
    "listitem": "stSidebarNav",
}
"""What axe-core finds in Streamlit's own elements: rule → what their markup says."""


def pictured(page, name):
    """Keep a picture of the page, where a folder for pictures is named."""
    folder = os.environ.get("COSTMODEL_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def audited(page):
    """What axe-core finds serious in the page, but for what lies in the framework's own elements."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    out = []
    for one in found:
        for node in one["nodes"]:
            known = FRAMEWORK.get(one["id"])
            inside = known and page.evaluate(
                "([target, mark]) => { const e = document.querySelector(target); "
                "return !!e && (e.outerHTML.includes(mark) || !!e.closest(`[data-testid^=${mark}]`)); }",
                [node["target"][-1], known],
            )
            if one["impact"] in SERIOUS and not inside:
                out.append((one["id"], node["html"][:200]))
    return out


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everyone_in_the_light_the_dark_and_on_a_phone(visit, name):
    page = visit("/" if name == "start" else f"/{name}", figures=name != "report")
    if name == "report":
        page.wait_for_selector("iframe")
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    assert audited(page) == []
    pictured(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(600)
    assert audited(page) == []
    pictured(page, f"{name}-dark")
    page.set_viewport_size({"width": 390, "height": 850})
    page.wait_for_timeout(600)
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    pictured(page, f"{name}-phone")


def test_every_part_of_compare_is_for_everyone(visit):
    page = visit("/compare")
    for tab in ("Where it changes", "What if", "Feasibility and security", "In detail", "Prices and assumptions"):
        page.get_by_role("radio", name=tab).click()
        page.mouse.move(5, 5)  # what is pointed at has the framework's own fleeting colours
        playwright.expect(page.get_by_role("radio", name=tab)).to_have_attribute("aria-checked", "true")
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        page.wait_for_timeout(400)
        assert audited(page) == [], tab
        pictured(page, f"compare-{tab.lower().replace(' ', '-')}")
    playwright.expect(page).to_have_url(re.compile(r"[?&]v="))
    again = visit(page.url, figures=False)
    playwright.expect(again.get_by_role("radio", name="Prices and assumptions")).to_have_attribute(
        "aria-checked", "true"
    )


def focused(page, says, most=60):
    """Move with the Tab key until what has the focus says something."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if says in page.evaluate(
            "(e => e.matches('a, button, input, [role=tab]') ? e.innerText || e.ariaLabel || '' : '')(document.activeElement)"
        ):
            return
    raise AssertionError(f"the Tab key does not reach {says!r}")


def test_the_way_from_start_to_a_report_needs_no_mouse(visit):
    page = visit("/")
    focused(page, "Find the cheapest plan", 80)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Optimize: private networking on AWS").wait_for()
    settled(page)
    focused(page, "What would change the answer", 120)
    page.keyboard.press("Enter")
    page.get_by_text("Closest to changing").wait_for()
    page.keyboard.press("Escape")
    focused(page, "Download", 60)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Report (HTML, one file)").wait_for()
    focused(page, "Report (HTML, one file)", 200)  # it opens at the end of the page's order
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    text = Path(saving.value.path()).read_text(encoding="utf-8")
    best = optimize(read_demand(EXAMPLES / "estate.yaml"), BOOK)
    assert written(best.bill.total) in text


# ---------------------------------------------------------------- files
TEMPLATE = """
Resources:
  V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  E:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcEndpointType: Interface, ServiceName: com.amazonaws.us-east-1.kms, VpcId: !Ref V, SubnetIds: [a, b]}
"""
KINDS = {
    "template.yml": (TEMPLATE, "Estimate: private networking on AWS"),
    "mine.yaml": (EXAMPLES / "s3.yaml", "Compare: private networking on AWS"),
    "network.yaml": (EXAMPLES / "gallery" / "inspection.yaml", "Estimate: private networking on AWS"),
    "plan.json": (EXAMPLES / "plan.json", "Estimate: private networking on AWS"),
    "oct.csv.gz": (EXAMPLES / "bill.csv.gz", "Bill: private networking on AWS"),
    "logs.log.gz": (EXAMPLES / "flows.log.gz", "Traffic: private networking on AWS"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_each_kind_is_dropped_on_start(visit, tmp_path, name):
    source, heading = KINDS[name]
    path = tmp_path / name
    path.write_bytes(source.encode() if isinstance(source, str) else source.read_bytes())
    page = visit("/")
    page.locator(".st-key-any_file-0 input[type=file]").set_input_files(path)
    page.get_by_role("heading", name=heading).wait_for()
    settled(page)
    held = page.locator("[data-testid=stSidebar] [data-testid=stPageLink]").all_inner_texts()
    assert any(name in text or "demand" in text.lower() for text in held)
    if name != "mine.yaml":
        assert any(name in text for text in held), held


class Asking(HTMLParser):
    """Everything that a page would load, and its scripts."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def handle_starttag(self, tag, attrs):
        self.asked += [value for key, value in attrs if key in ("src", "href", "data", "srcset", "action")]
        if tag in ("script", "link", "img", "iframe", "object", "embed"):
            self.asked.append(tag)


def test_the_files_of_an_answer_agree_and_load_nothing(visit, tmp_path, browser):
    page = visit("/compare")
    total = metric(page).inner_text()
    rows = csv.DictReader(io.StringIO(Path(download(page, "Bill as FOCUS 1.2 (CSV)")).read_text(encoding="utf-8")))
    assert written(sum(Decimal(row["ListCost"]) for row in rows)) == total
    book = tmp_path / "bill.xlsx"
    book.write_bytes(Path(download(page, "Excel, totals as formulas")).read_bytes())
    sheet = openpyxl.load_workbook(book)["Total"]
    assert all(str(row[2].value).startswith("=SUMIFS(") for row in sheet.iter_rows(min_row=2))
    values = [row[2].value for row in openpyxl.load_workbook(book, data_only=True)["Total"].iter_rows(min_row=2)]
    assert written(Decimal(repr(values[-1]))) == total
    assert total in Path(download(page, "Report (Markdown)")).read_text(encoding="utf-8")
    report = Path(download(page, "Report (HTML, one file)")).read_text(encoding="utf-8")
    assert total in report
    parser = Asking()
    parser.feed(report)
    assert parser.asked == []
    (tmp_path / "report.html").write_text(report, encoding="utf-8")
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 900})
        alone = context.new_page()
        alone.goto(f"file://{tmp_path / 'report.html'}")
        assert audited(alone) == [], scheme
        assert alone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), scheme
        pictured(alone, f"report-file-{scheme}")
        context.close()


def test_text_from_a_file_is_shown_as_text(visit, tmp_path):
    name = '<img src=x onerror="document.title=1"> **b** $a$ :smile:'
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"name: '{name}'\nregion: us-east-1\nvpcs: [{{name: \"=cmd|' /c'!A0\"}}]\n"
        "flows: [{from: \"=cmd|' /c'!A0\", to: kms, gb_sent: 5}]\ntoday: nat-single\n",
        encoding="utf-8",
    )
    page = visit("/")
    page.locator(".st-key-any_file-0 input[type=file]").set_input_files(path)
    page.get_by_role("heading", name="Compare: private networking on AWS").wait_for()
    settled(page)
    playwright.expect(page.locator("[data-testid=stMain]")).to_contain_text(name, timeout=WAIT)
    page.get_by_role("link", name="Report", exact=True).click()
    page.wait_for_selector("iframe")
    frame = page.frame_locator("iframe")
    playwright.expect(frame.locator("h1")).to_have_text(name, timeout=WAIT)
    assert frame.locator("img").count() == 0
    assert page.title() == "costmodel"


def test_a_ready_estate_is_one_click_away(visit):
    page = visit("/")
    page.get_by_role("button", name="Compare it").first.click()
    page.get_by_role("heading", name="Compare: private networking on AWS").wait_for()
    demand = read_demand(EXAMPLES / "gallery" / "s3-dynamodb.yaml")
    from costmodel.comparison.options import price_architectures

    shows(page, written(price_architectures(demand, BOOK).cheapest.total))
    fits(page, 390, 1400)
