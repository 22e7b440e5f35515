"""The optimizer against an oracle that tries everything, the cut against HiGHS, and what no optimum may break."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

import costmodel as cm
from costmodel.comparison.options import price_architectures
from costmodel.core.errors import InfeasibleError, UnpricedError
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.clock import Clock
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import build_limits
from costmodel.optimizer.search import lagrangian
from costmodel.optimizer.search.place import place_flows
from costmodel.optimizer.search.search import search_placement
from costmodel.pricing.book import PriceBook
from tests.support import demand_oracle, optimum_demands, optimum_oracle
from tests.support.random_problems import shared_key_problem

BOOK = cm.load_prices()


def total_of(d):
    """The optimum, held against its own certificate; None where there is none."""
    try:
        best = cm.optimize(d, BOOK)
    except (InfeasibleError, UnpricedError):
        return None
    total = float(best.bill.total_exact)
    assert best.lower_bound <= total + 1e-6
    assert best.certificate["gap"] == 0
    assert best.certificate["objective"] == pytest.approx(total, rel=1e-9, abs=1e-6)
    return total


def check(seeds):
    reached = Counter()
    for seed in seeds:
        document, reach = optimum_demands.make(seed)
        found = total_of(read_demand(document))
        theirs = demand_oracle.read(document)
        plan, least = optimum_oracle.cheapest(theirs, optimum_oracle.INFINITE if found is None else found + 1e-6)
        if plan is None:
            assert found is None, seed
            reached["none"] += 1
        else:
            assert found == pytest.approx(float(least), rel=1e-9, abs=1e-6), (seed, reach)
        reached.update(reach)
    return reached


def test_no_plan_is_cheaper_than_the_optimum_of_40_demands():
    reached = check(range(40))
    for what in ("few", "large", "tiers", "existing", "allowances", "private", "min_zones", "domains", "max_changes"):
        assert reached[what], what


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(23))
def test_no_plan_is_cheaper_than_the_optimum_of_460_more(chunk):
    check(range(40 + 20 * chunk, 60 + 20 * chunk))


def test_in_blocks_it_is_the_same(monkeypatch):
    """Small problems, solved as only large ones are."""
    demands = [read_demand(optimum_demands.make(seed)[0]) for seed in range(60)]
    usual = [total_of(d) for d in demands]
    monkeypatch.setattr(lagrangian, "LEAST", 0)
    assert [total_of(d) for d in demands] == [pytest.approx(t, rel=1e-9, abs=1e-6) for t in usual]


# ---------------------------------------------------------------- the cut against HiGHS
def compare_solvers(seeds):
    cuts = 0
    for seed in seeds:
        p = shared_key_problem(seed)
        ours, other = place_flows(p, clock=Clock()), place_flows(p, clock=Clock(), only_highs=True)
        assert ours.value == pytest.approx(other.value, rel=1e-7, abs=1e-6), seed
        assert ours.value == pytest.approx(p.compute_choice_cost(ours.chosen), rel=1e-9, abs=1e-9), seed
        assert ours.bound <= ours.value + 1e-6, seed
        cuts += ours.solvers == {"minimum cut"}
    return cuts


def test_the_cut_equals_highs_on_100_problems():
    assert compare_solvers(range(100)) > 40


@pytest.mark.long
def test_the_cut_equals_highs_on_400_more():
    assert compare_solvers(range(100, 500)) > 160


@pytest.mark.parametrize("seed", range(1, 13, 2))
def test_the_cut_equals_highs_on_demands(seed):
    d = read_demand(optimum_demands.make(seed)[0])
    instance = Instance(d, BOOK, None)
    ours = search_placement(instance, build_limits(instance), Clock())
    other = search_placement(instance, build_limits(instance), Clock(), only_highs=True)
    assert ours.value == pytest.approx(other.value, rel=1e-9, abs=1e-6)


def test_a_large_problem_is_branched_on_the_key_in_the_way():
    """Central NAT stands in for the hub: with its key open, and closed, each half is a cut."""
    vpcs = [{"name": "app", "count": 60}, {"name": "hub", "hub": True}]
    names = ("kms", "sqs", "logs", "sts", "ssm", "internet")
    document = {"region": "us-east-1", "vpcs": vpcs, "flows": [{"from": "app", "to": n, "gb_sent": 1} for n in names]}
    document |= {"constraints": {"forbid": [{"path": "hub-peering"}]}, "assumptions": {"hub-dns": "none"}}
    d = read_demand(document)
    much = np.random.default_rng(5).lognormal(5, 2, len(d.flows))
    d = dataclasses.replace(d, flows=d.flows.with_columns({"gb_sent": much}))
    best = cm.optimize(d, BOOK)
    assert best.certificate["solver"] == "minimum cut"
    instance = Instance(d, BOOK, None)
    other = search_placement(instance, build_limits(instance), Clock(), only_highs=True)
    assert best.certificate["objective"] == pytest.approx(other.value + instance.constant, rel=1e-9)


# ---------------------------------------------------------------- properties
def raised(meter):
    """The book with every price of a meter half as much again."""
    dearer = (str(Decimal(r.price) * Decimal("1.5")) if r.meter == meter else r.price for r in BOOK.rows)
    rows = [r._replace(price=price) for r, price in zip(BOOK.rows, dearer, strict=True)]
    return PriceBook(rows, BOOK.locations.values(), BOOK.described.values())


@pytest.mark.parametrize(
    "meter", ["interface_endpoint_hour", "interface_endpoint_gb", "nat_gateway_hour", "tgw_vpc_gb"]
)
def test_raising_a_price_never_lowers_the_optimum(meter):
    assert any(r.meter == meter for r in BOOK.rows)
    book = raised(meter)
    for seed in (1, 3, 5, 8, 12):
        d = read_demand(optimum_demands.make(seed)[0])
        before = total_of(d)
        if before is not None:
            assert float(cm.optimize(d, book).bill.total_exact) >= before - 1e-6


@pytest.mark.parametrize("seed", range(0, 24, 2))
def test_lower_bound_optimum_and_every_architecture_whose_paths_are_allowed(seed):
    d = read_demand(optimum_demands.make(seed)[0])
    try:
        best = cm.optimize(d, BOOK)
    except InfeasibleError:
        return
    limits = build_limits(best.instance)
    for option in price_architectures(d, BOOK):
        chosen = best.instance.find_plan_candidates(option.plan) if option.total is not None else None
        if chosen is not None and not limits.find_broken_limits(best.instance, chosen):
            assert best.lower_bound <= float(best.bill.total_exact) + 1e-9 <= float(option.total) + 1e-6


@pytest.mark.parametrize("seed", range(0, 30, 3))
def test_twice_the_gb_cost_at_most_twice_as_much_without_allowances_and_limits(seed):
    document = optimum_demands.make(seed)[0]
    document["constraints"], document["assumptions"] = {}, {"hub-dns": "none"}
    document.pop("today", None)
    d = read_demand(document)
    twice = {name: 2 * getattr(d.flows, name) for name in ("gb_sent", "gb_received")}
    double = dataclasses.replace(d, flows=d.flows.with_columns(twice))
    once = total_of(d)
    assert once is not None
    assert once - 1e-9 <= total_of(double) <= 2 * once + 1e-6


@pytest.mark.parametrize("seed", range(0, 20, 4))
def test_the_order_of_a_file_does_not_matter(seed):
    document = optimum_demands.make(seed)[0]
    before = total_of(read_demand(document))
    r = random.Random(seed)  # noqa: S311 - no secrets
    for key in ("vpcs", "flows"):
        r.shuffle(document[key])
    after = total_of(read_demand(document))
    assert after == (None if before is None else pytest.approx(before, rel=1e-9, abs=1e-6))


@pytest.mark.parametrize("seed", range(1, 20, 4))
def test_a_constraint_less_never_raises_the_optimum(seed):
    document = optimum_demands.make(seed)[0]
    bound, loose = read_demand(document), read_demand({**document, "constraints": {}})
    one, other = total_of(bound), total_of(loose)
    assert other is not None
    assert one is None or other <= one + 1e-6
