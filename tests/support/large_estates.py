"""Demands as large as wanted, in Regions of choice."""

from __future__ import annotations

import dataclasses

import numpy as np

from costmodel.aws.catalogue import load_catalogue
from costmodel.demand.reading.load import read_demand

NAMES = [n for n in load_catalogue().services if n not in ("internet", "s3", "dynamodb")]


def estate(regions, vpcs, services, *, hubs=1, seed=7, **more):
    """A demand of so many VPCs in each Region, each with a flow to every service and to the internet; GB are lognormal."""
    every, flows = [], []
    for i, region in enumerate(regions):
        every.append({"name": f"app-{i}", "count": vpcs, "region": region})
        every += [{"name": f"hub-{i}-{h}", "hub": True, "region": region} for h in range(hubs)]
        names = [*NAMES[: services - 1], "internet"]
        flows += [{"from": f"app-{i}", "to": n, "gb_sent": 1, "gb_received": 4} for n in names]
    d = read_demand({"region": regions[0], "vpcs": every, "flows": flows, **more})
    much = np.random.default_rng(seed).lognormal(4.0, 2.0, len(d.flows))
    gb = {name: getattr(d.flows, name) * much for name in ("gb_sent", "gb_received")}
    return dataclasses.replace(d, flows=d.flows.with_columns(gb))
