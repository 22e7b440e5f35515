"""What to report about how a plan was read: assumptions, and what the plan does not contain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.core.errors import RegionUnsaidError, Remedy, format_short_list
from costmodel.network.reading.json_shapes import take_text
from costmodel.network.reading.source_wording import SourceWording
from costmodel.network.reading.terraform.sniff import HOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.terraform.model import PlanModel

PLAN_WORDING = SourceWording(
    source="Terraform plan",
    noun="plan",
    tool="Terraform",
    not_known="is known after apply only",
    how_to_fix=HOW,
    region_unknown="its provider's Region comes from outside (the environment, a local value)",
    region_remedy=Remedy(
        cli="Pass --set region=eu-west-1, or set the variable behind it: --set var.NAME=VALUE.",
        page="Choose the Region on the left.",
    ),
    is_plan=True,
)
_KNOWN_VERSIONS = ("", "0", "1")
"""Major versions of the plan's JSON format; "" where the plan has none."""


def collect_notes(model: PlanModel, entries: Sequence[Entry]) -> list[str]:
    """Return the notes on how a plan was read.

    Args:
        model: the plan, after its resources were read.
        entries: the entries of its resources.
    """
    notes = [f"{format_short_list(addresses)}: {text}." for text, addresses in model.notes.items()]
    notes += _report_incomplete_plan(model)
    if model.plan.forgotten:
        addresses = format_short_list([address for address, _ in model.plan.forgotten])
        notes.append(f"{addresses}: Terraform forgets it, but it still exists and is billed as before.")
    if model.wording.is_plan:
        notes += _report_regions(model, has_entries=bool(entries))
    if model.regions.default_provider:
        text = "its module's provider is not in the plan, so the default provider's Region is taken"
        notes.append(f"{format_short_list(model.regions.default_provider)}: {text}.")
    if model.wording.is_plan and not entries and not model.left_out:
        others = model.plan.other_types.items()
        number = len(list(model.plan)) + sum(n for type_, n in others if type_.startswith("aws_"))
        notes.append(f"None of its resources is billed as networking ({number:,} AWS resources).")
    return notes


def _report_incomplete_plan(model: PlanModel) -> list[str]:
    """Return notes on a plan that is not complete, or of a newer format."""
    notes = []
    content = model.plan.content
    if content.get("errored") or content.get("complete") is False:
        notes.append(
            "The plan is partial (it failed, or was made with -target): what it does not list counts as unchanged."
        )
    version = take_text(content, "format_version")
    if version.partition(".")[0] not in _KNOWN_VERSIONS:
        notes.append(
            f"The plan's format {version} is newer than the formats that costmodel knows; new parts are not read."
        )
    return notes


def _report_regions(model: PlanModel, *, has_entries: bool) -> list[str]:
    """Return notes on Regions that were assumed, or that were passed and are not used."""
    regions = model.regions
    notes = [
        f"{format_short_list(addresses)}: assumed to be in {region}, because the plan does not contain the "
        f"provider's Region."
        for region, addresses in regions.assumed.items()
    ]
    if regions.given and has_entries and regions.given not in regions.assumed:
        notes.append(f"The plan contains the Region of every resource, so region={regions.given} is not used.")
    return notes


def explain_missing_region(model: PlanModel, addresses: Sequence[str]) -> RegionUnsaidError:
    """Return the error of resources whose Region is not known: why, and how to pass it."""
    named = [regions for regions in model.regions.provider_regions.values() if regions]
    several = next((regions for regions in named if len(regions) > 1 and regions[0] in model.locations), None)
    strange = next((regions[0] for regions in named if regions[0] not in model.locations), None)
    why = model.wording.region_unknown
    if several:
        why = f"its provider's Region is one of {', '.join(several)}, by a condition that the plan does not contain"
    elif strange:
        why = f"its provider says {strange!r}, which the price tables do not know (`costmodel prices list`)"
    return RegionUnsaidError(
        f"in which Region {format_short_list(addresses)} will be is not known: {why}.",
        where=model.name,
        remedy=model.wording.region_remedy,
    )
