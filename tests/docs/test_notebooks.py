"""Every notebook runs from top to bottom, warns of nothing, is committed without outputs, and says what arithmetic says.

What is expected is worked out here, from list prices of us-east-1 and from the files themselves, and not by the engine.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
from collections import Counter
from functools import cache

import pytest

from tests.support.paths import EXAMPLES, ROOT

nbformat = pytest.importorskip("nbformat", reason="the notebooks' dependencies are not installed")
nbclient = pytest.importorskip("nbclient", reason="the notebooks' dependencies are not installed")

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
EACH = [pytest.param(f, id=f.stem, marks=pytest.mark.xdist_group(f.stem)) for f in NOTEBOOKS]  # each runs once

HOURS = 730
ENDPOINT = 3 * HOURS * 0.01  # an interface endpoint in three zones
NAT = HOURS * (0.045 + 0.005)  # a NAT gateway and its address
ATTACHMENT, ZONE = HOURS * 0.05, 0.50
PEERED = 0.02 * 2 / 3  # two of three GB cross zones, charged on both sides
MONEY = re.compile(r"\$\s*\d|\d\s*(USD|dollars?|cents?)\b|\bUSD\s*\d")


@cache
def ran(file):
    """A notebook after a run, in a kernel of its own."""
    notebook = nbformat.read(file, as_version=4)
    resources = {"metadata": {"path": str(FOLDER)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def said(cells):
    return " ".join(str(o.data.get("text/markdown", "")) for c in cells for o in c.get("outputs", ()) if "data" in o)


def about(name):
    """A mark that gives a test the answer of one notebook, by a run that others share."""
    file = next(f for f in NOTEBOOKS if f.stem == name)
    return pytest.mark.parametrize("file", [pytest.param(file, id=name, marks=pytest.mark.xdist_group(name))])


@pytest.fixture
def answer(file):
    return said(ran(file).cells[-1:])


def tiered(gb, *steps):
    """What GB cost through (start, price) of rising starts."""
    ends = [start for start, _ in steps[1:]] + [math.inf]
    return sum(max(0, min(gb, end) - start) * price for (start, price), end in zip(steps, ends, strict=True))


# ---------------------------------------------------------------- every notebook
def test_it_is_a_course_of_eight():
    assert [f.stem[:2] for f in NOTEBOOKS] == [f"{n}_" for n in range(1, 9)]
    listed = re.findall(r"\]\((\S+\.ipynb)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [f.name for f in NOTEBOOKS]


@pytest.mark.parametrize("file", EACH)
def test_no_outputs_are_committed(file):
    cells = nbformat.read(file, as_version=4).cells
    assert len({cell.id for cell in cells}) == len(cells) <= 13
    for cell in cells:
        assert cell.cell_type != "code" or (not cell.outputs and cell.execution_count is None)


@pytest.mark.parametrize("file", EACH)
def test_text_that_is_not_computed_holds_no_dollars(file):
    for cell in nbformat.read(file, as_version=4).cells:
        assert cell.cell_type != "markdown" or not MONEY.search(cell.source), cell.source


@pytest.mark.parametrize("file", EACH)
def test_a_notebook_runs_and_warns_of_nothing(file):
    notebook = ran(file)
    assert [o.text for o in outputs(notebook) if o.output_type == "stream"] == []
    figures = [
        o.data["application/vnd.plotly.v1+json"]
        for o in outputs(notebook)
        if "data" in o and "application/vnd.plotly.v1+json" in o.data
    ]
    assert figures
    assert all(figure["layout"].get("title", {}).get("text") for figure in figures)


@pytest.mark.parametrize("file", EACH)
def test_it_asks_first_and_answers_last(file, answer):
    assert re.search(r"\*\*[^*]+\?\*\*", ran(file).cells[0].source)
    assert answer.startswith("## Answer")
    assert re.search(r"list prices.*\d{4}-\d\d-\d\d", answer, re.IGNORECASE), "the prices' date"
    assert re.search(r"Assumptions|pooled over", answer), "what it rests on"
    assert "nan" not in answer.lower().split()


# ---------------------------------------------------------------- each answer
@about("1_price_an_endpoint")
def test_an_endpoint_costs_hours_and_gb_and_fills_tiers_with_others(answer):
    assert f"costs **{ENDPOINT + 500 * 0.01:.2f} USD** a month" in answer
    assert "**21.90** for 2,190 zone-hours" in answer
    pooled = tiered(30 * 40_000, (0, 0.01), (1_048_576, 0.006))
    assert f"**{pooled:,.3f}** for data together, not {30 * 40_000 * 0.01:,.2f}" in answer
    assert "is in tier 2, and a GB more costs **0.006**" in answer


@about("2_nat_or_endpoint")
def test_nat_or_endpoint(answer):
    """Hours of the zones over what a GB saves; several services against the hours of three NAT gateways too."""
    assert f"3 NAT gateways cost **{3 * NAT:.2f}**" in answer
    for zones in (1, 2, 3):
        assert f"**{zones * HOURS * 0.01 / (0.045 - 0.01):,.0f} GB a month** in {zones} zone" in answer
    assert f"8 are from **{(8 * ENDPOINT - 3 * NAT) / (0.045 - 0.01):,.0f} GB**" in answer
    assert "559.50 through NAT gateways, 109.50 with a gateway endpoint" in answer


@about("3_hub_or_spoke")
def test_a_hub_is_cheaper_once_its_fixed_cost_is_saved_elsewhere(answer):
    hub, local = 4 * (ENDPOINT + ZONE) + ATTACHMENT, 4 * (ENDPOINT - 20 * 0.02)
    new, existing = (math.floor(hub / saved) + 1 for saved in (local - ATTACHMENT, local))
    assert f"from **{new}** VPCs if the attachments are made for it, from **{existing}** if they exist anyway" in answer
    saved = 9 * ENDPOINT - ZONE  # of one service in ten VPCs
    for gb in (
        (saved - 11 * ATTACHMENT / 4) / 10 / 0.02,
        (saved - ATTACHMENT / 4) / 10 / 0.02,
        saved / 10 / PEERED,
    ):
        assert f"**{gb:,.1f} GB**" in answer


@about("4_centralizing_forty_vpcs")
def test_the_cheapest_plan_of_forty_vpcs_is_the_best_of_each_pair(answer):
    """Each VPC and service takes its own endpoint or the hub's, whichever is cheaper, if the service's hub pays."""
    teams = dict(enumerate([1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 6], 1))
    services = [300.02, 8, 3, 8, 2, 150]
    gb = {(n, s): services[s] * n * n / 10 for n in teams for s in range(6)}
    exists = 41 * ATTACHMENT
    today = exists + sum(teams[n] * (ENDPOINT + 0.01 * g) for (n, _), g in gb.items())

    def best(way):
        total, hub, kept = exists, 0.0, 0
        for s in range(6):
            moved = {n: gb[n, s] for n in teams if way * gb[n, s] < ENDPOINT}
            alone = sum(teams[n] * (ENDPOINT + 0.01 * gb[n, s]) for n in teams if n not in moved)
            total += alone + ENDPOINT + ZONE + sum(teams[n] * (0.01 + way) * g for n, g in moved.items())
            hub += ENDPOINT + ZONE + sum(teams[n] * (0.01 + way / 2) * g for n, g in moved.items())
            kept += sum(teams[n] for n in teams if n not in moved)
        return total, hub, kept

    peered, hub, kept = best(PEERED)
    assert f"Today the estate costs **{today:,.2f}**" in answer
    assert f"The cheapest plan costs **{peered:,.2f}**" in answer
    assert f"no plan costs less than {peered:,.2f}. Without peering it is **{best(0.02)[0]:,.2f}**" in answer
    assert f"**{kept}** flows" in answer
    assert f"The network account pays **{ATTACHMENT:.2f}** before and **{ATTACHMENT + hub:,.2f}** after" in answer
    assert f"the cheapest plan costs **{today:,.2f}**: somebody has to pay the hub" in answer


@about("5_rerating_a_month")
def test_a_bill_is_its_quantities_at_list_prices_less_six_percent(answer):
    with gzip.open(EXAMPLES / "bill.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    network = "NatGateway", "VpcEndpoint", "TransitGateway", "PublicIPv4", "DataTransfer", "VPN"
    read, billed, used = 0.0, 0.0, Counter()
    for row in rows:
        cost, kind, of = float(row["lineItem/UnblendedCost"]), row["lineItem/LineItemType"], row["lineItem/UsageType"]
        read += cost
        if any(word in of for word in network) and kind in {"Usage", "EdpDiscount"}:
            billed += cost
            used[of.removeprefix("USE1-")] += float(row["lineItem/UsageAmount"])
    prices = {
        "NatGateway-Hours": 0.045, "NatGateway-Bytes": 0.045, "EUC1-NatGateway-Hours": 0.052, "EUC1-NatGateway-Bytes": 0.052,
        "VpcEndpoint-Hours": 0.01, "TransitGateway-Hours": 0.05, "TransitGateway-Bytes": 0.02, "PublicIPv4:InUseAddress": 0.005,
        "EUC1-PublicIPv4:IdleAddress": 0.005, "DataTransfer-Regional-Bytes": 0.01, "EUC1-VPN-Usage-Hours:ipsec.1": 0.05,
    }  # fmt: skip
    endpoints, out = used.pop("VpcEndpoint-Bytes"), used.pop("DataTransfer-Out-Bytes")
    processed = tiered(endpoints, (0, 0.01), (1_048_576, 0.006))
    at_list = processed + tiered(out, (0, 0.09), (10_240, 0.085)) + sum(q * prices[of] for of, q in used.items())
    assert billed == pytest.approx(0.94 * at_list, abs=0.005)
    assert f"Of **{read:,.2f}** USD in 2026-10 **{billed:,.2f}** are private networking" in answer
    assert f"At list prices its quantities cost **{at_list:,.2f}**" in answer
    assert "**6.00%** off every meter, and **0** pools are left unexplained" in answer
    assert f"processed {endpoints:,.0f} GB, {processed:,.2f} at list: tier 2, so a GB more costs **0.006**" in answer
    assert f"misses {2 * 744 * 0.045:.2f} of NAT gateway hours by quantity" in answer


@about("6_from_flow_logs_to_a_plan")
def test_what_goes_to_s3_through_nat_gateways_is_counted_once(answer):
    """From the client's own interfaces: what goes out to a NAT gateway for S3, and what comes back from S3."""
    number, begin, end = 0, math.inf, 0
    with gzip.open(EXAMPLES / "flows.log.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=" "):
            begin, end = min(begin, int(row["start"])), max(end, int(row["end"]))
            client = row["vpc-id"] == "vpc-0app" and row["instance-id"] != "-"
            if client and "S3" in {row["pkt-src-aws-service"], row["pkt-dst-aws-service"]}:
                number += int(row["bytes"])
    hours = (end - begin) / 3600
    monthly = number / 2**30 * HOURS / hours
    assert f"cover **{hours:.2f}** hours" in answer
    assert f"S3 from `vpc-0app` alone is **{monthly * 0.045:.2f}**" in answer


@about("7_provider_and_consumer")
def test_both_sides_of_a_service_pay_what_the_price_pages_say(answer):
    """Six consumers of 400 GB, a quarter sent; two more of another Region."""
    gb, balancer = 6 * 400, HOURS * 0.0225
    ways = {
        "PrivateLink": (balancer + gb * 0.006, 6 * ENDPOINT + gb * 0.01),
        "VPC Lattice": (HOURS * 0.025 + gb * 0.025, 0.0),
        "Transit Gateway": (ATTACHMENT + gb * 0.75 * 0.02, 6 * ATTACHMENT + gb * 0.25 * 0.02),
        "peering": (gb * PEERED / 2, gb * PEERED / 2),
    }
    for way, (provider, consumers) in ways.items():
        found = re.search(
            rf"\*\*{way}\*\*: provider \*\*(.+?)\*\*, consumers \*\*(.+?)\*\*, together \*\*(.+?)\*\*", answer
        )
        assert found is not None, way
        expected = provider, consumers, provider + consumers
        assert [float(text.replace(",", "")) for text in found.groups()] == pytest.approx(expected, abs=0.0051), way
    assert f"they pay **{2 * (ENDPOINT + 400 * (0.01 + 0.02)):.2f}**" in answer
    assert f"the provider **{HOURS * 0.05 + 800 * 0.006:.2f}** more" in answer
    for n, mark in ((6, "**"), (1, ""), (20, "")):
        even = (ENDPOINT + (balancer - HOURS * 0.025) / n) / (0.025 - 0.01 - 0.006)
        assert f"{even:,.0f}{' GB' if mark else ' with'}" in answer
    assert f"add **{(6 * 400_000 - 300_000) * HOURS / 1e7:.2f}** to VPC Lattice" in answer


@about("8_what_if")
def test_where_the_plan_flips_by_gb_by_price_and_by_growth(answer):
    """The largest VPC keeps its NAT gateways, three others share one of a hub, each GB over Transit Gateway."""
    own, others = 1000 + 2 + 3 + 422 + 46 + 3 + 8, (190 + 95.5) + (240 + 45.5) + (440 + 46.5)
    fixed = 3 * NAT + NAT + 4 * ATTACHMENT
    plan = fixed + own * 0.045 + others * 0.065 + 350 * 0.09
    assert f"The plan costs **{plan:,.2f}** a month" in answer
    assert f"10% off everything makes it **{0.9 * plan:,.2f}**" in answer
    flip = ENDPOINT / (0.045 - 0.01)
    assert f"at **{flip:,.1f} GB** instead of 422.0" in answer
    assert f"stays at **{flip:,.1f} GB**" in answer
    assert f"moves it to **{ENDPOINT / (0.0225 - 0.01):,.1f} GB** and changes 0 flows" in answer
    # Twelve NAT gateways against five (two stay), with five attachments, and a dearer GB.
    factor = (12 * NAT - 5 * NAT - 5 * ATTACHMENT) / 0.02 / (own + others)
    assert f"in month **{math.ceil(math.log(factor) / math.log(1.05))}**" in answer
    dearer = 0.01 + ENDPOINT / 422  # the price at which 422 GB of logs are worth an endpoint
    first = next(0.045 * times for times in (1.25, 1.5, 1.75) if 0.045 * times > dearer)
    assert f"{first:.4f} is the first that changes the plan" in answer
