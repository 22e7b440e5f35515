"""Answers say when their own prices were read."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.actual_bills.rerated import Rerated, Rerating
from costmodel.cli import main
from costmodel.management_report.tier_positions import list_actual_tier_positions
from costmodel.network.price_dates import PriceDates, summarize_dates, summarize_row_dates
from costmodel.pricing.book import PriceBook
from costmodel.pricing.reading.price_tables import load_prices
from costmodel.pricing.rows import Location, PriceRow, Source, parse_first_day
from tests.support.paths import ROOT

UNTIL = date(2026, 10, 15)
BOOK = load_prices()
DAYS = st.sampled_from(["", "2023", "2024-09", "2025-10-15", "2025-10-16", "2026", "2026-10-15"])


def row(meter, dated, *, sources="", confidence="single", price="1", start="0", end="Inf"):
    return PriceRow(
        "us-east-1", meter, "", start, end, "Hours", price, "USD", "", dated, sources, confidence, "", "", "user"
    )


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (["2024-09-25", "2026-09", "2026-10-15", "2026-10-15"], "read between 2024-09 and 2026-10, 75 % of them within a year of 2026-10-15"),
        (["2026-10-15"], "read in 2026-10, all within a year of 2026-10-15"),
        (["2023", "2024-09"], "read between 2023 and 2024-09, none within a year of 2026-10-15"),
        (["2026-10-01", ""], "read in 2026-10, 50 % of them within a year of 2026-10-15; 1 of 2 have no date"),
        ([""], "of unknown date; 1 of 1 have no date"),
        (["2026-10-01"] * 999 + ["2020"], "read between 2020 and 2026-10, 99 % of them within a year of 2026-10-15"),
        (["2020-01-01"] * 999 + ["2026-10"], "read between 2020-01 and 2026-10, 1 % of them within a year of 2026-10-15"),
        ([], "(no list price was used)"),
    ],
)  # fmt: skip
def test_dates_in_words(days, words):
    """Months, a share of the rows that is 0 or 100 of none or all only, and what nobody dated."""
    assert str(summarize_dates(days, UNTIL)) == words


@given(st.lists(DAYS))
def test_the_share_counts_rows_and_what_nobody_dated_is_not_within(days):
    found = summarize_dates(days, UNTIL)
    known = [parse_first_day(d) for d in days if d]
    assert (found.rows, found.undated) == (len(days), days.count(""))
    if days:
        assert found.within_year == sum(d >= UNTIL - timedelta(days=365) for d in known) / len(days)
    if known:
        assert (parse_first_day(found.first), parse_first_day(found.last)) == (min(known), max(known))
    assert PriceDates.from_json(found.to_json() | {"within_year": found.within_year}) == found


def test_a_row_is_of_the_newest_day_that_a_source_confirms_it():
    published = {"old": "2023-04-27", "newer": "2025-12-02", "nobody": ""}
    found = summarize_row_dates({row("a", "2024-01-01", sources="old;newer;nobody")}, published, UNTIL)
    assert (found.first, found.last, found.within_year) == ("2025-12-02", "2025-12-02", 1)
    assert summarize_row_dates({row("a", "2026-01-01", sources="old")}, published, UNTIL).first == "2026-01-01"
    assert summarize_row_dates({row("a", "", sources="nobody")}, published, UNTIL).undated == 1
    assert summarize_row_dates({row("a", "", confidence="contract")}, published, UNTIL).rows == 0


def test_only_the_tiers_that_a_quantity_reaches_count():
    """Two tiers read in different years: an answer that stays in the first rests on the first."""
    rows = [
        row("interface_endpoint_hour", "2026-01-01"),
        row("interface_endpoint_gb", "2026-01-01", end="1000", sources="new")._replace(unit="GB"),
        row("interface_endpoint_gb", "2026-01-01", start="1000")._replace(unit="GB"),
        row("nat_gateway_hour", "2020-01-01"),
    ]
    place = Location("us-east-1", "region", "aws", "", "6", "", (), "us", "USD")
    book = PriceBook(rows, [place], [Source("new", "aws", "2026-08-01", "")])

    def dates(gb):
        endpoint = {"kind": "InterfaceEndpoint", "zones": 1, "gb_processed": gb}
        network = cm.read_network({"region": "us-east-1", "resources": [endpoint]})
        return cm.price(cm.meter(network), book).price_dates

    assert (dates(0).rows, dates(0).last) == (1, "2026-01-01")
    assert (dates(10).rows, dates(10).last) == (2, "2026-08-01")
    assert dates(2000).rows == 3


@pytest.fixture
def files(tmp_path):
    demand = """
region: eu-west-1
vpcs: [{name: app, count: 2, zones: 2}]
flows: [{from: app, to: kms, gb_sent: 10, gb_received: 10}, {from: app, to: internet, gb_sent: 5}]
"""
    (tmp_path / "d.yaml").write_text(demand, encoding="utf-8")
    network = "region: eu-west-1\nresources: [{kind: NatGateway, gb_processed: 5}]\n"
    (tmp_path / "n.yaml").write_text(network, encoding="utf-8")
    (tmp_path / "m.yaml").write_text(network.replace("5}", "9}"), encoding="utf-8")
    return tmp_path


def asked(*arguments):
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exit_code in (0, 1), done.output
    return done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("estimate", "n.yaml"),
        ("diff", "n.yaml", "m.yaml"),
        ("compare", "d.yaml"),
        ("optimize", "d.yaml"),
        ("breakeven", "d.yaml", "--vary", "vpcs"),
    ],
    ids=lambda c: c[0],
)
def test_every_answer_says_when_its_prices_were_read(files, command):
    name, *rest = command
    arguments = [name, *(files / a if a.endswith(".yaml") else a for a in rest)]
    answer = json.loads(asked(*arguments, "--format", "json"))
    dates = answer["price_dates"]
    assert dates["from"] <= dates["to"]
    assert 0 <= dates["within_year"] <= 1
    assert dates["of"] == answer["price_date"] == str(BOOK.newest)
    assert dates["rows"] > 0
    assert str(PriceDates.from_json(dates)) in asked(*arguments)


def test_an_estimate_s_dates_are_those_of_its_rows(files):
    answer = json.loads(asked("estimate", files / "n.yaml", "--format", "json"))
    held = [
        BOOK.require_schedule(m, "eu-west-1").rows[0]
        for m in ("nat_gateway_hour", "nat_gateway_gb", "public_ipv4_in_use_hour")
    ]
    assert answer["price_dates"] == summarize_row_dates(held, BOOK.published, BOOK.newest).to_json()


def test_a_date_that_was_asked_for_is_said_too(files):
    told = asked("estimate", files / "n.yaml", "--on", "2026-10-15") if "--on" in asked("estimate", "--help") else ""
    if not told:
        path = files / "on.yaml"
        path.write_text("on: 2026-10-15\n" + (files / "n.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        told = asked("estimate", path)
    assert re.search(r"Price date +2026-10-15", told)
    assert "read " in told


def test_no_answer_says_the_newest_of_the_whole_table():
    """Words for people come of the answer's rows: ``price_date`` alone is a key of JSON."""
    reckon = {
        "network/bill.py",
        "network/priced_usage.py",
        "network/focus.py",
        "network/price_dates.py",
        "comparison/breakeven.py",
    }  # say no words
    files = [f for f in (ROOT / "costmodel").rglob("*.py") if str(f.relative_to(ROOT / "costmodel")) not in reckon]
    files += (ROOT / "dashboard").rglob("*.py")
    allowed = re.compile(r'"price_date": |p\.price_date|one\["price_date"\]')
    wrong = [
        (path.name, line.strip())
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if ".price_date" in line.replace(".price_dates", "") and not allowed.search(line)
    ]
    assert not wrong


@pytest.mark.parametrize("dated", ["2026", "2026-09", "2026-09-01", ""])
def test_where_a_bills_tiers_stand_is_told_whatever_is_known_of_the_price_date(dated):
    """A date may be a year or a month: the pool's own schedule is found all the same."""
    rows = [
        row("interface_endpoint_gb", dated, end="1000")._replace(unit="GB"),
        row("interface_endpoint_gb", dated, start="1000")._replace(unit="GB", price="0.5"),
    ]
    place = Location("us-east-1", "region", "aws", "", "6", "", (), "us", "USD")
    book = PriceBook(rows, [place])
    shared = ("payer", "us-east-1", "", "2026-10", "interface_endpoint_gb", 1500.0, "GB")
    pool = Rerated(*shared, 1.0, None, 1.0, None, None, 2, None, "list", "", dated, "someone")
    [position] = list_actual_tier_positions(
        SimpleNamespace(rerating=Rerating([pool], {}, summarize_dates([], UNTIL))), book
    )
    assert position.quantity == 1500
