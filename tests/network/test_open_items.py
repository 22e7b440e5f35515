"""Open items: whatever an unknown quantity turns out to be, the total and the difference lie between their bounds."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.core.decimals import round_to_cents
from costmodel.network.diff import compare_network_bills
from costmodel.network.network import LeftOut, Unknown

BOOK = cm.load_prices()
UNKNOWABLE = {
    "InterfaceEndpoint": ("zones", "gb_processed", "count"),
    "NatGateway": ("public_ips", "gb_processed", "count"),
    "RegionalNatGateway": ("zones", "count"),
    "ResolverEndpoint": ("ips", "queries", "count"),
    "PublicIpv4": ("count",),
    "GatewayLoadBalancer": ("zones", "count"),
    "VpnConnection": ("public_ips", "count"),
    "DnsFirewall": ("domains", "count"),
}
"""Quantities that a source may not know, by kind."""


@st.composite
def open_resources(draw):
    """Return a resource of a network file, and (column, least, most, value) of each of its unknown quantities."""
    kind = draw(st.sampled_from(sorted(UNKNOWABLE)))
    unknown = []
    for column in draw(st.lists(st.sampled_from(UNKNOWABLE[kind]), unique=True)):
        least = draw(st.integers(0, 3))
        most = least + draw(st.integers(0, 3) | st.just(2_000_000) if "gb" in column else st.integers(0, 3))
        unknown.append((column, least, most, draw(st.integers(least, most))))
    # The addresses of a regional NAT gateway equal its zones unless they are given: here they are.
    return {"kind": kind} | ({"public_ips": 1} if kind == "RegionalNatGateway" else {}), unknown


def build_networks(resources):
    """Return the network with open quantities, and the one in which they have their values."""
    entries = [{"name": f"r{n}", **entry} for n, (entry, _) in enumerate(resources)]
    least = [e | {c: low for c, low, _, _ in unknown} for e, (_, unknown) in zip(entries, resources, strict=True)]
    actual = [e | {c: value for c, _, _, value in unknown} for e, (_, unknown) in zip(entries, resources, strict=True)]
    network, known = (cm.read_network({"region": "us-east-1", "resources": rows}) for rows in (least, actual))
    kinds = {name: kind for kind, table in network for name in map(str, table.name)}
    for n, (_, unknown) in enumerate(resources):
        name = f"r{n}"
        network.unknown += [
            Unknown(name, kinds[name], column, "us-east-1", f"how many {column} it has is not known", "", low, high)
            for column, low, high, _ in unknown
        ]
    return network, known


def price(network):
    return cm.price(cm.meter(network, exact=True), BOOK, partial=True)


def total(bill):
    return bill.totals.get("USD", Decimal(0))


@given(st.lists(open_resources(), min_size=1, max_size=6))
def test_the_total_lies_between_its_bounds(resources):
    network, known = build_networks(resources)
    bill, actual = price(network), price(known)
    assert bill.openness.at_most is not None
    assert total(bill) <= total(actual) <= bill.openness.at_most["USD"]
    assert all(item.at_least <= item.at_most for item in bill.open)
    assert len(bill.open) == sum(len(unknown) for _, unknown in resources)


@given(st.lists(open_resources(), min_size=1, max_size=4), st.lists(open_resources(), min_size=1, max_size=4))
def test_the_difference_lies_between_its_bounds(old, new):
    (before, was), (after, becomes) = build_networks(old), build_networks(new)
    found = compare_network_bills(price(before), price(after))
    actual = total(price(becomes)) - total(price(was))
    cent = Decimal("0.02")  # each total is rounded to cents
    assert found.at_least is not None
    assert found.at_most is not None
    # An item that both sides share is the same quantity on both.
    shared = {(item.kind, item.where, item.what) for item in found.before.open if item in set(found.after.open)}
    if not shared:
        assert found.at_least - cent <= round_to_cents(actual) <= found.at_most + cent


@given(st.lists(open_resources(), min_size=1, max_size=4))
def test_a_quantity_without_an_upper_bound_leaves_the_total_without_one(resources):
    network, _ = build_networks(resources)
    if network.unknown:
        network.unknown[0] = network.unknown[0]._replace(most=None)
        bill = price(network)
        assert bill.openness.at_most is None
        assert any(item.at_most is None for item in bill.open)


def test_what_is_not_priced_is_open():
    network = cm.read_network({"region": "us-east-1", "resources": [{"kind": "NatGateway"}]})
    network.left_out.append(LeftOut("x", "aws_new_thing", "its price is not held"))
    bill = price(network)
    (item,) = bill.open
    assert item.to_json() == {
        "kind": "type", "what": "aws_new_thing", "where": "x", "why": "Its price is not held.", "remedy": None,
        "at_least": "0.00", "at_most": None,
    }  # fmt: skip
    assert bill.openness.at_most is None
