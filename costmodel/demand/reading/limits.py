"""What a demand file says of what exists and of what is built today."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from costmodel import aws
from costmodel.architectures.build import PATHS
from costmodel.architectures.patterns import PATTERNS
from costmodel.aws.hybrid import SPEEDS
from costmodel.core.errors import format_suggestion
from costmodel.core.table import Codes, Table
from costmodel.demand.demand import Demand, Need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import IntArray
    from costmodel.demand.reading.expand import Expansion
    from costmodel.demand.reading.spec import ConnectionSpec, TodaySpec
    from costmodel.documents.document import Step


_Existing: TypeAlias = "tuple[type[Resource], int, float]"
"""A kind, the dense id of one resource of it, and its level."""


def collect_existing_resources(expansion: Expansion, demand: Demand) -> tuple[list[Need], dict[type[Resource], Table]]:
    """Return what stays and is paid in every plan: needs of a level, and resources beside those of any path.

    Raises:
        InputError: an entry names what is not there, or what cannot be.
    """
    connections, fixed = _collect_connections(expansion, demand)
    resources = [
        *_list_attachments(expansion, demand),
        *_list_nat_gateways(expansion, demand),
        *_list_endpoints(expansion, demand),
        *_list_peerings(expansion, demand),
        *_list_hosted_zones(expansion, demand),
        *_list_resolver_endpoints(expansion, demand),
        *connections,
    ]
    needs = [Need(kind, np.array([number]), np.array([float(level)])) for kind, number, level in resources]
    return needs, fixed


def _list_nat_gateways(expansion: Expansion, demand: Demand) -> list[_Existing]:
    """Return the NAT gateways that exist: as many as a VPC has zones, unless the file has a number."""
    out: list[_Existing] = []
    for number, entry in enumerate(expansion.spec.existing.nat_gateways):
        for vpc in _resolve_host_vpcs(expansion, entry.vpc, "nat_gateways", number):
            count = expansion.vpcs[vpc].zones if entry.count is None else entry.count
            out.append((aws.NatGateway, demand.get_resource_id(vpc), count))
    return out


def _list_endpoints(expansion: Expansion, demand: Demand) -> list[_Existing]:
    """Return the interface endpoints that exist."""
    out: list[_Existing] = []
    for number, entry in enumerate(expansion.spec.existing.endpoints):
        place = ("existing", "endpoints", number, "service")
        service = _require_service(expansion, entry.service, *place)
        is_offered = demand.services.interface[service] or demand.services.own.match_word("endpoint-service")[service]
        if not is_offered:
            raise expansion.document.make_error(f"{entry.service!r} has no interface endpoint.", *place)
        for vpc in _resolve_host_vpcs(expansion, entry.vpc, "endpoints", number):
            zones = entry.zones or expansion.vpcs[vpc].zones
            out.append((aws.InterfaceEndpoint, demand.get_resource_id(vpc, service), zones))
    return out


def _list_peerings(expansion: Expansion, demand: Demand) -> list[_Existing]:
    """Return the peering connections that exist."""
    out: list[_Existing] = []
    region = demand.vpcs.location.codes
    for number, entry in enumerate(expansion.spec.existing.peerings):
        vpcs = _resolve_host_vpcs(expansion, entry.vpc, "peerings", number)
        peers = _resolve_host_vpcs(expansion, entry.peer, "peerings", number)
        for vpc, peer in itertools.product(vpcs, peers):
            if demand.partitions[region[vpc]] != demand.partitions[region[peer]]:
                text = f"{entry.vpc!r} and {entry.peer!r} are in different AWS partitions, and no peering links two."
                raise expansion.document.make_error(text, "existing", "peerings", number)
            if vpc != peer:
                out.append((aws.VpcPeering, int(demand.get_link_id(np.array(vpc), np.array(peer))[0]), 1))
    return out


def _list_hosted_zones(expansion: Expansion, demand: Demand) -> list[_Existing]:
    """Return the hosted zones that exist for services of hubs."""
    out: list[_Existing] = []
    for number, entry in enumerate(expansion.spec.existing.hosted_zones):
        service = _require_service(expansion, entry.service, "existing", "hosted_zones", number, "service")
        out += [
            (aws.PrivateHostedZone, demand.get_resource_id(vpc, service), 1)
            for vpc in _resolve_host_vpcs(expansion, entry.vpc, "hosted_zones", number)
        ]
    return out


def _list_resolver_endpoints(expansion: Expansion, demand: Demand) -> list[_Existing]:
    """Return the Resolver endpoints that exist, each with two addresses."""
    return [
        (aws.ResolverEndpoint, demand.get_resource_id(vpc), 2)
        for number, name in enumerate(expansion.spec.existing.resolver_endpoints)
        for vpc in _resolve_host_vpcs(expansion, name, "resolver_endpoints", number)
    ]


def list_peered_vpcs(x: Expansion) -> list[int]:
    """Return the VPCs that peering connections exist with."""
    return [
        j for n, p in enumerate(x.spec.existing.peerings) for j in x.resolve_vpcs(p.peer, "existing", "peerings", n)
    ]


def _resolve_host_vpcs(x: Expansion, name: str, key: str, n: int) -> list[int]:
    """Return the VPCs of a name that something is in."""
    members = x.resolve_vpcs(name, "existing", key, n)
    if any(x.vpcs[i].on_premises for i in members):
        raise x.document.make_error(f"{name!r} is an on-premises site, and this must be in a VPC.", "existing", key, n)
    return members


def _collect_connections(x: Expansion, d: Demand) -> tuple[list[_Existing], dict[type[Resource], Table]]:
    """Return the VPN connections of sites, and the Direct Connect ports of others."""
    found: list[_Existing] = []
    ports: list[tuple[int, ConnectionSpec]] = []
    for n, c in enumerate(x.spec.existing.connections):
        for i in x.resolve_vpcs(c.vpc, "existing", "connections", n):
            if not _is_direct_connect(x, i, c, n):
                found.append((aws.VpnConnection, d.get_resource_id(i), 1))
                continue
            ports.append((i, c))
            if not {"speed", "type"} <= c.model_fields_set:
                told = f"{c.vpc}: its Direct Connect port is assumed to be {c.type}, {c.speed}; set 'speed' and 'type'."
                x.notes.append(told)
    return found, {aws.DirectConnectPort: _build_port_table(d, ports)} if ports else {}


def _list_attachments(x: Expansion, d: Demand) -> list[_Existing]:
    """Return the attachments that exist: of every VPC and site of the file, or of those that it lists.

    A hub that was added does not exist yet.
    """
    sites = {"vpn": aws.VpnAttachment, "direct-connect": aws.DirectConnectAttachment}
    listed = x.spec.existing.transit_gateway
    if isinstance(listed, bool):
        attached = set(range(len(x.vpcs))) if listed else set()
    else:
        attached = {i for n, v in enumerate(listed) for i in x.resolve_vpcs(v, "existing", "transit_gateway", n)}
    return [
        (sites[v.spec.connection] if v.spec.on_premises else aws.VpcAttachment, d.get_resource_id(i), 1.0)
        for i, v in enumerate(x.vpcs)
        if v.spec is not None and i in attached
    ]


def _require_service(x: Expansion, name: str, *path: Step) -> int:
    """Return the number of a service that flows go to."""
    number = x.find_service_number(name)
    if number < 0:
        text = f"there is no flow to {name!r}; add one of 0 GB.{format_suggestion(name, x.services)}"
        raise x.document.make_error(text, *path)
    return number


def _is_direct_connect(x: Expansion, vpc: int, connection: ConnectionSpec, number: int) -> bool:
    """Tell whether a connection is a Direct Connect port rather than a VPN."""
    site, path = x.vpcs[vpc].spec, ("existing", "connections", number)
    if site is None or not site.on_premises:
        raise x.document.make_error(f"{connection.vpc!r} is not an on-premises site.", *path)
    if site.connection == "direct-connect" and connection.speed not in SPEEDS:
        raise x.document.make_error(f"'speed' is one of {', '.join(SPEEDS)}, not {connection.speed!r}.", *path, "speed")
    return bool(site.connection == "direct-connect")


class Today(NamedTuple):
    """What is built today.

    Attributes:
        paths: an architecture, or the name of a path per flow; None where the file does not say.
        hubs: (flows,) the VPC number of the hub that each flow uses, -1 where the file does not say; None: nowhere.
        zones: (flows,) the zones of each flow's endpoint, 0 where it is every zone; None: everywhere.
    """

    paths: list[str] | str | None = None
    hubs: IntArray | None = None
    zones: IntArray | None = None


class _TodaysFlow(NamedTuple):
    """The path, hub and zones of one flow, as in ``Today``."""

    path: str
    hub: int
    zones: int


def resolve_todays_plan(expansion: Expansion, demand: Demand) -> Today:
    """Return what is built today.

    Raises:
        InputError: the file names what is not there, or leaves out a flow.
    """
    today = expansion.spec.today
    if today is None:
        return Today()
    if isinstance(today, str):
        if today not in PATTERNS:
            suggestion = format_suggestion(today, PATTERNS)
            text = f"unknown architecture {today!r}.{suggestion} Known: {', '.join(PATTERNS)}."
            raise expansion.document.make_error(text, "today")
        return Today(today)
    by_flow: dict[tuple[int, int], _TodaysFlow] = {}
    for number, entry in enumerate(today):
        by_flow.update(_resolve_todays_flows(expansion, demand, entry, number))
    flows = [_require_todays_flow(expansion, demand, by_flow, number) for number in range(len(demand.flows))]
    hubs = np.array([flow.hub for flow in flows], dtype=np.int64)
    zones = np.array([flow.zones for flow in flows], dtype=np.int64)
    return Today([flow.path for flow in flows], hubs, zones)


def _resolve_todays_flows(
    expansion: Expansion, demand: Demand, entry: TodaySpec, number: int
) -> dict[tuple[int, int], _TodaysFlow]:
    """Return what an entry says of each (VPC, service)."""
    names = [path.name for path in PATHS]
    if entry.path not in names:
        text = f"unknown path {entry.path!r}.{format_suggestion(entry.path, names)}"
        raise expansion.document.make_error(text, "today", number, "path")
    service = expansion.find_service_number(entry.service)
    if service < 0:
        raise expansion.document.make_error(f"there is no flow to {entry.service!r}.", "today", number, "service")
    out: dict[tuple[int, int], _TodaysFlow] = {}
    for vpc in expansion.resolve_vpcs(entry.vpc, "today", number, "vpc"):
        hub = _resolve_todays_hub(expansion, demand, entry, vpc, number)
        zones = _resolve_todays_zones(expansion, demand, entry, hub if hub >= 0 else vpc, number)
        out[vpc, service] = _TodaysFlow(entry.path, hub, zones)
    return out


def _require_todays_flow(
    expansion: Expansion, demand: Demand, by_flow: Mapping[tuple[int, int], _TodaysFlow], number: int
) -> _TodaysFlow:
    """Return what is built today for one flow."""
    vpc, service = int(demand.flows.vpc[number]), int(demand.flows.service[number])
    if (vpc, service) not in by_flow:
        text = f"'today' has no path for the flow from {demand.vpcs.name[vpc]} to {demand.services.name[service]}."
        raise expansion.document.make_error(text, "today")
    return by_flow[vpc, service]


def _resolve_todays_hub(x: Expansion, d: Demand, entry: TodaySpec, vpc: int, number: int) -> int:
    """Return the number of the hub that a flow uses today; -1 where nothing says."""
    if entry.hub is None:
        return -1
    where = ("today", number, "hub")
    if not next(p for p in PATHS if p.name == entry.path).hubbed:
        raise x.document.make_error(f"{entry.path} does not use a hub; leave 'hub' out.", *where)
    hubs = [int(h) for h in d.hubs[vpc] if h >= 0]
    for hub in x.resolve_vpcs(entry.hub, *where):
        if hub in hubs:
            return hub
    known = ", ".join(str(d.vpcs.name[h]) for h in hubs)
    raise x.document.make_error(
        f"{entry.hub!r} is not a hub that serves {d.vpcs.name[vpc]!r}. Hubs that serve it: {known}.", *where
    )


def _resolve_todays_zones(x: Expansion, d: Demand, entry: TodaySpec, host: int, number: int) -> int:
    """Return the zones that a flow's endpoint is in today; 0 where it is in every zone of its VPC."""
    if entry.zones is None or entry.zones == d.vpcs.zones[host]:
        return 0
    name, least = d.vpcs.name[host], d.constraints.min_zones or int(d.vpcs.zones[host])
    where = ("today", number, "zones")
    if entry.zones > d.vpcs.zones[host]:
        raise x.document.make_error(f"{name!r} has {int(d.vpcs.zones[host])} zones.", *where)
    if entry.zones < least:
        text = f"plans have endpoints in {least} zones or more; set 'min_zones: {entry.zones}' under 'constraints'."
        raise x.document.make_error(text, *where)
    return int(entry.zones)


def _build_port_table(d: Demand, fixed: list[tuple[int, ConnectionSpec]]) -> Table:
    vpc = np.array([i for i, _ in fixed], dtype=np.int64)
    return Table(
        len(fixed),
        {
            "speed": Codes.from_words(c.speed for _, c in fixed),
            "type": Codes.from_words(c.type for _, c in fixed),
            "port_location": d.vpcs.port_location[vpc],
            "gb_sent": np.zeros(len(fixed)),
            "hours": np.full(len(fixed), d.hours),
            "count": np.ones(len(fixed)),
            "name": d.vpcs.name[vpc],
            "location": d.vpcs.location[vpc],
            "account": d.vpcs.account[vpc],
            "payer": d.vpcs.payer[vpc],
            "vpc": vpc,
            "service": np.full(len(fixed), -1),
        },
    )
