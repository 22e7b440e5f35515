"""No account pays more than today: plans and bounds under tiers, against every plan."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal

import numpy as np
import pytest

import costmodel as cm
from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.paths.base import OPEN
from costmodel.comparison.options import price_architectures
from costmodel.core.errors import InfeasibleError
from costmodel.core.tiers import Tiers
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.search.account_limits import compute_lowest_average
from costmodel.optimizer.today import get_todays_plan

FALLING = {"meter": "interface_endpoint_gb", "tiers": [{"from": 0, "price": "0.01"}, {"from": 10000, "price": "0.002"}]}


def optimum(document, *terms):
    book = cm.load_prices(contract={"terms": list(terms)} if terms else None)
    return cm.optimize(read_demand(document), book)


def names(best):
    return [best.instance.offered[p].name for p in best.plan]


def pays(bill):
    return {account: round(float(cost), 2) for account, cost in bill.by("SubAccountId").items()}


def test_tiers_that_a_plan_moves_leave_it_allowed():
    """Two own endpoints: 3 x 7.30 each; 110,000 GB cost 0.01 to 10,000 and 0.002 above, shared by GB.

    Endpoints: 43.80 and 300.00. Account 1 pays 21.90 + 300 x 10/110 = 49.17, which is less than its 66.67 of today.
    """
    document = {
        "region": "us-east-1",
        "vpcs": [
            {"name": "a", "account": "111111111111"},
            {"name": "b", "account": "222222222222"},
            {"name": "hub", "hub": True, "account": "333333333333"},
        ],
        "flows": [{"from": "a", "to": "kms", "gb_sent": 10_000}, {"from": "b", "to": "sqs", "gb_sent": 100_000}],
        "today": [
            {"vpc": "a", "service": "kms", "path": "hub-peering"},
            {"vpc": "b", "service": "sqs", "path": "nat-per-zone"},
        ],
        "constraints": {"no_account_pays_more": True},
        "assumptions": {"hub-dns": "none"},
    }
    best = optimum(document, FALLING)
    assert (str(best.bill.total), names(best)) == ("343.80", ["own-endpoint", "own-endpoint"])
    assert pays(best.bill) == {"111111111111": 49.17, "222222222222": 294.63}
    assert best.certificate["gap"] == 0


def test_todays_own_plan_always_keeps_to_today():
    """Fewer NAT gateways would move the other account into the dearer tier of hours: nothing may change."""
    document = {
        "region": "eu-west-1",
        "vpcs": [{"name": "a"}, {"name": "b", "zones": 1, "account": "222222222222"}],
        "flows": [{"from": "a", "to": "internet"}, {"from": "b", "to": "internet"}],
        "today": "nat-per-zone",
        "constraints": {"no_account_pays_more": True},
    }
    hours = {"meter": "nat_gateway_hour", "tiers": [{"from": 0, "price": "0.045"}, {"from": 730, "price": "0.02"}]}
    best = optimum(document, hours)
    free = optimum({**document, "constraints": {}}, hours)
    assert (str(best.bill.total), str(free.bill.total)) == ("91.25", "54.75")
    assert best.certificate["gap"] == 0


def test_requests_above_a_free_number_are_an_accounts_too():
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "a"}, {"name": "b"}],
        "services": [{"name": "api", "vpc": "b", "kind": "lattice", "protocol": "https"}],
        "flows": [{"from": v, "to": "api", "requests_per_hour": 200_000} for v in "ab"],
        "today": [
            {"vpc": "a", "service": "api", "path": "routed-peering"},
            {"vpc": "b", "service": "api", "path": "lattice"},
        ],
        "constraints": {"no_account_pays_more": True},
    }
    assert str(optimum(document).bill.total) == "0.00"


@pytest.mark.parametrize("architecture", ["nat-centralized", "centralized-transit-gateway"])
def test_a_solvers_tolerance_is_no_gap(architecture):
    document = {
        "region": "eu-west-1",
        "vpcs": [{"name": "a"}, {"name": "h", "hub": True, "account": "333333333333"}],
        "flows": [{"from": "a", "to": "internet"}],
        "today": architecture,
        "constraints": {"no_account_pays_more": True},
    }
    assert optimum(document).certificate["gap"] == 0


def test_an_architecture_by_which_an_account_pays_more_is_not_held_beside_the_plan():
    from costmodel.optimizer.answer import solve_and_explain

    document = {
        "region": "eu-west-1",
        "vpcs": [{"name": "a"}, {"name": "h", "hub": True, "account": "333333333333"}],
        "flows": [{"from": "a", "to": "internet"}],
        "today": "nat-centralized",
        "constraints": {"no_account_pays_more": True},
    }
    answer = solve_and_explain(read_demand(document), cm.load_prices())
    assert all(option.total >= answer.best.bill.total_exact for option in answer.architectures)


# ---------------------------------------------------------------- against every plan
PAYERS = ("111111111111", "222222222222", "333333333333")


def drawn(seed):
    """A demand of up to four flows of two or three accounts, and contracts whose prices fall early."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    vpcs = [{"name": n, "zones": r.randint(1, 3), "account": a} for n, a in zip("abh", PAYERS, strict=True)]
    vpcs[-1]["hub"] = True
    scale = r.choice([10, 1000, 100_000])
    pairs = [(v, s) for v in "abh" for s in ("kms", "sqs", "internet", "api")]
    flows = [
        {"from": v, "to": s, "gb_sent": round(r.random() * scale), "gb_received": round(r.random() * scale)}
        | ({"requests_per_hour": r.choice([0, 250_000])} if s == "api" else {})
        for v, s in r.sample(pairs, r.randint(2, 4))
    ]
    document = {
        "region": "us-east-1",
        "payer": "999999999999",
        "vpcs": vpcs,
        "services": [{"name": "api", "vpc": "h", "kind": r.choice(["endpoint-service", "lattice"])}],
        "flows": flows,
        "today": r.choice(["nat-per-zone", "per-vpc-endpoints", "centralized-peering", "nat-centralized"]),
        "constraints": {"no_account_pays_more": True},
        "assumptions": {
            "hub-dns": r.choice(["hosted-zones", "profile", "none"]),
            "free-egress": r.choice(["excluded", "counted"]),
        },
    }
    meters = {
        "interface_endpoint_gb": "0.01",
        "nat_gateway_gb": "0.045",
        "nat_gateway_hour": "0.045",
        "tgw_vpc_gb": "0.02",
    }
    terms = [
        {
            "meter": meter,
            "tiers": [
                {"from": 0, "price": price},
                {"from": r.choice([100, 2000, 50_000]), "price": str(Decimal(price) / 4)},
            ],
        }
        for meter, price in meters.items()
        if r.random() < 0.6
    ]
    return document, terms


def choices_of(d):
    """Per flow, the numbers of the paths it may take."""
    open_ = np.array([p.default & (p.check_feasibility(d) == OPEN) for p in list_paths(d)])
    return [np.flatnonzero(open_[:, f]) for f in range(len(d.flows))]


def fitted(document, most):
    """The demand with its last flows left out until no more than so many plans are to be tried."""
    while np.prod([len(c) for c in choices_of(read_demand(document))]) > most:
        document = {**document, "flows": document["flows"][:-1]}
    return document


def least_of_all(d, book):
    """The cheapest plan in which every account pays at most what it pays today, by trying them all."""
    choices = choices_of(d)
    today = cm.price(cm.meter(build_network(d, get_todays_plan(d))), book).by("SubAccountId")
    least = np.inf
    for plan in itertools.product(*choices):
        try:
            bill = cm.price(cm.meter(build_network(d, np.array(plan))), book)
        except InfeasibleError:
            continue
        if all(cost <= today.get(account, 0) + Decimal("1e-6") for account, cost in bill.by("SubAccountId").items()):
            least = min(least, float(bill.total_exact))
    return least


def against_all(seed, most):
    document, terms = drawn(seed)
    document = fitted(document, most)
    d, book = read_demand(document), cm.load_prices(contract={"terms": terms} if terms else None)
    least = least_of_all(d, book)
    best = cm.optimize(d, book)
    assert float(best.bill.total_exact) == pytest.approx(least, rel=1e-9, abs=2e-6)
    assert best.lower_bound <= least + 1e-6
    assert best.certificate["gap"] == 0
    today = price_architectures(d, book)[d.today].bill
    assert all(
        cost <= today.by("SubAccountId").get(a, 0) + Decimal("1e-6") for a, cost in best.bill.by("SubAccountId").items()
    )


@pytest.mark.parametrize("seed", range(15))
def test_no_plan_that_keeps_to_today_is_cheaper(seed):
    against_all(seed, 400)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(15, 315))
def test_no_plan_that_keeps_to_today_is_cheaper_in_300_more(seed):
    against_all(seed, 5_000)


def test_the_lowest_average_price_is_the_lowest():
    """At 2,001 quantities of each interval: no unit costs less on average than the bound, and one costs just that."""
    tiers = Tiers(["0", "100", "1000"], ["0.09", "0.05", "0.01"])
    for free, (low, high) in itertools.product((0.0, 50.0, 500.0), ((1, 40), (40, 400), (90, 5000), (2000, 2000))):
        quantity = np.linspace(low, high, 2001)
        saved = np.minimum(np.minimum(quantity, free), tiers.first_edge) * 0.09
        average = (tiers.cost(quantity) - saved) / quantity
        assert compute_lowest_average(tiers, low, high, free) == pytest.approx(average.min(), rel=1e-3, abs=1e-12)
        assert compute_lowest_average(tiers, low, high, free) <= average.min() + 1e-12


def test_a_plan_at_the_edge_of_an_interval_is_not_met_for_ever():
    """One NAT gateway that exists holds 730 hours of a schedule that ends far off: 83.87, by trying every plan."""
    document = {
        "region": "eu-west-1",
        "payer": "999999999999",
        "vpcs": [
            {"name": "a", "account": "222222222222"},
            {"name": "b", "count": 2, "account": "333333333333"},
            {"name": "h", "hub": True, "account": "111111111111"},
        ],
        "flows": [
            {"from": "a", "to": "sqs", "gb_sent": 30},
            {"from": "h", "to": "sqs", "gb_sent": 24.6, "gb_received": 30},
            {"from": "b", "to": "dynamodb", "gb_sent": 0.019, "gb_received": 8.256},
            {"from": "a", "to": "s3", "gb_received": 3.408},
        ],
        "kept": {"nat_gateways": [{"vpc": "h", "count": 1}]},
        "today": "per-vpc-endpoints",
        "constraints": {"no_account_pays_more": True},
    }
    hours = [{"from": 0, "price": "0.05"}, {"from": 3000, "price": "0.025"}]
    gb = [{"from": 0, "price": "0.01"}, {"from": 60, "price": "0.005"}]
    terms = [
        {"percent_off": 10},
        {"meter": "nat_gateway_hour", "tiers": hours},
        {"meter": "interface_endpoint_gb", "tiers": gb},
    ]
    book = cm.load_prices(contract={"terms": terms})
    best = cm.optimize(read_demand(document), book, time_limit=30)
    assert (str(best.bill.total), best.certificate["gap"]) == ("83.87", 0)
    assert best.certificate["problems"] < 100
