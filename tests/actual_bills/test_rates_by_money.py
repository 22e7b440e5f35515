"""Contract rates and discounts are what explains the money, not what every row has."""

from __future__ import annotations

import csv
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.actual_bills.findings import list_findings
from costmodel.actual_bills.rerate import rerate

BOOK = cm.load_prices()
NAMES = (
    "bill/PayerAccountId", "bill/BillingPeriodStartDate", "lineItem/UsageAccountId", "lineItem/LineItemType",
    "lineItem/UsageStartDate", "lineItem/ProductCode", "lineItem/UsageType", "lineItem/Operation",
    "lineItem/ResourceId", "lineItem/UsageAmount", "lineItem/UnblendedCost", "lineItem/CurrencyCode",
)  # fmt: skip


def line(usage_type, quantity, cost, *, day=10, month="2026-09", operation="RunInstances", account="222222222222"):
    start = f"{month}-{day:02d}T00:00:00Z"
    values = ("111111111111", f"{month}-01T00:00:00Z", account, "Usage", start, "AmazonEC2", usage_type, operation, "r-1",
              f"{quantity:.10f}", f"{cost:.10f}", "USD")  # fmt: skip
    return dict(zip(NAMES, values, strict=True))


def reconcile(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, NAMES)
        writer.writeheader()
        writer.writerows(rows)
    bill = cm.read_bill(str(path))
    return bill, rerate(bill, BOOK)


EGRESS, CROSSING, NAT = "DataTransfer-Out-Bytes", "DataTransfer-Regional-Bytes", "NatGateway-Bytes"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rate=st.integers(1, 49_999).map(lambda n: n / 1_000_000),
    days=st.lists(st.floats(20_000, 90_000), min_size=2, max_size=6),
    noise=st.lists(st.tuples(st.floats(0.001, 20), st.floats(0.0001, 0.5)), max_size=4),
)
def test_a_flat_rate_is_found_whatever_a_thousandth_of_the_money_does(tmp_path_factory, rate, days, noise):
    rows = [line(EGRESS, gb, round(gb * rate, 10), day=n + 1) for n, gb in enumerate(days)]
    whole = math.fsum(gb * rate for gb in days)
    noise = [(gb, price) for gb, price in noise if gb * price < whole / 5000]
    rows += [
        line(EGRESS, gb, round(gb * price, 10), day=20 + n, account="333333333333")
        for n, (gb, price) in enumerate(noise)
    ]
    _, found = reconcile(tmp_path_factory.mktemp("bill") / "bill.csv", rows)
    (pool,) = found.pools
    assert pool.why == "flat contract price"
    assert pool.detail.startswith(f"{rate:.12g} each")


def test_two_rates_with_as_much_money_each_are_not_one(tmp_path):
    _, found = reconcile(tmp_path / "b.csv", [line(EGRESS, 50_000, 1500.0, day=1), line(EGRESS, 50_000, 1000.0, day=2)])
    assert [pool.why for pool in found.pools] == ["not explained by list prices"]


def test_an_average_is_not_a_rate(tmp_path):
    """What no short number explains is not called a contract price."""
    _, found = reconcile(tmp_path / "b.csv", [line(NAT, 1649.346, 61.2345678912, operation="NatGateway")])
    assert [pool.why for pool in found.pools] == ["not explained by list prices"]


def test_a_rate_above_list_is_not_a_contract(tmp_path):
    _, found = reconcile(tmp_path / "b.csv", [line(NAT, 1000, 60.0, operation="NatGateway")])
    (pool,) = found.pools
    assert pool.why == "above list price"
    assert pool.detail.startswith("0.06 each; list is 0.045: another list price then, or a surcharge")


def test_a_month_before_the_prices_is_told(tmp_path):
    _, found = reconcile(tmp_path / "b.csv", [line(NAT, 1000, 40.0, operation="NatGateway", month="2009-01")])
    (pool,) = found.pools
    assert "the earliest price that costmodel has is of" in pool.detail


@pytest.mark.parametrize(("large", "expected"), [(100_000, {}), (0, 0.08)])
def test_a_percentage_of_the_payer_holds_for_most_of_the_money(tmp_path, large, expected):
    """NAT gateway GB at list are most of the money, or absent; two other meters have 8 % off."""
    rows = [line(EGRESS, 1000, 1000 * 0.09 * 0.92), line("USE1-USW2-AWS-Out-Bytes", 1000, 1000 * 0.02 * 0.92)]
    rows += [line(NAT, large, large * 0.045, operation="NatGateway")] * bool(large)
    _, found = reconcile(tmp_path / "b.csv", rows)
    assert list(found.discounts.values()) == ([pytest.approx(expected)] if expected else [])


def test_rounding_is_no_percentage(tmp_path):
    """0.06 % off in two pools of cents, which is rounding and a free GB."""
    rows = [line(EGRESS, 1.0, 0.08995), line("USE1-USW2-AWS-Out-Bytes", 7.05, 0.14091)]
    _, found = reconcile(tmp_path / "b.csv", rows)
    assert found.discounts == {}


def test_a_filled_tier_is_one_finding_at_the_billed_margin(tmp_path):
    """20,000 GB fill the first 10 TB: the next one costs 0.085 at list, and less for who pays 10 % less."""

    def cost(gb):
        return 10240 * 0.09 + (gb - 10240) * 0.085

    months = [line(EGRESS, 20_000, cost(20_000), month=month) for month in ("2026-08", "2026-09")]
    bill, found = reconcile(tmp_path / "list.csv", months)
    tiers = [f for f in list_findings(bill, found, BOOK) if f.id.startswith("tier-position")]
    assert [f.title for f in tiers] == ["internet_out_gb fills tier 2: the next unit costs 0.085"]
    assert tiers[0].evidence["month"] == "2026-09"
    flat = [line(EGRESS, 400_000, 12_000)]
    bill, found = reconcile(tmp_path / "flat.csv", flat)
    assert not [f for f in list_findings(bill, found, BOOK) if f.id.startswith("tier-position")]
