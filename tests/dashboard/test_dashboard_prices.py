"""The page Prices without a browser, and what a contract and a currency change on every page."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import costmodel as cm
from costmodel.aws import METERS
from costmodel.comparison.options import price_architectures
from costmodel.core.decimals import round_to_cents
from costmodel.pricing.report import classify_price_coverage, list_current_rows
from tests.support.paths import EXAMPLES, ROOT
from tests.support.price_list import offer, schedules

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from streamlit.testing.v1 import AppTest

from dashboard.charts import prices
from dashboard.session import resources
from dashboard.widgets.formatting import format_money

BOOK = cm.load_prices()
TEN_OFF = b"name: Ten off\nterms: [{percent_off: 10}]\n"


def sound(app):
    assert not app.exception, [e.value for e in app.exception]
    return app


def opened(page="prices"):
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.run()
    return sound(app.switch_page(f"views/{page}.py").run() if page != "compare" else app)


def figures(app):
    return {m.label: m.value for m in app.metric}


def text(app):
    return "\n".join(str(e.value) for e in [*app.caption, *app.markdown, *app.warning, *app.info])


def plot(app, key):
    return json.loads(next(c for c in app.get("plotly_chart") if c.proto.id.endswith(key)).proto.spec)


def test_the_numbers_on_the_page_are_the_tables():
    app = opened()
    rows = [r for r in list_current_rows(BOOK) if r.meter in METERS]
    assert figures(app)["Prices in use"] == f"{len(rows):,}"
    assert figures(app)["Fetched by you"] == "0"
    assert figures(app)["Newest price"] == str(BOOK.newest)
    assert "costmodel prices refresh" in text(app)
    assert "Cheapest: us-west-2 at" in text(app).replace("\\", "") or "Cheapest: us-east-1 at" in text(app).replace(
        "\\", ""
    )


def test_every_region_has_a_tile_of_its_own_and_no_other_place():
    regions = {p.location for p in BOOK.locations.values() if p.type == "region"}
    grid = resources.load_region_grid()
    assert set(grid) == regions == set(resources.list_zone_codes())
    assert len(set(grid.values())) == len(grid)


def test_tiles_show_the_price_of_each_region():
    ladders = {r: BOOK.find_schedule("nat_gateway_gb", r) for r in resources.load_region_grid()}
    figure = prices.plot_region_grid(ladders, resources.load_region_grid(), BOOK.locations, resources.list_zone_codes())
    shown = {}
    for trace in figure.data:
        for row in trace.text:
            shown |= dict(cell.replace("<b>", "").replace("</b>", "").split("<br>") for cell in row if cell)
    for region, ladder in ladders.items():
        price = "–" if ladder is None else f"{ladder.tiers.prices[0].normalize():f}"
        assert shown[resources.list_zone_codes()[region]] == price


def test_what_aws_does_not_offer_is_told_apart_on_the_page():
    app = opened()
    app.selectbox(key="prices_meter").select("regional_nat_gateway_hour").run()
    sound(app)
    assert "does not offer regional NAT gateways in us-gov-west-1, cn-north-1, us-gov-east-1" in text(app)
    assert "are not offered by AWS in that Region" in text(app)


def test_coverage_is_drawn_as_it_is():
    found = classify_price_coverage(BOOK, METERS)
    figure = prices.plot_price_coverage(found, resources.list_meter_titles())
    (trace,) = figure.data
    for y, (_, known) in enumerate(found.items()):
        for x, value in enumerate(known.values()):
            assert trace.customdata[y][x] == prices.TITLES[value]
    assert found["nlb_lcu_hour"]["us-east-1"] == "verified"
    assert found["nlb_lcu_hour"]["cn-north-1"] == "missing"
    assert found["resource_endpoint_gb"]["ap-southeast-5"] == "ends"
    assert found["regional_nat_gateway_gb"]["us-gov-east-1"] == "not offered"
    assert found["resource_endpoint_hour"]["us-west-2"] == "inferred"


def test_another_meter_and_day_and_tier_redraw_the_page():
    app = opened()
    app.selectbox(key="prices_meter").select("interface_endpoint_gb").run()
    sound(app)
    assert "0.01" in text(app)
    app.button_group(key="prices_tier-interface_endpoint_gb").set_value(2).run()
    sound(app)
    assert "0.004" in text(app)
    for meter in (
        "inter_region_out_gb",
        "dx_dedicated_port_hour_1G",
        "route53_hosted_zone_month",
        "dns_firewall_query",
    ):
        sound(app.selectbox(key="prices_meter").select(meter).run())


def test_rows_are_filtered_by_words():
    app = opened()
    app.toggle(key="prices_all").set_value(True).run()
    app.text_input(key="prices_filter").set_value("sa-east-1 interface_endpoint_hour").run()
    sound(app)
    assert "1 rows. Select one for its sources." in text(app)
    table = next(d.value for d in app.dataframe if "Usage type" in d.value)
    assert list(table["Price"]) == ["$0.021"]


def test_two_regions_beside_each_other():
    app = opened()
    app.selectbox(key="prices_a").select("us-east-1").run()
    app.selectbox(key="prices_b").select("sa-east-1").run()
    table = next(d.value for d in sound(app).dataframe if "Difference" in d.value)
    line = table[table["Meter"] == METERS["nat_gateway_gb"].title].iloc[0]
    assert (line["us-east-1"], line["sa-east-1 "], line["Difference"]) == ("$0.045", "$0.093", "+106.7%")
    app.selectbox(key="prices_b").select("cn-north-1").run()
    table = next(d.value for d in sound(app).dataframe if "Difference" in d.value)
    line = table[table["Meter"] == METERS["internet_out_gb"].title].iloc[0]
    assert (line["cn-north-1 "], line["Difference"]) == ("CNY 0.933", "–")


def test_a_refresh_is_seen_without_a_new_start(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from costmodel.cli import main

    monkeypatch.setenv("COSTMODEL_PRICES", str(tmp_path / "mine"))
    app = opened()
    assert figures(app)["Fetched by you"] == "0"
    found = schedules("us-east-1")["AmazonVPC"]
    for row in found["interface_endpoint_hour", ""]:
        row["price"] = "0.012"
    (tmp_path / "a.json").write_text(json.dumps(offer("AmazonVPC", "us-east-1", found)), encoding="utf-8")
    assert CliRunner().invoke(main, ["prices", "refresh", "--from", str(tmp_path / "a.json")]).exit_code == 0
    sound(app.run())
    assert int(figures(app)["Fetched by you"]) > 10
    assert "of them fetched by you" in text(app)


def under(app, contract=TEN_OFF):
    next(u for u in app.file_uploader if u.key == "contract_file").upload("mine.yaml", contract, "application/yaml")
    return sound(app.run())


def test_a_contract_counts_on_every_page_with_list_beside():
    demand = cm.read_demand(EXAMPLES / "estate.yaml")
    book = cm.load_prices(contract={"name": "Ten off", "terms": [{"percent_off": 10}]})
    best = price_architectures(demand, book).cheapest
    app = under(opened("compare"))
    assert figures(app)[f"Cheapest: {best.name}"] == format_money(best.total)
    listed = format_money(next(iter(best.bill.list_totals.values())))
    assert f"At list prices {listed}" in text(app).replace("\\", "")
    assert "prices under Ten off" in text(app).replace("\\", "")
    sound(app.switch_page("views/estimate.py").run())
    assert "At list prices" in text(app).replace("\\", "")
    sound(app.switch_page("views/bill.py").run())
    table = next(d.value for d in app.dataframe if "Explained by" in d.value)
    assert "Contract" in table
    sound(app.switch_page("views/prices.py").run())
    assert "0.009" in text(app)


def test_a_contract_that_is_wrong_says_so_and_list_prices_stay():
    app = opened("compare")
    before = figures(app)
    under(app, b"terms: [{percent_of: 10}]")
    assert figures(app) == before
    assert any("Unknown key 'percent_of'" in e.value.replace("\\", "") for e in app.error)


def test_totals_are_shown_in_a_currency_of_the_user_at_the_rate_given():
    app = opened("compare")
    best = price_architectures(cm.read_demand(EXAMPLES / "estate.yaml"), BOOK).cheapest
    app.text_input(key="display").set_value("chf").run()
    app.text_input(key="rate-USD").set_value("0.8").run()
    sound(app)
    assert format_money(round_to_cents(best.total * Decimal("0.8")), "CHF") in text(app).replace("\\", "")
    app.text_input(key="rate-USD").set_value("a lot").run()
    sound(app)
    assert "CHF 1" not in text(app)
