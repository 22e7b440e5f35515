"""What is counted of traffic, the key of a flow, and why the rest is not counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from costmodel.flow_logs.interfaces import INTERNET, PRIVATE, SERVICE, SOME, Interface, Owner

if TYPE_CHECKING:
    from collections.abc import Iterable

SURE, RANGE = "sure", "range"
SOME_SERVICE = "some-aws-service"

NAT_GATEWAY, REGIONAL = "nat-gateway", "regional-nat-gateway"
INTERFACE_ENDPOINT, GATEWAY_ENDPOINT = "interface-endpoint", "gateway-endpoint"
INTERNET_GATEWAY, TRANSIT_GATEWAY = "internet-gateway", "transit-gateway"
CROSS_ZONE, PEERING, REMOTE_PEERING, VIRTUAL = (
    "cross-zone",
    "peering",
    "inter-region-peering",
    "virtual-private-gateway",
)
DIRECT = "gateway-endpoint-or-internet-gateway"
UNSEEN = "nat-or-transit-gateway"
UNKNOWN = "unknown"

OTHER_LEG = "the other side of a NAT gateway's flow"
AT_NAT, AT_ENDPOINT, AT_TRANSIT = (
    f"also recorded by the {what}" for what in ("NAT gateway", "endpoint", "Transit Gateway's attachment")
)
AT_SENDER = "also recorded by the sender"
SAME_ZONE = "within a zone: free"
NO_ZONE = "between interfaces of a VPC whose zones the log does not contain"
NO_WAY = "to another VPC, by a path that the log does not contain"
NO_INTERFACE = "with private addresses of no interface in these logs"
FORWARDED = "forwarded by an instance: only its own traffic counts"
LEAVES_TRANSIT = "out of a Transit Gateway: billed to the VPC that sends into it"
LOCAL = "through a local gateway: free"


class Place(NamedTuple):
    """Where a client is: its VPC, subnet and zone; "" where the log does not contain it."""

    vpc: str
    subnet: str
    zone: str


class Key(NamedTuple):
    """What distinguishes one flow from another."""

    vpc: str
    zone: str
    hop: str
    via: str
    service: str
    region: str
    label: str
    certainty: str


class Client(NamedTuple):
    """Who talks: an address, its interface where one is known, and through what to which service."""

    address: str
    interface: str
    vpc: str
    hop: str
    service: str


@dataclass
class Sum:
    """Rows and bytes, by direction as the client sees it."""

    rows: float = 0
    sent: float = 0
    received: float = 0
    crossing: float = 0

    def add(self, rows: float, *, sent: float = 0, received: float = 0, crossing: float = 0) -> None:
        """Add to it."""
        self.rows += rows
        self.sent += sent
        self.received += received
        self.crossing += crossing


@dataclass
class Counted:
    """What is billed, what is not and why, and who talks.

    Attributes:
        flows: flow → its sums, in bytes.
        excluded: reason → rows and bytes.
        talkers: client → sums.
    """

    flows: dict[Key, Sum] = field(default_factory=lambda: defaultdict(Sum))
    excluded: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    talkers: dict[Client, Sum] = field(default_factory=lambda: defaultdict(Sum))

    def exclude_rows(self, why: str, rows: float, number: float) -> None:
        """Leave something out."""
        if rows or number:
            self.excluded[why][0] += rows
            self.excluded[why][1] += number


def make_endpoint_owner(via: Interface) -> Owner:
    return Owner(SERVICE, via.service, via.region) if via.service else Owner(SOME, label=via.gateway or via.id)


def get_service_name(what: Owner) -> str:
    """Return what a flow's service is called."""
    return {SERVICE: what.service, SOME: SOME_SERVICE, INTERNET: INTERNET}.get(what.means, what.service or PRIVATE)


def make_flow_key(vpc: str, zone: str, hop: str, via: str, what: Owner) -> Key:
    some = what.means == SOME
    region = what.region if what.means == SERVICE else ""
    return Key(vpc, zone, hop, via, get_service_name(what), region, what.label if some else "", RANGE if some else SURE)


def total_sums(sums: Iterable[Sum]) -> Sum:
    """Add sums up."""
    out = Sum()
    for one in sums:
        out.add(one.rows, sent=one.sent, received=one.received, crossing=one.crossing)
    return out
