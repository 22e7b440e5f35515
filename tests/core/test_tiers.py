"""Tiers against an oracle of fractions: the only place a tier is computed must be right on every edge."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.core.errors import InputError, UnpricedError
from tests.support import oracle
from tests.support import strategies as draw
from tests.support.profiles import THOROUGH

PRIVATELINK = (("0", "1048576", "5242880"), ("0.01", "0.006", "0.004"))


@THOROUGH
@given(draw.priced())
def test_a_decimal_costs_exactly_what_the_oracle_says(case):
    starts, prices, quantity = case
    cost = cm.Tiers(starts, prices).cost(quantity)
    assert isinstance(cost, Decimal)
    assert Fraction(cost) == oracle.tier_cost(starts, prices, quantity)


@THOROUGH
@given(draw.priced())
def test_a_float_costs_the_same_within_rounding(case):
    starts, prices, quantity = case
    exact = float(oracle.tier_cost(starts, prices, quantity))
    assert cm.Tiers(starts, prices).cost(float(quantity)) == pytest.approx(exact, rel=1e-12, abs=1e-9)


@THOROUGH
@given(draw.schedules(), st.lists(st.floats(0, 1e7), min_size=1, max_size=50))
def test_an_array_costs_what_its_values_cost_one_by_one(schedule, quantities):
    tiers = cm.Tiers(*schedule)
    whole = tiers.cost(np.array(quantities))
    assert whole.dtype == np.float64
    assert whole.tolist() == [tiers.cost(q) for q in quantities]


@THOROUGH
@given(draw.priced())
def test_the_parts_sum_to_the_quantity_and_are_the_oracles(case):
    starts, prices, quantity = case
    parts = cm.Tiers(starts, prices).split_by_tier(np.array([quantity], dtype=object))[0]
    assert sum(parts) == quantity
    assert list(map(Fraction, parts)) == oracle.tier_parts(starts, quantity)


@THOROUGH
@given(draw.schedules(), st.data())
def test_the_cost_is_continuous_at_every_edge_and_its_slope_there_is_the_price(schedule, data):
    starts, prices = schedule
    tiers, small = cm.Tiers(starts, prices), Decimal("0.001")
    k = data.draw(st.integers(0, len(starts) - 1))
    assert (
        tiers.cost(starts[k] + small) - tiers.cost(starts[k])
        == small * prices[k]
        == small * tiers.find_marginal_price(starts[k])
    )
    if k:
        assert tiers.cost(starts[k]) - tiers.cost(starts[k] - small) == small * prices[k - 1]


@THOROUGH
@given(draw.schedules(), draw.decimals(0, 10_000), draw.decimals(0, 10_000))
def test_more_never_costs_less(schedule, one, other):
    tiers = cm.Tiers(*schedule)
    assert tiers.cost(min(one, other)) <= tiers.cost(max(one, other))


@THOROUGH
@given(draw.schedules(falling=True), draw.decimals(0, 10_000), draw.decimals(0, 10_000))
def test_where_prices_fall_the_cost_is_concave_and_pooling_never_costs_more(schedule, one, other):
    tiers = cm.Tiers(*schedule)
    assert list(tiers.prices) == sorted(tiers.prices, reverse=True)
    assert 2 * tiers.cost((one + other) / 2) >= tiers.cost(one) + tiers.cost(other)
    assert tiers.cost(one + other) <= tiers.cost(one) + tiers.cost(other)


@THOROUGH
@given(draw.schedules(falling=True), draw.decimals(0, 5_000), draw.decimals(0, 5_000), draw.decimals(0, 1))
def test_the_lines_of_a_range_have_the_cost_as_their_minimum(schedule, one, other, where):
    tiers = cm.Tiers(*schedule)
    low, high = sorted((one, other))
    quantity = low + (high - low) * where
    lines = tiers.compute_cost_lines(float(low), float(high))
    least = min(a + b * float(quantity) for a, b in lines)
    assert least == pytest.approx(float(tiers.cost(quantity)), rel=1e-9, abs=1e-7)


def test_lines_are_only_those_reachable():
    tiers = cm.Tiers(*PRIVATELINK)
    assert tiers.compute_cost_lines(0, 1000) == [(0.0, 0.01)]
    assert len(tiers.compute_cost_lines(0, 2_000_000)) == 2
    assert len(tiers.compute_cost_lines(2_000_000, 3_000_000)) == 1
    assert len(tiers.compute_cost_lines(0, 9e6)) == 3


def test_rising_prices_have_no_lines():
    with pytest.raises(InputError, match="Prices rise between 0 and 300"):
        cm.Tiers(("0", "100"), ("0", "0.09")).compute_cost_lines(0, 300)


@pytest.mark.parametrize(
    ("gb", "cost"),
    [  # by hand: 1 PB is 1,048,576 GB; 0.01, then 0.006, then 0.004
        ("0", "0"),
        ("1048575", "10485.75"),
        ("1048576", "10485.76"),
        ("1048577", "10485.766"),
        ("5242879", "35651.578"),
        ("5242880", "35651.584"),
        ("5242881", "35651.588"),
        ("7000000", "42680.064"),
        ("15728640", "77594.624"),
    ],
)
def test_privatelink_edges_to_the_last_digit(gb, cost):
    tiers = cm.Tiers(*PRIVATELINK)
    assert tiers.cost(Decimal(gb)) == Decimal(cost)
    assert tiers.cost(float(gb)) == pytest.approx(float(cost), abs=1e-9)


def test_a_block_boundary_changes_nothing():
    tiers = cm.Tiers(*PRIVATELINK)
    quantity = np.linspace(0, 8e6, 40_001)
    assert tiers.cost(quantity)[16_380:16_390].tolist() == [tiers.cost(q) for q in quantity[16_380:16_390].tolist()]


def test_shapes_are_kept():
    tiers = cm.Tiers(*PRIVATELINK)
    assert tiers.cost(np.ones((2, 3))).shape == (2, 3)
    assert tiers.split_by_tier(np.ones((2, 3))).shape == (2, 3, 3)
    assert tiers.cost(np.array([])).shape == (0,)
    assert isinstance(tiers.cost(1.5), float)
    assert isinstance(tiers.cost(3), Decimal)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_a_quantity_that_is_no_quantity_is_refused(bad):
    with pytest.raises(InputError, match="not a finite number of at least 0"):
        cm.Tiers(*PRIVATELINK).cost(bad)
    if isinstance(bad, float):
        with pytest.raises(InputError, match="not a finite number"):
            cm.Tiers(*PRIVATELINK).cost(np.array([1.0, bad, 2.0]))


@pytest.mark.parametrize("quantity", [Decimal("10240.001"), 10240.001, np.array([1.0, 10240.001])])
def test_above_its_end_a_schedule_has_no_price(quantity):
    tiers = cm.Tiers(("0",), ("0.09",), end="10240")
    with pytest.raises(UnpricedError, match="is above 10240"):
        tiers.cost(quantity)
    assert tiers.cost(Decimal(10240)) == Decimal("921.6")
    with pytest.raises(UnpricedError, match="no price above 10240"):
        tiers.find_marginal_price(10240)


@pytest.mark.parametrize(
    ("starts", "prices", "end", "said"),
    [
        ((), (), None, "one price per start"),
        (("0",), ("1", "2"), None, "one price per start: 1 starts, 2 prices"),
        (("1",), ("1",), None, "rise from 0"),
        (("0", "5", "5"), ("1", "1", "1"), None, "rise from 0"),
        (("0", "5"), ("1", "1"), "5", "rise from 0"),
        (("0",), ("-1",), None, "not negative"),
        (("0",), ("NaN",), None, "finite"),
        (("0",), ("one",), None, "Unit price 'one' is not a number"),
        ((0.0,), ("1",), None, "is a float"),
    ],
)
def test_a_schedule_that_is_none_is_refused(starts, prices, end, said):
    with pytest.raises(InputError, match=said):
        cm.Tiers(starts, prices, end)


def test_schedules_are_equal_by_what_they_say():
    assert cm.Tiers(*PRIVATELINK) == cm.Tiers(*PRIVATELINK)
    assert hash(cm.Tiers(*PRIVATELINK)) == hash(cm.Tiers(*PRIVATELINK))
    assert cm.Tiers(*PRIVATELINK) != cm.Tiers(("0",), ("0.01",))
    assert "1048576" in repr(cm.Tiers(*PRIVATELINK))
