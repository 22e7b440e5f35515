"""Public IPv4 addresses of instances, and of what a plan does not count the addresses of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import iterate_objects
from costmodel.network.reading.resource_types import cloudformation, terraform
from costmodel.network.reading.terraform.model import SUBNETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json, JsonObject
    from costmodel.network.reading.resource_types import ReadResource
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.plan import PlannedResource

_ASSOCIATE = "associate_public_ip_address"
_QUESTION = "whether it gets a public IPv4 address"


def adjust_instance(attributes: dict[str, Json], properties: JsonObject) -> None:  # noqa: ARG001 - one signature
    """Take the first network interface of a CloudFormation instance for the instance's own."""
    first = next(iter(iterate_objects(attributes.get("network_interfaces"))), {})
    for name in ("subnet_id", _ASSOCIATE):
        if name in first:
            attributes[name] = first[name]


@cloudformation("AWS::EC2::Instance", reads_as="aws_instance", adjust=adjust_instance)
@terraform("aws_instance", "aws_spot_instance_request", kinds=("PublicIpv4",))
def read_instance(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read an instance's public address: where the plan gives it one, and no Elastic IP address replaces it."""
    associate = resource.values.get(_ASSOCIATE)
    has_elastic_ip = resource.address in model.links.instances_with_ip
    if associate is True and not has_elastic_ip:
        yield {"kind": "PublicIpv4"}
    elif associate is None and model.plan.get_expression(resource, _ASSOCIATE):
        model.mark_unpriced(resource, f"{_QUESTION} {model.wording.not_known}")
    elif associate is None and not has_elastic_ip:
        yield from _read_address_by_subnet(model, resource)


def _read_address_by_subnet(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read the public address of an instance that leaves it to its subnet."""
    subnets = model.resolve_references(resource, "subnet_id", *SUBNETS)
    public = [
        bool(subnet.values.get("map_public_ip_on_launch")) or subnet.type == "aws_default_subnet" for subnet in subnets
    ]
    if public and all(public):
        yield {"kind": "PublicIpv4"}
    elif not public or any(public):
        model.add_note(resource, f"{_QUESTION} depends on its subnet, which the source does not contain; not counted")


def _make_address_reporter(attribute: str, why: str) -> ReadResource:
    """Return a reader that reports public addresses of an unknown number, where an attribute asks for them."""

    def report_addresses(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
        if attribute in _iterate_true_attributes(resource.values):
            model.mark_unpriced(resource, why)
        yield from ()

    return report_addresses


def _iterate_true_attributes(value: Json) -> Iterator[str]:
    """Iterate over the names of the attributes that are true, at any depth."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        if inner is True or str(inner).lower() == "true":
            yield str(name)
        elif isinstance(inner, dict | list):
            yield from _iterate_true_attributes(inner)


_ADDRESS_REPORTS = (
    (
        "aws_launch_template",
        "AWS::EC2::LaunchTemplate",
        _ASSOCIATE,
        "each instance it starts has a public IPv4 address",
    ),
    (
        "aws_launch_configuration",
        "AWS::AutoScaling::LaunchConfiguration",
        _ASSOCIATE,
        "each instance it starts has a public IPv4 address",
    ),
    ("aws_ecs_service", "AWS::ECS::Service", "assign_public_ip", "each of its tasks has a public IPv4 address"),
    ("aws_db_instance", "AWS::RDS::DBInstance", "publicly_accessible", "it has a public IPv4 address"),
    ("aws_rds_cluster_instance", "", "publicly_accessible", "it has a public IPv4 address"),
    (
        "aws_redshift_cluster",
        "AWS::Redshift::Cluster",
        "publicly_accessible",
        "each of its nodes has a public IPv4 address",
    ),
    (
        "aws_dms_replication_instance",
        "AWS::DMS::ReplicationInstance",
        "publicly_accessible",
        "it has a public IPv4 address",
    ),
)
"""Terraform type, CloudFormation type, the attribute that asks for public addresses, and what is then reported."""

for _terraform_type, _cloudformation_type, _attribute, _why in _ADDRESS_REPORTS:
    _report = terraform(_terraform_type, kinds=())(_make_address_reporter(_attribute, _why))
    if _cloudformation_type:
        cloudformation(_cloudformation_type, reads_as=_terraform_type)(_report)
