"""A resource of a live account, as AWS describes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """A resource of a live account, as it was described.

    Attributes:
        id: its id.
        account, region: where it is.
        kind: endpoint, nat-gateway, address, attachment, load-balancer, vpn-connection, client-vpn, resolver-endpoint,
            firewall.
        type: of an endpoint its type, of a NAT gateway its connectivity.
        state: as AWS writes it.
        service: of an endpoint.
        routed: whether any route leads to it; None where routes were not read, or where none is needed.
        bytes: what CloudWatch counts of it, in bytes or in another unit of use; None where that is not known.
        days: of those bytes.
        used: whether something holds it.
        vpc: its VPC.
    """

    id: str
    account: str
    region: str
    kind: str
    type: str = ""
    state: str = "available"
    service: str = ""
    routed: bool | None = None
    bytes: float | None = None
    days: float = 0.0
    used: bool = True
    vpc: str = ""
