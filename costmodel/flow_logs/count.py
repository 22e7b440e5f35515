"""Counting each byte that AWS bills once: of the records of several interfaces, and of both legs of a gateway."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from costmodel.flow_logs.billed import (
    AT_ENDPOINT,
    AT_NAT,
    AT_SENDER,
    AT_TRANSIT,
    CROSS_ZONE,
    DIRECT,
    FORWARDED,
    GATEWAY_ENDPOINT,
    INTERFACE_ENDPOINT,
    INTERNET_GATEWAY,
    LOCAL,
    NAT_GATEWAY,
    NO_INTERFACE,
    NO_WAY,
    NO_ZONE,
    PEERING,
    REMOTE_PEERING,
    SAME_ZONE,
    SURE,
    UNKNOWN,
    UNSEEN,
    VIRTUAL,
    Counted,
    Key,
    Place,
    make_endpoint_owner,
    make_flow_key,
)
from costmodel.flow_logs.gateways import Gateways
from costmodel.flow_logs.interfaces import (
    ENDPOINT,
    HOST,
    KINDS,
    NAT,
    PRIVATE,
    REGIONAL_NAT,
    SERVICE,
    TRANSIT,
    Groups,
    Interface,
    Owner,
    separate_addresses,
    set_interface_kinds,
)

_PATHS = {2: DIRECT, 7: GATEWAY_ENDPOINT, 8: INTERNET_GATEWAY}
_PEERS = {3: VIRTUAL, 4: PEERING, 5: REMOTE_PEERING}
_LOCAL = 6
_WITHIN = 1
_NEXT = {"nat_gateway": UNSEEN, "regional_nat_gateway": UNSEEN, "transit_gateway": UNSEEN}


def count_billed_flows(interfaces: list[Interface], owners: list[Owner], g: Groups, *, translated: bool) -> Counted:
    """Count what AWS bills of accepted rows.

    A NAT gateway's interface records each flow four times (from the client, to the destination, and both replies):
    the two legs on the VPC's side are what it processes
    (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-records-examples.html). What an interface of a gateway
    or endpoint recorded counts there; the client's own record of it does not count again. What a client reached past
    them is what its records have beyond theirs.

    Args:
        interfaces: of all interfaces; their kinds are set here.
        owners: whose each address is.
        g: the rows, summed.
        translated: whether the log has the packets' own addresses.
    """
    g = separate_addresses(interfaces, owners, g)
    set_interface_kinds(interfaces, g, translated=translated)
    return _Counting(interfaces, owners, g, translated=translated).count_all()


class _Counting(Gateways):
    """Counts what clients recorded beside what gateways and endpoints did."""

    def count_all(self) -> Counted:
        for kind, count in ((NAT, self._count_nat), (REGIONAL_NAT, self._count_regional_nat),
        (ENDPOINT, self._count_endpoint),
                            (TRANSIT, self._count_transit), (HOST, self._count_hosts)):  # fmt: skip
            count(np.flatnonzero(self.kind == KINDS.index(kind)))
        return self.counted

    # ------------------------------------------------------------ clients
    def _count_hosts(self, at: np.ndarray) -> None:
        """What clients record: with each other, with gateways and endpoints, and with the world outside."""
        g = self.g
        forwarded = g.translated[at]
        self._exclude_groups(at[forwarded], FORWARDED)
        at = at[~forwarded]
        inside = g.who[at] >= 0
        known = inside & (self.mine[g.who[at]] >= 0)
        self._count_between_interfaces(at[known])
        self._count_unknown_private(at[inside & ~known])
        self._count_public(at[~inside])

    def _count_between_interfaces(self, at: np.ndarray) -> None:
        """Count groups whose far end is another interface of these logs."""
        g = self.g
        other = self.mine[g.who[at]]
        kinds = np.array([one.kind == ENDPOINT for one in self.interfaces], dtype=bool)
        endpoint = np.where(kinds[other], other, -1) if len(kinds) else other
        columns = self.home[g.interface[at]], self.home[other], endpoint, g.out[at].astype(np.int64), g.path[at]
        for my, your, number_of, out, path, rows, number in self._merge_groups(at, *columns):
            me, (you, kind, observed) = self.homes[my][0], self.homes[your]
            recorded = {NAT: AT_NAT, REGIONAL_NAT: AT_NAT, ENDPOINT: AT_ENDPOINT, TRANSIT: AT_TRANSIT}.get(kind)
            if not recorded:
                self._count_between_places(me, you, path, (rows, number), out=bool(out), observed=observed)
            elif observed:
                self.counted.exclude_rows(recorded, rows, number)
            elif kind == ENDPOINT:
                via = self.interfaces[number_of]
                owner = make_endpoint_owner(via)
                key = make_flow_key(me.vpc, me.zone, INTERFACE_ENDPOINT, via.gateway or via.id, owner)
                self.counted.flows[key].add(rows, **{"sent" if out else "received": number})
            else:
                self.counted.exclude_rows(NO_INTERFACE, rows, number)

    def _count_between_places(
        self, me: Place, you: Place, path: int, seen: tuple[float, float], *, out: bool, observed: bool
    ) -> None:
        """Count what one interface recorded of another one that is no gateway: across zones, or not at all.

        Args:
            me: where the recorder is.
            you: where the other interface is.
            path: the path that the log names.
            seen: rows and bytes.
            out: whether the recorder sent them.
            observed: whether the other interface recorded them too.
        """
        rows, number = seen
        if not out and observed:
            self.counted.exclude_rows(AT_SENDER, rows, number)
        elif me.vpc != you.vpc:
            self._count_other_network(path, me, f"vpc:{you.vpc}" if you.vpc else PRIVATE, rows, number)
        elif not me.zone or not you.zone:
            self.counted.exclude_rows(NO_ZONE, rows, number)
        elif me.zone == you.zone:
            self.counted.exclude_rows(SAME_ZONE, rows, number)
        else:
            key = Key(me.vpc, me.zone, CROSS_ZONE, you.zone, f"vpc:{you.vpc}", "", "", SURE)
            self.counted.flows[key].add(rows, **{"sent" if out else "received": number})

    def _count_other_network(self, path: int, me: Place, service: str, rows: float, number: float) -> None:
        """To another network: counted where the sender's record says how."""
        hop = _PEERS.get(path)
        if hop:
            self.counted.flows[Key(me.vpc, me.zone, hop, "", service, "", "", SURE)].add(rows, sent=number)
        elif path == _LOCAL:
            self.counted.exclude_rows(LOCAL, rows, number)
        elif me.vpc in self.vpcs[TRANSIT]:
            self.counted.exclude_rows(AT_TRANSIT, rows, number)
        else:
            self.counted.exclude_rows(NO_INTERFACE if service == PRIVATE else NO_WAY, rows, number)

    def _count_unknown_private(self, at: np.ndarray) -> None:
        """With a private address that no interface here has."""
        columns = self.home[self.g.interface[at]], self.g.out[at].astype(np.int64), self.g.path[at]
        for my, out, path, rows, number in self._merge_groups(at, *columns):
            me = self.homes[my][0]
            if out:
                self._count_other_network(path, me, PRIVATE, rows, number)
            else:
                self.counted.exclude_rows(AT_TRANSIT if me.vpc in self.vpcs[TRANSIT] else NO_INTERFACE, rows, number)

    def _count_public(self, at: np.ndarray) -> None:
        """With a public address: what no gateway recorded went past them."""
        g = self.g
        seen: dict[tuple[Place, Owner], _Seen] = defaultdict(_Seen)
        next_ = np.array([-1 if h in _NEXT else 0 for h in g.hop[at]], dtype=np.int64)
        path = np.where(g.path[at] > 0, g.path[at], next_)
        columns = self.home[g.interface[at]], self._resolve_services(at, service=True), g.out[at].astype(np.int64), path
        for my, sort, out, by, rows, number in self._merge_groups(at, *columns):
            me, what = self.homes[my][0], self.sorts[sort]
            one = seen[self._get_reference_place(me), what]
            one.zones[me.zone] += number
            part = one.sent[by] if out else one.received
            part[0] += rows
            part[1] += number
        for (place, what), one in seen.items():
            via = self._get_carried_bytes(place, what)
            self._subtract_gateways(place, what, one, via)

    def _get_carried_bytes(self, place: Place, what: Owner) -> list[float]:
        """Return what gateways carried from a place to a service; what a Transit Gateway took to one is the same."""
        if place.vpc in self.blind:
            return self._sum_nat_bytes(place, what)
        both = (by.get((place, what), [0.0, 0.0]) for by in (self.through, self.transit))
        return [max(pair) for pair in zip(*both, strict=True)]

    def _sum_nat_bytes(self, place: Place, what: Owner) -> list[float]:
        """Return what the NAT gateways of a VPC carried to a service, whoever their clients were."""
        out = [0.0, 0.0]
        wanted = make_flow_key(place.vpc, "", "", "", what)
        for key, sums in self.counted.flows.items():
            if key.hop == NAT_GATEWAY and key.vpc == place.vpc and key[4:7] == wanted[4:7]:
                out[0] += sums.sent
                out[1] += sums.received
        return out

    def _subtract_gateways(self, place: Place, what: Owner, one: _Seen, via: list[float]) -> None:
        """Subtract what gateways recorded from what clients recorded; the rest took the paths that the logs name."""
        by_nat = place.vpc in self.vpcs[NAT] | self.vpcs[REGIONAL_NAT]
        natted, recorded = by_nat or place.vpc in self.vpcs[TRANSIT], AT_NAT if by_nat else AT_TRANSIT
        left = self._subtract_sent(what, one, via[0], recorded, natted=natted)
        rows, number = one.received
        taken = min(number, via[1])
        share = taken / number if number else 0.0
        self.counted.exclude_rows(recorded, rows * share, taken)
        rows, number = rows * (1 - share), number - taken
        whole = sum(rest[1] for rest in left.values())
        if not left and rows:
            left = {self._infer_hop(0, what, natted=natted): [0.0, 0.0]}
        for hop, rest in left.items():
            part = rest[1] / whole if whole else 1 / len(left)
            key = make_flow_key(place.vpc, place.zone or one.zone, hop, "", what)
            self.counted.flows[key].add(rest[0] + rows * part, sent=rest[1], received=number * part)

    def _subtract_sent(
        self, what: Owner, one: _Seen, behind: float, recorded: str, *, natted: bool
    ) -> dict[str, list[float]]:
        """Return hop → [rows, bytes] that a client sent and that no gateway recorded.

        Args:
            what: who owns the far end.
            one: what the client recorded.
            behind: the bytes that gateways recorded of it.
            recorded: the reason for which those are not counted again.
            natted: whether the VPC has gateways.
        """
        left: dict[str, list[float]] = {}
        for path in (_WITHIN, -1, 0, *_PATHS):
            rows, number = one.sent.get(path, [0.0, 0.0])
            if not rows:
                continue
            taken = min(number, behind) if path not in _PATHS else 0.0
            behind -= taken
            share = taken / number if number else float(bool(behind or taken))
            self.counted.exclude_rows(recorded, rows * share, taken)
            rest = left.setdefault(self._infer_hop(path, what, natted=natted), [0.0, 0.0])
            rest[0] += rows * (1 - share)
            rest[1] += number - taken
        return {hop: rest for hop, rest in left.items() if rest[0] > 0}

    @staticmethod
    def _infer_hop(path: int, what: Owner, *, natted: bool) -> str:
        """Return how clients reach a public address, by the path that AWS says (0: none)."""
        near = what.means == SERVICE
        if path in _PATHS:
            return _PATHS[path] if near or path != 2 else INTERNET_GATEWAY  # noqa: PLR2004 - AWS's number
        if path in (_WITHIN, -1):
            return UNSEEN
        if natted:
            return DIRECT if near else INTERNET_GATEWAY
        return UNKNOWN


@dataclass
class _Seen:
    """What clients of a place recorded of a service: by path, and in which zone."""

    sent: dict[int, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    received: list[float] = field(default_factory=lambda: [0.0, 0.0])
    zones: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def zone(self) -> str:
        """The one zone they are in, or none."""
        return next(iter(self.zones)) if len(self.zones) == 1 else ""
