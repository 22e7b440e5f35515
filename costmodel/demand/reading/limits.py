"""What a demand file says of what exists and of what is built today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel import aws
from costmodel.architectures.build import PATHS
from costmodel.architectures.patterns import PATTERNS
from costmodel.aws.hybrid import SPEEDS
from costmodel.core.errors import format_suggestion
from costmodel.core.table import Codes, Table
from costmodel.demand.demand import Demand, Need

if TYPE_CHECKING:
    from costmodel.aws.resource import Resource
    from costmodel.demand.reading.expand import Expansion
    from costmodel.demand.reading.spec import ConnectionSpec, TodaySpec
    from costmodel.documents.document import Step


def collect_existing_resources(x: Expansion, d: Demand) -> tuple[list[Need], dict[Any, Table]]:
    """Return what stays and is paid in every plan: needs of a level, and resources beside those of any path."""
    spec, where = x.spec.existing, "existing"
    found: list[tuple[type[Resource], int, float]] = _list_attachments(x, d) if spec.transit_gateway else []
    for n, nat in enumerate(spec.nat_gateways):
        for i in _resolve_host_vpcs(x, nat.vpc, "nat_gateways", n):
            found.append((aws.NatGateway, d.get_resource_id(i), x.vpcs[i].zones if nat.count is None else nat.count))
    for n, e in enumerate(spec.endpoints):
        s = _require_service(x, e.service, where, "endpoints", n, "service")
        if not d.services.interface[s] and not d.services.own.match_word("endpoint-service")[s]:
            raise x.document.make_error(f"{e.service!r} has no interface endpoint.", where, "endpoints", n, "service")
        for i in _resolve_host_vpcs(x, e.vpc, "endpoints", n):
            found.append((aws.InterfaceEndpoint, d.get_resource_id(i, s), e.zones or x.vpcs[i].zones))
    for n, p in enumerate(spec.peerings):
        ends = [
            (i, j)
            for i in _resolve_host_vpcs(x, p.vpc, "peerings", n)
            for j in _resolve_host_vpcs(x, p.peer, "peerings", n)
        ]
        region = d.vpcs.location.codes
        if any(d.partitions[region[i]] != d.partitions[region[j]] for i, j in ends):
            text = f"{p.vpc!r} and {p.peer!r} are in different AWS partitions, and no peering links two."
            raise x.document.make_error(text, where, "peerings", n)
        found += [(aws.VpcPeering, int(d.get_link_id(i, j)[0]), 1) for i, j in ends if i != j]
    for n, z in enumerate(spec.hosted_zones):
        s = _require_service(x, z.service, where, "hosted_zones", n, "service")
        found += [
            (aws.PrivateHostedZone, d.get_resource_id(i, s), 1) for i in _resolve_host_vpcs(x, z.vpc, "hosted_zones", n)
        ]
    for n, name in enumerate(spec.resolver_endpoints):
        found += [
            (aws.ResolverEndpoint, d.get_resource_id(i), 2)
            for i in _resolve_host_vpcs(x, name, "resolver_endpoints", n)
        ]
    connections, fixed = _collect_connections(x, d)
    found += connections
    needs = [Need(kind, np.array([i]), np.array([float(level)])) for kind, i, level in found]
    return needs, fixed


def list_peered_vpcs(x: Expansion) -> list[int]:
    """Return the VPCs that peering connections exist with."""
    return [
        j for n, p in enumerate(x.spec.existing.peerings) for j in x.resolve_vpcs(p.peer, "existing", "peerings", n)
    ]


def _resolve_host_vpcs(x: Expansion, name: str, key: str, n: int) -> list[int]:
    """Return the VPCs of a name that something stands in."""
    members = x.resolve_vpcs(name, "existing", key, n)
    if any(x.vpcs[i].on_premises for i in members):
        raise x.document.make_error(f"{name!r} is a site on premises, and this stands in a VPC.", "existing", key, n)
    return members


def _collect_connections(x: Expansion, d: Demand) -> tuple[list[tuple[type[Resource], int, float]], dict[Any, Table]]:
    """Return the VPN connections of sites, and the Direct Connect ports of others."""
    found: list[tuple[type[Resource], int, float]] = []
    ports: list[tuple[int, ConnectionSpec]] = []
    for n, c in enumerate(x.spec.existing.connections):
        for i in x.resolve_vpcs(c.vpc, "existing", "connections", n):
            if not _is_direct_connect(x, i, c, n):
                found.append((aws.VpnConnection, d.get_resource_id(i), 1))
                continue
            ports.append((i, c))
            if not {"speed", "type"} <= c.model_fields_set:
                told = f"{c.vpc}: its Direct Connect port is taken to be {c.type}, {c.speed}; say 'speed' and 'type'."
                x.notes.append(told)
    return found, {aws.DirectConnectPort: _build_port_table(d, ports)} if ports else {}


def _list_attachments(x: Expansion, d: Demand) -> list[tuple[type[Resource], int, float]]:
    """Return the attachments of every VPC and site that the file names; a hub that was added does not exist yet."""
    sites = {"vpn": aws.VpnAttachment, "direct-connect": aws.DirectConnectAttachment}
    return [
        (sites[v.spec.connection] if v.spec.on_premises else aws.VpcAttachment, d.get_resource_id(i), 1.0)
        for i, v in enumerate(x.vpcs)
        if v.spec is not None
    ]


def _require_service(x: Expansion, name: str, *path: Step) -> int:
    """Return the number of a service that flows go to."""
    number = x.find_service_number(name)
    if number < 0:
        text = f"no flow goes to {name!r}; give it one of 0 GB.{format_suggestion(name, x.services)}"
        raise x.document.make_error(text, *path)
    return number


def _is_direct_connect(x: Expansion, vpc: int, connection: ConnectionSpec, number: int) -> bool:
    """Tell whether a connection is a Direct Connect port rather than a VPN."""
    site, path = x.vpcs[vpc].spec, ("existing", "connections", number)
    if site is None or not site.on_premises:
        raise x.document.make_error(f"{connection.vpc!r} is no site on premises.", *path)
    if site.connection == "direct-connect" and connection.speed not in SPEEDS:
        raise x.document.make_error(f"'speed' is one of {', '.join(SPEEDS)}, not {connection.speed!r}.", *path, "speed")
    return bool(site.connection == "direct-connect")


def resolve_todays_plan(x: Expansion, d: Demand) -> tuple[list[str] | str | None, Any, Any]:
    """Return what is built today: an architecture or a path's name per flow, each flow's hub, its endpoint's zones."""
    today, flows = x.spec.today, d.flows
    if today is None:
        return None, None, None
    if isinstance(today, str):
        if today not in PATTERNS:
            text = f"unknown architecture {today!r}.{format_suggestion(today, PATTERNS)} Known: {', '.join(PATTERNS)}."
            raise x.document.make_error(text, "today")
        return today, None, None
    names = [p.name for p in PATHS]
    paths: dict[tuple[int, int], tuple[str, int, int]] = {}
    for i, entry in enumerate(today):
        if entry.path not in names:
            raise x.document.make_error(
                f"unknown path {entry.path!r}.{format_suggestion(entry.path, names)}", "today", i, "path"
            )
        service = x.find_service_number(entry.service)
        if service < 0:
            raise x.document.make_error(f"no flow goes to {entry.service!r}.", "today", i, "service")
        for vpc in x.resolve_vpcs(entry.vpc, "today", i, "vpc"):
            hub = _resolve_todays_hub(x, d, entry, vpc, i)
            paths[vpc, service] = entry.path, hub, _resolve_todays_zones(x, d, entry, hub if hub >= 0 else vpc, i)
    out = []
    for vpc, service in zip(flows.vpc.tolist(), flows.service.tolist(), strict=True):
        if (vpc, service) not in paths:
            flow = f"{x.vpcs[vpc].name} to {list(x.services)[service]}"
            raise x.document.make_error(f"'today' says nothing of the flow from {flow}.", "today")
        out.append(paths[vpc, service])
    hubs, zones = (np.array([row[n] for row in out], dtype=np.int64) for n in (1, 2))
    return [row[0] for row in out], hubs, zones


def _resolve_todays_hub(x: Expansion, d: Demand, entry: TodaySpec, vpc: int, number: int) -> int:
    """Return the number of the hub that a flow uses today; -1 where nothing says."""
    if entry.hub is None:
        return -1
    where = ("today", number, "hub")
    if not next(p for p in PATHS if p.name == entry.path).hubbed:
        raise x.document.make_error(f"{entry.path} uses no hub; leave out 'hub'.", *where)
    hubs = [int(h) for h in d.hubs[vpc] if h >= 0]
    for hub in x.resolve_vpcs(entry.hub, *where):
        if hub in hubs:
            return hub
    known = ", ".join(str(d.vpcs.name[h]) for h in hubs)
    raise x.document.make_error(
        f"{entry.hub!r} is no hub that serves {d.vpcs.name[vpc]!r}. Hubs that do: {known}.", *where
    )


def _resolve_todays_zones(x: Expansion, d: Demand, entry: TodaySpec, host: int, number: int) -> int:
    """Return the zones that a flow's endpoint stands in today; 0 where it stands in every zone of its VPC."""
    if entry.zones is None or entry.zones == d.vpcs.zones[host]:
        return 0
    name, least = d.vpcs.name[host], d.constraints.min_zones or int(d.vpcs.zones[host])
    where = ("today", number, "zones")
    if entry.zones > d.vpcs.zones[host]:
        raise x.document.make_error(f"{name!r} has {int(d.vpcs.zones[host])} zones.", *where)
    if entry.zones < least:
        text = f"plans have endpoints in {least} zones or more; say 'min_zones: {entry.zones}' under 'constraints'."
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
