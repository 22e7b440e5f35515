"""What is known of a plan while its resources are read: its resources, references, Regions, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from costmodel.aws import VARIANTS, pick_variant
from costmodel.core.errors import InputError
from costmodel.core.open_items import EXISTENCE, TYPE
from costmodel.network.network import LeftOut, Unknown
from costmodel.network.reading.json_shapes import EMPTY, iterate_objects
from costmodel.network.reading.terraform.plan import MODULE_STEP, Plan
from costmodel.network.reading.terraform.references import (
    Place,
    ReferenceFollower,
    Targets,
    get_iterated_module,
)
from costmodel.network.reading.terraform.regions import Regions
from costmodel.pricing.reading.regions import load_location_types, load_zone_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costmodel.documents.document import Document
    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json
    from costmodel.network.reading.source_wording import SourceWording
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

EMPTY_KINDS: Mapping[str, Sequence[str]] = {}
SUBNETS = ("aws_subnet", "aws_default_subnet")


class Bounds(NamedTuple):
    """Between which numbers an unknown quantity lies.

    Attributes:
        least: the least that it can be.
        most: the most that it can be; None where that is not known.
        bounded_by: the assumption, as ``name=value``, under which ``most`` holds; "" if it always does.
    """

    least: int = 0
    most: int | None = None
    bounded_by: str = ""


_ZONES_ASSUMPTION = "zones-unknown=vpc"
NO_BOUNDS = Bounds()
"""The bounds of a quantity of which nothing is known."""
MAY_EXIST = Bounds(0, 1)
"""The bounds of ``count`` of a resource that may exist or not."""


@dataclass
class Links:
    """Which resources of a plan belong together.

    Attributes:
        endpoint_subnets: endpoint → the subnets that associations add to it; None is a subnet that is not known yet.
        nat_ips: NAT gateway → its Elastic IP addresses, by the address of the resource, or by allocation.
        instances_with_ip: the instances that an Elastic IP address is attached to.
        ips_of_nat: the Elastic IP addresses of all NAT gateways.
        count_vpc_zones: returns the number of zones of a resource's VPC's subnets; 0 where it is not known.
    """

    endpoint_subnets: dict[str, list[Json]] = field(default_factory=dict)
    nat_ips: dict[str, set[str]] = field(default_factory=dict)
    instances_with_ip: set[str] = field(default_factory=set)
    ips_of_nat: set[str] = field(default_factory=set)
    count_vpc_zones: Callable[[PlannedResource], int] = lambda _: 0


class PlanModel:
    """A plan with everything that is needed to read one of its resources.

    Attributes:
        plan: the resources and the configuration.
        wording: the words for the source.
        locations: every Region and zone that has prices → its type.
        regions: finds the Region of a resource.
        links: which resources belong together.
        unknowns: quantities that the source does not contain.
        left_out: resources that are not priced.
        notes: text of a note → addresses of the resources that it is about.
    """

    def __init__(
        self,
        document: Document,
        settings: Mapping[str, str],
        when: str,
        wanted: frozenset[str],
        wording: SourceWording,
        kinds: Mapping[str, Sequence[str]] = EMPTY_KINDS,
    ) -> None:
        self.wording = wording
        self.plan = Plan(document, when, wanted)
        self.locations = load_location_types()
        given = settings.get("region")
        if given is not None and given not in self.locations:
            raise InputError(f"--set region={given}: unknown Region {given!r}.")
        variables = {key.removeprefix("var."): value for key, value in settings.items() if key.startswith("var.")}
        self.follower = ReferenceFollower(self.plan, variables)
        by_name = {
            key.removesuffix(".region"): value
            for key, value in settings.items()
            if key.endswith(".region") and not key.startswith("var.")
        }
        for name, region in by_name.items():
            if region not in self.locations:
                raise InputError(f"--set {name}.region={region}: unknown Region {region!r}.")
        self.regions = Regions(self.plan, self.follower, self.locations, given, by_name, kinds)
        self.links = Links()
        self.unknowns: list[Unknown] = []
        self.left_out: list[LeftOut] = []
        self.notes: dict[str, list[str]] = {}
        self._region_by_address: dict[str, str | None] = {}
        self._zone_counts: dict[tuple[int, str | int | None], int | None] = {}
        self._targets: dict[tuple[str, int, str | int | None], Targets] = {}
        self._no_targets = Targets()

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.plan.document.name

    # ------------------------------------------------------------ findings
    def add_note(self, resource: PlannedResource, text: str) -> None:
        """Add a note about a resource."""
        self.notes.setdefault(text, []).append(resource.address)

    def mark_unpriced(self, resource: PlannedResource, why: str) -> None:
        """Add a resource to the ones that are not priced."""
        kind = EXISTENCE if resource.undecided else TYPE
        reason = f"{why}; {resource.undecided}" if resource.undecided else why
        self.left_out.append(LeftOut(resource.address, resource.source_type or resource.type, reason, kind))

    def set_or_unknown(
        self,
        resource: PlannedResource,
        entry: Entry,
        column: str,
        number: int | None,
        quantity: str,
        bounds: Bounds = NO_BOUNDS,
    ) -> None:
        """Set a quantity of an entry, or mark it as unknown.

        Args:
            resource: the resource.
            entry: its entry, which is changed.
            column: the column of the quantity.
            number: the quantity; None where it is unknown.
            quantity: what the quantity counts, for the message.
            bounds: between which numbers an unknown quantity lies.
        """
        if number is not None:
            entry[column] = number
            return
        self.mark_unknown(
            resource, entry, column, f"how many {quantity} it has {self.explain_unknown(resource)}", bounds
        )

    def explain_unknown(self, resource: PlannedResource) -> str:
        """Return why attributes of a resource are not known, as the end of a sentence."""
        return f"depends on {resource.causes}" if resource.causes else self.wording.not_known

    def mark_unknown(
        self, resource: PlannedResource, entry: Entry, column: str, reason: str, bounds: Bounds = NO_BOUNDS
    ) -> None:
        """Mark a quantity of an entry as unknown; the entry contains its least.

        Args:
            resource: the resource.
            entry: its entry, which is changed.
            column: the column of the quantity.
            reason: what is not known, and why.
            bounds: between which numbers the quantity lies.
        """
        entry[column] = bounds.least
        kind = pick_variant(entry) or VARIANTS[str(entry["kind"])][0]
        region = self.get_region(resource) or ""
        of = (resource.address, kind, column, region, reason, "", *bounds)
        self.unknowns.append(Unknown(*of))
        # A column whose default is this quantity is as unknown as the quantity.
        followers = [n for n, c in kind.columns.items() if c.default == column and n not in entry]
        self.unknowns += [Unknown(*of, follows=column)._replace(column=name) for name in followers]

    def mark_undecided(self, resource: PlannedResource, entry: Entry) -> None:
        """Mark it as open whether an entry exists: it counts as none at least, and as all of it at most."""
        kind = str(entry["kind"])
        for number, u in enumerate(self.unknowns):
            if (u.name, u.kind.kind, u.column) == (resource.address, kind, "count"):
                self.unknowns[number] = u._replace(least=0)
                entry["count"] = 0
                return
        most = int(entry.get("count", 1))
        self.mark_unknown(resource, entry, "count", resource.undecided, Bounds(0, most))

    # ------------------------------------------------------------ questions about a resource
    def get_region(self, resource: PlannedResource) -> str | None:
        """Return a resource's Region; None where it is not known.

        Raises:
            InputError: there are no prices for the Region.
        """
        if resource.address not in self._region_by_address:
            own = resource.get_text("region")
            if own and own not in self.locations:
                text = f"{resource.address} is in the Region {own!r}, which the price tables do not know"
                raise InputError(f"{self.name}: {text}: `costmodel prices list` shows the known ones.")
            self._region_by_address[resource.address] = self.regions.infer_region(resource)
        return self._region_by_address[resource.address]

    def get_blocks(self, resource: PlannedResource, *names: str) -> Sequence[Json]:
        """Return the blocks of the first name that has any: as planned, or as configured."""
        for name in names:
            blocks = resource.values.get(name) or self.plan.get_expression(resource, name)
            if blocks:
                return blocks if isinstance(blocks, list) else [blocks]
        return []

    def count_mapped_ips(self, resource: PlannedResource) -> int:
        """Return how many Elastic IP addresses a load balancer's subnets are mapped to, known or not yet."""
        sources = (resource.values, self.plan.get_expressions(resource), resource.after_unknown or EMPTY)
        return max(
            sum(bool(mapping.get("allocation_id")) for mapping in iterate_objects(source.get("subnet_mapping")))
            for source in sources
        )

    # ------------------------------------------------------------ references
    def follow_attribute(self, resource: PlannedResource, attribute: str) -> Targets:
        """Return what the expression behind an attribute leads to."""
        expression = self.plan.get_expression(resource, attribute)
        if expression is None:
            return self._no_targets
        for_each = (self.plan.get_resource_configuration(resource) or EMPTY).get("for_each_expression")
        index = resource.index if for_each and get_iterated_module(for_each) else None
        key = (resource.module, id(expression), index)
        if key not in self._targets:
            place = Place(resource.module, resource.path, (for_each, str(resource.index)))
            self._targets[key] = self.follower.follow_expression(place, expression)
        return self._targets[key]

    def resolve_reference(self, resource: PlannedResource, attribute: str, type_: str) -> PlannedResource | None:
        """Return the one resource that an attribute leads to, by reference or by its id or ARN.

        Of several, it is the one with the same index.
        """
        found = self.follow_attribute(resource, attribute).filter_by_type(type_)
        if not found and isinstance(known := resource.values.get(attribute), str) and known:
            return next(
                (r for r in self.plan.get_resources(type_) if known in (r.values.get("id"), r.values.get("arn"))), None
            )
        if len(found) > 1:
            found = [r for r in found if r.index == resource.index]
        return found[0] if found else None

    def resolve_references(self, resource: PlannedResource, attribute: str, *types: str) -> list[PlannedResource]:
        """Return the resources that an attribute leads to; where an index selects, of each name the one with it."""
        targets = self.follow_attribute(resource, attribute)
        found = targets.filter_by_type(*types)
        if not targets.is_selected:
            return found
        same_index = {(r.module, r.name) for r in found if r.index == resource.index}
        return [r for r in found if r.index == resource.index or (r.module, r.name) not in same_index]

    def resolve_module_arguments(self, resource: PlannedResource, type_: str) -> list[PlannedResource]:
        """Return the resources of a type that the call of a resource's module names."""
        if not resource.path:
            return []
        key = (resource.module, -1, type_)
        if key not in self._targets:
            parents = MODULE_STEP.findall(resource.module)[:-1]
            place = Place(".".join(parents), resource.path[:-1])
            arguments = self.plan.get_module_call(resource.path).get("expressions") or {}
            self._targets[key] = self.follower.follow_expression(place, arguments)
        return self._targets[key].filter_by_type(type_)

    # ------------------------------------------------------------ zones
    def bound_zones(self, resource: PlannedResource, least: int = 1) -> Bounds:
        """Return the bounds of a resource's zones: at most those of its VPC's subnets, else those of its Region.

        A resource has at most one network interface in each zone.

        Args:
            resource: the resource.
            least: the least number of zones that it can be in.
        """
        number = self.links.count_vpc_zones(resource)
        if number < max(least, 1):
            number = load_zone_counts().get(self.get_region(resource) or "", 0)
        return Bounds(least, max(number, least) if number else None, _ZONES_ASSUMPTION)

    def count_resource_zones(self, resource: PlannedResource, attribute: str, added: int = 0) -> int | None:
        """Return how many zones a resource is in; None where it is not known.

        Args:
            resource: the resource.
            attribute: the attribute that lists its subnets.
            added: how many more subnets other resources add.
        """
        if not self.plan.is_unknown(resource, attribute):
            known = resource.values.get(attribute)
            return added + (len(set(map(str, known))) if isinstance(known, list) else 0)
        number = self._count_target_zones(self.follow_attribute(resource, attribute), resource.index)
        if number is None:
            return None
        self.add_note(
            resource,
            "as many zones as the subnets that the configuration refers to; fewer if it selects some of them, with "
            "element(), slice() or a filter",
        )
        return number + added

    def count_associations(self, resource: PlannedResource) -> int:
        """Return how many subnets are associated with an endpoint in addition to the ones that it lists."""
        listed = resource.values.get("subnet_ids")
        known = set(map(str, listed)) if isinstance(listed, list) else set()
        return len([s for s in self.links.endpoint_subnets.get(resource.address, ()) if s is None or s not in known])

    def _count_target_zones(self, targets: Targets, index: str | int | None) -> int | None:
        """Return how many zones the subnets are in that references lead to; None if a reference is lost."""
        key = (id(targets), index if targets.is_selected else None)
        if key not in self._zone_counts:
            subnets = targets.filter_by_type(*SUBNETS)
            ids = _collect_subnet_ids(targets.values)
            if targets.is_selected and len(subnets) > 1:
                subnets = [s for s in subnets if s.index == index] or subnets[:1]
            is_lost = targets.lost or not (subnets or ids)
            self._zone_counts[key] = None if is_lost else _count_distinct_zones(subnets) + len(ids)
        return self._zone_counts[key]


def _collect_subnet_ids(values: list[Json]) -> set[str]:
    """Return the ids of subnets among values and in lists of them."""
    flat = [element for value in values for element in (value if isinstance(value, list) else [value])]
    return {str(element) for element in flat if str(element).startswith("subnet-")}


def _count_distinct_zones(subnets: list[PlannedResource]) -> int:
    """Return how many zones subnets are in; an endpoint has one network interface for each zone."""
    zones = [get_zone(subnet) for subnet in subnets]
    return len(set(zones)) if all(zones) else len(subnets)


def get_zone(subnet: PlannedResource) -> str:
    """Return the zone of a subnet; "" where it is not known."""
    return subnet.get_text("availability_zone") or subnet.get_text("availability_zone_id")
