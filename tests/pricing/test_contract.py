"""Contracts and currencies: negotiated prices beside list prices, through every command; totals that never mix."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.cli import main
from costmodel.core.currency import Display
from costmodel.core.errors import CurrencyError, InputError
from costmodel.core.tiers import Tiers
from costmodel.pricing.contract import Contract, Term
from costmodel.pricing.reading.contract_file import read_contract

BOOK = cm.load_prices()
TODAY = date(2026, 11, 29)
NETWORK = {
    "region": "us-east-1",
    "resources": [
        {"kind": "InterfaceEndpoint", "name": "kms", "zones": 3, "gb_processed": 2_000_000, "count": 2},
        {"kind": "NatGateway", "name": "nat", "gb_processed": 1000},
        {"kind": "InternetEgress", "name": "out", "gb_sent": 20_000},
    ],
}


def billed(*terms, network=NETWORK, **more):
    book = cm.load_prices(contract={"terms": list(terms)})
    return cm.price(cm.meter(cm.read_network(network), exact=True), book, **more)


LIST = cm.price(cm.meter(cm.read_network(NETWORK), exact=True), BOOK)


def paid_for(bill, meter):
    return sum(row["ContractedCost"] for _, row in bill.frame.iterrows() if row["x_Meter"] == meter)


# ---------------------------------------------------------------- the arithmetic


def oracle(starts, prices, quantity):
    """Ten lines of Fractions: what a schedule costs."""
    total = Fraction(0)
    for k, (start, price) in enumerate(zip(starts, prices, strict=True)):
        end = starts[k + 1] if k + 1 < len(starts) else quantity
        total += Fraction(price) * max(Fraction(0), min(Fraction(quantity), Fraction(end)) - Fraction(start))
    return total


steps = st.lists(st.integers(1, 10**6), max_size=4, unique=True).map(lambda s: [0, *sorted(s)])
money = st.integers(0, 10**6).map(lambda n: Decimal(n) / 10**6)


@given(st.data(), steps, steps, st.integers(0, 2 * 10**6), st.integers(0, 100))
def test_a_contract_costs_what_its_own_schedule_does_and_list_stays_list(data, held, own, quantity, percent):
    """Cut at both schedules' edges, each of the two costs is still its own schedule's; the percentage comes on top."""
    listed = [data.draw(money) for _ in held]
    agreed = [data.draw(money) for _ in own]
    terms = [
        Term("own", tiers=Tiers(list(map(str, own)), agreed), currency="USD", meters=frozenset({"m"}), narrow=4),
        Term("all", percent_off=Decimal(99)),
        Term("top", percent_off=Decimal(percent), on_top=True),
    ]
    found = Contract("c", terms, TODAY).apply_terms("m", "here", "USD", None, Tiers(list(map(str, held)), listed))
    assert found.terms == ("own", "top")
    assert found.list.starts == found.contracted.starts
    assert Fraction(found.list.cost(Decimal(quantity))) == oracle(held, listed, quantity)
    assert Fraction(found.contracted.cost(Decimal(quantity))) == oracle(own, agreed, quantity) * Fraction(
        100 - percent, 100
    )
    assert [held[k] for k in found.step] == [max(s for s in held if s <= int(at)) for at in found.list.starts]


@given(st.integers(0, 100))
def test_a_percentage_off_everything_is_that_part_of_the_bill(percent):
    bill = billed({"percent_off": percent})
    assert bill.list_totals == LIST.totals
    assert bill.totals["USD"] == LIST.totals["USD"] * (100 - percent) / 100


def test_every_row_multiplies_out_at_both_prices():
    bill = billed(
        {"percent_off": 7},
        {"percent_off": 12, "service": "AmazonVPC"},
        {"price": "0.03", "meter": "nat_gateway_gb"},
        {"tiers": [{"from": 0, "price": "0.08"}, {"from": 500, "price": "0.05"}], "meter": "internet_out_gb"},
        {"percent_off": 1, "on_top": True},
    )
    frame = bill.frame
    assert (frame["PricingQuantity"] * frame["ListUnitPrice"] == frame["ListCost"]).all()
    assert (frame["PricingQuantity"] * frame["ContractedUnitPrice"] == frame["ContractedCost"]).all()
    assert (frame["EffectiveCost"] == frame["ContractedCost"]).all()
    assert frame["ListCost"].sum() == bill.list_totals["USD"] == LIST.totals["USD"]
    assert frame["ContractedCost"].sum() == bill.totals["USD"]
    assert paid_for(bill, "nat_gateway_gb") == 1000 * Decimal("0.03") * Decimal("0.99")
    assert paid_for(bill, "internet_out_gb") == (500 * Decimal("0.08") + 19_500 * Decimal("0.05")) * Decimal("0.99")
    assert paid_for(bill, "interface_endpoint_hour") == 6 * 730 * Decimal("0.01") * Decimal("0.88") * Decimal("0.99")
    assert paid_for(bill, "nat_gateway_hour") == 730 * Decimal("0.045") * Decimal("0.93") * Decimal("0.99")


def test_what_is_paid_by_meter_and_by_resource_is_the_contract_s():
    bill = billed({"percent_off": 50})
    assert sum(bill.by("x_Meter").values()) == sum(bill.by("ResourceName").values()) == bill.totals["USD"]
    assert sum(line["ContractedCost"] for line in bill.explain()) == bill.totals["USD"]
    assert sum(line["ListCost"] for line in bill.explain()) == LIST.totals["USD"]


@pytest.mark.parametrize(
    ("terms", "price"),
    [
        ([{"percent_off": 10}, {"percent_off": 20, "service": "AmazonEC2"}], "0.036"),
        ([{"percent_off": 20, "service": "AmazonEC2"}, {"percent_off": 10}], "0.036"),
        ([{"percent_off": 20, "service": "AmazonEC2"}, {"percent_off": 30, "meter": "nat_gateway_gb"}], "0.0315"),
        ([{"percent_off": 30, "meter": "nat_gateway_gb"}, {"percent_off": 5, "service": "AmazonEC2", "region": "us-east-1"}], "0.0315"),
        ([{"percent_off": 30, "meter": "nat_gateway_gb"}, {"percent_off": 40, "meter": "nat_gateway_gb", "region": "us-east-1"}], "0.027"),
        ([{"percent_off": 30, "meter": "nat_gateway_gb"}, {"percent_off": 40, "meter": "nat_gateway_gb", "region": "eu-west-1"}], "0.0315"),
        ([{"percent_off": 30}, {"percent_off": 40}], "0.027"),
        ([{"percent_off": 10, "service": "AmazonVPC"}], "0.045"),
        ([{"percent_off": 10, "service": ["AmazonVPC", "AmazonEC2"]}], "0.0405"),
        ([{"percent_off": 10, "on_top": True}, {"percent_off": 10, "on_top": True}], "0.03645"),
        ([{"percent_off": 10, "to": "2026-10-31"}], "0.045"),
        ([{"percent_off": 10, "from": "2026-11-01", "to": "2026-11-30"}], "0.0405"),
        ([{"percent_off": 10, "from": "2026-11-16"}], "0.045"),
        ([{"price": "9", "meter": "nat_gateway_gb", "currency": "CNY"}], "0.045"),
    ],
)  # fmt: skip
def test_the_closest_term_that_holds_counts(terms, price):
    book = cm.load_prices(contract={"terms": terms})
    ladder = book.require_schedule("nat_gateway_gb", "us-east-1", on=date(2026, 11, 15))
    assert ladder.tiers.prices[0] == Decimal(price)
    assert ladder.list.prices[0] == Decimal("0.045")


def test_without_a_price_date_the_terms_of_today_hold():
    """Prices held may be older than the contract."""
    today = date.today()  # noqa: DTZ011 - a day either way is allowed for below
    now = {"percent_off": 10, "from": str(today - timedelta(2)), "to": str(today + timedelta(2))}
    gone = {"percent_off": 50, "to": str(today - timedelta(3))}
    assert billed(now).totals["USD"] == LIST.totals["USD"] * Decimal("0.9")
    assert billed(gone).totals["USD"] == LIST.totals["USD"]
    assert billed(gone, on=today - timedelta(10)).totals["USD"] == LIST.totals["USD"] / 2


def test_a_contract_s_price_stands_where_no_list_price_is_held_and_says_so():
    network = {"region": "ap-east-2", "resources": [{"kind": "LatticeService", "gb_processed": 10}]}
    bare = cm.price(cm.meter(cm.read_network(network)), BOOK, partial=True)
    assert {u.meter for u in bare.unpriced} == {"lattice_service_hour", "lattice_service_gb"}
    terms = ({"price": "0.02", "meter": "lattice_service_hour"}, {"price": "0.006", "meter": "lattice_service_gb"})
    bill = billed(*terms, network=network)
    assert bill.total_exact == 730 * Decimal("0.02") + 10 * Decimal("0.006")
    assert any(
        "There is no list price" in text and "lattice_service_hour in ap-east-2" in text for text in bill.warnings
    )
    assert not billed({"percent_off": 10}, network=network, partial=True).pools


def test_tiers_beyond_the_end_of_the_list_stay_unpriced():
    endpoint = {"kind": "ResourceEndpoint", "hours": 0, "gb_processed": 2_000_000}
    network = {"region": "ap-southeast-5", "resources": [endpoint]}
    bill = billed(
        {
            "tiers": [{"from": 0, "price": "0.05"}, {"from": 1_500_000, "price": "0.04"}],
            "meter": "resource_endpoint_gb",
        },
        network=network,
        partial=True,
    )
    (left,) = bill.unpriced
    assert left.quantity == 2_000_000 - 1_048_576


# ---------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("terms: 5", "list with at least one term"),
        ("terms: []", "list with at least one term"),
        ("- 5", "A contract must be a mapping"),
        ("term: [{percent_off: 5}]", "line 1: Unknown key 'term' in a contract. Did you mean 'terms'"),
        ("terms:\n  - {percent_of: 5}", "line 2: Unknown key 'percent_of' in a term. Did you mean 'percent_off'"),
        ("terms:\n  - 5", "A term must be a mapping"),
        ("terms:\n  - {service: AmazonVPC}", "needs exactly one of percent_off, price, tiers; this one has none"),
        ("terms:\n  - {percent_off: 5, price: 1, meter: nat_gateway_gb}", "percent_off and price"),
        ("terms:\n  - {percent_off: 101}", "0 to 100, not 101"),
        ("terms:\n  - {percent_off: -1}", "a number of at least 0"),
        ("terms:\n  - {percent_off: .nan}", "a number of at least 0"),
        ("terms:\n  - {percent_off: yes}", "a number of at least 0"),
        ("terms:\n  - {price: 0.1}", "add 'meter'"),
        ("terms:\n  - {price: 0.1, meter: nat_gateway_gbs}", "Unknown meter 'nat_gateway_gbs'. Did you mean 'nat_gateway_gb'"),
        ("terms:\n  - {percent_off: 5, service: AmazonVCP}", "Unknown service 'AmazonVCP'. Did you mean 'AmazonVPC'"),
        ("terms:\n  - {percent_off: 5, region: us-east-9}", "Unknown region 'us-east-9'"),
        ("terms:\n  - {percent_off: 5, region: []}", "a name or a list of names"),
        ("terms:\n  - {percent_off: 5, from: soon}", "'from' is a date"),
        ("terms:\n  - {percent_off: 5, from: 2026-02-01, to: 2026-01-01}", "ends on 2026-01-01, before it begins"),
        ("terms:\n  - {price: 1, meter: nat_gateway_gb, currency: XYZ}", "Unknown currency 'XYZ'"),
        ("terms:\n  - {price: 1, meter: nat_gateway_gb, on_top: true}", "only of a percentage"),
        ("terms:\n  - {tiers: [], meter: nat_gateway_gb}", "a list of {from, price}"),
        ("terms:\n  - {tiers: [{from: 0}], meter: nat_gateway_gb}", "A tier is {from: 0, price: 1}"),
        ("terms:\n  - {tiers: [{from: 5, price: 1}], meter: nat_gateway_gb}", "Tier starts must rise from 0"),
        ("terms:\n  - {tiers: [{from: 0, price: x}], meter: nat_gateway_gb}", "a number of at least 0, not 'x'"),
    ],
)  # fmt: skip
def test_a_contract_that_is_wrong_says_where_and_why(tmp_path, text, words):
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_contract(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)


# ---------------------------------------------------------------- through every command


@pytest.fixture
def files(tmp_path):
    """A contract of 10 % off, a network and a demand, and what is to be given to a command."""
    (tmp_path / "c.yaml").write_text("name: Ten off\nterms: [{percent_off: 10}]\n", encoding="utf-8")
    (tmp_path / "n.yaml").write_text(yaml.safe_dump(NETWORK), encoding="utf-8")
    return tmp_path


def ran(*arguments):
    done = CliRunner().invoke(main, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done


def both(files, *command):
    """A command's JSON without and with the contract."""
    bare = json.loads(ran(*command, "--format", "json").stdout)
    return bare, json.loads(ran(*command, "--contract", files / "c.yaml", "--format", "json").stdout)


def tenth_off(total):
    return (Decimal(total) * Decimal("0.9")).quantize(Decimal("0.000001"))


def close(a, b):
    return abs(Decimal(a) - Decimal(b)) <= Decimal("0.01")


def test_estimate_and_diff_follow_a_contract(files):
    bare, under = both(files, "estimate", files / "n.yaml")
    assert under["total_exact"]
    assert close(under["total"], tenth_off(bare["total"]))
    assert under["list_total"] == bare["total"]
    assert under["contract"] == {"name": "Ten off", "terms": ["10% off everything"]}
    charge = under["charges"][0]
    assert Decimal(charge["ContractedCost"]) == Decimal(charge["ListCost"]) * Decimal("0.9")
    assert "contract" not in bare
    text = ran("estimate", files / "n.yaml", "--contract", files / "c.yaml").stdout
    assert "Your price" in text
    assert "Contract: Ten off" in text
    smaller = {**NETWORK, "resources": NETWORK["resources"][:1]}
    (files / "m.yaml").write_text(yaml.safe_dump(smaller), encoding="utf-8")
    bare, under = both(files, "diff", files / "m.yaml", files / "n.yaml")
    assert close(under["difference"], tenth_off(bare["difference"]))


def test_compare_optimize_and_breakeven_follow_a_contract(files):
    """10 % off everything: every total falls by a tenth, and what is cheapest stays so."""
    demand = "data/examples/s3.yaml"
    bare, under = both(files, "compare", demand)
    assert bare["cheapest"] == under["cheapest"]
    for a, b in zip(bare["architectures"], under["architectures"], strict=True):
        assert a["name"] == b["name"]
        assert (a["total"] is None) == (b["total"] is None)
        if a["total"]:
            assert close(b["total"], tenth_off(a["total"]))
            assert b["list_total"] == a["total"]
            assert sum(Decimal(c["ListCost"]) for c in b["charges"]) > sum(
                Decimal(c["ContractedCost"]) for c in b["charges"]
            )
    bare, under = both(files, "optimize", demand)
    assert close(under["total"], tenth_off(bare["total"]))
    assert under["list_total"] == bare["total"]
    assert under["gap"] == 0
    bare, under = both(files, "breakeven", demand, "--vary", "gb")
    assert [c["to"] for c in bare["crossings"]] == [c["to"] for c in under["crossings"]]
    assert "Costs follow the contract Ten off" in ran("breakeven", demand, "--contract", files / "c.yaml").stderr


def test_a_contract_may_change_what_is_cheapest(files):
    """NAT gateways for nothing: nothing else is worth building."""
    (files / "free.yaml").write_text(
        "terms: [{percent_off: 100, meter: [nat_gateway_hour, nat_gateway_gb, public_ipv4_in_use_hour]}]",
        encoding="utf-8",
    )
    found = json.loads(
        ran("optimize", "data/examples/s3.yaml", "--contract", files / "free.yaml", "--format", "json").stdout
    )
    assert {row["path"] for row in found["plan"] if row["service"] == "logs"} <= {"nat-per-zone", "nat-single"}


def test_a_bill_is_held_against_the_contract(tmp_path):
    """The example bill has one percentage on most meters: a contract of that percentage explains them."""
    bill = ("bill", "data/examples/bill.csv.gz", "--format", "json")
    rows = json.loads(ran(*bill).stdout)["rerating"]
    (percent,) = {round(Decimal(r["discount"]) * 100, 2) for r in rows if r["why"] == "discount"}
    (tmp_path / "c.yaml").write_text(f"terms: [{{percent_off: {percent}}}]", encoding="utf-8")
    under = json.loads(ran(*bill, "--contract", tmp_path / "c.yaml").stdout)
    assert [r for r in under["rerating"] if r["why"] == "the contract you gave"]
    assert len(under["residuals"]) < len([r for r in rows if r["why"] not in ("list price", "rounding")])
    for row, bare in zip(under["rerating"], rows, strict=True):
        assert row["list"] == bare["list"]
        if row["contracted"] is not None and row["list"]:
            assert close(row["contracted"], Decimal(row["list"]) * (1 - percent / 100))


def test_python_takes_a_contract_too():
    book = cm.load_prices(contract={"name": "x", "terms": [{"percent_off": 10}]})
    table = cm.compare(cm.read_demand("data/examples/s3.yaml"), book)
    assert list(table.columns) == [
        "architecture",
        "x_Meter",
        "RegionId",
        "PricingQuantity",
        "ListCost",
        "ContractedCost",
    ]
    priced = table.dropna()
    assert (abs(priced["ContractedCost"] - priced["ListCost"] * 0.9) < 1e-6).all()
    assert "ContractedCost" not in cm.compare(cm.read_demand("data/examples/s3.yaml"), BOOK).columns


# ---------------------------------------------------------------- currencies


def test_totals_of_several_currencies_stay_apart_and_show_together_only_at_rates_of_the_user(files):
    mixed = {"resources": [
        {"kind": "InternetEgress", "region": "cn-north-1", "gb_sent": 100},
        {"kind": "InternetEgress", "region": "us-east-1", "gb_sent": 100},
    ]}  # fmt: skip
    (files / "mixed.yaml").write_text(yaml.safe_dump(mixed), encoding="utf-8")
    rates = ("--display", "eur", "--rate", "USD=0.9", "--rate", "CNY=0.125", "--rate-date", "2026-11-28")
    found = json.loads(ran("estimate", files / "mixed.yaml", *rates, "--format", "json").stdout)
    assert found["total"] is None
    assert found["totals"] == {"CNY": "93.30", "USD": "9.00"}
    assert found["display"] == {
        "currency": "EUR", "total": "19.76", "rates": {"USD": "0.9", "CNY": "0.125"}, "date": "2026-11-28",
    }  # fmt: skip
    text = ran("estimate", files / "mixed.yaml", *rates).stdout
    assert "In EUR: 1 USD = 0.9 EUR, 1 CNY = 0.125 EUR on 2026-11-28, as given" in text
    done = CliRunner().invoke(
        main,
        ["estimate", str(files / "mixed.yaml"), "--display", "EUR", "--rate", "USD=1", "--rate-date", "2026-11-28"],
    )
    assert done.exit_code == 2
    assert "There is no rate from CNY to EUR" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--display", "EUR"), "go together"),
        (("--rate", "USD=1"), "go together"),
        (("--display", "EUR", "--rate", "USD=0", "--rate-date", "2026-11-28"), "a rate is a number above 0"),
        (("--display", "EUR", "--rate", "USD=much", "--rate-date", "2026-11-28"), "a rate is a number above 0"),
        (("--display", "EUR", "--rate", "USD", "--rate-date", "2026-11-28"), "--rate takes NAME=VALUE"),
        (("--display", "EUR", "--rate", "USD=1", "--rate-date", "today"), "not a date such as"),
    ],
)
def test_rates_that_are_wrong_say_so(files, options, words):
    done = CliRunner().invoke(main, ["estimate", str(files / "n.yaml"), *options])
    assert done.exit_code == 2
    assert words in done.stderr


def test_every_command_shows_totals_in_a_currency_of_the_user(files):
    rates = ("--display", "EUR", "--rate", "USD=0.5", "--rate-date", "2026-11-28", "--format", "json")
    for command, total in (
        (("optimize", "data/examples/s3.yaml"), lambda d: d["total"]),
        (("bill", "data/examples/bill.csv.gz"), lambda d: d["cost"]["network"]),
        (("diff", files / "n.yaml", files / "n.yaml"), lambda d: d["difference"]),
    ):
        found = json.loads(ran(*command, *rates).stdout)
        assert close(found["display"]["total"], Decimal(total(found)) / 2), command
    compared = json.loads(ran("compare", "data/examples/s3.yaml", *rates).stdout)
    for option in compared["architectures"]:
        if option["total"]:
            assert close(option["display"]["total"], Decimal(option["total"]) / 2)


def test_a_currency_shown_needs_a_rate_for_each_one_billed_in():
    shown = Display("EUR", {"USD": Decimal("0.9")}, TODAY)
    assert shown.convert_totals({"USD": Decimal(10), "EUR": Decimal(1)}) == 10
    with pytest.raises(CurrencyError, match="There is no rate from CNY"):
        shown.convert_totals({"CNY": Decimal(1)})


def test_partitions_have_currencies_of_their_own():
    """China is billed in CNY, the sovereign cloud in EUR: neither takes the other Regions' rows."""
    currency = {p.location: p.currency for p in BOOK.locations.values() if p.type == "region"}
    assert currency["cn-north-1"] == "CNY"
    assert currency["eusc-de-east-1"] == "EUR"
    assert BOOK.find_schedule("route53_hosted_zone_month", "cn-north-1") is None
    assert BOOK.find_schedule("interface_endpoint_hour", "eusc-de-east-1") is None
    assert BOOK.find_schedule("inter_region_out_gb", "us-east-1", "cn-north-1") is None
