"""The page Bill without a browser: its numbers are the library's, wrong files say so, and nothing is counted twice."""

from __future__ import annotations

import csv
import gzip
import io

import pytest

import costmodel as cm
from costmodel.actual_bills.finding import total_savings
from costmodel.actual_bills.report import build_bill_report
from costmodel.actual_bills.rerated import round_amount
from tests.support import bills
from tests.support.bill_uses import DAYS, MONTH, schedule, used
from tests.support.paths import EXAMPLES, ROOT

pytest.importorskip("streamlit", reason="the dashboard's dependencies are not installed")

from streamlit.testing.v1 import AppTest

from dashboard.charts import bill as bill_charts
from dashboard.widgets.formatting import format_money

EXAMPLE = EXAMPLES / "bill.csv.gz"
BOOK = cm.load_prices()


@pytest.fixture(scope="module")
def of():
    return build_bill_report(cm.read_bill(EXAMPLE), BOOK)


def opened():
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.run()
    return sound(app.switch_page("views/bill.py").run())


def sound(app):
    assert not app.exception, [e.value for e in app.exception]
    return app


def figures(app):
    return {m.label: m.value for m in app.metric}


def upload(app, *file):
    [u for u in app.file_uploader if u.key != "contract_file"][-1].upload(*file)
    return sound(app.run())


def test_the_example_bill_is_what_its_writer_writes(tmp_path):
    made = bills.write_csv(tmp_path / "bill.csv.gz", bills.legacy(bills.example(schedule), MONTH))
    assert gzip.decompress(made.read_bytes()) == gzip.decompress(EXAMPLE.read_bytes())


def test_the_first_sight_is_the_example(of):
    app = opened()
    shown = figures(app)
    assert shown["Network"] == format_money(round_amount(of.bill.cost.network.cost))
    assert shown["Of the total read"] == format_money(round_amount(of.bill.cost.read.cost))
    assert shown["Possible saving a month: sure"] == format_money(
        round_amount(total_savings(of.findings, confidence=["high"]))
    )
    assert app.dataframe[0].value["Finding"].tolist() == [f"{f.id}: {f.title}" for f in of.findings]


@pytest.mark.parametrize("side", ["account", "region", "resource", "charge"])
def test_spend_by_each_side(side):
    app = opened()
    app.segmented_control(key="bill_side").set_value(side)
    sound(app.run())


def test_every_finding_has_its_evidence(of):
    app = opened()
    for one in of.findings[:6]:
        app.selectbox(key="bill_finding").set_value(one.id)
        sound(app.run())
        evidence = next(d.value for d in app.dataframe if "Evidence" in d.value.columns)
        assert set(one.evidence) <= set(evidence["Evidence"])


def test_an_upload_is_read_under_its_own_name(tmp_path):
    lines = bills.rows([used("nat_gateway_gb", 10, day=d) for d in DAYS], schedule)
    text = bills.write_csv(tmp_path / "a.csv", bills.legacy(lines, MONTH)).read_bytes()
    app = upload(opened(), "mine.csv", text + b"x,y\n", "text/csv")
    assert figures(app)["Network"] == format_money(round_amount(310 * 0.045))
    assert any("mine.csv" in w.value and "line 33" in w.value for w in app.warning)
    assert not any("costmodel-upload" in m.value for m in [*app.markdown, *app.warning])


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"PAR1", b"\x1f\x8b", b"PK\x03\x04"])
def test_a_wrong_file_is_said_and_the_page_lives(data):
    app = upload(opened(), "wrong.csv", data, "text/csv")
    assert len(app.error) == 1
    assert "wrong.csv" in app.error[0].value
    assert "costmodel-upload" not in app.error[0].value
    app.button[-1].click()
    assert figures(sound(app.run()))["Network"]


def test_a_path_is_read_where_it_lies(of):
    app = opened()
    app.text_input(key="bill_where").set_value(str(EXAMPLE))
    next(b for b in app.button if b.label == "Read").click()
    sound(app.run())
    assert figures(app)["Network"] == format_money(round_amount(of.bill.cost.network.cost))
    app.text_input(key="bill_where").set_value("/nowhere/*.parquet")
    next(b for b in app.button if b.label == "Read").click()
    assert "matches no file" in sound(app.run()).error[0].value


def test_the_figures_hold_every_dollar(of):
    bill = of.bill
    for side in ("charge", "account", "region"):
        table = bill.sum_by_day(side)
        figure = bill_charts.plot_cost_by_day(table, "USD")
        assert sum(sum(bar.y) for bar in figure.data) == pytest.approx(bill.cost.network.cost)
    for side in ("charge", "account", "region", "resource"):
        (bars,) = bill_charts.plot_ranked_costs(bill.by(side), "USD", most=3).data
        assert sum(bars.x) == pytest.approx(bill.cost.network.cost)
    styles = set()
    for kinds in (("high", "medium"), ("low",)):
        shown = bill_charts.plot_findings(of.findings, "USD", kinds)
        wanted = [f for f in of.findings if f.monthly > 0 and f.confidence in kinds][:12]
        assert sorted(x for bar in shown.data for x in bar.x) == sorted(f.monthly for f in wanted)
        styles |= {(bar.marker.color, bar.marker.pattern.shape) for bar in shown.data}
    assert len(styles) == 3


def test_downloads_are_the_commands(of):
    from costmodel.actual_bills.report import list_rerating_rows
    from costmodel.reporting.text import render_rows_csv

    rows = list_rerating_rows(of)
    read = list(csv.DictReader(io.StringIO(render_rows_csv(list(rows[0]), [list(r.values()) for r in rows]))))
    assert [r["billed"] for r in read] == [r["billed"] for r in rows]
