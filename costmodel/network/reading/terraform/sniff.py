"""What people hand over instead of a plan, and the command that makes the right file."""

from __future__ import annotations

import re

from costmodel.core.errors import InputError

HOW = "Make the plan's JSON with: terraform plan -out tfplan && terraform show -json tfplan > plan.json"
_HEAD = 1 << 16
_PARTS = ("planned_values", "resource_changes", "prior_state", "configuration")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FOR_PEOPLE = re.compile(
    r"(?:Terraform|OpenTofu) (?:will perform the following actions|used the selected providers)"
    r"|^Plan: \d+ to (?:add|import)|^No changes\. (?:Your i|I)nfrastructure"
    r"|^\s*# [\w.\[\]\"]+ (?:will|must) be (?:created|updated|destroyed|replaced)"
    r"|^[\w.\[\]\"]+: (?:Refreshing state|Reading)\.\.\.",
    re.MULTILINE,
)
_VARIABLES = re.compile(r"^[a-z_][\w-]*\s*=\s*\S", re.MULTILINE)
_SOURCE = re.compile(
    r'^\s*(?:resource\s+"[\w-]+"\s+"[\w-]+"|(?:module|provider|variable)\s+"[\w-]+"|terraform)\s*\{', re.MULTILINE
)


def is_plan(value: object) -> bool:
    """Tell whether a parsed file is a Terraform plan, or a state as ``terraform show -json`` prints it."""
    if not isinstance(value, dict) or "resources" in value or "flows" in value:
        return False
    state = "format_version" in value and isinstance(value.get("values"), dict)
    return state or any(part in value for part in _PARTS)


def is_plan_series(value: object) -> bool:
    """Tell whether a parsed file is a list of Terraform plans."""
    return isinstance(value, list) and bool(value) and all(map(is_plan, value))


def refuse_non_plan_text(text: str, name: str) -> None:
    """Refuse text of Terraform's that is no plan: what it prints for people, its log, its source.

    Raises:
        InputError: it is one of those; the message says which, and the command that makes the right file.
    """
    head = _COLOURS.sub("", text[:_HEAD])
    if head.lstrip().startswith("[command]"):
        message = (
            f"{name} begins with a line of the setup-terraform action; set terraform_wrapper: false in "
            f"the action. {HOW}"
        )
        raise InputError(message)
    if head.lstrip()[:1] in ("{", "["):
        first = head.lstrip().partition("\n")[0]
        if '"@level"' in first and '"@message"' in first:
            raise InputError(f"{name} is the log of `terraform plan -json`, not the plan. {HOW}")
        return
    if _FOR_PEOPLE.search(head):
        raise InputError(f"{name} is Terraform's output for people, not JSON. {HOW}")
    if _SOURCE.search(head):
        raise InputError(f"{name} is Terraform source; a plan resolves its modules, counts and variables. {HOW}")
    if _VARIABLES.match(head.lstrip()):
        raise InputError(f"{name} looks like Terraform variables or other settings, not a plan. {HOW}")


def refuse_non_plan_json(value: object, name: str) -> None:
    """Refuse other JSON of Terraform's: its own state file, and what other commands print, once it is known no plan.

    Raises:
        InputError: it is one of those; the message says which, and the command that makes the right file.
    """
    if not isinstance(value, dict):
        return
    if "lineage" in value and "terraform_version" in value:
        message = f"{name} is Terraform's state file. Print it with: terraform show -json > state.json"
        raise InputError(message)
    if "format_version" in value:
        held = ", ".join(k for k in value if k != "format_version") or "nothing else"
        message = f"{name} is JSON from Terraform, but not a plan: it contains {held}. {HOW}"
        raise InputError(message)


def is_truncated_plan(text: str) -> bool:
    """Tell whether text that is no valid JSON was meant to be a plan."""
    return '"format_version"' in text[:_HEAD] or '"planned_values"' in text[:_HEAD]
