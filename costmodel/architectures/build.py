"""The network that a plan makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.architectures.paths.endpoints import (
    CrossRegionEndpoint,
    GatewayEndpoint,
    OwnEndpoint,
    ResourceEndpoint,
)
from costmodel.architectures.paths.hubs import HubPeering, HubTransitGateway, HubVirtualPrivateGateway, SharedVpc
from costmodel.architectures.paths.nat import NatCentralized, NatCentralizedSingle, NatPerZone, NatRegional, NatSingle
from costmodel.architectures.paths.services import Lattice, RoutedPeering, RoutedTransitGateway
from costmodel.architectures.rows import build_resource_table
from costmodel.core.errors import InfeasibleError
from costmodel.network.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.architectures.paths.base import Path
    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.demand.demand import Demand, Need

_BLOCK = 65_536

PATHS: tuple[type[Path], ...] = (
    GatewayEndpoint,
    OwnEndpoint,
    HubTransitGateway,
    HubPeering,
    HubVirtualPrivateGateway,
    SharedVpc,
    NatPerZone,
    NatSingle,
    NatRegional,
    NatCentralized,
    NatCentralizedSingle,
    ResourceEndpoint,
    Lattice,
    CrossRegionEndpoint,
    RoutedTransitGateway,
    RoutedPeering,
)


def list_paths(d: Demand) -> list[Path]:
    """Return every path of a demand: one per class, or one per class and rank of hub; then those of other widths."""
    ranks = max(d.hubs.shape[1], 1)
    each = [(path, rank) for path in PATHS for rank in range(ranks if path.hubbed else 1)]
    usual = [path(rank) for path, rank in each]
    return usual + [path(rank, width) for path, rank in each for width in path.list_widths(d)]


def build_network(d: Demand, plan: IntArray, *, scale: float = 1.0) -> Network:
    """Build what a plan needs: per key the highest level asked for, amounts summed.

    Args:
        d: the demand.
        plan: a number in ``paths(d)`` per flow; -1 leaves a flow out.
        scale: factor on the GB of every flow; requests stay.

    Raises:
        InfeasibleError: a VPC would use two paths of one mode, such as NAT gateways per zone and a single one.
    """
    offered = list_paths(d)
    _refuse_mixed_modes(d, offered, plan)
    levels: dict[type[Resource], FloatArray] = {}
    amounts: dict[type[Resource], dict[str, FloatArray]] = {}
    for number, flows in _iterate_blocks(plan, len(offered)):
        for need in offered[number].list_needs(d, flows):
            _raise_level(d, levels, need)
    for need in d.existing:
        _raise_level(d, levels, need)
    built = d.with_standing_zones(levels)
    for number, flows in _iterate_blocks(plan, len(offered)):
        for put in offered[number].list_puts(built, flows):
            columns = amounts.setdefault(put.kind, {})
            if put.column not in columns:
                columns[put.column] = np.zeros(d.count_ids(put.kind.ids))
            _add_amounts(columns[put.column], put.ids, put.amount)
    tables = {}
    for kind in {**levels, **amounts}:
        table = build_resource_table(d, kind, levels.get(kind), amounts.get(kind, {}), scale)
        if len(table):
            tables[kind] = table
    tables.update(d.fixed)
    return Network(tables, d.assumptions, d.on, list(d.notes))


def _iterate_blocks(plan: IntArray, number: int) -> Iterator[tuple[int, IntArray]]:
    """Go through the paths used and their flows, in blocks that stay in the processor's cache."""
    for path in np.flatnonzero(np.bincount(plan[plan >= 0], minlength=number)):
        flows = np.flatnonzero(plan == path)
        for begin in range(0, len(flows), _BLOCK):
            yield int(path), flows[begin : begin + _BLOCK]


def _raise_level(d: Demand, levels: dict[type[Resource], FloatArray], need: Need) -> None:
    """Raise the level of keys to what a need asks."""
    if need.kind not in levels:
        levels[need.kind] = np.zeros(d.count_ids(need.kind.ids))
    ids, level = _reduce_runs(np.maximum, need.ids, need.level)
    np.maximum.at(levels[need.kind], ids, level)


def _add_amounts(column: FloatArray, ids: IntArray, amount: FloatArray) -> None:
    """Add amounts to what their ids have."""
    np.add.at(column, *_reduce_runs(np.add, ids, amount))


def _reduce_runs(reduce: np.ufunc, ids: IntArray, values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Reduce the values of equal ids in a row, a VPC's or a hub's: one at a time they would wait for each other."""
    new = np.empty(len(ids), dtype=bool)
    new[:1] = True
    np.not_equal(ids[1:], ids[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    if 2 * len(starts) > len(ids):
        return ids, values
    return ids[starts], reduce.reduceat(values, starts)


def _refuse_mixed_modes(d: Demand, offered: list[Path], plan: IntArray) -> None:
    """Refuse a plan in which a VPC uses two paths of one mode."""
    used = set(np.unique(plan).tolist())
    for mode in {path.mode for path in offered if path.mode}:
        numbers = [number for number, path in enumerate(offered) if path.mode == mode and number in used]
        _refuse_mixed_paths(d, offered, plan, numbers)


def _refuse_mixed_paths(d: Demand, offered: list[Path], plan: IntArray, numbers: list[int]) -> None:
    """Refuse a plan in which a VPC uses two of some paths."""
    first_path = np.full(len(d.vpcs), -1)
    for number in numbers:
        vpcs = np.unique(d.flows.vpc[plan == number])
        mixed = vpcs[first_path[vpcs] >= 0]
        if len(mixed):
            names = d.vpcs.name[mixed]
            one, other = offered[first_path[mixed[0]]], offered[number]
            message = f"VPC {names[0]} cannot use both {one.name} and {other.name}: choose one for all its flows."
            raise InfeasibleError(message, [(f"{other.mode}-mixed", str(name), None) for name in names])
        first_path[vpcs] = number
