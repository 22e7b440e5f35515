"""The way through the dashboard: where one begins, what every answer offers, links, and what a session holds."""

from __future__ import annotations

import json
import tempfile

import pytest
import yaml

from tests.support.paths import EXAMPLES, ROOT

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from streamlit.testing.v1 import AppTest

from costmodel.actual_bills.reading.load import read_bill
from costmodel.actual_bills.rerated import round_amount
from costmodel.comparison.options import price_architectures
from costmodel.demand.reading.load import read_demand
from costmodel.network.bill import price
from costmodel.network.reading.load import read_network
from costmodel.network.usage import meter
from costmodel.optimizer.optimize import optimize
from costmodel.pricing.reading.price_tables import load_prices
from dashboard.session import state
from dashboard.session.model import PlanState
from dashboard.session.sources import PATH, SourceRequest, SourceState
from dashboard.widgets import gallery
from dashboard.widgets.formatting import format_money

BOOK = load_prices()
PAGES = ("start", "estimate", "bill", "traffic", "compare", "optimize", "report", "prices")
PLAN = EXAMPLES / "plan.json"
USAGE = {"module.eu.aws_nat_gateway.this[0]": {"gb_processed": 1000}, "aws_vpc_endpoint.kms_data": {"zones": 2}}


def sound(app):
    assert not app.exception, [e.value for e in app.exception]
    return app


def at(page="start", **state_):
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    for key, value in state_.items():
        app.session_state[key] = value
    sound(app.run())
    return app if page == "start" else sound(app.switch_page(f"views/{page}.py").run())


def reopened(app, page):
    """What the address of a page opens in a session that knows nothing."""
    new = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    new.switch_page(f"views/{page}.py")
    for name, value in app.query_params.items():
        new.query_params[name] = value[0] if isinstance(value, list) else value
    return sound(new.run())


def uploaded(app, name, data):
    """Start, after a file was dropped on it."""
    box = next(u for u in app.file_uploader if str(u.key).startswith("any_file"))
    return sound(box.upload(name, data, "application/octet-stream").run())


def text(app):
    parts = [*app.markdown, *app.caption, *app.subheader, *app.info, *app.error]
    return " ".join(str(e.value) for e in parts)


def labels(app):
    return {b.proto.label for b in app.get("download_button")}


# ---------------------------------------------------------------- Start and the gallery
def test_start_answers_for_the_example_with_the_engines_numbers():
    app = at()
    demand = read_demand(EXAMPLES / "estate.yaml")
    ranked = [o for o in price_architectures(demand, BOOK).ranked if o.total is not None]
    assert [m.value for m in app.metric[:2]] == [format_money(o.total) for o in ranked[:2]]


@pytest.mark.parametrize("stem", sorted(gallery.load_gallery_estates()))
def test_an_estate_of_the_gallery_opens_where_its_question_is_answered(stem):
    app = at()
    sound(app.button(key=f"gallery-{stem}").click().run())
    estate = gallery.load_gallery_estates()[stem]
    if estate.network:
        assert app.metric[0].value == format_money(price(meter(read_network(estate.path), exact=True), BOOK).total)
        assert estate.path.name in text(app)
    else:
        assert app.metric[0].value == format_money(price_architectures(read_demand(estate.path), BOOK).cheapest.total)
        assert app.session_state["demand"]["name"] == estate.title


def test_the_examples_of_the_sidebar_are_the_gallerys_too():
    app = at("compare", examples=True)
    sound(app.run())
    sound(app.button(key="gallery-ssm").click().run())
    assert app.session_state["demand"]["name"] == gallery.load_gallery_estates()["ssm"].title


DEMAND_FILE = (EXAMPLES / "s3.yaml").read_bytes()
NETWORK_FILE = gallery.load_gallery_estates()["inspection"].path.read_bytes()
TEMPLATE = b"""
Resources:
  V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  E:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcEndpointType: Interface, ServiceName: com.amazonaws.us-east-1.kms, VpcId: !Ref V, SubnetIds: [a, b]}
"""


@pytest.mark.parametrize(
    ("name", "data", "title"),
    [
        ("demand.yaml", DEMAND_FILE, "Compare"),
        ("network.yaml", NETWORK_FILE, "Estimate"),
        ("plan.json", PLAN.read_bytes(), "Estimate"),
        ("template.yml", TEMPLATE, "Estimate"),
        ("bill.csv.gz", (EXAMPLES / "bill.csv.gz").read_bytes(), "Bill"),
        ("flows.log.gz", (EXAMPLES / "flows.log.gz").read_bytes(), "Traffic"),
    ],
)
def test_any_file_dropped_on_start_is_told_by_its_content(name, data, title):
    app = uploaded(at(), name, data)
    assert app.header[0].value.startswith(title)
    assert not app.error
    held = " ".join(str(link.proto.label) for link in app.get("page_link"))
    assert state.escape_page_text(name) in held or title == "Compare"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("plan.json", b"{}", "plan.json"),
        ("text.yaml", b"region: [us-east-1\n", "text.yaml, line 1"),
        ("empty.csv", b"", "empty.csv"),
        ("junk.parquet", b"PAR1junk", "junk.parquet"),
        ("answer.json", json.dumps({"plan": [], "certificate": {}, "lower_bound": "1"}).encode(), "the demand file"),
    ],
)
def test_a_wrong_file_on_start_is_said_and_loses_nothing(name, data, said):
    app = uploaded(at(), name, data)
    assert said in text(app).replace("\\", ""), text(app)
    assert app.session_state["demand"]["name"] == "Four VPCs, 23 endpoints"
    assert tempfile.gettempdir() not in text(app)


# ---------------------------------------------------------------- what every answer offers
@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_it_rests_on_and_offers_its_files(page):
    app = at(page, **{"bar-rests": True})
    sound(app.run())
    offered = labels(app)
    assert {"Report (HTML, one file)", "Report (Markdown)"} <= offered
    if page not in ("bill", "traffic", "prices"):
        assert {"Bill as FOCUS 1.2 (CSV)", "Excel, totals as formulas"} <= offered
    said = text(app)
    assert str(BOOK.newest) in said or "list prices of" in said
    if page in ("start", "compare", "optimize", "report"):
        assert "| hub-dns | hosted-zones |" in said


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_would_flip_it_when_asked(page):
    closed = text(at(page))
    app = at(page, **{"bar-flips": True})
    sound(app.run())
    more = [m.value for m in app.markdown if m.value.startswith("- ") and m.value not in closed]
    words = ("cheaper", "cheapest", "less", "more", "dearer", "Nothing within reach", "flip")
    assert any(word in one for one in more for word in words), more


def test_what_would_flip_the_comparison_is_where_two_costs_meet():
    """By hand: endpoints cost 3 × 730 × 0.01 an hour-month and 0.01 a GB, NAT gateways 3 × 730 × 0.05 and 0.045 a GB."""
    flows = [{"from": "a", "to": s, "gb_received": 100} for s in ("kms", "sqs", "sns", "ssm", "sts", "logs")]
    demand = {
        "name": "six",
        "region": "us-east-1",
        "vpcs": [{"name": "a", "zones": 3}],
        "flows": flows,
        "constraints": {
            "forbid": ["nat-single", "nat-regional", "nat-centralized", "hub-peering", "hub-transit-gateway"]
        },
    }
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params["d"] = state.encode_demand(demand)
    app.session_state["bar-flips"] = True
    sound(app.run())
    sound(app.run())
    gb = (6 * 3 * 730 * 0.01 - 3 * 730 * 0.05) / (0.045 - 0.01)
    assert f"{gb / 600:,.4g} times" in text(app).replace("\\", "")
    assert f"{gb:,.4g} GB a month" in text(app).replace("\\", "")


# ---------------------------------------------------------------- links
def test_a_link_restores_the_tab_and_the_choices_of_compare():
    app = at("compare", tab="In detail")
    sound(app.selectbox(key="chosen").select("lattice").run())
    again = reopened(app, "compare")
    assert again.selectbox(key="chosen").value == "lattice"
    assert again.session_state["tab"] == "In detail"


def test_a_link_restores_the_estate_on_start():
    app = at()
    assert "e" not in app.query_params, "the example goes without saying"
    sound(app.button(key="gallery-ssm").click().run())
    sound(app.switch_page("views/start.py").run())
    again = reopened(app, "start")
    assert again.session_state["demand"]["name"] == gallery.load_gallery_estates()["ssm"].title
    assert again.metric[0].value == format_money(
        price_architectures(read_demand(gallery.load_gallery_estates()["ssm"].path), BOOK).cheapest.total
    )


def test_a_link_restores_a_plan_with_what_was_filled_in():
    app = at("estimate")
    app.session_state["plan"].usage, app.session_state["plan"].revision = USAGE, 7
    sound(app.run())
    total = price(meter(read_network(PLAN, usage={"usage": USAGE}), exact=True), BOOK, partial=True).total
    assert app.metric[0].value == format_money(total)
    again = reopened(app, "estimate")
    assert again.metric[0].value == format_money(total)


@pytest.mark.parametrize("link", ["nonsense", "eNqr", state.encode_demand({"value": 3})])
def test_a_damaged_link_of_a_plan_shows_the_example_and_says_so(link):
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("views/estimate.py")
    app.query_params["p"] = link
    sound(app.run())
    assert "cut off or damaged" in text(app)
    bill = price(meter(read_network(PLAN), exact=True), BOOK, partial=True)
    assert app.metric[0].value == f"{format_money(bill.total)} to {format_money(bill.openness.at_most['USD'])}"


def test_a_link_restores_a_bill_that_lies_on_this_machine(tmp_path):
    where = tmp_path / "mine.csv.gz"
    where.write_bytes((EXAMPLES / "bill.csv.gz").read_bytes())
    app = at("bill", bill=SourceState(SourceRequest(PATH, str(where))))
    sound(app.segmented_control(key="bill_side").set_value("account").run())
    again = reopened(app, "bill")
    assert again.segmented_control(key="bill_side").value == "account"
    assert again.session_state["bill"].request == SourceRequest(PATH, str(where))
    assert again.metric[0].value == format_money(round_amount(read_bill(where).cost.network.cost))


def test_a_choice_that_is_none_is_not_taken_from_a_link():
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("views/compare.py")
    app.query_params["v"] = state.encode_demand({"tab": "no such tab", "chosen": "no such architecture", "axis": 3})
    sound(app.run())
    assert app.session_state["tab"] == "Costs"


# ---------------------------------------------------------------- what a session holds
def test_what_was_loaded_is_at_hand_on_every_page():
    app = at("bill")
    sound(app.switch_page("views/traffic.py").run())
    sound(app.switch_page("views/estimate.py").run())
    for page in PAGES:
        sound(app.switch_page(f"views/{page}.py").run())
        held = " ".join(str(link.proto.label) for link in app.get("page_link"))
        for kind in ("Demand:", "Network:", "Bill:", "Flow logs:"):
            assert kind.lower() in held.lower(), (page, kind)


def test_a_plan_of_ones_own_is_offered_where_the_demand_is_an_example():
    app = at("estimate")
    assert not any(str(b.key).startswith("offer-") for b in sound(app.switch_page("views/compare.py").run()).button)
    text_ = json.dumps(json.loads(PLAN.read_text(encoding="utf-8")))
    from costmodel.network.reading.load import parse_network_text

    app = at("estimate", plan=PlanState(parse_network_text(text_, "mine.json"), usage=USAGE))
    sound(app.switch_page("views/compare.py").run())
    sound(app.button(key="offer-Network").click().run())
    assert app.session_state["demand"]["name"] == "mine"
    assert not any(str(b.key).startswith("offer-") for b in app.button)


def test_tables_that_are_closed_and_opened_again_keep_what_was_edited():
    app = at("compare", **{"demand-tables": True})
    sound(app.run())
    sound(app.multiselect(key="services").select("sqs").run())
    flows = len(app.session_state["demand"]["flows"])
    app.session_state["demand-tables"] = False
    sound(app.run())
    assert len(app.session_state["demand"]["flows"]) == flows
    app.session_state["demand-tables"] = True
    sound(app.run())
    assert "sqs" in app.multiselect(key="services").value
    sound(app.multiselect(key="services").unselect("sqs").run())
    assert "sqs" not in {f["to"] for f in app.session_state["demand"]["flows"]}


# ---------------------------------------------------------------- Report
def test_the_report_is_of_the_plan_and_of_what_is_chosen():
    app = at("report")
    best = optimize(read_demand(EXAMPLES / "estate.yaml"), BOOK)
    (frame,) = app.get("iframe")
    shown = frame.proto.srcdoc
    assert format_money(best.bill.total) in shown
    assert "<script" not in shown
    app = at("bill")
    sound(app.switch_page("views/report.py").run())
    app.session_state["report_parts"] = ["Bill", "Demand"]
    sound(app.run())
    (frame,) = app.get("iframe")
    bill = read_bill(EXAMPLES / "bill.csv.gz")
    assert format_money(round_amount(bill.cost.network.cost)) in frame.proto.srcdoc
    assert format_money(best.bill.total) in frame.proto.srcdoc


def test_a_link_restores_a_report_of_a_demand_and_of_a_plan():
    app = at("estimate")
    app.session_state["plan"].usage, app.session_state["plan"].revision = USAGE, 7
    sound(app.run())
    sound(app.switch_page("views/report.py").run())
    app.session_state["report_parts"] = ["Network", "Demand"]
    sound(app.run())
    again = reopened(app, "report")
    (frame,) = again.get("iframe")
    total = price(meter(read_network(PLAN, usage={"usage": USAGE}), exact=True), BOOK, partial=True).total
    assert format_money(total) in frame.proto.srcdoc
    assert format_money(optimize(read_demand(EXAMPLES / "estate.yaml"), BOOK).bill.total) in frame.proto.srcdoc


def test_a_report_of_a_demand_without_a_plan_says_why():
    demand = yaml.safe_load((EXAMPLES / "estate.yaml").read_text(encoding="utf-8"))
    demand["constraints"] = {"private": True, "forbid": ["own-endpoint", "hub-peering", "hub-transit-gateway"]}
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("views/report.py")
    app.query_params["d"] = state.encode_demand(demand)
    sound(app.run())
    assert "No plan" in " ".join(w.value for w in app.warning)
