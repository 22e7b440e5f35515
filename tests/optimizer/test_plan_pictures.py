"""What pictures of a plan are made of adds up to the plan's total, and says what the answer says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import costmodel as cm
from costmodel.architectures.build import list_paths
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.answer import solve_and_explain
from costmodel.optimizer.plan_sensitivity import (
    build_plan_cells,
    build_plan_edges,
    build_saving_steps,
    compute_unallocated_cost,
    find_closest_flip,
)
from tests.support import random_demands
from tests.support.paths import EXAMPLE_DEMANDS

BOOK = cm.load_prices()
DEMANDS = [*EXAMPLE_DEMANDS, *map(random_demands.make, (*range(11), 12, 14, 15))]


@pytest.fixture(scope="module", params=DEMANDS, ids=lambda d: d.stem if isinstance(d, Path) else d.get("name"))
def answer(request):
    return solve_and_explain(read_demand(request.param), BOOK)


def test_the_hops_and_what_exists_are_the_total(answer):
    """Every cent stands at one hop; what no flow causes costs what a network of the existing alone does, or less."""
    shown = build_plan_edges(answer.demand, answer.best.plan, BOOK)
    together = sum((e.cost for e in shown), Decimal(0)) + compute_unallocated_cost(answer.best.bill.total_exact, shown)
    assert together == answer.best.bill.total_exact
    assert sum(e.flows for e in shown) == len(answer.best.plan)
    assert sum(e.gb for e in shown) == pytest.approx(float(answer.demand.gb.sum()))
    if not answer.demand.existing:
        assert abs(compute_unallocated_cost(answer.best.bill.total_exact, shown)) < Decimal("1e-6")


def test_a_hop_names_the_path_of_its_flows(answer):
    d, names = answer.demand, [p.name for p in list_paths(answer.demand)]
    groups = d.vpcs.group.decode_words()
    planned = {
        (str(groups[d.flows.vpc[f]]), str(d.services.name[d.flows.service[f]]), names[p])
        for f, p in enumerate(answer.best.plan)
    }
    assert {
        (e.group, e.service, e.hop.split(" (")[0]) for e in build_plan_edges(answer.demand, answer.best.plan, BOOK)
    } == planned


def test_the_steps_lead_from_today_to_the_plan(answer):
    if answer.changes is None:
        assert build_saving_steps(answer) == []
        return
    left = answer.today - sum((s.saving for s in build_saving_steps(answer)), Decimal(0))
    assert float(left) == pytest.approx(float(answer.best.bill.total_exact), rel=1e-9, abs=1e-6)
    assert sum(s.flows for s in build_saving_steps(answer)) == len(answer.changes.flows)


def test_a_cell_is_the_flow_of_its_group_that_is_nearest_to_its_flip(answer):
    d, second = answer.demand, answer.runners_up
    groups = d.vpcs.group.decode_words()
    for cell in build_plan_cells(answer):
        flows = [
            f
            for f in range(len(answer.best.plan))
            if (str(groups[d.flows.vpc[f]]), str(d.services.name[d.flows.service[f]])) == (cell.group, cell.service)
        ]
        assert cell.gb in [float(d.gb[f]) for f in flows]
        if cell.margin is not None:
            assert cell.flip_gb == pytest.approx(cell.margin * cell.gb)
            factors = [second.flip_gb[f] / d.gb[f] for f in flows if second.flip_gb[f] > 0 and d.gb[f]]
            near = [max(m, 1 / m) for m in factors]
            assert max(cell.margin, 1 / max(cell.margin, 1e-300)) <= min(near, default=1e300) * (1 + 1e-9)
    first = find_closest_flip(answer)
    if first is not None:
        distance = max(first.margin, 1 / first.margin)
        assert all(distance <= max(c.margin, 1 / c.margin) * (1 + 1e-9) for c in build_plan_cells(answer) if c.margin)
