"""Every quantity of the registry keeps to what break-evens, help texts and selectors ask of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from costmodel.comparison.quantity import TableQuantity, WholeQuantity
from costmodel.comparison.varied_quantity import (
    QUANTITIES,
    describe_vary_syntax,
    list_quantity_choices,
    parse_varied_quantity,
)
from costmodel.core.errors import InputError
from costmodel.demand.reading.load import read_demand
from costmodel.pricing.reading.price_tables import load_prices

BOOK = load_prices()
DOCUMENT = {
    "region": "us-east-1",
    "vpcs": [{"name": "app", "zones": 3, "count": 2}, {"name": "batch", "zones": 2}],
    "flows": [
        {"from": "app", "to": "kms", "gb_sent": 30},
        {"from": "app", "to": "sqs", "gb_sent": 10},
        {"from": "batch", "to": "kms", "gb_received": 5},
    ],
}
CHOICES = list_quantity_choices(DOCUMENT)


def other_value(quantity, demand):
    """Return a value that the quantity does not have now."""
    if isinstance(quantity, TableQuantity):
        return next(v for v in quantity.list_values(BOOK) if v != quantity.get_current_value(demand))
    if isinstance(quantity, WholeQuantity):
        low, high = quantity.get_default_range(demand)
        return next(v for v in range(low, high + 1) if v != quantity.get_current_value(demand))
    return 7.0


def test_each_quantity_is_in_the_help_and_in_a_selector():
    assert describe_vary_syntax() == (
        "gb[:vpc/service], vpcs[:name], zones[:name], services, hours, region or assumption:NAME"
    )
    assert {words.partition(":")[0] for words in CHOICES} == set(QUANTITIES)
    for quantity in QUANTITIES.values():
        assert quantity.unit
        assert quantity.description
        assert not quantity.description.endswith(".")


@pytest.mark.parametrize("words", CHOICES)
def test_a_demand_has_the_value_it_was_given(words):
    demand = read_demand(DOCUMENT)
    quantity = parse_varied_quantity(demand, words)
    assert str(quantity) == words
    value = other_value(quantity, demand)
    assert quantity.get_current_value(quantity.with_value(demand, value)) == value


@pytest.mark.parametrize("words", [w for w in CHOICES if issubclass(QUANTITIES[w.partition(":")[0]], WholeQuantity)])
def test_a_range_contains_the_value_now(words):
    demand = read_demand(DOCUMENT)
    quantity = parse_varied_quantity(demand, words)
    low, high = quantity.get_default_range(demand)
    now = quantity.get_current_value(demand)
    assert low == 1
    assert now is None or low <= now <= high


@pytest.mark.parametrize("words", [q.word for q in QUANTITIES.values() if not q.target_syntax])
def test_a_quantity_without_a_target_refuses_one(words):
    with pytest.raises(InputError, match="applies to the whole demand: leave out 'x'"):
        parse_varied_quantity(read_demand(DOCUMENT), f"{words}:x")


def test_the_registry_loads_without_numpy():
    code = "import sys, costmodel.comparison.quantities; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
