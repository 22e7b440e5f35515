"""Every row of the price tables: complete, dated, sourced, in a unit we know, and one schedule an edition."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest

from costmodel.aws import METERS
from costmodel.core.meters import UNITS
from costmodel.pricing.reading.price_tables import load_prices
from costmodel.pricing.rows import PriceRow
from tests.support.paths import DATA

PRICING = DATA / "pricing"
DATE = re.compile(r"(20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?")
RATE = re.compile(r"([A-Z0-9]{16}(\.[A-Z0-9]{10}\.[A-Z0-9]{10})?)?")  # of some only the SKU was seen
COMMERCIAL, GOVCLOUD = 34, 2


def table(name):
    with (PRICING / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PRICES, PLACES, SOURCES, NOT_OFFERED = (table(name) for name in ("prices", "regions", "sources", "not_offered"))
KNOWN = {r["location"]: r for r in PLACES}


def schedules():
    out = defaultdict(list)
    for r in PRICES:
        out[r["location"], r["meter"], r["counterpart"], r["effective_from"]].append(r)
    return out


def wrong(rows, good):
    return [(r["location"], r["meter"], r["counterpart"], r["tier_from"]) for r in rows if not good(r)]


def test_the_columns_are_those_the_readme_names():
    assert list(PRICES[0]) == list(PriceRow._fields[:-1])
    readme = (PRICING / "README.md").read_text(encoding="utf-8")
    for column in PRICES[0]:
        assert f"`{column}`" in readme


@pytest.mark.parametrize("name", ["prices", "regions", "sources", "not_offered"])
def test_files_are_clean(name):
    raw = (PRICING / f"{name}.csv").read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    raw.decode("utf-8")
    assert all(v == v.strip() for r in table(name) for v in r.values())


def test_the_table_can_be_told_apart_by_lines_and_commas():
    """Loading splits lines and, up to the date, commas: a line a row, no quotes so far, a place's rows together."""
    text = (PRICING / "prices.csv").read_text(encoding="utf-8")
    lines = text.split("\n")[1:-1]
    assert len(lines) == len(PRICES)
    date = list(PRICES[0]).index("effective_from")
    assert [line.split(",", date + 1)[: date + 1] for line in lines] == [list(r.values())[: date + 1] for r in PRICES]


def test_loading_gives_every_row_of_the_table():
    book = load_prices()
    assert [list(r)[:-1] for r in book.rows] == [list(r.values()) for r in PRICES]
    assert str(book.newest) == max(r["effective_from"] for r in PRICES)


def test_loading_reads_the_rows_of_the_places_that_are_asked_for():
    book = load_prices()
    book.require_schedule("interface_endpoint_hour", "eu-west-1")
    book.require_schedule("route53_hosted_zone_month", "eu-west-1")
    assert set(book._pages) == {"eu-west-1", "global"}


def test_prices_are_plain_decimals_that_are_not_negative():
    plain = re.compile(r"\d+(\.\d+)?")
    assert not wrong(PRICES, lambda r: plain.fullmatch(r["price"]))
    assert not wrong(PRICES, lambda r: plain.fullmatch(r["tier_from"]))
    assert not wrong(PRICES, lambda r: r["tier_to"] == "Inf" or plain.fullmatch(r["tier_to"]))


def test_units_dates_and_confidences_are_known():
    assert not wrong(PRICES, lambda r: r["unit"] in UNITS)
    assert not wrong(PRICES, lambda r: DATE.fullmatch(r["effective_from"]))
    assert not wrong(PRICES, lambda r: r["confidence"] in ("verified", "single", "inferred"))
    assert not wrong(PRICES, lambda r: RATE.fullmatch(r["rate_code"]))


def test_every_row_has_a_source_that_is_described():
    described = {s["source_id"] for s in SOURCES}
    used = {s for r in PRICES for s in r["source_ids"].split(";")}
    assert used == described
    assert all(s["what"] and s["kind"] in ("aws", "transcription", "quotation", "derived") for s in SOURCES)


def test_a_verified_price_has_two_readings():
    """Two sources, or one read again: nothing is verified by itself."""
    alone = wrong(PRICES, lambda r: r["confidence"] != "verified" or ";" in r["source_ids"])
    assert not alone


def test_places_are_known_and_currencies_theirs():
    assert not wrong(PRICES, lambda r: r["location"] in KNOWN)
    assert not wrong(PRICES, lambda r: not r["counterpart"] or KNOWN[r["counterpart"]]["type"] == "region")
    assert not wrong(PRICES, lambda r: r["currency"] == KNOWN[r["location"]]["currency"])
    assert {r["currency"] for r in PRICES if r["location"].startswith("cn-")} == {"CNY"}


def test_an_inferred_price_says_why():
    assert not wrong(PRICES, lambda r: r["confidence"] != "inferred" or r["note"])


def test_an_older_edition_is_kept_where_its_price_differs():
    editions = defaultdict(list)
    for (*key, dated), rows in schedules().items():
        editions[tuple(key)].append((dated, [(r["tier_from"], r["tier_to"], r["price"]) for r in rows]))
    for key, found in editions.items():
        found.sort()
        assert all(a[1] != b[1] for a, b in pairwise(found)), key


LISTED = [p["location"] for p in PLACES if p["type"] == "region" and p["partition"] in ("aws", "aws-us-gov")]


def gaps():
    """What the README lists as missing: (meter, Region), and those that end at a quantity."""
    text = (PRICING / "README.md").read_text(encoding="utf-8")
    lines = text.partition("## What is missing")[2].partition("## Tables of your own")[0].splitlines()
    missing, end = set(), set()
    for meters, places, why in (line.strip("| ").split(" | ") for line in lines if line.startswith("| `")):
        assert why.strip()
        whole, _, part = places.partition("; above 1 PB ")
        named = {p.strip() for p in whole.removeprefix("all but").split(",")}
        held = set(LISTED) if whole == "all" else set(LISTED) - named if whole.startswith("all but") else named
        for meter in re.findall(r"`(\w+)`", meters):
            missing |= {(meter, place) for place in held}
            end |= {(meter, place) for place in part.split(", ") if part}
    assert {place for _, place in missing | end} <= set(LISTED)
    return missing, end


def test_the_gaps_are_those_the_readme_lists_with_their_reasons():
    """Of every meter that a rule uses or that ten Regions have; what AWS does not offer is no gap."""
    book = load_prices()
    priced = {(r["meter"], r["location"]) for r in PRICES if r["location"] in LISTED}
    sold = Counter(meter for meter, _ in priced)
    meters = {m.id for m in METERS.values() if m.at == "location" and not m.to} | {m for m in sold if sold[m] >= 10}
    unsold = {(r["meter"], r["location"]) for r in NOT_OFFERED}
    ladders = {(m, place): book.find_schedule(m, place) for m in meters - {"inter_region_out_gb"} for place in LISTED}
    missing, end = gaps()
    assert {key for key, ladder in ladders.items() if ladder is None and key not in unsold} == {
        key for key in missing if key[0] in meters
    }
    assert {key for key, ladder in ladders.items() if ladder and ladder.tiers.end.is_finite()} == end
    assert not [key for key in missing if book.find_schedule(*key)]


def test_every_pair_of_regions_of_a_partition_has_a_price():
    held = {(r["location"], r["counterpart"]) for r in PRICES if r["meter"] == "inter_region_out_gb"}
    open_ = {(a, b) for a in LISTED for b in LISTED if a != b and (a, b) not in held}
    assert open_ == {("ap-southeast-3", "ap-northeast-3"), ("ap-southeast-3", "sa-east-1")}
    assert all((a, "") in held for a, _ in open_)


def test_what_is_not_offered_has_a_source_a_date_a_reason_and_no_price():
    sources = {s["source_id"] for s in SOURCES}
    priced = {(r["location"], r["meter"]) for r in PRICES}
    meters = {r["meter"] for r in PRICES}
    keys = [(r["location"], r["meter"]) for r in NOT_OFFERED]
    assert keys == sorted(set(keys))
    assert not priced & set(keys)
    for r in NOT_OFFERED:
        assert r["location"] in KNOWN
        assert r["meter"] in meters
        assert set(r["source_ids"].split(";")) <= sources
        assert DATE.fullmatch(r["as_of"])
        assert r["as_of"]
        assert r["what"]
        assert r["note"]


def test_no_row_stands_twice():
    keys = Counter((*k, r["tier_from"]) for k, rows in schedules().items() for r in rows)
    assert not [k for k, n in keys.items() if n > 1]


def test_rows_are_sorted():
    keys = [(r["location"], r["meter"], r["counterpart"], float(r["tier_from"])) for r in PRICES]
    assert keys == sorted(keys)


def test_tiers_begin_at_0_and_join():
    for key, rows in schedules().items():
        ladder = sorted(rows, key=lambda r: Decimal(r["tier_from"]))
        assert Decimal(ladder[0]["tier_from"]) == 0, key
        for low, high in pairwise(ladder):
            assert low["tier_to"] == high["tier_from"], key
        assert len({r["unit"] for r in ladder}) == 1, key


def test_tier_edges_are_awss_powers_of_1024_or_thousand_millions():
    edges = {r["tier_to"] for r in PRICES} | {r["tier_from"] for r in PRICES}
    assert edges == {"0", "25", "100", "10240", "51200", "153600", "1048576", "5242880", "1000000000", "Inf"}


def test_every_region_is_there_with_a_prefix_a_name_and_its_zones():
    regions = [r for r in PLACES if r["type"] == "region"]
    assert Counter(r["partition"] for r in regions) == {
        "aws": COMMERCIAL,
        "aws-us-gov": GOVCLOUD,
        "aws-cn": 2,
        "aws-eusc": 1,
    }
    assert all(r["usage_type_prefix"] and r["name"] for r in regions)
    assert all(int(r["zones"]) >= 3 for r in regions if r["partition"] == "aws")
    assert all(r["direct_connect_area"] in ("us", "japan", "other") for r in regions if r["currency"] == "USD")


def test_transfer_between_partitions_is_held_where_both_are_billed_in_one_currency():
    """NAT gateways may link such partitions, and no others; AWS's feed adds the way into the sovereign cloud."""
    currency = {r["partition"]: r["currency"] for r in PLACES if r["type"] == "region"}
    held = {
        (KNOWN[r["location"]]["partition"], KNOWN[r["counterpart"]]["partition"])
        for r in PRICES
        if r["meter"] == "inter_region_out_gb" and r["counterpart"]
    }
    pairs = {(a, b) for a in currency for b in currency if a != b}
    into_the_sovereign_cloud = {("aws", "aws-eusc")}
    assert (held & pairs) - into_the_sovereign_cloud == {(a, b) for a, b in pairs if currency[a] == currency[b]}


def test_zones_lie_in_a_region():
    zones = [r for r in PLACES if r["type"] in ("local-zone", "wavelength-zone")]
    assert len(zones) == 67
    assert all(KNOWN[z["parent"]]["type"] == "region" and z["location"].startswith(z["parent"]) for z in zones)


def test_a_usage_type_bears_its_regions_prefix_or_none():
    for r in PRICES:
        prefix = KNOWN[r["location"]]["usage_type_prefix"]
        if r["usage_type"] and prefix and r["location"] != "us-east-1":
            assert r["usage_type"].startswith(f"{prefix}-"), r


@pytest.mark.parametrize(
    "meter",
    ["interface_endpoint_hour", "interface_endpoint_gb", "nat_gateway_hour", "nat_gateway_gb", "tgw_vpc_attachment_hour", "tgw_vpc_gb",
     "gwlb_endpoint_hour", "gwlb_endpoint_gb", "public_ipv4_in_use_hour", "route53_resolver_eni_hour", "site_to_site_vpn_hour"],
)  # fmt: skip
def test_what_every_region_has_is_held_for_all_36(meter):
    regions = {r["location"] for r in PRICES if r["meter"] == meter and KNOWN[r["location"]]["type"] == "region"}
    regions = {r for r in regions if KNOWN[r]["partition"] in ("aws", "aws-us-gov")}
    assert len(regions) == COMMERCIAL + GOVCLOUD


def test_a_meter_of_a_charge_rule_is_priced_somewhere_in_its_own_unit():
    """Meter without a price: a rule that names one nobody sells is a typing mistake."""
    units = defaultdict(set)
    for r in PRICES:
        units[r["meter"]].add(r["unit"])
    unsold = {"dx_dedicated_port_hour_" + s for s in ("50M", "100M", "200M", "300M", "400M", "500M", "2G", "5G", "25G")}
    unsold |= {"dx_hosted_port_hour_100G", "dx_hosted_port_hour_400G", "dx_data_out_gb_to_other_location"}
    unsold |= {"nlb_reserved_lcu_hour", "privatelink_tunnel_endpoint_gb"}  # AWS sells them; no price was found
    for meter in METERS.values():
        assert units[meter.id] == (set() if meter.id in unsold else {meter.unit}), meter.id


def test_a_price_is_used_by_a_kind_or_the_table_says_why_not():
    """A price that no kind uses is a charge that no network can have."""
    with (PRICING.parent / "catalogue" / "unused_prices.csv").open(encoding="utf-8", newline="") as file:
        listed = {r["meter"]: r["why"] for r in csv.DictReader(file)}
    used = set(METERS) | {m.allowance for m in METERS.values() if m.allowance}
    assert {r["meter"] for r in PRICES} - used == set(listed)
    assert all(listed.values())
    assert len(listed) <= 10


def test_a_usage_type_of_a_rule_is_the_one_in_the_table():
    suffixes = defaultdict(set)
    for r in PRICES:
        prefix = KNOWN[r["location"]]["usage_type_prefix"]
        if r["usage_type"] and r["meter"] != "inter_region_out_gb":
            suffixes[r["meter"]].add(r["usage_type"].removeprefix(f"{prefix}-"))
    for meter in METERS.values():
        if meter.usage_type and suffixes[meter.id]:
            assert suffixes[meter.id] == {meter.usage_type}, meter.id


@pytest.mark.parametrize(
    ("location", "meter", "price"),
    [  # read off AWS's pages and feeds by hand, one a sort of place
        ("us-east-1", "interface_endpoint_hour", "0.01"),
        ("sa-east-1", "nat_gateway_hour", "0.093"),
        ("ap-southeast-2", "gwlb_endpoint_hour", "0.0112"),
        ("ap-northeast-1", "tgw_vpc_attachment_hour", "0.07"),
        ("us-gov-west-1", "site_to_site_vpn_hour", "0.065"),
        ("ap-northeast-1", "site_to_site_vpn_hour", "0.048"),
        ("us-west-2-lax-1", "public_ipv4_in_use_hour", "0.005"),
        ("cn-north-1", "internet_out_gb", "0.933"),
        ("global", "route53_hosted_zone_month", "0.5"),
        ("japan", "dx_dedicated_port_hour_1G", "0.285"),
        ("all-except-japan", "dx_dedicated_port_hour_1G", "0.3"),
    ],
)
def test_prices_read_by_hand(location, meter, price):
    ladder = load_prices().require_schedule(meter, location)
    assert str(ladder.tiers.prices[0]) == price


def test_rate_codes_of_a_schedule_are_of_one_sku():
    for key, rows in schedules().items():
        skus = {r["rate_code"].split(".")[0] for r in rows if r["rate_code"]}
        assert len(skus) <= 1, key
