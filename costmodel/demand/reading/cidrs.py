"""Known CIDRs as ranges of addresses, and which VPCs they keep from being routed to whom."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, IntArray
    from costmodel.demand.demand import Demand
    from costmodel.demand.reading.expand import Expansion

_VERSION = 128  # bits: the addresses of IPv4 lie before those of IPv6


def find_cidr_overlaps(d: Demand) -> BoolArray:
    """Tell which VPCs' known CIDRs overlap with a counterpart's: (V, counterparts).

    A counterpart's ranges are apart from each other, so a range meets one of them if it meets the last that begins
    before its own end.
    """
    owner, begin, end = d.ranges
    out = np.zeros((len(d.vpcs), len(d.counterparts)), dtype=bool)
    for column, counterpart in enumerate(d.counterparts.tolist()):
        mine = np.flatnonzero(owner == counterpart)
        if len(mine):
            mine = mine[np.argsort(begin[mine])]
            last = np.searchsorted(begin[mine], end, side="right") - 1
            out[owner[(last >= 0) & (end[mine][np.maximum(last, 0)] >= begin)], column] = True
            out[counterpart, column] = False
    return out


def collect_address_ranges(x: Expansion) -> tuple[IntArray, IntArray, IntArray]:
    """Return each known range's VPC, in order of VPCs, and its first and last address by rank among all of them."""
    known: dict[int, list[tuple[int, int]]] = {-1: []}  # a hub that was added has none
    for v in x.vpcs:
        if v.spec is not None and v.entry_number not in known:
            known[v.entry_number] = _join_ranges(x, v.entry_number, v.spec.cidrs)
            if v.spec.count > 1 and v.spec.cidrs:
                text = (
                    f"its {v.spec.count} VPCs have the same 'cidrs', so no two of them can be routed to the "
                    f"same hub or provider"
                )
                x.notes.append(f"{v.group}: {text}. Give each its own entry where they differ.")
    if not all(known[i] for i in known if i >= 0):
        x.notes.append("CIDRs are not known for every VPC: overlaps are not checked there.")
    addresses = sorted({a for ends in known.values() for pair in ends for a in pair})
    rank = {address: i for i, address in enumerate(addresses)}
    rows = [(i, rank[a], rank[b]) for i, v in enumerate(x.vpcs) for a, b in known[v.entry_number]]
    owner, begin, end = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return owner, begin, end


def _join_ranges(x: Expansion, index: int, cidrs: list[str]) -> list[tuple[int, int]]:
    """Return the ranges of an entry's CIDRs, those that touch or overlap as one."""
    try:
        nets = [ipaddress.ip_network(c, strict=False) for c in cidrs]
    except ValueError as error:
        raise x.document.make_error(f"'cidrs': {error}.", "vpcs", index, "cidrs") from None
    joined: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = [
        *ipaddress.collapse_addresses(n for n in nets if isinstance(n, ipaddress.IPv4Network)),
        *ipaddress.collapse_addresses(n for n in nets if isinstance(n, ipaddress.IPv6Network)),
    ]
    version = [n.version << _VERSION for n in joined]
    return [(v | int(n[0]), v | int(n[-1])) for v, n in zip(version, joined, strict=True)]
