"""Bills: pooled as AWS pools, against an oracle of fractions; and properties no bill may break."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.core.decimals import round_to_cents
from costmodel.core.errors import CurrencyError, InputError, UnpricedError
from costmodel.network.focus import iterate_focus_rows
from costmodel.network.reading.load import read_network
from tests.support import oracle
from tests.support import strategies as draw
from tests.support.profiles import THOROUGH

BOOK = cm.load_prices()
PB = 1_048_576


def billed(*resources, exact=True, partial=False, assume=None, **file):
    network = read_network({"region": "us-east-1", "resources": list(resources), **file}, assume=assume)
    return cm.price(cm.meter(network, exact=exact), BOOK, partial=partial)


def lines(bill):
    return [(r["x_Meter"], r["PricingQuantity"], r["ListUnitPrice"], r["ListCost"]) for r in iterate_focus_rows(bill)]


# ---------------------------------------------------------------- properties
def by_hand(entries):
    """What interface endpoints cost, by the price page: zones × hours, and tiers over a payer's endpoints of a Region."""
    hour = {r: str(BOOK.require_schedule("interface_endpoint_hour", r).tiers.prices[0]) for r in draw.REGIONS}
    schedule = (("0", "1048576", "5242880"), ("0.01", "0.006", "0.004"))
    fixed = sum(
        (e["count"] * e["zones"] * ceil(Fraction(e["hours"])) * Fraction(hour[e["region"]]) for e in entries),
        Fraction(0),
    )
    rows = [(e["payer"], e["region"], e["count"] * Fraction(e["gb_processed"])) for e in entries]
    return fixed + oracle.pooled_cost(rows, dict.fromkeys(draw.REGIONS, schedule))


@THOROUGH
@given(draw.networks)
def test_a_bill_is_what_the_oracle_says_exactly_by_row_and_by_column_too(entries):
    bill = billed(*entries)
    assert Fraction(bill.total_exact) == by_hand(entries)
    cells = lines(bill)
    assert all(quantity * price == cost for _, quantity, price, cost in cells)
    assert sum((Fraction(c[3]) for c in cells), Fraction(0)) == Fraction(bill.total_exact)
    for column in ("x_Meter", "RegionId", "SkuMeter", "ResourceId", "SubAccountId", "BillingAccountId", "ServiceName"):
        assert sum(bill.by(column).values(), Decimal(0)) == pytest.approx(bill.total_exact, rel=Decimal("1e-13")), (
            column
        )


@THOROUGH
@given(draw.networks)
def test_floats_say_the_same_to_a_millionth_of_a_cent(entries):
    bill = billed(*entries, exact=False)
    assert float(bill.total_exact) == pytest.approx(float(by_hand(entries)), rel=1e-12, abs=1e-8)
    assert sum(float(c.sum()) for _, c in bill.compute_resource_costs()) == pytest.approx(
        float(bill.total_exact), rel=1e-12, abs=1e-8
    )


@THOROUGH
@given(draw.networks, st.integers(0, 5), st.integers(1, 3))
def test_splitting_a_resource_in_two_changes_no_total(entries, which, part):
    first = entries[which % len(entries)]
    halves = [{**first, "gb_processed": first["gb_processed"] * part / 4}, {**first, "gb_processed": 0, "zones": 0}]
    halves[1]["gb_processed"] = first["gb_processed"] - halves[0]["gb_processed"]
    rest = [e for e in entries if e is not first]
    assert billed(*rest, *halves).total_exact == billed(*rest, first).total_exact


@THOROUGH
@given(draw.networks.flatmap(lambda n: st.tuples(st.just(n), st.permutations(n))), draw.gigabytes)
def test_order_does_not_matter_and_a_gateway_endpoint_adds_nothing(both, gb):
    one, other = both
    gateway = {"kind": "GatewayEndpoint", "region": "us-east-1", "gb_processed": gb}
    assert billed(*one).total_exact == billed(gateway, *other).total_exact


@THOROUGH
@given(draw.networks, st.integers(0, 5))
def test_one_more_zone_adds_exactly_one_hourly_charge(entries, which):
    first = {**entries[which % len(entries)], "count": 1}
    rest = [e for e in entries if e is not entries[which % len(entries)]]
    more = billed(*rest, {**first, "zones": first["zones"] + 1}).total_exact - billed(*rest, first).total_exact
    hour = BOOK.require_schedule("interface_endpoint_hour", first["region"]).tiers.prices[0]
    assert more == ceil(first["hours"]) * hour


@THOROUGH
@given(draw.networks)
def test_one_payer_never_pays_more_than_each_account_for_itself(entries):
    together = [{**e, "payer": "999999999999"} for e in entries]
    apart = [{**e, "payer": e["account"]} for e in entries]
    assert billed(*together).total_exact <= billed(*apart).total_exact


# ---------------------------------------------------------------- pools, by hand
def test_tiers_fill_over_a_payers_accounts_but_not_over_payers_or_regions():
    half = {"kind": "InterfaceEndpoint", "gb_processed": PB}
    accounts = [{**half, "account": "111111111111"}, {**half, "account": "222222222222"}]
    pooled = [{**e, "payer": "999999999999"} for e in accounts]
    assert billed(*pooled).total_exact == Decimal("10485.76") + PB * Decimal("0.006")
    assert billed(*accounts).total_exact == 2 * Decimal("10485.76")
    assert billed(pooled[0], {**pooled[1], "region": "us-east-2"}).total_exact == 2 * Decimal("10485.76")


def test_a_resource_pays_its_share_of_every_tier():
    bill = billed(
        {"kind": "InterfaceEndpoint", "name": "one", "gb_processed": PB},
        {"kind": "InterfaceEndpoint", "name": "three", "gb_processed": 3 * PB},
    )
    assert bill.by("ResourceId") == {"three": Decimal("22020.096"), "one": Decimal("7340.032")}
    assert sum(1 for _ in iterate_focus_rows(bill)) == 4


def test_cross_region_endpoints_share_the_pool_of_their_region():
    bill = billed(
        {"kind": "InterfaceEndpoint", "gb_processed": PB},
        {"kind": "InterfaceEndpoint", "service_region": "us-west-2", "gb_sent": 100, "gb_received": 50},
    )
    costs = bill.by("x_Meter")
    assert costs["interface_endpoint_gb"] == Decimal("10485.76") + 150 * Decimal("0.006")
    assert costs["inter_region_out_gb"] == 150 * Decimal("0.02")


def test_resource_endpoints_have_a_pool_of_their_own():
    bill = billed(
        {"kind": "InterfaceEndpoint", "gb_processed": PB}, {"kind": "ResourceEndpoint", "gb_processed": PB, "hours": 0}
    )
    assert bill.by("x_Meter") == {
        "interface_endpoint_gb": Decimal("10485.76"),
        "resource_endpoint_gb": Decimal("10485.76"),
    }


def test_hosted_zones_pool_over_a_payers_accounts_and_all_regions():
    """25 × 0.50 and the rest × 0.10; accounts without a payer are one organization's, those of two payers are not."""
    zones = [
        {"kind": "PrivateHostedZone", "count": 15},
        {"kind": "PrivateHostedZone", "count": 15, "region": "eu-west-1"},
    ]
    assert billed(*zones).total_exact == 25 * Decimal("0.5") + 5 * Decimal("0.1")
    assert billed(zones[0], {**zones[1], "account": "111111111111"}).total_exact == Decimal("13.00")
    two = [{"kind": "PrivateHostedZone", "name": a, "account": a * 12, "count": 24} for a in "12"]
    assert billed(*two).total_exact == 25 * Decimal("0.5") + 23 * Decimal("0.1") == Decimal("14.80")
    assert billed(*({**z, "payer": "9" * 12} for z in two)).total_exact == Decimal("14.80")
    assert billed(*({**z, "payer": z["account"]} for z in two)).total_exact == 48 * Decimal("0.5")
    named = [{**two[0], "payer": "2" * 12}, two[1]]  # the second account is the first one's payer
    assert billed(*named).total_exact == Decimal("14.80")


@st.composite
def chained(draw):
    """Firewalls, and NAT gateways zonal and regional, chained to one of them or to none."""
    names = ["f", "g"]
    fw = [
        {
            "kind": "NetworkFirewall",
            "name": n,
            "zones": draw(st.integers(0, 3)),
            "gb_processed": draw(st.integers(0, 900)),
            "hours": draw(st.sampled_from([0, 100, 730])),
        }
        for n in names
    ]
    nat = [
        {
            "kind": draw(st.sampled_from(["NatGateway", "RegionalNatGateway"])),
            "name": f"nat-{i}",
            "firewall": draw(st.sampled_from([None, *names])),
            "zones": 2,
            "gb_processed": draw(st.integers(0, 900)),
            "public_ips": 0,
            "count": draw(st.integers(0, 3)),
        }
        for i in range(draw(st.integers(1, 5)))
    ]
    unsaid = {"NatGateway": {"zones"}, "RegionalNatGateway": set()}
    return fw, [{k: v for k, v in n.items() if v is not None and k not in unsaid[n["kind"]]} for n in nat]


@given(chained())
def test_a_firewall_waives_hours_and_gb_of_the_gateways_chained_to_it_one_for_one(drawn):
    """Per firewall: the quantity of all its gateways less its own, and never less than none; both sorts cost 0.045."""
    firewalls, gateways = drawn
    of_firewall = {f["name"]: (f["zones"] * f["hours"], f["gb_processed"]) for f in firewalls}
    used = defaultdict(lambda: [0, 0])
    for g in gateways:
        hours = 730 * (g["zones"] if g["kind"] == "RegionalNatGateway" else 1)
        pool = used[g.get("firewall")]
        pool[0] += g["count"] * hours
        pool[1] += g["count"] * g["gb_processed"]
    total = sum(h * Decimal("0.395") + gb * Decimal("0.065") for h, gb in of_firewall.values())
    waived = 0
    for firewall, (hours, gb) in used.items():
        free = of_firewall.get(firewall, (0, 0))
        total += Decimal("0.045") * (max(hours - free[0], 0) + max(gb - free[1], 0))
        waived += min(hours, free[0]) + min(gb, free[1])
    bill = billed(*firewalls, *gateways)
    assert bill.total_exact == total
    found = [r for r in iterate_focus_rows(bill) if r["ChargeDescription"].endswith(", waived by Network Firewall")]
    assert sum(r["PricingQuantity"] for r in found) == waived
    assert all(r["PricingQuantity"] * r["ListUnitPrice"] == r["ListCost"] for r in iterate_focus_rows(bill))
    assert sum(r["ListCost"] for r in iterate_focus_rows(bill)) == total
    assert {r["ResourceId"] for r in found} <= {g["name"] for g in gateways if "firewall" in g}
    assert sum(e["covered"] for e in bill.explain()) == waived


def test_other_meters_of_accounts_without_a_payer_pool_by_account():
    """The payer of an account is itself unless it is named, so each account fills its own tiers."""
    two = [{"kind": "InterfaceEndpoint", "name": a, "account": a * 12, "gb_processed": PB} for a in "12"]
    assert billed(*two).total_exact == 2 * PB * Decimal("0.01")
    assert billed(*({**e, "payer": "9" * 12} for e in two)).total_exact == PB * (Decimal("0.01") + Decimal("0.006"))


def test_a_profiles_base_is_charged_once_and_covers_a_hundred_associations_an_account_and_region():
    base, hours = Decimal("0.75") * 730, Decimal("0.0014") * 730
    one = {"kind": "ResolverProfile", "associations": 60}
    assert billed(one).total_exact == base
    assert billed(one, {**one, "name": "other"}).total_exact == base + 20 * hours
    assert billed({**one, "count": 2}).total_exact == base + 20 * hours
    assert billed(one, {**one, "account": "111111111111"}).total_exact == 2 * base
    assert billed(one, {**one, "region": "us-east-2"}).total_exact == 2 * base


def test_free_egress_is_the_payers_and_taken_where_it_saves_most():
    usa, brazil = ({"kind": "InternetEgress", "region": r, "gb_sent": 60} for r in ("us-east-1", "sa-east-1"))
    dear = BOOK.require_schedule("internet_out_gb", "sa-east-1").tiers.prices[0]
    assert billed(usa, brazil).total_exact == 60 * Decimal("0.09") + 60 * dear
    counted = billed(usa, brazil, assume={"free-egress": "counted"})
    assert counted.total_exact == 20 * Decimal("0.09")  # all 60 of the dearer Region, 40 of the other
    assert sum((r["ListCost"] for r in iterate_focus_rows(counted)), Decimal(0)) == counted.total_exact
    assert {r["ChargeDescription"] for r in iterate_focus_rows(counted) if r["ListUnitPrice"] == 0} == {
        "Data transfer out to the internet, free allowance"
    }


def test_free_egress_lies_inside_the_first_tier():
    bill = billed({"kind": "InternetEgress", "gb_sent": 10_340}, assume={"free-egress": "counted"})
    assert bill.total_exact == (10_240 - 100) * Decimal("0.09") + 100 * Decimal("0.085")


def test_free_egress_is_not_govclouds_nor_chinas():
    for region in ("us-gov-west-1", "cn-north-1"):
        resource = {"kind": "InternetEgress", "region": region, "gb_sent": 50}
        assert billed(resource).total_exact == billed(resource, assume={"free-egress": "counted"}).total_exact > 0


# ---------------------------------------------------------------- what is not known
def test_what_has_no_price_raises_and_names_the_row():
    resource = {"kind": "LatticeService", "region": "ap-southeast-7", "gb_processed": 9}
    with pytest.raises(UnpricedError) as error:
        billed(resource)
    for words in (
        "No price for lattice_service_hour in ap-southeast-7",
        "data/pricing/prices.csv",
        "costmodel prices show lattice_service_hour",
    ):
        assert words in str(error.value)
    bill = billed(resource, {"kind": "PublicIpv4"}, partial=True)
    assert [u[:3] for u in bill.unpriced] == [
        ("lattice_service_hour", "ap-southeast-7", 730),
        ("lattice_service_gb", "ap-southeast-7", 9),
    ]
    assert bill.total_exact == Decimal("3.65")


def test_nothing_of_what_has_no_price_is_no_error():
    assert billed({"kind": "LatticeService", "region": "ap-southeast-7", "hours": 0}).total_exact == 0


def test_above_the_end_of_a_schedule_only_what_lies_above_is_unpriced():
    endpoint = {"kind": "ResourceEndpoint", "region": "ap-southeast-5", "hours": 0, "gb_processed": 1_048_576}
    assert billed(endpoint).total_exact == Decimal("10485.76")  # 1,048,576 GB at 0.01
    with pytest.raises(UnpricedError, match="No price for resource_endpoint_gb in ap-southeast-5 above 1048576 GB"):
        billed({**endpoint, "gb_processed": 1_048_577})
    bill = billed({**endpoint, "gb_processed": 1_048_577}, partial=True)
    assert [u[:3] for u in bill.unpriced] == [("resource_endpoint_gb", "ap-southeast-5", 1)]
    assert bill.total_exact == Decimal("10485.76")
    assert ("resource_endpoint_gb", "ap-southeast-5", 1_048_577, None) in bill.list_meter_costs()


def test_internet_egress_of_a_region_whose_first_tier_alone_was_known_is_priced_whole():
    """UAE: 10,240 GB at 0.11, then 1 GB of the next tier at 0.085."""
    egress = {"kind": "InternetEgress", "region": "me-central-1", "gb_sent": 10_241}
    assert billed(egress).total_exact == Decimal("1126.40") + Decimal("0.085")


def test_what_aws_does_not_offer_is_another_thing_than_missing():
    with pytest.raises(UnpricedError, match="AWS does not offer regional NAT gateways in us-gov-west-1"):
        billed({"kind": "RegionalNatGateway", "region": "us-gov-west-1", "zones": 1})
    with pytest.raises(UnpricedError, match=r"prices\.csv has no row for it"):
        billed({"kind": "LatticeService", "region": "us-gov-west-1"})


def test_currencies_do_not_add():
    bill = billed({"kind": "PublicIpv4"}, {"kind": "InternetEgress", "region": "cn-north-1", "gb_sent": 100})
    assert bill.totals == {"USD": Decimal("3.65"), "CNY": Decimal("93.3")}
    with pytest.raises(CurrencyError, match="CNY and USD"):
        _ = bill.total


def test_a_pair_without_a_row_takes_the_senders_other_price_but_not_across_currencies():
    def sent(here, there):
        return billed({"kind": "InterRegionTransfer", "region": here, "to_region": there, "gb_sent": 1}, partial=True)

    assert sent("us-east-1", "us-east-2").total_exact == Decimal("0.01")
    assert sent("us-east-1", "us-west-2").total_exact == Decimal("0.02")
    assert sent("us-east-1", "ap-southeast-7").total_exact == Decimal("0.08")
    assert sent("ap-southeast-3", "sa-east-1").total_exact == Decimal("0.1")
    assert sent("cn-north-1", "cn-northwest-1").totals == {"CNY": Decimal("0.6003")}
    [unpriced] = sent("us-east-1", "cn-north-1").unpriced
    assert "inter_region_out_gb in us-east-1 to cn-north-1" in unpriced.why
    assert sent("cn-north-1", "us-east-1").unpriced


def test_a_local_zone_never_takes_its_regions_price():
    assert billed({"kind": "PublicIpv4", "region": "us-west-2-lax-1"}).total_exact == Decimal("3.65")
    with pytest.raises(UnpricedError, match="interface_endpoint_hour in us-west-2-lax-1"):
        billed({"kind": "InterfaceEndpoint", "region": "us-west-2-lax-1", "zones": 1})


def test_a_local_zone_lies_in_its_region():
    [row] = iterate_focus_rows(billed({"kind": "PublicIpv4", "region": "us-west-2-lax-1"}))
    assert (row["RegionId"], row["AvailabilityZone"]) == ("us-west-2", "us-west-2-lax-1")


def test_a_direct_connect_port_is_priced_by_its_location_and_stands_in_its_region():
    port = {
        "kind": "DirectConnectPort",
        "speed": "1G",
        "type": "dedicated",
        "location": "japan",
        "region": "ap-northeast-1",
    }
    bill = billed({**port, "gb_sent": 10})
    assert bill.by("x_Meter") == {
        "dx_dedicated_port_hour_1G": Decimal("0.285") * 730,
        "dx_data_out_gb_to_japan_location": Decimal("0.41"),
    }
    assert {r["RegionId"] for r in iterate_focus_rows(bill)} == {"ap-northeast-1"}


# ---------------------------------------------------------------- dates
def test_a_date_before_the_first_price_takes_the_earliest_and_says_so():
    bill = billed({"kind": "PublicIpv4"}, on="2020-01-01")
    assert bill.total_exact == Decimal("3.65")
    [text] = bill.warnings
    assert "There is no price as early" in text
    assert "public_ipv4_in_use_hour in us-east-1" in text


def test_a_price_read_more_than_a_year_before_says_so():
    [text] = billed({"kind": "InterZoneTransfer", "gb": 1}, on="2026-11-01").warnings
    assert text == "Read more than a year before 2026-11-01: cross_az_gb_each_direction in us-east-1 (2024-09-25)."


def test_the_newest_prices_are_the_default_and_the_file_may_name_a_date():
    assert billed({"kind": "PublicIpv4"}).price_date == BOOK.newest
    assert billed({"kind": "PublicIpv4"}, on="2026-01-31").price_date == date(2026, 1, 31)


# ---------------------------------------------------------------- explaining
def test_a_charge_is_explained_by_its_rule_price_source_pool_and_next_unit():
    bill = billed({"kind": "InterfaceEndpoint", "payer": "999999999999", "gb_processed": 2_000_000})
    [why] = bill.explain()
    assert why["rule"] == "each GB, in either direction; tiers over all interface endpoints of a Region"
    assert why["url"] == "https://aws.amazon.com/privatelink/pricing/"
    assert why["pool"] == "payer 999999999999, us-east-1"
    assert (why["quantity"], why["tier"], why["tiers"], why["marginal"]) == (Decimal(2_000_000), 2, 3, Decimal("0.006"))
    assert why["x_PriceDate"] == "2026-06-25"
    assert why["sources"]["aws-calculator-vpc-2026-06"]
    assert why["SkuMeter"] == "USE1-VpcEndpoint-Bytes"
    assert why["ListCost"] == bill.total_exact


def test_what_is_explained_sums_to_the_total():
    bill = billed(
        {"kind": "NatGateway", "gb_processed": 100, "gb_cross_zone": 5},
        {"kind": "VpcPeering", "gb_cross_zone": 7},
        {"kind": "VpnConnection"},
    )
    assert sum(w["ListCost"] for w in bill.explain()) == bill.total_exact
    assert [w["x_Meter"] for w in bill.explain(lambda pool: "nat" in pool.meter.id)] == [
        "nat_gateway_hour",
        "nat_gateway_gb",
    ]


# ---------------------------------------------------------------- whose it is
ONE, OTHER = "111111111111", "222222222222"


@given(draw.links)
def test_each_side_of_a_peering_pays_its_own(entries):
    """What crosses zones is paid on each of the two sides, what crosses Regions by whoever sends it."""
    pays = dict.fromkeys([a for e in entries for a in (e["account"], e["peer_account"])], Fraction(0))
    for e in entries:
        sides = (e["account"], e.get("gb_sent", 0)), (e["peer_account"], e.get("gb_received", 0))
        for account, sent in sides:
            price = "0.02" if "peer_region" in e else "0.01"
            pays[account] += e["count"] * Fraction(price) * Fraction(e.get("gb_cross_zone", sent))
    bill = billed(*entries)
    assert {a: Fraction(c) for a, c in bill.by("SubAccountId").items()} == {a: c for a, c in pays.items() if c}
    assert sum(bill.by("SubAccountId").values()) == bill.total_exact


@given(draw.links)
def test_seen_from_its_other_side_a_peering_is_paid_by_the_same_accounts(entries):
    turned = [{**e, "account": e["peer_account"], "peer_account": e["account"]} for e in entries]
    for e, new in zip(entries, turned, strict=True):
        if "peer_region" in e:
            new |= {"region": e["peer_region"], "peer_region": e["region"]}
            new |= {"gb_sent": e["gb_received"], "gb_received": e["gb_sent"]}
    assert billed(*turned).by("SubAccountId") == billed(*entries).by("SubAccountId")


def test_both_sides_of_a_peering_fill_its_payers_pools():
    peering = {"kind": "VpcPeering", "gb_cross_zone": 7, "account": ONE, "peer_account": OTHER, "payer": "9" * 12}
    bill = billed(peering)
    assert bill.by("BillingAccountId") == {"9" * 12: Decimal("0.14")}
    assert [(r["SubAccountId"], r["x_Meter"][-1], r["ListCost"]) for r in iterate_focus_rows(bill)] == [
        (ONE, "a", Decimal("0.07")),
        (OTHER, "b", Decimal("0.07")),
    ]
    assert {why["pool"] for why in bill.explain()} == {f"payer {'9' * 12}, us-east-1"}
    assert billed({**peering, "peer_account": ONE}).by("SubAccountId") == {ONE: Decimal("0.14")}


# ---------------------------------------------------------------- rounding
@pytest.mark.parametrize(
    ("amount", "shown"), [("0.005", "0.01"), ("2.675", "2.68"), ("0.0049999", "0.00"), ("1.115", "1.12")]
)
def test_totals_round_half_up(amount, shown):
    assert str(round_to_cents(Decimal(amount))) == shown


def test_counts_are_alike_resources():
    one = {"kind": "NatGateway", "gb_processed": 100, "gb_cross_zone": 10, "public_ips": 2}
    assert billed({**one, "count": 7}).total_exact == 7 * billed(one).total_exact


def test_a_quantity_of_0_has_no_currency():
    egress = {"kind": "InternetEgress"}
    assert billed({**egress, "region": "cn-north-1", "gb_sent": 200}, {**egress, "gb_sent": 0}).totals == {
        "CNY": Decimal("186.6")
    }


def test_a_flat_price_is_not_shared_out():
    bill = billed(*({"kind": "InterfaceEndpoint", "zones": z} for z in (1, 2)))
    assert [(r["PricingQuantity"], r["ListCost"]) for r in iterate_focus_rows(bill)] == [
        (730, Decimal("7.3")),
        (1460, Decimal("14.6")),
    ]


def test_an_inferred_price_says_so_whichever_tier_it_is():
    texts = billed({"kind": "ResourceEndpoint", "gb_processed": 7_000_000}).warnings
    assert any("resource_endpoint_gb in us-east-1" in t and "was inferred, not read" in t for t in texts)


def test_columns_of_rows_are_the_files():
    bill = billed({"kind": "InterfaceEndpoint", "name": "kms", "zones": 3, "count": 10, "account": "111111111111"})
    [row] = iterate_focus_rows(bill)
    assert (row["ResourceId"], row["SubAccountId"], row["BillingAccountId"]) == ("kms", "111111111111", "111111111111")
    assert (row["x_Count"], row["PricingQuantity"], row["PricingUnit"]) == (10, 21_900, "Hours")
    assert (row["ServiceName"], row["x_ServiceCode"]) == ("Amazon Virtual Private Cloud", "AmazonVPC")


def test_a_frame_has_the_rows():
    bill = billed({"kind": "NatGateway", "gb_processed": 10})
    frame = bill.frame
    sums = defaultdict(Decimal)
    for _, row in frame.iterrows():
        sums[row["x_Meter"]] += row["ListCost"]
    assert dict(sums) == bill.by("x_Meter")


def test_the_next_unit_is_free_while_something_is_left_of_what_is_free():
    def marginal(resource, meter_id, **more):
        bill = cm.price(cm.meter(read_network({"region": "us-east-1", "resources": [resource], **more})), BOOK)
        return next(line["marginal"] for line in bill.explain() if line["x_Meter"] == meter_id)

    counted = {"assumptions": {"free-egress": "counted"}}
    assert marginal({"kind": "InternetEgress", "gb_sent": 50}, "internet_out_gb", **counted) == 0
    assert marginal({"kind": "InternetEgress", "gb_sent": 150}, "internet_out_gb", **counted) == Decimal("0.09")
    profile = "route53_profile_extra_association_hour"
    assert marginal({"kind": "ResolverProfile", "associations": 50}, profile) == 0
    assert marginal({"kind": "ResolverProfile", "associations": 150}, profile) == Decimal("0.0014")


def test_nothing_costs_nothing_in_the_currency_of_the_place():
    bill = cm.price(cm.meter(read_network({"region": "cn-north-1", "resources": [{"kind": "GatewayEndpoint"}]})), BOOK)
    assert bill.totals == {"CNY": 0}


def test_an_unknown_column_is_said_with_the_nearest():
    bill = cm.price(cm.meter(read_network({"region": "us-east-1", "resources": [{"kind": "PublicIpv4"}]})), BOOK)
    with pytest.raises(InputError, match=r"no column 'SkuMetre'\. Did you mean 'SkuMeter'"):
        bill.by("SkuMetre")
