"""Expanding a demand file: counts, bundles and hubs, names to numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costmodel.aws.catalogue import Catalogue, load_catalogue
from costmodel.core.assumptions import resolve_assumptions
from costmodel.core.errors import InputError, format_suggestion
from costmodel.demand.reading.hubs import rank_hubs
from costmodel.demand.reading.rows import ServiceRow, VpcRow
from costmodel.pricing.reading.regions import load_location_types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.core.arrays import IntArray
    from costmodel.demand.reading.spec import DemandSpec, FlowSpec, ServiceSpec, VpcSpec
    from costmodel.documents.document import Document, Step

MOST = 100_000
"""The most VPCs that a demand may have."""


@dataclass
class FlowAmounts:
    """What flows between a VPC and a service: GB, requests an hour, and the peak in Gbps."""

    gb_sent: float = 0.0
    gb_received: float = 0.0
    requests_per_hour: float = 0.0
    peak_gbps: float = 0.0


class Expansion:
    """A demand file with its counts and bundles expanded, and its names looked up.

    Attributes:
        document: the file, which errors name.
        spec: its values.
        catalogue: AWS's services, bundles, rules and quotas.
        assumptions: the value of every assumption.
        notes: what the reader took for granted.
        vpcs: one row per VPC or site; their positions are the numbers of VPCs.
        groups: name in the file → numbers of its VPCs.
        services: name → row of each service that is used; their positions are the numbers of services.
        own: name → row of each service of the user's own.
        flows: (number of a VPC, name of a service) → amounts.
        hubs: (VPCs, ranks) the numbers of the hubs that may serve each VPC, -1 where there are no more.
    """

    hubs: IntArray

    def __init__(self, document: Document, spec: DemandSpec, assume: Mapping[str, str] | None) -> None:
        """Expand nothing yet.

        Args:
            document: the file.
            spec: its values.
            assume: assumptions that override the file's.

        Raises:
            InputError: an assumption is unknown.
        """
        self.document = document
        self.spec = spec
        self.catalogue: Catalogue = load_catalogue()
        self._places = load_location_types()
        self._numbers: dict[str, int] = {}
        self.notes: list[str] = []
        try:
            self.assumptions = resolve_assumptions(spec.assumptions, assume)
        except InputError as error:
            raise document.make_error(str(error), "assumptions") from None
        self.vpcs: list[VpcRow] = []
        self.groups: dict[str, list[int]] = {}
        self.services: dict[str, ServiceRow] = {}
        self.own: dict[str, ServiceRow] = {}
        self.flows: dict[tuple[int, str], FlowAmounts] = {}
        self._service_regions: dict[str, str] = {}

    def expand_demand(self) -> None:
        """Expand VPCs, services and flows, and give each VPC its hubs."""
        self.check_region(self.spec.region, "region")
        self.expand_vpcs()
        self.expand_services()
        self.expand_flows()
        self.add_existing_services()
        self.hubs, notes = rank_hubs(self.vpcs, self.groups, region=self.spec.region, payer=self.spec.payer)
        self.notes += notes

    def check_region(self, value: str, *path: Step) -> str:
        """Return the name of a Region.

        Raises:
            InputError: there is no Region of this name.
        """
        if value not in self._places:
            key = "" if path[-1] == "region" else f" as {path[-1]!r}"
            text = f"unknown Region {value!r}{key}.{format_suggestion(value, self._places)}"
            raise self.document.make_error(text, *path)
        return value

    # ------------------------------------------------------------ VPCs
    def expand_vpcs(self) -> None:
        """Add a row per VPC.

        Raises:
            InputError: an entry contradicts itself or another one.
        """
        for number, entry in enumerate(self.spec.vpcs):
            self._check_vpc(number, entry)
            region = self.check_region(entry.region or self.spec.region, "vpcs", number, "region")
            members = self.groups.setdefault(entry.name, [])
            for k in range(entry.count):
                members.append(len(self.vpcs))
                self.vpcs.append(
                    VpcRow(
                        name=entry.name if entry.count == 1 else f"{entry.name}-{k + 1}",
                        group=entry.name,
                        region=region,
                        domain=entry.domain,
                        zones=entry.zones,
                        hub=entry.hub,
                        account=entry.account,
                        spec=entry,
                        entry_number=number,
                    )
                )
        names = {vpc.name for vpc in self.vpcs}
        if len(names) < len(self.vpcs):
            raise self.document.make_error("two VPCs would have the same name once 'count' is expanded.", "vpcs")

    def _check_vpc(self, number: int, entry: VpcSpec) -> None:
        """Refuse an entry of VPCs that contradicts itself or another one."""
        if entry.name in self.groups:
            raise self.document.make_error(f"the VPC {entry.name!r} is named twice.", "vpcs", number, "name")
        if entry.hub and entry.on_premises:
            text = "an on-premises site cannot be a hub, because endpoints are in a VPC. Mark a VPC with 'hub: true'."
            raise self.document.make_error(text, "vpcs", number, "hub")
        if "connection" in entry.model_fields_set and not entry.on_premises:
            text = "'connection' is only for on-premises sites: add 'on_premises: true', or leave 'connection' out."
            raise self.document.make_error(text, "vpcs", number, "connection")
        if len(self.vpcs) + entry.count > MOST:
            text = f"these are more than {MOST:,} VPCs, which is the most that costmodel compares at once."
            raise self.document.make_error(text, "vpcs", number, "count")

    def resolve_vpcs(self, name: str, *path: Step) -> list[int]:
        """Return the numbers of the VPCs of a name: a group's, or one VPC's.

        Raises:
            InputError: no VPC has this name.
        """
        if name in self.groups:
            return self.groups[name]
        if len(self._numbers) != len(self.vpcs):
            self._numbers = {vpc.name: i for i, vpc in enumerate(self.vpcs)}
        if name in self._numbers:
            return [self._numbers[name]]
        known = [*self.groups, *self._numbers]
        raise self.document.make_error(f"unknown VPC {name!r}.{format_suggestion(name, known)}", *path)

    # ------------------------------------------------------------ services
    def expand_services(self) -> None:
        """Keep the user's own services, and the Regions of AWS's services that the file names.

        Raises:
            InputError: an entry contradicts itself, or its name is taken or unknown.
        """
        for number, entry in enumerate(self.spec.services):
            if entry.region:
                self.check_region(entry.region, "services", number, "region")
            if entry.kind is None and entry.vpc is None:
                self._place_aws_service(number, entry)
            else:
                self._add_own_service(number, entry)

    def _place_aws_service(self, number: int, entry: ServiceSpec) -> None:
        """Keep the Region of a service of AWS."""
        try:
            service = self.catalogue.resolve_service(entry.name)
        except InputError as error:
            text = f"{error} A service of your own needs 'kind': endpoint-service, lattice or resource."
            raise self.document.make_error(text, "services", number, "name") from None
        self._service_regions[service.name] = entry.region or self.spec.region

    def _add_own_service(self, number: int, entry: ServiceSpec) -> None:
        """Keep a service of the user's own."""
        taken = (self.own, self.catalogue.services, self.catalogue.aliases)
        if any(entry.name in names for names in taken):
            raise self.document.make_error(f"the service name {entry.name!r} is taken.", "services", number, "name")
        provider = -1 if entry.vpc is None else self._resolve_provider(number, entry, entry.vpc)
        region = entry.region or (self.vpcs[provider].region if provider >= 0 else self.spec.region)
        kind = entry.kind or "endpoint-service"
        if not entry.protocol and kind != "resource":
            self.notes.append(
                f"{entry.name}: no protocol given; counted as TCP on a load balancer, and as one that VPC "
                f"Lattice carries."
            )
        self.own[entry.name] = ServiceRow(region=region, kind=kind, protocol=entry.protocol, provider=provider)

    def _resolve_provider(self, number: int, entry: ServiceSpec, vpc_name: str) -> int:
        """Return the number of the one VPC that provides a service."""
        path = ("services", number)
        members = self.resolve_vpcs(vpc_name, *path, "vpc")
        if len(members) != 1:
            text = f"{vpc_name!r} is {len(members)} VPCs; name the one that provides it."
            raise self.document.make_error(text, *path, "vpc")
        provider = self.vpcs[members[0]]
        if provider.on_premises:
            text = f"{vpc_name!r} is an on-premises site; only a VPC provides a service."
            raise self.document.make_error(text, *path, "vpc")
        if entry.region and entry.region != provider.region:
            text = "'region' differs from the provider's VPC; leave it out."
            raise self.document.make_error(text, *path, "region")
        return members[0]

    def _use_service(self, name: str, path: tuple[Step, ...]) -> str:
        """Return a service's canonical name, and keep it among those that are used."""
        if name in self.own:
            self.services.setdefault(name, self.own[name])
            return name
        try:
            service = self.catalogue.resolve_service(name)
        except InputError as error:
            hint = format_suggestion(name, self.own)
            raise self.document.make_error(f"{error}{hint}", *path) from None
        row = ServiceRow(region=self._service_regions.get(service.name), service=service)
        self.services.setdefault(service.name, row)
        return service.name

    def add_existing_services(self) -> None:
        """Keep the services that something exists for, although no flow goes there."""
        for key in ("endpoints", "hosted_zones"):
            for number, entry in enumerate(getattr(self.spec.existing, key)):
                self._use_service(entry.service, ("existing", key, number, "service"))

    def find_service_number(self, name: str) -> int:
        """Return the number of a service by its name or alias; -1 where no flow goes there."""
        canonical = self.catalogue.aliases.get(name, name)
        return list(self.services).index(canonical) if canonical in self.services else -1

    # ------------------------------------------------------------ flows
    def expand_flows(self) -> None:
        """Add up the flows of each VPC and service.

        Raises:
            InputError: a VPC, a service or a bundle is unknown.
        """
        for number, entry in enumerate(self.spec.flows):
            members = self.resolve_vpcs(entry.source, "flows", number, "from")
            for name, sent_share, received_share in self._list_shares(number, entry):
                service = self._use_service(name, ("flows", number, "to"))
                for vpc in members:
                    amounts = self.flows.setdefault((vpc, service), FlowAmounts())
                    amounts.gb_sent += entry.gb_sent * sent_share
                    amounts.gb_received += entry.gb_received * received_share
                    amounts.requests_per_hour += entry.requests_per_hour
                    amounts.peak_gbps += entry.peak_gbps

    def _list_shares(self, number: int, entry: FlowSpec) -> list[tuple[str, float, float]]:
        """Return the services that a flow goes to, and the share of its GB sent and received that each has."""
        if not entry.to.startswith("bundle:"):
            return [(entry.to, 1.0, 1.0)]
        bundles = self.catalogue.bundles
        name = entry.to.removeprefix("bundle:")
        if name not in bundles:
            known = [f"bundle:{bundle}" for bundle in bundles]
            text = f"unknown bundle {entry.to!r}.{format_suggestion(entry.to, known)} Known: {', '.join(known)}."
            raise self.document.make_error(text, "flows", number, "to")
        return [(member.service, float(member.sent), float(member.received)) for member in bundles[name]]
