"""The optimizer: a demand in memory to a certified plan, against one HiGHS linear program per tier line."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import costmodel as cm
from benchmarks.timing import Result, faster, in_turns, within
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.program import build_program, create_silent_solver

if TYPE_CHECKING:
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

SIZES = ((100, 30, 1.0), (1_000, 50, 3.0))
"""VPCs, services, and how many times faster than the programs the optimizer must be."""
LARGE = (10_000, 100)
MOST = 10.0
ALLOWED = ("gateway-endpoint", "own-endpoint", "hub-transit-gateway", "nat-per-zone")
"""One hub and NAT: no quota binds, whatever the number of VPCs."""


def demand(vpcs: int, services: int, *, seed: int = 7, only: tuple[str, ...] = ALLOWED) -> Demand:
    """Return a demand of so many VPCs, each with a flow to every service and to the internet; GB are lognormal."""
    from costmodel.aws.catalogue import load_catalogue

    names = [n for n in load_catalogue().services if n not in ("internet", "s3", "dynamodb")][: services - 1]
    forbidden = [p.name for p in _paths() if p.name not in only]
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app", "count": vpcs}, {"name": "hub", "hub": True}],
        "flows": [{"from": "app", "to": n, "gb_sent": 1, "gb_received": 4} for n in [*names, "internet"]],
        "constraints": {"forbid": sorted(set(forbidden))},
        "assumptions": {"hub-dns": "none"},
    }
    d = read_demand(document)
    much = np.random.default_rng(seed).lognormal(4.0, 2.0, len(d.flows))
    flows = d.flows.with_columns({"gb_sent": d.flows.gb_sent * much, "gb_received": d.flows.gb_received * much})
    return dataclasses.replace(d, flows=flows)


def _paths() -> Any:
    from costmodel.architectures.build import PATHS

    return PATHS


def linear_programs(d: Demand, book: PriceBook) -> float:
    """Return the optimum as the least of one relaxation per tier line, costs changed between lines.

    The instance is ours, made anew; the program has one row per flow, and one per flow and key.
    """
    instance = Instance(d, book, None)
    problem = instance.build_problem(instance.cost)
    lp, _ = build_program(problem)
    solver = create_silent_solver()
    solver.passModel(lp)
    every = np.arange(problem.width, dtype=np.int32)
    pools = [pool for pool in instance.pools if len(pool.lines) > 1]
    best = np.inf
    for choice in np.ndindex(*(len(pool.lines) for pool in pools)):
        lines = [pool.lines[i] for pool, i in zip(pools, choice, strict=True)]
        cost = instance.cost + sum((slope * pool.quantity for pool, (_, slope) in zip(pools, lines, strict=True)), 0.0)
        solver.changeColsCost(problem.width, every, cost)
        solver.run()
        constant = sum(a + s * pool.constant for pool, (a, s) in zip(pools, lines, strict=True))
        best = min(best, solver.getInfo().objective_function_value + constant)
    return best + instance.constant


def results() -> list[Result]:
    """Return a figure per size, each optimum proven and equal to the programs'."""
    book = cm.load_prices()
    out = []
    programs = 0.0
    for vpcs, services, least_times in SIZES:
        d = demand(vpcs, services)
        best, least = cm.optimize(d, book), linear_programs(d, book)
        _same(float(best.bill.total_exact), least)
        rounds = 5 if vpcs * services < 10_000 else 3
        times = in_turns(lambda d=d: cm.optimize(d, book), lambda d=d: linear_programs(d, book), rounds)
        programs = times[1]
        lines = best.certificate["problems"]
        name = f"optimize, {vpcs:,} VPCs × {services} services"
        out.append(faster(name, times, least_times, "one HiGHS LP per tier line", f"{lines} cuts"))
    d = demand(*LARGE)
    seconds, best = _timed(lambda: cm.optimize(d, book))
    assert best.certificate["gap"] == 0, best.certificate
    name = f"optimize, {LARGE[0]:,} VPCs × {LARGE[1]} services, gap 0"
    return [*out, within(name, (seconds, programs), MOST, "those LPs at 1,000 × 50")]


def _same(one: float, other: float) -> None:
    if abs(one - other) > 1e-6 * max(1.0, abs(other)):
        message = f"The optimum is {one}, the programs' {other}."
        raise AssertionError(message)


def _timed(run: Any) -> tuple[float, Any]:
    begin = time.perf_counter()
    out = run()
    return time.perf_counter() - begin, out
