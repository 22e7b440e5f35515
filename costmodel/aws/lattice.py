"""VPC Lattice services, resources and resource gateways."""

from __future__ import annotations

import numpy as np

from costmodel.aws.privatelink import ResourceEndpoint
from costmodel.aws.resource import Charges, Resource, make_gb_column, make_number_column
from costmodel.aws.services import VPC
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_PRICING = "https://aws.amazon.com/vpc/lattice/pricing/"
_GUIDE = "https://docs.aws.amazon.com/vpc-lattice/latest/ug/what-is-vpc-lattice.html"

FREE_AN_HOUR = 300_000
"""Requests (or TLS connections) an hour that each service has free, by the pricing page."""


class LatticeService(Resource):
    """A VPC Lattice service; associations of VPCs are free, and so is transfer between zones."""

    HOURS = Meter(
        "lattice_service_hour",
        "VPC Lattice service hours",
        VPC,
        "VPCLattice-Service-Hourly",
        "Hours",
        rule="each hour a service is provisioned",
        url=_PRICING,
    )
    BYTES = Meter(
        "lattice_service_gb",
        "VPC Lattice data processing",
        VPC,
        "VPCLattice-DataProcessing-Bytes",
        "GB",
        rule="each GB of requests and responses",
        url=_PRICING,
    )
    REQUESTS = Meter(
        "lattice_request",
        "VPC Lattice requests",
        VPC,
        None,
        "Requests",
        rule="each request above a service's free 300,000 an hour",
        url=_PRICING,
    )
    CONNECTIONS = Meter(
        "lattice_connection",
        "VPC Lattice TLS connections",
        VPC,
        None,
        "Connections",
        rule="each TCP connection of a TLS listener above a service's free 300,000 an hour",
        url=_PRICING,
    )
    pieces = {
        "requests_per_hour": (float(FREE_AN_HOUR),),
        "connections_per_hour": (float(FREE_AN_HOUR),),
    }

    gb_processed = make_gb_column()
    requests_per_hour = make_number_column()
    connections_per_hour = make_number_column()

    def compute_charges(self) -> Charges:
        """The free requests are an hour's, not a month's."""
        hours = round_up_hours(self.hours)
        return {
            LatticeService.HOURS: hours,
            LatticeService.BYTES: self.gb_processed,
            LatticeService.REQUESTS: np.maximum(self.requests_per_hour - FREE_AN_HOUR, 0) * hours,
            LatticeService.CONNECTIONS: np.maximum(self.connections_per_hour - FREE_AN_HOUR, 0) * hours,
        }


class ResourceGateway(Resource):
    """What the owner of a resource pays for the data its resource gateways process."""

    BYTES = Meter(
        "lattice_resource_provider_gb",
        "Resource gateway data processing",
        VPC,
        "VpcResource-Provider-Bytes",
        "GB",
        rule="each GB to and from a resource, to its owner",
        url=_GUIDE,
    )

    gb_provided = make_gb_column()

    def compute_charges(self) -> Charges:
        """One price per GB."""
        return {ResourceGateway.BYTES: self.gb_provided}


class LatticeResource(Resource):
    """A resource configuration in a service network: the network's owner pays hours, both ends pay GB."""

    HOURS = Meter(
        "lattice_service_network_resource_hour",
        "VPC Lattice resource hours",
        VPC,
        "VpcLattice-Service-Network-Resource-Hours",
        "Hours",
        rule="each hour for each resource configuration associated with a service network, to the network's owner",
        url=_GUIDE,
    )
    CONSUMER_BYTES = ResourceEndpoint.BYTES
    OWNER_BYTES = ResourceGateway.BYTES

    gb_processed = make_gb_column()
    gb_provided = make_gb_column()

    def compute_charges(self) -> Charges:
        """Consumers' GB share the pool of resource endpoints."""
        return {
            LatticeResource.HOURS: round_up_hours(self.hours),
            ResourceEndpoint.BYTES: self.gb_processed,
            ResourceGateway.BYTES: self.gb_provided,
        }
