"""Refreshing prices: from AWS's files and its calculator's feed, over HTTP that misbehaves, killed at any point."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

import costmodel as cm
from costmodel.cli import main
from costmodel.core.errors import InputError
from costmodel.core.meters import UNITS
from costmodel.pricing.editions import find_row_problems
from costmodel.pricing.refresh.calculator import read_feed
from costmodel.pricing.refresh.download import Fetcher, RetryPolicy
from costmodel.pricing.refresh.files import detect_price_file, find_price_files, read_price_file
from costmodel.pricing.refresh.mapping import load_price_units
from costmodel.tabular.data_files import read_data_table
from tests.support.price_list import as_csv, feed, layout, of_feed, offer, schedules, serving

EMBEDDED = cm.load_prices()
REGION = "us-east-1"
HOURS = "interface_endpoint_hour"


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder for the user's tables, empty."""
    where = tmp_path / "mine"
    monkeypatch.setenv("COSTMODEL_PRICES", str(where))
    return where


def run(*arguments):
    return CliRunner().invoke(main, ["prices", "refresh", *map(str, arguments)])


def told(*arguments):
    done = run(*arguments, "--format", "json")
    assert done.exit_code in (0, 1), done.output
    return json.loads(done.stdout)


def files_in(where, files):
    for path, body in files.items():
        target = where / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return where


def one_file(where, code="AmazonVPC", region=REGION, change=None, **dates):
    found = schedules(region)[code]
    if change:
        change(found)
    where.mkdir(parents=True, exist_ok=True)
    target = where / f"{code}-{region}-{len(list(where.iterdir()))}.json"
    target.write_text(json.dumps(offer(code, region, found, **dates)), encoding="utf-8")
    return target


def repriced(meter, price):
    def change(found):
        for (name, _), rows in found.items():
            if name == meter:
                for row in rows:
                    row["price"] = price

    return change


def state(where):
    """What the user's tables say, read as any command reads them."""
    book = cm.load_prices()
    rows = sorted(r for r in book.rows if r.table == "user")
    assert not find_row_problems(book, rows)
    return rows


# ---------------------------------------------------------------- the formats


def test_both_formats_give_the_same_rows(tmp_path):
    for code, found in schedules(REGION).items():
        file = offer(code, REGION, found)
        (tmp_path / "a.json").write_text(json.dumps(file), encoding="utf-8")
        (tmp_path / "b.csv").write_bytes(as_csv(file))
        a, b = (read_price_file(f, EMBEDDED).rows for f in find_price_files(tmp_path))
        assert a
        assert sorted(a) == sorted(b)


def test_an_offer_gives_the_prices_it_was_made_of(tmp_path):
    """Every schedule of two Regions whose usage type is known, through JSON and back."""
    held = {}
    for region in (REGION, "eu-west-1"):
        for found in schedules(region).values():
            for (meter, counterpart), rows in found.items():
                if meter != "cross_az_gb_each_direction":
                    held[region, meter, counterpart] = [
                        (r["tier_from"], r["tier_to"], Decimal(r["price"])) for r in rows
                    ]
    got = {}
    for file in [f for f in find_price_files(files_in(tmp_path, layout())) if f.kind == "json"]:
        for row in read_price_file(file, EMBEDDED).rows:
            got.setdefault((row.location, row.meter, row.counterpart), []).append(
                (row.tier_from, row.tier_to, Decimal(row.price))
            )
    got = {k: v for k, v in got.items() if k[1] != "cross_az_gb_each_direction"}
    assert got == held


def test_a_file_is_told_by_its_content(tmp_path):
    names = {
        "a": b"",
        "b": b"{}",
        "c": b'{"Africa (Cape Town)": {"code": "af-south-1"}}',
        "d": b"\x1f\x8bno",
        "e": b"SKU,b",
    }
    for name, body in names.items():
        (tmp_path / name).write_bytes(body)
        assert detect_price_file(tmp_path / name) is None
    one = one_file(tmp_path / "x")
    assert detect_price_file(one) == "json"
    packed = tmp_path / "whatever.bin"
    packed.write_bytes(gzip.compress(one.read_bytes()))
    assert detect_price_file(packed) == "json"
    (tmp_path / "y.txt").write_bytes(b"\xef\xbb\xbf" + as_csv(json.loads(one.read_text(encoding="utf-8"))))
    assert detect_price_file(tmp_path / "y.txt") == "csv"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("transferType", "Accelerated InterRegion Outbound"), ("usagetype", "USE1-Reserved-VpcEndpoint-Hours"), ("usagetype", "LAX1-VpcEndpoint-Hours"), ("usagetype", "USE1-Something-Hours")],
)  # fmt: skip
def test_another_product_under_a_like_usage_type_is_left_out(tmp_path, attribute, value):
    file = offer("AmazonVPC", REGION, {k: v for k, v in schedules(REGION)["AmazonVPC"].items() if k[0] == HOURS})
    for product in file["products"].values():
        product["attributes"][attribute] = value
    (tmp_path / "a.json").write_text(json.dumps(file), encoding="utf-8")
    assert read_price_file(find_price_files(tmp_path)[0], EMBEDDED).rows == []


def test_reservations_and_special_terms_are_left_out(tmp_path):
    file = offer("AmazonVPC", REGION, schedules(REGION)["AmazonVPC"])
    for by_term in file["terms"]["OnDemand"].values():
        (term,) = by_term.values()
        term["offerTermCode"] = "ANOTHER"
    (tmp_path / "a.json").write_text(json.dumps(file), encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(as_csv(file))
    assert [read_price_file(f, EMBEDDED).rows for f in find_price_files(tmp_path)] == [[], []]


def test_two_products_that_differ_on_one_meter_are_said_and_not_taken(tmp_path):
    file = offer("AmazonVPC", REGION, {k: v for k, v in schedules(REGION)["AmazonVPC"].items() if k[0] == HOURS})
    text = json.dumps(file)
    (sku,) = file["products"]
    twin = json.loads(text.replace(sku, "TWIN").replace("0.0100000000", "0.0200000000"))
    file["products"] |= twin["products"]
    file["terms"]["OnDemand"] |= twin["terms"]["OnDemand"]
    (tmp_path / "a.json").write_text(json.dumps(file), encoding="utf-8")
    found = read_price_file(find_price_files(tmp_path)[0], EMBEDDED)
    assert found.rows == []
    assert f"SKUs {sku} and TWIN differ on {HOURS} in {REGION}" in found.notes[0]


def test_prices_of_china_are_in_its_currency(tmp_path):
    row = {"location": "cn-north-1", "meter": HOURS, "counterpart": "", "tier_from": "0", "tier_to": "Inf", "unit": "Hours", "price": "0.08", "currency": "CNY", "usage_type": "CNN1-VpcEndpoint-Hours"}  # fmt: skip
    one = offer("AmazonVPC", "cn-north-1", {(HOURS, ""): [row]})
    (tmp_path / "a.json").write_text(json.dumps(one), encoding="utf-8")
    (got,) = read_price_file(find_price_files(tmp_path)[0], EMBEDDED).rows
    assert (got.currency, got.price, got.location) == ("CNY", "0.08", "cn-north-1")
    (tmp_path / "a.json").write_text(json.dumps(one).replace("CNY", "USD"), encoding="utf-8")
    with pytest.raises(InputError, match="no price in CNY, which cn-north-1 is billed in"):
        read_price_file(find_price_files(tmp_path)[0], EMBEDDED)


def test_ports_of_direct_connect_are_priced_by_area_where_its_sites_agree(tmp_path):
    def port(site, price, speed="1G"):
        return {"meter": "x", "counterpart": "", "tier_from": "0", "tier_to": "Inf", "unit": "Hours", "price": price, "currency": "USD", "usage_type": f"{site}-PortUsage:{speed}"}  # fmt: skip

    sites = {("a", ""): [port("USE1-EQDC2", "0.3")], ("b", ""): [port("USE1-EQNY5", "0.3")], ("c", ""): [port("APN1-EQTY2", "0.285")], ("d", ""): [port("USE1-EQDC2", "2.25", "10G")], ("e", ""): [port("USE1-EQNY5", "2.5", "10G")]}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(offer("AWSDirectConnect", REGION, sites)), encoding="utf-8")
    found = read_price_file(find_price_files(tmp_path)[0], EMBEDDED)
    assert {(r.location, r.meter, r.price) for r in found.rows} == {
        ("us", "dx_dedicated_port_hour_1G", "0.3"),
        ("japan", "dx_dedicated_port_hour_1G", "0.285"),
    }
    assert "differ on dx_dedicated_port_hour_10G in us" in found.notes[0]


def test_units_lead_to_ours():
    assert set(load_price_units().values()) == set(UNITS)


# ---------------------------------------------------------------- the calculator's feed


RAW = Path(os.environ.get("COSTMODEL_SAMPLES", "no-samples")).parent / "pricing" / "raw"


@pytest.mark.skipif(not RAW.exists(), reason="COSTMODEL_SAMPLES names no folder beside which the feed lies")
def test_every_price_of_the_feed_is_reproduced_with_its_rate_code():
    got = {}
    for file in find_price_files(RAW):
        for row in read_price_file(file, EMBEDDED).rows:
            got[row.location, row.meter, row.tier_from] = (
                row.tier_to,
                row.price,
                row.unit,
                row.currency,
                row.rate_code,
                row.usage_type,
            )
    with (Path("data") / "pricing" / "prices.csv").open(encoding="utf-8", newline="") as file:
        held = {
            (r["location"], r["meter"], r["tier_from"], r["tier_to"], r["price"], r["unit"], r["currency"], r["rate_code"], r["usage_type"])
            for r in csv.DictReader(file)
        }  # fmt: skip
    assert len(got) == 2659
    differ = {key[:2] for key, row in got.items() if (*key, *row) not in held}
    assert differ == {  # of these the price list of AmazonEC2 has more places than the feed
        ("af-south-1", "nlb_hour"),
        ("af-south-1", "alb_hour"),
        ("af-south-1", "clb_hour"),
        ("eu-south-1", "nlb_hour"),
        ("eu-south-1", "alb_hour"),
    }


@pytest.mark.parametrize("source", ["vpc", "natgateway", "route53", "elb", "networkfirewall", "cloudwan"])
def test_a_feed_gives_the_prices_it_was_made_of(tmp_path, source):
    made, coded = (
        feed(source),
        {(r["meter"], r["tier_from"]) for r in read_data_table("catalogue", "calculator_codes.csv")},
    )
    for place, found in made["regions"].items():
        made["regions"][place] = dict(reversed(found.items()))
    (tmp_path / "a.json").write_text(json.dumps(made), encoding="utf-8")
    with (tmp_path / "a.json").open("rb") as file:
        got = {(r.location, r.meter, r.tier_from): (r.price, r.rate_code) for r in read_feed(file, "a", EMBEDDED).rows}
    held = {
        (r.location, r.meter, r.tier_from): (r.price, r.rate_code)
        for r in EMBEDDED.rows
        if of_feed(r.source_ids, source) and r.rate_code and (r.meter, r.tier_from) in coded
    }
    assert len(held) > 100
    assert got == held


@pytest.mark.parametrize(
    ("source", "place", "code", "price", "row"),
    [
        ("elb", "US East (N. Virginia)", "YPdvvJfioIlsclsVix96CcTtL4OfLgAug1fjcHFaync", "0.0225000000", ("us-east-1", "nlb_hour", "0.0225", "Hours", "LoadBalancerUsage", "single")),
        ("elb", "EU (Zurich)", "KrASgh2Lw5ROVm6-01dFiW8yyzsToQ61Ily575yAO0Y", "0.0066000000", ("eu-central-2", "nlb_lcu_hour", "0.0066", "LCU-Hours", "EUC2-LCUUsage", "single")),
        ("elb", "US West (Verizon) - Seattle", "ttVdKPX8IhXh8zj3SUoOCopsXWgtanwsfPHGpa2faag", "0.0303750000", ("us-west-2-wl1-sea1", "alb_hour", "0.030375", "Hours", "", "single")),
        ("networkfirewall", "US East (N. Virginia)", "-ST8NbRA56hNwHghcSvawbuLlPT3I5bzQiR17_UGYUo", "0.3950000000", ("us-east-1", "network_firewall_endpoint_hour", "0.395", "Hours", "USE1-Endpoint-Hour", "single")),
        ("networkfirewall", "AWS GovCloud (US-East)", "WemYrTy28R4xnuoyyWVujh-WQlHZk9k4JTGNzDz6gfU", "0.2000000000", ("us-gov-east-1", "network_firewall_secondary_endpoint_hour", "0.2", "Hours", "", "inferred")),
        ("cloudwan", "US East (Ohio)", "YttnaUTzHtygWHBvkGmhfxy8kaGLw1O1Ev5kQL5CE_A", "0.0650000000", ("us-east-2", "cloudwan_vpc_attachment_hour", "0.065", "Hours", "USE2-CloudWAN-Attachment-Hours", "single")),
        ("cloudwan", "US East (Ohio)", "OGivrFl-3-pJPfDouTHobvvLpPdkKhWEH99xSNtQyQg", "0.0200000000", ("us-east-2", "cloudwan_vpc_gb", "0.02", "GB", "USE2-CloudWAN-Bytes", "single")),
    ],
)  # fmt: skip
def test_feeds_of_load_balancers_firewalls_and_core_networks_are_read(mine, tmp_path, source, place, code, price, row):
    """An entry in the feed's shape, under its code and under a label, becomes a row of the user's table."""
    entry = {"rateCode": "ABCDEFGHIJKLMNOP.JRTCKXETXF.6YS6EN2CT7", "price": price, "RegionlessRateCode": code}
    manifest = {"source": source, "currencyCode": "USD", "hawkFilePublicationDate": "2026-11-20T10:00:00Z"}
    made = {"manifest": manifest, "sets": {}, "regions": {place: {code: entry, "a label": entry}}}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "saved.json").write_text(json.dumps(made), encoding="utf-8")
    told("--from", tmp_path / "in", "--accept")
    location, meter, *rest = row
    (got,) = (r for r in cm.load_prices().rows if r.table == "user")
    sources = {f"aws-calculator-{source}-2026-11-20"}
    assert (got.location, got.meter, got.price, got.unit, got.usage_type) == (location, meter, *rest[:3])
    assert sources <= set(got.source_ids.split(";"))
    assert got.effective_from == "2026-11-20"


@pytest.mark.parametrize("source", ["elb", "networkfirewall", "cloudwan", "vpc", "route53"])
def test_a_feed_is_fetched_over_the_network(mine, source):
    """Packed without saying so, as AWS's server does; a mirror has it under AWS's path."""
    made = feed(source, published="2026-11-20T10:00:00Z")
    path = f"/pricing/2.0/meteredUnitMaps/{source}/USD/current/{source}.json"
    with serving({path: json.dumps(made).encode()}) as (server, url):
        server.faults[path] = "plain gzip"
        found = told("--url", url, "--feed", source, "--accept")  # the made feed lacks rows without a rate code
        assert [asked for asked, *_ in server.asked] == [path]
    assert found["swapped"] is True
    rows = state(mine)
    assert len(rows) > 100
    assert all(f"aws-calculator-{source}-2026-11-20" in r.source_ids for r in rows)
    assert not list((mine / "fetched").glob("*.part"))


def test_a_feed_that_is_not_known_says_which_are(mine):
    done = run("--feed", "elbe")
    assert done.exit_code == 2
    assert "Did you mean 'elb'? Known: cloudwan, elb" in done.stderr


def test_a_feed_is_keyed_by_its_codes_never_by_its_labels(tmp_path):
    made = feed("natgateway")
    for place, found in made["regions"].items():
        made["regions"][place] = {f"nonsense {n}": entry for n, entry in enumerate(found.values())}
    (tmp_path / "a.json").write_text(json.dumps(made), encoding="utf-8")
    with (tmp_path / "a.json").open("rb") as file:
        assert len(read_feed(file, "a", EMBEDDED).rows) == 102


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"price": "0.0450000000"', '"price": "4,5"', "is not a price"),
        ('"currencyCode": "USD"', '"currencyCode": "CNY"', "its prices are in CNY, .* is billed in USD"),
        ('"hawkFilePublicationDate": "2025', '"hawkFilePublicationDate": "soon', "does not say when it was published"),
        ('"RegionlessRateCode"', '"Code"', "not a file of the calculator's feed"),
        ('"regions"', '"places"', "not a file of the calculator's feed"),
    ],
)
def test_a_feed_that_is_not_understood_says_why(tmp_path, old, new, words):
    text = json.dumps(feed("natgateway"))
    assert old in text
    (tmp_path / "a.json").write_text(text.replace(old, new), encoding="utf-8")
    with (tmp_path / "a.json").open("rb") as file, pytest.raises(InputError, match=words):
        read_feed(file, "a.json", EMBEDDED)


# ---------------------------------------------------------------- what is taken, and what is looked at first


def test_a_refresh_lays_new_prices_over_the_embedded_ones(mine, tmp_path):
    one_file(tmp_path / "in", change=repriced(HOURS, "0.012"))
    found = told("--from", tmp_path / "in")
    assert found["swapped"] is True
    (change,) = [c for c in found["changes"] if c["kind"] == "price"]
    assert (change["meter"], change["before"][0]["price"], change["after"][0]["price"]) == (HOURS, "0.01", "0.012")
    book = cm.load_prices()
    assert str(book.require_schedule(HOURS, REGION).tiers.prices[0]) == "0.012"
    assert str(book.require_schedule(HOURS, REGION, on=date(2026, 10, 1)).tiers.prices[0]) == "0.01"
    assert str(book.require_schedule(HOURS, "eu-west-1").tiers.prices[0]) == "0.011"
    assert {r.table for r in book.require_schedule(HOURS, REGION).rows} == {"user"}
    assert "aws-price-list-AmazonVPC-2026-11-20" in book.sources
    bill = cm.price(
        cm.meter(cm.read_network({"region": REGION, "resources": [{"kind": "InterfaceEndpoint", "zones": 1}]})), book
    )
    assert bill.total == Decimal("8.76")


def test_two_sources_that_agree_verify_a_price(mine, tmp_path):
    """The feed's reading, and the price list's."""
    assert EMBEDDED.require_schedule("gwlb_endpoint_hour", "eu-west-1").rows[0].confidence == "single"
    one_file(tmp_path / "in", region="eu-west-1")
    told("--from", tmp_path / "in")
    (row,) = cm.load_prices().require_schedule("gwlb_endpoint_hour", "eu-west-1").rows
    assert row.confidence == "verified"
    assert row.source_ids == "aws-price-list-AmazonVPC-2026-11-20;aws-calculator-vpc-2026-06"


def test_a_second_reading_by_the_same_sort_of_file_verifies_nothing(mine, tmp_path):
    change = repriced("gwlb_endpoint_hour", "0.0115")
    one_file(tmp_path / "a", region="eu-west-1", change=change)
    told("--from", tmp_path / "a")
    one_file(
        tmp_path / "b",
        region="eu-west-1",
        change=change,
        published="2026-12-20T00:00:00Z",
        effective="2026-12-01T00:00:00Z",
    )
    told("--from", tmp_path / "b")
    (row,) = cm.load_prices().require_schedule("gwlb_endpoint_hour", "eu-west-1").rows
    assert (row.confidence, row.effective_from) == ("single", "2026-12-01")


def vanish(found):
    del found[HOURS, ""]


def cut_lower(found):
    rows = found["interface_endpoint_gb", ""]
    rows[0]["tier_to"] = rows[1]["tier_from"] = "524288"


def test_a_free_tier_that_stays_free_is_nothing_unusual(mine, tmp_path):
    def free(price):
        def change(found):
            first, second = found["route53_resolver_query", ""]
            first["price"], second["price"] = "0", price

        return change

    one_file(tmp_path / "a", "AmazonRoute53", change=free("0.0000002"))
    told("--from", tmp_path / "a", "--accept")
    one_file(
        tmp_path / "b",
        "AmazonRoute53",
        change=free("0.0000003"),
        published="2026-12-20T00:00:00Z",
        effective="2026-12-01T00:00:00Z",
    )
    found = told("--from", tmp_path / "b")
    assert found["counts"]["price"] == 1
    assert found["swapped"] is True


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (repriced(HOURS, "0.03"), "price", "rose by more than a factor of 2"),
        (repriced(HOURS, "0.001"), "price", "fell by more than a factor of 2"),
        (repriced(HOURS, "0"), "price", "became free"),
        (cut_lower, "tiers", "edges of its tiers changed"),
        (vanish, "gone", "no longer contains it"),
    ],
)
def test_what_looks_wrong_is_held_back_until_accepted(mine, tmp_path, change, kind, words):
    one_file(tmp_path / "first")
    told("--from", tmp_path / "first")
    before = state(mine)
    one_file(tmp_path / "second", change=change, published="2026-12-20T00:00:00Z", effective="2026-12-01T00:00:00Z")
    done = run("--from", tmp_path / "second")
    assert done.exit_code == 1
    assert words in done.stdout
    assert "Nothing was changed: 1 prices look wrong" in done.stderr
    assert state(mine) == before
    found = told("--from", tmp_path / "second", "--accept")
    assert found["counts"][kind] == 1
    assert found["swapped"] is True
    assert cm.load_prices().require_schedule(HOURS, REGION) is not None  # what vanished stays held


def test_what_a_service_s_own_file_lacks_is_said_and_stays(mine, tmp_path):
    """Held from the calculator's feed, and not in AWS's list of the service: no reason to stop, and no price lost."""
    one_file(tmp_path / "in", change=vanish)
    found = told("--from", tmp_path / "in")
    assert HOURS in [c["meter"] for c in found["changes"] if c["kind"] == "absent"]
    assert found["swapped"] is True
    assert cm.load_prices().require_schedule(HOURS, REGION).tiers == EMBEDDED.require_schedule(HOURS, REGION).tiers


def test_a_dry_run_shows_and_changes_nothing(mine, tmp_path):
    one_file(tmp_path / "in", change=repriced(HOURS, "0.012"))
    found = told("--from", tmp_path / "in", "--dry-run")
    assert found["counts"]["price"] == 1
    assert found["swapped"] is False
    assert state(mine) == []


def test_history_keeps_changes_and_not_every_reading(mine, tmp_path):
    """Of five months of one price, the first and the last are known; then it changes."""
    for month in range(1, 6):
        one_file(
            tmp_path / f"{month}", published=f"2027-0{month}-20T00:00:00Z", effective=f"2027-0{month}-01T00:00:00Z"
        )
        told("--from", tmp_path / f"{month}")
    one_file(
        tmp_path / "6",
        change=repriced(HOURS, "0.009"),
        published="2027-06-20T00:00:00Z",
        effective="2027-06-01T00:00:00Z",
    )
    told("--from", tmp_path / "6")
    book = cm.load_prices()
    editions = [(day, rows[0].price) for day, rows in book.list_editions(HOURS, REGION)]
    assert editions[-2:] == [("2027-05-01", "0.01"), ("2027-06-01", "0.009")]
    assert len(editions) <= 4
    for day, price in ((date(2026, 12, 1), "0.01"), (date(2027, 4, 15), "0.01"), (date(2027, 6, 2), "0.009")):
        assert str(book.require_schedule(HOURS, REGION, on=day).tiers.prices[0]) == price
    shown = CliRunner().invoke(main, ["prices", "show", HOURS, "--region", REGION, "--history"]).stdout
    assert "-10.0%" in shown


def test_older_files_join_the_history_and_change_no_price_of_now(mine, tmp_path):
    one_file(
        tmp_path / "in",
        change=repriced(HOURS, "0.0111"),
        published="2020-05-20T00:00:00Z",
        effective="2020-05-01T00:00:00Z",
    )
    found = told("--from", tmp_path / "in")
    assert found["counts"]["older"] > 0
    book = cm.load_prices()
    assert str(book.require_schedule(HOURS, REGION).tiers.prices[0]) == "0.01"
    assert str(book.require_schedule(HOURS, REGION, on=date(2020, 6, 1)).tiers.prices[0]) == "0.0111"


def test_a_later_word_counts_though_aws_dates_it_earlier(mine, tmp_path):
    """AWS may say that a price took effect years ago: what it publishes now is what holds now."""
    one_file(
        tmp_path / "in",
        change=repriced(HOURS, "0.012"),
        published="2026-11-20T00:00:00Z",
        effective="2018-01-01T00:00:00Z",
    )
    told("--from", tmp_path / "in")
    (row,) = cm.load_prices().require_schedule(HOURS, REGION).rows
    assert (row.price, row.effective_from) == ("0.012", "2026-11-20")
    assert "2018-01-01" in row.note


# ---------------------------------------------------------------- bad files


def edit(text, old, new):
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"unit": "Hrs"', '"unit": "Fortnights"', r"SKU \w+ \(USE1-VpcEndpoint-\w+.*\): the unit 'Fortnights' is not understood"),
        ('"unit": "Hrs"', '"unit": "GB"', "the unit 'GB' is not understood, .* is counted in Hours"),
        ('"USD": "0.0100000000"', '"USD": "free"', "'free' is not a price"),
        ('"USD": "0.0100000000"', '"USD": "-1"', "'-1' is not a price"),
        ('"USD": "0.0100000000"', '"USD": "NaN"', "'NaN' is not a price"),
        ('"USD": ', '"EUR": ', "no price in USD"),
        ('"beginRange": "1048576"', '"beginRange": "1048577"', "its tiers do not join from 0"),
        ('"publicationDate": "2026', '"publicationDate": "once', "does not say when it was published"),
        ('"terms"', '"conditions"', "not an offer file"),
        ('"products"', '"goods"', "not an offer file"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_understood_changes_nothing(mine, tmp_path, old, new, words):
    one_file(tmp_path / "good")
    told("--from", tmp_path / "good")
    before = state(mine)
    bad = one_file(tmp_path / "bad", published="2026-12-20T00:00:00Z")
    bad.write_text(edit(bad.read_text(encoding="utf-8"), old, new), encoding="utf-8")
    done = run("--from", tmp_path / "bad")
    assert done.exit_code == 2, done.output
    assert re.search(words, done.stderr), done.stderr
    assert done.stderr.rstrip().endswith("The price tables have not changed.")
    assert "Traceback" not in done.stderr
    assert state(mine) == before


@pytest.mark.parametrize("ending", ["json", "csv", "json.gz"])
def test_a_file_cut_short_anywhere_is_refused(mine, tmp_path, ending):
    """Cut at random places: never a part of it, never a traceback."""
    file = offer("AmazonVPC", REGION, schedules(REGION)["AmazonVPC"])
    body = {
        "json": json.dumps(file).encode(),
        "csv": as_csv(file),
        "json.gz": gzip.compress(json.dumps(file).encode()),
    }[ending]
    target = tmp_path / f"in.{ending}"
    luck = random.Random(7)  # noqa: S311 - no secret
    for _ in range(12):
        cut = luck.randrange(200, len(body) - 2)
        if ending == "csv" and body[cut - 1 : cut + 1].count(b"\n"):
            continue  # whole lines: what is there is read, what is missing shows as vanished
        target.write_bytes(body[:cut])
        done = run("--from", target)
        assert done.exit_code == 2, (cut, done.output)
        assert "Traceback" not in done.output
    assert state(mine) == []


def test_folders_without_prices_say_what_was_expected(mine, tmp_path):
    assert "no prices found" in run("--from", tmp_path).stderr
    assert "folder not found" in run("--from", tmp_path / "nowhere").stderr


def test_tables_of_ones_own_that_are_damaged_say_so(mine, tmp_path):
    one_file(tmp_path / "in")
    told("--from", tmp_path / "in")
    (table,) = mine.glob("*/prices.csv")
    good = table.read_text(encoding="utf-8")
    for old, new, words in (
        (",0.01,USD", ",dear,USD", "price 'dear' is not a number"),
        (",Hours,", ",Weeks,", "the unit 'Weeks' is not one of"),
        ("2026-11-01", "someday", "effective_from 'someday' is not a date"),
        ("location,meter", "place,meter", "the columns are"),
        ("us-east-1,", "us-east-1,x,", "cells, not 14"),
    ):
        table.write_text(edit(good, old, new), encoding="utf-8")
        done = CliRunner().invoke(main, ["prices", "list"])
        assert done.exit_code == 2
        assert words in done.stderr
    (mine / "current").write_text("../elsewhere", encoding="utf-8")
    done = CliRunner().invoke(main, ["prices", "list"])
    assert done.exit_code == 2
    assert "Delete it to use the embedded prices" in done.stderr


def test_a_folder_of_prices_given_in_python_is_checked(tmp_path):
    for name in ("prices", "regions", "sources"):
        (tmp_path / f"{name}.csv").write_bytes((Path("data") / "pricing" / f"{name}.csv").read_bytes())
    assert len(cm.load_prices(tmp_path).rows) == len(EMBEDDED.rows)
    text = (tmp_path / "prices.csv").read_text(encoding="utf-8")
    (tmp_path / "prices.csv").write_text(text.replace("0.02,USD", "two,USD"), encoding="utf-8")
    with pytest.raises(InputError, match=r"rows are wrong: .*'two' is not a number"):
        cm.load_prices(tmp_path)
    (tmp_path / "sources.csv").unlink()
    with pytest.raises(InputError, match=r"sources\.csv: cannot be read"):
        cm.load_prices(tmp_path)


# ---------------------------------------------------------------- over HTTP


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(
        RetryPolicy, "__new__", lambda cls, seconds=1.0, **_: tuple.__new__(cls, (min(seconds, 1.0), 3, 0.01))
    )


VPC = "AmazonVPC/2"


def test_a_full_refresh_asks_only_whether_files_changed(mine):
    with serving(layout()) as (server, url):
        first = told("--url", url)
        assert first["counts"]["same"] + first["counts"]["new"] > 100
        rows = state(mine)
        asked = len(server.asked)
        again = told("--url", url)
        assert {k: v for k, v in again["counts"].items() if v and k != "absent"} == {
            "same": first["counts"]["same"] + first["counts"]["new"]
        }
        assert state(mine) == rows
        offers = [
            headers
            for path, headers, _ in server.asked[asked:]
            if path.endswith(("us-east-1/index.json", "eu-west-1/index.json"))
        ]
        assert offers
        assert all("If-None-Match" in headers for headers in offers)


def test_large_offers_are_fetched_in_the_format_that_costs_less_where_the_server_has_it(mine):
    files = layout()
    with serving(files) as (server, url):
        told("--url", url, "--offer", "AmazonEC2")
        assert [p for p, *_ in server.asked if "AmazonEC2/2026" in p and p.endswith(".json")] == []
        rows = state(mine)
        server.files = {path: body for path, body in files.items() if not path.endswith(".csv")}
        told("--url", url, "--offer", "AmazonEC2")
        assert [p for p, *_ in server.asked if "AmazonEC2/2026" in p and p.endswith(".json")] != []
    assert {(r.meter, r.location, r.price) for r in rows} >= {("nat_gateway_hour", "eu-west-1", "0.048")}
    assert state(mine) == rows


def test_a_refresh_may_be_of_some_regions_and_offers(mine):
    with serving(layout()) as (server, url):
        told("--url", url, "--region", "eu-west-1", "--offer", "AmazonVPC")
        assert [p for p, *_ in server.asked if "AmazonEC2" in p or "us-east-1" in p] == []
    assert {r.location for r in state(mine)} == {"eu-west-1"}


def test_prices_of_a_day_are_of_the_version_in_force_then(mine):
    files = layout(
        published="2026-03-20T00:00:00Z",
        effective="2026-03-01T00:00:00Z",
        change=lambda _, found: repriced(HOURS, "0.0123")(found),
    )
    with serving(files) as (_, url):
        told("--url", url, "--on", "2026-04-01", "--offer", "AmazonVPC")
        done = run("--url", url, "--on", "2026-02-01", "--offer", "AmazonVPC")
    assert "no version of AmazonVPC was in force on 2026-02-01" in done.stderr
    assert str(cm.load_prices().require_schedule(HOURS, "eu-west-1", on=date(2026, 4, 1)).tiers.prices[0]) == "0.0123"
    assert str(cm.load_prices().require_schedule(HOURS, "us-east-1").tiers.prices[0]) == "0.01"


FAULTS = {
    403: "answers 403", 404: "answers 404", 500: "answers 500", 429: "answers 429", "short": "stopped",
    "gzip": "truncated, or not an offer file", "json": "truncated, or not an offer file",
}  # fmt: skip
SLOW = {"slow": "nothing arrived within the time-out", "drip": "bytes came in"}
INDEXES = ("aws/index.json", "AmazonVPC/current/region_index.json")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "words", "at"),
    [
        *((fault, words, at) for fault, words in FAULTS.items() for at in (VPC, *INDEXES)),
        *((fault, words, VPC) for fault, words in SLOW.items()),
    ],
)
def test_a_server_that_fails_leaves_the_tables_as_they_were(mine, fault, words, at):
    with serving(layout()) as (server, url):
        told("--url", url, "--offer", "AmazonEC2")
        before = state(mine)
        server.faults[at] = fault
        done = run("--url", url)
        if fault in ("json", "gzip") and at != VPC:
            words = "not an index of AWS's Price List"
        assert done.exit_code == 2, done.output
        assert words in done.stderr
        assert done.stderr.rstrip().endswith("The price tables have not changed.")
        assert state(mine) == before
        server.faults.clear()
        assert told("--url", url)["swapped"] is True


@pytest.mark.usefixtures("quick")
def test_what_fails_once_is_tried_again_and_taken_up_where_it_broke_off(mine):
    with serving(layout()) as (server, url):
        server.faults["AmazonVPC/20261120/us-east-1"] = [503, "short", None]
        told("--url", url)
        tries = [(h.get("Range"), f) for p, h, f in server.asked if "AmazonVPC/20261120/us-east-1" in p]
    assert [f for _, f in tries] == [503, "short", None]
    assert tries[0][0] is None
    assert tries[2][0].startswith("bytes=")
    assert len(state(mine)) > 100


def test_a_body_packed_without_saying_so_is_read(mine):
    with serving(layout()) as (server, url):
        server.faults[VPC] = "plain gzip"
        assert told("--url", url, "--offer", "AmazonVPC")["swapped"] is True


def test_what_no_refresh_asks_for_any_more_is_forgotten(mine):
    with serving(layout()) as (_, url):
        told("--url", url)
        kept = sorted((mine / "fetched").iterdir())
        long_ago = time.time() - 100 * 24 * 3600
        os.utime(kept[0], (long_ago, long_ago))
        done = run("--url", url, "--offer", "AmazonEC")
    assert "no offer 'AmazonEC'" in done.stderr
    assert [p for p in kept if not p.exists()] == [kept[0]]


def test_an_index_of_another_shape_says_so(mine):
    files = layout()
    for old, new in ((b'"currentVersionUrl"', b'"url"'), (b'"regions": {', b'"regions": {"us-east-1": 5, "x": {')):
        edited = {p: b.replace(old, new) if p.endswith("region_index.json") else b for p, b in files.items()}
        with serving(edited) as (_, url):
            done = run("--url", url)
        assert done.exit_code == 2
        assert "Traceback" not in done.output
        assert "AWS" in done.stderr


def test_what_was_kept_and_is_damaged_is_fetched_again(mine):
    with serving(layout()) as (_, url):
        told("--url", url)
        rows = state(mine)
        for file in (mine / "fetched").iterdir():
            file.write_bytes(file.read_bytes()[:-9])
        told("--url", url)
    assert state(mine) == rows


def test_a_part_of_another_edition_is_not_taken_up(tmp_path):
    """The server's file changed between two tries: the part of the old one is thrown away."""
    with serving({"/offers/v1.0/aws/index.json": b"a" * 5000}) as (server, url):
        server.faults["index"] = ["short"]
        fetcher = Fetcher(tmp_path, RetryPolicy(seconds=2, tries=1, pause=0))
        with pytest.raises(InputError):
            fetcher.fetch_file(url)
        server.files["/offers/v1.0/aws/index.json"] = os.urandom(4000)
        got = fetcher.fetch_file(url)
        body = got.path.read_bytes()
        assert (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body) == server.files[
            "/offers/v1.0/aws/index.json"
        ]


def test_a_mirror_may_be_named_by_its_host(mine):
    with serving(layout()) as (_, url):
        assert told("--url", url.partition("/offers")[0], "--offer", "AmazonVPC")["swapped"] is True


def test_addresses_that_are_wrong_say_so(mine):
    done = run("--partition", "aws-moon")
    assert done.exit_code == 2
    assert "price list of 'aws-moon' is not known" in done.stderr
    assert "'ftp://x' is not an address such as https://" in run("--url", "ftp://x").stderr
    with serving(layout()) as (_, url):
        done = run("--url", url, "--offer", "AmazonVCP")
        assert "no offer 'AmazonVCP' that prices networks. Did you mean 'AmazonVPC'?" in done.stderr
        done = run("--url", url, "--region", "us-east-9")
        assert "Unknown Region 'us-east-9'" in done.stderr
        done = run("--url", url, "--region", "ap-south-2")
        assert "it has no file of ap-south-2" in done.stderr


# ---------------------------------------------------------------- killed

KILLS = int(os.environ.get("COSTMODEL_KILLS", "8"))


def test_killed_at_any_point_the_tables_are_old_or_new(mine):
    """kill -9 at random moments of a refresh that changes every price, again and again: never a mixture."""
    luck = random.Random(11)  # noqa: S311 - no secret

    def all_at(price):
        def change(_, found):
            for rows in found.values():
                for row in rows:
                    row["price"] = price

        return change

    def asked(url):
        return [sys.executable, "-m", "costmodel", "prices", "refresh", "--url", url, "--accept"]

    prices = ["0.5", "0.25"]
    seen = set()
    environment = os.environ | {"COSTMODEL_PRICES": str(mine)}
    for n in range(KILLS):
        month = f"{2027 + n // 12}-{n % 12 + 1:02}"
        files = layout(
            regions=(REGION,),
            change=all_at(prices[n % 2]),
            published=f"{month}-20T00:00:00Z",
            effective=f"{month}-01T00:00:00Z",
        )
        with serving(files) as (server, url):
            server.faults[f"{REGION}/index.json"] = "steady" if n % 3 else None
            process = subprocess.Popen(
                asked(url), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(luck.uniform(0.3, 1.4))
            process.send_signal(signal.SIGKILL)
            process.wait()
            rows = [r for r in state(mine) if r.effective_from == f"{month}-01"]
            seen.add(bool(rows))
            expected = {(m, c) for found in schedules(REGION).values() for m, c in found} if rows else set()
            assert {(r.meter, r.counterpart) for r in rows} == expected
            assert {r.price for r in rows} <= {prices[n % 2]}
    with serving(files) as (_, url):
        done = subprocess.run(asked(url), env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert any(r.effective_from == f"{month}-01" for r in state(mine))
    assert len([p for p in mine.iterdir() if p.name[0].isdigit()]) <= 2


def test_two_refreshes_at_once_do_not_mix(mine):
    from costmodel.pricing.refresh.user_prices import hold_refresh_lock

    with hold_refresh_lock(mine):
        done = run("--from", "data")
    assert done.exit_code == 2
    assert "another refresh is running" in done.stderr
