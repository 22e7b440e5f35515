"""The dashboard in a real browser: what a reader sees and does, and that no request leaves the machine."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import socket
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from costmodel.actual_bills.reading.load import read_bill
from costmodel.actual_bills.rerated import round_amount
from costmodel.aws.catalogue import load_catalogue
from costmodel.comparison.options import build_todays_option, price_architectures
from costmodel.demand.reading.load import read_demand
from costmodel.network.bill import price
from costmodel.network.reading.load import read_network
from costmodel.network.usage import meter
from costmodel.optimizer.optimize import optimize
from costmodel.pricing.reading.price_tables import load_prices
from tests.support.paths import EXAMPLES, ROOT
from tests.support.plans import plan, resource

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from dashboard.session import state
from dashboard.widgets.formatting import format_money
from tests.support.browsing import (
    WAIT,
    download,
    fits,
    metric,
    playwright,
    settled,
    shows,
    written,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ESTATE = yaml.safe_load((EXAMPLES / "estate.yaml").read_text(encoding="utf-8"))
BILL = EXAMPLES / "bill.csv.gz"
BOOK = load_prices()
HEADER = ROW = 35  # pixels of the editor's rows


def choose(page, label, text):
    """Find an entry of a list by typing. A list closes when what it hangs on moves, so it may take a second try."""
    box = page.get_by_role("combobox", name=re.compile(label))
    several = page.get_by_test_id("stMultiSelect").filter(has=box)
    entry = page.get_by_role("option", name=re.compile(rf"^{text}\b"))
    box.scroll_into_view_if_needed()
    for _ in range(5):
        box.click()
        box.fill(text)
        try:
            entry.click(timeout=3_000)
            if several.count():
                playwright.expect(several).to_contain_text(text, timeout=3_000)
        except (playwright.TimeoutError, AssertionError):
            page.keyboard.press("Escape")
        else:
            return
    raise AssertionError(f"{label} has no entry {text}")


def editors(page):
    """Open the demand, and wait until its tables stand still."""
    page.get_by_text("The demand", exact=True).click()
    settled(page)
    before = None
    while (now := page.locator("[data-testid=stDataFrame]").nth(1).bounding_box()) != before:
        before = now
        page.wait_for_timeout(300)


def cell(page, table, column, row):
    """Where a cell of an editor is: a column by its share of the width; None is the mark before a row."""
    box = page.locator("[data-testid=stDataFrame]").nth(table).bounding_box()
    x = box["x"] + (15 if column is None else box["width"] * column)
    return x, box["y"] + HEADER + ROW * (row + 0.5)


def taken_out(page, table, row, says):
    """Take a row out of an editor; a click that comes too early does nothing, and is made again."""
    main = page.locator("[data-testid=stMain]")
    for _ in range(4):
        page.mouse.click(*cell(page, table, None, row))
        page.wait_for_timeout(300)
        page.keyboard.press("Delete")
        try:
            playwright.expect(main).to_contain_text(says, timeout=6_000)
        except AssertionError:
            continue
        return settled(page)
    raise AssertionError(f"row {row} was not taken out")


def least(demand):
    return written(price_architectures(read_demand(demand), BOOK).cheapest.total)


@pytest.mark.parametrize("path", ["/", "/compare"])
def test_the_first_page_shows_the_engines_numbers(visit, path):
    page = visit(path)
    demand = read_demand(ESTATE)
    comparison, today = price_architectures(demand, BOOK), build_todays_option(demand, BOOK)
    ranked = [o for o in comparison.ranked if o.total is not None]
    assert metric(page).inner_text() == written(ranked[0].total)
    assert metric(page, 1).inner_text() == written(ranked[1].total)
    assert metric(page, 2).inner_text() == written(today.total)
    labels = page.locator(".js-plotly-plot").first.locator(".yaxislayer-above text, .ytick text").all_text_contents()
    for option in ranked:
        assert any(option.name in text and written(option.total) in text for text in labels), (option.name, labels)


def test_the_bars_are_as_long_as_the_charges(visit):
    """The lengths that plotly drew, summed an architecture at a time."""
    page = visit()
    drawn = page.evaluate(
        "() => { const t = {}; for (const trace of document.querySelector('.js-plotly-plot')._fullData)"
        " trace.y.forEach((name, i) => t[name] = (t[name] || 0) + trace.x[i]); return t; }"
    )
    demand = read_demand(ESTATE)
    wanted = {o.name: float(o.total) for o in price_architectures(demand, BOOK)} | {
        "today": float(build_todays_option(demand, BOOK).total)
    }
    assert drawn == pytest.approx(wanted, abs=0.005)


def test_another_region_is_priced_and_its_link_restores_it(visit):
    page = visit()
    choose(page, "Region", "eu-central-1")
    value = least({**ESTATE, "region": "eu-central-1"})
    shows(page, value)
    playwright.expect(page).to_have_url(re.compile("region=eu-central-1"))
    assert metric(visit(page.url)).inner_text() == value
    page.go_back()
    shows(page, least(ESTATE))


def test_gb_typed_into_the_table_are_priced(visit):
    page = visit(height=2600)
    editors(page)
    row = next(n for n, f in enumerate(ESTATE["flows"]) if f["to"] == "internet")
    page.mouse.dblclick(*cell(page, 1, 0.55, row))
    field = page.locator("input.gdg-input")
    assert field.input_value() == str(ESTATE["flows"][row]["gb_sent"])
    field.fill("9000")
    page.keyboard.press("Enter")
    flows = [{**f, "gb_sent": 9000} if n == row else f for n, f in enumerate(ESTATE["flows"])]
    shows(page, least({**ESTATE, "flows": flows}))


@pytest.mark.long
def test_a_flow_taken_out_stays_out_after_the_next_change(visit):
    """The table must not begin anew when the order in which services appear has changed."""
    page = visit(height=2600)
    editors(page)
    row = next(n for n, f in enumerate(ESTATE["flows"]) if f["to"] == "ecr.dkr")
    left = {**ESTATE, "flows": [f for n, f in enumerate(ESTATE["flows"]) if n != row]}
    left.pop("today")  # which names the flow taken out
    taken_out(page, 1, row, f"{len(left['flows'])} flows")
    choose(page, "Region", "eu-central-1")
    shows(page, least({**left, "region": "eu-central-1"}))
    playwright.expect(page.locator("[data-testid=stMain]")).to_contain_text(f"{len(left['flows'])} flows")
    assert page.locator("input.gdg-input, [data-testid=stDataFrame]").nth(1).is_visible(), "the demand stays open"


def typed(page, text, table, column, row):
    page.mouse.dblclick(*cell(page, table, column, row))
    page.locator(".gdg-input").fill(text)
    page.keyboard.press("Enter")


@pytest.mark.long
def test_two_vpcs_of_one_name_are_said_and_lose_nothing(visit):
    page = visit(height=2600)
    editors(page)
    row = len(ESTATE["vpcs"]) - 1
    before, name, other = (least(ESTATE), ESTATE["vpcs"][row]["name"], ESTATE["vpcs"][row - 1]["name"])
    typed(page, other, 0, 0.12, row)
    playwright.expect(page.locator("[data-testid=stAlert]").first).to_contain_text("named twice")
    typed(page, name, 0, 0.12, row)
    shows(page, before)
    playwright.expect(page.locator("[data-testid=stMain]")).to_contain_text(f"{len(ESTATE['flows'])} flows")


@pytest.mark.long
def test_a_vpc_taken_out_takes_what_names_it_along(visit):
    page = visit(height=2600)
    editors(page)
    gone = ESTATE["vpcs"][0]["name"]
    left = {**ESTATE, "vpcs": ESTATE["vpcs"][1:], "flows": [f for f in ESTATE["flows"] if f["from"] != gone]}
    left["today"] = [t for t in ESTATE["today"] if t["vpc"] != gone]
    left["existing"] = {
        "nat_gateways": [n for n in ESTATE["existing"]["nat_gateways"] if n != gone and n["vpc"] != gone]
    }
    taken_out(page, 0, 0, f"{len(left['vpcs'])} VPC groups")
    shows(page, least(left))
    assert metric(page, 2).inner_text() == written(build_todays_option(read_demand(left), BOOK).total)


def test_the_dashboard_ends_with_its_command(address):
    """What starts it is what a signal ends: nothing is left behind on the port."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "costmodel", "dashboard", "--headless", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT) as server:
        for _ in range(120):
            with socket.socket() as probe:
                if probe.connect_ex(("localhost", port)) == 0:
                    break
            time.sleep(0.25)
        server.terminate()
        server.wait(timeout=20)
    with socket.socket() as probe:
        assert probe.connect_ex(("localhost", port)) != 0


def test_a_demand_is_saved_and_opened_again(visit, tmp_path):
    page = visit()
    with page.expect_download() as saving:
        page.get_by_text("Save the demand file").click()
    saved = tmp_path / "demand.yaml"
    saving.value.save_as(saved)
    assert yaml.safe_load(saved.read_text(encoding="utf-8")) == ESTATE
    changed = {**ESTATE, "region": "sa-east-1"}
    saved.write_text(json.dumps(changed), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(saved)
    shows(page, least(changed))


WRONG = {
    "unknown.yaml": ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: kms, gb_sen: 3}]\n", "gb_sent"),
    "broken.yaml": ("region: [us-east-1\n", "broken.yaml"),
    "empty.yaml": ("", "empty.yaml"),
    "markup.yaml": ("region: us-east-1\nvpcs: [{name: a}]\nflows: [{from: a, to: <b>kms</b>}]\n", "<b>kms</b>"),
}


def test_a_wrong_file_is_said_and_loses_nothing(visit, tmp_path):
    page = visit()
    before = metric(page).inner_text()
    for name, (content, says) in WRONG.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        playwright.expect(page.locator("[data-testid=stAlert]").first).to_contain_text(says)
        assert metric(settled(page)).inner_text() == before


def test_the_bill_is_saved_as_focus_rows_that_add_up(visit, tmp_path):
    page = visit()
    text = Path(download(page, "Bill as FOCUS 1.2 (CSV)")).read_text(encoding="utf-8")
    total = sum(Decimal(row["ListCost"]) for row in csv.DictReader(io.StringIO(text)))
    assert written(total) == metric(page).inner_text()


def test_an_assumption_switched_is_priced_and_printed(visit):
    page = visit()
    page.get_by_text("Assumptions", exact=True).click()
    settled(page)
    choose(page, "nat-crossing-sides", "1")
    shows(page, least({**ESTATE, "assumptions": {"nat-crossing-sides": "1"}}))
    playwright.expect(page.locator("[data-testid=stMain]")).to_contain_text("Assumptions: nat-crossing-sides=1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_width_and_no_scheme_breaks_the_page(visit, scheme):
    page = visit(scheme=scheme)
    assert metric(page).inner_text() == least(ESTATE)
    fits(page, 420, 1400, 2200)
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", background)[:3])) > 3 * 128
    assert light == (scheme == "light")


def test_a_damaged_link_shows_the_example_and_says_so(visit):
    page = visit("/?d=eNqlls")
    playwright.expect(page.locator("[data-testid=stAlert]").first).to_contain_text("cut off or damaged")
    assert metric(page).inner_text() == least(ESTATE)


# ---------------------------------------------------------------- Estimate
def fill(page, text, table, column, row):
    page.mouse.dblclick(*cell(page, table, column, row))
    page.locator("input.gdg-input").fill(text)
    page.keyboard.press("Enter")


def estimate(visit, **more):
    page = visit(**more)
    page.get_by_role("link", name="Estimate").click()
    page.get_by_role("heading", name="Estimate: private networking on AWS").wait_for()
    return settled(page)


def priced(source, **more):
    """Return the total as the page shows it: one amount, or the two that it lies between."""
    bill = price(meter(read_network(source, **more), exact=True), BOOK, partial=True)
    least, most = format_money(bill.total), format_money(bill.openness.at_most["USD"])
    return least if least == most else f"{least} to {most}"


PLAN = EXAMPLES / "plan.json"
MONTH = 0.58  # where the column to fill in is, of the table's width


def test_a_plan_is_priced_and_its_gb_are_filled_in_on_the_page(visit, tmp_path):
    page = estimate(visit, height=2600)
    shows(page, priced(PLAN))
    fill(page, "2.5", 1, MONTH, 0)  # what is unknown is first: the zones of the KMS endpoint
    page.get_by_text("Not applied:").wait_for()
    shows(page, priced(PLAN))
    fill(page, "1000", 1, MONTH, 4)  # GB of a NAT gateway, while the mistake still stands
    usage = {"usage": {"module.eu.aws_nat_gateway.this[0]": {"gb_processed": 1000}}}
    shows(page, priced(PLAN, usage=usage))
    fill(page, "2", 1, MONTH, 0)
    usage["usage"]["aws_vpc_endpoint.kms_data"] = {"zones": 2}
    shows(page, priced(PLAN, usage=usage))
    shown = page.locator("[data-testid=stMain]").inner_text()
    assert "Open items" not in shown
    assert "Not taken" not in shown
    path = Path(download(page, "Usage file (YAML)")).rename(tmp_path / "usage.yaml")
    assert priced(PLAN, usage=path) == priced(PLAN, usage=usage)
    bill = Path(download(page, "Bill as FOCUS 1.2 (CSV)"))
    rows = list(csv.DictReader(io.StringIO(bill.read_text(encoding="utf-8"))))
    assert format_money(sum(Decimal(r["ListCost"]) for r in rows)) == priced(PLAN, usage=usage)
    page.get_by_role("button", name="Open the example plan").click()
    shows(page, priced(PLAN))
    page.set_input_files("[data-testid=stFileUploader] input[type=file]", path)
    shows(page, priced(PLAN, usage=usage))


def test_a_plan_is_uploaded_and_compared(visit, tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(plan(
        resource("aws_vpc.v", cidr_block="10.0.0.0/16", tags={"Name": "mine"}),
        resource("aws_vpc_endpoint.kms", vpc_endpoint_type="Interface", subnet_ids=["subnet-1", "subnet-2"],
                 service_name="com.amazonaws.us-east-1.kms"),
    )), encoding="utf-8")  # fmt: skip
    page = estimate(visit)
    page.set_input_files("[data-testid=stFileUploader] input[type=file]", path)
    shows(page, "$14.60")
    page.get_by_role("button", name="Compare architectures").click()
    page.get_by_role("heading", name="Compare: private networking on AWS").wait_for()
    settled(page)
    assert state.decode_demand(page.url.partition("d=")[2].partition("&")[0])["vpcs"][0]["name"] == "mine"
    page.get_by_role("link", name="Estimate").click()
    page.get_by_role("heading", name="Estimate: private networking on AWS").wait_for()
    shows(page, "$14.60")


def test_a_human_readable_plan_is_refused_with_the_command(visit, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text("Terraform will perform the following actions:\n\nPlan: 1 to add, 0 to change\n", encoding="utf-8")
    page = estimate(visit)
    page.set_input_files("[data-testid=stFileUploader] input[type=file]", path)
    page.get_by_text("terraform show -json tfplan > plan.json").first.wait_for()
    shows(page, priced(PLAN))


def test_no_width_breaks_the_estimate_reached_from_a_phone(visit):
    page = visit(width=390, scheme="dark")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Estimate").click()
    page.get_by_role("heading", name="Estimate: private networking on AWS").wait_for()
    fits(settled(page), 390, 1000)


@pytest.mark.long
def test_coming_back_to_compare_keeps_what_was_edited(visit):
    page = visit(height=2600)
    before = metric(page).inner_text()
    editors(page)
    row = next(n for n, f in enumerate(ESTATE["flows"]) if f["to"] == "internet")
    fill(page, "77777", 1, 0.55, row)
    playwright.expect(metric(page)).not_to_have_text(before, timeout=WAIT)
    edited = metric(settled(page)).inner_text()
    page.get_by_role("link", name="Estimate").click()
    page.get_by_role("heading", name="Estimate: private networking on AWS").wait_for()
    settled(page)
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("heading", name="Compare: private networking on AWS").wait_for()
    shows(page, edited)


# ---------------------------------------------------------------- Optimize
def optimized(visit, demand, **more):
    return visit(f"/optimize?d={state.encode_demand(demand)}", **more)


def test_the_cheapest_plan_is_shown_and_fits(visit):
    page = optimized(visit, ESTATE, scheme="dark", height=2600)
    best = optimize(read_demand(ESTATE), BOOK)
    playwright.expect(metric(page)).to_have_text(written(best.bill.total), timeout=WAIT)
    playwright.expect(page.locator("[data-testid=stMain]")).to_contain_text("proven optimal")
    for name in ("topology", "heatmap", "waterfall"):
        assert page.locator(f".st-key-{name} .main-svg").first.is_visible(), name
    fits(page, 420, 1400)


def test_a_constraint_chosen_is_kept_and_in_the_link(visit):
    page = optimized(visit, ESTATE, height=2600)
    page.get_by_text("Constraints", exact=True).click()
    bound = {**ESTATE, "constraints": {"forbid": [{"path": "gateway-endpoint"}]}}
    choose(page, "Paths not to use", "gateway-endpoint")
    shows(page, written(optimize(read_demand(bound), BOOK).bill.total))
    playwright.expect(page).to_have_url(re.compile(re.escape(state.encode_demand(bound))))


def test_a_long_search_shows_its_progress_and_can_be_stopped(visit):
    services = sorted(s.name for s in load_catalogue().services.values() if s.interface)[:30]
    large = {
        "region": "us-east-1",
        "vpcs": [{"name": "hub", "hub": True}, {"name": "app", "count": 700, "zones": 2}],
        "flows": [{"from": "app", "to": name, "gb_received": 3 + 11 * n} for n, name in enumerate(services)],
    }
    page = optimized(visit, large, figures=False)
    stop = page.locator(".st-key-stop").get_by_role("button")  # the framework's own Stop may show for a moment
    stop.wait_for()
    playwright.expect(page.locator("[data-testid=stAlert]").first).to_contain_text(re.compile(r"\d s: "))
    stop.click()
    page.wait_for_selector("[data-testid=stMetricValue]")
    playwright.expect(page.locator("[data-testid=stMain]")).to_contain_text(re.compile("above the optimum"))


@pytest.mark.long
def test_what_would_change_the_answer_is_drawn(visit):
    page = visit(height=2600)
    for question, figure in (("Two quantities", "phase"), ("GB within", "tornado")):
        page.get_by_role("radio", name=re.compile(question)).click()
        page.wait_for_selector(f".st-key-{figure} .main-svg")
        settled(page)


# ---------------------------------------------------------------- Bill
def test_a_bill_is_shown_and_another_uploaded(visit, tmp_path):
    example = read_bill(BILL)
    page = visit("/bill", height=2600)
    playwright.expect(metric(page)).to_have_text(written(round_amount(example.cost.network.cost)), timeout=WAIT)
    for name in ("days", "ranked", "worth"):
        assert page.locator(f".st-key-{name} .main-svg").first.is_visible(), name
    page.get_by_role("radio", name="Resource").click()
    settled(page)
    playwright.expect(page.locator(".st-key-days .main-svg")).to_have_count(0, timeout=WAIT)
    rows = gzip.decompress(BILL.read_bytes()).splitlines(keepends=True)[:400]
    few = tmp_path / "few.csv"
    few.write_bytes(b"".join(rows))
    page.locator("input[type=file]").set_input_files(few)
    shows(page, written(round_amount(read_bill(few).cost.network.cost)))
    page.locator("input[type=file]").set_input_files(
        {"name": "wrong.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
    )
    alert = page.locator("[data-testid=stAlert]").first
    playwright.expect(alert).to_contain_text("wrong.csv: the file is not a Cost and Usage Report", timeout=WAIT)


# ---------------------------------------------------------------- Traffic
def test_traffic_is_shown_uploaded_and_sent_to_optimize(visit, tmp_path):
    from tests.support import flows

    page = visit("/traffic", height=3200)
    for name in ("ways", "alternatives", "talkers"):
        assert page.locator(f".st-key-{name} .main-svg").first.is_visible(), name
    page.get_by_role("radio", name="Dollars a month").click()
    settled(page)
    assert page.locator(".st-key-ways .sankey-link").count() > 5
    page.get_by_role("button", name="Send to Optimize").click()
    page.wait_for_url("**/optimize**")
    settled(page)
    page = visit("/traffic", height=2600)
    log = flows.Log()
    hosts, _ = flows.estate(2, 2)
    log.reach(hosts[0], "s3", 10**9, 10**10)
    page.locator("input[type=file]").first.set_input_files(log.write(tmp_path / "a.log.gz", flows.V5))
    shows(page, f"{11e9 / 2**30:.2f} GB")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "wrong.log", "mimeType": "text/plain", "buffer": b"nothing of the kind\n"}
    )
    alert = page.locator("[data-testid=stAlert]").first
    playwright.expect(alert).to_contain_text("wrong.log", timeout=WAIT)
    for width in (1300, 700, 390):
        page.set_viewport_size({"width": width, "height": 1200})
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width


def test_prices_fit_a_phone_in_the_dark_and_a_contract_counts(visit, tmp_path):
    (tmp_path / "contract.yaml").write_text("name: Ten off\nterms: [{percent_off: 10}]\n", encoding="utf-8")
    page = visit("/prices", scheme="dark")
    page.get_by_role("heading", name="Region against Region").wait_for()
    page.get_by_role("button", name="Contract and currency").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "contract.yaml")
    page.get_by_text("Costs follow Ten off.").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("at $0.009;").wait_for()
    with page.expect_download():
        page.get_by_role("button", name="These rows (CSV)").click()
    fits(settled(page), 390, 1000)
