"""From a Terraform plan to the entries of a network file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import costmodel.network.reading.terraform.readers  # noqa: F401 - importing it registers the readers
from costmodel.core.errors import InputError, format_suggestion
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut
from costmodel.network.reading.estate import Estate
from costmodel.network.reading.json_shapes import ShapeError
from costmodel.network.reading.resource_types import NOT_PRICED, TERRAFORM_TYPES, load_types_without_reader
from costmodel.network.reading.terraform.demand import build_plan_demand
from costmodel.network.reading.terraform.links import link_resources
from costmodel.network.reading.terraform.model import PlanModel
from costmodel.network.reading.terraform.notes import PLAN_WORDING, collect_notes, explain_missing_region
from costmodel.network.reading.terraform.plan import AFTER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json
    from costmodel.network.reading.resource_types import TerraformType
    from costmodel.network.reading.source_wording import SourceWording
    from costmodel.network.reading.terraform.demand import DemandFile
    from costmodel.network.reading.terraform.planned_resource import PlannedResource


def read_terraform_plan(document: Document, settings: Mapping[str, str], *, when: str = AFTER) -> Estate:
    """Return the estate of a plan: what exists once it is applied, or what existed before.

    Args:
        document: the plan.
        settings: ``region`` where the plan does not name it, and ``var.NAME`` for variables that it has no value of.
        when: ``planned_values`` or ``prior_state``.

    Raises:
        RegionUnsaidError: the Region of a resource is not known.
        InputError: a part of the plan is not as Terraform writes it.
    """
    return build_estate(document, settings, when, PLAN_WORDING)


def build_estate(
    document: Document, settings: Mapping[str, str], when: str, wording: SourceWording = PLAN_WORDING
) -> Estate:
    """Return the estate of a plan, or of a source that was translated to one.

    Args:
        document: the plan.
        settings: as for ``read_terraform_plan``.
        when: ``planned_values`` or ``prior_state``.
        wording: the words for the source.

    Raises:
        RegionUnsaidError: the Region of a resource is not known.
        InputError: a part of the plan is not as its source writes it.
    """
    with report_shape_errors(document.name, wording):
        wanted = frozenset([*TERRAFORM_TYPES, *load_types_without_reader()])
        kinds = {name: type_.kinds for name, type_ in TERRAFORM_TYPES.items()}
        model = PlanModel(document, settings, when, wanted, wording, kinds)
        model.links = link_resources(model)
        entries = _read_entries(model)
        _refuse_unused_regions(model)
        _list_unread_resources(model)
        notes = collect_notes(model, entries)

    def build_demand(with_usage: Sequence[Mapping[str, Json]]) -> tuple[DemandFile, list[str]]:
        with report_shape_errors(document.name, wording):
            return build_plan_demand(model, with_usage)

    network_file = Document({"resources": entries}, document.name, "")
    estate = Estate(network_file, wording.source, model.unknowns, model.left_out, notes, build_demand)
    estate.former = model.plan.find_former_addresses()
    return estate


def _read_entries(model: PlanModel) -> list[Entry]:
    """Return the entries of every resource of a plan, type by type.

    Raises:
        RegionUnsaidError: the Region of a resource is not known.
    """
    entries: list[Entry] = []
    without_region = []
    for type_ in TERRAFORM_TYPES.values():
        for resource in model.plan.get_resources(type_.name):
            region = model.get_region(resource)
            if region is None:
                without_region.append(resource.address)
            else:
                entries += _read_resource(model, type_, resource, region)
    if without_region:
        raise explain_missing_region(model, without_region)
    return entries


def _read_resource(model: PlanModel, type_: TerraformType, resource: PlannedResource, region: str) -> list[Entry]:
    """Return the entries of a resource."""
    entries: list[Entry] = [
        {"name": resource.address, "region": region, **entry} for entry in type_.read(model, resource)
    ]
    for entry in entries if resource.undecided else ():
        model.mark_undecided(resource, entry)
    return entries


def _refuse_unused_regions(model: PlanModel) -> None:
    """Refuse a Region that was passed for something that is not in the plan.

    Raises:
        InputError: there is such a Region.
    """
    for name, region in model.regions.by_name.items():
        if name not in model.regions.used_names:
            known = [resource.address for resource in model.plan]
            what = f"no resource, type, kind or provider is called {name!r}.{format_suggestion(name, known)}"
            raise InputError(what, where=f"--set {name}.region={region}")


def _list_unread_resources(model: PlanModel) -> None:
    """Add the resources without a reader to the ones that are left out."""
    for type_ in load_types_without_reader().values():
        if type_.charge == NOT_PRICED:
            for resource in model.plan.get_resources(type_.terraform):
                model.mark_unpriced(resource, type_.why)
    model.left_out += [
        LeftOut(f"{number:,} of {name}", name, "resources of the Cloud Control provider (awscc) are not read")
        for name, number in model.plan.other_types.items()
        if name.startswith("awscc_")
    ]
    known = {resource.address for resource in model.plan}
    model.left_out += [
        LeftOut(address, name, "Terraform forgets it, but it still exists, and the plan does not contain its values")
        for address, name in model.plan.forgotten
        if address not in known
    ]


@contextmanager
def report_shape_errors(name: str, wording: SourceWording) -> Iterator[None]:
    """Report a part of a file that has another shape than its format prescribes as an error of the file.

    Raises:
        InputError: such a part was found.
    """
    try:
        yield
    except ShapeError as error:
        format_ = f"{wording.tool} does not write a {wording.noun} like that; it may have been edited or truncated."
        what = f"this looks like a {wording.source}, but {error}. {format_}"
        raise InputError(what, where=name, remedy=wording.how_to_fix or None) from error
