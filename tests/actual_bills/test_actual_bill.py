"""Real bills and made ones: recognised by content, conserved to the last digit, re-rated to the cent."""

import csv
import math
import os
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.actual_bills.finding import total_savings
from costmodel.actual_bills.findings import list_findings
from costmodel.actual_bills.rerate import rerate
from costmodel.actual_bills.rerated import ALLOWANCE, CONTRACT, DISCOUNT, ELSEWHERE, FLAT, FREE, LIST, UNPRICED
from costmodel.pricing.usage_types import NETWORK
from tests.support import bills
from tests.support.bill_uses import DAYS, MONTH, estate, schedule, used, uses

BOOK = cm.load_prices()
HEADER = (
    "bill/PayerAccountId,lineItem/UsageAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,"
    "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,"
    "lineItem/Operation,lineItem/ResourceId,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost"
)
WRITERS = {"csv": bills.write_csv, "csv.gz": bills.write_csv, "parquet": bills.write_parquet}


def written(tmp_path, lines, *, shape="CUR", suffix="csv", name="bill"):
    return WRITERS[suffix](tmp_path / f"{name}.{suffix}", bills.SHAPES[shape](lines, MONTH))


def pools(bill):
    return {(p.region, p.meter): p for p in rerate(bill, BOOK).pools}


# ---------------------------------------------------------------- made bills come back
@given(uses(), st.sampled_from([Fraction(0), Fraction(3, 100), Fraction(1, 8)]), st.booleans(), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_made_bills_come_back_to_the_cent(tmp_path, lines, discount, by_lines, data):
    shape = data.draw(st.sampled_from(sorted(bills.SHAPES)))
    suffix = data.draw(st.sampled_from(sorted(WRITERS)))
    if shape.startswith("FOCUS"):
        by_lines = False  # FOCUS has no rows of discounts: they are in the billed cost
    rows = bills.rows(lines, schedule, discount=discount, by_lines=by_lines) + bills.other_rows(DAYS[3])
    bill = cm.read_bill(written(tmp_path, rows, shape=shape, suffix=suffix))
    assert bill.format == shape
    assert bill.rows_read == len(rows)
    own = [r for r in rows if r.used and r.used.meter]
    wanted = defaultdict(lambda: [Fraction(0), Fraction(0), Fraction(0)])
    for r in own:
        key = (r.used.region, r.used.meter)
        wanted[key] = [a + b for a, b in zip(wanted[key], (r.quantity, r.cost, r.list), strict=True)]
    found = pools(bill)
    assert set(found) == set(wanted)
    for key, (quantity, cost, listed) in wanted.items():
        p = found[key]
        assert p.quantity == pytest.approx(float(quantity), rel=1e-12)
        assert p.billed == pytest.approx(float(cost), rel=1e-12, abs=1e-9)
        assert p.list == pytest.approx(float(listed), rel=1e-12, abs=1e-9)
        assert p.stated == pytest.approx(p.list, rel=1e-12, abs=1e-9)
        assert p.discount == pytest.approx(float(discount), abs=1e-9)
        assert (p.why == LIST) == (not discount)
    kept = bill.cost
    assert kept.network.cost == pytest.approx(float(sum(r.cost for r in own)), rel=1e-12, abs=1e-9)
    assert kept.network.rows == len(own)
    assert kept.other.rows == 2
    assert {why: part.rows for why, part in kept.excluded.items()} == {"tax": 1, "credit": 1}
    parts = [kept.network, kept.other, *kept.excluded.values()]
    assert sum(p.rows for p in parts) == kept.read.rows
    assert math.fsum(p.cost for p in parts) == pytest.approx(kept.read.cost, abs=1e-9)


def test_every_shape_says_the_same(tmp_path):
    lines = [used("nat_gateway_gb", 500, day=d) for d in DAYS] + [
        used("interface_endpoint_hour", 72, day=d, region="eu-west-1", resource="y") for d in DAYS
    ]
    rows = bills.rows(lines, schedule, discount=Fraction(7, 100)) + bills.other_rows(DAYS[0])
    sides = []
    for shape in bills.SHAPES:
        for suffix in WRITERS:
            bill = cm.read_bill(written(tmp_path, rows, shape=shape, suffix=suffix, name=shape.replace(" ", "")))
            sides.append(
                {
                    s: {k: round(v, 9) for k, v in bill.by(s).items()}
                    for s in ("charge", "account", "region", "day", "resource")
                }
            )
    assert all(s == sides[0] for s in sides)
    assert sides[0]["charge"].keys() == {"nat_gateway_gb", "interface_endpoint_hour"}
    assert len(sides[0]["day"]) == 31


def test_rows_without_a_usage_type_are_told_by_their_description(tmp_path):
    lines = bills.rows([used("nat_gateway_hour", 24, day=d) for d in DAYS], schedule)
    rows = list(bills.focus(lines, MONTH))
    for row in rows[:10]:
        row |= {"SkuMeter": "NULL", "x_Operation": "NULL", "ChargeDescription": "$0.045 per NAT Gateway Hour"}
    for write, name in ((bills.write_csv, "a.csv"), (bills.write_parquet, "a.parquet")):
        bill = cm.read_bill(write(tmp_path / name, rows))
        assert dict(bill.by("charge")) == {"nat_gateway_hour": pytest.approx(744 * 0.045)}
        assert not bill.sum_unrecognized()


# ---------------------------------------------------------------- what explains a bill
def of(tmp_path, lines, **more):
    return pools(cm.read_bill(written(tmp_path, bills.rows(lines, schedule, **more))))


def repriced(rows, price):
    """The same rows at one flat unit price."""
    return [
        bills.Row(r.line_type, r.used, r.usage_type, r.service, r.operation, r.quantity, r.quantity * price, r.list)
        for r in rows
    ]


def test_a_pool_fills_its_tiers_over_days_and_accounts(tmp_path):
    lines = [used("interface_endpoint_gb", 100_000, day=d, account=f"{n % 2 + 1}" * 12) for n, d in enumerate(DAYS)]
    (p,) = of(tmp_path, lines).values()
    assert (p.tier, p.marginal, p.why) == (2, Decimal("0.006"), LIST)
    assert p.list == pytest.approx(1_048_576 * 0.01 + (3_100_000 - 1_048_576) * 0.006)


def test_a_percentage_that_meters_share_is_found(tmp_path):
    lines = [used("nat_gateway_gb", 9000), used("nat_gateway_hour", 744), used("public_ipv4_in_use_hour", 744)]
    found = of(tmp_path, lines, discount=Fraction(11, 100))
    assert {p.why for p in found.values()} == {DISCOUNT}
    rerating = rerate(cm.read_bill(tmp_path / "bill.csv"), BOOK)
    assert rerating.discounts == {(bills.PAYER, MONTH): pytest.approx(0.11)}


def test_a_flat_price_where_list_has_tiers_is_a_contract(tmp_path):
    rows = bills.rows([used("interface_endpoint_gb", 100_000, day=d) for d in DAYS], schedule)
    (p,) = pools(cm.read_bill(written(tmp_path, repriced(rows, Fraction(5, 1000))))).values()
    assert p.why == FLAT
    assert "0.005 each" in p.detail


def test_another_unit_price_is_a_contract(tmp_path):
    rows = bills.rows([used("nat_gateway_gb", 100, day=d) for d in DAYS], schedule)
    (p,) = pools(cm.read_bill(written(tmp_path, repriced(rows, Fraction(40, 1000))))).values()
    assert (p.why, round(p.discount, 6)) == (CONTRACT, round(1 - 0.04 / 0.045, 6))


def test_tiers_that_other_rows_filled(tmp_path):
    rows = bills.rows([used("interface_endpoint_gb", 500, day=d) for d in DAYS], schedule)
    (p,) = pools(cm.read_bill(written(tmp_path, repriced(rows, Fraction(6, 1000))))).values()
    assert p.why == ELSEWHERE


def test_what_costs_nothing_is_said_to_be_free(tmp_path):
    rows = bills.rows([used("nat_gateway_gb", 500)], schedule)
    (p,) = pools(cm.read_bill(written(tmp_path, repriced(rows, Fraction(0))))).values()
    assert p.why == FREE
    assert p.residual == pytest.approx(-22.5)


def test_the_free_gigabytes_of_egress_are_an_allowance(tmp_path):
    free = bills.rows([used("internet_out_gb", 100)], lambda *_: [(Fraction(0), Fraction(0))])
    paid = bills.rows([used("internet_out_gb", 900, day=DAYS[1])], schedule)
    (p,) = pools(cm.read_bill(written(tmp_path, free + paid))).values()
    assert (p.quantity, p.why, p.list) == (1000, ALLOWANCE, pytest.approx(81.0))


# Hosted zones of an organization's 13 or 14 accounts over ten months, as they were billed: 25 × 0.50, the rest × 0.10.
TEN_MONTHS = [
    *((74, "17.40"), (75, "17.50"), (75, "17.50"), (75, "17.50"), (91, "19.10")),
    *((93, "19.30"), (97, "19.70"), (98, "19.80"), (99, "19.90"), (98, "19.80")),
]
OF_ACCOUNTS = (1, 5, 12, 3, 2, 5, 12, 2, 2, 1, 1, 5, 22)
"""Zones of the first 13 accounts; the last one has the rest of a month's."""


@pytest.mark.parametrize(("zones", "billed"), TEN_MONTHS, ids=[f"month-{n}" for n in range(1, 11)])
def test_hosted_zones_are_re_rated_over_the_payers_accounts(tmp_path, zones, billed):
    """By account they would come to more than double: an account's zones lie wherever the payer's 25 are used up."""
    assert 25 * Decimal("0.50") + (zones - 25) * Decimal("0.10") == Decimal(billed)
    accounts = [*OF_ACCOUNTS, zones - sum(OF_ACCOUNTS)]
    assert all(accounts)
    text = [HEADER]
    left = 25
    for n, number in enumerate(accounts):
        dear = min(left, number)
        left -= dear
        cost = dear * Decimal("0.50") + (number - dear) * Decimal("0.10")
        text.append(
            f"999999999999,{n:012d},2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,Usage,2026-03-01T00:00:00Z,"
            f"2026-03-01T00:59:59Z,AmazonRoute53,HostedZone,HostedZone,,{number},USD,{cost}"
        )
    path = tmp_path / "zones.csv"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    (pool,) = rerate(cm.read_bill(str(path)), BOOK).pools
    assert (pool.payer, pool.region, pool.quantity) == ("999999999999", "global", zones)
    assert (f"{pool.list:.2f}", f"{pool.billed:.2f}", pool.why) == (billed, billed, LIST)


def test_what_has_no_price_is_unpriced_and_never_zero(tmp_path):
    rows = bills.rows([used("nat_gateway_gb", 500)], schedule)
    rows = [r.__class__(**{**r.__dict__, "usage_type": "LAX1-NatGateway-Bytes"}) for r in rows]
    bill = cm.read_bill(written(tmp_path, rows))
    (p,) = pools(bill).values()
    assert (p.why, p.list, p.discount) == (UNPRICED, None, None)
    assert p in rerate(bill, BOOK).residuals
    assert next(iter(bill.sum_unrecognized().values())).rows == 1


def test_prices_are_of_the_bills_month():
    ladder = BOOK.find_schedule("nat_gateway_hour", "us-east-1", "", date(2018, 6, 28))
    assert ladder.early  # held only since later: said by its date


# ---------------------------------------------------------------- an estimate against a bill
def test_residuals_sum_to_the_difference(tmp_path):
    lines = [used("nat_gateway_hour", 24, day=d) for d in DAYS] + [used("nat_gateway_gb", 100, day=d) for d in DAYS]
    bill = cm.read_bill(written(tmp_path, bills.rows(lines, schedule, discount=Fraction(1, 10))))
    network = cm.read_network(
        {
            "region": "us-east-1",
            "resources": [
                {"kind": "NatGateway", "gb_processed": 2000, "hours": 744},
                {"kind": "InterfaceEndpoint", "zones": 2},
            ],
        }
    )
    table = cm.reconcile(bill, network, BOOK)
    estimate = float(cm.price(cm.meter(network), BOOK).total)
    assert table["residual"].sum() == pytest.approx(bill.cost.network.cost - estimate, abs=0.01)
    both = table["by_quantity"] + table["by_price"]
    assert both.to_numpy() == pytest.approx(table["residual"].to_numpy())
    row = table.set_index("x_Meter").loc["nat_gateway_gb"]
    assert (row["estimated"], row["billed"]) == (2000, 3100)
    assert row["by_quantity"] == pytest.approx(1100 * 0.045)
    assert row["by_price"] == pytest.approx(-3100 * 0.045 * 0.1)


# ---------------------------------------------------------------- findings
@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = written(tmp_path_factory.mktemp("estate"), bills.rows(estate(), schedule))
    bill = cm.read_bill(path)
    return bill, list_findings(bill, rerate(bill, BOOK), BOOK)


def one(found, kind):
    (hit,) = [f for f in found[1] if f.id.rpartition("-")[0] == kind]
    return hit


@pytest.mark.parametrize(
    ("kind", "monthly", "confidence"),
    [
        ("idle-nat-gateway", 744 * 0.045, "high"),
        ("idle-public-ipv4", 744 * 0.005, "high"),
        ("nat-gateways", 744 * 0.045, "low"),
        ("gateway-endpoint", 15500 * 0.045, "low"),
        ("cross-zone", 3100 * 0.01, "low"),
    ],
)
def test_findings_are_worth_what_the_bill_says(found, kind, monthly, confidence):
    hit = one(found, kind)
    assert hit.monthly == pytest.approx(monthly)
    assert hit.confidence == confidence
    assert hit.next
    assert hit.evidence


def test_idle_endpoints_are_told_by_their_dollars_per_gb(found):
    hits = {f.resource.rsplit("/")[-1]: f for f in found[1] if f.id.startswith("idle-endpoint")}
    assert set(hits) == {"idle", "twin"}
    assert (hits["idle"].confidence, hits["idle"].monthly) == ("high", pytest.approx(2232 * 0.01))
    assert hits["idle"].evidence["dollars per GB"] == pytest.approx((22.32 + 0.31 * 0.01) / 0.31)
    assert hits["twin"].confidence == "medium"  # 1 GB a day: a NAT gateway that runs anyway would carry it for less
    assert hits["twin"].monthly == pytest.approx(1488 * 0.01 + 31 * 0.01 - 31 * 0.045)


def test_zones_are_counted_from_hours_and_days(found):
    hits = {f.resource.rsplit("/")[-1]: f for f in found[1] if f.id.startswith("endpoint-zones")}
    assert set(hits) == {"idle", "busy"}
    assert hits["busy"].monthly == pytest.approx(744 * 0.01)
    assert hits["busy"].evidence["zones"] == 3


def test_an_endpoint_of_half_a_month_has_its_zones_all_the_same(tmp_path):
    lines = [used("interface_endpoint_hour", 72, resource="late", day=d) for d in DAYS[20:]]
    bill = cm.read_bill(written(tmp_path, bills.rows(lines, schedule)))
    (hit,) = [f for f in list_findings(bill, rerate(bill, BOOK), BOOK) if f.id.startswith("endpoint-zones")]
    assert hit.evidence["zones"] == 3


def test_findings_that_remove_the_same_dollars_count_once(found):
    bill, hits = found
    idle = next(f for f in hits if f.id.startswith("idle-endpoint") and f.resource.endswith("idle"))
    zones = next(f for f in hits if f.id.startswith("endpoint-zones") and f.resource.endswith("idle"))
    assert zones.id in idle.overlaps
    assert total_savings([idle, zones]) == pytest.approx(idle.monthly)
    assert total_savings(hits) <= bill.cost.network.cost
    assert total_savings(hits) < sum(f.monthly for f in hits)
    assert sum(idle.removes.values()) == pytest.approx(idle.monthly)


def test_no_finding_removes_more_than_was_billed(found):
    bill, hits = found
    billed = bill.resources.groupby(["resource", "meter"])["cost"].sum()
    for f in hits:
        for key, dollars in f.removes.items():
            assert dollars <= billed[key] * (1 + 1e-9)


def test_a_bill_of_two_months_is_put_on_a_month(tmp_path):
    lines = bills.rows([used("public_ipv4_idle_hour", 24, resource="eip", day=d) for d in DAYS], schedule)
    one_month = bills.write_csv(tmp_path / "a.csv", bills.legacy(lines, MONTH))
    earlier = [
        bills.Row(**{**r.__dict__, "used": bills.Used(**{**r.used.__dict__, "day": r.used.day.replace(month=8)})})
        for r in lines
    ]
    other = bills.write_csv(tmp_path / "b.csv", bills.legacy(earlier, "2026-08"))
    bill = cm.read_bill(one_month, other)
    assert bill.months == ["2026-08", MONTH]
    (hit,) = [f for f in list_findings(bill, rerate(bill, BOOK), BOOK) if f.id.startswith("idle-public")]
    assert hit.monthly == pytest.approx(744 * 0.005)


# ---------------------------------------------------------------- a file no one here wrote
SAMPLES = Path(os.environ.get("COSTMODEL_SAMPLES", "no-samples"))  # a folder of files no one here wrote
FOCUS = SAMPLES / "focus" / "focus_1.0_aws_network_rows.csv"
CUR = SAMPLES / "cur"


@pytest.mark.skipif(not FOCUS.exists(), reason="COSTMODEL_SAMPLES names no folder with the FinOps Foundation's sample")
def test_the_foundations_sample():
    with FOCUS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bill = cm.read_bill(FOCUS)
    assert (bill.format, bill.currency, bill.months) == ("FOCUS 1.0", "USD", ["2024-09"])
    kept = bill.cost
    assert kept.read.rows == len(rows) == 797
    assert kept.read.cost == pytest.approx(float(sum(Decimal(r["BilledCost"]) for r in rows)), abs=1e-9)
    assert kept.network.cost + kept.other.cost == pytest.approx(kept.read.cost, abs=1e-9)
    transfers = [
        r for r in rows if "data transfer" in r["ChargeDescription"] and r["ServiceName"] != "Amazon CloudFront"
    ]
    words = (
        "NAT Gateway",
        "public IPv4",
        "LoadBalancer-hour",
        "load balancer capacity",
        "-Out-Bytes",
        "-In-Bytes",
        "per GB for  in",
    )
    others = [r for r in rows if any(w in r["ChargeDescription"] for w in words) and r not in transfers]
    assert kept.network.rows == len(transfers) + len(others)
    network = bill.network
    assert ((network["meter"] != "") | (network["reason"] != "")).all()
    assert (bill.groups["part"] == NETWORK).sum() == len(network)
    named = network[network["meter"] == ""]
    assert named["rows"].sum() == 2  # descriptions that name no usage type
    for p in rerate(bill, BOOK).pools:
        assert p.why in {LIST, ALLOWANCE, "rounding", ELSEWHERE} or p.list is None, p


@pytest.mark.skipif(not CUR.exists(), reason="COSTMODEL_SAMPLES names no folder with koku's reports")
@pytest.mark.parametrize(
    ("name", "rows", "cost"),
    [
        ("koku_test_cur.csv", 19, None),
        ("koku_test_cur.csv.gz", 19, None),
        ("koku_2023-06-01.csv", 3, 30.0),
        ("koku_2022-07-01-alt-columns.csv", 2, 0.0),
        ("koku_empty_frame.csv", 0, 0.0),
    ],
)
def test_reports_no_one_here_wrote(name, rows, cost):
    bill = cm.read_bill(CUR / name)
    assert bill.rows_read == rows
    assert not bill.lost
    if cost is not None:
        assert bill.cost.read.cost == pytest.approx(cost)
