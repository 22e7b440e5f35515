"""GB over a Transit Gateway: on the attachment that sends them, or where a metering policy puts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel import aws
from costmodel.demand.demand import Demand, Put

if TYPE_CHECKING:
    from costmodel.aws.resource import Resource
    from costmodel.core.arrays import FloatArray, IntArray

PAYER = "transit-gateway-payer"
"""The assumption of who pays for GB: source, destination or owner."""

_DATA: dict[type[Resource], type[Resource]] = {
    aws.VpcAttachment: aws.VpcData,
    aws.VpnAttachment: aws.VpnData,
    aws.DirectConnectAttachment: aws.DirectConnectData,
}


def list_transit_puts(
    d: Demand, kind: type[Resource], ends: tuple[IntArray, IntArray], gb: tuple[FloatArray, FloatArray]
) -> list[Put]:
    """Return what a client and a counterpart send each other, each GB once.

    Args:
        d: the demand.
        kind: the client's attachment.
        ends: the clients' VPCs and their counterparts' (hubs or providers), a flow each.
        gb: what clients send, and what counterparts do.
    """
    vpc, other = ends
    sent, received = gb
    if d.assumptions[PAYER] == "source":
        return [
            Put(kind, d.get_resource_id(vpc), "gb_sent", sent),
            Put(aws.VpcAttachment, d.get_resource_id(other), "gb_sent", received),
        ]
    pair = d.get_pair_id(vpc, other)
    return [Put(_DATA[kind], pair, "gb_sent", sent), Put(_DATA[kind], pair, "gb_received", received)]
