"""The network that a plan makes, and plans by preference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.errors import InfeasibleError
from costmodel.network import Network
from costmodel.paths.endpoints import CrossRegionEndpoint, GatewayEndpoint, OwnEndpoint, ResourceEndpoint
from costmodel.paths.hubs import HubPeering, HubTransitGateway, HubVirtualPrivateGateway, SharedVpc
from costmodel.paths.nat import NatCentralized, NatPerZone, NatRegional, NatSingle
from costmodel.paths.path import OPEN, Path
from costmodel.paths.services import Lattice, RoutedPeering, RoutedTransitGateway
from costmodel.paths.transit import PAYER
from costmodel.table import Codes, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costmodel.aws.resource import Column, Resource
    from costmodel.demand import Demand, Need

_BLOCK = 65_536

PATHS: tuple[type[Path], ...] = (
    GatewayEndpoint,
    OwnEndpoint,
    HubTransitGateway,
    HubPeering,
    HubVirtualPrivateGateway,
    SharedVpc,
    NatPerZone,
    NatSingle,
    NatRegional,
    NatCentralized,
    ResourceEndpoint,
    Lattice,
    CrossRegionEndpoint,
    RoutedTransitGateway,
    RoutedPeering,
)


def paths(d: Demand) -> list[Path]:
    """Return every path of a demand: one per class, or one per class and rank of hub; then those of other widths."""
    ranks = max(d.hubs.shape[1], 1)
    each = [(path, rank) for path in PATHS for rank in range(ranks if path.hubbed else 1)]
    usual = [path(rank) for path, rank in each]
    return usual + [path(rank, width) for path, rank in each for width in path.widths(d)]


def build(d: Demand, plan: Any, *, scale: Any = 1.0) -> Network:
    """Build what a plan needs: per key the highest level asked for, amounts summed.

    Args:
        d: the demand.
        plan: a number in ``paths(d)`` per flow; -1 leaves a flow out.
        scale: factor on the GB of every flow; requests stay.

    Raises:
        InfeasibleError: a VPC would use two paths of one mode, such as NAT gateways per zone and a single one.
    """
    offered = paths(d)
    _refuse_mixed(d, offered, plan)
    levels: dict[type[Resource], Any] = {}
    amounts: dict[type[Resource], dict[str, Any]] = {}
    for number, flows in _blocks(plan, len(offered)):
        for need in offered[number].needs(d, flows):
            _raise(d, levels, need)
        for put in offered[number].puts(d, flows):
            columns = amounts.setdefault(put.kind, {})
            if put.column not in columns:
                columns[put.column] = np.zeros(d.size(put.kind.ids))
            _add(columns[put.column], put.ids, put.amount)
    for need in d.existing:
        _raise(d, levels, need)
    tables = {}
    for kind in {**levels, **amounts}:
        table = rows_of(d, kind, levels.get(kind), amounts.get(kind, {}), scale)
        if len(table):
            tables[kind] = table
    tables.update(d.fixed)
    return Network(tables, d.assumptions, d.on, list(d.notes))


def _blocks(plan: Any, number: int) -> Iterator[tuple[int, Any]]:
    """Go through the paths used and their flows, in blocks that stay in the processor's cache."""
    for path in np.flatnonzero(np.bincount(plan[plan >= 0], minlength=number)):
        flows = np.flatnonzero(plan == path)
        for begin in range(0, len(flows), _BLOCK):
            yield int(path), flows[begin : begin + _BLOCK]


def _raise(d: Demand, levels: dict[type[Resource], Any], need: Need) -> None:
    """Raise the level of keys to what a need asks."""
    if need.kind not in levels:
        levels[need.kind] = np.zeros(d.size(need.kind.ids))
    ids, level = _runs(np.maximum, need.ids, need.level)
    np.maximum.at(levels[need.kind], ids, level)


def _add(column: Any, ids: Any, amount: Any) -> None:
    """Add amounts to what their ids have."""
    np.add.at(column, *_runs(np.add, ids, amount))


def _runs(reduce: np.ufunc, ids: Any, values: Any) -> tuple[Any, Any]:
    """Reduce the values of equal ids in a row, a VPC's or a hub's: one by one they would wait for each other."""
    new = np.empty(len(ids), dtype=bool)
    new[:1] = True
    np.not_equal(ids[1:], ids[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    if 2 * len(starts) > len(ids):
        return ids, values
    return ids[starts], reduce.reduceat(values, starts)


def _refuse_mixed(d: Demand, offered: list[Path], plan: Any) -> None:
    modes = {p.mode for p in offered if p.mode}
    for mode in modes:
        numbers = [i for i, p in enumerate(offered) if p.mode == mode and np.any(plan == i)]
        if len(numbers) < 2:  # noqa: PLR2004 - one cannot mix
            continue
        first = np.full(len(d.vpcs), -1)
        for number in numbers:
            vpcs = np.unique(d.flows.vpc[plan == number])
            mixed = vpcs[first[vpcs] >= 0]
            if len(mixed):
                one, other = offered[first[mixed[0]]].name, offered[number].name
                message = (
                    f"VPC {d.vpcs.name[mixed[0]]} cannot use both {one} and {other}: choose one for all its flows."
                )
                raise InfeasibleError(message, [(f"{mode}-mixed", str(d.vpcs.name[v]), None) for v in mixed])
            first[vpcs] = number


def rows_of(d: Demand, kind: type[Resource], level: Any, amounts: dict[str, Any], scale: Any) -> Table:
    """Return the rows of a kind, its ids turned back into VPCs, services and Regions."""
    used = np.zeros(d.size(kind.ids), dtype=bool) if level is None else level > 0
    for column in amounts.values():
        used = used | (column != 0)
    ids = np.flatnonzero(used)
    size = len(ids)
    much = np.ones(size) if level is None else np.maximum(level[ids], 1.0)
    count = much if kind.level == "count" else np.ones(size)
    columns = _places(d, kind, ids)
    for name, column in amounts.items():
        columns[name] = column[ids] / count * (scale if kind.columns[name].type == "gb" else 1.0)
    columns.update({"hours": np.full(size, d.hours), "count": count, "id": ids})
    if kind.level != "count":
        columns[kind.level] = much
    for name, column in kind.columns.items():
        if name not in columns:
            columns[name] = _default(column, columns, size)
    return Table(size, columns)


def _default(column: Column, columns: dict[str, Any], size: int) -> Any:
    """Return what a column holds that no path fills: its default, or that of the column it stands for."""
    default = column.default
    if column.type == "choice" and isinstance(default, str):
        return Codes.constant(default, size)
    return columns[default] if isinstance(default, str) else np.full(size, float(default or 0))


def _places(d: Demand, kind: type[Resource], ids: Any) -> dict[str, Any]:
    """Return where resources of a kind are and whose they are, by the sort of its ids."""
    vpcs, regions = d.vpcs, np.array(d.regions, dtype=object)
    if kind.ids == "regions":
        here, there = np.divmod(ids, len(regions))
        other = next(n for n, c in kind.columns.items() if c.type == "location")
        payer = Codes.constant(d.payer, len(ids))
        return {
            "location": Codes(here, d.regions),
            other: Codes(there, d.regions),
            "account": payer,
            "payer": payer,
            "name": lambda: regions[here] + " to " + regions[there],
        }
    if kind.ids == "service-region":
        service, region = np.divmod(ids, len(regions))
        vpc = d.services.provider[service]
        out: dict[str, Any] = {
            "name": lambda: d.services.name[service] + " for " + regions[region],
            "service": service,
        }
    elif kind.ids == "pair":
        client, index = np.divmod(ids, max(len(d.counterparts), 1))
        other_vpc = d.counterparts[index]
        vpc, with_ = (other_vpc, client) if kind.of_counterpart else (client, other_vpc)
        out = {
            "name": lambda: vpcs.name[vpc] + " with " + vpcs.name[with_],
            "service": np.full(len(ids), -1),
            "other": with_,
        }
        of_gateway = d.assumptions[PAYER] == "owner"
        theirs, own = (
            (Codes.constant(d.payer, len(ids)),) * 2 if of_gateway else (vpcs.account[with_], vpcs.account[vpc])
        )
        accounts = {"peer_account": vpcs.account[with_], "sent_account": theirs, "received_account": own}
        out.update((name, accounts[name]) for name in kind.accounts)
        if "peer_region" in kind.columns:
            out["peer_region"] = vpcs.location[with_]
    else:
        vpc, service = np.divmod(ids, len(d.services) + 1)
        service = service - 1
        labels = np.append(d.services.name, kind.__name__)
        out = {"name": lambda: vpcs.name[vpc] + "/" + labels[service], "service": service}
        if "service_region" in kind.columns:
            out["service_region"] = Codes(d.services.region[service], d.regions)
        if "port_location" in kind.columns:
            out["port_location"] = vpcs.port_location[vpc]
    return out | {
        "vpc": vpc,
        "location": vpcs.location[vpc],
        "account": vpcs.account[vpc],
        "payer": vpcs.payer[vpc],
    }


def chosen(d: Demand, names: dict[str, list[str]]) -> Any:
    """Return a plan by preference: each flow takes the first feasible path of its list; a pinned one its own path.

    Args:
        d: the demand.
        names: aws, internet, own, lattice, on-premises → names of paths in order of preference.

    Raises:
        InfeasibleError: a flow has no feasible path; the reasons name the rule that tells most of each, a constraint
            before a fact of the flow before what the path is for, and of equal ones the last.
    """
    offered = paths(d)
    sorts = {
        "on-premises": d.on_premises,
        "internet": d.internet & ~d.on_premises,
        "own": d.own & ~d.on_premises & ~d.offered("lattice"),
        "lattice": d.own & ~d.on_premises & d.offered("lattice"),
        "aws": ~d.internet & ~d.own & ~d.on_premises,
    }
    plan = np.full(len(d.flows), -1)
    why = np.zeros(len(d.flows), dtype=np.int16)
    weight = np.array([-1, *(rule.weight for rule in d.rules.values())])
    cache: dict[int, Any] = {}
    for sort, mask in sorts.items():
        if not mask.any():
            continue
        for name in names[sort]:
            for number in (i for i, p in enumerate(offered) if p.name == name and p.width is None):
                if not (mask & (plan < 0)).any():
                    break
                if number not in cache:
                    cache[number] = offered[number].feasible(d)
                verdict = cache[number]
                plan[mask & (plan < 0) & (verdict == OPEN)] = number
                path = offered[number]
                heard = mask & (plan < 0) & (verdict != OPEN)
                if path.rank:  # a hub that is not there says less than the one before it
                    heard &= path.hub(d, np.arange(len(d.flows))) >= 0
                np.copyto(why, verdict, where=heard & (weight[verdict] >= weight[why]))
    for v, s, name in d.constraints.pin:
        flow = (d.flows.vpc == v) & (d.flows.service == s) & (plan < 0)
        for number in (i for i, p in enumerate(offered) if p.name == name and p.width is None):
            plan[flow & (plan < 0) & (offered[number].feasible(d) == OPEN)] = number
    left = np.flatnonzero(plan < 0)
    if len(left):
        ids = list(d.rules)
        reasons = [
            (
                ids[why[f] - 1] if why[f] else "no-path",
                str(d.vpcs.name[d.flows.vpc[f]]),
                str(d.services.name[d.flows.service[f]]),
            )
            for f in left
        ]
        rule, vpc, service = reasons[0]
        text = d.rules[rule].text if rule in d.rules else "no path of the architecture reaches it"
        message = f"{len(left)} flow{'s' * (len(left) > 1)} cannot be served; {vpc} to {service}: {text}"
        raise InfeasibleError(message, reasons)
    return plan


def named(d: Demand, names: Sequence[str]) -> tuple[Any, list[tuple[str, str, str | None]]]:
    """Return the plan in which each flow takes the path named for it, and (rule, VPC, service) of constraints broken.

    What is built stands, whatever the demand's constraints want; but no flow can take a path that cannot carry it.

    Args:
        d: the demand.
        names: a path's name per flow.

    Raises:
        InfeasibleError: a flow cannot take its path.
    """
    offered, rules = paths(d), list(d.rules.values())
    wanted = np.array(names, dtype=object)
    plan, why = np.full(len(d.flows), -1), np.zeros(len(d.flows), dtype=np.int16)
    cannot = np.array([False, *(not rule.constraint for rule in rules)])
    for number, path in enumerate(p for p in offered if p.width is None):
        mask = (wanted == path.name) & ((plan < 0) | cannot[why])
        if mask.any():
            verdict = path.feasible(d)
            mask &= (plan < 0) | ~cannot[verdict]  # the next hub, if it can
            np.copyto(plan, number, where=mask)
            np.copyto(why, verdict, where=mask)
    vpcs, services = d.vpcs.name[d.flows.vpc], d.services.name[d.flows.service]
    for f in np.flatnonzero(cannot[why])[:1]:
        rule = rules[why[f] - 1]
        message = f"{names[f]} cannot carry {vpcs[f]} to {services[f]}: {rule.text}"
        raise InfeasibleError(message, [(rule.id, str(vpcs[f]), str(services[f]))])
    return plan, [(rules[why[f] - 1].id, str(vpcs[f]), str(services[f])) for f in np.flatnonzero(why)]
