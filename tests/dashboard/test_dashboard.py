"""The dashboard without a browser: what it shows is the engine's, links restore it, and mistakes lose nothing."""

from __future__ import annotations

import json

import pytest
import yaml

from costmodel.comparison.options import build_todays_option, price_architectures
from costmodel.core.decimals import round_to_cents
from costmodel.demand.reading.load import read_demand
from costmodel.pricing.reading.price_tables import load_prices
from tests.support.paths import EXAMPLE_DEMANDS, EXAMPLES, ROOT

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from streamlit.testing.v1 import AppTest

from dashboard.session import links, state
from dashboard.widgets import formatting
from dashboard.widgets.formatting import format_money

APP = str(ROOT / "dashboard" / "app.py")
SMALL = {
    "name": "small",
    "region": "eu-west-1",
    "vpcs": [{"name": "app", "count": 2}],
    "flows": [{"from": "app", "to": "s3", "gb_sent": 10}, {"from": "app", "to": "kms", "gb_sent": 100.25}],
}


def opened(demand=None, **parameters):
    app = AppTest.from_file(APP, default_timeout=60)
    if demand is not None:
        app.query_params["d"] = state.encode_demand(demand)
    for name, value in parameters.items():
        app.query_params[name] = value
    sound(app.run())  # an address with a demand leads to the page Compare
    return app if demand is not None or parameters else sound(app.switch_page("views/compare.py").run())


def sound(app):
    assert not app.exception, [e.value for e in app.exception]
    return app


def shown(app):
    """The session's demand, as it would be saved."""
    return app.session_state["demand"]


def least(demand):
    return price_architectures(read_demand(demand), load_prices()).cheapest


def errors(app):
    return " ".join(e.value for e in app.error)


def looked(app, tab):
    """The page with a tab of Compare open: what nobody looks at is not there."""
    app.session_state["tab"] = tab
    return sound(app.run())


def unfolded(app, *keys):
    """The page with expanders open."""
    for key in keys:
        app.session_state[key] = True
    return sound(app.run())


def matrix(app):
    """The table of architectures."""
    looked(app, "Feasibility and security")
    return next(d.value for d in app.dataframe if "Architecture" in d.value)


def link(app):
    found = app.query_params["d"]
    return found if isinstance(found, str) else found[0]


def warnings(app):
    return " ".join(w.value for w in app.warning)


def test_the_first_page_is_the_example_and_its_total_the_engines():
    app = opened()
    demand = read_demand(EXAMPLES / "estate.yaml")
    best = price_architectures(demand, load_prices()).cheapest
    assert app.metric[0].label == f"Cheapest: {best.name}"
    assert app.metric[0].value == f"${round_to_cents(best.total):,}"
    assert not app.error


def test_today_is_held_against_the_cheapest():
    app = opened()
    demand = read_demand(EXAMPLES / "estate.yaml")
    best, today = price_architectures(demand, load_prices()).cheapest, build_todays_option(demand, load_prices())
    assert app.metric[2].label == "As built today"
    assert app.metric[2].value == format_money(today.total)
    assert app.metric[2].delta == f"{format_money(round_to_cents(today.total) - round_to_cents(best.total))} more"


def test_the_estate_builds_what_its_comment_says():
    today = build_todays_option(read_demand(EXAMPLES / "estate.yaml"), load_prices())
    counts = {kind.kind: int(table.count.sum()) for kind, table in today.network}
    assert counts["InterfaceEndpoint"] == 23
    assert counts["NatGateway"] == 5


@pytest.mark.parametrize("file", EXAMPLE_DEMANDS, ids=lambda f: f.stem)
def test_every_example_opens_from_the_box(file):
    app = opened(SMALL)
    sound(unfolded(app, "examples").button(key=f"example-{file.stem}").click().run())
    best = price_architectures(read_demand(file), load_prices()).cheapest
    assert app.metric[0].value == format_money(best.total)
    assert not app.error


def test_a_link_restores_the_demand():
    app = opened(SMALL)
    assert app.metric[0].value == format_money(least(SMALL).total)
    assert app.selectbox(key="region").value == "eu-west-1"
    again = opened(state.decode_demand(link(app)))
    assert shown(again) == shown(app) == SMALL


def test_the_links_region_can_be_read_and_written_by_hand():
    app = opened(SMALL, region="us-east-2")
    assert shown(app)["region"] == "us-east-2"
    assert "us-east-2" in app.query_params["region"]
    assert app.metric[0].value == format_money(least({**SMALL, "region": "us-east-2"}).total)


@pytest.mark.parametrize("link", ["nonsense", "eNqr", "!!!", state.encode_demand(SMALL)[:-9], "é"])
def test_a_broken_link_says_so_and_shows_the_example(link):
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["d"] = link
    sound(app.run())
    assert "cannot be opened" in errors(app)
    assert shown(app)["name"] == "Four VPCs, 23 endpoints"
    assert app.metric


def test_a_link_with_an_unknown_region_says_which_is_near():
    app = opened(SMALL, region="eu-west-9")
    assert "unknown Region 'eu-west-9'" in errors(app)
    assert "eu-west-" in errors(app).replace("eu-west-9", "")


def test_another_region_changes_the_number_and_the_link():
    app = opened(SMALL)
    before = app.metric[0].value, app.query_params["d"]
    sound(app.selectbox(key="region").select("sa-east-1").run())
    assert app.metric[0].value == format_money(least({**SMALL, "region": "sa-east-1"}).total) != before[0]
    assert app.query_params["d"] != before[1]
    assert "sa-east-1" in app.query_params["region"]


def test_more_gb_change_the_number():
    more = {**SMALL, "flows": [*SMALL["flows"], {"from": "app", "to": "internet", "gb_received": 5000}]}
    assert opened(more).metric[0].value == format_money(least(more).total) != opened(SMALL).metric[0].value


def test_a_service_added_gets_a_flow_from_every_group():
    app = unfolded(opened(SMALL), "demand-tables")
    sound(app.multiselect(key="services").select("sqs").run())
    assert {"from": "app", "to": "sqs"} in shown(app)["flows"]
    assert app.metric[0].value == format_money(least(shown(app)).total)
    sound(app.multiselect(key="services").unselect("kms").run())
    assert [f["to"] for f in shown(app)["flows"]] == ["s3", "sqs"]


def test_an_assumption_switched_is_used_shown_and_kept():
    demand = {**SMALL, "constraints": {"private": ["app"]}}
    app = unfolded(opened(demand), "assumptions")
    sound(app.selectbox(key="assume-hub-dns").select("none").run())
    assert shown(app)["assumptions"] == {"hub-dns": "none"}
    assert app.metric[0].value == format_money(least({**demand, "assumptions": {"hub-dns": "none"}}).total)
    assert any("hub-dns=none" in c.value for c in app.caption)
    sound(app.selectbox(key="assume-hub-dns").select("hosted-zones").run())
    assert "assumptions" not in shown(app)


def test_a_price_date_is_kept():
    app = opened({**SMALL, "on": "2026-09-30"})
    assert str(app.date_input(key="on").value) == "2026-09-30"
    assert shown(app)["on"] == "2026-09-30"
    assert any("list prices as of 2026-09-30" in c.value for c in app.caption)


def upload(app, text, name="mine.yaml"):
    app.file_uploader(key="file").upload(name, text.encode() if isinstance(text, str) else text, "application/yaml")
    return sound(app.run())


def test_a_file_opens_and_what_the_widgets_do_not_know_is_kept():
    text = (EXAMPLES / "on-premises.yaml").read_text(encoding="utf-8")
    app = upload(opened(SMALL), text)
    assert shown(app) == state.to_plain_types(yaml.safe_load(text))
    sound(app.selectbox(key="region").select("us-west-2").run())
    assert shown(app)["existing"] == {"transit_gateway": True, "connections": ["office"]}
    assert shown(app)["services"][0]["name"] == "billing-api"


def test_a_json_file_opens():
    assert shown(upload(opened(), json.dumps(SMALL), "mine.json")) == SMALL


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("region: us-east-1\nvpcs: []\nflows: []\nfoo: 1\n", ["mine.yaml, line 4", "unknown key 'foo'"]),
        ("region: us-east-9\nvpcs: [{name: a}]\nflows: []\n", ["unknown Region 'us-east-9'"]),
        ("region: [", ["mine.yaml, line 1", "not valid YAML"]),
        ("region: us-east-1\nvpcs: [{name: a, zones: -1}]\nflows: []\n", ["line 2", "negative"]),
        ("- 1\n", ["mine.yaml", "a demand file is a mapping"]),
        (b"\xff\xfe\x00", ["mine.yaml", "UTF-16"]),
        (b"caf\xe9: 1", ["mine.yaml", "UTF-8"]),
        ("# nothing\n", ["mine.yaml", "contains only comments"]),
    ],
)
def test_a_wrong_file_is_said_in_the_engines_words_and_nothing_is_lost(text, said):
    app = opened(SMALL)
    before = app.metric[0].value
    upload(app, text)
    for phrase in said:
        assert phrase in errors(app)
    assert shown(app) == SMALL
    assert app.metric[0].value == before


def test_a_region_without_prices_has_no_total_and_no_zero():
    demand = {**SMALL, "flows": [*SMALL["flows"], {"from": "app", "to": "internet", "gb_sent": 50}]}
    app = opened({**demand, "region": "cn-north-1"})
    priced = price_architectures(read_demand({**demand, "region": "cn-north-1"}), load_prices())
    assert priced.cheapest is None, "this Region has prices by now: take another one for this test"
    assert "No architecture has a total" in errors(app)
    assert "Not priced" in warnings(app)
    assert not app.metric
    assert "$0.00" not in matrix(app).to_string()


def test_what_is_infeasible_stands_below_with_its_rule():
    app = opened({**SMALL, "constraints": {"private": ["app"]}})
    assert "Infeasible: **nat-per-zone**" in warnings(app)
    assert "must stay private" in warnings(app)
    table = matrix(app)
    row = table[table["Architecture"] == "nat-single"].iloc[0]
    assert row["State"] == "✗ infeasible: nat-private"
    assert row["A month"] == "–"


def test_every_total_in_the_table_is_the_engines():
    app = opened(SMALL)
    comparison = price_architectures(read_demand(SMALL), load_prices())
    table = matrix(app)
    assert dict(zip(table["Architecture"], table["A month"], strict=True)) == {
        o.name: format_money(o.total) for o in comparison
    }


def test_where_the_cheapest_changes_is_what_arithmetic_says():
    """By hand: six endpoints in three zones against a NAT gateway in each, with its public address."""
    six = ("kms", "sqs", "sns", "ssm", "sts", "secretsmanager")
    flows = [{"from": "app", "to": service, "gb_received": 60} for service in six]
    app = opened({"region": "us-east-1", "vpcs": [{"name": "app", "zones": 3}], "flows": flows})
    looked(app, "Where it changes")
    rest = [name for name in app.multiselect(key="out").options if name not in ("nat-per-zone", "per-vpc-endpoints")]
    sound(app.multiselect(key="out").set_value(rest).run())
    endpoints, gateways = 6 * 3 * 0.01 * 730, 3 * (0.045 + 0.005) * 730
    gb = (endpoints - gateways) / (0.045 - 0.01)
    said = next(m.value for m in app.markdown if "is cheaper than" in m.value)
    assert f"× {gb / 360:.3f}** ({gb:,.0f} GB a month) **per-vpc-endpoints** is cheaper than nat-per-zone" in said
    assert f"both cost \\${endpoints + 0.01 * gb:.2f} there" in said


def test_a_list_of_today_that_no_longer_fits_is_left_out_and_said():
    app = unfolded(opened(), "demand-tables")
    sound(app.multiselect(key="services").select("sqs").run())
    assert "What is built today is left out" in warnings(looked(app, "Prices and assumptions"))
    assert app.metric[0].value == format_money(least({k: v for k, v in shown(app).items() if k != "today"}).total)
    assert len(shown(app)["today"]) == 31


def test_the_charges_of_another_architecture_are_shown():
    app = looked(opened(SMALL), "In detail")
    sound(app.selectbox(key="chosen").select("per-vpc-endpoints").run())
    option = price_architectures(read_demand(SMALL), load_prices())["per-vpc-endpoints"]
    assert any(format_money(option.total).replace("$", "\\$") in m.value for m in app.markdown if "Charges" in m.value)


def test_a_vpc_renamed_is_renamed_everywhere():
    demand = {
        "vpcs": [{"name": "a"}],
        "flows": [{"from": "a", "to": "s3"}],
        "services": [{"name": "a", "vpc": "a", "kind": "lattice"}],
        "existing": {"nat_gateways": ["a", {"vpc": "a", "count": 1}], "peerings": [{"vpc": "b", "peer": "a"}]},
        "constraints": {"private": ["a"], "allow": ["a"], "pin": [{"vpc": "a", "service": "a", "path": "a"}]},
        "today": [{"vpc": "a", "service": "s3", "path": "own-endpoint"}],
    }
    assert state.rename_vpcs(demand, {"a": "z"}) == {
        "vpcs": [{"name": "a"}],
        "flows": [{"from": "z", "to": "s3"}],
        "services": [{"name": "a", "vpc": "z", "kind": "lattice"}],
        "existing": {"nat_gateways": ["z", {"vpc": "z", "count": 1}], "peerings": [{"vpc": "b", "peer": "z"}]},
        "constraints": {"private": ["z"], "allow": ["a"], "pin": [{"vpc": "z", "service": "a", "path": "a"}]},
        "today": [{"vpc": "z", "service": "s3", "path": "own-endpoint"}],
    }


def test_a_link_that_unpacks_to_too_much_is_refused():
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params["d"] = state.encode_demand({"name": "x" * (links.LARGEST + 1)})
    assert "cannot be opened" in errors(sound(app.run()))


def test_a_vpc_taken_out_takes_along_what_names_it():
    demand = {
        "vpcs": [{"name": "b"}],
        "flows": [{"from": "a", "to": "s3"}, {"from": "b", "to": "api"}],
        "services": [{"name": "api", "vpc": "a", "kind": "lattice"}, {"name": "own", "vpc": "b", "kind": "resource"}],
        "existing": {
            "transit_gateway": True,
            "nat_gateways": ["a", {"vpc": "a", "count": 1}, "b"],
            "peerings": [{"vpc": "b", "peer": "a"}],
        },
        "constraints": {"private": ["a", "b"], "allow": ["a"], "forbid": [{"path": "lattice", "vpc": "a"}, "lattice"]},
        "today": [{"vpc": "a", "service": "s3", "path": "own-endpoint"}],
    }
    assert state.remove_vpcs(demand, {"a"}) == {
        "vpcs": [{"name": "b"}],
        "flows": [{"from": "b", "to": "api"}],
        "services": [{"name": "api", "kind": "lattice"}, {"name": "own", "vpc": "b", "kind": "resource"}],
        "existing": {"transit_gateway": True, "nat_gateways": ["b"], "peerings": []},
        "constraints": {"private": ["b"], "allow": ["a"], "forbid": ["lattice"]},
        "today": [],
    }


def test_another_demand_shows_its_own_cheapest_in_detail():
    app = looked(opened(SMALL), "In detail")
    sound(app.selectbox(key="chosen").select("lattice").run())
    sound(unfolded(app, "examples").button(key="example-s3").click().run())
    best = price_architectures(read_demand(EXAMPLES / "s3.yaml"), load_prices()).cheapest
    assert app.selectbox(key="chosen").value == best.name
    assert any(format_money(best.total).replace("$", "\\$") in m.value for m in app.markdown if "Charges" in m.value)


def test_names_are_shown_as_they_are():
    name = "$a$ **b** :smile: [x](y) `c` <i>_d_"
    app = opened({**SMALL, "name": name, "vpcs": [{"name": name}], "flows": [{"from": name, "to": "kms"}],
                  "constraints": {"private": True}})  # fmt: skip
    assert state.escape_page_text(name) in " ".join(m.value for m in app.markdown)
    assert state.escape_page_text(f"{name} → kms") in warnings(app)


@pytest.mark.parametrize("flows", [[], [{"from": "app", "to": "s3"}]])
def test_a_demand_of_nothing_has_no_nan(flows):
    app = opened({**SMALL, "flows": flows})
    assert app.metric[0].value == "$0.00"
    assert flows or any("Nothing in this demand is charged" in i.value for i in app.info)
    assert "nan" not in matrix(app).to_string()


def test_what_has_no_price_is_counted_and_its_bill_called_incomplete():
    app = opened({**SMALL, "region": "us-gov-west-1"})
    assert "A price is missing for centralized-transit-gateway, centralized-peering" in warnings(app)
    looked(app, "In detail")
    sound(app.selectbox(key="chosen").select("centralized-peering").run())
    assert any("at least" in m.value for m in app.markdown if "Charges" in m.value)


def test_today_that_breaks_a_constraint_says_so_and_is_not_the_cheapest():
    demand = yaml.safe_load((EXAMPLES / "estate.yaml").read_text(encoding="utf-8"))
    app = opened({**demand, "constraints": {"private": ["production"], "endpoint_policy": ["production"]}})
    row = matrix(app).set_index("Architecture").loc["today"]
    assert row["State"].startswith(("✓ feasible", "✗ breaks"))
    app = opened({**demand, "constraints": {"forbid": ["nat-single"]}})
    row = matrix(app).set_index("Architecture").loc["today"]
    assert row["State"] == "✗ breaks forbidden"
    assert "breaks forbidden" in app.metric[2].delta


@pytest.mark.parametrize(
    ("part", "text"), [(0, "○ 0%"), (0.002, "◔ <1%"), (0.5, "◑ 50%"), (0.9985, "◕ >99%"), (1, "● 100%")]
)
def test_a_share_is_not_rounded_to_all_or_nothing(part, text):
    assert formatting.format_share(part) == text
