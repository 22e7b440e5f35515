"""What must flow: VPCs, services, flows, what exists already and what is not allowed."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from costmodel.core.assumptions import resolve_assumptions
from costmodel.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from costmodel.aws.resource import Resource
    from costmodel.aws.rules import Quota, Rule
    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.core.json_types import FileContent
    from costmodel.core.table import Table
    from costmodel.demand.tables import Flows, Services, Vpcs


class Need(NamedTuple):
    """A kind of resource that flows need: its id and level, one per flow (level 0: not needed)."""

    kind: type[Resource]
    ids: IntArray
    level: FloatArray


class Put(NamedTuple):
    """What flows put on a column of a kind: its id and amount, one per flow."""

    kind: type[Resource]
    ids: IntArray
    column: str
    amount: FloatArray


class Forbidden(NamedTuple):
    """A path that may not be used: by a VPC, or any (-1), for a service, or any (-1)."""

    path: str
    vpc: int
    service: int


class Pinned(NamedTuple):
    """A flow, by the numbers of its VPC and service, and the path that it must use."""

    vpc: int
    service: int
    path: str


class Constraints:
    """What a plan must keep to: the value of each constraint, by its key in a demand file.

    ``costmodel.demand.constraints`` has a class for each key, which says what the value means. The values that are read
    elsewhere are attributes here.

    Attributes:
        private: (VPCs,) whether AWS services may not be reached through NAT gateways.
        endpoint_policy: (VPCs,) whether paths must carry an endpoint policy.
        vpc_policy: (VPCs,) whether the policy must be the VPC's own (no hub).
        residency: (VPCs,) whether bytes must stay in the VPC's Region.
        min_zones: zones that an endpoint must have; None is all of its VPC's.
        allow: names of paths that are off unless named.
        forbid: the paths that may not be used.
        pin: the flows that must use a path.
        quotas: quota id → a limit of the user's own.
        max_changes: how many flows may change from today; None is any.
        no_account_pays_more: whether no account may pay more than today.
    """

    private: BoolArray
    endpoint_policy: BoolArray
    vpc_policy: BoolArray
    residency: BoolArray
    min_zones: int | None
    allow: frozenset[str]
    forbid: Sequence[Forbidden]
    pin: Sequence[Pinned]
    quotas: Mapping[str, float]
    max_changes: int | None
    no_account_pays_more: bool

    def __init__(self, values: Mapping[str, object]) -> None:
        """Take a value for every key."""
        self.__dict__.update(values)

    def __getitem__(self, key: str) -> object:
        """Return the value of a key."""
        return self.__dict__[key]

    def with_values(self, **values: object) -> Constraints:
        """Return the constraints with other values of some keys."""
        return Constraints({**self.__dict__, **values})


@dataclass
class Demand:
    """Tables of VPCs (V rows), services (S) and flows (F), with dense ids.

    Attributes:
        vpcs: one row per VPC or site.
        services: one row per service.
        flows: one row per VPC and service.
        regions: the Regions used, in the order that ``vpcs.location`` codes them.
        partitions: the AWS partition of each of them; () where all are in one.
        currencies: what each of them is billed in; () where all are billed in one.
        hubs: (V, ranks) the VPC numbers of the hubs that may serve each VPC, -1 where there are no more.
        overlap: (V, counterparts) whether known CIDRs overlap with the counterpart's: no route links the two.
        ranges: VPC, first and last address (by rank among all) of every known range, in order of VPCs.
        peered: VPC numbers that peering connections exist with.
        existing: what stays and is paid in every plan.
        fixed: resources beside those of any path, such as ports.
        today: a path's name per flow, or an architecture, as built now; None if unknown.
        today_hubs: the VPC number of the hub that each flow uses now, -1 where nothing says; None: nowhere.
        today_zones: the zones that the endpoint of each flow is in now, 0 where it is every zone; None: everywhere.
        written: the mapping that the demand was read from, if any.
        read: what reads such a mapping again, with assumptions that override its own.
    """

    name: str
    hours: float
    on: date | None
    payer: str
    vpcs: Vpcs
    services: Services
    flows: Flows
    regions: tuple[str, ...]
    hubs: IntArray
    overlap: BoolArray
    constraints: Constraints
    ranges: tuple[IntArray, IntArray, IntArray] = field(default_factory=lambda: (np.zeros(0, dtype=np.int64),) * 3)
    peered: Sequence[int] = ()
    existing: list[Need] = field(default_factory=list)
    fixed: dict[type[Resource], Table] = field(default_factory=dict)
    transit_gateway: bool = False
    today: list[str] | str | None = None
    today_hubs: IntArray | None = None
    today_zones: IntArray | None = None
    assumptions: Mapping[str, str] = field(default_factory=resolve_assumptions)
    partitions: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    quotas: Sequence[Quota] = ()
    notes: list[str] = field(default_factory=list)
    written: Mapping[str, Any] | None = None
    read: Callable[[Mapping[str, Any], Mapping[str, str]], Demand] | None = None

    def apply_edit(self, edit: Callable[[FileContent], None], *, assume: Mapping[str, str] | None = None) -> Demand:
        """Return the demand that its file would be with a change.

        Args:
            edit: changes the file's mapping, of which it gets a copy.
            assume: assumptions that override the file's.

        Raises:
            InputError: the demand was not read from a file, or the change makes no demand.
        """
        if self.written is None or self.read is None:
            message = "Only the GB of a demand that was not read from a file can vary."
            raise InputError(message)
        document = deepcopy(dict(self.written))
        edit(document)
        return self.read(document, assume or {})

    @overload
    def get_resource_id(self, vpc: int, service: int | None = None) -> int: ...

    @overload
    def get_resource_id(self, vpc: IntArray, service: IntArray | None = None) -> IntArray: ...

    def get_resource_id(self, vpc: IntArray | int, service: IntArray | int | None = None) -> IntArray | int:
        """Return the dense id of a resource in a VPC, of a service or of none."""
        width = len(self.services) + 1
        return vpc * width + (0 if service is None else service + 1)

    def get_pair_id(self, vpc: IntArray, other: IntArray) -> IntArray:
        """Return the dense id of a VPC and a counterpart (a hub or a provider)."""
        return vpc * len(self.counterparts) + self.counterpart_number[other]

    def get_link_id(self, vpc: IntArray, other: IntArray) -> tuple[IntArray, BoolArray]:
        """Return the dense id of what links a VPC and a counterpart both ways, and where the two change places.

        Of two counterparts the first VPC comes first, whoever is the client: the connection is one.
        """
        known = np.isin(vpc, self.counterparts)
        turned = known & (vpc > other)
        return np.where(
            turned, self.get_pair_id(other, np.where(known, vpc, other)), self.get_pair_id(vpc, other)
        ), turned

    def get_region_pair_id(self, region: IntArray, other: IntArray) -> IntArray:
        """Return the dense id of two Regions."""
        return region * len(self.regions) + other

    def get_vpc_region_id(self, vpc: IntArray, region: IntArray, *, received: bool) -> IntArray:
        """Return the dense id of what a VPC sends to a Region, or receives from it."""
        return 2 * (vpc * len(self.regions) + region) + received

    def get_service_region_id(self, service: IntArray, region: IntArray) -> IntArray:
        """Return the dense id of a service and a Region its consumers are in."""
        return service * len(self.regions) + region

    def count_ids(self, ids: str) -> int:
        """Return how many ids of a sort there may be."""
        v, s, r = len(self.vpcs), len(self.services), len(self.regions)
        pairs = v * len(self.counterparts)
        sizes = {"service": v * (s + 1), "pair": pairs, "regions": r * r, "service-region": s * r}
        return {**sizes, "vpc-region": 2 * v * r}[ids]

    @cached_property
    def counterparts(self) -> IntArray:
        """VPC numbers of every hub, provider and peer of a connection that exists."""
        providers = self.services.provider[self.services.provider >= 0]
        every = [np.flatnonzero(self.vpcs.hub), providers, np.array(self.peered, dtype=np.int64)]
        return np.unique(np.concatenate(every)).astype(np.int64)

    @cached_property
    def counterpart_number(self) -> IntArray:
        """VPC number → its number among the counterparts."""
        out = np.zeros(len(self.vpcs), dtype=np.int64)
        out[self.counterparts] = np.arange(len(self.counterparts))
        return out

    @cached_property
    def flow_hubs(self) -> IntArray:
        """By rank, the hub that may serve each flow: (ranks, F)."""
        return np.ascontiguousarray(self.hubs.T)[:, self.flows.vpc]

    @cached_property
    def gb(self) -> FloatArray:
        """GB of each flow, in both directions."""
        return self.flows.gb_sent + self.flows.gb_received

    @cached_property
    def client_region(self) -> IntArray:
        """The Region number of each flow's client."""
        out: IntArray = self.vpcs.location.codes[self.flows.vpc]
        return out

    @cached_property
    def target_region(self) -> IntArray:
        """The Region number of each flow's service."""
        region = self.services.region[self.flows.service]
        return np.where(region < 0, self.client_region, region)

    @cached_property
    def remote(self) -> BoolArray:
        """Whether each flow's service is in another Region."""
        out: BoolArray = self.target_region != self.client_region
        return out

    @cached_property
    def other_partition(self) -> BoolArray:
        """Whether each flow's service is in another AWS partition."""
        return self._compare_region_words(self.partitions)

    @cached_property
    def other_currency(self) -> BoolArray:
        """Whether each flow's service is billed in another currency, so that AWS does not sell transfer both ways."""
        return self._compare_region_words(self.currencies)

    def _compare_region_words(self, words: tuple[str, ...]) -> BoolArray:
        if len(set(words)) < 2:  # noqa: PLR2004 - one does not differ
            return np.zeros(len(self.flows), dtype=bool)
        codes = np.unique(words, return_inverse=True)[1]
        out: BoolArray = codes[self.client_region] != codes[self.target_region]
        return out

    @cached_property
    def on_premises(self) -> BoolArray:
        """Whether each flow's client is on premises."""
        return self.vpcs.on_premises[self.flows.vpc]

    @cached_property
    def own(self) -> BoolArray:
        """Whether each flow goes to a service of the user's own."""
        out: BoolArray = ~self.services.own.match_word("")[self.flows.service]
        return out

    @cached_property
    def has_own(self) -> bool:
        """Whether any service is the user's own."""
        return not self.services.own.match_word("").all()

    @cached_property
    def has_sites(self) -> bool:
        """Whether any client is on premises."""
        return bool(self.vpcs.on_premises.any())

    @cached_property
    def internet(self) -> BoolArray:
        """Whether each flow goes to the internet."""
        return self.services.internet[self.flows.service]

    @cached_property
    def to_aws_service(self) -> BoolArray:
        """Whether each flow goes to a service of AWS: not to one of the user's own, and not to the internet."""
        out: BoolArray = ~self.internet & ~self.own
        return out

    @cached_property
    def endpoint_zones(self) -> FloatArray:
        """Zones that an endpoint of each VPC has: ``min_zones``, or all."""
        zones = self.vpcs.zones
        return zones if self.constraints.min_zones is None else np.minimum(zones, max(self.constraints.min_zones, 1))

    @cached_property
    def standing(self) -> dict[type[Resource], FloatArray]:
        """Of each kind of endpoint, in how many zones each id exists already."""
        out: dict[type[Resource], FloatArray] = {}
        for need in self.existing:
            if need.kind.level == "zones":
                levels = out.setdefault(need.kind, np.zeros(self.count_ids(need.kind.ids)))
                np.maximum.at(levels, need.ids, need.level)
        return out

    def with_standing_zones(self, levels: Mapping[type[Resource], FloatArray]) -> Demand:
        """Return the demand in which endpoints are in the zones that a plan gives them, by dense id."""
        out = copy(self)
        out.__dict__["standing"] = {kind: level for kind, level in levels.items() if kind.level == "zones"}
        return out

    def widen_zones(self, kind: type[Resource], ids: IntArray, zones: FloatArray) -> FloatArray:
        """Return the zones of endpoints that some flows ask for, or those that they are in already, if more.

        Names resolve to an endpoint in all of its zones, whoever built them.
        """
        return np.maximum(zones, self.standing[kind][ids]) if kind in self.standing else zones

    def get_carrier_gbps(self, quota: str) -> float:
        """Return how many Gbps one carrier of a path carries; the user's own number where the demand has one."""
        return self.constraints.quotas.get(quota, next((q.limit for q in self.quotas if q.id == quota), np.inf))

    def is_offered_as(self, how: str) -> BoolArray:
        """Whether each flow goes to an own service offered in this way."""
        out: BoolArray = self.services.own.match_word(how)[self.flows.service]
        return out

    def compute_crossing_share(self, client_zones: FloatArray, server_zones: FloatArray) -> FloatArray:
        """Return the share of the bytes that cross zones, clients spread evenly over theirs.

        Regional names spread over all zones of either side: 1 − 1/max. Zonal names keep to a client's zone where the
        server is there too: 1 − min/client.
        """
        if self.assumptions["endpoint-dns"] == "zonal":
            return 1 - np.minimum(client_zones, server_zones) / client_zones
        return 1 - 1 / np.maximum(client_zones, server_zones)
