"""The Optimize page and Compare's What if without a browser: their numbers are the engine's, their widgets the file's."""

from __future__ import annotations

import re

import pytest

import costmodel as cm
from costmodel.comparison.growth import evaluate_growth
from costmodel.comparison.options import price_architectures
from costmodel.comparison.uncertainty import Range, evaluate_uncertainty
from costmodel.demand.reading.load import read_demand
from tests.support.paths import ROOT

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from streamlit.testing.v1 import AppTest

from dashboard.session import state
from dashboard.widgets.formatting import format_money, format_quantity

APP = str(ROOT / "dashboard" / "app.py")
BOOK = cm.load_prices()
DEMAND = {
    "name": "small",
    "region": "us-east-1",
    "vpcs": [{"name": "app", "count": 3, "zones": 2}, {"name": "data"}, {"name": "hub", "hub": True}],
    "flows": [
        {"from": "app", "to": "s3", "gb_sent": 1000},
        {"from": "app", "to": "kms", "gb_sent": 100, "gb_received": 300},
        {"from": "data", "to": "sqs", "gb_received": 900},
    ],
    "today": "nat-for-everything",
    "assumptions": {"hub-dns": "none"},
}


def opened(demand=DEMAND, page="optimize"):
    app = AppTest.from_file(APP, default_timeout=90)
    app.query_params["d"] = state.encode_demand(demand)
    app.run()
    if page:
        app.switch_page(f"views/{page}.py")
    return settled(app)


def settled(changed):
    """Run after a change, until the search has ended."""
    app = changed.run()
    for _ in range(60):
        assert not app.exception, [e.value for e in app.exception]
        if not any(b.key == "stop" for b in app.button):
            return app
        app.run()
    raise AssertionError("the search did not end")


def shown(app):
    return app.session_state["demand"]


def metrics(app):
    return {m.label.split(":")[0]: (m.value, m.delta) for m in app.metric}


def figure(app, key):
    import plotly.io

    found = [c for c in app.get("plotly_chart") if key in c.proto.id]
    assert len(found) == 1, key
    return plotly.io.from_json(found[0].proto.spec)


def text(app):
    return " ".join(e.value for e in [*app.error, *app.warning, *app.info, *app.markdown])


def test_the_totals_are_the_engines():
    app = opened()
    d = read_demand(DEMAND)
    best = cm.optimize(d, BOOK)
    today = price_architectures(d, BOOK)[DEMAND["today"]]
    allowed = [o for o in price_architectures(d, BOOK) if o.total is not None and o.name != "shared-vpc"]
    said = metrics(app)
    assert said["The cheapest plan"] == (format_money(best.bill.total), "proven optimal")
    assert said["As built today"][0] == format_money(today.total)
    assert said["Best architecture"][0] == format_money(min(o.total for o in allowed))
    assert "Closest to changing" in text(app)


def test_the_pictures_are_of_the_plan():
    app = opened()
    best = cm.optimize(read_demand(DEMAND), BOOK)
    waterfall = figure(app, "waterfall").data[0]
    assert waterfall.x[0] + sum(waterfall.x[1:-1]) == pytest.approx(waterfall.x[-1], abs=1e-6)
    assert waterfall.x[-1] == pytest.approx(float(best.bill.total_exact))
    nodes = [t for t in figure(app, "topology").data if t.mode == "markers+text"]
    sums = [sum(float(re.search(r"\$([\d,.]+)", n)[1].replace(",", "")) for n in t.text) for t in nodes]
    assert sums == pytest.approx([float(best.bill.total)] * 3, abs=0.06)
    heatmap = figure(app, "heatmap")
    assert set(heatmap.data[0].y) == {"app", "data"}
    assert set(heatmap.data[0].x) == {"s3", "kms", "sqs"}


def test_a_constraint_is_kept_and_written_to_the_file():
    app = opened()
    free = metrics(app)["The cheapest plan"][0]
    settled(app.multiselect(key="bound-private").set_value(["app", "data"]))
    assert shown(app)["constraints"] == {"private": ["app", "data"]}
    settled(app.multiselect(key="bound-forbid").set_value(["own-endpoint", "gateway-endpoint"]))
    assert shown(app)["constraints"]["forbid"] == [{"path": "own-endpoint"}, {"path": "gateway-endpoint"}]
    bound = cm.optimize(read_demand(shown(app)), BOOK)
    assert metrics(app)["The cheapest plan"][0] == format_money(bound.bill.total) != free
    settled(app.multiselect(key="bound-private").set_value([]))
    settled(app.multiselect(key="bound-forbid").set_value([]))
    assert "constraints" not in shown(app)
    assert metrics(app)["The cheapest plan"][0] == free


def test_changes_zones_and_quotas_are_bounds_too():
    app = opened()
    settled(app.number_input(key="bound-max_changes").set_value(1))
    settled(app.number_input(key="bound-min_zones").set_value(1))
    settled(app.number_input(key="bound-endpoints").set_value(1))
    settled(app.toggle(key="bound-fair").set_value(True))
    assert shown(app)["constraints"] == {
        "max_changes": 1,
        "min_zones": 1,
        "quotas": {"endpoints-per-vpc": 1},
        "no_account_pays_more": True,
    }
    assert metrics(app)["The cheapest plan"][0] == format_money(cm.optimize(read_demand(shown(app)), BOOK).bill.total)


def test_what_no_widget_shows_stays_in_the_file():
    pins = [{"vpc": "app", "service": "kms", "path": "own-endpoint"}]
    constraints = {"pin": pins, "forbid": ["nat-single", {"vpc": "data", "path": "own-endpoint"}]}
    app = opened(DEMAND | {"constraints": constraints})
    settled(app.toggle(key="bound-shared").set_value(True))
    kept = shown(app)["constraints"]
    assert kept["pin"] == pins
    assert kept["allow"] == ["shared-vpc"]
    assert {"vpc": "data", "path": "own-endpoint"} in kept["forbid"]
    assert {"path": "nat-single"} in kept["forbid"]


def test_constraints_that_conflict_are_named():
    app = opened(DEMAND | {"constraints": {"max_changes": 0, "private": ["app", "data"]}})
    assert "No plan can meet all of these" in text(app)
    assert "private" in text(app)
    assert "max_changes" in text(app)
    assert not app.metric


def test_a_cell_of_the_table_is_the_gb_of_a_flow():
    app = opened()
    table = next(d.value for d in app.dataframe if d.value.index.name == "VPC group")
    assert table.loc["app", "kms"] == 400
    assert table.loc["data"].isna().tolist() == [True, True, False]


def test_what_fewer_changes_and_stricter_rules_cost():
    app = opened()
    settled(app.toggle(key="more").set_value(True))
    steps = figure(app, "frontier").data[0]
    assert steps.x[0] == 0
    assert list(steps.y) == sorted(steps.y, reverse=True)
    assert steps.y[-1] == pytest.approx(float(cm.optimize(read_demand(DEMAND), BOOK).bill.total_exact))
    assert figure(app, "postures").data[0].x[0] == pytest.approx(steps.y[-1])


def test_the_demand_goes_along_between_pages():
    app = opened()
    settled(app.number_input(key="bound-min_zones").set_value(1))
    app.switch_page("views/compare.py")
    settled(app)
    assert shown(app)["constraints"] == {"min_zones": 1}
    app.switch_page("views/optimize.py")
    settled(app)
    assert app.number_input(key="bound-min_zones").value == 1


# ---------------------------------------------------------------- Compare: what if
def asked(question):
    app = opened(page=None)
    app.session_state["tab"] = "What if"
    app.run()
    return settled(app.segmented_control(key="ask").set_value(question))


def test_where_the_cheapest_changes_is_what_breakeven_says():
    app = asked("One quantity")
    answer = cm.breakeven(read_demand(DEMAND), BOOK, vary="gb")
    table = next(d.value for d in app.dataframe if "Cheapest" in d.value)
    assert table["Cheapest"].tolist() == [i["cheapest"] for i in answer.intervals]
    settled(app.selectbox(key="vary").set_value("zones:app"))
    answer = cm.breakeven(read_demand(DEMAND), BOOK, vary="zones:app")
    table = next(d.value for d in app.dataframe if "Cheapest" in d.value)
    assert table["Cheapest"].tolist() == [i["cheapest"] for i in answer.intervals]
    at = format_quantity(float(answer.now), 3)
    assert f"Now: {at}" in text(app)


def test_a_phase_diagram_is_drawn():
    app = asked("Two quantities")
    drawn = figure(app, "phase").data
    assert {t.name for t in drawn[1:]} <= {o.name for o in price_architectures(read_demand(DEMAND), BOOK)}
    assert len(drawn[0].text) == len(drawn[0].y) > 1
    first = {"flows": [{**f, "gb_sent": 0, "gb_received": 0} for f in DEMAND["flows"]]}
    none = price_architectures(
        read_demand({**DEMAND, **first, "vpcs": [DEMAND["vpcs"][0] | {"count": 1}, *DEMAND["vpcs"][1:]]}), BOOK
    )
    assert format_money(none.cheapest.total) in drawn[0].text[0][0]
    settled(app.selectbox(key="phase-y").set_value("services"))
    assert len(figure(app, "phase").data[0].y) == len({f["to"] for f in DEMAND["flows"]})


def test_swings_and_chances_are_the_engines():
    app = asked("GB within a range")
    said = evaluate_uncertainty(read_demand(DEMAND), BOOK, Range(0.5, 2.0, "triangular"))
    bars = figure(app, "probability").data[0]
    assert dict(zip(bars.y, bars.x, strict=True)) == pytest.approx(said.probability)
    low, high = figure(app, "tornado").data
    assert [b + x for b, x in zip([low.base] * len(low.x), low.x, strict=True)] == pytest.approx(
        [s.low for s in said.swings]
    )
    assert [high.base + x for x in high.x] == pytest.approx([s.high for s in said.swings])
    settled(app.number_input(key="range-low").set_value(3.0))
    assert app.error, "a range that ends before it begins is said"


def test_growth_is_the_engines_month_by_month():
    app = asked("Growth")
    said = evaluate_growth(read_demand(DEMAND), BOOK, 1.05, 36)
    drawn = {t.name: list(t.y) for t in figure(app, "growth").data}
    assert drawn.keys() == said.costs.keys()
    for name, costs in said.costs.items():
        assert drawn[name] == pytest.approx(list(costs))
