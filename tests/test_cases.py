"""Worked bills of others, to the last digit; and their mistakes, which must not come out."""

from __future__ import annotations

from decimal import Decimal

import pytest

import costmodel as cm
from costmodel.comparison.cost_function import compile_cost_function, find_crossings
from costmodel.comparison.options import price_architectures
from costmodel.core.decimals import round_to_cents
from costmodel.demand.reading.load import read_demand
from costmodel.documents.document import read_document
from costmodel.network.reading.load import read_network
from tests.support.paths import CASE_FILES

BOOK = cm.load_prices()
FILES = ("published.yaml", "rules.yaml")
CASES = [case for name in FILES for case in read_document(CASE_FILES / name).value]


def total(case):
    if "tiers" in case:
        tiers = cm.Tiers(case["tiers"]["starts"], case["tiers"]["prices"])
        return sum(tiers.cost(Decimal(sum(pool))) for pool in case["tiers"]["pools"])
    network = read_network(case["network"], assume=case.get("assume"))
    return cm.price(cm.meter(network, exact=True), BOOK).total_exact


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_it_comes_to_what_was_worked_out(case):
    assert total(case) == Decimal(case["total"]), case.get("why")
    assert case["source"]


@pytest.mark.parametrize("case", [c for c in CASES if c["verdict"] != "ok"], ids=lambda c: c["id"])
def test_a_mistake_or_a_switch_says_why_and_does_not_come_out(case):
    assert case["why"]
    assert "assume" in case or round_to_cents(total(case)) != round_to_cents(Decimal(case["published"]))


def test_ids_are_unique():
    assert len({c["id"] for c in CASES}) == len(CASES) >= 45


# ---------------------------------------------------------------- worked examples that are a design and not a network
def test_centralized_endpoints_for_ten_spokes():
    """10 spokes, 5 services, 3 zones, 1,000 GB up and 4,000 down: 109.50 + 50 + 401.50 + 20 + 80, without names."""
    services = ["kms", "sqs", "sns", "logs", "secretsmanager"]
    demand = read_demand(
        {
            "region": "us-east-1",
            "vpcs": [{"name": "app", "count": 10}, {"name": "shared", "hub": True}],
            "flows": [{"from": "app", "to": s, "gb_sent": 20, "gb_received": 80} for s in services],
            "assumptions": {"hub-dns": "none"},
        }
    )
    assert price_architectures(demand, BOOK)["centralized-transit-gateway"].total == Decimal(661)


@pytest.mark.parametrize(("zones", "gb"), [(1, "208.571428571"), (2, "417.142857143"), (3, "625.714285714")])
def test_an_endpoint_beats_a_nat_gateway_that_is_there_anyway_above(zones, gb):
    """Zones × 7.30 a month over 0.035 a GB."""
    demand = read_demand(
        {
            "region": "us-east-1",
            "vpcs": [{"name": "app", "zones": zones}],
            "flows": [{"from": "app", "to": "kms", "gb_sent": 100}],
            "existing": {"nat_gateways": ["app"]},
        }
    )
    comparison = price_architectures(demand, BOOK)
    functions = [
        compile_cost_function(demand, BOOK, comparison[name]) for name in ("nat-per-zone", "per-vpc-endpoints")
    ]
    intervals, [change] = find_crossings(functions, 10.0)
    assert 100 * change["at"] == pytest.approx(float(gb), abs=1e-8)
    assert (change["from"], change["to"]) == ("nat-per-zone", "per-vpc-endpoints")
    assert [i["cheapest"] for i in intervals] == ["nat-per-zone", "per-vpc-endpoints"]


def test_an_endpoint_in_another_zone_under_the_rule_before_2022():
    """Two zones of clients, an endpoint in one: half of 3 GB cross, 0.02 each, where it is charged."""
    file = {
        "region": "us-east-1",
        "hours": 1,
        "vpcs": [{"name": "app", "zones": 2}],
        "flows": [{"from": "app", "to": "kms", "gb_sent": 1, "gb_received": 2}],
        "constraints": {"min_zones": 1},
    }
    free = price_architectures(read_demand(file), BOOK)["per-vpc-endpoints"].total
    charged = price_architectures(read_demand(file, assume={"cross-zone-endpoint": "charged"}), BOOK)[
        "per-vpc-endpoints"
    ].total
    assert (free, charged) == (Decimal("0.04"), Decimal("0.07"))
