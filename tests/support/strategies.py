"""What Hypothesis draws: schedules, quantities, networks."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

PB = 1_048_576
REGIONS = ("us-east-1", "eu-west-1", "sa-east-1", "ap-northeast-1")


def decimals(low, high, places=4):
    return st.decimals(low, high, allow_nan=False, allow_infinity=False, places=places)


@st.composite
def schedules(draw, falling=False):
    """(starts, prices): up to five tiers from 0; prices in any order, or falling."""
    steps = draw(st.lists(decimals("0.01", 1000, 2), max_size=4))
    starts = [Decimal(0)]
    for step in steps:
        starts.append(starts[-1] + step)
    prices = draw(st.lists(decimals(0, 10), min_size=len(starts), max_size=len(starts)))
    return starts, sorted(prices, reverse=True) if falling else prices


@st.composite
def priced(draw, falling=False):
    """A schedule and a quantity, often on an edge or close by."""
    starts, prices = draw(schedules(falling=falling))
    edge = draw(st.sampled_from(starts))
    near = st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("-0.01")]).map(lambda d: max(edge + d, Decimal(0)))
    return starts, prices, draw(st.one_of(near, decimals(0, 10_000, 2)))


gigabytes = st.one_of(
    st.sampled_from([0, PB, 5 * PB, PB - 1, PB + 1, 5 * PB - 1, 5 * PB + 1]).map(Decimal),
    decimals(0, 8 * PB, 3),
)
hours = st.one_of(st.sampled_from([Decimal(0), Decimal(730), Decimal("0.1"), Decimal(744)]), decimals(0, 2000, 2))


@st.composite
def endpoints(draw):
    """An interface endpoint as an entry of a network file."""
    return {
        "kind": "InterfaceEndpoint",
        "region": draw(st.sampled_from(REGIONS)),
        "account": draw(st.sampled_from(["111111111111", "222222222222", "333333333333"])),
        "payer": draw(st.sampled_from(["111111111111", "999999999999"])),
        "zones": draw(st.integers(0, 6)),
        "gb_processed": draw(gigabytes),
        "hours": draw(hours),
        "count": draw(st.integers(0, 4)),
    }


@st.composite
def peerings(draw):
    """A peering connection inside us-east-1 or with us-west-2, whose prices are flat, as an entry of a network file."""
    gb = decimals(0, 100_000, 3)
    entry = {"kind": "VpcPeering", "region": "us-east-1", "count": draw(st.integers(0, 4)), "payer": "9" * 12}
    entry |= {key: draw(st.sampled_from(["1" * 12, "2" * 12, "3" * 12])) for key in ("account", "peer_account")}
    if draw(st.booleans()):
        return {**entry, "gb_cross_zone": draw(gb)}
    return {**entry, "peer_region": "us-west-2", "gb_sent": draw(gb), "gb_received": draw(gb)}


networks = st.lists(endpoints(), min_size=1, max_size=6)
links = st.lists(peerings(), min_size=1, max_size=5)
