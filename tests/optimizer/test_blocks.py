"""Problems in blocks: the same optimum as HiGHS finds, bounds that hold, and plans that keep to the rows."""

from __future__ import annotations

import numpy as np
import pytest

from costmodel.optimizer.clock import Clock
from costmodel.optimizer.search import highs, lagrangian
from costmodel.optimizer.search.blocks import Blocks
from tests.support.random_problems import block_problem


def keeps(p, chosen):
    taken = np.zeros(p.width)
    taken[chosen] = 1
    taken[len(p.cost) :] = p.mark_used_keys(chosen)
    return all(taken[row.columns] @ row.values <= row.high + 1e-6 for row in p.rows)


def compared(seeds, monkeypatch):
    monkeypatch.setattr(lagrangian, "LEAST", 0)
    reached = {"rows": 0, "shared": 0, "blocks": 0}
    for seed in seeds:
        p = block_problem(seed)
        least = highs.solve_with_highs(block_problem(seed), clock=Clock())
        found = lagrangian.solve_by_lagrangian(p, clock=Clock())
        if not np.isfinite(least.value):
            assert not np.isfinite(found.value), seed
            continue
        assert found.value == pytest.approx(least.value, abs=1e-5), seed
        assert found.bound == pytest.approx(least.value, abs=1e-5), seed
        assert p.compute_choice_cost(found.chosen) == pytest.approx(found.value), seed
        assert p.flow[found.chosen].tolist() == sorted(set(p.flow.tolist())), seed
        assert keeps(p, found.chosen), seed
        reached["rows"] += bool(p.rows)
        reached["blocks"] += found.solvers >= lagrangian.SOLVER
        reached["shared"] += bool(Blocks(p).shared.any()) if p.keys.shape[1] else 0
    return reached


def test_blocks_find_what_highs_finds(monkeypatch):
    reached = compared(range(150), monkeypatch)
    assert min(reached.values()) > 10, reached


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(10))
def test_blocks_find_what_highs_finds_in_1000_more(monkeypatch, chunk):
    compared(range(150 + 100 * chunk, 250 + 100 * chunk), monkeypatch)


def test_no_prices_and_no_keys_settled_bound_above_the_optimum():
    """A bound holds at any prices, and with shared keys that are known to be open or closed."""
    for seed in range(60):
        p = block_problem(seed)
        least = highs.solve_with_highs(block_problem(seed), clock=Clock())
        there = Blocks(p)
        if there.own is None or not np.isfinite(least.value):
            continue
        search = lagrangian.Search(there, Clock())
        r = np.random.default_rng(seed)
        for _ in range(5):
            prices = r.random(len(p.rows)) * 20
            assert search.bound_at_prices(prices).bound <= least.value + 1e-6, seed
        used = p.mark_used_keys(least.chosen)
        search.open, search.closed = there.shared[:-1] & used, there.shared[:-1] & ~used
        assert search.bound_at_prices(prices).bound <= least.value + 1e-6, seed


def test_a_search_without_time_still_bounds():
    p = block_problem(3)
    clock = Clock(None, 0.0)
    found = lagrangian.Search(Blocks(p), clock).optimize_prices()
    assert found.bound <= highs.solve_with_highs(block_problem(3), clock=Clock()).value + 1e-6
