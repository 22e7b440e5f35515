"""Pools: quantities added up as AWS adds them, each filling its tiers once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from costmodel.core.decimals import to_decimal
from costmodel.core.errors import UnpricedError
from costmodel.core.table import Codes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from costmodel.core.meters import Meter
    from costmodel.network.usage import Block, Usage
    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import PriceSchedule


@dataclass(eq=False)
class Pool:
    """A meter's pools in one location (or pair): one row an owner, for one billing month.

    Attributes:
        meter: the meter.
        location: whose price applies.
        counterpart: the other Region of a pair, or "".
        owners: the payer (or account) of each row.
        metered: quantity of each row as the resources used it.
        quantity: what is priced: ``metered``, less what another meter includes and what exceeds the schedule's end.
        beyond: what is unpriced: all where no price is held, else what exceeds the schedule's end.
        ladder: the schedule and its source; None where unpriced.
        cost: cost of each row.
        free: quantity of each row that an allowance covers.
        included: quantity of each row that another meter covers: ``metered`` less what is priced or unpriced.
        spare: what each row may still use before it costs: of an allowance, or of what another meter includes.
        region: FOCUS's RegionId; a link's is the one it leads to.
        zone: FOCUS's AvailabilityZone, of a Local or Wavelength Zone.
    """

    meter: Meter
    location: str
    counterpart: str
    owners: list[str]
    metered: Any
    quantity: Any
    beyond: Any
    ladder: PriceSchedule | None
    cost: Any
    free: Any
    included: Any
    spare: Any
    region: str
    zone: str | None

    @property
    def schedule(self) -> PriceSchedule:
        """The schedule of a pool that is known to have one."""
        assert self.ladder is not None  # noqa: S101 - callers ask priced pools only
        return self.ladder

    def compute_row_cost(self, row: int, *, at_list: bool = False) -> Decimal:
        """Return the cost of one row as a Decimal: as contracted, or at list prices."""
        schedule = self.schedule
        tiers = schedule.list if at_list else schedule.tiers
        cost: Decimal = tiers.cost(to_decimal(self.quantity[row]))
        return cost - to_decimal(self.free[row]) * tiers.prices[0]

    def compute_total(self, *, at_list: bool = False) -> Decimal:
        """Return the cost of all rows as a Decimal, as contracted or at list prices, without what is unpriced."""
        return sum((self.compute_row_cost(int(i), at_list=at_list) for i in np.flatnonzero(self.quantity)), Decimal(0))

    def explain_unpriced_pool(self, book: PriceBook, on: date | None) -> str:
        """Say what is unpriced here, and what to do."""
        if self.ladder is None:
            return book.explain_missing_price(self.meter.id, self.location, self.counterpart, on)
        return (
            f"No price for {self.meter.id} in {self.location} above {self.ladder.tiers.end:f} {self.meter.unit}: the "
            "schedule held ends there, and none is invented beyond it. Add the rows of its higher tiers to "
            "data/pricing/prices.csv."
        )


class Group(NamedTuple):
    """A meter's blocks, its pools, and per block the number of each row's pool, counted over all pools."""

    blocks: list[Block]
    pools: list[Pool]
    rows: list[Any]


_Groups: TypeAlias = "Mapping[tuple[str, str], Group]"


def price_pools(usage: Usage, book: PriceBook, on: date | None, *, partial: bool) -> list[Group]:
    """Pool usage meter by meter, and price each pool.

    Raises:
        UnpricedError: a quantity has no price, or lies above the end of its schedule, and ``partial`` is off.
    """
    by_meter: dict[tuple[str, str], list[Block]] = {}
    for block in sorted(usage.blocks, key=lambda b: b.meter.includes is not None):
        by_meter.setdefault(block.meter.pool, []).append(block)
    groups: dict[tuple[str, str], Group] = {}
    numbered: dict[Any, Any] = {}
    for name, blocks in by_meter.items():
        groups[name] = _group_meter_blocks(blocks, book, on, groups, numbered, partial=partial)
    if usage.network.assumptions["free-egress"] == "counted":
        _share_allowances(groups, book, on)
    return list(groups.values())


def _sum_by_pool(ids: Any, quantity: Any, size: int) -> Any:
    if quantity.dtype != object:
        return np.bincount(ids, quantity, minlength=size)
    out = np.full(size, Decimal(0), dtype=object)
    np.add.at(out, ids, quantity)
    return out


def _group_meter_blocks(
    blocks: list[Block],
    book: PriceBook,
    on: date | None,
    before: _Groups,
    numbered: dict[Any, Any],
    *,
    partial: bool,
) -> Group:
    """Pool the blocks of one meter."""
    m = blocks[0].meter
    owners: dict[str, int] = {}
    places: dict[str, int] = {}
    others: dict[str, int] = {"": 0}
    keys: list[tuple[Any, Any]] = []
    for block in blocks:
        at = block.at
        if m.everywhere:
            at = Codes(at.codes, [book.get_pool_location(label) for label in at.labels])
        ends = (at, block.to, block.owner)
        maps = [
            codes and codes.index_labels(index) for codes, index in zip(ends, (places, others, owners), strict=True)
        ]
        keys.append((ends, maps))
    widths = (len(others), len(owners))
    dense = [_index_pools(ends, maps, widths, numbered) for ends, maps in keys]
    size = len(places) * len(others) * len(owners)
    if size > 4 * sum(map(len, dense)) + 1000:
        present, inverse = np.unique(np.concatenate(dense), return_inverse=True)
        dense = np.split(inverse, np.cumsum([len(d) for d in dense])[:-1])
        size = len(present)
    else:
        present = np.arange(size)
    metered = sum(_sum_by_pool(ids, b.quantity, size) for ids, b in zip(dense, blocks, strict=True))
    quantity = _find_largest(dense, blocks, metered) if m.once else metered
    words = list(places), list(others), list(owners)
    pools = _price_meter_pools(m, words, present, (metered, quantity), book, on, before, partial=partial)
    return Group(blocks, pools, dense)


def _find_largest(numbers: list[Any], blocks: list[Block], metered: Any) -> Any:
    """Return the largest quantity of each pool, for a meter that is charged once a pool."""
    largest = np.zeros(len(metered), dtype=metered.dtype) + (Decimal(0) if metered.dtype == object else 0.0)
    for ids, block in zip(numbers, blocks, strict=True):
        np.maximum.at(largest, ids, block.quantity)
    return largest


def _index_pools(ends: tuple[Any, Any, Any], maps: list[Any], widths: tuple[int, int], numbered: dict[Any, Any]) -> Any:
    """Number the pool of each row; meters of one table share the numbers, which are the most expensive part of pooling.

    Args:
        ends: the location, the counterpart and the owner of each row, as Codes; the counterpart may be None.
        maps: for each of them, what each of its labels is in the index of the meter.
        widths: how many counterparts and owners the meter has.
        numbered: numbers of other meters, by the same three.
    """
    key = (*map(id, ends), *map(str, maps), widths)
    if key not in numbered:
        index = None
        for codes, numbers, width in zip(ends, maps, (1, *widths), strict=True):
            index = _append_digit(index, codes, numbers, width)
        numbered[key] = np.asarray(index, dtype=np.intp), ends  # ends: kept alive, so that no id comes twice
    return numbered[key][0]


def _append_digit(index: Any, codes: Codes | None, numbers: Any, width: int) -> Any:
    """Return the index with one more digit, of base ``width``; a digit that is 0 everywhere is not added."""
    if index is not None and width > 1:
        index = np.multiply(index, width, dtype=np.intp)
    if codes is None or (index is not None and len(codes.labels) == 1 and not numbers[0]):
        return index
    digit = codes.codes if numbers == list(range(len(numbers))) else np.take(numbers, codes.codes)
    return digit if index is None else index + digit


def _price_meter_pools(
    m: Meter,
    words: tuple[list[str], list[str], list[str]],
    present: Any,
    amounts: tuple[Any, Any],
    book: PriceBook,
    on: date | None,
    before: _Groups,
    *,
    partial: bool,
) -> list[Pool]:
    """Cut the pools of a meter by location pair, and price each cut."""
    places, others, owners = words
    metered, quantity = amounts
    pools: list[Pool] = []
    pair = present // len(owners)
    starts = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])
    for low, high in zip(starts, [*starts[1:], len(present)], strict=True):
        at, to = divmod(int(pair[low]), len(others))
        rows = slice(low, high)
        names = [owners[i] for i in present[rows] % len(owners)]
        priced, spare = _subtract_included(m, quantity[rows], names, places[at], before)
        ladder = book.find_schedule(m.id, places[at], others[to], on)
        held = 0 * priced if ladder is None else _limit_quantity(ladder.tiers.end, priced)
        cost = 0 * priced if ladder is None else ladder.tiers.cost(held)
        link = book.get_location(places[at]).type == "direct-connect"
        region, zone = (others[to], None) if link else book.get_region_and_zone(places[at])
        included = quantity[rows] - priced
        amounts_of = (metered[rows], held, priced - held, ladder, cost, 0 * priced, included, spare)
        pools.append(Pool(m, places[at], others[to], names, *amounts_of, region, zone))
        if pools[-1].beyond.any() and not partial:
            raise UnpricedError(pools[-1].explain_unpriced_pool(book, on))
    return pools


def _limit_quantity(end: Decimal, quantity: Any) -> Any:
    if not end.is_finite():
        return quantity
    top: Any = end if quantity.dtype == object else float(end)
    return np.minimum(quantity, top)


def _subtract_included(m: Meter, quantity: Any, owners: list[str], location: str, before: _Groups) -> tuple[Any, Any]:
    """Return the quantity beyond what another meter of the same pool includes, and what of that is left."""
    if m.includes is None:
        return quantity, 0 * quantity
    base, each = m.includes
    zero = quantity[:1] * 0
    left: dict[str, Any] = {}
    for group in before.values():  # what covers one meter covers no other
        for pool in (p for p in group.pools if p.location == location):
            if pool.meter.pool == base.pool:
                _add_by_owner(left, pool.owners, (pool.quantity + pool.beyond) * each)
            elif pool.meter.includes is not None and pool.meter.includes[0].pool == base.pool:
                _add_by_owner(left, pool.owners, -pool.included)
    included = np.array([left.get(owner, zero[0]) for owner in owners], dtype=quantity.dtype)
    return np.maximum(quantity - included, zero[0]), np.maximum(included - quantity, zero[0])


def _add_by_owner(sums: dict[str, Any], owners: list[str], quantity: Any) -> None:
    for owner, more in zip(owners, quantity, strict=True):
        sums[owner] = sums.get(owner, 0) + more


def _share_allowances(groups: _Groups, book: PriceBook, on: date | None) -> None:
    """Give each payer's free quantity to its pools, inside their first tier, where it saves most."""
    for group in groups.values():
        if group.pools and group.pools[0].meter.allowance:
            _share_meter_allowance(group.pools, group.pools[0].meter.allowance, book, on)


def _share_meter_allowance(pools: list[Pool], allowance: str, book: PriceBook, on: date | None) -> None:
    """Give the free quantity of one meter to its pools, the highest first price first.

    Args:
        pools: the meter's pools; their ``free``, ``cost`` and ``spare`` change.
        allowance: the id of the price row whose schedule ends at the free quantity.
        book: the prices.
        on: the price date.
    """
    left: dict[str, Decimal] = {}
    entries = [(pool, row) for pool in pools if pool.ladder is not None for row in range(len(pool.owners))]
    for pool, row in sorted(entries, key=lambda entry: -entry[0].schedule.tiers.prices[0]):
        free_schedule = book.find_allowance(allowance, pool.location, on)
        if free_schedule is not None:
            owner = pool.owners[row]
            rest = left.setdefault(owner, free_schedule.tiers.end)
            left[owner] = rest - _use_allowance(pool, row, rest)
    for pool, row in entries:
        unused = left.get(pool.owners[row], Decimal(0))
        pool.spare[row] = unused if pool.quantity.dtype == object else float(unused)


def _use_allowance(pool: Pool, row: int, rest: Decimal) -> Decimal:
    """Take what a pool's row can use of the rest of an allowance off its cost, and return how much that is."""
    tiers = pool.schedule.tiers
    first_edge = tiers.starts[1] if len(tiers.starts) > 1 else tiers.end
    free = min(rest, first_edge, to_decimal(pool.quantity[row]))
    saved = free * tiers.prices[0]
    exact = pool.quantity.dtype == object
    pool.free[row] = free if exact else float(free)
    pool.cost[row] -= saved if exact else float(saved)
    return free
