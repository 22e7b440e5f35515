"""From what flow logs show to a priced report: one way for the command line and the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costmodel.aws.catalogue import load_catalogue
from costmodel.core.errors import InputError
from costmodel.demand.reading.load import read_demand
from costmodel.flow_logs.demand import build_traffic_demand, build_traffic_network
from costmodel.flow_logs.interfaces import SERVICE
from costmodel.flow_logs.reading.addresses import load_range_labels
from costmodel.network.reading.load import read_network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.demand.demand import Demand
    from costmodel.flow_logs.billed import Key
    from costmodel.flow_logs.traffic import Traffic
    from costmodel.network.network import Network


def read_traffic_network(
    traffic: Traffic, assume: Mapping[str, str] | None = None
) -> tuple[Network | None, dict[str, Key]]:
    """Return the network of what flows put on what, and each resource's flow; None where there is nothing to price."""
    made, names = build_traffic_network(traffic)
    return (read_network(made, assume=assume) if made["resources"] else None), names


def read_traffic_demand(
    traffic: Traffic, assume: Mapping[str, str] | None = None
) -> tuple[dict[str, Any] | None, Demand | None, list[str]]:
    """Return the demand that traffic implies, as a file's mapping and read, and notes; none, and why not."""
    try:
        made, notes = build_traffic_demand(traffic, is_known_service)
        return made, read_demand(made, assume=assume), notes
    except InputError as error:
        return None, None, [str(error)]


def list_gateway_services() -> tuple[str, ...]:
    """Return the services that gateway endpoints take from NAT gateways, of those that addresses tell."""
    known = load_catalogue().services
    told = {label.service for label in load_range_labels().values() if label.means == SERVICE}
    return tuple(sorted(name for name in told if known[name].gateway))


def is_known_service(name: str) -> bool:
    """Tell whether the catalogue has a service that a demand may reach."""
    return name in load_catalogue().services
