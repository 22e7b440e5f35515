"""Two bills against each other: every difference is by quantity or by price, and the sums are the totals'."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.actual_bills.movement import compare_actual_bills
from tests.support import bills
from tests.support.bill_uses import schedule, used, uses
from tests.support.input_files import NETWORK
from tests.support.paths import EXAMPLES
from tests.support.run_cli import run

DAYS = {month: list(bills.days(month)) for month in ("2026-08", "2026-09", "2026-10")}
CENT = Decimal("0.01")


def at(month, lines):
    """The same uses in another month: on the days with the same number, as far as it has them."""
    days = DAYS[month]
    return [bills.Used(u.account, u.region, u.meter, u.resource, days[(u.day.day - 1) % 28], u.quantity) for u in lines]


def rows_of(month, lines, *, discount=Fraction(0), by_lines=False):
    return bills.rows(at(month, lines), schedule, discount=discount, by_lines=by_lines)


def file_of(folder, months, *, name="bill.csv", shape="CUR", currency="USD"):
    """A bill of rows by month, as one file."""
    lines = [row for month, rows in months.items() for row in bills.SHAPES[shape](rows, month)]
    for row in lines:
        row.update({k: currency for k, v in row.items() if v == "USD"})
    return bills.write_csv(folder / name, lines)


def sums(rows, side=lambda r: (r.used.meter, r.used.region)):
    """Cost and quantity of rows, by fractions."""
    out = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for r in rows:
        for n, value in enumerate((r.quantity, r.cost)):
            out[side(r)][n] += value
    return out


def near(value):
    return pytest.approx(float(value), rel=1e-9, abs=1e-8)


# ---------------------------------------------------------------- properties, against sums of fractions
discounts = st.sampled_from([Fraction(0), Fraction(3, 100), Fraction(1, 4)])


@given(uses(), uses(), discounts, discounts, st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_difference_is_by_quantity_and_by_price(tmp_path, one, two, off1, off2, by_lines):
    months = {
        "2026-09": rows_of("2026-09", one, discount=off1, by_lines=by_lines) + bills.other_rows(DAYS["2026-09"][2]),
        "2026-10": rows_of("2026-10", two, discount=off2, by_lines=by_lines) + bills.other_rows(DAYS["2026-10"][2]),
    }
    sides = [cm.read_bill(file_of(tmp_path, {m: rows}, name=f"{m}.csv")) for m, rows in months.items()]
    found = compare_actual_bills(*sides)
    old, new = ([r for r in rows if r.used and r.used.meter] for rows in months.values())
    (a, b), nothing = (sums(old), sums(new)), [Fraction(0), Fraction(0)]
    assert {(m.meter, m.region) for m in found.charges} == {*a, *b}
    for m in found.charges:
        (q1, c1), (q2, c2) = (side.get((m.meter, m.region), nothing) for side in (a, b))
        by_quantity = (q2 - q1) * c1 / q1 if q1 and q2 else c2 - c1
        assert (m.difference, m.by_quantity, m.by_price) == (
            near(c2 - c1), near(by_quantity), near(c2 - c1 - by_quantity)
        )  # fmt: skip
        assert m.quantities == (near(q1), near(q2))
    whole = sum(r.cost for r in new) - sum(r.cost for r in old)
    assert math.fsum(m.difference for m in found.charges) == near(whole)
    assert found.totals == (near(sum(r.cost for r in old)), near(sum(r.cost for r in new)))
    sizes = [abs(m.difference) for m in found.charges]
    assert sizes == sorted(sizes, reverse=True)
    (p, q) = (sums(rows, lambda r: r.used.account) for rows in (old, new))
    accounts = {n: (p.get(n, nothing)[1], q.get(n, nothing)[1]) for n in {*p, *q}}
    moved = {n: (near(x), near(y)) for n, (x, y) in accounts.items() if abs(y - x) >= Fraction(5, 1000)}
    assert found.accounts == moved

    back = compare_actual_bills(*reversed(sides))
    assert {(m.meter, m.region): near(-m.difference) for m in back.charges} == {
        (m.meter, m.region): m.difference for m in found.charges
    }


@given(uses(), st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(3, 4)]))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_another_price_alone_is_by_price(tmp_path, lines, kept):
    rows = rows_of("2026-10", lines), rows_of("2026-10", lines, discount=1 - kept)
    sides = [cm.read_bill(file_of(tmp_path, {"2026-10": r}, name=f"{n}.csv")) for n, r in enumerate(rows)]
    for m in compare_actual_bills(*sides).charges:
        assert m.by_quantity == pytest.approx(0, abs=1e-9)
        assert m.by_price == near(Fraction(m.costs[0]) * (kept - 1))


@given(uses(), st.integers(2, 9))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_another_quantity_alone_is_by_quantity(tmp_path, lines, times):
    """At one price; where tiers make the next GB cheaper, that is a price."""
    flat = [u for u in lines if len(schedule(u.meter, u.region)) == 1] or [used("nat_gateway_hour", 24)]
    more = [bills.Used(u.account, u.region, u.meter, u.resource, u.day, u.quantity * times) for u in flat]
    rows = rows_of("2026-10", flat), rows_of("2026-10", more)
    sides = [cm.read_bill(file_of(tmp_path, {"2026-10": r}, name=f"{n}.csv")) for n, r in enumerate(rows)]
    for m in compare_actual_bills(*sides).charges:
        assert m.by_price == pytest.approx(0, abs=1e-6)
        assert m.by_quantity == near(Fraction(m.costs[0]) * (times - 1))


def test_a_cheaper_tier_is_by_price(tmp_path):
    """1 PB is 1,048,576 GB at 0.01 USD, the next at 0.006: 2 PB cost 16,777.216, 4,194.304 less than twice 10,485.76."""
    rows = [rows_of("2026-10", [used("interface_endpoint_gb", gb)]) for gb in (1_048_576, 2_097_152)]
    one, two = (cm.read_bill(file_of(tmp_path, {"2026-10": r}, name=f"{n}.csv")) for n, r in enumerate(rows))
    (m,) = compare_actual_bills(one, two).charges
    assert m.costs == (near(10485.76), near(16777.216))
    assert (m.by_quantity, m.by_price) == (near(10485.76), near(-4194.304))


# ---------------------------------------------------------------- on the command line
HOURS, GB, IP = used("nat_gateway_hour", 720), used("nat_gateway_gb", 1000), used("public_ipv4_in_use_hour", 720)
BEFORE, AFTER = [HOURS, GB], [used("nat_gateway_hour", 720), used("nat_gateway_gb", 3000), IP]
# NAT gateway: 720 h × 0.045 = 32.40 and 1,000 GB × 0.045 = 45.00; then 3,000 GB = 135.00, and 720 h × 0.005 = 3.60


@pytest.fixture
def two(tmp_path):
    return [
        file_of(tmp_path, {m: rows_of(m, lines)}, name=f"{m}.csv")
        for m, lines in (("2026-09", BEFORE), ("2026-10", AFTER))
    ]


@pytest.fixture
def answer(two):
    done = run("diff", *two, "--format", "json")
    assert done.exit_code == 0
    return json.loads(done.stdout)


def cents(value):
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)


def test_what_two_bills_say(answer):
    assert (answer["before"], answer["after"]) == (
        {"total": "77.40", "period": ["2026-09"]}, {"total": "171.00", "period": ["2026-10"]}
    )  # fmt: skip
    assert (answer["difference"], answer["currency"]) == ("93.60", "USD")
    assert [
        (c["x_Meter"], c["RegionId"], c["before"], c["after"], c["difference"], c["by_quantity"], c["by_price"])
        for c in answer["charges"]
    ] == [
        ("nat_gateway_gb", "us-east-1", "45", "135", "90", "90", "0"),
        ("public_ipv4_in_use_hour", "us-east-1", "0", "3.6", "3.6", "3.6", "0"),
        ("nat_gateway_hour", "us-east-1", "32.4", "32.4", "0", "0", "0"),
    ]
    assert answer["charges"][0]["quantity"] == {"before": "1000", "after": "3000", "unit": "GB"}
    assert answer["accounts"] == [{"name": "111111111111", "before": "77.4", "after": "171", "difference": "93.6"}]
    assert sum(Decimal(r["difference"]) for r in answer["resources"]) == Decimal("93.6")


def test_every_format_has_the_same_figures(two, answer):
    rows = list(csv.DictReader(io.StringIO(run("diff", *two, "--format", "csv").stdout)))
    names = ("x_Meter", "RegionId", "before", "after", "difference", "by_quantity", "by_price")
    assert [[r[n] for n in names] for r in rows] == [[c[n] for n in names] for c in answer["charges"]]
    assert [r["quantity_after"] for r in rows] == [c["quantity"]["after"] for c in answer["charges"]]
    text = run("diff", *two, "--format", "markdown").stdout
    assert text.startswith("### Network spend: 77.40 → 171.00 USD a month (+93.60)\n")
    assert (
        "| ~ | NAT gateway data processing | us-east-1 | 45.00 | 135.00 | 90.00 | 90.00 | 0.00 | 1,000 → 3,000 GB |"
        in text
    )
    assert "| + | Public IPv4 address in use | us-east-1 | 0.00 | 3.60 | 3.60 | 3.60 | 0.00 | 0 → 720 Hours |" in text
    assert "1 unchanged" in text
    assert "Network spend: 77.40 → 171.00" in run("diff", *two).stdout


def test_a_bill_against_itself_is_nothing(two):
    done = run("diff", two[0], two[0], "--format", "json", "--fail-above", "0")
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["difference"], answer["accounts"], answer["resources"]) == (0, "0.00", [], [])
    assert {c[k] for c in answer["charges"] for k in ("difference", "by_quantity", "by_price")} == {"0"}
    assert "nothing moved" in run("diff", two[0], two[0]).stdout


def test_what_goes_is_marked(two):
    text = run("diff", *reversed(two), "--format", "markdown").stdout
    assert text.startswith("### Network spend: 171.00 → 77.40 USD a month (−93.60)\n")
    assert "| − | Public IPv4 address in use | us-east-1 | 3.60 | 0.00 | -3.60 | -3.60 | 0.00 |" in text


@pytest.mark.parametrize(("limit", "code"), [("93.60", 0), ("93.59", 1), ("0", 1)])
def test_fail_above(two, limit, code):
    done = run("diff", *two, "--fail-above", limit)
    assert (done.exit_code, "The cost rises by 93.60 USD a month" in done.stderr) == (code, bool(code))
    assert run("diff", *reversed(two), "--fail-above", limit).exit_code == 0


@pytest.mark.parametrize("shape", sorted(bills.SHAPES))
def test_one_bill_alone_is_its_last_two_months(tmp_path, answer, shape):
    months = {"2026-09": rows_of("2026-09", BEFORE), "2026-10": rows_of("2026-10", AFTER)}
    early = {"2026-08": rows_of("2026-08", [used("nat_gateway_gb", 9_000_000)])}
    for given_ in (months, early | months):
        done = run("diff", file_of(tmp_path, given_, shape=shape), "--format", "json")
        assert (done.exit_code, done.stderr) == (0, "")
        assert json.loads(done.stdout)["charges"] == answer["charges"]
        assert json.loads(done.stdout)["difference"] == "93.60"


def test_several_months_stand_for_their_average(tmp_path, two):
    """(45 + 135 + 2 × 32.40 + 3.60) / 2 = 124.20 a month against 171.00."""
    both = file_of(tmp_path, {"2026-08": rows_of("2026-08", BEFORE), "2026-09": rows_of("2026-09", AFTER)})
    done = run("diff", both, two[1], "--format", "json")
    answer = json.loads(done.stdout)
    assert (answer["before"]["total"], answer["difference"]) == ("124.20", "46.80")
    assert "2026-08, 2026-09: the average of 2 months." in done.stderr


def test_different_numbers_of_days_are_noted(tmp_path):
    lines = {m: [used("nat_gateway_hour", 24, day=d) for d in DAYS[m]] for m in ("2026-09", "2026-10")}
    files = [
        file_of(tmp_path, {m: bills.rows(some, schedule)}, name=f"{m}.csv") for m, some in lines.items()
    ]  # fmt: skip
    done = run("diff", *files)
    assert "covers 30 days, the second 31" in done.stderr
    assert "covers" not in run("diff", files[0], files[0]).stderr


# ---------------------------------------------------------------- what does not compare
def refused(*arguments):
    done = run("diff", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_one_month_alone_does_not_compare(two):
    message = refused(two[0])
    assert "2026-09 only" in message
    assert "second bill" in message


def test_two_currencies_do_not_compare(tmp_path, two):
    other = file_of(tmp_path, {"2026-10": rows_of("2026-10", AFTER)}, name="euro.csv", currency="EUR")
    message = refused(two[0], other)
    assert "USD" in message
    assert "EUR" in message


def test_a_bill_and_a_network_do_not_compare(tmp_path, two):
    network = tmp_path / "network.yaml"
    network.write_text(NETWORK, encoding="utf-8")
    for pair in ((two[0], network), (network, two[0])):
        message = refused(*pair)
        assert all(str(path) in message for path in pair)
        assert "bill" in message
        assert "network" in message


def test_flow_logs_have_no_costs_to_compare(two):
    logs = EXAMPLES / "flows.log.gz"
    message = refused(two[0], logs)
    assert "flows.log.gz" in message
    assert "flow logs" in message


def test_what_is_lost_of_a_bill_is_said_and_exits_1(tmp_path, two):
    folder = tmp_path / "many"
    folder.mkdir()
    file_of(folder, {"2026-10": rows_of("2026-10", AFTER)}, name="a.csv.gz")
    whole = gzip.compress(two[1].read_bytes(), mtime=0)
    (folder / "b.csv.gz").write_bytes(whole[: len(whole) // 2])
    done = run("diff", two[0], folder)
    assert (done.exit_code, "b.csv.gz" in done.stderr) == (1, True)
