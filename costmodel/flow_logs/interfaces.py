"""Who is who in flow logs: network interfaces, what they belong to, and whose an address is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray, ObjectArray

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
        region: its Region, where AWS shows it.
        label: what AWS calls its range.
        text: the address, where it represents itself.
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
        type: what AWS calls its type, "" where it is not known.
        instance: its instance, "-" where the log says there is none, "" where the log does not contain it.
        service: the service of an endpoint, where an inventory contains it.
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
        path: the traffic path AWS says, 0 where it has none.
        hop: what AWS calls the type of the next interface, "" where it has none.
        rows, bytes: sums.
    """

    interface: IntArray
    out: BoolArray
    other: BoolArray
    translated: BoolArray
    who: IntArray
    what: IntArray
    path: IntArray
    hop: ObjectArray
    rows: FloatArray
    bytes: FloatArray


def separate_addresses(interfaces: list[Interface], owners: list[Owner], g: Groups) -> Groups:
    """Tell apart addresses that interfaces of several VPCs have: a far end is in its recorder's own VPC, if it can be.

    Args:
        interfaces: of all interfaces; their own addresses get numbers of their own.
        owners: who owns each address; each new address is added.
        g: what they recorded.
    """
    shared = _find_shared_addresses(interfaces)
    if not shared:
        return g
    who = g.who.copy()
    vpcs = np.array([interface.vpc for interface in interfaces], dtype=object)
    for code, by_vpc in shared.items():
        at = np.flatnonzero(g.who == code)
        recorders = vpcs[g.interface[at]]
        for vpc, numbers in by_vpc.items():
            # The address gets a new number in each VPC; rows that this VPC's interfaces recorded mean that one.
            new = len(owners)
            owners.append(owners[code])
            who[at[recorders == vpc]] = new
            _renumber_address([interfaces[number] for number in numbers], code, new)
    return g._replace(who=who)


def _renumber_address(interfaces: list[Interface], old: int, new: int) -> None:
    """Give an address of interfaces another number."""
    for interface in interfaces:
        interface.own = [new if own == old else own for own in interface.own]


def _find_shared_addresses(interfaces: list[Interface]) -> dict[int, dict[str, list[int]]]:
    """Return each address that interfaces of several VPCs have → VPC → the numbers of these interfaces."""
    by_address: dict[int, dict[str, list[int]]] = {}
    for number, interface in enumerate(interfaces):
        for code in interface.own:
            by_address.setdefault(code, {}).setdefault(interface.vpc, []).append(number)
    return {code: by_vpc for code, by_vpc in by_address.items() if len(by_vpc) > 1}


class _Recorded(NamedTuple):
    """What one interface recorded, in bytes (plus one a group, so that groups without bytes count).

    Attributes:
        forwarded: of packets with a public address of their own at its end.
        carried: of packets with a private address of their own at its end.
        known: of packets with its own address.
        from_inside, to_inside, from_outside, to_outside: of these, what came from and went to private addresses, and
            public ones.
    """

    forwarded: float
    carried: float
    known: float
    from_inside: float
    to_inside: float
    from_outside: float
    to_outside: float


def set_interface_kinds(interfaces: list[Interface], g: Groups, *, translated: bool) -> None:
    """Set the kind of each interface: by its type, or where the type is not known, by what it records.

    Args:
        interfaces: all interfaces; their ``kind`` and ``guessed`` are set.
        g: what they recorded.
        translated: whether the log has the packets' own addresses in addition to the interface's.
    """

    def sum_bytes(groups: BoolArray) -> list[float]:
        sums = np.bincount(g.interface[groups], weights=g.bytes[groups] + 1.0, minlength=len(interfaces))
        return [float(number) for number in sums]

    plain = ~g.other
    within = g.who >= 0
    columns = (
        sum_bytes(g.translated),
        sum_bytes(g.other & ~g.translated),
        sum_bytes(plain),
        sum_bytes(plain & ~g.out & within),
        sum_bytes(plain & g.out & within),
        sum_bytes(plain & ~g.out & ~within),
        sum_bytes(plain & g.out & ~within),
    )
    for interface, numbers in zip(interfaces, zip(*columns, strict=True), strict=True):
        kind = _get_described_kind(interface)
        if kind is None:
            kind, interface.guessed = _guess_kind(interface, _Recorded(*numbers), translated=translated)
        interface.kind = kind


def _get_described_kind(interface: Interface) -> str | None:
    """Return the kind that an interface's type, id or instance implies; None where they imply none."""
    if interface.type:
        return TYPES.get(interface.type, HOST)
    if interface.id.startswith("nat-"):
        return REGIONAL_NAT
    if interface.instance not in ("", "-"):
        return HOST
    return None


def _guess_kind(interface: Interface, recorded: _Recorded, *, translated: bool) -> tuple[str, bool]:
    """Return the kind that an interface's records suggest, and whether it is only a guess."""
    if translated and recorded.forwarded:
        kind = TRANSIT if recorded.carried and not recorded.known else NAT
        return kind, not recorded.known
    if translated:
        is_transit = interface.instance == "-" and recorded.carried and not recorded.known
        return (TRANSIT if is_transit else interface.kind), interface.guessed
    # Without the packets' own addresses, a NAT gateway is an interface at which as much leaves as enters, both ways.
    if _is_balanced(recorded.from_inside, recorded.to_outside) and _is_balanced(
        recorded.from_outside, recorded.to_inside
    ):
        return NAT, True
    return interface.kind, interface.guessed


def _is_balanced(one: float, other: float) -> bool:
    return bool(min(one, other) > 1 and abs(one - other) <= _BALANCE * max(one, other))
