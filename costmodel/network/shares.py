"""Each resource's share of its pools, tier by tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.core.decimals import quotients, with_exact_decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.network.pools import Group, Pool
    from costmodel.network.usage import Block


@with_exact_decimals
def split_groups_by_tier(groups: Sequence[Group], *, exact: bool) -> list[tuple[Block, Pool, Any, Any]]:
    """Return the rows of each block and pool, and their quantities per tier; see :meth:`Bill.parts`."""
    out = []
    for blocks, pools, numbers in groups:
        sizes = np.cumsum([0, *(len(p.owners) for p in pools)])
        for k, pool in enumerate(pools):
            if pool.ladder is None:
                continue
            split = pool.ladder.tiers.split_by_tier(pool.quantity)
            split[..., 0] = split[..., 0] - pool.free
            split = np.concatenate([np.stack([pool.free + pool.included], axis=-1), split], axis=-1)
            whole = (np.count_nonzero(split, axis=-1) == 1) & (split.sum(axis=-1) == pool.metered)
            parts = []
            for b, ids in zip(blocks, numbers, strict=True):
                rows = np.flatnonzero((ids >= sizes[k]) & (ids < sizes[k + 1]) & (b.quantity != 0))
                if len(rows):
                    own = ids[rows] - sizes[k]
                    shares = _compute_shares(split[own], b.quantity[rows], pool.metered[own], whole[own])
                    parts.append((b, rows, own, shares))
            if exact:
                _assign_remainders(parts, split)
            out += [(b, pool, rows, quantity) for b, rows, _, quantity in parts]
    return out


def _compute_shares(split: Any, quantity: Any, metered: Any, whole: Any) -> Any:
    """Return each row's share of its pool's tiers; of a pool that lies in one tier (``whole``) it is all of the row."""
    divide: Any = quotients if quantity.dtype == object else np.divide
    shares = divide(split * quantity[:, None], metered[:, None])
    return np.where(whole[:, None], np.where(split != 0, quantity[:, None], 0 * split), shares)


def _assign_remainders(parts: list[tuple[Block, Any, Any, Any]], split: Any) -> None:
    """Let the last row of each pool take what division left over, so that its rows sum to the pool exactly."""
    left = split.copy()
    last: dict[int, tuple[int, int]] = {}
    for n, (_, _, own, quantity) in enumerate(parts):
        np.subtract.at(left, own, quantity)
        last.update({int(pool): (n, j) for j, pool in enumerate(own)})
    for pool, (n, j) in last.items():
        quantity = parts[n][3]
        quantity[j] = quantity[j] + left[pool]
