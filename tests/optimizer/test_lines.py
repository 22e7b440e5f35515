"""Combinations of tiers: as few as what the pools connect asks for, and the same optimum as all of them."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

import costmodel as cm
from costmodel.optimizer.clock import Clock
from costmodel.optimizer.model.problem import Problem, Row
from costmodel.optimizer.search.lines import Lines
from costmodel.optimizer.search.ties import Ties
from tests.support.large_estates import estate
from tests.support.random_problems import shared_key_problem
from tests.support.time_limit import MOST, within

BOOK = cm.load_prices()


class Numbers:
    """A random problem with pools as an instance has them: each touches some columns, at falling prices."""

    def __init__(self, seed):
        r = np.random.default_rng(seed)
        parts = [shared_key_problem(3 * seed + i) for i in range(3)]
        self.flow, cost, keys, key_cost = np.zeros(0, int), [], [], []
        for part in parts:
            part_flow = part.flow + (self.flow[-1] + 1 if len(self.flow) else 0)
            keys.append(np.where(part.keys >= 0, part.keys + sum(map(len, key_cost)), -1))
            self.flow = np.r_[self.flow, part_flow]
            cost.append(part.cost)
            key_cost.append(part.key_cost)
        self.cost, self.key_cost, self.keys = np.concatenate(cost), np.concatenate(key_cost), np.vstack(keys)
        self.size, self.d = len(self.key_cost), SimpleNamespace(flows=range(int(self.flow[-1]) + 1))
        self.pools = []
        for i in range(int(r.integers(1, 5))):
            quantity = np.zeros(len(self.cost) + self.size)
            if i == 0:  # a pool of keys everywhere, as that of hosted zones
                quantity[len(self.cost) :] = r.integers(0, 2, self.size)
            else:
                begin = int(r.integers(0, len(self.cost) - 4))
                quantity[begin : begin + int(r.integers(4, 30))] = 1.0
                quantity[len(self.cost) :] = 0.0
            if not quantity.any():
                continue
            edges = np.r_[0.0, np.sort(r.random(int(r.integers(1, 3))) * quantity.sum() * 0.6)]
            slopes = np.sort(r.random(len(edges)) * 6)[::-1]
            intercepts = np.r_[0.0, np.cumsum(edges[1:] * (slopes[:-1] - slopes[1:]))]
            lines = list(zip(intercepts.tolist(), slopes.tolist(), strict=True))
            self.pools.append(SimpleNamespace(lines=lines, quantity=quantity, constant=float(r.integers(0, 2))))

    def build_problem(self, cost):
        return Problem(self.flow, cost[: len(self.flow)], self.keys, cost[len(self.flow) :])

    def all(self):
        return np.r_[self.cost, self.key_cost]


def test_pools_settled_one_by_one_give_the_best_of_all_combinations():
    fewer = 0
    for seed in range(14):
        numbers = Numbers(seed)
        found = Lines(numbers, [], cost=numbers.all()).solve_lines()
        least, combinations = np.inf, list(itertools.product(*(pool.lines for pool in numbers.pools)))
        for lines in combinations:
            cost = numbers.all() + sum(s * pool.quantity for pool, (_, s) in zip(numbers.pools, lines, strict=True))
            constant = sum(a + s * pool.constant for pool, (a, s) in zip(numbers.pools, lines, strict=True))
            single = SimpleNamespace(**{**vars(numbers), "pools": [], "build_problem": numbers.build_problem})
            least = min(least, Lines(single, [], cost=cost).solve_lines().value + constant)
        assert found.value == pytest.approx(least, rel=1e-9, abs=1e-6), seed
        assert found.bound == pytest.approx(least, rel=1e-6, abs=1e-4), seed
        fewer += found.problems < len(combinations)
        total = numbers.build_problem(numbers.all()).compute_choice_cost(found.chosen)
        taken = np.r_[
            np.isin(np.arange(len(numbers.flow)), found.chosen),
            numbers.build_problem(numbers.all()).mark_used_keys(found.chosen),
        ]
        for pool in numbers.pools:
            total += min(a + s * (pool.constant + pool.quantity @ taken) for a, s in pool.lines)
        assert total == pytest.approx(found.value, rel=1e-9, abs=1e-6), seed
    assert fewer > 5


def test_a_search_without_time_looks_at_no_combination_and_bounds_them_all():
    for seed in range(20):
        numbers = Numbers(seed)
        least = Lines(numbers, [], cost=numbers.all()).solve_lines().value
        stopped = Lines(numbers, [], cost=numbers.all(), clock=Clock(None, 0.0)).solve_lines()
        assert stopped.bound <= least + 1e-6, seed
        assert stopped.problems <= 1 + len(numbers.pools), seed


def test_the_pool_that_connects_all_is_settled_first():
    """Three parts with two pools of three lines each, and one of two lines over all: 2 x 3 x 9 = 54, not 1,458."""
    flow = np.arange(6)
    p = Problem(flow, np.ones(6), np.full((6, 0), -1, dtype=np.int32), np.zeros(0))
    p.rows = [Row(np.array([i, i + 1]), np.ones(2), 2.0) for i in (0, 2, 4)]
    quantities = [np.eye(6)[i] for i in range(6)] + [np.ones(6)]
    ties = Ties(p, quantities)
    lines = [3, 3, 3, 3, 3, 3, 2]
    assert [mine for _, mine in ties.group_parts(list(range(7)))] == [[0, 1, 2, 3, 4, 5, 6]]
    assert ties.pick_first_pool(list(range(7)), lines) == 6
    assert sorted(mine for _, mine in ties.group_parts(list(range(6)))) == [[0, 1], [2, 3], [4, 5]]


def test_a_limit_of_nothing_below_zero_leaves_no_plan_in_any_group():
    numbers = Numbers(1)
    none = np.zeros(0, dtype=np.int64)
    found = Lines(numbers, [Row(none, np.zeros(0), -1.0)], cost=numbers.all()).solve_lines()
    assert found.chosen is None
    assert found.bound == np.inf


TIERS = [{"from": 0, "price": "0.04"}, {"from": 500, "price": "0.02"}, {"from": 3_000, "price": "0.005"}]
METERS = ("interface_endpoint_gb", "nat_gateway_gb", "tgw_vpc_gb")


def test_three_regions_with_three_tiers_on_three_meters_that_hosted_zones_connect():
    """180 flows: 3,456 problems where every combination of the zones' two prices and the Regions' tiers is solved.

    With the zones' line fixed, each Region is by itself: 2 x 3 x 27 at most, fewer where the best at one line rules out others.
    """
    book = cm.load_prices(contract={"terms": [{"meter": meter, "tiers": TIERS} for meter in METERS]})
    d = estate(("us-east-1", "eu-west-1", "ap-northeast-1"), 4, 15)
    with within(MOST):
        best = cm.optimize(d, book)
    assert best.certificate["gap"] == 0
    assert best.certificate["problems"] <= 100


def test_eight_regions_over_a_tier_are_32_problems():
    """Two lines of the zones times two of each Region: 2 x 8 x 2 = 32, where all combinations are 512."""
    regions = (
        "us-east-1",
        "us-west-2",
        "eu-west-1",
        "eu-central-1",
        "ap-northeast-1",
        "sa-east-1",
        "eu-west-2",
        "ca-central-1",
    )
    book = cm.load_prices(contract={"terms": [{"meter": "nat_gateway_gb", "tiers": TIERS[:2]}]})
    d = estate(regions, 4, 8)
    with within(MOST):
        best = cm.optimize(d, book)
    assert best.certificate["gap"] == 0
    assert best.certificate["problems"] <= 32
