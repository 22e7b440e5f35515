"""Scenarios through the same rules as bills: equality, probabilities, regret, growth and schedules."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.architectures.build import build_network
from costmodel.cli import main
from costmodel.comparison.growth import compute_monthly_hours, evaluate_growth
from costmodel.comparison.options import price_architectures
from costmodel.comparison.surface import compile_cost_surface
from costmodel.comparison.uncertainty import Range, evaluate_uncertainty
from costmodel.core.errors import InputError
from costmodel.demand.reading.load import read_demand
from tests.support import random_demands
from tests.support.paths import EXAMPLES

BOOK = cm.load_prices()
APP = {
    "region": "us-east-1",
    "vpcs": [{"name": "app", "count": 3, "zones": 2}],
    "flows": [
        {"from": "app", "to": "kms", "gb_sent": 300},
        {"from": "app", "to": "kinesis-streams", "gb_sent": 200_000},
        {"from": "app", "to": "internet", "gb_sent": 60},
    ],
}


@pytest.mark.parametrize("seed", range(16))
def test_a_scenario_costs_what_its_demand_is_billed(seed):
    d = read_demand(random_demands.make(seed))
    masks = [d.flows.service == s for s in np.unique(d.flows.service)]
    drawn = np.random.default_rng(seed).uniform(0, 2, (3, len(masks)))
    for option in price_architectures(d, BOOK):
        if option.total is None:
            continue
        costs = compile_cost_surface(d, BOOK, option, masks)(drawn)
        for row, cost in zip(drawn, costs, strict=True):
            factor = np.sum([f * m for f, m in zip(row, masks, strict=True)], axis=0)
            gb = {name: getattr(d.flows, name) * factor for name in ("gb_sent", "gb_received")}
            each = dataclasses.replace(d, flows=d.flows.with_columns(gb))
            bill = cm.price(cm.meter(build_network(each, option.plan)), BOOK)
            assert cost == pytest.approx(float(bill.total_exact), rel=1e-9, abs=1e-6), option.name


def test_flows_without_a_range_stay_as_they_are():
    d = read_demand(APP)
    found = evaluate_uncertainty(d, BOOK, {"app/kms": Range(1, 1)}, scenarios=3)
    totals = {o.name: float(o.total) for o in price_architectures(d, BOOK) if o.total is not None}
    assert found.expected == {name: pytest.approx(total) for name, total in totals.items()}
    assert found.middle == pytest.approx(min(totals.values()))


@given(st.floats(0, 3), st.floats(0, 3), st.sampled_from(["uniform", "triangular"]))
def test_draws_stay_within_their_range(one, other, shape):
    low, high = sorted((one, other))
    drawn = Range(low, high, shape).draw_samples(np.random.default_rng(1), 200)
    assert ((low <= drawn) & (drawn <= high)).all()


def test_a_lognormal_range_holds_eight_of_ten_draws():
    drawn = Range(0.5, 2, "lognormal").draw_samples(np.random.default_rng(1), 50_000)
    assert np.mean((drawn >= 0.5) & (drawn <= 2)) == pytest.approx(0.8, abs=0.01)


def test_probabilities_regret_and_swings():
    found = evaluate_uncertainty(read_demand(APP), BOOK, Range(0.1, 3, "uniform"), scenarios=4000, seed=3)
    again = evaluate_uncertainty(read_demand(APP), BOOK, Range(0.1, 3, "uniform"), scenarios=4000, seed=3)
    assert np.array_equal(found.costs, again.costs)
    assert sum(found.probability.values()) == pytest.approx(1)
    best = found.costs.min(axis=1)
    for i, name in enumerate(found.architectures):
        mean, most = found.regret[name]
        assert mean == pytest.approx((found.costs[:, i] - best).mean())
        assert 0 <= mean <= most + 1e-9
        low, middle, high = found.compute_quantiles(0.1, 0.5, 0.9)[name]
        assert low <= middle <= high
    assert found.regret[found.safest][1] == min(most for _, most in found.regret.values())
    widths = [abs(s.high - s.low) for s in found.swings]
    assert widths == sorted(widths, reverse=True)
    assert {s.driver for s in found.swings} == {"kms", "kinesis-streams", "internet"}


def test_a_swing_is_what_the_comparison_says_at_its_ends():
    d = read_demand(APP)
    found = evaluate_uncertainty(d, BOOK, {"app/kms": Range(0.5, 4)}, scenarios=10)
    [swing] = found.swings
    mine = d.flows.service == list(d.services.name).index("kms")
    for end, total in ((0.5, swing.low), (4, swing.high)):
        gb = {"gb_sent": d.flows.gb_sent * np.where(mine, end, 1)}
        each = price_architectures(dataclasses.replace(d, flows=d.flows.with_columns(gb)), BOOK)
        assert total == pytest.approx(float(min(o.total for o in each if o.total is not None)))


def test_growth_adds_months_up_each_with_tiers_of_its_own():
    d = read_demand(APP)
    found = evaluate_growth(d, BOOK, 1.2, 12)
    for name in ("per-vpc-endpoints", "nat-single"):
        for month in (0, 5, 11):
            gb = {n: getattr(d.flows, n) * 1.2**month for n in ("gb_sent", "gb_received")}
            option = price_architectures(dataclasses.replace(d, flows=d.flows.with_columns(gb)), BOOK, names=[name])[0]
            assert found.costs[name][month] == pytest.approx(float(option.total))
    assert found.totals["nat-single"] == pytest.approx(sum(found.costs["nat-single"]))
    for month, one, other in found.changes:
        assert (found.cheapest[month - 1], found.cheapest[month]) == (one, other)
    certain = evaluate_uncertainty(d, BOOK, Range(1, 1), growth=(Range(1.2, 1.2), 12), scenarios=2)
    assert certain.expected["nat-single"] == pytest.approx(found.totals["nat-single"])


def test_hours_of_a_schedule_are_full_ones():
    assert compute_monthly_hours(5, 12) == pytest.approx(5 * 12 * 365 / 7 / 12)
    assert compute_monthly_hours(7, 24) == pytest.approx(730)
    assert compute_monthly_hours(5, 11.5) == compute_monthly_hours(5, 12)
    with pytest.raises(InputError, match="A week has 7 days"):
        compute_monthly_hours(8, 12)


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ({}, "Nothing varies"),
        ({"app/kmz": Range(1, 2)}, "Did you mean 'kms'?"),
        ({"app": Range(1, 2), "app/kms": Range(1, 2)}, "both contain the same flow"),
        (Range(2, 1), "must be rising"),
        (Range(-1, 1), "must be rising"),
        (Range(0, float("nan")), "must be rising"),
        (Range(0, 1, "normal"), "Unknown shape"),
        (Range(0, 1, "lognormal"), "must start above 0"),
    ],
)
def test_a_wrong_range_is_refused(ranges, words):
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        evaluate_uncertainty(read_demand(APP), BOOK, ranges)
    with pytest.raises(InputError, match="give every flow a range"):
        evaluate_uncertainty(read_demand(APP), BOOK, {"app/kms": Range(1, 2)}, growth=(Range(1, 1.1), 12))
    with pytest.raises(InputError, match="factor above 0"):
        evaluate_growth(read_demand(APP), BOOK, 0, 3)


def test_compare_says_how_sure_it_is(tmp_path):
    file = tmp_path / "demand.json"
    file.write_text(json.dumps(APP))
    arguments = ["compare", str(file), "--uncertainty", "0.5,2", "--growth", "1.05", "--months", "6"]
    result = CliRunner().invoke(main, [*arguments, "--format", "json"])
    found = json.loads(result.stdout)
    assert sum(a["probability"] for a in found["uncertainty"]["architectures"]) == pytest.approx(1)
    assert {"p10", "p50", "p90", "regret_max"} <= set(found["uncertainty"]["architectures"][0])
    assert len(found["growth"]["cheapest"]) == 6
    result = CliRunner().invoke(main, [*arguments, "--schedule", "5x12"])
    assert "Over 20,000 scenarios" in result.stdout
    assert "Main drivers" in result.stdout
    for option, value in (("--uncertainty", "2"), ("--schedule", "5"), ("--schedule", "9x12"), ("--growth", "-1")):
        assert CliRunner().invoke(main, ["compare", str(file), option, value]).exit_code == 2


def test_months_without_growth_are_refused():
    estate = str(EXAMPLES / "estate.yaml")
    result = CliRunner().invoke(main, ["compare", estate, "--months", "3"])
    assert result.exit_code
    assert "--growth" in str(result.exception) + result.output
