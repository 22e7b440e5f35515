"""Routes that exclude each other: of VPCs whose CIDRs overlap, a route table leads to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.architectures.paths.base import Path
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.demand.demand import Demand


class Routes(NamedTuple):
    """What flows route: the number of each flow (or candidate), its VPC, and the counterpart that routes back to it."""

    flows: IntArray
    vpc: IntArray
    counterpart: IntArray


def list_flow_routes(d: Demand, offered: Sequence[Path], flow: IntArray, path: IntArray) -> Routes:
    """Return the routes of flows, each by a path: numbers are positions in ``flow``.

    Args:
        d: the demand.
        offered: its paths.
        flow: numbers of flows.
        path: the number of the path of each; -1 is none.
    """
    parts = []
    for number in np.unique(path[path >= 0]):
        at = np.flatnonzero(path == number)
        to = offered[number].route_flows(d, flow[at])
        parts.append((at[to >= 0], to[to >= 0]))
    none = np.zeros(0, dtype=np.int64)
    at, to = (np.concatenate([none, *(part[i] for part in parts)]) for i in range(2))
    return Routes(at, d.flows.vpc[flow[at]].astype(np.int64), to.astype(np.int64))


def find_clashing_flows(d: Demand, offered: Sequence[Path], plan: IntArray) -> IntArray:
    """Return the flows that a plan routes to a counterpart to which a VPC that overlaps theirs is routed as well."""
    if not len(d.ranges[0]):
        return np.zeros(0, dtype=np.int64)
    routes = list_flow_routes(d, offered, np.arange(len(plan)), plan)
    pairs, inverse = np.unique(routes.counterpart * len(d.vpcs) + routes.vpc, return_inverse=True)
    counterpart, vpc = np.divmod(pairs, len(d.vpcs))
    return np.sort(routes.flows[find_overlapping_vpcs(d, counterpart, vpc)[inverse]])


def find_overlapping_vpcs(d: Demand, group: IntArray, vpc: IntArray) -> BoolArray:
    """Tell which VPCs overlap with another one of their group.

    Ranges in order of their start are held against the furthest end before each, and against the starts up to their
    own end. Those of one VPC are joined, so what meets is another VPC's.

    Args:
        d: the demand.
        group: the number of the group of each VPC, (group, VPC) once each.
        vpc: the VPCs.
    """
    of, at = _select_ranges(d, vpc)
    _, begin, end = d.ranges
    out = np.zeros(len(vpc), dtype=bool)
    if not len(at):
        return out
    apart = group[of] * (end.max() + 1)  # what one group has lies behind what the one before it has
    order = np.argsort(apart + begin[at], kind="stable")
    begin, end = (apart + begin[at])[order], (apart + end[at])[order]
    meets = np.searchsorted(begin, end, side="right") > np.arange(1, len(at) + 1)
    meets[1:] |= np.maximum.accumulate(end)[:-1] >= begin[1:]
    out[of[order[meets]]] = True
    return out


def find_exclusion_sets(d: Demand, vpc: IntArray) -> list[IntArray]:
    """Return sets of VPCs that share an address, none inside another: of each set one at most can be routed somewhere.

    Args:
        d: the demand.
        vpc: the VPCs, each once.
    """
    of, at = _select_ranges(d, vpc)
    _, begin, end = d.ranges
    begin, end = begin[at], end[at]
    starts = np.unique(begin)
    depth = np.searchsorted(np.sort(begin), starts, side="right") - np.searchsorted(np.sort(end), starts)
    starts = starts[depth > 1]
    following = np.r_[starts[1:], np.iinfo(np.int64).max]
    ends = np.sort(end)
    some = np.searchsorted(ends, starts) < np.searchsorted(ends, following)  # nothing ends before the next start: less
    sets = (np.unique(vpc[of[(begin <= point) & (point <= end)]]) for point in starts[some])
    found = {tuple(one.tolist()) for one in sets if len(one) > 1}
    return [np.array(one) for one in sorted(found)]


def _select_ranges(d: Demand, vpc: IntArray) -> tuple[IntArray, IntArray]:
    """Return the known ranges of VPCs: the position of each one's VPC, and its number in ``d.ranges``."""
    owner = d.ranges[0]
    number = np.bincount(owner, minlength=len(d.vpcs))
    first = np.cumsum(number) - number
    many = number[vpc]
    of = np.repeat(np.arange(len(vpc)), many)
    return of, np.repeat(first[vpc] - np.cumsum(many) + many, many) + np.arange(many.sum())
