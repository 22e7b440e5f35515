"""What is worth saying of how a plan was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costmodel.core.errors import RegionUnsaidError, Remedy, format_short_list
from costmodel.network.reading.terraform.sniff import HOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.network.reading.terraform.read import Reader


@dataclass(frozen=True)
class Speech:
    """How to speak of what was read: other sources are read as the plan they would be.

    Attributes:
        program: what writes such sources.
        noun: what the program calls one.
        source: what one is called in full.
        later: how something is that it does not say.
        how: how to get it right.
        nowhere: why a Region may not be known.
        remedy: how to give a Region.
    """

    program: str
    noun: str
    source: str
    later: str
    how: str
    nowhere: str
    remedy: Remedy


PLAN = Speech(
    program="Terraform",
    noun="plan",
    source="Terraform plan",
    later="is known after apply only",
    how=HOW,
    nowhere="its provider's Region comes from outside (the environment, a local value)",
    remedy=Remedy(
        cli="Pass --set region=eu-west-1, or set the variable behind it: --set var.NAME=VALUE.",
        page="Choose the Region on the left.",
    ),
)


def collect_notes(x: Reader) -> list[str]:
    """Return what was taken to be so, and what the plan itself leaves out."""
    value, regions = x.plan.document.value, x.regions
    notes = [f"{format_short_list(names)}: {text}." for text, names in x.said.items()]
    if value.get("errored") or value.get("complete") is False:
        notes.append("The plan is not whole (it failed, or was made with -target): what it leaves out is not counted.")
    version = str(value.get("format_version") or "")
    if version.partition(".")[0] not in ("", "0", "1"):
        notes.append(f"The plan's format {version} is newer than those known here; what it says anew is not read.")
    for region, names in regions.assumed.items():
        if x.speech is PLAN:
            notes.append(
                f"{format_short_list(names)}: taken to be in {region}; the plan's provider does not say its Region."
            )
    if x.speech is PLAN and regions.given and x.entries and regions.given not in regions.assumed:
        notes.append(f"The plan says the Region of everything in it, so region={regions.given} is not used.")
    if regions.unsaid:
        text = "its module's provider is not in the plan, so the default provider's Region is taken"
        notes.append(f"{format_short_list(regions.unsaid)}: {text}.")
    if not x.entries and not x.left_out and x.speech is PLAN:
        aws = len(list(x.plan)) + sum(n for t, n in x.plan.others.items() if t.startswith("aws_"))
        notes.append(f"Nothing in it is billed as networking ({aws:,} AWS resources).")
    return notes


def explain_missing_region(x: Reader, addresses: Sequence[str]) -> RegionUnsaidError:
    """Return the error of resources whose Region cannot be told: why, and how to give it."""
    strange = next((v[0] for v in x.regions.said.values() if v and v[0] not in x.places), None)
    more = next((v for v in x.regions.said.values() if len(v) > 1 and v[0] in x.places), None)
    why = x.speech.nowhere
    if more:
        why = f"its provider's Region is one of {', '.join(more)}, by a condition that no plan tells"
    elif strange:
        why = f"its provider says {strange!r}, which the price tables do not know (`costmodel prices list`)"
    return RegionUnsaidError(
        f"in which Region {format_short_list(addresses)} will stand cannot be told: {why}.",
        where=x.plan.document.name,
        remedy=x.speech.remedy,
    )
