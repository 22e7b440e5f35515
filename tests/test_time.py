"""Every search ends: in Regions of every sort, over one, two and three of them, and within its time limit."""

from __future__ import annotations

import dataclasses
import signal
from contextlib import contextmanager

import numpy as np
import pytest

import costmodel as cm
from costmodel.ingest.catalogue import load_catalogue
from costmodel.ingest.demand import read_demand

BOOK = cm.load_prices()
NAMES = [n for n in load_catalogue().services if n not in ("internet", "s3", "dynamodb")]
MOST = 60


@contextmanager
def within(seconds):
    """Fail where the block takes longer; an endless loop too."""

    def stop(*_):
        message = f"not done after {seconds} s"
        raise AssertionError(message)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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


def test_100_vpcs_and_12_services_in_ireland_end_with_a_proof():
    """More than seven keys that no candidate needs together: the search for blocks never ended."""
    services = (
        "kms",
        "sqs",
        "sns",
        "logs",
        "monitoring",
        "sts",
        "ssm",
        "ec2",
        "secretsmanager",
        "events",
        "states",
        "lambda",
    )
    gb = {"web": (5, 30, 15, 900, 20, 2, 3, 10, 1, 50, 8, 60), "batch": (40, 500, 1, 200, 12, 2, 3, 100, 1, 5, 80, 6)}
    document = {
        "region": "eu-west-1",
        "vpcs": [{"name": "web", "count": 50}, {"name": "batch", "count": 50}, {"name": "hub", "hub": True}],
        "flows": [{"from": v, "to": s, "gb_sent": g} for v in gb for s, g in zip(services, gb[v], strict=True)],
    }
    with within(MOST):
        best = cm.optimize(read_demand(document), BOOK)
    assert best.certificate["gap"] == 0


GRID = [("eu-west-1",), ("sa-east-1",), ("us-east-1", "eu-west-1"), ("us-east-1", "eu-west-1", "ap-northeast-1")]
SINGLE = (
    "eu-central-2 eu-south-2 af-south-1 il-central-1 me-central-1 mx-central-1 ap-southeast-3 ap-southeast-6 us-east-1"
)
LONG = [*[(r,) for r in SINGLE.split()], *GRID, ("sa-east-1", "af-south-1"), ("eu-south-2", "me-south-1", "ap-east-2")]


@pytest.mark.parametrize("regions", GRID, ids="+".join)
def test_2000_flows_end(regions):
    with within(MOST):
        best = cm.optimize(estate(regions, 100 // len(regions), 20), BOOK)
    assert best.certificate["gap"] == pytest.approx(0, abs=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("size", [(50, 20), (100, 20), (100, 30), (100, 50)], ids=str)
@pytest.mark.parametrize("regions", LONG, ids="+".join)
def test_1000_to_5000_flows_end(regions, size):
    vpcs, services = size
    with within(5 * MOST):
        best = cm.optimize(estate(regions, vpcs // len(regions), services), BOOK, time_limit=MOST)
    assert best.certificate["gap"] < 0.01
