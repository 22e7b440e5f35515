"""Every search ends: in Regions of every sort, over one, two and three of them, and within its time limit."""

from __future__ import annotations

import time

import numpy as np
import pytest

import costmodel as cm
from costmodel.architectures.build import build_network
from costmodel.comparison.options import price_architectures
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.clock import Clock, OutOfTime
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import build_limits
from costmodel.optimizer.search.anytime import Known, bound_by_limit_prices
from costmodel.optimizer.search.lines import Lines
from costmodel.optimizer.search.repair import compute_plan_value, repair_plan
from tests.support.large_estates import estate
from tests.support.time_limit import MOST, within

BOOK = cm.load_prices()


def test_100_vpcs_and_12_services_in_ireland_end_with_a_proof():
    """More than seven keys that no candidate needs together: the search for blocks never ended."""
    services = (
        "kms",
        "sqs",
        "sns",
        "logs",
        "monitoring",
        "sts",
        "ssm",
        "ec2",
        "secretsmanager",
        "events",
        "states",
        "lambda",
    )
    gb = {"web": (5, 30, 15, 900, 20, 2, 3, 10, 1, 50, 8, 60), "batch": (40, 500, 1, 200, 12, 2, 3, 100, 1, 5, 80, 6)}
    document = {
        "region": "eu-west-1",
        "vpcs": [{"name": "web", "count": 50}, {"name": "batch", "count": 50}, {"name": "hub", "hub": True}],
        "flows": [{"from": v, "to": s, "gb_sent": g} for v in gb for s, g in zip(services, gb[v], strict=True)],
    }
    with within(MOST):
        best = cm.optimize(read_demand(document), BOOK)
    assert best.certificate["gap"] == 0


GRID = [("eu-west-1",), ("sa-east-1",), ("us-east-1", "eu-west-1"), ("us-east-1", "eu-west-1", "ap-northeast-1")]
SINGLE = (
    "eu-central-2 eu-south-2 af-south-1 il-central-1 me-central-1 mx-central-1 ap-southeast-3 ap-southeast-6 us-east-1"
)
LONG = [*[(r,) for r in SINGLE.split()], *GRID, ("sa-east-1", "af-south-1"), ("eu-south-2", "me-south-1", "ap-east-2")]


@pytest.mark.parametrize("regions", GRID, ids="+".join)
def test_2000_flows_end(regions):
    with within(MOST):
        best = cm.optimize(estate(regions, 100 // len(regions), 20), BOOK)
    assert best.certificate["gap"] == pytest.approx(0, abs=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("size", [(50, 20), (100, 20), (100, 30), (100, 50)], ids=str)
@pytest.mark.parametrize("regions", LONG, ids="+".join)
def test_1000_to_5000_flows_end(regions, size):
    vpcs, services = size
    with within(5 * MOST):
        best = cm.optimize(estate(regions, vpcs // len(regions), services), BOOK, time_limit=MOST)
    assert best.certificate["gap"] < 0.01


# ---------------------------------------------------------------- with little time
LITTLE = 4.0


def limited(d, seconds=LITTLE):
    begin = time.monotonic()
    best = cm.optimize(d, BOOK, time_limit=seconds)
    assert time.monotonic() - begin <= 1.1 * seconds + 1
    assert best.lower_bound <= float(best.bill.total_exact) + 1e-6
    return best


def architectures(d, best):
    """The totals of the architectures whose paths are allowed and that break no limit."""
    limits = build_limits(best.instance)
    priced = [o for o in price_architectures(d, BOOK) if o.total is not None]
    plans = [(o, best.instance.find_plan_candidates(o.plan)) for o in priced]
    return [float(o.total) for o, c in plans if c is not None and not limits.find_broken_limits(best.instance, c)]


CASES = {
    "four hubs": {"hubs": 4},
    "quota": {"constraints": {"quotas": {"endpoints-per-vpc": 8}}},
    "peerings": {"constraints": {"quotas": {"peerings-per-vpc": 20}}},
    "changes": {"constraints": {"max_changes": 100}, "today": "nat-per-zone"},
}


@pytest.mark.parametrize("case", CASES)
def test_little_time_ends_with_a_plan_no_worse_than_any_architecture(case):
    d = estate(("us-east-1",), 60, 20, **CASES[case])
    best = limited(d)
    assert float(best.bill.total_exact) <= min(architectures(d, best)) + 1e-6


def test_no_time_at_all_ends_with_an_architecture_or_better():
    d = estate(("us-east-1",), 60, 20, hubs=2)
    best = limited(d, 0.01)
    assert float(best.bill.total_exact) <= min(architectures(d, best)) + 1e-6


def test_several_hubs_are_no_worse_than_one_of_them_with_little_time():
    """20 peerings a hub: with four hubs all 80 VPCs may peer, with one 20."""
    quota = {"constraints": {"quotas": {"peerings-per-vpc": 20}}}
    one = limited(estate(("us-east-1",), 80, 15, hubs=1, **quota))
    four = limited(estate(("us-east-1",), 80, 15, hubs=4, **quota))
    assert float(four.bill.total_exact) <= float(one.bill.total_exact) + 1e-6


@pytest.mark.parametrize("case", CASES)
def test_a_repaired_plan_keeps_every_limit_and_is_no_bad_one(case):
    d = estate(("us-east-1",), 12, 10, **CASES[case])
    instance = Instance(d, BOOK, None)
    limits = build_limits(instance)
    free = Lines(instance, [], clock=Clock()).solve_lines()
    chosen = repair_plan(instance, limits, free.chosen, Clock())
    assert chosen is not None
    assert not limits.find_broken_limits(instance, chosen)
    plan = np.full(len(d.flows), -1)
    plan[instance.flow[chosen]] = instance.path[chosen]
    total = float(cm.price(cm.meter(build_network(d, plan)), BOOK).total_exact)
    assert compute_plan_value(instance, chosen) == pytest.approx(total, rel=1e-9)
    least = float(cm.optimize(d, BOOK).bill.total_exact)
    assert least - 1e-6 <= total <= 1.3 * least


def test_prices_on_limits_bound_no_plan_that_keeps_them():
    for case, more in CASES.items():
        d = estate(("us-east-1",), 8, 10, **more)
        instance = Instance(d, BOOK, None)
        limits = build_limits(instance)
        least = float(cm.optimize(d, BOOK).bill.total_exact)
        known = Known(instance, limits)
        free = Lines(instance, [], clock=Clock()).solve_lines()
        limits.bind_broken_limits(instance, free.chosen)
        bound = bound_by_limit_prices(known, Clock(None, 20.0)) + instance.constant
        assert free.bound + instance.constant - 1e-6 <= bound <= least + 1e-6, case
        assert known.value >= least - 1e-6, case


def test_ctrl_c_is_heard_within_a_second():
    d = estate(("us-east-1",), 100, 30, hubs=3, constraints={"quotas": {"peerings-per-vpc": 30}})
    begin = time.monotonic()
    best = cm.optimize(d, BOOK, progress=lambda seconds, _: seconds > 2)
    assert time.monotonic() - begin < 5
    assert best.lower_bound <= float(best.bill.total_exact)


def test_a_clock_of_a_clock_stops_with_it():
    clock = Clock(None, None, lambda seconds, _: True)
    assert clock.with_limit(100.0).should_stop()
    assert clock.should_stop()
    with pytest.raises(OutOfTime):
        clock.split_time(3).raise_if_stopped()
    assert Clock().split_time(3).left is None
    assert Clock(None, 9.0).split_time(3).left == pytest.approx(3.0, abs=0.1)
