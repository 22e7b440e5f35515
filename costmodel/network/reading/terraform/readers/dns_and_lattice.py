"""Route 53 Resolver endpoints, hosted zones and profiles, and VPC Lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.resource_types import cloudformation, register_fixed_entry, terraform
from costmodel.network.reading.terraform.model import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costmodel.network.reading.entry import Entry
    from costmodel.network.reading.terraform.model import PlanModel
    from costmodel.network.reading.terraform.planned_resource import PlannedResource


_LEAST_ADDRESSES = 2  # AWS creates no Resolver endpoint with fewer


@cloudformation(
    "AWS::Route53Resolver::ResolverEndpoint",
    reads_as="aws_route53_resolver_endpoint",
    renamed={"ip_addresses": "ip_address"},
)
@terraform("aws_route53_resolver_endpoint", kinds=("ResolverEndpoint",))
def read_resolver_endpoint(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a Resolver endpoint: each block is an address."""
    entry: Entry = {"kind": "ResolverEndpoint"}
    number = len(model.get_blocks(resource, "ip_address")) or None
    model.set_or_unknown(resource, entry, "ips", number, "addresses", Bounds(_LEAST_ADDRESSES))
    yield entry


@cloudformation("AWS::Route53::HostedZone", reads_as="aws_route53_zone", renamed={"vp_cs": "vpc", "vpcs": "vpc"})
@terraform("aws_route53_zone", kinds=("PrivateHostedZone",))
def read_hosted_zone(model: PlanModel, resource: PlannedResource) -> Iterator[Entry]:
    """Read a hosted zone: one with a VPC is private; a public one is not private networking."""
    if resource.values.get("vpc") or model.plan.get_expression(resource, "vpc"):
        yield {"kind": "PrivateHostedZone"}
    else:
        text = "a public hosted zone is billed by zone and query, and is not private networking"
        model.mark_unpriced(resource, text)


# A private namespace of AWS Cloud Map creates a private hosted zone.
# https://docs.aws.amazon.com/cloud-map/latest/dg/creating-namespaces.html
register_fixed_entry(
    "aws_service_discovery_private_dns_namespace", "PrivateHostedZone", "AWS::ServiceDiscovery::PrivateDnsNamespace"
)
register_fixed_entry("aws_route53profiles_profile", "ResolverProfile", "AWS::Route53Profiles::Profile")
register_fixed_entry(
    "aws_route53profiles_association", "ResolverProfileAssociation", "AWS::Route53Profiles::ProfileAssociation"
)
register_fixed_entry("aws_vpclattice_service", "LatticeService", "AWS::VpcLattice::Service")
register_fixed_entry(
    "aws_vpclattice_service_network_resource_association",
    "LatticeResource",
    "AWS::VpcLattice::ServiceNetworkResourceAssociation",
)
