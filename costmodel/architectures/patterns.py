"""The named architectures: paths in order of preference, per sort of flow."""

from __future__ import annotations

_OWN = ["own-endpoint", "resource-endpoint", "cross-region-endpoint"]
_SITE = ["hub-virtual-private-gateway", "hub-transit-gateway"]


def _build_pattern(
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


def _build_nat_pattern(path: str, site: list[str] | None = None) -> dict[str, list[str]]:
    return _build_pattern(["gateway-endpoint", path], [path], site=site)


_EVERY_ZONE = ["nat-per-zone"]
_TRANSIT = ["hub-transit-gateway"]

PATTERNS: dict[str, dict[str, list[str]]] = {
    "per-vpc-endpoints": _build_pattern(["gateway-endpoint", "own-endpoint", "nat-per-zone"], _EVERY_ZONE),
    "centralized-transit-gateway": _build_pattern(
        ["gateway-endpoint", "hub-transit-gateway", "own-endpoint", "nat-per-zone"],
        _EVERY_ZONE,
        ["routed-transit-gateway"],
        _TRANSIT,
    ),
    "centralized-peering": _build_pattern(
        ["gateway-endpoint", "hub-peering", "own-endpoint", "nat-per-zone"], _EVERY_ZONE, ["routed-peering"]
    ),
    "shared-vpc": _build_pattern(["gateway-endpoint", "shared-vpc", "nat-per-zone"], _EVERY_ZONE),
    "nat-per-zone": _build_nat_pattern("nat-per-zone"),
    "nat-single": _build_nat_pattern("nat-single"),
    "nat-regional": _build_nat_pattern("nat-regional"),
    "nat-centralized": _build_nat_pattern("nat-centralized", _TRANSIT),
    "nat-for-everything": _build_pattern(["nat-per-zone"], _EVERY_ZONE),
    "lattice": _build_pattern(["gateway-endpoint", "own-endpoint", "nat-per-zone"], _EVERY_ZONE, ["lattice"]),
}
"""Architecture → sort of flow → names of paths.

An own service offered over VPC Lattice (``lattice``) has it as the last path everywhere; the others (``own``) are put
into Lattice by that architecture only.
"""
