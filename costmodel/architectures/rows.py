"""What is built as tables: a kind's rows, each with its place, its owner and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.paths.transit import PAYER
from costmodel.core.table import Codes, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from costmodel.aws.resource import Column, Resource
    from costmodel.core.arrays import FloatArray, IntArray
    from costmodel.demand.demand import Demand


def build_resource_table(
    d: Demand, kind: type[Resource], level: FloatArray | None, amounts: dict[str, FloatArray], scale: float
) -> Table:
    """Return the rows of a kind, its ids turned back into VPCs, services and Regions."""
    used = np.zeros(d.count_ids(kind.ids), dtype=bool) if level is None else level > 0
    for amount in amounts.values():
        used = used | (amount != 0)
    ids = np.flatnonzero(used)
    size = len(ids)
    much = np.ones(size) if level is None else np.maximum(level[ids], 1.0)
    count = much if kind.level == "count" else np.ones(size)
    columns = _LOCATED[kind.ids](d, kind, ids)
    for name, amount in amounts.items():
        factor = scale if kind.columns[name].type == "gb" else 1.0
        columns[name] = amount[ids] / count * factor
    columns.update({"hours": np.full(size, d.hours), "count": count, "id": ids})
    if kind.level != "count":
        columns[kind.level] = much
    for name, column in kind.columns.items():
        if name not in columns:
            columns[name] = _get_default_column(column, columns, size)
    return Table(size, columns)


def _get_default_column(column: Column, columns: dict[str, Any], size: int) -> Any:
    """Return what a column holds that no path fills: its default, or that of the column it represents."""
    default = column.default
    if column.type == "choice" and isinstance(default, str):
        return Codes.repeat_word(default, size)
    return columns[default] if isinstance(default, str) else np.full(size, float(default or 0))


def _locate_regions(d: Demand, kind: type[Resource], ids: IntArray) -> dict[str, Any]:
    """Return where what links two Regions is: in the first, and the payer's."""
    regions = np.array(d.regions, dtype=object)
    here, there = np.divmod(ids, len(regions))
    other = next(n for n, c in kind.columns.items() if c.type == "location")
    payer = Codes.repeat_word(d.payer, len(ids))
    return {
        "location": Codes(here, d.regions),
        other: Codes(there, d.regions),
        "account": payer,
        "payer": payer,
        "name": lambda: regions[here] + " to " + regions[there],
    }


def _locate_vpc_regions(d: Demand, kind: type[Resource], ids: IntArray) -> dict[str, Any]:  # noqa: ARG001 - one kind has them
    """Return where what a VPC sends to a Region, or receives, is counted: at the sender, to the account of the VPC."""
    vpcs, regions = d.vpcs, np.array(d.regions, dtype=object)
    vpc, other = np.divmod(ids // 2, len(regions))
    received, here = ids % 2 == 1, vpcs.location.codes[vpc]
    sender, receiver = np.where(received, other, here), np.where(received, here, other)
    return {
        "location": Codes(sender, d.regions),
        "to_region": Codes(receiver, d.regions),
        "account": vpcs.account[vpc],
        "payer": vpcs.payer[vpc],
        "name": lambda: vpcs.name[vpc] + ": " + regions[sender] + " to " + regions[receiver],
    }


def _locate_service_regions(d: Demand, kind: type[Resource], ids: IntArray) -> dict[str, Any]:  # noqa: ARG001 - as above
    """Return where what a provider has per Region of its consumers is."""
    regions = np.array(d.regions, dtype=object)
    service, region = np.divmod(ids, len(regions))
    name = lambda: d.services.name[service] + " for " + regions[region]  # noqa: E731 - made when it is read
    return {"name": name, "service": service} | _get_owner_columns(d, d.services.provider[service])


def _locate_pairs(d: Demand, kind: type[Resource], ids: IntArray) -> dict[str, Any]:
    """Return where what two VPCs share is, and with whom."""
    vpcs = d.vpcs
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
        (Codes.repeat_word(d.payer, len(ids)),) * 2 if of_gateway else (vpcs.account[with_], vpcs.account[vpc])
    )
    accounts = {"peer_account": vpcs.account[with_], "sent_account": theirs, "received_account": own}
    out.update((name, accounts[name]) for name in kind.accounts)
    if "peer_region" in kind.columns:
        out["peer_region"] = vpcs.location[with_]
    return out | _get_owner_columns(d, vpc)


def _locate_services(d: Demand, kind: type[Resource], ids: IntArray) -> dict[str, Any]:
    """Return where what is in a VPC is, for a service or for none."""
    vpcs = d.vpcs
    vpc, service = np.divmod(ids, len(d.services) + 1)
    service = service - 1
    labels = np.append(d.services.name, kind.__name__)
    out: dict[str, Any] = {"name": lambda: vpcs.name[vpc] + "/" + labels[service], "service": service}
    if "service_region" in kind.columns:
        out["service_region"] = Codes(d.services.region[service], d.regions)
    if "port_location" in kind.columns:
        out["port_location"] = vpcs.port_location[vpc]
    return out | _get_owner_columns(d, vpc)


def _get_owner_columns(d: Demand, vpc: IntArray) -> dict[str, Any]:
    """Return the columns of what is a VPC's: its Region and account, and who pays for that."""
    vpcs = d.vpcs
    return {
        "vpc": vpc,
        "location": vpcs.location[vpc],
        "account": vpcs.account[vpc],
        "payer": vpcs.payer[vpc],
    }


_LOCATED: dict[str, Callable[[Demand, type[Resource], Any], dict[str, Any]]] = {
    "service": _locate_services,
    "pair": _locate_pairs,
    "regions": _locate_regions,
    "vpc-region": _locate_vpc_regions,
    "service-region": _locate_service_regions,
}
"""What locates resources, by what their ids represent."""
