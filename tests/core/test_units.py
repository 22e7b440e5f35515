"""Hours and GB: conventions with a citation each."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from costmodel.core import units


def test_a_month_is_awss():
    assert units.HOURS_PER_MONTH == 8760 / 12 == 730


@pytest.mark.parametrize(
    ("hours", "whole"),
    [(0, 0), (0.25, 1), (1, 1), (1.0000000001, 1), (61 / 60, 2), (0.1 * 3 * 10, 3), (729.5, 730), (1e7, 1e7)],
)
def test_each_partial_hour_is_a_full_one(hours, whole):
    assert units.round_up_hours(np.array([hours])).tolist() == [whole]
    assert units.round_up_hours(np.array([Decimal(repr(hours))], dtype=object)).tolist() == [whole]


def test_a_gb_is_binary_unless_assumed_decimal():
    assert units.convert_bytes_to_gb(2**30) == 1
    assert units.convert_bytes_to_gb(10**9, "decimal") == 1
    assert units.GB_PER_PB == 1_048_576
    assert units.GB_PER_TB == 1024
