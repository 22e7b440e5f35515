"""The page Traffic without a browser: its numbers are the library's, wrong files say so, and Optimize goes on from it."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pytest

import costmodel as cm
from costmodel.core.decimals import round_to_cents
from costmodel.flow_logs.reading.summary import list_gateway_services, read_traffic_demand, read_traffic_network
from costmodel.flow_logs.report import build_traffic_json, build_traffic_report, find_free_traffic
from tests.support import flows
from tests.support.paths import EXAMPLES, ROOT

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from streamlit.testing.v1 import AppTest

from dashboard.charts import traffic as traffic_charts
from dashboard.widgets.formatting import format_money

EXAMPLE = EXAMPLES / "flows.log.gz"
BOOK = cm.load_prices()
GATEWAYS = ("dynamodb", "s3")


def reported(*paths, **more):
    traffic = cm.read_flows(*paths, **more)
    return build_traffic_report(
        traffic, read_traffic_network(traffic), read_traffic_demand(traffic), BOOK, gateways=list_gateway_services()
    )


@pytest.fixture(scope="module")
def of():
    return reported(EXAMPLE)


def opened():
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.run()
    return sound(app.switch_page("views/traffic.py").run())


def sound(app):
    assert not app.exception, [e.value for e in app.exception]
    return app


def figures(app):
    return {m.label: m.value for m in app.metric}


def upload(app, *file, which=0):
    app.file_uploader[which].upload(*file)
    return sound(app.run())


def test_the_example_logs_are_what_their_writer_writes(tmp_path):
    made = flows.example().write(tmp_path / "flows.log.gz", flows.FIELDS)
    assert gzip.decompress(made.read_bytes()) == gzip.decompress(EXAMPLE.read_bytes())


def test_the_example_is_the_truth(of):
    log = flows.example()
    for vpc, service in log.truth:
        least, most = of.traffic.bound_service_bytes(service, vpc=vpc)
        sent, received = log.truth[vpc, service]
        if service in GATEWAYS:
            assert (least.sent, least.received) == (sent, received)
        if service != "internet":
            assert least.sent <= sent <= most.sent
    assert sum(s.crossing for s in of.traffic.sums.values()) == log.to_nat


def test_the_first_sight_is_the_example(of):
    shown = figures(opened())
    assert shown["It costs a month"] == format_money(of.total)
    assert shown["Could be free"] == format_money(sum((f.monthly for f in find_free_traffic(of)), Decimal(0)))


def test_what_gateway_endpoints_save_is_what_the_architectures_differ_by(of):
    """Checked another way: S3 and DynamoDB left at the NAT gateways, against gateway endpoints for them."""
    compared = {o.name: o.total for o in of.comparison}
    every_zone = {f.vpc for f in find_free_traffic(of)}
    t = of.traffic
    gb = sum((t.scale_to_month(s.sent + s.received) or 0) for k, s in t.sums.items() if k.service in GATEWAYS)
    assert every_zone == {"vpc-0app", "vpc-0data"}
    assert float(compared["nat-for-everything"] - compared["nat-per-zone"]) == pytest.approx(gb * 0.045, abs=0.01)


def test_send_to_optimize_hands_the_demand_on(of):
    app = opened()
    next(b for b in app.button if b.label == "Send to Optimize").click()
    sound(app.run())
    assert app.session_state["demand"]["flows"] == [dict(f) for f in of.demand["flows"]]


def test_an_upload_is_read_under_its_own_name(tmp_path):
    log = flows.Log()
    hosts, _ = flows.estate(2, 2)
    log.reach(hosts[0], "s3", 10**9, 10**10)
    text = log.write(tmp_path / "a.log", flows.V5).read_bytes()
    app = upload(opened(), "mine.log", text, "text/plain")
    assert figures(app)["Billed traffic"] == f"{11e9 / 2**30:.2f} GB"
    assert not any("costmodel-upload" in m.value for m in [*app.markdown, *app.warning])
    wrong = upload(app, "wrong.log", b"Nothing of the kind.\n", "text/plain")
    assert len(wrong.warning) + len(wrong.error) == 1
    assert "costmodel-upload" not in (wrong.warning or wrong.error)[0].value


@pytest.mark.parametrize("data", [b"", b"a b c\n1 2 3\n", b"PAR1", b"\x1f\x8b", b"PK\x03\x04", b"{}", b"{"])
def test_a_wrong_file_is_said_and_the_page_lives(data):
    app = upload(opened(), "wrong.log", data, "text/plain")
    assert len(app.error) == 1
    assert "wrong.log" in app.error[0].value.replace("\\", "")
    assert "costmodel-upload" not in app.error[0].value
    next(b for b in app.button if b.label == "Open the example logs").click()
    assert figures(sound(app.run()))["Billed traffic"]


def test_a_path_is_read_where_it_lies(of):
    app = opened()
    app.text_input(key="flow_where").set_value(str(EXAMPLE))
    next(b for b in app.button if b.label == "Read").click()
    assert figures(sound(app.run()))["It costs a month"] == format_money(of.total)


def test_logs_without_region_and_time_are_asked_for(tmp_path):
    log = flows.Log()
    hosts, _ = flows.estate(2, 2)
    log.reach(hosts[0], "s3", 10**9, 10**10)
    fields = [f for f in flows.V3 if f not in ("start", "end")]
    app = upload(opened(), "a.log", log.write(tmp_path / "a.log", fields).read_bytes(), "text/plain")
    assert figures(app)["In a month"] == "–"
    app.number_input(key="flow_hours").set_value(10.0)
    app.selectbox(key="flow_region").set_value("us-east-1")
    shown = figures(sound(app.run()))
    assert shown["In a month"] == f"{11e9 / 2**30 * 73:.1f} GB"
    assert shown["Could be free"] == format_money(Decimal(repr(11e9 / 2**30 * 73 * 0.045)))


def test_dns_query_logs_name_services(tmp_path):
    line = {
        "query_name": "kms.us-east-1.amazonaws.com.",
        "answers": [{"Rdata": a, "Type": "A"} for a in flows.REMOTE["kms"]],
    }
    app = upload(opened(), "dns.log", json.dumps(line).encode(), "text/plain", which=1)
    assert "kms" in app.dataframe[0].value["To"].tolist()


def test_the_figures_hold_every_byte_and_every_dollar(of):
    (by_gb,) = traffic_charts.plot_traffic_sankey(of, dollars=False, ink="#000").data
    t = of.traffic
    assert sum(by_gb.link.value) == pytest.approx(2 * t.to_gigabytes(t.counted.sent + t.counted.received))
    (by_dollar,) = traffic_charts.plot_traffic_sankey(of, dollars=True, ink="#000").data
    assert sum(by_dollar.link.value) == pytest.approx(2 * float(of.total))
    sent, received = traffic_charts.plot_talkers(of, most=1000).data
    assert sum(sent.x) == pytest.approx(sum(t.to_gigabytes(s.sent) for _, s in of.rank_talkers()))
    assert sum(received.x) == pytest.approx(sum(t.to_gigabytes(s.received) for _, s in of.rank_talkers()))


def test_the_answer_adds_up(of):
    told = build_traffic_json(of)
    assert told["bytes"]["read"] == told["bytes"]["counted"] + sum(e["bytes"] or 0 for e in told["bytes"]["excluded"])
    assert told["total"] == f"{round_to_cents(of.total):f}"
    assert sum(Decimal(f["monthly"]) for f in told["flows"]) == pytest.approx(of.total, abs=Decimal("1e-6"))
    assert [f["confidence"] for f in told["findings"]] == ["high"] * len(told["findings"])


def test_a_template_is_priced_on_the_page_estimate(tmp_path):
    from tests.support.input_files import TEMPLATE

    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.run()
    sound(app.switch_page("views/estimate.py").run())
    [u for u in app.file_uploader if u.key != "contract_file"][-1].upload(
        "template.yaml", TEMPLATE.encode(), "application/yaml"
    )
    sound(app.run())
    assert any("Choose the Region" in w.value for w in app.warning)
    app.selectbox(key="estimate-region").set_value("eu-west-1")
    sound(app.run())
    assert any("CloudFormation template" in m.value for m in app.markdown)
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    known = cm.price(cm.meter(cm.read_network(path, settings={"region": "eu-west-1"}), exact=True), BOOK, partial=True)
    assert app.metric[0].value == format_money(known.totals["USD"])
