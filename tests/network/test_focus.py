"""A bill under FOCUS's names: the columns, their types, and what must not be null."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

import costmodel as cm
from costmodel.network import focus
from costmodel.network.reading.load import read_network
from costmodel.network.report import render_bill_csv

BOOK = cm.load_prices()
NETWORK = {
    "region": "us-east-1",
    "on": "2026-11-01",
    "resources": [
        {"kind": "InterfaceEndpoint", "name": "kms", "zones": 3, "gb_processed": 2_000_000},
        {"kind": "NatGateway", "region": "eu-west-1", "gb_processed": 10, "account": "111111111111"},
        {"kind": "VpcPeering", "gb_cross_zone": 7},
        {"kind": "PrivateHostedZone"},
        {"kind": "NetworkLoadBalancer", "lcus": 1},
        {"kind": "DirectConnectPort", "speed": "1G", "type": "dedicated", "location": "us"},
    ],
}


@pytest.fixture(scope="module")
def bill():
    return cm.price(cm.meter(read_network(NETWORK)), BOOK)


def test_all_57_columns_and_ours(bill):
    assert len(focus.COLUMNS) == 57
    assert list(bill.frame) == [*focus.COLUMNS, *focus.OURS]
    assert all(name.startswith("x_") for name in focus.OURS)
    assert focus.validate_focus_table(bill.frame) == []


def test_what_is_missing_is_said():
    frame = cm.price(cm.meter(read_network(NETWORK)), BOOK).frame
    assert "column ListCost is missing" in focus.validate_focus_table(frame.drop(columns="ListCost"))
    frame.loc[0, "BillingCurrency"] = None
    assert focus.validate_focus_table(frame) == ["column BillingCurrency has nulls"]


def test_one_row_per_tier_touched(bill):
    frame = bill.frame
    lines = frame[frame.x_Meter == "interface_endpoint_gb"]
    assert lines.x_Tier.tolist() == [1, 2]
    assert lines.PricingQuantity.tolist() == [1_048_576, 2_000_000 - 1_048_576]
    assert (frame.PricingQuantity * frame.ListUnitPrice - frame.ListCost).abs().max() < 1e-9


def test_a_period_is_a_billing_month_in_utc(bill):
    assert set(bill.frame.BillingPeriodStart) == {"2026-11-01T00:00:00Z"}
    assert set(bill.frame.ChargePeriodEnd) == {"2026-12-01T00:00:00Z"}
    assert focus.get_billing_period(date(2026, 12, 31)) == ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")


def test_usage_types_are_awss_or_null(bill):
    by = dict(zip(bill.frame.x_Meter, bill.frame.SkuMeter, strict=True))
    assert by["interface_endpoint_hour"] == "USE1-VpcEndpoint-Hours"
    assert by["nat_gateway_gb"] == "EU-NatGateway-Bytes"
    assert by["vpc_peering_cross_az_gb_a"] is None or by["vpc_peering_cross_az_gb_a"] != by["vpc_peering_cross_az_gb_a"]


def test_services_are_awss_and_in_focuss_networking(bill):
    assert set(bill.frame.ServiceName) == {
        *("Amazon Virtual Private Cloud", "Amazon Elastic Compute Cloud", "Elastic Load Balancing"),
        *("Amazon Route 53", "AWS Direct Connect"),
    }
    assert set(bill.frame.ServiceCategory) == {"Networking"}


def test_a_csv_file_quotes_formulas_and_marks_decimals():
    network = read_network({"region": "us-east-1", "resources": [{"kind": "PublicIpv4", "name": "=1+1"}]})
    [row] = csv.DictReader(io.StringIO(render_bill_csv(cm.price(cm.meter(network, exact=True), BOOK))))
    assert row["ResourceName"] == "'=1+1"
    assert (row["PricingQuantity"], row["ListCost"], row["InvoiceId"]) == ("730.0", "3.65", "")
