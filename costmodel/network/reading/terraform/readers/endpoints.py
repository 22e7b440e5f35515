"""VPC endpoints and endpoint services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.resource_types import cloudformation, terraform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

ENDPOINT_KINDS = {
    "Interface": "InterfaceEndpoint",
    "Gateway": "GatewayEndpoint",
    "GatewayLoadBalancer": "GatewayLoadBalancerEndpoint",
    "Resource": "ResourceEndpoint",
    "ServiceNetwork": "ServiceNetworkEndpoint",
}
"""The endpoint's type → its kind."""


@cloudformation("AWS::EC2::VPCEndpoint", reads_as="aws_vpc_endpoint")
@terraform("aws_vpc_endpoint", kinds=tuple(ENDPOINT_KINDS.values()))
def read_endpoint(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a VPC endpoint: one without a type is a gateway endpoint; its zones are those of its subnets."""
    type_ = resource.get_text("vpc_endpoint_type") or "Gateway"
    if model.plan.is_unknown(resource, "vpc_endpoint_type"):
        type_ = _infer_type_from_service(model, resource)
    if not type_:
        unknown: Entry = {"kind": "InterfaceEndpoint"}
        quantity = "zones (none, if it is a gateway endpoint)"
        model.set_or_unknown(resource, unknown, "zones", None, quantity, model.bound_zones(resource, 0))
        yield unknown
        return
    kind = ENDPOINT_KINDS.get(type_)
    if kind is None:
        model.mark_unpriced(resource, f"endpoints of type {type_} are not priced here")
        return
    entry: Entry = {"kind": kind}
    if kind == "InterfaceEndpoint":
        _set_service_region(model, resource, entry)
    if kind != "GatewayEndpoint":
        zones = model.count_resource_zones(resource, "subnet_ids", model.count_associations(resource))
        model.set_or_unknown(resource, entry, "zones", zones, "subnets", model.bound_zones(resource))
        if zones == 0:
            model.add_note(resource, "it has no subnet and therefore no zone, so nothing is billed")
    yield entry


def _infer_type_from_service(model: PlanModel, resource: PlannedResource) -> str:
    """Return the type of an endpoint that takes it from an endpoint service of the plan; "" if it does not."""
    service = model.resolve_reference(resource, "vpc_endpoint_type", "aws_vpc_endpoint_service")
    if service is None:
        return ""
    attribute = "gateway_load_balancer_arns"
    has_gateways = service.values.get(attribute) or model.plan.get_expression(service, attribute)
    return "GatewayLoadBalancer" if has_gateways else "Interface"


def _set_service_region(model: PlanModel, resource: PlannedResource, entry: Entry) -> None:
    """Set the Region of an endpoint's service where it is another one than the endpoint's own."""
    service_region = resource.get_text("service_region")
    region = model.get_region(resource)
    if not service_region and region and f".{region}." in f".{resource.get_text('service_name')}.":
        return  # the service's name says that it is in the endpoint's Region
    if service_region and service_region != model.get_region(resource):
        entry["service_region"] = service_region
    elif model.plan.is_unknown(resource, "service_region"):
        text = f"whether its service is in another Region {model.explain_unknown(resource)}"
        model.add_note(resource, f"{text}; assumed to be in its own Region")


@cloudformation("AWS::EC2::VPCEndpointService", reads_as="aws_vpc_endpoint_service")
@terraform("aws_vpc_endpoint_service", kinds=("EndpointService",))
def read_endpoint_service(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read an endpoint service; a plan does not tell in which of the supported Regions it has consumers."""
    yield {"kind": "EndpointService"}
    if set(map(str, resource.get_list("supported_regions"))) - {model.get_region(resource)}:
        text = "consumers in other Regions add a charge per hour and Region; set remote_regions to their number"
        model.add_note(resource, text)
