"""Comparing: ties, ranks, posture, the cost function and where the cheapest changes."""

from __future__ import annotations

import itertools
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.architectures.build import build_network
from costmodel.architectures.patterns import PATTERNS
from costmodel.comparison.cost_function import compile_cost_function, find_crossings
from costmodel.comparison.options import add_todays_option, build_todays_option, price_architectures
from costmodel.comparison.report import build_comparison_json
from costmodel.core.errors import InputError
from costmodel.demand.reading.load import read_demand
from costmodel.pricing.book import PriceBook
from tests.support import random_demands

BOOK = cm.load_prices()
APP = {
    "region": "us-east-1",
    "vpcs": [{"name": "app", "count": 2}, {"name": "shared", "hub": True}],
    "flows": [
        {"from": "app", "to": "s3", "gb_sent": 400, "gb_received": 1600},
        {"from": "app", "to": "kms", "gb_sent": 300, "gb_received": 300},
        {"from": "app", "to": "internet", "gb_sent": 50, "gb_received": 500},
    ],
}


def compared(document=APP, **changes):
    return price_architectures(read_demand({**document, **changes}), BOOK)


def test_the_frame_is_tidy_and_sums_to_the_totals():
    frame = cm.compare(read_demand(APP), BOOK)
    assert list(frame) == ["architecture", "x_Meter", "RegionId", "PricingQuantity", "ListCost"]
    sums = frame.groupby("architecture")["ListCost"].sum()
    for option in compared():
        assert sums[option.name] == pytest.approx(float(option.total))


def without_regional_nat():
    """The prices held, without those of regional NAT gateways."""
    rows = [row for row in BOOK.rows if not row.meter.startswith("regional_nat_gateway")]
    return PriceBook(rows, BOOK.locations.values())


def test_what_is_unpriced_is_in_the_frame_without_a_cost():
    frame = cm.compare(read_demand({**APP, "region": "eu-central-1"}), without_regional_nat())
    lines = frame[(frame.architecture == "nat-regional") & (frame.x_Meter == "regional_nat_gateway_gb")]
    assert lines.PricingQuantity.tolist() == [2 * 1150]
    assert lines.ListCost.isna().all()


def test_of_equals_the_first_is_the_cheapest():
    only_s3 = {**APP, "flows": APP["flows"][:1]}
    comparison = compared(only_s3)
    assert {o.total for o in comparison if o.name != "nat-for-everything"} == {Decimal(0)}
    assert comparison.cheapest.name == "per-vpc-endpoints"


def test_ranks_have_the_cheapest_first_and_what_has_no_total_last():
    comparison = compared(region="eu-central-1", constraints={"private": ["app"]})
    ranked = comparison.ranked
    totals = [o.total for o in ranked if o.total is not None]
    assert totals == sorted(totals)
    assert ranked[0] is comparison.cheapest
    assert [o.feasible for o in ranked if o.total is None] == sorted(
        (o.feasible for o in ranked if o.total is None), reverse=True
    )


def test_options_are_found_by_name_and_by_number():
    comparison = compared()
    assert comparison["lattice"] is comparison[len(PATTERNS) - 1]
    assert len(comparison) == len(PATTERNS)


def test_posture_says_what_an_architecture_means():
    comparison = compared()
    nat, own, hub, single = (
        comparison[n].posture
        for n in ("nat-for-everything", "per-vpc-endpoints", "centralized-transit-gateway", "nat-single")
    )
    share = 600 / 3150  # KMS, of all GB
    assert (nat["private"], nat["endpoint_policy"]) == (0, 0)
    assert nat["aws_network"] == pytest.approx(2600 / 3150)
    assert own["private"] == pytest.approx(share)
    assert own["endpoint_policy"] == pytest.approx(2600 / 3150)
    assert own["on_premises"] == pytest.approx(share)  # gateway endpoints and NAT gateways serve no site
    assert hub["hub"] == pytest.approx(share)
    assert hub["single_points"] == ["the hub"]
    assert single["single_points"] == ["one zone's NAT gateway"]
    assert compared()["centralized-peering"].posture["routed_flows"] == 2


def test_only_assumptions_that_were_read_are_told():
    assert "hub-dns" not in price_architectures(read_demand(APP), BOOK, names=["nat-per-zone"]).assumptions
    assert compared()["centralized-transit-gateway"].assumed >= {"hub-dns", "cross-zone-transit-gateway"}
    assert "nat-crossing-sides" in price_architectures(read_demand(APP), BOOK, names=["nat-single"]).assumptions


def test_today_is_an_option_beside_the_architectures():
    today = [{"vpc": "app", "service": s, "path": "nat-single"} for s in ("s3", "kms", "internet")]
    demand = read_demand({**APP, "today": today})
    option = build_todays_option(demand, BOOK)
    assert option.name == "today"
    assert option.total > price_architectures(demand, BOOK)["nat-single"].total
    assert build_todays_option(read_demand(APP), BOOK) is None
    named = read_demand({**APP, "today": "lattice"})
    assert build_todays_option(named, BOOK).total == price_architectures(named, BOOK)["lattice"].total


# ---------------------------------------------------------------- the cost function
@pytest.mark.parametrize("seed", range(40))
def test_the_compiled_cost_is_the_bills_at_every_scale(seed):
    demand = read_demand(random_demands.make(seed))
    for option in price_architectures(demand, BOOK):
        if option.total is None:
            continue
        function = compile_cost_function(demand, BOOK, option)
        for theta in (0.0, 0.3, 1.0, 2.5):
            if theta > function.end:
                continue
            bill = cm.price(cm.meter(build_network(demand, option.plan, scale=theta)), BOOK)
            assert float(function(theta)) == pytest.approx(float(bill.total_exact), rel=1e-9, abs=1e-6), option.name


def test_a_cost_function_is_vectorized():
    demand = read_demand(APP)
    function = compile_cost_function(demand, BOOK, price_architectures(demand, BOOK)["per-vpc-endpoints"])
    theta = np.linspace(0, 3, 7)
    assert function(theta).tolist() == [float(function(t)) for t in theta]


FUNCTIONS = [
    compile_cost_function(read_demand(APP), BOOK, o)
    for o in price_architectures(read_demand(APP), BOOK)
    if o.total is not None
]


@given(st.floats(0.5, 20))
def test_between_two_crossings_one_architecture_is_the_cheapest(top):
    intervals, changes = find_crossings(FUNCTIONS, top)
    assert intervals[0]["from"] == 0
    assert intervals[-1]["to"] == top
    for interval in intervals:
        middle = (interval["from"] + interval["to"]) / 2
        by_name = {f.name: float(f(middle)) for f in FUNCTIONS}
        assert by_name[interval["cheapest"]] <= min(by_name.values()) + 1e-6
    for change in changes:
        by_name = {f.name: float(f(change["at"])) for f in FUNCTIONS}
        assert by_name[change["from"]] == pytest.approx(by_name[change["to"]], abs=1e-6)
        assert change["total"] == pytest.approx(by_name[change["to"]])


EGRESS = {
    "region": "us-east-1",
    "vpcs": [{"name": "a"}, {"name": "b", "region": "sa-east-1"}, {"name": "c", "region": "ap-south-1"}],
    "flows": [{"from": n, "to": "internet", "gb_sent": gb} for n, gb in (("a", 20), ("b", 7), ("c", 9000))],
    "assumptions": {"free-egress": "counted"},
}


@pytest.mark.parametrize("document", [APP, EGRESS, *map(random_demands.make, range(8))])
def test_between_two_knots_a_cost_is_straight(document):
    demand = read_demand(document)
    for option in price_architectures(demand, BOOK):
        if option.total is None:
            continue
        function = compile_cost_function(demand, BOOK, option)
        top = min(60.0, function.end)
        edges = [0.0, *function.find_knots(top), top]
        for low, high in itertools.pairwise(edges):
            third = low + (high - low) / 3
            straight = float(function(low)) + (float(function(high)) - float(function(low))) / 3
            assert float(function(third)) == pytest.approx(straight, rel=1e-9, abs=1e-6), (option.name, low, high)


def test_the_free_egress_of_a_payer_is_used_where_it_saves_most():
    """By hand: at a third of the GB, 100 GB are free in São Paulo (0.15) and Mumbai (0.1093) before Virginia (0.09)."""
    counted, excluded = read_demand(EGRESS), read_demand({**EGRESS, "assumptions": {}})
    function, without = (
        compile_cost_function(d, BOOK, price_architectures(d, BOOK)["nat-single"]) for d in (counted, excluded)
    )
    prices = {
        r: BOOK.require_schedule("internet_out_gb", r).tiers.prices[0] for r in ("us-east-1", "sa-east-1", "ap-south-1")
    }
    sao_paulo, mumbai = 7 / 3, 100 - 7 / 3
    saved = sao_paulo * float(prices["sa-east-1"]) + mumbai * float(prices["ap-south-1"])
    assert float(without(1 / 3) - function(1 / 3)) == pytest.approx(saved)


# ---------------------------------------------------------------- what is built today, quotas, order
TODAY = {
    "region": "us-east-1",
    "vpcs": [{"name": "app"}],
    "flows": [{"from": "app", "to": "kms", "gb_sent": 100}, {"from": "app", "to": "internet", "gb_sent": 1}],
}


def built(*names, **more):
    rows = [{"vpc": "app", "service": s, "path": p} for s, p in zip(("kms", "internet"), names, strict=True)]
    return read_demand({**TODAY, **more, "today": rows})


@pytest.mark.parametrize(
    ("path", "words"),
    [("gateway-endpoint", "has no gateway endpoint"), ("lattice", "own"), ("cross-region-endpoint", "one Region")],
)
def test_today_cannot_be_what_cannot_be(path, words):
    with pytest.raises(InputError, match=f"{path} cannot carry app to kms: .*{words}"):
        built(path, "nat-per-zone")


def test_today_stands_although_it_breaks_a_constraint_but_is_never_the_cheapest():
    demand = built("nat-single", "nat-single", constraints={"private": ["app"]})
    comparison, today = add_todays_option(price_architectures(demand, BOOK), BOOK)
    assert today.breaks == [("nat-private", "app", "kms")]
    assert today.total == price_architectures(read_demand(TODAY), BOOK)["nat-single"].total
    assert today.total < comparison.cheapest.total
    assert comparison.cheapest.name != "today"
    answer = build_comparison_json(price_architectures(demand, BOOK), today)["today"]
    assert answer["feasible"] is False
    assert [w["rule"] for w in answer["why_not"]] == ["nat-private"]


def test_today_takes_the_hub_that_can_serve_it():
    vpcs = [{"name": "app", "cidrs": ["10.0.0.0/16"]}, {"name": "one", "hub": True, "cidrs": ["10.0.0.0/20"]}]
    vpcs.append({"name": "two", "hub": True, "cidrs": ["10.9.0.0/16"]})
    demand = built("hub-transit-gateway", "nat-single", vpcs=vpcs)
    endpoints = next(t for k, t in build_todays_option(demand, BOOK).network if k.kind == "InterfaceEndpoint")
    assert demand.vpcs.name[endpoints.vpc].tolist() == ["two"]


def zoned(count, **more):
    vpcs = [{"name": "a", "count": count}, {"name": "h", "hub": True}]
    return price_architectures(
        read_demand({"region": "us-east-1", "vpcs": vpcs, "flows": [{"from": "a", "to": "kms"}], **more}), BOOK
    )["centralized-transit-gateway"]


def test_a_hosted_zone_serves_300_vpcs_and_a_profile_more():
    assert zoned(300).feasible
    assert zoned(301).why_not == [("quota-vpcs", "h, kms", None)]
    assert zoned(301, assumptions={"hub-dns": "profile"}).feasible


@pytest.mark.parametrize("quota", ["peerings-per-vpc", "vpcs-per-hosted-zone"])
def test_what_aws_does_not_raise_cannot_be_raised(quota):
    with pytest.raises(InputError, match=f"AWS does not raise {quota} above"):
        zoned(2, constraints={"quotas": {quota: 1000}})
    assert not zoned(2, constraints={"quotas": {"vpcs-per-hosted-zone": 1}}).feasible


def test_what_has_no_price_comes_last_in_json():
    comparison = price_architectures(read_demand({**APP, "region": "eu-central-1"}), without_regional_nat())
    answer = build_comparison_json(comparison)
    names = [a["name"] for a in answer["architectures"]]
    assert names[-1] == "nat-regional"
    assert [n for n in PATTERNS if n != "nat-regional"] == names[:-1]
    regional = answer["architectures"][-1]
    assert Decimal(regional["total_at_least"]) == round(comparison["nat-regional"].bill.total_exact, 2)
    assert answer["proof"] == (
        "priced-only" if comparison["nat-regional"].at_least < comparison.cheapest.total else "whole"
    )
    assert {item["what"] for item in answer["open"]} == {o.name for o in comparison.open}


def test_quantities_of_any_size_are_written():
    huge = {**APP, "vpcs": [{"name": "app", "count": 12, "zones": 10**15}, {"name": "shared", "hub": True}]}
    quantities = [
        Decimal(c["PricingQuantity"])
        for a in build_comparison_json(compared(huge))["architectures"]
        for c in a["charges"]
    ]
    assert max(quantities) >= 12 * 730 * Decimal(10) ** 15


def test_quantities_in_json_are_free_of_the_noise_of_floats():
    many = {**APP, "vpcs": [{"name": "app", "count": 126}, {"name": "shared", "hub": True}]}
    for architecture in build_comparison_json(compared(many))["architectures"]:
        for charge in architecture["charges"]:
            assert len(charge["PricingQuantity"].partition(".")[2]) <= 9


@pytest.mark.parametrize("kind", ["endpoint-service", "resource", "lattice"])
def test_a_service_is_put_into_lattice_by_that_architecture_only(kind):
    vpcs = [{"name": "app"}, {"name": "p"}]
    services = [{"name": "api", "vpc": "p", "kind": kind}]
    flows = [{"from": "app", "to": "api", "gb_sent": 1}]
    out = {"forbid": ["own-endpoint", "resource-endpoint"]}
    document = {"region": "us-east-1", "vpcs": vpcs, "services": services, "flows": flows, "constraints": out}
    for option in price_architectures(read_demand(document), BOOK):
        if option.name == "lattice" or (kind == "lattice" and "centralized-" not in option.name):
            assert any("Lattice" in k.__name__ for k, _ in option.network), option.name
        elif option.name in ("per-vpc-endpoints", "nat-single", "shared-vpc"):
            assert option.network is None, option.name
            assert [rule for rule, _, _ in option.why_not] == ["forbidden"]


def test_what_aws_does_not_sell_in_a_region_is_infeasible_there_not_unpriced():
    """Regional NAT gateways are not offered in GovCloud: no price is missing, and the optimum is proven without them."""
    document = {
        "region": "us-gov-west-1",
        "vpcs": [{"name": "app"}],
        "flows": [{"from": "app", "to": "internet", "gb_sent": 10}],
    }
    demand = cm.read_demand(document)
    option = price_architectures(demand, BOOK)["nat-regional"]
    assert (option.feasible, option.why_not) == (False, [("not-offered", "us-gov-west-1", None)])
    best = cm.optimize(demand, BOOK)
    assert (best.proof, best.unpriced) == ("whole", ())
