"""The demand of a plan: its VPCs, their zones, and which services they reach how; a plan does not contain traffic."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from costmodel.aws.catalogue import load_catalogue
from costmodel.core.errors import InputError, format_short_list
from costmodel.network.reading.json_shapes import Json
from costmodel.network.reading.terraform.hub_flows import find_central_egress, find_hub_endpoints
from costmodel.network.reading.terraform.vpcs import VPCS, Vpcs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

DEFAULT_ZONES = 3
"""The zones of a VPC whose subnets are not known."""
INTERNET = "internet"
_ENDPOINT_PATHS = {"Gateway": "gateway-endpoint", "Interface": "own-endpoint", "Resource": "resource-endpoint"}
_DIRECTIONS = {"gb_processed": "gb_received", "gb_sent": "gb_sent", "gb_received": "gb_received"}
"""Quantity of a resource → the direction of its flow; GB of an unknown direction count as received."""

DemandFile: TypeAlias = dict[str, Json]
"""A demand file's mapping."""


def build_plan_demand(model: PlanModel, entries: Sequence[Mapping[str, Json]]) -> tuple[DemandFile, list[str]]:
    """Return the demand of a plan as a demand file's mapping, and notes where it differs from the plan.

    Traffic is 0 where no usage was passed.

    Args:
        model: the plan.
        entries: its entries with their usage.

    Raises:
        InputError: the plan has no VPC, and no resource that is in one.
    """
    builder = _DemandBuilder(model, entries)
    return builder.build_mapping(), builder.notes


class _DemandBuilder:
    """Collects VPCs, services and flows from the resources of a plan."""

    def __init__(self, model: PlanModel, entries: Sequence[Mapping[str, Json]]) -> None:
        self.model = model
        self.plan = model.plan
        self.vpcs = Vpcs(model)
        self.notes: list[str] = []
        # A resource may have several entries: a load balancer and its addresses.
        self.entries: dict[str, dict[str, Json]] = {}
        for entry in entries:
            self.entries.setdefault(str(entry["name"]), {}).update(entry)
        # By VPC: its name, its Region, the paths of its NAT gateways, and the zones that its endpoints need.
        self.names: dict[str, str] = {}
        self.regions: dict[str, str] = {}
        self.nat_paths: dict[str, list[str]] = {}
        self.min_zones: dict[str, int] = {}
        # By VPC and service: the path, the zones of the endpoint, the hub, and the GB by direction.
        self.flows: dict[tuple[str, str], str] = {}
        self.endpoint_zones: dict[tuple[str, str], int] = {}
        self.hubs: dict[tuple[str, str], str] = {}
        self.gb: dict[tuple[str, str, str], float] = {}
        # The demand's own services, and the Regions in which each service is reached ("": the endpoint's own).
        self.services: dict[str, dict[str, Json]] = {}
        self.service_regions: dict[str, set[str]] = {}
        # Resources whose GB are part of a flow.
        self.counted: set[str] = set()

    # ------------------------------------------------------------ steps
    def build_mapping(self) -> DemandFile:
        """Return the demand file's mapping."""
        for vpc in self.vpcs.planned:
            self._add_vpc(vpc.address, vpc)
        self._add_endpoints()
        self._add_nat_gateways()
        for gateway in self.plan.get_resources("aws_internet_gateway"):
            self._split_egress(gateway)
        if not self.names:
            raise InputError(
                f"{self.model.name}: this {self.model.wording.noun} contains no VPC and no resource in a VPC, "
                "so it implies no demand."
            )
        self._add_nat_flows()
        self._add_hub_flows()
        self._report_uncounted_traffic()
        return self._assemble_mapping()

    def _add_endpoints(self) -> None:
        """Add the flows through VPC endpoints."""
        endpoints = self.plan.get_resources("aws_vpc_endpoint")
        for endpoint in endpoints:
            service = _find_catalogue_service(endpoint)
            if service is not None:
                self.service_regions.setdefault(service, set()).add(self._get_remote_region(endpoint) or "")
        for endpoint in endpoints:
            zones = self.entries.get(endpoint.address, {}).get("zones")
            self._add_endpoint(endpoint, int(zones) if isinstance(zones, int | float | Decimal) else None)

    def _add_endpoint(self, endpoint: PlannedResource, zones: int | None) -> None:
        """Add the flow of a VPC to the service of an endpoint."""
        type_ = endpoint.get_text("vpc_endpoint_type") or "Gateway"
        vpc = self._find_host_vpc(endpoint)
        if vpc is None or type_ not in _ENDPOINT_PATHS:
            return
        remote = self._get_remote_region(endpoint)
        service = self._find_or_add_service(endpoint, type_, remote)
        if type_ == "Interface" and zones:
            self.min_zones[vpc] = max(self.min_zones.get(vpc, 0), zones)
            self.endpoint_zones[vpc, service] = zones
        known = load_catalogue().services.get(service)
        if type_ == "Gateway" and not (known and known.gateway):
            return
        if self.flows.get((vpc, service)) != "gateway-endpoint":  # a gateway endpoint takes all that it can
            self.flows[vpc, service] = "cross-region-endpoint" if remote else _ENDPOINT_PATHS[type_]
        self._add_traffic(vpc, service, endpoint)

    def _find_or_add_service(self, endpoint: PlannedResource, type_: str, remote: str | None) -> str:
        """Return the service of an endpoint: of the catalogue, or added to the demand's own ones.

        A service of the catalogue that is reached in two Regions is added as a service of its own in the remote one.
        """
        service = _find_catalogue_service(endpoint)
        if service is None or (remote and self.service_regions[service] != {remote}):
            return self._add_custom_service(endpoint, type_)
        if remote:
            self.services.setdefault(service, {"name": service, "region": remote})
        return service

    def _add_custom_service(self, endpoint: PlannedResource, type_: str) -> str:
        """Return a service that is not in the catalogue: behind an endpoint service, or a resource."""
        behind = self.model.follow_attribute(endpoint, "service_name").filter_by_type("aws_vpc_endpoint_service")
        default = behind[0].address if behind else endpoint.address
        name = endpoint.get_text("service_name") or default
        kind = "resource" if type_ == "Resource" else "endpoint-service"
        region = self._get_remote_region(endpoint) or self.model.get_region(endpoint)
        self.services.setdefault(name, {"name": name, "kind": kind, "protocol": "tcp", "region": region})
        return name

    def _add_nat_gateways(self) -> None:
        """Add the traffic of public NAT gateways, and collect their paths by VPC."""
        for nat in self.plan.get_resources("aws_nat_gateway"):
            vpc = self._find_host_vpc(nat)
            if vpc is None or (nat.get_text("connectivity_type") or "public") != "public":
                continue
            is_regional = nat.get_text("availability_mode") == "regional"
            self.nat_paths.setdefault(vpc, []).append("nat-regional" if is_regional else "nat-per-zone")
            self._add_traffic(vpc, INTERNET, nat)

    def _split_egress(self, gateway: PlannedResource) -> None:
        """Split the traffic of a VPC's NAT gateways: what its internet gateway sends, up to what they process."""
        vpc = self._find_host_vpc(gateway)
        sent = _get_gb(self.entries.get(gateway.address, {}), "gb_sent")
        processed = self.gb.get((vpc or "", INTERNET, "gb_received"), 0)
        if vpc is None or not 0 < sent <= processed:
            return
        self.counted.add(gateway.address)
        self.gb[vpc, INTERNET, "gb_sent"] = _simplify_number(sent)
        self.gb[vpc, INTERNET, "gb_received"] = _simplify_number(processed - sent)

    def _add_nat_flows(self) -> None:
        """Add the flow of each VPC to the internet, with a note where its NAT gateways fit no path exactly."""
        for vpc, paths in self.nat_paths.items():
            zones = self._count_zones(vpc)
            is_single = paths == ["nat-per-zone"] and zones > 1
            self.flows.setdefault((vpc, INTERNET), "nat-single" if is_single else paths[0])
            if paths[0] == "nat-per-zone" and len(paths) not in (1, zones):
                self._report_difference(vpc, f"its {len(paths)} NAT gateways in {zones} zones count as one per zone")

    def _add_hub_flows(self) -> None:
        """Add the flows of VPCs that use the NAT gateways or the endpoints of another VPC; their GB are not known."""
        for vpc, hub in find_central_egress(self.model, self.vpcs, self.nat_paths).items():
            is_single = len(self.nat_paths[hub]) == 1 and self._count_zones(hub) > 1
            self._add_hub_flow(vpc, INTERNET, hub, "nat-centralized-single" if is_single else "nat-centralized")
        own = {ends: path for ends, path in self.flows.items() if path == "own-endpoint"}
        for vpc, service, hub, path in find_hub_endpoints(self.model, self.vpcs, own):
            self._add_hub_flow(vpc, service, hub, path)
        if self.hubs:
            used = format_short_list(sorted({self.names[hub] for hub in self.hubs.values()}))
            self.notes.append(
                f"{used}: other VPCs use its NAT gateways or endpoints. A plan does not show whose GB they are, so all "
                "count as its own; move them to the flows of the other VPCs."
            )

    def _add_hub_flow(self, vpc: str, service: str, hub: str, path: str) -> None:
        """Add the flow of a VPC through a hub, unless the VPC has a way of its own."""
        if vpc in self.names and hub in self.names and (vpc, service) not in self.flows:
            self.flows[vpc, service] = path
            self.hubs[vpc, service] = hub

    def _report_uncounted_traffic(self) -> None:
        """Add a note about the resources whose GB are not part of a flow."""
        uncounted = [name for name, entry in self.entries.items() if name not in self.counted and _has_traffic(entry)]
        if uncounted:
            text = "its GB are not among the flows, because a plan does not show its traffic; add flows for them"
            self.notes.append(f"{format_short_list(uncounted)}: {text}.")

    # ------------------------------------------------------------ the mapping
    def _assemble_mapping(self) -> DemandFile:
        """Return the mapping of what was collected."""
        regions = list(self.regions.values())
        common = max(regions, key=regions.count)  # the first of the most frequent ones
        rows = [self._describe_vpc(vpc, common) for vpc in self.names]
        mapping: DemandFile = {"region": common, "vpcs": rows}
        if self.services:
            mapping["services"] = list(self.services.values())
        mapping["flows"] = [self._describe_flow(vpc, service) for vpc, service in self.flows]
        min_zones = self._find_min_zones()
        if min_zones is not None:
            mapping["constraints"] = {"min_zones": min_zones}
        attachments = self.plan.get_resources("aws_ec2_transit_gateway_vpc_attachment")
        attached = {self._find_host_vpc(attachment) for attachment in attachments}
        if attached and attached >= set(self.names):
            mapping["existing"] = {"transit_gateway": True}
        elif attached & set(self.names):
            mapping["existing"] = {"transit_gateway": [name for vpc, name in self.names.items() if vpc in attached]}
        if self.flows:
            mapping["today"] = [
                self._describe_current_path(vpc, service, path, min_zones)
                for (vpc, service), path in self.flows.items()
            ]
        return mapping

    def _describe_vpc(self, vpc: str, common: str) -> dict[str, Json]:
        """Return a VPC's row of the demand."""
        row: dict[str, Json] = {"name": self.names[vpc], "zones": self._count_zones(vpc)}
        if self.regions[vpc] != common:
            row["region"] = self.regions[vpc]
        if vpc in self.hubs.values():
            row["hub"] = True
        planned = next((resource for resource in self.vpcs.planned if resource.address == vpc), None)
        cidr = planned.values.get("cidr_block") if planned else None
        if cidr:
            row["cidrs"] = [cidr]
        return row

    def _describe_flow(self, vpc: str, service: str) -> dict[str, Json]:
        """Return a flow's row of the demand."""
        return {
            "from": self.names[vpc],
            "to": service,
            "gb_sent": self.gb.get((vpc, service, "gb_sent"), 0),
            "gb_received": self.gb.get((vpc, service, "gb_received"), 0),
        }

    def _describe_current_path(self, vpc: str, service: str, path: str, min_zones: int | None) -> dict[str, Json]:
        """Return how a flow is served today."""
        row: dict[str, Json] = {"vpc": self.names[vpc], "service": service, "path": path}
        if (vpc, service) in self.hubs:
            row["hub"] = self.names[self.hubs[vpc, service]]
        if min_zones and self.endpoint_zones.get((vpc, service)) == min_zones:
            row["zones"] = min_zones
        return row

    def _find_min_zones(self) -> int | None:
        """Return the number of zones of all endpoints, where it is one number and differs from that of a VPC.

        Where endpoints differ from each other, a demand cannot express it, which a note reports.
        """
        differing = [(vpc, n) for (vpc, _), n in self.endpoint_zones.items() if n != self._count_zones(vpc)]
        if not differing:
            return None
        least = min(self.endpoint_zones.values())
        are_equal = set(self.endpoint_zones.values()) == {least}
        if are_equal and all(self._count_zones(vpc) >= least for vpc in self.names):
            return least
        vpc, number = differing[0]
        zones = self._count_zones(vpc)
        self._report_difference(vpc, f"an endpoint in {number} of its {zones} zones counts as one in every zone")
        return None

    # ------------------------------------------------------------ parts
    def _add_vpc(self, vpc: str, resource: PlannedResource) -> None:
        """Add the VPC of a resource, by its tag Name where the plan has the VPC and the name is free."""
        if vpc in self.names:
            return
        tags = resource.values.get("tags") if resource.type in VPCS else None
        tag = tags.get("Name") if isinstance(tags, dict) else None
        name = str(tag or vpc)
        self.names[vpc] = name if name not in self.names.values() else vpc
        self.regions[vpc] = self.model.get_region(resource) or ""

    def _add_traffic(self, vpc: str, service: str, resource: PlannedResource) -> None:
        """Add the GB of a resource to a flow."""
        self.counted.add(resource.address)
        entry = self.entries.get(resource.address, {})
        for column, direction in _DIRECTIONS.items():
            gb = _get_gb(entry, column)
            if gb:
                key = (vpc, service, direction)
                self.gb[key] = _simplify_number(self.gb.get(key, 0) + gb)

    def _find_host_vpc(self, resource: PlannedResource) -> str | None:
        """Return the VPC of a resource, and add the VPC to the demand."""
        vpc = self.vpcs.find_vpc(resource)
        if vpc is not None:
            self._add_vpc(vpc, resource)
        return vpc

    def _count_zones(self, vpc: str) -> int:
        """Return the number of zones of a VPC: of its subnets or endpoints, or the default."""
        return max(self.vpcs.count_subnet_zones(vpc), self.min_zones.get(vpc, 0)) or DEFAULT_ZONES

    def _get_remote_region(self, endpoint: PlannedResource) -> str | None:
        """Return the Region of an endpoint's service where it is not the endpoint's own."""
        region = endpoint.get_text("service_region")
        return region if region and region != self.model.get_region(endpoint) else None

    def _report_difference(self, vpc: str, text: str) -> None:
        """Add a note about a VPC whose current cost in the demand differs from the plan's."""
        self.notes.append(f"{self.names[vpc]}: {text}; today's cost differs from the plan there.")


def _get_gb(entry: Mapping[str, Json], column: str) -> float:
    """Return a quantity of an entry in GB a month; 0 where it has none."""
    gb = entry.get(column) or 0
    return 0.0 if isinstance(gb, dict | list) else float(gb)  # type: ignore[arg-type] # a number, or Decimal


def _has_traffic(entry: Mapping[str, Json]) -> bool:
    """Tell whether an entry has GB."""
    return any(_get_gb(entry, column) > 0 for column in entry if column.startswith("gb_"))


def _simplify_number(gb: float) -> float:
    """Return a whole number as an int."""
    return int(gb) if gb == int(gb) else gb


def _find_catalogue_service(endpoint: PlannedResource) -> str | None:
    """Return the catalogue's name of the AWS service that an endpoint reaches; None where it is not in there."""
    suffix = endpoint.get_text("service_name").partition("com.amazonaws.")[2].partition(".")[2]
    try:
        return load_catalogue().resolve_service(suffix).name
    except InputError:
        return None
