"""The page Estimate without a browser: its numbers are the engine's, mistakes lose nothing, and Compare goes on from it."""

from __future__ import annotations

import json
import random

import pytest

import costmodel as cm
from costmodel.network.modules import list_bill_pieces, sum_by_module, sum_pieces
from costmodel.network.unit_prices import compute_unit_prices
from tests.support.paths import EXAMPLES, ROOT
from tests.support.plans import plan, refs, resource

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from streamlit.testing.v1 import AppTest

from dashboard.charts import basic
from dashboard.session import links
from dashboard.widgets.formatting import format_money

EXAMPLE = EXAMPLES / "plan.json"
BOOK = cm.load_prices()


def opened():
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.run()
    return sound(app.switch_page("views/estimate.py").run())


def sound(app):
    assert not app.exception, [e.value for e in app.exception]
    return app


def upload(app, text, name):
    data = text.encode() if isinstance(text, str) else text
    [u for u in app.file_uploader if u.key != "contract_file"][-1].upload(name, data, "application/json")
    return sound(app.run())


def bill(source, **more):
    return cm.price(cm.meter(cm.read_network(source, **more), exact=True), BOOK, partial=True)


def small():
    return plan(
        resource("module.a.aws_vpc.v", cidr_block="10.0.0.0/16"),
        resource("module.a.aws_vpc_endpoint.kms", vpc_endpoint_type="Interface", subnet_ids=["subnet-1", "subnet-2"],
                 service_name="com.amazonaws.us-east-1.kms"),
        resource("aws_nat_gateway.n", connectivity_type="private"),
    )  # fmt: skip


def test_the_first_sight_is_the_example_plan():
    app = opened()
    assert app.metric[0].value == "$537.78 to $545.08"
    assert app.metric[0].label == "A month"
    table = next(d.value for d in app.dataframe if "What is open" in d.value)
    assert list(table["Resource"]) == ["aws_vpc_endpoint.kms_data"]
    assert (list(table["At least"]), list(table["At most"])) == (["$7.30"], ["$14.60"])


def test_an_uploaded_plan_is_priced():
    app = upload(opened(), json.dumps(small()), "small.json")
    assert app.metric[0].value == format_money(bill(small()).total) == "$47.45"
    modules = app.dataframe[0].value
    assert dict(zip(modules["Module"], modules["A month"], strict=True)) == {
        "root module": "$32.85",
        "module.a": "$14.60",
    }


def test_a_network_file_is_priced_too():
    app = upload(opened(), "region: eu-west-1\nresources: [{kind: NatGateway, name: n, gb_processed: 100}]\n", "n.yaml")
    assert app.metric[0].value == format_money(bill({"region": "eu-west-1", "resources": [
        {"kind": "NatGateway", "name": "n", "gb_processed": 100}]}).total)  # fmt: skip
    assert not [b for b in app.button if "Compare" in b.label]


def test_a_usage_file_is_laid_over_the_plan_there_is():
    app = upload(opened(), json.dumps(small()), "small.json")
    usage = {"usage": {"aws_nat_gateway.n": {"gb_processed": 1000}}}
    app = upload(app, json.dumps(usage), "usage.json")
    assert app.metric[0].value == format_money(bill(small(), usage=usage).total) == "$92.45"
    wrong = upload(app, json.dumps({"usage": {"aws_nat_gateway.m": {"gb_processed": 1}}}), "usage.json")
    assert "no resource is called" in wrong.error[0].value.replace("\\", "")
    assert wrong.metric[0].value == "$92.45"


@pytest.mark.parametrize(
    ("text", "says"),
    [("# aws_eip.a will be created\nPlan: 1 to add", "output for people"), ("{", "truncated"), (b"PK\x03\x04tfplan", "binary plan")],
)  # fmt: skip
def test_a_wrong_file_is_said_and_loses_nothing(text, says):
    app = upload(opened(), text, "plan.json")
    assert says in app.error[0].value.replace("\\", "")
    assert app.metric[0].value == "$537.78 to $545.08"


def test_a_region_that_the_plan_does_not_say_is_asked_for():
    one = plan(resource("aws_nat_gateway.n", connectivity_type="private"), region=None)
    app = upload(opened(), json.dumps(one), "plan.json")
    said = app.warning[0].value.replace("\\", "")
    assert "in which Region" in said
    assert said.endswith("Choose the Region on the left.")
    app.selectbox(key="estimate-region").select("eu-west-1")
    assert sound(app.run()).metric[0].value == format_money(bill(one, settings={"region": "eu-west-1"}).total)
    again = upload(app, json.dumps(one), "other.json")  # what was said of one file is not taken for another
    assert "in which Region" in again.warning[0].value.replace("\\", "")


def test_a_demand_file_is_sent_to_its_page():
    app = upload(opened(), "vpcs: [{name: a}]\nflows: [{from: a, to: kms}]\n", "demand.yaml")
    assert app.error[0].value.replace("\\", "") == "demand.yaml is a demand file: open it on the page Compare."


def test_a_plan_without_networking_says_so():
    app = upload(opened(), json.dumps(plan(resource("aws_vpc.v", cidr_block="10.0.0.0/16"))), "plan.json")
    assert "None of its resources is billed as networking" in app.info[0].value
    assert not app.metric
    assert not app.error
    assert not [b for b in app.button if "Compare" in b.label]


def test_what_is_unknown_is_no_zero_in_a_table():
    one = plan(
        resource("module.a.aws_vpc_endpoint.x", vpc_endpoint_type="Interface", unknown=["subnet_ids"],
                 expressions={"subnet_ids": refs("local.x")}),
        resource("module.b.aws_nat_gateway.n", connectivity_type="private"),
        resource("module.b.aws_vpc_endpoint.x", vpc_endpoint_type="Interface", unknown=["subnet_ids"],
                 expressions={"subnet_ids": refs("local.x")}),
    )  # fmt: skip
    modules = upload(opened(), json.dumps(one), "plan.json").dataframe[0].value
    assert dict(zip(modules["Module"], modules["A month"], strict=True)) == {
        "module.b": "≥ $40.15", "module.a": "≥ $7.30"
    }  # fmt: skip


def test_what_one_more_gb_costs_is_known_of_a_network_file_too():
    text = "region: eu-west-1\nresources: [{kind: NatGateway}, {kind: GatewayEndpoint}, {kind: InternetEgress}]\n"
    app = upload(opened(), text, "n.yaml")
    table = next(d.value for d in app.dataframe if "Next GB" in d.value)
    assert list(table["Resource"]) == ["InternetEgress-3", "NatGateway-1", "NatGateway-1", "GatewayEndpoint-2"]
    assert list(table["Kind"]) == ["InternetEgress", "NatGateway", "NatGateway", "GatewayEndpoint"]
    units = {(u.kind.kind, u.column): u.price for u in compute_unit_prices(bill({"region": "eu-west-1", "resources": [
        {"kind": "NatGateway"}, {"kind": "InternetEgress"}]}))}  # fmt: skip
    paid = [("InternetEgress", "gb_sent"), ("NatGateway", "gb_processed"), ("NatGateway", "gb_cross_zone")]
    assert list(table["Next GB"]) == [*(f"${units[key].normalize():f}" for key in paid), "free"]


def test_resources_of_one_name_are_rows_of_their_own():
    """`egress` is four resources of the gallery's inspection: 1 GB more to the internet is 0.09, of its 3,000 GB alone."""
    text = (EXAMPLES / "gallery" / "inspection.yaml").read_text(encoding="utf-8")
    app = upload(opened(), text, "inspection.yaml")
    assert app.metric[0].value == "$2,637.78"
    table = next(d.value for d in app.dataframe if "Next GB" in d.value)
    rows = {(r["Resource"], r["Quantity"]): (r["A month"], r["Next GB"], r["Kind"]) for _, r in table.iterrows()}
    assert len(rows) == len(table)
    assert rows["InternetEgress:egress", "gb_sent"] == (3000, "$0.09", "InternetEgress")
    assert rows["TransitGatewayAttachment:egress", "gb_sent"] == (24_000, "$0.02", "TransitGatewayAttachment")
    assert rows["NatGateway:egress", "gb_processed"][1:] == ("$0.045", "NatGateway")
    now = app.session_state["plan"]
    now.usage, now.revision = {"InternetEgress:egress": {"gb_sent": 3001}}, 7
    assert sound(app.run()).metric[0].value == "$2,637.87"


def test_a_usage_file_and_the_table_speak_of_the_same_row():
    text = "region: us-east-1\nresources: [{kind: InternetEgress, name: out}, {kind: NatGateway, name: nat}]\n"
    app = upload(opened(), text, "n.yaml")
    app = upload(app, "usage: {'InternetEgress:out': {gb_sent: 100}}", "usage.yaml")
    assert app.session_state["plan"].usage == {"out": {"gb_sent": 100}}
    assert app.metric[0].value == format_money(bill({"region": "us-east-1", "resources": [
        {"kind": "InternetEgress", "gb_sent": 100}, {"kind": "NatGateway"}]}).total)  # fmt: skip


def test_unknown_zones_are_said_in_the_table():
    one = plan(resource("aws_vpc_endpoint.kms", vpc_endpoint_type="Interface", unknown=["subnet_ids"],
                        expressions={"subnet_ids": refs("local.x")}))  # fmt: skip
    app = upload(opened(), json.dumps(one), "plan.json")
    assert app.metric[2].value == "1"
    app = upload(app, "usage: {aws_vpc_endpoint.kms: {zones: 3}}", "usage.yaml")
    assert (app.metric[0].label, app.metric[0].value, app.metric[2].value) == ("A month, before traffic", "$21.90", "0")


def test_compare_goes_on_from_the_plan():
    app = upload(opened(), json.dumps(small()), "small.json")
    next(b for b in app.button if "Compare" in b.label).click()
    app = sound(app.run())
    demand = app.session_state["demand"]
    assert [(f["from"], f["to"]) for f in demand["flows"]] == [("module.a.aws_vpc.v", "kms")]
    assert demand["today"] == [{"vpc": "module.a.aws_vpc.v", "service": "kms", "path": "own-endpoint"}]


def test_the_parts_of_a_bill_add_up():
    whole = bill(EXAMPLE)
    parts = list_bill_pieces(whole)
    assert sum(p.cost for p in parts) == whole.total_exact
    assert sum(sum_by_module(whole).values()) == whole.total_exact
    figure = basic.plot_treemap(parts, "USD", most=3)
    (areas,) = figure.data
    values = dict(zip(areas.ids, areas.values, strict=True))
    assert values["all"] == pytest.approx(float(whole.total_exact))
    for (module, _), cost in sum_by_module(whole).items():
        assert values[f"all/{module}"] == pytest.approx(float(cost))
    for parent in set(areas.parents) - {""}:
        children = sum(v for i, p, v in zip(areas.ids, areas.parents, areas.values, strict=True) if p == parent)
        assert children == pytest.approx(values[parent])
    assert sum(sum_pieces(parts, "kind").values()) == whole.total_exact


def test_text_of_a_plan_is_shown_as_text_and_many_modules_share_an_area():
    marked = plan(*(resource(f'module.m["{n}"].aws_nat_gateway.n["<b>&</b>"]', connectivity_type="private")
                    for n in range(40)))  # fmt: skip
    whole = bill(marked)
    (areas,) = basic.plot_treemap(list_bill_pieces(whole), "USD").data
    assert 'n["&lt;b>&amp;&lt;/b>"]' in areas.labels
    assert 'module.m["3"].aws_nat_gateway.n["&lt;b>&amp;&lt;/b>"]' in {full for _, full in areas.customdata}
    tops = [label for label, parent in zip(areas.labels, areas.parents, strict=True) if parent == "all"]
    assert len(tops) == 25
    assert "other modules" in tops
    assert areas.values[0] == pytest.approx(float(whole.total_exact))


def test_currencies_are_never_added():
    text = """resources:
  - {kind: NatGateway, name: a, region: us-east-1, public_ips: 0}
  - {kind: InternetEgress, name: b, region: cn-north-1, gb_sent: 10}
"""
    app = upload(opened(), text, "two.yaml")
    assert [m.value for m in app.metric[:2]] == ["$32.85", "CNY 9.33"]
    assert list(app.dataframe[0].value["A month"]) == ["$32.85", "CNY 9.33"]


# ---------------------------------------------------------------- the link
@pytest.fixture
def packed(monkeypatch):
    """The values that were packed for a link, each with a plan in it or being one."""
    values, pack = [], links.pack_link_value

    def record(value):
        values.append(value)
        return pack(value)

    monkeypatch.setattr(links, "pack_link_value", record)
    return values


def of_plans(values):
    return [value for value in values if "value" in value or "planned_values" in value]


def test_a_plan_is_packed_for_the_link_when_it_is_loaded_and_not_at_each_run(packed):
    app = opened()
    assert of_plans(packed)
    packed.clear()
    sound(app.run())
    assert of_plans(packed) == []
    now = app.session_state["plan"]
    now.usage, now.revision = {"aws_vpc_endpoint.kms_data": {"zones": 2}}, 7
    sound(app.run())
    assert len(of_plans(packed)) == 1, "the usage is in the link too"
    assert app.query_params["p"]


def test_a_plan_that_is_too_large_for_a_link_is_packed_once(packed):
    draw = random.Random(0)  # noqa: S311 - names, no secrets
    many = [resource(f"aws_vpc_endpoint.e{draw.getrandbits(128):x}", vpc_endpoint_type="Gateway") for _ in range(3000)]
    app = upload(opened(), json.dumps(plan(*many)), "large.json")
    assert "p" not in app.query_params
    packed.clear()
    sound(app.run())
    assert of_plans(packed) == []
