"""Paths that a demand forbids, pins or allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import BeforeValidator

from costmodel.demand.constraints.base import Constraint, ConstraintItem, Widget
from costmodel.demand.demand import Forbidden, Pinned
from costmodel.demand.fields import ForbidEntry, PathEntry, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.arrays import BoolArray
    from costmodel.demand.constraints.base import ConstrainedPath, FileReader
    from costmodel.demand.demand import Demand

ANY = -1
"""The number that represents any VPC, or any service."""


def _wrap_path_names(value: object) -> object:
    if not isinstance(value, list):
        return value
    return [{"path": entry} if isinstance(entry, str) else entry for entry in value]


def _is_listed(demand: Demand, listed: Sequence[tuple[int, int]]) -> BoolArray:
    """Return which flows are among (VPC, service) numbers, either of which may be ``ANY``."""
    vpc, service = demand.flows.vpc, demand.flows.service
    vpcs, services = np.array(listed).T
    named_both = (vpcs >= 0) & (services >= 0)
    service_count = len(demand.services)
    out: BoolArray = np.isin(vpc * service_count + service, (vpcs * service_count + services)[named_both])
    out |= np.isin(vpc, vpcs[services < 0])
    out |= np.isin(service, services[vpcs < 0])
    if ((vpcs < 0) & (services < 0)).any():
        out[:] = True
    return out


def _has_flow(demand: Demand, vpc: int, service: int) -> bool:
    """Tell whether a demand has a flow of a VPC (or ``ANY``) to a service (or ``ANY``)."""
    return bool(_is_listed(demand, [(vpc, service)]).any())


class Forbid(Constraint["Sequence[Forbidden]"]):
    """Paths that may not be used: anywhere, by a VPC, for a service."""

    key = "forbid"
    description = "paths that may not be used: anywhere, by a VPC, for a service"
    file_type = Annotated[list[ForbidEntry], BeforeValidator(_wrap_path_names)]
    file_default: ClassVar[object] = []
    names_services = True
    widget = Widget("paths", "Paths not to use", column=2, placeholder="none")

    def make_unlimited(self, vpc_count: int) -> Sequence[Forbidden]:  # noqa: ARG002 - the same for any number
        """Return an empty list."""
        return []

    def resolve_value(self, given: Sequence[ForbidEntry], reader: FileReader) -> Sequence[Forbidden]:
        """Return an entry per VPC that an entry of the file names."""
        out: list[Forbidden] = []
        for number, entry in enumerate(given):
            where = (self.key, number)
            path = reader.resolve_path(entry.path, *where)
            service = reader.resolve_service(entry.service, *where) if entry.service else ANY
            vpcs = reader.resolve_vpcs(entry.vpc, *where) if entry.vpc else [ANY]
            out += [Forbidden(path, vpc, service) for vpc in vpcs]
        return out

    def list_rules(self, path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:
        """Return the flows for which a path, or the path that it is a variant of, is forbidden."""
        names = (path.name, path.variant_of)
        listed = [(entry.vpc, entry.service) for entry in self.get_value(demand) if entry.path in names]
        return [(_is_listed(demand, listed), "forbidden")] if listed else []

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return the entries that concern a flow."""
        vpcs, services = demand.vpcs.name, demand.services.name
        return [
            ConstraintItem(
                self.key,
                str(vpcs[entry.vpc]) if entry.vpc >= 0 else None,
                str(services[entry.service]) if entry.service >= 0 else None,
                entry.path,
                number,
            )
            for number, entry in enumerate(self.get_value(demand))
            if _has_flow(demand, entry.vpc, entry.service)
        ]

    def keep_items(self, demand: Demand, items: Sequence[ConstraintItem]) -> Sequence[Forbidden]:
        """Return the entries of some items."""
        entries = self.get_value(demand)
        return [entries[item.number] for item in items]


class Pin(Constraint["Sequence[Pinned]"]):
    """Flows that must use a path."""

    key = "pin"
    description = "flows that must keep to a path"
    file_type = list[PathEntry]
    file_default: ClassVar[object] = []
    names_services = True

    def make_unlimited(self, vpc_count: int) -> Sequence[Pinned]:  # noqa: ARG002 - the same for any number
        """Return an empty list."""
        return []

    def resolve_value(self, given: Sequence[PathEntry], reader: FileReader) -> Sequence[Pinned]:
        """Return an entry per VPC that an entry of the file names."""
        out: list[Pinned] = []
        for number, entry in enumerate(given):
            where = (self.key, number)
            service = reader.resolve_service(entry.service, *where)
            path = reader.resolve_path(entry.path, *where)
            vpcs = reader.resolve_vpcs(entry.vpc, *where)
            if not any(reader.has_flow(vpc, service) for vpc in vpcs):
                raise reader.make_error(f"there is no flow from {entry.vpc!r} to {entry.service!r}.", *where)
            out += [Pinned(vpc, service, path) for vpc in vpcs]
        return out

    def list_rules(self, path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:
        """Return the flows that are pinned to another path."""
        listed = [(entry.vpc, entry.service) for entry in self.get_value(demand) if entry.path != path.name]
        return [(_is_listed(demand, listed), "pinned")] if listed else []

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return the entries that concern a flow."""
        return [
            ConstraintItem(
                self.key,
                str(demand.vpcs.name[entry.vpc]),
                str(demand.services.name[entry.service]),
                entry.path,
                number,
            )
            for number, entry in enumerate(self.get_value(demand))
            if _has_flow(demand, entry.vpc, entry.service)
        ]

    def keep_items(self, demand: Demand, items: Sequence[ConstraintItem]) -> Sequence[Pinned]:
        """Return the entries of some items."""
        entries = self.get_value(demand)
        return [entries[item.number] for item in items]


class Allow(Constraint["frozenset[str]"]):
    """Paths that are used only if a demand names them."""

    key = "allow"
    description = "paths that are off unless named, such as `shared-vpc`"
    file_type = Words
    file_default: ClassVar[object] = []
    widget = Widget(
        "toggle",
        "Workloads may move into a shared VPC",
        "This changes the organization, so it is off unless you allow it.",
        column=2,
        item="shared-vpc",
        name="shared",
    )

    def make_unlimited(self, vpc_count: int) -> frozenset[str]:  # noqa: ARG002 - the same for any number
        """Return no path: to allow one rules nothing out, and so does not to."""
        return frozenset()

    def resolve_value(self, given: Sequence[str], reader: FileReader) -> frozenset[str]:
        """Return the names of paths."""
        return frozenset(reader.resolve_path(name, self.key) for name in given)

    def list_items(self, demand: Demand) -> list[ConstraintItem]:  # noqa: ARG002 - whatever it allows
        """Return no item: it is never the reason for a conflict."""
        return []

    def keep_items(self, demand: Demand, items: Sequence[ConstraintItem]) -> frozenset[str]:  # noqa: ARG002 - it has none
        """Return the value as it is."""
        return self.get_value(demand)
