"""The resource types of Terraform and CloudFormation, and the functions that read them.

A type that is priced is registered by a decorator at the function that reads it. The types without such a function
(not priced, or free of charge by themselves) are rows of ``data/catalogue/resource_types.csv``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from costmodel.network.reading.entry import Entry
from costmodel.network.reading.json_shapes import Json, JsonObject
from costmodel.tabular.data_files import read_data_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.network.reading.entry import EntryValue
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

ReadResource: TypeAlias = Callable[["PlanModel", "PlannedResource"], Iterator[Entry]]
"""Yields the entries that a resource of a plan is billed as."""

AdjustAttributes: TypeAlias = Callable[[dict[str, Json], JsonObject], None]
"""Changes Terraform attributes, its first argument, by the CloudFormation properties that they were translated from."""

NOT_PRICED, NO_CHARGE = "not-priced", "none"
"""The values of the column ``charge`` of the table."""


@dataclass(frozen=True)
class TerraformType:
    """A Terraform resource type that is priced.

    Attributes:
        name: the type, such as aws_nat_gateway.
        kinds: the kinds of the entries that its resources are read as.
        read: the function that reads a resource.
    """

    name: str
    kinds: tuple[str, ...]
    read: ReadResource


@dataclass(frozen=True)
class CloudFormationType:
    """A CloudFormation resource type, which is read as a Terraform type.

    Attributes:
        name: the type, such as AWS::EC2::NatGateway.
        terraform: the Terraform type that it is read as.
        renamed: the property's name in snake case → the Terraform attribute, where these differ.
        adjust: sets attributes that depend on several properties.
    """

    name: str
    terraform: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    adjust: AdjustAttributes | None = None


@dataclass(frozen=True)
class ResourceType:
    """A row of the table of resource types.

    Attributes:
        terraform: the Terraform type.
        cloudformation: the CloudFormation types that are read as it.
        kinds: the kinds that it is priced as; none where it is not priced.
        charge: why it has no kind: ``not-priced``, or ``none`` for a type that costs nothing by itself; "" otherwise.
        why: the reason, in words.
    """

    terraform: str
    cloudformation: tuple[str, ...]
    kinds: tuple[str, ...]
    charge: str = ""
    why: str = ""


TERRAFORM_TYPES: dict[str, TerraformType] = {}
"""The Terraform types that are priced, in the order in which estates list their resources."""
CLOUDFORMATION_TYPES: dict[str, CloudFormationType] = {}
"""The CloudFormation types that are read as one of the priced Terraform types."""


def terraform(*names: str, kinds: tuple[str, ...]) -> Callable[[ReadResource], ReadResource]:
    """Register the decorated function as the reader of Terraform types.

    Args:
        names: the types.
        kinds: the kinds of the entries that the function yields; none for a type that is only reported.

    Raises:
        ValueError: one of the types is registered already.
    """

    def register(read: ReadResource) -> ReadResource:
        for name in names:
            if name in TERRAFORM_TYPES:
                message = f"{name} is registered twice"
                raise ValueError(message)
            TERRAFORM_TYPES[name] = TerraformType(name, kinds, read)
        return read

    return register


def cloudformation(
    name: str,
    *,
    reads_as: str,
    renamed: Mapping[str, str] | None = None,
    adjust: AdjustAttributes | None = None,
) -> Callable[[ReadResource], ReadResource]:
    """Register a CloudFormation type that the decorated function reads, as resources of a Terraform type.

    Args:
        name: the CloudFormation type.
        reads_as: the Terraform type, whose attributes the properties are translated to.
        renamed: the property's name in snake case → the Terraform attribute, where these differ.
        adjust: sets attributes that depend on several properties.

    Raises:
        ValueError: the type is registered already.
    """

    def register(read: ReadResource) -> ReadResource:
        if name in CLOUDFORMATION_TYPES:
            message = f"{name} is registered twice"
            raise ValueError(message)
        CLOUDFORMATION_TYPES[name] = CloudFormationType(name, reads_as, renamed or {}, adjust)
        return read

    return register


def register_fixed_entry(terraform_type: str, kind: str, cloudformation_type: str = "", **columns: EntryValue) -> None:
    """Register a type each resource of which is one entry with fixed columns.

    Args:
        terraform_type: the Terraform type.
        kind: the kind of the entry.
        cloudformation_type: the CloudFormation type, if there is one.
        columns: the columns of the entry.
    """

    def read_fixed_entry(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:  # noqa: ARG001 - one signature
        yield {"kind": kind, **columns}

    terraform(terraform_type, kinds=(kind,))(read_fixed_entry)
    if cloudformation_type:
        cloudformation(cloudformation_type, reads_as=terraform_type)(read_fixed_entry)


@cache
def load_types_without_reader() -> dict[str, ResourceType]:
    """Return the types that no function reads, by Terraform type: not priced, or free of charge by themselves."""
    rows = read_data_table("catalogue", "resource_types.csv")
    return {
        row["terraform"]: ResourceType(
            row["terraform"],
            (row["cloudformation"],) if row["cloudformation"] else (),
            (),
            row["charge"],
            row["why"],
        )
        for row in rows
    }


def find_cloudformation_type(name: str) -> CloudFormationType | None:
    """Return how a CloudFormation type is read; None where it has nothing to do with networking."""
    return _load_cloudformation_types().get(name)


def list_cloudformation_types() -> list[str]:
    """Return the CloudFormation types that are read, or listed as not priced."""
    return list(_load_cloudformation_types())


@cache
def _load_cloudformation_types() -> dict[str, CloudFormationType]:
    without_reader = {
        name: CloudFormationType(name, row.terraform)
        for row in load_types_without_reader().values()
        for name in row.cloudformation
    }
    return CLOUDFORMATION_TYPES | without_reader


def list_resource_types() -> list[ResourceType]:
    """Return the table of resource types: the ones that are priced, then the ones without a reader."""
    names: dict[str, list[str]] = {}
    for cloudformation_type in CLOUDFORMATION_TYPES.values():
        names.setdefault(cloudformation_type.terraform, []).append(cloudformation_type.name)
    priced = [
        ResourceType(known.name, tuple(names.get(known.name, ())), known.kinds) for known in TERRAFORM_TYPES.values()
    ]
    return priced + list(load_types_without_reader().values())
