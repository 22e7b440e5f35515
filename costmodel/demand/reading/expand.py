"""Expanding a demand file: counts, bundles and hubs, names to numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.aws.catalogue import Catalogue, Service, load_catalogue
from costmodel.core.assumptions import resolve_assumptions
from costmodel.core.errors import InputError, format_suggestion
from costmodel.core.table import Codes, Table
from costmodel.pricing.reading.regions import load_direct_connect_areas, load_location_types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.demand.reading.spec import DemandSpec
    from costmodel.documents.document import Document, Step

MOST = 100_000
"""VPCs of a demand."""


class Expansion:
    """Expands a spec: counts, bundles, names to numbers."""

    def __init__(self, document: Document, spec: DemandSpec, assume: Mapping[str, str] | None) -> None:
        self.document, self.spec = document, spec
        self.catalogue: Catalogue = load_catalogue()
        self.places = load_location_types()
        self._names: dict[str, int] = {}
        self.notes: list[str] = []
        try:
            self.assumptions = resolve_assumptions(spec.assumptions, assume)
        except InputError as error:
            raise document.make_error(str(error), "assumptions") from None
        self.vpcs: list[dict[str, Any]] = []
        self.groups: dict[str, list[int]] = {}
        self.services: dict[str, dict[str, Any]] = {}
        self.own: dict[str, dict[str, Any]] = {}
        self.flows: dict[tuple[int, str], list[float]] = {}
        self._regions: dict[str, str] = {}

    def expand_demand(self) -> None:
        """Expand VPCs, services and flows, and give each VPC its hubs."""
        self.check_region(self.spec.region, "region")
        self.expand_vpcs()
        self.expand_services()
        self.expand_flows()
        self.add_existing_services()
        self.hubs = self.rank_hubs()

    def check_region(self, value: str, *path: Step) -> str:
        if value not in self.places:
            of = "" if path[-1] == "region" else f" as {path[-1]!r}"
            raise self.document.make_error(
                f"unknown Region {value!r}{of}.{format_suggestion(value, self.places)}", *path
            )
        return value

    def expand_vpcs(self) -> None:
        for i, v in enumerate(self.spec.vpcs):
            if v.name in self.groups:
                raise self.document.make_error(f"the VPC {v.name!r} is named twice.", "vpcs", i, "name")
            if v.hub and v.on_premises:
                text = "a site on premises is no hub: endpoints stand in a VPC. Mark a VPC with 'hub: true'."
                raise self.document.make_error(text, "vpcs", i, "hub")
            if "connection" in v.model_fields_set and not v.on_premises:
                text = "'connection' is a site's on premises; mark it with 'on_premises: true', or leave it out."
                raise self.document.make_error(text, "vpcs", i, "connection")
            if len(self.vpcs) + v.count > MOST:
                text = f"these are more than {MOST:,} VPCs, which is more than anyone compares at once."
                raise self.document.make_error(text, "vpcs", i, "count")
            region = self.check_region(v.region or self.spec.region, "vpcs", i, "region")
            members = self.groups.setdefault(v.name, [])
            for k in range(v.count):
                members.append(len(self.vpcs))
                name = v.name if v.count == 1 else f"{v.name}-{k + 1}"
                self.vpcs.append({"name": name, "group": v.name, "region": region, "spec": v, "domain": v.domain,
                                  "zones": v.zones, "hub": v.hub, "account": v.account, "index": i})  # fmt: skip
        taken = {v["name"] for v in self.vpcs}
        if len(taken) < len(self.vpcs):
            raise self.document.make_error("two VPCs would have the same name once 'count' is expanded.", "vpcs")

    def resolve_vpcs(self, name: str, *path: Step) -> list[int]:
        if name in self.groups:
            return self.groups[name]
        if len(self._names) != len(self.vpcs):
            self._names = {v["name"]: i for i, v in enumerate(self.vpcs)}
        if name in self._names:
            return [self._names[name]]
        known = [*self.groups, *self._names]
        raise self.document.make_error(f"unknown VPC {name!r}.{format_suggestion(name, known)}", *path)

    def expand_services(self) -> None:
        for i, s in enumerate(self.spec.services):
            path = ("services", i)
            if s.region:
                self.check_region(s.region, *path, "region")
            if s.kind is None and s.vpc is None:
                try:
                    known = self.catalogue.resolve_service(s.name)
                except InputError as error:
                    text = f"{error} A service of your own needs 'kind': endpoint-service, lattice or resource."
                    raise self.document.make_error(text, *path, "name") from None
                self._regions[known.name] = s.region or self.spec.region
                continue
            if s.name in self.own or s.name in self.catalogue.services or s.name in self.catalogue.aliases:
                raise self.document.make_error(f"the service name {s.name!r} is taken.", *path, "name")
            provider = -1
            if s.vpc is not None:
                members = self.resolve_vpcs(s.vpc, *path, "vpc")
                if len(members) != 1:
                    raise self.document.make_error(
                        f"{s.vpc!r} is {len(members)} VPCs; name the one that provides it.", *path, "vpc"
                    )
                provider = members[0]
                if self.vpcs[provider]["spec"].on_premises:
                    text = f"{s.vpc!r} is a site on premises; a service is provided from a VPC."
                    raise self.document.make_error(text, *path, "vpc")
                if s.region and s.region != self.vpcs[provider]["region"]:
                    raise self.document.make_error(
                        "'region' differs from the provider's VPC; leave it out.", *path, "region"
                    )
            region = s.region or (self.vpcs[provider]["region"] if provider >= 0 else self.spec.region)
            kind = s.kind or "endpoint-service"
            if not s.protocol and kind != "resource":
                self.notes.append(
                    f"{s.name}: no protocol named; counted as TCP on a load balancer, and as one that Lattice carries."
                )
            self.own[s.name] = {"kind": kind, "protocol": s.protocol, "provider": provider, "region": region}

    def _resolve_service(self, name: str, path: tuple[Step, ...]) -> str:
        """Return a service's canonical name, and keep it among those used."""
        if name in self.own:
            self.services.setdefault(name, self.own[name])
            return name
        try:
            found: Service = self.catalogue.resolve_service(name)
        except InputError as error:
            hint = format_suggestion(name, self.own)
            raise self.document.make_error(f"{error}{hint}", *path) from None
        self.services.setdefault(found.name, {"service": found, "region": self._regions.get(found.name)})
        return found.name

    def expand_flows(self) -> None:
        """Add up the flows of each VPC and service."""
        for i, f in enumerate(self.spec.flows):
            path = ("flows", i)
            members = self.resolve_vpcs(f.source, *path, "from")
            shares = [(f.to, 1.0, 1.0)]
            if f.to.startswith("bundle:"):
                name = f.to.removeprefix("bundle:")
                if name not in self.catalogue.bundles:
                    known = [f"bundle:{b}" for b in self.catalogue.bundles]
                    text = f"unknown bundle {f.to!r}.{format_suggestion(f.to, known)} Known: {', '.join(known)}."
                    raise self.document.make_error(text, *path, "to")
                shares = [(m.service, float(m.sent), float(m.received)) for m in self.catalogue.bundles[name]]
            for to, sent, received in shares:
                service = self._resolve_service(to, (*path, "to"))
                amounts = (f.gb_sent * sent, f.gb_received * received, f.requests_per_hour)
                for vpc in members:
                    row = self.flows.setdefault((vpc, service), [0.0, 0.0, 0.0, 0.0])
                    for k, amount in enumerate((*amounts, f.peak_gbps)):
                        row[k] += amount

    def add_existing_services(self) -> None:
        """Keep the services that something exists for, although no flow goes there."""
        for key in ("endpoints", "hosted_zones"):
            for i, entry in enumerate(getattr(self.spec.existing, key)):
                self._resolve_service(entry.service, ("existing", key, i, "service"))

    def rank_hubs(self) -> Any:
        """Give each VPC the hubs that may serve it, adding one per Region and domain where there is none.

        A hub is a VPC like any other: it serves itself first, then the others may.
        """
        for region, domain in sorted(
            self._list_region_domains(), key=lambda key: not key[1]
        ):  # VPCs of no domain may use any
            served = [v for v in self.vpcs if (v["region"], v["domain"]) == (region, domain)]
            if any(_can_serve(h, served[0]) for h in self.vpcs if h["hub"]):
                continue
            hub = {"region": region, "domain": domain}
            may = [
                v for v in self.vpcs if _can_serve(hub, v) and v["spec"] and not v["spec"].on_premises and not v["hub"]
            ]
            zones = max((v["zones"] for v in may), default=3)
            name = "-".join(w for w in ("hub", domain, region if region != self.spec.region else "") if w)
            while any(v["name"] == name for v in self.vpcs):
                name += "-added"
            self.groups[name] = [len(self.vpcs)]
            self.vpcs.append({"name": name, "group": name, "region": region, "spec": None, "domain": domain,
                              "zones": zones, "hub": True, "account": self.spec.payer, "index": -1})  # fmt: skip
            of = f" of domain {domain}" if domain else ""
            self.notes.append(
                f"No hub serves the VPCs of {region}{of}: {name} is added, {zones} zones, the payer's account."
            )
        ranks = [[j for j, h in enumerate(self.vpcs) if h["hub"] and _can_serve(h, v)] for v in self._list_vpc_kinds()]
        width = max(map(len, ranks), default=0)
        lists = {
            key: row + [-1] * (width - len(row)) for key, row in zip(self._list_region_domains(), ranks, strict=True)
        }
        out = np.array([lists[v["region"], v["domain"]] for v in self.vpcs], dtype=np.int64).reshape(
            len(self.vpcs), width
        )
        for i in (i for i, v in enumerate(self.vpcs) if v["hub"]):
            others = [h for h in out[i].tolist() if h not in (i, -1)]
            out[i] = [i, *others] + [-1] * (width - 1 - len(others))
        return out

    def _list_region_domains(self) -> list[tuple[str, str]]:
        return list(dict.fromkeys((v["region"], v["domain"]) for v in self.vpcs))

    def _list_vpc_kinds(self) -> list[dict[str, Any]]:
        return [{"region": region, "domain": domain} for region, domain in self._list_region_domains()]

    def build_vpc_table(self) -> tuple[Table, dict[str, int]]:
        regions: dict[str, int] = {}
        codes = np.array([regions.setdefault(v["region"], len(regions)) for v in self.vpcs], dtype=np.int32)
        for s in self.services.values():
            if s["region"]:
                regions.setdefault(s["region"], len(regions))
        areas = load_direct_connect_areas()
        specs = [v["spec"] for v in self.vpcs]
        ports = [
            (s.location if s else None) or areas.get(v["region"]) or "other"
            for s, v in zip(specs, self.vpcs, strict=True)
        ]
        site = np.array([bool(s and s.on_premises) for s in specs], dtype=bool)
        for s in specs:
            if s and s.on_premises and s.connection == "direct-connect" and s.location is None:
                area = areas.get(s.region or self.spec.region) or "other"
                self.notes.append(
                    f"{s.name}: its Direct Connect location is taken to be in the area {area!r}; say 'location'."
                )
        columns: dict[str, Any] = {
            "name": np.array([v["name"] for v in self.vpcs], dtype=object),
            "group": Codes.from_words(v["group"] for v in self.vpcs),
            "location": Codes(codes, tuple(regions)),
            "account": Codes.from_words(v["account"] for v in self.vpcs),
            "payer": Codes.repeat_word(self.spec.payer, len(self.vpcs)),
            "domain": Codes.from_words(v["domain"] for v in self.vpcs),
            "connection": Codes.from_words(s.connection if s else "vpn" for s in specs),
            "port_location": Codes.from_words(ports),
            "zones": np.array([v["zones"] for v in self.vpcs], dtype=np.float64),
            "hub": np.array([v["hub"] for v in self.vpcs], dtype=bool),
            "on_premises": site,
        }
        return Table(len(self.vpcs), columns), regions

    def build_service_table(self, regions: Mapping[str, int]) -> Table:
        names = list(self.services)
        rows = list(self.services.values())
        theirs = [s.get("service") for s in rows]

        def flag(name: str) -> Any:
            return np.array([bool(t is not None and getattr(t, name)) for t in theirs], dtype=bool)

        columns = {
            "name": np.array(names, dtype=object),
            "interface": flag("interface"),
            "gateway": flag("gateway"),
            "public": flag("public"),
            "cross_region": flag("cross_region"),
            "internet": np.array([n == "internet" for n in names], dtype=bool),
            "own": Codes.from_words(s.get("kind", "") for s in rows),
            "protocol": Codes.from_words(s.get("protocol", "") for s in rows),
            "provider": np.array([s.get("provider", -1) for s in rows], dtype=np.int64),
            "region": np.array([regions[s["region"]] if s["region"] else -1 for s in rows], dtype=np.int64),
        }
        return Table(len(rows), columns)

    def build_flow_table(self) -> Table:
        """Return the flows as a table."""
        flows = self.flows
        index = {name: i for i, name in enumerate(self.services)}
        amounts = np.array(list(flows.values()), dtype=np.float64).reshape(len(flows), 4)
        columns = {
            "vpc": np.array([v for v, _ in flows], dtype=np.int64),
            "service": np.array([index[s] for _, s in flows], dtype=np.int64),
            "gb_sent": amounts[:, 0].copy(),
            "gb_received": amounts[:, 1].copy(),
            "requests_per_hour": amounts[:, 2].copy(),
            "peak_gbps": amounts[:, 3].copy(),
        }
        return Table(len(flows), columns)

    def find_service_number(self, name: str) -> int:
        canonical = self.catalogue.aliases.get(name, name)
        return list(self.services).index(canonical) if canonical in self.services else -1


def _can_serve(hub: Mapping[str, Any], vpc: Mapping[str, Any]) -> bool:
    """Tell whether a hub may serve a VPC: same Region; a domain on both sides must be the same."""
    domains = {hub["domain"], vpc["domain"]} - {""}
    return bool(hub["region"] == vpc["region"] and len(domains) < 2)  # noqa: PLR2004 - two different domains
