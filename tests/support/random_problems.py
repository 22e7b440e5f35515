"""Random problems of the search: flows, their candidates, the keys that candidates need, rows."""

from __future__ import annotations

import numpy as np

from costmodel.optimizer.model.problem import Problem, Row


def shared_key_problem(seed):
    """A random problem: flows whose candidates need keys of a few shared sets, of two colours or not."""
    r = np.random.default_rng(seed)
    flows, k = int(r.integers(1, 30)), int(r.integers(1, 9))
    side = r.integers(0, 2, k).astype(bool)
    rows = []
    for f in range(flows):
        rows.append((f, float(r.random() * 20 + 5), []))
        for _ in range(int(r.integers(0, 4))):
            wild = seed % 3 == 0 and r.random() < 0.2
            pool = np.flatnonzero(side == (r.random() < 0.5)) if not wild else np.arange(k)
            if len(pool):
                rows.append(
                    (f, float(r.random() * 12), r.choice(pool, min(len(pool), int(r.integers(1, 4))), replace=False))
                )
    keys = np.full((len(rows), 3), -1, dtype=np.int32)
    for i, (_, _, some) in enumerate(rows):
        keys[i, : len(some)] = sorted(some, reverse=True)
    cost = np.array([c for _, c, _ in rows])
    return Problem(np.array([f for f, _, _ in rows]), cost, keys, np.round(r.random(k) * 25, 3))


def block_problem(seed):
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
