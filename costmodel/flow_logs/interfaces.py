"""Who is who in flow logs: network interfaces, what they belong to, and whose an address is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

ADDRESS, PRIVATE, SERVICE, SOME, INTERNET = "address", "private", "service", "some", "internet"

HOST, NAT, REGIONAL_NAT, ENDPOINT, TRANSIT = "host", "nat", "regional-nat", "endpoint", "transit-gateway"
KINDS = (HOST, NAT, REGIONAL_NAT, ENDPOINT, TRANSIT)
TYPES = {
    "nat_gateway": NAT,
    "regional_nat_gateway": REGIONAL_NAT,
    "vpc_endpoint": ENDPOINT,
    "gateway_load_balancer_endpoint": ENDPOINT,
    "transit_gateway": TRANSIT,
}
"""What AWS calls the interface types that matter here → what they are; every other one is a host."""

_BALANCE = 1 / 20
"""How far what enters and what leaves a NAT gateway may lie apart, where only that tells it from a server."""


class Owner(NamedTuple):
    """Whose an address is.

    Attributes:
        means: address (a private one, by itself), private, service (this AWS service), some (some AWS service), or
            internet.
        service: the service, as the catalogue names it.
        region: its Region, where AWS says it.
        label: what AWS calls its range.
        text: the address, where it stands for itself.
    """

    means: str
    service: str = ""
    region: str = ""
    label: str = ""
    text: str = ""


@dataclass
class Interface:
    """A network interface that recorded flows, or a NAT gateway that records them without one.

    Attributes:
        id: eni-…, or the gateway's own id.
        gateway: the NAT gateway, endpoint or Transit Gateway it belongs to, where that is known.
        type: what AWS calls its type, "" where nothing says it.
        instance: its instance, "-" where the log says there is none, "" where the log does not say.
        service: the service of an endpoint, where an inventory says it.
        own: numbers of its own addresses among the owners.
        observed: whether it recorded anything, or an inventory alone knows it.
    """

    id: str
    vpc: str = ""
    subnet: str = ""
    zone: str = ""
    region: str = ""
    account: str = ""
    instance: str = ""
    type: str = ""
    gateway: str = ""
    service: str = ""
    own: list[int] = field(default_factory=list)
    observed: bool = True
    kind: str = HOST
    guessed: bool = False


class Groups(NamedTuple):
    """Accepted rows, summed: numpy arrays, one element per group. The near end of a row is its interface's.

    Attributes:
        interface: number of the interface that recorded them.
        out: whether they leave it.
        other: whether the packet's address at the near end is another than the interface's.
        translated: whether that other address is a public one.
        who: number of the far end among the owners, where it is private, else -1.
        what: number of the public end's owner, else -1.
        path: the traffic path AWS says, 0 where it says none.
        hop: what AWS calls the type of the next interface, "" where it says none.
        rows, bytes: sums.
    """

    interface: np.ndarray
    out: np.ndarray
    other: np.ndarray
    translated: np.ndarray
    who: np.ndarray
    what: np.ndarray
    path: np.ndarray
    hop: np.ndarray
    rows: np.ndarray
    bytes: np.ndarray


def separate_addresses(interfaces: list[Interface], owners: list[Owner], g: Groups) -> Groups:
    """Tell apart addresses that interfaces of several VPCs have: a far end is in its recorder's own VPC, if it can be.

    Args:
        interfaces: of all interfaces; their own addresses get numbers of their own.
        owners: whose each address is; grows by the addresses told apart.
        g: what they recorded.
    """
    held: dict[int, dict[str, list[int]]] = {}
    for n, one in enumerate(interfaces):
        for code in one.own:
            held.setdefault(code, {}).setdefault(one.vpc, []).append(n)
    shared = {code: vpcs for code, vpcs in held.items() if len(vpcs) > 1}
    if not shared:
        return g
    who = g.who.copy()
    vpcs = np.array([one.vpc for one in interfaces], dtype=object)
    for code, by_vpc in shared.items():
        at = np.flatnonzero(g.who == code)
        recorders = vpcs[g.interface[at]]
        for vpc, numbers in by_vpc.items():
            new = len(owners)
            owners.append(owners[code])
            for n in numbers:
                interfaces[n].own = [new if c == code else c for c in interfaces[n].own]
            who[at[recorders == vpc]] = new
    return g._replace(who=who)


def set_interface_kinds(interfaces: list[Interface], g: Groups, *, translated: bool) -> None:
    """Say of each interface what it is: by its type, else by what it records.

    Args:
        interfaces: of all interfaces; their ``kind`` is set.
        g: what they recorded.
        translated: whether the log has the packets' own addresses beside the interface's.
    """
    size = len(interfaces)

    def summed(which: np.ndarray) -> np.ndarray:
        return np.bincount(g.interface[which], weights=g.bytes[which] + 1.0, minlength=size)

    forwarded, carried = summed(g.translated), summed(g.other & ~g.translated)
    plain = ~g.other
    within = g.who >= 0
    known = summed(plain)
    from_inside, to_inside = summed(plain & ~g.out & within), summed(plain & g.out & within)
    from_outside, to_outside = summed(plain & ~g.out & ~within), summed(plain & g.out & ~within)
    for n, one in enumerate(interfaces):
        if one.type:
            one.kind = TYPES.get(one.type, HOST)
        elif one.id.startswith("nat-"):
            one.kind = REGIONAL_NAT
        elif one.instance not in ("", "-"):
            one.kind = HOST
        elif translated and forwarded[n]:
            one.kind = TRANSIT if carried[n] and not known[n] else NAT
            one.guessed = not known[n]
        elif translated:
            if one.instance == "-" and carried[n] and not known[n]:
                one.kind = TRANSIT
        elif _is_balanced(from_inside[n], to_outside[n]) and _is_balanced(from_outside[n], to_inside[n]):
            one.kind, one.guessed = NAT, True


def _is_balanced(one: float, other: float) -> bool:
    return bool(min(one, other) > 1 and abs(one - other) <= _BALANCE * max(one, other))
