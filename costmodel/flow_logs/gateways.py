"""What gateways and endpoints recorded: there it counts, once."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from costmodel.flow_logs.billed import (
    INTERFACE_ENDPOINT,
    LEAVES_TRANSIT,
    NAT_GATEWAY,
    OTHER_LEG,
    REGIONAL,
    TRANSIT_GATEWAY,
    Client,
    Counted,
    Place,
    get_service_name,
    make_endpoint_owner,
    make_flow_key,
)
from costmodel.flow_logs.interfaces import (
    ADDRESS,
    KINDS,
    NAT,
    PRIVATE,
    REGIONAL_NAT,
    TRANSIT,
    Groups,
    Interface,
    Owner,
)


class Gateways:
    """Counts what the interfaces of gateways and endpoints recorded."""

    def __init__(self, interfaces: list[Interface], owners: list[Owner], g: Groups, *, translated: bool) -> None:
        self.interfaces, self.g, self.translated = interfaces, g, translated
        self.mine = np.full(len(owners) + 1, -1, dtype=np.int64)  # the last is nobody's, which -1 picks
        for n, one in enumerate(interfaces):
            self.mine[one.own] = n
        kinds = np.array([KINDS.index(one.kind) for one in interfaces], dtype=np.int64)
        self.kind = kinds[g.interface] if len(kinds) else np.zeros(0, dtype=np.int64)
        self.counted = Counted()
        self.through: dict[tuple[Place, Owner], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.transit: dict[tuple[Place, Owner], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.blind: set[str] = set()  # VPCs whose NAT gateways do not say who their clients are
        self.vpcs = {kind: {i.vpc for i in interfaces if i.kind == kind and i.observed} for kind in KINDS}
        self.texts = [o.text for o in owners]
        self.sorts: list[Owner] = []
        self.sort = self._index_owners(owners)
        self.spoken, self.words, self.offers = self._index_service_names()
        self.vpc_names = sorted({i.vpc for i in interfaces})
        number = {vpc: n for n, vpc in enumerate(self.vpc_names)}
        self.vpc_numbers = np.array([number[i.vpc] for i in interfaces], dtype=np.int64)
        self.homes: list[tuple[Place, str, bool]] = []
        self.home = self._index_homes()

    def _index_owners(self, owners: list[Owner]) -> np.ndarray:
        """Number the addresses; private ones are distinguished by their VPC where it is known."""
        index: dict[Owner, int] = {}
        out = np.zeros(len(owners), dtype=np.int64)
        for n, owner in enumerate(owners):
            what = owner
            if owner.means == ADDRESS:
                vpc = self.interfaces[self.mine[n]].vpc if self.mine[n] >= 0 else ""
                what = Owner(PRIVATE, f"vpc:{vpc}" if vpc else PRIVATE)
            out[n] = index.setdefault(what, len(index))
        index.setdefault(Owner(PRIVATE, PRIVATE), len(index))
        self.sorts = list(index)
        return out

    def _index_service_names(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Number what services are called: those names, of each sort, and of what each interface offers."""
        index: dict[str, int] = {"": 0}
        words = [index.setdefault(get_service_name(what), len(index)) for what in self.sorts]
        offers = [index.setdefault(one.service, len(index)) for one in self.interfaces]
        return list(index), np.array(words, dtype=np.int64), np.array(offers, dtype=np.int64)

    def _index_homes(self) -> np.ndarray:
        """Number the places that interfaces are in, with whether they recorded anything themselves."""
        index: dict[tuple[Place, str, bool], int] = {}
        out = [
            index.setdefault((Place(i.vpc, i.subnet, i.zone), i.kind, i.observed), len(index)) for i in self.interfaces
        ]
        self.homes = list(index)
        return np.array([*out, -1], dtype=np.int64)  # the last is nobody's, which -1 picks

    def _exclude_groups(self, at: np.ndarray, why: str) -> None:
        self.counted.exclude_rows(why, float(self.g.rows[at].sum()), float(self.g.bytes[at].sum()))

    def _merge_groups(self, at: np.ndarray, *columns: np.ndarray) -> list[tuple[int, ...]]:
        """Sum groups that agree in some columns; return for each those columns, then rows and bytes."""
        if not len(at):
            return []
        code = np.zeros(len(at), dtype=np.int64)
        for column in columns:
            least = int(column.min())
            code = code * (int(column.max()) - least + 1) + (column - least)
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        rows = np.bincount(inverse, weights=self.g.rows[at])
        number = np.bincount(inverse, weights=self.g.bytes[at])
        return list(zip(*(c[first].tolist() for c in columns), rows.tolist(), number.tolist(), strict=True))

    # ------------------------------------------------------------ gateways and endpoints
    def _count_nat(self, at: np.ndarray) -> None:
        """A zonal NAT gateway: the legs between it and its clients; without the packets' own addresses, the others."""
        g = self.g
        if self.translated:
            counted = at[g.translated[at]]
        else:
            counted = at[g.what[at] >= 0]
            self.blind |= {self.interfaces[i].vpc for i in np.unique(g.interface[at])}
            self._count_talkers(at[g.who[at] >= 0], NAT_GATEWAY, from_client=~g.out, service=False)
        self._count_flows(counted, NAT_GATEWAY, from_client=g.out != self.translated)
        self._exclude_groups(np.setdiff1d(at, counted), OTHER_LEG)

    def _count_regional_nat(self, at: np.ndarray) -> None:
        """A regional NAT gateway, which has no interface: its records name both ends; one of them is private."""
        counted = at[self.g.who[at] >= 0]
        self._count_flows(counted, REGIONAL, from_client=self.g.out)
        self._exclude_groups(np.setdiff1d(at, counted), OTHER_LEG)

    def _count_endpoint(self, at: np.ndarray) -> None:
        """An endpoint's interface: all that it sends and receives."""
        self._count_flows(at, INTERFACE_ENDPOINT, from_client=~self.g.out, service=False)

    def _count_transit(self, at: np.ndarray) -> None:
        """A Transit Gateway's interface: what enters it is billed to this VPC, what leaves it to the one that sends."""
        out = self.g.out[at]
        several = len(self.vpcs[TRANSIT]) > 1
        self._count_flows(at if not several else at[~out], TRANSIT_GATEWAY, from_client=~self.g.out)
        if several:
            self._exclude_groups(at[out], LEAVES_TRANSIT)

    def _record_carried(self, via: Interface, place: Place, owner: Owner, direction: int, number: float) -> None:
        """Record the bytes of a place that a gateway carried: 0 is sent by the client, 1 received."""
        carried = self.transit if via.kind == TRANSIT else self.through
        carried[self._get_reference_place(place), owner][direction] += number

    def _count_flows(self, at: np.ndarray, hop: str, *, from_client: np.ndarray, service: bool = True) -> None:
        """Count groups as flows of clients through a gateway or endpoint.

        Args:
            at: which groups.
            hop: through what.
            from_client: of every group, whether clients send it.
            service: whether the group's public end is the service; of an endpoint's the endpoint says it.
        """
        g = self.g
        home = self.home[self.mine[g.who[at]]]
        columns = g.interface[at], home, self._resolve_services(at, service=service), from_client[at].astype(np.int64)
        for via_number, home_number, sort, sends, rows, number in self._merge_groups(at, *columns):
            via = self.interfaces[via_number]
            place, observed = self._locate_client(via, home_number)
            owner = self.sorts[sort] if sort >= 0 else make_endpoint_owner(via)
            key = make_flow_key(place.vpc or via.vpc, place.zone, hop, via.gateway or via.id, owner)
            crossing = number if home_number >= 0 and _is_crossing_zones(via, place) else 0
            self.counted.flows[key].add(rows, **{"sent" if sends else "received": number}, crossing=crossing)
            if sort >= 0 and observed:
                self._record_carried(via, place, owner, 0 if sends else 1, number)
        self._count_talkers(at[g.who[at] >= 0], hop, from_client=from_client, service=service)

    def _locate_client(self, via: Interface, home: int) -> tuple[Place, bool]:
        """Return where the clients of a gateway or endpoint are, and whether their own interfaces recorded flows.

        Clients without a known interface (``home`` is -1) are taken to be in the zone of the gateway or endpoint; a
        regional NAT gateway has none.
        """
        if home >= 0:
            place, _, observed = self.homes[home]
            return place, observed
        return Place(via.vpc, "", "" if via.kind == REGIONAL_NAT else via.zone), False

    def _count_talkers(self, at: np.ndarray, hop: str, *, from_client: np.ndarray, service: bool) -> None:
        """Remember who talks through a gateway or endpoint."""
        g = self.g
        interface, what = g.interface[at], self._resolve_services(at, service=service)
        told = np.where(what >= 0, self.words[what], self.offers[interface])
        columns = self.vpc_numbers[interface], g.who[at], told, from_client[at].astype(np.int64)
        for vpc, code, word, sends, rows, number in self._merge_groups(at, *columns):
            home = self.interfaces[self.mine[code]] if self.mine[code] >= 0 else None
            place = home.vpc if home else self.vpc_names[vpc]
            name = Client(self.texts[code], home.id if home else "", place, hop, self.spoken[word])
            self.counted.talkers[name].add(rows, **{"sent" if sends else "received": number})

    def _resolve_services(self, at: np.ndarray, *, service: bool) -> np.ndarray:
        """Return what each group's public end is, as a number among the sorts; -1: the gateway or endpoint says it."""
        what = self.g.what[at]
        if not service:
            return np.full(len(at), -1, dtype=np.int64)
        private = self.sorts.index(Owner(PRIVATE, PRIVATE))
        return np.where(what >= 0, self.sort[what], private)

    def _get_reference_place(self, place: Place) -> Place:
        """Return what clients are held against their gateways by: subnet, or where gateways say no more, VPC."""
        return Place(place.vpc, "", "") if place.vpc in self.blind else place


def _is_crossing_zones(via: Interface, place: Place) -> bool:
    """Tell whether clients at a place reach a zonal NAT gateway in another zone of their VPC."""
    if via.kind != NAT or place.vpc != via.vpc:
        return False
    return bool(place.zone and via.zone and place.zone != via.zone)
