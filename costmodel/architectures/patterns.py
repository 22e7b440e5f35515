"""The named architectures: paths in order of preference, per sort of flow."""

from __future__ import annotations

_OWN = ["own-endpoint", "resource-endpoint", "cross-region-endpoint"]
_SITE = ["hub-virtual-private-gateway", "hub-transit-gateway"]


def _pattern(
    services: list[str], internet: list[str], own: list[str] | None = None, site: list[str] | None = None
) -> dict[str, list[str]]:
    sites = site or _SITE
    offered = (own or []) + _OWN
    return {
        "aws": services,
        "internet": internet,
        "own": offered,
        "lattice": [*offered, "lattice"],
        "on-premises": sites,
    }


def _nat(path: str, site: list[str] | None = None) -> dict[str, list[str]]:
    return _pattern(["gateway-endpoint", path], [path], site=site)


_EVERY_ZONE = ["nat-per-zone"]
_TRANSIT = ["hub-transit-gateway"]

PATTERNS: dict[str, dict[str, list[str]]] = {
    "per-vpc-endpoints": _pattern(["gateway-endpoint", "own-endpoint", "nat-per-zone"], _EVERY_ZONE),
    "centralized-transit-gateway": _pattern(
        ["gateway-endpoint", "hub-transit-gateway", "own-endpoint", "nat-per-zone"],
        _EVERY_ZONE,
        ["routed-transit-gateway"],
        _TRANSIT,
    ),
    "centralized-peering": _pattern(
        ["gateway-endpoint", "hub-peering", "own-endpoint", "nat-per-zone"], _EVERY_ZONE, ["routed-peering"]
    ),
    "shared-vpc": _pattern(["gateway-endpoint", "shared-vpc", "nat-per-zone"], _EVERY_ZONE),
    "nat-per-zone": _nat("nat-per-zone"),
    "nat-single": _nat("nat-single"),
    "nat-regional": _nat("nat-regional"),
    "nat-centralized": _nat("nat-centralized", _TRANSIT),
    "nat-for-everything": _pattern(["nat-per-zone"], _EVERY_ZONE),
    "lattice": _pattern(["gateway-endpoint", "own-endpoint", "nat-per-zone"], _EVERY_ZONE, ["lattice"]),
}
"""Architecture → sort of flow → names of paths.

An own service offered over VPC Lattice (``lattice``) has it as the last path everywhere; the others (``own``) are put
into Lattice by that architecture only.
"""
