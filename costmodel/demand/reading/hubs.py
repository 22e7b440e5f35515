"""Which hubs may serve which VPCs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costmodel.demand.reading.rows import VpcRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.core.arrays import IntArray

_USUAL_ZONES = 3


class _Area(NamedTuple):
    """A Region and an isolation domain ("" for none): its VPCs are served by the same hubs."""

    region: str
    domain: str


def rank_hubs(
    vpcs: list[VpcRow], groups: dict[str, list[int]], *, region: str, payer: str
) -> tuple[IntArray, list[str]]:
    """Rank the hubs that may serve each VPC, and add one per Region and domain where there is none.

    A hub is a VPC like any other: it serves itself first, then the other hubs may.

    Args:
        vpcs: the VPCs; hubs are added to them.
        groups: name → numbers of VPCs; hubs are added to them.
        region: the Region of the file.
        payer: the account of hubs that are added.

    Returns:
        (VPCs, ranks) the numbers of hubs, -1 where there are no more; and notes on the hubs that were added.
    """
    notes = []
    areas = list(dict.fromkeys(_get_area(vpc) for vpc in vpcs))
    # Areas without a domain come last: their VPCs may use the hub of any domain.
    for area in sorted(areas, key=lambda area: not area.domain):
        if not any(vpc.hub and _can_serve(_get_area(vpc), area) for vpc in vpcs):
            hub = _make_hub(vpcs, area, region, payer)
            groups[hub.name] = [len(vpcs)]
            vpcs.append(hub)
            domain = f" of domain {area.domain}" if area.domain else ""
            notes.append(
                f"No hub serves the VPCs of {area.region}{domain}: {hub.name} is added, {hub.zones} zones, "
                f"the payer's account."
            )
    return _build_ranks(vpcs), notes


def _get_area(vpc: VpcRow) -> _Area:
    return _Area(vpc.region, vpc.domain)


def _can_serve(hub: _Area, client: _Area) -> bool:
    """Tell whether a hub may serve a VPC: same Region; a domain on both sides must be the same."""
    domains = {hub.domain, client.domain} - {""}
    return hub.region == client.region and len(domains) < 2  # noqa: PLR2004 - two different domains


def _make_hub(vpcs: Sequence[VpcRow], area: _Area, region: str, payer: str) -> VpcRow:
    """Return a hub for an area, with as many zones as the VPCs that it may serve."""
    zones = [
        vpc.zones
        for vpc in vpcs
        if vpc.spec is not None and not vpc.on_premises and not vpc.hub and _can_serve(area, _get_area(vpc))
    ]
    words = ["hub", area.domain, area.region if area.region != region else ""]
    name = "-".join(filter(None, words))
    taken = {vpc.name for vpc in vpcs}
    while name in taken:
        name += "-added"
    most_zones = max(zones, default=_USUAL_ZONES)
    return VpcRow(name, name, area.region, area.domain, most_zones, hub=True, account=payer)


def _build_ranks(vpcs: Sequence[VpcRow]) -> IntArray:
    """Return the hubs that may serve each VPC: (VPCs, ranks), -1 where there are no more."""
    hubs = [number for number, vpc in enumerate(vpcs) if vpc.hub]
    by_area: Mapping[_Area, list[int]] = {
        area: [hub for hub in hubs if _can_serve(_get_area(vpcs[hub]), area)] for area in {_get_area(v) for v in vpcs}
    }
    width = max(map(len, by_area.values()), default=0)
    out = np.full((len(vpcs), width), -1, dtype=np.int64)
    for number, vpc in enumerate(vpcs):
        ranked = by_area[_get_area(vpc)]
        if vpc.hub:
            ranked = [number, *(hub for hub in ranked if hub != number)]
        out[number, : len(ranked)] = ranked
    return out
