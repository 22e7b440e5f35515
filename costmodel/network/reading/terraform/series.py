"""Several plans in one file: what ``terragrunt run --all show -json`` prints, one plan after the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from costmodel.documents.document import Document
from costmodel.network.reading.joined_estates import join_estates, prefix_estate
from costmodel.network.reading.terraform.plan import AFTER
from costmodel.network.reading.terraform.read import read_terraform_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.network.reading.estate import Estate
    from costmodel.network.reading.json_shapes import Json

_REGION = ".region"


def read_plan_series(document: Document, settings: Mapping[str, str], *, when: str = AFTER) -> Estate:
    """Return the estate of all plans; a resource is called NUMBER/ADDRESS, the number being the plan's.

    Args:
        document: a list of plans.
        settings: as for one plan; ``NUMBER/NAME.region`` is for one of them.
        when: ``planned_values`` or ``prior_state``.

    Raises:
        InputError: as for one plan.
        RegionUnsaidError: the Region of a resource is not known.
    """
    estates = []
    for number, plan in enumerate(document.value, 1):
        prefix = f"{number}/"
        own = {key: value for key, value in settings.items() if not key.endswith(_REGION)}
        own |= {
            key.removeprefix(prefix): value
            for key, value in settings.items()
            if key.endswith(_REGION) and (key.startswith(prefix) or _is_named(key.removesuffix(_REGION), plan))
        }
        one = Document(plan, f"{document.name}, plan {number}", "")
        estates.append(prefix_estate(read_terraform_plan(one, own, when=when), prefix))
    return join_estates(document.name, "Terraform plan", estates)


def _is_named(name: str, plan: Json) -> bool:
    """Tell whether a plan contains a name."""
    return json.dumps(name)[1:-1] in json.dumps(plan)
