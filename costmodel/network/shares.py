"""Each resource's share of its pools, tier by tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.decimals import quotients, with_exact_decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.arrays import BoolArray, IntArray, QuantityArray
    from costmodel.network.pools import Group, Pool
    from costmodel.network.usage import Block


class TieredRows(NamedTuple):
    """Rows of a block that belong to one pool, with their quantities per tier.

    Attributes:
        block: the block.
        pool: the pool, which has a price schedule.
        rows: row numbers of the block's table, shape (rows,).
        quantity: in the meter's unit, shape (rows, 1 + tiers). The first column, whose price is 0, contains what an
            allowance or another meter covers.
    """

    block: Block
    pool: Pool
    rows: IntArray
    quantity: QuantityArray


class _Part(NamedTuple):
    """Rows of one block in a pool: their row numbers, the pool row (owner) of each, and their quantities per tier."""

    block: Block
    rows: IntArray
    owners: IntArray
    quantity: QuantityArray


@with_exact_decimals
def split_groups_by_tier(groups: Sequence[Group], *, exact: bool) -> list[TieredRows]:
    """Return the rows of each block and priced pool, with their quantities per tier.

    Args:
        groups: the meters' blocks and pools.
        exact: give what division leaves over to the last row of each pool, so that its rows sum to it exactly.
    """
    tiered = []
    for group in groups:
        first_numbers = np.cumsum([0, *(len(pool.owners) for pool in group.pools)])
        for pool, first_number in zip(group.pools, first_numbers, strict=False):
            if pool.ladder is None:
                continue
            split = _split_pool(pool)
            parts = _split_blocks(group, pool, int(first_number), split)
            if exact:
                _assign_remainders(parts, split)
            tiered += [TieredRows(part.block, pool, part.rows, part.quantity) for part in parts]
    return tiered


def _split_pool(pool: Pool) -> QuantityArray:
    """Return the quantity of each owner per tier, shape (owners, 1 + tiers); the first column is what is covered."""
    split = pool.schedule.tiers.split_by_tier(pool.quantity)
    split[..., 0] = split[..., 0] - pool.free
    covered = np.stack([pool.free + pool.included], axis=-1)
    whole: QuantityArray = np.concatenate([covered, split], axis=-1)
    return whole


def _split_blocks(group: Group, pool: Pool, first_number: int, split: QuantityArray) -> list[_Part]:
    """Return the rows of each block that belong to a pool, with their shares of its tiers.

    Args:
        group: the pool's group, whose rows have the numbers of pool rows.
        pool: the pool.
        first_number: the number of the pool's first row in its group.
        split: the pool's quantity per tier, shape (owners, 1 + tiers).
    """
    in_one_tier = (np.count_nonzero(split, axis=-1) == 1) & (split.sum(axis=-1) == pool.metered)
    end_number = first_number + len(pool.owners)
    parts = []
    for block, pool_numbers in zip(group.blocks, group.rows, strict=True):
        in_pool = (pool_numbers >= first_number) & (pool_numbers < end_number)
        rows = np.flatnonzero(in_pool & (block.quantity != 0))
        if len(rows):
            owners = pool_numbers[rows] - first_number
            shares = _compute_shares(split[owners], block.quantity[rows], pool.metered[owners], in_one_tier[owners])
            parts.append(_Part(block, rows, owners, shares))
    return parts


def _compute_shares(
    split: QuantityArray, quantity: QuantityArray, metered: QuantityArray, in_one_tier: BoolArray
) -> QuantityArray:
    """Return each row's share of its owner's tiers, shape (rows, 1 + tiers); if the owner fills one tier, all of it."""
    divide: Any = quotients if quantity.dtype == object else np.divide  # both are ufuncs of two arrays
    shares = divide(split * quantity[:, None], metered[:, None])
    undivided = np.where(split != 0, quantity[:, None], 0 * split)
    result: QuantityArray = np.where(in_one_tier[:, None], undivided, shares)
    return result


def _assign_remainders(parts: list[_Part], split: QuantityArray) -> None:
    """Add what division left over to the last row of each owner, so that the rows sum to the pool exactly."""
    remainder = split.copy()
    last_row: dict[int, tuple[_Part, int]] = {}
    for part in parts:
        np.subtract.at(remainder, part.owners, part.quantity)
        last_row.update({int(owner): (part, row) for row, owner in enumerate(part.owners)})
    for owner, (part, row) in last_row.items():
        part.quantity[row] = part.quantity[row] + remainder[owner]
