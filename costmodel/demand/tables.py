"""The tables of a demand: VPCs, services and flows, one typed column per field."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray, ObjectArray
    from costmodel.core.table import Codes

Columns = TypeVar("Columns", bound="_Columns")


@dataclass(frozen=True, eq=False)
class _Columns:
    """Columns of equal length, one per field."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(getattr(self, fields(self)[0].name))

    def with_columns(self, columns: Mapping[str, Any]) -> Self:  # Any: each column has its own type
        """Return the same rows with other values of some columns."""
        return replace(self, **columns)

    def take_rows(self, rows: IntArray) -> Self:
        """Return some rows, by their numbers."""
        return replace(self, **{column.name: getattr(self, column.name)[rows] for column in fields(self)})


@dataclass(frozen=True, eq=False)
class Vpcs(_Columns):
    """VPCs and sites on premises.

    Attributes:
        name: the name of each.
        group: the name that the demand file gives it and the VPCs like it.
        location: its Region; the codes are numbers of ``Demand.regions``.
        account: its account.
        payer: the account that pays for it.
        domain: its isolation domain; "" for none.
        connection: how a site is connected: ``vpn`` or ``direct-connect``.
        port_location: the area of a site's Direct Connect location.
        zones: the number of its Availability Zones.
        hub: whether it is a hub.
        on_premises: whether it is a site on premises.
    """

    name: ObjectArray
    group: Codes
    location: Codes
    account: Codes
    payer: Codes
    domain: Codes
    connection: Codes
    port_location: Codes
    zones: FloatArray
    hub: BoolArray
    on_premises: BoolArray


@dataclass(frozen=True, eq=False)
class Services(_Columns):
    """What flows go to: AWS services, the user's own services, and the internet.

    Attributes:
        name: the name of each.
        interface: whether it has an interface endpoint.
        gateway: whether it has a gateway endpoint.
        public: whether it has a public endpoint.
        cross_region: whether it is enabled for cross-Region PrivateLink.
        internet: whether it is the internet.
        own: how a service of the user's own is offered; "" for a service of AWS.
        protocol: the protocol of a service of the user's own; "" where the file does not name one.
        provider: the number of the VPC that provides it; -1 for none.
        region: the number of its Region in ``Demand.regions``; -1 for the client's Region.
    """

    name: ObjectArray
    interface: BoolArray
    gateway: BoolArray
    public: BoolArray
    cross_region: BoolArray
    internet: BoolArray
    own: Codes
    protocol: Codes
    provider: IntArray
    region: IntArray


@dataclass(frozen=True, eq=False)
class Flows(_Columns):
    """What flows between VPCs and services in a billing month, one row per VPC and service.

    Attributes:
        vpc: the number of the client's VPC.
        service: the number of the service.
        gb_sent: GB that the client sends.
        gb_received: GB that the client receives.
        requests_per_hour: requests an hour.
        peak_gbps: the peak in Gbps; 0 where it is not known.
    """

    vpc: IntArray
    service: IntArray
    gb_sent: FloatArray
    gb_received: FloatArray
    requests_per_hour: FloatArray
    peak_gbps: FloatArray
