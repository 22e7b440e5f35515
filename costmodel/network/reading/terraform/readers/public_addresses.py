"""Public IPv4 addresses of instances, and of what a plan does not count the addresses of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import iterate_objects
from costmodel.network.reading.resource_types import cloudformation, terraform
from costmodel.network.reading.terraform.model import SUBNETS, Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.json_shapes import Json, JsonObject
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

_ASSOCIATE = "associate_public_ip_address"
_QUESTION = "whether it gets a public IPv4 address"
_HOW_MANY = "how many instances, tasks or nodes with a public IPv4 address it starts is not known"
_BY_SUBNET = "map_public_ip_on_launch"


def adjust_instance(attributes: dict[str, Json], properties: JsonObject) -> None:  # noqa: ARG001 - one signature
    """Take the first network interface of a CloudFormation instance for the instance's own."""
    first = next(iter(iterate_objects(attributes.get("network_interfaces"))), {})
    for name in ("subnet_id", _ASSOCIATE):
        if name in first:
            attributes[name] = first[name]


@cloudformation("AWS::EC2::Instance", reads_as="aws_instance", adjust=adjust_instance)
@terraform("aws_instance", "aws_spot_instance_request", kinds=("PublicIpv4",))
def read_instance(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read an instance's public address: by its own setting or its subnet's, unless it has an Elastic IP address."""
    if resource.address in model.links.instances_with_ip:
        return
    associate = resource.values.get(_ASSOCIATE)
    if associate is not None or model.plan.is_unknown(resource, _ASSOCIATE):
        is_public = None if associate is None else str(associate).lower() == "true"
        yield from _build_addresses(model, resource, 1, is_public=is_public)
    else:
        is_public = _find_subnet_setting(model, resource, "subnet_id")
        yield from _build_addresses(model, resource, 1, is_public=is_public, by_subnet=True)


def _build_addresses(
    model: PlanModel, resource: PlannedResource, number: int | None, *, is_public: bool | None, by_subnet: bool = False
) -> Iterator[Entry]:
    """Yield the public addresses of instances, tasks, nodes or databases.

    Args:
        model: the plan.
        resource: what starts them.
        number: how many there are; None where that is not known.
        is_public: whether each of them has a public address; None where that is not known.
        by_subnet: whether their subnets decide it.
    """
    if is_public is False or number == 0:
        return
    entry: Entry = {"kind": "PublicIpv4"}
    if is_public and number is not None:
        if number != 1:
            entry["count"] = number
    else:
        cause = model.explain_unknown(resource)
        if by_subnet and not resource.causes:
            cause = f"depends on its subnets, which the {model.wording.noun} does not determine"
        reason = f"{_QUESTION} {cause}" if number is not None else _HOW_MANY
        model.mark_unknown(resource, entry, "count", reason, Bounds(0, number))
    yield entry


def _find_subnet_setting(model: PlanModel, resource: PlannedResource, attribute: str) -> bool | None:
    """Return whether the subnets of a resource give public addresses; None where they differ or are not known."""
    subnets = model.resolve_references(resource, attribute, *SUBNETS)
    listed = resource.values.get(attribute)
    ids = set(map(str, listed)) if isinstance(listed, list) else {str(listed)} if listed else set()
    by_id = {str(subnet.values.get("id")): subnet for subnet in model.plan.get_resources(*SUBNETS)}
    subnets = subnets or [by_id[one] for one in ids if one in by_id]
    if len(ids) > len(subnets) or any(model.plan.is_unknown(subnet, _BY_SUBNET) for subnet in subnets):
        return None
    public = {bool(subnet.values.get(_BY_SUBNET)) or subnet.type == "aws_default_subnet" for subnet in subnets}
    return public.pop() if len(public) == 1 else None


def _read_number(resource: PlannedResource, *path: str) -> int | None:
    """Return a number of a resource, or of the first block that contains it; None where it is not known."""
    value: Json = resource.values
    for key in path:
        value = value[0] if isinstance(value, list) and value else value
        value = value.get(key) if isinstance(value, dict) else None
    text = str(value)
    return int(text) if text.isdigit() else None


@cloudformation("AWS::ECS::Service", reads_as="aws_ecs_service")
@terraform("aws_ecs_service", kinds=("PublicIpv4",))
def read_tasks(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read the public addresses of a service's tasks."""
    is_public = model.plan.find_flag(resource, "assign_public_ip")
    yield from _build_addresses(model, resource, _read_number(resource, "desired_count"), is_public=is_public)


@cloudformation("AWS::EKS::Nodegroup", reads_as="aws_eks_node_group", renamed={"subnets": "subnet_ids"})
@terraform("aws_eks_node_group", kinds=("PublicIpv4",))
def read_nodes(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read the public addresses of a node group: its subnets decide whether each node has one."""
    yield from _read_group(model, resource, "subnet_ids", "scaling_config", "desired_size")


@cloudformation("AWS::AutoScaling::AutoScalingGroup", reads_as="aws_autoscaling_group")
@terraform("aws_autoscaling_group", kinds=("PublicIpv4",))
def read_auto_scaling_group(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read the public addresses of an Auto Scaling group: its subnets decide, unless a launch template does."""
    number = "desired_capacity" if resource.values.get("desired_capacity") is not None else "min_size"
    yield from _read_group(model, resource, "vpc_zone_identifier", number)


def _read_group(model: PlanModel, resource: PlannedResource, subnets: str, *number: str) -> Iterator[Entry]:
    """Read the public addresses of a group of instances: its launch template decides, else its subnets."""
    count = _read_number(resource, *number)
    settings = {model.plan.find_flag(template, _ASSOCIATE) for template in _list_templates(model, resource)}
    if True in settings:
        yield from _build_addresses(model, resource, count, is_public=True)
    elif None in settings:
        yield from _build_addresses(model, resource, count, is_public=None)
    else:
        is_public = _find_subnet_setting(model, resource, subnets)
        yield from _build_addresses(model, resource, count, is_public=is_public, by_subnet=True)


def _list_templates(model: PlanModel, group: PlannedResource) -> list[PlannedResource]:
    """Return the launch templates and configurations of a group."""
    attributes = ("launch_template", "launch_configuration")
    return [one for attribute in attributes for one in model.resolve_references(group, attribute, *_TEMPLATES)]


_TEMPLATES = ("aws_launch_template", "aws_launch_configuration")


@cloudformation("AWS::EC2::LaunchTemplate", reads_as="aws_launch_template")
@cloudformation("AWS::AutoScaling::LaunchConfiguration", reads_as="aws_launch_configuration")
@terraform(*_TEMPLATES, kinds=("PublicIpv4",))
def read_launch_template(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read the public addresses of what a launch template starts; a group of the plan that uses it counts them."""
    groups = model.plan.get_resources("aws_autoscaling_group", "aws_eks_node_group")
    if not any(resource in _list_templates(model, group) for group in groups):
        yield from _build_addresses(model, resource, None, is_public=model.plan.find_flag(resource, _ASSOCIATE))


@cloudformation("AWS::RDS::DBInstance", reads_as="aws_db_instance")
@cloudformation("AWS::DMS::ReplicationInstance", reads_as="aws_dms_replication_instance")
@cloudformation("AWS::Redshift::Cluster", reads_as="aws_redshift_cluster")
@terraform(
    "aws_db_instance",
    "aws_rds_cluster_instance",
    "aws_dms_replication_instance",
    "aws_redshift_cluster",
    kinds=("PublicIpv4",),
)
def read_database(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read the public addresses of a database: one for each instance or node that is publicly accessible."""
    is_public = model.plan.find_flag(resource, "publicly_accessible")
    number = _read_number(resource, "number_of_nodes")
    if number is None and not model.plan.is_unknown(resource, "number_of_nodes"):
        number = 1
    yield from _build_addresses(model, resource, number, is_public=is_public)
