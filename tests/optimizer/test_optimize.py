"""The optimizer against brute force over whole plans, and properties no optimum may break."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal

import numpy as np
import pytest

import costmodel as cm
from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.paths.base import OPEN
from costmodel.architectures.patterns import PATTERNS
from costmodel.comparison.options import price_architectures
from costmodel.core.errors import InfeasibleError, UnpricedError
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.unpriced_path import NothingPricedError
from costmodel.optimizer.unpriced_report import build_nothing_priced_json, build_unpriced_paths_tables
from costmodel.pricing.book import PriceBook
from tests.support import random_demands
from tests.support.paths import EXAMPLE_DEMANDS

BOOK = cm.load_prices()
SERVICES = ("s3", "kms", "sqs", "logs", "internet", "api")
SHARED = ("shared-vpc",)


def small(seed):
    """A demand of up to six flows that reaches hubs, NAT gateways, own services, allowances, existing assets and tiers."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    region = r.choice(["us-east-1", "us-east-1", "eu-central-1", "sa-east-1"])
    vpcs = [
        {"name": n, "zones": r.randint(1, 3), "account": r.choice(["1" * 12, "2" * 12])}
        for n in "ab"[: r.randint(1, 2)]
    ]
    vpcs.append({"name": "h", "hub": True, "zones": r.randint(1, 3)})
    scale = r.choice([1, 10, 1000, 400_000])
    pairs = [(v["name"], s) for v in vpcs for s in SERVICES]
    flows = [
        {
            "from": v,
            "to": s,
            "gb_sent": round(r.random() * scale, 2),
            "gb_received": round(r.random() * scale, 2),
            "requests_per_hour": 2e5,
        }
        for v, s in r.sample(pairs, r.randint(1, 5 if scale < 1e5 else 4))
    ]
    return {
        "region": region,
        "vpcs": vpcs,
        "services": [{"name": "api", "vpc": "h", "kind": r.choice(["endpoint-service", "lattice", "resource"])}],
        "flows": flows,
        "assumptions": {
            "hub-dns": r.choice(["hosted-zones", "profile", "none"]),
            "free-egress": r.choice(["excluded", "counted"]),
        },
        "existing": r.choice(
            [{}, {"transit_gateway": True}, {"nat_gateways": ["a"]}, {"nat_gateways": [{"vpc": "a", "count": 1}]}]
        ),
        "constraints": r.choice(
            [{}, {}, {"allow": ["shared-vpc"]}, {"private": ["a"]}, {"min_zones": 1}, {"forbid": ["hub-peering"]}]
        ),
    }


def allowed(d):
    """Per flow, the numbers of the paths it may take."""
    offered = list_paths(d)
    open_ = np.array([p.check_feasibility(d) == OPEN for p in offered])
    for number, p in enumerate(offered):
        if not p.default and p.name not in d.constraints.allow:
            open_[number] = False
    return offered, [np.flatnonzero(open_[:, f]) for f in range(len(d.flows))]


def fitted(document, most):
    """The demand with its last flows left out until no more than so many plans are to be tried."""
    while np.prod([len(c) for c in allowed(read_demand(document))[1]]) > most:
        document = {**document, "flows": document["flows"][:-1]}
    return document


def brute(d, book=BOOK):
    """The cheapest total over all plans, priced by the engine; None where no plan has a total."""
    offered, choices = allowed(d)
    best = None
    for plan in itertools.product(*choices):
        try:
            network = build_network(d, np.array(plan))
        except InfeasibleError:
            continue
        bill = cm.price(cm.meter(network), book, partial=True)
        if bill.unpriced or (
            d.constraints.max_changes is not None and changes(d, offered, plan) > d.constraints.max_changes
        ):
            continue
        total = float(bill.total_exact)
        best = total if best is None else min(best, total)
    return best


def changes(d, offered, plan):
    return sum(offered[p].name != t for p, t in zip(plan, d.today, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_no_plan_is_cheaper(seed):
    against_every_plan(seed, 700)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(320))
def test_no_plan_is_cheaper_in_320_larger(seed):
    against_every_plan(seed, 20_000)


def against_every_plan(seed, most):
    d = read_demand(fitted(small(seed), most))
    against_brute_force(d, BOOK)


def against_brute_force(d, book):
    """Hold the optimum, its bound and its proof against all plans, also those that have no price."""
    least, floor = brute(d, book), brute(d, book.with_unknown_at_zero())
    if least is None:
        with pytest.raises((InfeasibleError, UnpricedError) if floor is None else NothingPricedError):
            cm.optimize(d, book)
        return
    best = cm.optimize(d, book)
    assert float(best.bill.total_exact) == pytest.approx(least, rel=1e-9, abs=1e-6)
    whole = floor >= least - 1e-6 * max(1.0, least)
    assert best.proof == best.certificate["proof"] == ("whole" if whole else "priced-only")
    assert best.lower_bound == pytest.approx(least if whole else floor, rel=1e-6, abs=1e-6)
    assert best.certificate["gap"] == pytest.approx(0 if whole else (least - floor) / least, abs=1e-6)
    assert whole or any(not path.ruled_out for path in best.unpriced)


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_is_called_proven_only_where_no_price_could_make_another_cheaper(seed):
    """Random meters lose their price in one Region, and the optimum is held against every plan with them at 0."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    document = fitted(small(seed) | {"constraints": {}}, most=400)
    meters = sorted({row.meter for row in BOOK.rows if row.location == document["region"]})
    lost = set(r.sample(meters, len(meters) // 3))
    rows = [row for row in BOOK.rows if not (row.meter in lost and row.location == document["region"])]
    against_brute_force(read_demand(document), PriceBook(rows, BOOK.locations.values()))


@pytest.mark.parametrize("seed", range(30))
def test_no_architecture_whose_paths_are_allowed_is_cheaper(seed):
    document = random_demands.make(seed)
    d = read_demand(document)
    comparison = price_architectures(d, BOOK)
    held = [o for o in comparison if o.total is not None and o.name not in SHARED]
    try:
        best = cm.optimize(d, BOOK)
    except (InfeasibleError, UnpricedError):  # what exists may have no price: then nothing has a total
        assert not held
        return
    for option in held:
        if not option.quotas:
            assert float(best.bill.total_exact) <= float(option.total) * (1 + 1e-9) + 1e-6, option.name
    assert best.lower_bound <= float(best.bill.total_exact) + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_one_more_path_never_raises_the_optimum(seed):
    document = small(seed)
    document["constraints"] = {}
    fewer = {**document, "constraints": {"forbid": ["hub-transit-gateway", "hub-peering"]}}
    more = {**document, "constraints": {"allow": ["shared-vpc"]}}
    totals = []
    for each in (fewer, document, more):
        try:
            totals.append(float(cm.optimize(read_demand(each), BOOK).bill.total_exact))
        except InfeasibleError:
            totals.append(np.inf)
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("seed", range(8))
def test_at_most_so_many_changes_from_today(seed):
    document = fitted(small(seed) | {"constraints": {}}, most=700)
    d = read_demand(document)
    offered, choices = allowed(d)
    names = d.vpcs.name[d.flows.vpc], d.services.name[d.flows.service]
    today = [offered[c[-1]].name for c in choices]
    document["today"] = [{"vpc": v, "service": s, "path": p} for v, s, p in zip(*names, today, strict=True)]
    for most in range(3):
        d = read_demand({**document, "constraints": {"max_changes": most}})
        least = brute(d)
        if least is not None:
            assert float(cm.optimize(d, BOOK).bill.total_exact) == pytest.approx(least, rel=1e-9, abs=1e-6)


def test_changes_are_counted_from_a_named_architecture_too():
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app"}],
        "flows": [{"from": "app", "to": "s3", "gb_sent": 9000}, {"from": "app", "to": "kms", "gb_sent": 9000}],
        "today": "nat-for-everything",
    }
    names = {}
    for most in (0, 1, 2):
        d = read_demand({**document, "constraints": {"max_changes": most}})
        names[most] = [list_paths(d)[p].name for p in cm.optimize(d, BOOK).plan]
    assert names == {
        0: ["nat-per-zone", "nat-per-zone"],
        1: ["gateway-endpoint", "nat-per-zone"],
        2: ["gateway-endpoint", "own-endpoint"],
    }


def served(client, *, sent, received, services=1, **constraints):
    """A demand of an account whose VPC asks services of another account's, by PrivateLink today."""
    return {
        "region": "us-east-1",
        "payer": "9" * 12,
        "vpcs": [{"name": "c", "region": client, "account": "1" * 12}, {"name": "p", "account": "2" * 12}],
        "services": [{"name": f"api-{n}", "vpc": "p", "kind": "endpoint-service"} for n in range(services)],
        "flows": [{"from": "c", "to": f"api-{n}", "gb_sent": sent, "gb_received": received} for n in range(services)],
        "today": "per-vpc-endpoints",
        "constraints": constraints,
    }


def pays(bill):
    return {account: round(float(cost), 2) for account, cost in bill.by("SubAccountId").items()}


@pytest.mark.parametrize(
    ("client", "before", "peered", "fair"),
    [
        ("eu-west-1", {"1" * 12: 327.09, "2" * 12: 113.53}, {"1" * 12: 2.00, "2" * 12: 200.00}, False),
        ("us-east-1", {"1" * 12: 122.90, "2" * 12: 77.03}, {"1" * 12: 67.33, "2" * 12: 67.33}, True),
    ],
)
def test_peering_is_taken_where_it_costs_neither_side_more(client, before, peered, fair):
    """Between Regions the provider would pay for the 10,000 GB of its answers, which its clients pay for today.

    Today: hours of three zones (24.09 in Ireland, 21.90 in Virginia), 10,100 GB at 0.01 and, between Regions, 0.02; the
    balancer's 16.425, 10,100 GB at 0.006, and 36.50 for the other Region. Peered: 0.02 to the sender, or 0.01 on each
    side for the two thirds that cross zones.
    """
    free = cm.optimize(read_demand(served(client, sent=100, received=10_000)), BOOK)
    assert (pays(free.bill), [free.instance.offered[p].name for p in free.plan]) == (peered, ["routed-peering"])
    bound = cm.optimize(read_demand(served(client, sent=100, received=10_000, no_account_pays_more=True)), BOOK)
    assert pays(bound.bill) == (peered if fair else before)


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_that_leaves_every_account_its_bill_is_cheaper(seed):
    """Every plan of two accounts that are each other's providers, within or between Regions, is tried."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    accounts, region = ("1" * 12, "2" * 12), ("us-east-1", r.choice(["us-east-1", "eu-west-1"]))
    document = {
        "region": "us-east-1",
        "payer": "9" * 12,
        "vpcs": [{"name": n, "account": a, "region": o} for n, a, o in zip("ab", accounts, region, strict=True)],
        "services": [{"name": f"of-{n}", "vpc": n, "kind": "endpoint-service"} for n in "ab"],
        "flows": [
            {"from": n, "to": f"of-{other}", "gb_sent": r.randint(0, 9000), "gb_received": r.randint(0, 9000)}
            for n, other in ("ab", "ba")
        ],
        "today": r.choice(["per-vpc-endpoints", "centralized-transit-gateway", "centralized-peering"]),
        "constraints": {"no_account_pays_more": True},
    }
    d = read_demand(document)
    before = price_architectures(d, BOOK)[d.today].bill.by("SubAccountId")
    least = np.inf
    for plan in itertools.product(*allowed(d)[1]):
        bill = cm.price(cm.meter(build_network(d, np.array(plan))), BOOK)
        if all(cost <= before.get(a, 0) + Decimal("1e-6") for a, cost in bill.by("SubAccountId").items()):
            least = min(least, float(bill.total_exact))
    assert float(cm.optimize(d, BOOK).bill.total_exact) == pytest.approx(least, rel=1e-9)


def test_pins_and_policies_are_kept():
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app"}],
        "flows": [{"from": "app", "to": "s3", "gb_sent": 9000}],
    }
    d = read_demand({**document, "constraints": {"pin": [{"vpc": "app", "service": "s3", "path": "nat-single"}]}})
    assert [list_paths(d)[p].name for p in cm.optimize(d, BOOK).plan] == ["nat-single"]


def test_a_demand_without_a_way_says_which_rules():
    document = {"region": "us-east-1", "vpcs": [{"name": "app"}], "flows": [{"from": "app", "to": "internet"}]}
    d = read_demand(
        {**document, "constraints": {"forbid": ["nat-per-zone", "nat-single", "nat-regional", "nat-centralized"]}}
    )
    with pytest.raises(InfeasibleError, match="from app to internet has no path") as error:
        cm.optimize(d, BOOK)
    assert ("forbidden", "app", "internet") in error.value.reasons


def test_the_optimum_links_no_two_partitions():
    document = {"region": "us-east-1", "vpcs": [{"name": "app"}, {"name": "gov", "region": "us-gov-west-1"}]}
    document["services"] = [{"name": "api", "vpc": "gov", "kind": "endpoint-service", "protocol": "tcp"}]
    document["flows"] = [{"from": "app", "to": "api"}]
    with pytest.raises(InfeasibleError) as error:
        cm.optimize(read_demand(document), BOOK)
    assert ("partition", "app", "api") in error.value.reasons


def without(*meters, region="eu-central-2"):
    """The prices held, without those of some meters in a Region."""
    rows = [row for row in BOOK.rows if not (row.meter in meters and row.location in (region, "global"))]
    return PriceBook(rows, BOOK.locations.values())


ZURICH = {
    "region": "eu-central-2",
    "vpcs": [{"name": "app", "zones": 3}],
    "flows": [{"from": "app", "to": "internet", "gb_sent": 10, "gb_received": 50}],
}
CROSSING = "cross_az_gb_each_direction"


def test_a_path_without_a_price_is_listed_and_the_plan_is_the_cheapest_of_what_is_priced():
    """One NAT gateway: 730 x 0.0572 + 3.65 + 60 x 0.0572 + 10 x 0.09 = 49.738 and 80 GB that cross zones, unpriced."""
    document = {**ZURICH, "constraints": {"forbid": ["nat-centralized"]}}
    best = cm.optimize(read_demand(document), without(CROSSING, "regional_nat_gateway_hour", "regional_nat_gateway_gb"))
    assert (str(best.bill.total), best.proof) == ("140.55", "priced-only")
    lacking = {(p.path, p.meter): p for p in best.unpriced}
    assert lacking["nat-single", CROSSING].at_least == pytest.approx(49.738)
    assert not lacking["nat-single", CROSSING].ruled_out
    assert best.certificate["priced_lower_bound"] == pytest.approx(140.55)
    assert best.lower_bound <= 49.738


def test_one_nat_gateway_is_cheapest_in_zurich():
    """730 x 0.0572 + 730 x 0.005 + 60 x 0.0572 + 2 x 40 x 0.01 (two thirds cross zones) + 10 x 0.09 = 50.538."""
    best = cm.optimize(read_demand(ZURICH), BOOK)
    assert (str(best.bill.total), best.proof, best.certificate["gap"]) == ("50.54", "whole", 0)
    assert best.bill.total_exact == Decimal("50.538")


def test_a_proof_holds_over_paths_whose_priced_part_alone_is_dearer():
    """A Transit Gateway without a price per GB: the hours of its attachments cost more than what is chosen."""
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app"}, {"name": "hub", "hub": True}],
        "flows": [{"from": "app", "to": "kms", "gb_sent": 1}],
    }
    best = cm.optimize(read_demand(document), without("tgw_vpc_gb", region="us-east-1"))
    whole = cm.optimize(read_demand(document), BOOK)
    assert best.unpriced
    assert all(path.ruled_out for path in best.unpriced)
    assert (best.proof, best.certificate["gap"], best.bill.total) == ("whole", 0, whole.bill.total)


def test_where_every_plan_needs_a_price_that_is_not_held_there_is_none():
    nat = [f"{kind}_{unit}" for kind in ("nat_gateway", "regional_nat_gateway") for unit in ("hour", "gb")]
    with pytest.raises(NothingPricedError, match=r"nat_gateway_hour.* in eu-central-2 on") as error:
        cm.optimize(read_demand(ZURICH), without(*nat))
    assert error.value.at_least == pytest.approx(3.65 + 10 * 0.09 + 80 * 0.01, abs=0.81)
    assert {path.path for path in error.value.unpriced} >= {"nat-per-zone", "nat-single"}


def test_a_region_without_prices_is_one_sentence_with_one_remedy():
    """Egress of 5 GB is all that is priced in Beijing: 5 x 0.933 = 4.665, which is CNY 4.67 and not 4.66."""
    flows = [{"from": "app", "to": name, "gb_sent": 5} for name in ("kms", "internet")]
    document = {"region": "cn-north-1", "vpcs": [{"name": "app"}, {"name": "hub", "hub": True}], "flows": flows}
    with pytest.raises(NothingPricedError) as error:
        cm.optimize(read_demand(document), BOOK)
    said = str(error.value)
    assert "Lower bound CNY 4.67 a month. No price for interface_endpoint_hour, " in said
    assert [
        said.count(text) for text in ("No price for", "in cn-north-1 on", "prices refresh --region cn-north-1")
    ] == [
        1,
        1,
        1,
    ]
    found = build_nothing_priced_json("demand", error.value, BOOK, None)
    assert (found["currency"], found["total_at_least"]) == ("CNY", "4.67")
    [(_, _, names, rows)] = build_unpriced_paths_tables(error.value.unpriced, error.value.currency, plan=False)
    assert names[-1] == "A plan with it, at least, CNY"
    assert "may be cheaper" not in str(rows)


ACCOUNTS = {
    "region": "eu-central-2",
    "vpcs": [{"name": "app", "account": "1" * 12}, {"name": "hub", "hub": True, "account": "2" * 12}],
    "flows": [{"from": "app", "to": "kms", "gb_sent": 5}],
    "today": [{"vpc": "app", "service": "kms", "path": "nat-per-zone"}],
    "constraints": {"no_account_pays_more": True},
}


def test_accounts_that_no_plan_spares_conflict_whatever_the_missing_price_is():
    """The hub's account pays nothing today, and its endpoint under either path; only peering's GB lack a price."""
    constraints = {**ACCOUNTS["constraints"], "private": ["app"], "forbid": ["own-endpoint"]}
    document = {**ACCOUNTS, "constraints": constraints}
    book = without("tgw_vpc_gb", "vpc_peering_cross_az_gb_a", "vpc_peering_cross_az_gb_b")
    with pytest.raises(InfeasibleError) as error:
        cm.optimize(read_demand(document), book)
    assert "no_account_pays_more" in {item.constraint for item in error.value.conflict}
    free = {**document, "constraints": {k: v for k, v in constraints.items() if k != "no_account_pays_more"}}
    with pytest.raises(NothingPricedError, match="tgw_vpc_gb"):
        cm.optimize(read_demand(free), book)


def test_what_each_account_may_pay_is_not_known_where_todays_bill_lacks_a_price():
    said = (
        r"What is built today has a charge without a price \(nat_gateway_gb in eu-central-2\), so the limit of each "
        "account is not known. Run `costmodel prices refresh --region eu-central-2`"
    )
    with pytest.raises(NothingPricedError, match=said) as error:
        cm.optimize(read_demand(ACCOUNTS), without("nat_gateway_gb"))
    assert [(path.path, path.meter) for path in error.value.unpriced] == [("what is built today", "nat_gateway_gb")]


def test_egress_above_the_end_of_its_schedule_is_unpriced_not_infeasible():
    rows = [row for row in BOOK.rows if row.meter != "internet_out_gb" or row.tier_to == "10240"]
    document = {**ZURICH, "flows": [{"from": "app", "to": "internet", "gb_sent": 20_000}]}
    with pytest.raises(NothingPricedError, match="internet_out_gb in eu-central-2 above 10,240"):
        cm.optimize(read_demand(document), PriceBook(rows, BOOK.locations.values()))


def test_tiers_move_the_optimum():
    """6 PB through endpoints: every combination of straight lines is tried, and the engine agrees with the objective."""
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app", "count": 3}],
        "flows": [
            {"from": "app", "to": "kinesis-streams", "gb_sent": 2_000_000},
            {"from": "app", "to": "kms", "gb_sent": 1},
        ],
    }
    best = cm.optimize(read_demand(document), BOOK)
    assert best.certificate["problems"] >= 2
    assert best.certificate["objective"] == pytest.approx(float(best.bill.total_exact), rel=1e-9)


@pytest.mark.parametrize("file", EXAMPLE_DEMANDS, ids=lambda f: f.stem)
def test_the_plan_of_every_example_is_proven_and_no_architecture_is_cheaper(file):
    d = cm.read_demand(file)
    best = cm.optimize(d, BOOK)
    assert best.certificate["gap"] == pytest.approx(0, abs=1e-9)
    for option in price_architectures(d, BOOK, names=[n for n in PATTERNS if n not in SHARED]):
        assert option.total is None or best.bill.total_exact <= option.total


def test_the_solver_writes_nothing_anywhere(capfd):
    vpcs, flows = [{"name": "a"}], [{"from": "a", "to": "kms"}]
    cm.optimize(read_demand({"region": "us-east-1", "vpcs": vpcs, "flows": flows}), BOOK)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("limit", [1e-9, 0.05, 0.3])
def test_a_search_that_was_stopped_rules_out_no_path_whose_floor_is_below_the_plan(limit):
    """Endpoints of a hub have no price for their zones in GovCloud; a quota binds, so that a proof takes time."""
    services = ("kms", "sqs", "sns", "sts", "logs", "monitoring", "ssm", "ec2", "events", "states", "lambda", "ecr.api")
    document = {
        "region": "us-gov-west-1",
        "vpcs": [{"name": "app", "count": 60}, *({"name": f"h{n}", "hub": True} for n in range(3))],
        "flows": [{"from": "app", "to": name, "gb_sent": 40} for name in services],
        "constraints": {"quotas": {"endpoints-per-vpc": 5}},
    }
    best = cm.optimize(read_demand(document), BOOK, time_limit=limit)
    total = float(best.bill.total_exact)
    assert 0 <= best.lower_bound <= total
    for path in best.unpriced:
        assert not path.ruled_out or path.at_least >= total * (1 - 1e-6) - 1e-6, path
    assert (best.proof == "whole") == all(path.ruled_out for path in best.unpriced)
    assert best.proof == "whole" or best.certificate["gap"] > 0


def test_a_path_of_several_widths_is_listed_once():
    document = {
        "region": "us-gov-west-1",
        "vpcs": [{"name": "app"}, {"name": "hub", "hub": True}],
        "flows": [{"from": "app", "to": "kms", "gb_sent": 1}],
        "constraints": {"min_zones": 1},
    }
    best = cm.optimize(read_demand(document), BOOK)
    listed = [(path.path, path.meter, path.location) for path in best.unpriced]
    assert listed
    assert len(listed) == len(set(listed))
