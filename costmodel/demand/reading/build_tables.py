"""The tables of VPCs, services and flows of an expanded demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from costmodel.core.table import Codes
from costmodel.demand.tables import Flows, Services, Vpcs
from costmodel.pricing.reading.regions import load_direct_connect_areas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.arrays import BoolArray
    from costmodel.demand.reading.expand import Expansion
    from costmodel.demand.reading.rows import VpcRow

_OTHER_AREA = "other"


def index_regions(expansion: Expansion) -> dict[str, int]:
    """Return the Regions of a demand, those of VPCs first → their numbers."""
    names = [vpc.region for vpc in expansion.vpcs]
    names += [service.region for service in expansion.services.values() if service.region]
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def build_vpc_table(expansion: Expansion, regions: Mapping[str, int]) -> Vpcs:
    """Return the VPCs as a table; notes tell which locations of sites the reader took for granted."""
    vpcs = expansion.vpcs
    areas = load_direct_connect_areas()
    _add_location_notes(expansion, areas)
    return Vpcs(
        name=np.array([vpc.name for vpc in vpcs], dtype=object),
        group=Codes.from_words(vpc.group for vpc in vpcs),
        location=Codes(np.array([regions[vpc.region] for vpc in vpcs], dtype=np.int32), tuple(regions)),
        account=Codes.from_words(vpc.account for vpc in vpcs),
        payer=Codes.repeat_word(expansion.spec.payer, len(vpcs)),
        domain=Codes.from_words(vpc.domain for vpc in vpcs),
        connection=Codes.from_words(vpc.spec.connection if vpc.spec else "vpn" for vpc in vpcs),
        port_location=Codes.from_words(_get_port_location(vpc, areas) for vpc in vpcs),
        zones=np.array([vpc.zones for vpc in vpcs], dtype=np.float64),
        hub=np.array([vpc.hub for vpc in vpcs], dtype=bool),
        on_premises=np.array([vpc.on_premises for vpc in vpcs], dtype=bool),
    )


def _get_port_location(vpc: VpcRow, areas: Mapping[str, str]) -> str:
    """Return the area of a Direct Connect location: the file's, else that of the Region."""
    named = vpc.spec.location if vpc.spec else None
    return named or areas.get(vpc.region) or _OTHER_AREA


def _add_location_notes(expansion: Expansion, areas: Mapping[str, str]) -> None:
    for vpc in expansion.vpcs:
        site = vpc.spec
        if site and site.on_premises and site.connection == "direct-connect" and site.location is None:
            area = areas.get(site.region or expansion.spec.region) or _OTHER_AREA
            expansion.notes.append(
                f"{site.name}: its Direct Connect location is assumed to be in the area {area!r}; set 'location'."
            )


def build_service_table(expansion: Expansion, regions: Mapping[str, int]) -> Services:
    """Return the services as a table."""
    names = list(expansion.services)
    rows = list(expansion.services.values())

    def mark_services(column: str) -> BoolArray:
        return np.array([row.service is not None and getattr(row.service, column) for row in rows], dtype=bool)

    return Services(
        name=np.array(names, dtype=object),
        interface=mark_services("interface"),
        gateway=mark_services("gateway"),
        public=mark_services("public"),
        cross_region=mark_services("cross_region"),
        internet=np.array([name == "internet" for name in names], dtype=bool),
        own=Codes.from_words(row.kind for row in rows),
        protocol=Codes.from_words(row.protocol for row in rows),
        provider=np.array([row.provider for row in rows], dtype=np.int64),
        region=np.array([regions[row.region] if row.region else -1 for row in rows], dtype=np.int64),
    )


def build_flow_table(expansion: Expansion) -> Flows:
    """Return the flows as a table."""
    flows = expansion.flows
    numbers = {name: number for number, name in enumerate(expansion.services)}
    amounts = list(flows.values())
    return Flows(
        vpc=np.array([vpc for vpc, _ in flows], dtype=np.int64),
        service=np.array([numbers[service] for _, service in flows], dtype=np.int64),
        gb_sent=np.array([amount.gb_sent for amount in amounts], dtype=np.float64),
        gb_received=np.array([amount.gb_received for amount in amounts], dtype=np.float64),
        requests_per_hour=np.array([amount.requests_per_hour for amount in amounts], dtype=np.float64),
        peak_gbps=np.array([amount.peak_gbps for amount in amounts], dtype=np.float64),
    )
