"""The engine against bare numpy on the same arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

import costmodel as cm
from benchmarks.timing import Result, in_turns, within
from costmodel.architectures.build import build_network
from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_plan_by_preference
from costmodel.aws import InterfaceEndpoint
from costmodel.aws.catalogue import load_catalogue
from costmodel.core.table import Codes, Table
from costmodel.demand.constraints.registry import make_unconstrained
from costmodel.demand.demand import Demand
from costmodel.demand.tables import Flows, Services, Vpcs
from costmodel.network.network import Network

ROUNDS = 7
MILLION = 1_000_000


def results() -> list[Result]:
    """Measure the kernels."""
    return [tiers(), resources(), flows()]


def tiers() -> Result:
    """A three-tier schedule over ten million quantities."""
    schedule = cm.load_prices().require_schedule("interface_endpoint_gb", "us-east-1").tiers
    quantity = np.random.default_rng(1).uniform(0, 8e6, 10 * MILLION)
    seconds = in_turns(lambda: schedule.cost(quantity), lambda: quantity * 0.01, ROUNDS)
    return within("Tiers.cost, 10 million float64", seconds, 6, "numpy multiply")


def resources() -> Result:
    """Totals and per-resource costs of a million endpoints in every Region."""
    book = cm.load_prices()
    regions = [r for r in book.regions if book.find_schedule("interface_endpoint_gb", r)]
    rng = np.random.default_rng(2)
    size = MILLION
    gb = rng.uniform(0, 2000, size)
    zones = rng.integers(1, 4, size).astype(float)
    columns: dict[str, Any] = {
        "zones": zones,
        "hours": np.full(size, 730.0),
        "gb_processed": gb,
        "count": np.ones(size),
        "location": Codes(rng.integers(0, len(regions), size).astype(np.int32), regions),
        "account": Codes.repeat_word("000000000000", size),
        "payer": Codes.repeat_word("000000000000", size),
    }
    network = Network({InterfaceEndpoint: Table(size, columns)})
    ladders = [
        book.require_schedule(m, "us-east-1").tiers for m in ("interface_endpoint_hour", "interface_endpoint_gb")
    ]

    def ours() -> object:
        bill = cm.price(cm.meter(network), book)
        return bill.total, bill.compute_resource_costs()

    def bare() -> object:
        return ladders[0].cost(zones), ladders[1].cost(gb)

    bill = cm.price(cm.meter(network), book)
    each = sum(float(cost.sum()) for _, cost in bill.compute_resource_costs())
    assert abs(each - float(bill.total_exact)) < 1e-6 * each
    seconds = in_turns(ours, bare, ROUNDS)
    return within(
        "bill of a million resources", seconds, 8, "the tier kernel on their quantities", f"{len(regions)} Regions"
    )


def million_flows() -> tuple[Demand, Any]:
    """Return a demand of 10,000 VPCs × 100 services, one hub, and the plan of an architecture."""
    vpcs, services = 10_000, 100
    rng = np.random.default_rng(3)
    flow = np.arange(vpcs * services)
    hub = np.zeros(vpcs, dtype=bool)
    hub[0] = True
    words = {
        name: Codes.repeat_word(word, vpcs)
        for name, word in {
            "location": "us-east-1",
            "account": "000000000000",
            "payer": "000000000000",
            "domain": "",
            "group": "app",
            "connection": "vpn",
            "port_location": "us",
        }.items()
    }
    flag = np.zeros(services, dtype=bool)
    return_values = Demand(
        name="a million flows",
        hours=730.0,
        on=None,
        payer="000000000000",
        vpcs=Vpcs(
            **words,
            zones=np.full(vpcs, 3.0),
            hub=hub,
            on_premises=np.zeros(vpcs, dtype=bool),
            name=np.array([f"vpc-{i}" for i in range(vpcs)], dtype=object),
        ),
        services=Services(
            name=np.array([f"service-{i}" for i in range(services)], dtype=object),
            interface=~flag,
            gateway=flag,
            public=~flag,
            cross_region=flag,
            internet=flag,
            own=Codes.repeat_word("", services),
            protocol=Codes.repeat_word("", services),
            provider=np.full(services, -1),
            region=np.full(services, -1),
        ),
        flows=Flows(
            vpc=flow // services,
            service=flow % services,
            gb_sent=rng.uniform(0, 100, len(flow)),
            gb_received=rng.uniform(0, 100, len(flow)),
            requests_per_hour=np.zeros(len(flow)),
            peak_gbps=np.zeros(len(flow)),
        ),
        regions=("us-east-1",),
        hubs=np.zeros((vpcs, 1), dtype=np.int64),
        overlap=np.zeros((vpcs, 1), dtype=bool),
        constraints=make_unconstrained(vpcs),
        rules=load_catalogue().rules,
    )
    return return_values, make_plan_by_preference(return_values, PATTERNS["centralized-transit-gateway"])


def flows() -> Result:
    """A million flows built into a network."""
    demand, plan = million_flows()
    gb = demand.flows.gb_sent
    seconds = in_turns(lambda: build_network(demand, plan), lambda: gb * 0.01, ROUNDS)
    return within("a million flows built into a Network", seconds, 100, "numpy multiply on their GB")
