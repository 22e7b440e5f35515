"""Files of other tools that describe infrastructure, but not in a form that is read: each with what to pass instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ForeignFile(NamedTuple):
    """A kind of file that is refused by name.

    Attributes:
        matches: whether a parsed file is of the kind.
        what: what the file is: a clause that continues "this is".
        remedy: what to pass instead.
    """

    matches: Callable[[Mapping[str, object]], bool]
    what: str
    remedy: str


_TERRAFORM_SOURCE = {"resource", "module", "provider", "variable", "output", "data", "locals", "terraform", "//"}
_PLAN = "Make the plan's JSON with: terraform plan -out tfplan && terraform show -json tfplan > plan.json"
_NO_PULUMI = (
    "Pulumi's types are not read. Deploy the stack and read the account with `costmodel account`, or write what is "
    "billed into a network file."
)


def _is_pulumi_preview(value: Mapping[str, object]) -> bool:
    steps = value.get("steps")
    return isinstance(steps, list) and any(isinstance(step, dict) and "urn" in step for step in steps)


def _is_pulumi_stack(value: Mapping[str, object]) -> bool:
    deployment = value.get("deployment")
    return isinstance(deployment, dict) and "resources" in deployment


def _is_terraform_source(value: Mapping[str, object]) -> bool:
    return set(value) <= _TERRAFORM_SOURCE and any(isinstance(value.get(key), dict) for key in ("resource", "module"))


FOREIGN_FILES = (
    ForeignFile(_is_pulumi_preview, "the output of `pulumi preview --json`.", _NO_PULUMI),
    ForeignFile(_is_pulumi_stack, "the output of `pulumi stack export`.", _NO_PULUMI),
    ForeignFile(
        lambda value: str(value.get("version", "")).startswith("tree-") and "tree" in value,
        "the construct tree of a CDK cloud assembly, not a template.",
        "Pass the folder itself, such as cdk.out.",
    ),
    ForeignFile(
        lambda value: "service" in value and "provider" in value and "Resources" not in value,
        "a configuration of the Serverless Framework, not a template.",
        "Run `serverless package`, and pass .serverless/cloudformation-template-update-stack.json.",
    ),
    ForeignFile(_is_terraform_source, "Terraform configuration in JSON, not a plan.", _PLAN),
)
"""The kinds of file that are refused by name; the first that matches counts."""


def refuse_foreign_file(value: object, name: str) -> None:
    """Refuse a parsed file of another tool.

    Raises:
        InputError: it is one; the message says what the file is, and what to pass instead.
    """
    if isinstance(value, dict):
        for kind in FOREIGN_FILES:
            if kind.matches(value):
                raise InputError(f"this is {kind.what}", where=name, remedy=kind.remedy)
