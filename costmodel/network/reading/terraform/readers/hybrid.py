"""VPN, Direct Connect and Client VPN."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costmodel.aws.hybrid import SPEEDS
from costmodel.network.reading.resource_types import cloudformation, register_fixed_entry, terraform
from costmodel.pricing.reading.regions import load_direct_connect_areas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource

_BANDWIDTH = re.compile(r"(\d+)\s*([MG])bps")


@cloudformation("AWS::EC2::VPNConnection", reads_as="aws_vpn_connection")
@terraform("aws_vpn_connection", kinds=("VpnConnection", "TransitGatewayAttachment"))
def read_vpn_connection(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a VPN connection by its tunnels and addresses, with its attachment where it is on a Transit Gateway."""
    plan = model.plan
    entry: Entry = {"kind": "VpnConnection"}
    on_concentrator = bool(resource.values.get("vpn_concentrator_id")) or plan.is_unknown(
        resource, "vpn_concentrator_id"
    )
    if on_concentrator:
        entry["concentrator"] = True
    bandwidth = (resource.get_text("tunnel_bandwidth") or "standard").lower()
    is_unknown = plan.is_unknown(resource, "tunnel_bandwidth")
    if is_unknown or bandwidth not in ("standard", "large"):
        state = model.explain_unknown(resource) if is_unknown else f"is {bandwidth!r}"
        text = f"the bandwidth of its tunnels {state}, and with it its price; standard or large is priced"
        model.mark_unpriced(resource, text)
        return
    if bandwidth == "large":
        entry["bandwidth"] = "large"
    _set_outside_addresses(model, resource, entry)
    yield entry
    has_gateway = resource.values.get("transit_gateway_id") or plan.is_unknown(resource, "transit_gateway_id")
    if has_gateway and not on_concentrator:
        yield {"kind": "TransitGatewayAttachment", "attachment": "vpn"}
    if resource.values.get("enable_acceleration"):
        model.mark_unpriced(resource, "its acceleration (AWS Global Accelerator) is billed separately")


def _set_outside_addresses(model: PlanModel, resource: PlannedResource, entry: Entry) -> None:
    """Set the public addresses of a VPN connection to 0 where its outside addresses are private or IPv6."""
    outside = (resource.get_text("outside_ip_address_type") or "PublicIpv4").lower()
    if model.plan.is_unknown(resource, "outside_ip_address_type"):
        quantity = "public addresses (0 where those outside are private or IPv6)"
        model.set_or_unknown(resource, entry, "public_ips", None, quantity)
    elif outside != "publicipv4":
        entry["public_ips"] = 0


register_fixed_entry("aws_vpn_concentrator", "VpnConcentrator", "AWS::EC2::VPNConcentrator")


@cloudformation("AWS::DirectConnect::Connection", reads_as="aws_dx_connection")
@terraform("aws_dx_connection", kinds=("DirectConnectPort",))
def read_dedicated_port(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a port of a dedicated Direct Connect connection."""
    return _read_port(model, resource, "dedicated")


@terraform("aws_dx_hosted_connection", kinds=("DirectConnectPort",))
def read_hosted_port(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a port of a hosted Direct Connect connection."""
    return _read_port(model, resource, "hosted")


def _read_port(model: PlanModel, resource: PlannedResource, type_: str) -> Iterator[Entry]:
    """Read a Direct Connect port by its bandwidth; the area of its location is derived from the Region."""
    mode = resource.get_text("billing_mode") or "PayAsYouGo"
    is_unknown = model.plan.is_unknown(resource, "billing_mode")
    if mode.lower() != "payasyougo" or is_unknown:
        state = model.explain_unknown(resource) if is_unknown else f"is {mode}"
        model.mark_unpriced(resource, f"its billing mode {state}; the prices of flat rates are not held")
        return
    found = _BANDWIDTH.fullmatch(resource.get_text("bandwidth") or resource.get_text("connections_bandwidth"))
    speed = f"{found[1]}{found[2]}" if found else ""
    if speed not in SPEEDS:
        model.mark_unpriced(resource, f"its bandwidth {resource.values.get('bandwidth')!r} has no price")
        return
    area = load_direct_connect_areas().get(model.get_region(resource) or "") or "other"
    yield {"kind": "DirectConnectPort", "speed": speed, "type": type_, "location": area}


@cloudformation(
    "AWS::DirectConnect::PrivateVirtualInterface",
    reads_as="aws_dx_private_virtual_interface",
    renamed={"enable_site_link": "sitelink_enabled"},
)
@cloudformation(
    "AWS::DirectConnect::TransitVirtualInterface",
    reads_as="aws_dx_transit_virtual_interface",
    renamed={"enable_site_link": "sitelink_enabled"},
)
@terraform("aws_dx_private_virtual_interface", "aws_dx_transit_virtual_interface", kinds=())
def read_virtual_interface(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Report the SiteLink of a virtual interface, which is free without it."""
    is_unknown = model.plan.is_unknown(resource, "sitelink_enabled")
    if is_unknown or resource.values.get("sitelink_enabled"):
        question = f"whether it uses SiteLink {model.explain_unknown(resource)}; " if is_unknown else ""
        text = f"{question}SiteLink is billed by the hour and GB, and its prices are not held"
        model.mark_unpriced(resource, text)
    yield from ()


register_fixed_entry("aws_ec2_client_vpn_endpoint", "ClientVpnEndpoint", "AWS::EC2::ClientVpnEndpoint", associations=0)
register_fixed_entry(
    "aws_ec2_client_vpn_network_association",
    "ClientVpnEndpoint",
    "AWS::EC2::ClientVpnTargetNetworkAssociation",
    associations=1,
)
