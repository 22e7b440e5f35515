"""Reading demand files: what must flow, expanded to one flow per VPC and service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from costmodel.architectures.preferences import make_todays_plan
from costmodel.core.errors import InfeasibleError
from costmodel.demand.constraints.registry import make_unconstrained, resolve_constraints
from costmodel.demand.demand import Demand
from costmodel.demand.reading.build_tables import (
    build_flow_table,
    build_service_table,
    build_vpc_table,
    index_regions,
)
from costmodel.demand.reading.cidrs import collect_address_ranges, find_cidr_overlaps
from costmodel.demand.reading.constraint_names import ConstraintNames
from costmodel.demand.reading.expand import Expansion
from costmodel.demand.reading.limits import (
    collect_existing_resources,
    list_peered_vpcs,
    resolve_todays_plan,
)
from costmodel.demand.reading.spec import DemandSpec, translate_demand_error
from costmodel.documents.document import Document, load_document
from costmodel.documents.values import read_price_date
from costmodel.network.reading.cloudformation import is_template
from costmodel.network.reading.terraform import is_plan
from costmodel.pricing.reading.regions import load_currencies, load_partitions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from costmodel.core.json_types import FileMapping
    from costmodel.documents.document import Step


def read_demand(source: str | Path | FileMapping, *, assume: Mapping[str, str] | None = None) -> Demand:
    """Read a demand: a file (YAML or JSON; ``-`` is standard input), or a mapping such as the file holds.

    Args:
        source: the file, or ``{"region": …, "vpcs": [{"name": …}], "flows": [{"from": …, "to": …}]}``.
        assume: assumptions that override the file's.

    Raises:
        InputError: it is not a demand, or something in it is wrong; the message names file, line and key.
    """
    return parse_demand_document(load_document(source, "demand"), assume=assume)


def parse_demand_document(document: Document, *, assume: Mapping[str, str] | None = None) -> Demand:
    """Return the demand that a document describes."""
    if not isinstance(document.value, dict):
        raise document.make_error("a demand file is a mapping with 'region', 'vpcs' and 'flows'.")
    if is_plan(document.value):
        text = (
            "this is a Terraform plan. `costmodel estimate PLAN --demand demand.yaml` writes the traffic "
            "that it implies"
        )
        raise document.make_error(f"{text}; fill in the GB there.")
    if is_template(document.value):
        text = "this is a CloudFormation template. `costmodel estimate TEMPLATE --set region=NAME --demand demand.yaml`"
        raise document.make_error(f"{text} writes the traffic that it implies; fill in the GB there.")
    if "resources" in document.value:
        raise document.make_error(
            "this is a network file (it has 'resources'): `costmodel estimate` reads those.", "resources"
        )
    document = _translate_kept(document)
    try:
        spec = DemandSpec.model_validate({k: v for k, v in document.value.items() if v is not None})
    except ValidationError as error:
        raise translate_demand_error(document, error) from None
    x = Expansion(document, spec, assume)
    x.expand_demand()
    regions = index_regions(x)
    vpcs = build_vpc_table(x, regions)
    in_partition, in_currency = load_partitions(), load_currencies()
    demand = Demand(
        name=spec.name,
        hours=spec.hours,
        on=read_price_date(document, {"on": spec.on}),
        payer=spec.payer,
        vpcs=vpcs,
        services=build_service_table(x, regions),
        flows=build_flow_table(x),
        regions=tuple(regions),
        hubs=x.hubs,
        overlap=np.zeros((len(vpcs), 0), dtype=bool),
        constraints=make_unconstrained(len(vpcs)),
        transit_gateway=bool(spec.existing.transit_gateway),
        assumptions=x.assumptions,
        partitions=tuple(in_partition[r] for r in regions),
        currencies=tuple(in_currency[r] for r in regions),
        rules=x.catalogue.rules,
        quotas=x.catalogue.quotas,
        notes=x.notes,
    )
    demand.ranges, demand.peered = collect_address_ranges(x), list_peered_vpcs(x)
    demand.overlap = find_cidr_overlaps(demand)
    demand.constraints = resolve_constraints(spec.constraints, ConstraintNames(x))
    demand.existing, demand.fixed = collect_existing_resources(x, demand)
    today = resolve_todays_plan(x, demand)
    demand.today, demand.today_hubs, demand.today_zones = today.paths, today.hubs, today.zones
    if isinstance(demand.today, list):
        try:
            make_todays_plan(demand, None)
        except InfeasibleError as error:
            raise document.make_error(str(error), "today") from None
    given = dict(assume or {})
    demand.written = document.value
    demand.read = lambda value, more: parse_demand_document(
        Document(value, document.name, ""), assume={**given, **more}
    )
    demand.notes.append(
        "costmodel does not know which Region offers which service: every service is assumed to be available."
    )
    return demand


class _Keeping(Document):
    """A demand file that says ``kept``, read under the older word ``existing``; errors name the key as written."""

    def locate_path(self, *path: Step) -> str:
        return super().locate_path(*("kept" if n == 0 and step == "existing" else step for n, step in enumerate(path)))


def _translate_kept(document: Document) -> Document:
    """Return a demand file whose ``kept`` is read as ``existing``, which means the same."""
    if "kept" not in document.value:
        return document
    if "existing" in document.value:
        text = "'kept' and 'existing' mean the same: put everything under 'kept'."
        raise document.make_error(text, "existing")
    value = {"existing" if key == "kept" else key: inner for key, inner in document.value.items()}
    return _Keeping(value, document.name, document.text)
