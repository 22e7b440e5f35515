"""The rows of an expanded demand: one VPC or site, one service."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from costmodel.aws.catalogue import Service
    from costmodel.demand.reading.spec import VpcSpec


class VpcRow(NamedTuple):
    """A VPC, or a site on premises.

    Attributes:
        name: its own name.
        group: the name that the file gives it and the VPCs like it.
        region: its Region.
        domain: its isolation domain; "" for none.
        zones: the number of its Availability Zones.
        hub: whether it is a hub.
        account: its account.
        spec: its entry in the file; None for a hub that was added.
        entry_number: the position of that entry; -1 for a hub that was added.
    """

    name: str
    group: str
    region: str
    domain: str
    zones: int
    hub: bool
    account: str
    spec: VpcSpec | None = None
    entry_number: int = -1

    @property
    def on_premises(self) -> bool:
        """Whether it is a site on premises."""
        return self.spec is not None and self.spec.on_premises


class ServiceRow(NamedTuple):
    """A service that flows go to.

    Attributes:
        region: its Region; None for the client's Region.
        service: AWS's service; None for a service of the user's own.
        kind: how a service of the user's own is offered; "" for AWS's.
        protocol: the protocol of a service of the user's own.
        provider: the number of the VPC that provides it; -1 for none.
    """

    region: str | None
    service: Service | None = None
    kind: str = ""
    protocol: str = ""
    provider: int = -1
