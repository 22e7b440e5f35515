"""Problems in blocks: the same optimum as HiGHS finds, bounds that hold, and plans that keep to the rows."""

from __future__ import annotations

import numpy as np
import pytest

from costmodel.optimizer.clock import Clock
from costmodel.optimizer.model.problem import Problem, Row
from costmodel.optimizer.search import highs, lagrangian
from costmodel.optimizer.search.blocks import Blocks


def problem(seed):
    """A random problem: blocks of flows with keys of their own and a few that all share, rows on some of both."""
    r = np.random.default_rng(seed)
    count, flows, own, shared = (int(r.integers(*ends)) for ends in ((2, 9), (1, 5), (1, 4), (0, 5)))
    key_cost = np.round(np.r_[r.random(count * own) * 15, r.random(shared) * 40], 3)
    rows, f = [], 0
    for block in range(count):
        mine = block * own + np.arange(own)
        for _ in range(flows):
            rows.append((f, float(r.random() * 20 + 5), []))
            for _ in range(int(r.integers(0, 4))):
                some = list(r.choice(mine, int(r.integers(0, min(own, 2) + 1)), replace=False))
                if shared and r.random() < 0.6:
                    some.append(count * own + int(r.integers(shared)))
                rows.append((f, float(r.random() * 10), some))
            f += 1
    keys = np.full((len(rows), 3), -1, dtype=np.int32)
    for i, (_, _, some) in enumerate(rows):
        keys[i, : len(some)] = sorted(some, reverse=True)
    p = Problem(np.array([f for f, _, _ in rows]), np.array([c for _, c, _ in rows]), keys, key_cost)
    n = len(rows)
    keyed = np.flatnonzero(keys[:, 0] >= 0)
    for _ in range(int(r.integers(0, 4))):
        if r.random() < 0.5:
            columns = n + own * np.flatnonzero(r.random(count) < 0.8)
        else:
            columns = keyed[r.random(len(keyed)) < 0.7]
        if len(columns):
            p.rows.append(Row(columns, np.ones(len(columns)), float(r.integers(0, max(len(columns) // 2, 1) + 1))))
    return p


def keeps(p, chosen):
    taken = np.zeros(p.width)
    taken[chosen] = 1
    taken[len(p.cost) :] = p.used(chosen)
    return all(taken[row.columns] @ row.values <= row.high + 1e-6 for row in p.rows)


def compared(seeds, monkeypatch):
    monkeypatch.setattr(lagrangian, "LEAST", 0)
    reached = {"rows": 0, "shared": 0, "blocks": 0}
    for seed in seeds:
        p = problem(seed)
        least = highs.solve(problem(seed), clock=Clock())
        found = lagrangian.solve(p, clock=Clock())
        if not np.isfinite(least.value):
            assert not np.isfinite(found.value), seed
            continue
        assert found.value == pytest.approx(least.value, abs=1e-5), seed
        assert found.bound == pytest.approx(least.value, abs=1e-5), seed
        assert p.total(found.chosen) == pytest.approx(found.value), seed
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
        p = problem(seed)
        least = highs.solve(problem(seed), clock=Clock())
        there = Blocks(p)
        if there.own is None or not np.isfinite(least.value):
            continue
        search = lagrangian.Search(there, Clock())
        r = np.random.default_rng(seed)
        for _ in range(5):
            prices = r.random(len(p.rows)) * 20
            assert search.at(prices).bound <= least.value + 1e-6, seed
        used = p.used(least.chosen)
        search.open, search.closed = there.shared[:-1] & used, there.shared[:-1] & ~used
        assert search.at(prices).bound <= least.value + 1e-6, seed


def test_a_search_without_time_still_bounds():
    p = problem(3)
    clock = Clock(None, 0.0)
    found = lagrangian.Search(Blocks(p), clock).narrow_down()
    assert found.bound <= highs.solve(problem(3), clock=Clock()).value + 1e-6
