"""Which VPCs of a demand cannot be routed to whom, because known CIDRs overlap."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from costmodel.demand import Demand
    from costmodel.ingest.demand_expand import Expansion

_VERSION = 128  # bits: the addresses of IPv4 lie before those of IPv6


def overlap(x: Expansion, d: Demand) -> Any:
    """Tell which VPCs' known CIDRs overlap with a counterpart's, or with those of another VPC that it may serve.

    Of two VPCs or sites that overlap each other nothing says which would be routed, so neither is. A hub may serve the
    VPCs and sites that have it among their hubs and have flows, a provider the VPCs with flows to its services.

    Per counterpart, ranges in order of their start are held against the furthest end before each, and against the
    starts up to their own end. Those of one VPC are joined first, so what meets is another VPC's.
    """
    owner, begin, end = _ranges(x)
    out = np.zeros((len(x.vpcs), len(d.counterparts)), dtype=bool)
    if not len(owner):
        return out
    client, server = _served(d)
    number = np.bincount(owner, minlength=len(out))
    first = np.cumsum(number) - number
    many = number[client]
    at = np.repeat(first[client] - np.cumsum(many) + many, many) + np.arange(many.sum())
    group = np.repeat(server, many)
    apart = end.max() + 1  # what one counterpart serves lies behind what the one before it does
    order = np.argsort(group * apart + begin[at], kind="stable")
    at, group = at[order], group[order]
    begin, end = group * apart + begin[at], group * apart + end[at]
    meets = np.searchsorted(begin, end, side="right") > np.arange(1, len(at) + 1)
    meets[1:] |= np.maximum.accumulate(end)[:-1] >= begin[1:]
    out[owner[at[meets]], group[meets]] = True
    out[d.counterparts, np.arange(len(d.counterparts))] = False
    return out


def _ranges(x: Expansion) -> tuple[Any, Any, Any]:
    """Return each known range's VPC, in order of VPCs, and its first and last address by rank among all of them."""
    known: dict[int, list[tuple[int, int]]] = {-1: []}  # a hub that was added has none
    for v in x.vpcs:
        if v["index"] not in known:
            known[v["index"]] = _joined(x, v["index"], v["spec"].cidrs)
            if v["spec"].count > 1 and v["spec"].cidrs:
                text = f"its {v['spec'].count} VPCs have the same 'cidrs', so no two are routed to one hub or provider"
                x.notes.append(f"{v['group']}: {text}. Give each an entry of its own where they differ.")
    if not all(known[i] for i in known if i >= 0):
        x.notes.append("CIDRs are not known for every VPC: overlaps are not checked there.")
    addresses = sorted({a for ends in known.values() for pair in ends for a in pair})
    rank = {address: i for i, address in enumerate(addresses)}
    rows = [(i, rank[a], rank[b]) for i, v in enumerate(x.vpcs) for a, b in known[v["index"]]]
    owner, begin, end = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return owner, begin, end


def _joined(x: Expansion, index: int, cidrs: list[str]) -> list[tuple[int, int]]:
    """Return the ranges of an entry's CIDRs, those that touch or overlap as one."""
    try:
        nets = [ipaddress.ip_network(c, strict=False) for c in cidrs]
    except ValueError as error:
        raise x.document.error(f"'cidrs': {error}.", "vpcs", index, "cidrs") from None
    joined: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = [
        *ipaddress.collapse_addresses(n for n in nets if isinstance(n, ipaddress.IPv4Network)),
        *ipaddress.collapse_addresses(n for n in nets if isinstance(n, ipaddress.IPv6Network)),
    ]
    version = [n.version << _VERSION for n in joined]
    return [(v | int(n[0]), v | int(n[-1])) for v, n in zip(version, joined, strict=True)]


def _served(d: Demand) -> tuple[Any, Any]:
    """Return who may be routed to which counterpart, by number: each pair once, and each counterpart with itself."""
    busy = np.unique(d.flows.vpc)
    hubs = d.hubs[busy]
    some = hubs >= 0
    provider = d.services.provider[d.flows.service]
    asked = (provider >= 0) & ~d.on_premises
    client = np.concatenate([np.repeat(busy, some.sum(axis=1)), d.flows.vpc[asked], d.counterparts])
    other = np.concatenate([hubs[some], provider[asked], d.counterparts])
    server, client = np.divmod(np.unique(d.counterpart_number[other] * len(d.vpcs) + client), len(d.vpcs))
    return client, server
