"""The flows that a name selects, and a demand with other GB on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from costmodel.core.errors import InputError, format_suggestion

if TYPE_CHECKING:
    from costmodel.core.arrays import BoolArray
    from costmodel.demand.demand import Demand


def select_named_flows(demand: Demand, name: str) -> BoolArray:
    """Return a mask (flows): the flows of a VPC, a VPC group, or ``vpc/service``.

    Raises:
        InputError: no flow starts in the VPC, or none goes from it to the service.
    """
    vpc, _, service = name.partition("/")
    vpc_names = demand.vpcs.name[demand.flows.vpc]
    group_names = demand.vpcs.group.decode_words()[demand.flows.vpc]
    selected: BoolArray = (vpc_names == vpc) | (group_names == vpc)
    if not selected.any():
        known = sorted({*group_names, *vpc_names})
        message = f"No flow starts in {vpc!r}.{format_suggestion(vpc, known)}"
        raise InputError(message)
    if not service:
        return selected
    service_names = demand.services.name[demand.flows.service]
    to_service: BoolArray = selected & (service_names == service)
    if not to_service.any():
        known = sorted(set(service_names[selected]))
        message = f"There is no flow from {vpc!r} to {service!r}.{format_suggestion(service, known)}"
        raise InputError(message)
    return to_service


def with_gb(demand: Demand, name: str, gb: float) -> Demand:
    """Return a demand in which each selected flow has a given number of GB.

    A flow keeps the proportion of the GB that it sends and receives. A flow without GB sends half and receives half.

    Args:
        demand: the demand.
        name: a VPC, a VPC group or ``vpc/service``; "" selects every flow.
        gb: GB a month of each selected flow, both directions together.
    """
    selected = select_named_flows(demand, name) if name else np.ones(len(demand.flows), dtype=bool)
    idle = demand.gb == 0
    sent = np.where(idle, 0.5, demand.flows.gb_sent / np.where(idle, 1.0, demand.gb)) * gb
    columns = {
        "gb_sent": np.where(selected, sent, demand.flows.gb_sent),
        "gb_received": np.where(selected, gb - sent, demand.flows.gb_received),
    }
    return replace(demand, flows=demand.flows.with_columns(columns))
