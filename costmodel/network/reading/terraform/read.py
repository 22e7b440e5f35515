"""From a Terraform plan to the entries of a network file."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from costmodel.aws import VARIANTS, pick_variant
from costmodel.core.errors import InputError, Remedy
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut, Unknown
from costmodel.network.reading.estate import Estate
from costmodel.network.reading.terraform.belongs import link_elastic_ips, link_subnets
from costmodel.network.reading.terraform.kinds import CONTEXT, TYPES
from costmodel.network.reading.terraform.notes import PLAN, Speech, collect_notes, explain_missing_region
from costmodel.network.reading.terraform.plan import AFTER, MODULES, Plan, Planned
from costmodel.network.reading.terraform.references import At, Found, follow_expression, get_iterated_module
from costmodel.network.reading.terraform.regions import Regions
from costmodel.pricing.reading.regions import load_location_types
from costmodel.tabular.data_files import locate_package_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costmodel.network.reading.terraform.vpcs import Vpcs


def read_terraform_plan(document: Document, settings: Mapping[str, str], *, when: str = AFTER) -> Estate:
    """Read a plan: what will be there once it is applied, or what was there before.

    Args:
        document: the plan.
        settings: ``region`` where the plan does not say it, and ``var.NAME`` for variables it does not give.
        when: ``planned_values`` or ``prior_state``.

    Raises:
        RegionUnsaidError: a resource's Region cannot be told.
        InputError: its parts are not as Terraform writes them.
    """
    with wrap_shape_errors(document.name):
        return Reader(document, settings, when).build_estate()


@contextmanager
def wrap_shape_errors(name: str, address: str = "", *, speech: Speech = PLAN) -> Iterator[None]:
    """Let a plan whose parts are not as Terraform writes them be an error of the file, not of the reader."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        what = f"{address} is" if address else "its parts are"
        message = (
            f"{name}: this looks like a {speech.source}, but {what} not as {speech.program} writes them "
            f"({type(error).__name__}: {error}). Was it edited, or cut? {speech.how}"
        )
        raise InputError(message) from error


@cache
def _load_unpriced_types() -> dict[str, str]:
    with (locate_package_folder("data") / "catalogue" / "not_priced.csv").open(encoding="utf-8", newline="") as file:
        return {r["terraform"]: r["why"] for r in csv.DictReader(file) if r["terraform"]}


class Reader:
    """Reads one plan.

    Attributes:
        places: every Region and zone that has prices → what it is.
        of_nat: NAT gateway's address → its Elastic IPs, by address, else by allocation.
        taken: addresses of Elastic IPs that are on the bill of a NAT gateway.
        with_address: addresses of instances that an Elastic IP is attached to.
        said: what is worth saying → addresses of the resources it is said of.
    """

    def __init__(self, document: Document, settings: Mapping[str, str], when: str, *, speech: Speech = PLAN) -> None:
        self.speech = speech
        self.plan = Plan(document, when, frozenset([*TYPES, *CONTEXT, *_load_unpriced_types()]))
        self.variables = {k.removeprefix("var."): v for k, v in settings.items() if k.startswith("var.")}
        self.places = load_location_types()
        given = settings.get("region")
        if given is not None and given not in self.places:
            raise InputError(f"--set region={given}: unknown Region {given!r}.")
        self.regions = Regions(self.plan, self.places, given, self.variables)
        self.entries: list[dict[str, Any]] = []
        self.unknowns: list[Unknown] = []
        self.said: dict[str, list[str]] = {}
        self._region: dict[str, str | None] = {}
        self._zones: dict[tuple[int, Any], int | None] = {}
        self._vpcs: Vpcs | None = None
        self._leads: dict[tuple[str, int, Any], Found] = {}
        self._associations, self.left_out = link_subnets(self)
        self.of_nat, self.with_address = link_elastic_ips(self)
        self.taken = {address for found in self.of_nat.values() for address in found}

    def build_estate(self) -> Estate:
        """Read every resource."""
        nowhere = []
        for type_, make in TYPES.items():
            for r in self.plan.of.get(type_, ()):
                with wrap_shape_errors(self.plan.document.name, str(r.address), speech=self.speech):
                    region = self.get_region(r)
                    if region is None:
                        nowhere.append(r.address)
                        continue
                    for entry in make(self, r):
                        self.entries.append({"name": r.address, "region": region, **entry})
        if nowhere:
            raise explain_missing_region(self, nowhere)
        for type_, why in _load_unpriced_types().items():
            self.left_out += [LeftOut(r.address, type_, why) for r in self.plan.of.get(type_, ()) if type_ not in TYPES]
        self.left_out += [
            LeftOut(f"{number:,} of {type_}", type_, "resources of the Cloud Control provider (awscc) are not read")
            for type_, number in self.plan.others.items()
            if type_.startswith("awscc_")
        ]
        self.left_out += [
            LeftOut(address, type_, "Terraform forgets it, but it goes on existing and is billed as before")
            for address, type_ in self.plan.forgotten
        ]
        document = Document({"resources": self.entries}, self.plan.document.name, "")
        return Estate(
            document, self.speech.source, self.unknowns, self.left_out, collect_notes(self), self._build_demand
        )

    def get_region(self, r: Planned) -> str | None:
        """Return a resource's Region."""
        if r.address not in self._region:
            own = r.values.get("region")
            if own and own not in self.places:
                text = f"{r.address} is in the Region {own!r}, which the price tables do not know"
                raise InputError(f"{self.plan.document.name}: {text}: `costmodel prices list` shows those they do.")
            self._region[r.address] = self.regions.infer_region(r)
        return self._region[r.address]

    # ------------------------------------------------------------ what kinds ask
    def resolve_reference(self, r: Planned, attribute: str, type_: str) -> Planned | None:
        """Return the one resource that an attribute leads to: of several the one of the same index."""
        found = self.follow_attribute(r, attribute).filter_by_type(type_)
        if len(found) > 1:
            found = [f for f in found if f.index == r.index]
        return found[0] if found else None

    def follow_attribute(self, r: Planned, attribute: str) -> Found:
        """Return what the expression behind an attribute leads to."""
        expression = self.plan.get_expression(r, attribute)
        if expression is None:
            return Found()
        for_each = (self.plan.get_resource_configuration(r) or {}).get("for_each_expression")
        key = (r.module, id(expression), r.index if for_each and get_iterated_module(for_each) else None)
        if key not in self._leads:
            at = At(r.module, r.path, (for_each, str(r.index)))
            self._leads[key] = follow_expression(self.plan, at, expression, self.variables)
        return self._leads[key]

    def resolve_references(self, r: Planned, attribute: str, *types: str) -> list[Planned]:
        """Return the resources that an attribute leads to: where an index picks, of each name the one of that index."""
        leads = self.follow_attribute(r, attribute)
        found = leads.filter_by_type(*types)
        if not leads.chosen:
            return found
        same = {(f.module, f.name) for f in found if f.index == r.index}
        return [f for f in found if f.index == r.index or (f.module, f.name) not in same]

    def resolve_module_arguments(self, r: Planned, type_: str) -> list[Planned]:
        """Return the resources of a type that the call of a resource's module names."""
        if not r.path:
            return []
        key = (r.module, -1, type_)
        if key not in self._leads:
            *parents, _ = MODULES.findall(r.module)
            at = At(".".join(parents), r.path[:-1])
            self._leads[key] = follow_expression(
                self.plan, at, self.plan.get_module_call(r.path).get("expressions") or {}, self.variables
            )
        return self._leads[key].filter_by_type(type_)

    def add_note(self, r: Planned, text: str) -> None:
        """Say something of a resource."""
        self.said.setdefault(text, []).append(r.address)

    def mark_unpriced(self, r: Planned, why: str) -> None:
        """Say that a resource is not priced."""
        self.left_out.append(LeftOut(r.address, r.type, why))

    def get_blocks(self, r: Planned, *names: str) -> list[Any]:
        """Return the blocks of the first name that has some: as planned, else as configured."""
        sources = (r.values.get, lambda name: self.plan.get_expression(r, name))
        found: Any = next((blocks for name in names for source in sources if (blocks := source(name))), [])
        return found if isinstance(found, list) else [found]

    def count_mapped_ips(self, r: Planned) -> int:
        """Return how many Elastic IPs a load balancer's subnets are mapped to, known or not yet."""
        sources = (
            r.values,
            (self.plan.get_resource_configuration(r) or {}).get("expressions") or {},
            r.after_unknown or {},
        )
        blocks = (s.get("subnet_mapping") for s in sources)
        return max(sum(bool(m.get("allocation_id")) for m in b) if isinstance(b, list) else 0 for b in blocks)

    def count_resource_zones(self, r: Planned, attribute: str, more: int | None) -> int | None:
        """Return in how many zones a resource is: its subnets, and ``more`` beside them; None where it is not known."""
        if more is None:
            return None
        known = r.values.get(attribute)
        if isinstance(known, list) and known and not self.plan.is_unknown(r, attribute):
            return len(set(map(str, known))) + more
        if not self.plan.is_unknown(r, attribute):
            return more
        number = self._count_reached_zones(self.follow_attribute(r, attribute), r.index)
        if number is None:
            return None
        self.add_note(r, "as many zones as the subnets that the configuration refers to")
        return number + more

    def _count_reached_zones(self, found: Found, index: Any) -> int | None:
        """Return how many zones the subnets lie in that references lead to; None if some lead nowhere."""
        key = (id(found), index if found.chosen else None)
        if key not in self._zones:
            subnets = found.filter_by_type("aws_subnet", "aws_default_subnet")
            ids = {i for v in found.values for i in (v if isinstance(v, list) else [v]) if str(i).startswith("subnet-")}
            if found.chosen and len(subnets) > 1:
                subnets = [s for s in subnets if s.index == index] or subnets[:1]
            lost = found.lost or not (subnets or ids)
            self._zones[key] = None if lost else _count_distinct_zones(subnets) + len(ids)
        return self._zones[key]

    def count_vpc_zones(self, r: Planned) -> int | None:
        """Return the zones of the subnets of a resource's VPC, which a regional NAT gateway is active in."""
        from costmodel.network.reading.terraform.vpcs import Vpcs

        self._vpcs = self._vpcs or Vpcs(self)
        vpc = self._vpcs.find_vpc(r)
        found = self._vpcs.count_subnet_zones(vpc) if vpc is not None else 0
        if found:
            self.add_note(r, "as many zones as its VPC has subnets in")
        return found or None

    def set_or_unknown(self, r: Planned, entry: dict[str, Any], column: str, number: int | None, of: str) -> None:
        """Fill in a quantity, or note that it is unknown."""
        if number is not None:
            entry[column] = number
            return
        self.mark_unknown(r, entry, column, f"how many {of} it has {self.speech.later}")

    def mark_unknown(self, r: Planned, entry: dict[str, Any], column: str, why: str) -> None:
        """Note that a quantity is unknown, and how to give it."""
        entry[column] = 1 if column == "count" else 0
        kind = pick_variant(entry) or VARIANTS[entry["kind"]][0]
        asked = "zones" if column == "count" else column
        what = f"{r.address}: {why}."
        remedy = Remedy(cli=f"Pass --set '{r.address}.{column}=3', or give it in a usage file.")
        if column == "count":
            entry["count"] = 0
        place = self.get_region(r) or ""
        columns = [column, *(n for n, c in kind.columns.items() if c.default == asked and n not in entry)]
        self.unknowns += [Unknown(r.address, kind, c, place, what, remedy) for c in columns]

    def count_associations(self, r: Planned) -> int | None:
        """Return how many subnets are associated with an endpoint beside those it lists."""
        listed = r.values.get("subnet_ids")
        listed = set(map(str, listed)) if isinstance(listed, list) else set()
        more = self._associations.get(r.address, [])
        return len([s for s in more if s is None or s not in listed])

    def _build_demand(self, entries: list[Any]) -> tuple[dict[str, Any], list[str]]:
        from costmodel.network.reading.terraform.vpcs import build_plan_demand

        with wrap_shape_errors(self.plan.document.name, speech=self.speech):
            return build_plan_demand(self, entries)


def _count_distinct_zones(subnets: list[Planned]) -> int:
    """Return how many zones subnets lie in; an endpoint has one network interface a zone."""
    zones = [s.values.get("availability_zone") or s.values.get("availability_zone_id") for s in subnets]
    return len(set(zones)) if all(zones) else len(subnets)
