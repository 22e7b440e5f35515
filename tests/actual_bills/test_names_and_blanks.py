"""Columns under the spellings of other tools, Regions that are filled row by row, rows without a usage type."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.actual_bills.dimensions import list_source_columns
from costmodel.actual_bills.reading.layout import detect_bill_layout
from costmodel.actual_bills.rerate import rerate

ROW = {
    "bill/PayerAccountId": "111111111111",
    "bill/BillingPeriodStartDate": "2026-09-01T00:00:00Z",
    "lineItem/UsageAccountId": "222222222222",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-09-03T00:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageType": "NatGateway-Bytes",
    "lineItem/Operation": "NatGateway",
    "lineItem/ResourceId": "nat-1",
    "lineItem/UsageAmount": "1000",
    "lineItem/UnblendedCost": "45",
    "lineItem/CurrencyCode": "USD",
}


def write(path, *rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


SPELLINGS = {
    "Redshift": lambda name: name.replace("/", "_"),
    "Glue": lambda name: name.replace("/", "").lower(),
    "lowercase": str.lower,
    "uppercase": str.upper,
    "Splunk": lambda name: name.replace("/", ":"),
    "spaces": lambda name: name.replace("/", " "),
}


@pytest.mark.parametrize("tool", SPELLINGS)
def test_a_report_is_read_under_the_spelling_of_any_tool(tmp_path, tool):
    plain = cm.read_bill(write(tmp_path / "plain.csv", ROW))
    other = cm.read_bill(write(tmp_path / "other.csv", {SPELLINGS[tool](name): value for name, value in ROW.items()}))
    assert other.cost == plain.cost
    for side in ("charge", "account", "region", "day", "resource"):
        assert other.by(side).to_dict() == plain.by(side).to_dict()


@given(data=st.data())
def test_every_column_is_found_whatever_its_case_and_separators(data):
    separators = st.sampled_from(["", "_", "/", " ", ":", "."])
    names, expected = [], {}
    for column in list_source_columns():
        if not column.cur or column.cur[0] in names:
            continue
        name = column.cur[0].replace("_", data.draw(separators))
        name = "".join(c.upper() if data.draw(st.booleans()) else c for c in name)
        names.append(name)
        expected[column.name] = name
    layout = detect_bill_layout(names, "export")
    shared = {column.name for column in list_source_columns() if column.name in expected}
    assert {name: layout.columns[name] for name in shared} == expected


@pytest.mark.parametrize(
    ("code", "region", "source", "expected"),
    [
        ("us-west-2", "eu-west-1", "", "us-west-2"),
        ("", "eu-west-1", "us-east-1", "eu-west-1"),
        ("NULL", "eu-west-1", "", "eu-west-1"),
        ("", "", "ap-south-1", "ap-south-1"),
        ("", "", "", "unknown"),
    ],
)
def test_a_blank_region_is_filled_from_the_next_column_row_by_row(tmp_path, code, region, source, expected):
    """The usage type has a prefix of no Region, so that the columns alone decide."""
    base = ROW | {"lineItem/UsageType": "PXX9-NewThing-Hours", "lineItem/ProductCode": "AmazonVPC"}
    columns = ("product/regionCode", "product/region", "product/fromRegionCode")
    rows = [dict(zip(columns, values, strict=True)) for values in ((code, region, source), ("eu-north-1", "", ""))]
    bill = cm.read_bill(write(tmp_path / "bill.csv", *(base | row for row in rows)))
    assert bill.by("region").to_dict() == {expected: 45.0, "eu-north-1": 45.0}


def test_a_row_without_a_usage_type_keeps_its_account_and_month(tmp_path):
    fee = ROW | {
        "lineItem/UsageType": "", "lineItem/LineItemType": "Fee", "lineItem/ProductCode": "AWSDirectConnect",
        "lineItem/Operation": "", "lineItem/UnblendedCost": "100",
    }  # fmt: skip
    for rows in ((fee,), (ROW, fee)):
        bill = cm.read_bill(write(tmp_path / "bill.csv", *rows))
        assert bill.months == ["2026-09"]
        assert bill.by("account").to_dict() == {
            "222222222222": float(sum(int(r["lineItem/UnblendedCost"]) for r in rows))
        }
        assert bill.cost.network.cost == bill.cost.read.cost


FOCUS = {
    "BilledCost": "45", "BillingCurrency": "USD", "BillingPeriodStart": "2026-09-01T00:00:00Z", "ChargeCategory": "Usage",
    "ChargeDescription": "$0.045 per GB Data Processed by NAT Gateways", "ChargePeriodStart": "2026-09-03T00:00:00Z",
    "PricingQuantity": "1000", "RegionId": "us-east-1", "SkuMeter": "NatGateway-Bytes", "SubAccountId": "222222222222",
    "BillingAccountId": "111111111111", "ServiceName": "AmazonEC2", "ResourceId": "nat-1",
}  # fmt: skip


@pytest.mark.parametrize("column", ["ProviderName", "ServiceProviderName"])
@pytest.mark.parametrize("aws", ["AWS", "Amazon Web Services", "Amazon Web Services, Inc."])
def test_rows_of_another_provider_are_a_part_of_their_own(tmp_path, column, aws):
    rows = [FOCUS | {column: name} for name in (aws, "Microsoft", "Google Cloud", "")]
    bill = cm.read_bill(write(tmp_path / "focus.csv", *rows))
    assert bill.cost.network.rows == 2  # a row that names no provider is AWS's
    excluded = {reason: part.rows for reason, part in bill.cost.excluded.items()}
    assert excluded == {"another provider: Microsoft": 1, "another provider: Google Cloud": 1}


def test_a_bill_in_another_currency_is_not_held_against_dollars(tmp_path):
    bill = cm.read_bill(write(tmp_path / "bill.csv", ROW | {"lineItem/CurrencyCode": "BRL"}))
    (pool,) = rerate(bill, cm.load_prices()).pools
    assert (pool.list, pool.discount, pool.why) == (None, None, "unpriced")
    assert pool.detail == "its price is in USD, and the bill in BRL"
