"""What a plan says of demand: its VPCs, their zones, and which services they reach how; the traffic is left open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.aws.catalogue import load_catalogue
from costmodel.core.errors import InputError, format_short_list

if TYPE_CHECKING:
    from costmodel.network.reading.terraform.plan import Planned
    from costmodel.network.reading.terraform.read import Reader

VPCS = ("aws_vpc", "aws_default_vpc")
SUBNETS = ("aws_subnet", "aws_default_subnet")
ZONES = 3


class Vpcs:
    """Tells which VPC a resource lies in, and how many zones a VPC has."""

    def __init__(self, x: Reader) -> None:
        self.x = x
        self.planned = [r for t in VPCS for r in x.plan.of.get(t, ())]
        self._ids = {r.values["id"]: r.address for r in self.planned if r.values.get("id")}
        self._subnets = [r for t in SUBNETS for r in x.plan.of.get(t, ())]
        self._subnet_ids = {r.values["id"]: r for r in self._subnets if r.values.get("id")}
        self._near: dict[str, list[Planned]] = {}
        for v in self.planned:
            self._near.setdefault(v.module, []).append(v)
        self._of: dict[str, str | None] = {}
        self._zones: dict[str, set[Any]] | None = None

    def find_vpc(self, r: Planned) -> str | None:
        """Return the address of a resource's VPC, or its id where the VPC is not in the plan."""
        if r.address not in self._of:
            self._of[r.address] = self._resolve_vpc(r)
        return self._of[r.address]

    def _resolve_vpc(self, r: Planned) -> str | None:
        known = r.values.get("vpc_id")
        if known:
            return self._ids.get(known, str(known))
        leads = self.x.follow_attribute(r, "vpc_id")
        found = leads.filter_by_type(*VPCS)
        found = [f for f in found if f.index == r.index] or found if len(found) > 1 else found
        if found:
            return found[0].address
        said = [v for v in leads.values if isinstance(v, str) and v.startswith("vpc-")]
        if said:
            return self._ids.get(said[0], said[0])
        if r.type not in SUBNETS:
            for attribute in ("subnet_id", "subnet_ids", "subnets"):
                ids = r.values.get(attribute) or []
                subnets = [
                    self._subnet_ids[i] for i in ([ids] if isinstance(ids, str) else ids) if i in self._subnet_ids
                ]
                subnets = subnets or self.x.follow_attribute(r, attribute).filter_by_type(*SUBNETS)
                if subnets:
                    return self.find_vpc(subnets[0])
        near = self._near.get(r.module, [])
        alone = near if len(near) == 1 else self.planned if len(self.planned) == 1 else []
        return alone[0].address if alone else None

    def count_subnet_zones(self, vpc: str) -> int:
        """Return how many zones the subnets of a VPC lie in; 0 where the plan does not say."""
        if self._zones is None:
            self._zones = {}
            counts: dict[tuple[str, str, str], int] = {}
            for s in self._subnets:
                of = self.find_vpc(s)
                zone = s.values.get("availability_zone") or s.values.get("availability_zone_id")
                if of is not None and zone:
                    self._zones.setdefault(of, set()).add(zone)
                elif of is not None:  # not known yet: subnets of one name lie in zones of their own
                    key = (of, s.module, s.name)
                    counts[key] = counts.get(key, 0) + 1
            for (of, _, _), number in counts.items():
                if len(self._zones.get(of, ())) < number:
                    self._zones[of] = set(range(number))
        return len(self._zones.get(vpc, ()))


def build_plan_demand(x: Reader, entries: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """Return the demand of a plan as a demand file's mapping, and where it stands for something else than the plan.

    Traffic is 0 unless usage was given.

    Args:
        x: the plan's reader.
        entries: its entries, usage laid over them; GB whose direction no plan knows count as received.

    Raises:
        InputError: the plan has no VPC, nor anything that lies in one.
    """
    demand = _Demand(x, entries)
    return demand.build_mapping(), demand.notes


class _Demand:
    def __init__(self, x: Reader, entries: list[dict[str, Any]]) -> None:
        self.x = x
        self.entries: dict[str, dict[str, Any]] = {}
        for e in entries:  # a resource may be several: a load balancer and its addresses
            self.entries.setdefault(e["name"], {}).update(e)
        self.gb: dict[tuple[str, str, str], float] = {}
        self.vpcs = Vpcs(x)
        self.names: dict[str, str] = {}
        self.regions: dict[str, str] = {}
        self.least: dict[str, int] = {}
        self.flows: dict[tuple[str, str], str] = {}
        self.services: dict[str, dict[str, Any]] = {}
        self.nats: dict[str, list[str]] = {}
        self.wide: dict[tuple[str, str], int] = {}
        self.reached: dict[str, set[str]] = {}
        self.carried: set[str] = set()
        self.notes: list[str] = []

    def build_mapping(self) -> dict[str, Any]:
        plan = self.x.plan
        for r in self.vpcs.planned:
            self._add_vpc(r.address, r)
        endpoints = plan.of.get("aws_vpc_endpoint", [])
        for r in endpoints:
            if known := _find_catalogue_service(r):
                self.reached.setdefault(known, set()).add(self._get_remote_region(r) or "")
        for r in endpoints:
            self._add_endpoint(r, self.entries.get(r.address, {}).get("zones"))
        for r in plan.of.get("aws_nat_gateway", ()):
            regional = r.values.get("availability_mode") == "regional"
            if (vpc := self._find_host_vpc(r)) and (r.values.get("connectivity_type") or "public") == "public":
                self.nats.setdefault(vpc, []).append("nat-regional" if regional else "nat-per-zone")
                self._add_traffic(vpc, "internet", r)
        for r in plan.of.get("aws_internet_gateway", ()):
            self._split_egress(r)
        if not self.names:
            name = plan.document.name
            raise InputError(
                f"{name}: no VPC is in this {self.x.speech.noun}, nor anything that lies in one: "
                "there is no demand in it."
            )
        for vpc, sorts in self.nats.items():
            zones = self._count_zones(vpc)
            single = sorts == ["nat-per-zone"] and zones > 1
            self.flows.setdefault((vpc, "internet"), "nat-single" if single else sorts[0])
            if sorts[0] == "nat-per-zone" and len(sorts) not in (1, zones):
                text = f"its {len(sorts)} NAT gateways in {zones} zones stand as one a zone"
                self.notes.append(f"{self.names[vpc]}: {text}; what it costs today there differs from the plan.")
        left = [name for name, entry in self.entries.items() if name not in self.carried and _has_gb(entry)]
        if left:
            text = "its GB are not among the flows, as no plan says what reaches what through it; add flows for them"
            self.notes.append(f"{format_short_list(left)}: {text}.")
        return self._assemble_mapping()

    def _assemble_mapping(self) -> dict[str, Any]:
        regions = list(self.regions.values())
        common = max(regions, key=regions.count)  # of equal ones the first
        out: dict[str, Any] = {"region": common, "vpcs": []}
        for vpc, name in self.names.items():
            row: dict[str, Any] = {"name": name, "zones": self._count_zones(vpc)}
            if self.regions[vpc] != common:
                row["region"] = self.regions[vpc]
            planned = next((r for r in self.vpcs.planned if r.address == vpc), None)
            cidr = planned.values.get("cidr_block") if planned else None
            if cidr:
                row["cidrs"] = [cidr]
            out["vpcs"].append(row)
        if self.services:
            out["services"] = list(self.services.values())
        out["flows"] = [
            {"from": self.names[vpc], "to": service}
            | {way: self.gb.get((vpc, service, way), 0) for way in ("gb_sent", "gb_received")}
            for vpc, service in self.flows
        ]
        self._set_min_zones(out)
        attached = {self._find_host_vpc(r) for r in self.x.plan.of.get("aws_ec2_transit_gateway_vpc_attachment", ())}
        if attached and attached >= set(self.names):
            out["existing"] = {"transit_gateway": True}
        least = out.get("constraints", {}).get("min_zones")
        if self.flows:
            out["today"] = [
                {"vpc": self.names[vpc], "service": service, "path": path}
                | ({"zones": least} if least and self.wide.get((vpc, service)) == least else {})
                for (vpc, service), path in self.flows.items()
            ]
        return out

    def _add_vpc(self, vpc: str, r: Planned) -> None:
        if vpc in self.names:
            return
        tags = r.values.get("tags") if r.type in VPCS else None
        wish = (tags or {}).get("Name") if isinstance(tags, dict) else None
        name = str(wish or vpc)
        self.names[vpc] = name if name not in self.names.values() else vpc
        self.regions[vpc] = self.x.get_region(r) or ""

    def _split_egress(self, r: Planned) -> None:
        """Tell what a VPC's NAT gateways send: what goes out through its internet gateway, up to what they process."""
        vpc, gb = self._find_host_vpc(r), float(self.entries.get(r.address, {}).get("gb_sent") or 0)
        through = self.gb.get((vpc or "", "internet", "gb_received"), 0)
        if vpc is None or not 0 < gb <= through:
            return
        self.carried.add(r.address)
        self.gb[vpc, "internet", "gb_sent"] = _simplify_number(gb)
        self.gb[vpc, "internet", "gb_received"] = _simplify_number(through - gb)

    def _add_traffic(self, vpc: str, service: str, r: Planned) -> None:
        """Add what usage says of a resource to its flow; GB whose direction is not told count as received."""
        self.carried.add(r.address)
        entry = self.entries.get(r.address, {})
        for column, way in (("gb_processed", "gb_received"), ("gb_sent", "gb_sent"), ("gb_received", "gb_received")):
            gb = float(entry.get(column) or 0)
            if gb:
                self.gb[vpc, service, way] = _simplify_number(self.gb.get((vpc, service, way), 0) + gb)

    def _find_host_vpc(self, r: Planned) -> str | None:
        vpc = self.vpcs.find_vpc(r)
        if vpc is not None:
            self._add_vpc(vpc, r)
        return vpc

    def _count_zones(self, vpc: str) -> int:
        return max(self.vpcs.count_subnet_zones(vpc), self.least.get(vpc, 0)) or ZONES

    def _add_endpoint(self, r: Planned, zones: int | None) -> None:
        type_ = r.values.get("vpc_endpoint_type") or "Gateway"
        vpc = self._find_host_vpc(r)
        if vpc is None or type_ not in ("Interface", "Gateway", "Resource"):
            return
        service, away = _find_catalogue_service(r), self._get_remote_region(r)
        if service is None or (away and self.reached[service] != {away}):
            service = self._add_custom_service(r, type_)  # of a service in two Regions, the one far away
        elif away:
            self.services.setdefault(service, {"name": service, "region": away})
        if type_ == "Interface" and zones:
            self.least[vpc] = max(self.least.get(vpc, 0), zones)
            self.wide[vpc, service] = zones
        path = {"Gateway": "gateway-endpoint", "Interface": "own-endpoint", "Resource": "resource-endpoint"}[type_]
        path = "cross-region-endpoint" if away else path
        known = load_catalogue().services.get(service)
        if type_ == "Gateway" and not (known and known.gateway):
            return
        if self.flows.get((vpc, service)) != "gateway-endpoint":  # a VPC's gateway endpoint takes what it can
            self.flows[vpc, service] = path
        self._add_traffic(vpc, service, r)

    def _set_min_zones(self, out: dict[str, Any]) -> None:
        """Say in how many zones endpoints are: one number for all, where it is not simply their VPC's."""
        differ = [(vpc, n) for (vpc, _), n in self.wide.items() if n != self._count_zones(vpc)]
        least = min(self.wide.values(), default=0)
        if differ and set(self.wide.values()) == {least} and all(row["zones"] >= least for row in out["vpcs"]):
            out["constraints"] = {"min_zones": least}
        elif differ:
            vpc, n = differ[0]
            text = f"an endpoint in {n} of its {self._count_zones(vpc)} zones stands as one in every zone"
            self.notes.append(f"{self.names[vpc]}: {text}; what it costs today there differs from the plan.")

    def _get_remote_region(self, r: Planned) -> str | None:
        """Return the Region of an endpoint's service where it is not the endpoint's own."""
        away = r.values.get("service_region")
        return str(away) if away and away != self.x.get_region(r) else None

    def _add_custom_service(self, r: Planned, type_: str) -> str:
        """Return a service of one's own, a partner's, or one far away: behind an endpoint service, or a resource."""
        made = self.x.follow_attribute(r, "service_name").filter_by_type("aws_vpc_endpoint_service")
        name = r.values.get("service_name") or (made[0].address if made else r.address)
        kind = "resource" if type_ == "Resource" else "endpoint-service"
        away = self._get_remote_region(r) or self.x.get_region(r)
        self.services.setdefault(name, {"name": name, "kind": kind, "protocol": "tcp", "region": away})
        return str(name)


def _simplify_number(gb: float) -> float:
    return int(gb) if gb == int(gb) else gb


def _has_gb(entry: dict[str, Any]) -> bool:
    return any(float(v) > 0 for k, v in entry.items() if k.startswith("gb_") and not isinstance(v, dict))


def _find_catalogue_service(r: Planned) -> str | None:
    """Return the catalogue's name of the AWS service that an endpoint reaches."""
    suffix = str(r.values.get("service_name") or "").partition("com.amazonaws.")[2].partition(".")[2]
    try:
        return load_catalogue().resolve_service(suffix).name
    except InputError:
        return None
