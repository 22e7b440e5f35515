"""Internet gateways, Transit Gateway attachments and VPC peering connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.resource_types import cloudformation, register_fixed_entry, terraform
from costmodel.network.reading.terraform.model import MAY_EXIST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

_VPC_ATTACHMENT = "aws_ec2_transit_gateway_vpc_attachment"

register_fixed_entry("aws_internet_gateway", "InternetEgress", "AWS::EC2::InternetGateway")


@cloudformation("AWS::EC2::TransitGatewayAttachment", reads_as=_VPC_ATTACHMENT)
@cloudformation("AWS::EC2::TransitGatewayVpcAttachment", reads_as=_VPC_ATTACHMENT)
@terraform(_VPC_ATTACHMENT, kinds=("TransitGatewayAttachment",))
def read_vpc_attachment(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:  # noqa: ARG001 - one signature
    """Read a VPC attachment of a Transit Gateway, billed once whatever its subnets are."""
    yield {"kind": "TransitGatewayAttachment", "attachment": "vpc"}


register_fixed_entry(
    "aws_ec2_transit_gateway_connect",
    "TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayConnect",
    attachment="connect",
)


@cloudformation("AWS::EC2::TransitGatewayPeeringAttachment", reads_as="aws_ec2_transit_gateway_peering_attachment")
@terraform(
    "aws_ec2_transit_gateway_peering_attachment",
    "aws_ec2_transit_gateway_peering_attachment_accepter",
    kinds=("TransitGatewayAttachment",),
)
def read_peering_attachment(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read one side of a peering between Transit Gateways."""
    entry: Entry = {"kind": "TransitGatewayAttachment", "attachment": "peering"}
    _set_peer_region(model, resource, entry)
    yield entry


@cloudformation("AWS::DirectConnect::DirectConnectGatewayAssociation", reads_as="aws_dx_gateway_association")
@terraform("aws_dx_gateway_association", kinds=("TransitGatewayAttachment",))
def read_direct_connect_association(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a Direct Connect gateway association: an attachment of a Transit Gateway, free on a VPN gateway."""
    gateways = model.follow_attribute(resource, "associated_gateway_id").resources
    known = resource.get_text("associated_gateway_id")
    entry: Entry = {"kind": "TransitGatewayAttachment", "attachment": "direct-connect"}
    if known.startswith("tgw-") or any(gateway.type == "aws_ec2_transit_gateway" for gateway in gateways):
        yield entry
    elif not known and not gateways and not resource.values.get("vpn_gateway_id"):
        quantity = "attachments (1 on a Transit Gateway, 0 on a virtual private gateway)"
        model.set_or_unknown(resource, entry, "count", None, quantity, MAY_EXIST)
        yield entry


@cloudformation("AWS::EC2::VPCPeeringConnection", reads_as="aws_vpc_peering_connection")
@terraform("aws_vpc_peering_connection", kinds=("VpcPeering",))
def read_vpc_peering(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a VPC peering connection, which has no hours: only its traffic across zones and Regions is billed."""
    entry: Entry = {"kind": "VpcPeering"}
    _set_peer_region(model, resource, entry)
    yield entry


def _set_peer_region(model: PlanModel, resource: PlannedResource, entry: Entry) -> None:
    """Set the Region of a connection's other side where it is another one."""
    region = resource.get_text("peer_region")
    if region and region != model.get_region(resource):
        entry["peer_region"] = region
