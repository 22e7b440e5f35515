"""The maximum flow against Edmonds and Karp's, written here; the reductions against brute force."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections import deque

import numpy as np
import pytest

from costmodel.core.errors import InfeasibleError
from costmodel.optimizer.model.problem import Problem, Row, label_components
from costmodel.optimizer.search.max_flow import Graph, find_cut_with_ortools, find_min_cut
from costmodel.optimizer.search.min_cut import Rivals, assign_key_colours
from costmodel.optimizer.search.persistency import fix_key, fix_persistent_keys
from costmodel.optimizer.search.presolve import presolve_problem
from tests.support.random_problems import shared_key_problem


def find_shortest_way(beside, left, source, sink):
    """The arcs of a shortest way with capacity left; None where there is none."""
    came, queue = {source: None}, deque([source])
    while queue and sink not in came:
        n = queue.popleft()
        for m in beside[n]:
            if m not in came and left[n, m] > 0:
                came[m] = n
                queue.append(m)
    if sink not in came:
        return None
    way, n = [], sink
    while came[n] is not None:
        way.append((came[n], n))
        n = came[n]
    return way


def augmented(nodes, tail, head, capacity, source, sink):
    """The maximum flow by shortest augmenting paths."""
    left = {}
    for a, b, c in zip(tail, head, capacity, strict=True):
        left[a, b] = left.get((a, b), 0) + int(c)
        left.setdefault((b, a), 0)
    beside = {n: [b for a, b in left if a == n] for n in range(nodes)}
    total = 0
    while (way := find_shortest_way(beside, left, source, sink)) is not None:
        much = min(left[one] for one in way)
        for a, b in way:
            left[a, b] -= much
            left[b, a] += much
        total += much
    return total


def random_graph(seed):
    """Nodes, tails, heads and capacities of a small graph without loops."""
    r = np.random.default_rng(seed)
    nodes = int(r.integers(2, 14))
    arcs = int(r.integers(0, 50))
    tail, head = r.integers(0, nodes, arcs), r.integers(0, nodes, arcs)
    keep = tail != head
    tail, head = tail[keep], head[keep]
    capacity = r.integers(0, [3, 100, 2**45][seed % 3], len(tail))
    return nodes, tail, head, capacity


@pytest.mark.parametrize("seed", range(150))
def test_a_cut_is_as_small_as_the_flow_is_large(seed):
    nodes, tail, head, capacity = random_graph(seed)
    found = Graph(nodes, tail, head).find_cut(capacity, 0, nodes - 1)
    assert found.value == augmented(nodes, tail, head, capacity, 0, nodes - 1)
    assert found.source[0]
    assert not found.source[-1]
    assert found.value == int(capacity[found.source[tail] & ~found.source[head]].sum())


@pytest.mark.parametrize("seed", range(150))
def test_or_tools_finds_the_same_value_and_the_same_side(seed):
    pytest.importorskip("ortools", reason="OR-Tools is not installed: pip install 'costmodel[fast]'")
    nodes, tail, head, capacity = random_graph(seed)
    if not len(tail):
        return
    ours = Graph(nodes, tail, head).find_cut(capacity, 0, nodes - 1)
    theirs = find_cut_with_ortools(nodes, tail, head, capacity, source=0, sink=nodes - 1)
    assert theirs is not None
    assert theirs.value == ours.value
    assert np.array_equal(theirs.source, ours.source)


def test_a_large_graph_without_or_tools_is_cut_by_ours(monkeypatch):
    monkeypatch.setitem(sys.modules, "ortools.graph.python.max_flow", None)
    monkeypatch.setattr("costmodel.optimizer.search.max_flow.LARGE", 1)
    nodes, tail, head, capacity = random_graph(1)
    found = find_min_cut(nodes, tail, head, capacity, source=0, sink=nodes - 1)
    assert np.array_equal(found.source, Graph(nodes, tail, head).find_cut(capacity, 0, nodes - 1).source)


def whole(p):
    """The optimum by all choices of candidates."""
    starts = [np.flatnonzero(p.flow == f) for f in np.unique(p.flow)]
    return min(p.compute_choice_cost(np.array(choice)) for choice in itertools.product(*starts))


def tiny(seed):
    p = shared_key_problem(seed)
    keep = p.flow < 5
    return Problem(p.flow[keep], p.cost[keep], p.keys[keep], p.key_cost)


@pytest.mark.parametrize("seed", range(60))
def test_a_reduced_problem_has_the_same_optimum(seed):
    p = tiny(seed)
    small, at = presolve_problem(p)
    assert len(small.cost) <= len(p.cost)
    assert np.array_equal(p.flow[at], small.flow)
    assert whole(small) == pytest.approx(whole(p), rel=1e-9, abs=1e-9)
    colour, twisted = assign_key_colours(small)
    if not twisted.any():
        less, more, kept = fix_persistent_keys(small, colour)
        assert whole(less) == pytest.approx(whole(p), rel=1e-9, abs=1e-9)
        assert len(kept) == len(less.key_cost)
        assert np.array_equal(small.flow[more], less.flow)


@pytest.mark.parametrize("seed", range(20))
def test_a_key_is_open_or_closed_in_the_optimum(seed):
    p = tiny(seed)
    halves = [fix_key(p, 0, is_open=True)[0]]
    with contextlib.suppress(InfeasibleError):
        halves.append(fix_key(p, 0, is_open=False)[0])
    assert min(map(whole, halves)) == pytest.approx(whole(p), rel=1e-9, abs=1e-9)


def test_what_has_no_price_is_left_out_and_a_flow_without_candidates_said():
    keys = np.array([[0], [-1]], dtype=np.int32)
    p = Problem(np.array([0, 0]), np.array([np.inf, 3.0]), keys, np.array([1.0]))
    small, at = presolve_problem(p)
    assert (small.cost.tolist(), at.tolist()) == ([3.0], [1])
    with pytest.raises(InfeasibleError, match="No plan is made of what is priced"):
        presolve_problem(Problem(np.array([0]), np.array([np.inf]), np.full((1, 0), -1, dtype=np.int32), np.zeros(0)))


def test_a_row_keeps_its_columns_and_its_flows_together():
    keys = np.array([[0], [-1], [1], [-1]], dtype=np.int32)
    row = Row(np.array([4, 5]), np.ones(2), 1.0)
    p = Problem(np.array([0, 0, 1, 1]), np.array([1.0, 9.0, 1.0, 9.0]), keys, np.array([2.0, 2.0]), [row])
    of_flow, of_key, _ = p.label_connected_columns(2)
    assert of_flow[0] == of_flow[1] == of_key[0] == of_key[1]
    small, _ = presolve_problem(p)
    assert [r.high for r in small.rows] == [1.0]


def test_joined_nodes_share_the_least_number():
    assert label_components(np.array([3, 1, 5]), np.array([1, 0, 5]), 6).tolist() == [0, 0, 2, 0, 4, 5]


@pytest.mark.parametrize("seed", range(60))
def test_colours_without_a_key_are_those_of_a_problem_in_which_it_is_open(seed):
    p = shared_key_problem(seed)
    rivals = Rivals(p)
    for key in range(len(p.key_cost)):
        _, twisted = rivals.assign_colours(key)
        _, there = assign_key_colours(fix_key(p, key, is_open=True)[0])
        assert twisted.tolist() == there.tolist()
